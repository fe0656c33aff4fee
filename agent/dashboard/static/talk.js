// The conversation: turns, the latest first, as they were recorded and as they happen.

import { $, counted, dayOf, el, fill, seconds, timeOf } from "./dom.js";
import { get } from "./net.js";

const PAGE = 48; // remarks that are fetched at a time
const MOST = 400; // turns that are kept in the page
const WORDS = { transcript: "recognition", answer: "answer", voice: "voice", sound: "sound" };

// What is recorded of each event that belongs to the conversation, as the record words it.
const TELLING = {
  heard: (e) => ["transcription", e.text],
  replied: (e) => ["response", e.text],
  spoken: (e) => ["tts", e.text],
  unheard: (e) => ["error", `Not understood: ${e.reason}`],
  unanswered: (e) => ["error", `No answer: ${e.reason}`],
  unspoken: (e) => (e.turn ? ["error", `Not spoken (${e.reason}): ${e.text}`] : null),
  postponed: (e) => ["system", `Kept for later: ${e.reason}`],
};

const turns = new Map();
let oldest = 0;
let wanted = "";
let drawn = false;

function turnOf(session, number, at, id) {
  const name = number ? `${session}/${number}` : `${session}/at/${id}`;
  if (!turns.has(name)) turns.set(name, { name, at, said: [], timed: null });
  return turns.get(name);
}

function remark(session, number, at, type, text, about, id) {
  const turn = turnOf(session, number, at, id);
  // The same may come from the record and, just after, as an event.
  if (turn.said.some((each) => each.type === type && each.text === text)) return;
  turn.said.push({ type, text, about, at });
  turn.at = Math.min(turn.at, at);
}

function take(found) {
  for (const each of found.said) {
    const at = Date.parse(each.at);
    remark(each.session, each.turn, at, each.type, each.text, each.about, each.id);
  }
  for (const { session, timed } of found.took) {
    turnOf(session, timed.turn, Date.now(), 0).timed = timed;
  }
  $("earlier").hidden = !found.more;
  if (found.said.length) oldest = found.said[0].id;
}

export async function begin() {
  turns.clear();
  oldest = 0;
  const query = wanted ? `&query=${encodeURIComponent(wanted)}` : "";
  const asked = wanted;
  const found = await get(`/api/talk?limit=${PAGE}${query}`);
  if (asked !== wanted) return; // someone typed on
  turns.clear();
  take(found);
  show();
}

async function earlier() {
  const query = wanted ? `&query=${encodeURIComponent(wanted)}` : "";
  take(await get(`/api/talk?limit=${PAGE}&before=${oldest}${query}`));
  show();
}

export function happened({ at, session, event }) {
  if (wanted) return;
  if (event.event === "timed") {
    const turn = turns.get(`${session}/${event.turn}`);
    if (turn) turn.timed = event;
    return show();
  }
  const told = TELLING[event.event]?.(event);
  if (!told) return;
  const when = at * 1000;
  remark(session, event.turn, when, ...told, event, at);
  if (event.event === "replied" && !event.late) $("aloud").textContent = `Tonny: ${event.text}`;
  show();
}

function show() {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(() => {
    drawn = false;
    const found = [...turns.values()].sort((a, b) => b.at - a.at);
    for (const old of found.splice(MOST)) turns.delete(old.name);
    const longest = Math.max(1, ...found.map((turn) => total(turn.timed) ?? 0));
    const rows = [];
    let day = "";
    for (const turn of found) {
      if (!turn.said.length) continue;
      const its = dayOf(turn.at);
      if (its !== day) rows.push(el("li", { class: "day", "data-key": its }, (day = its)));
      rows.push(row(turn, longest));
    }
    if (!rows.length && !wanted) {
      rows.push(el("li", { class: "empty" }, "Nothing was said yet. Ask something, aloud or above."));
    }
    fill($("talk"), ...rows);
    const said = $("found");
    said.hidden = !wanted;
    const number = found.filter((turn) => turn.said.length).length;
    const none = `Nothing was found for “${wanted}”.`;
    if (wanted) {
      const more = $("earlier").hidden ? "" : ", and more";
      said.textContent = number ? `${counted(number, "turn")} found${more}.` : none;
    }
  });
}

const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

// Most of what was said aloud repeats the answer; an announcement does not.
function repeats(aloud, said) {
  const answered = new Set(said.filter((each) => each.type === "response").flatMap((each) => words(each.text)));
  const spoken = words(aloud.text);
  return spoken.filter((word) => answered.has(word)).length >= 0.7 * spoken.length;
}

const WHO = { transcription: "You", response: "Tonny", tts: "Tonny" };

function row(turn, longest) {
  const order = (each) => ["transcription", "response"].indexOf(each.type) & 3;
  const shown = turn.said.filter((each) => each.type !== "tts" || !repeats(each, turn.said));
  const said = shown.sort((a, b) => order(a) - order(b) || a.at - b.at);
  return el(
    "li",
    { class: "turn", "data-key": turn.name },
    el("time", { datetime: new Date(turn.at).toISOString() }, timeOf(turn.at)),
    el(
      "div",
      { class: "said" },
      said.map((each) =>
        el(
          "p",
          { class: each.type },
          WHO[each.type] ? el("span", { class: "who" }, WHO[each.type]) : "",
          el("span", { class: "text" }, marked(each.text), note(each)),
        ),
      ),
      turn.timed ? waterfall(turn.timed, longest) : "",
    ),
  );
}

// The text, with what was searched for marked.
function marked(text) {
  const found = words(wanted);
  if (!found.length) return text;
  const parts = text.split(new RegExp(`(${found.join("|")})`, "giu"));
  return parts.map((part, n) => (n % 2 ? el("mark", {}, part) : part));
}

function note({ type, about }) {
  const notes = [];
  if (type === "response" && about.late) notes.push("late");
  if (type === "response" && about.interrupted) notes.push("interrupted");
  if (type === "transcription" && about.source === "text") notes.push("typed");
  if (type === "tts") notes.push("announced");
  return notes.length ? el("span", { class: "note" }, notes.join(", ")) : "";
}

function ends(timed) {
  return {
    transcript: timed.transcript,
    answer: timed.first_answer,
    voice: timed.first_audio,
    sound: timed.first_sample,
  };
}

function total(timed) {
  return timed && (timed.first_sample ?? timed.first_audio ?? timed.first_answer ?? timed.transcript);
}

function waterfall(timed, longest) {
  const parts = [];
  let before = 0;
  for (const [stage, end] of Object.entries(ends(timed))) {
    if (end === null || end === undefined) continue;
    parts.push({ stage, took: Math.max(0, end - before) });
    before = Math.max(before, end);
  }
  const told = parts.map(({ stage, took }) => `${WORDS[stage]} ${seconds(took)}`).join(", ");
  return el(
    "div",
    { class: "waterfall", title: told },
    el(
      "div",
      { class: "track", role: "img", "aria-label": `To the first sound ${seconds(before)}: ${told}` },
      parts.map(({ stage, took }) =>
        el("span", { "data-stage": stage, width: ((100 * took) / longest).toFixed(2) }),
      ),
    ),
    el("span", { class: "took", "aria-hidden": "true" }, seconds(before)),
  );
}

let typing;

export function listenToSearch(failed) {
  $("search").addEventListener("submit", (event) => event.preventDefault());
  $("search-text").addEventListener("input", (event) => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      wanted = event.target.value.trim();
      begin().catch(failed);
    }, 200);
  });
  $("earlier").addEventListener("click", () => earlier().catch(failed));
}

