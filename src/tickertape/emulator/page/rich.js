/**
 * Rich messages: blocks as DOM nodes, Markdown and HTML sources as marked text.
 *
 * Telegram parses Markdown and HTML on its own servers; no other parser is exact, so a source is
 * shown as it was sent. An update keeps the leading blocks that stay the same.
 */

import { el } from "./dom.js";
import { TextView, expandable, link, spoiler } from "./text.js";

/** One element that shows a rich message; `update` may be called as often as it changes. */
export class RichView {
  element = el("div", { class: "rich" });
  #shown = [];
  #source = null;

  /** Shows `{blocks}`, `{markdown}` or `{html}`; with `fade` added blocks appear softly. */
  update(rich, fade = false) {
    if (Array.isArray(rich.blocks)) this.#blocks(rich.blocks, fade);
    else this.#text(rich, fade);
  }

  #text(rich, fade) {
    const kind = typeof rich.markdown === "string" ? "markdown" : "html";
    if (this.#source === null) {
      const text = el("div", { class: "text source" });
      this.#source = new TextView(text);
      this.element.replaceChildren(el("span", { class: "mark" }, `rich (${kind} source)`), text);
      this.#shown = [];
    }
    this.#source.update(String(rich[kind] ?? ""), [], fade);
  }

  #blocks(blocks, fade) {
    if (this.#source !== null) this.element.replaceChildren();
    this.#source = null;
    const keys = blocks.map((block) => JSON.stringify(block));
    let same = 0;
    while (same < keys.length && keys[same] === this.#shown[same]) same += 1;
    while (this.element.children.length > same) this.element.lastElementChild.remove();
    blocks.slice(same).forEach((block, index) => {
      const node = drawBlock(block);
      if (fade && same + index >= this.#shown.length) node.classList.add("fresh");
      this.element.append(node);
    });
    this.#shown = keys;
  }
}

/** The text of a rich message on one line, for lists and quotes. */
export function richSummary(rich) {
  if (typeof rich.markdown === "string") return rich.markdown;
  if (typeof rich.html === "string") return rich.html;
  return (rich.blocks ?? []).map(blockWords).filter(Boolean).join(" ");
}

function blockWords(block) {
  const parts = [inlineWords(block.summary), inlineWords(block.text), block.expression];
  for (const inner of block.blocks ?? []) parts.push(blockWords(inner));
  for (const item of block.items ?? []) parts.push(...(item.blocks ?? []).map(blockWords));
  for (const cell of (block.cells ?? []).flat()) parts.push(inlineWords(cell.text));
  return parts.filter(Boolean).join(" ");
}

function inlineWords(text) {
  if (text === null || text === undefined) return "";
  if (typeof text === "string") return text;
  if (Array.isArray(text)) return text.map(inlineWords).join("");
  return inlineWords(text.text ?? text.expression ?? text.alternative_text ?? text.button?.text);
}

function drawBlocks(blocks) {
  return (blocks ?? []).map(drawBlock);
}

function drawBlock(block) {
  switch (block.type) {
    case "paragraph": return el("p", {}, ...inline(block.text));
    case "heading": return el(`h${headingLevel(block.size)}`, {}, ...inline(block.text));
    case "pre": return el("pre", { dataset: { language: block.language ?? "" } }, ...inline(block.text));
    case "footer": return el("p", { class: "foot" }, ...inline(block.text));
    case "divider": return el("hr");
    case "mathematical_expression": return el("div", { class: "math" }, block.expression ?? "");
    case "anchor": return el("span", { class: "anchor", hidden: true });
    case "list": return drawList(block);
    case "blockquote": return el("blockquote", {}, ...drawBlocks(block.blocks), credit(block));
    case "expandable_blockquote": return expandable(...inline(block.text), credit(block));
    case "pullquote": return el("blockquote", { class: "pull" }, ...inline(block.text), credit(block));
    case "details": return drawDetails(block);
    case "table": return drawTable(block);
    case "thinking": return el("p", { class: "thinking" }, ...inline(block.text));
    case "buttons": return el("div", { class: "keys" }, ...(block.buttons ?? []).map(drawButton));
    default: return drawMedia(block);
  }
}

function headingLevel(size) {
  return Math.min(6, Math.max(1, Math.trunc(Number(size)) || 1));
}

function credit(block) {
  return block.credit ? el("cite", {}, ...inline(block.credit)) : null;
}

function drawList(block) {
  const items = block.items ?? [];
  const ordered = items.some((item) => Number.isInteger(item.value) || item.type);
  return el(ordered ? "ol" : "ul", {}, ...items.map(drawItem));
}

function drawItem(item) {
  const box = item.has_checkbox
    ? el("input", { type: "checkbox", disabled: true, checked: Boolean(item.is_checked), "aria-label": "Task" })
    : null;
  const value = Number.isInteger(item.value) ? item.value : null;
  return el("li", { class: box ? "task" : null, value }, box, el("div", {}, ...drawBlocks(item.blocks)));
}

function drawDetails(block) {
  const summary = el("summary", {}, ...inline(block.summary));
  return el("details", { open: Boolean(block.is_open) }, summary, ...drawBlocks(block.blocks));
}

function drawTable(block) {
  const rows = (block.cells ?? []).map((row) => el("tr", {}, ...row.map(drawCell)));
  const caption = block.caption ? el("caption", {}, ...inline(block.caption)) : null;
  const classes = ["bordered", "striped", "compact"].filter((name) => block[`is_${name}`]);
  const table = el("table", { class: classes.join(" ") }, caption, el("tbody", {}, ...rows));
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": "Table" }, table);
}

function drawCell(cell) {
  const { align, valign, colspan, rowspan } = cell;
  return el(cell.is_header ? "th" : "td", { align, valign, colspan, rowspan }, ...inline(cell.text));
}

function drawButton(button) {
  return button.url
    ? link(button.url, el("span", { class: "key" }, ...inline(button.text)))
    : el("span", { class: "key" }, ...inline(button.text));
}

function drawMedia(block) {
  const caption = block.caption ? el("figcaption", {}, ...inline(block.caption.text)) : null;
  const name = String(block.type ?? "block").replaceAll("_", " ");
  return el("figure", {}, el("span", { class: "mark" }, name), ...drawBlocks(block.blocks), caption);
}

const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", subscript: "sub",
  superscript: "sup", marked: "mark", code: "code",
};

function inline(text) {
  if (text === null || text === undefined) return [];
  if (typeof text === "string") return [document.createTextNode(text)];
  if (Array.isArray(text)) return text.flatMap(inline);
  const inside = inline(text.text);
  if (TAGS[text.type]) return [el(TAGS[text.type], {}, ...inside)];
  switch (text.type) {
    case "spoiler": return [spoiler(...inside)];
    case "url": return [link(text.url, ...inside)];
    case "email_address": return [link(`mailto:${text.email_address}`, ...inside)];
    case "mathematical_expression": return [el("code", { class: "math" }, text.expression ?? "")];
    case "custom_emoji": return [document.createTextNode(text.alternative_text ?? "")];
    case "button": return [drawButton(text.button ?? {})];
    case "anchor": return [];
    default: return [el("span", { class: "word" }, ...inside)];
  }
}
