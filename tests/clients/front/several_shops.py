"""Four client libraries at once, none of which is told an address: two shops of Shopify's, two sellers of Amazon's and two
of TikTok's through the proxy in HTTPS_PROXY, with the platforms' own hosts. The environment comes from `serve --env`."""
import json
import logging
import os
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import shopify
from sp_api.api import Orders, Sellers
from sp_api.base import Marketplaces
from tiktok_shop_api import TikTokShop, TikTokShopAuth
from tiktok_shop_api.generated import models

logging.disable(logging.INFO)
ORDERS = int(os.environ["SEEDED_ORDERS"])


def own(name, number):
    return os.environ[name if number == 1 else f"{name}_{number}"]


def at_shopify(number):
    domain = own("SHOPIFY_SHOP", number)
    token = own("SHOPIFY_ACCESS_TOKEN", number)
    # The library keeps its session in the thread.
    with shopify.Session.temp(domain, "2026-07", token):
        shop = shopify.Shop.current()
        assert shop.myshopify_domain == domain, shop.myshopify_domain
        orders = shopify.Order.find(status="any", limit=3)
        ids = [order.id for order in orders]
        while orders.has_next_page():
            orders = orders.next_page()
            ids += [order.id for order in orders]
        answer = json.loads(shopify.GraphQL().execute("{ shop { myshopifyDomain } }"))
        assert answer["data"]["shop"]["myshopifyDomain"] == domain, answer
    return ids


def at_amazon(number):
    credentials = {"lwa_app_id": own("LWA_APP_ID", number), "lwa_client_secret": own("LWA_CLIENT_SECRET", number)}
    place = {it.marketplace_id: it for it in Marketplaces}[own("SP_API_MARKETPLACE_ID", number)]
    signed_in = {"refresh_token": own("SP_API_REFRESH_TOKEN", number), "credentials": credentials}
    [here] = Sellers(place, **signed_in).get_marketplace_participation().payload
    assert here["marketplace"]["id"] == place.marketplace_id, here
    orders = Orders(place, **signed_in).get_orders(CreatedAfter="2020-01-01T00:00:00Z").payload["Orders"]
    queue = boto3.client(
        "sqs",
        region_name="us-east-1",
        aws_access_key_id=own("AWS_ACCESS_KEY_ID", number),
        aws_secret_access_key=own("AWS_SECRET_ACCESS_KEY", number),
    )
    address = queue.create_queue(QueueName="several-shops")["QueueUrl"]
    assert address.startswith("https://sqs.us-east-1.amazonaws.com/"), address
    queue.get_queue_attributes(QueueUrl=address, AttributeNames=["QueueArn"])
    return [order["AmazonOrderId"] for order in orders], address


def at_tiktok_shop(number):
    key, secret = own("TIKTOK_APP_KEY", number), own("TIKTOK_APP_SECRET", number)
    tokens = TikTokShopAuth(key, secret).refresh(own("TIKTOK_REFRESH_TOKEN", number))
    shops = TikTokShop(key, secret, tokens.access_token).authorization.get_authorized_shops().data.shops
    assert [shop.cipher for shop in shops] == [own("TIKTOK_SHOP_CIPHER", number)], shops
    client = TikTokShop(key, secret, tokens.access_token, shops[0].cipher)
    page = client.orders.get_order_list(
        body=models.GetOrderListRequest(update_time_ge=int(time.time()) - 3 * 86_400), page_size=50
    ).data
    return [order.id for order in page.orders]


def apart(what, one, two):
    assert len(one) == len(set(one)) == ORDERS, (what, one)
    assert len(two) == len(set(two)) == ORDERS, (what, two)
    assert not set(one) & set(two), (what, one, two)
    print(f"ok  {what}: {len(one)} and {len(two)} orders, no id in common", flush=True)


with ThreadPoolExecutor(6) as pool:
    calls = [pool.submit(client, number) for client in (at_shopify, at_amazon, at_tiktok_shop) for number in (1, 2)]
    shopify_1, shopify_2, amazon_1, amazon_2, tiktok_1, tiktok_2 = [call.result() for call in calls]
apart("shopify", shopify_1, shopify_2)
assert amazon_1[1] != amazon_2[1], amazon_1
apart("amazon", amazon_1[0], amazon_2[0])
apart("tiktok_shop", tiktok_1, tiktok_2)
