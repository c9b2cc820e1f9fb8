import "../look/tokens.css";
import "../look/base.css";
import "./staff.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { openPage } from "./page.ts";

const root = document.getElementById("page");
if (root) render(<App page={openPage()} />, root);
