/** Elements without markup: everything on the page is made from nodes, so foreign text stays text. */

const SVG = "http://www.w3.org/2000/svg";

const SHAPES = {
  back: "M15 5l-7 7 7 7",
  send: "M5 12l14-7-5 15-3-6z",
  stop: "M7 7h10v10H7z",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  down: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  bot: "M6 9h12v10H6zM12 9V5M9.5 13.5v1M14.5 13.5v1",
  group: "M9 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM3.5 19c0-3.2 2.4-5 5.5-5s5.5 1.8 5.5 5M15.5 5.4a3 3 0 0 1 0 5.4M17 14.4c2.2.6 3.5 2.2 3.5 4.6",
  forum: "M4 5h12v8H9l-5 4zM19 9h1v11l-4-3h-6",
  channel: "M4 10v4h3l8 4.5v-13L7 10zM18.5 9.5a4 4 0 0 1 0 5",
};

/**
 * An element with its attributes and children.
 *
 * `class`, `dataset` and `on*` listeners are understood; an attribute that is null, undefined or
 * false is left out; children may be nodes, strings or null.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "dataset") Object.assign(element.dataset, value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** One of the page's own line drawings; it is decoration, so it has no name for readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** Shows or hides an element. */
export function show(element, visible) {
  element.hidden = !visible;
}

/** Puts `text` into the element unless it stands there already. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
