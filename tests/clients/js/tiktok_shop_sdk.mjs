// tiktok-shop-sdk: a community client of TikTok Shop's Open API.
import { TikTokShopSDK } from 'tiktok-shop-sdk';
import { assert, flow } from './harness.mjs';
import { shop, tiktokFlow } from './harness_tiktok.mjs';

// point-at-serve
// Both hosts are constants of the SDK, which calls the global fetch.
const platformFetch = globalThis.fetch;
const hosts = ['https://open-api.tiktokglobalshop.com', 'https://auth.tiktok-shops.com'];
globalThis.fetch = (address, init) => {
  const host = hosts.find((it) => String(address).startsWith(it));
  return platformFetch(host ? String(address).replace(host, shop.url) : address, init);
};
const sdk = new TikTokShopSDK({ appKey: shop.app_key, appSecret: shop.app_secret });
// end

const data = (answer) => {
  assert.equal(answer.code, 0, JSON.stringify(answer));
  return answer.data;
};

await flow(() => tiktokFlow({
  async authenticate() {
    const tokens = data(await sdk.auth.getAccessToken({ auth_code: shop.auth_code, grant_type: 'authorized_code' }));
    const fresh = data(await sdk.auth.refreshAccessToken({ refresh_token: tokens.refresh_token, grant_type: 'refresh_token' }));
    sdk.setAccessToken(fresh.access_token);
    const { shops } = data(await sdk.shop.getAuthorizedShops());
    assert.equal(shops[0].cipher, shop.shop_cipher);
    sdk.setShopCipher(shops[0].cipher);
    return `code, refresh, shop ${shops[0].name}`;
  },
  async listOrders({ since, pageToken }) {
    const query = { page_size: 7, sort_field: 'update_time', sort_order: 'ASC', ...(pageToken && { page_token: pageToken }) };
    const page = data(await sdk.order.getOrderList({ query, body: { update_time_ge: since } }));
    return { orders: page.orders, next: page.next_page_token };
  },
  async readOrder(id) {
    const [order] = data(await sdk.order.getOrderDetail({ ids: [id] })).orders;
    const lines = order.line_items.map((it) => ({ skuId: it.sku_id, sellerSku: it.seller_sku, id: it.id }));
    return { id: order.id, status: order.status, deliveryOptionId: order.delivery_option_id, lines };
  },
  async readStock(skuId) {
    const [product] = data(await sdk.product.searchInventory({ sku_ids: [skuId] })).inventory;
    const sku = product.skus.find((it) => it.id === skuId);
    return {
      productId: product.product_id, available: sku.total_available_quantity,
      warehouses: sku.warehouse_inventory.map((it) => it.warehouse_id),
    };
  },
  async writeStock(productId, skus) {
    const written = data(await sdk.product.updateProductInventory({ product_id: productId, body: { skus } }));
    assert.equal(written?.errors?.length ?? 0, 0, JSON.stringify(written));
  },
  async subscribe(event, address) {
    data(await sdk.event.updateShopWebhook({ event_type: event, address }));
    const { webhooks } = data(await sdk.event.getShopWebhooks());
    assert.deepEqual(webhooks.map((it) => it.address), [address]);
  },
  async provider() {
    return undefined; // it has no call that marks as shipped; it buys a label, and the platform knows the carrier
  },
  async ship(order) {
    const bought = data(await sdk.fulfillment.createPackage({ order_id: order.id, order_line_item_ids: order.lines.map((it) => it.id) }));
    assert.ok(bought.package_id, JSON.stringify(bought));
  },
  codeOf: (error) => error.code,
}));
