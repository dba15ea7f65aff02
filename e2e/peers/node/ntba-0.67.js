"use strict";
// A bot written with node-telegram-bot-api 0.67, the last of the old line and
// still the one most in use, as its README and its examples for polling and for
// webhooks do it. A webhook is told apart by the token in its path; the library
// knows no secret header, and its examples do not stop gracefully.

const TelegramBot = require("node-telegram-bot-api-0.67");
const { settings, texts, commands, answer, info } = require("./talk");

const bot = new TelegramBot(settings.token, {
  baseApiUrl: settings.api,
  ...(settings.webhook ? { webHook: { port: settings.port } } : { polling: true }),
});
if (settings.webhook) {
  bot.setWebHook(`${settings.url}/bot${settings.token}`, { secret_token: settings.secret });
}

const handlers = {
  "/me": async (chat) => bot.sendMessage(chat, `@${(await bot.getMe()).username}`),
  "/keyboard": (chat) =>
    bot.sendMessage(chat, texts.question, {
      reply_markup: { inline_keyboard: [[{ text: texts.button, callback_data: texts.data }]] },
    }),
  "/edit": async (chat) => {
    const sent = await bot.sendMessage(chat, texts.draft);
    await bot.editMessageText(texts.final, { chat_id: chat, message_id: sent.message_id });
  },
  "/commands": async (chat) => {
    await bot.setMyCommands(commands);
    await bot.sendMessage(chat, texts.commandsSet);
  },
  "/info": async (chat) => bot.sendMessage(chat, info((await bot.getWebHookInfo()).url)),
};

bot.on("text", async (msg) => {
  const handler = handlers[msg.text];
  if (handler) return handler(msg.chat.id);
  return bot.sendMessage(msg.chat.id, await answer(msg.text));
});
bot.on("document", async (msg) => {
  const parts = [];
  for await (const part of bot.getFileStream(msg.document.file_id)) parts.push(part);
  await bot.sendDocument(msg.chat.id, Buffer.concat(parts), { caption: texts.caption }, {
    filename: msg.document.file_name,
    contentType: "application/octet-stream",
  });
});
bot.on("callback_query", async (query) => {
  await bot.answerCallbackQuery(query.id, { text: texts.notice });
  const { chat, message_id: id } = query.message;
  await bot.editMessageText(texts.pressed, { chat_id: chat.id, message_id: id });
});
