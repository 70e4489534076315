// @redonvn/skd-tiktok-shop: TikTok's own SDK for Node, as TypeScript sources; bundled here as its users do.
import https from 'node:https';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { assert, flow, plainAgent } from './harness.mjs';
import { shop, tiktokFlow } from './harness_tiktok.mjs';

const require = createRequire(import.meta.url);
const bundled = join(mkdtempSync(join(tmpdir(), 'tiktok-shop-')), 'sdk.cjs');
buildSync({
  stdin: { contents: "export * from '@redonvn/skd-tiktok-shop/index.ts'; export * from '@redonvn/skd-tiktok-shop/client/token.ts';", resolveDir: import.meta.dirname },
  bundle: true, platform: 'node', format: 'cjs', outfile: bundled, logLevel: 'error',
});

// point-at-serve
const { AccessTokenTool, ClientConfiguration, TikTokShopNodeApiClient } = require(bundled);
https.globalAgent = plainAgent(shop.url); // the host of tokens is a constant
const config = ClientConfiguration.createConfig()
  .setAppKey(shop.app_key).setAppSecret(shop.app_secret).setBasePath(shop.url).build();
const { api } = new TikTokShopNodeApiClient({ config });
// end

const JSON_TYPE = 'application/json';
let token;
const data = ({ body }) => {
  // The SDK leaves it to its caller to look at the code.
  if (body.code !== 0) throw Object.assign(new Error(body.message), { code: body.code });
  return body.data;
};
const tokens = ({ body }) => data({ body: JSON.parse(body) });

await flow(() => tiktokFlow({
  async authenticate() {
    const first = tokens(await AccessTokenTool.getAccessToken(shop.auth_code, shop.app_key, shop.app_secret));
    const fresh = tokens(await AccessTokenTool.refreshToken(first.refresh_token, shop.app_key, shop.app_secret));
    token = fresh.access_token;
    const { shops } = data(await api.AuthorizationV202309Api.ShopsGet(token, JSON_TYPE));
    assert.equal(shops[0].cipher, shop.shop_cipher);
    return `code, refresh, shop ${shops[0].name}`;
  },
  async listOrders({ since, pageToken }) {
    const page = data(await api.OrderV202309Api.OrdersSearchPost(
      7, shop.shop_cipher, token, JSON_TYPE, 'ASC', pageToken || undefined, 'update_time', { updateTimeGe: since },
    ));
    return { orders: page.orders, next: page.nextPageToken };
  },
  async readOrder(id) {
    const [order] = data(await api.OrderV202309Api.OrdersGet([id], shop.shop_cipher, token, JSON_TYPE)).orders;
    const lines = order.lineItems.map((it) => ({ skuId: it.skuId, sellerSku: it.sellerSku, id: it.id }));
    return { id: order.id, status: order.status, deliveryOptionId: order.deliveryOptionId, lines };
  },
  async readStock(skuId) {
    const [product] = data(await api.ProductV202309Api.InventorySearchPost(token, JSON_TYPE, shop.shop_cipher, { skuIds: [skuId] })).inventory;
    const sku = product.skus.find((it) => it.id === skuId);
    return {
      productId: product.productId, available: sku.totalAvailableQuantity,
      warehouses: sku.warehouseInventory.map((it) => it.warehouseId),
    };
  },
  async writeStock(productId, skus) {
    const body = { skus: skus.map((sku) => ({ id: sku.id, inventory: sku.inventory.map((it) => ({ warehouseId: it.warehouse_id, quantity: it.quantity })) })) };
    const written = data(await api.ProductV202309Api.ProductsProductIdInventoryUpdatePost(productId, token, JSON_TYPE, shop.shop_cipher, body));
    assert.equal(written?.errors?.length ?? 0, 0, JSON.stringify(written));
  },
  async subscribe(event, address) {
    data(await api.EventV202309Api.WebhooksPut(token, JSON_TYPE, shop.shop_cipher, { eventType: event, address }));
    const { webhooks } = data(await api.EventV202309Api.WebhooksGet(token, JSON_TYPE, shop.shop_cipher));
    assert.deepEqual(webhooks.map((it) => it.address), [address]);
  },
  async provider(deliveryOptionId) {
    const answer = await api.LogisticsV202309Api.DeliveryOptionsDeliveryOptionIdShippingProvidersGet(deliveryOptionId, token, JSON_TYPE, shop.shop_cipher);
    return data(answer).shippingProviders[0].id;
  },
  async ship(order, trackingNumber, shippingProviderId) {
    data(await api.FulfillmentV202309Api.OrdersOrderIdPackagesPost(order.id, token, JSON_TYPE, shop.shop_cipher, { trackingNumber, shippingProviderId }));
  },
  codeOf: (error) => error.body?.code ?? error.code,
}));
