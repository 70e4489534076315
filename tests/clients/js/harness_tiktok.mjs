// What the flows of TikTok Shop's clients have in common: each client is wrapped into the same few calls, which all give
// the `data` member of the platform's answer or fail with `{code}`.
import crypto from 'node:crypto';
import { SEEDED_ORDERS, advance, assert, checkout, displayed, eventually, receiver, served, step } from './harness.mjs';

export const shop = served.tiktok_shop;

/** Of a delivery: whether its signature is the app's over exactly these bytes. */
function signed({ headers, body }) {
  const wanted = crypto.createHmac('sha256', shop.app_secret).update(shop.app_key + body).digest('hex');
  return headers.authorization === wanted;
}

/**
 * The flow. `client` has: authenticate(), listOrders({since, pageToken}), readOrder(id), readStock(skuId),
 * writeStock(productId, skus), subscribe(event, address), ship(order, tracking, providerId), and
 * providers(deliveryOptionId).
 */
export async function tiktokFlow(client) {
  step('authenticate', await client.authenticate());

  const since = Math.floor(Date.now() / 1000) - 3 * 86_400;
  const seen = [];
  let pages = 0;
  for (let pageToken = ''; pages === 0 || pageToken; pages += 1) {
    const page = await client.listOrders({ since, pageToken });
    seen.push(...page.orders);
    pageToken = page.next;
  }
  assert.equal(pages, 5, 'pages of 7');
  assert.equal(seen.length, SEEDED_ORDERS);
  assert.equal(new Set(seen.map((it) => it.id)).size, SEEDED_ORDERS, 'each order once');
  step('list orders', `${seen.length} in ${pages} pages`);

  const open = seen.find((it) => it.status === 'AWAITING_SHIPMENT');
  const order = await client.readOrder(open.id);
  assert.equal(order.id, open.id);
  const line = order.lines[0];
  assert.match(line.sellerSku, /^SKU-\d{5}$/);
  step('read an order', `${order.id}, ${line.sellerSku}`);

  const before = await client.readStock(line.skuId);
  assert.equal(before.available, await displayed('tiktok_shop', line.sellerSku));
  step('read stock', `${before.available} of ${line.sellerSku}`);
  // All warehouses of a shop must be listed.
  const inventory = before.warehouses.map((id, index) => ({ warehouse_id: id, quantity: index === 0 ? 777 : 0 }));
  await client.writeStock(before.productId, [{ id: line.skuId, inventory }]);
  await eventually('the written count', async () => (await client.readStock(line.skuId)).available === 777, { between: '1s' });
  assert.equal(await displayed('tiktok_shop', line.sellerSku), 777);
  step('write stock and read it back', '777');

  const hooks = await receiver();
  await client.subscribe('ORDER_STATUS_CHANGE', `${hooks.url}/order`);
  const delivery = (id, status) => eventually(`a delivery about ${id}`, () => hooks.received.find((it) => {
    const { order_id: told, order_status: reached } = JSON.parse(it.body).data;
    return told === id && (status === undefined || reached === status);
  }), { tries: 80 });
  step('register a webhook', hooks.url);
  const placed = await checkout('tiktok_shop', 'SKU-00007', 2);
  const news = await delivery(placed);
  assert.ok(signed(news), JSON.stringify(news));
  step('receive and verify a webhook', `${placed}: ${JSON.parse(news.body).data.order_status}`);

  if (client.ship) {
    const provider = await client.provider(order.deliveryOptionId);
    await client.ship(order, '1Z999', provider);
    const shipped = await eventually('the shipment', async () => {
      const { status } = await client.readOrder(order.id);
      return status === 'AWAITING_COLLECTION' && status;
    }, { between: '1s' });
    assert.ok(signed(await delivery(order.id, shipped)));
    step('confirm a shipment', `${order.id} is ${shipped}, and its webhook came`);
  }

  const outcomes = await Promise.all(Array.from({ length: 80 }, () => client.readOrder(order.id).catch((error) => error)));
  const refused = outcomes.filter((it) => it.id !== order.id);
  assert.ok(refused.length > 0, 'eighty calls at once exceed the tier');
  for (const error of refused) assert.equal(Number(client.codeOf(error)), 36009002, String(error));
  assert.ok(refused.length < outcomes.length, 'the first ones are served');
  await advance('1min');
  assert.equal((await client.readOrder(order.id)).id, order.id);
  step('be throttled and recover', `${refused.length} of 80 refused, served after a minute`);
}
