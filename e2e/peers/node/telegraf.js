"use strict";
// A bot written with telegraf, as its README does it.

const { Telegraf, Markup } = require("telegraf");
const { message } = require("telegraf/filters");
const { settings, texts, commands, answer, info } = require("./talk");

const bot = new Telegraf(settings.token, { telegram: { apiRoot: settings.api } });

bot.command("me", async (ctx) => ctx.reply(`@${(await ctx.telegram.getMe()).username}`));
bot.command("keyboard", (ctx) =>
  ctx.reply(texts.question, Markup.inlineKeyboard([Markup.button.callback(texts.button, texts.data)])));
bot.command("edit", async (ctx) => {
  const sent = await ctx.reply(texts.draft);
  await ctx.telegram.editMessageText(ctx.chat.id, sent.message_id, undefined, texts.final);
});
bot.command("commands", async (ctx) => {
  await ctx.telegram.setMyCommands(commands);
  await ctx.reply(texts.commandsSet);
});
bot.command("info", async (ctx) => ctx.reply(info((await ctx.telegram.getWebhookInfo()).url)));
bot.action(texts.data, async (ctx) => {
  await ctx.answerCbQuery(texts.notice);
  await ctx.editMessageText(texts.pressed);
});
bot.on(message("document"), async (ctx) => {
  const { file_id: id, file_name: filename } = ctx.message.document;
  const response = await fetch(await ctx.telegram.getFileLink(id));
  if (!response.ok) throw new Error(`download: status ${response.status}`);
  const source = Buffer.from(await response.arrayBuffer());
  await ctx.replyWithDocument({ source, filename }, { caption: texts.caption });
});
bot.on(message("text"), async (ctx) => ctx.reply(await answer(ctx.message.text)));

const webhook = settings.webhook && {
  domain: settings.url && new URL(settings.url).host,
  path: settings.path,
  port: settings.port,
  secretToken: settings.secret,
};
bot.launch(webhook ? { webhook } : {});

// Enable graceful stop
process.once("SIGINT", () => bot.stop("SIGINT"));
process.once("SIGTERM", () => bot.stop("SIGTERM"));
