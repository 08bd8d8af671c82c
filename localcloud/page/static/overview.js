// The first view: one section for each kind of thing, what is left out said at its end.

import { badge, clock, h, many, number, span, tail } from "./dom.js";
import { address } from "./log.js";
import { plot, weights } from "./plot.js";

const SECTIONS = [
  ["executions", "Executions", executions], ["machines", "State machines", machines],
  ["functions", "Functions", functions], ["deployments", "Deployments", deployments],
  ["endpoints", "Endpoints", endpoints], ["jobs", "Jobs", jobs], ["alarms", "Alarms", alarms],
  ["stacks", "Stacks", stacks], ["rules", "Event rules", rules], ["schedules", "Schedules", schedules],
];

export async function draw(read) {
  const base = await read("overview");
  const full = SECTIONS.filter(([key]) => base[key].items.length || base[key].error);
  const empty = SECTIONS.filter(([key]) => !base[key].items.length && !base[key].error);
  return [base, [
    h("h1", { class: "hidden" }, "Local cloud"),
    full.length ? null : h("p", { class: "empty" }, "Nothing is deployed yet. What you deploy appears here, live."),
    ...full.map(([key, title, items]) => section(key, title, base[key], items)),
    full.length && empty.length
      ? h("p", { class: "dim none" }, `None yet: ${empty.map(([, title]) => title.toLowerCase()).join(", ")}.`) : null,
    recorded(base.recorded),
  ]];
}

export function links(base) {
  const found = SECTIONS.filter(([key]) => base[key].items.length);
  return [...found, ["recorded", "Only recorded"]].map(([key, title]) => h("a", { href: `#/${key}`, "data-key": key },
    title, base[key]?.items ? h("span", {}, count(base[key])) : null,
    key === "alarms" && base.alarms.items.some((a) => a.state === "ALARM") ? h("i", { class: "bell", title: "an alarm sounds" }, "●") : null));
}

const count = (list) => number(list.items.length + list.left_out);

function section(key, title, list, items) {
  return h("section", { id: key, "data-key": key, "aria-labelledby": `${key}-title` },
    h("h2", { id: `${key}-title` }, title, h("span", { class: "count" }, count(list))),
    list.error ? h("p", { class: "error" }, `This part could not be read: ${list.error}`) : items(list.items),
    list.left_out ? h("p", { class: "dim" }, `${number(list.left_out)} more are left out.`) : null);
}

const table = (kind, heads, rows) => h("div", { class: "scroll", tabindex: -1 }, h("table", { class: kind },
  h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
  h("tbody", {}, rows)));

const cell = (label, ...content) => h("td", { "data-label": label }, content);

function executions(items) {
  return table("rows", ["Execution", "State machine", "Status", "Started", "Took"], items.map((e) => h("tr", { "data-key": e.arn },
    cell("", h("a", { href: `#/execution/${encodeURIComponent(e.arn)}` }, e.name)),
    cell("State machine", e.machine),
    cell("Status", badge(e.status), e.error ? h("span", { class: "why" }, e.error) : null),
    cell("Started", clock(e.started)), cell("Took", span(e.started, e.stopped)))));
}

function machines(items) {
  return h("div", { class: "cards small" }, items.map((m) => h("article", { "data-key": m.arn },
    h("h3", {}, m.name), h("p", { class: "dim" }, m.type.toLowerCase()),
    h("p", {}, Object.keys(m.executions).length
      ? Object.entries(m.executions).sort().map(([status, n]) => [badge(status), h("span", {}, ` ${number(n)}`)])
      : h("span", { class: "dim" }, "no executions")))));
}

function functions(items) {
  return h("div", { class: "cards" }, items.map((f) => h("article", { "data-key": f.name },
    h("h3", {}, f.name),
    h("p", { class: "dim" }, [f.runtime, `${f.memory} MB`, `${f.timeout} s`,
      f.state !== "Active" ? f.state : null, f.update === "InProgress" ? "updating" : null,
      f.versions.length ? `versions ${f.versions_left_out ? "… " : ""}${f.versions.join(", ")}` : "no versions"].filter(Boolean).join(" · ")),
    f.aliases.map((alias) => h("div", { class: "alias", "data-key": alias.name },
      h("h4", {}, alias.name),
      weights(alias.routes.map((r) => ({ label: `version ${r.version}`, weight: r.weight, note: calls(r) }))))),
    h("p", { class: "foot" }, h("span", {}, many(f.invocations, "invocation")),
      h("span", { class: f.errors ? "bad-text" : "" }, many(f.errors, "error")),
      f.throttles ? h("span", { class: "bad-text" }, many(f.throttles, "throttle")) : null,
      h("a", { href: address(f.log_group, "", f.name) }, "Log")))));
}

const calls = (r) => r.invocations ? `${many(r.invocations, "call")}${r.errors ? `, ${many(r.errors, "error")}` : ""}` : null;

function deployments(items) {
  return h("div", { class: "cards" }, items.map((d) => h("article", { "data-key": d.id },
    h("h3", {}, d.id), badge(d.status),
    h("p", { class: "dim" }, `${d.application} · ${d.group} · ${d.config.replace("CodeDeployDefault.", "")} · ${clock(d.created)}, ${span(d.created, d.ended)}`),
    d.targets.map((t) => h("div", { "data-key": `${t.function}:${t.alias}` },
      h("h4", {}, `${t.function}:${t.alias}`),
      weights([{ label: `version ${t.from}`, weight: 1 - t.weight / 100 }, { label: `version ${t.to}`, weight: t.weight / 100 }].filter((p, i, all) => all[0].label !== all[1].label || i === 1)),
      h("p", { class: "steps" }, t.lifecycle.map((e) => h("span", { "data-key": e.name }, badge(e.status), ` ${e.name}`))))),
    d.error ? h("p", { class: "why" }, d.error) : null, d.rollback ? h("p", { class: "why" }, d.rollback) : null)));
}

function shares(variants) {
  const total = variants.reduce((sum, v) => sum + (v.CurrentWeight ?? v.DesiredWeight ?? 1), 0) || 1;
  return variants.map((v) => ({ label: v.name, weight: (v.CurrentWeight ?? v.DesiredWeight ?? 1) / total,
    note: v.CurrentInstanceCount === undefined ? null : `${v.CurrentInstanceCount} of ${v.DesiredInstanceCount ?? v.CurrentInstanceCount} instances` }));
}

function endpoints(items) {
  return h("div", { class: "cards" }, items.map((e) => h("article", { "data-key": e.name },
    h("h3", {}, e.name), badge(e.status), h("p", { class: "dim" }, e.config ?? ""),
    e.variants.length ? weights(shares(e.variants)) : null,
    e.pending.length ? [h("h4", {}, "Being put in place"), weights(shares(e.pending))] : null,
    e.reason ? h("p", { class: "why" }, e.reason) : null,
    h("p", { class: "foot" }, h("a", { href: address(e.log_group, "", e.name) }, "Log")))));
}

function jobs(items) {
  return table("rows", ["Job", "Kind", "Status", "Began", "Took", ""], items.map((j) => h("tr", { "data-key": `${j.kind} ${j.name}` },
    cell("", j.log_group ? h("a", { href: address(j.log_group, `${j.name}/`, j.name) }, j.name) : j.name),
    cell("Kind", j.kind),
    cell("Status", badge(j.status), j.secondary && j.secondary !== j.status ? h("span", { class: "dim" }, ` ${j.secondary}`) : null,
      j.reason ? h("span", { class: "why" }, j.reason) : null),
    cell("Began", clock(j.created)), cell("Took", span(j.created, j.ended)),
    cell("Metrics", Object.entries(j.metrics).map(([k, v]) => `${k} ${number(v)}`).join(" · "),
      j.counts ? Object.entries(j.counts).filter(([, n]) => n).map(([k, n]) => `${n} ${k}`).join(" · ") : ""))));
}

function alarms(items) {
  return h("div", { class: "cards" }, items.map((a) => h("article", { "data-key": a.name, class: a.state === "ALARM" ? "sounding" : "" },
    h("h3", {}, a.name), badge(a.state),
    h("p", { class: "dim" }, a.metric ?? a.rule ?? "an expression"),
    a.plot ? plot(a.plot, a.state) : null,
    a.reason ? h("p", { class: "why plain" }, a.reason) : null)));
}

function stacks(items) {
  return h("div", { class: "stack" }, items.map((s) => h("details", { "data-key": s.name },
    h("summary", {}, h("b", {}, s.name), badge(s.status), h("span", { class: "dim" }, `${many(s.resources, "resource")} · ${clock(s.changed)}`)),
    s.reason ? h("p", { class: "why" }, s.reason) : null,
    table("rows", ["When", "Resource", "Status"], s.events.map((e) => h("tr", {},
      cell("When", clock(e.time)), cell("", h("b", {}, e.id), h("span", { class: "dim" }, ` ${e.type.replace("AWS::", "")}`)),
      cell("Status", badge(e.status), e.reason ? h("span", { class: "why" }, e.reason) : null)))),
    s.events_left_out ? h("p", { class: "dim" }, `${s.events_left_out} earlier events are left out.`) : null)));
}

function rules(items) {
  return table("rows", ["Rule", "State", "When", "Calls"], items.map((r) => h("tr", { "data-key": `${r.bus}/${r.name}` },
    cell("", h("b", {}, r.name), r.bus === "default" ? null : h("span", { class: "dim" }, ` ${r.bus}`)), cell("State", badge(r.state)),
    cell("When", h("code", {}, r.schedule ?? r.pattern ?? "")), cell("Calls", r.targets.map((t) => h("div", {}, tail(t)))))));
}

function schedules(items) {
  return table("rows", ["Schedule", "State", "When", "Calls"], items.map((s) => h("tr", { "data-key": s.name },
    cell("", h("b", {}, s.name)), cell("State", badge(s.state)),
    cell("When", h("code", {}, s.schedule), s.zone && s.zone !== "UTC" ? h("span", { class: "dim" }, ` ${s.zone}`) : null),
    cell("Calls", s.targets.map((t) => h("div", {}, tail(t)))))));
}

function recorded(items) {
  return h("section", { id: "recorded", "data-key": "recorded" }, h("details", {},
    h("summary", {}, h("h2", {}, "Only recorded", h("span", { class: "count" }, items.length)), h("span", { class: "dim" }, "what this cloud writes down and does not do")),
    h("dl", {}, items.map((r) => [h("dt", {}, r.what), h("dd", {}, r.why)]))));
}
