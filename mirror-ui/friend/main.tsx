import { render } from "preact";
import { FriendPage } from "./friend-page.tsx";
import { createWatching } from "./watching.ts";
import "../look/tokens.css";
import "../look/base.css";
import "./friend.css";

const root = document.getElementById("page");
const token = /^\/s\/([^/]+)/.exec(location.pathname)?.[1];
if (root) {
  const watching = createWatching(token ?? "");
  render(<FriendPage watching={watching} />, root);
  watching.start();
}
