import type { Shop } from "./shop.ts";

/**
 * What a scale cannot tell apart, a person counts once: the products that share a plate. Asks the gateway as staff, who need
 * no credentials in a demo. Answers why a count was not taken, in words; nothing when all were.
 */
export async function countSharedPlates(shop: Shop, gatewayUrl: string): Promise<string | undefined> {
  const shared = shop.plates.filter((plate) =>
    shop.plates.some((other) => other !== plate && other.shelf === plate.shelf && other.plate === plate.plate),
  );
  for (const place of shared) {
    const { shelf, plate, sku } = place;
    const answer = await fetch(new URL(`/api/v1/stock/${sku}/count`, gatewayUrl), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ shelf, plate, count: shop.ownCount(place) }),
    }).catch((error: Error) => ({ ok: false, status: error.message }));
    if (!answer.ok) return `the opening count of ${sku} was not taken (${answer.status})`;
  }
  return undefined;
}
