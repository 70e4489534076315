"""ShopifyAPI: Shopify's own Python SDK over the REST Admin API, with its GraphQL class."""
import base64
import hashlib
import hmac
import http.client
import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pyactiveresource.connection
import shopify

from harness import SEEDED_ORDERS, Receiver, advance, checkout, displayed, equal, eventually, flow, served, step, truth

# point-at-serve
own = served["shopify"]
host, port = own["url"].removeprefix("http://").split(":")
first, rest = host.split(".", 1)
shopify.Session.setup(
    api_key=own["api_key"], secret=own["api_secret"], protocol="http", port=port, myshopify_domain=rest
)


class PlainHttp(urllib.request.HTTPSHandler):
    """The code exchange has `https://` written in; this speaks plain http to the same host and port."""

    def https_open(self, request):
        return self.do_open(http.client.HTTPConnection, request)


urllib.request.install_opener(urllib.request.build_opener(PlainHttp))
session = shopify.Session(first, "2026-07")
# end


def refused(what, call):
    """The status with which a call is refused."""
    try:
        call()
    except pyactiveresource.connection.ConnectionError as error:
        return error.code
    raise AssertionError(f"{what} was not refused")


def steps():
    redirect = {"code": "oversell-code", "shop": own["shop"], "timestamp": str(int(time.time()))}
    message = "&".join(f"{key}={redirect[key]}" for key in sorted(redirect))
    redirect["hmac"] = hmac.new(own["api_secret"].encode(), message.encode(), hashlib.sha256).hexdigest()
    token = session.request_token(redirect)
    truth(token, "a token")
    shopify.ShopifyResource.activate_session(session)
    equal(shopify.Shop.current().myshopify_domain, own["shop"])
    equal(shopify.Limits.credit_limit(), 40)
    truth(shopify.Limits.credit_left() < 40, "the calls are counted")
    step("authenticate", f"code exchange, {shopify.Limits.credit_left()} of {shopify.Limits.credit_limit()} calls left")

    since = (datetime.now(timezone.utc) - timedelta(days=3)).isoformat(timespec="seconds")
    page = shopify.Order.find(limit=7, status="any", updated_at_min=since, order="updated_at asc")
    seen, pages = list(page), 1
    while page.has_next_page():
        page = page.next_page()
        seen += list(page)
        pages += 1
    equal(pages, 5, "pages of 7")
    equal(len(seen), SEEDED_ORDERS, "orders")
    equal(len({it.id for it in seen}), SEEDED_ORDERS, "each order once")
    equal(shopify.Order.count(status="any"), SEEDED_ORDERS, "count")
    step("list orders", f"{len(seen)} in {pages} pages")

    unshipped = next(it for it in seen if it.fulfillment_status is None)
    order = shopify.Order.find(unshipped.id)
    equal(order.name, unshipped.name)
    line = order.line_items[0]
    truth(line.sku.startswith("SKU-"), line.to_dict())
    step("read an order", f"{order.name}, {line.quantity} of {line.sku}")

    variant = shopify.Variant.find(line.variant_id)
    equal(variant.sku, line.sku)
    levels = shopify.InventoryLevel.find(inventory_item_ids=variant.inventory_item_id)
    equal(sum(it.available for it in levels), displayed("shopify", line.sku), "read stock")
    step("read stock", f"{[it.available for it in levels]} of {line.sku}")

    level = levels[0]
    shopify.InventoryLevel.set(level.location_id, level.inventory_item_id, 777)
    adjusted = shopify.InventoryLevel.adjust(level.location_id, level.inventory_item_id, -7)
    equal(adjusted.available, 770)
    levels = shopify.InventoryLevel.find(inventory_item_ids=variant.inventory_item_id)
    equal([it.available for it in levels if it.location_id == level.location_id], [770], "read back")
    equal(sum(it.available for it in levels), displayed("shopify", line.sku))
    step("write stock and read it back", "set to 777, adjusted to 770")

    hooks = Receiver()
    for topic, path in (("orders/create", "/orders-create"), ("orders/fulfilled", "/orders-fulfilled")):
        hook = shopify.Webhook.create({"topic": topic, "address": hooks.url + path, "format": "json"})
        truth(hook.id, hook.errors.full_messages())
    equal({it.topic for it in shopify.Webhook.find()}, {"orders/create", "orders/fulfilled"})
    again = shopify.Webhook.create({"topic": "orders/create", "address": hooks.url + "/orders-create", "format": "json"})
    truth(again.errors.full_messages(), "the same address twice is refused")
    step("register webhooks", f"a second one is refused: {again.errors.full_messages()[0]}")

    def verified(path):
        headers, body = hooks.wait(path)
        wanted = base64.b64encode(hmac.new(own["api_secret"].encode(), body, hashlib.sha256).digest()).decode()
        equal(headers["X-Shopify-Hmac-Sha256"], wanted, "signature")
        equal(headers["X-Shopify-Shop-Domain"], own["shop"])
        return json.loads(body)

    placed = checkout("shopify", "SKU-00007", 2)
    told = verified("/orders-create")
    equal(str(told["id"]), str(placed).rsplit("/", 1)[-1])
    equal(told["line_items"][0]["sku"], "SKU-00007")
    step("receive and verify a webhook", f"orders/create of {told['name']}")

    [fulfillment_order] = shopify.FulfillmentOrders.find(order_id=order.id)
    fulfillment = shopify.fulfillment.FulfillmentV2.create(
        {
            "line_items_by_fulfillment_order": [{"fulfillment_order_id": fulfillment_order.id}],
            "tracking_info": {"number": "1Z999", "company": "UPS"},
        }
    )
    equal(fulfillment.status, "success")
    shipped = shopify.Order.find(order.id)
    equal(shipped.fulfillment_status, "fulfilled")
    equal(shipped.fulfillments[0].tracking_number, "1Z999")
    equal(verified("/orders-fulfilled")["id"], order.id)
    step("confirm a shipment", f"{order.name} is fulfilled, and its webhook came")

    answer = json.loads(shopify.GraphQL().execute("query ($id: ID!) { order(id: $id) { name } }", {"id": f"gid://shopify/Order/{order.id}"}))
    equal(answer["data"]["order"]["name"], order.name)
    step("GraphQL", order.name)

    def ask(_):
        # The active session belongs to a thread.
        shopify.ShopifyResource.activate_session(session)
        try:
            return shopify.Order.find(order.id).id
        except pyactiveresource.connection.ClientError as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(ask, range(100)))
    refusals = [it for it in outcomes if isinstance(it, pyactiveresource.connection.ClientError)]
    truth(refusals, "a hundred calls at once exceed the bucket")
    equal({it.code for it in refusals}, {429})
    truth(all(float(it.response.headers["Retry-After"]) > 0 for it in refusals), "Retry-After")
    equal(refused("one more call", lambda: [shopify.Order.find(order.id) for _ in range(40)]), 429)
    advance("1min")
    equal(shopify.Order.find(order.id).id, order.id)
    step("be throttled and recover", f"{len(refusals)} of 100 refused, served after a minute")


flow(steps)
