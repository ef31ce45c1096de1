/**
 * A chart of the calls that an answer takes, against the limit of its chat.
 *
 * In a group messages and edits count, in a private chat drafts and actions. The curve is the number
 * of calls within the limit's window, as flood control sees it; above the line calls are refused.
 */

import { titleOf } from "./chats.js";
import { show, write } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
/** Seconds that are shown, and the size of the drawing in its own units. */
const SHOWN = 90;
const WIDTH = 360;
const HEIGHT = 64;
const COUNTED = {
  private: /^send(?:rich)?messagedraft$|^sendchataction$/u,
  group: /^send(?:rich)?message$|^editmessage/u,
};

export class Chart {
  element = document.createElement("figure");
  #world;
  #caption = document.createElement("figcaption");
  #curve = shape("path", { class: "curve" });
  #line = shape("line", { class: "limit", x1: 0, x2: WIDTH });
  #moments = new Map();
  #key = null;

  constructor(world) {
    this.#world = world;
    this.element.className = "chart";
    this.element.hidden = true;
    const drawing = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": "Calls against the limit" });
    drawing.append(this.#curve, this.#line);
    this.element.append(this.#caption, drawing);
  }

  /** Counts a call that was accepted. */
  take(call) {
    const chat = [...this.#world.chats.values()].find((candidate) => candidate.id === call.chat_id);
    if (!chat || call.status !== 200) return;
    if (!COUNTED[sortOf(chat)].test(call.method.toLowerCase())) return;
    this.#key = chat.key;
    const moments = this.#moments.get(chat.key) ?? [];
    moments.push(performance.now() / 1000);
    this.#moments.set(chat.key, moments);
    this.draw();
  }

  /** Draws the chat in which the last call was made; to be called now and then, as time goes on. */
  draw() {
    const chat = this.#world.chats.get(this.#key);
    const limit = chat ? this.#world.limits[sortOf(chat)] ?? null : null;
    show(this.element, limit !== null);
    if (limit === null) return;
    const now = performance.now() / 1000;
    const kept = this.#moments.get(this.#key).filter((at) => at > now - SHOWN - limit.seconds);
    this.#moments.set(this.#key, kept);
    const counts = Array.from({ length: SHOWN + 1 }, (_, index) => {
      const at = now - SHOWN + index;
      return kept.filter((moment) => moment <= at && moment > at - limit.seconds).length;
    });
    const highest = Math.max(limit.calls, ...counts) * 1.15;
    const high = (count) => (HEIGHT * (1 - count / highest)).toFixed(1);
    const points = counts.map((count, index) => `${((index / SHOWN) * WIDTH).toFixed(1)} ${high(count)}`);
    this.#curve.setAttribute("d", `M0 ${HEIGHT} L${points.join(" L")} L${WIDTH} ${HEIGHT} Z`);
    this.#line.setAttribute("y1", high(limit.calls));
    this.#line.setAttribute("y2", high(limit.calls));
    const what = sortOf(chat) === "private" ? "drafts" : "messages and edits";
    write(this.#caption, `${counts[SHOWN]} of ${limit.calls} ${what} in ${limit.seconds} s \u00b7 ${titleOf(this.#world, chat)}`);
  }

  /** Forgets all calls. */
  clear() {
    this.#moments.clear();
    this.#key = null;
    this.draw();
  }
}

function sortOf(chat) {
  return chat.type === "private" ? "private" : "group";
}

function shape(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
