"""A kit for sync engines in Python that speak the stepped protocol (docs/engine-protocol.md): copy this one file beside yours.

    from oversell_kit import Engine, run

    class Mine(Engine):
        async def on_change(self, sku):
            for channel in self.channels.values():
                channel.set_quantity(sku, max(self.left[sku], 0))

    run(Mine)

What an engine decides is a method of yours; what it need not decide, the kit does: it signs in to Shopify, Amazon and TikTok
Shop, reads the stock, takes orders from webhooks (Shopify, TikTok Shop) and from polling, each once, has the warehouse
reserve their units, gives back those that were taken out again, confirms what was shipped, and cancels what cannot be. Calls keep
to the published limits, and are sent again when they were refused for haste or had no answer. docs/first-engine.md goes through it
step by step.

What cannot be used holds up nothing else and ends nothing: an order in a form that the kit does not know is kept and asked for again,
one that the warehouse refuses is left out, a product that a channel does not list is not written there. `self.notes` counts all of it,
and standard error tells it.

Methods are coroutines. They wait for simulated time alone (`await self.sleep(5)`), and for answers (`await
channel.set_quantity(sku, 3)` is whether the platform took it). Draw random numbers from `self.seed`, and leave the real clock
alone: then the same seed is the same run. Only the standard library is used.
"""

import base64
import hashlib
import hmac
import heapq
import json
import sys
from collections import Counter, deque
from datetime import datetime, timezone
from itertools import islice
from urllib.parse import quote, urlencode

SECOND = 1_000_000

# What reading raises where an answer or an order has another form than the one that is known.
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
# Notes of one kind that are told in full; those after them are counted.
TOLD_IN_FULL = 20
# A call that the platform itself fails at is sent so often, and counts as refused then.
MOST_FAILURES = 20


class Future:
    """Something that will be known later, to be awaited."""

    def __init__(self):
        self.known = False
        self.result = None
        self.waiting = []

    def resolve(self, result):
        self.known, self.result = True, result
        waiting, self.waiting = self.waiting, []
        for go_on in waiting:
            go_on()

    def __await__(self):
        if not self.known:
            yield self
        return self.result


def spawn(coroutine):
    """Runs a coroutine until it waits, and on from there when that is known. What it raises ends the engine."""

    def go_on():
        try:
            coroutine.send(None).waiting.append(go_on)
        except StopIteration:
            pass

    go_on()


class Harness:
    """The protocol: numbers calls and hands out their answers, keeps timers, answers each step with one line."""

    def __init__(self):
        self.now = 0
        self.outputs = []
        self.under_way = {}
        self.calls = 0
        self.timers = []
        self.timers_set = 0

    def call(self, target, method, url, headers, body, done):
        """`done(status, headers, body)`; status is None when there was no answer, and then nobody knows the effect."""
        self.calls += 1
        self.under_way[self.calls] = done
        call = {"kind": "call", "call": self.calls, "target": target, "method": method, "url": url, "headers": headers}
        if body:
            call["body"] = body
        self.outputs.append(call)

    def after(self, delay, act):
        self.timers_set += 1  # Timers of one time go off in the order in which they were set.
        heapq.heappush(self.timers, (self.now + delay, self.timers_set, act))

    def take(self, event, engine):
        if event["kind"] == "start":
            engine.start()
        elif event["kind"] == "response":
            done = self.under_way.pop(event["call"])
            done(event.get("status"), event.get("headers", {}), event.get("body", ""))
        elif event["kind"] == "delivery":
            accepted = engine.delivered(event["channel"], event["headers"], event.get("body", ""))
            status = 200 if accepted else 401
            self.outputs.append({"kind": "delivery_answer", "delivery": event["delivery"], "status": status})

    def run(self, make_engine):
        hello = json.loads(sys.stdin.readline())
        self.say({"protocol": 1})
        engine = make_engine(self, hello["config"])
        for line in sys.stdin:  # The end of the input is the end of the run.
            step = json.loads(line)
            self.now = step["now"]
            for event in step["inputs"]:
                self.take(event, engine)
            while self.timers and self.timers[0][0] <= self.now:
                heapq.heappop(self.timers)[2]()
            outputs, self.outputs = self.outputs, []
            self.say({"outputs": outputs, "wake_at": self.timers[0][0] if self.timers else None})
        engine.tell_notes()

    @staticmethod
    def say(message):
        sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
        sys.stdout.flush()


class Lane:
    """Calls to one system, one after the other, within a rate limit: `burst` at once, then `rate` a second. What was
    refused for haste, or had no answer, is sent again."""

    def __init__(self, system, burst, rate):
        self.system = system
        self.burst = self.level = burst
        self.rate = rate
        self.filled_at = 0
        self.jobs = deque()
        self.busy = False
        self.token = None  # The one with which the call under way was sent.
        self.failures = 0  # Of the first job, by the platform's own errors.

    def add(self, request, done, read=lambda data: data or {}):
        """`request()` gives (method, url, headers, body) when the call leaves, or None if it is no longer wanted. `done(value)` gets
        what `read(data)` makes of the JSON answer; None if there was no call, it was refused, or its answer could not be read."""
        self.jobs.append((request, done, read))
        self.go_on()

    def ask(self, request, done, read):
        """The same for what the engine cannot do without: it is asked for again each minute until it can be read."""

        def answered(value):
            if value is None:
                self.system.harness.after(60 * SECOND, lambda: self.ask(request, done, read))
            else:
                done(value)

        self.add(request, answered, read)

    def go_on(self):
        if not self.jobs or self.busy or self.system.token is None:
            return
        self.busy = True
        now = self.system.harness.now
        self.level = min(self.level + (now - self.filled_at) * self.rate / SECOND, self.burst)
        self.filled_at = now
        if self.level < 1:
            self.try_again(int((1 - self.level) / self.rate * SECOND) + 1)
            return
        call = self.jobs[0][0]()
        if call is None:
            self.settle(None)
        else:
            self.level -= 1
            self.token = self.system.token
            self.system.harness.call(self.system.name, *call, self.answered)

    def answered(self, status, headers, body):
        data = read_json(body)
        verdict = "again" if status is None or status >= 500 else self.verdict(status, data)
        if verdict == "failed":
            self.failures += 1
            verdict = "again" if self.failures < MOST_FAILURES else "no"
        if verdict == "again":
            self.level = 0
            self.try_again(seconds_of(headers.get("retry-after")) * SECOND or int(SECOND / self.rate))
        elif verdict == "sign in":
            self.busy = False
            if self.token == self.system.token:  # Else another call has signed in anew since this one left.
                self.system.sign_in()
            self.go_on()
        elif verdict == "ok":
            self.settle(self.read(status, data, body))
        else:
            self.system.note("calls refused", f"{status} {body[:200]}")
            self.settle(None)

    def verdict(self, status, data):
        try:
            return self.system.verdict(status, data)
        except UNREADABLE:
            return "no"  # A refusal in an unknown form is one all the same.

    def read(self, status, data, body):
        try:
            return self.jobs[0][2](data)
        except UNREADABLE as error:
            self.system.note("answers in an unknown form", f"{status} {told(error)} in {body[:200]}")
            return None

    def settle(self, value):
        self.busy = False
        self.failures = 0
        self.jobs.popleft()[1](value)
        self.go_on()

    def try_again(self, wait):
        def act():
            self.busy = False
            self.go_on()

        self.system.harness.after(wait, act)


class System:
    """What channels and warehouse share."""

    def __init__(self, engine, name):
        self.engine = engine
        self.harness = engine.harness
        self.name = name
        self.token = None
        self.lanes = []

    def lane(self, burst, rate):
        self.lanes.append(Lane(self, burst, rate))
        return self.lanes[-1]

    def signed_in(self, token):
        self.token = token
        for lane in self.lanes:
            lane.go_on()

    def sign_in(self):
        pass

    def note(self, kind, text):
        self.engine.note(kind, f"{self.name}: {text}")

    def readable(self, rows, read, kind):
        """What `read` makes of each row; one in a form that it does not know is noted, and holds up no other."""
        found = []
        for row in rows:
            try:
                found.append(read(row))
            except UNREADABLE as error:
                self.note(kind, f"{told(error)} in {json.dumps(row)[:200]}")
        return found

    def verdict(self, status, data):
        """ok, no (for good), again, or sign in."""
        return "ok" if status < 300 else "again" if status == 429 else "no"


class Channel(System):
    """A shop. Subclasses know the platform."""

    # The published limits, each as (calls at once, calls a second).
    api_limit = poll_limit = write_limit = (10, 10)
    fetch_limit = None  # Of reading single orders; None: it is part of `api_limit`.
    rows_per_write = 1

    def __init__(self, engine, config):
        super().__init__(engine, config["name"])
        self.config = config
        self.keys = dict(config["credentials"])
        self.api = self.lane(*self.api_limit)
        self.polls = self.lane(*self.poll_limit)
        self.writes = self.lane(*self.write_limit)
        self.fetches = self.lane(*self.fetch_limit) if self.fetch_limit else self.api
        self.not_listed = set(config.get("not_listed") or ())
        self.quantities = {}  # What each SKU is to show.
        self.dirty = {}  # SKUs to be written, in order.
        self.alone = set()  # SKUs of a call that was refused as a whole: each is written by itself.
        self.promises = {}  # What is resolved when a SKU has been written.
        self.ready = False
        self.signing_in = False
        self.signed_in_at = -5 * SECOND
        self.polled_at = 0
        self.unread = {}  # Orders that could not be read: how often each was asked for by its id.
        lag = config["bounds"]["order_visibility_lag_micros"]
        # Lists of orders lag, and clocks are set. The longest lag would read too much of them again and again.
        self.overlap = 30 * 60 * SECOND if lag is None else min(max(lag, 2 * 60 * SECOND), 30 * 60 * SECOND)

    # Signing in.

    def sign_in(self):
        if not self.signing_in:
            self.signing_in = True
            self.token = None
            # A token that is refused as soon as it is there waits: the next one may be refused too.
            self.harness.after(max(self.signed_in_at + 5 * SECOND - self.harness.now, 0), self.ask_for_token)

    def ask_for_token(self):
        self.harness.call(self.name, *self.token_request(), self.token_answered)

    def token_answered(self, status, headers, body):
        try:
            token, lifetime = self.token_of(read_json(body)) if status == 200 else (None, 0)
        except UNREADABLE as error:
            self.note("answers in an unknown form", f"{status} {told(error)} in an access token's answer")
            token = None
        if token:
            self.signing_in = False
            self.signed_in_at = self.harness.now
            self.signed_in(token)
            self.harness.after(max(lifetime - 120 * SECOND, 60 * SECOND), lambda: self.token == token and self.sign_in())
        else:
            if status is not None and status < 500:
                self.note("sign-ins refused", f"{status} {body[:200]}")
            self.harness.after(5 * SECOND, self.ask_for_token)

    # Counts.

    def lists(self, sku):
        """Whether the SKU is sold here by all that is known: by the greeting, and once it has been read by the catalogue."""
        return sku in self.engine.left and sku not in self.not_listed and (not self.ready or self.has(sku))

    def has(self, sku):
        """Whether the catalogue has the SKU. True where none is read."""
        return True

    def set_quantity(self, sku, units):
        """Shows `units` of a SKU on this channel. Counts wait for the limits of the platform; a newer count takes the place of
        one that waits. Can be awaited: whether the platform took it. What is not listed here is left alone: False."""
        promise = self.promises.get(sku) or Future()
        if self.lists(sku):
            self.quantities[sku] = units
            self.promises[sku] = promise
            self.touch(sku)
        else:
            promise.resolve(False)
        return promise

    def count(self, sku):
        return self.quantities.get(sku, 0)

    def touch(self, sku):
        self.dirty[sku] = None
        self.write_next()

    def write_next(self):
        if self.dirty and self.ready and not self.writes.jobs:
            skus = self.next_skus()
            for sku in skus:
                del self.dirty[sku]
            promises = {sku: self.promises.pop(sku) for sku in skus if sku in self.promises}

            def done(data):
                if data is None and len(skus) > 1:
                    # One row that is refused takes the whole call with it: the others are not to suffer for it.
                    self.alone.update(skus)
                    for sku in skus:
                        self.dirty.setdefault(sku)
                        self.follow_promise(sku, promises)
                else:
                    self.alone.difference_update(skus)
                    for promise in promises.values():
                        promise.resolve(data is not None)
                self.write_next()

            # The counts are read when the call leaves, so that a late write carries the newest ones.
            self.writes.add(lambda: self.write(skus), done)

    def next_skus(self):
        first = next(iter(self.dirty))
        if first in self.alone:
            return [first]
        return list(islice((sku for sku in self.dirty if sku not in self.alone), self.rows_per_write))

    def follow_promise(self, sku, promises):
        """A count that is written again keeps its promise; a newer one that came meanwhile keeps both."""
        if sku in promises:
            newer = self.promises.setdefault(sku, promises[sku])
            if newer is not promises[sku]:
                newer.waiting.append(lambda: promises[sku].resolve(newer.result))

    # Orders.

    def get_ready(self):
        self.ready = True
        for sku in [sku for sku in self.dirty if not self.has(sku)]:
            self.note("products that are not there", f"{sku} is in no listing that was read, and gets no count")
            del self.dirty[sku]
            self.promises.pop(sku).resolve(False)
        self.write_next()
        self.poll()

    def poll(self):
        self.is_page_whole = True  # No order of the pages of this poll lacks an id.
        self.poll_page(max(self.polled_at - self.overlap, 0), None, self.harness.now)

    def poll_page(self, since, page, started):
        def done(found):
            rows, following = found or ([], None)
            self.take_orders(rows)
            if following:
                self.poll_page(since, following, started)
            else:
                # An order of which not even the id is known can be found by listing it again alone.
                if found and self.is_page_whole:
                    self.polled_at = started
                self.harness.after(self.config["poll_orders_every_micros"], self.poll)

        self.polls.add(lambda: self.poll_request(since, page), done, self.rows_of)

    def take_orders(self, rows):
        """Takes the orders of a list. None that cannot be read holds up the others."""
        for row in rows:
            try:
                order_id = self.id_of(row)
            except UNREADABLE as error:
                self.is_page_whole = False
                self.note("orders without an id", f"{told(error)} in {json.dumps(row)[:200]}")
                continue
            self.take_order(order_id, row)

    def take_order(self, order_id, row):
        try:
            found = self.order_of(row)
        except UNREADABLE as error:
            self.keep(order_id, told(error))
            return
        if found is None:
            return  # It is none of the merchant's own.
        state, lines, address = found
        if state is None:
            # It is sold and reserved; whether it may be shipped shows when its state can be read.
            self.keep(order_id, "its state has a value that is not known")
            state = "held"
        elif self.unread.pop(order_id, None) is not None:
            self.note("orders read later", f"order {order_id} can be read again")
        self.engine.order_seen(self, order_id, state, lines, address)

    def keep(self, order_id, why):
        """An order that cannot be read is asked for by its id: after a minute, and then with waits that double up to an hour."""
        if order_id not in self.unread:
            self.unread[order_id] = 0
            self.note("orders in an unknown form", f"order {order_id}, {why}: kept, and asked for again")
            self.fetch_later(order_id)

    def fetch_later(self, order_id):
        def act():
            if order_id in self.unread:
                self.fetch(order_id, lambda: order_id in self.unread and self.fetch_later(order_id))

        self.harness.after(min(60 << self.unread[order_id], 3_600) * SECOND, act)
        self.unread[order_id] = min(self.unread[order_id] + 1, 10)

    def fetch(self, order_id, then=lambda: None):
        """Reads one order, and takes it."""

        def done(row):
            if row is not None:
                self.take_order(order_id, row)
            then()

        self.fetches.add(lambda: self.fetch_request(order_id), done, self.row_of)

    def row_of(self, data):
        """The order in the answer to `fetch_request`."""
        return data

    def sku_of(self, value):
        sku = text(value)
        if sku not in self.engine.left:
            raise ValueError(f"the SKU {sku} is none of the greeting's")
        return sku

    def signed(self, digest, header):
        return hmac.compare_digest(digest.encode(), header.encode())

    def calendar(self, now):
        return datetime.fromtimestamp((self.engine.epoch + now) / SECOND, timezone.utc)


class Shopify(Channel):
    rows_per_write = 100
    path = "/admin/api/2026-10/graphql.json"
    order_fields = (
        "id cancelledAt displayFulfillmentStatus shippingAddress{countryCodeV2 zip}"
        " lineItems(first:50){nodes{id sku quantity currentQuantity}}"
    )
    states = {None: "open", "FULFILLED": "shipped", "ON_HOLD": "held", "SCHEDULED": "held"}
    states.update(dict.fromkeys(["UNFULFILLED", "PARTIALLY_FULFILLED", "IN_PROGRESS", "OPEN"], "open"))
    states.update(dict.fromkeys(["PENDING_FULFILLMENT", "REQUEST_DECLINED", "FULFILLMENT_NOT_REQUIRED"], "open"))

    def token_request(self):
        body = {"client_id": self.keys["api_key"], "client_secret": self.keys["api_secret"]}
        body["grant_type"] = "client_credentials"
        return "POST", "/admin/oauth/access_token", json_headers(), json.dumps(body)

    def token_of(self, data):
        return text(data["access_token"]), whole(data.get("expires_in") or 86_400) * SECOND

    def graphql(self, document, **variables):
        headers = json_headers({"x-shopify-access-token": self.token})
        return "POST", self.path, headers, json.dumps({"query": document, "variables": variables})

    def verdict(self, status, data):
        if status == 401:
            return "sign in"
        if status == 200 and data and not data.get("errors"):
            # A mutation that was refused says so in its payload alone.
            payloads = [payload for payload in (data.get("data") or {}).values() if isinstance(payload, dict)]
            refused = any(payload.get("userErrors") or payload.get("orderCancelUserErrors") for payload in payloads)
            return "no" if refused else "ok"
        errors = (data or {}).get("errors")  # A refusal that GraphQL never saw has a text here, no list.
        codes = [error.get("extensions", {}).get("code") for error in errors] if isinstance(errors, list) else []
        return "again" if status == 429 or "THROTTLED" in codes else "no"

    def set_up(self):
        self.items = {}
        first = lambda data: data["data"]["locations"]["nodes"][0]["id"]
        self.api.ask(lambda: self.graphql("query{locations(first:1){nodes{id}}}"), self.located, first)
        subscribe = (
            "mutation($topic:WebhookSubscriptionTopic!,$subscription:WebhookSubscriptionInput!)"
            "{webhookSubscriptionCreate(topic:$topic,webhookSubscription:$subscription){userErrors{message}}}"
        )
        hook = {"uri": self.config["callback_url"], "format": "JSON"}
        for topic in ["ORDERS_CREATE", "ORDERS_CANCELLED"]:
            self.api.add(lambda topic=topic: self.graphql(subscribe, topic=topic, subscription=hook), lambda data: None)

    def located(self, location):
        self.location = location
        self.read_catalogue(None)

    def read_catalogue(self, after):
        query = (
            "query($after:String){productVariants(first:250,after:$after)"
            "{nodes{sku inventoryItem{id}}pageInfo{hasNextPage endCursor}}}"
        )

        def read(data):
            variants = data["data"]["productVariants"]
            return listed(variants["nodes"]), cursor_of(variants["pageInfo"])

        def done(found):
            rows, following = found
            variant = lambda row: (text(row["sku"]), row["inventoryItem"]["id"])
            for sku, item in self.readable(rows, variant, "products in an unknown form"):
                self.items.setdefault(sku, item)
            if following:
                self.read_catalogue(following)
            else:
                self.get_ready()

        self.api.ask(lambda: self.graphql(query, after=after), done, read)

    def has(self, sku):
        return sku in self.items

    def write(self, skus):
        mutation = (
            "mutation($input:InventorySetQuantitiesInput!,$key:String!)"
            "{inventorySetQuantities(input:$input)@idempotent(key:$key){userErrors{code message}}}"
        )
        rows = [
            {
                "inventoryItemId": self.items[sku],
                "locationId": self.location,
                "quantity": self.count(sku),
                "changeFromQuantity": None,  # Whatever it was: this is what a mirror does.
            }
            for sku in skus
        ]
        digits = hashlib.sha256(f"{self.engine.seed} {self.name} {self.harness.calls}".encode()).hexdigest()
        key = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
        change = {"name": "available", "reason": "correction", "quantities": rows}
        return self.graphql(mutation, input=change, key=key)

    def poll_request(self, since, page):
        query = (
            "query($query:String!,$after:String){orders(first:50,sortKey:UPDATED_AT,query:$query,after:$after)"
            "{nodes{%s}pageInfo{hasNextPage endCursor}}}" % self.order_fields
        )
        since = self.calendar(since).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.graphql(query, query=f"updated_at:>='{since}'", after=page)

    def rows_of(self, data):
        page = data["data"]["orders"]
        return listed(page["nodes"]), cursor_of(page["pageInfo"])

    def fetch_request(self, order_id):
        query = "query($id:ID!){order(id:$id){%s}}" % self.order_fields
        return self.graphql(query, id=f"gid://shopify/Order/{order_id}")

    def row_of(self, data):
        return data["data"]["order"]

    def id_of(self, row):
        return tail(text(row["id"]))

    def order_of(self, row):
        """An order as GraphQL tells it, or a webhook."""
        if "lineItems" not in row:
            fulfilled = row.get("fulfillment_status") == "fulfilled"
            state = "cancelled" if row["cancelled_at"] else "shipped" if fulfilled else "open"
            lines = [self.line_of(line, "current_quantity") for line in row["line_items"]]
            return state, lines, ship_to(row.get("shipping_address"), "country_code", "zip")
        status = alone(row["displayFulfillmentStatus"])
        state = "cancelled" if row["cancelledAt"] else self.states.get(status)
        lines = [self.line_of(line, "currentQuantity") for line in row["lineItems"]["nodes"]]
        return state, lines, ship_to(row.get("shippingAddress"), "countryCodeV2", "zip")

    def line_of(self, line, current):
        # What was refunded or edited away stays in `quantity`.
        units = line["quantity"] if line.get(current) is None else line[current]
        return tail(text(line["id"])), self.sku_of(line["sku"]), whole(units)

    def delivered(self, headers, body):
        digest = hmac.new(self.keys["api_secret"].encode(), body.encode(), hashlib.sha256).digest()
        if not self.signed(base64.b64encode(digest).decode(), headers.get("x-shopify-hmac-sha256", "")):
            return False
        self.take_orders([read_json(body)])
        return True

    def confirm(self, order, lines, tracking, shipped_at, done):
        query = (
            "query($id:ID!){order(id:$id){fulfillmentOrders(first:3){nodes{id status lineItems(first:50)"
            "{nodes{id remainingQuantity lineItem{id}}}}}}}"
        )
        mutation = (
            "mutation($fulfillment:FulfillmentInput!)"
            "{fulfillmentCreate(fulfillment:$fulfillment){userErrors{message}}}"
        )

        def read(data):
            parts = []
            for part in data["data"]["order"]["fulfillmentOrders"]["nodes"]:
                rows = []
                for row in part["lineItems"]["nodes"]:
                    units = min(lines.get(tail(row["lineItem"]["id"]), 0), whole(row["remainingQuantity"]))
                    if units > 0:
                        rows.append({"id": row["id"], "quantity": units})
                if rows and part["status"] in ("OPEN", "IN_PROGRESS"):
                    parts.append({"fulfillmentOrderId": part["id"], "fulfillmentOrderLineItems": rows})
            return parts

        def found(parts):
            if parts:
                info = {"company": tracking["carrier"], "number": tracking["number"]}
                fulfillment = {"lineItemsByFulfillmentOrder": parts, "notifyCustomer": False, "trackingInfo": info}
                self.api.add(lambda: self.graphql(mutation, fulfillment=fulfillment), done)
            else:
                done(None)

        self.api.add(lambda: self.graphql(query, id=f"gid://shopify/Order/{order}"), found, read)

    def cancel(self, order):
        mutation = (
            "mutation($order:ID!){orderCancel(orderId:$order,reason:INVENTORY,restock:false)"
            "{job{id}orderCancelUserErrors{message}}}"
        )
        self.api.add(lambda: self.graphql(mutation, order=f"gid://shopify/Order/{order}"), lambda data: None)


class Amazon(Channel):
    api_limit = (10, 2)  # confirmShipment
    poll_limit = (20, 0.0056)  # searchOrders
    write_limit = (5, 5)  # patchListingsItem
    fetch_limit = (30, 0.5)  # getOrder
    # Pending orders are sales already, but may not be shipped yet.
    states = {"UNSHIPPED": "open", "PARTIALLY_SHIPPED": "open", "SHIPPED": "shipped", "CANCELLED": "cancelled"}
    states.update(PENDING="held", PENDING_AVAILABILITY="held", UNFULFILLABLE="held")
    included = "FULFILLMENT,RECIPIENT"

    def token_request(self):
        form = {"grant_type": "refresh_token", "refresh_token": self.keys["refresh_token"]}
        form.update(client_id=self.keys["lwa_client_id"], client_secret=self.keys["lwa_client_secret"])
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return "POST", self.config["base_urls"]["token"] + "/auth/o2/token", headers, urlencode(form)

    def token_of(self, data):
        return text(data["access_token"]), whole(data["expires_in"]) * SECOND

    def request(self, method, path, body=None):
        headers = {"x-amz-access-token": self.token, "user-agent": "oversell-kit/1.0 (Language=Python)"}
        if body is not None:
            headers = json_headers(headers)
        return method, self.config["base_urls"]["api"] + path, headers, json.dumps(body) if body is not None else ""

    def verdict(self, status, data):
        if status == 401 or (status == 403 and "access token" in json.dumps(data)):
            return "sign in"  # The token has expired, or the merchant has taken the access back: then signing in waits for him.
        if isinstance(data, dict) and data.get("status") == "INVALID":
            return "no"  # A count that is not taken is answered with 200.
        return super().verdict(status, data)

    def set_up(self):
        self.get_ready()

    def write(self, skus):
        value = [{"fulfillment_channel_code": "DEFAULT", "quantity": self.count(skus[0])}]
        patch = {"op": "merge", "path": "/attributes/fulfillment_availability", "value": value}
        path = f"/listings/2021-08-01/items/{self.keys['seller_id']}/{quote(skus[0], safe='')}"
        query = urlencode({"marketplaceIds": self.keys["marketplace_id"]})
        return self.request("PATCH", f"{path}?{query}", {"productType": "PRODUCT", "patches": [patch]})

    def poll_request(self, since, page):
        query = {"lastUpdatedAfter": self.calendar(since).strftime("%Y-%m-%dT%H:%M:%S.000Z")}
        query.update(marketplaceIds=self.keys["marketplace_id"], maxResultsPerPage=100)
        query["includedData"] = self.included
        if page:
            query["paginationToken"] = page
        return self.request("GET", "/orders/2026-01-01/orders?" + urlencode(query, safe=","))

    def rows_of(self, data):
        return listed(data["orders"]), (data.get("pagination") or {}).get("nextToken")

    def fetch_request(self, order_id):
        return self.request("GET", f"/orders/2026-01-01/orders/{order_id}?includedData={self.included}")

    def row_of(self, data):
        return data["order"]

    def id_of(self, row):
        return text(row["orderId"])

    def order_of(self, row):
        fulfillment = alone(row["fulfillment"])
        if fulfillment.get("fulfilledBy") == "AMAZON":
            return None  # Sold and shipped from Amazon's own warehouse.
        state = self.states.get(text(fulfillment["fulfillmentStatus"]))
        lines = [
            (text(item["orderItemId"]), self.sku_of(item["product"]["sellerSku"]), whole(item["quantityOrdered"]))
            for item in row["orderItems"]
        ]
        recipient = row.get("recipient")
        address = recipient.get("deliveryAddress") if isinstance(recipient, dict) else None
        return state, lines, ship_to(address, "countryCode", "postalCode")

    def delivered(self, headers, body):
        return False  # Amazon has no webhooks; its queue is left out here.

    def confirm(self, order, lines, tracking, shipped_at, done):
        detail = {
            "packageReferenceId": str(int(hashlib.sha256(tracking["number"].encode()).hexdigest()[:7], 16) + 1),
            "carrierCode": tracking["carrier"],
            "trackingNumber": tracking["number"],
            "shipDate": shipped_at,
            "orderItems": [{"orderItemId": line, "quantity": units} for line, units in lines.items()],
        }
        body = {"marketplaceId": self.keys["marketplace_id"], "packageDetail": detail}
        path = f"/orders/v0/orders/{order}/shipmentConfirmation"
        self.api.add(lambda: self.request("POST", path, body), done)

    def cancel(self, order):
        # There is no call for it.
        self.note("orders for people to cancel", f"order {order} has no units left to ship: cancel it in Seller Central")


class TiktokShop(Channel):
    api_limit = (2, 0.5)
    fetch_limit = (10, 10)
    poll_limit = (5, 5)
    write_limit = (1, 1.8)  # 2 a second; a little less, because the way there is not always equally long.
    largest = 99_999  # The largest count that the platform takes; it refuses those below 0.
    states = {"UNPAID": "held", "ON_HOLD": "held", "AWAITING_SHIPMENT": "open", "PARTIALLY_SHIPPING": "open"}
    states.update({"CANCELLED": "cancelled", "CANCEL": "cancelled"})
    states.update(dict.fromkeys(["AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED", "COMPLETED"], "shipped"))

    def token_request(self):
        query = {"grant_type": "refresh_token", "app_key": self.keys["app_key"], "app_secret": self.keys["app_secret"]}
        query["refresh_token"] = self.keys["refresh_token"]
        return "GET", self.config["base_urls"]["token"] + "/api/v2/token/refresh?" + urlencode(query), {}, ""

    def token_of(self, data):
        data = data["data"]
        if not data:
            # A refusal is answered with 200. A merchant who gave access anew did so with the token of the greeting.
            self.keys["refresh_token"] = self.config["credentials"]["refresh_token"]
            return None, 0
        self.keys["refresh_token"] = data.get("refresh_token") or self.keys["refresh_token"]
        # An instant of Unix time, in spite of its name.
        expires_at = whole(data["access_token_expire_in"]) * SECOND
        return text(data["access_token"]), expires_at - self.engine.epoch - self.harness.now

    def request(self, method, path, query=None, body=None):
        secret = self.keys["app_secret"]
        pairs = dict(query or {}, app_key=self.keys["app_key"], shop_cipher=self.keys["shop_cipher"])
        pairs["timestamp"] = str((self.engine.epoch + self.harness.now) // SECOND)
        text = "" if body is None else json.dumps(body)
        signed = path + "".join(key + pairs[key] for key in sorted(pairs)) + text
        digest = hmac.new(secret.encode(), (secret + signed + secret).encode(), hashlib.sha256)
        url = f"{self.config['base_urls']['api']}{path}?{urlencode(pairs)}&sign={digest.hexdigest()}"
        return method, url, json_headers({"x-tts-access-token": self.token}), text

    def verdict(self, status, data):
        code = (data or {}).get("code")
        # 36009004 is said of whatever is wrong with a call; its words alone tell that of the token from the others.
        is_token = code == 36009004 and "x-tts-access-token" in str(data.get("message"))
        if status == 401 or code in (105002, 101000) or is_token:
            return "sign in"
        if status == 429 or code in (36009002, 36009037, 12052109):
            return "again"
        answer = (data or {}).get("data")
        failed = isinstance(answer, dict) and answer.get("errors")  # Rows that were not taken, beside those that were.
        if failed and any(more.get("code") == 12001000 for row in failed for more in row["detail"]["extra_errors"]):
            return "failed"  # An error of the platform's own, and no word about the row.
        return "ok" if code == 0 and not failed else "no"

    def set_up(self):
        self.listings = {}
        self.cut = set()  # SKUs that show less than was wanted.
        self.api.ask(lambda: self.request("GET", "/logistics/202309/warehouses"), self.warehouse_found, self.own_warehouse)
        # The first tells of orders, the second of units that were taken out of one that goes on.
        for event_type in ["ORDER_STATUS_CHANGE", "CANCELLATION_STATUS_CHANGE"]:
            hook = {"address": self.config["callback_url"], "event_type": event_type}
            self.api.add(lambda hook=hook: self.request("PUT", "/event/202309/webhooks", body=hook), lambda data: None)

    def own_warehouse(self, data):
        own = [row for row in data["data"]["warehouses"] if row.get("type", "SALES_WAREHOUSE") == "SALES_WAREHOUSE"]
        return max(own, key=lambda row: row.get("is_default", False))["id"]

    def warehouse_found(self, warehouse):
        self.warehouse = warehouse
        path = f"/logistics/202309/warehouses/{self.warehouse}/delivery_options"
        first = lambda data: data["data"]["delivery_options"][0]["id"]
        self.api.ask(lambda: self.request("GET", path), self.option_found, first)

    def option_found(self, option):
        path = f"/logistics/202309/delivery_options/{option}/shipping_providers"
        read = lambda data: [(row["name"].lower(), row["id"]) for row in data["data"]["shipping_providers"]]
        self.api.ask(lambda: self.request("GET", path), self.providers_found, read)

    def providers_found(self, providers):
        self.providers = providers
        self.read_catalogue(None)

    def read_catalogue(self, page):
        query = {"page_size": "100"}
        if page:
            query["page_token"] = page

        def listings(product):
            found = []
            for sku in product["skus"]:
                places = [row["warehouse_id"] for row in sku.get("inventory") or []] or [self.warehouse]
                places.sort(key=lambda place: place != self.warehouse)
                found.append((text(sku["seller_sku"]), (product["id"], sku["id"], places)))
            return found

        def done(found):
            products, following = found
            for rows in self.readable(products, listings, "products in an unknown form"):
                for sku, listing in rows:
                    self.listings.setdefault(sku, listing)
            if following:
                self.read_catalogue(following)
            else:
                self.get_ready()

        read = lambda data: (listed(data["data"].get("products", [])), data["data"].get("next_page_token"))
        self.api.ask(lambda: self.request("POST", "/product/202502/products/search", query, {}), done, read)

    def has(self, sku):
        return sku in self.listings

    def write(self, skus):
        product, listing, places = self.listings[skus[0]]
        # Every warehouse of the listing must be named; the default one holds the whole count.
        count = self.count(skus[0])
        if count > self.largest:
            count = self.largest
            if skus[0] not in self.cut:
                self.cut.add(skus[0])
                self.note("counts above the largest that is taken", f"{skus[0]} shows {self.largest}, whatever more there is")
        else:
            self.cut.discard(skus[0])
        rows = [{"warehouse_id": place, "quantity": 0 if at else count} for at, place in enumerate(places)]
        path = f"/product/202309/products/{product}/inventory/update"
        return self.request("POST", path, body={"skus": [{"id": listing, "inventory": rows}]})

    def poll_request(self, since, page):
        query = {"page_size": "100", "sort_field": "update_time", "sort_order": "ASC"}
        if page:
            query["page_token"] = page
        since = (self.engine.epoch + since) // SECOND
        return self.request("POST", "/order/202309/orders/search", query, {"update_time_ge": since})

    def rows_of(self, data):
        page = data["data"]
        # Left out where there is none.
        rows = page["orders"] if page.get("total_count") else page.get("orders", [])
        return listed(rows), page.get("next_page_token")

    def fetch_request(self, order_id):
        return self.request("GET", "/order/202507/orders", {"ids": order_id})

    def row_of(self, data):
        return data["data"]["orders"][0]

    def id_of(self, row):
        return text(row["id"])

    def order_of(self, row):
        # Each line is one unit, and one that was cancelled by itself stays in the list.
        lines = [
            (text(line["id"]), self.sku_of(line["seller_sku"]), 0 if line.get("display_status") == "CANCELLED" else 1)
            for line in row["line_items"]
        ]
        address = ship_to(row.get("recipient_address"), "region_code", "postal_code")
        return self.states.get(text(row["status"])), lines, address

    def delivered(self, headers, body):
        signed = self.keys["app_key"] + body
        digest = hmac.new(self.keys["app_secret"].encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not self.signed(digest, headers.get("authorization", "")):
            return False
        # No lines in it: the order must be fetched. One of which the id cannot be read is found by polling.
        for order_id in self.readable([read_json(body)], lambda row: text(row["data"]["order_id"]), "webhooks in an unknown form"):
            self.fetch(order_id)
        return True

    def confirm(self, order, lines, tracking, shipped_at, done):
        same = [provider for name, provider in self.providers if name == tracking["carrier"].lower()]
        body = {"tracking_number": tracking["number"], "order_line_item_ids": list(lines)}
        body["shipping_provider_id"] = (same or [self.providers[0][1]])[0]
        path = f"/fulfillment/202309/orders/{order}/packages"

        def answered(data):
            done(data)
            self.write_next()

        self.writes.add(lambda: self.request("POST", path, body=body), answered)

    def cancel(self, order):
        body = {"order_id": order, "cancel_reason": "seller_cancel_reason_out_of_stock"}
        path = "/return_refund/202602/cancellations"
        self.writes.add(lambda: self.request("POST", path, body=body), lambda data: self.write_next())


class Custom(Channel):
    """The generic channel (docs/custom.md). All its calls share one bucket."""

    api_limit = (5, 2)
    poll_limit = (5, 1)
    write_limit = (25, 6)
    states = {"pending": "held", "open": "open", "fulfilled": "shipped", "cancelled": "cancelled"}

    def request(self, method, path, body=None):
        headers = {"authorization": "Bearer " + self.keys["token"]}
        if body is None:
            return method, self.config["base_urls"]["api"] + path, headers, ""
        return method, self.config["base_urls"]["api"] + path, json_headers(headers), json.dumps(body)

    def token_request(self):
        return self.request("GET", "/v1/shop")

    def token_of(self, data):
        return self.keys["token"], 365 * 86_400 * SECOND  # It does not expire.

    def verdict(self, status, data):
        return "sign in" if status == 401 else super().verdict(status, data)

    def set_up(self):
        hook = {"url": self.config["callback_url"], "topics": ["order.created", "order.updated"]}
        self.api.add(lambda: self.request("POST", "/v1/webhooks", hook), lambda data: None)
        self.get_ready()

    def write(self, skus):
        path = f"/v1/products/{quote(skus[0], safe='')}/quantity"
        return self.request("PUT", path, {"quantity": max(self.count(skus[0]), 0)})

    def poll_request(self, since, page):
        query = {"updated_since": self.calendar(since).strftime("%Y-%m-%dT%H:%M:%SZ"), "limit": 100}
        if page:
            query["cursor"] = page
        return self.request("GET", "/v1/orders?" + urlencode(query))

    def rows_of(self, data):
        return listed(data["orders"]), data["next_cursor"]

    def fetch_request(self, order_id):
        return self.request("GET", "/v1/orders/" + order_id)

    def id_of(self, row):
        return text(row["id"])

    def order_of(self, row):
        lines = [
            (text(line["id"]), self.sku_of(line["sku"]), whole(line["quantity"]) - whole(line.get("cancelled_quantity") or 0))
            for line in row["lines"]
        ]
        return self.states.get(text(row["status"])), lines, ship_to(row.get("ship_to"), "country", "postal_code")

    def delivered(self, headers, body):
        digest = hmac.new(self.keys["webhook_secret"].encode(), body.encode(), hashlib.sha256).hexdigest()
        if not self.signed("sha256=" + digest, headers.get("x-signature", "")):
            return False
        read = lambda row: (self.id_of(row["order"]), row["order"])
        for order_id, order in self.readable([read_json(body)], read, "webhooks in an unknown form"):
            if "lines" in order:
                self.take_order(order_id, order)
            else:
                self.fetch(order_id)
        return True

    def confirm(self, order, lines, tracking, shipped_at, done):
        rows = [{"id": line, "quantity": units} for line, units in lines.items()]
        body = {"carrier": tracking["carrier"], "tracking_number": tracking["number"], "lines": rows}
        self.api.add(lambda: self.request("POST", f"/v1/orders/{order}/fulfillments", body), done)

    def cancel(self, order):
        body = {"restock": False}
        self.api.add(lambda: self.request("POST", f"/v1/orders/{order}/cancel", body), lambda data: None)


class Warehouse(System):
    """The merchant's own stock system (docs/warehouse-openapi.yaml)."""

    def __init__(self, engine, config):
        super().__init__(engine, "warehouse")
        self.token = config["token"]
        self.reads = self.lane(40, 20)
        self.orders = self.lane(40, 20)
        self.waiting = {}  # Orders to be reserved.
        self.batch = None  # What was asked for those that are being reserved.
        self.alone = set()  # Orders of a request that was refused as a whole: each is sent by itself.

    def request(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self.token}"}
        if body is None:
            return method, path, headers, ""
        return method, path, json_headers(headers), json.dumps(body)

    def read_stock(self):
        names = [channel.name for channel in self.engine.channels.values()]

        def read(data):
            # Stock that only some channels may sell (Amazon's own warehouses) is nothing to mirror.
            return {
                place["id"]
                for place in data["locations"]
                if place["fulfilled_by"] == "merchant"
                and ("*" in place["channels"] or all(name in place["channels"] for name in names))
            }

        def located(shared):
            self.shared = shared
            self.read_stock_page(None)

        self.reads.ask(lambda: self.request("GET", "/v1/locations"), located, read)

    def read_stock_page(self, after):
        path = "/v1/stock?limit=1000" + (f"&after={quote(after, safe='')}" if after else "")

        def done(found):
            rows, following, cursor = found
            read = lambda row: (text(row["location"]), text(row["sku"]), whole(row["available"], lowest=None))
            for location, sku, available in self.readable(rows, read, "stock in an unknown form"):
                if location in self.shared and sku in self.engine.left:
                    self.engine.left[sku] += available
            if following:
                self.read_stock_page(following)
            else:
                self.cursor = cursor
                self.engine.stock_read()
                self.follow()

        self.reads.ask(lambda: self.request("GET", path), done, lambda data: (listed(data["stock"]), data.get("next"), whole(data["cursor"])))

    def follow(self):
        kinds = "received,damaged,recounted,returned,shipped"

        def read(change):
            parcel = None
            if change["kind"] == "shipped":
                tracking = {"carrier": text(change["tracking"]["carrier"]), "number": text(change["tracking"]["number"])}
                parcel = (change.get("channel"), change.get("order_id"), change.get("line_id"), tracking, text(change["at"]))
            return text(change["sku"]), text(change["location"]), whole(change["units"], lowest=None), parcel

        def done(found):
            changes, following, more = found or ([], self.cursor, False)
            self.engine.changed(self.readable(changes, read, "changes of stock in an unknown form"), self.shared)
            self.cursor = following
            if more:
                self.follow()
            else:
                self.harness.after(30 * SECOND, self.follow)

        self.reads.add(
            lambda: self.request("GET", f"/v1/changes?after={self.cursor}&limit=500&kinds={kinds}"),
            done,
            lambda data: (listed(data["changes"]), whole(data["next"]), data["more"]),
        )

    def allocate(self, order):
        self.waiting[order.key] = order
        if len(self.waiting) == 1:
            self.orders.add(self.allocate_request, self.allocated, self.results_of)

    def allocate_request(self):
        # Made when the call first leaves; a repetition is the same one, and then hears the same answer.
        if self.batch is None:
            for key in [key for key, order in self.waiting.items() if order.has_nothing_left()]:
                del self.waiting[key]
            self.batch = {order.key: order.reservation() for order in self.next_orders()}
        return self.request("POST", "/v1/allocations", {"allocations": list(self.batch.values())}) if self.batch else None

    def next_orders(self):
        first = next(iter(self.waiting.values()), None)
        if first is None or first.key in self.alone:
            return [first] if first else []
        return list(islice((order for order in self.waiting.values() if order.key not in self.alone), 100))

    def results_of(self, data):
        def read(row):
            reserved = Counter()
            for line in row["lines"]:
                reserved[text(line["line_id"])] += whole(line["units"])
            return (text(row["channel"]), text(row["order_id"])), row.get("allocation"), text(row["status"]), reserved

        return self.readable(listed(data["results"]), read, "reservations in an unknown form")

    def allocated(self, results):
        batch, self.batch = self.batch, None
        if results is None and len(batch) > 1:
            # One order that is refused takes the whole request with it: the others are not to suffer for it.
            self.alone.update(batch)
        else:
            for key in batch:
                del self.waiting[key]
                self.alone.discard(key)
                if results is None:
                    self.note("orders refused by the warehouse", f"order {key[1]} of {key[0]} is not reserved, and goes on without")
        for key, allocation, status, reserved in results or []:
            if key in batch:
                self.engine.allocated(self.engine.orders[key], allocation, status, reserved)
        if self.waiting:
            self.orders.add(self.allocate_request, self.allocated, self.results_of)

    def release(self, allocation):
        self.orders.add(lambda: self.request("POST", "/v1/releases", {"allocations": [allocation]}), lambda data: None)

    def cancel(self, allocation, too_late):
        """Gives back all units; `too_late` is for when one of them has left already."""
        path = f"/v1/allocations/{allocation}/cancel"
        answered = lambda is_done: is_done is False and too_late()
        self.orders.add(lambda: self.request("POST", path, {}), answered, lambda data: data["cancelled"])

    def reduce(self, allocation, lines, too_late):
        """Gives back what is not among the units that are still wanted of each line; `too_late` as above."""
        rows = [{"line_id": line, "units": units} for line, units in lines.items()]
        path = f"/v1/allocations/{allocation}/reduce"
        answered = lambda is_done: is_done is False and too_late()
        self.orders.add(lambda: self.request("POST", path, {"lines": rows}), answered, lambda data: data["reduced"])


class Order:
    """An order as the kit has seen it."""

    def __init__(self, channel, order_id, state, lines, ship_to):
        self.channel = channel
        self.order_id = order_id
        self.key = (channel.name, order_id)
        self.state = state  # "held" (sold, may not be shipped yet), "open", "shipped" or "cancelled".
        self.lines = list(lines)  # (line id, SKU, units that are still wanted) each.
        self.ship_to = ship_to  # Country and postal code, where the platform tells.
        self.is_held = state == "held"
        self.is_shipped = False
        self.allocation = None
        self.confirmed = Counter()  # Units of each line that the platform was told to have left.
        self.freed = Counter()  # Units of each SKU that were counted as free before the warehouse's answer was there.

    def units(self):
        """(SKU, units) of each line."""
        return [(sku, units) for _, sku, units in self.lines]

    def has_nothing_left(self):
        return not any(units for _, _, units in self.lines)

    def wanted(self):
        """The units that are still wanted of each line."""
        return {line: units for line, _, units in self.lines}

    def reservation(self):
        """What is asked of the warehouse: the lines of which units are still wanted."""
        request = {"channel": self.channel.name, "order_id": self.order_id, "hold": self.is_held}
        if self.ship_to:
            request["ship_to"] = self.ship_to
        request["lines"] = [{"line_id": line, "sku": sku, "units": units} for line, sku, units in self.lines if units > 0]
        return request

    def take_out(self, lines):
        """Lowers lines to what a newer sight of the order says; gives what was taken out, by SKU. What a sight does not name, or
        names with more units, is as it was: sights arrive late, and a list may be a part."""
        wanted = {line: units for line, _, units in lines}
        taken = Counter()
        for place, (line, sku, units) in enumerate(self.lines):
            now = wanted.get(line, units)
            if now < units:
                self.lines[place] = (line, sku, now)
                taken[sku] += units - now
        return taken

    def to_confirm(self, parcel):
        """The units of a parcel that the platform still waits for."""
        rest = {line: units - self.confirmed[line] for line, units in self.wanted().items()}
        wanted = {line: min(units, rest.get(line, 0)) for line, units in parcel.items()}
        return {line: units for line, units in wanted.items() if units > 0}


class Engine:
    """A sync engine. Override `on_change`, or the hooks that call it."""

    platforms = {"shopify": Shopify, "amazon": Amazon, "tiktok_shop": TiktokShop, "custom": Custom}

    def __init__(self, harness, config):
        self.harness = harness
        self.config = config
        self.epoch = config["epoch_unix_micros"]
        self.seed = config["seed"]
        self.skus = config["skus"]
        # What is left of each SKU by all that is known: the warehouse's stock, less what was sold, with what came back.
        self.left = dict.fromkeys(self.skus, 0)
        self.orders = {}
        self.notes = Counter()  # What could not be used, by kind.
        self.channels = {}
        for channel in config["channels"]:
            self.channels[channel["name"]] = self.platforms[channel["platform"]](self, channel)
        self.warehouse = Warehouse(self, config["warehouse"])

    # Yours.

    async def on_start(self):
        """The stock has been read, and counts can be set."""
        for sku in self.skus:
            await self.on_change(sku)

    async def on_order(self, order):
        """A sale that was not known before; its units are gone from `left`. `order.channel` has sold it."""
        for sku, _ in order.units():
            await self.on_change(sku)

    async def on_cancel(self, order):
        """An order that was not shipped is cancelled; its units are in `left` again."""
        for sku, _ in order.units():
            await self.on_change(sku)

    async def on_removal(self, order, sku, units):
        """Units were taken out of an order that goes on without them; they are in `left` again."""
        await self.on_change(sku)

    async def on_stock(self, sku, units):
        """The warehouse received, lost, recounted or took back so many units, negative if there are fewer now."""
        await self.on_change(sku)

    async def on_change(self, sku):
        """`left[sku]` is another number now, or the platform has changed what it shows: counts are due."""

    def sleep(self, seconds):
        """Simulated time, to be awaited."""
        slept = Future()
        self.harness.after(int(seconds * SECOND), lambda: slept.resolve(None))
        return slept

    @property
    def now(self):
        """Simulated seconds since the start."""
        return self.harness.now / SECOND

    # The kit's.

    def start(self):
        for channel in self.channels.values():
            channel.sign_in()
        self.warehouse.read_stock()

    def stock_read(self):
        spawn(self.on_start())
        for channel in self.channels.values():
            channel.set_up()

    def delivered(self, channel, headers, body):
        return self.channels[channel].delivered(headers, body)

    def note(self, kind, text):
        """Counts what could not be used, and tells the first of each kind."""
        self.notes[kind] += 1
        if self.notes[kind] <= TOLD_IN_FULL:
            print(f"{kind}: {text}", file=sys.stderr)
        elif self.notes[kind] == TOLD_IN_FULL + 1:
            print(f"{kind}: further ones are counted, and told at the end", file=sys.stderr)

    def tell_notes(self):
        for kind, times in self.notes.items():
            print(f"in all: {kind}: {times}", file=sys.stderr)
        for channel in self.channels.values():
            if channel.unread:
                shown = ", ".join(list(channel.unread)[:TOLD_IN_FULL])
                print(f"{channel.name}: {len(channel.unread)} orders cannot be read to this day: {shown}", file=sys.stderr)

    def order_seen(self, channel, order_id, state, lines, address):
        key = (channel.name, order_id)
        if key not in self.orders:
            order = self.orders[key] = Order(channel, order_id, state, lines, address)
            for sku, units in order.units():
                self.left[sku] -= units
            spawn(self.on_order(order))
            # What the platform does not let out yet is reserved all the same, and picked later.
            if state in ("held", "open") and not order.has_nothing_left():
                self.warehouse.allocate(order)
            # One that is seen cancelled for the first time was sold and put back by the platform: counts are due all the same.
            order.state = "open" if state == "cancelled" else state
            self.look_after(order)
        order = self.orders[key]
        if order.state != "cancelled" and state == "cancelled":
            order.state = "cancelled"
            self.give_back(order, Counter(), True)
            return
        if order.state == "held" and state == "open":
            order.state = "open"
            self.release(order)
        if order.state != "cancelled":
            taken = order.take_out(lines)
            if taken:
                self.give_back(order, taken, False)

    def give_back(self, order, taken, is_cancelled):
        """Of a cancelled order all units are free again, of another one those that were taken out. Where its parcel has left, none is;
        but the platform may have put them on sale again by itself, and counts are due all the same."""
        if is_cancelled:
            for sku, units in order.units():
                taken[sku] += units
        is_counted = not order.is_shipped

        def too_late():
            if is_counted:
                self.take_back(taken)

        if order.allocation and is_cancelled:
            self.warehouse.cancel(order.allocation, too_late)
        elif order.allocation:
            self.warehouse.reduce(order.allocation, order.wanted(), too_late)
        elif is_counted:
            order.freed.update(taken)
        if is_counted:
            for sku, units in taken.items():
                self.left[sku] += units
            if is_cancelled:
                spawn(self.on_cancel(order))
            else:
                for sku, units in taken.items():
                    spawn(self.on_removal(order, sku, units))
        else:
            for sku in taken:
                spawn(self.on_change(sku))

    def take_back(self, taken):
        """A parcel has left with them. What was counted as free is not."""
        for sku, units in taken.items():
            self.left[sku] -= units
            spawn(self.on_stock(sku, -units))

    def look_after(self, order):
        """Reads an order that may not be shipped yet again each half hour: that it may be can show in lists when they go no longer
        back that far."""

        def act():
            if order.state == "held":
                order.channel.fetch(order.order_id, lambda: self.look_after(order))

        if order.state == "held":
            self.harness.after(30 * 60 * SECOND, act)

    def release(self, order):
        if order.is_held and order.allocation:
            order.is_held = False
            self.warehouse.release(order.allocation)

    def allocated(self, order, allocation, status, reserved):
        order.allocation = allocation
        wanted = {line: 0 if order.state == "cancelled" else units for line, _, units in order.lines}
        # What was given back while the order was on its way to the warehouse may have left before the answer was there.
        reserved_freed = Counter()
        for line, sku, _ in order.lines:
            reserved_freed[sku] += max(reserved[line] - wanted[line], 0)
        reserved_freed &= order.freed
        too_late = lambda: self.take_back(reserved_freed)
        if allocation and (order.state == "cancelled" or status != "allocated"):
            self.warehouse.cancel(allocation, too_late)
        else:
            # Units may have been taken out while the order was on its way to the warehouse.
            if allocation and any(units > wanted.get(line, 0) for line, units in reserved.items()):
                self.warehouse.reduce(allocation, {line: wanted.get(line, 0) for line in reserved}, too_late)
            if order.state == "open":
                self.release(order)
        if order.state != "cancelled" and status != "allocated":
            # Oversold: the unit is not there. The buyer gets his money back instead.
            order.channel.cancel(order.order_id)

    def changed(self, changes, shared):
        parcels = {}
        for sku, location, units, parcel in changes:
            if parcel is None:
                if location in shared and units and sku in self.left:
                    self.left[sku] += units
                    spawn(self.on_stock(sku, units))
                continue
            channel, order_id, line, tracking, at = parcel
            if (channel, order_id) in self.orders:
                lines = parcels.setdefault((channel, order_id, tracking["number"]), (Counter(), tracking, at))[0]
                lines[line] -= units
        for (channel, order_id, _), (lines, tracking, at) in parcels.items():
            order = self.orders[(channel, order_id)]
            order.is_shipped = True
            self.confirm(order, lines, tracking, at)

    def confirm(self, order, parcel, tracking, at, is_repeated=False):
        """Tells the platform that a parcel has left. It takes no units that were taken out of the order in the meantime: where it
        refuses, the order is read again, and what is left of the parcel is confirmed."""
        lines = order.to_confirm(parcel)
        if not lines:
            return
        order.confirmed.update(lines)

        def done(data):
            if data is None:
                order.confirmed.subtract(lines)
                if is_repeated:
                    self.note("shipments not confirmed", f"{order.channel.name}: order {order.order_id}, parcel {tracking['number']}")
                else:
                    order.channel.fetch(order.order_id, lambda: self.confirm(order, parcel, tracking, at, True))

        order.channel.confirm(order.order_id, lines, tracking, at, done)


def json_headers(more=None):
    return {"content-type": "application/json", **(more or {})}


def read_json(body):
    """The object in a body; None if it is none."""
    try:
        data = json.loads(body)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def alone(value):
    """What stands alone in a list: platforms wrap members now and then."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def text(value):
    """A text, also one that comes as a number."""
    value = alone(value)
    if isinstance(value, bool) or not isinstance(value, (str, int)) or value == "":
        raise ValueError(f"{json.dumps(value)[:40]} is no text")
    return str(value)


def listed(value):
    if not isinstance(value, list):
        raise ValueError(f"{json.dumps(value)[:40]} is no list")
    return value


def whole(value, lowest=0):
    """A whole number, also one that comes as a text."""
    number = int(text(value))
    if lowest is not None and number < lowest:
        raise ValueError(f"{number} is less than {lowest}")
    return number


def told(error):
    """What an error of reading says, for people."""
    return f"no member {error}" if isinstance(error, KeyError) else str(error)


def seconds_of(header):
    """Of a Retry-After; one that is no number of seconds says nothing."""
    return int(header) if header and header.isdigit() else 0


def cursor_of(page):
    return page["endCursor"] if page["hasNextPage"] else None


def ship_to(address, country, postal_code):
    """Where an order goes, for the warehouse to route it. An order without it is one all the same."""
    address = alone(address)
    if not isinstance(address, dict) or not address.get(country) or not address.get(postal_code):
        return None
    return {"country": str(address[country]), "postal_code": str(address[postal_code])}


def tail(gid):
    """The number of gid://shopify/Order/17."""
    return gid.rsplit("/", 1)[-1]


def run(make_engine):
    """Plays an engine, `make_engine(harness, config)`, until the harness has enough."""
    Harness().run(make_engine)
