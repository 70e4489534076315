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
// Shop, reads the stock, follows the lists of orders, each order once, has the warehouse reserve their units, gives back those that
// were taken out again, confirms what was shipped, and cancels what cannot be. It polls, and takes no webhooks: the Python kit does.
// Calls keep to the published limits, and are sent again when they were refused for haste or had no answer. docs/first-engine.md goes
// through it step by step.
//
// What cannot be used holds up nothing else and ends nothing: an order in a form that the kit does not know is kept and asked for
// again, one that the warehouse refuses is left out, a product that a channel does not list is not written there. `this.notes` counts
// all of it, and standard error tells it.
//
// Methods may be asynchronous, and wait for simulated time (`await this.sleep(5)`) and for answers (`await
// channel.setQuantity(sku, 3)` is whether the platform took it), but for nothing real: no timers, files or sockets. Draw random
// numbers from `this.seed`. Then the same seed is the same run. No package is needed.

import { createHash, createHmac } from "node:crypto";
import readline from "node:readline";

export const SECOND = 1_000_000; // All times are microseconds since the start.
const TOLD_IN_FULL = 20; // Notes of one kind that are told in full; those after them are counted.
const MOST_FAILURES = 20; // A call that the platform itself fails at is sent so often, and counts as refused then.

/** The protocol: numbers calls and hands out their answers, keeps timers, answers each step with one line. */
class Harness {
  now = 0;
  #outputs = [];
  #underWay = new Map();
  calls = 0;
  #timers = [];

  /** `done(status, headers, body)`; without a status there was no answer, and nobody knows the effect. */
  call(target, { method, url, headers = {}, body }, done) {
    const call = ++this.calls;
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
        done(input.status, input.headers ?? {}, input.body ?? "");
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

/** The object in a body; undefined if it is none. */
function readJson(body) {
  try {
    const data = JSON.parse(body);
    return isObject(data) ? data : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A promise and what resolves it. */
function withResolvers() {
  let resolve;
  const promise = new Promise((own) => (resolve = own));
  return { promise, resolve };
}

/** Calls to one system, one after the other, within a rate limit: `burst` at once, then `rate` a second. What was refused for haste,
 * or had no answer, is sent again. */
class Lane {
  #jobs = [];
  #busy = false;
  #filledAt = 0;
  #failures = 0; // Of the first job, by the platform's own errors.
  #token = undefined; // The one with which the call under way was sent.

  constructor(system, [burst, rate]) {
    this.system = system;
    this.burst = this.level = burst;
    this.rate = rate;
  }

  get isEmpty() {
    return this.#jobs.length === 0;
  }

  /** `request()` gives the call when it leaves, or nothing if it is no longer wanted. `done(value)` gets what `read(data)` makes of the
   * JSON answer; undefined if there was no call, it was refused, or its answer could not be read. */
  add(request, done = () => {}, read = (data) => data ?? {}) {
    this.#jobs.push({ request, done, read });
    this.goOn();
  }

  /** The same for what the engine cannot do without: it is asked for again each minute until it can be read. */
  ask(request, done, read) {
    const answered = (value) => {
      if (value === undefined) this.system.harness.after(60 * SECOND, () => this.ask(request, done, read));
      else done(value);
    };
    this.add(request, answered, read);
  }

  goOn() {
    if (this.#busy || this.#jobs.length === 0 || this.system.token === undefined) return;
    this.#busy = true;
    const { now } = this.system.harness;
    this.level = Math.min(this.level + ((now - this.#filledAt) * this.rate) / SECOND, this.burst);
    this.#filledAt = now;
    if (this.level < 1) {
      this.#tryAgain(Math.floor(((1 - this.level) / this.rate) * SECOND) + 1);
      return;
    }
    const call = this.#jobs[0].request();
    if (call === undefined) {
      this.#settle(undefined);
    } else {
      this.level -= 1;
      this.#token = this.system.token;
      this.system.harness.call(this.system.name, call, (...answer) => this.#answered(...answer));
    }
  }

  #answered(status, headers, body) {
    const data = readJson(body);
    let verdict = status === undefined || status >= 500 ? "again" : this.#verdict(status, data);
    if (verdict === "failed") {
      this.#failures += 1;
      verdict = this.#failures < MOST_FAILURES ? "again" : "no";
    }
    if (verdict === "again") {
      this.level = 0;
      this.#tryAgain(secondsOf(headers["retry-after"]) * SECOND || Math.floor(SECOND / this.rate));
    } else if (verdict === "sign in") {
      this.#busy = false;
      // Else another call has signed in anew since this one left.
      if (this.#token === this.system.token) this.system.signIn();
      this.goOn();
    } else if (verdict === "ok") {
      this.#settle(this.#read(status, data, body));
    } else {
      this.system.note("calls refused", `${status} ${body.slice(0, 200)}`);
      this.#settle(undefined);
    }
  }

  #verdict(status, data) {
    try {
      return this.system.verdict(status, data);
    } catch {
      return "no"; // A refusal in an unknown form is one all the same.
    }
  }

  #read(status, data, body) {
    try {
      return this.#jobs[0].read(data);
    } catch (error) {
      this.system.note("answers in an unknown form", `${status} ${error.message} in ${body.slice(0, 200)}`);
      return undefined;
    }
  }

  #settle(value) {
    this.#busy = false;
    this.#failures = 0;
    this.#jobs.shift().done(value);
    this.goOn();
  }

  #tryAgain(wait) {
    this.system.harness.after(wait, () => {
      this.#busy = false;
      this.goOn();
    });
  }
}

/** What channels and warehouse share. */
class System {
  token = undefined;
  #lanes = [];

  constructor(engine, name) {
    this.engine = engine;
    this.harness = engine.harness;
    this.name = name;
  }

  lane(limit) {
    this.#lanes.push(new Lane(this, limit));
    return this.#lanes.at(-1);
  }

  signedIn(token) {
    this.token = token;
    for (const lane of this.#lanes) lane.goOn();
  }

  signIn() {}

  note(kind, text) {
    this.engine.note(kind, `${this.name}: ${text}`);
  }

  /** What `read` makes of each row; one in a form that it does not know is noted, and holds up no other. */
  readable(rows, read, kind) {
    const found = [];
    for (const row of rows) {
      try {
        found.push(read(row));
      } catch (error) {
        this.note(kind, `${error.message} in ${shown(row)}`);
      }
    }
    return found;
  }

  /** ok, no (for good), again, or sign in. */
  verdict(status) {
    return status < 300 ? "ok" : status === 429 ? "again" : "no";
  }
}

/** A shop. Subclasses know the platform. */
class Channel extends System {
  #quantities = new Map(); // What each SKU is to show.
  #dirty = new Set(); // SKUs to be written, in order.
  #alone = new Set(); // SKUs of a call that was refused as a whole: each is written by itself.
  #promises = new Map(); // What is resolved when a SKU has been written.
  #ready = false;
  #signingIn = false;
  #signedInAt = -5 * SECOND;
  #polledAt = 0;
  #isPageWhole = true;
  unread = new Map(); // Orders that could not be read: how often each was asked for by its id.

  // The published limits, each as [calls at once, calls a second]. Without `fetches`, reading single orders is part of `api`.
  constructor(engine, config, { api = [10, 10], polls = [10, 10], writes = [10, 10], fetches, rowsPerWrite = 1 }) {
    super(engine, config.name);
    this.config = config;
    this.keys = { ...config.credentials };
    this.api = this.lane(api);
    this.polls = this.lane(polls);
    this.writes = this.lane(writes);
    this.fetches = fetches ? this.lane(fetches) : this.api;
    this.rowsPerWrite = rowsPerWrite;
    this.notListed = new Set(config.not_listed ?? []);
    // Lists of orders lag, and clocks are set. The longest lag would read too much of them again and again.
    const lag = config.bounds.order_visibility_lag_micros ?? Infinity;
    this.overlap = Math.min(Math.max(lag, 120 * SECOND), 1_800 * SECOND);
  }

  // Signing in.

  signIn() {
    if (this.#signingIn) return;
    this.#signingIn = true;
    this.token = undefined;
    // A token that is refused as soon as it is there waits: the next one may be refused too.
    const wait = Math.max(this.#signedInAt + 5 * SECOND - this.harness.now, 0);
    this.harness.after(wait, () => this.#askForToken());
  }

  #askForToken() {
    this.harness.call(this.name, this.tokenRequest(), (status, _, body) => {
      let answer;
      try {
        answer = status === 200 ? this.tokenOf(readJson(body)) : undefined;
      } catch (error) {
        this.note("answers in an unknown form", `${status} ${error.message} in an access token's answer`);
      }
      if (answer) {
        this.#signingIn = false;
        this.#signedInAt = this.harness.now;
        this.signedIn(answer.token);
        this.harness.after(Math.max(answer.lifetime - 120 * SECOND, 60 * SECOND), () => this.token === answer.token && this.signIn());
      } else {
        if (status < 500) this.note("sign-ins refused", `${status} ${body.slice(0, 200)}`);
        this.harness.after(5 * SECOND, () => this.#askForToken());
      }
    });
  }

  // Counts.

  /** Whether the SKU is sold here by all that is known: by the greeting, and once it has been read by the catalogue. */
  lists(sku) {
    return this.engine.left.has(sku) && !this.notListed.has(sku) && (!this.#ready || this.has(sku));
  }

  /** Whether the catalogue has the SKU. True where none is read. */
  has(sku) {
    return true;
  }

  /** Shows so many units of a SKU on this channel. Counts wait for the limits of the platform; a newer count takes the place of one
   * that waits. Resolves to whether the platform took it. What is not listed here is left alone: false. */
  setQuantity(sku, units) {
    const own = this.#promises.get(sku) ?? withResolvers();
    if (this.lists(sku)) {
      this.#quantities.set(sku, units);
      this.#promises.set(sku, own);
      this.#dirty.add(sku);
      this.writeNext();
    } else {
      own.resolve(false);
    }
    return own.promise;
  }

  count(sku) {
    return this.#quantities.get(sku) ?? 0;
  }

  writeNext() {
    if (this.#dirty.size === 0 || !this.#ready || !this.writes.isEmpty) return;
    const skus = this.#nextSkus();
    const promises = new Map();
    for (const sku of skus) {
      this.#dirty.delete(sku);
      if (this.#promises.has(sku)) promises.set(sku, this.#promises.get(sku));
      this.#promises.delete(sku);
    }
    const done = (data) => {
      if (data === undefined && skus.length > 1) {
        // One row that is refused takes the whole call with it: the others are not to suffer for it.
        for (const sku of skus) {
          this.#alone.add(sku);
          this.#dirty.add(sku);
          this.#followPromise(sku, promises);
        }
      } else {
        for (const sku of skus) this.#alone.delete(sku);
        for (const { resolve } of promises.values()) resolve(data !== undefined);
      }
      this.writeNext();
    };
    // The counts are read when the call leaves, so that a late write carries the newest ones.
    this.writes.add(() => this.writeRequest(skus), done);
  }

  #nextSkus() {
    const [first] = this.#dirty;
    if (this.#alone.has(first)) return [first];
    const skus = [];
    for (const sku of this.#dirty) {
      if (skus.length === this.rowsPerWrite) break;
      if (!this.#alone.has(sku)) skus.push(sku);
    }
    return skus;
  }

  /** A count that is written again keeps its promise; a newer one that came meanwhile keeps both. */
  #followPromise(sku, promises) {
    if (!promises.has(sku)) return;
    if (this.#promises.has(sku)) this.#promises.get(sku).promise.then(promises.get(sku).resolve);
    else this.#promises.set(sku, promises.get(sku));
  }

  // Orders.

  getReady() {
    this.#ready = true;
    for (const sku of [...this.#dirty].filter((sku) => !this.has(sku))) {
      this.note("products that are not there", `${sku} is in no listing that was read, and gets no count`);
      this.#dirty.delete(sku);
      this.#promises.get(sku).resolve(false);
      this.#promises.delete(sku);
    }
    this.writeNext();
    this.poll();
  }

  poll() {
    this.#isPageWhole = true; // No order of the pages of this poll lacks an id.
    this.#pollPage(Math.max(this.#polledAt - this.overlap, 0), undefined, this.harness.now);
  }

  #pollPage(since, page, started) {
    const done = (found) => {
      const { rows, next } = found ?? { rows: [] };
      this.takeOrders(rows);
      if (next) return this.#pollPage(since, next, started);
      // An order of which not even the id is known can be found by listing it again alone.
      if (found && this.#isPageWhole) this.#polledAt = started;
      this.harness.after(this.config.poll_orders_every_micros, () => this.poll());
    };
    this.polls.add(() => this.pollRequest(since, page), done, (data) => this.rowsOf(data));
  }

  /** Takes the orders of a list. None that cannot be read holds up the others. */
  takeOrders(rows) {
    for (const row of rows) {
      let orderId;
      try {
        orderId = this.idOf(row);
      } catch (error) {
        this.#isPageWhole = false;
        this.note("orders without an id", `${error.message} in ${shown(row)}`);
        continue;
      }
      this.#takeOrder(orderId, row);
    }
  }

  #takeOrder(orderId, row) {
    let found;
    try {
      found = this.orderOf(row);
    } catch (error) {
      this.#keep(orderId, error.message);
      return;
    }
    if (found === undefined) return; // It is none of the merchant's own.
    let { state, lines, address } = found;
    if (state === undefined) {
      // It is sold and reserved; whether it may be shipped shows when its state can be read.
      this.#keep(orderId, "its state has a value that is not known");
      state = "held";
    } else if (this.unread.delete(orderId)) {
      this.note("orders read later", `order ${orderId} can be read again`);
    }
    this.engine.orderSeen(this, orderId, state, lines, address);
  }

  /** An order that cannot be read is asked for by its id: after a minute, and then with waits that double up to an hour. */
  #keep(orderId, why) {
    if (this.unread.has(orderId)) return;
    this.unread.set(orderId, 0);
    this.note("orders in an unknown form", `order ${orderId}, ${why}: kept, and asked for again`);
    this.#fetchLater(orderId);
  }

  #fetchLater(orderId) {
    const times = this.unread.get(orderId);
    this.harness.after(Math.min(60 * 2 ** times, 3_600) * SECOND, () => {
      if (!this.unread.has(orderId)) return;
      this.fetch(orderId, () => {
        if (this.unread.has(orderId)) this.#fetchLater(orderId);
      });
    });
    this.unread.set(orderId, Math.min(times + 1, 10));
  }

  /** Reads one order, and takes it. */
  fetch(orderId, then = () => {}) {
    const done = (row) => {
      if (row !== undefined) this.#takeOrder(orderId, row);
      then();
    };
    this.fetches.add(() => this.fetchRequest(orderId), done, (data) => this.rowOf(data));
  }

  /** The order in the answer to `fetchRequest`. */
  rowOf(data) {
    return data;
  }

  skuOf(value) {
    const sku = text(value);
    if (!this.engine.left.has(sku)) throw new Error(`the SKU ${sku} is none of the greeting's`);
    return sku;
  }

  calendar(time) {
    return new Date((this.engine.epoch + time) / 1_000).toISOString();
  }
}

class Shopify extends Channel {
  static orderFields =
    "id cancelledAt displayFulfillmentStatus shippingAddress{countryCodeV2 zip}" +
    " lineItems(first:50){nodes{id sku quantity currentQuantity}}";
  static states = states({
    open: "UNFULFILLED PARTIALLY_FULFILLED IN_PROGRESS OPEN PENDING_FULFILLMENT REQUEST_DECLINED FULFILLMENT_NOT_REQUIRED",
    shipped: "FULFILLED",
    held: "ON_HOLD SCHEDULED",
  });

  constructor(engine, config) {
    super(engine, config, { rowsPerWrite: 100 });
    this.items = new Map();
  }

  tokenRequest() {
    const { api_key: client_id, api_secret: client_secret } = this.keys;
    return json("POST", "/admin/oauth/access_token", { client_id, client_secret, grant_type: "client_credentials" });
  }

  tokenOf(data) {
    return { token: text(data.access_token), lifetime: whole(data.expires_in ?? 86_400) * SECOND };
  }

  graphql(query, variables) {
    const path = "/admin/api/2026-10/graphql.json";
    return json("POST", path, { query, variables }, { "x-shopify-access-token": this.token });
  }

  verdict(status, data) {
    if (status === 401) return "sign in";
    if (status === 200 && data && !data.errors) {
      // A mutation that was refused says so in its payload alone.
      const isRefused = (payload) => payload?.userErrors?.length || payload?.orderCancelUserErrors?.length;
      return Object.values(data.data ?? {}).some(isRefused) ? "no" : "ok";
    }
    // A refusal that GraphQL never saw has a text here, no list.
    const errors = Array.isArray(data?.errors) ? data.errors : [];
    const isThrottled = errors.some((error) => error.extensions?.code === "THROTTLED");
    return status === 429 || isThrottled ? "again" : "no";
  }

  setUp() {
    const first = ({ data }) => text(data.locations.nodes[0].id);
    const located = (location) => {
      this.location = location;
      this.#readCatalogue(null);
    };
    this.api.ask(() => this.graphql("query{locations(first:1){nodes{id}}}", {}), located, first);
  }

  #readCatalogue(after) {
    const query =
      "query($after:String){productVariants(first:250,after:$after)" +
      "{nodes{sku inventoryItem{id}}pageInfo{hasNextPage endCursor}}}";
    const read = ({ data }) => ({ rows: list(data.productVariants.nodes), next: cursorOf(data.productVariants.pageInfo) });
    const done = ({ rows, next }) => {
      const variant = (row) => [text(row.sku), text(row.inventoryItem.id)];
      for (const [sku, item] of this.readable(rows, variant, "products in an unknown form")) {
        if (!this.items.has(sku)) this.items.set(sku, item);
      }
      if (next) this.#readCatalogue(next);
      else this.getReady();
    };
    this.api.ask(() => this.graphql(query, { after }), done, read);
  }

  has(sku) {
    return this.items.has(sku);
  }

  writeRequest(skus) {
    const mutation =
      "mutation($input:InventorySetQuantitiesInput!,$key:String!)" +
      "{inventorySetQuantities(input:$input)@idempotent(key:$key){userErrors{code message}}}";
    const quantities = skus.map((sku) => ({
      inventoryItemId: this.items.get(sku),
      locationId: this.location,
      quantity: this.count(sku),
      changeFromQuantity: null, // Whatever it was: this is what a mirror does.
    }));
    const input = { name: "available", reason: "correction", quantities };
    const digits = createHash("sha256").update(`${this.engine.seed} ${this.name} ${this.harness.calls}`).digest("hex");
    const key = digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
    return this.graphql(mutation, { input, key });
  }

  pollRequest(since, after) {
    const query =
      "query($query:String!,$after:String){orders(first:50,sortKey:UPDATED_AT,query:$query,after:$after)" +
      `{nodes{${Shopify.orderFields}}pageInfo{hasNextPage endCursor}}}`;
    return this.graphql(query, { query: `updated_at:>='${this.calendar(since).slice(0, 19)}Z'`, after });
  }

  rowsOf({ data }) {
    return { rows: list(data.orders.nodes), next: cursorOf(data.orders.pageInfo) };
  }

  fetchRequest(orderId) {
    const query = `query($id:ID!){order(id:$id){${Shopify.orderFields}}}`;
    return this.graphql(query, { id: `gid://shopify/Order/${orderId}` });
  }

  rowOf({ data }) {
    return object(data.order);
  }

  idOf(row) {
    return tail(text(row.id));
  }

  orderOf(row) {
    const status = alone(member(row, "displayFulfillmentStatus"));
    const isCancelled = Boolean(member(row, "cancelledAt"));
    const lines = list(row.lineItems.nodes).map((line) => ({
      line_id: tail(text(line.id)),
      sku: this.skuOf(line.sku),
      // What was refunded or edited away stays in `quantity`.
      units: whole(line.currentQuantity ?? line.quantity),
    }));
    const state = isCancelled ? "cancelled" : status === null ? "open" : Shopify.states.get(status);
    return { state, lines, address: shipTo(row.shippingAddress, "countryCodeV2", "zip") };
  }

  confirm(orderId, lines, tracking, shippedAt, done) {
    const query =
      "query($id:ID!){order(id:$id){fulfillmentOrders(first:3){nodes{id status lineItems(first:50)" +
      "{nodes{id remainingQuantity lineItem{id}}}}}}}";
    const mutation =
      "mutation($fulfillment:FulfillmentInput!){fulfillmentCreate(fulfillment:$fulfillment){userErrors{message}}}";
    const read = ({ data }) => {
      const parts = [];
      for (const { id, status, lineItems } of data.order.fulfillmentOrders.nodes) {
        const rows = [];
        for (const row of lineItems.nodes) {
          const quantity = Math.min(lines.get(tail(row.lineItem.id)) ?? 0, whole(row.remainingQuantity));
          if (quantity > 0) rows.push({ id: row.id, quantity });
        }
        if (rows.length && ["OPEN", "IN_PROGRESS"].includes(status)) {
          parts.push({ fulfillmentOrderId: id, fulfillmentOrderLineItems: rows });
        }
      }
      return parts;
    };
    const found = (parts) => {
      if (!parts?.length) return done(undefined);
      const trackingInfo = { company: tracking.carrier, number: tracking.number };
      const fulfillment = { lineItemsByFulfillmentOrder: parts, notifyCustomer: false, trackingInfo };
      this.api.add(() => this.graphql(mutation, { fulfillment }), done);
    };
    this.api.add(() => this.graphql(query, { id: `gid://shopify/Order/${orderId}` }), found, read);
  }

  cancel(orderId) {
    const mutation =
      "mutation($order:ID!){orderCancel(orderId:$order,reason:INVENTORY,restock:false)" +
      "{job{id}orderCancelUserErrors{message}}}";
    this.api.add(() => this.graphql(mutation, { order: `gid://shopify/Order/${orderId}` }));
  }
}

class Amazon extends Channel {
  // Pending orders are sales already, but may not be shipped yet.
  static states = states({
    open: "UNSHIPPED PARTIALLY_SHIPPED",
    shipped: "SHIPPED",
    cancelled: "CANCELLED",
    held: "PENDING PENDING_AVAILABILITY UNFULFILLABLE",
  });
  static included = "FULFILLMENT,RECIPIENT";

  constructor(engine, config) {
    super(engine, config, {
      api: [10, 2], // confirmShipment
      polls: [20, 0.0056], // searchOrders
      writes: [5, 5], // patchListingsItem
      fetches: [30, 0.5], // getOrder
    });
  }

  tokenRequest() {
    const { refresh_token, lwa_client_id: client_id, lwa_client_secret: client_secret } = this.keys;
    const form = new URLSearchParams({ grant_type: "refresh_token", refresh_token, client_id, client_secret });
    const headers = { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" };
    return { method: "POST", url: `${this.config.base_urls.token}/auth/o2/token`, headers, body: form.toString() };
  }

  tokenOf(data) {
    return { token: text(data.access_token), lifetime: whole(data.expires_in) * SECOND };
  }

  request(method, path, body) {
    const url = this.config.base_urls.api + path;
    const headers = { "x-amz-access-token": this.token, "user-agent": "oversell-kit/1.0 (Language=JavaScript)" };
    return body === undefined ? { method, url, headers } : json(method, url, body, headers);
  }

  verdict(status, data) {
    // The token has expired, or the merchant has taken the access back: then signing in waits for him.
    if (status === 401 || (status === 403 && JSON.stringify(data ?? "").includes("access token"))) return "sign in";
    // A count that is not taken is answered with 200.
    return data?.status === "INVALID" ? "no" : super.verdict(status);
  }

  setUp() {
    this.getReady();
  }

  writeRequest([sku]) {
    const value = [{ fulfillment_channel_code: "DEFAULT", quantity: this.count(sku) }];
    const patch = { op: "merge", path: "/attributes/fulfillment_availability", value };
    const path = `/listings/2021-08-01/items/${this.keys.seller_id}/${encodeURIComponent(sku)}`;
    const query = new URLSearchParams({ marketplaceIds: this.keys.marketplace_id });
    return this.request("PATCH", `${path}?${query}`, { productType: "PRODUCT", patches: [patch] });
  }

  pollRequest(since, page) {
    const query = new URLSearchParams({
      lastUpdatedAfter: `${this.calendar(since).slice(0, 19)}.000Z`,
      marketplaceIds: this.keys.marketplace_id,
      maxResultsPerPage: "100",
      includedData: Amazon.included,
      ...(page && { paginationToken: page }),
    });
    return this.request("GET", `/orders/2026-01-01/orders?${query}`);
  }

  rowsOf({ orders, pagination }) {
    return { rows: list(orders), next: pagination?.nextToken };
  }

  fetchRequest(orderId) {
    return this.request("GET", `/orders/2026-01-01/orders/${orderId}?includedData=${Amazon.included}`);
  }

  rowOf({ order }) {
    return object(order);
  }

  idOf(row) {
    return text(row.orderId);
  }

  orderOf(row) {
    const fulfillment = object(alone(row.fulfillment));
    if (fulfillment.fulfilledBy === "AMAZON") return undefined; // Sold and shipped from Amazon's own warehouse.
    const lines = list(row.orderItems).map((item) => ({
      line_id: text(item.orderItemId),
      sku: this.skuOf(item.product.sellerSku),
      units: whole(item.quantityOrdered),
    }));
    const state = Amazon.states.get(text(fulfillment.fulfillmentStatus));
    return { state, lines, address: shipTo(row.recipient?.deliveryAddress, "countryCode", "postalCode") };
  }

  confirm(orderId, lines, tracking, shippedAt, done) {
    const packageDetail = {
      packageReferenceId: String(parseInt(createHash("sha256").update(tracking.number).digest("hex").slice(0, 7), 16) + 1),
      carrierCode: tracking.carrier,
      trackingNumber: tracking.number,
      shipDate: shippedAt,
      orderItems: [...lines].map(([orderItemId, quantity]) => ({ orderItemId, quantity })),
    };
    const body = { marketplaceId: this.keys.marketplace_id, packageDetail };
    this.api.add(() => this.request("POST", `/orders/v0/orders/${orderId}/shipmentConfirmation`, body), done);
  }

  cancel(orderId) {
    // There is no call for it.
    this.note("orders for people to cancel", `order ${orderId} has no units left to ship: cancel it in Seller Central`);
  }
}

class TiktokShop extends Channel {
  static states = states({
    held: "UNPAID ON_HOLD",
    open: "AWAITING_SHIPMENT PARTIALLY_SHIPPING",
    cancelled: "CANCELLED CANCEL",
    shipped: "AWAITING_COLLECTION IN_TRANSIT DELIVERED COMPLETED",
  });
  static largest = 99_999; // The largest count that the platform takes; it refuses those below 0.

  constructor(engine, config) {
    // Writes: 2 a second; a little less, because the way there is not always equally long.
    super(engine, config, { api: [2, 0.5], polls: [5, 5], writes: [1, 1.8], fetches: [10, 10] });
    this.listings = new Map();
    this.cut = new Set(); // SKUs that show less than was wanted.
  }

  tokenRequest() {
    const { app_key, app_secret, refresh_token } = this.keys;
    const query = new URLSearchParams({ grant_type: "refresh_token", app_key, app_secret, refresh_token });
    return { method: "GET", url: `${this.config.base_urls.token}/api/v2/token/refresh?${query}` };
  }

  tokenOf({ data }) {
    if (!data) {
      // A refusal is answered with 200. A merchant who gave access anew did so with the token of the greeting.
      this.keys.refresh_token = this.config.credentials.refresh_token;
      return undefined;
    }
    this.keys.refresh_token = data.refresh_token || this.keys.refresh_token;
    // An instant of Unix time, in spite of its name.
    const expiresAt = whole(data.access_token_expire_in) * SECOND;
    return { token: text(data.access_token), lifetime: expiresAt - this.engine.epoch - this.harness.now };
  }

  request(method, path, query, body) {
    const { app_key, app_secret, shop_cipher } = this.keys;
    const timestamp = String(Math.floor((this.engine.epoch + this.harness.now) / SECOND));
    const pairs = { ...query, app_key, shop_cipher, timestamp };
    const names = Object.keys(pairs).sort();
    const sent = body === undefined ? "" : JSON.stringify(body);
    const signed = app_secret + path + names.map((name) => name + pairs[name]).join("") + sent + app_secret;
    const sign = createHmac("sha256", app_secret).update(signed).digest("hex");
    const url = `${this.config.base_urls.api}${path}?${new URLSearchParams({ ...pairs, sign })}`;
    const headers = { "content-type": "application/json", "x-tts-access-token": this.token };
    return { method, url, headers, body: sent };
  }

  verdict(status, data) {
    // 36009004 is said of whatever is wrong with a call; its words alone tell that of the token from the others.
    const isToken = data?.code === 36009004 && String(data.message).includes("x-tts-access-token");
    if (status === 401 || [105002, 101000].includes(data?.code) || isToken) return "sign in";
    if (status === 429 || [36009002, 36009037, 12052109].includes(data?.code)) return "again";
    // Rows that were not taken stand beside those that were.
    const failed = data?.data?.errors ?? [];
    // An error of the platform's own, and no word about the row.
    const isOwn = (row) => row?.detail?.extra_errors?.some((more) => more?.code === 12001000);
    if (Array.isArray(failed) && failed.some(isOwn)) return "failed";
    return data?.code === 0 && !failed.length ? "ok" : "no";
  }

  setUp() {
    const own = ({ data }) => {
      const rows = data.warehouses.filter(({ type = "SALES_WAREHOUSE" }) => type === "SALES_WAREHOUSE");
      return text((rows.find((row) => row.is_default) ?? rows[0]).id);
    };
    const found = (warehouse) => {
      this.warehouse = warehouse;
      this.#readOption();
    };
    this.api.ask(() => this.request("GET", "/logistics/202309/warehouses"), found, own);
  }

  #readOption() {
    const path = `/logistics/202309/warehouses/${this.warehouse}/delivery_options`;
    const first = ({ data }) => text(data.delivery_options[0].id);
    this.api.ask(() => this.request("GET", path), (option) => this.#readProviders(option), first);
  }

  #readProviders(option) {
    const path = `/logistics/202309/delivery_options/${option}/shipping_providers`;
    const read = ({ data }) => data.shipping_providers.map(({ id, name }) => ({ id: text(id), name: name.toLowerCase() }));
    const found = (providers) => {
      this.providers = providers;
      this.#readCatalogue(undefined);
    };
    this.api.ask(() => this.request("GET", path), found, read);
  }

  #readCatalogue(page) {
    const query = { page_size: "100", ...(page && { page_token: page }) };
    const listings = (product) =>
      product.skus.map(({ id, seller_sku, inventory }) => {
        const places = (inventory ?? []).map((row) => text(row.warehouse_id));
        places.sort((a, b) => (a !== this.warehouse) - (b !== this.warehouse));
        return [text(seller_sku), { product: text(product.id), id: text(id), places: places.length ? places : [this.warehouse] }];
      });
    const done = ({ products, next }) => {
      for (const rows of this.readable(products, listings, "products in an unknown form")) {
        for (const [sku, listing] of rows) if (!this.listings.has(sku)) this.listings.set(sku, listing);
      }
      if (next) this.#readCatalogue(next);
      else this.getReady();
    };
    const read = ({ data: { products = [], next_page_token } }) => ({ products: list(products), next: next_page_token });
    this.api.ask(() => this.request("POST", "/product/202502/products/search", query, {}), done, read);
  }

  has(sku) {
    return this.listings.has(sku);
  }

  writeRequest([sku]) {
    const { product, id, places } = this.listings.get(sku);
    let count = this.count(sku);
    if (count > TiktokShop.largest) {
      count = TiktokShop.largest;
      if (!this.cut.has(sku)) {
        this.cut.add(sku);
        this.note("counts above the largest that is taken", `${sku} shows ${count}, whatever more there is`);
      }
    } else {
      this.cut.delete(sku);
    }
    // Every warehouse of the listing must be named; the default one holds the whole count.
    const inventory = places.map((warehouse_id, at) => ({ warehouse_id, quantity: at ? 0 : count }));
    return this.request("POST", `/product/202309/products/${product}/inventory/update`, {}, { skus: [{ id, inventory }] });
  }

  pollRequest(since, page) {
    const query = { page_size: "100", sort_field: "update_time", sort_order: "ASC", ...(page && { page_token: page }) };
    const body = { update_time_ge: Math.floor((this.engine.epoch + since) / SECOND) };
    return this.request("POST", "/order/202309/orders/search", query, body);
  }

  rowsOf({ data: { orders, next_page_token, total_count } }) {
    const isLeftOut = orders === undefined && !total_count; // Where there is none.
    return { rows: isLeftOut ? [] : list(orders), next: next_page_token };
  }

  fetchRequest(orderId) {
    return this.request("GET", "/order/202507/orders", { ids: orderId });
  }

  rowOf({ data }) {
    return object(data.orders[0]);
  }

  idOf(row) {
    return text(row.id);
  }

  orderOf(row) {
    // Each line is one unit, and one that was cancelled by itself stays in the list.
    const lines = list(row.line_items).map((line) => ({
      line_id: text(line.id),
      sku: this.skuOf(line.seller_sku),
      units: line.display_status === "CANCELLED" ? 0 : 1,
    }));
    const address = shipTo(row.recipient_address, "region_code", "postal_code");
    return { state: TiktokShop.states.get(text(row.status)), lines, address };
  }

  confirm(orderId, lines, tracking, shippedAt, done) {
    const same = this.providers.find(({ name }) => name === tracking.carrier.toLowerCase());
    const body = {
      tracking_number: tracking.number,
      order_line_item_ids: [...lines.keys()],
      shipping_provider_id: (same ?? this.providers[0]).id,
    };
    const answered = (data) => {
      done(data);
      this.writeNext();
    };
    this.writes.add(() => this.request("POST", `/fulfillment/202309/orders/${orderId}/packages`, {}, body), answered);
  }

  cancel(orderId) {
    const body = { order_id: orderId, cancel_reason: "seller_cancel_reason_out_of_stock" };
    this.writes.add(() => this.request("POST", "/return_refund/202602/cancellations", {}, body), () => this.writeNext());
  }
}

/** The generic channel (docs/custom.md). All its calls share one bucket. */
class Custom extends Channel {
  static states = states({ held: "pending", open: "open", shipped: "fulfilled", cancelled: "cancelled" });

  constructor(engine, config) {
    super(engine, config, { api: [5, 2], polls: [5, 1], writes: [25, 6] });
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

  verdict(status) {
    return status === 401 ? "sign in" : super.verdict(status);
  }

  setUp() {
    this.getReady();
  }

  writeRequest([sku]) {
    return this.request("PUT", `/v1/products/${encodeURIComponent(sku)}/quantity`, { quantity: Math.max(this.count(sku), 0) });
  }

  pollRequest(since, page) {
    const from = `${this.calendar(since).slice(0, 19)}Z`;
    const query = new URLSearchParams({ updated_since: from, limit: "100", ...(page && { cursor: page }) });
    return this.request("GET", `/v1/orders?${query}`);
  }

  rowsOf({ orders, next_cursor }) {
    return { rows: list(orders), next: next_cursor ?? undefined };
  }

  fetchRequest(orderId) {
    return this.request("GET", `/v1/orders/${orderId}`);
  }

  idOf(row) {
    return text(row.id);
  }

  orderOf(row) {
    const lines = list(row.lines).map((line) => ({
      line_id: text(line.id),
      sku: this.skuOf(line.sku),
      units: whole(line.quantity) - whole(line.cancelled_quantity ?? 0),
    }));
    return { state: Custom.states.get(text(row.status)), lines, address: shipTo(row.ship_to, "country", "postal_code") };
  }

  confirm(orderId, lines, tracking, shippedAt, done) {
    const rows = [...lines].map(([id, quantity]) => ({ id, quantity }));
    const body = { carrier: tracking.carrier, tracking_number: tracking.number, lines: rows };
    this.api.add(() => this.request("POST", `/v1/orders/${orderId}/fulfillments`, body), done);
  }

  cancel(orderId) {
    this.api.add(() => this.request("POST", `/v1/orders/${orderId}/cancel`, { restock: false }));
  }
}

/** The merchant's own stock system (docs/warehouse-openapi.yaml). */
class Warehouse extends System {
  #waiting = new Map(); // Orders to be reserved.
  #batch = undefined; // What was asked for those that are being reserved.
  #alone = new Set(); // Orders of a request that was refused as a whole: each is sent by itself.

  constructor(engine, config) {
    super(engine, "warehouse");
    this.token = config.token;
    this.reads = this.lane([40, 20]);
    this.orders = this.lane([40, 20]);
  }

  request(method, url, body) {
    const headers = { authorization: `Bearer ${this.token}` };
    return body ? json(method, url, body, headers) : { method, url, headers };
  }

  readStock() {
    const names = [...this.engine.channels.keys()];
    const read = ({ locations }) => {
      // Stock that only some channels may sell (Amazon's own warehouses) is nothing to mirror.
      const isShared = ({ channels, fulfilled_by }) =>
        fulfilled_by === "merchant" && (channels.includes("*") || names.every((name) => channels.includes(name)));
      return new Set(locations.filter(isShared).map(({ id }) => id));
    };
    const located = (shared) => {
      this.shared = shared;
      this.#readStockPage(undefined);
    };
    this.reads.ask(() => this.request("GET", "/v1/locations"), located, read);
  }

  #readStockPage(after) {
    const path = `/v1/stock?limit=1000${after ? `&after=${encodeURIComponent(after)}` : ""}`;
    const done = ({ rows, next, cursor }) => {
      const read = (row) => ({ location: text(row.location), sku: text(row.sku), available: whole(row.available, -Infinity) });
      for (const { location, sku, available } of this.readable(rows, read, "stock in an unknown form")) {
        if (this.shared.has(location)) this.engine.change(sku, available);
      }
      if (next) {
        this.#readStockPage(next);
      } else {
        this.cursor = cursor;
        this.engine.stockRead();
        this.#follow();
      }
    };
    const read = ({ stock, next, cursor }) => ({ rows: list(stock), next, cursor: whole(cursor) });
    this.reads.ask(() => this.request("GET", path), done, read);
  }

  #follow() {
    const kinds = "received,damaged,recounted,returned,shipped";
    const read = (change) => {
      let parcel;
      if (change.kind === "shipped") {
        const tracking = { carrier: text(change.tracking.carrier), number: text(change.tracking.number) };
        parcel = { channel: change.channel, orderId: change.order_id, line: change.line_id, tracking, at: text(change.at) };
      }
      return { sku: text(change.sku), location: text(change.location), units: whole(change.units, -Infinity), parcel };
    };
    const done = (found) => {
      const { changes, next, more } = found ?? { changes: [], next: this.cursor, more: false };
      this.engine.changed(this.readable(changes, read, "changes of stock in an unknown form"), this.shared);
      this.cursor = next;
      if (more) this.#follow();
      else this.harness.after(30 * SECOND, () => this.#follow());
    };
    this.reads.add(
      () => this.request("GET", `/v1/changes?after=${this.cursor}&limit=500&kinds=${kinds}`),
      done,
      ({ changes, next, more }) => ({ changes: list(changes), next: whole(next), more }),
    );
  }

  allocate(order) {
    this.#waiting.set(order.key, order);
    if (this.#waiting.size === 1) this.#allocateNext();
  }

  #allocateNext() {
    const read = (data) => this.#resultsOf(data);
    this.orders.add(() => this.#allocateRequest(), (results) => this.#allocated(results), read);
  }

  #allocateRequest() {
    // Made when the call first leaves; a repetition is the same one, and then hears the same answer.
    if (this.#batch === undefined) {
      for (const [key, order] of this.#waiting) if (order.hasNothingLeft()) this.#waiting.delete(key);
      this.#batch = new Map(this.#nextOrders().map((order) => [order.key, order.reservation()]));
    }
    if (this.#batch.size === 0) return undefined;
    return this.request("POST", "/v1/allocations", { allocations: [...this.#batch.values()] });
  }

  #nextOrders() {
    const [first] = this.#waiting.values();
    if (first === undefined) return [];
    if (this.#alone.has(first.key)) return [first];
    const orders = [];
    for (const order of this.#waiting.values()) {
      if (orders.length === 100) break;
      if (!this.#alone.has(order.key)) orders.push(order);
    }
    return orders;
  }

  #resultsOf({ results }) {
    const read = (row) => {
      const reserved = new Map();
      for (const { line_id, units } of row.lines) add(reserved, text(line_id), whole(units));
      return { key: keyOf(row.channel, text(row.order_id)), allocation: row.allocation, status: text(row.status), reserved };
    };
    return this.readable(list(results), read, "reservations in an unknown form");
  }

  #allocated(results) {
    const batch = this.#batch;
    this.#batch = undefined;
    if (results === undefined && batch.size > 1) {
      // One order that is refused takes the whole request with it: the others are not to suffer for it.
      for (const key of batch.keys()) this.#alone.add(key);
    } else {
      for (const key of batch.keys()) {
        const { orderId, channel } = this.#waiting.get(key);
        this.#waiting.delete(key);
        this.#alone.delete(key);
        if (results === undefined) {
          this.note("orders refused by the warehouse", `order ${orderId} of ${channel.name} is not reserved, and goes on without`);
        }
      }
    }
    for (const { key, allocation, status, reserved } of results ?? []) {
      if (batch.has(key)) this.engine.allocated(key, allocation, status, reserved);
    }
    if (this.#waiting.size > 0) this.#allocateNext();
  }

  release(allocation) {
    this.orders.add(() => this.request("POST", "/v1/releases", { allocations: [allocation] }));
  }

  /** Gives back all units; `tooLate` is for when one of them has left already. */
  cancel(allocation, tooLate) {
    const answered = (isDone) => isDone === false && tooLate();
    const path = `/v1/allocations/${allocation}/cancel`;
    this.orders.add(() => this.request("POST", path, {}), answered, ({ cancelled }) => cancelled);
  }

  /** Gives back what is not among the units that are still wanted of each line; `tooLate` as above. */
  reduce(allocation, wanted, tooLate) {
    const lines = [...wanted].map(([line_id, units]) => ({ line_id, units }));
    const answered = (isDone) => isDone === false && tooLate();
    const path = `/v1/allocations/${allocation}/reduce`;
    this.orders.add(() => this.request("POST", path, { lines }), answered, ({ reduced }) => reduced);
  }
}

/** An order as the kit has seen it. */
class Order {
  isShipped = false;
  allocation = undefined;
  confirmed = new Map(); // Units of each line that the platform was told to have left.
  freed = new Map(); // Units of each SKU that were counted as free before the warehouse's answer was there.

  constructor(channel, orderId, state, lines, shipTo) {
    this.channel = channel;
    this.orderId = orderId;
    this.key = keyOf(channel.name, orderId);
    this.state = state; // "held" (sold, may not be shipped yet), "open", "shipped" or "cancelled".
    this.lines = lines.map((line) => ({ ...line })); // `line_id`, `sku` and the `units` that are still wanted, each.
    this.shipTo = shipTo; // Country and postal code, where the platform tells.
    this.isHeld = state === "held";
  }

  hasNothingLeft() {
    return !this.lines.some(({ units }) => units > 0);
  }

  /** The units that are still wanted of each line. */
  wanted() {
    return new Map(this.lines.map(({ line_id, units }) => [line_id, units]));
  }

  /** What is asked of the warehouse: the lines of which units are still wanted. */
  reservation() {
    const request = { channel: this.channel.name, order_id: this.orderId, hold: this.isHeld };
    if (this.shipTo) request.ship_to = this.shipTo;
    request.lines = this.lines.filter(({ units }) => units > 0);
    return request;
  }

  /** Lowers lines to what a newer sight of the order says; gives what was taken out, by SKU. What a sight does not name, or names with
   * more units, is as it was: sights arrive late, and a list may be a part. */
  takeOut(lines) {
    const wanted = new Map(lines.map(({ line_id, units }) => [line_id, units]));
    const taken = new Map();
    for (const line of this.lines) {
      const now = wanted.get(line.line_id) ?? line.units;
      if (now < line.units) {
        add(taken, line.sku, line.units - now);
        line.units = now;
      }
    }
    return taken;
  }

  /** The units of a parcel that the platform still waits for. */
  toConfirm(parcel) {
    const found = new Map();
    const wanted = this.wanted();
    for (const [line, units] of parcel) {
      const rest = Math.min(units, (wanted.get(line) ?? 0) - (this.confirmed.get(line) ?? 0));
      if (rest > 0) found.set(line, rest);
    }
    return found;
  }
}

/** A sync engine. Override `onChange`, or the hooks that call it. */
export class Engine {
  static platforms = { shopify: Shopify, amazon: Amazon, tiktok_shop: TiktokShop, custom: Custom };
  #orders = new Map();
  notes = new Map(); // What could not be used, by kind.

  constructor(harness, config) {
    this.harness = harness;
    this.config = config;
    this.epoch = config.epoch_unix_micros;
    this.seed = config.seed;
    this.skus = config.skus;
    // What is left of each SKU by all that is known: the warehouse's stock, less what was sold, with what came back.
    this.left = new Map(config.skus.map((sku) => [sku, 0]));
    this.channels = new Map(config.channels.map((own) => [own.name, new Engine.platforms[own.platform](this, own)]));
    this.warehouse = new Warehouse(this, config.warehouse);
  }

  // Yours.

  /** The stock has been read, and counts can be set. */
  async onStart() {
    await Promise.all(this.skus.map((sku) => this.onChange(sku)));
  }

  /** A sale that was not known before: `channel` has sold `lines` of `sku` and `units`, which are gone from `left`. */
  async onOrder({ lines }) {
    await Promise.all(lines.map(({ sku }) => this.onChange(sku)));
  }

  /** An order that was not shipped is cancelled; its units are in `left` again. */
  async onCancel({ lines }) {
    await Promise.all(lines.map(({ sku }) => this.onChange(sku)));
  }

  /** Units were taken out of an order that goes on without them; they are in `left` again. */
  async onRemoval(order, sku, units) {
    await this.onChange(sku);
  }

  /** The warehouse received, lost, recounted or took back so many units, negative if there are fewer now. */
  async onStock(sku, units) {
    await this.onChange(sku);
  }

  /** `left` of a SKU is another number now, or the platform has changed what it shows: counts are due. */
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
    for (const channel of this.channels.values()) channel.signIn();
    this.warehouse.readStock();
  }

  stockRead() {
    this.#hook(this.onStart());
    for (const channel of this.channels.values()) channel.setUp();
  }

  /** Counts what could not be used, and tells the first of each kind. */
  note(kind, text) {
    add(this.notes, kind, 1);
    const times = this.notes.get(kind);
    if (times <= TOLD_IN_FULL) console.error(`${kind}: ${text}`);
    else if (times === TOLD_IN_FULL + 1) console.error(`${kind}: further ones are counted, and told at the end`);
  }

  tellNotes() {
    for (const [kind, times] of this.notes) console.error(`in all: ${kind}: ${times}`);
    for (const { name, unread } of this.channels.values()) {
      if (unread.size === 0) continue;
      const shown = [...unread.keys()].slice(0, TOLD_IN_FULL).join(", ");
      console.error(`${name}: ${unread.size} orders cannot be read to this day: ${shown}`);
    }
  }

  orderSeen(channel, orderId, state, lines, address) {
    const key = keyOf(channel.name, orderId);
    let order = this.#orders.get(key);
    if (order === undefined) {
      order = new Order(channel, orderId, state, lines, address);
      this.#orders.set(key, order);
      for (const { sku, units } of order.lines) this.change(sku, -units);
      this.#hook(this.onOrder(order));
      // What the platform does not let out yet is reserved all the same, and picked later.
      if (["held", "open"].includes(state) && !order.hasNothingLeft()) this.warehouse.allocate(order);
      // One that is seen cancelled for the first time was sold and put back by the platform: counts are due all the same.
      order.state = state === "cancelled" ? "open" : state;
      this.#lookAfter(order);
    }
    if (order.state !== "cancelled" && state === "cancelled") {
      order.state = "cancelled";
      this.#giveBack(order, new Map(), true);
      return;
    }
    if (order.state === "held" && state === "open") {
      order.state = "open";
      this.#release(order);
    }
    if (order.state !== "cancelled") {
      const taken = order.takeOut(lines);
      if (taken.size > 0) this.#giveBack(order, taken, false);
    }
  }

  /** Of a cancelled order all units are free again, of another one those that were taken out. Where its parcel has left, none is; but
   * the platform may have put them on sale again by itself, and counts are due all the same. */
  #giveBack(order, taken, isCancelled) {
    if (isCancelled) for (const { sku, units } of order.lines) add(taken, sku, units);
    const isCounted = !order.isShipped;
    const tooLate = () => {
      if (isCounted) this.#takeBack(taken);
    };
    if (order.allocation && isCancelled) this.warehouse.cancel(order.allocation, tooLate);
    else if (order.allocation) this.warehouse.reduce(order.allocation, order.wanted(), tooLate);
    else if (isCounted) for (const [sku, units] of taken) add(order.freed, sku, units);
    if (!isCounted) {
      for (const sku of taken.keys()) this.#hook(this.onChange(sku));
      return;
    }
    for (const [sku, units] of taken) this.change(sku, units);
    if (isCancelled) this.#hook(this.onCancel(order));
    else for (const [sku, units] of taken) this.#hook(this.onRemoval(order, sku, units));
  }

  /** A parcel has left with them. What was counted as free is not. */
  #takeBack(taken) {
    for (const [sku, units] of taken) {
      this.change(sku, -units);
      this.#hook(this.onStock(sku, -units));
    }
  }

  /** Reads an order that may not be shipped yet again each half hour: that it may be can show in lists when they go no longer back
   * that far. */
  #lookAfter(order) {
    if (order.state !== "held") return;
    this.harness.after(1_800 * SECOND, () => {
      if (order.state === "held") order.channel.fetch(order.orderId, () => this.#lookAfter(order));
    });
  }

  #release(order) {
    if (!order.isHeld || !order.allocation) return;
    order.isHeld = false;
    this.warehouse.release(order.allocation);
  }

  allocated(key, allocation, status, reserved) {
    const order = this.#orders.get(key);
    order.allocation = allocation;
    const wanted = order.wanted();
    // What was given back while the order was on its way to the warehouse may have left before the answer was there.
    const reservedFreed = new Map();
    for (const { line_id, sku, units } of order.lines) {
      const kept = order.state === "cancelled" ? 0 : units;
      const freed = Math.min((reserved.get(line_id) ?? 0) - kept, (order.freed.get(sku) ?? 0) - (reservedFreed.get(sku) ?? 0));
      if (freed > 0) add(reservedFreed, sku, freed);
    }
    const tooLate = () => this.#takeBack(reservedFreed);
    if (allocation && (order.state === "cancelled" || status !== "allocated")) {
      this.warehouse.cancel(allocation, tooLate);
    } else {
      // Units may have been taken out while the order was on its way to the warehouse.
      const isTooMuch = [...reserved].some(([line, units]) => units > (wanted.get(line) ?? 0));
      if (allocation && isTooMuch) {
        const rest = new Map([...reserved.keys()].map((line) => [line, wanted.get(line) ?? 0]));
        this.warehouse.reduce(allocation, rest, tooLate);
      }
      if (order.state === "open") this.#release(order);
    }
    // Oversold: the unit is not there. The buyer gets his money back instead.
    if (order.state !== "cancelled" && status !== "allocated") order.channel.cancel(order.orderId);
  }

  changed(changes, shared) {
    const parcels = new Map();
    for (const { sku, location, units, parcel } of changes) {
      if (parcel === undefined) {
        if (shared.has(location) && units !== 0 && this.left.has(sku)) {
          this.change(sku, units);
          this.#hook(this.onStock(sku, units));
        }
        continue;
      }
      const { channel, orderId, line, tracking, at } = parcel;
      const key = keyOf(channel, orderId);
      if (!this.#orders.has(key)) continue;
      const place = `${key} ${tracking.number}`;
      if (!parcels.has(place)) parcels.set(place, { key, lines: new Map(), tracking, at });
      add(parcels.get(place).lines, line, -units);
    }
    for (const { key, lines, tracking, at } of parcels.values()) {
      const order = this.#orders.get(key);
      order.isShipped = true;
      this.#confirm(order, lines, tracking, at, false);
    }
  }

  /** Tells the platform that a parcel has left. It takes no units that were taken out of the order in the meantime: where it refuses,
   * the order is read again, and what is left of the parcel is confirmed. */
  #confirm(order, parcel, tracking, at, isRepeated) {
    const lines = order.toConfirm(parcel);
    if (lines.size === 0) return;
    for (const [line, units] of lines) add(order.confirmed, line, units);
    const done = (data) => {
      if (data !== undefined) return;
      for (const [line, units] of lines) add(order.confirmed, line, -units);
      if (isRepeated) {
        this.note("shipments not confirmed", `${order.channel.name}: order ${order.orderId}, parcel ${tracking.number}`);
      } else {
        order.channel.fetch(order.orderId, () => this.#confirm(order, parcel, tracking, at, true));
      }
    };
    order.channel.confirm(order.orderId, lines, tracking, at, done);
  }

  /** Changes what is left of a SKU; one that the greeting does not name is none of the engine's. */
  change(sku, units) {
    if (this.left.has(sku)) add(this.left, sku, units);
  }

  /** What a hook throws ends the engine, so that the harness sees it. */
  #hook(result) {
    Promise.resolve(result).catch((error) => {
      console.error(error);
      process.exit(1);
    });
  }
}

function json(method, url, body, headers = {}) {
  return { method, url, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

/** Which state each of a platform's words is, from the words of each state. */
function states(words) {
  return new Map(Object.entries(words).flatMap(([state, texts]) => texts.split(" ").map((text) => [text, state])));
}

function keyOf(channel, orderId) {
  return `${channel} ${orderId}`;
}

function add(counts, key, units) {
  counts.set(key, (counts.get(key) ?? 0) + units);
}

function shown(row) {
  return String(JSON.stringify(row)).slice(0, 200);
}

/** What stands alone in a list: platforms wrap members now and then. */
function alone(value) {
  return Array.isArray(value) && value.length === 1 ? value[0] : value;
}

function member(row, key) {
  if (!isObject(row) || !(key in row)) throw new Error(`no member '${key}'`);
  return row[key];
}

function object(value) {
  if (!isObject(value)) throw new Error(`${shown(value).slice(0, 40)} is no object`);
  return value;
}

function list(value) {
  if (!Array.isArray(value)) throw new Error(`${shown(value).slice(0, 40)} is no list`);
  return value;
}

/** A text, also one that comes as a number. */
function text(value) {
  const found = alone(value);
  const isText = (typeof found === "string" && found !== "") || Number.isSafeInteger(found);
  if (!isText) throw new Error(`${shown(found).slice(0, 40)} is no text`);
  return String(found);
}

/** A whole number, also one that comes as a text. */
function whole(value, lowest = 0) {
  const digits = text(value);
  if (!/^-?\d+$/.test(digits)) throw new Error(`${digits.slice(0, 40)} is no whole number`);
  if (Number(digits) < lowest) throw new Error(`${digits} is less than ${lowest}`);
  return Number(digits);
}

/** Of a Retry-After; one that is no number of seconds says nothing. */
function secondsOf(header) {
  return /^\d+$/.test(header ?? "") ? Number(header) : 0;
}

function cursorOf({ hasNextPage, endCursor }) {
  return hasNextPage ? endCursor : undefined;
}

/** Where an order goes, for the warehouse to route it. An order without it is one all the same. */
function shipTo(value, country, postalCode) {
  const address = alone(value);
  if (!isObject(address) || !address[country] || !address[postalCode]) return undefined;
  return { country: String(address[country]), postal_code: String(address[postalCode]) };
}

/** The number of gid://shopify/Order/17. */
function tail(gid) {
  return gid.split("/").pop();
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
  engine?.tellNotes();
}
