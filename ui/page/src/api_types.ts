/* SPDX-License-Identifier: Apache-2.0 */
/* Written by scripts/types.mjs from ui/api/schema.json; not to be changed by hand. */

/** What every answer with a status from 400 has. */
export interface Fault {
  /** What is wrong. */
  error: {
    /** what kind of fault it is */
    code: "not_found" | "conflict" | "invalid" | "limit" | "denied" | "unavailable" | "not_leader" | "internal";
    /** for people: what is wrong, and what to do */
    text: string;
  };
}

/** What this server is, and what may be done through it. */
export interface Session {
  /** of Gale */
  version: string;
  /** whether changes are allowed to who asks */
  actions: boolean;
  /** why they are not */
  why_not: string | null;
  /** `none`: this server has no token; `given`: the request had the right one */
  token: "none" | "required" | "given";
  /** wall clock of the server, milliseconds since 1970 */
  now_ms: number;
  /** milliseconds from tick to tick */
  interval_ms: number;
}

/** Something that is wrong now, or may soon be. */
export interface Problem {
  severity: "watch" | "trouble";
  /** what kind of problem */
  kind: "crash_loop" | "worker_failed" | "worker_down" | "back_pressure" | "lag_growing" | "failing" | "timing_out" | "unplaced" | "node_lost" | "node_unhealthy" | "no_supervisors" | "errors" | "overloaded";
  /** what is wrong, in one line */
  text: string;
  /** what to do about it */
  remedy: string;
  /** name */
  topology: string | null;
  component: string | null;
  /** id */
  supervisor: string | null;
  slot: number | null;
  /** since when it is so, milliseconds since 1970 */
  since_ms: number;
}

/** A topology in the pulse. */
export interface PulseTopology {
  /** name, counter and second, as `wc-1-1795000000` */
  id: string;
  name: string;
  status: "active" | "inactive" | "killed" | "rebalancing";
  /** who submitted it; may be empty */
  owner: string;
  /** when it was submitted, milliseconds since 1970 */
  submitted_ms: number;
  /** the worst of its problems */
  health: "well" | "watch" | "trouble";
  /** that it has a place for */
  workers: number;
  workers_wanted: number;
  executors: number;
  tasks: number;
  /** starts of workers after their first, since the submission */
  restarts: number | null;
  /** of them in the last hour */
  restarts_hour: number | null;
  /** tuples, since the submission; null: not known yet */
  emitted: number | null;
  /** trees, since the submission; null: not known yet */
  completed: number | null;
  /** trees, since the submission; null: not known yet */
  failed: number | null;
  /** what its spouts emit, a second; null: not known yet */
  in_per_s: number | null;
  /** tuples that its bolts execute, a second; null: not known yet */
  out_per_s: number | null;
  /** trees that are completed, a second; null: not known yet */
  done_per_s: number | null;
  /** trees that fail, a second; null: not known yet */
  failed_per_s: number | null;
  /** median of the last 10 s, from emit to the tree's completion, nanoseconds; null: nothing was measured */
  latency_p50_ns: number | null;
  /** 99 % of the last 10 s were not slower, nanoseconds; null: nothing was measured */
  latency_p99_ns: number | null;
  /** share of time that its busiest executor is in user code: 1 is all of it */
  capacity: number | null;
  /** share of time that its most blocked component had work and no room */
  back_pressure: number | null;
  /** records behind the end of the log, over all spouts that read one; null: none does */
  lag: number | null;
}

/** A topology in the list; with `spark` if it was asked for. */
export interface TopologyRow {
  /** name, counter and second, as `wc-1-1795000000` */
  id: string;
  name: string;
  status: "active" | "inactive" | "killed" | "rebalancing";
  /** who submitted it; may be empty */
  owner: string;
  /** when it was submitted, milliseconds since 1970 */
  submitted_ms: number;
  /** the worst of its problems */
  health: "well" | "watch" | "trouble";
  /** that it has a place for */
  workers: number;
  workers_wanted: number;
  executors: number;
  tasks: number;
  /** starts of workers after their first, since the submission */
  restarts: number | null;
  /** of them in the last hour */
  restarts_hour: number | null;
  /** tuples, since the submission; null: not known yet */
  emitted: number | null;
  /** trees, since the submission; null: not known yet */
  completed: number | null;
  /** trees, since the submission; null: not known yet */
  failed: number | null;
  /** what its spouts emit, a second; null: not known yet */
  in_per_s: number | null;
  /** tuples that its bolts execute, a second; null: not known yet */
  out_per_s: number | null;
  /** trees that are completed, a second; null: not known yet */
  done_per_s: number | null;
  /** trees that fail, a second; null: not known yet */
  failed_per_s: number | null;
  /** median of the last 10 s, from emit to the tree's completion, nanoseconds; null: nothing was measured */
  latency_p50_ns: number | null;
  /** 99 % of the last 10 s were not slower, nanoseconds; null: nothing was measured */
  latency_p99_ns: number | null;
  /** share of time that its busiest executor is in user code: 1 is all of it */
  capacity: number | null;
  /** share of time that its most blocked component had work and no room */
  back_pressure: number | null;
  /** records behind the end of the log, over all spouts that read one; null: none does */
  lag: number | null;
  /** trees completed a second (tuples emitted, if nothing is tracked): 60 means of 15 s each, the oldest first */
  spark?: (number | null)[];
}

/** How the cluster is, in one answer. */
export interface Pulse {
  /** in the stream only: of which panel it is, as it was asked for */
  panel?: string;
  /** number of the tick, which grows by one a second while one nimbus leads */
  tick: number;
  /** wall clock of the tick, milliseconds since 1970 */
  at_ms: number;
  /** milliseconds from tick to tick */
  interval_ms: number;
  /** The nimbus that leads. */
  nimbus: {
    id: string;
    address: string;
    version: string;
    /** since when it leads, milliseconds since 1970 */
    since_ms: number;
  };
  /** the worst of all problems */
  verdict: "well" | "watch" | "trouble";
  /** the verdict in one line */
  text: string;
  /** trouble first, at most 100 */
  problems: Problem[];
  /** how many there are */
  problems_total: number;
  /** How many there are. */
  nodes: {
    nimbuses: number;
    supervisors: number;
    /** supervisors whose health scripts complain */
    unhealthy: number;
    slots: number;
    /** slots with a worker */
    used: number;
  };
  /** Of all topologies. */
  totals: {
    /** what spouts emit, a second; null: not known yet */
    in_per_s: number | null;
    /** trees completed, a second; null: not known yet */
    done_per_s: number | null;
    /** trees failed, a second; null: not known yet */
    failed_per_s: number | null;
  };
  topologies: PulseTopology[];
}

/** The topologies that run. */
export interface Topologies {
  /** number of the tick, which grows by one a second while one nimbus leads */
  tick: number;
  /** wall clock of the tick, milliseconds since 1970 */
  at_ms: number;
  /** by name */
  topologies: TopologyRow[];
}

/** A worker as it is assigned, and as its supervisor has reported it; what only a report says is null without one. */
export interface WorkerStatus {
  /** id */
  supervisor: string;
  slot: number;
  /** of the supervisor; null while it is away */
  host: string | null;
  /** of the supervisor; null while it is away */
  address: string | null;
  executors: number;
  tasks: number;
  /** grows with each start in this slot */
  incarnation: number | null;
  /** 0: no process */
  pid: number | null;
  phase: "fetching" | "starting" | "opening" | "linking" | "running" | "stopping" | "ended" | "backoff" | "failed" | null;
  uptime_ms: number | null;
  restarts: number | null;
  /** how its last process ended */
  last_exit: string | null;
  /** memory */
  rss_bytes: number | null;
  /** processor time, nanoseconds */
  cpu_ns: number | null;
  /** To other workers; empty without a report. */
  links: {
    /** that it should have */
    all?: number;
    /** that are up */
    up?: number;
  };
}

/** Where tasks of a component are. */
export interface Placement {
  supervisor: string;
  slot: number;
  /** runs of tasks, [first, last] */
  tasks: number[][];
}

/** A component as a status shows it. */
export interface ComponentStatus {
  name: string;
  spout: boolean;
  tasks: number;
  executors: number;
  emitted: number | null;
  sent: number | null;
  executed: number | null;
  acked: number | null;
  failed: number | null;
  timed_out: number | null;
  refused: number | null;
  /** spouts: trees; bolts: tuples held */
  open: number | null;
  /** spouts: from emit to ack, nanoseconds; null: nothing was measured */
  latency_p50_ns?: number | null;
  /** likewise, nanoseconds; null: nothing was measured */
  latency_p99_ns?: number | null;
  /** likewise, nanoseconds; null: nothing was measured */
  latency_p999_ns?: number | null;
  /** likewise, nanoseconds; null: nothing was measured */
  latency_max_ns?: number | null;
  placement: Placement[];
  /** why they are there, in lines */
  why: string[];
}

/** An error that user code has reported, or the end of a worker. */
export interface UserError {
  component: string;
  text: string;
  /** where it happened last */
  supervisor: string;
  slot: number;
  task: number;
  count: number;
  /** milliseconds since 1970 */
  first_ms: number;
  /** milliseconds since 1970 */
  last_ms: number;
}

/** A log level that was set while it runs. */
export interface LogLevel {
  level: "debug" | "info" | "warn" | "error";
  /** when it ends, milliseconds since 1970; 0: not by itself */
  until_ms: number;
}

/** Tuples that are written into the log. */
export interface Debug {
  /** null: of all components */
  component: string | null;
  /** share of tuples, 0 to 100 */
  percent: number;
}

/** A stream that a component emits. */
export interface GraphStream {
  name: string;
  /** names */
  fields: string[];
  /** the sender names the task */
  direct: boolean;
}

/** A stream that a component reads. */
export interface GraphInput {
  /** that emits it */
  component: string;
  stream: string;
  grouping: "shuffle" | "fields" | "partial-key" | "all" | "global" | "none" | "direct" | "local-or-shuffle" | "custom";
  /** fields by which it is grouped */
  keys: string[];
  /** it closes a cycle */
  cycle: boolean;
}

/** A component as the plan has it. */
export interface GraphComponent {
  name: string;
  role: "spout" | "bolt";
  tasks: number;
  executors: number;
  /** longest way from a spout, cycles cut */
  rank: number;
  streams: GraphStream[];
  inputs: GraphInput[];
}

/** A setting as it holds for the topology. */
export interface EffectiveSetting {
  key: string;
  value: string | null;
  /** who has set it */
  origin: "default" | "nimbus" | "topology" | "submit";
}

/** A topology's status; of one that has ended, as it was at its end, with `ended_ms`. */
export interface TopologyStatus {
  /** number of the tick, which grows by one a second while one nimbus leads */
  tick: number;
  /** wall clock of the tick, milliseconds since 1970 */
  at_ms: number;
  /** milliseconds from tick to tick */
  interval_ms: number;
  id: string;
  name: string;
  owner: string;
  /** milliseconds since 1970 */
  submitted_ms: number;
  status: "active" | "inactive" | "killed" | "rebalancing" | "ended";
  /** when it ended, milliseconds since 1970 */
  ended_ms?: number;
  workers: WorkerStatus[];
  workers_wanted: number;
  /** executors without a place */
  unplaced: number;
  /** what is missing, and what to do */
  why_not: string | null;
  executors: number;
  tasks: number;
  /** trees, since the submission; null: not known yet */
  completed: number | null;
  /** trees, since the submission; null: not known yet */
  failed: number | null;
  /** of `killed` and `rebalancing`: when they are over at the latest, milliseconds since 1970; else 0 */
  deadline_ms: number;
  /** of the assignment */
  version: number;
  components: ComponentStatus[];
  errors: UserError[];
  /** what was given at the submission, and nimbus' defaults */
  settings: Record<string, string>;
  log_level: LogLevel | null;
  debug: Debug[];
  /** after which a tree fails */
  message_timeout_ms: number;
  /** The plan's. */
  graph: {
    components: GraphComponent[];
  };
  settings_effective: EffectiveSetting[];
}

/** What user code has reported. */
export interface UserErrors {
  errors: UserError[];
}

/** How long something took, nanoseconds. */
export interface Latency {
  /** of what was measured */
  count: number;
  mean: number;
  /** half were not slower */
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** What was counted. */
export interface Counts {
  /** calls of emit */
  emitted: number;
  /** tuples that came of them, one for each target task */
  sent: number;
  executed: number;
  /** spouts: trees completed */
  acked: number;
  /** spouts: trees failed, for whatever reason */
  failed: number;
  /** of the failed */
  timed_out: number;
  /** of the failed */
  refused: number;
}

/** What a task has counted that this nimbus has heard of; null: nobody has said anything of it yet. */
export interface TaskTotals {
  /** calls of emit */
  emitted: number | null;
  /** tuples that came of them */
  sent: number | null;
  executed: number | null;
  /** spouts: trees completed */
  acked: number | null;
  /** spouts: trees failed */
  failed: number | null;
  /** of the failed */
  timed_out: number | null;
  /** of the failed */
  refused: number | null;
}

/** What was counted of a component, since the submission, and what it took in all; null: not known yet. */
export interface Totals {
  /** calls of emit */
  emitted: number | null;
  /** tuples that came of them, one for each target task */
  sent: number | null;
  executed: number | null;
  /** spouts: trees completed */
  acked: number | null;
  /** spouts: trees failed, for whatever reason */
  failed: number | null;
  /** of the failed */
  timed_out: number | null;
  /** of the failed */
  refused: number | null;
  /** in execute, nanoseconds in all */
  execute_ns: number | null;
  /** from the beginning of execute to ack or fail, nanoseconds in all */
  process_ns: number | null;
  /** spouts: of the completed trees, nanoseconds in all */
  complete_ns: number | null;
}

/** What was counted in the window. */
export interface WindowCounts {
  /** calls of emit */
  emitted: number;
  /** tuples that came of them, one for each target task */
  sent: number;
  executed: number;
  /** spouts: trees completed */
  acked: number;
  /** spouts: trees failed, for whatever reason */
  failed: number;
  /** of the failed */
  timed_out: number;
  /** of the failed */
  refused: number;
  /** of the window that there is history for */
  seconds: number;
}

/** Of an output stream. */
export interface OutputCounts {
  emitted: number;
  sent: number;
}

/** Of an output stream, since the submission; null: not known yet. */
export interface OutputTotals {
  emitted: number | null;
  sent: number | null;
}

/** Of an input stream. */
export interface InputCounts {
  executed: number;
  acked: number;
  failed: number;
}

/** Of an input stream, since the submission; null: not known yet. */
export interface InputTotals {
  executed: number | null;
  acked: number | null;
  failed: number | null;
}

/** An output stream of a component. */
export interface OutputFigures {
  stream: string;
  total: OutputTotals;
  window: OutputCounts;
}

/** An input stream of a component. */
export interface InputFigures {
  /** that emits it */
  component: string;
  stream: string;
  total: InputTotals;
  window: InputCounts;
  /** time in execute */
  execute_ns: Latency | null;
  /** from the beginning of execute to ack or fail */
  process_ns: Latency | null;
}

/** A metric of user code. */
export interface Metric {
  name: string;
  kind: "counter" | "gauge" | "histogram";
  /** of a counter: the sum of its tasks */
  value?: number | null;
  /** of a gauge */
  tasks?: {
    /** index in the component */
    task: number;
    value: number | null;
  }[];
  /** of a histogram */
  count?: number;
  /** of a histogram */
  mean?: number | null;
  /** of a histogram */
  p50?: number | null;
  /** of a histogram */
  p99?: number | null;
  /** of a histogram */
  max?: number | null;
}

/** The last error that user code has reported. */
export interface LastError {
  text: string;
  /** milliseconds since 1970 */
  last_ms: number;
  supervisor: string;
  slot: number;
  task: number;
  count: number;
}

/** Figures of a component. */
export interface ComponentFigures {
  name: string;
  role: "spout" | "bolt";
  tasks: number;
  executors: number;
  total: Totals;
  window: WindowCounts;
  /** Over the window. */
  rates: {
    /** spouts: what is emitted; bolts: what is executed, a second; null: not known yet */
    in_per_s: number | null;
    /** what is emitted, a second; null: not known yet */
    out_per_s: number | null;
    /** what fails, a second; null: not known yet */
    failed_per_s: number | null;
  };
  /** bolts: time in execute, in the window */
  execute_ns: Latency | null;
  /** bolts: from the beginning of execute to ack or fail, in the window */
  process_ns: Latency | null;
  /** spouts: from emit to the tree's completion, in the window */
  complete_ns: Latency | null;
  /** share of time that its busiest executor is in user code: 1 is all of it */
  capacity: number | null;
  /** share of time that it had work and no room for what would come of it */
  blocked: number | null;
  /** What waits for it now. */
  queue: {
    bytes: number | null;
    limit_bytes: number | null;
    /** 0 to 1 */
    fill: number | null;
  };
  /** spouts: trees; bolts: tuples held */
  open: number | null;
  /** records behind the end of the log; null: it reads none */
  lag: number | null;
  outputs: OutputFigures[];
  inputs: InputFigures[];
  metrics: Metric[];
  last_error: LastError | null;
}

/** A subscription: one component reads a stream of another. */
export interface EdgeFigures {
  /** component */
  from: string;
  stream: string;
  /** component */
  to: string;
  grouping: "shuffle" | "fields" | "partial-key" | "all" | "global" | "none" | "direct" | "local-or-shuffle" | "custom";
  /** tuples, since the submission; null: not known yet */
  sent: number | null;
  /** tuples, since the submission; null: not known yet */
  executed: number | null;
  /** tuples executed, a second; null: not known yet */
  per_s: number | null;
  /** sent and not executed: on the way, queued, or lost with a worker */
  waiting: number | null;
  /** share of time that the sender had no room */
  blocked: number | null;
  /** the sender is held back by it */
  back_pressure: boolean;
  /** its receiver holds back the topology */
  bottleneck: boolean;
}

/** What a topology does, over a window. */
export interface Figures {
  /** in the stream only: of which panel it is, as it was asked for */
  panel?: string;
  /** number of the tick, which grows by one a second while one nimbus leads */
  tick: number;
  /** wall clock of the tick, milliseconds since 1970 */
  at_ms: number;
  /** milliseconds from tick to tick */
  interval_ms: number;
  id: string;
  name: string;
  status: "active" | "inactive" | "killed" | "rebalancing";
  /** seconds; 0: all time */
  window_s: number;
  /** seconds of it that there is history for */
  covered_s: number;
  components: ComponentFigures[];
  edges: EdgeFigures[];
  /** component that holds back the rest */
  bottleneck: string | null;
  /** Of all spouts. */
  trees: {
    /** since the submission */
    completed: number | null;
    /** since the submission */
    failed: number | null;
    /** since the submission */
    timed_out: number | null;
    /** since the submission */
    refused: number | null;
    /** now */
    open: number | null;
    /** tuples that spouts emit, a second; null: not known yet */
    in_per_s: number | null;
    /** completed, a second; null: not known yet */
    done_per_s: number | null;
    /** failed, a second; null: not known yet */
    failed_per_s: number | null;
    /** from emit to completion, in the window */
    latency: Latency | null;
  };
}

/** Figures of a task. */
export interface TaskFigures {
  component: string;
  /** index in the component */
  task: number;
  /** in the topology */
  id: number;
  /** null: without a place */
  supervisor: string | null;
  slot: number | null;
  host: string | null;
  /** thread of the worker */
  loop: number | null;
  /** ids of its first and last task */
  executor: number[];
  /** of its worker */
  uptime_ms: number | null;
  window: Counts;
  total: TaskTotals;
  /** spouts: emitted; bolts: executed, a second; null: not known yet */
  per_s: number | null;
  /** share of time in user code */
  capacity: number | null;
  /** share of time without room */
  blocked: number | null;
  /** 0 to 1 */
  queue_fill: number | null;
  open: number;
  lag: number | null;
  /** spouts: complete; bolts: execute; in the window */
  latency: Latency | null;
  outputs: {
    stream: string;
    emitted: number;
    sent: number;
  }[];
  inputs: {
    component: string;
    stream: string;
    executed: number;
    acked: number;
    failed: number;
  }[];
}

/** Figures of tasks, over a window. */
export interface Tasks {
  /** in the stream only: of which panel it is, as it was asked for */
  panel?: string;
  /** number of the tick, which grows by one a second while one nimbus leads */
  tick: number;
  /** wall clock of the tick, milliseconds since 1970 */
  at_ms: number;
  /** milliseconds from tick to tick */
  interval_ms: number;
  /** seconds; 0: all time */
  window_s: number;
  /** seconds of it that there is history for */
  covered_s: number;
  /** at most 5,000 */
  tasks: TaskFigures[];
  tasks_total: number;
}

/** Values of one metric. */
export interface Series {
  /** null: of the topology */
  component: string | null;
  /** null: of the component */
  task: number | null;
  metric: string;
  /** null: not known */
  values: (number | null)[];
}

/** Figures over time. */
export interface Curves {
  /** number of the tick, which grows by one a second while one nimbus leads */
  tick: number;
  /** wall clock of the tick, milliseconds since 1970 */
  at_ms: number;
  /** milliseconds from tick to tick */
  interval_ms: number;
  /** milliseconds between two values */
  step_ms: 1000 | 30000;
  /** of the first value, milliseconds since 1970; null: there is none yet */
  from_ms: number | null;
  series: Series[];
}

/** A tuple that was seen. */
export interface SampleTuple {
  component: string;
  task: number;
  stream: string;
  /** component */
  to: string;
  to_task: number;
  tracked: boolean;
  /** the fields; texts of more than 256 bytes are cut */
  values: Record<string, unknown>;
  /** of the worker that saw it */
  supervisor: string;
  slot: number;
}

/** A supervisor that did not answer. */
export interface Unasked {
  supervisor: string;
  /** why */
  text: string;
}

/** Tuples that flow, some of them. */
export interface Samples {
  tuples: SampleTuple[];
  workers_asked: number;
  missing: {
    supervisor: string;
    slot: number;
    /** why */
    text: string;
  }[];
}

/** A function that a thread is in. One that was inlined is a frame of its own. */
export interface StackFrame {
  function: string | null;
  /** of its source, without the folder */
  file: string | null;
  /** 0: not known */
  line: number;
  /** file of the code; a topology's is named by its hash */
  module: string | null;
  /** in the module; 0 without one */
  offset: number;
}

/** Where a thread is. */
export interface ThreadStack {
  /** `loop 0`, and `member`, which is beside the loops */
  thread: string;
  /** null: no user code runs */
  component: string | null;
  /** index in the component */
  task: number | null;
  /** which of the component's functions was called */
  doing: string | null;
  /** there were too many frames to send */
  cut: boolean;
  /** innermost first; none of a thread that did not answer within half a second */
  frames: StackFrame[];
}

/** Where the threads of a worker were at a moment: those of the runtime, which run all user code. Threads that user code has started are not among them. */
export interface WorkerStacks {
  /** when they came, milliseconds since 1970 */
  at_ms: number;
  /** its name */
  topology: string;
  supervisor: string;
  slot: number;
  threads: ThreadStack[];
}

/** A stack that was seen in a profile. Rare ones that did not fit are counted as one without a thread, whose frame is `(others)`. */
export interface ProfileStack {
  /** `loop 0`, and `member`, which is beside the loops */
  thread: string;
  /** null: no user code ran */
  component: string | null;
  /** index in the component */
  task: number | null;
  /** names of functions, outermost first; of one without a name `MODULE+0xOFFSET` */
  frames: string[];
  /** how often it was seen */
  count: number;
}

/** What the threads of a worker spent their processor time with. */
export interface WorkerProfile {
  /** when it was over, milliseconds since 1970 */
  at_ms: number;
  /** its name */
  topology: string;
  supervisor: string;
  slot: number;
  /** the sum of all counts */
  samples: number;
  /** that could not be counted */
  dropped: number;
  /** how long was looked */
  ms: number;
  /** how often a thread is looked at in a second of its own processor time */
  hz: number;
  /** the most frequent first */
  stacks: ProfileStack[];
}

/** How a topology is to end. */
export interface KillBody {
  /** how long open trees may take; null: the message timeout */
  wait_ms?: number | null;
}

/** What is to be changed. */
export interface RebalanceBody {
  /** how long open trees may take; null: the message timeout */
  wait_ms?: number | null;
  /** null: as it is */
  workers?: number | null;
  /** component to number; null: as they are */
  executors?: Record<string, number> | null;
  /** only say what would come of it */
  dry_run?: boolean;
}

/** A log level. */
export interface LogLevelBody {
  level: "debug" | "info" | "warn" | "error" | null;
  /** for how long; 0: until it is changed */
  for_ms?: number;
}

/** Which tuples are to be written into the log. */
export interface DebugBody {
  /** null: all */
  component?: string | null;
  /** 0: none */
  percent: number;
}

/** A worker. */
export interface RestartWorkerBody {
  /** id */
  supervisor: string;
  slot: number;
}

/** Nothing: `{}`, or no body. */
export type EmptyBody = Record<string, never>;

/** What came of it. */
export interface StatusAnswer {
  /** of the topology */
  id: string;
  status: "active" | "inactive" | "killed" | "rebalancing";
}

/** What comes of it. */
export interface RebalanceAnswer {
  id: string;
  status: "active" | "inactive" | "killed" | "rebalancing";
  /** executors that change their place, if the cluster stays as it is */
  moves: number;
  /** afterwards */
  workers: number;
  /** afterwards */
  workers_wanted: number;
  /** afterwards */
  unplaced: number;
  /** what is missing, and what to do */
  why_not: string | null;
}

/** What holds now. */
export interface LogLevelAnswer {
  id: string;
  level: "debug" | "info" | "warn" | "error" | null;
  /** when it ends, milliseconds since 1970; 0: not by itself */
  until_ms: number;
}

/** What holds now. */
export interface DebugAnswer {
  id: string;
  component: string | null;
  percent: number;
}

/** The process that will be stopped. */
export interface RestartWorkerAnswer {
  /** of the topology */
  id: string;
  /** of the worker as it is; the next one is greater */
  incarnation: number;
}

/** The topologies that ended last, the newest first. */
export interface Ended {
  topologies: {
    id: string;
    name: string;
    status: "ended" | "killed";
    /** milliseconds since 1970 */
    ended_ms: number;
  }[];
}

/** Something that happened. */
export interface ClusterEvent {
  /** grows; within one nimbus' time */
  id: number;
  /** milliseconds since 1970 */
  at_ms: number;
  kind: "submitted" | "activated" | "deactivated" | "killed" | "removed" | "ended" | "rebalancing" | "rebalanced" | "placed" | "worker_started" | "worker_ended" | "worker_restarted" | "worker_failed" | "worker_lost" | "supervisor_joined" | "supervisor_lost" | "supervisor_unhealthy" | "supervisor_healthy" | "leading" | "restart_asked" | "log_level" | "debug" | "reset_offsets";
  severity: "info" | "watch" | "trouble";
  /** name */
  topology: string | null;
  component: string | null;
  supervisor: string | null;
  slot: number | null;
  /** who has asked for it, as the asker says */
  by: string | null;
  via: "cli" | "ui" | "api" | null;
  /** what happened, in one line */
  text: string;
  /** of an action: what was asked for */
  args: Record<string, unknown> | null;
}

/** What happened, the newest last. */
export interface Events {
  /** in the stream only: of which panel it is, as it was asked for */
  panel?: string;
  events: ClusterEvent[];
  /** of the oldest event that is kept; 0: there is none */
  first_id: number;
  /** of the newest; 0: there is none */
  last_id: number;
}

/** A nimbus. */
export interface Nimbus {
  id: string;
  address: string;
  version: string;
  /** milliseconds since 1970 */
  since_ms: number;
  leader: boolean;
}

/** A worker as its supervisor has reported it. */
export interface SupervisorWorker {
  slot: number;
  /** id */
  topology: string;
  /** of the topology */
  name: string;
  /** grows with each start in this slot */
  incarnation: number | null;
  /** 0: no process */
  pid: number | null;
  phase: "fetching" | "starting" | "opening" | "linking" | "running" | "stopping" | "ended" | "backoff" | "failed" | null;
  uptime_ms: number | null;
  restarts: number | null;
  /** how its last process ended */
  last_exit: string | null;
  /** memory */
  rss_bytes: number | null;
  /** processor time, nanoseconds */
  cpu_ns: number | null;
  /** To other workers; empty without a report. */
  links: {
    /** that it should have */
    all?: number;
    /** that are up */
    up?: number;
  };
}

/** A supervisor. */
export interface Supervisor {
  id: string;
  host: string;
  address: string;
  version: string;
  /** milliseconds since 1970 */
  since_ms: number;
  cores: number;
  slots: number;
  /** slots with a worker assigned */
  used: number;
  healthy: boolean;
  /** what its health scripts say */
  health_text: string;
  /** `cpu_percent`, and `memory_mb` if it is limited */
  resources: Record<string, number>;
  labels: string[];
  workers: SupervisorWorker[];
}

/** A broker of the log, as it is registered. */
export interface Broker {
  id: number;
  host: string;
  port: number;
  /** milliseconds since 1970 */
  since_ms: number | null;
}

/** The programs of the cluster. */
export interface Nodes {
  nimbuses: Nimbus[];
  supervisors: Supervisor[];
  brokers: Broker[];
  /** The cluster state. */
  coord: {
    /** as they are configured here */
    servers: string[];
    /** the one that this server is connected to; null: none at present */
    connected: string | null;
    /** why brokers and controller are not known: it cannot be asked */
    why_not: string | null;
  };
  /** broker that leads the others; null: none */
  controller: number | null;
}

/** A setting. */
export interface Setting {
  key: string;
  /** null: none */
  value: string | null;
  /** null: none, or not known */
  default: string | null;
  /** what kind of value it is; null: not known */
  unit: "text" | "bool" | "number" | "real" | "seconds" | "bytes" | null;
  /** what it does, in one line; null: it is not one of Gale's */
  doc: string | null;
  /** `default`, or who has set it: a place in a file, `command line`; of a topology `nimbus`, `topology`, `submit` */
  origin: string;
}

/** Settings. */
export interface Settings {
  settings: Setting[];
}

/** A node of the cluster state. */
export interface CoordNode {
  path: string;
  /** bytes of its data */
  size: number;
  /** base64, of at most 64 KiB; null: may not be read */
  data: string | null;
  /** the data, if it is text in UTF-8 */
  text: string | null;
  /** the text is JSON */
  json: boolean;
  /** What the cluster state knows of it. */
  stat: {
    /** write that made it */
    czxid: number;
    /** write that changed it last */
    mzxid: number;
    /** write that changed its children last */
    pzxid: number;
    /** milliseconds since 1970 */
    ctime_ms: number;
    /** milliseconds since 1970 */
    mtime_ms: number;
    version: number;
    cversion: number;
    aversion: number;
    /** session that it ends with, as `0x1a2b`; null: it does not end with any */
    ephemeral_owner: string | null;
    children: number;
  };
  /** names, sorted, at most 1,000 */
  children: string[];
  children_total: number;
}

/** A panel has ended: what it shows is no more. */
export interface Gone {
  panel: string;
  /** why */
  text: string;
}

/** Nothing new: nimbus cannot be asked. */
export interface Trouble {
  /** why */
  text: string;
}

/** Topologies of which there are worker logs. */
export interface LogTopologies {
  topologies: {
    id: string;
    /** null: it does not run any more */
    name: string | null;
    /** milliseconds since 1970 */
    modified_ms: number;
    /** that have logs of it */
    supervisors: string[];
  }[];
  missing: Unasked[];
}

/** A file of a worker's log. */
export interface LogFile {
  supervisor: string;
  host: string | null;
  slot: number;
  /** `worker.log`; older ones are `worker.log.1`, `worker.log.2` */
  file: string;
  /** bytes */
  size: number;
  /** milliseconds since 1970 */
  modified_ms: number;
}

/** The log files of a topology. */
export interface LogFiles {
  files: LogFile[];
  missing: Unasked[];
}

/** A piece of a log. */
export interface LogText {
  /** of the first byte */
  offset: number;
  /** bytes of the piece, as they stand in the file */
  length: number;
  /** of the file, bytes */
  size: number;
  /** what is not UTF-8 stands as U+FFFD */
  text: string;
  /** it begins where a line begins, and ends where one ends */
  complete_lines: boolean;
}

/** A line in which the text was found. */
export interface LogMatch {
  supervisor: string;
  slot: number;
  file: string;
  /** of the line's first byte in the file */
  offset: number;
  /** at most 1 KiB of it, around the match */
  line: string;
  /** when it was written, milliseconds since 1970; null: the line does not say */
  at: number | null;
  level: "debug" | "info" | "warn" | "error" | null;
}

/** Where a text stands in the logs of a topology. */
export interface LogSearch {
  matches: LogMatch[];
  files_searched: number;
  bytes_searched: number;
  /** all files were searched to their end */
  is_complete: boolean;
  /** given back as `next`, goes on where this ended; null: nothing is left */
  next: string | null;
  missing: Unasked[];
}

/** A consumer group of a topic. */
export interface TopicGroup {
  group: string;
  /** `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead` */
  state: string;
  /** records of the topic that it has not committed; null: not known */
  lag: number | null;
}

/** A topic. */
export interface TopicRow {
  name: string;
  partitions: number;
  /** kept by the log for itself */
  internal: boolean;
  /** next offsets minus first ones; null: nobody answers for a partition */
  records: number | null;
  groups: TopicGroup[];
}

/** Topics of the log, a page of them. */
export interface Topics {
  topics: TopicRow[];
  /** how many match */
  total: number;
  /** of the first one here */
  offset: number;
  /** all groups could be looked at in 2 s: at most 500 */
  groups_complete: boolean;
}

/** A partition of a topic. */
export interface Partition {
  partition: number;
  leader: number | null;
  replicas: number[];
  in_sync: number[];
  /** offset of the first record; null: nobody answers for it */
  first: number | null;
  /** offset that the next record will get */
  next: number | null;
}

/** A topic. */
export interface Topic {
  name: string;
  partitions: Partition[];
  /** those that it has itself */
  configs: Record<string, string>;
  groups: TopicGroup[];
  /** all groups could be looked at in 2 s: at most 500 */
  groups_complete: boolean;
}

/** Key or value of a record, or of a header. */
export interface RecordBytes {
  /** null: it is not UTF-8 */
  text: string | null;
  /** null: it is text */
  base64: string | null;
  kind: "json" | "text" | "bytes";
  /** bytes of all of it */
  size: number;
  /** only its begin is here: 16 KiB, of a header 1 KiB */
  cut: boolean;
}

/** A header of a record. */
export interface RecordHeader {
  name: string;
  value: RecordBytes | null;
}

/** A record of the log. */
export interface LogRecord {
  partition: number;
  offset: number;
  /** milliseconds since 1970; null: none */
  timestamp_ms: number | null;
  key: RecordBytes | null;
  value: RecordBytes | null;
  headers: RecordHeader[];
}

/** Records of a topic. */
export interface Records {
  /** of each partition in the order of offsets; of several by time */
  records: LogRecord[];
  /** records that were looked at */
  scanned: number;
  /** partition to the offset to go on at: as `from=at:0=17,1=33` */
  next: Record<string, number>;
  /** all partitions were read to their ends */
  is_complete: boolean;
  /** why it is not complete */
  stopped: "limit" | "time" | "bytes" | null;
}

/** A consumer group. */
export interface GroupRow {
  group: string;
  state: string;
  /** it commits, and has never had members */
  simple: boolean;
  /** null: not known */
  members: number | null;
  /** of all its topics; null: not known */
  lag: number | null;
  topics: string[];
}

/** Consumer groups, a page of them. */
export interface Groups {
  groups: GroupRow[];
  /** how many match */
  total: number;
  /** of the first one here */
  offset: number;
}

/** A partition of a topic. */
export interface GroupPartition {
  topic: string;
  partition: number;
}

/** A member of a group. */
export interface GroupMember {
  id: string;
  /** its static name */
  instance: string | null;
  client: string;
  host: string;
  partitions: GroupPartition[];
}

/** How far a group is in a partition. */
export interface GroupOffset {
  topic: string;
  partition: number;
  /** offset of the first record that is not done; null: none */
  committed: number | null;
  first: number | null;
  end: number | null;
  /** end minus committed; without a committed offset, minus the first */
  lag: number | null;
  /** that has the partition */
  member: string | null;
}

/** A consumer group. */
export interface Group {
  name: string;
  state: string;
  /** how partitions are given to members; null: it has none */
  assignor: string | null;
  coordinator: number | null;
  members: GroupMember[];
  offsets: GroupOffset[];
}

/** Where a group is to go on. */
export interface ResetBody {
  topic: string;
  /** `earliest`, `latest`, `offset:N`, `time:MS` */
  to: string;
  /** only say where that is */
  dry_run?: boolean;
}

/** Where the group goes on; or would, with `dry_run`. */
export interface Reset {
  partitions: {
    partition: number;
    /** before */
    committed: number | null;
    /** that is, or would be, committed */
    offset: number;
    first: number;
    end: number;
  }[];
  /** it stands in the list of events; false of a dry run, or if nimbus could not be asked */
  noted: boolean;
}

/** What each path answers. */
export interface Answers {
  "GET /api/v2/session": Session;
  "GET /api/v2/pulse": Pulse;
  "GET /api/v2/topologies": Topologies;
  "GET /api/v2/topologies/{name}": TopologyStatus;
  "GET /api/v2/topologies/{name}/figures": Figures;
  "GET /api/v2/topologies/{name}/tasks": Tasks;
  "GET /api/v2/topologies/{name}/history": Curves;
  "GET /api/v2/topologies/{name}/errors": UserErrors;
  "GET /api/v2/topologies/{name}/samples": Samples;
  "GET /api/v2/topologies/{name}/workers/{supervisor}/{slot}/stacks": WorkerStacks;
  "GET /api/v2/topologies/{name}/workers/{supervisor}/{slot}/profile": WorkerProfile;
  "POST /api/v2/topologies/{name}/activate": StatusAnswer;
  "POST /api/v2/topologies/{name}/deactivate": StatusAnswer;
  "POST /api/v2/topologies/{name}/kill": StatusAnswer;
  "POST /api/v2/topologies/{name}/rebalance": RebalanceAnswer;
  "POST /api/v2/topologies/{name}/log-level": LogLevelAnswer;
  "POST /api/v2/topologies/{name}/debug": DebugAnswer;
  "POST /api/v2/topologies/{name}/restart-worker": RestartWorkerAnswer;
  "GET /api/v2/ended": Ended;
  "GET /api/v2/events": Events;
  "GET /api/v2/nodes": Nodes;
  "GET /api/v2/settings": Settings;
  "GET /api/v2/coord": CoordNode;
  "GET /api/v2/logs": LogTopologies;
  "GET /api/v2/logs/{id}": LogFiles;
  "GET /api/v2/logs/{id}/search": LogSearch;
  "GET /api/v2/logs/{id}/{supervisor}/{slot}/{file}": LogText;
  "GET /api/v2/log/topics": Topics;
  "GET /api/v2/log/topics/{topic}": Topic;
  "GET /api/v2/log/topics/{topic}/records": Records;
  "GET /api/v2/log/groups": Groups;
  "GET /api/v2/log/groups/{group}": Group;
  "POST /api/v2/log/groups/{group}/reset": Reset;
}

/** What is sent with each POST. */
export interface Bodies {
  "POST /api/v2/topologies/{name}/activate": EmptyBody;
  "POST /api/v2/topologies/{name}/deactivate": EmptyBody;
  "POST /api/v2/topologies/{name}/kill": KillBody;
  "POST /api/v2/topologies/{name}/rebalance": RebalanceBody;
  "POST /api/v2/topologies/{name}/log-level": LogLevelBody;
  "POST /api/v2/topologies/{name}/debug": DebugBody;
  "POST /api/v2/topologies/{name}/restart-worker": RestartWorkerBody;
  "POST /api/v2/log/groups/{group}/reset": ResetBody;
}

/** What each event of the stream carries. */
export interface StreamEvents {
  "pulse": Pulse;
  "events": Events;
  "figures": Figures;
  "tasks": Tasks;
  "gone": Gone;
  "trouble": Trouble;
}
