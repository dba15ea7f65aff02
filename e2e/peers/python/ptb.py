"""A bot written with python-telegram-bot 13.15 (Debian 12), as its examples do it.

The library's webhook server does not look at the secret header; its set_webhook
has no parameter for it either. See start_webhook in its telegram/ext/updater.py.
"""

import io
import logging
import os
import re
import time
from urllib.parse import urlsplit

from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import CallbackContext, CallbackQueryHandler, CommandHandler, Filters, MessageHandler, Updater

logging.basicConfig(format="%(asctime)s - %(name)s - %(levelname)s - %(message)s", level=logging.INFO)

TOKEN = os.environ["TELEGRAM_BOT_TOKEN"]
API = os.environ["TELEGRAM_API_URL"]
UNITS = {"ms": 0.001, "s": 1, "m": 60}


def answer(text: str) -> str:
    """Answers the texts that need no more of a library than sending."""
    command, *words = text.split()
    if command == "/ping":
        return "pong"
    if command == "/sleep":
        number, unit = re.fullmatch(r"([\d.]+)(ms|s|m)", words[0]).groups()
        time.sleep(float(number) * UNITS[unit])
        return "slept " + " ".join(words)
    if command == "/fail":
        raise ValueError(f"drill: asked to fail: {words}")
    if command == "/panic":
        raise RuntimeError("drill: asked to panic")
    return text


def text(update: Update, context: CallbackContext) -> None:
    update.message.reply_text(answer(update.message.text))


def document(update: Update, context: CallbackContext) -> None:
    doc = update.message.document
    data = doc.get_file().download_as_bytearray()
    update.message.reply_document(io.BytesIO(data), filename=doc.file_name, caption="your file again")


def me(update: Update, context: CallbackContext) -> None:
    update.message.reply_text("@" + context.bot.get_me().username)


def keyboard(update: Update, context: CallbackContext) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Button", callback_data="pressed-1")]])
    update.message.reply_text("press it", reply_markup=markup)


def pressed(update: Update, context: CallbackContext) -> None:
    update.callback_query.answer("thank you")
    update.callback_query.edit_message_text("it was pressed")


def edit(update: Update, context: CallbackContext) -> None:
    update.message.reply_text("first version").edit_text("second version")


def commands(update: Update, context: CallbackContext) -> None:
    context.bot.set_my_commands([BotCommand("ping", "answers pong")])
    update.message.reply_text("commands set")


def info(update: Update, context: CallbackContext) -> None:
    update.message.reply_text(context.bot.get_webhook_info().url or "no webhook")


def main() -> None:
    updater = Updater(TOKEN, base_url=API + "/bot", base_file_url=API + "/file/bot")
    add = updater.dispatcher.add_handler
    for handler in (me, keyboard, edit, commands, info):
        add(CommandHandler(handler.__name__, handler))
    add(CallbackQueryHandler(pressed))
    add(MessageHandler(Filters.document, document))
    add(MessageHandler(Filters.text, text))
    if os.environ.get("WEBHOOK_ENABLED") == "true":
        url = os.environ["WEBHOOK_URL"]
        updater.start_webhook(
            listen="0.0.0.0",
            port=int(os.environ["WEBHOOK_PORT"]),
            url_path=urlsplit(url).path.lstrip("/"),
            webhook_url=url,
        )
    else:
        updater.start_polling()
    updater.idle()


if __name__ == "__main__":
    main()
