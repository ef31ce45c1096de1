/**
 * What the page knows: bots, persons, chats with their messages, drafts and actions.
 *
 * Two ways in: `load` replaces everything, `apply` takes one event of the server. Every change is
 * told to the listeners as `{kind, chat, ...}`. An event that is older than the chat it concerns
 * (its `seq` was already part of the fetched chat) changes nothing.
 */

/** The place of a draft or an action: one for each bot and topic. */
export function placeOf(item) {
  return `${item.bot_id}/${item.thread_id ?? ""}`;
}

/** The name of a chat in the address bar and in the page: its id, with the bot where needed. */
export function chatKey(record) {
  return record.bot_id === null || record.bot_id === undefined
    ? String(record.id)
    : `${record.id}:${record.bot_id}`;
}

export class World {
  bots = new Map();
  persons = new Map();
  you = null;
  /** Calls that a chat takes, each `{calls, seconds}`, by its sort. */
  limits = {};
  chats = new Map();
  /** Seconds to add to the server's clock to get unix time. */
  skew = 0;
  #listeners = [];

  /** Calls `listener(change)` after every change. */
  listen(listener) {
    this.#listeners.push(listener);
  }

  /** Replaces everything by a fetched state; `details` holds one fetched chat for each chat. */
  load(state, details) {
    const unread = new Map([...this.chats.values()].map((chat) => [chat.key, chat.unread]));
    this.bots = new Map(state.bots.map((bot) => [bot.id, bot]));
    this.persons = new Map(state.persons.map((person) => [person.id, person]));
    this.you = state.you;
    this.limits = state.limits;
    this.skew = Date.now() / 1000 - state.now;
    this.chats = new Map();
    state.chats.forEach((record, index) => {
      const chat = newChat(record);
      chat.unread = unread.get(chat.key) ?? chat.unread;
      fill(chat, details[index]);
      this.chats.set(chat.key, chat);
    });
    this.#tell({ kind: "loaded" });
  }

  /** Replaces one chat's content by a fetched one. */
  refill(chat, detail) {
    fill(chat, detail);
    this.#tell({ kind: "refilled", chat });
  }

  /** Takes one event of the server. */
  apply(event) {
    switch (event.type) {
      case "message": return this.#message(event);
      case "deleted": return this.#deleted(event);
      case "draft": return this.#draft(event);
      case "draft_gone": return this.#draftGone(event);
      case "action": return this.#action(event);
      case "action_gone": return this.#actionGone(event);
      case "chat": return this.#chat(event);
      case "call": return this.#call(event.call);
      default: return undefined;
    }
  }

  /** Puts a message in its chat before its event arrives (the answer to a send). */
  place(chat, message) {
    if (!chat.messages.has(message.message_id)) this.#put(chat, message);
  }

  /** Everything in the topic is read; null is the General topic. */
  read(chat, thread) {
    if (chat.unread.delete(thread)) this.#tell({ kind: "read", chat });
  }

  /** The chat's bot, or the first bot there is. */
  botOf(chat) {
    return this.bots.get(chat.bot_id) ?? this.bots.values().next().value ?? null;
  }

  /** The person who reads this chat: in a private chat the one it belongs to. */
  readerOf(chat) {
    return chat.type === "private" ? chat.id : this.you;
  }

  /** Whether the reader of the chat wrote the message. */
  isOwn(chat, message) {
    return chat.type !== "channel" && !message.from.is_bot && message.from.id === this.readerOf(chat);
  }

  #call(call) {
    const bot = this.bots.get(call.bot_id) ?? null;
    const isSet = call.method.toLowerCase() === "setmycommands" && call.status === 200;
    if (bot !== null && isSet && !call.params.scope && !call.params.language_code) {
      bot.commands = asList(call.params.commands);
    }
    this.#tell({ kind: "call", call });
  }

  #message({ seq, message }) {
    const chat = this.#find(message.chat_id, message.bot_id ?? botAmong(message.from), seq);
    if (chat) this.#put(chat, message);
  }

  #put(chat, message) {
    const before = chat.messages.get(message.message_id);
    chat.messages.set(message.message_id, message);
    if (chat.last === null || message.message_id >= chat.last.message_id) chat.last = message;
    if (!before && !this.isOwn(chat, message)) chat.unread.add(threadOf(chat, message));
    this.#tell({ kind: "message", chat, message, isNew: !before });
  }

  #deleted({ seq, chat_id, message_id, bot_id }) {
    const chat = this.#find(chat_id, bot_id ?? null, seq);
    if (!chat || !chat.messages.delete(message_id)) return;
    if (chat.last?.message_id === message_id) chat.last = newest(chat.messages);
    this.#tell({ kind: "deleted", chat, message_id });
  }

  #draft({ seq, draft }) {
    const chat = this.#find(draft.chat_id, draft.bot_id, seq);
    if (!chat) return;
    chat.drafts.set(placeOf(draft), draft);
    this.#tell({ kind: "draft", chat, draft });
  }

  #draftGone(event) {
    const chat = this.#find(event.chat_id, event.bot_id, event.seq);
    const draft = chat?.drafts.get(placeOf(event));
    if (!draft || draft.draft_id !== event.draft_id) return;
    chat.drafts.delete(placeOf(event));
    this.#tell({ kind: "draft_gone", chat, draft, reason: event.reason });
  }

  #action({ seq, action }) {
    const chat = this.#find(action.chat_id, action.bot_id, seq);
    if (!chat) return;
    chat.actions.set(placeOf(action), action);
    this.#tell({ kind: "action", chat });
  }

  #actionGone(event) {
    const chat = this.#find(event.chat_id, event.bot_id, event.seq);
    if (chat?.actions.delete(placeOf(event))) this.#tell({ kind: "action", chat });
  }

  #chat({ chat: record }) {
    const known = this.chats.get(chatKey(record));
    if (known) Object.assign(known, described(record));
    else this.chats.set(chatKey(record), newChat(record));
    this.#tell({ kind: "chat", chat: this.chats.get(chatKey(record)), isNew: !known });
  }

  /**
   * The chat that an event concerns, or null when the event is older than the chat.
   *
   * A person may have private chats with several bots under one id; when the event does not say
   * which, the listeners are asked to fetch all of them again (`unclear`).
   */
  #find(id, botId, seq) {
    const candidates = [...this.chats.values()].filter((chat) => chat.id === id);
    const chat = candidates.length > 1
      ? candidates.find((candidate) => candidate.bot_id === botId)
      : candidates[0];
    if (chat) return seq > chat.seq ? chat : null;
    if (candidates.length > 0) this.#tell({ kind: "unclear", chats: candidates });
    return null;
  }

  #tell(change) {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The topic that an item of a chat belongs to; everything is one topic where there are none. */
export function threadOf(chat, item) {
  return chat.is_forum ? item.thread_id ?? null : null;
}

/** A list that a form may carry as JSON. */
function asList(value) {
  if (typeof value !== "string") return Array.isArray(value) ? value : [];
  try {
    return asList(JSON.parse(value));
  } catch {
    return [];
  }
}

function botAmong(author) {
  return author.is_bot ? author.id : null;
}

function described({ id, type, title, is_forum, topics, bot_id }) {
  return { id, type, title, is_forum: Boolean(is_forum), topics: topics ?? [], bot_id: bot_id ?? null };
}

function newChat(record) {
  return {
    ...described(record),
    key: chatKey(record),
    seq: -1,
    messages: new Map(),
    drafts: new Map(),
    actions: new Map(),
    unread: new Set(),
    last: null,
  };
}

function fill(chat, detail) {
  chat.seq = detail.seq;
  chat.messages = new Map(detail.messages.map((message) => [message.message_id, message]));
  chat.drafts = new Map(detail.drafts.map((draft) => [placeOf(draft), draft]));
  chat.actions = new Map(detail.actions.map((action) => [placeOf(action), action]));
  chat.last = newest(chat.messages);
}

function newest(messages) {
  let last = null;
  for (const message of messages.values()) {
    if (last === null || message.message_id > last.message_id) last = message;
  }
  return last;
}
