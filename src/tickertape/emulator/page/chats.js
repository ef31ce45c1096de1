/** The list of chats: what kind each is, its last line, and whether something is unread. */

import { summary } from "./bubbles.js";
import { el, show, write } from "./dom.js";
import { chatFace } from "./faces.js";
import { clock } from "./times.js";

/** The name of a chat as its reader sees it. */
export function titleOf(world, chat) {
  if (chat.type !== "private") return chat.title;
  const bot = world.botOf(chat);
  if (bot === null) return chat.title;
  if (chat.id === world.you) return bot.first_name;
  return `${bot.first_name} · ${world.persons.get(chat.id)?.first_name ?? chat.title}`;
}

export class ChatList {
  #world;
  #list;
  #items = new Map();
  #picked = null;

  /** `onPick(chat)` is called when the reader picks a chat. */
  constructor(world, list, onPick) {
    this.#world = world;
    this.#list = list;
    world.listen((change) => {
      if (change.kind === "loaded") this.#redraw(onPick);
      else if (change.kind === "chat" && change.isNew) this.#add(change.chat, onPick);
      else if (change.chat) this.#draw(change.chat);
    });
  }

  /** Marks the chat that is open; null marks none. */
  mark(chat) {
    this.#picked = chat?.key ?? null;
    for (const [key, item] of this.#items) item.button.setAttribute("aria-current", String(key === this.#picked));
  }

  #redraw(onPick) {
    this.#items.clear();
    this.#list.replaceChildren();
    for (const chat of this.#world.chats.values()) this.#add(chat, onPick);
  }

  #add(chat, onPick) {
    const item = {
      name: el("span", { class: "chat-name" }),
      when: el("span", { class: "when" }),
      line: el("span", { class: "last" }),
      dot: el("span", { class: "dot", role: "img", "aria-label": "unread", hidden: true }),
    };
    const pick = () => onPick(this.#world.chats.get(chat.key));
    item.button = el("button", {
      type: "button", class: "chat-item", dataset: { chatId: chat.id }, "aria-current": String(chat.key === this.#picked),
      onclick: pick,
    }, chatFace(chat), el("span", { class: "lines" },
      el("span", { class: "upper" }, item.name, item.when),
      el("span", { class: "lower" }, item.line, item.dot)));
    this.#items.set(chat.key, item);
    this.#list.append(el("li", {}, item.button));
    this.#draw(chat);
  }

  #draw(chat) {
    const item = this.#items.get(chat.key);
    if (!item) return;
    const draft = [...chat.drafts.values()].find((candidate) => !candidate.ghost);
    write(item.name, titleOf(this.#world, chat));
    write(item.when, chat.last ? clock(chat.last.date) : "");
    write(item.line, draft ? draftLine(draft) : lastLine(this.#world, chat));
    item.line.classList.toggle("live", Boolean(draft));
    show(item.dot, chat.unread.size > 0);
  }
}

function draftLine(draft) {
  return draft.placeholder ? "Thinking…" : `Draft: ${summary(draft)}`;
}

function lastLine(world, chat) {
  if (chat.last === null) return "No messages yet";
  const text = summary(chat.last);
  if (chat.last.service) return `${chat.last.from.name} ${text}`;
  if (world.isOwn(chat, chat.last)) return `You: ${text}`;
  return chat.type === "private" || chat.type === "channel" ? text : `${chat.last.from.name}: ${text}`;
}
