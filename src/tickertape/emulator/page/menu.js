/** A small menu at a place of the page; arrows move, Escape closes, focus returns. */

import { el } from "./dom.js";

let close = () => {};

/**
 * Opens a menu of `{label, act, grave}` items near `anchor` (an element) or at `point` ({x, y}).
 *
 * A menu that is already open is closed first.
 */
export function openMenu(anchor, items, point = null) {
  close();
  const menu = el("div", { class: "menu", role: "menu" }, ...items.map(drawItem));
  document.body.append(menu);
  put(menu, point ?? corner(anchor));
  const away = (event) => {
    if (!menu.contains(event.target)) close();
  };
  close = () => {
    close = () => {};
    document.removeEventListener("pointerdown", away, true);
    menu.remove();
    if (anchor.isConnected) anchor.focus({ preventScroll: true });
  };
  document.addEventListener("pointerdown", away, true);
  menu.addEventListener("keydown", onKey);
  menu.firstElementChild.focus();
}

function drawItem({ label, act, grave }) {
  const choose = () => {
    close();
    act();
  };
  return el("button", { type: "button", role: "menuitem", class: grave ? "grave" : null, onclick: choose }, label);
}

function onKey(event) {
  const items = [...event.currentTarget.children];
  const at = items.indexOf(document.activeElement);
  if (event.key === "ArrowDown") items[(at + 1) % items.length].focus();
  else if (event.key === "ArrowUp") items[(at + items.length - 1) % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function corner(anchor) {
  const box = anchor.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
}

function put(menu, { x, y }) {
  const { width, height } = menu.getBoundingClientRect();
  const left = Math.max(8, Math.min(x, window.innerWidth - width - 8));
  const top = y + height + 8 > window.innerHeight ? Math.max(8, y - height - 8) : y;
  menu.style.left = `${left}px`;
  menu.style.top = `${top}px`;
}
