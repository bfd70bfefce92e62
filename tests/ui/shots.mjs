// SPDX-License-Identifier: Apache-2.0
// Pictures of each page of a real cluster, for docs/ui.md: PNG with a palette, so that they stay small. The target ui_shots makes them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { launch, NARROW, openPage } from './support/browser.mjs';
import { withPalette } from './support/palette.mjs';

const { GALE_UI_ORIGIN: ORIGIN, GALE_UI_SHOTS: FOLDER, GALE_UI_FEED: FEED } = process.env;
const NAME = 'word-count-log';
const VIEW = { width: 1280, height: 800 };
const COURSE_TICKS = 40; // of history, so that charts show something
const SAMPLES_SHOWN = 10; // as much as a picture has room for
const WORK_TIMES = 4; // as much as before, at least, for a profile

async function rest(path) {
  return (await fetch(`${ORIGIN}/api/v2/${path}`)).json();
}

async function shoot(watched, name) {
  const picture = withPalette(await watched.page.screenshot({ animations: 'disabled', caret: 'hide' }));
  writeFileSync(`${FOLDER}/${name}.png`, picture);
  console.log(`# \\# ${name}.png: ${Math.round(picture.length / 1024)} KiB`);
}

async function places() {
  const { id, workers } = await rest(`topologies/${NAME}`);
  const [{ supervisor, slot }] = workers;
  return [
    ['topology', `/topologies/${NAME}`],
    ['components', `/topologies/${NAME}?tab=components`],
    ['tasks', `/topologies/${NAME}?tab=tasks`],
    ['history', `/topologies/${NAME}?tab=history`],
    ['component', `/topologies/${NAME}/components/splitter`],
    ['worker', `/workers/${supervisor}/${slot}`],
    ['plan', '/plan'],
    ['nodes', '/nodes'],
    ['log-topics', '/log/topics'],
    ['log-topic', '/log/topics/counts'],
    ['log-group', '/log/groups/word-count-log.reader'],
    ['coord', '/coord?path=/gale/nimbus/leader'],
    ['log-search', `/logs/${id}?q=worker`],
    ['log', `/logs/${id}/${supervisor}/${slot}/worker.log`],
    ['events', '/events'],
    ['settings', '/settings?changed=1'],
    ['help', '/help'],
  ];
}

async function shootSamples(watched) {
  await watched.open(`/topologies/${NAME}?tab=samples&component=splitter`);
  await watched.page.getByRole('button', { name: 'Start', exact: true }).click();
  await watched.page.locator('main tbody tr').nth(SAMPLES_SHOWN - 1).waitFor();
  await watched.page.getByRole('button', { name: 'Stop', exact: true }).click();
  await shoot(watched, 'samples');
}

async function shootDialog(watched) {
  await watched.open(`/topologies/${NAME}?tab=components`);
  await watched.page.getByRole('button', { name: 'Rebalance' }).click();
  await watched.page.getByRole('dialog').getByLabel('Workers', { exact: true }).fill('3');
  await watched.see('of 3 workers');
  await shoot(watched, 'rebalance');
}

// Many more lines: a worker that idles shows the runtime's own threads, and hardly what it was made for. The last pictures, because
// the others are of a cluster that keeps up.
async function makeWork(watched) {
  const emitted = async () => (await rest('pulse')).totals.in_per_s;
  const before = await emitted();
  writeFileSync(FEED, 'much');
  await watched.eventually(async () => (await emitted()) > before * WORK_TIMES, 'the workers have more to do');
}

// A look into a worker, and where its time went: each panel as large as it is.
async function shootInside(watched) {
  const { workers: [{ supervisor, slot }] } = await rest(`topologies/${NAME}`);
  const { page } = watched;
  await page.setViewportSize({ ...VIEW, height: 2400 }); // nothing lies over a panel that is larger than the screen
  await watched.open(`/workers/${supervisor}/${slot}?seconds=30`);
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await watched.see('Where they were at'); // a worker answers one question at a time
  await page.getByRole('button', { name: 'Take a profile' }).click();
  await page.getByRole('tree').waitFor({ timeout: 90000 });
  for (const [name, label] of [['threads', 'Threads'], ['profile', 'CPU profile']]) {
    const picture = withPalette(await page.getByRole('region', { name: label }).screenshot({ animations: 'disabled', caret: 'hide' }));
    writeFileSync(`${FOLDER}/${name}.png`, picture);
    console.log(`# \\# ${name}.png: ${Math.round(picture.length / 1024)} KiB`);
  }
}

async function main() {
  mkdirSync(FOLDER, { recursive: true });
  const browser = await launch();
  const watched = await openPage(browser, ORIGIN, { viewport: VIEW });
  const begun = (await rest('pulse')).tick;
  await watched.open('/');
  await watched.eventually(async () => (await rest('pulse')).tick > begun + COURSE_TICKS, 'there is some history');
  await shoot(watched, 'overview');
  for (const [name, path] of await places()) {
    await watched.open(path);
    await watched.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await shoot(watched, name);
  }
  await shootSamples(watched);
  await shootDialog(watched);
  for (const [name, options] of [['overview-dark', { viewport: VIEW, theme: 'dark' }], ['overview-narrow', { viewport: NARROW }]]) {
    const other = await openPage(browser, ORIGIN, options);
    await other.open('/');
    await shoot(other, name);
    await other.close();
  }
  await makeWork(watched);
  await shootInside(watched);
  await watched.close();
  await browser.close();
}

await main();
