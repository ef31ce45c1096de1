/** Puts the page together: the world, the feed that fills it, and the views that show it. */

import { deleteMessage, pressButton, pressStop } from "./api.js";
import { ChatList } from "./chats.js";
import { Column } from "./column.js";
import { Composer } from "./composer.js";
import { show } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Examples } from "./examples.js";
import { Feed } from "./feed.js";
import { openMenu } from "./menu.js";
import { Title } from "./title.js";
import { World } from "./world.js";

const byId = (id) => document.getElementById(id);
const panes = document.querySelector(".panes");

const world = new World();
let chat = null;
let thread = null;
let isBegun = false;

const composer = new Composer(world, byId("composer"), (target, message) => {
  const current = world.chats.get(target.key);
  if (current) world.place(current, message);
  column.toEnd();
});

const column = new Column(world, { scroll: byId("scroll"), rows: byId("rows"), latest: byId("latest") }, {
  stop: (draft) => attempt(pressStop(draft)),
  press: (message, data) => attempt(pressButton(message, data)),
  menu: (bubble, anchor, point) => openMenu(anchor, choices(bubble.message), point),
});

const chats = new ChatList(world, byId("chats"), (picked) => {
  location.hash = address(picked, null);
});

const title = new Title(world, { head: byId("title"), topics: byId("topics") }, {
  onBack: () => {
    location.hash = "";
  },
  onTopic: (picked) => {
    location.hash = address(chat, picked);
  },
});

const examples = new Examples(world, byId("examples"), (text) => composer.ask(text));

function address(picked, topic) {
  return topic === null ? `#${picked.key}` : `#${picked.key}/${topic}`;
}

async function attempt(call) {
  try {
    await call;
    composer.say("");
  } catch (error) {
    composer.say(error.message);
  }
}

function choices(message) {
  const canCopy = message.text && navigator.clipboard;
  return [
    { label: "Reply", act: () => composer.reply(message) },
    ...(canCopy ? [{ label: "Copy text", act: () => attempt(navigator.clipboard.writeText(message.text)) }] : []),
    { label: "Delete", act: () => attempt(deleteMessage(message)), grave: true },
  ];
}

function open() {
  const [key, topic] = decodeURIComponent(location.hash.slice(1)).split("/");
  chat = world.chats.get(key) ?? null;
  thread = chat?.is_forum && topic ? Number(topic) : null;
  panes.dataset.pane = chat === null ? "list" : "chat";
  show(byId("welcome"), chat === null);
  show(byId("open"), chat !== null);
  chats.mark(chat);
  title.show(chat, thread);
  composer.show(chat, thread);
  column.show(chat, thread);
  examples.show(chat);
  readHere();
}

function turn() {
  const before = chat;
  open();
  if (chat !== null && chat !== before) focusField();
}

/** Puts the cursor into the field where that brings up no keyboard on the screen. */
function focusField() {
  if (window.matchMedia("(hover: hover) and (min-width: 761px)").matches) composer.focus();
}

/** A page that is opened without a chat in its address begins with the reader's private one. */
function begin() {
  isBegun = true;
  const own = [...world.chats.values()].find((one) => one.type === "private" && one.id === world.you);
  if (location.hash === "" && own) history.replaceState(null, "", address(own, null));
  open();
  if (chat !== null) focusField();
}

function readHere() {
  if (chat !== null && !document.hidden) world.read(chat, thread);
}

world.listen((change) => {
  if (change.kind === "loaded") (isBegun ? open : begin)();
  else if (change.kind === "message" && change.chat === chat) readHere();
});
window.addEventListener("hashchange", turn);
document.addEventListener("visibilitychange", readHere);
new Drawer(world, byId("drawer"), byId("drawer-toggle"));
new Feed(world, (isConnected) => show(byId("offline"), !isConnected)).start();
