// SPDX-License-Identifier: Apache-2.0
// What is chosen stands in the address, so that it outlives a reload and can be given to somebody else; and
// everything can be done by keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();

async function value(page, role, name) {
  return page.getByRole(role, { name }).first().inputValue();
}

test('filters, tabs and sorting survive a reload', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/events');
    await watched.select('Kind').selectOption('submitted');
    await page.getByRole('searchbox', { name: 'Filter Events' }).fill('sessions');
    await watched.until(() => document.querySelectorAll('[data-row]').length === 1, 'one event is left');
    await page.reload();
    await watched.ready();
    assert.equal(await value(page, 'searchbox', 'Filter Events'), 'sessions');
    assert.equal(await watched.select('Kind').inputValue(), 'submitted');
    await watched.until(() => document.querySelectorAll('[data-row]').length === 1, 'one event is left');

    await watched.open('/log/topics/orders?tab=partitions');
    await page.getByRole('columnheader', { name: 'next offset' }).getByRole('button').click();
    const order = await page.locator('[data-row] td:first-child').allInnerTexts();
    await page.reload();
    await watched.ready();
    await watched.until((wanted) => [...document.querySelectorAll('[data-row] td:first-child')].map((cell) => cell.innerText).join() === wanted, 'the order is kept', order.join());
  });
});

test('what was asked of a topic survives a reload', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/log/topics/orders');
    await watched.select('From').selectOption('offset');
    await page.getByRole('textbox', { name: 'Offset' }).fill('500');
    await page.getByRole('searchbox').fill('"total":9');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await watched.until(() => /records?,/.test(document.querySelector('[role=status]')?.innerText ?? ''), 'records were read');
    const first = await page.locator('.record-place').first().innerText();
    await page.reload();
    await watched.ready();
    await watched.until((wanted) => document.querySelector('.record-place')?.innerText === wanted, 'the same records are there', first);
    assert.match(page.url(), /from=offset%3A500/);
  });
});

test('records are shown as text, JSON and hexadecimal, and each has a link', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/log/topics/orders?from=offset:500&partition=1&as=json');
    await page.locator('.record summary').first().click();
    await watched.see('"sku": ');
    await watched.select('as').selectOption('hex');
    await watched.see('00000000  7b 22');
    await page.getByRole('link', { name: 'Link to this record' }).click();
    await watched.until(() => document.querySelector('.record-place')?.innerText === '1:500', 'that record is the first');
    await watched.open('/log/topics/orders?from=offset:507&partition=1&as=text');
    await page.locator('.record summary').first().click();
    await watched.see('It is not text, so this is hexadecimal.');
    await watched.see('00000000  00 ff fe');
  });
});

test('a live tail shows what is new, and keeps no more than 500', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/log/topics/orders');
    await page.getByRole('button', { name: 'Follow' }).click();
    await watched.until(() => /were left out, as only 500 are kept/.test(document.body.innerText), 'it is bounded');
    assert.equal(await page.locator('.record').count(), 500);
    await page.getByRole('button', { name: 'Stop following' }).click();
    await page.getByRole('button', { name: 'Follow', exact: true }).waitFor();
  });
});

test('a log of any size is walked through, and only what is near is loaded', async () => {
  await withWorld(held, {}, async ({ server, watched, page }) => {
    await watched.open('/logs/orders-1-1795000000/supervisor-2/1/worker.log');
    await watched.see('line=');
    const drawn = await page.locator('.log-line').count();
    assert.ok(drawn < 120, `${drawn} lines are drawn`);
    const asked = () => server.requests.filter((one) => one.includes('worker.log?')).length;
    const before = asked();
    assert.ok(before <= 2, `${before} pieces were asked for`);
    await page.locator('.log').focus();
    await page.keyboard.press('Home');
    await watched.eventually(() => asked() > before, 'more is asked for');
    await watched.until(() => document.querySelector('.log').scrollTop > 0, 'more came above, and what is seen stayed');
    await page.getByLabel('Place in the file').fill('0');
    await watched.see('line=0');
    await watched.select('Level').selectOption('error');
    await watched.until(() => [...document.querySelectorAll('.log-line')].every((line) => line.className.includes('error')), 'only errors are left');
  });
});

test('a found line has an address, and the address shows the line', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/logs/orders-1-1795000000');
    await page.getByRole('searchbox', { name: 'Text in the logs' }).fill('line=4321');
    await page.keyboard.press('Enter');
    await watched.see('lines in');
    await page.locator('.match a').first().click();
    await watched.until(() => /line=4321/.test(document.querySelector('.log-line.chosen')?.innerText ?? ''), 'the line is there and marked');
    await page.reload();
    await watched.until(() => /line=4321/.test(document.querySelector('.log-line.chosen')?.innerText ?? ''), 'and after a reload');
  });
});

test('a log is followed', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open('/logs/orders-1-1795000000/supervisor-2/1/worker.log?follow=1');
    await watched.see('line=');
    const last = 6000 + (world.tick + 2) * 2;
    await watched.until((wanted) => document.querySelector('.log').innerText.includes(`line=${wanted}`), 'new lines are in sight', last);
    await page.getByRole('button', { name: 'Stop following' }).waitFor();
  });
});

test('a log is downloaded', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/logs/orders-1-1795000000/supervisor-2/1/worker.log');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download' }).click()]);
    assert.equal(download.suggestedFilename(), 'worker.log');
  });
});

test('keys go everywhere', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/');
    for (const [keys, heading] of [['gn', 'Nodes'], ['gl', 'Log'], ['gc', 'Coord'], ['ge', 'Events'], ['gg', 'Logs'], ['gs', 'Settings'], ['gp', 'plan'], ['?', 'Help'], ['go', '']]) {
      for (const key of keys) await page.keyboard.press(key);
      await watched.until((wanted) => document.querySelector('h1')?.innerText.toLowerCase().includes(wanted.toLowerCase()), `${keys} goes to ${heading}`, heading);
    }
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await watched.see('word-count-log.reader');
    await page.keyboard.press('/');
    await page.keyboard.type('orders');
    await watched.until(() => document.querySelectorAll('[data-row]').length === 1, 'one topic is left');
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await watched.see('customer-');
  });
});

test('the tree of the cluster state is walked, and a path typed', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/coord');
    await page.getByRole('button', { name: 'Open /brokers', exact: true }).press('Enter');
    await page.getByRole('button', { name: 'Open /brokers/ids', exact: true }).press('Enter');
    await page.getByRole('link', { name: '0', exact: true }).press('Enter');
    await watched.see('"port": 9092');
    assert.match(page.url(), /path=%2Fbrokers%2Fids%2F0/);
    await page.getByLabel('Path of a node').fill('binary');
    await page.keyboard.press('Enter');
    await watched.see('00000000  00 01 02');
  });
});
