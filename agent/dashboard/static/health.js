// How each part is: why it is so, since when, and what to do; and what is left of the plan.

import { $, counted, el, fill, lasting, seconds } from "./dom.js";

const NAMES = {
  microphone: "Microphone",
  speaker: "Speaker",
  whisperlivekit: "WhisperLiveKit",
  moonshine: "Moonshine",
  n8n: "n8n workflow",
  "n8n-websocket": "n8n WebSocket",
  elevenlabs: "ElevenLabs",
  pico: "Pico",
  system: "System voice",
  builtin: "Built-in answers",
  transcribe: "Recognition",
  think: "Answers",
  control: "Control socket",
  dashboard: "Dashboard",
  events: "Event feed",
  hotkey: "Hotkey",
  rabbitmq: "RabbitMQ",
};
const OWN = new Set(["transcribe", "think", "control", "events", "dashboard", "hotkey"]);
const STATES = { ok: "well", away: "away", down: "given up" };

const ORDER = Object.keys(NAMES);
const named = ({ name }) => NAMES[name] ?? name;
const rank = ({ name }) => (ORDER.indexOf(name) + ORDER.length + 1) % (ORDER.length + 1);

export function shows(standing) {
  const troubles = standing.troubles ?? [];
  const of = (part) => troubles.find((each) => each.code === `${part.name}-${part.state}`);
  const parts = [...standing.integrations].sort(
    (a, b) => (a.state === "ok") - (b.state === "ok") || rank(a) - rank(b),
  );
  const whole = parts.filter((part) => part.state === "ok" && OWN.has(part.name));
  const own = new Set(parts.map(of).filter(Boolean));
  const others = troubles.filter((each) => !own.has(each) && each.code !== "muted");
  fill(
    $("health"),
    ...others.map((each) => line("away", each.title, "", each.remedy)),
    ...parts.filter((part) => !whole.includes(part)).map((part) => row(part, of(part))),
    whole.length ? line("ok", "Tonny itself", whole.map(named).join(", ").toLowerCase()) : "",
  );
  const lost = parts.filter((part) => part.state !== "ok").length;
  const more = others.length ? counted(others.length, "thing") + " to look at" : "all is well";
  $("health-sum").textContent = lost ? `${counted(lost, "part")} of ${parts.length} away` : more;
}

function row(part, trouble) {
  const since = lasting(part.since * 1000);
  const facts = [];
  if (part.state === "ok") {
    if (part.latency) facts.push(`${seconds(part.latency.p50)} usually`);
    if (part.failed) facts.push(`${part.failed} of ${part.calls} requests failed`);
    facts.push(`for ${since}`);
  } else {
    facts.push(`${STATES[part.state]} for ${since}`);
    if (part.retry_in > 0) facts.push(`next try in ${Math.ceil(part.retry_in)} s`);
  }
  return line(part.state, named(part), facts.join(" · "), trouble?.remedy ?? "", part.reason);
}

function line(state, name, facts, remedy = "", why = "") {
  return el(
    "li",
    { class: "part", "data-state": state, "data-key": name },
    el("span", { class: "dot", "aria-hidden": "true" }),
    el(
      "div",
      {},
      el(
        "p",
        { class: "part-name" },
        name,
        el("span", { class: "visually-hidden" }, `: ${STATES[state] ?? state}`),
        facts ? el("span", { class: "facts" }, facts) : "",
      ),
      why ? el("p", { class: "why" }, why) : "",
      remedy ? el("p", { class: "remedy" }, remedy) : "",
    ),
  );
}

const figures = new Intl.NumberFormat();
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });

export function plan(quota) {
  $("plan").hidden = !quota;
  if (!quota) return;
  const rows = [];
  if (quota.limit) {
    const reset = quota.reset ? `, until ${date.format(quota.reset * 1000)}` : "";
    rows.push(gauge(quota.used, quota.limit, `characters${reset}`));
  }
  if (quota.budget) rows.push(gauge(quota.today, quota.budget, "characters today"));
  fill($("quota"), ...rows);
}

function gauge(used, limit, what) {
  const share = Math.min(100, (100 * used) / limit);
  return el(
    "div",
    { class: "gauge", "data-state": share >= 100 ? "down" : share >= 90 ? "away" : "ok" },
    el(
      "p",
      {},
      el("strong", {}, figures.format(used)),
      ` of ${figures.format(limit)} ${what}`,
    ),
    el("div", { class: "track", "aria-hidden": "true" }, el("span", { width: share.toFixed(1) })),
  );
}
