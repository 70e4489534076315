"""What the scripts of this folder share: where everything listens, the acts of buyers and of time through the control
API, a receiver of webhooks, and one line a step. Nothing here touches what an SDK sends or receives."""
import json
import os
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if not os.environ.get("OVERSELL_SERVE"):
    sys.exit("OVERSELL_SERVE must hold the line that `simulate serve --orders 30 --format json` prints")

# The line that `simulate serve --format json` prints: addresses and credentials.
served = json.loads(os.environ["OVERSELL_SERVE"])

# How many orders every channel has at the start; the test starts `serve` with it.
SEEDED_ORDERS = 30


def step(name, detail=""):
    """Says that a step is done, with what it showed."""
    print(f"ok  {name}: {detail}" if detail else f"ok  {name}", flush=True)


def flow(steps):
    """Runs the steps; the first failure is printed and ends the process with code 1."""
    try:
        steps()
    except BaseException as error:
        traceback.print_exc()
        for member in ("status", "headers", "body", "code", "http_status", "response"):
            value = getattr(error, member, None)
            if value is not None:
                print(f" {member}: {str(getattr(value, 'body', value))[:4000]}", file=sys.stderr)
        sys.stderr.flush()
        # Clients leave threads behind; they must not keep a failed script alive.
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def equal(found, wanted, what=""):
    """Fails with both values when they differ."""
    if found != wanted:
        raise AssertionError(f"{what}: found {found!r}, wanted {wanted!r}")


def truth(condition, what):
    """Fails with `what` when the condition does not hold."""
    if not condition:
        raise AssertionError(what)


def control(method, path, body=None):
    """One request to the control API."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        served["control"]["url"] + path, data=data, method=method, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise AssertionError(f"control {method} {path} {body} answered {error.code} {error.read()!r}") from None


def advance(duration):
    """Lets platform time jump ahead, such as by `1min`."""
    return control("POST", "/_oversell/time", {"advance": duration})


def checkout(channel, sku, units=1):
    """A buyer buys units of a SKU; gives the platform's order id."""
    placed = control("POST", "/_oversell/checkout", {"channel": channel, "lines": [{"sku": sku, "units": units}]})
    equal(placed["accepted"], True, str(placed))
    return placed["order_id"]


def displayed(channel, sku):
    """What the channel really displays of a SKU."""
    return control("GET", "/_oversell/snapshot")["displayed"][channel][sku]


def eventually(what, ask, tries=40, between=None):
    """Asks again until `ask` gives something, letting `between` pass in platform time (a quarter second when None)."""
    for _ in range(tries):
        found = ask()
        if found is not None and found is not False:
            return found
        if between is None:
            time.sleep(0.25)
        else:
            advance(between)
    raise AssertionError(f"{what} did not come about after {tries} looks")


class Receiver:
    """A receiver of webhooks on this machine. `received` holds (path, headers, body in bytes)."""

    def __init__(self):
        self.received = received = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                received.append((self.path, self.headers, body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def wait(self, path, accept=lambda headers, body: True, tries=80):
        """The first delivery at a path that `accept` takes."""
        return eventually(
            f"a delivery at {path}",
            lambda: next(((h, b) for p, h, b in list(self.received) if p == path and accept(h, b)), None),
            tries,
        )
