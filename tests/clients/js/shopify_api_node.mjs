// shopify-api-node: the community's Node client of Shopify's Admin API.
import Shopify from 'shopify-api-node';
import { SEEDED_ORDERS, assert, advance, checkout, displayed, eventually, flow, receiver, served, step } from './harness.mjs';
import { signed } from './harness_shopify.mjs';

// point-at-serve
const { url, shop, access_token: accessToken } = served.shopify;
const { hostname, port, protocol } = new URL(url);
const open = (options = {}) => {
  const client = new Shopify({ shopName: shop, accessToken, apiVersion: '2026-07', ...options });
  client.baseUrl = { hostname, port, protocol };
  return client;
};
// end
const client = open();
const patient = open({ maxRetries: 3 });

await flow(async () => {
  assert.equal((await client.shop.get()).myshopify_domain, shop);
  step('authenticate', 'access token');

  const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const seen = [];
  let pages = 0;
  for (let params = { limit: 7, status: 'any', updated_at_min: since, order: 'updated_at asc' }; params; pages += 1) {
    const page = await client.order.list(params);
    seen.push(...page);
    params = page.nextPageParameters;
  }
  assert.equal(pages, 5, 'pages of 7');
  assert.equal(seen.length, SEEDED_ORDERS);
  assert.equal(new Set(seen.map((it) => it.id)).size, SEEDED_ORDERS, 'each order once');
  assert.equal(await client.order.count({ status: 'any' }), SEEDED_ORDERS);
  step('list orders', `${seen.length} in ${pages} pages`);

  const order = await client.order.get(seen.find((it) => it.fulfillment_status === null).id);
  const [line] = order.line_items;
  assert.match(line.sku, /^SKU-\d{5}$/);
  step('read an order', `${order.name}, ${line.quantity} of ${line.sku}`);

  const variant = await client.productVariant.get(line.variant_id);
  const levels = () => client.inventoryLevel.list({ inventory_item_ids: variant.inventory_item_id });
  const sum = (all) => all.reduce((total, it) => total + it.available, 0);
  const before = await levels();
  assert.equal(sum(before), await displayed('shopify', line.sku));
  step('read stock', `${sum(before)} of ${line.sku}`);
  const { inventory_item_id, location_id } = before[0];
  await client.inventoryLevel.set({ inventory_item_id, location_id, available: 777 });
  assert.equal((await levels()).find((it) => it.location_id === location_id).available, 777);
  assert.equal(sum(await levels()), await displayed('shopify', line.sku));
  step('write stock and read it back', '777');

  const hooks = await receiver();
  for (const [topic, path] of [['orders/create', 'orders-create'], ['orders/fulfilled', 'orders-fulfilled']]) {
    await client.webhook.create({ topic, address: `${hooks.url}/${path}`, format: 'json' });
  }
  assert.equal((await client.webhook.list()).length, 2);
  step('register webhooks', hooks.url);
  const delivery = async (path) => {
    const found = await eventually(`a delivery at ${path}`, () => hooks.received.find((it) => it.url === path), { tries: 80 });
    assert.ok(signed(found), JSON.stringify(found));
    return JSON.parse(found.body);
  };
  const placed = await checkout('shopify', 'SKU-00007', 2);
  const told = await delivery('/orders-create');
  assert.ok(String(placed).includes(String(told.id)));
  step('receive and verify a webhook', `orders/create of ${told.name}`);

  const [fulfillmentOrder] = await client.order.fulfillmentOrders(order.id);
  const fulfillment = await client.fulfillment.createV2({
    line_items_by_fulfillment_order: [{ fulfillment_order_id: fulfillmentOrder.id }],
    tracking_info: { number: '1Z999', company: 'UPS' },
  });
  assert.equal(fulfillment.status, 'success');
  const shipped = await client.order.get(order.id);
  assert.equal(shipped.fulfillment_status, 'fulfilled');
  assert.equal(shipped.fulfillments[0].tracking_number, '1Z999');
  assert.equal((await delivery('/orders-fulfilled')).id, order.id);
  step('confirm a shipment', `${order.name} is fulfilled, and its webhook came`);

  const rest = await Promise.allSettled(Array.from({ length: 90 }, () => client.order.get(order.id)));
  const refused = rest.filter((it) => it.status === 'rejected');
  assert.ok(refused.length > 0, 'ninety calls at once exceed the bucket');
  for (const { reason } of refused) assert.equal(reason.response?.statusCode, 429, String(reason));
  assert.equal((await patient.order.get(order.id)).id, order.id);
  step('REST: be throttled and recover', `${refused.length} of 90 refused; with maxRetries it waits as told and is served`);

  await advance('1min');
  const dear = '{ orders(first: 50) { nodes { id name createdAt lineItems(first: 20) { nodes { id sku } } } } }';
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => client.graphql(dear)));
  const throttled = outcomes.filter((it) => it.status === 'rejected');
  assert.ok(throttled.length > 0, 'two hundred dear queries at once exceed the bucket');
  for (const { reason } of throttled) assert.equal(reason.message, 'Throttled', String(reason));
  const { orders } = await patient.graphql(dear);
  assert.ok(orders.nodes.length > SEEDED_ORDERS);
  step('GraphQL: be throttled and recover', `${throttled.length} of 200 refused; with maxRetries it waits for the points`);
});
