import type { ShareView } from "#wire/views.ts";
import type { Preview } from "./share-page.ts";

/** What a chat app shows of a link, in words. */

type Ports = {
  shop(): { name: string; address: string; locale: string; currency: string; timeZone: string };
  item(sku: string): { picture: string; colour?: string } | undefined;
  drawing(picture: string, colour?: string): string;
  publicUrl(): string;
};

/** The words on the drawn picture; `sku`: what the link is about. */
export function cardOf(ports: Ports, view: ShareView, sku: string | undefined) {
  const shop = `${view.shopName}, ${view.shopAddress}`;
  if (view.state === "over") return { title: "This look has gone home", line: "The link is closed.", shop };
  const item = sku === undefined ? undefined : ports.item(sku);
  if (!view.item || !item) {
    const line = view.clip ? `A clip of ${secondsOf(view.clip)}.` : "Live, as long as the link lasts.";
    return { title: "A look from the mirror", line, shop };
  }
  return {
    title: view.item.name,
    line: whatOf(ports, view.item),
    shop,
    drawing: ports.drawing(item.picture, item.colour),
  };
}

/** `isPerson`: the picture is of the shopper, who chose that. `view`: undefined for a link that never was. */
export function previewOf(ports: Ports, token: string, view: ShareView | undefined, isPerson: boolean): Preview {
  const { name, address } = ports.shop();
  const where = address === "" ? name : `${name}, ${address}`;
  const url = `${ports.publicUrl()}/s/${encodeURIComponent(token)}`;
  const common = { url, image: `${url}/poster.jpg` };
  if (view === undefined || view.state === "over") {
    const description = `A link to a mirror at ${where}. It is closed.`;
    return { title: "This look has gone home", description, imageAlt: name, ...common };
  }
  if (view.clip) return { ...clipPreviewOf(ports, view, where, isPerson), ...common };
  if (!view.item) {
    const description = `Live from a mirror at ${where}, as long as the link lasts.`;
    return { title: "Your friend is at the mirror", description, imageAlt: "A mirror", ...common };
  }
  return {
    title: `Your friend is trying on ${view.item.name}`,
    description: `${whatOf(ports, view.item)}. Live from a mirror at ${where}, as long as the link lasts.`,
    imageAlt: isPerson ? "Your friend at the mirror" : `A drawing of ${view.item.name}`,
    ...common,
  };
}

function clipPreviewOf(ports: Ports, { item, clip, expiresAt }: ShareView, where: string, isPerson: boolean) {
  const { locale, timeZone } = ports.shop();
  const until = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short", timeZone }).format(expiresAt);
  const what = item ? `${whatOf(ports, item)}. ` : "";
  return {
    title: item ? `A look at ${item.name}` : "A look from the mirror",
    description: `${what}A clip of ${secondsOf(clip)} from a mirror at ${where}. It goes home on ${until}.`,
    imageAlt: isPerson ? "A look in the mirror" : item ? `A drawing of ${item.name}` : "A mirror",
  };
}

function secondsOf(clip: ShareView["clip"]): string {
  const seconds = Math.max(1, Math.round((clip?.durationMs ?? 0) / 1_000));
  return seconds === 1 ? "one second" : `${seconds} seconds`;
}

/** "acetate, tortoise, €140" */
function whatOf(ports: Ports, item: NonNullable<ShareView["item"]>): string {
  const { locale, currency } = ports.shop();
  const format = new Intl.NumberFormat(locale, { style: "currency", currency, trailingZeroDisplay: "stripIfInteger" });
  const major = item.price / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2);
  return [item.note, format.format(major)].filter((part) => part !== undefined).join(", ");
}
