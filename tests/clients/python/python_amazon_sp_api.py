"""python-amazon-sp-api: the community's Python client of SP-API."""
import json
import logging
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

from sp_api.api import ListingsItems, Notifications, Orders
from sp_api.auth import AccessTokenClient
from sp_api.base import SellingApiException, SellingApiRequestThrottledException
from sp_api.base.exceptions import SellingApiNotFoundException

from harness import SEEDED_ORDERS, advance, checkout, displayed, equal, eventually, flow, served, step, truth

logging.disable(logging.INFO)

# point-at-serve
shop = served["amazon"]


class Tokens(AccessTokenClient):
    scheme, host = shop["url"].split("//")[0] + "//", shop["url"].split("//")[1]


place = SimpleNamespace(endpoint=shop["url"], marketplace_id=shop["marketplace_id"], region="us-east-1")


def open_api(api):
    credentials = {"lwa_app_id": shop["lwa_client_id"], "lwa_client_secret": shop["lwa_client_secret"]}
    return api(
        place, refresh_token=shop["refresh_token"], credentials=credentials, auth_token_client_class=Tokens
    )
# end
MARKETPLACE, SELLER = shop["marketplace_id"], shop["seller_id"]


def queue(action, body):
    """One call to the queue, as AWS's JSON protocol has it."""
    request = urllib.request.Request(
        served["sqs"]["url"],
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{action}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"{}")


def steps():
    # More units than Amazon's own warehouses hold, so that the seller ships the orders. Payment takes half an hour, and
    # a few are never paid. Before anything else, because tokens live for an hour of platform time.
    placed = [checkout("amazon", "SKU-00008", 25) for _ in range(3)]
    advance("40min")
    orders, listings, notifications = open_api(Orders), open_api(ListingsItems), open_api(Notifications)
    truth(orders.auth.access_token, "a token")
    step("authenticate", "refresh token")

    since = (datetime.now(timezone.utc) - timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    # By creation: a list by update leaves out what changed within the last two minutes, as the platform does.
    page = orders.get_orders(CreatedAfter=since, MaxResultsPerPage=7)
    seen, pages = list(page.payload["Orders"]), 1
    while page.next_token:
        page = orders.get_orders(NextToken=page.next_token)
        seen += page.payload["Orders"]
        pages += 1
    ids = [it["AmazonOrderId"] for it in seen]
    equal(pages, 5, "pages of 7")
    equal(len(ids), len(set(ids)), "each order once")
    equal(len(set(ids) - set(placed)), SEEDED_ORDERS, "the orders of the start")
    step("list orders", f"{len(ids)} in {pages} pages")

    order = next(it for it in (orders.get_order(own).payload for own in placed) if it["OrderStatus"] == "Unshipped")
    items = orders.get_order_items(order["AmazonOrderId"]).payload["OrderItems"]
    sku = items[0]["SellerSKU"]
    equal((sku, items[0]["QuantityOrdered"]), ("SKU-00008", 25))
    step("read an order", f"{order['AmazonOrderId']}, 25 of {sku}")

    def listing():
        return listings.get_listings_item(
            SELLER, sku, marketplaceIds=[MARKETPLACE], includedData=["summaries", "fulfillmentAvailability"]
        ).payload

    found = listing()
    equal(found["fulfillmentAvailability"][0]["quantity"], displayed("amazon", sku), "read stock")
    step("read stock", f"{found['fulfillmentAvailability'][0]['quantity']} of {sku}")

    submission = listings.patch_listings_item(
        SELLER,
        sku,
        marketplaceIds=[MARKETPLACE],
        body={
            "productType": found["summaries"][0]["productType"],
            "patches": [
                {
                    "op": "replace",
                    "path": "/attributes/fulfillment_availability",
                    "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 777}],
                }
            ],
        },
    ).payload
    equal(submission["status"], "ACCEPTED")
    eventually("the written count", lambda: listing()["fulfillmentAvailability"][0]["quantity"] == 777, between="2min")
    equal(displayed("amazon", sku), 777)
    step("write stock and read it back", f"777, submission {submission['submissionId']}")

    queue_url = queue("CreateQueue", {"QueueName": "orders"})["QueueUrl"]
    arn = queue("GetQueueAttributes", {"QueueUrl": queue_url, "AttributeNames": ["QueueArn"]})["Attributes"]["QueueArn"]
    destination = notifications.create_destination("orders", arn=arn).payload["destinationId"]
    try:
        notifications.get_subscription("ORDER_CHANGE")
        raise AssertionError("there is no subscription yet")
    except SellingApiNotFoundException:
        pass
    subscription = notifications.create_subscription("ORDER_CHANGE", destination_id=destination).payload["subscriptionId"]
    equal(notifications.get_subscription("ORDER_CHANGE").payload["subscriptionId"], subscription)
    step("register a notification", f"ORDER_CHANGE to {arn}")

    def look(order_id):
        answer = queue("ReceiveMessage", {"QueueUrl": queue_url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1})
        for message in answer.get("Messages", []):
            queue("DeleteMessage", {"QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"]})
            body = json.loads(message["Body"])
            equal(body["NotificationMetadata"]["SubscriptionId"], subscription)
            if body["Payload"]["OrderChangeNotification"]["AmazonOrderId"] == order_id:
                return body["Payload"]["OrderChangeNotification"]
        return None

    news = checkout("amazon", "SKU-00007", 2)
    change = eventually("a notification", lambda: look(news), between="30s")
    equal(change["Summary"]["OrderItems"][0]["Quantity"], 2)
    step("receive a notification", f"{news}: {change['Summary']['OrderStatus']}")

    orders.confirm_shipment(
        order["AmazonOrderId"],
        marketplaceId=MARKETPLACE,
        packageDetail={
            "packageReferenceId": "1",
            "carrierCode": "UPS",
            "trackingNumber": "1Z999",
            "shipDate": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "orderItems": [{"orderItemId": it["OrderItemId"], "quantity": it["QuantityOrdered"]} for it in items],
        },
    )
    eventually(
        "the shipment", lambda: orders.get_order(order["AmazonOrderId"]).payload["OrderStatus"] == "Shipped", between="2min"
    )
    equal(orders.get_order_items(order["AmazonOrderId"]).payload["OrderItems"][0]["QuantityShipped"], 25)
    step("confirm a shipment", f"{order['AmazonOrderId']} is Shipped")

    def ask(_):
        try:
            return orders.get_orders(CreatedAfter=since)
        except SellingApiException as error:
            return error

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(ask, range(40)))
    refused = [it for it in outcomes if isinstance(it, SellingApiException)]
    truth(0 < len(refused) < 40, f"{len(refused)} of forty calls exceed the burst")
    for error in refused:
        truth(isinstance(error, SellingApiRequestThrottledException) and error.code == 429, f"another refusal: {error}")
    advance("2min")
    truth(len(orders.get_orders(CreatedAfter=since).payload["Orders"]) >= SEEDED_ORDERS, "served again")
    step("be throttled and recover", f"{len(refused)} of 40 refused, served after two minutes")


flow(steps)
