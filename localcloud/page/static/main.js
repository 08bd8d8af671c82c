// Which view is shown, and its data every second, as long as somebody looks.

import { children, h } from "./dom.js";
import * as overview from "./overview.js";
import * as execution from "./execution.js";
import * as log from "./log.js";

const DATA = "/_localcloud/page/";
const EVERY = 1000;
const main = document.getElementById("main");
let shown = "";
let turn = 0;
let last = Date.now();

async function read(name, query = {}) {
  const words = new URLSearchParams(query).toString();
  const answer = await fetch(`${DATA}${name}${words ? `?${words}` : ""}`);
  const document = await answer.json();
  if (!answer.ok) throw new Error(document.error ?? answer.statusText);
  return document;
}

function route() {
  const [view, ...words] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (view === "execution") return { view: execution, words };
  if (view === "log") return { view: log, words };
  return { view: overview, words: [view] };
}

function live(words, tone) {
  children(document.getElementById("live"), [h("span", { class: `live ${tone}` }, h("i", {}), words)]);
}

async function refresh() {
  const mine = ++turn;
  const { view, words } = route();
  try {
    const [base, nodes] = await view.draw(read, words);
    if (mine !== turn) return;
    last = Date.now();
    live("live", "good");
    if (base) frame(base);
    children(main, [h("div", { "data-key": view === execution ? words[0] : location.hash || "#/" }, nodes)]);
    arrived(view, words);
  } catch (error) {
    if (mine !== turn) return;
    if (error instanceof TypeError) live(`no answer for ${Math.round((Date.now() - last) / 1000)} s`, "bad");
    else children(main, [h("p", { class: "empty" }, error.message), h("p", {}, h("a", { href: "#/" }, "Overview"))]);
  }
}

function frame(base) {
  const scale = base.scale > 1 ? `, time ×${base.scale}` : "";
  document.getElementById("place").textContent = `${base.account} · ${base.region}${scale}`;
  children(document.getElementById("nav"), overview.links(base));
}

function arrived(view, words) {
  const here = view === execution ? `execution/${words[0]}` : location.hash || "#/";
  if (shown === here) return;
  const first = shown === "";
  shown = here;
  if (view === overview && words[0]) document.getElementById(words[0])?.scrollIntoView();
  else scrollTo(0, 0);
  if (!first) main.focus({ preventScroll: true });
}

async function loop() {
  if (!document.hidden) await refresh();
  setTimeout(loop, EVERY);
}

addEventListener("hashchange", refresh);
document.addEventListener("visibilitychange", () => document.hidden || refresh());
loop();
