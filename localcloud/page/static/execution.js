// One execution: its state machine as a graph, coloured by what happened; a state's data on click.

import { badge, clock, glyph, h, json, span, tone } from "./dom.js";

const ROUND = 9;
let chosen = { arn: null, name: null };

export async function draw(read, [arn, name = ""]) {
  chosen = { arn, name };
  const [found, state] = await Promise.all([
    read("execution", { arn }), name ? read("state", { arn, name }) : null,
  ]);
  return [null, [
    h("a", { class: "back", href: "#/executions" }, "← Executions"),
    h("h1", {}, found.name, badge(found.status)),
    h("p", { class: "dim" }, `${found.machine} · began ${clock(found.started)} · ${span(found.started, found.stopped)}`,
      found.redrives ? ` · redriven ${found.redrives} times` : ""),
    found.error ? h("p", { class: "why" }, h("b", {}, found.error), found.cause ? `: ${found.cause}` : "") : null,
    h("div", { class: "split" },
      h("div", { class: "graph scroll" }, graph(found)),
      h("aside", { "aria-live": "polite", "aria-label": "The chosen state" }, state ? panel(found, state) : whole(found))),
    found.map_runs.map(mapRun),
  ]];
}

const link = (name) => `#/execution/${encodeURIComponent(chosen.arn)}${name ? `/${encodeURIComponent(name)}` : ""}`;

function graph(found) {
  const { width, height, nodes, edges } = found.graph;
  const view = `${-width / 2 - 8} -8 ${width + 16} ${height + 16}`;
  const seen = (name) => found.states[name];
  return h("svg", { viewBox: view, width: width + 16, height: height + 16, role: "group", "aria-label": "The state machine" },
    h("defs", {}, ["", "seen"].map((kind) => h("marker", { id: `arrow${kind}`, class: kind, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" }, h("path", { d: "M0 0L8 4L0 8z" })))),
    nodes.filter((n) => n.inner).map((n) => node(n, seen(n.name))),
    edges.map((e) => edge(e, (e.from === "" || seen(e.from)) && (e.to === "" ? e.from === "" || left(seen(e.from), found) : seen(e.to)))),
    nodes.filter((n) => !n.inner).map((n) => node(n, seen(n.name), found)));
}

const left = (state, found) => found.status !== "RUNNING" && state && state.status !== "aborted";

function edge(e, seen) {
  return h("path", { class: `edge ${e.kind} ${seen ? "seen" : ""}`, d: e.back ? corner(e.points) : curve(e.points), "marker-end": `url(#arrow${seen ? "seen" : ""})` });
}

function curve(points) {
  let d = `M${points[0]}`;
  for (let i = 1; i < points.length; i += 1) {
    const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
    const middle = (ay + by) / 2;
    d += ax === bx ? `L${bx} ${by}` : `C${ax} ${middle} ${bx} ${middle} ${bx} ${by}`;
  }
  return d;
}

function corner([[ax, ay], [ox, oy], [, py], [bx, by]]) {
  const side = Math.sign(ox - ax) || 1;
  const up = Math.sign(py - oy) || 1;
  const r = Math.min(ROUND, Math.abs(py - oy) / 2);
  return `M${ax} ${ay}H${ox - side * r}Q${ox} ${oy} ${ox} ${oy + up * r}V${py - up * r}Q${ox} ${py} ${ox - side * r} ${by}H${bx}`;
}

function node(n, state, found) {
  if (!n.name) return h("g", { class: `end ${n.type === "Start" || found.status !== "RUNNING" ? "seen" : ""}` },
    h("circle", { cx: n.x, cy: n.y + n.h / 2, r: n.w / 2 }),
    h("text", { x: n.x, y: n.y + n.h / 2 + 3.5, "text-anchor": "middle" }, n.type));
  const status = state?.status ?? "not entered";
  const most = Math.floor((n.w - 40) / 7.2);
  const text = n.name.length > most ? `${n.name.slice(0, most - 1)}…` : n.name;
  const times = state?.visits > 1 ? ` × ${state.visits}` : "";
  const open = () => {
    location.hash = link(n.name);
    const beside = document.querySelector("aside");
    if (beside.getBoundingClientRect().top > innerHeight * 0.7) beside.scrollIntoView({ behavior: "smooth" });
  };
  return h("g", {
    class: `node ${tone(status)} ${state ? "entered" : ""} ${n.inner ? "inner" : ""} ${n.name === chosen.name ? "chosen" : ""}`,
    "data-key": n.name, "data-state": n.name, role: "button", tabindex: 0, "aria-pressed": String(n.name === chosen.name),
    "aria-label": `${n.name}, ${n.type}, ${status}${times}`, onclick: open,
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(); } },
  },
  h("title", {}, `${n.name} (${n.type}): ${status}${times}`),
  h("rect", { x: n.x - n.w / 2, y: n.y, width: n.w, height: n.h, rx: 8 }),
  n.inner
    ? h("text", { class: "name", x: n.x - n.w / 2 + 12, y: n.y + 19 }, `${state ? `${glyph(status)} ` : ""}${text}${times} · ${n.type}`)
    : [h("text", { class: "mark", x: n.x - n.w / 2 + 12, y: n.y + 24.5 }, state ? glyph(status) : ""),
      h("text", { class: "name", x: n.x + 6, y: n.y + 17.5, "text-anchor": "middle" }, text),
      h("text", { class: "type", x: n.x + 6, y: n.y + 31, "text-anchor": "middle" }, `${n.type}${times}`)]);
}

const block = (title, text, kind = "") => text === null || text === undefined ? null
  : h("div", { class: `payload ${kind}`, "data-key": title }, h("h4", {}, title), h("pre", { tabindex: 0 }, json(text)));

function whole(found) {
  return [h("h3", {}, "The execution"), h("p", { class: "dim" }, "Choose a state to see what went in and came out."),
    block("Input", found.input), block("Output", found.output),
    found.error ? block("Error", `${found.error}\n${found.cause ?? ""}`, "error") : null];
}

function panel(found, state) {
  const visit = state.items[0];
  return [
    h("h3", {}, state.name, h("a", { class: "close", href: link(""), "aria-label": "Back to the execution" }, "✕")),
    visit ? null : h("p", { class: "dim" }, "This state was not entered."),
    state.items.map((v, index) => h("details", { "data-key": String(state.items.length + state.left_out - index), open: index === 0 },
      h("summary", {}, badge(v.status), h("span", { class: "dim" }, `${clock(v.began)} · ${span(v.began, v.ended ?? found.stopped)}`)),
      block("Input", v.input), block("Output", v.output),
      v.errors.map((e) => h("div", { class: "payload error" }, h("h4", {}, `${e.event} · ${clock(e.time)}`),
        h("pre", { tabindex: 0 }, `${e.error ?? ""}${e.cause ? `\n${json(e.cause)}` : ""}`))))),
    state.left_out ? h("p", { class: "dim" }, `${state.left_out} earlier visits are left out.`) : null,
    state.definition ? h("details", { "data-key": "definition" }, h("summary", {}, "Definition"), block("Amazon States Language", JSON.stringify(state.definition))) : null];
}

function mapRun(run) {
  const parts = Object.entries(run.items).filter(([name, n]) => n && name !== "total");
  return h("section", { "data-key": run.arn }, h("h2", {}, "Map Run", badge(run.status)),
    h("p", {}, `${run.items.total} items: `, parts.map(([name, n]) => `${n} ${name}`).join(", ")),
    h("ul", { class: "children" }, run.children.items.map((c) => h("li", { "data-key": c.arn },
      h("a", { href: `#/execution/${encodeURIComponent(c.arn)}` }, c.name), " ", badge(c.status)))),
    run.children.left_out ? h("p", { class: "dim" }, `${run.children.left_out} more children are left out.`) : null);
}
