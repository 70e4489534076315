"""tiktok-shop-api: a typed client of TikTok Shop's Open API."""
import json
import time
from concurrent.futures import ThreadPoolExecutor

from tiktok_shop_api import TikTokShop, TikTokShopAuth, TikTokShopError, Webhooks
from tiktok_shop_api.generated import models
from tiktok_shop_api.generated.models import GetOrderListSortField, GetOrderListSortOrder

from harness import SEEDED_ORDERS, Receiver, advance, checkout, displayed, equal, eventually, flow, served, step, truth

# point-at-serve
shop = served["tiktok_shop"]
auth = TikTokShopAuth(shop["app_key"], shop["app_secret"], base_url=shop["url"])


def open_client(access_token, shop_cipher=None):
    return TikTokShop(shop["app_key"], shop["app_secret"], access_token, shop_cipher, base_url=shop["url"])
# end


def steps():
    tokens = auth.exchange_code(shop["auth_code"])
    truth(tokens.access_token_expire_in > time.time(), "the token is fresh")
    shops = open_client(tokens.access_token).authorization.get_authorized_shops().data.shops
    equal([it.cipher for it in shops], [shop["shop_cipher"]], "the shops of the token")
    client = open_client(tokens.access_token, shops[0].cipher)
    step("authenticate", f"refresh token, shop {shops[0].name}")

    since = int(time.time()) - 3 * 86_400
    seen, pages, token = [], 0, None
    while True:
        more = {"page_token": token} if token else {}
        page = client.orders.get_order_list(
            body=models.GetOrderListRequest(update_time_ge=since),
            page_size=7,
            sort_field=GetOrderListSortField("update_time"),
            sort_order=GetOrderListSortOrder("ASC"),
            **more,
        ).data
        equal(page.total_count, SEEDED_ORDERS, "total_count")
        seen += page.orders
        pages += 1
        token = page.next_page_token
        if not token:
            break
    equal(pages, 5, "pages of 7")
    equal(len({it.id for it in seen}), SEEDED_ORDERS, "each order once")
    equal(len(seen), SEEDED_ORDERS, "orders")
    times = [it.update_time for it in seen]
    equal(times, sorted(times), "oldest change first")
    step("list orders", f"{len(seen)} in {pages} pages")

    unshipped = next(it for it in seen if str(it.status) == "AWAITING_SHIPMENT")
    [order] = client.orders.get_order_detail(ids=[unshipped.id]).data.orders
    equal(order.id, unshipped.id)
    line = order.line_items[0]
    truth(line.seller_sku.startswith("SKU-"), line)
    both = client.orders.get_order_detail(ids=[seen[0].id, seen[1].id]).data.orders
    equal({it.id for it in both}, {seen[0].id, seen[1].id}, "two orders in one request")
    step("read an order", f"{order.id}, {line.seller_sku}; two in one request")

    def stock():
        found = client.products.inventory_search(body=models.InventorySearchRequest(sku_ids=[line.sku_id])).data
        [product] = found.inventory
        [sku] = [it for it in product.skus if it.id == line.sku_id]
        return product, sku

    product, sku = stock()
    equal(sku.total_available_quantity, displayed("tiktok_shop", line.seller_sku), "read stock")
    step("read stock", f"{sku.total_available_quantity} of {sku.seller_sku}")

    # All warehouses of a shop must be listed.
    shares = [777] + [0] * (len(sku.warehouse_inventory) - 1)
    written = [
        {"warehouse_id": it.warehouse_id, "quantity": share} for it, share in zip(sku.warehouse_inventory, shares)
    ]
    answer = client.products.update_inventory(
        product.product_id,
        body=models.UpdateInventoryRequest.from_dict(
            {"skus": [{"id": sku.id, "inventory": written}]}
        ),
    )
    truth(not answer.data or not getattr(answer.data, "errors", None), answer)
    eventually("the written count", lambda: stock()[1].total_available_quantity == 777, between="1s")
    equal(displayed("tiktok_shop", line.seller_sku), 777)
    step("write stock and read it back", "777")

    hooks = Receiver()
    for event, path in (("ORDER_STATUS_CHANGE", "/order"), ("PACKAGE_UPDATE", "/package")):
        client.event.update_shop_webhook(
            body=models.UpdateShopWebhookRequest.from_dict({"event_type": event, "address": hooks.url + path})
        )
    registered = client.event.get_shop_webhooks().data.webhooks
    equal({str(it.event_type) for it in registered}, {"ORDER_STATUS_CHANGE", "PACKAGE_UPDATE"}, "registered")
    step("register webhooks", ", ".join(it.address for it in registered))

    placed = checkout("tiktok_shop", "SKU-00007", 2)
    headers, body = hooks.wait("/order", lambda _, body: json.loads(body)["data"]["order_id"] == placed)
    event = Webhooks.verify_and_parse(
        app_key=shop["app_key"], app_secret=shop["app_secret"], raw_body=body, signature=headers["Authorization"]
    )
    equal(event.data.order_id, placed)
    truth(
        not Webhooks.verify(
            app_key=shop["app_key"], app_secret=shop["app_secret"], raw_body=body + b" ", signature=headers["Authorization"]
        ),
        "another body is refused",
    )
    step("receive and verify a webhook", f"{type(event).__name__} of {placed}")

    providers = client.logistics.get_shipping_providers(order.delivery_option_id).data.shipping_providers
    package_id = client.fulfillment.mark_package_as_shipped(
        order.id,
        body=models.MarkPackageAsShippedRequest.from_dict(
            {"shipping_info_list": [{"tracking_number": "1Z999", "shipping_provider_id": providers[0].id}]}
        ),
    ).data.package_id

    def shipped():
        status = str(client.orders.get_order_detail(ids=[order.id]).data.orders[0].status)
        return status if status in ("AWAITING_COLLECTION", "IN_TRANSIT") else None

    status = eventually("the shipment", shipped, between="1s")
    package = client.fulfillment.get_package_detail(package_id).data
    equal(package.tracking_number, "1Z999", "the package")
    headers, body = hooks.wait(
        "/order", lambda _, body: (json.loads(body)["data"]["order_id"], json.loads(body)["data"]["order_status"]) == (order.id, status)
    )
    event = Webhooks.verify_and_parse(
        app_key=shop["app_key"], app_secret=shop["app_secret"], raw_body=body, signature=headers["Authorization"]
    )
    equal(str(event.data.order_status), status)
    step("confirm a shipment", f"{order.id} is {status}, and its webhook came")

    def ask(_):
        try:
            return client.orders.get_order_detail(ids=[order.id]).data.orders[0].id
        except TikTokShopError as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(ask, range(80)))
    refused = [it for it in outcomes if isinstance(it, TikTokShopError)]
    truth(refused, "eighty calls at once exceed the tier")
    equal({it.code for it in refused}, {36009002}, "refusals")
    truth({it.http_status for it in refused} <= {200, 429}, refused)
    truth(any(it == order.id for it in outcomes), "the first ones are served")
    advance("1min")
    equal(ask(0), order.id, "served again")
    step("be throttled and recover", f"{len(refused)} of 80 refused, served after a minute")


flow(steps)
