"use strict";
// A bot written with node-telegram-bot-api 2, as its README does it, with the
// managed runners of its Node entry.

const { Bot, InlineKeyboardBuilder, InputFile } = require("node-telegram-bot-api");
const { createWebhookServer, run } = require("node-telegram-bot-api/node");
const { settings, texts, commands, answer, info, download } = require("./talk");

const bot = new Bot(settings.token, { apiRoot: settings.api });

bot.command("me", async (ctx) => ctx.reply(`@${(await ctx.api.getMe()).username}`));
bot.command("keyboard", (ctx) =>
  ctx.reply(texts.question, {
    reply_markup: new InlineKeyboardBuilder().text(texts.button, texts.data).build(),
  }));
bot.command("edit", async (ctx) => {
  const sent = await ctx.reply(texts.draft);
  await ctx.api.editMessageText({ chat_id: ctx.chatId, message_id: sent.message_id, text: texts.final });
});
bot.command("commands", async (ctx) => {
  await ctx.api.setMyCommands({ commands });
  await ctx.reply(texts.commandsSet);
});
bot.command("info", async (ctx) => ctx.reply(info((await ctx.api.getWebhookInfo()).url)));
bot.on("callback_query", async (ctx) => {
  await ctx.answerCallbackQuery({ text: texts.notice });
  await ctx.api.editMessageText({
    chat_id: ctx.chatId, message_id: ctx.callbackQuery.message.message_id, text: texts.pressed,
  });
});
bot.on("message", async (ctx) => {
  const { document, text } = ctx.message;
  if (!document) return ctx.reply(await answer(text));
  const file = await ctx.api.getFile({ file_id: document.file_id });
  const data = await download(file.file_path);
  return ctx.api.sendDocument({
    chat_id: ctx.chatId, document: new InputFile(data, { filename: document.file_name }), caption: texts.caption,
  });
});

// webhook does what startWebhook does, and registers in between.
function webhook() {
  const server = createWebhookServer(bot, { path: settings.path, secretToken: settings.secret });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.close());
  server.listen(settings.port, () => bot.api.setWebhook({ url: settings.url, secret_token: settings.secret }));
}

if (settings.webhook) {
  webhook();
} else {
  run(bot);
}
