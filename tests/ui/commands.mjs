// SPDX-License-Identifier: Apache-2.0
// The commands that the page's dialogs show, as they make them (ui/page/src/actions/commands.ts): a JSON list. For
// tests/e2e/test_ui_commands.py.
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PAGE } from './support/packages.mjs';

const { buildSync } = createRequire(`${PAGE}/package.json`)('esbuild');
const folder = mkdtempSync(join(PAGE, '.test-'));
try {
  const outfile = join(folder, 'commands.mjs');
  buildSync({ entryPoints: [join(PAGE, 'src/actions/commands.ts')], bundle: true, format: 'esm', outfile, logLevel: 'warning' });
  const page = await import(pathToFileURL(outfile));
  const executors = { splitter: 8, counter: 2 };
  console.log(JSON.stringify([
    page.activateCommand('wc'),
    page.deactivateCommand("it's"),
    page.killCommand('wc', null),
    page.killCommand('wc', 1500),
    page.rebalanceCommand('wc', { workers: null, executors: {}, wait_ms: null }),
    page.rebalanceCommand('wc', { workers: 4, executors, wait_ms: 500 }),
    page.logLevelCommand('wc', 'debug', 0),
    page.logLevelCommand('wc', 'warn', 600_000),
    page.logLevelCommand('wc', null, 0),
    page.debugCommand('wc', null, 100),
    page.debugCommand('wc', 'splitter', 1),
    page.debugCommand('wc', 'splitter', 0),
    page.restartWorkerCommand('wc', 'supervisor-1', 2),
    page.stacksCommand('wc', 'supervisor-1', 2),
    page.profileCommand('wc', 'supervisor-1', 2, '30'),
    ...['earliest', 'latest', 'offset:17', 'last:5', 'time:1795000000000', 'time:1795000000123'].map((to) => page.resetCommand('g', 't', to)),
  ]));
} finally {
  rmSync(folder, { recursive: true });
}
