// What a driver is told, and what it says: the same words as in course.py.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const [url, token, chatId, kind, path, ...rest] = process.argv.slice(2);

export const course = { url, token, chatId: Number(chatId), kind, options: rest };

let begunAt = 0;

/** Says that all is set up, and waits until the token clock begins. */
export async function begin() {
  console.log("READY");
  const lines = createInterface({ input: process.stdin });
  const { value } = await lines[Symbol.asyncIterator]().next();
  begunAt = Number(value.split(" ")[1]) * 1000;
  await sleep(Math.max(0, begunAt - Date.now()));
}

/** Gives each token at its time. */
export async function* tokens() {
  const trace = JSON.parse(readFileSync(path, "utf-8"));
  for (const [seconds, text] of trace) {
    const wait = begunAt + seconds * 1000 - Date.now();
    if (wait > 0) await sleep(wait);
    yield text;
  }
}

/** Runs a driver to its end, says how it ended, and leaves at once. */
export async function drive(stream) {
  try {
    await stream(course);
    console.log("DONE");
  } catch (error) {
    const reason = `${error?.name}: ${error?.message}`.replace(/\s+/g, " ");
    console.log(`FAILED ${reason.slice(0, 200)}`);
  }
  process.exit(0);
}
