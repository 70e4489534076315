// amazon-sp-api: the community's Node client of SP-API.
import { SellingPartner } from 'amazon-sp-api';
import { SEEDED_ORDERS, advance, assert, checkout, displayed, eventually, flow, plainAgent, served, step } from './harness.mjs';

// point-at-serve
const shop = served.amazon;
const client = new SellingPartner({
  region: 'na',
  refresh_token: shop.refresh_token,
  credentials: { SELLING_PARTNER_APP_CLIENT_ID: shop.lwa_client_id, SELLING_PARTNER_APP_CLIENT_SECRET: shop.lwa_client_secret },
  endpoints_versions: { listingsItems: '2021-08-01', orders: 'v0' },
  options: {
    https_proxy_agent: plainAgent(shop.url), // hosts and port are constants
    auto_request_throttled: false, // else it repeats without end, a minute apart
  },
});
// end
const { marketplace_id: marketplace, seller_id: seller } = shop;
const call = (endpoint, operation, { path, query, body } = {}) => client.callAPI({ endpoint, operation, path, query, body });

/** One call to the queue, as AWS's JSON protocol has it. */
async function queue(action, body) {
  const answer = await fetch(served.sqs.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${action}: ${answer.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

await flow(async () => {
  // More units than Amazon's own warehouses hold, so that the seller ships the orders. Payment takes half an hour, and a
  // few are never paid.
  const placed = [];
  for (let count = 0; count < 3; count += 1) placed.push(await checkout('amazon', 'SKU-00008', 25));
  await client.refreshAccessToken();
  assert.match(client.access_token, /^Atza\|/);
  step('authenticate', 'refresh token');
  await advance('61min');

  const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
  // By creation: a list by update leaves out what changed within the last two minutes, as the platform does.
  const stale = client.access_token;
  let page = await call('orders', 'getOrders', { query: { MarketplaceIds: [marketplace], CreatedAfter: since, MaxResultsPerPage: 7 } });
  assert.equal(client.access_token, stale, 'tokens live by the clock of whoever was granted them: no jump of the platform ends one');
  const seen = [...page.Orders];
  let pages = 1;
  for (; page.NextToken; pages += 1) {
    page = await call('orders', 'getOrders', { query: { MarketplaceIds: [marketplace], NextToken: page.NextToken } });
    seen.push(...page.Orders);
  }
  assert.equal(pages, 5, 'pages of 7');
  const ids = seen.map((it) => it.AmazonOrderId);
  assert.equal(new Set(ids).size, ids.length, 'each order once');
  assert.equal(ids.filter((id) => !placed.includes(id)).length, SEEDED_ORDERS);
  step('list orders', `${ids.length} in ${pages} pages, after an expired token`);

  let order;
  for (const orderId of placed) {
    const found = await call('orders', 'getOrder', { path: { orderId } });
    if (found.OrderStatus === 'Unshipped') order ??= found;
  }
  const orderId = order.AmazonOrderId;
  const items = (await call('orders', 'getOrderItems', { path: { orderId } })).OrderItems;
  const sku = items[0].SellerSKU;
  assert.deepEqual([sku, items[0].QuantityOrdered], ['SKU-00008', 25]);
  step('read an order', `${orderId}, 25 of ${sku}`);

  const path = { sellerId: seller, sku };
  const listing = () => call('listingsItems', 'getListingsItem', {
    path, query: { marketplaceIds: [marketplace], includedData: ['summaries', 'fulfillmentAvailability'] },
  });
  const before = await listing();
  assert.equal(before.fulfillmentAvailability[0].quantity, await displayed('amazon', sku));
  step('read stock', `${before.fulfillmentAvailability[0].quantity} of ${sku}`);
  const submission = await call('listingsItems', 'patchListingsItem', {
    path,
    query: { marketplaceIds: [marketplace] },
    body: {
      productType: before.summaries[0].productType,
      patches: [{ op: 'replace', path: '/attributes/fulfillment_availability', value: [{ fulfillment_channel_code: 'DEFAULT', quantity: 777 }] }],
    },
  });
  assert.equal(submission.status, 'ACCEPTED');
  await eventually('the written count', async () => (await listing()).fulfillmentAvailability[0].quantity === 777, { between: '2min' });
  assert.equal(await displayed('amazon', sku), 777);
  step('write stock and read it back', `777, submission ${submission.submissionId}`);

  const { QueueUrl } = await queue('CreateQueue', { QueueName: 'orders' });
  const { Attributes } = await queue('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
  const { destinationId } = await call('notifications', 'createDestination', {
    body: { name: 'orders', resourceSpecification: { sqs: { arn: Attributes.QueueArn } } },
  });
  const subscription = await call('notifications', 'createSubscription', {
    path: { notificationType: 'ORDER_CHANGE' }, body: { payloadVersion: '1.0', destinationId },
  });
  const read = await call('notifications', 'getSubscription', { path: { notificationType: 'ORDER_CHANGE' } });
  assert.equal(read.subscriptionId, subscription.subscriptionId);
  step('register a notification', `ORDER_CHANGE to ${Attributes.QueueArn}`);
  const news = await checkout('amazon', 'SKU-00007', 2);
  const change = await eventually('a notification', async () => {
    const { Messages = [] } = await queue('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    const bodies = Messages.map((it) => JSON.parse(it.Body).Payload.OrderChangeNotification);
    return bodies.find((it) => it.AmazonOrderId === news);
  }, { between: '30s' });
  assert.equal(change.Summary.OrderItems[0].Quantity, 2);
  step('receive a notification', `${news}: ${change.Summary.OrderStatus}`);

  await call('orders', 'confirmShipment', {
    path: { orderId },
    body: {
      marketplaceId: marketplace,
      packageDetail: {
        packageReferenceId: '1', carrierCode: 'UPS', trackingNumber: '1Z999', shipDate: new Date().toISOString(),
        orderItems: items.map((it) => ({ orderItemId: it.OrderItemId, quantity: it.QuantityOrdered })),
      },
    },
  });
  await eventually('the shipment', async () => (await call('orders', 'getOrder', { path: { orderId } })).OrderStatus === 'Shipped', { between: '2min' });
  assert.equal((await call('orders', 'getOrderItems', { path: { orderId } })).OrderItems[0].QuantityShipped, 25);
  step('confirm a shipment', `${orderId} is Shipped`);

  const list = () => call('orders', 'getOrders', { query: { MarketplaceIds: [marketplace], CreatedAfter: since } });
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, list));
  const refused = outcomes.filter((it) => it.status === 'rejected').map((it) => it.reason);
  assert.ok(refused.length > 0 && refused.length < 40, `${refused.length} of forty calls exceed the burst`);
  for (const refusal of refused) assert.equal(refusal.code, 'QuotaExceeded', String(refusal));
  await advance('2min');
  assert.ok((await list()).Orders.length >= SEEDED_ORDERS);
  step('be throttled and recover', `${refused.length} of 40 refused, served after two minutes`);
});
