// The last lines of a log group; it follows as long as one stays at its end.

import { clock, h } from "./dom.js";

export async function draw(read, [group, stream = "", title = group]) {
  const found = await read("log", { group, stream });
  return [null, [
    h("a", { class: "back", href: "#/" }, "← Overview"),
    h("h1", {}, title),
    h("p", { class: "dim" }, group, stream ? ` · ${stream}…` : "", found.left_out ? ` · ${found.left_out} earlier lines left out` : ""),
    lines(found, "tall"),
  ]];
}

export function lines(found, size = "") {
  const rows = found.lines.map((line) => h("div", {},
    h("time", {}, clock(line.time)), h("span", {}, line.message)));
  const empty = found.exists ? "no lines yet" : "this log group does not exist yet";
  return h("div", { class: `log tail ${size}`, tabindex: 0, role: "log", "aria-label": "Log" },
    rows.length ? rows : h("p", { class: "empty" }, empty));
}

export const address = (group, stream, title) =>
  `#/log/${[group, stream, title].map(encodeURIComponent).join("/")}`;

