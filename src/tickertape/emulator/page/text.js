/**
 * Text with entities as DOM nodes.
 *
 * The text content of the element is always exactly the message's text. Offsets are UTF-16 units,
 * which is how JavaScript counts. Entities that do not fit are clipped; nested ones nest; ones that
 * cross are cut at the border of the one that began first. An update keeps every node that stays
 * the same, so a text that only grows costs its last piece, and only the added part fades in.
 */

import { el } from "./dom.js";

/** One element that shows a text; `update` may be called as often as the text changes. */
export class TextView {
  element;
  #text = "";
  #pieces = [];

  constructor(element) {
    this.element = element;
  }

  /** Shows `text`; with `fade` what is beyond the common beginning appears softly. */
  update(text, entities = [], fade = false) {
    const same = commonLength(this.#text, text);
    const nodes = tree(0, text.length, spansOf(entities ?? [], text.length));
    const kept = this.#keep(nodes, same);
    const fadeFrom = fade ? same : Infinity;
    const last = this.#pieces[kept];
    const grown = nodes[kept];
    let next = kept;
    if (last && grown && isGrown(last.node, grown, same)) {
      grow(last, text.slice(last.node.end, grown.end), fade);
      last.node = grown;
      next = kept + 1;
    }
    for (const piece of this.#pieces.splice(next)) piece.nodes.forEach((node) => node.remove());
    for (const node of nodes.slice(next)) {
      const piece = { node, nodes: build(node, text, fadeFrom) };
      this.element.append(...piece.nodes);
      this.#pieces.push(piece);
    }
    this.#text = text;
  }

  #keep(nodes, same) {
    let kept = 0;
    while (kept < nodes.length && kept < this.#pieces.length) {
      const shown = this.#pieces[kept].node;
      if (shown.end > same || shown.end !== nodes[kept].end || shown.key !== nodes[kept].key) break;
      kept += 1;
    }
    return kept;
  }
}

/** How many UTF-16 units two texts share from their beginning. */
export function commonLength(left, right) {
  if (right.startsWith(left)) return left.length;
  const limit = Math.min(left.length, right.length);
  let length = 0;
  while (length < limit && left.charCodeAt(length) === right.charCodeAt(length)) length += 1;
  return length;
}

/** The address if a page may lead there (http, https, tg, mailto), otherwise null. */
export function safeAddress(address) {
  const text = String(address ?? "").trim();
  if (/^(?:https?:\/\/|tg:\/\/|mailto:)\S/iu.test(text)) return text;
  if (/^[a-z][a-z0-9+.-]*:(?!\d)/iu.test(text) || !/^[^\s/]+\.[^\s/]+/u.test(text)) return null;
  return `http://${text}`;
}

/** A link that opens elsewhere, or a plain span when the address is not one we follow. */
export function link(address, ...children) {
  const safe = safeAddress(address);
  if (safe === null) return el("span", { class: "refused-link", title: String(address ?? "") }, ...children);
  return el("a", { href: safe, title: safe, rel: "noopener noreferrer", target: "_blank" }, ...children);
}

/** A text that shows itself when it is clicked. */
export function spoiler(...children) {
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.currentTarget.classList.add("revealed");
  };
  return el("span", {
    class: "spoiler", role: "button", tabindex: "0", title: "Show", onclick: reveal, onkeydown: reveal,
  }, ...children);
}

/** A quote that shows three lines until it is clicked. */
export function expandable(...children) {
  const toggle = (event) => {
    if (event.type === "keydown" && event.key !== "Enter") return;
    const quote = event.currentTarget;
    quote.setAttribute("aria-expanded", String(quote.classList.toggle("expanded")));
  };
  return el("blockquote", {
    class: "expandable", role: "button", tabindex: "0", "aria-expanded": "false",
    onclick: toggle, onkeydown: toggle,
  }, ...children);
}

function spansOf(entities, length) {
  return entities
    .map((entity) => ({
      start: Math.max(0, Number(entity.offset)),
      end: Math.min(length, Number(entity.offset) + Number(entity.length)),
      entity,
    }))
    .filter((span) => span.end > span.start)
    .sort(byPlace);
}

function byPlace(left, right) {
  return left.start - right.start || right.end - left.end;
}

function plain(start, end) {
  return { start, end, entity: null, children: [], key: `${start}` };
}

function isPlain(node) {
  return node.entity === null;
}

function isGrown(shown, node, same) {
  return isPlain(shown) && isPlain(node) && shown.start === node.start
    && shown.end <= node.end && shown.end <= same;
}

function tree(start, end, spans) {
  const nodes = [];
  let queue = spans;
  let at = start;
  while (queue.length > 0) {
    const [span, ...others] = queue;
    const inside = others.filter((other) => other.start < span.end);
    const crossing = inside.filter((other) => other.end > span.end);
    const children = inside.map((other) => ({ ...other, end: Math.min(other.end, span.end) }));
    queue = [...crossing.map((other) => ({ ...other, start: span.end })), ...others.slice(inside.length)];
    queue.sort(byPlace);
    if (span.start > at) nodes.push(plain(at, span.start));
    nodes.push(marked(span, children));
    at = span.end;
  }
  if (at < end) nodes.push(plain(at, end));
  return nodes;
}

function marked({ start, end, entity }, spans) {
  const children = tree(start, end, spans);
  const { offset: _, length: __, ...rest } = entity;
  const key = `${start}${JSON.stringify(rest)}${children.map((child) => `${child.key}-${child.end}`)}`;
  return { start, end, entity, children, key };
}

function grow(piece, tail, fade) {
  const [text, fresh] = piece.nodes;
  if (fresh) {
    text.appendData(fresh.textContent);
    fresh.remove();
    piece.nodes.pop();
  }
  if (!fade) {
    text.appendData(tail);
    return;
  }
  if (tail === "") return;
  const added = el("span", { class: "fresh" }, tail);
  text.after(added);
  piece.nodes.push(added);
}

function build(node, text, fadeFrom) {
  if (!isPlain(node)) {
    const inside = node.children.flatMap((child) => build(child, text, fadeFrom));
    return [wrap(node.entity, text.slice(node.start, node.end), inside)];
  }
  const border = Math.min(node.end, Math.max(node.start, fadeFrom));
  const nodes = [document.createTextNode(text.slice(node.start, border))];
  if (border < node.end) nodes.push(el("span", { class: "fresh" }, text.slice(border, node.end)));
  return nodes;
}

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", blockquote: "blockquote",
};

function wrap(entity, text, children) {
  if (TAGS[entity.type]) return el(TAGS[entity.type], {}, ...children);
  switch (entity.type) {
    case "spoiler": return spoiler(...children);
    case "expandable_blockquote": return expandable(...children);
    case "pre": return el("pre", { dataset: { language: entity.language ?? "" } }, ...children);
    case "text_link": return link(entity.url, ...children);
    case "url": return link(text, ...children);
    case "email": return link(`mailto:${text}`, ...children);
    case "text_mention":
    case "mention":
    case "hashtag":
    case "cashtag":
    case "phone_number":
    case "bot_command": return el("span", { class: `word ${entity.type}` }, ...children);
    default: return el("span", {}, ...children);
  }
}
