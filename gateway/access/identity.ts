/** Who speaks, on whichever connection. An engineer may do whatever staff may. */
export type Identity = Person | Mirror | Shopper | { role: "device"; deviceId: string } | { role: "demo" };

type Person = { role: "staff" | "engineer"; id: string; name: string };
type Mirror = { role: "mirror"; mirrorId: string };
type Shopper = { role: "shopper"; shopperId: string };

/** Those who carry a signed token; devices have passwords, and the demo account exists only on loopback. */
export type TokenIdentity = Person | Mirror | Shopper;
