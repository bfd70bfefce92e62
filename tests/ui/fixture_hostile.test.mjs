// SPDX-License-Identifier: Apache-2.0
// Names and contents come from others. Whatever they are, they are text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOSTILE } from './fixture/shapes.mjs';
import { useBrowser, withWorld } from './support/fixture.mjs';
import { TABS } from './support/places.mjs';

const held = useBrowser();
const [IMAGE, SCRIPT] = HOSTILE;
const name = encodeURIComponent(IMAGE);
const id = encodeURIComponent(`${IMAGE}-1-1795000000`);

const PAGES = [
  ['/', IMAGE],
  ...TABS.map((tab) => [`/topologies/${name}?tab=${tab}`, IMAGE]),
  [`/topologies/${name}/components/${encodeURIComponent(SCRIPT)}`, SCRIPT],
  [`/topologies/${name}?tab=errors`, HOSTILE[4]],
  ['/plan', IMAGE],
  ['/nodes', IMAGE],
  ['/events', IMAGE],
  ['/log/topics', IMAGE],
  ['/log/topics', SCRIPT],
  [`/log/topics/${name}?limit=200`, HOSTILE[1]],
  [`/log/topics/${name}?tab=groups`, SCRIPT],
  [`/log/groups/${encodeURIComponent(SCRIPT)}`, SCRIPT],
  ['/coord?path=/hostile', IMAGE],
  ['/logs', IMAGE],
  [`/logs/${id}?q=printed`, HOSTILE[0]],
  [`/coord?path=${encodeURIComponent(`/${IMAGE}`)}`, IMAGE],
];

test('hostile names and contents are shown as what they are', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    watched.allow(/status of 404/);
    const worker = world.find(IMAGE).workers[0];
    const log = `/logs/${id}/${worker.supervisor}/${worker.slot}/worker.log?text=printed`;
    for (const [path, text] of [...PAGES, [log, 'printed by user code']]) {
      await page.goto(watched.origin + path);
      await watched.see(text);
      const ran = await page.evaluate(() => ({
        ran: window.hostile ?? null,
        images: document.querySelectorAll('img').length,
        scripts: [...document.scripts].filter((script) => script.src === '').length,
        links: [...document.querySelectorAll('a[href]')].filter((link) => link.protocol === 'javascript:').length,
        handlers: [...document.querySelectorAll('*')].filter((element) => [...element.attributes].some((one) => one.name.startsWith('on'))).length,
      }));
      assert.deepEqual(ran, { ran: null, images: 0, scripts: 0, links: 0, handlers: 0 }, path);
    }
  });
});

test('a search that is hostile is a search', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open(`/log/topics?q=${encodeURIComponent(SCRIPT)}`);
    await watched.see('No topic has');
    await watched.open(`/events?events_filter=${encodeURIComponent(IMAGE)}&topology=${encodeURIComponent(SCRIPT)}`);
    assert.equal(await page.evaluate(() => window.hostile ?? null), null);
  });
});
