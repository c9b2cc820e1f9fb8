import type { Grant } from "#wire/formats/grants.ts";

/** Who speaks, on whichever connection. A manager may do whatever staff may, an engineer whatever a manager may. */
export type Identity = Person | Mirror | Shopper | Device | { role: "demo" };

/** What an account may do, the least first. "staff" are associates. */
export const staffRoles = ["staff", "manager", "engineer"] as const;
export type StaffRole = (typeof staffRoles)[number];
export const isStaffRole = (text: string | undefined): text is StaffRole => staffRoles.some((role) => role === text);

/** `proof`: what it signed in with; once that is taken back, so is the connection. */
export type Device = { role: "device"; deviceId: string; grant: Grant; proof: { hash: string } | { serial: string } };
type Person = { role: StaffRole; id: string; name: string };
/** The engineer who holds the key of the data folder. No person of a shop can have an id with a space in it. */
export const commandLineId = "command line";
/** `stamp`: of the password it signed in with; a new one ends the token. Left out in a demo, where it needs none. */
type Mirror = { role: "mirror"; mirrorId: string; stamp?: string };
type Shopper = { role: "shopper"; shopperId: string };

/** Those who carry a signed token; devices have passwords, and the demo account exists only on loopback. */
export type TokenIdentity = Person | Mirror | Shopper;
