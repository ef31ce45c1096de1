/** A voice note: the browser's own player, and how long it lasts. */

import { el, write } from "./dom.js";

export class VoiceView {
  element;
  #audio = el("audio", { controls: true, preload: "metadata", "aria-label": "Voice message" });
  #length = el("span", { class: "length" });

  constructor() {
    this.element = el("div", { class: "voice" }, this.#audio, this.#length);
  }

  /** Shows a note; one that is being heard goes on where it is the same. */
  update({ url, duration }) {
    if (this.#audio.getAttribute("src") !== url) this.#audio.setAttribute("src", url);
    write(this.#length, `${Math.floor(duration / 60)}:${String(duration % 60).padStart(2, "0")}`);
  }
}
