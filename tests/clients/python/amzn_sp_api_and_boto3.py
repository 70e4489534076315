"""amzn-sp-api, Amazon's own SDK, and boto3 for the queue that its notifications come through."""
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
from spapi import ApiException, SPAPIClient, SPAPIConfig
from spapi.api.listings_items_v2021_08_01.listings_api import ListingsApi
from spapi.api.notifications_v1.notifications_api import NotificationsApi
from spapi.api.orders_v0.orders_v0_api import OrdersV0Api
from spapi.api.orders_v2026_01_01.get_order_api import GetOrderApi
from spapi.api.orders_v2026_01_01.search_orders_api import SearchOrdersApi

from harness import SEEDED_ORDERS, advance, checkout, displayed, equal, eventually, flow, served, step, truth

logging.disable(logging.INFO)

# point-at-serve
shop = served["amazon"]


def open_client(**more):
    config = SPAPIConfig(client_id=shop["lwa_client_id"], client_secret=shop["lwa_client_secret"], region="NA", **more)
    return SPAPIClient(config, endpoint=shop["url"], oauth_endpoint=shop["url"] + "/auth/o2/token").api_client


queue = boto3.client(
    "sqs", endpoint_url=served["sqs"]["url"], region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
)
# end
MARKETPLACE, SELLER = shop["marketplace_id"], shop["seller_id"]


def steps():
    # More units than Amazon's own warehouses hold, so that the seller ships the orders. Payment takes half an hour, and
    # a few are never paid. Before anything else, because tokens live for an hour of platform time.
    placed = [checkout("amazon", "SKU-00008", 25) for _ in range(3)]
    advance("40min")
    client = open_client(refresh_token=shop["refresh_token"])
    grantless = open_client(scope="sellingpartnerapi::notifications")
    orders, listings = OrdersV0Api(client), ListingsApi(client)
    step("authenticate", "refresh token, and client credentials for grantless calls")

    since = (datetime.now(timezone.utc) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    # By creation: a list by update leaves out what changed within the last two minutes, as the platform does.
    page = orders.get_orders([MARKETPLACE], created_after=since, max_results_per_page=7).payload
    seen, pages = list(page.orders), 1
    while page.next_token:
        page = orders.get_orders([MARKETPLACE], next_token=page.next_token).payload
        seen += page.orders
        pages += 1
    equal(pages, 5, "pages of 7")
    ids = [it.amazon_order_id for it in seen]
    equal(len(ids), len(set(ids)), "each order once")
    equal(len(set(ids) - set(placed)), SEEDED_ORDERS, "the orders of the start")
    again, token = [], None
    search = SearchOrdersApi(client)
    while True:
        more = {"pagination_token": token} if token else {"max_results_per_page": 20}
        page = search.search_orders(created_after=since, marketplace_ids=[MARKETPLACE], **more)
        again += [it.order_id for it in page.orders]
        token = page.pagination.next_token if page.pagination else None
        if not token:
            break
    equal(sorted(again), sorted(ids), "version 2026-01-01 lists the same")
    changed = orders.get_orders([MARKETPLACE], last_updated_after=since).payload.orders
    truth({it.amazon_order_id for it in changed} <= set(ids), "by update, the same orders")
    times = [it.last_update_date for it in changed]
    equal(times, sorted(times), "oldest change first")
    step("list orders", f"{len(seen)} in {pages} pages; the same in version 2026-01-01")

    order = next(
        it for it in (orders.get_order(own).payload for own in placed) if it.order_status == "Unshipped"
    )
    equal(order.fulfillment_channel, "MFN")
    items = orders.get_order_items(order.amazon_order_id).payload.order_items
    sku = items[0].seller_sku
    newer = GetOrderApi(client).get_order(order.amazon_order_id).order
    equal([it.order_item_id for it in newer.order_items], [it.order_item_id for it in items], "the same items in 2026-01-01")
    step("read an order", f"{order.amazon_order_id}, {items[0].quantity_ordered} of {sku}")

    def listing():
        return listings.get_listings_item(SELLER, sku, [MARKETPLACE], included_data=["summaries", "fulfillmentAvailability"])

    def quantity():
        return listing().fulfillment_availability[0].quantity

    found = listing()
    equal(found.sku, sku)
    equal(found.fulfillment_availability[0].quantity, displayed("amazon", sku), "read stock")
    step("read stock", f"{found.fulfillment_availability[0].quantity} of {sku}")

    submission = listings.patch_listings_item(
        SELLER,
        sku,
        [MARKETPLACE],
        {
            "productType": found.summaries[0].product_type,
            "patches": [
                {
                    "op": "replace",
                    "path": "/attributes/fulfillment_availability",
                    "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 777}],
                }
            ],
        },
    )
    equal(submission.status, "ACCEPTED")
    eventually("the written count", lambda: quantity() == 777, between="2min")
    equal(displayed("amazon", sku), 777)
    step("write stock and read it back", f"777, submission {submission.submission_id}")

    queue_url = queue.create_queue(QueueName="orders")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    destination = NotificationsApi(grantless).create_destination(
        {"name": "orders", "resourceSpecification": {"sqs": {"arn": arn}}}
    ).payload
    notifications = NotificationsApi(client)
    try:
        notifications.get_subscription("ORDER_CHANGE")
        raise AssertionError("there is no subscription yet")
    except ApiException as error:
        equal(error.status, 404, "no subscription yet")
    subscription = notifications.create_subscription(
        "ORDER_CHANGE",
        {"payloadVersion": "1.0", "destinationId": destination.destination_id},
    ).payload
    equal(notifications.get_subscription("ORDER_CHANGE").payload.subscription_id, subscription.subscription_id)
    equal([it.destination_id for it in NotificationsApi(grantless).get_destinations().payload], [destination.destination_id])
    step("register a notification", f"ORDER_CHANGE to {arn}")

    def notification(accept):
        def look():
            answer = queue.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                queue.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                equal(body["NotificationType"], "ORDER_CHANGE")
                equal(body["NotificationMetadata"]["SubscriptionId"], subscription.subscription_id)
                if accept(body["Payload"]["OrderChangeNotification"]):
                    return body["Payload"]["OrderChangeNotification"]
            return None

        return eventually("a notification", look, between="30s")

    news = checkout("amazon", "SKU-00007", 2)
    change = notification(lambda it: it["AmazonOrderId"] == news)
    sold = change["Summary"]["OrderItems"][0]
    truth(sold["SellerSKU"] in ("SKU-00007", "SKU-00007-FBA"), sold)
    equal(sold["Quantity"], 2)
    step("receive a notification", f"{change['NotificationLevel']} of {news}: {change['Summary']['OrderStatus']}")

    orders.confirm_shipment(
        order.amazon_order_id,
        {
            "marketplaceId": MARKETPLACE,
            "packageDetail": {
                "packageReferenceId": "1",
                "carrierCode": "UPS",
                "trackingNumber": "1Z999",
                "shipDate": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "orderItems": [{"orderItemId": it.order_item_id, "quantity": it.quantity_ordered} for it in items],
            },
        },
    )
    eventually(
        "the shipment",
        lambda: orders.get_order(order.amazon_order_id).payload.order_status == "Shipped",
        between="2min",
    )
    equal(orders.get_order_items(order.amazon_order_id).payload.order_items[0].quantity_shipped, items[0].quantity_ordered)
    notification(lambda it: it["AmazonOrderId"] == order.amazon_order_id and it["Summary"]["OrderStatus"] == "Shipped")
    step("confirm a shipment", f"{order.amazon_order_id} is Shipped, and its notification came")

    def ask(_):
        try:
            return orders.get_orders([MARKETPLACE], created_after=since)
        except ApiException as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(ask, range(40)))
    refused = [it for it in outcomes if isinstance(it, ApiException)]
    truth(0 < len(refused) < 40, f"{len(refused)} of forty calls exceed the burst")
    for error in refused:
        equal(error.status, 429)
        equal(json.loads(error.body)["errors"][0]["code"], "QuotaExceeded")
        truth("Retry-After" not in error.headers, "no Retry-After, so that the transport does not hide the refusal")
    advance("2min")
    listed = orders.get_orders([MARKETPLACE], created_after=since).payload.orders
    truth(len(listed) >= SEEDED_ORDERS, len(listed))
    step("be throttled and recover", f"{len(refused)} of 40 refused, served after two minutes")


flow(steps)
