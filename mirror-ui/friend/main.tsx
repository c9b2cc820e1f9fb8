import { render } from "preact";
import { FriendPage } from "./friend-page.tsx";
import { createWatching } from "./watching.ts";
import "../look/tokens.css";
import "../look/base.css";
import "./friend.css";

const root = document.getElementById("page");
const token = /^\/s\/([^/]+)/.exec(location.pathname)?.[1] ?? "";
const watching = createWatching(token);
// before anything is drawn: the picture is asked for at once
watching.start();
/**
 * The owner's key stays in this tab's memory: an address that is copied on must not carry it, and who loads the page again must
 * still be able to delete.
 */
const ownerKey = keptIn(`owner ${token}`, /^#owner=([\w.~-]{1,512})$/.exec(location.hash)?.[1]);
if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
if (root) render(<FriendPage watching={watching} ownerKey={ownerKey} />, root);

function keptIn(name: string, value: string | undefined): string | undefined {
  try {
    if (value !== undefined) sessionStorage.setItem(name, value);
    return value ?? sessionStorage.getItem(name) ?? undefined;
  } catch {
    // a browser that keeps nothing
    return value;
  }
}
