// Opens a page in Chromium: `node examine.mjs whole|still|quiet CHROMIUM PAGE` that of a run (`still`: with nothing to play),
// `node examine.mjs live CHROMIUM URL` that of a service.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [what, executablePath, file] = process.argv.slice(2);
const address = what === 'live' ? file : pathToFileURL(file).href;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const args = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
// Every launch has a new, empty profile.
const browser = await chromium.launch({ executablePath, args, headless: true });

async function open(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const heard = [];
  page.on('console', (message) => heard.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => heard.push(`error: ${error}`));
  page.on('dialog', (dialog) => { heard.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => { if (request.url() !== address) heard.push(`request: ${request.url()}`); });
  await page.goto(address);
  return { context, page, heard };
}

async function overflows(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - window.innerWidth;
    if (wide <= 0) return [];
    return [...document.querySelectorAll('body *')]
      .filter((it) => it.getBoundingClientRect().right > window.innerWidth + 1 && !it.closest('.scroll, pre'))
      .map((it) => it.outerHTML.slice(0, 120)).slice(0, 5).concat([`${wide} px too wide`]);
  });
}

async function plays(page) {
  const slider = page.locator('#player-time');
  const state = () => page.evaluate(() => [
    document.getElementById('player-clock').textContent,
    document.getElementById('player-counters').textContent,
    document.getElementById('player-bars').textContent,
    document.getElementById('player-time').getAttribute('aria-valuetext'),
  ].join(' | '));
  const before = await state();
  // By keyboard.
  await slider.focus();
  await page.keyboard.press('End');
  const ended = await state();
  assert.notEqual(ended, before, 'scrubbing to the end changes what is shown');
  assert.match(ended, /oversold/);
  await page.keyboard.press('Home');
  assert.equal(await state(), before, 'and back again');
  await slider.fill('600');
  const middle = await state();
  assert.notEqual(middle, before);
  assert.equal(await page.locator('.playhead').count() > 0, true, 'a line in the picture shows where it is');
  // By playing.
  await slider.fill('0');
  const toggle = page.locator('#player-toggle');
  await toggle.focus();
  await page.keyboard.press('Enter');
  assert.equal(await toggle.textContent(), 'Pause');
  await page.waitForFunction(() => Number(document.getElementById('player-time').value) > 30);
  await page.keyboard.press('Enter');
  assert.equal(await toggle.textContent(), 'Play');
  const paused = await slider.inputValue();
  await page.waitForTimeout(300);
  assert.equal(await slider.inputValue(), paused, 'paused is paused');
  // Another contender.
  const first = await state();
  await page.locator('#player-name').selectOption({ index: 2 });
  assert.notEqual(await state(), first);
  // Pointing reads values.
  const picture = page.locator('[data-contender] svg[data-left]:visible').first();
  await picture.hover();
  assert.match(await page.locator('.hover').textContent(), /really there/);
}

async function is_accessible(page, how) {
  await page.evaluate(() => document.querySelectorAll('details').forEach((it) => { it.open = true; }));
  // Past the page's own policy, as the examiner's script is no part of it.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const grave = found.violations.filter((it) => ['serious', 'critical'].includes(it.impact));
  const words = grave.map((it) => `${how}: ${it.id}: ${it.help}: ${it.nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`);
  assert.deepEqual(words, []);
}

try {
  if (what === 'quiet') {
    const { page, heard } = await open({ viewport: { width: 1280, height: 900 } });
    await page.waitForTimeout(300);
    assert.deepEqual(heard, []);
  } else if (what === 'live') {
    const own = new URL(address);
    const buy = (units) => fetch(new URL('/_oversell/checkout', own), {
      method: 'POST', body: JSON.stringify({ channel: 'tiktok_shop', lines: [{ sku: 'SKU-00003', units }] }),
    });
    let units = 0;
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        const how = `${width} px, ${colorScheme}`;
        const { context, page, heard } = await open({ viewport: { width, height: 900 }, colorScheme });
        const shown = (id, value) => page.waitForFunction(([id, value]) => document.getElementById(id).textContent === value, [id, String(value)]);
        await shown('units', units);
        // What happens while it is open is seen without anybody's doing.
        await buy(2);
        units += 2;
        await shown('units', units);
        assert.equal(await page.locator('#channels tr').count(), 4);
        await is_accessible(page, how);
        assert.deepEqual(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0, how);
        const others = heard.filter((it) => !it.startsWith(`request: ${own.origin}/_oversell/`));
        assert.deepEqual(others, [], how);
        await context.close();
      }
    }
  } else {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        const how = `${width} px, ${colorScheme}`;
        const { context, page, heard } = await open({ viewport: { width, height: 900 }, colorScheme });
        if (what === 'whole') await plays(page);
        await is_accessible(page, how);
        assert.deepEqual(await overflows(page), [], how);
        assert.deepEqual(heard, [], how);
        const images = await page.locator('svg[role=img]:visible').count();
        assert.ok(images > 5, `${images} charts are seen at ${how}`);
        await context.close();
      }
    }
    const { page, heard } = await open({ javaScriptEnabled: false, viewport: { width: 390, height: 900 } });
    assert.ok(await page.locator('svg[role=img]:visible').count() > 5);
    if (what === 'whole') assert.equal(await page.locator('#player').isVisible(), false, 'what needs the script is not shown');
    assert.deepEqual(heard, []);
  }
  console.log('all is well');
} finally {
  await browser.close();
}
