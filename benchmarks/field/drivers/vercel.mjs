// Vercel's `chat` with its Telegram adapter: `thread.post(stream)`, as its guide to streaming says.
//
// All options at their defaults: a message that is edited; with the option `native`, drafts in
// private chats (`nativeStreaming: true`).

import { createMemoryState } from "@chat-adapter/state-memory";
import { createTelegramAdapter } from "@chat-adapter/telegram";
import { Chat } from "chat";

import { begin, drive, tokens } from "./course.mjs";

await drive(async ({ url, token, chatId, options }) => {
  const telegram = createTelegramAdapter({
    apiUrl: url,
    botToken: token,
    mode: "polling",
    nativeStreaming: options.includes("native"),
  });
  const bot = new Chat({
    userName: "tickertape_bot",
    adapters: { telegram },
    state: createMemoryState(),
    logger: "silent",
  });
  await bot.initialize();
  await begin();
  await bot.thread(`telegram:${chatId}`).post(tokens());
});
