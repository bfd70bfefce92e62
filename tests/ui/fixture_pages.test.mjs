// SPDX-License-Identifier: Apache-2.0
// Every page, in both themes, wide and narrow: it shows what is there, axe-core finds nothing, nothing is
// wider than the screen, nobody complains and nobody else is asked for anything.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NARROW, WIDE } from './support/browser.mjs';
import { useBrowser, withWorld } from './support/fixture.mjs';
import { PLACES } from './support/places.mjs';

const held = useBrowser();

async function isNotWider(page) {
  return page.evaluate(() => {
    const wide = [...document.querySelectorAll('body *')].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width > 0 && box.right > document.documentElement.clientWidth + 1 && element.closest('[class*=scroll], [tabindex], pre, nav, .log, svg, .skip, .hidden-text, thead') === null;
    });
    const scrolls = document.documentElement.scrollWidth > document.documentElement.clientWidth + 1;
    return scrolls ? wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 160)) : [];
  });
}

for (const [theme, viewport, name] of [['light', WIDE, '1440 px'], ['dark', WIDE, '1440 px'], ['light', NARROW, '360 px'], ['dark', NARROW, '360 px']]) {
  describe(`in the ${theme} theme at ${name}`, () => {
    test('every page shows what is there, and can be read by everybody', async () => {
      await withWorld(held, { theme, viewport }, async ({ watched, page }) => {
        const found = [];
        for (const [path, text] of PLACES) {
          await watched.open(path);
          await watched.see(text);
          const shown = await page.evaluate(() => document.documentElement.dataset.theme);
          assert.equal(shown, theme);
          found.push(...(await watched.axe()).map((violation) => `${path}: ${violation}`));
          found.push(...(await isNotWider(page)).map((element) => `${path}: wider than the screen: ${element}`));
          assert.equal(await page.locator('h1').count(), 1, `${path} has one heading of the first rank`);
        }
        assert.deepEqual(found, [], found.join('\n'));
      });
    });
  });
}

test('the title of the tab says what is shown', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/log/topics/orders');
    assert.equal(await page.title(), 'Topic orders · Gale');
    await page.getByRole('link', { name: 'Nodes', exact: true }).click();
    await watched.see('supervisor-3');
    assert.equal(await page.title(), 'Nodes · Gale');
    await page.goBack();
    await watched.see('customer-');
  });
});
