import { readFile } from "node:fs/promises";

/** What a chat app shows of a link before anyone opens it. `image` and `url` are absolute: previews are made elsewhere. */
export type Preview = { title: string; description: string; url: string; image: string; imageAlt: string };

/** Open Graph head of a share page [ogp.me]. A link is for whom it was sent to: no search engine, no referrer. */
export function renderPreview({ title, description, url, image, imageAlt }: Preview): string {
  const properties: [string, string][] = [
    ["og:type", "website"],
    ["og:title", title],
    ["og:description", description],
    ["og:url", url],
    ["og:image", image],
    ["og:image:type", "image/jpeg"],
    ["og:image:width", "1200"],
    ["og:image:height", "630"],
    ["og:image:alt", imageAlt],
  ];
  return [
    '<meta name="robots" content="noindex, nofollow">',
    '<meta name="referrer" content="no-referrer">',
    ...properties.map(([property, content]) => `<meta property="${property}" content="${escapeHtml(content)}">`),
    '<meta name="twitter:card" content="summary_large_image">',
  ].join("\n    ");
}

export type SharePage = {
  /** The built friend page with this preview in its head; undefined while the pages are not built. */
  render(preview: Preview): Promise<string | undefined>;
};

/** Reads the built page once; a page that is not there yet is looked for again next time. */
export function createSharePage(file: string): SharePage {
  let html: Promise<string> | undefined;
  return {
    async render(preview) {
      html ??= readFile(file, "utf8");
      try {
        const page = await html;
        const titled = page.replace(/<title>[^<]*<\/title>/i, () => `<title>${escapeHtml(preview.title)}</title>`);
        return titled.replace(/<\/head>/i, () => `  ${renderPreview(preview)}\n  </head>`);
      } catch {
        html = undefined;
        return undefined;
      }
    },
  };
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
