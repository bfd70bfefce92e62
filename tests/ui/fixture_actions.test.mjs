// SPDX-License-Identifier: Apache-2.0
// Each action from its button to its effect, by keyboard alone: the dialog says what will happen, and with which command; it is done; and
// what became of it is seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();
const TOPOLOGY = '/topologies/sessions?tab=components';

function dialog(page) {
  return page.getByRole('dialog');
}

// Tab by tab to a button, as somebody without a mouse goes; and presses it.
async function reach(page, role, name) {
  const scope = (await dialog(page).count()) > 0 ? dialog(page) : page;
  const wanted = scope.getByRole(role, { name }).first();
  await wanted.waitFor();
  for (let steps = 0; steps < 250; steps++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return wanted;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${role} '${name}' cannot be reached by keyboard`);
}

async function press(page, role, name) {
  await reach(page, role, name);
  await page.keyboard.press('Enter');
}

async function openDialog(page, name, title) {
  await page.locator('main button:not([aria-disabled="true"])').filter({ hasText: name }).first().waitFor();
  await press(page, 'button', name);
  await page.getByRole('heading', { name: title }).waitFor();
}

async function fill(page, name, text) {
  await reach(page, 'textbox', name);
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
}

async function closes(page) {
  await press(page, 'button', /^Close$/);
  await dialog(page).waitFor({ state: 'detached' });
}

async function expectText(page, ...texts) {
  const text = await dialog(page).innerText();
  for (const one of texts) assert.ok(text.includes(one), `'${one}' is not in:\n${text}`);
}

test('a topology is deactivated and activated', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Deactivate', 'Deactivate sessions');
    await expectText(page, 'nothing new is emitted until somebody activates it', '45 s', '3 workers', 'gale deactivate sessions');
    await press(page, 'button', /^Deactivate$/);
    await watched.see('Done: it is inactive');
    assert.equal(world.find('sessions').status, 'inactive');
    await closes(page);
    await openDialog(page, 'Activate', 'Activate sessions');
    await expectText(page, 'gale activate sessions');
    await press(page, 'button', /^Activate$/);
    await watched.see('Done: it is active');
    assert.equal(world.find('sessions').status, 'active');
  });
});

test('a topology is killed, but only if its name is typed', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    watched.allow(/status of 404/);
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Kill', 'Kill sessions');
    await expectText(page, "45 s (the topology's message timeout)", '3 workers', 'Nothing brings it back', 'gale kill sessions --yes');
    const button = page.getByRole('button', { name: 'Kill it' });
    assert.ok(await button.isDisabled());
    await fill(page, 'Type sessions to go on', 'session');
    assert.ok(await button.isDisabled());
    await page.keyboard.press('Enter');
    assert.equal(world.find('sessions').status, 'active');
    await page.keyboard.type('s');
    await page.keyboard.press('Enter');
    await watched.see('Done: it is gone');
    assert.equal(world.find('sessions'), undefined);
    assert.equal(world.ended[0].status, 'killed');
  });
});

test('a topology is rebalanced, and what it will come to is said before', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Rebalance', 'Rebalance sessions');
    await watched.see('Nothing moves');
    await dialog(page).getByLabel('Workers', { exact: true }).fill('5');
    await watched.see('8 executors move');
    await dialog(page).getByLabel('sessionize').fill('9');
    await watched.see('it can have 1 to 8 executors');
    assert.ok(await page.getByRole('button', { name: 'Rebalance', exact: true }).last().isDisabled());
    await dialog(page).getByLabel('sessionize').fill('4');
    await watched.see('9 executors move');
    await expectText(page, 'gale rebalance sessions --workers 5 --executors sessionize=4');
    assert.equal(world.find('sessions').workers_wanted, 3, 'a dry run changes nothing');
    await page.keyboard.press('Enter');
    await watched.see('Done: it is rebalanced');
    const one = world.find('sessions');
    assert.equal(one.workers.length, 5);
    assert.equal(one.components.find((component) => component.name === 'sessionize').executors, 4);
  });
});

test('a fault is said, and the dialog stays', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    watched.allow(/status of (404|409)/);
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Deactivate', 'Deactivate sessions');
    world.topologies = world.topologies.filter((one) => one.name !== 'sessions');
    await press(page, 'button', /^Deactivate$/);
    await watched.see("Not done: there is no topology 'sessions'");
  });
});

test('the log level is changed for a time', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Log level', 'Log level of sessions');
    await watched.select('For').selectOption('3600000');
    await expectText(page, '3 workers log at debug', 'after 1 h nimbus takes it back', 'gale log-level sessions debug');
    await press(page, 'button', /^Set it$/);
    await watched.see('Done:');
    assert.equal(world.find('sessions').log_level.level, 'debug');
    assert.ok(world.find('sessions').log_level.until_ms > world.at_ms);
  });
});

test('tuples of a component are written into the log', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Debug', 'Debug sessions');
    await watched.select('Component').selectOption('join');
    await dialog(page).getByRole('spinbutton').fill('5');
    await expectText(page, '5 % of the tuples that join emits', 'gale debug log sessions join --percent 5', 'at most 10 a second and worker');
    await press(page, 'button', /^Set it$/);
    await watched.see('Done:');
    assert.deepEqual(world.find('sessions').debug, [{ component: 'join', percent: 5 }]);
  });
});

test('a worker is restarted', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    const one = world.find('sessions');
    const [worker] = one.workers;
    await watched.open(`/workers/${worker.supervisor}/${worker.slot}`);
    await openDialog(page, 'Restart', /^Restart supervisor/);
    await expectText(page, 'is started again in the same slot', `gale restart-worker sessions ${worker.supervisor}:${worker.slot} --yes`);
    await press(page, 'button', /^Restart it$/);
    await watched.see('Done: the worker runs again');
    assert.equal(worker.incarnation, 4);
  });
});

test('offsets of a group are reset, with what it will come to before', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open('/log/groups/night-report');
    await openDialog(page, 'Reset offsets', 'Reset offsets of night-report');
    await watched.see('will be read again');
    await expectText(page, 'gale group reset night-report --topic counts --to earliest --yes');
    assert.deepEqual(world.groups.find((group) => group.name === 'night-report').frozen, {}, 'a dry run changes nothing');
    await watched.select('To').selectOption('offset');
    await dialog(page).getByRole('spinbutton').fill('5000');
    await watched.see('5,000');
    await fill(page, 'Type night-report to go on', 'night-report');
    await watched.eventually(() => page.getByRole('button', { name: 'Reset', exact: true }).isEnabled(), 'it may be reset');
    await page.keyboard.press('Enter');
    await watched.see('Committed.');
    assert.equal(world.groups.find((group) => group.name === 'night-report').frozen[0], 5000);
    await closes(page);
    await page.getByRole('link', { name: 'Events', exact: true }).click();
    await watched.see("offsets of 'night-report' on 'counts' go to offset:5000");
  });
});

test('a group with members is not reset, and the reason is said', async () => {
  await withWorld(held, {}, async ({ watched, page }) => {
    await watched.open('/log/groups/orders.orders');
    const button = await reach(page, 'button', /^Reset offsets/);
    assert.match(await button.getAttribute('aria-label'), /it has 6 members; they must stop first/);
    await page.keyboard.press('Enter');
    assert.equal(await dialog(page).count(), 0);
  });
});

test('where changes are not allowed, buttons say why and do nothing', async () => {
  await withWorld(held, {}, async ({ world, server, watched, page }) => {
    world.session = { actions: false, why_not: 'gale-ui is open to others and has no token' };
    await watched.open(TOPOLOGY);
    await watched.see('read-only');
    for (const name of ['Activate', 'Deactivate', 'Rebalance', 'Log level', 'Debug', 'Kill']) {
      const button = await reach(page, 'button', new RegExp(`^${name}`));
      assert.equal(await button.getAttribute('aria-disabled'), 'true');
      assert.match(await button.getAttribute('title'), /open to others and has no token|not /);
      await page.keyboard.press('Enter');
    }
    assert.equal(await dialog(page).count(), 0);
    assert.deepEqual(server.requests.filter((one) => one.startsWith('POST')), []);
  });
});

test('where there is a token it is asked for, once', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    world.token = 'open-sesame';
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Deactivate', 'Deactivate sessions');
    await dialog(page).getByLabel('Token').fill('guess');
    await page.keyboard.press('Enter');
    await watched.see('That is not the token.');
    await dialog(page).getByLabel('Token').fill('open-sesame');
    await page.keyboard.press('Enter');
    await watched.see('gale deactivate sessions');
    await press(page, 'button', /^Deactivate$/);
    await watched.see('Done: it is inactive');
    await closes(page);
    await openDialog(page, 'Activate', 'Activate sessions');
    await watched.see('gale activate sessions');
    assert.ok(!page.url().includes('sesame'));
  });
});

test('Esc leaves a dialog, nothing is done, and the focus is where it was', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    await watched.open(TOPOLOGY);
    await openDialog(page, 'Kill', 'Kill sessions');
    await page.keyboard.press('Escape');
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal(await page.evaluate(() => document.activeElement.innerText.trim()), 'Kill');
    assert.equal(world.find('sessions').status, 'active');
  });
});

test('axe-core finds nothing in the dialogs', async () => {
  for (const theme of ['light', 'dark']) {
    await withWorld(held, { theme }, async ({ watched, page }) => {
      await watched.open(TOPOLOGY);
      for (const name of ['Deactivate', 'Rebalance', 'Log level', 'Debug', 'Kill']) {
        await page.getByRole('button', { name, exact: true }).first().click();
        await dialog(page).waitFor();
        assert.deepEqual(await watched.axe(), [], name);
        await page.keyboard.press('Escape');
        await dialog(page).waitFor({ state: 'detached' });
      }
    });
  }
});
