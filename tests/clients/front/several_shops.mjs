// Three client libraries at once, none of which is told an address: two shops of Shopify's, two sellers of Amazon's and two of
// TikTok's through the proxy in HTTPS_PROXY, with the platforms' own hosts. The environment comes from `serve --env`.
import assert from 'node:assert/strict';
import { createAdminApiClient } from '@shopify/admin-api-client';
import { SellingPartner } from 'amazon-sp-api';
import { TikTokShopSDK } from 'tiktok-shop-sdk';

const ORDERS = Number(process.env.SEEDED_ORDERS);
const own = (name, number) => process.env[number === 1 ? name : `${name}_${number}`];

async function atShopify(number) {
  const storeDomain = own('SHOPIFY_SHOP', number);
  const client = createAdminApiClient({ storeDomain, apiVersion: '2026-07', accessToken: own('SHOPIFY_ACCESS_TOKEN', number) });
  const { data, errors } = await client.request('{ shop { myshopifyDomain } orders(first: 50) { nodes { id } } }');
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.equal(data.shop.myshopifyDomain, storeDomain);
  return data.orders.nodes.map((it) => it.id);
}

async function atAmazon(number) {
  const client = new SellingPartner({
    region: 'na',
    refresh_token: own('SP_API_REFRESH_TOKEN', number),
    credentials: {
      SELLING_PARTNER_APP_CLIENT_ID: own('LWA_APP_ID', number),
      SELLING_PARTNER_APP_CLIENT_SECRET: own('LWA_CLIENT_SECRET', number),
    },
    endpoints_versions: { orders: 'v0' },
  });
  const query = { MarketplaceIds: [own('SP_API_MARKETPLACE_ID', number)], CreatedAfter: '2020-01-01T00:00:00Z' };
  const { Orders: orders } = await client.callAPI({ endpoint: 'orders', operation: 'getOrders', query });
  return orders.map((it) => it.AmazonOrderId);
}

async function atTikTokShop(number) {
  const sdk = new TikTokShopSDK({ appKey: own('TIKTOK_APP_KEY', number), appSecret: own('TIKTOK_APP_SECRET', number) });
  const data = (answer) => {
    assert.equal(answer.code, 0, JSON.stringify(answer));
    return answer.data;
  };
  const tokens = data(await sdk.auth.refreshAccessToken({
    refresh_token: own('TIKTOK_REFRESH_TOKEN', number), grant_type: 'refresh_token',
  }));
  sdk.setAccessToken(tokens.access_token);
  const { shops } = data(await sdk.shop.getAuthorizedShops());
  assert.deepEqual(shops.map((it) => it.cipher), [own('TIKTOK_SHOP_CIPHER', number)]);
  sdk.setShopCipher(shops[0].cipher);
  const since = Math.floor(Date.now() / 1000) - 3 * 86_400;
  const { orders } = data(await sdk.order.getOrderList({ query: { page_size: 50 }, body: { update_time_ge: since } }));
  return orders.map((it) => it.id);
}

for (const [what, client] of Object.entries({ shopify: atShopify, amazon: atAmazon, tiktok_shop: atTikTokShop })) {
  const [one, two] = await Promise.all([client(1), client(2)]);
  for (const ids of [one, two]) assert.equal(new Set(ids).size, ORDERS, `${what}: ${ids}`);
  assert.ok(!one.some((id) => two.includes(id)), `${what}: ${one} and ${two}`);
  console.log(`ok  ${what}: ${one.length} and ${two.length} orders, no id in common`);
}
