"""tiktok-shop-mcp: the client below an MCP server for TikTok Shop. It reads; its own request method also writes (POST).
It has no webhooks (no PUT)."""
import asyncio
import json
import logging
import os
import tempfile
import time

from harness import SEEDED_ORDERS, advance, displayed, equal, flow, served, step, truth

logging.disable(logging.ERROR)

# point-at-serve
shop = served["tiktok_shop"]
shops_file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
json.dump([{"seller_name": "demo", **{key: shop[key] for key in ("app_key", "app_secret", "refresh_token", "shop_cipher")},
            "access_token": shop["access_token"]}], shops_file)
shops_file.close()
os.environ["TIKTOK_SHOP_CONFIG"] = shops_file.name

from tiktok_shop_mcp.client import TikTokShopClient
from tiktok_shop_mcp.config import config
from tiktok_shop_mcp.tools.get_orders import get_order_detail, get_orders

config.BASE_URL = config.AUTH_URL = shop["url"]
client = TikTokShopClient(config.get_shop("demo"))
# end


async def main():
    tokens = await client.refresh_access_token()
    truth(tokens["access_token"] != shop["access_token"], "another token")
    with open(shops_file.name) as kept:
        equal(json.load(kept)[0]["access_token"], tokens["access_token"], "the token that it keeps")
    step("authenticate", "refresh token")

    since = int(time.time()) - 3 * 86_400
    seen, pages, token = [], 0, None
    while True:
        page = await get_orders(
            client, update_time_ge=since, page_size=7, next_page_token=token, sort_field="update_time", sort_order="ASC"
        )
        seen += page["orders"]
        pages += 1
        equal(page["total_count"], SEEDED_ORDERS, "total_count")
        token = page["next_page_token"]
        if not token:
            break
    equal(pages, 5, "pages of 7")
    equal(len(seen), SEEDED_ORDERS, "orders")
    equal(len({it["order_id"] for it in seen}), SEEDED_ORDERS, "each order once")
    step("list orders", f"{len(seen)} in {pages} pages")

    open_orders = await get_orders(client, order_status="AWAITING_SHIPMENT", page_size=50)
    order_id = open_orders["orders"][0]["order_id"]
    [order] = await get_order_detail(client, [order_id])
    equal(order["order_id"], order_id)
    sku_id = open_orders["orders"][0]["line_items"][0]["sku_id"]
    step("read an order", order_id)

    async def stock():
        found = await client._make_request("POST", "product", "inventory/search", body={"sku_ids": [sku_id]})
        [product] = found["data"]["inventory"]
        [sku] = [it for it in product["skus"] if it["id"] == sku_id]
        return product["product_id"], sku

    product_id, sku = await stock()
    equal(sku["total_available_quantity"], displayed("tiktok_shop", sku["seller_sku"]), "read stock")
    step("read stock", f"{sku['total_available_quantity']} of {sku['seller_sku']}")

    # All warehouses of a shop must be listed.
    places = [it["warehouse_id"] for it in sku["warehouse_inventory"]]
    inventory = [{"warehouse_id": it, "quantity": 777 if index == 0 else 0} for index, it in enumerate(places)]
    written = await client._make_request(
        "POST", "product", f"products/{product_id}/inventory/update", body={"skus": [{"id": sku_id, "inventory": inventory}]}
    )
    truth(not written.get("data", {}).get("errors"), written)
    advance("10s")
    equal((await stock())[1]["total_available_quantity"], 777, "read back")
    equal(displayed("tiktok_shop", sku["seller_sku"]), 777)
    step("write stock and read it back", "777")

    detail = await client._make_request("GET", "order", "orders", params={"ids": order_id})
    option = detail["data"]["orders"][0]["delivery_option_id"]
    providers = await client._make_request("GET", "logistics", f"delivery_options/{option}/shipping_providers")
    await client._make_request(
        "POST",
        "fulfillment",
        f"orders/{order_id}/packages",
        body={"tracking_number": "1Z999", "shipping_provider_id": providers["data"]["shipping_providers"][0]["id"]},
    )
    advance("10s")
    detail = await client._make_request("GET", "order", "orders", params={"ids": order_id})
    equal(detail["data"]["orders"][0]["status"], "AWAITING_COLLECTION")
    step("confirm a shipment", f"{order_id} is AWAITING_COLLECTION")

    outcomes = await asyncio.gather(
        *(client._make_request("GET", "order", "orders", params={"ids": order_id}) for _ in range(80)), return_exceptions=True
    )
    refused = [it for it in outcomes if isinstance(it, Exception)]
    truth(refused, "eighty calls at once exceed the tier, even with its repeats")
    truth(all("429" in str(it) or "36009002" in str(it) for it in refused), refused)
    advance("1min")
    detail = await client._make_request("GET", "order", "orders", params={"ids": order_id})
    equal(detail["data"]["orders"][0]["id"], order_id)
    os.unlink(shops_file.name)
    step("be throttled and recover", f"{len(refused)} of 80 refused in the end, served after a minute")


flow(lambda: asyncio.run(main()))
