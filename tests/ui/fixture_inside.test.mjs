// SPDX-License-Identifier: Apache-2.0
// Threads and CPU profiles of a worker: from the button to what is seen, by pointer and by keys, for every theme and width.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HOSTILE } from './fixture/shapes.mjs';
import { NARROW, WIDE } from './support/browser.mjs';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();

function placeOf(world, name) {
  const { supervisor, slot } = world.find(name).workers[0];
  return { supervisor, slot, path: `/workers/${supervisor}/${slot}` };
}

// A profile that is over when the test says so.
function holdProfiles(world) {
  const hold = {};
  const over = new Promise((done) => { hold.end = done; });
  world.profileTakes = () => over;
  return hold;
}

async function look({ watched, page }) {
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await watched.see('Where they were at');
}

async function profile({ watched, page }) {
  await page.getByRole('button', { name: 'Take a profile' }).click();
  await page.getByRole('tree').waitFor();
  await watched.see('Hottest functions');
}

// A bar without children: nothing of another bar lies over it.
function bar(page, name) {
  return page.getByRole('treeitem', { name }).first();
}

async function shown(page) {
  return page.locator('.flame-detail').innerText();
}

for (const [theme, viewport] of [['light', WIDE], ['dark', WIDE], ['light', NARROW], ['dark', NARROW]]) {
  test(`in the ${theme} theme at ${viewport.width} px both panels can be read by everybody`, async () => {
    await withWorld(held, { theme, viewport }, async (at) => {
      const { world, watched, page } = at;
      for (const name of ['orders', 'sessions', HOSTILE[0]]) {
        await watched.open(placeOf(world, name).path);
        await look(at);
        await profile(at);
        await page.getByRole('searchbox', { name: 'Mark functions' }).fill('hash');
        await watched.see('“hash”: ');
        await page.getByRole('tree').focus();
        assert.deepEqual(await watched.axe(), [], name);
        const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(wider <= 1, `${name}: ${wider} px wider than the screen`);
      }
    });
  });
}

test('threads are shown with their task, what they do, their frames and when that was', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    const { supervisor, slot, path } = placeOf(world, 'orders');
    await watched.open(path);
    await watched.see(`gale debug stacks orders ${supervisor}:${slot}`);
    await look(at);
    const threads = await page.locator('.thread').allInnerTexts();
    assert.equal(threads.length, 5);
    assert.match(threads[0], /^member no user code\s+poll/);
    assert.match(threads[1], /^loop 0 validate 0 in execute\s+__memcmp_avx2_movbe\s+libc\.so\.6\+0x[0-9a-f]+\s+table_find\s+table\.c:63\s+lookup\s+validate\.c:88/);
    assert.match(threads[1], /no name\s+libc\.so\.6\+0x/);
    assert.match(threads[3], /did not answer within half a second/);
    assert.match(threads[4], /There are more/);
    assert.match(await page.locator('.threads').locator('xpath=preceding-sibling::p').innerText(), /at \d\d:\d\d:\d\d/);
    await page.getByRole('link', { name: 'validate 0' }).last().click();
    await watched.until(() => location.pathname === '/topologies/orders/components/validate/tasks/0', 'the task is a link');
  });
});

test('a look is copied as the text that the command writes', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page, origin } = at;
    await watched.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin });
    await watched.open(placeOf(world, 'orders').path);
    await look(at);
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await watched.see('copied');
    const text = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(text, /^member\n {2}at poll \(libc\.so\.6\+0x[0-9a-f]+\)\n/);
    assert.match(text, /\nloop 0: validate\[0\] in execute\n {2}at __memcmp_avx2_movbe/);
    assert.match(text, /\nloop 2: orders\[1\] in next\n {2}\(it did not answer in time\)\n/);
  });
});

test('a profile says how far it is, and can be left', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    const hold = holdProfiles(world);
    const { supervisor, slot, path } = placeOf(world, 'orders');
    await watched.open(path);
    await watched.select('look for').selectOption('30');
    assert.match(page.url(), /seconds=30/);
    await watched.see(`gale debug profile orders ${supervisor}:${slot} --for 30`);
    await page.getByRole('button', { name: 'Take a profile' }).click();
    await watched.until(() => document.querySelector('progress')?.value > 0.5, 'it goes on');
    await watched.see('of 30 s');
    assert.ok(await page.getByRole('button', { name: 'Take a profile' }).isDisabled());
    await page.getByRole('button', { name: 'Leave it' }).click();
    await watched.see('It was left.');
    assert.equal(await page.locator('progress').count(), 0);
    assert.equal(await page.getByRole('tree').count(), 0);
    hold.end();
    await page.getByRole('button', { name: 'Take a profile' }).click();
    await page.getByRole('tree').waitFor();
  });
});

test('who goes elsewhere while a profile runs leaves nothing behind', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    const hold = holdProfiles(world);
    await watched.open(placeOf(world, 'orders').path);
    await page.getByRole('button', { name: 'Take a profile' }).click();
    await page.locator('progress').waitFor();
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Plan' }).click();
    await watched.see('supervisor-1');
    hold.end();
    await page.goBack();
    await page.getByRole('button', { name: 'Take a profile' }).waitFor();
    assert.equal(await page.getByRole('tree').count(), 0);
  });
});

test('the pointer names a bar, a click zooms it, and all are shown again', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(placeOf(world, 'orders').path);
    await profile(at);
    assert.match(await shown(page), /^All samples\s+100 % of all/);
    await bar(page, 'enrich_execute').hover();
    await watched.until(() => document.querySelector('.flame-detail').innerText.startsWith('enrich_execute'), 'it is named');
    assert.match(await shown(page), /% of all\s+[\d,]+ samples, [\d.]+ % in itself/);
    const width = () => bar(page, 'enrich_execute').locator('rect').evaluate((element) => element.getBoundingClientRect().width);
    const before = await width();
    await bar(page, 'enrich_execute').click();
    await watched.eventually(async () => (await width()) > 2 * before, 'it is as wide as all');
    assert.equal(await page.getByRole('treeitem', { name: 'validate_execute' }).count(), 0);
    await bar(page, 'table_find').hover();
    await watched.until(() => / % of enrich_execute/.test(document.querySelector('.flame-detail').innerText), 'and how much of that');
    await page.getByRole('button', { name: 'Show all' }).click();
    await watched.eventually(async () => (await page.getByRole('treeitem', { name: 'validate_execute' }).count()) > 0, 'all are there again');
  });
});

test('the graph is walked, zoomed and left by keys alone', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(placeOf(world, 'orders').path);
    await page.getByRole('button', { name: 'Take a profile' }).focus();
    await page.keyboard.press('Enter');
    const tree = page.getByRole('tree');
    await tree.waitFor();
    while (!(await tree.evaluate((element) => element === document.activeElement))) await page.keyboard.press('Tab');
    const says = (text) => watched.until((wanted) => document.querySelector('.flame-detail').innerText.startsWith(wanted), `it says ${text}`, text);
    await page.keyboard.press('ArrowDown');
    await says('enrich[0]');
    await page.keyboard.press('ArrowRight');
    await says('enrich[1]');
    const active = await tree.getAttribute('aria-activedescendant');
    assert.match(await page.evaluate((id) => document.getElementById(id).getAttribute('aria-label'), active), /^enrich\[1\], \d+ %, [\d,]+ samples$/);
    await page.keyboard.press('Enter');
    await watched.eventually(async () => (await page.getByRole('treeitem', { name: 'enrich[0]' }).count()) === 0, 'the others are away');
    for (let depth = 0; depth < 5; depth++) await page.keyboard.press('ArrowDown');
    await says('enrich_execute');
    await page.keyboard.press('ArrowUp');
    await says('executor_turn');
    await page.keyboard.press('Escape');
    await says('All samples');
    await page.getByRole('treeitem', { name: 'enrich[0]' }).waitFor();
    await page.keyboard.press('Tab');
    assert.ok(!(await tree.evaluate((element) => element === document.activeElement)), 'it is one stop');
  });
});

test('by which owners, what is marked and for how long stand in the address', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(`${placeOf(world, 'orders').path}?by=functions&mark=hash&seconds=5`);
    await watched.see('--for 5');
    await profile(at);
    assert.equal(await page.getByRole('treeitem', { name: 'run_loop' }).count(), 1, 'put together over all tasks');
    await watched.see('“hash”: ');
    assert.ok((await page.locator('.flame .found').count()) > 0);
    await watched.select('by').selectOption('thread');
    await page.getByRole('treeitem', { name: 'loop 1' }).waitFor();
    assert.match(page.url(), /by=threads/);
  });
});

test('the table says what the graph says', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(`${placeOf(world, 'orders').path}?by=functions`);
    await profile(at);
    const row = page.locator('[data-rows=hot] tbody tr', { hasText: 'enrich_execute' }).locator('td');
    const [name, , total] = (await row.allInnerTexts()).map((text) => text.trim());
    const label = await bar(page, 'enrich_execute').getAttribute('aria-label');
    assert.ok(label.startsWith(`${name}, ${total}, `), `${label}: ${total}`);
    await page.getByRole('columnheader', { name: 'total' }).getByRole('button').click();
    await watched.until(() => document.querySelector('[data-rows=hot] tbody tr')?.innerText.includes('100 %'), 'sorted by total, one that calls all others is first');
  });
});

test('a profile is downloaded as folded stacks', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(placeOf(world, 'sessions').path);
    await profile(at);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Folded stacks' }).click()]);
    assert.match(download.suggestedFilename(), /^sessions-supervisor-\d-\d\.folded$/);
    const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\n');
    const samples = Number((await page.locator('.figure', { hasText: 'samples' }).locator('dd').innerText()).replaceAll(',', ''));
    assert.equal(lines.reduce((sum, line) => sum + Number(/ (\d+)$/.exec(line)[1]), 0), samples);
    assert.ok(lines.some((line) => line.startsWith('loop 0;join[0];libc.so.6+0x109acc;')));
  });
});

test('a deep and wide profile is drawn within bounds', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(placeOf(world, 'sessions').path);
    await profile(at);
    await watched.see('too narrow to be drawn');
    await watched.see('rows 1 to 15 of');
    assert.ok((await page.getByRole('treeitem').count()) < 1500);
    await page.getByRole('tree').focus();
    for (const key of ['ArrowDown', 'Enter']) await page.keyboard.press(key);
    for (let depth = 0; depth < 62; depth++) await page.keyboard.press('ArrowDown');
    await watched.until(() => document.querySelector('.flame-chosen') !== null, 'one is chosen');
    const inside = await page.evaluate(() => {
      const box = document.querySelector('.flame-scroll').getBoundingClientRect();
      const chosen = document.querySelector('.flame-chosen').getBoundingClientRect();
      return chosen.top >= box.top - 1 && chosen.bottom <= box.bottom + 1;
    });
    assert.ok(inside, 'what is chosen is in sight');
  });
});

test('names of functions are text, whatever they are', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    await watched.open(`${placeOf(world, HOSTILE[0]).path}?mark=${encodeURIComponent(HOSTILE[1])}`);
    await look(at);
    await profile(at);
    for (const text of HOSTILE) await watched.see(text);
    await bar(page, HOSTILE[0]).hover();
    for (const [frame] of await page.getByRole('treeitem').evaluateAll((all) => all.map((one) => [one.id]))) {
      await page.evaluate((id) => document.getElementById(id).dispatchEvent(new PointerEvent('pointermove', { bubbles: true })), frame);
    }
    const ran = await page.evaluate(() => ({
      ran: window.hostile ?? null, images: document.querySelectorAll('img').length,
      scripts: [...document.scripts].filter((script) => script.src === '').length,
      links: [...document.querySelectorAll('a[href]')].filter((link) => link.protocol === 'javascript:').length,
    }));
    assert.deepEqual(ran, { ran: null, images: 0, scripts: 0, links: 0 });
  });
});

test('a worker that slept has an empty profile, and the page says why', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    const one = world.find('orders');
    one.status = 'inactive';
    await watched.open(placeOf(world, 'orders').path);
    await page.getByRole('button', { name: 'Take a profile' }).click();
    await watched.see('the worker slept');
    assert.equal(await page.getByRole('tree').count(), 0);
  });
});

test('what is refused is said, with what to do', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    watched.allow(/status of (404|503)/);
    const { path } = placeOf(world, 'orders');
    await watched.open(path);
    world.isLookedAt = true;
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await watched.see('somebody else looks into the worker');
    await watched.see('again in a while');
    await page.getByRole('button', { name: 'Take a profile' }).click();
    await watched.until(() => document.querySelectorAll('main [role=alert]').length === 2, 'both panels say it');
    world.isLookedAt = false;
    await profile(at);
    await look(at);
    assert.equal(await page.locator('main [role=alert]').count(), 0);
  });
});

test('a profile stays while its worker is started anew', async () => {
  await withWorld(held, {}, async (at) => {
    const { world, watched, page } = at;
    const { path } = placeOf(world, 'orders');
    await watched.open(path);
    await profile(at);
    const [worker] = world.find('orders').workers;
    world.find('orders').workers.shift();
    await watched.see('No worker is in this slot');
    assert.equal(await page.getByRole('tree').count(), 1);
    world.find('orders').workers.unshift(worker);
    await watched.until(() => !document.body.innerText.includes('No worker is in this slot'), 'it is back');
    assert.equal(await page.getByRole('tree').count(), 1);
  });
});
