"use strict";
// A bot in Node's standard library: it says back what it hears.

const { timingSafeEqual, createHash } = require("node:crypto");
const { createServer } = require("node:http");

const { BOT_TOKEN, BOT_API = "https://api.telegram.org", BOT_URL, BOT_SECRET, PORT } = process.env;

function call(method, params) {
  return fetch(`${BOT_API}/bot${BOT_TOKEN}/${method}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(params),
  });
}

const digest = (text) => createHash("sha256").update(text).digest();

function authentic(request) {
  const given = request.headers["x-telegram-bot-api-secret-token"] ?? "";
  return timingSafeEqual(digest(given), digest(BOT_SECRET));
}

async function hook(request, response) {
  if (!authentic(request)) return response.writeHead(401).end();
  const parts = [];
  for await (const part of request) parts.push(part);
  const { message } = JSON.parse(Buffer.concat(parts));
  // The reply to the webhook is the call: one act with the acknowledgement.
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ method: "sendMessage", chat_id: message.chat.id, text: message.text }));
}

createServer(hook).listen(PORT, () => call("setWebhook", { url: BOT_URL, secret_token: BOT_SECRET }));
