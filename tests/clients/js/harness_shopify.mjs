// What the flows of Shopify's clients have in common.
import crypto from 'node:crypto';
import { SEEDED_ORDERS, advance, assert, checkout, displayed, eventually, receiver, served, step } from './harness.mjs';

/** Of a delivery: whether its signature is the app's over exactly these bytes. */
export function signed({ headers, body }) {
  const wanted = crypto.createHmac('sha256', served.shopify.api_secret).update(body).digest('base64');
  return headers['x-shopify-hmac-sha256'] === wanted;
}

/** The flow over GraphQL. `ask(query, variables)` gives `data`; `throttled(error)` tells refusals by the rate limit. */
export async function shopifyFlow({ ask, throttled }) {
  const { shop } = await ask('{ shop { myshopifyDomain } }');
  assert.equal(shop.myshopifyDomain, served.shopify.shop);
  step('authenticate', 'access token');

  const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const seen = [];
  let pages = 0;
  for (let after = null, more = true; more; pages += 1) {
    const { orders } = await ask(
      `query ($after: String, $since: String) {
        orders(first: 7, after: $after, sortKey: UPDATED_AT, query: $since) {
          nodes { id name displayFulfillmentStatus }
          pageInfo { hasNextPage endCursor }
        }
      }`,
      { after, since: `updated_at:>='${since}'` },
    );
    seen.push(...orders.nodes);
    more = orders.pageInfo.hasNextPage;
    after = orders.pageInfo.endCursor;
  }
  assert.equal(pages, 5, 'pages of 7');
  assert.equal(seen.length, SEEDED_ORDERS);
  assert.equal(new Set(seen.map((it) => it.id)).size, SEEDED_ORDERS, 'each order once');
  step('list orders', `${seen.length} in ${pages} pages`);

  const orderQuery = `query ($id: ID!) { order(id: $id) {
    name displayFulfillmentStatus
    lineItems(first: 10) { nodes { sku quantity variant { inventoryItem { id inventoryLevels(first: 5) {
      nodes { location { id } quantities(names: ["available"]) { quantity } } } } } } }
    fulfillmentOrders(first: 5) { nodes { id } }
  } }`;
  const { id } = seen.find((it) => it.displayFulfillmentStatus === 'UNFULFILLED');
  const read = async () => (await ask(orderQuery, { id })).order;
  const order = await read();
  const [line] = order.lineItems.nodes;
  assert.match(line.sku, /^SKU-\d{5}$/);
  step('read an order', `${order.name}, ${line.quantity} of ${line.sku}`);

  const counts = (it) => it.lineItems.nodes[0].variant.inventoryItem.inventoryLevels.nodes.map((level) => level.quantities[0].quantity);
  const sum = (all) => all.reduce((total, it) => total + it, 0);
  assert.equal(sum(counts(order)), await displayed('shopify', line.sku));
  step('read stock', `${sum(counts(order))} of ${line.sku}`);
  const item = line.variant.inventoryItem;
  const { inventorySetQuantities: written } = await ask(
    `mutation ($input: InventorySetQuantitiesInput!) {
      inventorySetQuantities(input: $input) @idempotent(key: "clients-1") { userErrors { code message } }
    }`,
    { input: { name: 'available', reason: 'correction', quantities: [{
      inventoryItemId: item.id, locationId: item.inventoryLevels.nodes[0].location.id, quantity: 777, changeFromQuantity: null,
    }] } },
  );
  assert.deepEqual(written.userErrors, []);
  const after = await read();
  assert.equal(counts(after)[0], 777);
  assert.equal(sum(counts(after)), await displayed('shopify', line.sku));
  step('write stock and read it back', '777');

  const hooks = await receiver();
  const { webhookSubscriptionCreate: subscribed } = await ask(
    `mutation ($topic: WebhookSubscriptionTopic!, $webhook: WebhookSubscriptionInput!) {
      webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhook) { webhookSubscription { id uri } userErrors { message } }
    }`,
    { topic: 'ORDERS_CREATE', webhook: { uri: `${hooks.url}/orders-create` } },
  );
  assert.deepEqual(subscribed.userErrors, []);
  step('register a webhook', subscribed.webhookSubscription.uri);
  const placed = await checkout('shopify', 'SKU-00007', 2);
  const delivery = await eventually('a delivery', () => hooks.received[0], { tries: 80 });
  assert.ok(signed(delivery), JSON.stringify(delivery));
  assert.ok(String(placed).includes(String(JSON.parse(delivery.body).id)));
  step('receive and verify a webhook', JSON.parse(delivery.body).name);

  const { fulfillmentCreate: shipped } = await ask(
    'mutation ($it: FulfillmentInput!) { fulfillmentCreate(fulfillment: $it) { fulfillment { status } userErrors { message } } }',
    { it: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: order.fulfillmentOrders.nodes[0].id }], trackingInfo: { number: '1Z999' } } },
  );
  assert.deepEqual(shipped.userErrors, []);
  assert.equal((await read()).displayFulfillmentStatus, 'FULFILLED');
  step('confirm a shipment', `${order.name} is FULFILLED`);

  const dear = () => ask('{ orders(first: 50) { nodes { id name createdAt lineItems(first: 20) { nodes { id sku } } } } }');
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, dear));
  const refused = outcomes.filter((it) => it.status === 'rejected');
  assert.ok(refused.length > 0, 'two hundred dear queries at once exceed the bucket');
  for (const { reason } of refused) assert.ok(throttled(reason), String(reason));
  await advance('1min');
  assert.ok((await dear()).orders.nodes.length > SEEDED_ORDERS);
  step('be throttled and recover', `${refused.length} of 200 refused, served after a minute`);
}
