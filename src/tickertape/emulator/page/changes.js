/** What a call changed about the text that readers see, in a few words. */

const SHOWS = /^(?:send(?:rich)?message(?:draft)?|editmessage.*)$/u;

export class Changes {
  #lengths = new Map();

  /** Says how much text a call shows, or adds to what it showed before; "" for other calls. */
  of(call) {
    if (!SHOWS.test(call.method.toLowerCase()) || call.status !== 200) return "";
    if (typeof call.length !== "number") return "";
    const { chat_id: chat, message_thread_id: topic, draft_id: draft, message_id: edited } = call.params ?? {};
    const place = draft === undefined ? edited ?? call.message_id : `draft ${draft}`;
    const key = `${chat}/${draft === undefined ? "" : topic ?? ""}/${place}`;
    const before = this.#lengths.get(key);
    this.#lengths.set(key, call.length);
    if (before === undefined) return `${call.length} characters`;
    if (call.length === before) return "same length";
    return `${call.length > before ? "+" : "\u2212"}${Math.abs(call.length - before)} characters`;
  }
}

/** A parameter as it was meant: structures come as JSON in a text. */
export function asValue(value) {
  if (typeof value !== "string" || !/^\s*[[{]/u.test(value)) return value ?? null;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
