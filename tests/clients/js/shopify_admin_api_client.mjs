// @shopify/admin-api-client: Shopify's own bare client of the Admin API.
import { createAdminApiClient, createAdminRestApiClient } from '@shopify/admin-api-client';
import { SEEDED_ORDERS, advance, assert, displayed, flow, served, step } from './harness.mjs';
import { shopifyFlow } from './harness_shopify.mjs';

// point-at-serve
const { url, shop, access_token: accessToken } = served.shopify;
const customFetchApi = (address, init) => fetch(address.toString().replace(`https://${shop}`, url), init);
const options = { storeDomain: shop, apiVersion: '2026-07', accessToken, customFetchApi };
const client = createAdminApiClient(options);
const rest = createAdminRestApiClient(options);
// end

await flow(async () => {
  await shopifyFlow({
    async ask(query, variables) {
      const { data, errors, extensions } = await client.request(query, { variables });
      if (errors) throw Object.assign(new Error(errors.message), { codes: errors.graphQLErrors?.map((it) => it.extensions?.code), extensions });
      return data;
    },
    throttled: (error) => error.codes?.[0] === 'THROTTLED',
  });

  const seen = [];
  let pages = 0;
  for (let params = { limit: 7, status: 'any', order: 'updated_at asc' }; params; pages += 1) {
    const answer = await rest.get('orders', { searchParams: params });
    assert.equal(answer.status, 200);
    seen.push(...(await answer.json()).orders);
    const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '');
    params = next && Object.fromEntries(new URL(next[1]).searchParams);
  }
  assert.ok(seen.length > SEEDED_ORDERS);
  assert.equal(new Set(seen.map((it) => it.id)).size, seen.length, 'each order once');
  step('REST: list orders', `${seen.length} in ${pages} pages`);

  const { orders: [order] } = await (await rest.get('orders', { searchParams: { limit: 1, status: 'any' } })).json();
  const { variant } = await (await rest.get(`variants/${order.line_items[0].variant_id}`)).json();
  const { inventory_levels: levels } = await (await rest.get('inventory_levels', { searchParams: { inventory_item_ids: variant.inventory_item_id } })).json();
  const level = { inventory_item_id: variant.inventory_item_id, location_id: levels[0].location_id };
  const set = await rest.post('inventory_levels/set', { data: { ...level, available: 555 } });
  assert.equal(set.status, 200);
  assert.equal((await set.json()).inventory_level.available, 555);
  assert.equal(await displayed('shopify', variant.sku), 555 + levels.slice(1).reduce((sum, it) => sum + it.available, 0));
  step('REST: write stock', `555 of ${variant.sku}`);

  const statuses = await Promise.all(Array.from({ length: 90 }, async () => {
    const answer = await rest.get('shop');
    await answer.json();
    return [answer.status, answer.headers.get('retry-after')];
  }));
  const refused = statuses.filter(([status]) => status === 429);
  assert.ok(refused.length > 0, 'ninety calls at once exceed the bucket');
  assert.deepEqual(refused[0], [429, '2.0']);
  await advance('1min');
  assert.equal((await rest.get('shop')).status, 200);
  step('REST: be throttled and recover', `${refused.length} of 90 refused`);
});
