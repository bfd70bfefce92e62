// SPDX-License-Identifier: Apache-2.0
// The tests use the packages of the page (ui/page/package-lock.json), so that there is one list of them.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PAGE = fileURLToPath(new URL('../../../ui/page', import.meta.url));
const require = createRequire(`${PAGE}/package.json`);

export const { chromium } = require('playwright-core');
export const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
