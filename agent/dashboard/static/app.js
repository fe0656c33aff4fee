// The page: what is asked first, what happens after it, and what the buttons order.

import * as charts from "./charts.js";
import { $, lasting } from "./dom.js";
import * as health from "./health.js";
import { Ended, follow, get, order } from "./net.js";
import * as now from "./now.js";
import * as queue from "./queue.js";
import * as talk from "./talk.js";

const QUEUE = new Set(["postponed", "replied", "unanswered", "attempted"]);
const TREND = new Set(["timed", "lost", "unanswered", "unheard", "unspoken"]);

let standing = null;
let said = "";

function failed(error) {
  if (error instanceof Ended) return ended();
  $("ordered").textContent = error.message;
}

function ended() {
  banner("This page is no longer let in: Tonny was started again, perhaps. In a terminal: tonny-agent dashboard");
  document.body.dataset.ended = "";
}

function banner(text) {
  $("banner").textContent = text;
  $("banner").hidden = !text;
}

function stands(fresh) {
  standing = fresh;
  const state = fresh.muted ? "muted" : fresh.state;
  const pill = $("state");
  if (pill.textContent !== state) pill.textContent = state;
  pill.dataset.state = state;
  document.title = state === "ready" ? "Tonny" : `Tonny – ${state}`;
  $("mute").setAttribute("aria-pressed", `${fresh.muted}`);
  $("mute").textContent = fresh.muted ? "Unmute" : "Mute";
  const ears = fresh.stt ? ` · ${fresh.stt}` : "";
  const place = fresh.microphone.split("/").pop();
  $("device").textContent = fresh.microphone ? `${place}${ears} · ${fresh.mode}` : "no microphone";
  const waits = fresh.speech.filter((each) => !each.said).length;
  said = fresh.speech.find((each) => each.said)?.text ?? "";
  $("stop").disabled = !fresh.speech.length;
  $("stop").textContent = waits ? `Stop speaking (${waits} more)` : "Stop speaking";
  health.shows(fresh);
  health.plan(fresh.quota);
  now.shows(state, said);
  const about = [`tonny-agent ${fresh.version ?? ""}`];
  if (fresh.since) about.push(`up for ${lasting(fresh.since * 1000)}`);
  if (fresh.memory) about.push(`${Math.round(fresh.memory / 2 ** 20)} MB`);
  $("about").textContent = about.join(" · ");
}

function happened(entry) {
  const { event } = entry;
  if (event.event === "overheard") now.forms(event.text);
  if (event.event === "heard") now.forms(event.text);
  if (["sounding", "timed", "dismissed", "silent", "postponed"].includes(event.event)) now.forms("");
  if (event.event === "speech_started") now.forms("…");
  if (standing) now.shows(standing.muted ? "muted" : standing.state, said);
  talk.happened(entry);
  if (QUEUE.has(event.event)) soon("queue", queue.begin);
  if (TREND.has(event.event)) soon("trend", charts.begin);
}

const due = {};

// At most once in half a second, however much happens.
function soon(name, act) {
  due[name] ??= setTimeout(() => {
    delete due[name];
    act().catch(failed);
  }, 500);
}

async function everything() {
  const state = await get("/api/state");
  stands({ version: state.version, ...state.standing });
  await Promise.all([talk.begin(), queue.begin(), charts.begin()]);
  return state.last;
}

function heard(kind, content) {
  if (kind === "entry") happened(content);
  else if (kind === "level") now.loud(content.event);
  else if (kind === "standing") stands({ version: standing?.version, ...content });
  else if (kind === "reset") everything().catch(failed);
}

function buttons() {
  const tell = (text) => ($("ordered").textContent = text);
  const text = () => $("ask-text").value.trim();
  const say = (command, words) => {
    if (!text()) return $("ask-text").focus();
    tell(words);
    order(command, { text: text() }).then(
      (reply) => tell(reply.reason ?? ""),
      failed,
    );
    $("ask-text").value = "";
  };
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    say("ask", "Asked.");
  });
  $("ask-say").addEventListener("click", () => say("say", "It will be said."));
  $("mute").addEventListener("click", () => {
    order("mute", { on: !standing?.muted }).catch(failed);
  });
  $("stop").addEventListener("click", () => order("speech", { action: "stop" }).catch(failed));
}

const THEMES = ["auto", "light", "dark"];

function theme(chosen) {
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  localStorage.setItem("theme", chosen);
  $("theme").textContent = `Theme: ${chosen}`;
  now.draw();
}

async function main() {
  theme(localStorage.getItem("theme") ?? "auto");
  $("theme").addEventListener("click", () => {
    const chosen = localStorage.getItem("theme") ?? "auto";
    theme(THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length]);
  });
  buttons();
  talk.listenToSearch(failed);
  queue.listen(failed);
  charts.listen(failed);
  const last = await everything();
  setInterval(() => soon("trend", charts.begin), 60_000);
  setInterval(() => standing && health.shows(standing), 10_000);
  await follow(last, heard, (there) =>
    banner(there ? "" : "Tonny cannot be reached. This page tries again by itself."),
  );
}

main().catch(failed);
