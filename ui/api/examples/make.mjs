/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes the example answers beside it: a cluster of two supervisors that runs the topologies `words` (three
 * components, one of them too slow) and `clicks` (40 components, one worker that crashes). index.json says which
 * file answers which path, and by which definition of ui/api/schema.json it is valid.
 *
 *     node ui/api/examples/make.mjs            writes them
 *     node ui/api/examples/make.mjs --check    ends with 1 if what is there is not what would be written
 *
 * Larger ones are not stored: many_topologies(500) and many_tasks(5000) make them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const now = 1795000000000;
const tick = 5230;
const submitted = now - 5200 * 1000;
const frozen = { tick, at_ms: now, interval_ms: 1000 };
const supervisors = [
  { id: "supervisor-1", host: "alder", address: "127.0.0.1:40101" },
  { id: "supervisor-2", host: "birch", address: "127.0.0.1:40102" },
];

/* A number from 0 to 1 that follows from the text alone. */
function draw(text) {
  let hash = 2166136261;
  for (const character of text)
    hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) / 4294967296;
}

const round = (number, digits = 4) => Number(number.toFixed(digits));

/* ---- topologies ---- */

function input(component, stream, grouping, keys = []) {
  return { component, stream, grouping, keys, cycle: false };
}

function spout(name, tasks, stream, fields) {
  return { name, role: "spout", tasks, executors: tasks, rank: 0, streams: [{ name: stream, fields, direct: false }], inputs: [] };
}

function bolt(name, tasks, rank, streams, inputs) {
  return {
    name, role: "bolt", tasks, executors: tasks, rank,
    streams: streams.map(([stream, fields]) => ({ name: stream, fields, direct: false })), inputs,
  };
}

const words = {
  name: "words", id: "words-1-1795000000", owner: "ada", restarts: 1, per_s: 4200, slow: "counter", workers: 2,
  components: [
    spout("reader", 2, "lines", ["text"]),
    bolt("splitter", 4, 1, [["words", ["word"]]], [input("reader", "lines", "shuffle")]),
    bolt("counter", 4, 2, [["totals", ["word", "count"]]], [input("splitter", "words", "fields", ["word"])]),
  ],
};

/* Four spouts, and nine ranks of four bolts that read what stands above them. */
function many_components() {
  const all = ["north", "east", "south", "west"].map((name) => spout(`${name}-clicks`, 2, "clicks", ["user", "page", "at_ms"]));
  const steps = ["parse", "clean", "locate", "session", "score", "join", "window", "rank", "store"];
  for (const [step, verb] of steps.entries())
    for (let lane = 0; lane < 4; lane++) {
      const above = all[4 * step + lane];
      const inputs = [input(above.name, above.streams[0].name, lane % 2 === 0 ? "shuffle" : "fields", lane % 2 === 0 ? [] : ["user"])];
      if (lane === 3 && step > 0) {
        const beside = all[4 * step];
        inputs.push(input(beside.name, beside.streams[0].name, "local-or-shuffle"));
      }
      all.push(bolt(`${verb}-${lane + 1}`, 4, step + 1, [[`${verb}ed`, ["user", "value"]]], inputs));
    }
  return all;
}

const clicks = {
  name: "clicks", id: "clicks-2-1795000060", owner: "grace", restarts: 7, per_s: 900, slow: null, workers: 4,
  components: many_components(),
};

/* ---- how fast everything is ---- */

function latency(median_us, count) {
  const at = (factor) => Math.round(median_us * factor * 1000);
  return count === 0 ? null
    : { count: Math.round(count), mean: at(1.2), p50: at(1), p90: at(1.9), p99: at(4.3), p999: at(9.1), max: at(15.7) };
}

/* Tuples a second that a component emits, on its only stream. */
function flow_of(topology, component) {
  if (component.role === "spout")
    return topology.per_s;
  const incoming = component.inputs.reduce((sum, one) => sum + flow_of(topology, find(topology, one.component)), 0);
  return component.name === "splitter" ? incoming * 8 : incoming * (0.5 + 0.4 * draw(component.name));
}

function executed_of(topology, component) {
  return component.inputs.reduce((sum, one) => sum + flow_of(topology, find(topology, one.component)), 0);
}

const find = (topology, name) => topology.components.find((component) => component.name === name);
const is_slow = (topology, component) => topology.slow === component.name;
const is_read = (topology, component) => topology.components.some((other) => other.inputs.some((one) => one.component === component.name));
const holds_back = (topology, component) =>
  topology.components.some((other) => is_slow(topology, other) && other.inputs.some((one) => one.component === component.name));

function counts(topology, component, seconds, share = 1) {
  const emitted = Math.round(flow_of(topology, component) * seconds * share);
  const executed = Math.round(executed_of(topology, component) * seconds * share);
  const is_spout = component.role === "spout";
  const failed = is_spout ? Math.round(emitted * 0.0004) : 0;
  return {
    emitted, sent: is_read(topology, component) ? emitted : 0, executed, acked: is_spout ? emitted - failed : executed, failed,
    timed_out: Math.round(failed * 0.75), refused: 0,
  };
}

function totals(topology, component) {
  const total = counts(topology, component, 5200);
  return { ...total, execute_ns: total.executed * 3200, process_ns: total.executed * 3500, complete_ns: component.role === "spout" ? total.acked * 21000000 : 0 };
}

function capacity_of(topology, component) {
  return round(is_slow(topology, component) ? 0.982 : 0.08 + 0.5 * draw(`${component.name} capacity`));
}

function blocked_of(topology, component) {
  return round(holds_back(topology, component) ? 0.71 : 0.01 * draw(`${component.name} blocked`));
}

function queue_of(topology, component) {
  const limit_bytes = component.role === "spout" ? 0 : 1048576 * component.tasks;
  const fill = component.role === "spout" ? 0 : is_slow(topology, component) ? 0.94 : round(0.05 * draw(component.name));
  return { bytes: Math.round(limit_bytes * fill), limit_bytes, fill };
}

function inputs_of(topology, component, window_s) {
  return component.inputs.map((one) => {
    const per_s = flow_of(topology, find(topology, one.component));
    const count = (seconds) => ({ executed: Math.round(per_s * seconds), acked: Math.round(per_s * seconds), failed: 0 });
    const median = is_slow(topology, component) ? 28 : 1.5 + 4 * draw(component.name);
    return {
      component: one.component, stream: one.stream, total: count(5200), window: count(window_s),
      execute_ns: latency(median, per_s * window_s), process_ns: latency(median * 1.1, per_s * window_s),
    };
  });
}

function metrics_of(component) {
  if (component.name === "counter")
    return [
      { name: "distinct", kind: "gauge", tasks: [0, 1, 2, 3].map((task) => ({ task, value: 3001 + 17 * task })) },
      { name: "flush_ns", kind: "histogram", count: 5200, mean: 81234, p50: 77000, p99: 214000, max: 1930000 },
    ];
  return component.name === "splitter" ? [{ name: "empty_lines", kind: "counter", value: 1204 }] : [];
}

function last_error_of(topology, component) {
  if (topology !== clicks || component.name !== "locate-2")
    return null;
  return { text: "the place of 203.0.113.7 is not known", last_ms: now - 41000, supervisor: "supervisor-2", slot: 1, task: 3, count: 38 };
}

function component_figures(topology, component, window_s) {
  const executed = executed_of(topology, component);
  const emitted = flow_of(topology, component);
  const is_spout = component.role === "spout";
  const inputs = inputs_of(topology, component, window_s);
  return {
    name: component.name, role: component.role, tasks: component.tasks, executors: component.executors,
    total: totals(topology, component), window: { ...counts(topology, component, window_s), seconds: window_s },
    rates: { in_per_s: round(is_spout ? emitted : executed), out_per_s: round(emitted), failed_per_s: is_spout ? round(emitted * 0.0004) : 0 },
    execute_ns: is_spout ? null : inputs[0].execute_ns, process_ns: is_spout ? null : inputs[0].process_ns,
    complete_ns: is_spout ? latency(topology === words ? 18400 : 2100, emitted * window_s) : null,
    capacity: capacity_of(topology, component), blocked: blocked_of(topology, component), queue: queue_of(topology, component),
    open: is_spout ? Math.round(emitted / 40) : 0, lag: component.name === "reader" ? 18250 : null,
    outputs: component.streams.map((stream) => ({
      stream: stream.name, total: pair(counts(topology, component, 5200)), window: pair(counts(topology, component, window_s)),
    })),
    inputs, metrics: metrics_of(component), last_error: last_error_of(topology, component),
  };
}

const pair = ({ emitted, sent }) => ({ emitted, sent });

function edges_of(topology) {
  return topology.components.flatMap((component) => component.inputs.map((one) => {
    const per_s = flow_of(topology, find(topology, one.component));
    const bottleneck = is_slow(topology, component);
    const waiting = Math.round(per_s * (bottleneck ? 0.31 : 0.002));
    const executed = Math.round(per_s * 5200);
    return {
      from: one.component, stream: one.stream, to: component.name, grouping: one.grouping, sent: executed + waiting, executed,
      per_s: round(per_s), waiting, blocked: bottleneck ? 0.71 : 0, back_pressure: bottleneck, bottleneck,
    };
  }));
}

function figures(topology, window_s = 10) {
  const spouts = topology.components.filter((component) => component.role === "spout");
  const per_s = topology.per_s * spouts.length;
  const failed = Math.round(per_s * 5200 * 0.0004);
  return {
    ...frozen, id: topology.id, name: topology.name, status: "active", window_s, covered_s: Math.min(window_s, 5200),
    components: topology.components.map((component) => component_figures(topology, component, window_s)),
    edges: edges_of(topology), bottleneck: topology.slow,
    trees: {
      completed: Math.round(per_s * 5200) - failed, failed, timed_out: Math.round(failed * 0.75), refused: 0, open: Math.round(per_s / 40),
      in_per_s: per_s, done_per_s: round(per_s * 0.9996), failed_per_s: round(per_s * 0.0004),
      latency: latency(topology === words ? 18400 : 2100, per_s * window_s),
    },
  };
}

/* ---- workers and tasks ---- */

const place_of = (topology, task) => {
  const worker = task % topology.workers;
  return { ...supervisors[worker % 2], slot: (topology === words ? 0 : 1) + Math.floor(worker / 2) };
};

const first_task_of = (topology, component) =>
  topology.components.slice(0, topology.components.indexOf(component)).reduce((sum, one) => sum + one.tasks, 0);

function task_figures(topology, component, task, window_s) {
  const place = place_of(topology, task);
  const id = first_task_of(topology, component) + task;
  const share = (1 + 0.2 * (draw(`${component.name} ${task}`) - 0.5)) / component.tasks;
  const is_spout = component.role === "spout";
  const window = counts(topology, component, window_s, share);
  const per_s = share * (is_spout ? flow_of(topology, component) : executed_of(topology, component));
  return {
    component: component.name, task, id, supervisor: place.id, slot: place.slot, host: place.host, loop: task % 2, executor: [id, id],
    uptime_ms: topology === clicks && place.id === "supervisor-2" ? 64000 : 5190000, window,
    total: counts(topology, component, 5200, share), per_s: round(per_s), capacity: round(capacity_of(topology, component) * share * component.tasks),
    blocked: blocked_of(topology, component), queue_fill: queue_of(topology, component).fill, open: is_spout ? Math.round(per_s / 40) : 0,
    lag: component.name === "reader" ? 9125 : null, latency: latency(is_spout ? 18400 : 4 + 20 * draw(component.name), per_s * window_s),
    outputs: component.streams.map((stream) => ({ stream: stream.name, ...pair(window) })),
    inputs: component.inputs.map((one) => ({
      component: one.component, stream: one.stream, executed: Math.round(per_s * window_s), acked: Math.round(per_s * window_s), failed: 0,
    })),
  };
}

function tasks(topology, window_s = 10) {
  const all = topology.components.flatMap((component) =>
    Array.from({ length: component.tasks }, (_, task) => task_figures(topology, component, task, window_s)));
  return { ...frozen, window_s, covered_s: window_s, tasks: all, tasks_total: all.length };
}

function said(topology, worker) {
  const is_crashing = topology === clicks && worker === 3;
  return {
    incarnation: is_crashing ? 8 : 1 + worker, pid: is_crashing ? 0 : 4100 + 10 * worker + topology.name.length, phase: is_crashing ? "backoff" : "running",
    uptime_ms: is_crashing ? 0 : 5190000 - 1000 * worker, restarts: is_crashing ? 6 : worker === 1 ? 1 : 0,
    last_exit: is_crashing ? "killed by signal 11 (Segmentation fault)" : worker === 1 ? "restarted on request" : null,
    rss_bytes: is_crashing ? 0 : 58720256 + 1048576 * worker, cpu_ns: is_crashing ? 0 : 1904000000000 + 7000000000 * worker,
    links: { all: topology.workers - 1, up: is_crashing ? 0 : topology.workers - 1 },
  };
}

function workers_of(topology) {
  return Array.from({ length: topology.workers }, (_, worker) => {
    const place = place_of(topology, worker);
    const count = topology.components.reduce((sum, one) => sum + Math.ceil((one.tasks - worker) / topology.workers), 0);
    return { supervisor: place.id, slot: place.slot, host: place.host, address: place.address, executors: count, tasks: count, ...said(topology, worker) };
  });
}

function component_status(topology, component) {
  const total = counts(topology, component, 5200);
  const is_spout = component.role === "spout";
  const placement = Array.from({ length: topology.workers }, (_, worker) => {
    const place = place_of(topology, worker);
    const runs = Array.from({ length: component.tasks }, (__, task) => task).filter((task) => task % topology.workers === worker);
    return { supervisor: place.id, slot: place.slot, tasks: runs.map((task) => [task, task]) };
  });
  return {
    name: component.name, spout: is_spout, tasks: component.tasks, executors: component.executors, ...total,
    open: is_spout ? Math.round(topology.per_s / 40) : 0,
    ...(is_spout ? { latency_p50_ns: 18400000, latency_p99_ns: 79120000, latency_p999_ns: 167440000, latency_max_ns: 288880000 } : {}),
    placement: placement.filter((one) => one.tasks.length > 0), why: ["spread evenly over the workers that the topology has"],
  };
}

const settings = {
  "topology.workers": ["2", "1", null, "how many workers the topology gets"],
  "topology.message.timeout.secs": ["30", "30", "seconds", "after which a tree that is not completed fails"],
  "topology.link.bytes": ["1048576", "1MiB", "bytes", "how much may wait between two loops"],
  "words.least": ["2", null, null, null],
};
const origins = ["submit", "default", "nimbus", "topology"];

function errors_of(topology) {
  return topology.components.filter((one) => last_error_of(topology, one) !== null).map((one) => {
    const { text, supervisor, slot, task, count, last_ms } = last_error_of(topology, one);
    return { component: one.name, text, supervisor, slot, task, count, first_ms: now - 900000, last_ms };
  });
}

function status(topology) {
  const { trees } = figures(topology);
  const count = topology.components.reduce((sum, one) => sum + one.tasks, 0);
  return {
    ...frozen, id: topology.id, name: topology.name, owner: topology.owner, submitted_ms: submitted, status: "active", workers: workers_of(topology),
    workers_wanted: topology.workers, unplaced: 0, why_not: null, executors: count, tasks: count, completed: trees.completed, failed: trees.failed,
    deadline_ms: 0, version: 3, components: topology.components.map((component) => component_status(topology, component)),
    errors: errors_of(topology), settings: { "topology.workers": String(topology.workers) },
    log_level: topology === words ? { level: "debug", until_ms: now + 240000 } : null,
    debug: topology === words ? [{ component: "splitter", percent: 5 }] : [], message_timeout_ms: 30000,
    graph: { components: topology.components },
    settings_effective: Object.entries(settings).map(([key, [value]], index) => ({ key, value, origin: origins[index] })),
  };
}

/* ---- the cluster ---- */

const problems = [
  {
    severity: "trouble", kind: "crash_loop", text: "worker supervisor-2:2 of 'clicks' has crashed 6 times in 10 minutes: signal 11 in locate-2",
    remedy: "see the crash report in its log; deactivate the topology until it is repaired", topology: "clicks", component: null,
    supervisor: "supervisor-2", slot: 2, since_ms: now - 540000,
  },
  {
    severity: "watch", kind: "back_pressure", text: "'splitter' of 'words' was held back 71 % of the last minute: 'counter' is too slow",
    remedy: "give 'counter' more executors, or make its execute faster", topology: "words", component: "splitter", supervisor: null,
    slot: null, since_ms: now - 130000,
  },
];

function row(topology) {
  const { trees, components } = figures(topology);
  const count = topology.components.reduce((sum, one) => sum + one.tasks, 0);
  const worst = problems.find((problem) => problem.topology === topology.name);
  return {
    id: topology.id, name: topology.name, status: "active", owner: topology.owner, submitted_ms: submitted,
    health: worst === undefined ? "well" : worst.severity, workers: topology.workers, workers_wanted: topology.workers, executors: count, tasks: count,
    restarts: topology.restarts, restarts_hour: topology.restarts - 1, emitted: components.reduce((sum, one) => sum + one.total.emitted, 0),
    completed: trees.completed, failed: trees.failed, in_per_s: trees.in_per_s,
    out_per_s: round(components.filter((one) => one.role === "bolt").reduce((sum, one) => sum + one.rates.in_per_s, 0)),
    done_per_s: trees.done_per_s, failed_per_s: trees.failed_per_s, latency_p50_ns: trees.latency.p50, latency_p99_ns: trees.latency.p99,
    capacity: Math.max(...components.map((one) => one.capacity)), back_pressure: Math.max(...components.map((one) => one.blocked)),
    lag: topology === words ? 18250 : null,
  };
}

function pulse(rows, found) {
  const sum = (member) => round(rows.reduce((total, one) => total + one[member], 0));
  return {
    ...frozen, nimbus: { id: "nimbus-1", address: "127.0.0.1:6627", version: "0.1.0", since_ms: now - tick * 1000 },
    verdict: found.length === 0 ? "well" : found[0].severity,
    text: found.length === 0 ? `${rows.length} topologies, all well` : `${rows.length} topologies, 6 workers: ${found[0].text}`,
    problems: found, problems_total: found.length, nodes: { nimbuses: 1, supervisors: 2, unhealthy: 0, slots: 8, used: 6 },
    totals: { in_per_s: sum("in_per_s"), done_per_s: sum("done_per_s"), failed_per_s: sum("failed_per_s") }, topologies: rows,
  };
}

function spark(name, level) {
  return Array.from({ length: 60 }, (_, index) => (index < 3 ? null : round(level * (0.9 + 0.2 * draw(`${name} ${index}`)), 1)));
}

function topologies(rows) {
  return { tick, at_ms: now, topologies: rows.map((one) => ({ ...one, spark: spark(one.name, one.done_per_s) })) };
}

/* As many topologies as are wanted, like the two, each with a name of its own: Pulse and Topologies. */
export function many_topologies(count) {
  const kinds = [row(words), row(clicks)];
  const rows = Array.from({ length: count }, (_, index) => {
    const name = `job-${String(index).padStart(4, "0")}`;
    const factor = 0.2 + draw(name);
    const like = kinds[index % 2];
    return {
      ...like, id: `${name}-${index + 1}-1795000000`, name, health: index % 50 === 7 ? "watch" : "well", in_per_s: round(like.in_per_s * factor, 1),
      done_per_s: round(like.done_per_s * factor, 1),
    };
  });
  return { pulse: pulse(rows, []), topologies: topologies(rows) };
}

/* As many tasks of one component as are wanted, at most 5,000: Tasks. */
export function many_tasks(count) {
  const component = bolt("counter", count, 1, [["totals", ["word", "count"]]], [input("reader", "lines", "shuffle")]);
  return tasks({ ...words, components: [words.components[0], component], slow: null });
}

/* ---- history ---- */

function curves(topology, component, metrics, seconds) {
  const step = seconds <= 900 ? 1 : 30;
  const count = seconds / step;
  const levels = { done_per_s: 8396, in_per_s: 8400, out_per_s: 75600, failed_per_s: 3, latency_p50_ns: 18400000, latency_p99_ns: 79120000, capacity: 0.9,
    blocked: 0.5, queue_fill: 0.6, open: 210, lag: 18250 };
  return {
    ...frozen, step_ms: 1000 * step, from_ms: now - 1000 * step * (count - 1),
    series: metrics.map((metric) => ({
      component, task: null, metric,
      values: Array.from({ length: count }, (_, index) => (index < 30 ? null : round(levels[metric] * (0.8 + 0.4 * draw(`${topology.name} ${metric} ${index}`))))),
    })),
  };
}

function task_curves(component) {
  return {
    ...frozen, step_ms: 1000, from_ms: now - 899000,
    series: [0, 1, 2, 3].map((task) => ({
      component, task, metric: "capacity", values: Array.from({ length: 900 }, (_, index) => round(0.7 + 0.28 * draw(`${component} ${task} ${index}`))),
    })),
  };
}

/* ---- what happened ---- */

function event(id, ago_s, kind, severity, text, more = {}) {
  return { id, at_ms: now - 1000 * ago_s, kind, severity, topology: null, component: null, supervisor: null, slot: null, by: null, via: null, text, args: null, ...more };
}

const events = {
  events: [
    event(1, 5230, "leading", "info", "nimbus-1 leads"),
    event(2, 5225, "supervisor_joined", "info", "supervisor-1 on alder with 4 slots", { supervisor: "supervisor-1" }),
    event(3, 5224, "supervisor_joined", "info", "supervisor-2 on birch with 4 slots", { supervisor: "supervisor-2" }),
    event(4, 5200, "submitted", "info", "'words' was submitted", { topology: "words", by: "ada", via: "cli", args: { name: "words" } }),
    event(5, 5198, "worker_started", "info", "worker supervisor-1:0 of 'words' runs", { topology: "words", supervisor: "supervisor-1", slot: 0 }),
    event(6, 900, "restart_asked", "info", "worker supervisor-2:0 of 'words' is to be restarted",
      { topology: "words", supervisor: "supervisor-2", slot: 0, by: "127.0.0.1", via: "ui", args: { supervisor: "supervisor-2", slot: 0 } }),
    event(7, 540, "worker_failed", "trouble", "worker supervisor-2:2 of 'clicks' was killed by signal 11 (Segmentation fault)",
      { topology: "clicks", supervisor: "supervisor-2", slot: 2 }),
    event(8, 60, "log_level", "info", "'words' logs from debug on, for 5 minutes", { topology: "words", by: "ada", via: "cli", args: { level: "debug", for_ms: 300000 } }),
  ],
  first_id: 1, last_id: 8,
};

function nodes() {
  const workers = (id) => [words, clicks].flatMap((topology) => workers_of(topology).flatMap((one, index) =>
    one.supervisor === id ? [{ slot: one.slot, topology: topology.id, name: topology.name, ...said(topology, index) }] : []));
  return {
    nimbuses: [{ id: "nimbus-1", address: "127.0.0.1:6627", version: "0.1.0", since_ms: now - tick * 1000, leader: true }],
    supervisors: supervisors.map((one) => ({
      ...one, version: "0.1.0", since_ms: now - 5225000, cores: 4, slots: 4, used: 3, healthy: true, health_text: "", resources: { cpu_percent: 400 },
      labels: one.id === "supervisor-2" ? ["ssd"] : [], workers: workers(one.id),
    })),
    brokers: [{ id: 0, host: "127.0.0.1", port: 9092, since_ms: now - 5229000 }],
    coord: { servers: ["127.0.0.1:2181"], connected: "127.0.0.1:2181", why_not: null }, controller: 0,
  };
}

/* ---- threads ---- */

const blob = "9f2c51d0a7be34486c0d1e5f7a8b9c0d2e4f60718293a4b5c6d7e8f901234567";

/* A frame whose source is known: of the topology's code or of the worker's. */
function frame(name, file, line, offset, module = "gale") {
  return { function: name, file, line, module, offset };
}

const libc = (name, offset) => ({ function: name, file: null, line: 0, module: "libc.so.6", offset });
const loop_frames = [
  frame("executor_turn", "executor.c", 214, 0x21a44), frame("run_loop", "loop.c", 402, 0x1c7d3),
  libc(null, 0x891c4), libc(null, 0x109acc),
];

function worker_stacks() {
  return {
    at_ms: now, topology: "words", supervisor: "supervisor-1", slot: 0,
    threads: [
      { thread: "member", component: null, task: null, doing: null, cut: false,
        frames: [libc("poll", 0xfa5f1), frame("reactor_run", "reactor.c", 311, 0x30c18), frame("main", "main.c", 121, 0x11ac0)] },
      { thread: "loop 0", component: "counter", task: 2, doing: "execute", cut: false,
        frames: [
          libc("__strcmp_avx2", 0x1627b6), frame("find_word", "words.c", 63, 0x12f0, blob), frame("count", "words.c", 88, 0x1388, blob),
          frame("counter_execute", "words.c", 97, 0x13ab, blob), ...loop_frames,
        ] },
      { thread: "loop 1", component: null, task: null, doing: null, cut: false, frames: [libc("epoll_wait", 0x108e26), ...loop_frames.slice(1)] },
      { thread: "loop 2", component: null, task: null, doing: null, cut: false, frames: [] },
    ],
  };
}

function worker_profile() {
  const outer = ["libc.so.6+0x109acc", "libc.so.6+0x891c4", "run_loop"];
  const seen = (thread, component, task, count, ...frames) => ({ thread, component, task, frames: [...outer, ...frames], count });
  const stacks = [
    seen("loop 0", "counter", 2, 611, "executor_turn", "counter_execute", "count", "find_word", "__strcmp_avx2"),
    seen("loop 0", "counter", 2, 204, "executor_turn", "counter_execute", "count", "find_word"),
    seen("loop 2", "splitter", 0, 97, "executor_turn", "splitter_execute", "split", "memchr"),
    seen("loop 2", "splitter", 0, 41, "executor_turn", "splitter_execute", "split", "emit_record"),
    seen("loop 1", null, null, 18, "link_flush", "send"),
    { thread: "", component: null, task: null, frames: ["(others)"], count: 7 },
  ];
  return {
    at_ms: now, topology: "words", supervisor: "supervisor-1", slot: 0,
    samples: stacks.reduce((sum, one) => sum + one.count, 0), dropped: 2, ms: 10003, hz: 99, stacks,
  };
}

/* ---- logs ---- */

const log_lines = [
  "2026-11-18T11:06:40.012Z info worker.started topology=words slot=0 pid=4105",
  "2026-11-18T11:06:40.203Z info links.up up=1 all=1",
  "2026-11-18T11:06:41.001Z info loop.running loop=0 tasks=5",
  "2026-11-18T11:36:40.090Z warn counter.slow task=2 text=\"a flush took 1.93 ms\"",
  "2026-11-18T12:05:12.530Z debug tuple component=splitter task=1 stream=words to=counter values={\"word\":\"whale\"}",
];
const log_text = log_lines.map((line) => `${line}\n`).join("");

function log_files() {
  return {
    files: [0, 1].flatMap((index) => ["worker.log", "worker.log.1"].map((file) => ({
      supervisor: supervisors[index].id, host: supervisors[index].host, slot: 0, file, size: file === "worker.log" ? log_text.length : 10485760,
      modified_ms: file === "worker.log" ? now - 800 : now - 2600000,
    }))),
    missing: [],
  };
}

const log_search = {
  matches: [{
    supervisor: "supervisor-1", slot: 0, file: "worker.log", offset: log_lines.slice(0, 3).join("\n").length + 1, line: log_lines[3],
    at: Date.parse("2026-11-18T11:36:40.090Z"), level: "warn",
  }],
  files_searched: 2, bytes_searched: 67108864, is_complete: false, next: "2:0:33554432", missing: [],
};

/* ---- the log ---- */

const lag_groups = [{ group: "words.reader", state: "Empty", lag: 18250 }, { group: "audit", state: "Stable", lag: 0 }];
const bytes = (text, kind) => ({ text, base64: null, kind, size: Buffer.byteLength(text), cut: false });

const records = [
  { partition: 0, offset: 15104, timestamp_ms: now - 3000, key: null, value: bytes("Call me Ishmael.", "text"), headers: [] },
  {
    partition: 1, offset: 15090, timestamp_ms: now - 2000, key: bytes("whale", "text"), value: bytes('{"word":"whale","count":1226}', "json"),
    headers: [{ name: "source", value: bytes("moby", "text") }, { name: "empty", value: null }],
  },
  {
    partition: 1, offset: 15091, timestamp_ms: null, key: bytes("blob", "text"),
    value: { text: null, base64: "AAH//g==", kind: "bytes", size: 4, cut: false }, headers: [],
  },
];

const group_offsets = [0, 1, 2, 3].map((partition) => ({
  topic: "lines", partition, committed: 10542 + 8 * partition, first: 0, end: 15105 + 7 * partition, lag: 4563 - partition, member: null,
}));

/* ---- all of them ---- */

const at = (path, answer, value) => ({ path: `/api/v2${path}`, answer, value });

function examples() {
  const rows = [row(clicks), row(words)];
  const well = row(words);
  return {
    "session.json": at("/session", "Session", { version: "0.1.0", actions: true, why_not: null, token: "none", now_ms: now + 200, interval_ms: 1000 }),
    "session_read_only.json": { answer: "Session", value: { version: "0.1.0", actions: false, why_not: "the setting ui.actions is false", token: "none", now_ms: now + 200, interval_ms: 1000 } },
    "pulse.json": at("/pulse", "Pulse", pulse(rows, problems)),
    "pulse_well.json": { answer: "Pulse", value: pulse([{ ...well, health: "well" }], []) },
    "pulse_empty.json": { answer: "Pulse", value: pulse([], []) },
    "topologies.json": at("/topologies", "Topologies", topologies(rows)),
    "words_topology.json": at("/topologies/words", "TopologyStatus", status(words)),
    "words_figures.json": at("/topologies/words/figures", "Figures", figures(words)),
    "words_tasks.json": at("/topologies/words/tasks", "Tasks", tasks(words)),
    "words_history.json": at("/topologies/words/history", "Curves", curves(words, null, ["in_per_s", "done_per_s", "failed_per_s", "latency_p50_ns", "latency_p99_ns", "open", "lag"], 900)),
    "words_history_day.json": { answer: "Curves", value: curves(words, "counter", ["in_per_s", "capacity"], 86400) },
    "words_history_tasks.json": { answer: "Curves", value: task_curves("counter") },
    "words_errors.json": at("/topologies/words/errors", "UserErrors", { errors: errors_of(words) }),
    "words_samples.json": at("/topologies/words/samples", "Samples", {
      tuples: ["whale", "sea", "ship"].map((word, task) => ({
        component: "splitter", task, stream: "words", to: "counter", to_task: 3 - task, tracked: true, values: { word }, supervisor: supervisors[task % 2].id, slot: 0,
      })),
      workers_asked: 2, missing: [],
    }),
    "words_stacks.json": at("/topologies/words/workers/supervisor-1/0/stacks", "WorkerStacks", worker_stacks()),
    "words_profile.json": at("/topologies/words/workers/supervisor-1/0/profile", "WorkerProfile", worker_profile()),
    "clicks_topology.json": at("/topologies/clicks", "TopologyStatus", status(clicks)),
    "clicks_figures.json": at("/topologies/clicks/figures", "Figures", figures(clicks)),
    "clicks_errors.json": at("/topologies/clicks/errors", "UserErrors", { errors: errors_of(clicks) }),
    "ended_topology.json": at("/topologies/old-0-1794990000", "TopologyStatus", { ...status(words), id: "old-0-1794990000", name: "old", status: "killed", ended_ms: now - 5100000 }),
    "ended.json": at("/ended", "Ended", { topologies: [{ id: "old-0-1794990000", name: "old", status: "killed", ended_ms: now - 5100000 }] }),
    "events.json": at("/events", "Events", events),
    "nodes.json": at("/nodes", "Nodes", nodes()),
    "settings.json": at("/settings", "Settings", { settings: [
      { key: "ui.listen", value: "127.0.0.1:8080", default: "127.0.0.1:8080", unit: "text", doc: "where it is asked", origin: "default" },
      { key: "ui.backend.timeout.ms", value: "3000", default: "5000", unit: "number", doc: "how long others may take to answer", origin: "gale.yaml:3:7" },
    ] }),
    "settings_words.json": { answer: "Settings", value: { settings: Object.entries(settings).map(([key, [value, fallback, unit, doc]], index) => ({ key, value, default: fallback, unit, doc, origin: origins[index] })) } },
    "coord.json": at("/coord", "CoordNode", {
      path: "/", size: 0, data: "", text: "", json: false,
      stat: { czxid: 0, mzxid: 0, pzxid: 31, ctime_ms: 0, mtime_ms: 0, version: 0, cversion: 4, aversion: 0, ephemeral_owner: null, children: 4 },
      children: ["assignments", "brokers", "nimbus", "topologies"], children_total: 4,
    }),
    "logs.json": at("/logs", "LogTopologies", { topologies: [{ id: words.id, name: "words", modified_ms: now - 800, supervisors: supervisors.map((one) => one.id) },
      { id: "old-0-1794990000", name: null, modified_ms: now - 5100000, supervisors: ["supervisor-1"] }], missing: [] }),
    "logs_words.json": at(`/logs/${words.id}`, "LogFiles", log_files()),
    "logs_words_search.json": at(`/logs/${words.id}/search`, "LogSearch", log_search),
    "logs_words_text.json": at(`/logs/${words.id}/supervisor-1/0/worker.log`, "LogText", { offset: 0, length: log_text.length, size: log_text.length, text: log_text, complete_lines: true }),
    "topics.json": at("/log/topics", "Topics", { topics: [
      { name: "__consumer_offsets", partitions: 50, internal: true, records: 412, groups: [] },
      { name: "counts", partitions: 4, internal: false, records: 789684, groups: [] },
      { name: "lines", partitions: 4, internal: false, records: 60462, groups: lag_groups },
    ], total: 3, offset: 0, groups_complete: true }),
    "topic_lines.json": at("/log/topics/lines", "Topic", {
      name: "lines", partitions: [0, 1, 2, 3].map((partition) => ({ partition, leader: 0, replicas: [0], in_sync: [0], first: 0, next: 15105 + 7 * partition })),
      configs: { "retention.ms": "604800000" }, groups: lag_groups, groups_complete: true,
    }),
    "topic_lines_records.json": at("/log/topics/lines/records", "Records", { records, scanned: 3, next: { 0: 15105, 1: 15092 }, is_complete: false, stopped: "limit" }),
    "groups.json": at("/log/groups", "Groups", { groups: [
      { group: "audit", state: "Stable", simple: false, members: 1, lag: 0, topics: ["lines"] },
      { group: "words.reader", state: "Empty", simple: true, members: 0, lag: 18250, topics: ["lines"] },
    ], total: 2, offset: 0 }),
    "group_words.json": at("/log/groups/words.reader", "Group", { name: "words.reader", state: "Empty", assignor: null, coordinator: 0, members: [], offsets: group_offsets }),
    "group_audit.json": at("/log/groups/audit", "Group", {
      name: "audit", state: "Stable", assignor: "range", coordinator: 0,
      members: [{ id: "audit-7f3a", instance: null, client: "rdkafka", host: "127.0.0.1", partitions: [0, 1, 2, 3].map((partition) => ({ topic: "lines", partition })) }],
      offsets: group_offsets.map((one) => ({ ...one, committed: one.end, lag: 0, member: "audit-7f3a" })),
    }),
    "reset.json": { answer: "Reset", value: { partitions: group_offsets.map(({ partition, committed, first, end }) => ({ partition, committed, offset: first, first, end })), noted: false } },
    "fault.json": { answer: "Fault", value: { error: { code: "not_found", text: "there is no topology 'nothing'" } } },
  };
}

/* One line for what fits, as it is read by people now and then. */
function show(value, indent = "") {
  const line = JSON.stringify(value);
  if (line.length + indent.length <= 150 || typeof value !== "object" || value === null)
    return line;
  const inner = `${indent} `;
  if (Array.isArray(value) && value.every((one) => typeof one !== "object" || one === null))
    return line;
  if (Array.isArray(value))
    return `[\n${value.map((one) => inner + show(one, inner)).join(",\n")}\n${indent}]`;
  return `{\n${Object.entries(value).map(([key, one]) => `${inner}${JSON.stringify(key)}: ${show(one, inner)}`).join(",\n")}\n${indent}}`;
}

function main(args) {
  const all = examples();
  const index = Object.fromEntries(Object.entries(all).map(([file, { path, answer }]) => [file, { path: path ?? null, answer }]));
  const files = { "index.json": index, ...Object.fromEntries(Object.entries(all).map(([file, { value }]) => [file, value])) };
  for (const [file, value] of Object.entries(files)) {
    const url = new URL(file, import.meta.url);
    const text = `${show(value)}\n`;
    if (!args.includes("--check")) {
      writeFileSync(url, text);
    } else if (readFileSync(url, "utf8") !== text) {
      console.error(`${fileURLToPath(url)} is not what make.mjs says`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main(process.argv.slice(2));
