// SPDX-License-Identifier: Apache-2.0
// How quick the page is, on a simulated cluster, so that only the browser is measured: one line of JSON, {name: milliseconds}.
// `./dev bench page` runs it (bench/page.py); by hand: node tests/ui/measure.mjs [--only PATTERN], with a page in ui/page/dist.
import { parseArgs } from 'node:util';
import { FixtureServer } from './fixture/server.mjs';
import { World } from './fixture/world.mjs';
import { launch, openPage } from './support/browser.mjs';
import { DIST } from './support/fixture.mjs';

const UPDATES = 60; // each is a tick of nimbus
const LOADS = 5; // each with an empty cache
const SMALL = {};
const MANY = { topologies: 500 };
const WIDE = { components: 100 };

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } });

async function withPage(browser, server, test) {
  const watched = await openPage(browser, server.origin);
  try {
    return await test(watched.page);
  } finally {
    await watched.close();
  }
}

// From when a message is there until the frame that shows it has been handed over to be drawn.
function watchFrames() {
  window.frames_ms = [];
  const take = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function listen(name, handle, ...rest) {
    return take.call(this, name, (event) => {
      const began = performance.now();
      handle(event);
      if (window.wanted !== name) return;
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => window.frames_ms.push(performance.now() - began);
        channel.port2.postMessage(null);
      });
    }, ...rest);
  };
}

async function updates(page, server, { path, event }) {
  await page.addInitScript(watchFrames);
  await page.addInitScript((name) => { window.wanted = name; }, event);
  await page.goto(server.origin + path);
  await page.locator('[data-row], .node').first().waitFor();
  await page.waitForFunction(() => window.frames_ms.length > 0);
  const used_s = await cpuClock(page);
  const begun_s = await used_s();
  for (let sent = 0; sent < UPDATES; sent++) {
    const had = await page.evaluate(() => window.frames_ms.length);
    server.tick();
    await page.waitForFunction((count) => window.frames_ms.length > count, had, { polling: 20 });
  }
  const cpu = ((await used_s()) - begun_s) * 1000 / UPDATES;
  return { cpu, times: sorted((await page.evaluate(() => window.frames_ms)).slice(-UPDATES)) };
}

// Processor time of the thread that draws the page, in seconds: others on the machine disturb it less than they do a clock.
async function cpuClock(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  return async () => (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
}

// From the address to the verdict with its figures, and to the first row of the table.
function watchContent() {
  const look = () => {
    if (window.content_ms === undefined && document.querySelector('.verdict h1') !== null) {
      requestAnimationFrame(() => setTimeout(() => { window.content_ms = performance.now(); }));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function load(page, server) {
  await page.addInitScript(watchContent);
  await page.goto(`${server.origin}/`);
  await page.waitForFunction(() => window.content_ms !== undefined);
  return page.evaluate(() => window.content_ms);
}

function at(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

function sorted(list) {
  return [...list].sort((a, b) => a - b);
}

const EXPERIMENTS = [
  { name: 'page/update/graph-100', world: WIDE, path: '/topologies/wide', event: 'figures' },
  { name: 'page/update/components-100', world: WIDE, path: '/topologies/wide?tab=components', event: 'figures' },
  { name: 'page/update/overview-small', world: SMALL, path: '/', event: 'pulse' },
  { name: 'page/update/overview-500', world: MANY, path: '/', event: 'pulse' },
  { name: 'page/content/overview-small', world: SMALL },
  { name: 'page/content/overview-500', world: MANY },
];

// What is simulated is made once: how long that takes is none of the page's business.
function freeze(world) {
  const pulse = world.pulse();
  const rows = [world.rows(false), world.rows(true)];
  world.pulse = () => pulse;
  world.rows = (withSpark) => rows[Number(withSpark)];
}

async function measure(browser, experiment, server) {
  if (experiment.path === undefined) {
    freeze(server.world);
    const times = [];
    for (let i = 0; i < LOADS; i++) times.push(await withPage(browser, server, (page) => load(page, server)));
    return { [experiment.name]: at(sorted(times), 0.5) };
  }
  const { cpu, times } = await withPage(browser, server, (page) => updates(page, server, experiment));
  return { [`${experiment.name}/p50`]: at(times, 0.5), [`${experiment.name}/p95`]: at(times, 0.95), [`${experiment.name}/cpu`]: cpu };
}

const browser = await launch();
const figures = {};
try {
  for (const experiment of EXPERIMENTS.filter(({ name }) => new RegExp(options.only).test(name))) {
    const server = new FixtureServer(new World(experiment.world), DIST);
    server.origin = await server.start();
    clearInterval(server.timer); // ticks come when they are asked for
    Object.assign(figures, await measure(browser, experiment, server));
    await server.stop();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(figures));
