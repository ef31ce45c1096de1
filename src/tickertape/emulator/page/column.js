/**
 * The messages and drafts of one chat and topic, in order, drafts last.
 *
 * The view stays at the end while the reader is at the end, and stays where it is otherwise; a
 * button then leads to the latest message. A final message takes the place of the draft whose
 * beginning it shares (as Telegram's desktop client does, tdesktop history_streamed_drafts.cpp); a
 * draft that was dismissed waits a moment for such a message before it goes.
 */

import { Bubble } from "./bubbles.js";
import { el, icon, show, write } from "./dom.js";
import { commonLength } from "./text.js";
import { placeOf, threadOf } from "./world.js";

/** Pixels from the end within which a reader counts as being at the end. */
const NEAR = 48;
/** Milliseconds that a dismissed draft waits for the message that takes its place. */
const PARTING = 250;

export class Column {
  #world;
  #deeds;
  #scroll;
  #rows;
  #latest;
  #count = el("span", { class: "count" });
  #chat = null;
  #thread = null;
  #messages = new Map();
  #drafts = new Map();
  #rowBubbles = new WeakMap();
  #isAtEnd = true;
  #missed = 0;

  /** `parts` are the page's `scroll`, `rows` and `latest` elements; `deeds` are those of a bubble, without `jump`. */
  constructor(world, { scroll, rows, latest }, deeds) {
    this.#world = world;
    this.#deeds = { ...deeds, jump: (id) => this.#messages.get(id)?.flash() };
    this.#scroll = scroll;
    this.#rows = rows;
    this.#latest = latest;
    latest.append(icon("down"), this.#count);
    latest.setAttribute("aria-label", "Jump to the latest message");
    latest.addEventListener("click", () => this.toEnd());
    scroll.addEventListener("scroll", () => this.#noticePlace(), { passive: true });
    const growth = new ResizeObserver(() => this.#follow());
    growth.observe(rows);
    growth.observe(scroll);
    world.listen((change) => this.#take(change));
  }

  /** Shows a chat and topic from its end; null shows nothing. */
  show(chat, thread) {
    this.#chat = chat;
    this.#thread = thread;
    this.#redraw();
    this.toEnd();
  }

  /** Goes to the latest message. */
  toEnd() {
    this.#isAtEnd = true;
    this.#missed = 0;
    this.#follow();
  }

  #take(change) {
    if (this.#chat === null || change.chat !== this.#chat) return;
    switch (change.kind) {
      case "message": return this.#message(change.message);
      case "deleted": return this.#remove(this.#messages, change.message_id);
      case "draft": return this.#draft(change.draft);
      case "draft_gone": return this.#draftGone(change.draft, change.reason);
      case "refilled": return this.#redraw();
      default: return undefined;
    }
  }

  #redraw() {
    for (const bubble of this.#drafts.values()) clearTimeout(bubble.parting);
    this.#messages.clear();
    this.#drafts.clear();
    const chat = this.#chat;
    const bubbles = [];
    if (chat !== null) {
      const messages = [...chat.messages.values()].filter((item) => this.#isHere(item));
      messages.sort((left, right) => left.message_id - right.message_id);
      for (const message of messages) bubbles.push(this.#newMessage(message));
      for (const draft of chat.drafts.values()) {
        if (this.#isHere(draft)) bubbles.push(this.#newDraft(draft));
      }
      bubbles.forEach((bubble, index) => bubble.regroup(bubbles[index - 1] ?? null, bubbles[index + 1] ?? null));
    }
    this.#rows.replaceChildren(...bubbles.map((bubble) => bubble.element));
    this.#follow();
  }

  #message(message) {
    if (!this.#isHere(message)) return;
    const known = this.#messages.get(message.message_id);
    if (known) {
      known.showMessage(message);
      return;
    }
    const adopted = this.#adopt(message);
    const bubble = adopted ?? this.#newMessage(message);
    this.#messages.set(message.message_id, bubble);
    bubble.showMessage(message);
    this.#insert(bubble);
    if (!adopted) bubble.element.classList.add("enters");
    if (!this.#isAtEnd) this.#missed += 1;
    this.#follow();
  }

  #insert(bubble) {
    let before = this.#rows.lastElementChild;
    while (before && !this.#precedes(before, bubble)) before = before.previousElementSibling;
    const after = before ? before.nextElementSibling : this.#rows.firstElementChild;
    if (after !== bubble.element) this.#rows.insertBefore(bubble.element, after);
    this.#regroupAround(bubble.element);
  }

  #precedes(element, bubble) {
    const other = this.#rowBubbles.get(element);
    if (other === bubble) return false;
    if (other.message === null) return bubble.message === null;
    return bubble.message === null || other.message.message_id < bubble.message.message_id;
  }

  #draft(draft) {
    if (!this.#isHere(draft)) return;
    const known = this.#drafts.get(placeOf(draft));
    if (known && known.draft.draft_id === draft.draft_id) {
      clearTimeout(known.parting);
      known.showDraft(draft);
      return;
    }
    if (known) this.#remove(this.#drafts, placeOf(draft));
    const bubble = this.#newDraft(draft);
    this.#insert(bubble);
    bubble.element.classList.add("enters");
    this.#follow();
  }

  #draftGone(draft, reason) {
    const place = placeOf(draft);
    const bubble = this.#drafts.get(place);
    if (!bubble) return;
    if (reason !== "dismissed") this.#remove(this.#drafts, place);
    else bubble.parting = setTimeout(() => this.#remove(this.#drafts, place), PARTING);
  }

  #adopt(message) {
    const place = placeOf({ bot_id: message.from.id, thread_id: message.thread_id });
    const bubble = message.from.is_bot ? this.#drafts.get(place) : null;
    if (!bubble || bubble.draft.ghost || !isContinued(bubble.draft, message)) return null;
    clearTimeout(bubble.parting);
    this.#drafts.delete(place);
    return bubble;
  }

  #newMessage(message) {
    const bubble = this.#newBubble();
    bubble.showMessage(message);
    this.#messages.set(message.message_id, bubble);
    return bubble;
  }

  #newDraft(draft) {
    const bubble = this.#newBubble();
    bubble.showDraft(draft);
    this.#drafts.set(placeOf(draft), bubble);
    return bubble;
  }

  #newBubble() {
    const bubble = new Bubble(this.#world, this.#chat, this.#deeds);
    this.#rowBubbles.set(bubble.element, bubble);
    return bubble;
  }

  #remove(shown, key) {
    const bubble = shown.get(key);
    if (!bubble) return;
    clearTimeout(bubble.parting);
    shown.delete(key);
    const { previousElementSibling, nextElementSibling } = bubble.element;
    bubble.element.remove();
    this.#regroup(previousElementSibling);
    this.#regroup(nextElementSibling);
  }

  #regroupAround(element) {
    this.#regroup(element.previousElementSibling);
    this.#regroup(element);
    this.#regroup(element.nextElementSibling);
  }

  #regroup(row) {
    const { previousElementSibling, nextElementSibling } = row ?? {};
    const bubbleOf = (element) => this.#rowBubbles.get(element) ?? null;
    if (row) bubbleOf(row).regroup(bubbleOf(previousElementSibling), bubbleOf(nextElementSibling));
  }

  #isHere(item) {
    return threadOf(this.#chat, item) === this.#thread;
  }

  #noticePlace() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight <= NEAR;
    if (this.#isAtEnd) this.#missed = 0;
    this.#drawLatest();
  }

  #follow() {
    if (this.#isAtEnd) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#drawLatest();
  }

  #drawLatest() {
    show(this.#latest, !this.#isAtEnd);
    show(this.#count, this.#missed > 0);
    write(this.#count, String(this.#missed));
  }
}

function isContinued(draft, message) {
  if (draft.placeholder) return false;
  if (draft.rich || message.rich) return Boolean(draft.rich) && Boolean(message.rich);
  return commonLength(draft.text, message.text ?? "") > 0;
}
