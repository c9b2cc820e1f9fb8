import "../look/tokens.css";
import "../look/base.css";
import "./staff.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { openPage } from "./page.ts";
import { fetchStockPart } from "./stock-part.tsx";

const root = document.getElementById("page");
if (root) render(<App page={openPage()} />, root);
fetchStockPart();
// Opens the page without a line. Where a browser has none, or does not trust the address, the page needs its line to open.
void navigator.serviceWorker?.register("/staff-worker.js", { scope: "/staff" }).catch(() => undefined);
