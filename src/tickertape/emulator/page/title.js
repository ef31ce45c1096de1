/** The head of an open chat: the way back, its name, what its bots do right now, its topics. */

import { titleOf } from "./chats.js";
import { el, icon, show, write } from "./dom.js";
import { chatFace } from "./faces.js";
import { threadOf } from "./world.js";

const ACTIONS = {
  typing: "typing…",
  upload_photo: "sending a photo…",
  record_video: "recording a video…",
  upload_video: "sending a video…",
  record_voice: "recording a voice message…",
  upload_voice: "sending a voice message…",
  upload_document: "sending a file…",
  choose_sticker: "choosing a sticker…",
  find_location: "finding a place…",
  record_video_note: "recording a video…",
  upload_video_note: "sending a video…",
};

const KINDS = {
  private: "bot · replies grow as drafts",
  group: "group · replies are edited while they grow",
  supergroup: "supergroup · replies are edited while they grow",
  forum: "forum · every topic is a conversation",
  channel: "channel · you write as the channel",
};

export class Title {
  #world;
  #head;
  #topics;
  #onTopic;
  #chat = null;
  #thread = null;
  #seat = el("span", { class: "seat" });
  #name = el("h2");
  #status = el("p", { class: "status", "aria-live": "polite" });

  /** `onBack()` leaves the chat; `onTopic(thread)` picks a topic, null for General. */
  constructor(world, { head, topics }, { onBack, onTopic }) {
    this.#world = world;
    this.#head = head;
    this.#topics = topics;
    this.#onTopic = onTopic;
    const back = el("button", { type: "button", class: "back quiet", "aria-label": "Back to the chats", onclick: onBack }, icon("back"));
    head.append(back, this.#seat, el("div", { class: "words" }, this.#name, this.#status));
    topics.addEventListener("keydown", (event) => this.#onKey(event));
    world.listen((change) => {
      if (change.chat && change.chat === this.#chat) this.#draw();
    });
  }

  /** Shows a chat and topic. */
  show(chat, thread) {
    this.#chat = chat;
    this.#thread = thread;
    if (chat === null) return;
    this.#seat.replaceChildren(chatFace(chat));
    this.#draw();
  }

  #draw() {
    const chat = this.#chat;
    write(this.#name, titleOf(this.#world, chat));
    const doing = this.#doing();
    write(this.#status, doing ?? KINDS[chat.is_forum && chat.type !== "private" ? "forum" : chat.type]);
    this.#status.classList.toggle("live", doing !== null);
    this.#drawTopics();
  }

  #doing() {
    const here = [...this.#chat.actions.values()].filter((item) => threadOf(this.#chat, item) === this.#thread);
    if (here.length === 0) return null;
    const { bot_id, action } = here[0];
    const what = ACTIONS[action] ?? `${String(action).replaceAll("_", " ")}…`;
    if (this.#chat.type === "private") return what;
    return `${this.#world.bots.get(bot_id)?.first_name ?? "A bot"} is ${what}`;
  }

  #drawTopics() {
    const chat = this.#chat;
    show(this.#topics, chat.is_forum);
    if (!chat.is_forum) return;
    const topics = [{ id: null, name: "General" }, ...chat.topics];
    const drawn = topics.map(({ id, name }) => `${id}:${name}:${id === this.#thread}:${chat.unread.has(id)}`).join("\n");
    if (this.#topics.dataset.drawn === drawn) return;
    const hadFocus = this.#topics.contains(document.activeElement);
    this.#topics.dataset.drawn = drawn;
    this.#topics.replaceChildren(...topics.map((topic) => this.#tab(topic)));
    if (hadFocus) this.#topics.querySelector('[aria-selected="true"]')?.focus();
  }

  #tab({ id, name }) {
    const isHere = id === this.#thread;
    const dot = this.#chat.unread.has(id) ? el("span", { class: "dot", role: "img", "aria-label": "unread" }) : null;
    return el("button", {
      type: "button", role: "tab", class: "topic", "aria-selected": String(isHere), tabindex: isHere ? "0" : "-1",
      dataset: { threadId: id ?? "" }, onclick: () => this.#onTopic(id),
    }, name, dot);
  }

  #onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const tabs = [...this.#topics.children];
    const at = tabs.indexOf(document.activeElement);
    tabs[(at + step + tabs.length) % tabs.length].click();
    event.preventDefault();
  }
}
