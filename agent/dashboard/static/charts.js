// How long answers took and what went wrong, over the last hour, day or week.

import { $, counted, el, seconds, svg } from "./dom.js";
import { get } from "./net.js";

const WIDE = 400;
const TALL = 132;
const LOW = 44;
const LEFT = 34;
const SPANS = { hour: "Hour", day: "Day", week: "Week" };

let over = "day";

export async function begin() {
  show(await get(`/api/trend?over=${over}`));
}

export function listen(failed) {
  for (const [name, words] of Object.entries(SPANS)) {
    const choice = el("input", {
      type: "radio",
      name: "span",
      value: name,
      checked: name === over,
      on: {
        change: () => {
          over = name;
          begin().catch(failed);
        },
      },
    });
    $("span").append(el("label", {}, choice, el("span", {}, words)));
  }
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric" });
const moment = (at) => (over === "week" ? date : clock).format(at * 1000);

// The next of 1, 2, 3, 4, 6, 8, 10, 20, … that is not below *value*.
function round(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 3, 4, 6, 8, 10].map((n) => n * power).find((n) => n >= value * 0.999);
}

function show(found) {
  const turns = found.reduce((sum, each) => sum + each.turns, 0);
  const errors = found.reduce((sum, each) => sum + each.errors, 0);
  const readout = el("p", { class: "readout small", "aria-hidden": "true" });
  const rest = `${counted(turns, "turn")}, ${counted(errors, "error")} in the last ${over}`;
  readout.textContent = rest;
  const tell = (each) => {
    const p50 = each?.p50 === null ? "no turns" : `median ${seconds(each?.p50 ?? 0)}`;
    readout.textContent = each
      ? `${moment(each.at)} · ${p50} · ${counted(each.turns, "turn")} · ${counted(each.errors, "error")}`
      : rest;
  };
  $("trend").replaceChildren(
    el("h3", {}, "To the first sound", key()),
    latency(found, tell),
    el("h3", {}, "Turns and errors", el("span", { class: "keys" }, swatch("turns", "turns"), swatch("errors", "errors"))),
    counts(found, tell),
    readout,
  );
}

const swatch = (kind, words) => el("span", { class: "key", "data-key": kind }, words);
const key = () => el("span", { class: "keys" }, swatch("p50", "median"), swatch("p95", "95 %"));

function frame(height, words, tell, found, ...parts) {
  const step = (WIDE - LEFT) / found.length;
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${height}`, role: "img", "aria-label": words, class: "chart" },
    ...parts,
    svg("line", { class: "cursor", y1: 0, y2: height - 16, x1: -9, x2: -9 }),
  );
  const cursor = drawing.querySelector(".cursor");
  drawing.addEventListener("pointermove", (event) => {
    const box = drawing.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * WIDE - LEFT;
    const place = Math.min(found.length - 1, Math.max(0, Math.floor(x / step)));
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, LEFT + (place + 0.5) * step);
    tell(found[place]);
  });
  drawing.addEventListener("pointerleave", () => {
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, -9);
    tell(null);
  });
  return drawing;
}

function times(found, y) {
  return [0, 0.5, 1].map((share) => {
    const each = found[Math.min(found.length - 1, Math.round(share * found.length))];
    const anchor = ["start", "middle", "end"][share * 2];
    const label = share === 1 ? "now" : moment(each.at);
    return svg("text", { x: LEFT + share * (WIDE - LEFT), y, "text-anchor": anchor }, label);
  });
}

function latency(found, tell) {
  const base = TALL - 18;
  const known = found.filter((each) => each.p50 !== null);
  const most = round(Math.max(1, ...known.map((each) => each.p95)));
  const step = (WIDE - LEFT) / found.length;
  const x = (n) => LEFT + (n + 0.5) * step;
  const y = (value) => base - (base - 8) * Math.min(1, value / most);
  const grid = [0, 0.5, 1].flatMap((share) => [
    svg("line", { class: "grid", x1: LEFT, x2: WIDE, y1: y(share * most), y2: y(share * most) }),
    svg("text", { x: LEFT - 6, y: y(share * most) + 3.5, "text-anchor": "end" }, `${share * most} s`),
  ]);
  const marks = [];
  // A line goes on where turns are next to each other; a turn alone is a dot.
  for (const name of ["p95", "p50"]) {
    let run = [];
    const end = () => {
      if (run.length > 1) marks.push(svg("polyline", { class: name, points: run.join(" ") }));
      run = [];
    };
    found.forEach((each, n) => {
      if (each[name] === null) return end();
      run.push(`${x(n).toFixed(1)},${y(each[name]).toFixed(1)}`);
      marks.push(svg("circle", { class: name, cx: x(n), cy: y(each[name]), r: 2.2 }));
    });
    end();
  }
  const latest = known.at(-1);
  const words = latest
    ? `Seconds to the first sound over the last ${over}: the latest median is ${seconds(latest.p50)}`
    : `No turns in the last ${over}`;
  return frame(TALL, words, tell, found, ...grid, ...marks, ...times(found, TALL - 3));
}

function counts(found, tell) {
  const base = LOW + 4;
  const most = Math.max(4, ...found.map((each) => each.turns + each.errors));
  const step = (WIDE - LEFT) / found.length;
  const bars = found.flatMap((each, n) => {
    const tall = (each.turns / most) * LOW;
    const bad = (each.errors / most) * LOW;
    const at = { x: LEFT + n * step + step * 0.15, width: step * 0.7 };
    return [
      tall ? svg("rect", { class: "turns", ...at, y: base - tall, height: tall, rx: 1 }) : "",
      bad ? svg("rect", { class: "errors", ...at, y: base - tall - bad, height: bad, rx: 1 }) : "",
    ];
  });
  const line = svg("line", { class: "grid", x1: LEFT, x2: WIDE, y1: base, y2: base });
  const mark = svg("text", { x: LEFT - 6, y: base - LOW + 8, "text-anchor": "end" }, most);
  const errors = found.reduce((sum, each) => sum + each.errors, 0);
  const turns = found.reduce((sum, each) => sum + each.turns, 0);
  const words = `${counted(turns, "turn")} and ${counted(errors, "error")} in the last ${over}`;
  return frame(LOW + 22, words, tell, found, line, mark, ...bars, ...times(found, LOW + 19));
}
