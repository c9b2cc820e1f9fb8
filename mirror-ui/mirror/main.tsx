import { render } from "preact";
import "../look/tokens.css";
import "../look/base.css";
import "./mirror.css";
import { exposeForDebugging } from "./debug.ts";
import { setLargeText } from "./large-text.ts";
import { createMirror } from "./mirror.ts";
import { Pane } from "./pane.tsx";
import { Sill } from "./sill.tsx";

const mirrorId = decodeURIComponent(window.location.pathname.split("/").filter(Boolean)[1] ?? "");
const canvas = document.createElement("canvas");
canvas.className = "look";
canvas.hidden = true;
canvas.setAttribute("role", "img");
canvas.setAttribute("aria-label", "You in the mirror, wearing the frame you chose");

const mirror = createMirror(mirrorId, canvas);
mirror.mode.subscribe(({ name }) => {
  if (name === "idle") setLargeText(false);
});
exposeForDebugging(mirror);

function Page() {
  return (
    <>
      <Pane mirror={mirror} canvas={canvas} />
      <Sill mirror={mirror} />
    </>
  );
}

const page = document.getElementById("page");
if (page) render(<Page />, page);
