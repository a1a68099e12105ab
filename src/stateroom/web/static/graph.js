// The graph of a run: one card per step, with all combinations of its matrix in it; or, when it is large, counts.

import { counts, elapsed, h, icon, s, stateOfMany, track, word } from "./dom.js";
import { CARD, layOut } from "./layout.js";

const SMALLEST = 0.7;
const PADDING = 42;

export class Graph {
  #onOpen;
  #cards = new Map();
  #edges = [];
  #canvas = null;
  #width = 0;
  #chosen = null;
  element = h("div", { class: "graph", role: "group", "aria-label": "Steps; arrow keys go from one to the next" });

  // steps: all steps of the run; onOpen(step key) is called when a card is chosen.
  constructor(steps, onOpen) {
    this.#onOpen = onOpen;
    for (const step of steps) {
      const card = this.#cards.get(step.step_key) ?? { key: step.step_key, layer: step.layer, needs: step.needs, runs: new Map() };
      card.runs.set(step.id, step);
      this.#cards.set(step.step_key, card);
    }
    this.#draw();
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  update(steps) {
    const touched = new Set();
    for (const step of steps) {
      const card = this.#cards.get(step.step_key);
      if (!card) continue;
      card.runs.set(step.id, step);
      touched.add(card);
    }
    for (const card of touched) this.#fill(card);
    this.#markEdges();
  }

  choose(key) {
    this.#chosen = key;
    for (const card of this.#cards.values()) card.element.setAttribute("aria-pressed", String(card.key === key));
    this.#markEdges();
    requestAnimationFrame(() => this.#cards.get(key)?.element.scrollIntoView({ block: "nearest", inline: "center" }));
  }

  focus(key) {
    this.#cards.get(key)?.element.focus();
  }

  #draw() {
    const { width, height, places, edges } = layOut([...this.#cards.values()]);
    this.#width = width;
    this.#canvas = h("div", { class: "canvas" });
    this.#canvas.style.width = `${width}px`;
    this.#canvas.style.height = `${height}px`;
    this.#edges = edges.map((edge) => ({ ...edge, element: s("path", { class: "edge", d: edge.path }) }));
    this.#canvas.append(
      s("svg", { class: "edges", width, height, "aria-hidden": "true" }, ...this.#edges.map((edge) => edge.element)),
    );
    const inOrder = [...this.#cards.values()].sort((one, other) => one.layer - other.layer || places.get(one.key).y - places.get(other.key).y);
    for (const card of inOrder) {
      const { x, y } = places.get(card.key);
      card.place = { x, y };
      card.element = h("button", { class: "node", type: "button", "aria-pressed": "false", onclick: () => this.#onOpen(card.key) });
      Object.assign(card.element.style, { left: `${x}px`, top: `${y}px`, width: `${CARD.width}px`, height: `${CARD.height}px` });
      card.element.dataset.step = card.key;
      card.element.addEventListener("keydown", (event) => this.#move(event, card));
      this.#fill(card);
      this.#canvas.append(card.element);
    }
    this.#markEdges();
    this.element.replaceChildren(this.#canvas);
  }

  // Shrinks a graph that is wider than the page, as long as it can still be read.
  #fit() {
    const scale = Math.min(1, Math.max(SMALLEST, (this.element.clientWidth - PADDING) / this.#width));
    this.#canvas.style.zoom = String(scale);
  }

  #fill(card) {
    const runs = [...card.runs.values()].sort((one, other) => one.map_index - other.map_index);
    const state = runs.length === 1 ? runs[0].state : stateOfMany(runs.map((run) => run.state));
    card.state = state;
    const [first] = runs;
    const title = runs.length === 1 ? first.title : plainTitle(runs);
    card.element.className = `node is-${state}`;
    const time = elapsed(span(runs));
    const under = runs.length === 1 ? this.#oneRun(first) : this.#manyRuns(runs, state);
    card.element.replaceChildren(icon(state), h("span", { class: "title", title }, title), time, ...under);
  }

  #oneRun(step) {
    const retried = step.attempt > 1 ? ` · attempt ${step.attempt}/${step.max_retries + 1}` : "";
    const waits = step.state === "waiting" && step.waiting_on ? ` on ${step.waiting_on}` : "";
    const line = step.state === "running" || step.state === "failed" ? step.last_line : null;
    return [
      h("span", { class: "word" }, `${word(step.state)}${waits}${retried}`),
      ...(line ? [h("span", { class: "line", title: line }, line)] : []),
    ];
  }

  #manyRuns(runs, state) {
    const done = runs.filter((run) => run.state === state).length;
    return [
      h("span", { class: "word" }, `${word(state)} · ${done} of ${runs.length}`),
      h("span", { class: "many" }, runs.map((run) => h("i", { class: `is-${run.state}`, title: `${matrixText(run)}: ${word(run.state)}` }))),
    ];
  }

  #markEdges() {
    for (const { from, to, condition, element } of this.#edges) {
      const passed = this.#cards.get(from).state === "succeeded" && condition !== "failure";
      const near = this.#chosen === from || this.#chosen === to;
      element.setAttribute("class", `edge on-${condition}${passed ? " passed" : ""}${near ? " near" : ""}`);
    }
  }

  // Arrow keys go to the nearest card in that direction.
  #move(event, card) {
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault();
    let best = null;
    for (const other of this.#cards.values()) {
      const dx = other.place.x - card.place.x;
      const dy = other.place.y - card.place.y;
      const along = dx * way[0] + dy * way[1];
      const across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (along <= 0 || (way[0] === 0 && dx !== 0)) continue;
      const distance = along + across * (way[0] === 0 ? 1 : 0.6);
      if (best === null || distance < best.distance) best = { distance, other };
    }
    best?.other.element.focus();
  }
}

// What a matrix makes of a title, `test (3.11)`, is left out where all combinations stand together.
function plainTitle(runs) {
  const titles = new Set(runs.map((run) => run.title));
  return titles.size === 1 ? runs[0].title : runs[0].step_key;
}

export function matrixText(step) {
  if (!step.matrix || typeof step.matrix !== "object") return `#${step.map_index + 1}`;
  return Object.values(step.matrix)
    .map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value)))
    .join(", ");
}

// From the first start to the last end.
function span(runs) {
  const started = runs.map((run) => run.started_at).filter(Boolean).sort()[0] ?? null;
  const open = runs.some((run) => !run.finished_at);
  const finished = runs.map((run) => run.finished_at).filter(Boolean).sort().at(-1) ?? null;
  return { started_at: started, finished_at: open ? null : finished };
}

// A run that is too large to be drawn: how many steps of each layer stand where, and those that run or failed.
export class Layers {
  #onOpen;
  #steps = new Map();
  #rows = h("div", { class: "layers" });
  #title = h("h2", { class: "section-title" }, "Running and failed");
  #noticed = h("div", { class: "noticed" });
  element = h("div", { class: "run-part" });

  constructor(layers, steps, onOpen) {
    this.#onOpen = onOpen;
    this.element.append(this.#rows, this.#title, this.#noticed);
    this.setLayers(layers);
    this.update(steps);
  }

  setLayers(layers) {
    this.#rows.replaceChildren(
      ...layers.map(({ layer, total, states }) =>
        h(
          "div",
          { class: "layer" },
          h("span", { class: "muted" }, `Layer ${layer + 1}`),
          track(states, `Layer ${layer + 1}: ${total} steps`),
          counts(states),
        ),
      ),
    );
  }

  update(steps) {
    for (const step of steps) this.#steps.set(step.id, step);
    const telling = [...this.#steps.values()].filter((step) => ["failed", "timed_out", "running"].includes(step.state));
    telling.sort((one, other) => one.state.localeCompare(other.state));
    this.#title.hidden = telling.length === 0;
    this.#noticed.replaceChildren(
      ...telling.slice(0, 60).map((step) =>
        h("button", { type: "button", class: `is-${step.state}`, "data-step": step.step_key, onclick: () => this.#onOpen(step.step_key) },
          icon(step.state), step.title),
      ),
    );
  }

  choose() {}

  focus(key) {
    this.#noticed.querySelector(`[data-step="${CSS.escape(key)}"]`)?.focus();
  }
}
