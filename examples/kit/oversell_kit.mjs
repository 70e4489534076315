// A kit for sync engines in Node.js that speak the stepped protocol (docs/engine-protocol.md): copy this one file beside yours.
//
//     import { Engine, run } from "./oversell_kit.mjs";
//
//     run(
//       class extends Engine {
//         async onChange(sku) {
//           for (const channel of this.channels.values()) channel.setQuantity(sku, Math.max(this.left.get(sku), 0));
//         }
//       },
//     );
//
// What an engine decides is a method of yours; what it need not decide, the kit does: it signs in to Shopify, Amazon and TikTok
// Shop, reads the stock, follows the lists of orders, each order once, and has the warehouse reserve their units. It polls: it
// takes no webhooks, and leaves shipments and cancellations for want of stock to people. Calls keep to a pace below the published
// limits, and are sent again when they were refused for haste or had no answer.
//
// Methods may be asynchronous, and wait for simulated time (`await this.sleep(5)`) and for answers (`await
// channel.setQuantity(sku, 3)` is whether the platform took it), but for nothing real: no timers, files or sockets. Draw random
// numbers from `this.seed`. Then the same seed is the same run. No package is needed.

import { createHash, createHmac } from "node:crypto";
import readline from "node:readline";

export const SECOND = 1_000_000; // All times are microseconds since the start.

/** The protocol: numbers calls and hands out their answers, keeps timers, answers each step with one line. */
class Harness {
  now = 0;
  #outputs = [];
  #underWay = new Map();
  #calls = 0;
  #timers = [];

  /** `done(status, headers, data)`; without a status there was no answer, and nobody knows the effect. */
  call(target, { method, url, headers = {}, body }, done) {
    const call = ++this.#calls;
    this.#underWay.set(call, done);
    this.#outputs.push({ kind: "call", call, target, method, url, headers, ...(body && { body }) });
  }

  after(delay, act) {
    const at = this.now + delay;
    // Timers of one time go off in the order in which they were set.
    let place = this.#timers.length;
    while (place > 0 && this.#timers[place - 1].at > at) place -= 1;
    this.#timers.splice(place, 0, { at, act });
  }

  async step({ now, inputs }, engine) {
    this.now = now;
    for (const input of inputs) {
      if (input.kind === "start") engine.start();
      if (input.kind === "response") {
        const done = this.#underWay.get(input.call);
        this.#underWay.delete(input.call);
        done(input.status, input.headers ?? {}, readJson(input.body));
      }
      if (input.kind === "delivery") {
        this.#outputs.push({ kind: "delivery_answer", delivery: input.delivery, status: 200 });
      }
    }
    // What awaits goes on before the next timer, and before the answer.
    await settled();
    while (this.#timers.length > 0 && this.#timers[0].at <= now) {
      this.#timers.shift().act();
      await settled();
    }
    const outputs = this.#outputs;
    this.#outputs = [];
    return { outputs, wake_at: this.#timers[0]?.at ?? null };
  }
}

/** When all that can go on without the harness has gone on. */
function settled() {
  return new Promise((resolve) => setImmediate(resolve));
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A promise and what resolves it. */
function withResolvers() {
  let resolve;
  const promise = new Promise((own) => (resolve = own));
  return { promise, resolve };
}

/** Calls to one system, one after the other, so many a second; what was refused for haste or had no answer is sent again. */
class Lane {
  #jobs = [];
  #busy = false;

  constructor(system, pause) {
    this.system = system;
    this.pause = pause;
  }

  /** `request()` is asked when the call leaves; `done(data)` gets the answer, or nothing if it was refused for good. */
  add(request, done = () => {}) {
    this.#jobs.push({ request, done });
    this.goOn();
  }

  goOn() {
    if (this.#busy || this.#jobs.length === 0 || this.system.token === undefined) return;
    this.#busy = true;
    const { request, done } = this.#jobs[0];
    this.system.harness.call(this.system.name, request(), (status, headers, data) => {
      const verdict = status === undefined || status >= 500 ? "again" : this.system.verdict(status, data);
      if (verdict === "sign in") this.system.signIn();
      if (verdict === "ok" || verdict === "no") {
        this.#jobs.shift();
        done(verdict === "ok" ? data : undefined);
      }
      const wait = Number(headers["retry-after"] ?? 0) * SECOND;
      this.system.harness.after(Math.max(wait, this.pause), () => {
        this.#busy = false;
        this.goOn();
      });
    });
  }
}

/** A shop. Subclasses know the platform. */
class Channel {
  token = undefined;
  #quantities = new Map();
  #promises = new Map();
  #dirty = new Set();
  #ready = false;
  #writing = false;
  #signingIn = false;
  #polledAt = 0;

  constructor(engine, config, { calls, polls }) {
    this.engine = engine;
    this.harness = engine.harness;
    this.config = config;
    this.name = config.name;
    this.keys = config.credentials;
    this.calls = new Lane(this, calls);
    this.polls = new Lane(this, polls);
    // Lists of orders lag; the longest lag would read too much of them again and again.
    this.overlap = Math.min(config.bounds.order_visibility_lag_micros ?? Infinity, 1_800 * SECOND);
  }

  signIn() {
    if (this.#signingIn) return;
    this.#signingIn = true;
    this.token = undefined;
    this.harness.call(this.name, this.tokenRequest(), (status, _, data) => {
      this.#signingIn = false;
      const answer = status === 200 && data ? this.tokenOf(data) : undefined;
      if (answer === undefined) {
        this.harness.after(5 * SECOND, () => this.signIn());
        return;
      }
      this.token = answer.token;
      this.harness.after(Math.max(answer.lifetime - 120 * SECOND, 60 * SECOND), () => this.signIn());
      this.calls.goOn();
      this.polls.goOn();
    });
  }

  verdict(status) {
    if (status === 401) return "sign in";
    return status < 300 ? "ok" : status === 429 ? "again" : "no";
  }

  getReady() {
    this.#ready = true;
    this.writeNext();
    this.poll();
  }

  /** Shows so many units of a SKU here; a newer count takes the place of one that waits. Resolves to whether the platform took it. */
  setQuantity(sku, units) {
    this.#quantities.set(sku, units);
    if (!this.#promises.has(sku)) this.#promises.set(sku, withResolvers());
    const { promise } = this.#promises.get(sku);
    this.#dirty.add(sku);
    this.writeNext();
    return promise;
  }

  writeNext() {
    const [sku] = this.#dirty;
    if (sku === undefined || !this.#ready || this.#writing) return;
    this.#dirty.delete(sku);
    this.#writing = true;
    const written = this.#promises.get(sku);
    this.#promises.delete(sku);
    // The count is read when the call leaves, so that a late write carries the newest one.
    const request = () => this.writeRequest(sku, this.#quantities.get(sku));
    this.calls.add(request, (data) => {
      this.#writing = false;
      written.resolve(data !== undefined);
      this.writeNext();
    });
  }

  poll() {
    const started = this.harness.now;
    const since = Math.max(this.#polledAt - this.overlap, 0);
    const page = (cursor) =>
      this.polls.add(
        () => this.pollRequest(since, cursor),
        (data) => {
          const { orders, next } = data ? this.ordersOf(data) : { orders: [] };
          for (const order of orders) this.engine.orderSeen(this, order);
          if (next) return page(next);
          if (data) this.#polledAt = started;
          this.harness.after(this.config.poll_orders_every_micros, () => this.poll());
        },
      );
    page(undefined);
  }

  calendar(time) {
    return new Date((this.engine.epoch + time) / 1_000).toISOString();
  }
}

class Shopify extends Channel {
  constructor(engine, config) {
    super(engine, config, { calls: 0.1 * SECOND, polls: 1 * SECOND });
    this.items = new Map();
  }

  tokenRequest() {
    const { api_key: client_id, api_secret: client_secret } = this.keys;
    return json("POST", "/admin/oauth/access_token", { client_id, client_secret, grant_type: "client_credentials" });
  }

  tokenOf({ access_token: token, expires_in: seconds = 86_400 }) {
    return { token, lifetime: seconds * SECOND };
  }

  graphql(query, variables) {
    const path = "/admin/api/2026-10/graphql.json";
    return json("POST", path, { query, variables }, { "x-shopify-access-token": this.token });
  }

  verdict(status, data) {
    const throttled = data?.errors?.some?.((error) => error.extensions?.code === "THROTTLED");
    if (throttled) return "again";
    // A mutation that was refused says so in its payload alone.
    const refused = Object.values(data?.data ?? {}).some((payload) => payload?.userErrors?.length);
    return data?.errors || refused ? "no" : super.verdict(status);
  }

  setUp(cursor) {
    const query =
      "query($after:String){locations(first:1){nodes{id}}productVariants(first:250,after:$after)" +
      "{nodes{sku inventoryItem{id}}pageInfo{hasNextPage endCursor}}}";
    this.calls.add(
      () => this.graphql(query, { after: cursor }),
      ({ data }) => {
        this.location = data.locations.nodes[0].id;
        for (const { sku, inventoryItem } of data.productVariants.nodes) this.items.set(sku, inventoryItem.id);
        const { hasNextPage, endCursor } = data.productVariants.pageInfo;
        if (hasNextPage) this.setUp(endCursor);
        else this.getReady();
      },
    );
  }

  writeRequest(sku, quantity) {
    const mutation =
      "mutation($input:InventorySetQuantitiesInput!,$key:String!)" +
      "{inventorySetQuantities(input:$input)@idempotent(key:$key){userErrors{code message}}}";
    // Whatever it was before: the count overwrites it.
    const row = { inventoryItemId: this.items.get(sku), locationId: this.location, quantity, changeFromQuantity: null };
    const input = { name: "available", reason: "correction", quantities: [row] };
    const digits = createHash("sha256").update(`${this.engine.seed} ${this.name} ${this.harness.now} ${sku}`).digest("hex");
    const key = digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
    return this.graphql(mutation, { input, key });
  }

  pollRequest(since, after) {
    const query =
      "query($query:String!,$after:String){orders(first:50,sortKey:UPDATED_AT,query:$query,after:$after)" +
      "{nodes{id cancelledAt displayFulfillmentStatus lineItems(first:50){nodes{id sku quantity}}}" +
      "pageInfo{hasNextPage endCursor}}}";
    return this.graphql(query, { query: `updated_at:>='${this.calendar(since).slice(0, 19)}Z'`, after });
  }

  ordersOf({ data }) {
    const { nodes, pageInfo } = data.orders;
    const orders = nodes.map((order) => ({
      id: order.id.split("/").pop(),
      isCancelled: order.cancelledAt !== null,
      isHeld: false,
      isShipped: order.displayFulfillmentStatus === "FULFILLED",
      lines: order.lineItems.nodes.map(({ id, sku, quantity }) => ({ line_id: id.split("/").pop(), sku, units: quantity })),
    }));
    return { orders, next: pageInfo.hasNextPage ? pageInfo.endCursor : undefined };
  }
}

class Amazon extends Channel {
  constructor(engine, config) {
    super(engine, config, { calls: 0.21 * SECOND, polls: 180 * SECOND });
  }

  tokenRequest() {
    const { refresh_token, lwa_client_id: client_id, lwa_client_secret: client_secret } = this.keys;
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token, client_id, client_secret });
    const headers = { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" };
    return { method: "POST", url: `${this.config.base_urls.token}/auth/o2/token`, headers, body: form.toString() };
  }

  tokenOf({ access_token: token, expires_in: seconds }) {
    return { token, lifetime: seconds * SECOND };
  }

  headers() {
    return { "x-amz-access-token": this.token, "user-agent": "oversell-kit/1.0 (Language=JavaScript)" };
  }

  verdict(status, data) {
    const expired = status === 403 && JSON.stringify(data ?? "").includes("expired");
    if (expired) return "sign in";
    // A count that is not taken is answered with 200.
    return data?.status === "INVALID" ? "no" : super.verdict(status);
  }

  setUp() {
    this.getReady();
  }

  writeRequest(sku, quantity) {
    const value = [{ fulfillment_channel_code: "DEFAULT", quantity }];
    const patch = { op: "merge", path: "/attributes/fulfillment_availability", value };
    const place = `/listings/2021-08-01/items/${this.keys.seller_id}/${encodeURIComponent(sku)}`;
    const url = `${this.config.base_urls.api}${place}?marketplaceIds=${this.keys.marketplace_id}`;
    return json("PATCH", url, { productType: "PRODUCT", patches: [patch] }, this.headers());
  }

  pollRequest(since, page) {
    const query = new URLSearchParams({
      lastUpdatedAfter: this.calendar(since),
      marketplaceIds: this.keys.marketplace_id,
      maxResultsPerPage: "100",
      includedData: "FULFILLMENT",
      ...(page && { paginationToken: page }),
    });
    const url = `${this.config.base_urls.api}/orders/2026-01-01/orders?${query}`;
    return { method: "GET", url, headers: this.headers() };
  }

  ordersOf({ orders, pagination }) {
    // What Amazon ships from its own warehouses is its own affair.
    const own = orders.filter((order) => order.fulfillment?.fulfilledBy !== "AMAZON");
    return {
      orders: own.map((order) => {
        const status = order.fulfillment?.fulfillmentStatus;
        return {
          id: order.orderId,
          isCancelled: status === "CANCELLED",
          isHeld: !["UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED"].includes(status),
          isShipped: status === "SHIPPED",
          lines: order.orderItems.map(({ orderItemId, product, quantityOrdered }) => ({
            line_id: String(orderItemId),
            sku: product.sellerSku,
            units: quantityOrdered,
          })),
        };
      }),
      next: pagination?.nextToken,
    };
  }
}

class TiktokShop extends Channel {
  constructor(engine, config) {
    super(engine, config, { calls: 0.6 * SECOND, polls: 0.3 * SECOND });
    this.listings = new Map();
  }

  tokenRequest() {
    const { app_key, app_secret, refresh_token } = this.keys;
    const query = new URLSearchParams({ grant_type: "refresh_token", app_key, app_secret, refresh_token });
    return { method: "GET", url: `${this.config.base_urls.token}/api/v2/token/refresh?${query}` };
  }

  tokenOf({ data }) {
    if (!data?.access_token) return undefined;
    this.keys.refresh_token = data.refresh_token ?? this.keys.refresh_token;
    // An instant of Unix time, in spite of its name.
    const expiresAt = data.access_token_expire_in * SECOND;
    return { token: data.access_token, lifetime: expiresAt - this.engine.epoch - this.harness.now };
  }

  request(method, path, query, body) {
    const { app_key, app_secret, shop_cipher } = this.keys;
    const timestamp = String(Math.floor((this.engine.epoch + this.harness.now) / SECOND));
    const pairs = { ...query, app_key, shop_cipher, timestamp };
    const names = Object.keys(pairs).sort();
    const text = body === undefined ? "" : JSON.stringify(body);
    const signed = app_secret + path + names.map((name) => name + pairs[name]).join("") + text + app_secret;
    const sign = createHmac("sha256", app_secret).update(signed).digest("hex");
    const url = `${this.config.base_urls.api}${path}?${new URLSearchParams({ ...pairs, sign })}`;
    const headers = { "content-type": "application/json", "x-tts-access-token": this.token };
    return { method, url, headers, body: text };
  }

  verdict(status, data) {
    if (status === 401 || [105002, 101000].includes(data?.code)) return "sign in";
    if (status === 429 || [36009002, 36009037, 12052109].includes(data?.code)) return "again";
    // Rows that were not taken stand beside those that were.
    return data?.code === 0 && !data.data?.errors?.length ? "ok" : "no";
  }

  setUp() {
    this.calls.add(
      () => this.request("GET", "/logistics/202309/warehouses"),
      ({ data }) => {
        const own = data.warehouses.filter(({ type = "SALES_WAREHOUSE" }) => type === "SALES_WAREHOUSE");
        this.warehouse = (own.find((row) => row.is_default) ?? own[0]).id;
        this.readCatalogue(undefined);
      },
    );
  }

  readCatalogue(page) {
    const query = { page_size: "100", ...(page && { page_token: page }) };
    this.calls.add(
      () => this.request("POST", "/product/202502/products/search", query, {}),
      ({ data }) => {
        for (const product of data.products ?? []) {
          for (const { id, seller_sku, inventory } of product.skus) {
            const places = (inventory ?? []).map((row) => row.warehouse_id);
            this.listings.set(seller_sku, { product: product.id, id, places: places.length ? places : [this.warehouse] });
          }
        }
        if (data.next_page_token) this.readCatalogue(data.next_page_token);
        else this.getReady();
      },
    );
  }

  writeRequest(sku, count) {
    const { product, id, places } = this.listings.get(sku);
    // Every warehouse of the listing must be named; the default one holds the whole count.
    const inventory = places.map((place) => ({ warehouse_id: place, quantity: place === this.warehouse ? count : 0 }));
    return this.request("POST", `/product/202309/products/${product}/inventory/update`, {}, { skus: [{ id, inventory }] });
  }

  pollRequest(since, page) {
    const query = { page_size: "100", sort_field: "update_time", sort_order: "ASC", ...(page && { page_token: page }) };
    const body = { update_time_ge: Math.floor((this.engine.epoch + since) / SECOND) };
    return this.request("POST", "/order/202309/orders/search", query, body);
  }

  ordersOf({ data }) {
    const orders = (data.orders ?? []).map((order) => ({
      id: order.id,
      isCancelled: ["CANCELLED", "CANCEL"].includes(order.status),
      isHeld: ["UNPAID", "ON_HOLD"].includes(order.status),
      isShipped: !["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "CANCELLED", "CANCEL"].includes(order.status),
      lines: order.line_items.map(({ id, seller_sku }) => ({ line_id: id, sku: seller_sku, units: 1 })),
    }));
    return { orders, next: data.next_page_token };
  }
}

/** The generic channel (docs/custom.md). All its calls share one bucket. */
class Custom extends Channel {
  constructor(engine, config) {
    super(engine, config, { calls: 0.12 * SECOND, polls: 1 * SECOND });
  }

  request(method, path, body) {
    const url = `${this.config.base_urls.api}${path}`;
    const headers = { authorization: `Bearer ${this.keys.token}` };
    return body === undefined ? { method, url, headers } : json(method, url, body, headers);
  }

  tokenRequest() {
    return this.request("GET", "/v1/shop");
  }

  tokenOf() {
    return { token: this.keys.token, lifetime: 365 * 86_400 * SECOND }; // It does not expire.
  }

  setUp() {
    this.getReady();
  }

  writeRequest(sku, quantity) {
    return this.request("PUT", `/v1/products/${encodeURIComponent(sku)}/quantity`, { quantity: Math.max(quantity, 0) });
  }

  pollRequest(since, page) {
    const query = new URLSearchParams({ updated_since: this.calendar(since), limit: "100", ...(page && { cursor: page }) });
    return this.request("GET", `/v1/orders?${query}`);
  }

  ordersOf({ orders, next_cursor }) {
    const found = orders.map(({ id, status, lines }) => ({
      id,
      isCancelled: status === "cancelled",
      isHeld: status === "pending",
      isShipped: status === "fulfilled",
      lines: lines.map(({ id: line_id, sku, quantity: units }) => ({ line_id, sku, units })),
    }));
    return { orders: found, next: next_cursor ?? undefined };
  }
}

/** The merchant's own stock system (docs/warehouse-openapi.yaml). */
class Warehouse {
  name = "warehouse";

  constructor(engine, config) {
    this.engine = engine;
    this.harness = engine.harness;
    this.token = config.token;
    this.calls = new Lane(this, 0.05 * SECOND);
  }

  verdict(status) {
    return status < 300 ? "ok" : status === 429 ? "again" : "no";
  }

  request(method, url, body) {
    const headers = { authorization: `Bearer ${this.token}` };
    return body ? json(method, url, body, headers) : { method, url, headers };
  }

  readStock(names, done) {
    this.calls.add(
      () => this.request("GET", "/v1/locations"),
      ({ locations }) => {
        // Stock that only some channels may sell (Amazon's own warehouses) is nothing to mirror.
        const isShared = ({ channels, fulfilled_by }) =>
            fulfilled_by === "merchant" && (channels.includes("*") || names.every((name) => channels.includes(name)));
        const shared = new Set(locations.filter(isShared).map(({ id }) => id));
        this.readPage(shared, undefined, done);
      },
    );
  }

  readPage(shared, after, done) {
    const page = after ? `&after=${encodeURIComponent(after)}` : "";
    this.calls.add(
      () => this.request("GET", `/v1/stock?limit=1000${page}`),
      ({ stock, next }) => {
        for (const { location, sku, available } of stock) if (shared.has(location)) this.engine.left.set(sku, this.engine.left.get(sku) + available);
        if (next) this.readPage(shared, next, done);
        else done();
      },
    );
  }

  allocate(channel, order) {
    const allocation = { channel: channel.name, order_id: order.id, hold: order.isHeld, lines: order.lines };
    this.calls.add(() => this.request("POST", "/v1/allocations", { allocations: [allocation] }));
  }
}

/** A sync engine. Override `onChange`, or the hooks that call it. */
export class Engine {
  static platforms = { shopify: Shopify, amazon: Amazon, tiktok_shop: TiktokShop, custom: Custom };
  #orders = new Map();

  constructor(harness, config) {
    this.harness = harness;
    this.config = config;
    this.epoch = config.epoch_unix_micros;
    this.seed = config.seed;
    this.skus = config.skus;
    // What is left of each SKU by all that is known: the warehouse's stock, less what was sold, with what was cancelled.
    this.left = new Map(config.skus.map((sku) => [sku, 0]));
    this.channels = new Map(config.channels.map((own) => [own.name, new Engine.platforms[own.platform](this, own)]));
    this.warehouse = new Warehouse(this, config.warehouse);
  }

  /** The stock has been read, and counts can be set. */
  async onStart() {
    await Promise.all(this.skus.map((sku) => this.onChange(sku)));
  }

  /** A sale that was not known before: `channel` has sold `lines` of `sku` and `units`, which are gone from `left`. */
  async onOrder({ lines }) {
    await Promise.all(lines.map(({ sku }) => this.onChange(sku)));
  }

  /** An order is cancelled, and its units are in `left` again. */
  async onCancel({ lines }) {
    await Promise.all(lines.map(({ sku }) => this.onChange(sku)));
  }

  /** `left` of a SKU is another number now. */
  async onChange(sku) {}

  /** Simulated time, to be awaited. */
  sleep(seconds) {
    if (!Number.isFinite(seconds) || seconds < 0) throw new RangeError(`no time to sleep: ${seconds}`);
    return new Promise((resolve) => this.harness.after(Math.round(seconds * SECOND), resolve));
  }

  /** Simulated seconds since the start. */
  get now() {
    return this.harness.now / SECOND;
  }

  // The kit's.

  start() {
    this.warehouse.readStock([...this.channels.keys()], () => {
      this.#hook(this.onStart());
      for (const channel of this.channels.values()) {
        channel.signIn();
        channel.setUp();
      }
    });
  }

  orderSeen(channel, order) {
    const key = `${channel.name} ${order.id}`;
    const known = this.#orders.get(key) ?? { ...order, channel, isCancelled: false };
    if (!this.#orders.has(key)) {
      this.#orders.set(key, known);
      this.#count(order.lines, -1);
      this.#hook(this.onOrder(known));
      if (!order.isCancelled && !order.isShipped) this.warehouse.allocate(channel, order);
    }
    // One that is seen cancelled for the first time was sold and put back by the platform: counts are due all the same.
    if (order.isCancelled && !known.isCancelled) {
      known.isCancelled = true;
      this.#count(order.lines, 1);
      this.#hook(this.onCancel(known));
    }
  }

  #count(lines, sign) {
    for (const { sku, units } of lines) this.left.set(sku, this.left.get(sku) + sign * units);
  }

  /** What a hook throws ends the engine, so that the harness sees it. */
  #hook(promise) {
    promise.catch((error) => {
      console.error(error);
      process.exit(1);
    });
  }
}

function json(method, url, body, headers = {}) {
  return { method, url, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** Plays an engine of this class until the harness has enough. The first line greets; each further one is a step and wants one line. */
export async function run(Own) {
  const harness = new Harness();
  let engine;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const message = JSON.parse(line);
    let answer = { protocol: 1 };
    if (engine) answer = await harness.step(message, engine);
    else engine = new Own(harness, message.config);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
}
