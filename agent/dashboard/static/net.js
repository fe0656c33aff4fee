// To Tonny and back: requests with the page's key, and what happens as it does.

const key = localStorage.getItem("key") ?? "";

export class Ended extends Error {}
export class Refused extends Error {}

async function ask(path, options = {}) {
  const headers = { "X-Tonny-Key": key, ...options.headers };
  const reply = await fetch(path, { ...options, headers, cache: "no-store" });
  if (reply.status === 401) throw new Ended();
  if (!reply.ok) {
    const told = await reply.json().catch(() => ({}));
    throw new Refused(told.error ?? "That was not possible.");
  }
  return reply;
}

export const get = async (path) => (await ask(path)).json();

export async function post(path, body) {
  const headers = { "Content-Type": "application/json" };
  return (await ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

export const order = (command, fields = {}) => post("/api/order", { command, ...fields });

// Not EventSource, which cannot send the key: a cookie alone opens nothing.
async function* messages(last) {
  const headers = last ? { "Last-Event-ID": last } : {};
  const reply = await ask("/api/events", { headers });
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n\n");
    rest = whole.pop();
    for (const block of whole) {
      const fields = {};
      for (const line of block.split("\n")) {
        const colon = line.indexOf(": ");
        if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
      }
      if (fields.event) yield fields;
    }
  }
}

const PATIENCE = [500, 1000, 2000, 5000, 10000];

// Calls *heard* with each message's kind and content, for as long as the page is open;
// after a gap it goes on where it was. *connected* is told whether it is.
export async function follow(last, heard, connected) {
  for (let failures = 0; ; failures += 1) {
    try {
      for await (const { id, event, data } of messages(last)) {
        failures = 0;
        connected(true);
        if (id) last = id;
        heard(event, JSON.parse(data));
      }
    } catch (error) {
      if (error instanceof Ended) throw error;
    }
    connected(false);
    const wait = PATIENCE[Math.min(failures, PATIENCE.length - 1)];
    await new Promise((resume) => setTimeout(resume, wait * (0.5 + Math.random() / 2)));
  }
}
