// SPDX-License-Identifier: Apache-2.0
// 500 topologies, 5,000 tasks of one, 10,000 groups and 5,000 topics: pages come, and are quick to use. Times are told, and not asserted: a busy
// machine is no fault of the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
