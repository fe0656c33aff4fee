// The questions that wait for an answer, and those that were given up.

import { $, counted, el, fill, lasting } from "./dom.js";
import { get, post } from "./net.js";

let shown = [];
let sure = ""; // the id whose drop was asked for once
let busy = false;

export async function begin() {
  shown = await get("/api/queue");
  show();
}

async function change(action, ids, failed) {
  if (busy) return;
  busy = true;
  try {
    await post("/api/queue", { action, ids });
    sure = "";
    await begin();
    $("ordered").textContent =
      action === "drop" ? "Forgotten." : `${counted(ids.length, "question")} will be asked again now.`;
  } catch (error) {
    failed(error);
  } finally {
    busy = false;
  }
}

function show() {
  const rows = shown.map((each) => {
    const waits = each.state === "pending";
    const facts = [
      `${waits ? "waits" : each.state} for ${lasting(Date.parse(each.settled_at ?? each.asked_at))}`,
      each.attempts ? counted(each.attempts, "try", "tries") : "",
    ];
    return el(
      "li",
      { class: "queued", "data-state": waits ? "away" : "down", "data-key": each.id },
      el("p", { class: "text" }, each.text),
      el("p", { class: "quiet small" }, facts.filter(Boolean).join(" · ")),
      each.error ? el("p", { class: "why" }, each.error) : "",
      el(
        "div",
        { class: "buttons" },
        el("button", { type: "button", "data-act": "retry", "data-id": each.id }, "Retry"),
        el(
          "button",
          { type: "button", class: "plain", "data-act": "drop", "data-id": each.id },
          sure === each.id ? "Really drop" : "Drop",
        ),
      ),
    );
  });
  if (!rows.length) rows.push(el("li", { class: "empty" }, "Nothing waits."));
  fill($("queue"), ...rows);
  $("retry-all").hidden = shown.length < 2;
}

export function listen(failed) {
  $("queue").addEventListener("click", ({ target }) => {
    const { act, id } = target.dataset;
    if (act === "retry") change("retry", [id], failed);
    if (act === "drop" && sure === id) change("drop", [id], failed);
    else if (act === "drop") {
      sure = id;
      show();
      $("queue").querySelector(`[data-act="drop"][data-id="${CSS.escape(id)}"]`)?.focus();
    }
  });
  const all = () => change("retry", shown.map((each) => each.id), failed);
  $("retry-all").addEventListener("click", all);
}
