/**
 * Where the reader writes: as whom, to whom, in reply to what.
 *
 * What was typed is kept for each chat, and comes back when the emulator refuses it. Messages leave
 * in the order in which they were written.
 */

import { sendText } from "./api.js";
import { summary } from "./bubbles.js";
import { el, icon, show, write } from "./dom.js";

/** What is offered for a bot that named no commands of its own. */
const USUAL = [{ command: "start", description: "begin" }];

export class Composer {
  #world;
  #onSent;
  #chat = null;
  #thread = null;
  #kept = new Map();
  #authors = new Map();
  #replyTo = null;
  #sending = Promise.resolve();
  #chosen = 0;
  #authorBar = el("div", { class: "author-bar", hidden: true });
  #replyBar = el("div", { class: "reply-bar", hidden: true });
  #notice = el("p", { class: "notice", role: "alert", hidden: true });
  #hints = el("div", { class: "hints", id: "hints", role: "listbox", "aria-label": "Commands", hidden: true });
  #field = el("textarea", {
    id: "field", rows: "1", placeholder: "Message", "aria-label": "Message", "aria-controls": "hints",
  });

  /** `onSent(chat, message)` is called with every message that was accepted. */
  constructor(world, form, onSent) {
    this.#world = world;
    this.#onSent = onSent;
    const slash = el("button", {
      type: "button", class: "quiet slash", "aria-label": "Commands", title: "Commands", onclick: () => this.#slash(),
    }, "/");
    const send = el("button", { type: "submit", class: "send", "aria-label": "Send" }, icon("send"));
    form.append(this.#notice, this.#authorBar, this.#replyBar, this.#hints, el("div", { class: "entry" }, slash, this.#field, send));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("input", () => this.#typed());
    this.#field.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Writes to a chat and topic from here on. */
  show(chat, thread) {
    if (this.#chat !== null) this.#kept.set(this.#place(), this.#field.value);
    this.#chat = chat;
    this.#thread = thread;
    this.reply(null);
    this.say("");
    if (chat === null) return;
    this.#field.value = this.#kept.get(this.#place()) ?? "";
    this.#field.placeholder = chat.type === "channel" ? "Post to the channel" : "Message";
    this.#drawAuthors();
    this.#typed();
  }

  /** Sends a text as if it had been typed; what stands in the field stays. */
  ask(text) {
    const kept = this.#field.value;
    this.#field.value = text;
    this.#send();
    this.#field.value = kept;
    this.#typed();
  }

  /** Puts the cursor into the field. */
  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** Answers a message with what is written next; null answers none. */
  reply(message) {
    this.#replyTo = message;
    show(this.#replyBar, message !== null);
    if (message === null) return;
    const drop = el("button", {
      type: "button", class: "quiet", "aria-label": "Do not reply", onclick: () => this.reply(null),
    }, icon("close"));
    this.#replyBar.replaceChildren(el("b", {}, `Reply to ${message.from.name}`), el("span", {}, summary(message)), drop);
    this.focus();
  }

  /** Tells the reader what went wrong; an empty text takes it away. */
  say(text) {
    write(this.#notice, text);
    this.#notice.classList.remove("mild");
    show(this.#notice, text !== "");
  }

  #place() {
    return `${this.#chat.key}/${this.#thread ?? ""}`;
  }

  #drawAuthors() {
    const chat = this.#chat;
    const isGroup = chat.type === "group" || chat.type === "supergroup";
    show(this.#authorBar, isGroup);
    if (!isGroup) return;
    const name = `@${this.#world.botOf(chat)?.username ?? "bot"}`;
    const persons = [...this.#world.persons.values()].map((person) => this.#author(person));
    this.#authorBar.replaceChildren(
      el("span", { class: "author-label" }, "Write as"),
      el("span", { class: "segments", role: "radiogroup", "aria-label": "Write as" }, ...persons),
      el("span", { class: "hint" },
        el("span", { class: "hint-words" }, "The bot answers when mentioned"),
        el("button", { type: "button", class: "chip", onclick: () => this.#mention(name) }, name)),
    );
  }

  #author(person) {
    const id = `author-${person.id}`;
    const isChosen = this.#authorId() === person.id;
    const choose = () => this.#authors.set(this.#chat.key, person.id);
    const radio = el("input", { type: "radio", name: "author", id, value: person.id, checked: isChosen, onchange: choose });
    return el("label", { for: id }, radio, el("span", {}, person.first_name));
  }

  #authorId() {
    if (this.#chat.type === "private") return this.#chat.id;
    return this.#authors.get(this.#chat.key) ?? this.#world.you;
  }

  #mention(name) {
    if (!this.#field.value.includes(name)) this.#field.value = `${name} ${this.#field.value}`;
    this.#typed();
    this.focus();
  }

  #slash() {
    if (!this.#field.value.startsWith("/")) this.#field.value = `/${this.#field.value}`;
    this.focus();
    this.#typed();
  }

  #typed() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
    const word = this.#field.value;
    const fitting = /^\/\w*$/u.test(word) ? this.#commands().filter(([command]) => command.startsWith(word)) : [];
    this.#chosen = 0;
    this.#hints.replaceChildren(...fitting.map(([command, meaning]) => el("button", {
      type: "button", role: "option", class: "command", tabindex: "-1", "aria-selected": "false",
      dataset: { command }, onclick: () => this.#take(command),
    }, el("b", {}, command), el("span", {}, meaning))));
    show(this.#hints, fitting.length > 0);
    this.#markChosen();
  }

  /** The commands that the chat's bot has set, each with what it does. */
  #commands() {
    const own = this.#world.botOf(this.#chat)?.commands ?? [];
    return (own.length > 0 ? own : USUAL).map(({ command, description }) => [`/${command}`, description]);
  }

  #markChosen() {
    [...this.#hints.children].forEach((hint, index) => {
      hint.setAttribute("aria-selected", String(index === this.#chosen));
    });
  }

  #take(command) {
    const isShared = this.#chat.type !== "private";
    const name = this.#world.botOf(this.#chat)?.username;
    this.#field.value = isShared && name ? `${command}@${name}` : command;
    this.#send();
    this.focus();
  }

  #onKey(event) {
    if (event.isComposing) return;
    const hints = [...this.#hints.children];
    const isChoosing = hints.length > 0;
    if (isChoosing && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      this.#chosen = (this.#chosen + (event.key === "ArrowDown" ? 1 : hints.length - 1)) % hints.length;
      this.#markChosen();
    } else if (isChoosing && event.key === "Tab" && !event.shiftKey) {
      this.#field.value = `${hints[this.#chosen].dataset.command} `;
      this.#typed();
    } else if (event.key === "Escape") {
      this.#hints.replaceChildren();
      show(this.#hints, false);
      this.reply(null);
    } else if (event.key === "Enter" && !event.shiftKey) {
      if (isChoosing) this.#take(hints[this.#chosen].dataset.command);
      else this.#send();
    } else return;
    event.preventDefault();
  }

  #send() {
    const text = this.#field.value;
    if (text.trim() === "") return;
    const chat = this.#chat;
    const request = { chat_id: chat.id, text };
    if (chat.type !== "channel") request.as = this.#authorId();
    if (chat.is_forum && this.#thread !== null) request.thread_id = this.#thread;
    if (this.#replyTo !== null) request.reply_to = this.#replyTo.message_id;
    if (chat.type === "private" && chat.bot_id !== null) request.bot_id = chat.bot_id;
    const place = this.#place();
    this.#field.value = "";
    this.reply(null);
    this.say("");
    this.#typed();
    this.#sending = this.#sending.then(() => this.#deliver(chat, place, request));
  }

  async #deliver(chat, place, request) {
    try {
      const { message } = await sendText(request);
      this.#onSent(chat, message);
      if (!this.#isMeant(chat, request)) this.#hint(`Bots leave this to others: mention @${this.#world.botOf(chat).username} to be answered.`);
    } catch (error) {
      this.#giveBack(place, request.text);
      this.say(error.message);
    }
  }

  /** Whether a message is for the chat's bot: in a group only if it says so. */
  #isMeant(chat, { text, reply_to: repliesTo }) {
    const bot = this.#world.botOf(chat);
    if (bot === null || (chat.type !== "group" && chat.type !== "supergroup")) return true;
    const isReply = chat.messages.get(repliesTo)?.from.id === bot.id;
    return isReply || text.startsWith("/") || text.toLowerCase().includes(`@${bot.username.toLowerCase()}`);
  }

  #hint(text) {
    this.say(text);
    this.#notice.classList.add("mild");
  }

  #giveBack(place, text) {
    if (this.#chat === null || place !== this.#place()) {
      this.#kept.set(place, [text, this.#kept.get(place)].filter(Boolean).join("\n"));
      return;
    }
    this.#field.value = [text, this.#field.value].filter(Boolean).join("\n");
    this.#typed();
  }
}
