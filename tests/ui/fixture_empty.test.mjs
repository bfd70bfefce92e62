// SPDX-License-Identifier: Apache-2.0
// A panel without content says why, and what brings some.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { useBrowser, withWorld } from './support/fixture.mjs';

const held = useBrowser();

function emptied(world) {
  world.topologies = [];
  world.supervisors = [];
  world.topics = [];
  world.groups = [];
  world.events = [];
  world.eventNumber = 0;
}

const EMPTY = [
  ['/', 'gale submit'],
  ['/nodes', 'gale-supervisor'],
  ['/log/topics', 'gale topic create'],
  ['/log/topics?tab=groups', 'gale consume --group'],
  ['/logs', 'gale submit'],
  ['/events', 'Nothing has happened'],
];

test('a cluster with nothing in it says what to do', async () => {
  await withWorld(held, {}, async ({ world, watched }) => {
    emptied(world);
    for (const [path, text] of EMPTY) {
      await watched.open(path);
      await watched.see(text);
    }
  });
});

test('a plan of nothing offers nothing to choose', async () => {
  await withWorld(held, {}, async ({ world, watched, page }) => {
    emptied(world);
    await watched.open('/plan');
    await watched.see('No topology runs');
    assert.equal(await page.locator('main select').count(), 0);
  });
});

test('what is not there is said, and the rest of the page is there', async () => {
  await withWorld(held, {}, async ({ watched }) => {
    watched.allow(/status of 404/);
    for (const [path, text] of [
      ['/topologies/nobody', "there is no topology 'nobody'"],
      ['/log/topics/nothing', "there is no topic 'nothing'"],
      ['/log/groups/nobody', "there is no group 'nobody'"],
      ['/coord?path=/nowhere', "there is no node '/nowhere'"],
      ['/logs/nobody-1', "there is no log of 'nobody-1'"],
    ]) {
      await watched.page.goto(watched.origin + path);
      await watched.see(text);
      await watched.see('Log topics');
    }
  });
});

test('an empty topic, a group without members and a filter that fits nothing say so', async () => {
  await withWorld(held, {}, async ({ watched }) => {
    for (const [path, text] of [
      ['/log/topics/empty', 'gale produce empty'],
      ['/log/topics/empty?tab=groups', 'gale consume empty --group'],
      ['/log/topics/empty?tab=configs', 'gale topic alter'],
      ['/log/groups/night-report', 'Nobody is in it now'],
      ['/log/topics/lines?filter=nowhere-to-be-found', 'No record that was looked at has'],
      ['/events?kind=leading', 'None of the events fits'],
      ['/log/topics?q=zzz', 'No topic has'],
      ['/topologies/fraud?tab=samples', 'fraud'],
      ['/topologies/sessions?tab=errors', 'sessions'],
    ]) {
      await watched.open(path);
      await watched.see(text);
    }
  });
});
