// Two small drawings: an alarm's metric beside its threshold, and where an alias's traffic goes.

import { h, number } from "./dom.js";

const WIDE = 320;
const HIGH = 84;
const PAD = 6;

export function plot(data, state) {
  const values = data.values;
  const known = values.filter((value) => value !== null);
  const threshold = data.threshold;
  const top = Math.max(...known, threshold ?? 0, 0);
  const low = Math.min(...known, threshold ?? 0, 0);
  const range = top - low || 1;
  const y = (value) => PAD + (1 - (value - low) / range) * (HIGH - 2 * PAD);
  const step = (WIDE - 2 * PAD) / Math.max(values.length - 1, 1);
  const x = (index) => PAD + index * step;
  const runs = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index > 0 && values[index - 1] !== null) runs.at(-1).push(index);
    else runs.push([index]);
  });
  const window = (data.evaluated - 0.5) * step;
  const words = known.length
    ? `${data.statistic} of the last ${values.length} periods: latest ${number(known.at(-1))}, threshold ${number(threshold)}`
    : `no data in the last ${values.length} periods, threshold ${number(threshold)}`;
  return h("figure", { class: "plot" },
    h("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": words, preserveAspectRatio: "none" },
      h("rect", { class: "window", x: WIDE - PAD - window, y: 0, width: window + PAD, height: HIGH }),
      runs.map((run) => h("polyline", { class: "line", points: run.map((i) => `${x(i)},${y(values[i])}`).join(" ") })),
      runs.flat().map((i) => h("line", { class: "dot", x1: x(i), x2: x(i), y1: y(values[i]), y2: y(values[i]) })),
      threshold === null ? null : h("line", { class: `threshold ${state === "ALARM" ? "bad" : ""}`, x1: 0, x2: WIDE, y1: y(threshold), y2: y(threshold) }),
    ),
    h("figcaption", {},
      h("span", {}, `${data.statistic}, ${data.period} s × ${values.length}`),
      h("span", { class: "threshold" }, `${SIGNS[data.comparison] ?? ""} ${number(threshold)}`),
      h("span", {}, known.length ? `latest ${number(known.at(-1))}` : "no data")));
}

const SIGNS = {
  GreaterThanThreshold: ">", GreaterThanOrEqualToThreshold: "≥",
  LessThanThreshold: "<", LessThanOrEqualToThreshold: "≤",
};

// The same version has the same colour everywhere.
const colour = (part, index) => `s${Number(part.label.match(/^version (\d+)$/)?.[1] ?? index) % 4}`;

export function weights(parts) {
  let from = 0;
  const words = parts.map((part) => `${part.label} ${percent(part.weight)}`).join(", ");
  const bars = parts.map((part, index) => {
    const bar = h("rect", { "data-key": part.label, class: `share ${colour(part, index)}`, x: `${from * 100}%`, width: `${part.weight * 100}%`, y: 0, height: "100%" });
    from += part.weight;
    return bar;
  });
  return h("div", { class: "weights" },
    h("svg", { role: "img", "aria-label": words, class: "bar", width: "100%", height: 10 }, bars),
    h("ul", {}, parts.map((part, index) => h("li", { "data-key": part.label },
      h("i", { class: `key ${colour(part, index)}`, "aria-hidden": "true" }), part.label, " ",
      h("b", {}, percent(part.weight)), part.note ? h("span", { class: "dim" }, ` ${part.note}`) : null))));
}

const percent = (weight) => `${number(Math.round(weight * 1000) / 10)} %`;
