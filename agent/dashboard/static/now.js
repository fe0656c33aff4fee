// What goes on at this moment: the level, and the words as they form.

import { $ } from "./dom.js";

const LEAST = -60; // dBFS: below that nothing is drawn
const BAR = 5; // pixels from one bar to the next

const bars = [];
const canvas = $("wave");
const reading = $("level-text");
const meter = $("level");
let latest = null;
let announced = 0;

const share = (level) => Math.min(1, Math.max(0, 1 - level / LEAST));

export function loud(level) {
  latest = level;
  bars.push(level);
  while (bars.length > 400) bars.shift();
  requestAnimationFrame(draw);
  if (Date.now() - announced > 1000) {
    announced = Date.now();
    reading.textContent = Math.max(-96, level.rms).toFixed(0).replace("-", "−");
    meter.setAttribute("aria-valuenow", Math.max(LEAST, Math.round(level.rms)));
    const words = level.clipping ? ", too loud" : level.voiced ? ", speech" : "";
    meter.setAttribute("aria-valuetext", `${Math.round(level.rms)} decibels${words}`);
  }
}

export function draw() {
  const scale = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const colours = getComputedStyle(canvas);
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const room = Math.floor(width / BAR);
  for (let n = 0; n < room; n += 1) {
    const level = bars[bars.length - room + n];
    const tall = level ? Math.max(2, share(level.rms) * (height - 4)) : 2;
    const name = level?.clipping ? "--bad" : level?.voiced ? "--accent" : "--line-strong";
    pen.fillStyle = colours.getPropertyValue(name);
    pen.beginPath();
    pen.roundRect(n * BAR, (height - tall) / 2, BAR - 2, tall, 1.5);
    pen.fill();
  }
  if (latest) {
    const floor = share(latest.floor) * (height - 4);
    pen.fillStyle = colours.getPropertyValue("--muted");
    pen.globalAlpha = 0.35;
    pen.fillRect(0, (height - floor) / 2, width, 1);
    pen.fillRect(0, (height + floor) / 2, width, 1);
    pen.globalAlpha = 1;
  }
}

const IDLE = {
  initialising: "Getting ready…",
  ready: "Say something.",
  listening: "Listening…",
  processing: "Thinking…",
  speaking: "Speaking…",
  degraded: "Say something.",
  muted: "Muted: nothing is heard.",
  "shutting down": "Ending…",
};

let words = "";

export function forms(text) {
  words = text;
}

export function shows(state, said) {
  const text = words || said || IDLE[state] || "";
  const saying = $("saying");
  if (saying.textContent !== text) saying.textContent = text;
  saying.dataset.kind = words ? "heard" : said ? "said" : "idle";
}

new ResizeObserver(draw).observe(canvas);
