import { render } from "preact";
import { App } from "./app.tsx";
import { createPhone } from "./phone.ts";
import "../look/tokens.css";
import "../look/base.css";
import "./phone.css";

const root = document.getElementById("page");
if (root) {
  const phone = createPhone();
  render(<App phone={phone} />, root);
  void phone.start();
}
