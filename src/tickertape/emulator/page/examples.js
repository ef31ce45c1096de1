/** What can be asked: buttons in a private chat in which nothing was said yet. */

import { el, show } from "./dom.js";

/** Questions whose answers are long enough to be seen growing, and have something to format. */
const QUESTIONS = [
  "Explain how tides work, with a list",
  "Write a Python function that reverses a string",
  "Compare Python, Go and Rust in a table",
];

export class Examples {
  #element;
  #chat = null;

  /** `onAsk(text)` is called with the question that the reader picks. */
  constructor(world, element, onAsk) {
    this.#element = element;
    element.append(el("p", {}, "Try one of these"), ...QUESTIONS.map((text) => el("button", {
      type: "button", class: "example", onclick: () => onAsk(text),
    }, text)));
    world.listen((change) => {
      if (change.chat && change.chat === this.#chat) this.#draw();
    });
  }

  /** Shows the examples if the chat is private and empty; null shows none. */
  show(chat) {
    this.#chat = chat;
    this.#draw();
  }

  #draw() {
    const chat = this.#chat;
    show(this.#element, chat?.type === "private" && chat.messages.size === 0 && chat.drafts.size === 0);
  }
}
