// Elements from words: text is only ever text, so nothing that was said becomes a page.

const SVG = "http://www.w3.org/2000/svg";

export const $ = (id) => document.getElementById(id);

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") {
      for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    } else if (name === "width" && !(element instanceof SVGElement)) {
      element.style.width = `${value}%`; // the policy allows no style attribute
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== ""));
  return element;
}

export const el = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

export const svg = (name, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

// Puts *children* in the place of what is there, and leaves alone what stays the same: what
// is selected, focused or read aloud just now is not taken away. Those with a data-key are
// known by it, others by their place.
export function fill(parent, ...found) {
  const children = found.filter(Boolean);
  const before = [...parent.children];
  const named = new Map(before.map((each) => [each.dataset.key, each]));
  const wanted = children.map((child, n) => {
    const old = child.dataset.key ? named.get(child.dataset.key) : before[n];
    return old?.isEqualNode(child) ? old : child;
  });
  const stays = new Set(wanted);
  for (const each of before) if (!stays.has(each)) each.remove();
  wanted.forEach((each, n) => {
    if (parent.children[n] !== each) parent.insertBefore(each, parent.children[n] ?? null);
  });
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const timeOf = (at) => clock.format(at);
export const dayOf = (at) => day.format(at);
export const seconds = (value) =>
  value < 10 ? `${value.toFixed(2)} s` : `${value.toFixed(1)} s`;

export function lasting(from, now = Date.now()) {
  const passed = Math.max(0, (now - from) / 1000);
  if (passed < 10) return "a few seconds";
  if (passed < 90) return `${Math.round(passed)} seconds`;
  if (passed < 90 * 60) return `${Math.round(passed / 60)} minutes`;
  if (passed < 36 * 3600) return `${Math.round(passed / 3600)} hours`;
  return `${Math.round(passed / 86400)} days`;
}

export const counted = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
