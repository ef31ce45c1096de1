/** The emulator's viewer calls; every failure is a Refusal with one sentence for people. */

/** The emulator said no, or was not there; `message` is a sentence that can be shown. */
export class Refusal extends Error {}

async function ask(path, body) {
  const request = body === undefined
    ? { headers: { accept: "application/json" } }
    : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Refusal("The emulator cannot be reached.");
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refusal(answer?.error ?? `The emulator answered ${response.status}.`);
  if (answer === null) throw new Refusal("The emulator's answer is not JSON.");
  return answer;
}

/** Bots, persons and chats. */
export function fetchState() {
  return ask("/view/state");
}

/** The messages, drafts and actions of one chat. */
export function fetchChat(chat) {
  const query = chat.bot_id === null || chat.bot_id === undefined ? "" : `?bot_id=${chat.bot_id}`;
  return ask(`/view/chats/${chat.id}${query}`);
}

/** A person writes; the answer carries the message. */
export function sendText(request) {
  return ask("/view/send", request);
}

/** A person presses a draft's stop button. */
export function pressStop({ chat_id, bot_id, draft_id, thread_id }) {
  return ask("/view/stop", { chat_id, bot_id, draft_id, thread_id });
}

/** A person presses a button under a message. */
export function pressButton({ chat_id, bot_id, message_id }, data) {
  return ask("/view/press", { chat_id, bot_id, message_id, data });
}

/** A person deletes a message. */
export function deleteMessage({ chat_id, bot_id, message_id }) {
  return ask("/view/delete", { chat_id, bot_id, message_id });
}
