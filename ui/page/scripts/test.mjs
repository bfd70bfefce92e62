/* SPDX-License-Identifier: Apache-2.0 */
/* Runs tests/*.test.ts with node's own test runner; esbuild takes the types away first. */
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const names = (await readdir(path.join(root, "tests"))).filter((name) => name.endsWith(".test.ts"));
/* Inside of the project, so that packages are found. */
const folder = await mkdtemp(path.join(root, ".test-"));

try {
    await esbuild.build({
        absWorkingDir: root,
        entryPoints: names.map((name) => `tests/${name}`),
        bundle: true,
        packages: "external",
        platform: "node",
        format: "esm",
        sourcemap: "inline",
        outdir: folder,
        outExtension: { ".js": ".mjs" },
        logLevel: "warning",
    });
    const files = names.map((name) => path.join(folder, name.replace(/\.ts$/, ".mjs")));
    const run = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], { stdio: "inherit" });
    process.exitCode = run.status ?? 1;
} finally {
    await rm(folder, { recursive: true, force: true });
}
