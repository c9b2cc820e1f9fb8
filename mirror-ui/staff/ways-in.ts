/** GET /api/v1/staff/ways-in: the addresses of this page at which passkeys work. */
export type Ways = { passkeysAt: string[] };

/** Why passkeys do not work here, in words for the person; undefined where they do. */
export function whyNoPasskeys({ passkeysAt }: Ways): string | undefined {
  const elsewhere = passkeysAt.filter((origin) => origin !== location.origin).join(" or ");
  const there = elsewhere === "" ? "" : ` They work at ${elsewhere}.`;
  if (!isSecureContext) {
    return `This address is not encrypted, so the browser keeps passkeys closed. Use a PIN or a password here.${there}`;
  }
  if (!("PublicKeyCredential" in window)) return "This browser knows no passkeys. Use a PIN or a password here.";
  if (passkeysAt.includes(location.origin)) return undefined;
  return `Passkeys do not work at this address. Use a PIN or a password here.${there}`;
}
