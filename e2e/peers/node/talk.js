"use strict";
// What the peers in this folder have in common, as the package talk is for the
// peers in Go: where they find their settings, and what they say.

const env = process.env;

const settings = {
  token: env.TELEGRAM_BOT_TOKEN,
  api: env.TELEGRAM_API_URL,
  webhook: env.WEBHOOK_ENABLED === "true",
  url: env.WEBHOOK_URL,
  port: Number(env.WEBHOOK_PORT),
  secret: env.WEBHOOK_SECRET_TOKEN || undefined,
};
settings.path = settings.url ? new URL(settings.url).pathname : "/";

const texts = {
  question: "press it",
  button: "Button",
  data: "pressed-1",
  notice: "thank you",
  pressed: "it was pressed",
  draft: "first version",
  final: "second version",
  commandsSet: "commands set",
  caption: "your file again",
};

const commands = [{ command: "ping", description: "answers pong" }];

const units = { ms: 1, s: 1000, m: 60000 };

// answer answers the texts that need no more of a library than sending. It
// rejects for /fail, and throws at once for /panic.
function answer(text) {
  const [command, ...words] = text.split(/\s+/);
  switch (command) {
    case "/ping":
      return Promise.resolve("pong");
    case "/sleep": {
      const [, n, unit] = /^([\d.]+)(ms|s|m)$/.exec(words[0]);
      return new Promise((resolve) => setTimeout(resolve, n * units[unit], `slept ${words.join(" ")}`));
    }
    case "/fail":
      return Promise.reject(new Error(`drill: asked to fail: ${words.join(" ")}`));
    case "/panic":
      throw new Error("drill: asked to panic");
  }
  return Promise.resolve(text);
}

// info is the answer to /info.
const info = (url) => url || "no webhook";

// download gets a file's bytes. The address has the token in it, so no error
// may quote it.
async function download(path) {
  const response = await fetch(`${settings.api}/file/bot${settings.token}/${path}`);
  if (!response.ok) throw new Error(`download: status ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

module.exports = { settings, texts, commands, answer, info, download };
