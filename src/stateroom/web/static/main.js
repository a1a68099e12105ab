// The page: a list of runs that is asked for now and then, and one run that is followed as it happens.

import { call, Stream } from "./api.js";
import { agoElement, badge, counts, elapsed, FINAL, h, icon, tick, track, word } from "./dom.js";
import { Graph, Layers } from "./graph.js";
import { Panel } from "./panel.js";

const LIST_EVERY = 3000;
const PAGE = 30;
const DRAWN = 300;
const TRIGGERS = { api: "via the API", manual: "by hand", schedule: "by a schedule", webhook: "by a webhook", rerun: "as a rerun" };

const page = Object.fromEntries(["health", "away", "run-list", "older", "run", "panel", "said"].map((id) => [id, document.getElementById(id)]));
const frame = document.querySelector(".frame");
const panel = new Panel(page.panel, () => go(shown.id, null));
const shown = { id: null, run: null, steps: new Map(), view: null, stream: null, asked: false };
const list = { shown: PAGE, timer: null, first: true };
const lost = new Set();

// The address says what is shown: #/runs/ID or #/runs/ID/STEP.
function place() {
  const [, run, step] = /^#\/runs\/([0-9a-f-]{36})(?:\/(.+))?$/.exec(location.hash) ?? [];
  return { run: run ?? null, step: step ? decodeURIComponent(step) : null };
}

function go(run, step, { replace = false } = {}) {
  const hash = run ? `#/runs/${run}${step ? `/${encodeURIComponent(step)}` : ""}` : "#/";
  if (replace) history.replaceState(null, "", hash);
  else history.pushState(null, "", hash);
  show();
}

function say(text) {
  page.said.textContent = text;
}

function away(what, message) {
  if (message) lost.add(what);
  else lost.delete(what);
  if (lost.size > 0 && message) page.away.textContent = message;
  page.away.hidden = lost.size === 0;
}

function trouble(error) {
  if (error.status === 401) return "This browser is not signed in any more. Open the link that `stateroom up` prints.";
  if (error.status === 0) return "The API does not answer. Trying again …";
  return `${error.message} Trying again …`;
}

// ---- the list

async function refreshList() {
  clearTimeout(list.timer);
  if (!document.hidden) {
    try {
      const items = [];
      let cursor = null;
      do {
        const next = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
        const answer = await call(`/api/v1/runs?limit=${Math.min(100, list.shown - items.length)}${next}`);
        items.push(...answer.items);
        cursor = answer.next_cursor;
      } while (cursor && items.length < list.shown);
      page.older.hidden = !cursor;
      drawList(items);
      away("list", null);
      const now = items.find((run) => run.id === shown.id);
      // Somebody else has retried the run whose end was told here.
      if (now && shown.run && FINAL.has(shown.run.state) && !FINAL.has(now.state)) follow(now.id);
      if (list.first || (!shown.id && items.length > 0)) {
        list.first = false;
        if (!place().run && items.length > 0) go(items[0].id, null, { replace: true });
        else if (!place().run) drawEmpty();
      }
    } catch (error) {
      away("list", trouble(error));
    }
  }
  list.timer = setTimeout(refreshList, LIST_EVERY);
}

function drawList(items) {
  const known = new Map([...page["run-list"].children].map((row) => [row.dataset.run, row]));
  const rows = items.map((run) => {
    const row = known.get(run.id) ?? h("li", { "data-run": run.id }, h("a", { href: `#/runs/${run.id}` }));
    const text = JSON.stringify([run.state, run.progress, run.finished_at, run.id === shown.id]);
    if (row.dataset.text !== text) {
      row.dataset.text = text;
      fillRow(row.firstChild, run);
    }
    return row;
  });
  const now = [...page["run-list"].children];
  if (rows.length !== now.length || rows.some((row, at) => row !== now[at])) page["run-list"].replaceChildren(...rows);
}

function fillRow(link, run) {
  const { done, total } = run.progress;
  if (run.id === shown.id) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
  link.className = `is-${run.state}`;
  link.replaceChildren(
    icon(run.state),
    h("span", { class: "name", title: run.workflow }, run.workflow),
    h("span", { class: "number" }, `#${run.run_number}`),
    h(
      "span",
      { class: "below" },
      h("span", {}, word(run.state), FINAL.has(run.state) ? null : ` ${done}/${total}`, " · ", elapsed(run)),
      agoElement(run.started_at ?? new Date().toISOString()),
    ),
  );
}

function drawEmpty() {
  page.run.replaceChildren(
    h(
      "div",
      { class: "empty" },
      h("h1", {}, "No runs yet"),
      h("p", {}, "Give Stateroom a workflow: a GitHub Actions file, or one in its own YAML. In a terminal, in the folder of your project, type"),
      h("pre", { class: "type-this" }, h("code", {}, "stateroom run .github/workflows/ci.yml")),
      h("p", { class: "muted" }, "The run appears here by itself. ", h("code", {}, "stateroom check FILE"), " says beforehand what a file would do."),
    ),
  );
}

// ---- the run

function show() {
  const { run, step } = place();
  if (run !== shown.id) openRun(run);
  openStep(step);
}

function openRun(id) {
  shown.stream?.close();
  panel.close();
  away("run", null);
  Object.assign(shown, { id, run: null, steps: new Map(), view: null, stream: null });
  page.run.replaceChildren(h("p", { class: "loading" }, id ? "Loading …" : ""));
  for (const link of page["run-list"].querySelectorAll("a")) {
    if (link.parentElement.dataset.run === id) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (id) follow(id);
}

function follow(id) {
  shown.stream?.close();
  shown.stream = new Stream(id, DRAWN, {
    snapshot: (detail) => drawRun(detail),
    steps: (steps) => changeSteps(steps),
    layers: (layers) => shown.view?.setLayers?.(layers),
    run: (run) => changeRun(run),
    end: (run) => {
      changeRun(run);
      say(`Run ${run.workflow} number ${run.run_number} has ${word(run.state)}`);
      refreshList();
    },
    found: () => away("run", null),
    lost: () => checkRun(id),
  });
}

// A stream does not say why it failed; a plain call does.
async function checkRun(id) {
  try {
    await call(`/api/v1/runs/${id}?steps=1`);
  } catch (error) {
    if (id !== shown.id) return;
    if (error.status === 404 || error.status === 422) {
      shown.stream?.close();
      page.run.replaceChildren(h("div", { class: "empty" }, h("h1", {}, "There is no such run"), h("p", { class: "muted" }, error.message)));
    } else {
      away("run", trouble(error));
    }
  }
}

function drawRun(detail) {
  shown.run = detail;
  shown.steps = new Map(detail.steps.map((step) => [step.id, step]));
  const choose = (key) => go(shown.id, key);
  shown.view = detail.steps_total > detail.steps.length ? new Layers(detail.layers, detail.steps, choose) : new Graph(detail.steps, choose);
  shown.head = h("div", { class: "run-head" });
  shown.error = h("p", { class: "failure", hidden: true });
  shown.progress = h("div", { class: "progress" });
  page.run.replaceChildren(shown.head, shown.error, shown.progress, shown.view.element);
  changeRun(detail);
  if (!page["run-list"].querySelector(`[data-run="${detail.id}"]`)) refreshList();
  if (panel.stepKey) panel.update(detail.steps);
  openStep(place().step, { focus: false });
}

function changeRun(run) {
  shown.run = run;
  const row = page["run-list"].querySelector(`[data-run="${run.id}"]`);
  if (row) fillRow(row.firstChild, run);
  document.title = `${word(run.state)} · ${run.workflow} #${run.run_number} · Stateroom`;
  const final = FINAL.has(run.state);
  const retryable = ["failed", "cancelled", "timed_out"].includes(run.state);
  const source = run.trigger_data?.source;
  shown.head.replaceChildren(
    h(
      "div",
      {},
      h("h1", {}, run.workflow, h("span", { class: "number" }, `#${run.run_number}`)),
      h(
        "p",
        { class: `facts is-${run.state}` },
        badge(run.state),
        elapsed(run),
        run.started_at && h("span", {}, "started ", agoElement(run.started_at)),
        h("span", {}, TRIGGERS[run.trigger] ?? run.trigger),
        source && sourceText(source),
        h("span", {}, `version ${run.version}`),
      ),
    ),
    h(
      "div",
      { class: "actions" },
      !final && h("button", { class: "button danger", type: "button", onclick: (event) => act(event, "cancel") }, icon("cancelled"), "Cancel"),
      retryable && h("button", { class: "button main", type: "button", onclick: (event) => act(event, "retry") }, icon("retry"), "Retry"),
    ),
  );
  shown.error.hidden = !run.error_message;
  shown.error.textContent = run.error_message ?? "";
  const { total, done, succeeded, failed, cancelled, skipped, running, waiting, percent } = run.progress;
  const states = { succeeded, failed, cancelled, skipped, running, waiting };
  shown.progress.replaceChildren(track(states, `${percent} %: ${done} of ${total} done`), counts(states));
}

function sourceText(source) {
  const parts = [source.repository || source.path, source.ref_name].filter(Boolean).join(" · ");
  return h("span", { title: source.path }, parts, source.sha && [" ", h("code", {}, source.sha.slice(0, 8))], source.dirty && source.sha && " + uncommitted");
}

function changeSteps(steps) {
  for (const step of steps) shown.steps.set(step.id, step);
  shown.view?.update(steps);
  panel.update(steps);
}

function openStep(key, { focus = true } = {}) {
  const steps = key ? [...shown.steps.values()].filter((step) => step.step_key === key) : [];
  frame.classList.toggle("with-panel", steps.length > 0);
  shown.view?.choose(steps.length > 0 ? key : null);
  if (steps.length === 0) {
    const before = panel.stepKey;
    panel.close();
    if (before) shown.view?.focus(before);
  } else if (panel.stepKey !== key) {
    panel.open(shown.id, steps.sort((one, other) => one.map_index - other.map_index), { focus });
  }
}

async function act(event, verb) {
  const button = event.currentTarget;
  button.disabled = true;
  try {
    const answer = await call(`/api/v1/runs/${shown.id}/${verb}`, { method: "POST" });
    say(verb === "cancel" ? answer.outcome : `${answer.task_runs} steps are put back to work`);
    follow(shown.id);
    refreshList();
  } catch (error) {
    shown.error.hidden = false;
    shown.error.textContent = [error.message, error.hint].filter(Boolean).join(" ");
    button.disabled = false;
  }
}

// ---- health

async function refreshHealth() {
  if (!document.hidden) {
    try {
      drawHealth(await call("/health"));
    } catch {
      page.health.replaceChildren(h("span", {}, h("span", { class: "dot bad" }), "API away"));
    }
  }
  setTimeout(refreshHealth, 5000);
}

function drawHealth({ status, version, database, workers }) {
  const dot = { ok: "dot", degraded: "dot warn", down: "dot bad" }[status];
  const idle = workers && workers.length === 0;
  page.health.replaceChildren(
    h("span", {}, h("span", { class: idle && status === "ok" ? "dot warn" : dot }), `PostgreSQL ${database?.version ?? status}${database?.embedded ? ", embedded" : ""}`),
    ...(workers ? [h("span", {}, workers.length === 1 ? "1 worker" : `${workers.length} workers`)] : []),
    h("span", {}, `v${version}`),
  );
}

page.older.addEventListener("click", () => {
  list.shown += PAGE;
  refreshList();
});
window.addEventListener("hashchange", show);
window.addEventListener("popstate", show);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refreshList();
});
setInterval(tick, 1000);
show();
refreshList();
refreshHealth();
