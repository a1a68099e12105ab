// One step, beside the graph: its combinations, parts, error, why it waits, and the end of its log.

import { call } from "./api.js";
import { agoElement, badge, duration, elapsed, FINAL, h, icon, word } from "./dom.js";
import { matrixText } from "./graph.js";

const TAIL = 500;
const KEPT = 2000;
const EVERY = 1000;
// Colours and cursor movements of terminals.
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

export class Panel {
  #element;
  #onClose;
  #run = null;
  #steps = [];
  #shown = null;
  #cursor = null;
  #timer = null;
  #aborted = new AbortController();
  #head = h("div", { class: "panel-part" });
  #why = h("h3", { class: "section-title" }, "Why it does not run");
  #reasons = h("ul", { class: "reasons" });
  #output = h("h3", { class: "section-title" }, "Output");
  #log = h("div", { class: "log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": "Output" });

  constructor(element, onClose) {
    this.#element = element;
    this.#onClose = onClose;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !element.hidden) onClose();
    });
  }

  get stepKey() {
    return this.#steps[0]?.step_key ?? null;
  }

  // steps: all combinations of one step.
  open(run, steps, { focus = true } = {}) {
    this.#run = run;
    this.#steps = steps;
    const telling = steps.find((step) => ["failed", "timed_out", "running"].includes(step.state));
    this.#element.hidden = false;
    this.#show(telling ?? steps[0]);
    if (focus) this.#element.focus({ preventScroll: true });
  }

  update(steps) {
    if (this.#element.hidden) return;
    const news = new Map(steps.filter((step) => step.step_key === this.stepKey).map((step) => [step.id, step]));
    if (news.size === 0) return;
    this.#steps = this.#steps.map((step) => news.get(step.id) ?? step);
    const before = this.#shown;
    this.#shown = news.get(before.id) ?? before;
    this.#draw();
    if (before.state !== this.#shown.state || before.waiting_on !== this.#shown.waiting_on) this.#explain();
  }

  close() {
    this.#stop();
    this.#steps = [];
    this.#shown = null;
    this.#element.hidden = true;
    this.#element.replaceChildren();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#aborted.abort();
    this.#aborted = new AbortController();
  }

  #show(step) {
    this.#stop();
    this.#shown = step;
    this.#cursor = null;
    this.#reasons.replaceChildren();
    this.#log.replaceChildren(h("div", { class: "nothing" }, "Loading …"));
    // Not when it is there already: what is moved loses the focus.
    if (!this.#head.isConnected) this.#element.replaceChildren(this.#head, this.#why, this.#reasons, this.#output, this.#log);
    this.#draw();
    this.#explain();
    this.#readLog(true);
  }

  #draw() {
    const step = this.#shown;
    this.#why.hidden = FINAL.has(step.state) || step.state === "running";
    const appears = this.#log.hidden && step.attempt > 0;
    this.#output.hidden = step.attempt === 0;
    this.#log.hidden = step.attempt === 0;
    if (appears) this.#log.scrollTop = this.#log.scrollHeight;
    const tries = step.max_retries > 0 || step.attempt > 1 ? `attempt ${Math.max(step.attempt, 1)} of ${step.max_retries + 1}` : null;
    const facts = [
      badge(step.state),
      step.started_at && elapsed(step),
      tries,
      step.exit_code !== null && step.exit_code !== undefined && `exit code ${step.exit_code}`,
      step.agent_name && `on ${step.agent_name}`,
      step.started_at && h("span", {}, "started ", agoElement(step.started_at)),
    ].filter(Boolean);
    const rebuilt = [
      h(
        "div",
        { class: "panel-head" },
        h("h2", { id: "panel-title" }, step.title),
        h("button", { class: "button quiet close", type: "button", "aria-label": "Close", onclick: () => this.#onClose() }, "×"),
      ),
      h("p", { class: `facts is-${step.state}` }, facts.map((fact) => (typeof fact === "string" ? h("span", {}, fact) : fact))),
      this.#steps.length > 1 && this.#choices(),
      step.error_message && h("p", { class: "failure" }, step.error_message),
      (step.command || step.handler) &&
        h("pre", { class: "command" }, h("code", {}, step.command ?? `handler ${step.handler}`)),
      step.parts?.length > 0 && this.#parts(step.parts),
    ].filter(Boolean);
    const focused = this.#head.contains(document.activeElement) ? document.activeElement.textContent : null;
    this.#head.replaceChildren(...rebuilt);
    if (focused !== null) [...this.#head.querySelectorAll("button")].find((each) => each.textContent === focused)?.focus();
  }

  #choices() {
    return h(
      "div",
      { class: "choices", role: "group", "aria-label": "Combinations of the matrix" },
      this.#steps.map((step) =>
        h(
          "button",
          { type: "button", class: `is-${step.state}`, "aria-pressed": String(step.id === this.#shown.id), onclick: () => this.#show(step) },
          icon(step.state),
          matrixText(step),
        ),
      ),
    );
  }

  #parts(parts) {
    return h(
      "ol",
      { class: "parts", "aria-label": "Parts, in order" },
      parts.map((part) => {
        const took = part.started_at && part.finished_at ? duration(Date.parse(part.finished_at) - Date.parse(part.started_at)) : "";
        const state = part.state ?? "waiting";
        return h(
          "li",
          { class: `is-${state}` },
          icon(state),
          h("span", {}, part.name ?? "", h("span", { class: "visually-hidden" }, `, ${word(state)}`)),
          part.started_at && !part.finished_at ? elapsed(part) : h("span", { class: "took" }, took),
          part.note && h("span", { class: "note" }, part.note),
        );
      }),
    );
  }

  async #explain() {
    const step = this.#shown;
    if (FINAL.has(step.state) || step.state === "running") {
      this.#reasons.replaceChildren();
      return;
    }
    try {
      const { items } = await call(`/api/v1/runs/${step.id}/explain`, { signal: this.#aborted.signal });
      if (this.#shown?.id !== step.id) return;
      this.#reasons.replaceChildren(
        ...grouped(items).map(({ detail, met, times }) => {
          const state = met ? "succeeded" : "waiting";
          return h("li", { class: `is-${state}` }, icon(state), h("span", {}, times > 1 ? `${detail} (${times} times)` : detail));
        }),
      );
    } catch (error) {
      if (error.name !== "AbortError") this.#reasons.replaceChildren(h("li", { class: "muted" }, error.message));
    }
  }

  async #readLog(first) {
    const step = this.#shown;
    const signal = this.#aborted.signal;
    const from = first || this.#cursor === null ? `last=${TAIL}` : `limit=${TAIL}&after=${encodeURIComponent(this.#cursor)}`;
    try {
      const page = await call(`/api/v1/runs/${this.#run}/logs?task_run_id=${step.id}&${from}`, { signal });
      const fresh = this.#cursor === null;
      this.#cursor = page.next_cursor ?? this.#cursor;
      this.#append(page.items, fresh);
      if (page.more) {
        this.#readLog(false);
        return;
      }
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    // What is final has said all; a last look is taken for what was written while the state came.
    const done = FINAL.has(step.state);
    const now = this.#shown;
    if (!signal.aborted && now && !(done && FINAL.has(now.state))) this.#timer = setTimeout(() => this.#readLog(false), EVERY);
  }

  #append(lines, fresh) {
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    const rows = lines.map((line) => {
      const text = line.message.replace(ESCAPES, "").replace(/^.*\r(?!$)/, "");
      return h("div", { class: line.stream ?? "stdout" }, text === "" ? " " : text);
    });
    if (fresh) this.#log.replaceChildren();
    this.#log.append(...rows);
    if (!this.#log.firstChild) this.#log.append(h("div", { class: "nothing" }, "Nothing was written yet."));
    else if (rows.length) this.#log.querySelector(".nothing")?.remove();
    while (this.#log.childElementCount > KEPT) this.#log.firstChild.remove();
    if (fresh || atEnd) this.#log.scrollTop = this.#log.scrollHeight;
  }
}

// The same reason several times, as of a matrix, is said once.
function grouped(items) {
  const found = new Map();
  for (const { detail, met } of items) {
    const known = found.get(detail) ?? { detail, met, times: 0 };
    known.times += 1;
    found.set(detail, known);
  }
  return [...found.values()];
}
