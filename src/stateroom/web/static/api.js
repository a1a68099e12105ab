// Calls to the API, and the stream of one run.

export class Problem extends Error {
  constructor(status, details) {
    super(details.detail ?? `HTTP ${status}`);
    this.status = status;
    this.hint = details.hint ?? null;
  }
}

// status 0: the API did not answer at all.
export async function call(path, { method = "GET", signal } = {}) {
  let response;
  try {
    response = await fetch(path, { method, signal, headers: { Accept: "application/json" }, cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "The API does not answer." });
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const details = await response.json().catch(() => ({}));
  if (path === "/health" && details.status) return details;
  throw new Problem(response.status, details);
}

// Follows one run; `on` has a function for each event's name, and `lost` and `found` for the connection.
export class Stream {
  #source = null;
  #timer = null;
  #path;
  #on;

  constructor(run, steps, on) {
    this.#path = `/api/v1/runs/${run}/events?logs=none&steps=${steps}`;
    this.#on = on;
    this.#open();
  }

  close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    const source = new EventSource(this.#path);
    this.#source = source;
    for (const name of ["snapshot", "steps", "layers", "run", "end"]) {
      source.addEventListener(name, (event) => {
        if (this.#source !== source) return;
        this.#on.found();
        if (name === "end") this.close();
        this.#on[name](JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      this.#on.lost();
      // The browser tries again by itself unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) {
        this.#timer = setTimeout(() => this.#open(), 2000);
      }
    });
  }
}
