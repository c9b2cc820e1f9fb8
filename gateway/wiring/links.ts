import type { StoreConfig } from "#wire/store-config.ts";

/** The pages there are to see: on the console, and on the demo's front page. */
export function pageLinks({ baskets, mirrors }: StoreConfig, basketKey: (basket: number) => string) {
  const phones = Array.from({ length: Math.min(3, baskets.count) }, (_, index) => index + 1);
  return [
    { label: "Staff", href: "/staff" },
    ...mirrors.map(({ id, name }) => ({ label: name, href: `/mirror/${id}` })),
    ...phones.map((n) => ({ label: `Phone of basket ${n}`, href: `/phone#basket=${n}&key=${basketKey(n)}` })),
  ];
}
