// SPDX-License-Identifier: Apache-2.0
// The page over a real cluster that counts words from log to log (tests/e2e/test_ui_cluster.py starts it): each page shows
// what is there, each action has its effect, and what is seen is what REST, the command line and Prometheus say.
//
// The tests are one story, in this order: the last ones end what the first ones need.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launch, openPage } from './support/browser.mjs';

const run = promisify(execFile);
const { GALE_UI_ORIGIN: ORIGIN, GALE_PROGRAM: GALE, GALE_UI_FEED: FEED } = process.env;
const NAME = 'word-count-log';
const GROUP = 'word-count-log.reader';
const TABS = ['graph', 'components', 'hot', 'tasks', 'workers', 'streams', 'errors', 'logs', 'samples', 'settings', 'history'];

let browser;
let watched;
let page;

before(async () => {
  browser = await launch();
  watched = await openPage(browser, ORIGIN);
  page = watched.page;
});

after(async () => {
  await watched?.close();
  await browser?.close();
});

// ---- ways to ask ----

async function rest(path, body) {
  const response = await fetch(`${ORIGIN}/api/v2/${path}`, body === undefined ? {} : {
    method: 'POST', headers: { 'Content-Type': 'application/json', 'X-Gale-Action': '1' }, body: JSON.stringify(body),
  });
  const json = await response.json();
  assert.equal(response.status, 200, `${path}: ${JSON.stringify(json)}`);
  return json;
}

async function gale(...words) {
  return (await run(GALE, words, { timeout: 90000 })).stdout;
}

async function status() {
  return JSON.parse(await gale('status', NAME, '--json'));
}

// Sum of a metric's samples whose labels are these.
function metric(text, name, labels) {
  let sum = null;
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue;
    if (!Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`))) continue;
    sum = (sum ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

async function metrics() {
  return (await fetch(`${ORIGIN}/metrics`)).text();
}

async function workers() {
  return (await rest(`topologies/${NAME}`)).workers;
}

async function allRun(count) {
  const all = await workers().catch(() => []);
  return all.length === count && all.every((worker) => worker.phase === 'running' && worker.pid > 0) ? all : null;
}

function feed(how) {
  writeFileSync(FEED, how);
}

async function openDialog(name) {
  const button = page.locator('main button:not([aria-disabled="true"])').filter({ hasText: name }).first();
  await button.click();
  await page.getByRole('dialog').waitFor();
}

// The commands that the dialog shows; and it goes on.
async function confirm(verb) {
  const command = await page.locator('dialog .command code').innerText();
  const button = page.getByRole('dialog').getByRole('button', { name: verb, exact: true });
  await watched.eventually(() => button.isEnabled(), `${verb} can be pressed`);
  await button.click();
  await watched.see('Done: ');
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  return command;
}

// ---- the story ----

test('every page shows the real thing', async () => {
  await watched.eventually(() => allRun(2), 'two workers run');
  const { id } = await rest(`topologies/${NAME}`);
  const [worker] = await workers();
  const places = [
    ['/', NAME],
    ...TABS.map((tab) => [`/topologies/${NAME}?tab=${tab}`, NAME]),
    [`/topologies/${NAME}?tab=components`, 'splitter'],
    [`/topologies/${NAME}/components/splitter`, 'executed in all'],
    [`/topologies/${NAME}/components/counter/tasks/0`, 'counter'],
    [`/workers/${worker.supervisor}/${worker.slot}`, String(worker.pid)],
    ['/plan', worker.supervisor],
    ['/nodes', 'healthy'],
    ['/log/topics', GROUP],
    ['/log/topics?tab=groups', GROUP],
    ['/log/topics/lines', 'to be or not to be'],
    ['/log/topics/counts?as=text', 'or'],
    ['/log/topics/lines?tab=partitions', 'next offset'],
    ['/log/topics/lines?tab=groups', GROUP],
    ['/log/topics/counts?tab=configs', 'compact'],
    [`/log/groups/${GROUP}`, 'committed'],
    ['/coord', 'gale'],
    ['/coord?path=/gale', 'supervisors'],
    ['/coord?path=/gale/nimbus/leader', '127.0.0.1'],
    ['/logs', NAME],
    [`/logs/${id}`, 'worker.log'],
    [`/logs/${id}?q=worker.running`, 'worker.running'],
    [`/logs/${id}/${worker.supervisor}/${worker.slot}/worker.log`, 'worker.'],
    ['/events', 'submitted'],
    ['/settings?settings_filter=ui.listen', 'address'],
    ['/help', 'bottleneck'],
  ];
  for (const [path, text] of places) {
    await watched.open(path);
    await watched.see(text);
  }
  watched.expectNoComplaints();
});

test('tuples are seen as they flow, without a restart', async () => {
  const before = await workers();
  await watched.open(`/topologies/${NAME}?tab=samples&component=splitter`);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await watched.see('text=');
  assert.deepEqual((await workers()).map((worker) => worker.pid), before.map((worker) => worker.pid));
});

test('threads of a worker are looked at, and its processor time', async () => {
  await watched.eventually(() => allRun(2), 'two workers run');
  const [worker] = await workers();
  const place = `${worker.supervisor}:${worker.slot}`;
  await watched.open(`/workers/${worker.supervisor}/${worker.slot}`);
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await watched.see('Where they were at');
  const threads = await page.locator('.thread h3').allInnerTexts();
  const said = await gale('debug', 'stacks', NAME, place);
  const heads = said.split('\n').filter((line) => /^\S/.test(line)).map((line) => line.split(':')[0].trim());
  assert.deepEqual(threads.map((text) => /^(member|loop \d+)/.exec(text)?.[0]), heads.map((text) => /^(member|loop \d+)/.exec(text)?.[0]), said);
  assert.ok((await page.locator('.frame-name').count()) > 3, 'frames have names');
  await watched.select('look for').selectOption('5');
  await page.getByRole('button', { name: 'Take a profile' }).click();
  await watched.see('of 5 s');
  // On a quick machine it may need less time than one sample is of.
  await watched.until(() => document.querySelector('[role=tree]') !== null || document.body.innerText.includes('the worker slept'), 'the profile is there');
  const bars = await page.getByRole('treeitem').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
  console.log(`# a profile of 5 s: ${bars[0] ?? 'the worker slept'}, ${bars.length} bars`);
  if (bars.length > 0) {
    assert.match(bars[0], /^all, 100 %, [\d,]+ samples?$/);
    await watched.see('Hottest functions');
  }
  assert.equal((await workers()).find((one) => one.supervisor === worker.supervisor && one.slot === worker.slot).pid, worker.pid, 'the worker went on');
});

// What the page has drawn is what it was sent, and what REST says of that tick.
test('rates on the page are those of REST of the same tick', async () => {
  const context = await openPage(browser, ORIGIN);
  try {
    await context.page.addInitScript(() => {
      window.seen = [];
      const take = EventSource.prototype.addEventListener;
      EventSource.prototype.addEventListener = function listen(name, handle, ...rest) {
        return take.call(this, name, (event) => {
          handle(event);
          if (name !== 'figures') return;
          const figures = JSON.parse(event.data);
          requestAnimationFrame(() => setTimeout(() => {
            const rows = Object.fromEntries([...document.querySelectorAll('[data-rows=components] tbody tr')]
              .map((row) => [row.querySelector('a')?.innerText, [...row.cells].map((cell) => cell.innerText.trim())]));
            window.seen.push({ tick: figures.tick, rows });
          }));
        }, ...rest);
      };
    });
    await context.open(`/topologies/${NAME}?tab=components`);
    const answers = new Map();
    await watched.eventually(async () => {
      const figures = await rest(`topologies/${NAME}/figures?window=10`);
      answers.set(figures.tick, figures);
      const seen = await context.page.evaluate(() => window.seen);
      return seen.filter((one) => answers.has(one.tick) && Object.keys(one.rows).length === 4).length >= 3;
    }, 'three ticks were seen by both');
    let compared = 0;
    for (const { tick, rows } of await context.page.evaluate(() => window.seen)) {
      for (const component of answers.get(tick)?.components ?? []) {
        if (rows[component.name] === undefined) continue;
        const cells = rows[component.name];
        const shown = readRate(cells[4]);
        const said = component.rates.in_per_s;
        assert.ok(Math.abs(shown - said) <= Math.max(0.006 * said, 0.0006), `${component.name} at tick ${tick}: ${cells[4]}, but ${said}`);
        compared++;
      }
    }
    console.log(`# ${compared} rates compared`);
    assert.ok(compared >= 12);
    context.expectNoComplaints();
  } finally {
    await context.close();
  }
});

function readRate(text) {
  const [, number, unit] = /^([\d.,]+) ?([kMG]?)\/s$/.exec(text) ?? assert.fail(`no rate: '${text}'`);
  return Number(number) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit];
}

test('totals on the page are those of REST, of the command and of Prometheus', async () => {
  feed('stop');
  await watched.eventually(async () => (await rest('pulse')).topologies[0].lag === 0, 'everything is read');
  let figures;
  await watched.eventually(async () => {
    const before = figures;
    figures = await rest(`topologies/${NAME}/figures?window=0`);
    return before !== undefined && before.tick !== figures.tick && JSON.stringify(before.components.map((one) => one.total)) === JSON.stringify(figures.components.map((one) => one.total));
  }, 'nothing is counted any more');
  const said = await status();
  const exposed = await metrics();
  for (const component of figures.components) {
    const { total, name } = component;
    const command = said.components.find((one) => one.name === name);
    for (const key of ['emitted', 'sent', 'executed', 'failed']) assert.equal(command[key], total[key], `${name} ${key}: gale status`);
    if (total.emitted > 0) assert.equal(metric(exposed, 'gale_component_emitted_tuples_total', { topology: NAME, component: name }), total.emitted, `${name}: /metrics`);
    if (component.role === 'bolt') assert.equal(metric(exposed, 'gale_component_executed_tuples_total', { topology: NAME, component: name }), total.executed, `${name}: /metrics`);
    await watched.open(`/topologies/${NAME}/components/${name}`);
    const wanted = (component.role === 'bolt' ? total.executed : total.emitted).toLocaleString('en-US');
    await watched.see(wanted);
  }
  const topic = await rest('log/topics/lines');
  const records = topic.partitions.reduce((sum, one) => sum + one.next - one.first, 0);
  assert.equal(figures.components.find((one) => one.name === 'reader').total.emitted, records, 'each line was emitted once');
  await watched.open('/log/topics/lines');
  await watched.see(records.toLocaleString('en-US'));
  feed('go');
});

test('a worker is killed while somebody looks: the page shows it, and that it is back', async () => {
  await watched.eventually(() => allRun(2), 'two workers run');
  await watched.open('/events');
  const before = await workers();
  process.kill(before[0].pid, 'SIGKILL');
  await watched.see('SIGKILL');
  await watched.eventually(async () => {
    const all = await allRun(2);
    return all !== null && all.every((worker) => worker.pid !== before[0].pid);
  }, 'another worker runs in its place');
  await watched.open(`/workers/${before[0].supervisor}/${before[0].slot}`);
  await watched.see('SIGKILL');
});

test('gale-ui is started anew while somebody looks: a banner, and then it goes on without being loaded', async () => {
  watched.allow(/ERR_|Failed to load resource|net::/);
  await watched.open('/');
  await page.evaluate(() => { window.isTheSamePage = true; });
  for (const pid of uiProcesses()) process.kill(pid, 'SIGKILL');
  // Started again at once by whoever looks after it, it may be back before anything is stale.
  const was_stale = page.getByRole('alert').first().waitFor({ timeout: 6000 }).then(() => true, () => false);
  console.log(`# a banner was ${(await was_stale) ? '' : 'not '}seen: gale-ui was ${(await was_stale) ? 'away for more' : 'back in less'} than three ticks`);
  await watched.eventually(async () => (await fetch(`${ORIGIN}/api/v2/pulse`).catch(() => null))?.ok === true, 'gale-ui is back');
  await page.getByRole('alert').first().waitFor({ state: 'detached' });
  const text = await watched.text();
  await watched.until((old) => document.querySelector('main').innerText !== old, 'figures change again', text);
  assert.ok(await page.evaluate(() => window.isTheSamePage));
});

// That of this cluster: its words name the port.
function uiProcesses() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.split('\0')[0].endsWith('gale-ui') && words.split('\0').includes(`ui.listen=${new URL(ORIGIN).host}`);
    } catch {
      return false;
    }
  }).map(Number);
}

test('gale-ui stands still while somebody looks: a banner within 4 s, and it is over when it goes on', async () => {
  await watched.open('/');
  await page.evaluate(() => { window.isTheSamePage = true; });
  const [pid] = uiProcesses();
  process.kill(pid, 'SIGSTOP');
  const began = performance.now();
  try {
    await watched.see('Stale since');
    console.log(`# stale after ${Math.round(performance.now() - began)} ms`);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await page.getByRole('alert').first().waitFor({ state: 'detached' });
  assert.ok(await page.evaluate(() => window.isTheSamePage));
});

test('a topology is deactivated and activated', async () => {
  await watched.open(`/topologies/${NAME}?tab=components`);
  await openDialog('Deactivate');
  assert.equal(await confirm('Deactivate'), `gale deactivate ${NAME}`);
  assert.equal((await status()).status, 'inactive');
  await openDialog('Activate');
  assert.equal(await confirm('Activate'), `gale activate ${NAME}`);
  assert.equal((await status()).status, 'active');
});

test('a topology is rebalanced', async () => {
  await watched.open(`/topologies/${NAME}?tab=workers`);
  await openDialog('Rebalance');
  await page.getByRole('dialog').getByLabel('Workers', { exact: true }).fill('3');
  await watched.see('of 3 workers');
  assert.equal(await confirm('Rebalance'), `gale rebalance ${NAME} --workers 3`);
  await watched.eventually(() => allRun(3), 'three workers run');
});

test('the log level is changed, and workers follow', async () => {
  await watched.open(`/topologies/${NAME}?tab=logs`);
  await openDialog('Log level');
  assert.equal(await confirm('Set it'), `gale log-level ${NAME} debug --for 600`);
  assert.equal((await rest(`topologies/${NAME}`)).log_level.level, 'debug');
  await gale('log-level', NAME, '--reset');
  await watched.eventually(async () => (await rest(`topologies/${NAME}`)).log_level === null, 'it is back');
});

test('tuples are written to the log', async () => {
  await watched.open(`/topologies/${NAME}?tab=logs`);
  await openDialog('Debug');
  await watched.select('Component').selectOption('splitter');
  await page.getByRole('dialog').getByRole('spinbutton').fill('50');
  assert.equal(await confirm('Set it'), `gale debug log ${NAME} splitter --percent 50`);
  const { id } = await rest(`topologies/${NAME}`);
  await watched.eventually(async () => (await rest(`logs/${id}/search?q=${encodeURIComponent('tuple component=splitter')}`)).matches.length > 0, 'tuples stand in the log');
  await gale('debug', 'log', NAME, 'splitter', '--off');
});

test('a worker is restarted', async () => {
  const [worker] = await workers();
  await watched.open(`/workers/${worker.supervisor}/${worker.slot}`);
  await openDialog('Restart');
  assert.equal(await confirm('Restart it'), `gale restart-worker ${NAME} ${worker.supervisor}:${worker.slot} --yes`);
  await watched.eventually(async () => (await allRun(3))?.every((one) => one.pid !== worker.pid), 'another process runs');
});

test('a topology is killed, if its name is typed', async () => {
  await watched.open(`/topologies/${NAME}?tab=components`);
  watched.allow(/status of 404/);
  feed('stop');
  await openDialog('Kill');
  await page.getByRole('dialog').getByRole('textbox').fill(NAME);
  assert.equal(await confirm('Kill it'), `gale kill ${NAME} --yes`);
  assert.ok(!JSON.parse(await gale('list', '--json')).topologies.some((one) => one.name === NAME));
  await watched.open(`/topologies/${NAME}`);
  await watched.see('killed');
});

test('offsets of a group are reset', async () => {
  await watched.eventually(async () => (await rest(`log/groups/${GROUP}`)).members.length === 0, 'nobody is in the group');
  await watched.open(`/log/groups/${GROUP}`);
  await openDialog('Reset offsets');
  await watched.see('will be read again');
  const command = await page.locator('dialog .command code').innerText();
  assert.equal(command, `gale group reset ${GROUP} --topic lines --to earliest --yes`);
  await page.getByRole('dialog').getByRole('textbox').fill(GROUP);
  await page.getByRole('dialog').getByRole('button', { name: 'Reset', exact: true }).click();
  await watched.see('Committed.');
  const { offsets } = await rest(`log/groups/${GROUP}`);
  for (const place of offsets) assert.equal(place.committed, place.first);
});

test('all that was done stands in the audit list, with who did it', async () => {
  await watched.open('/events?actions=1');
  for (const text of ['deactivated', 'activated', 'rebalancing', 'log level', 'debug', 'restart asked', 'killed', 'reset offsets']) await watched.see(text);
  await watched.see('this page');
  const { events } = await rest('events?limit=1000');
  assert.ok(events.filter((event) => event.via === 'ui').length >= 7);
  assert.ok(events.some((event) => event.via === 'cli'));
});

test('nobody complained, and nobody else was asked for anything', () => {
  watched.expectNoComplaints();
});
