// What the scripts of this folder share: where everything listens, the acts of buyers and of time through the control
// API, a receiver of webhooks, and one line a step. Nothing here touches what an SDK sends or receives.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';

if (!process.env.OVERSELL_SERVE) {
  console.error("OVERSELL_SERVE must hold the line that `simulate serve --orders 30 --format json` prints");
  process.exit(2);
}

/** The line that `simulate serve --format json` prints: addresses and credentials. */
export const served = JSON.parse(process.env.OVERSELL_SERVE);

/** How many orders every channel has at the start; the test starts `serve` with it. */
export const SEEDED_ORDERS = 30;

/** Says that a step is done, with what it showed. */
export function step(name, detail = '') {
  console.log(`ok  ${name}${detail === '' ? '' : `: ${detail}`}`);
}

/** Runs the steps; the first failure is printed and ends the process with code 1. */
export async function flow(steps) {
  try {
    await steps();
    process.exit(0);
  } catch (error) {
    console.error('FAILED', error);
    for (const member of ['body', 'response', 'headers', 'statusCode']) {
      if (error?.[member] !== undefined) console.error(` ${member}:`, JSON.stringify(error[member], null, 1)?.slice(0, 4000));
    }
    process.exit(1);
  }
}

/** One request to the control API. */
export async function control(method, path, body) {
  const answer = await fetch(served.control.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, 200, `control ${method} ${path} ${JSON.stringify(body)} answered ${answer.status} ${text}`);
  return JSON.parse(text);
}

/** Lets platform time jump ahead, such as by `1min`. */
export const advance = (duration) => control('POST', '/_oversell/time', { advance: duration });

/** A buyer buys `units` of a SKU; gives the platform's order id. */
export async function checkout(channel, sku, units = 1) {
  const placed = await control('POST', '/_oversell/checkout', { channel, lines: [{ sku, units }] });
  assert.equal(placed.accepted, true, JSON.stringify(placed));
  return placed.order_id;
}

/** What the channel really displays of a SKU. */
export async function displayed(channel, sku) {
  return (await control('GET', '/_oversell/snapshot')).displayed[channel][sku];
}

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Asks again until `ask` gives something other than undefined or false, letting `between` pass in platform time. */
export async function eventually(what, ask, { tries = 40, between } = {}) {
  for (let count = 0; count < tries; count += 1) {
    const found = await ask();
    if (found !== undefined && found !== false) return found;
    if (between) await advance(between);
    else await sleep(250);
  }
  return assert.fail(`${what} did not come about after ${tries} looks`);
}

/** A receiver of webhooks on this machine. `received` holds `{method, url, headers, rawHeaders, body}`; body is text. */
export async function receiver() {
  const received = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers, rawHeaders } = request;
      received.push({ method, url, headers, rawHeaders, body: Buffer.concat(parts).toString('utf8') });
      response.writeHead(200).end();
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}`, received };
}

/** An https agent that speaks plain http to `url`: for SDKs whose hosts are constants. */
export function plainAgent(url) {
  const { hostname, port } = new URL(url);
  // A class of its own, because clients without an agent make one more of the global agent's class.
  class PlainAgent extends https.Agent {
    createConnection(options, connected) {
      return net.connect({ host: hostname, port: Number(port) }, connected && (() => connected(null)));
    }
  }
  return new PlainAgent();
}

export { assert };
