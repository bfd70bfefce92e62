// SPDX-License-Identifier: Apache-2.0
// A simulated cluster with the page over it, and a browser, for the time of a test.
import { after, before } from 'node:test';
import { existsSync } from 'node:fs';
import { FixtureServer } from '../fixture/server.mjs';
import { World } from '../fixture/world.mjs';
import { launch, openPage } from './browser.mjs';
import { PAGE } from './packages.mjs';

export const DIST = process.env.GALE_UI_DIST ?? `${PAGE}/dist`;

// One browser for a file of tests.
export function useBrowser() {
  const held = { browser: null };
  before(async () => {
    if (!existsSync(`${DIST}/index.html`)) throw new Error(`the page is not built: ${DIST} (npm run build in ui/page)`);
    held.browser = await launch();
  });
  after(() => held.browser?.close());
  return held;
}

// Runs `test` with a world of these options, its server and a page, and ends them whatever happens. What the
// page complained about is a failure.
export async function withWorld(held, options, test) {
  const world = new World(options.world);
  const server = new FixtureServer(world, DIST);
  const origin = await server.start();
  const watched = await openPage(held.browser, origin, options);
  try {
    await test({ world, server, origin, watched, page: watched.page });
    watched.expectNoComplaints();
  } finally {
    await watched.close();
    await server.stop();
  }
}
