// Elements, icons, and how states, times and durations are written.

const SVG = "http://www.w3.org/2000/svg";

// 24 x 24, drawn with strokes.
const ICONS = {
  waiting: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16",
  scheduled: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16 M12 8v4l3 2",
  queued: "M5 7h14 M5 12h14 M5 17h8",
  running: "M12 4a8 8 0 0 1 8 8 M20 12a8 8 0 0 1-8 8a8 8 0 0 1-7.4-5",
  succeeded: "M5 12.5l4.5 4.5L19 7.5",
  failed: "M6.5 6.5l11 11 M17.5 6.5l-11 11",
  timed_out: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16 M12 8v5 M12 16v.2",
  cancelled: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16 M6.5 17.5l11-11",
  skipped: "M5 6l7 6l-7 6 M12 6l7 6l-7 6",
  retry: "M19 12a7 7 0 1 1-2.2-5.1 M19 4v4h-4",
};

const WORDS = { timed_out: "timed out" };

export const FINAL = new Set(["succeeded", "failed", "cancelled", "timed_out", "skipped"]);

const IN_ORDER = ["succeeded", "failed", "timed_out", "cancelled", "skipped", "running", "queued", "scheduled", "waiting"];

// The most telling state of many stands for all of them.
const TELLING = ["failed", "timed_out", "running", "cancelled", "queued", "scheduled", "waiting", "succeeded", "skipped"];

export function stateOfMany(states) {
  const found = new Set(states);
  const open = ["running", "queued", "scheduled", "waiting"].some((each) => found.has(each));
  if (open && found.has("succeeded") && !found.has("failed") && !found.has("timed_out")) {
    return found.has("running") ? "running" : found.has("queued") ? "queued" : found.has("scheduled") ? "scheduled" : "waiting";
  }
  return TELLING.find((each) => found.has(each)) ?? "waiting";
}

export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function icon(state) {
  return s(
    "svg",
    { class: `icon state-icon is-${state}`, viewBox: "0 0 24 24", "aria-hidden": "true" },
    s("path", { d: ICONS[state] ?? ICONS.waiting }),
  );
}

export function word(state) {
  return WORDS[state] ?? state;
}

export function badge(state) {
  return h("span", { class: `state is-${state}` }, icon(state), word(state));
}

// Milliseconds as "850 ms", "12 s", "3 min 05 s", "2 h 14 min", "3 d 4 h".
export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)} s` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function ago(time) {
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(time).toLocaleDateString(undefined, { year: "numeric", month: "short", day: "numeric" });
}

export function clock(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

// How long something took, or takes: the latter ticks (see tick).
export function elapsed(subject) {
  const element = h("span", { class: "elapsed" });
  showElapsed(element, subject);
  return element;
}

export function showElapsed(element, { started_at: started, finished_at: finished }) {
  delete element.dataset.since;
  if (!started) {
    element.textContent = "";
  } else if (finished) {
    element.textContent = duration(Date.parse(finished) - Date.parse(started));
  } else {
    element.dataset.since = started;
    tickOne(element);
  }
}

function tickOne(element) {
  const passed = Date.now() - Date.parse(element.dataset.since);
  element.textContent = passed < 10_000 ? `${Math.max(0, Math.floor(passed / 1000))} s` : duration(passed);
}

export function tick() {
  for (const element of document.querySelectorAll("[data-since]")) tickOne(element);
  for (const element of document.querySelectorAll("[data-ago]")) element.textContent = ago(element.dataset.ago);
}

export function agoElement(time) {
  return h("time", { "data-ago": time, datetime: time, title: clock(time) }, ago(time));
}

// "3 succeeded · 1 failed", each with its icon, from a mapping of state to number.
export function counts(states) {
  const shown = IN_ORDER.filter((state) => states[state] > 0).map((state) => [state, states[state]]);
  return h(
    "div",
    { class: "counts" },
    shown.map(([state, number]) => h("span", { class: `state is-${state}` }, icon(state), `${number} ${word(state)}`)),
  );
}

// A bar of parts as long as their numbers.
export function track(states, label) {
  const shown = IN_ORDER.filter((state) => states[state] > 0).map((state) => [state, states[state]]);
  return h(
    "div",
    { class: "track", role: "img", "aria-label": label },
    shown.map(([state, number]) => {
      const part = h("span", { class: `is-${state}` });
      part.style.flexGrow = String(number);
      return part;
    }),
  );
}
