"""A kit for sync engines in Python that speak the stepped protocol (docs/engine-protocol.md): copy this one file beside yours.

    from oversell_kit import Engine, run

    class Mine(Engine):
        async def on_change(self, sku):
            for channel in self.channels.values():
                channel.set_quantity(sku, max(self.left[sku], 0))

    run(Mine)

What an engine decides is a method of yours; what it need not decide, the kit does: it signs in to Shopify, Amazon and TikTok
Shop, reads the stock, takes orders from webhooks (Shopify, TikTok Shop) and from polling, each once, has the warehouse
reserve their units, confirms what was shipped, and cancels what cannot be. Calls keep to the published limits, and are sent
again when they were refused for haste or had no answer. docs/first-engine.md goes through it step by step.

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
from collections import deque
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

SECOND = 1_000_000


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

    def add(self, request, done):
        """`request()` gives (method, url, headers, body) when the call leaves; `done(data)` gets the JSON answer."""
        self.jobs.append((request, done))
        self.go_on()

    def go_on(self):
        if not self.jobs or self.busy or self.system.token is None:
            return
        self.busy = True
        now = self.system.harness.now
        self.level = min(self.level + (now - self.filled_at) * self.rate / SECOND, self.burst)
        self.filled_at = now
        if self.level < 1:
            self.try_again(int((1 - self.level) / self.rate * SECOND) + 1)
        else:
            self.level -= 1
            self.system.harness.call(self.system.name, *self.jobs[0][0](), self.answered)

    def answered(self, status, headers, body):
        data = read_json(body)
        verdict = "again" if status is None or status >= 500 else self.system.verdict(status, data)
        if verdict == "again":
            self.level = 0
            self.try_again(int(headers.get("retry-after") or 0) * SECOND or int(SECOND / self.rate))
            return
        self.busy = False
        if verdict == "sign in":
            self.system.sign_in()
            return
        done = self.jobs.popleft()[1]
        if verdict != "ok":
            print(f"{self.system.name}: {status} {body[:200]}", file=sys.stderr)
        done(data if verdict == "ok" else None)
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

    def verdict(self, status, data):
        """ok, no (for good), again, or sign in."""
        return "ok" if status < 300 else "again" if status == 429 else "no"


class Channel(System):
    """A shop. Subclasses know the platform."""

    # The published limits, each as (calls at once, calls a second).
    api_limit = poll_limit = write_limit = (10, 10)
    rows_per_write = 1

    def __init__(self, engine, config):
        super().__init__(engine, config["name"])
        self.config = config
        self.keys = config["credentials"]
        self.api = self.lane(*self.api_limit)
        self.polls = self.lane(*self.poll_limit)
        self.writes = self.lane(*self.write_limit)
        self.quantities = {}  # What each SKU is to show.
        self.dirty = {}  # SKUs to be written, in order.
        self.promises = {}  # What is resolved when a SKU has been written.
        self.ready = False
        self.signing_in = False
        self.polled_at = 0
        lag = config["bounds"]["order_visibility_lag_micros"]
        # Lists of orders lag. The longest lag would read too much of them again and again.
        self.overlap = min(30 * 60 * SECOND if lag is None else lag, 30 * 60 * SECOND)

    # Signing in.

    def sign_in(self):
        if not self.signing_in:
            self.signing_in = True
            self.token = None
            self.ask_for_token()

    def ask_for_token(self):
        self.harness.call(self.name, *self.token_request(), self.token_answered)

    def token_answered(self, status, headers, body):
        data = read_json(body)
        if status == 200 and data:
            token, lifetime = self.token_of(data)
            self.signing_in = False
            self.signed_in(token)
            self.harness.after(max(lifetime - 120 * SECOND, 60 * SECOND), self.sign_in)
        else:
            self.harness.after(5 * SECOND, self.ask_for_token)

    # Counts.

    def set_quantity(self, sku, units):
        """Shows `units` of a SKU on this channel. Counts wait for the limits of the platform; a newer count takes the place of
        one that waits. Can be awaited: whether the platform took it."""
        self.quantities[sku] = units
        promise = self.promises.setdefault(sku, Future())
        self.touch(sku)
        return promise

    def count(self, sku):
        return self.quantities.get(sku, 0)

    def touch(self, sku):
        self.dirty[sku] = None
        self.write_next()

    def write_next(self):
        if self.dirty and self.ready and not self.writes.jobs:
            skus = list(self.dirty)[: self.rows_per_write]
            for sku in skus:
                del self.dirty[sku]
            promises = [self.promises.pop(sku) for sku in skus if sku in self.promises]

            def done(data):
                for promise in promises:
                    promise.resolve(data is not None)
                self.write_next()

            # The counts are read when the call leaves, so that a late write carries the newest ones.
            self.writes.add(lambda: self.write(skus), done)

    # Orders.

    def get_ready(self):
        self.ready = True
        self.write_next()
        self.poll()

    def poll(self):
        started = self.harness.now
        self.poll_page(max(self.polled_at - self.overlap, 0), None, started)

    def poll_page(self, since, page, started):
        def done(data):
            orders, following = self.orders_of(data) if data else ([], None)
            for order in orders:
                self.engine.order_seen(self, *order)
            if following:
                self.poll_page(since, following, started)
            else:
                if data:
                    self.polled_at = started
                self.harness.after(self.config["poll_orders_every_micros"], self.poll)

        self.polls.add(lambda: self.poll_request(since, page), done)

    def calendar(self, now):
        return datetime.fromtimestamp((self.engine.epoch + now) / SECOND, timezone.utc)


class Shopify(Channel):
    rows_per_write = 100
    path = "/admin/api/2026-10/graphql.json"
    order_fields = (
        "id cancelledAt displayFulfillmentStatus shippingAddress{countryCodeV2 zip}"
        " lineItems(first:50){nodes{id sku quantity}}"
    )

    def token_request(self):
        body = {"client_id": self.keys["api_key"], "client_secret": self.keys["api_secret"]}
        body["grant_type"] = "client_credentials"
        return "POST", "/admin/oauth/access_token", json_headers(), json.dumps(body)

    def token_of(self, data):
        return data["access_token"], data.get("expires_in", 86_400) * SECOND

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
        self.api.add(lambda: self.graphql("query{locations(first:1){nodes{id}}}"), self.located)
        subscribe = (
            "mutation($topic:WebhookSubscriptionTopic!,$subscription:WebhookSubscriptionInput!)"
            "{webhookSubscriptionCreate(topic:$topic,webhookSubscription:$subscription){userErrors{message}}}"
        )
        hook = {"uri": self.config["callback_url"], "format": "JSON"}
        for topic in ["ORDERS_CREATE", "ORDERS_CANCELLED"]:
            self.api.add(lambda topic=topic: self.graphql(subscribe, topic=topic, subscription=hook), lambda data: None)
        self.read_catalogue(None)

    def located(self, data):
        self.location = data["data"]["locations"]["nodes"][0]["id"]

    def read_catalogue(self, after):
        query = (
            "query($after:String){productVariants(first:250,after:$after)"
            "{nodes{sku inventoryItem{id}}pageInfo{hasNextPage endCursor}}}"
        )

        def done(data):
            variants = data["data"]["productVariants"]
            for variant in variants["nodes"]:
                self.items.setdefault(variant["sku"], variant["inventoryItem"]["id"])
            if variants["pageInfo"]["hasNextPage"]:
                self.read_catalogue(variants["pageInfo"]["endCursor"])
            else:
                self.get_ready()

        self.api.add(lambda: self.graphql(query, after=after), done)

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

    def orders_of(self, data):
        page = data["data"]["orders"]
        orders = []
        for order in page["nodes"]:
            address = order["shippingAddress"] or {}
            fulfilled = order["displayFulfillmentStatus"] == "FULFILLED"
            state = "cancelled" if order["cancelledAt"] else "shipped" if fulfilled else "open"
            lines = [(tail(line["id"]), line["sku"], line["quantity"]) for line in order["lineItems"]["nodes"]]
            orders.append((tail(order["id"]), state, lines, ship_to(address.get("countryCodeV2"), address.get("zip"))))
        return orders, page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None

    def delivered(self, headers, body):
        digest = hmac.new(self.keys["api_secret"].encode(), body.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(base64.b64encode(digest).decode(), headers.get("x-shopify-hmac-sha256", "")):
            return False
        order = json.loads(body)
        address = order.get("shipping_address") or {}
        state = "cancelled" if order.get("cancelled_at") else "open"
        lines = [(str(line["id"]), line["sku"], line["quantity"]) for line in order["line_items"]]
        address = ship_to(address.get("country_code"), address.get("zip"))
        self.engine.order_seen(self, str(order["id"]), state, lines, address)
        return True

    def confirm(self, order, lines, tracking, shipped_at):
        query = (
            "query($id:ID!){order(id:$id){fulfillmentOrders(first:3){nodes{id status lineItems(first:50)"
            "{nodes{id remainingQuantity lineItem{id}}}}}}}"
        )
        mutation = (
            "mutation($fulfillment:FulfillmentInput!)"
            "{fulfillmentCreate(fulfillment:$fulfillment){userErrors{message}}}"
        )

        def found(data):
            parts = []
            for part in ((data or {}).get("data", {}).get("order") or {}).get("fulfillmentOrders", {}).get("nodes", []):
                rows = []
                for row in part["lineItems"]["nodes"]:
                    units = min(lines.get(tail(row["lineItem"]["id"]), 0), row["remainingQuantity"])
                    if units > 0:
                        rows.append({"id": row["id"], "quantity": units})
                if rows and part["status"] in ("OPEN", "IN_PROGRESS"):
                    parts.append({"fulfillmentOrderId": part["id"], "fulfillmentOrderLineItems": rows})
            if parts:
                info = {"company": tracking["carrier"], "number": tracking["number"]}
                fulfillment = {"lineItemsByFulfillmentOrder": parts, "notifyCustomer": False, "trackingInfo": info}
                self.api.add(lambda: self.graphql(mutation, fulfillment=fulfillment), lambda data: None)

        self.api.add(lambda: self.graphql(query, id=f"gid://shopify/Order/{order}"), found)

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
    states = {"UNSHIPPED": "open", "PARTIALLY_SHIPPED": "open", "SHIPPED": "shipped", "CANCELLED": "cancelled"}

    def token_request(self):
        form = {"grant_type": "refresh_token", "refresh_token": self.keys["refresh_token"]}
        form.update(client_id=self.keys["lwa_client_id"], client_secret=self.keys["lwa_client_secret"])
        headers = {"content-type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return "POST", self.config["base_urls"]["token"] + "/auth/o2/token", headers, urlencode(form)

    def token_of(self, data):
        return data["access_token"], data["expires_in"] * SECOND

    def request(self, method, path, body=None):
        headers = {"x-amz-access-token": self.token, "user-agent": "oversell-kit/1.0 (Language=Python)"}
        if body is not None:
            headers = json_headers(headers)
        return method, self.config["base_urls"]["api"] + path, headers, json.dumps(body) if body is not None else ""

    def verdict(self, status, data):
        if status == 401 or (status == 403 and "expired" in json.dumps(data)):
            return "sign in"
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
        query["includedData"] = "FULFILLMENT,RECIPIENT"
        if page:
            query["paginationToken"] = page
        return self.request("GET", "/orders/2026-01-01/orders?" + urlencode(query, safe=","))

    def orders_of(self, data):
        orders = []
        for order in data["orders"]:
            fulfillment = order.get("fulfillment") or {}
            if fulfillment.get("fulfilledBy") == "AMAZON":
                continue  # Sold and shipped from Amazon's own warehouse.
            address = (order.get("recipient") or {}).get("deliveryAddress") or {}
            lines = [
                (str(item["orderItemId"]), item["product"]["sellerSku"], item["quantityOrdered"])
                for item in order["orderItems"]
            ]
            # Pending orders are sales already, but may not be shipped yet.
            state = self.states.get(fulfillment.get("fulfillmentStatus"), "held")
            address = ship_to(address.get("countryCode"), address.get("postalCode"))
            orders.append((order["orderId"], state, lines, address))
        return orders, (data.get("pagination") or {}).get("nextToken")

    def delivered(self, headers, body):
        return False  # Amazon has no webhooks; its queue is left out here.

    def confirm(self, order, lines, tracking, shipped_at):
        detail = {
            "packageReferenceId": str(int(hashlib.sha256(tracking["number"].encode()).hexdigest()[:7], 16) + 1),
            "carrierCode": tracking["carrier"],
            "trackingNumber": tracking["number"],
            "shipDate": shipped_at,
            "orderItems": [{"orderItemId": line, "quantity": units} for line, units in lines.items()],
        }
        body = {"marketplaceId": self.keys["marketplace_id"], "packageDetail": detail}
        path = f"/orders/v0/orders/{order}/shipmentConfirmation"
        self.api.add(lambda: self.request("POST", path, body), lambda data: None)

    def cancel(self, order):
        pass  # There is no call for it; people do it in Seller Central.


class TiktokShop(Channel):
    api_limit = (2, 0.5)
    fetch_limit = (10, 10)
    poll_limit = (5, 5)
    write_limit = (1, 1.8)  # 2 a second; a little less, because the way there is not always equally long.
    states = {"UNPAID": "held", "ON_HOLD": "held", "AWAITING_SHIPMENT": "open", "PARTIALLY_SHIPPING": "open"}
    states.update({"CANCELLED": "cancelled", "CANCEL": "cancelled"})

    def token_request(self):
        query = {"grant_type": "refresh_token", "app_key": self.keys["app_key"], "app_secret": self.keys["app_secret"]}
        query["refresh_token"] = self.keys["refresh_token"]
        return "GET", self.config["base_urls"]["token"] + "/api/v2/token/refresh?" + urlencode(query), {}, ""

    def token_of(self, data):
        data = data["data"]
        self.keys["refresh_token"] = data.get("refresh_token") or self.keys["refresh_token"]
        # An instant of Unix time, in spite of its name.
        expires_at = data["access_token_expire_in"] * SECOND
        return data["access_token"], expires_at - self.engine.epoch - self.harness.now

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
        if status == 401 or code in (105002, 101000):
            return "sign in"
        if status == 429 or code in (36009002, 36009037, 12052109):
            return "again"
        answer = (data or {}).get("data")
        failed = isinstance(answer, dict) and answer.get("errors")  # Rows that were not taken, beside those that were.
        return "ok" if code == 0 and not failed else "no"

    def set_up(self):
        self.fetches = self.lane(*self.fetch_limit)
        self.listings = {}
        self.warehouse = self.provider = None
        self.api.add(lambda: self.request("GET", "/logistics/202309/warehouses"), self.warehouses_read)
        hook = {"address": self.config["callback_url"], "event_type": "ORDER_STATUS_CHANGE"}
        self.api.add(lambda: self.request("PUT", "/event/202309/webhooks", body=hook), lambda data: None)

    def warehouses_read(self, data):
        own = [row for row in data["data"]["warehouses"] if row.get("type", "SALES_WAREHOUSE") == "SALES_WAREHOUSE"]
        self.warehouse = max(own, key=lambda row: row.get("is_default", False))["id"]
        path = f"/logistics/202309/warehouses/{self.warehouse}/delivery_options"
        self.api.add(lambda: self.request("GET", path), self.options_read)

    def options_read(self, data):
        option = data["data"]["delivery_options"][0]["id"]
        path = f"/logistics/202309/delivery_options/{option}/shipping_providers"
        self.api.add(lambda: self.request("GET", path), self.providers_read)

    def providers_read(self, data):
        self.providers = data["data"]["shipping_providers"]
        self.read_catalogue(None)

    def read_catalogue(self, page):
        query = {"page_size": "100"}
        if page:
            query["page_token"] = page

        def done(data):
            for product in data["data"].get("products") or []:
                for sku in product["skus"]:
                    places = [row["warehouse_id"] for row in sku.get("inventory") or []] or [self.warehouse]
                    places.sort(key=lambda place: place != self.warehouse)
                    self.listings.setdefault(sku["seller_sku"], (product["id"], sku["id"], places))
            following = data["data"].get("next_page_token")
            if following:
                self.read_catalogue(following)
            else:
                self.get_ready()

        self.api.add(lambda: self.request("POST", "/product/202502/products/search", query, {}), done)

    def write(self, skus):
        product, listing, places = self.listings[skus[0]]
        # Every warehouse of the listing must be named; the default one holds the whole count.
        count = min(self.count(skus[0]), 99_999)
        rows = [{"warehouse_id": place, "quantity": 0 if at else count} for at, place in enumerate(places)]
        path = f"/product/202309/products/{product}/inventory/update"
        return self.request("POST", path, body={"skus": [{"id": listing, "inventory": rows}]})

    def poll_request(self, since, page):
        query = {"page_size": "100", "sort_field": "update_time", "sort_order": "ASC"}
        if page:
            query["page_token"] = page
        since = (self.engine.epoch + since) // SECOND
        return self.request("POST", "/order/202309/orders/search", query, {"update_time_ge": since})

    def orders_of(self, data):
        orders = []
        for order in data["data"].get("orders") or []:
            address = order.get("recipient_address") or {}
            lines = [(line["id"], line["seller_sku"], 1) for line in order["line_items"]]
            state = self.states.get(order["status"], "shipped")
            orders.append((order["id"], state, lines, ship_to(address.get("region_code"), address.get("postal_code"))))
        return orders, data["data"].get("next_page_token")

    def delivered(self, headers, body):
        text = self.keys["app_key"] + body
        digest = hmac.new(self.keys["app_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(digest, headers.get("authorization", "")):
            return False
        order = str(json.loads(body)["data"]["order_id"])  # No lines in it: the order must be fetched.

        def done(data):
            for found in self.orders_of(data)[0] if data else []:
                self.engine.order_seen(self, *found)

        self.fetches.add(lambda: self.request("GET", "/order/202507/orders", {"ids": order}), done)
        return True

    def confirm(self, order, lines, tracking, shipped_at):
        same = [row for row in self.providers if row["name"].lower() == tracking["carrier"].lower()]
        body = {"tracking_number": tracking["number"], "order_line_item_ids": list(lines)}
        body["shipping_provider_id"] = (same or self.providers)[0]["id"]
        path = f"/fulfillment/202309/orders/{order}/packages"
        self.writes.add(lambda: self.request("POST", path, body=body), lambda data: self.write_next())

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

    def order_of(self, order):
        lines = [(line["id"], line["sku"], line["quantity"]) for line in order["lines"]]
        address = ship_to(order["ship_to"]["country"], order["ship_to"]["postal_code"])
        return order["id"], self.states.get(order["status"], "held"), lines, address

    def orders_of(self, data):
        return [self.order_of(order) for order in data["orders"]], data["next_cursor"]

    def delivered(self, headers, body):
        digest = hmac.new(self.keys["webhook_secret"].encode(), body.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest("sha256=" + digest, headers.get("x-signature", "")):
            return False
        order = json.loads(body)["order"]
        if "lines" in order:
            self.engine.order_seen(self, *self.order_of(order))
        else:
            found = lambda data: data and self.engine.order_seen(self, *self.order_of(data))
            self.api.add(lambda: self.request("GET", "/v1/orders/" + order["id"]), found)
        return True

    def confirm(self, order, lines, tracking, shipped_at):
        rows = [{"id": line, "quantity": units} for line, units in lines.items()]
        body = {"carrier": tracking["carrier"], "tracking_number": tracking["number"], "lines": rows}
        self.api.add(lambda: self.request("POST", f"/v1/orders/{order}/fulfillments", body), lambda data: None)

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

    def request(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self.token}"}
        if body is None:
            return method, path, headers, ""
        return method, path, json_headers(headers), json.dumps(body)

    def read_stock(self):
        names = [channel.name for channel in self.engine.channels.values()]

        def located(data):
            # Stock that only some channels may sell (Amazon's own warehouses) is nothing to mirror.
            self.shared = {
                place["id"]
                for place in data["locations"]
                if place["fulfilled_by"] == "merchant"
                and ("*" in place["channels"] or all(name in place["channels"] for name in names))
            }
            self.read_stock_page(None)

        self.reads.add(lambda: self.request("GET", "/v1/locations"), located)

    def read_stock_page(self, after):
        path = "/v1/stock?limit=1000" + (f"&after={quote(after, safe='')}" if after else "")

        def done(data):
            for row in data["stock"]:
                if row["location"] in self.shared:
                    self.engine.left[row["sku"]] += row["available"]
            if data.get("next"):
                self.read_stock_page(data["next"])
            else:
                self.cursor = data["cursor"]
                self.engine.stock_read()
                self.follow()

        self.reads.add(lambda: self.request("GET", path), done)

    def follow(self):
        kinds = "received,damaged,recounted,returned,shipped"

        def done(data):
            if data:
                self.engine.changed(data["changes"], self.shared)
                self.cursor = data["next"]
            if data and data["more"]:
                self.follow()
            else:
                self.harness.after(30 * SECOND, self.follow)

        self.reads.add(lambda: self.request("GET", f"/v1/changes?after={self.cursor}&limit=500&kinds={kinds}"), done)

    def allocate(self, channel, order, lines, address, hold):
        request = {"channel": channel.name, "order_id": order, "hold": hold}
        if address:
            request["ship_to"] = address
        request["lines"] = [{"line_id": line, "sku": sku, "units": units} for line, sku, units in lines]
        self.waiting[(channel.name, order)] = request
        if len(self.waiting) == 1:
            self.orders.add(self.allocate_request, self.allocated)

    def allocate_request(self):
        # Taken when the call leaves; a repetition takes the same ones, and then hears the same answer.
        self.batch = list(self.waiting)[:100]
        return self.request("POST", "/v1/allocations", {"allocations": [self.waiting[key] for key in self.batch]})

    def allocated(self, data):
        for key in self.batch:
            del self.waiting[key]
        for result in data["results"] if data else []:
            self.engine.allocated(result)
        if self.waiting:
            self.orders.add(self.allocate_request, self.allocated)

    def release(self, allocation):
        self.orders.add(lambda: self.request("POST", "/v1/releases", {"allocations": [allocation]}), lambda data: None)

    def cancel(self, allocation):
        self.orders.add(lambda: self.request("POST", f"/v1/allocations/{allocation}/cancel", {}), lambda data: None)


class Order:
    """An order as the kit has seen it."""

    def __init__(self, channel, order_id, state, lines, ship_to):
        self.channel = channel
        self.order_id = order_id
        self.state = state  # "held" (sold, may not be shipped yet), "open", "shipped" or "cancelled".
        self.lines = lines  # (line id, SKU, units) each.
        self.ship_to = ship_to  # Country and postal code, where the platform tells.
        self.is_held = state == "held"
        self.is_shipped = False
        self.allocation = None

    def units(self):
        """(SKU, units) of each line."""
        return [(sku, units) for _, sku, units in self.lines]


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

    async def on_stock(self, sku, units):
        """The warehouse received, lost, recounted or took back so many units, negative if there are fewer now."""
        await self.on_change(sku)

    async def on_change(self, sku):
        """`left[sku]` is another number now."""

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

    def order_seen(self, channel, order_id, state, lines, address):
        key = (channel.name, order_id)
        if key not in self.orders:
            order = self.orders[key] = Order(channel, order_id, state, lines, address)
            for sku, units in order.units():
                self.left[sku] -= units
            spawn(self.on_order(order))
            # What the platform does not let out yet is reserved all the same, and picked later.
            if state in ("held", "open"):
                self.warehouse.allocate(channel, order_id, lines, address, state == "held")
            # One that is seen cancelled for the first time was sold and put back by the platform: counts are due all the same.
            order.state = "open" if state == "cancelled" else state
        order = self.orders[key]
        if order.state == "held" and state == "open":
            order.state = "open"
            self.release(order)
        elif order.state != "cancelled" and state == "cancelled":
            order.state = "cancelled"
            if order.allocation:
                self.warehouse.cancel(order.allocation)
            if not order.is_shipped:
                for sku, units in order.units():
                    self.left[sku] += units
                spawn(self.on_cancel(order))

    def release(self, order):
        if order.is_held and order.allocation:
            order.is_held = False
            self.warehouse.release(order.allocation)

    def allocated(self, result):
        order = self.orders[(result["channel"], result["order_id"])]
        order.allocation = result.get("allocation")
        if order.allocation and (order.state == "cancelled" or result["status"] != "allocated"):
            self.warehouse.cancel(order.allocation)
        elif order.state == "open":
            self.release(order)
        if order.state != "cancelled" and result["status"] != "allocated":
            # Oversold: the unit is not there. The buyer gets his money back instead.
            order.channel.cancel(order.order_id)

    def changed(self, changes, shared):
        parcels = {}
        for change in changes:
            if change["kind"] != "shipped":
                if change["location"] in shared and change["units"]:
                    self.left[change["sku"]] += change["units"]
                    spawn(self.on_stock(change["sku"], change["units"]))
            elif (change.get("channel"), change.get("order_id")) in self.orders:
                key = (change["channel"], change["order_id"], change["tracking"]["number"])
                parcel = parcels.setdefault(key, ({}, change["tracking"], change["at"]))
                parcel[0][change["line_id"]] = parcel[0].get(change["line_id"], 0) - change["units"]
        for (channel, order_id, _), (lines, tracking, at) in parcels.items():
            self.orders[(channel, order_id)].is_shipped = True
            self.channels[channel].confirm(order_id, lines, tracking, at)


def json_headers(more=None):
    return {"content-type": "application/json", **(more or {})}


def read_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def ship_to(country, postal_code):
    return {"country": country, "postal_code": postal_code} if country and postal_code else None


def tail(gid):
    """The number of gid://shopify/Order/17."""
    return gid.rsplit("/", 1)[-1]


def run(make_engine):
    """Plays an engine, `make_engine(harness, config)`, until the harness has enough."""
    Harness().run(make_engine)
