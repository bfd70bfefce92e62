/* SPDX-License-Identifier: Apache-2.0 */
/* Installs the packages of package-lock.json, unless that was done since it last changed. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

function modified(...names) {
    return statSync(path.join(root, ...names), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/* npm leaves the first of these when it has put everything in place. */
if (modified("node_modules", ".package-lock.json") < modified("package-lock.json")) {
    const run = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, stdio: "inherit" });
    process.exitCode = run.status ?? 1;
}
