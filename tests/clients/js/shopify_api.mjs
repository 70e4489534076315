// @shopify/shopify-api: GraphQL, OAuth and webhooks of Shopify's own SDK.
import '@shopify/shopify-api/adapters/node';
import { ApiVersion, DeliveryMethod, GraphqlQueryError, shopifyApi } from '@shopify/shopify-api';
import { setAbstractFetchFunc } from '@shopify/shopify-api/runtime';
import { SEEDED_ORDERS, advance, assert, checkout, displayed, eventually, flow, receiver, served, step } from './harness.mjs';

// point-at-serve
const { url, shop, api_key: apiKey, api_secret: apiSecretKey } = served.shopify;
setAbstractFetchFunc((address, init) => fetch(address.toString().replace(/^https?:\/\/[^/]+/, url), init));
const shopify = shopifyApi({
  apiKey, apiSecretKey, apiVersion: ApiVersion.July26, isEmbeddedApp: false,
  hostScheme: 'http', hostName: '127.0.0.1', logger: { level: 0 },
});
// end

await flow(async () => {
  const { session } = await shopify.auth.clientCredentials({ shop });
  assert.equal(session.shop, shop);
  assert.ok(session.accessToken, 'a token');
  step('authenticate', `client credentials, scopes ${session.scope}`);
  const client = new shopify.clients.Graphql({ session });
  const ask = async (query, variables) => (await client.request(query, { variables })).data;

  const since = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const seen = [];
  let pages = 0;
  for (let after = null, more = true; more; pages += 1) {
    const { orders } = await ask(
      `query ($after: String, $since: String) {
        orders(first: 7, after: $after, sortKey: UPDATED_AT, query: $since) {
          nodes { id name updatedAt displayFulfillmentStatus }
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
  const times = seen.map((it) => it.updatedAt);
  assert.deepEqual(times, [...times].sort(), 'oldest change first');
  assert.equal(seen.filter((it) => it.displayFulfillmentStatus === 'FULFILLED').length, SEEDED_ORDERS / 3);
  step('list orders', `${seen.length} in ${pages} pages`);

  const rest = new shopify.clients.Rest({ session });
  const listed = [];
  for (let request = { path: 'orders', query: { limit: 7, status: 'any', updated_at_min: since } }; request;) {
    const answer = await rest.get(request);
    listed.push(...answer.body.orders.map((it) => it.admin_graphql_api_id));
    request = answer.pageInfo?.nextPage;
  }
  assert.deepEqual(listed.sort(), seen.map((it) => it.id).sort(), 'REST lists the same, each once');
  step('list orders over REST', `the same ${listed.length}`);

  const unshipped = seen.find((it) => it.displayFulfillmentStatus === 'UNFULFILLED');
  const orderQuery = `query ($id: ID!) {
    order(id: $id) {
      id name displayFulfillmentStatus
      lineItems(first: 10) { nodes { sku quantity variant { id sku inventoryItem { id } } } }
      fulfillmentOrders(first: 5) { nodes { id status assignedLocation { location { id } } lineItems(first: 10) { nodes { id remainingQuantity } } } }
      fulfillments { id status trackingInfo { number company } }
    }
  }`;
  const { order } = await ask(orderQuery, { id: unshipped.id });
  assert.equal(order.name, unshipped.name);
  const [line] = order.lineItems.nodes;
  assert.match(line.sku, /^SKU-\d{5}$/);
  assert.equal(line.variant.sku, line.sku);
  assert.ok(line.quantity >= 1);
  step('read an order', `${order.name}, ${line.quantity} of ${line.sku}`);

  const levelQuery = `query ($sku: String) {
    productVariants(first: 1, query: $sku) { nodes { sku inventoryItem { id inventoryLevels(first: 5) {
      nodes { location { id name } quantities(names: ["available", "on_hand"]) { name quantity } } } } } }
  }`;
  const readLevel = async () => {
    const { productVariants } = await ask(levelQuery, { sku: `sku:${line.sku}` });
    assert.equal(productVariants.nodes[0].sku, line.sku);
    const item = productVariants.nodes[0].inventoryItem;
    const total = item.inventoryLevels.nodes.flatMap((it) => it.quantities).filter((it) => it.name === 'available');
    return { item: item.id, levels: item.inventoryLevels.nodes, available: total.reduce((sum, it) => sum + it.quantity, 0) };
  };
  const before = await readLevel();
  assert.equal(before.available, await displayed('shopify', line.sku));
  step('read stock', `${before.available} of ${line.sku}`);

  const location = before.levels[0].location.id;
  const standing = before.levels[0].quantities.find((it) => it.name === 'available').quantity;
  const set = (key, from, quantity) => ask(
    `mutation ($input: InventorySetQuantitiesInput!, $key: String!) {
      inventorySetQuantities(input: $input) @idempotent(key: $key) {
        inventoryAdjustmentGroup { id changes { name delta } }
        userErrors { code field message }
      }
    }`,
    { key, input: { name: 'available', reason: 'correction', quantities: [{ inventoryItemId: before.item, locationId: location, quantity, changeFromQuantity: from }] } },
  );
  const written = await set('clients-1', standing, 777);
  assert.deepEqual(written.inventorySetQuantities.userErrors, []);
  const after = await readLevel();
  assert.equal(after.levels[0].quantities.find((it) => it.name === 'available').quantity, 777);
  assert.equal(after.available, await displayed('shopify', line.sku));
  const stale = await set('clients-2', standing, 5);
  assert.equal(stale.inventorySetQuantities.userErrors[0].code, 'CHANGE_FROM_QUANTITY_STALE');
  step('write stock and read it back', `777; a write from a stale count is refused`);

  const hooks = await receiver();
  shopify.webhooks.addHandlers({
    ORDERS_CREATE: { deliveryMethod: DeliveryMethod.Http, callbackUrl: `${hooks.url}/orders-create` },
    FULFILLMENTS_CREATE: { deliveryMethod: DeliveryMethod.Http, callbackUrl: `${hooks.url}/fulfillments-create` },
  });
  const registered = await shopify.webhooks.register({ session });
  for (const topic of ['ORDERS_CREATE', 'FULFILLMENTS_CREATE']) {
    assert.deepEqual(registered[topic].map((it) => it.success), [true], JSON.stringify(registered));
  }
  const again = await shopify.webhooks.register({ session });
  assert.deepEqual(again.ORDERS_CREATE.filter((it) => it.operation === 'create'), [], 'the second time finds it there');
  step('register webhooks', 'and again, which changes nothing');
  const verified = async (path) => {
    const delivery = await eventually(`a delivery at ${path}`, () => hooks.received.find((it) => it.url === path), { tries: 80 });
    const rawRequest = { method: 'POST', url: path, headers: delivery.headers };
    const verdict = await shopify.webhooks.validate({ rawBody: delivery.body, rawRequest });
    assert.equal(verdict.valid, true, JSON.stringify({ verdict, delivery }));
    const forged = await shopify.webhooks.validate({ rawBody: `${delivery.body} `, rawRequest });
    assert.equal(forged.valid, false, 'another body is refused');
    return { verdict, payload: JSON.parse(delivery.body) };
  };
  const placed = await checkout('shopify', 'SKU-00007', 2);
  const created = await verified('/orders-create');
  assert.equal(created.verdict.domain, shop);
  assert.equal(created.payload.line_items[0].sku, 'SKU-00007');
  assert.equal(created.payload.line_items[0].quantity, 2);
  assert.ok(String(placed).includes(String(created.payload.id)), `${placed} is ${created.payload.id}`);
  step('receive and verify a webhook', `orders/create of ${created.payload.name}`);

  const [fulfillmentOrder] = order.fulfillmentOrders.nodes;
  const { fulfillmentCreate } = await ask(
    `mutation ($fulfillment: FulfillmentInput!) {
      fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status trackingInfo { number company } } userErrors { field message } }
    }`,
    { fulfillment: { lineItemsByFulfillmentOrder: [{ fulfillmentOrderId: fulfillmentOrder.id }], trackingInfo: { number: '1Z999', company: 'UPS' } } },
  );
  assert.deepEqual(fulfillmentCreate.userErrors, []);
  const shipped = (await ask(orderQuery, { id: unshipped.id })).order;
  assert.equal(shipped.displayFulfillmentStatus, 'FULFILLED');
  assert.equal(shipped.fulfillments[0].trackingInfo[0].number, '1Z999');
  const told = await verified('/fulfillments-create');
  assert.equal(told.payload.tracking_number, '1Z999');
  step('confirm a shipment', `${order.name} is FULFILLED, and its webhook came`);

  const dear = `{ orders(first: 50) { nodes { id name createdAt lineItems(first: 20) { nodes { id sku variant { id } } } } } }`;
  const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => client.request(dear)));
  const refused = outcomes.filter((it) => it.status === 'rejected').map((it) => it.reason);
  assert.ok(refused.length > 0, 'two hundred dear queries at once exceed the bucket');
  for (const error of refused) {
    assert.ok(error instanceof GraphqlQueryError, String(error));
    assert.equal(error.body.errors.graphQLErrors[0].extensions.code, 'THROTTLED');
    assert.ok(error.body.extensions.cost.throttleStatus.currentlyAvailable < error.body.extensions.cost.requestedQueryCost);
  }
  assert.ok(outcomes.some((it) => it.status === 'fulfilled'), 'the bucket was full at first');
  await advance('1min');
  const recovered = await client.request(dear);
  assert.ok(recovered.data.orders.nodes.length > SEEDED_ORDERS);
  step('be throttled and recover', `${refused.length} of 200 refused, served after a minute`);
});
