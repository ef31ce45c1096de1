/**
 * Keeps the world equal to the server's: everything once, then events as they come.
 *
 * When the connection is lost, or the server says that the reader fell too far behind, everything
 * is fetched again; nothing that happened in between is missed, and a server that was started anew
 * is no special case.
 */

import { Refusal, fetchChat, fetchState } from "./api.js";

/** Seconds before each further attempt to reach the server; the last one repeats. */
const PAUSES = [0.3, 0.6, 1, 2, 4];

export class Feed {
  #world;
  #onStatus;
  #source = null;
  #attempts = 0;
  #waiting = null;

  /** `onStatus(connected)` is called when the connection comes or goes. */
  constructor(world, onStatus) {
    this.#world = world;
    this.#onStatus = onStatus;
    world.listen((change) => {
      if (change.kind === "unclear") change.chats.forEach((chat) => this.#refill(chat));
      if (change.kind === "chat" && change.isNew) this.#refill(change.chat);
    });
  }

  /** Fetches everything and follows the events from there. */
  async start() {
    this.#source?.close();
    clearTimeout(this.#waiting);
    this.#waiting = null;
    try {
      const state = await fetchState();
      const details = await Promise.all(state.chats.map(fetchChat));
      this.#world.load(state, details);
      this.#follow(state.seq);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#again();
    }
  }

  #follow(seq) {
    const source = new EventSource(`/view/events?since=${seq}`);
    this.#source = source;
    source.onopen = () => {
      this.#attempts = 0;
      this.#onStatus(true);
    };
    source.onerror = () => this.#again();
    source.onmessage = ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === "reset") this.start();
      else this.#world.apply(event);
    };
  }

  #again() {
    this.#source?.close();
    this.#onStatus(false);
    if (this.#waiting !== null) return;
    const pause = PAUSES[Math.min(this.#attempts, PAUSES.length - 1)];
    this.#attempts += 1;
    this.#waiting = setTimeout(() => this.start(), pause * 1000);
  }

  #refill(chat) {
    fetchChat(chat).then((detail) => this.#world.refill(chat, detail), () => this.#again());
  }
}
