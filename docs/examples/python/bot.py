"""A bot in Python's standard library: it says back what it hears."""

import hmac
import json
import os
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = os.environ["BOT_TOKEN"]
API = os.environ.get("BOT_API", "https://api.telegram.org")
URL = os.environ["BOT_URL"]
SECRET = os.environ["BOT_SECRET"]


def call(method, **params):
    request = urllib.request.Request(
        f"{API}/bot{TOKEN}/{method}",
        data=json.dumps(params).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        given = self.headers.get_all("X-Telegram-Bot-Api-Secret-Token", [])
        if len(given) != 1 or not hmac.compare_digest(given[0].encode(), SECRET.encode()):
            self.send_response(401)
            self.end_headers()
            return
        update = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        message = update["message"]
        # The reply to the webhook is the call: one act with the acknowledgement.
        body = json.dumps(
            {"method": "sendMessage", "chat_id": message["chat"]["id"], "text": message["text"]}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("", int(os.environ["PORT"])), Hook)  # listens from here on
call("setWebhook", url=URL, secret_token=SECRET)
server.serve_forever()
