/** "Chrome on Android": enough for a person to know their own browser again. */
export function browserWords(userAgent: string): string {
  const browser = find(userAgent, [
    [/Edg/, "Edge"],
    [/OPR|Opera/, "Opera"],
    [/SamsungBrowser/, "Samsung Internet"],
    [/Firefox|FxiOS/, "Firefox"],
    [/Chrome|CriOS|Chromium/, "Chrome"],
    [/Safari/, "Safari"],
    [/curl|node|undici/i, "A program"],
  ]);
  const system = find(userAgent, [
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS/, "Mac"],
    [/CrOS/, "Chromebook"],
    [/Linux/, "Linux"],
  ]);
  if (!browser) return system ? `A browser on ${system}` : "A browser";
  return system ? `${browser} on ${system}` : browser;
}

/** What to call a passkey made here, until its owner thinks of something better. */
export function deviceWords(userAgent: string): string {
  const words = browserWords(userAgent);
  return words.includes(" on ") ? (words.split(" on ")[1] ?? words) : "This device";
}

function find(text: string, known: [RegExp, string][]): string | undefined {
  return known.find(([pattern]) => pattern.test(text))?.[1];
}
