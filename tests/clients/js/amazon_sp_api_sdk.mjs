// @amazon-sp-api-release/amazon-sp-api-sdk-js: Amazon's own SDK.
import https from 'node:https';
import {
  ListingsitemsSpApi, NotificationsSpApi, OrdersSpApi, Orders_v2026SpApi,
} from '@amazon-sp-api-release/amazon-sp-api-sdk-js';
import { SEEDED_ORDERS, advance, assert, checkout, displayed, eventually, flow, plainAgent, served, step } from './harness.mjs';

// point-at-serve
const shop = served.amazon;
https.globalAgent = plainAgent(shop.url); // the token's host is a constant
const open = (api, scope = null) => {
  const client = new api.ApiClient(shop.url);
  const refreshToken = scope ? null : shop.refresh_token;
  client.enableAutoRetrievalAccessToken(shop.lwa_client_id, shop.lwa_client_secret, refreshToken, scope);
  client.disableRateLimiter();
  return client;
};
// end
const { marketplace_id: marketplace, seller_id: seller } = shop;

/** One call to the queue, as AWS's JSON protocol has it. */
async function queue(action, body) {
  const answer = await fetch(served.sqs.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, `${action}: ${answer.status}`);
  const text = await answer.text();
  return text === '' ? {} : JSON.parse(text);
}

await flow(async () => {
  // More units than Amazon's own warehouses hold, so that the seller ships the orders. Payment takes half an hour, and a
  // few are never paid. Before anything else, because tokens live for an hour of platform time.
  const placed = [];
  for (let count = 0; count < 3; count += 1) placed.push(await checkout('amazon', 'SKU-00008', 25));
  await advance('40min');

  const orders = new OrdersSpApi.OrdersV0Api(open(OrdersSpApi));
  const listings = new ListingsitemsSpApi.ListingsApi(open(ListingsitemsSpApi));
  const since = new Date(Date.now() - 3 * 86_400_000).toISOString().replace(/\.\d+/, '');
  // By creation: a list by update leaves out what changed within the last two minutes, as the platform does.
  let page = (await orders.getOrders([marketplace], { createdAfter: since, maxResultsPerPage: 7 })).payload;
  const seen = [...page.orders];
  step('authenticate', 'on the first call');
  let pages = 1;
  for (; page.nextToken; pages += 1) {
    page = (await orders.getOrders([marketplace], { nextToken: page.nextToken })).payload;
    seen.push(...page.orders);
  }
  assert.equal(pages, 5, 'pages of 7');
  const ids = seen.map((it) => it.amazonOrderId);
  assert.equal(new Set(ids).size, ids.length, 'each order once');
  assert.equal(ids.filter((id) => !placed.includes(id)).length, SEEDED_ORDERS);
  const search = new Orders_v2026SpApi.SearchOrdersApi(open(Orders_v2026SpApi));
  const again = [];
  for (let token; ;) {
    const found = await search.searchOrders({
      createdAfter: since, marketplaceIds: [marketplace], maxResultsPerPage: 20, ...(token && { paginationToken: token }),
    });
    again.push(...found.orders.map((it) => it.orderId));
    token = found.pagination?.nextToken;
    if (!token) break;
  }
  assert.deepEqual(again.sort(), [...ids].sort(), 'version 2026-01-01 lists the same');
  step('list orders', `${ids.length} in ${pages} pages; the same in version 2026-01-01`);

  let order;
  for (const id of placed) {
    const found = (await orders.getOrder(id)).payload;
    if (found.orderStatus === 'Unshipped') order ??= found;
  }
  assert.equal(order.fulfillmentChannel, 'MFN');
  const items = (await orders.getOrderItems(order.amazonOrderId)).payload.orderItems;
  const sku = items[0].sellerSKU;
  assert.equal(sku, 'SKU-00008');
  assert.equal(items[0].quantityOrdered, 25);
  step('read an order', `${order.amazonOrderId}, 25 of ${sku}`);

  const listing = () => listings.getListingsItem(seller, sku, [marketplace], { includedData: ['summaries', 'fulfillmentAvailability'] });
  const before = await listing();
  assert.equal(before.fulfillmentAvailability[0].quantity, await displayed('amazon', sku));
  step('read stock', `${before.fulfillmentAvailability[0].quantity} of ${sku}`);

  const submission = await listings.patchListingsItem(seller, sku, [marketplace], {
    productType: before.summaries[0].productType,
    patches: [{ op: 'replace', path: '/attributes/fulfillment_availability', value: [{ fulfillment_channel_code: 'DEFAULT', quantity: 777 }] }],
  });
  assert.equal(submission.status, 'ACCEPTED');
  await eventually('the written count', async () => (await listing()).fulfillmentAvailability[0].quantity === 777, { between: '2min' });
  assert.equal(await displayed('amazon', sku), 777);
  step('write stock and read it back', `777, submission ${submission.submissionId}`);

  const { QueueUrl } = await queue('CreateQueue', { QueueName: 'orders' });
  const { Attributes } = await queue('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
  const grantless = new NotificationsSpApi.NotificationsApi(open(NotificationsSpApi, 'sellingpartnerapi::notifications'));
  const notifications = new NotificationsSpApi.NotificationsApi(open(NotificationsSpApi));
  const { payload: destination } = await grantless.createDestination({ name: 'orders', resourceSpecification: { sqs: { arn: Attributes.QueueArn } } });
  const { payload: subscription } = await notifications.createSubscription('ORDER_CHANGE', { payloadVersion: '1.0', destinationId: destination.destinationId });
  const read = (await notifications.getSubscription('ORDER_CHANGE')).payload;
  assert.equal(read.subscriptionId, subscription.subscriptionId);
  step('register a notification', `ORDER_CHANGE to ${Attributes.QueueArn}`);

  const notification = (accept) => eventually('a notification', async () => {
    const { Messages = [] } = await queue('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    for (const { Body, ReceiptHandle } of Messages) {
      await queue('DeleteMessage', { QueueUrl, ReceiptHandle });
      const body = JSON.parse(Body);
      assert.equal(body.NotificationMetadata.SubscriptionId, subscription.subscriptionId);
      if (accept(body.Payload.OrderChangeNotification)) return body.Payload.OrderChangeNotification;
    }
    return undefined;
  }, { between: '30s' });
  const news = await checkout('amazon', 'SKU-00007', 2);
  const change = await notification((it) => it.AmazonOrderId === news);
  assert.equal(change.Summary.OrderItems[0].Quantity, 2);
  step('receive a notification', `${news}: ${change.Summary.OrderStatus}`);

  await orders.confirmShipment(order.amazonOrderId, {
    marketplaceId: marketplace,
    packageDetail: {
      packageReferenceId: '1', carrierCode: 'UPS', trackingNumber: '1Z999', shipDate: new Date().toISOString(),
      orderItems: items.map((it) => ({ orderItemId: it.orderItemId, quantity: it.quantityOrdered })),
    },
  });
  await eventually('the shipment', async () => (await orders.getOrder(order.amazonOrderId)).payload.orderStatus === 'Shipped', { between: '2min' });
  const shippedItems = (await orders.getOrderItems(order.amazonOrderId)).payload.orderItems;
  assert.equal(shippedItems[0].quantityShipped, 25);
  step('confirm a shipment', `${order.amazonOrderId} is Shipped`);

  const list = () => orders.getOrders([marketplace], { createdAfter: since });
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, list));
  const refused = outcomes.filter((it) => it.status === 'rejected').map((it) => it.reason);
  assert.ok(refused.length > 0 && refused.length < 40, `${refused.length} of forty calls exceed the burst`);
  const [refusal] = refused;
  assert.equal(refusal.status, 429, String(refusal));
  assert.equal(refusal.response.body.errors[0].code, 'QuotaExceeded');
  assert.equal(refusal.response.headers['retry-after'], undefined);
  await advance('2min');
  const listed = (await list()).payload.orders;
  assert.ok(listed.length >= SEEDED_ORDERS);
  step('be throttled and recover', `${refused.length} of 40 refused, served after two minutes`);
});
