// @grammyjs/stream with @grammyjs/auto-retry: its README's example for language models.
//
// `ctx.replyWithMarkdownStream(textStream)` in a handler, all options at their defaults.

import { autoRetry } from "@grammyjs/auto-retry";
import { stream } from "@grammyjs/stream";
import { Bot } from "grammy";

import { begin, drive, tokens } from "./course.mjs";

await drive(async ({ url, token, chatId, kind }) => {
  const bot = new Bot(token, { client: { apiRoot: url } });
  bot.api.config.use(autoRetry());
  bot.use(stream());
  bot.on("message", (ctx) => ctx.replyWithMarkdownStream(tokens()));
  bot.catch((failure) => {
    throw failure.error;
  });
  await bot.init();
  const from = { id: 1001, is_bot: false, first_name: "You" };
  const chat =
    kind === "private"
      ? { id: chatId, type: "private", first_name: "You" }
      : { id: chatId, type: "group", title: "The team" };
  const message = { message_id: 1, date: 0, chat, from, text: "Go on." };
  await begin();
  await bot.handleUpdate({ update_id: 1, message });
});
