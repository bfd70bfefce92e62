// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, and pages that are watched: whatever a page complains about, asks of somebody else or runs that it
// should only show is remembered, and is a failure in the end.
import assert from 'node:assert/strict';
import { AXE, chromium } from './packages.mjs';

const PROGRAM = process.env.GALE_CHROMIUM ?? '/usr/bin/chromium';
export const TIMEOUT_MS = Number(process.env.GALE_UI_TIMEOUT_MS ?? 30000);

export function launch() {
  return chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'] });
}

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 360, height: 740 };

export class Watched {
  constructor(page, origin, context) {
    this.page = page;
    this.origin = origin;
    this.context = context;
    this.complaints = [];
    // A stream that a server cuts is an error of the network to the browser; tests that cut it say so.
    this.allowed = [];
    page.on('console', (message) => message.type() === 'error' && this.complain(`console: ${message.text()} ${message.location().url ?? ''}`));
    page.on('pageerror', (error) => this.complain(`error: ${error.stack ?? error.message}`));
    page.on('request', (request) => this.checkOrigin(request.url()));
    page.on('dialog', (dialog) => {
      this.complain(`a dialog of the browser: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  complain(text) {
    this.complaints.push(text);
  }

  checkOrigin(url) {
    if (url.startsWith('data:') || url.startsWith('blob:')) return;
    if (new URL(url).origin !== this.origin) this.complain(`request to another origin: ${url}`);
  }

  allow(pattern) {
    this.allowed.push(pattern);
  }

  async open(path) {
    await this.page.goto(this.origin + path, { waitUntil: 'load' });
    await this.ready();
  }

  // A heading is there, and nothing is being asked for.
  async ready() {
    await this.page.locator('main h1').first().waitFor({ timeout: TIMEOUT_MS });
    await this.until(() => document.querySelector('main [aria-busy="true"]') === null, 'nothing is asked for any more');
  }

  // Waits for a condition in the page; a function, because the policy forbids texts that are evaluated.
  async until(condition, what, argument) {
    try {
      await this.page.waitForFunction(condition, argument, { timeout: TIMEOUT_MS, polling: 50 });
    } catch (error) {
      const text = (await this.page.locator('body').innerText().catch(() => '')).slice(0, 3000);
      throw new Error(`never: ${what}\n${error.message}\n--- ${this.page.url()}\n${text}`);
    }
  }

  // Waits for a condition of the test itself.
  async eventually(condition, what) {
    const deadline = performance.now() + TIMEOUT_MS;
    while (!(await condition())) {
      if (performance.now() > deadline) throw new Error(`never: ${what}`);
      await this.page.evaluate(() => new Promise(requestAnimationFrame));
    }
  }

  async see(text) {
    await this.until((wanted) => document.body.innerText.includes(wanted), `"${text}" is seen`, text);
  }

  // The <select> of a label. (By its role it would have the name of what is chosen, too.)
  select(label) {
    return this.page.locator('label', { has: this.page.locator(`span:text-is("${label}")`) }).locator('select');
  }

  text() {
    return this.page.locator('main').innerText();
  }

  // Violations of axe-core, each with where it is.
  async axe() {
    await this.page.evaluate(AXE);
    const found = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    return found.violations.map((one) => `${one.id}: ${one.help}\n${one.nodes.slice(0, 4).map((node) => `    ${node.html.slice(0, 200)} ${node.failureSummary?.split('\n')[1] ?? ''}`).join('\n')}`);
  }

  expectNoComplaints() {
    const left = this.complaints.filter((text) => !this.allowed.some((pattern) => pattern.test(text)));
    assert.deepEqual(left, []);
  }

  async close() {
    await this.context.close();
  }
}

export async function openPage(browser, origin, { viewport = WIDE, theme = 'light' } = {}) {
  const context = await browser.newContext({ viewport, colorScheme: theme, reducedMotion: 'reduce', timezoneId: 'UTC', locale: 'en-US', acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  return new Watched(page, origin, context);
}
