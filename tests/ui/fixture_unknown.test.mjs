// SPDX-License-Identifier: Apache-2.0
// A nimbus that leads since this very tick has measured nothing yet: what it does not know is a dash that says why, and never a zero.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();
const TABS = ['graph', 'components', 'hot', 'tasks', 'workers', 'streams'];
const PAGES = ['/', ...TABS.map((tab) => `/topologies/orders?tab=${tab}`), '/topologies/orders?tab=components&window=60', '/topologies/orders/components/enrich',
  '/topologies/orders/components/orders', '/topologies/orders/components/enrich/tasks/1', '/plan', '/plan?metric=rate', '/workers/supervisor-2/1'];

// Texts that claim a measured zero; counts, such as failures, are known from the beginning.
const ZERO = /^(0 \/s|0 %|0 ns|0 µs|0 ms|NaN.*|null|undefined|-?Infinity.*)$/;

for (const name of ['orders', 'word-count-log']) {
  test(`of '${name}' nothing is shown as zero that is not known`, async () => {
    await withWorld(held, {}, async ({ world, watched, page }) => {
      world.isNewLeader = true;
      for (const path of PAGES.filter((one) => name === 'orders' || one.startsWith('/topologies/orders?')).map((one) => one.replace('/orders', `/${name}`))) {
        await watched.open(path);
        await watched.until(() => document.querySelector('main').innerText.includes('–') || document.querySelector('.heat, .chart, .empty') !== null, 'something is not known');
        const found = await page.evaluate(() => {
          const texts = [];
          const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) if (walker.currentNode.parentElement.closest('.plan-scale') === null) texts.push(walker.currentNode.data.trim());
          const mute = [...document.querySelectorAll('main td.number, main .figure')]
            .filter((one) => one.innerText.trim().split('\n').at(-1) === '–' && !one.title && one.querySelector('[title]') === null).map((one) => one.outerHTML.slice(0, 160));
          return { texts, mute };
        });
        assert.deepEqual(found.texts.filter((text) => ZERO.test(text) && text !== ''), [], `${path}: zeros`);
        assert.deepEqual(found.mute, [], `${path}: dashes without a reason`);
      }
    });
  });
}

test('with the second tick the figures are there', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    world.isNewLeader = true;
    await watched.open('/');
    await watched.until(() => [...document.querySelectorAll('.verdict dd')].every((one) => one.innerText === '–'), 'nothing is known');
    assert.match(await page.locator('.verdict .figure').first().getAttribute('title'), /^Not known: /);
    world.isNewLeader = false;
    await watched.until(() => [...document.querySelectorAll('.verdict dd')].every((one) => one.innerText.endsWith('/s')), 'all is known');
    assert.ok(!(await page.locator('.verdict .figure').first().getAttribute('title')));
  });
});
