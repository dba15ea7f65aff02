"use strict";
// A bot written with grammY, as its guide does it: long polling, webhookCallback
// for node:http, and a stop on signals. The adapter checks no path.

const { createServer } = require("node:http");
const { Bot, InlineKeyboard, InputFile, webhookCallback } = require("grammy");
const { settings, texts, commands, answer, info, download } = require("./talk");

const bot = new Bot(settings.token, { client: { apiRoot: settings.api } });

bot.command("me", async (ctx) => ctx.reply(`@${(await ctx.api.getMe()).username}`));
bot.command("keyboard", (ctx) =>
  ctx.reply(texts.question, { reply_markup: new InlineKeyboard().text(texts.button, texts.data) }));
bot.command("edit", async (ctx) => {
  const sent = await ctx.reply(texts.draft);
  await ctx.api.editMessageText(ctx.chat.id, sent.message_id, texts.final);
});
bot.command("commands", async (ctx) => {
  await ctx.api.setMyCommands(commands);
  await ctx.reply(texts.commandsSet);
});
bot.command("info", async (ctx) => ctx.reply(info((await ctx.api.getWebhookInfo()).url)));
bot.callbackQuery(texts.data, async (ctx) => {
  await ctx.answerCallbackQuery({ text: texts.notice });
  await ctx.editMessageText(texts.pressed);
});
bot.on("message:document", async (ctx) => {
  const file = await ctx.getFile();
  const data = await download(file.file_path);
  await ctx.replyWithDocument(new InputFile(data, ctx.msg.document.file_name), { caption: texts.caption });
});
bot.on("message:text", async (ctx) => ctx.reply(await answer(ctx.msg.text)));

function webhook() {
  const server = createServer(webhookCallback(bot, "http", { secretToken: settings.secret }));
  server.listen(settings.port, () => bot.api.setWebhook(settings.url, { secret_token: settings.secret }));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => server.close());
}

if (settings.webhook) {
  webhook();
} else {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => bot.stop());
  bot.start();
}
