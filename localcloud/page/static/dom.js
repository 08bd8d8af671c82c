// Elements, and a morph that changes only what differs: focus, scroll and open details stay.

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "rect", "circle", "text", "title", "line", "polyline", "defs", "marker"]);

export function h(tag, attributes = {}, ...children) {
  const element = SVG_TAGS.has(tag) && tag !== "title"
    ? document.createElementNS(SVG, tag)
    : tag === "title" ? document.createElementNS(SVG, "title") : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const HANDLERS = ["onclick", "onkeydown"];
// What the reader, not the data, decides.
const OWN = new Set(["open"]);

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName
    && (a.nodeType !== 1 || a.getAttribute("data-key") === b.getAttribute("data-key"));
}

export function morph(old, fresh) {
  if (old.nodeType === 3) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!OWN.has(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (!OWN.has(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const handler of HANDLERS) old[handler] = fresh[handler];
  children(old, [...fresh.childNodes]);
}

export function children(parent, fresh) {
  const atEnd = parent.classList?.contains("tail") && parent.scrollHeight - parent.scrollTop - parent.clientHeight < 8;
  const keyed = new Map();
  for (const child of parent.childNodes) {
    const key = child.nodeType === 1 && child.getAttribute("data-key");
    if (key) keyed.set(`${child.nodeName} ${key}`, child);
  }
  fresh.forEach((wanted, index) => {
    const here = parent.childNodes[index];
    const key = wanted.nodeType === 1 && wanted.getAttribute("data-key");
    const known = key ? keyed.get(`${wanted.nodeName} ${key}`) : null;
    if (known) {
      if (known !== here) parent.insertBefore(known, here ?? null);
      morph(known, wanted);
    } else if (here && alike(here, wanted)) {
      morph(here, wanted);
    } else {
      parent.insertBefore(wanted, here ?? null);
    }
  });
  while (parent.childNodes.length > fresh.length) parent.lastChild.remove();
  if (atEnd) parent.scrollTop = parent.scrollHeight;
}

const GOOD = /^(SUCCEEDED|Succeeded|succeeded|Completed|InService|OK|Active|ENABLED|(CREATE|UPDATE|IMPORT)_COMPLETE)$/;
const BAD = /(FAIL|fail|Fail|ALARM|TIMED_OUT|ROLLBACK)/;
const BUSY = /(RUNNING|running|IN_PROGRESS|InProgress|Pending|Creating|Updating|Stopping|Created|Queued|Ready|Starting)/;
const WARN = /(caught|ABORTED|aborted|Stopped|INSUFFICIENT)/;

export function tone(status) {
  if (GOOD.test(status)) return "good";
  if (/IN_PROGRESS/.test(status) || (BUSY.test(status) && !BAD.test(status))) return "busy";
  if (BAD.test(status)) return "bad";
  return WARN.test(status) ? "warn" : "idle";
}

const GLYPHS = { good: "✓", bad: "✕", busy: "●", warn: "!", idle: "–" };
export const glyph = (status) => GLYPHS[tone(status)];

export function badge(status) {
  const words = String(status).replaceAll("_", " ").toLowerCase();
  return h("span", { class: `badge ${tone(status)}` }, h("i", { "aria-hidden": "true" }, glyph(status)), words);
}

export function clock(seconds) {
  return seconds ? new Date(seconds * 1000).toLocaleTimeString([], { hour12: false }) : "";
}

export function span(from, to) {
  if (!from) return "";
  const seconds = Math.max(0, (to ?? Date.now() / 1000) - from);
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

export function json(text) {
  if (text === null || text === undefined) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export const number = (value) => Number(value).toLocaleString("en", { maximumFractionDigits: 3 });

export const many = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

export function tail(arn) {
  if (!arn) return "";
  const parts = arn.split(":");
  return `${parts[2] ?? ""} ${parts.slice(arn.includes(":lambda:") ? 6 : 5).join(":")}`.trim();
}
