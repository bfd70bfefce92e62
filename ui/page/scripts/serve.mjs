/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Serves dist/ with the canned answers of ui/api/examples, so that pages can be looked at without a
 * daemon. The figures move a little each second; times are shifted so that they are of now.
 *
 * usage: node scripts/serve.mjs [--port 8081] [--dist DIR] [--topologies N] [--components N] [--read-only]
 *                               [--well]
 */
import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const examples = path.join(root, "..", "api", "examples");
const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function option(name, otherwise) {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
}

const dist = path.resolve(option("dist", path.join(root, "dist")));
const extra_topologies = Number(option("topologies", 0));
const components_wanted = Number(option("components", 0));
const has = (flag) => process.argv.includes(`--${flag}`);

/* ---- canned answers, made to be of now ---- */

const index = JSON.parse(readFileSync(path.join(examples, "index.json"), "utf8"));
const canned = new Map();
for (const [file, { path: where }] of Object.entries(index))
    if (where !== null) canned.set(where, load(file));

function load(file) {
    return JSON.parse(readFileSync(path.join(examples, file), "utf8"));
}

const began_ms = Date.now();
const base_ms = canned.get("/api/v2/pulse").at_ms;
const base_tick = canned.get("/api/v2/pulse").tick;
let ticks = 0;

const shift_ms = began_ms - base_ms;

function moveTimes(value, key) {
    if (typeof value === "number" && /(^|_)(at|since|submitted|ended|last|first|from|until|modified|deadline)_ms$/.test(key) && value > 0)
        return value + shift_ms;
    return value;
}

function isMoving(key) {
    return /(_per_s|capacity|blocked|fill|back_pressure)$/.test(key) || /^(p50|p90|p99|latency_p50_ns|latency_p99_ns|lag|waiting)$/.test(key);
}

function wobble(value, key, where) {
    const phase = [...(where + key)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    const factor = 1 + 0.06 * Math.sin(ticks / 4 + phase) + 0.02 * (Math.random() - 0.5);
    const moved = value * factor;
    return /(capacity|blocked|fill|back_pressure)$/.test(key) ? Math.min(1, moved) : Number.isInteger(value) ? Math.round(moved) : moved;
}

/* A copy with times of now and figures of this tick. */
function alive(value, key = "", where = "") {
    if (Array.isArray(value)) return value.map((item, at) => alive(item, key, `${where}${at}`));
    if (value !== null && typeof value === "object") {
        const name = String(value.name ?? value.component ?? "");
        return Object.fromEntries(Object.entries(value).map(([member, item]) => [member, alive(item, member, where + name)]));
    }
    if (typeof value !== "number" || key === "values") return value;
    const moved = moveTimes(value, key);
    return moved === value && isMoving(key) && value > 0 ? wobble(value, key, where) : moved;
}

function ticked(answer) {
    if (answer === undefined || answer.tick === undefined) return answer;
    return { ...answer, tick: base_tick + ticks, at_ms: began_ms + ticks * 1000 };
}

function manyTopologies(answer) {
    if (extra_topologies === 0 || !Array.isArray(answer.topologies)) return answer;
    const [first] = answer.topologies;
    const more = Array.from({ length: extra_topologies }, (_, at) => ({
        ...alive(first, "", String(at)),
        id: `job-${at}-1`,
        name: `job-${String(at).padStart(3, "0")}`,
        health: at % 97 === 0 ? "watch" : "well",
    }));
    return { ...answer, topologies: [...answer.topologies, ...more] };
}

function manyComponents(answer) {
    if (components_wanted === 0 || !answer.components || !answer.edges) return answer;
    const bolt = answer.components.find((one) => one.role === "bolt");
    const edge = answer.edges[0];
    const components = [...answer.components];
    const edges = [...answer.edges];
    while (components.length < components_wanted) {
        const at = components.length;
        const from = components[(at * 7919) % Math.max(1, at - 1)].name;
        components.push({ ...alive(bolt, "", String(at)), name: `stage-${at}` });
        edges.push({ ...edge, from, to: `stage-${at}`, bottleneck: false, back_pressure: false });
    }
    return { ...answer, components, edges };
}

function manyPlanned(answer) {
    if (components_wanted === 0 || !answer.graph) return answer;
    const figures = manyComponents(canned.get("/api/v2/topologies/words/figures"));
    const known = new Map(answer.graph.components.map((one) => [one.name, one]));
    const components = figures.components.map(
        (one, at) => known.get(one.name) ?? { ...one, rank: 1 + (at % 9), streams: [], inputs: figures.edges.filter((edge) => edge.to === one.name).map((edge) => ({ component: edge.from, stream: edge.stream, grouping: edge.grouping, keys: [], cycle: false })) },
    );
    return { ...answer, graph: { components } };
}

function history(url) {
    const name = url.pathname.split("/")[4];
    const file = url.searchParams.get("tasks") === "1" ? "words_history_tasks.json" : Number(url.searchParams.get("seconds") ?? 900) > 900 ? "words_history_day.json" : "words_history.json";
    const answer = load(file);
    const component = url.searchParams.get("component");
    const wanted = (url.searchParams.get("metrics") ?? "").split(",").filter(Boolean);
    const at_ms = began_ms + ticks * 1000;
    const length = answer.series[0].values.length;
    const found = wanted.map((metric) => answer.series.find((one) => one.metric === metric) ?? { ...answer.series[0], metric, values: answer.series[0].values.map(() => null) });
    const tasks = [...new Set(answer.series.map((one) => one.task))];
    const series =
        url.searchParams.get("tasks") === "1"
            ? tasks.flatMap((task) => wanted.map((metric) => ({ component, task, metric, values: (answer.series.find((one) => one.task === task && one.metric === metric) ?? answer.series.find((one) => one.task === task)).values })))
            : found.map((one) => ({ ...one, component, task: url.searchParams.has("task") ? Number(url.searchParams.get("task")) : null }));
    return name ? { ...answer, tick: base_tick + ticks, at_ms, from_ms: at_ms - (length - 1) * answer.step_ms, series } : null;
}

function answerOf(url) {
    const where = decodeURIComponent(url.pathname);
    if (has("well") && where === "/api/v2/pulse") return ticked(alive(load("pulse_well.json")));
    if (has("read-only") && where === "/api/v2/session") return load("session_read_only.json");
    if (/\/history$/.test(where)) return history(url);
    if (/^\/api\/v2\/settings$/.test(where) && url.searchParams.has("topology")) return load("settings_words.json");
    let found = canned.get(where);
    if (found === undefined && /\/clicks\/(tasks|samples)$/.test(where)) found = canned.get(where.replace("clicks", "words"));
    if (found === undefined && /\/topologies\/job-/.test(where)) found = canned.get(where.replace(/job-\d+/, "words"));
    if (found === undefined) return undefined;
    const component = url.searchParams.get("component");
    const answer = manyPlanned(manyComponents(manyTopologies(ticked(alive(found)))));
    if (component && Array.isArray(answer.tasks)) return { ...answer, tasks: answer.tasks.filter((task) => task.component === component) };
    return answer;
}

/* ---- the stream ---- */

const streams = new Set();

function panelAnswer(panel) {
    const [kind, name, extra] = panel.split(":").map(decodeURIComponent);
    const base = "http://x/api/v2/";
    if (kind === "pulse" || kind === "events") return [kind, answerOf(new URL(base + kind))];
    if (kind === "topology") return ["figures", answerOf(new URL(`${base}topologies/${name}/figures`))];
    return ["tasks", answerOf(new URL(`${base}topologies/${name}/tasks${extra ? `?component=${encodeURIComponent(extra)}` : ""}`))];
}

function send(response, panels, is_first) {
    for (const panel of panels) {
        const [event, answer] = panelAnswer(panel);
        if (event === "events" && !is_first) continue;
        const [type, data] = answer === undefined ? ["gone", { panel, text: "no such topology" }] : [event, { ...answer, panel }];
        response.write(`event: ${type}\nid: ${base_tick + ticks}-8\ndata: ${JSON.stringify(data)}\n\n`);
    }
}

setInterval(() => {
    ticks++;
    for (const { response, panels } of streams) send(response, panels, false);
}, 1000);

function stream(url, response) {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    const one = { response, panels: (url.searchParams.get("panels") ?? "").split(",").filter(Boolean) };
    streams.add(one);
    response.on("close", () => streams.delete(one));
    send(response, one.panels, true);
}

/* ---- the server ---- */

const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };

function sendJson(response, status, answer) {
    response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
    response.end(JSON.stringify(answer));
}

function sendFile(url, response) {
    const name = path.basename(url.pathname);
    const file = readdirSync(dist).includes(name) ? name : "index.html";
    response.writeHead(200, { "Content-Type": types[path.extname(file)] ?? "application/octet-stream", "Content-Security-Policy": policy });
    response.end(readFileSync(path.join(dist, file)));
}

function act(url, request, response) {
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
        console.log("POST", url.pathname, body);
        if (request.headers["x-gale-action"] !== "1") return sendJson(response, 403, { error: { code: "denied", text: "no X-Gale-Action" } });
        if (/\/reset$/.test(url.pathname)) return sendJson(response, 200, load("reset.json"));
        return sendJson(response, 200, { id: "words-1-1795000000", status: "active", moves: 3, workers: 2, workers_wanted: 2, unplaced: 0, why_not: null, level: "debug", until_ms: 0, component: null, percent: 1, incarnation: 4 });
    });
}

const server = http.createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    if (request.method === "POST") return act(url, request, response);
    if (url.pathname === "/api/v2/stream") return stream(url, response);
    if (!url.pathname.startsWith("/api/")) return sendFile(url, response);
    const answer = answerOf(url);
    return answer === undefined ? sendJson(response, 404, { error: { code: "not_found", text: `nothing is known of ${url.pathname}` } }) : sendJson(response, 200, answer);
});

server.listen(Number(option("port", 8081)), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
