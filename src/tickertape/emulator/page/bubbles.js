/**
 * One row of a chat: a message, or a draft that may become one.
 *
 * A bubble that shows a draft and is then given the final message keeps its nodes, so the reader
 * sees no jump: the text stays where it is and only the edge and the mark change.
 */

import { el, icon, show, write } from "./dom.js";
import { hue, personFace } from "./faces.js";
import { RichView, richSummary } from "./rich.js";
import { TextView, link } from "./text.js";
import { VoiceView } from "./voice.js";
import { clock, day } from "./times.js";

/** The text of a message or draft on one line, cut at 120 units. */
export function summary(item) {
  if (item.voice) return "Voice message";
  const text = item.rich ? richSummary(item.rich) : item.text ?? "";
  return text.replace(/\s+/gu, " ").trim().slice(0, 120);
}

export class Bubble {
  element;
  /** The message that is shown, or null. */
  message = null;
  /** The draft that is shown, or null. */
  draft = null;
  /** Who wrote it: equal texts mean the same author. */
  author = "";
  /** The day it belongs to; empty for drafts, which belong to the end. */
  day = "";
  #world;
  #chat;
  #deeds;
  #view = null;
  #keys = "[]";
  #stop = null;
  #parts;

  /** `deeds` holds what a reader can do: `stop(draft)`, `press(message, data)`, `menu(bubble, anchor, point)`, `jump(id)`. */
  constructor(world, chat, deeds) {
    this.#world = world;
    this.#chat = chat;
    this.#deeds = deeds;
    this.#parts = {
      day: el("div", { class: "day", hidden: true }),
      face: el("span", { class: "seat" }),
      name: el("div", { class: "name" }),
      quote: el("button", { type: "button", class: "quote", hidden: true, onclick: () => this.#jump() }),
      body: el("div", { class: "body" }),
      thinking: el("span", { class: "thinking", hidden: true }, "Thinking…"),
      meta: el("span", { class: "meta" }),
      keyboard: el("div", { class: "keyboard", hidden: true }),
      more: el("button", {
        type: "button", class: "more", "aria-label": "Message menu", "aria-haspopup": "menu",
        onclick: (event) => this.#deeds.menu(this, event.currentTarget, null),
      }, icon("more")),
    };
    this.element = this.#assemble();
  }

  /** Shows a message, whatever was shown before. */
  showMessage(message) {
    const isUpdate = this.draft !== null || this.message !== null;
    this.draft = null;
    this.message = message;
    this.author = `${message.from.is_bot ? "bot" : "person"}:${message.from.id}`;
    this.day = day(message.date);
    this.#mark({ messageId: message.message_id, draftId: null });
    this.#side(message.from, this.#world.isOwn(this.#chat, message));
    this.#classes({ draft: false, ghost: false, stopped: false });
    this.#content(message, isUpdate);
    this.#quote(message);
    this.#buttons(message);
    this.#offerStop(false);
    this.#parts.meta.replaceChildren(...[
      message.edited ? el("span", { class: "edited" }, "edited") : null,
      el("time", { datetime: new Date(message.date * 1000).toISOString() }, clock(message.date)),
    ].filter(Boolean));
  }

  /** Shows a draft. */
  showDraft(draft) {
    const bot = this.#world.bots.get(draft.bot_id);
    const isUpdate = this.draft !== null;
    this.draft = draft;
    this.author = `bot:${draft.bot_id}`;
    this.#mark({ messageId: null, draftId: draft.draft_id });
    this.#side({ id: draft.bot_id, name: bot?.first_name ?? "Bot", is_bot: true }, false);
    this.#classes({ draft: true, ghost: draft.ghost, stopped: draft.stopped });
    this.#content(draft, isUpdate);
    this.#offerStop(draft.can_stop && !draft.stopped && !draft.ghost);
    write(this.#parts.meta, draftMark(draft));
  }

  /** Draws what depends on the rows around: the day, the name and the face. */
  regroup(above, below) {
    const today = this.day || day(Date.now() / 1000);
    const isNewDay = above === null || (above.day || today) !== today;
    this.#classes({
      first: isNewDay || above.author !== this.author,
      last: below === null || below.author !== this.author || (below.day || today) !== today,
    });
    show(this.#parts.day, isNewDay);
    write(this.#parts.day, today);
  }

  /** Draws the reader's attention to the row. */
  flash() {
    this.element.scrollIntoView({ block: "center" });
    this.element.classList.remove("flash");
    void this.element.offsetWidth;
    this.element.classList.add("flash");
  }

  #assemble() {
    const { day: date, face, name, quote, body, thinking, meta, keyboard, more } = this.#parts;
    body.append(thinking, meta);
    const box = el("div", { class: "bubble" }, name, quote, body);
    const stack = el("div", { class: "stack" }, box, keyboard, more);
    box.addEventListener("contextmenu", (event) => {
      if (this.message === null || String(window.getSelection())) return;
      event.preventDefault();
      this.#deeds.menu(this, more, { x: event.clientX, y: event.clientY });
    });
    return el("li", { class: "row" }, date, el("div", { class: "line" }, face, stack));
  }

  #mark({ messageId, draftId }) {
    for (const [name, value] of Object.entries({ messageId, draftId })) {
      if (value === null) delete this.element.dataset[name];
      else this.element.dataset[name] = String(value);
    }
    this.element.setAttribute("aria-live", draftId === null ? "polite" : "off");
    show(this.#parts.more, messageId !== null);
  }

  #side(author, isOwn) {
    const { face, name } = this.#parts;
    const isPost = this.#chat.type === "channel";
    const isSeated = this.#chat.type !== "private" && !isOwn && !isPost;
    this.#classes({ own: isOwn, post: isPost, seated: isSeated });
    write(name, author.name);
    name.className = `name hue-text-${hue(author.id)}`;
    show(name, this.#chat.type !== "private" && !isOwn);
    show(face, isSeated);
    if (isSeated && !face.firstChild) face.append(personFace(author));
  }

  #classes(classes) {
    for (const [name, on] of Object.entries(classes)) this.element.classList.toggle(name, Boolean(on));
  }

  #content(item, isUpdate) {
    const Kind = item.voice ? VoiceView : item.rich ? RichView : TextView;
    // A text that turns into blocks was there before: it does not fade in once more.
    const grows = isUpdate && this.#view instanceof Kind;
    if (!(this.#view instanceof Kind)) {
      this.#view?.element.remove();
      this.#view = Kind === TextView ? new TextView(el("div", { class: "text" })) : new Kind();
      this.#parts.body.prepend(this.#view.element);
    }
    this.#classes({ placeholder: item.placeholder });
    show(this.#parts.thinking, Boolean(item.placeholder));
    if (item.voice) this.#view.update(item.voice);
    else if (item.rich) this.#view.update(item.rich, grows);
    else this.#view.update(item.text ?? "", item.entities ?? [], grows);
  }

  #quote(message) {
    const { quote } = this.#parts;
    show(quote, Boolean(message.reply_to));
    if (!message.reply_to) return;
    const original = this.#chat.messages.get(message.reply_to);
    quote.replaceChildren(
      el("b", {}, original?.from.name ?? "Deleted message"),
      el("span", {}, original ? summary(original) : ""),
    );
  }

  #offerStop(isOffered) {
    if (Boolean(this.#stop) === isOffered) return;
    this.#stop?.remove();
    this.#stop = isOffered ? el("button", {
      type: "button", class: "stop", "aria-label": "Stop", title: "Stop this answer",
      onclick: () => this.#deeds.stop(this.draft),
    }, icon("stop")) : null;
    if (isOffered) this.#parts.more.after(this.#stop);
  }

  #jump() {
    this.#deeds.jump(this.message?.reply_to);
  }

  #buttons(message) {
    const rows = message.buttons ?? [];
    const keys = JSON.stringify(rows);
    if (keys === this.#keys) return;
    this.#keys = keys;
    this.#parts.keyboard.replaceChildren(
      ...rows.map((row) => el("div", { class: "keys" }, ...row.map((key) => this.#key(message, key)))),
    );
    show(this.#parts.keyboard, rows.length > 0);
  }

  #key(message, key) {
    if (key.url) {
      const anchor = link(key.url, key.text);
      anchor.classList.add("key");
      return anchor;
    }
    const press = async (event) => {
      const button = event.currentTarget;
      button.classList.add("busy");
      await this.#deeds.press(message, key.callback_data);
      button.classList.remove("busy");
    };
    return el("button", { type: "button", class: "key", onclick: press }, key.text);
  }
}

function draftMark(draft) {
  if (draft.ghost) return "ghost draft";
  return draft.stopped ? "stopped" : "draft";
}
