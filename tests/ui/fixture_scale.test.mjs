// SPDX-License-Identifier: Apache-2.0
// 500 topologies, 5,000 tasks of one, 10,000 groups and 5,000 topics: pages come, and are quick to use. Times are told, and not asserted: a busy
// machine is no fault of the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage } from './support/browser.mjs';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();
const LARGE = { topologies: 500, tasks: 5000, topics: 5000, groups: 10000 };
const TABLE_ROWS_MAX = 150; // drawn at a time

async function timed(name, action) {
  const began = performance.now();
  const result = await action();
  console.log(`# ${name}: ${Math.round(performance.now() - began)} ms`);
  return result;
}

async function rowsDrawn(page) {
  return page.locator('[data-row]').count();
}

test('500 topologies are listed, filtered and sorted', async () => {
  await withWorld(held, { world: LARGE }, async ({ watched, page }) => {
    await timed('overview with 500 topologies', () => watched.open('/'));
    await watched.see('501');
    assert.ok((await rowsDrawn(page)) <= TABLE_ROWS_MAX);
    const field = page.locator('main input[type=search]').first();
    await timed('filter', async () => {
      await field.fill('bulk-321');
      await watched.until(() => document.querySelectorAll('main table [data-row]').length === 1, 'one is left');
    });
  });
});

test('rows out of sight are of now when they come into sight', async () => {
  await withWorld(held, { world: { topologies: 200 } }, async ({ server, origin, watched, page }) => {
    await watched.open('/?topologies_sort=name');
    clearInterval(server.timer);
    const last = page.locator('[data-rows=topologies] tbody tr').nth(49);
    const before = await last.innerText();
    for (let tick = 0; tick < 15; tick++) server.tick();
    const other = await openPage(held.browser, origin);
    try {
      await other.open('/?topologies_sort=name');
      const row = other.page.locator('[data-rows=topologies] tbody tr').nth(49);
      await row.scrollIntoViewIfNeeded();
      await row.locator('.spark').waitFor();
      const now = await row.innerText();
      assert.notEqual(now, before);
      await last.scrollIntoViewIfNeeded();
      await watched.eventually(async () => (await last.innerText()) === now, 'it is as in a page that was just opened');
    } finally {
      await other.close();
    }
  });
});

test('a topology with 5,000 tasks shows each of its tabs', async () => {
  await withWorld(held, { world: LARGE }, async ({ watched }) => {
    for (const [tab, text] of [['graph', 'counter'], ['components', 'counter'], ['hot', 'counter'], ['tasks', 'counter'], ['workers', '24 workers'], ['streams', 'counter']]) {
      await timed(`tab ${tab} with 5,000 tasks`, () => watched.open(`/topologies/big?tab=${tab}`));
      await watched.see(text);
    }
    await timed('plan', () => watched.open('/plan'));
    await timed('nodes', () => watched.open('/nodes'));
  });
});

test('of 10,000 groups and 5,000 topics only those in sight are asked for', async () => {
  await withWorld(held, { world: LARGE }, async ({ server, watched, page }) => {
    await timed('groups', () => watched.open('/log/topics?tab=groups'));
    await watched.see('10,004');
    assert.ok((await rowsDrawn(page)) <= TABLE_ROWS_MAX);
    assert.ok(server.requests.some((one) => /log\/groups\?.*limit=50/.test(one)));
    await page.getByRole('button', { name: 'Next' }).click();
    await watched.see('51 to 100 of 10,004');
    await page.getByRole('searchbox', { name: 'Find groups' }).fill('group-09999');
    await watched.until(() => document.querySelectorAll('[data-row]').length === 1, 'one is left');
    await timed('topics', () => watched.open('/log/topics'));
    await watched.see('5,006');
  });
});

test('of a graph of 100 components only what is in sight is drawn, and what gets the focus comes into sight', async () => {
  await withWorld(held, { world: { components: 100 } }, async ({ watched, page }) => {
    await timed('graph of 100 components', () => watched.open('/topologies/wide'));
    await page.locator('.node').first().waitFor();
    const drawn = await page.locator('.node-name').count();
    assert.equal(await page.locator('.node').count(), 100);
    assert.ok(drawn > 20 && drawn < 80, `${drawn} are drawn`);
    const last = page.locator('.node').last();
    assert.equal(await last.locator('.node-name').count(), 0);
    await page.locator('.stage-tools button').first().focus();
    await page.keyboard.press('Shift+Tab');
    assert.ok(await last.evaluate((element) => element === document.activeElement), 'the order of keys has all of them');
    await last.locator('.node-name').waitFor();
    const inside = await page.evaluate(() => {
      const stage = document.querySelector('.stage').getBoundingClientRect();
      const node = document.activeElement.getBoundingClientRect();
      return node.left >= stage.left - 1 && node.right <= stage.right + 1 && node.top >= stage.top - 1 && node.bottom <= stage.bottom + 1;
    });
    assert.ok(inside, 'it is in sight');
    assert.match(await last.locator('title').textContent(), /capacity \d/);
  });
});

test('from the message to the frame: p95', async () => {
  await withWorld(held, {}, async ({ server, watched, page }) => {
    await watched.open('/topologies/orders?tab=graph');
    await page.evaluate(() => {
      window.frames_ms = [];
      const take = EventSource.prototype.addEventListener;
      EventSource.prototype.addEventListener = function listen(name, handle, ...rest) {
        return take.call(this, name, (event) => {
          const began = performance.now();
          handle(event);
          requestAnimationFrame(() => setTimeout(() => window.frames_ms.push(performance.now() - began)));
        }, ...rest);
      };
    });
    // Another page and back opens the stream anew, with the clock in it.
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Overview' }).click();
    await watched.see('sessions');
    await page.goBack();
    clearInterval(server.timer);
    const FRAMES = 60;
    for (let sent = 0; sent < FRAMES; sent++) {
      const had = await page.evaluate(() => window.frames_ms.length);
      server.tick();
      await watched.until((count) => window.frames_ms.length > count, 'the frame is drawn', had);
    }
    const times = (await page.evaluate(() => window.frames_ms)).sort((a, b) => a - b);
    const at = (share) => times[Math.floor((times.length - 1) * share)].toFixed(1);
    console.log(`# update to frame, ${times.length} updates: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms; wished: 33 ms`);
    assert.ok(times.length >= FRAMES);
  });
});
