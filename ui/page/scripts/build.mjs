/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builds the page into dist/: index.html, app-HASH.js (shell and overview) and what it loads, at once or later, as
 * NAME-HASH.js, app-HASH.css, layout-HASH.js (the web worker that lays graphs out), and each of them as
 * .gz. Fails if what a browser loads to show any one view is above 80 KB compressed.
 *
 * usage: node scripts/build.mjs [--out DIR] [--parts]        --parts: and what each piece is made of
 */
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import esbuild from "esbuild";

const LIMIT_BYTES = 80 * 1024;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const out_at = process.argv.indexOf("--out");
const out = out_at > 0 ? path.resolve(process.argv[out_at + 1]) : path.join(root, "dist");

const options = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome110", "firefox115", "safari16.4"],
    legalComments: "none",
    write: false,
    metafile: true,
    outdir: "dist",
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
};

/* name -> {bytes, entry: its source if it is one, loads: names of what comes with it, parts: source -> bytes}. */
function filesOf({ outputFiles, metafile }) {
    const files = new Map();
    for (const file of outputFiles) {
        const name = path.basename(file.path);
        const { imports = [], entryPoint, inputs } = metafile.outputs[`dist/${name}`];
        const loads = imports.filter((one) => one.kind === "import-statement").map((one) => path.basename(one.path));
        const parts = Object.entries(inputs).map(([source, { bytesInOutput }]) => [source, bytesInOutput]);
        files.set(name, { bytes: Buffer.from(file.contents), entry: entryPoint, loads, parts });
    }
    return files;
}

async function bundle(entryPoints, more = {}) {
    return filesOf(await esbuild.build({ ...options, entryPoints, ...more }));
}

/* All of the style is one file, whichever module asks for a part: it is small, and so pages never jump. */
async function bundleStyle() {
    const sources = (await readdir(path.join(root, "src"), { recursive: true })).filter((name) => name.endsWith(".css"));
    const first = "theme.css";
    const all = ["uplot/dist/uPlot.min.css", `./src/${first}`, ...sources.filter((name) => name !== first).sort().map((name) => `./src/${name}`)];
    const contents = all.map((name) => `@import ${JSON.stringify(name)};`).join("\n");
    const stdin = { contents, resolveDir: root, loader: "css", sourcefile: "app.css" };
    const { outputFiles } = await esbuild.build({ ...options, stdin, entryPoints: undefined, entryNames: "app-[hash]" });
    return { name: path.basename(outputFiles[0].path), bytes: Buffer.from(outputFiles[0].contents) };
}

/* `scripts`: what the first of them loads is asked for with it, and not when it has come. */
function index(scripts, style) {
    const icon =
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='none' stroke='%230b6bb5' stroke-width='2' d='M2 8h7M6 4.5L9.5 8 6 11.5M12.5 3v10'/%3E%3C/svg%3E";
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Gale</title>
<link rel="icon" href="${icon}">
<link rel="stylesheet" href="/${style}">
<script type="module" src="/${scripts[0]}"></script>${scripts.slice(1).map((name) => `\n<link rel="modulepreload" href="/${name}">`).join("")}
</head>
<body>
<div id="app"><noscript>The page needs JavaScript. The same figures: gale list, gale status, /api/v2/pulse.</noscript></div>
</body>
</html>
`;
}

async function emptyFolder() {
    await mkdir(out, { recursive: true });
    for (const name of await readdir(out))
        if (/^(index\.html|[\w.]+-[0-9A-Za-z]{8,16}\.(js|css))(\.gz)?$/.test(name)) await rm(path.join(out, name));
}

/* All that is loaded with `name`. */
function closure(files, name) {
    const found = new Set();
    const waiting = [name];
    while (waiting.length > 0) {
        const next = waiting.pop();
        if (found.has(next)) continue;
        found.add(next);
        waiting.push(...files.get(next).loads);
    }
    return found;
}

function entryOf(files, source) {
    return [...files].find(([, file]) => file.entry === source)[0];
}

/* What is loaded to show each kind of view: the shell, the pages' code, and what their drawings need. */
function viewLoads(scripts, sizes, always, layout) {
    const shell = closure(scripts, entryOf(scripts, "src/main.tsx"));
    const flow = closure(scripts, entryOf(scripts, "src/pages/flow_pages.ts"));
    const ground = closure(scripts, entryOf(scripts, "src/pages/ground_pages.ts"));
    const plot = closure(scripts, entryOf(scripts, "src/components/plot.tsx"));
    const inside = closure(scripts, entryOf(scripts, "src/pages/worker/panels.tsx"));
    const views = {
        overview: [],
        "topology, graph": [...flow, layout],
        "topology, charts": [...flow, ...plot],
        worker: [...flow, ...inside],
        "nodes, logs and so on": [...ground],
        "log group, charts": [...ground, ...plot],
    };
    const sum = (names) => [...new Set([...always, ...shell, ...names])].reduce((bytes, name) => bytes + sizes.get(name), 0);
    return new Map(Object.entries(views).map(([view, names]) => [view, sum(names)]));
}

async function write(files) {
    const sizes = new Map();
    await emptyFolder();
    for (const [name, { bytes }] of files) {
        const packed = gzipSync(bytes, { level: 9 });
        await writeFile(path.join(out, name), bytes);
        await writeFile(path.join(out, `${name}.gz`), packed);
        sizes.set(name, packed.length);
        console.log(`${name.padEnd(28)} ${String(bytes.length).padStart(8)}  gzip ${String(packed.length).padStart(7)}`);
    }
    return sizes;
}

/* The largest first, before they are compressed. */
function listParts(files) {
    for (const [name, { parts }] of files) {
        console.log(`\n${name}`);
        for (const [source, bytes] of parts.sort((a, b) => b[1] - a[1])) console.log(`${String(bytes).padStart(9)} ${source}`);
    }
}

function report(loads, sizes) {
    console.log(`\n${"to show a view".padEnd(28)} ${"".padStart(8)}  gzip`);
    for (const [view, bytes] of loads) console.log(`${view.padEnd(28)} ${"".padStart(8)}  gzip ${String(bytes).padStart(7)}`);
    const all = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    console.log(`${"all files".padEnd(28)} ${"".padStart(8)}  gzip ${String(all).padStart(7)}`);
    for (const [view, bytes] of loads)
        if (bytes > LIMIT_BYTES) throw new Error(`${view}: a browser loads ${bytes} bytes compressed; the limit is ${LIMIT_BYTES}`);
}

async function build() {
    const worker = await bundle({ layout: "src/graph/layout_worker.ts" });
    const [layout] = worker.keys();
    const scripts = await bundle(
        { app: "src/main.tsx" },
        { splitting: true, loader: { ".css": "empty" }, define: { LAYOUT_URL: JSON.stringify(`/${layout}`) } },
    );
    const style = await bundleStyle();
    const html = { bytes: Buffer.from(index([...closure(scripts, entryOf(scripts, "src/main.tsx"))], style.name)) };
    const sizes = await write(new Map([...scripts, ...worker, [style.name, style], ["index.html", html]]));
    if (process.argv.includes("--parts")) listParts(new Map([...scripts, ...worker]));
    report(viewLoads(scripts, sizes, [style.name, "index.html"], layout), sizes);
}

try {
    await build();
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
