const formats = new Map<string, { format: Intl.NumberFormat; minorPerMajor: number }>();

/** An amount of minor units (cents) as people of `locale` write it. Whole amounts lose their zeros: "€42", "€42.50". */
export function money(minor: number, currency: string, locale: string): string {
  const key = `${locale} ${currency}`;
  let known = formats.get(key);
  if (!known) {
    const format = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      trailingZeroDisplay: "stripIfInteger",
    });
    known = { format, minorPerMajor: 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2) };
    // One shop, one currency: the bound only guards against a page that asks for nonsense.
    if (formats.size >= 16) formats.clear();
    formats.set(key, known);
  }
  return known.format.format(minor / known.minorPerMajor);
}
