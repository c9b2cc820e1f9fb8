/**
 * The mirror's device password. An engineer opens /mirror/<id>#key=<password> once; the page keeps it in this browser
 * and takes it out of the address, where somebody could read or photograph it.
 */
export function readMirrorKey(mirrorId: string): string | undefined {
  const shelf = `vitrine-mirror-key-${mirrorId}`;
  const given = new URLSearchParams(window.location.hash.slice(1)).get("key");
  if (given) {
    window.localStorage.setItem(shelf, given);
    window.history.replaceState(null, "", window.location.pathname);
  }
  return given ?? window.localStorage.getItem(shelf) ?? undefined;
}
