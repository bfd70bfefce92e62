# SPDX-License-Identifier: Apache-2.0
"""What a run does: groupings, holding, joining, failing, timing out, stopping, and the rules that
user code must keep."""

import json
import signal
import subprocess

import pytest

from conftest import GALE, TIMEOUT_S

# A spout that emits the numbers 0 .. COUNT-1, tracked, and replays what fails; what a test adds
# stands between the markers.
HEAD = """
#include <gale/gale.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct number {
    uint64_t value;
    struct gale_str padding;
};

struct pair {
    uint64_t a;
    struct gale_maybe_u64 b;
    struct gale_str text;
};

GALE_STREAM(numbers, struct number, GALE_FIELD(struct number, value),
            GALE_FIELD(struct number, padding));
GALE_STREAM(pairs, struct pair, GALE_FIELD(struct pair, a), GALE_FIELD(struct pair, b),
            GALE_FIELD(struct pair, text));

#ifndef COUNT
#define COUNT 1000
#endif
#ifndef PENDING
#define PENDING 100
#endif
#ifndef PADDING
#define PADDING 1
#endif

static const char padding[PADDING];

struct source {
    uint64_t next;
    uint64_t acked;
    uint64_t failed[PENDING];
    uint32_t failed_count;
};

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;
    bool again = source->failed_count > 0;

    if (!again && source->next == COUNT)
        return GALE_DONE;
    uint64_t id = again ? source->failed[--source->failed_count] : source->next++;
    gale_emit_tracked(task, numbers, id,
                      &(struct number){id, gale_str_of(padding, sizeof padding)});
    return GALE_MORE;
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    (void)task;
    (void)id;
    ((struct source *)self)->acked++;
}

static void source_fail(void *self, struct gale_task *task, uint64_t id,
                        const struct gale_failure *why)
{
    struct source *source = self;

    (void)task;
    printf("failed %" PRIu64 " kind=%d component=%s task=%u message=%s\\n", id, (int)why->kind,
           why->component, why->task_index, why->message);
    source->failed[source->failed_count++] = id;
}

static void source_close(void *self, struct gale_task *task)
{
    (void)task;
    printf("acked %" PRIu64 "\\n", ((struct source *)self)->acked);
}

static const struct gale_component source = {
    .name = "source",
    .max_pending = PENDING,
    .spout = {.size = sizeof(struct source), .next = source_next, .ack = source_ack,
              .fail = source_fail, .close = source_close},
    .emits = {&numbers.stream},
};
"""

BOLT = """
static enum gale_verdict bolt_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    %s
}

static const struct gale_component bolt = {
    .name = "bolt",
    .tasks = 2,
    .bolt = {.size = 64, .execute = bolt_execute},
    .inputs = {{.from = &source, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
    .emits = {&pairs.stream},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "run", .components = {&source, &bolt}};
"""


def summary_of(result):
    return json.loads(result.stdout.splitlines()[-1])


def component(summary, name):
    return next(c for c in summary["components"] if c["name"] == name)


@pytest.mark.parametrize("loops", [1, 2, 3])
def test_what_fails_is_told_why_and_comes_back(gale, compile_so, loops):
    so = compile_so(HEAD + BOLT % """
    static _Thread_local uint64_t seen[COUNT];
    uint64_t value = gale_read(tuple, numbers)->value;
    if (value % 10 == 3 && seen[value]++ == 0)
        return gale_fail_with(task, "not %d yet", (int)value);
    return GALE_ACK;""")
    result = gale("run", so, "--loops", loops, "--json", "-c", "bolt.tasks=1")
    assert result.returncode == 0, result.stderr
    failures = [line for line in result.stdout.splitlines() if line.startswith("failed ")]
    assert len(failures) == 100
    assert "failed 13 kind=1 component=bolt task=0 message=not 13 yet" in failures
    assert "acked 1000" in result.stdout
    summary = summary_of(result)
    assert summary["trees_completed"] == 1000 and summary["trees_failed"] == 100
    assert component(summary, "bolt")["executed"] == 1100


def test_a_tree_that_nobody_finishes_times_out(gale, compile_so):
    so = compile_so(HEAD + BOLT % """
    static _Thread_local uint64_t seen[COUNT];
    uint64_t value = gale_read(tuple, numbers)->value;
    if (value == 7 && seen[value]++ == 0) {
        (void)gale_hold(tuple);
        return GALE_HELD;
    }
    return GALE_ACK;""")
    result = gale("run", so, "--json", "-c", "topology.message.timeout.secs=0.3", "-c",
                  "bolt.tasks=1")
    assert result.returncode == 0, result.stderr
    assert "failed 7 kind=2 component= task=0 message=topology.message.timeout.secs passed" \
        in result.stdout
    assert component(summary_of(result), "source")["timed_out"] == 1


def test_without_tracking_every_emit_is_acked_at_once(gale, compile_so):
    so = compile_so(HEAD + BOLT % "return GALE_FAIL;")
    result = gale("run", so, "--json", "-c", "topology.acking=false")
    assert result.returncode == 0, result.stderr
    assert "acked 1000" in result.stdout and "failed" not in result.stdout.splitlines()[0]
    assert component(summary_of(result), "bolt")["failed"] == 1000


def test_a_spout_may_end_the_run_with_a_reason(gale, compile_so):
    so = compile_so((HEAD + BOLT % "return GALE_ACK;").replace(
        "        return GALE_DONE;", '        return gale_stop(task, "disk on fire");'))
    result = gale("run", so)
    assert result.returncode == 1
    assert "component 'source', task 0: disk on fire" in result.stderr


RULES = {
    "held without hold": ("return GALE_HELD;", "did not call gale_hold()"),
    "ack of a held tuple": ("(void)gale_hold(tuple); return GALE_ACK;",
                            "returned GALE_ACK for a tuple that it holds"),
    "fail of a held tuple": ("(void)gale_hold(tuple); return GALE_FAIL;",
                             "returned GALE_FAIL for a tuple that it holds"),
    "no verdict": ("return (enum gale_verdict)17;", "returned verdict 17"),
    "settled, then acked": ("struct gale_held *h = gale_hold(tuple); gale_settle(&h, GALE_ACK); "
                            "return GALE_ACK;", "return GALE_HELD"),
    "undeclared stream": ("gale_emit(task, numbers, &(struct number){.value = 1}); return GALE_ACK;",
                          "'numbers', which is not in its .emits"),
    "wrong stream read": ("return gale_read(tuple, pairs)->a ? GALE_ACK : GALE_FAIL;",
                          "reads stream 'pairs' from a tuple of stream 'numbers'"),
    "tracked emit": ("gale_emit_tracked(task, pairs, 1, &(struct pair){0}); return GALE_ACK;",
                     "only a spout has roots"),
    "direct emit": ("gale_emit_direct(task, pairs, gale_task_self(task), &(struct pair){0}); "
                    "return GALE_ACK;", "not declared direct"),
    "no such peer": ("(void)gale_peer(task, &source, 5); return GALE_ACK;",
                     "asks for task 5 of 'source', which has 1"),
}


@pytest.mark.parametrize("name", RULES)
def test_a_broken_rule_stops_the_run_and_says_what_to_do(gale, compile_so, name):
    code, message = RULES[name]
    result = gale("run", compile_so(HEAD + BOLT % code))
    assert result.returncode == 1
    assert "component 'bolt', task" in result.stderr
    assert message in result.stderr


def test_a_plain_emit_in_tick_says_what_to_use(gale, compile_so):
    so = compile_so((HEAD + BOLT % "return GALE_ACK;").replace(
        "static const struct gale_component bolt", """
static void bolt_tick(void *self, struct gale_task *task)
{
    (void)self;
    gale_emit(task, pairs, &(struct pair){0});
}

static const struct gale_component bolt""").replace(
        ".execute = bolt_execute}", ".execute = bolt_execute, .tick = bolt_tick}, .tick_ms = 1"
    ).replace("return GALE_DONE;", "return GALE_IDLE;"))
    result = gale("run", so)
    assert result.returncode == 1
    assert "emits in tick" in result.stderr and "gale_emit_unanchored()" in result.stderr


def test_a_tuple_too_large_fails_with_the_reason(gale, compile_so):
    so = compile_so(HEAD + (BOLT % """
    static char big[2 << 20];
    static _Thread_local bool done;
    if (!done) {
        done = true;
        gale_emit(task, pairs, &(struct pair){.text = gale_str_of(big, sizeof big)});
    }
    return GALE_ACK;"""), "-DCOUNT=10")
    result = gale("run", so, "-c", "bolt.tasks=1")
    assert result.returncode == 0, result.stderr
    assert "kind=1 component=bolt task=0" in result.stdout
    assert "above topology.tuple.bytes.max" in result.stdout


TWO_BOLTS = """
static enum gale_verdict first_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    %s
}

static enum gale_verdict second_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    gale_count(gale_counter(task, "seen"), 1);
    return GALE_ACK;
}

%s

static const struct gale_component first = {
    .name = "first",
    .tasks = 2,
    .bolt = {.size = 4096, .execute = first_execute},
    .inputs = {{.from = &source, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
    .emits = {&pairs.stream},
};

static const struct gale_component second = {
    .name = "second",
    .tasks = 4,
    .bolt = {.execute = second_execute},
    .inputs = {{.from = &first, .stream = &pairs.stream, %s}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "run", .components = {&source, &first, &second}};
"""

EMIT = "gale_emit(task, pairs, &(struct pair){.a = gale_read(tuple, numbers)->value});" \
       " return GALE_ACK;"
CHOOSE = """
static void choose(const struct gale_tuple *tuple, struct gale_targets *targets)
{
    targets->add(targets, (uint32_t)(gale_read(tuple, pairs)->a % targets->count));
    targets->add(targets, (uint32_t)((gale_read(tuple, pairs)->a + 1) % targets->count));
}
"""
KEYS = ".keys = {GALE_FIELD(struct pair, a)}"
GROUPINGS = {
    "shuffle": (".by = GALE_SHUFFLE", "", 1),
    "fields": (".by = GALE_FIELDS, " + KEYS, "", 1),
    "partial key": (".by = GALE_PARTIAL_KEY, " + KEYS, "", 1),
    "all": (".by = GALE_ALL", "", 4),
    "global": (".by = GALE_GLOBAL", "", 1),
    "none": (".by = GALE_NONE", "", 1),
    "local or shuffle": (".by = GALE_LOCAL_OR_SHUFFLE", "", 1),
    "custom": (".by = GALE_CUSTOM, .choose = choose", CHOOSE, 2),
}


@pytest.mark.parametrize("loops", [1, 2])
@pytest.mark.parametrize("name", GROUPINGS)
def test_each_grouping_delivers_and_its_trees_complete(gale, compile_so, name, loops):
    by, extra, copies = GROUPINGS[name]
    result = gale("run", compile_so(HEAD + TWO_BOLTS % (EMIT, extra, by)), "--loops", loops,
                  "--json")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert summary["trees_completed"] == 1000 and summary["trees_failed"] == 0
    assert component(summary, "second")["executed"] == 1000 * copies


def test_a_custom_grouping_out_of_range_stops_the_run(gale, compile_so):
    extra = CHOOSE.replace("% targets->count", "+ 100")
    so = compile_so(HEAD + TWO_BOLTS % (EMIT, extra, GROUPINGS["custom"][0]))
    result = gale("run", so)
    assert result.returncode == 1 and "indices end at 3" in result.stderr


JOIN = """
    struct { struct gale_held *held[10]; uint32_t count; } *state = self;
    state->held[state->count++] = gale_hold(tuple);
    if (state->count == 10) {
        gale_emit_joined(task, pairs, state->held, state->count, &(struct pair){.a = 1});
        while (state->count > 0)
            gale_settle(&state->held[--state->count], GALE_ACK);
    }
    return GALE_HELD;"""


@pytest.mark.parametrize("loops", [1, 2])
def test_a_joined_tuple_belongs_to_all_its_trees(gale, compile_so, loops):
    so = compile_so(HEAD + TWO_BOLTS % (JOIN, "", ".by = GALE_SHUFFLE"))
    result = gale("run", so, "--loops", loops, "--json")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert summary["trees_completed"] == 1000 and summary["trees_failed"] == 0
    assert component(summary, "second")["executed"] == 100


@pytest.mark.parametrize("loops", [1, 2])
def test_a_measured_limit_lets_a_batch_fill(gale, compile_so, loops):
    """A bolt that holds ten before it settles any completes nothing at the start."""
    so = compile_so(HEAD + TWO_BOLTS % (JOIN, "", ".by = GALE_SHUFFLE"))
    result = gale("run", so, "--loops", loops, "--json", "-c", "source.max_pending=0", "-c",
                  "first.tasks=1")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert summary["trees_completed"] == 1000 and summary["trees_failed"] == 0


@pytest.mark.parametrize("loops", [1, 2])
def test_finish_waits_for_room(gale, compile_so, loops):
    """Each of 40 tasks emits most of what one call may; together they are far beyond it."""
    source = (HEAD + TWO_BOLTS % ("return GALE_ACK;", "", ".by = GALE_SHUFFLE")).replace(
        "static enum gale_verdict second_execute", """
static void first_finish(void *self, struct gale_task *task)
{
    (void)self;
    for (int i = 0; i < 700; i++)
        gale_emit_unanchored(task, pairs, &(struct pair){.text = gale_str_of(padding, PADDING)});
}

static enum gale_verdict second_execute""").replace(
        ".execute = first_execute", ".execute = first_execute, .finish = first_finish")
    so = compile_so(source, "-DPADDING=1000", "-DCOUNT=10")
    result = gale("run", so, "--loops", loops, "--json", "-c", "first.tasks=40", "-c",
                  "topology.emit.bytes.max=1MiB")
    assert result.returncode == 0, result.stderr
    assert component(summary_of(result), "second")["executed"] == 28000


def test_a_failed_join_fails_all_its_trees(gale, compile_so):
    source = (HEAD + TWO_BOLTS % (JOIN, "", ".by = GALE_SHUFFLE")).replace(
        'gale_count(gale_counter(task, "seen"), 1);', """
    static _Thread_local bool failed;
    if (!failed) {
        failed = true;
        return gale_fail_with(task, "no");
    }""")
    # 1,000 tuples and ten replayed ones are whole batches of ten.
    result = gale("run", compile_so(source), "--json", "-c", "first.tasks=1", "-c",
                  "second.tasks=1")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert summary["trees_completed"] == 1000 and summary["trees_failed"] == 10
    assert result.stdout.count("component=second task=0 message=no") == 10


def test_a_custom_grouping_does_not_disturb_the_tuple_at_hand(gale, compile_so):
    """The function reads a record of the very stream that execute has just read."""
    source = CYCLE.replace("static const struct gale_component hop;", CHOOSE + """
static const struct gale_component hop;""", 1).replace(
        "    uint64_t left = first ? 5 : gale_read(tuple, pairs)->a;", """
    const struct pair *at_hand = first ? NULL : gale_read(tuple, pairs);
    uint64_t left = first ? 5 : at_hand->a;""").replace("    return GALE_ACK;", """
    if (at_hand != NULL && at_hand->a != left)
        return gale_fail_with(task, "the record has changed");
    return GALE_ACK;""", 1)
    custom = source.replace(".stream = &pairs.stream, .by = GALE_SHUFFLE",
                            ".stream = &pairs.stream, .by = GALE_CUSTOM")
    so = compile_so(custom.replace("targets->add(targets, (uint32_t)((gale_read(tuple, pairs)->a "
                                   "+ 1) % targets->count));", ""),
                    "-DRESERVE=.reserve_bytes = 1 << 20, .choose = choose")
    result = gale("run", so, "--json")
    assert result.returncode == 0, result.stderr
    assert summary_of(result)["trees_failed"] == 0


CYCLE = HEAD + """
static enum gale_verdict hop_execute(void *self, struct gale_task *task,
                                     const struct gale_tuple *tuple)
{
    (void)self;
    bool first = gale_is(tuple, numbers);
    uint64_t left = first ? 5 : gale_read(tuple, pairs)->a;

    if (left > 0)
        gale_emit(task, pairs, &(struct pair){.a = left - 1});
    return GALE_ACK;
}

static const struct gale_component hop;

static const struct gale_component hop = {
    .name = "hop",
    .tasks = 3,
    .bolt = {.execute = hop_execute},
    .inputs = {{.from = &source, .stream = &numbers.stream, .by = GALE_SHUFFLE},
               {.from = &hop, .stream = &pairs.stream, .by = GALE_SHUFFLE, RESERVE}},
    .emits = {&pairs.stream},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "cycle", .components = {&source, &hop}};
"""


@pytest.mark.parametrize("loops", [1, 2])
def test_a_cycle_with_a_reserve_runs(gale, compile_so, loops):
    so = compile_so(CYCLE, "-DRESERVE=.reserve_bytes = 1 << 20", "-DCOUNT=100000", "-DPENDING=10000")
    result = gale("run", so, "--loops", loops, "--json")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert summary["trees_completed"] == 100000 and summary["trees_failed"] == 0
    assert component(summary, "hop")["executed"] == 600000


def test_a_cycle_without_a_reserve_is_refused(gale, compile_so):
    result = gale("run", compile_so(CYCLE, "-DRESERVE="))
    assert result.returncode == 8
    assert "cycle" in result.stderr and "reserve_bytes" in result.stderr


# A bolt much slower than its spout. It reads the process's resident pages at a fifth of the way
# and at the end: what is in flight is bounded, so they must not have grown.
SLOW = """
    static volatile uint64_t work;
    static uint64_t executed;
    static long early;
    for (int i = 0; i < 20000; i++)
        work += (uint64_t)i;
    executed++;
    if (executed == COUNT / 5 || executed == COUNT) {
        long total = 0, resident = 0;
        FILE *file = fopen("/proc/self/statm", "r");
        if (file == NULL || fscanf(file, "%%ld %%ld", &total, &resident) != 2)
            abort();
        fclose(file);
        if (executed == COUNT)
            printf("grown %%ld pages\\n", resident - early);
        early = resident;
    }
    return GALE_ACK;"""


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("loops", [1, 2])
def test_a_slow_bolt_leaves_memory_flat_and_loses_nothing(gale, compile_so, tracked, loops):
    source = HEAD + BOLT % (SLOW.replace("%%", "%"))
    if not tracked:
        source = source.replace("gale_emit_tracked(task, numbers, id,", "gale_emit(task, numbers,")
    so = compile_so(source, "-O1", "-DCOUNT=50000", "-DPENDING=60000", "-DPADDING=2000")
    result = gale("run", so, "--loops", loops, "--json", "-c", "bolt.tasks=1", "-c",
                  "source.max_pending=0")
    assert result.returncode == 0, result.stderr
    assert component(summary_of(result), "bolt")["executed"] == 50000
    grown = next(line for line in result.stdout.splitlines() if line.startswith("grown "))
    # Of the 80 MB that were emitted in between; sanitizers keep books of what passes by.
    assert int(grown.split()[1]) < 4096, grown  # 16 MiB


MANY = HEAD.replace("static const struct gale_component source = {", """
static char big[1 << 19];

static void emit_big(void *self, struct gale_task *task)
{
    (void)self;
    gale_emit(task, numbers, &(struct number){.padding = gale_str_of(big, sizeof big)});
}

static bool has_emitted[TASKS];

static void emit_big_once(void *self, struct gale_task *task)
{
    if (!has_emitted[gale_task_index(task)])
        emit_big(self, task);
    has_emitted[gale_task_index(task)] = true;
}

static enum gale_err open_big(void *self, struct gale_task *task)
{
    for (int i = 0; i < 100; i++)
        emit_big(self, task);
    return GALE_OK;
}

static const struct gale_component source = {
    .tasks = TASKS, .tick_ms = 5,""", 1) + BOLT % "return GALE_ACK;"


@pytest.mark.parametrize("when", ["tick", "activate"])
@pytest.mark.parametrize("loops", [1, 2])
def test_what_many_tasks_emit_at_once_waits_for_room(gale, compile_so, when, loops):
    source = MANY.replace(".fail = source_fail,", f".fail = source_fail, .{when} = emit_big_once,")
    source = source.replace("return GALE_DONE;",
                            "return has_emitted[gale_task_index(task)] ? GALE_DONE : GALE_IDLE;")
    source = source.replace("struct source {", "static bool has_emitted[TASKS];\n\nstruct source {", 1)
    result = gale("run", compile_so(source, "-DTASKS=100", "-DCOUNT=100"), "--loops", loops,
                  "--json", "-c", "bolt.tasks=1")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert component(summary, "bolt")["executed"] == 100 * 101


def test_more_than_fits_in_open_stops_the_run(gale, compile_so):
    source = MANY.replace(".fail = source_fail,", ".fail = source_fail, .open = open_big,")
    result = gale("run", compile_so(source, "-DTASKS=1"))
    assert result.returncode == 1
    assert "cannot emit in open: more than topology.emit.bytes.max" in result.stderr


def test_an_emit_in_close_stops_the_run(gale, compile_so):
    source = MANY.replace(".close = source_close", ".close = emit_big")
    result = gale("run", compile_so(source, "-DTASKS=1"))
    assert result.returncode == 1
    assert "component 'source', task 0: emits in close" in result.stderr


HOLD_TO_THE_END = """
struct keeper { struct gale_held *held[COUNT]; uint32_t count; };

static enum gale_verdict keep(void *self, struct gale_task *task, const struct gale_tuple *tuple)
{
    struct keeper *keeper = self;

    (void)task;
    keeper->held[keeper->count++] = gale_hold(tuple);
    return GALE_HELD;
}

static void settle_all(void *self, struct gale_task *task)
{
    struct keeper *keeper = self;

    (void)task;
    while (keeper->count > 0)
        gale_settle(&keeper->held[--keeper->count], GALE_ACK);
}

static const struct gale_component keeper = {
    .name = "keeper",
    .bolt = {.size = sizeof(struct keeper), .execute = keep, SETTLE},
    .inputs = {{.from = &source, .stream = &numbers.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "run", .components = {&source, &keeper}};
"""


@pytest.mark.parametrize("loops", [1, 2])
def test_holding_as_many_as_may_be_needs_a_tick(gale, compile_so, loops):
    words = ["--loops", loops, "--json", "-c", "topology.held.max=10"]
    so = compile_so(HEAD + HOLD_TO_THE_END, "-DSETTLE=.finish = settle_all")
    result = gale("run", so, *words)
    assert result.returncode == 1
    assert "component 'keeper', task 0: holds 10 tuples" in result.stderr
    assert "topology.held.max" in result.stderr
    so = compile_so(HEAD + HOLD_TO_THE_END, "-DSETTLE=.tick = settle_all")
    result = gale("run", so, *words, "-c", "keeper.tick_ms=1")
    assert result.returncode == 0, result.stderr
    assert summary_of(result)["trees_completed"] == 1000


def test_exit_in_user_code_is_not_taken_for_the_end(gale, compile_so):
    result = gale("run", compile_so(HEAD + BOLT % "exit(0);\n    return GALE_ACK;"))
    assert result.returncode == 1
    assert "component 'bolt' task " in result.stderr
    assert " called exit() in execute" in result.stderr


FOREVER = (HEAD + BOLT % "return GALE_ACK;").replace(
    "if (!again && source->next == COUNT)\n        return GALE_DONE;",
    'if (source->next == 1000) { fprintf(stderr, "going\\n"); }')


def start(so, *words):
    return subprocess.Popen([str(GALE), "run", str(so), *words], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def wait_for_line(process, text):
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(f"the run ended without '{text}'")


def test_an_interrupt_drains_and_ends_with_130(compile_so):
    process = start(compile_so(FOREVER), "--json")
    wait_for_line(process, "going")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130, err
    summary = json.loads(out.splitlines()[-1])
    assert component(summary, "source")["open"] == 0
    assert summary["trees_completed"] == component(summary, "source")["emitted"]


def test_a_second_interrupt_gives_up_what_is_open(compile_so):
    source = FOREVER.replace("return GALE_ACK;", "(void)gale_hold(tuple); return GALE_HELD;")
    source = source.replace("source->next == 1000", "source->next == 50")
    process = start(compile_so(source), "--json", "-c", "topology.drain.secs=3600", "-c",
                    "topology.message.timeout.secs=3600")
    wait_for_line(process, "going")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)  # two different ones: equal ones may become one
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130, err
    assert component(json.loads(out.splitlines()[-1]), "bolt")["open"] == 0  # failed when closed
    assert json.loads(out.splitlines()[-1])["trees_completed"] == 0


def test_a_third_interrupt_ends_a_run_whose_code_blocks(compile_so):
    process = start(compile_so(HEAD + BOLT % """
    fprintf(stderr, "blocked\\n");
    for (;;)
        continue;
    return GALE_ACK;"""))
    try:
        wait_for_line(process, "blocked")
        process.send_signal(signal.SIGINT)
        wait_for_line(process, "stopping;")
        process.send_signal(signal.SIGINT)
        wait_for_line(process, "a third signal ends the process")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=TIMEOUT_S) == -signal.SIGINT
    finally:
        process.kill()


ACTIVE = """
static void source_activate(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    fprintf(stderr, "activated\\n");
}

static void source_deactivate(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    fprintf(stderr, "deactivated\\n");
}

static enum gale_err source_open(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    fprintf(stderr, "opened\\n");
    return GALE_OK;
}

static const struct gale_component source = {"""


def test_signals_deactivate_and_activate_the_spouts(compile_so):
    source = FOREVER.replace("static const struct gale_component source = {", ACTIVE, 1).replace(
        ".fail = source_fail,",
        ".fail = source_fail, .open = source_open, .activate = source_activate, "
        ".deactivate = source_deactivate,")
    process = start(compile_so(source), "--inactive")
    wait_for_line(process, "opened")
    process.send_signal(signal.SIGUSR2)
    wait_for_line(process, "activated")
    process.send_signal(signal.SIGUSR1)
    wait_for_line(process, "deactivated")
    process.send_signal(signal.SIGUSR2)
    wait_for_line(process, "activated")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 130


def test_a_component_with_a_loop_of_its_own_runs_there(gale, compile_so):
    source = (HEAD + BOLT % "return GALE_ACK;").replace(".tasks = 2,", ".tasks = 2, .own_loop = true,")
    result = gale("run", compile_so(source), "--loops", 1, "--json")
    assert result.returncode == 0, result.stderr
    summary = summary_of(result)
    assert summary["loops"] == 3 and summary["trees_completed"] == 1000


def test_more_loops_than_executors_are_not_made(gale, compile_so):
    result = gale("run", compile_so(HEAD + BOLT % "return GALE_ACK;"), "--loops", 64, "--json")
    assert result.returncode == 0, result.stderr
    assert summary_of(result)["loops"] == 3


def test_what_stands_behind_two_dashes_reaches_the_tasks(gale, compile_so):
    so = compile_so(HEAD + BOLT % """
    printf("args %u %s %s\\n", gale_arg_count(task), gale_arg(task, 0), gale_arg(task, 1));
    return gale_arg(task, 2) == NULL ? GALE_ACK : GALE_FAIL;""", "-DCOUNT=1")
    result = gale("run", so, "--quiet", "--", "--loops", "x y")
    assert result.returncode == 0, result.stderr
    assert "args 2 --loops x y" in result.stdout


def test_the_log_level_decides_which_lines_are_shown(gale, compile_so):
    so = compile_so(HEAD + BOLT % """
    gale_debug(task, "a debug line");
    gale_warn(task, "a warning");
    return GALE_ACK;""", "-DCOUNT=1")
    assert "a debug line" not in gale("run", so).stderr
    assert "a debug line" in gale("run", so, "-c", "worker.log.level=debug").stderr
    assert "a warning" not in gale("run", so, "-c", "worker.log.level=error").stderr
    wrong = gale("run", so, "-c", "worker.log.level=loud")
    assert wrong.returncode == 2
    assert "'worker.log.level' is 'loud', but must be debug, info, warn or error" in wrong.stderr
