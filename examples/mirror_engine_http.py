#!/usr/bin/env python3
"""The mirror of mirror_engine.py over real HTTP: an engine for `simulate --wire` (docs/wire.md).

    python3 examples/mirror_engine_http.py 8080
    simulate --scenario last-unit --wire --speed 60 --engine http://127.0.0.1:8080/connect

It waits for the connection document at /connect, and for webhooks at /webhooks/CHANNEL. Every document begins a new run and
ends the one before. What the mirror decides is in mirror_engine.py; here are its clock, its calls and its timers. Only the
standard library is used.
"""

import heapq
import http.client
import json
import queue
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

from mirror_engine import SECOND, Mirror

CALLS_AT_ONCE = 16
CALL_PATIENCE_S = 10  # Real time.
WEBHOOK_PATIENCE_S = 5  # Real time.
POLL_EVERY = 300 * SECOND  # Platform time.


def unix_micros(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * SECOND)


class Clock:
    """The platforms' calendar: it runs `speed` times as fast as the real one, from a common instant on. Requests are signed
    and dated by it."""

    def __init__(self, document):
        self.speed = document["speed"]
        self.real = unix_micros(document["real"])
        self.platform = unix_micros(document["platform"])

    def now(self):
        """Unix time of the platforms, microseconds."""
        return self.platform + int((time.time() * SECOND - self.real) * self.speed)

    def seconds(self, span):
        """Real seconds that a span of platform time takes."""
        return max(span, 0) / SECOND / self.speed


class Calls:
    """Calls over connections that stay open, one for each thread and address."""

    def __init__(self):
        self.threads = threading.local()
        self.pool = ThreadPoolExecutor(CALLS_AT_ONCE)

    def call(self, address, method, path, headers, body):
        """Status, headers with names in small letters, body; the status is None when there was no answer."""
        connections = self.threads.__dict__.setdefault("connections", {})
        try:
            if address not in connections:
                connections[address] = http.client.HTTPConnection(address, timeout=CALL_PATIENCE_S)
            connections[address].request(method, path, body.encode() if body else None, headers)
            answer = connections[address].getresponse()
            text = answer.read().decode()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text
        except (OSError, http.client.HTTPException):
            connections.pop(address, None)
            return None, {}, ""


class Run:
    """What the mirror sees as its harness: one thread takes answers, webhooks and timers, one after the other."""

    def __init__(self, document, own_address):
        self.clock = Clock(document["clock"])
        self.epoch = self.clock.now()
        self.now = 0
        self.inbox = queue.Queue()
        self.timers = []
        self.timers_set = 0
        self.calls = 0
        self.transport = Calls()
        self.addresses = {"warehouse": urlsplit(document["warehouse"]["url"]).netloc}
        for channel in document["channels"]:
            self.addresses[channel["name"]] = urlsplit(channel["url"]).netloc
        self.engine = Mirror(self, self.config(document, own_address))

    def config(self, document, own_address):
        channels = []
        for channel in document["channels"]:
            channels.append(
                {
                    "name": channel["name"],
                    "platform": channel["platform"],
                    "base_urls": {"api": channel["url"], "token": channel["url"]},
                    "credentials": channel,
                    "callback_url": f"http://{own_address}/webhooks/{quote(channel['name'])}",
                    "poll_orders_every_micros": POLL_EVERY,
                    "bounds": {"order_visibility_lag_micros": None},
                }
            )
        warehouse = document["warehouse"]
        skus = self.read_skus(warehouse["token"])
        return {"epoch_unix_micros": self.epoch, "seed": 1, "skus": skus, "channels": channels, "warehouse": warehouse}

    def read_skus(self, token):
        skus, after = {}, ""
        while True:
            path = "/v1/stock?limit=1000" + after
            headers = {"authorization": f"Bearer {token}"}
            status, _, text = self.transport.call(self.addresses["warehouse"], "GET", path, headers, "")
            if status != 200:
                raise RuntimeError(f"the warehouse answered {status} {text[:200]}")
            page = json.loads(text)
            skus.update(dict.fromkeys(row["sku"] for row in page["stock"]))
            if not page.get("next"):
                return list(skus)
            after = "&after=" + quote(page["next"], safe="")

    # What the mirror calls.

    def call(self, target, method, url, headers, body, done):
        self.calls += 1
        parts = urlsplit(url)
        path = parts.path + ("?" + parts.query if parts.query else "")

        def work():
            answer = self.transport.call(self.addresses[target], method, path, headers, body)
            self.inbox.put(lambda: done(*answer))

        self.transport.pool.submit(work)

    def after(self, delay, act):
        self.timers_set += 1
        heapq.heappush(self.timers, (self.now + delay, self.timers_set, act))

    # What happens to it.

    def deliver(self, channel, headers, body):
        """A webhook; gives whether it was taken, once the mirror has read it."""
        taken = Future()
        self.inbox.put(lambda: taken.set_result(self.engine.delivered(channel, headers, body)))
        return taken.result(WEBHOOK_PATIENCE_S)

    def end(self):
        self.inbox.put(None)

    def run(self):
        self.engine.start()
        while True:
            wait = self.clock.seconds(self.timers[0][0] - self.platform_now()) if self.timers else None
            try:
                act = self.inbox.get(timeout=wait)
                if act is None:
                    self.transport.pool.shutdown(wait=False, cancel_futures=True)
                    return
            except queue.Empty:
                act = None
            self.now = max(self.now, self.platform_now())
            if act:
                act()
            while self.timers and self.timers[0][0] <= self.now:
                heapq.heappop(self.timers)[2]()

    def platform_now(self):
        return self.clock.now() - self.epoch


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    run = None

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if self.path == "/connect":
            if Receiver.run:
                Receiver.run.end()
            Receiver.run = Run(json.loads(body), "%s:%d" % self.server.server_address)
            threading.Thread(target=Receiver.run.run, daemon=True).start()
            self.answer(204)
        elif self.path.startswith("/webhooks/") and Receiver.run:
            headers = {name.lower(): value for name, value in self.headers.items()}
            channel = unquote(self.path.removeprefix("/webhooks/"))
            self.answer(200 if Receiver.run.deliver(channel, headers, body) else 401)
        else:
            self.answer(404)

    def answer(self, status):
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # Webhooks of a rush come on a connection each.


if __name__ == "__main__":
    server = Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 8080), Receiver)
    print("waiting at http://%s:%d/connect" % server.server_address, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
