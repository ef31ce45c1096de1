/** Round coloured pictures for people and chats. */

import { el, icon } from "./dom.js";

const HUES = 7;
/** A prime, so that neighbouring ids of persons, bots and chats differ. */
const SPREAD = 101;

/** A number from 0 to 6 that stays the same for an id; the style sheet gives it a colour. */
export function hue(id) {
  return (Math.abs(Number(id)) % SPREAD) % HUES;
}

/** The first letters of the first two words of a name, or "?" when there is none. */
export function initials(name) {
  const words = String(name ?? "").split(/\s+/u).filter(Boolean).slice(0, 2);
  return words.map((word) => [...word][0].toUpperCase()).join("") || "?";
}

/** The face of somebody who writes. */
export function personFace(author) {
  return el("span", { class: `face hue-${hue(author.id)}`, "aria-hidden": "true" }, initials(author.name));
}

/** The face of a chat: what kind it is. */
export function chatFace(chat) {
  return el("span", { class: `face hue-${hue(chat.id)}`, "aria-hidden": "true" }, icon(chatShape(chat)));
}

function chatShape(chat) {
  if (chat.type === "private") return "bot";
  if (chat.type === "channel") return "channel";
  return chat.is_forum ? "forum" : "group";
}
