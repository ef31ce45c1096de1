/**
 * The Bot API calls as they come: newest first, at most 500, with counters.
 *
 * While the drawer is paused, calls are counted and kept, and shown when it goes on.
 */

import { asValue, Changes } from "./changes.js";
import { Chart } from "./chart.js";
import { titleOf } from "./chats.js";
import { el, icon, show, write } from "./dom.js";
import { exactClock } from "./times.js";

/** Rows that are kept, shown and waiting together. */
const KEPT = 500;
/** Milliseconds in which a second tap is meant for the button that opened the drawer. */
const SETTLING = 400;
/** Milliseconds over which the rate is counted. */
const MINUTE = 60_000;

const GROUPS = [
  ["drafts", /^send(?:rich)?messagedraft$/u],
  ["edits", /^editmessage/u],
  ["sends", /^send(?:rich)?message$/u],
];

export class Drawer {
  #world;
  #element;
  #toggle;
  #calls = [];
  #waiting = [];
  #rows = el("ol", { class: "calls" });
  #empty = el("p", { class: "empty" }, "No calls yet. They appear here as a bot makes them.");
  #methods = new Set();
  #moments = [];
  #counts = { drafts: 0, edits: 0, sends: 0, refusals: 0 };
  #isPaused = false;
  #openedAt = -Infinity;
  #changes = new Changes();
  #chart;
  #figures = {};
  #method = el("select", { "aria-label": "Method", onchange: () => this.#filter() }, el("option", { value: "" }, "All methods"));
  #errors = el("input", { type: "checkbox", id: "only-errors", onchange: () => this.#filter() });
  #polls = el("input", { type: "checkbox", id: "with-polls", onchange: () => this.#filter() });
  #pause = el("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => this.#togglePause() }, "Pause");

  /** `toggle` is the button that opens and closes the drawer. */
  constructor(world, element, toggle) {
    this.#world = world;
    this.#element = element;
    this.#toggle = toggle;
    toggle.addEventListener("click", () => this.open(element.hidden));
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.open(false);
    });
    this.#chart = new Chart(world);
    element.addEventListener("click", (event) => {
      if (event.detail < 2 || performance.now() - this.#openedAt > SETTLING) return;
      event.stopPropagation();
      event.preventDefault();
    }, true);
    element.append(this.#head(), this.#counters(), this.#chart.element, this.#filters(), this.#empty, this.#rows);
    setInterval(() => this.#drawRate(), 1000);
    world.listen((change) => {
      if (change.kind === "call") this.#take(change.call);
    });
  }

  /** Opens or closes the drawer. */
  open(isOpen) {
    const hadFocus = this.#element.contains(document.activeElement);
    if (isOpen) this.#openedAt = performance.now();
    show(this.#element, isOpen);
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    document.body.classList.toggle("with-drawer", isOpen);
    this.#drawRate();
    if (!isOpen && hadFocus) this.#toggle.focus();
  }

  #head() {
    const close = el("button", {
      type: "button", class: "quiet", "aria-label": "Close the API calls", onclick: () => this.open(false),
    }, icon("close"));
    return el("header", { class: "drawer-head" }, el("h2", {}, "API calls"), this.#pause, close);
  }

  #counters() {
    const names = { rate: "calls/min", drafts: "drafts", edits: "edits", sends: "sends", refusals: "429s" };
    const items = Object.entries(names).map(([key, name]) => {
      this.#figures[key] = el("dd", { dataset: { count: key } }, "0");
      return el("div", {}, this.#figures[key], el("dt", {}, name));
    });
    return el("dl", { class: "counters" }, ...items);
  }

  #filters() {
    const clear = el("button", { type: "button", class: "quiet", onclick: () => this.#clear() }, "Clear");
    return el("div", { class: "filters" }, this.#method,
      el("label", { for: "only-errors" }, this.#errors, "only errors"),
      el("label", { for: "with-polls", title: "Show getUpdates" }, this.#polls, "polls"), clear);
  }

  #take(call) {
    this.#count(call);
    this.#chart.take(call);
    call.change = this.#changes.of(call);
    if (this.#isPaused) {
      this.#waiting.push(call);
      if (this.#waiting.length > KEPT) this.#waiting.shift();
      this.#drawPause();
      return;
    }
    this.#add(call);
  }

  #count(call) {
    const method = call.method.toLowerCase();
    for (const [name, pattern] of GROUPS) {
      if (pattern.test(method)) this.#counts[name] += 1;
    }
    if (call.status === 429) this.#counts.refusals += 1;
    if (!isPoll(call)) this.#moments.push(performance.now());
    for (const [name, count] of Object.entries(this.#counts)) write(this.#figures[name], String(count));
    this.#figures.refusals.classList.toggle("bad", this.#counts.refusals > 0);
    this.#drawRate();
  }

  #drawRate() {
    const since = performance.now() - MINUTE;
    while (this.#moments.length > 0 && this.#moments[0] < since) this.#moments.shift();
    if (this.#element.hidden) return;
    write(this.#figures.rate, String(this.#moments.length));
    this.#chart.draw();
  }

  #add(call) {
    const row = this.#draw(call);
    const entry = { call, row };
    this.#calls.push(entry);
    if (this.#calls.length > KEPT) this.#calls.shift().row.remove();
    this.#rows.prepend(row);
    this.#offer(call.method);
    show(row, this.#fits(call));
    show(this.#empty, false);
  }

  #offer(method) {
    if (this.#methods.has(method)) return;
    this.#methods.add(method);
    const after = [...this.#method.options].slice(1).find((option) => option.value > method) ?? null;
    this.#method.insertBefore(el("option", { value: method }, method), after);
  }

  #draw(call) {
    const isError = isBad(call);
    const details = el("details", {}, el("summary", {},
      el("time", {}, exactClock(call.at + this.#world.skew)),
      el("span", { class: "method" }, call.method),
      el("span", { class: `status ${statusClass(call)}` }, statusText(call)),
      el("span", { class: "place" }, [this.#placeName(call), call.change].filter(Boolean).join(" \u00b7 ")),
      el("span", { class: "ms" }, typeof call.ms === "number" ? `${call.ms.toFixed(call.ms < 10 ? 1 : 0)} ms` : ""),
      isError ? el("span", { class: "reason" }, reason(call)) : null));
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(parameters(call));
    });
    return el("li", { class: isError ? "call bad" : "call", dataset: { method: call.method } }, details);
  }

  #placeName(call) {
    if (call.chat_id === null || call.chat_id === undefined) return "";
    const chat = [...this.#world.chats.values()].find((candidate) => candidate.id === call.chat_id);
    return chat ? titleOf(this.#world, chat) : String(call.chat_id);
  }

  #filter() {
    for (const { call, row } of this.#calls) show(row, this.#fits(call));
  }

  #fits(call) {
    const method = this.#method.value;
    if (method !== "" && call.method !== method) return false;
    if (this.#errors.checked && !isBad(call)) return false;
    return this.#polls.checked || method !== "" || isBad(call) || !isPoll(call);
  }

  #togglePause() {
    this.#isPaused = !this.#isPaused;
    this.#pause.setAttribute("aria-pressed", String(this.#isPaused));
    if (!this.#isPaused) this.#waiting.splice(0).forEach((call) => this.#add(call));
    this.#drawPause();
  }

  #drawPause() {
    const label = this.#waiting.length > 0 ? `Resume (${this.#waiting.length})` : "Resume";
    write(this.#pause, this.#isPaused ? label : "Pause");
  }

  #clear() {
    this.#calls = [];
    this.#waiting = [];
    this.#moments = [];
    this.#chart.clear();
    this.#counts = { drafts: 0, edits: 0, sends: 0, refusals: 0 };
    this.#rows.replaceChildren();
    for (const name of Object.keys(this.#counts)) write(this.#figures[name], "0");
    this.#figures.refusals.classList.remove("bad");
    this.#drawRate();
    this.#drawPause();
    show(this.#empty, true);
  }
}

function isPoll(call) {
  return call.method.toLowerCase() === "getupdates";
}

function isBad(call) {
  return typeof call.status !== "number" || call.status >= 400 || Boolean(call.fault);
}

function statusText(call) {
  return typeof call.status === "number" ? String(call.status) : "cut";
}

function statusClass(call) {
  if (call.status === 429) return "throttled";
  return isBad(call) ? "refused" : "fine";
}

function reason(call) {
  const isTold = /retry after/iu.test(call.description ?? "");
  const wait = typeof call.retry_after === "number" && !isTold ? `wait ${call.retry_after} s` : null;
  const fault = call.fault ? `fault: ${call.fault}` : null;
  return [call.description, wait, fault].filter(Boolean).join(" · ");
}

function parameters(call) {
  const rows = Object.entries(call.params ?? {}).map(([name, value]) => {
    const meant = asValue(value);
    return el("div", {}, el("dt", {}, name), el("dd", {}, typeof meant === "string" ? meant : JSON.stringify(meant, null, 2)));
  });
  return el("dl", { class: "parameters", tabindex: "0" }, ...rows);
}
