# SPDX-License-Identifier: Apache-2.0
"""The example topologies print what they promise, and the ready-made components keep their word.

GALE_BUILD names the build folder; GALE_BIN the program, if it is not GALE_BUILD/bin/gale; GALE_CC
the compiler for topologies; GALE_C_FLAGS the flags that the build itself was made with.
"""

import collections
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from conftest import uses_librdkafka

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GALE_BUILD", ROOT / "build" / "dev"))
GALE = Path(os.environ.get("GALE_BIN", BUILD / "bin" / "gale"))
CC = os.environ.get("GALE_CC", "cc")
C_FLAGS = os.environ.get("GALE_C_FLAGS", "").split()
TOPOLOGIES = ROOT / "topologies"
SAMPLE = TOPOLOGIES / "word_count" / "sample.txt"
HEADERS = ROOT / "sdk" / "include"
TIMEOUT_S = 120  # of a run that hangs

# Name -> whether the order of the lines is fixed.
EXAMPLES = {
    "direct_echo": True,
    "exclamation": False,
    "held_batch": True,
    "join_by_key": True,
    "partial_key_count": True,
    "replay": True,
    "rolling_top_words": True,
}

both_loops = pytest.mark.parametrize("loops", [1, 2])


def run(topology, *settings, loops=2, stdin=b"", options=(), before=None):
    """Runs a .so to its end. Settings are KEY=VALUE. stdout and stderr are bytes."""
    words = [str(GALE), "run", str(topology), "--loops", str(loops), *options]
    for setting in settings:
        words += ["-c", setting]
    return subprocess.run(
        words, input=stdin, capture_output=True, timeout=TIMEOUT_S, check=False, preexec_fn=before
    )


def run_example(name, *settings, **more):
    return run(BUILD / "topologies" / f"{name}.so", *settings, **more)


def output_of(result):
    """The lines that were printed, without the summary."""
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode().splitlines()


def summary_of(result):
    """What --json printed as the last line."""
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout.splitlines()[-1])


def component_of(summary, name):
    return next(c for c in summary["components"] if c["name"] == name)


def counter_of(summary, component, name):
    metrics = component_of(summary, component)["metrics"]
    return sum(m["value"] for m in metrics if m["name"] == name)


# ---- the examples ----


@both_loops
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_prints_what_it_promises(name, loops):
    printed = run_example(name, loops=loops, options=["--quiet"])
    expected = (TOPOLOGIES / name / "expected.txt").read_text().splitlines()
    lines = output_of(printed)
    if not EXAMPLES[name]:
        lines.sort()
    assert lines == expected


def test_every_example_is_run():
    folders = {path.parent.name for path in TOPOLOGIES.glob("*/*.c")}
    assert folders == {*EXAMPLES, "word_count", "word_count_log"}


@both_loops
def test_a_message_that_fails_five_times_arrives_at_the_sixth_attempt(loops):
    result = run_example("replay", "flaky.times=5", loops=loops, options=["--json"])
    assert output_of(result)[0] == "100 of 100 messages arrived, after 600 attempts"
    assert counter_of(summary_of(result), "source", "replays") == 500
    assert summary_of(result)["trees_completed"] == 100
    assert summary_of(result)["trees_failed"] == 500


@both_loops
def test_a_batch_that_failed_is_stored_later(loops):
    result = run_example("held_batch", "numbers.to=2000", loops=loops, options=["--json"])
    summary = summary_of(result)
    assert output_of(result)[0] == "stored 2000 numbers, their sum is 1999000"
    assert counter_of(summary, "sink", "batches_failed") > 0
    assert summary["trees_completed"] == 2000
    assert summary["trees_failed"] > 0


# ---- word count ----


def words_of(text):
    counts = collections.Counter()
    for word in re.findall(rb"[a-z']+", text.lower()):
        counts.update(word[i : i + 255] for i in range(0, len(word), 255))
    return counts


def table_of(counts):
    return [f"{word.decode()}\t{count}" for word, count in sorted(counts.items())]


@both_loops
@pytest.mark.parametrize("splitters, counters", [(1, 1), (2, 2), (3, 5)])
def test_all_words_are_counted(splitters, counters, loops):
    result = run_example(
        "word_count",
        f"reader.path={SAMPLE}",
        "report.all=true",
        f"splitter.tasks={splitters}",
        f"counter.tasks={counters}",
        loops=loops,
        options=["--quiet"],
    )
    assert output_of(result) == table_of(words_of(SAMPLE.read_bytes()))


@both_loops
def test_words_of_standard_input_are_counted(loops):
    text = b"one two\n\n" * 20000 + b"a" * 700 + b" it's\nlast"
    result = run_example(
        "word_count", "report.all=true", loops=loops, stdin=text, options=["--quiet"]
    )
    assert output_of(result) == table_of(words_of(text))


def test_the_commonest_words_come_first_and_equals_by_name():
    text = b"b a c b a d b"
    result = run_example("word_count", "report.top=3", stdin=text, options=["--quiet"])
    assert [line.split() for line in output_of(result)] == [
        ["7", "words,", "4", "different"],
        ["b", "3"],
        ["a", "2"],
        ["c", "1"],
    ]


class Script:
    """run.sh with a folder of its own for what it keeps meanwhile. Paths of sockets are short."""

    def __init__(self, argument):
        self.folder = tempfile.mkdtemp(prefix="gale-")
        self.process = subprocess.Popen(
            [TOPOLOGIES / "word_count_log" / "run.sh", BUILD, argument],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": self.folder},
            start_new_session=True,
        )

    def end(self, text=b""):
        """Its lines; nothing is left of it."""
        stdout, stderr = self.process.communicate(text, timeout=TIMEOUT_S)
        assert os.listdir(self.folder) == []
        os.rmdir(self.folder)
        assert self.process.returncode == 0, stderr.decode()
        return stdout.decode().splitlines()


def expect_check(lines, counts):
    assert lines[-1] == (
        f"check: {len(counts):,} distinct words and {counts.total():,} words"
        " agree with tr | sort | uniq -c"
    )


@uses_librdkafka
def test_the_word_count_script_goes_from_log_to_log_and_checks_itself():
    lines = Script(str(SAMPLE)).end()
    counts = words_of(SAMPLE.read_bytes())
    expect_check(lines, counts)
    places = {line.split()[0]: line for line in lines[2:8] if line}
    for component in ("reader", "splitter", "counter", "writer"):
        workers = re.findall(r"supervisor-[12]:[01] \d+", places[component])
        assert len({worker.split()[0] for worker in workers}) == 4, places[component]
    records = len(SAMPLE.read_bytes().splitlines())
    assert "group word-count-log.reader: Empty, no members, total lag 0" in lines
    assert lines[-2].startswith(
        f"{records:,} lines read from the log, {counts.total():,} totals written to it, in "
    )


@uses_librdkafka
def test_the_word_count_script_runs_twice_at_the_same_time_and_reads_standard_input():
    texts = [SAMPLE.read_bytes(), b"one two\n" * 3000 + b"three"]
    scripts = [Script("-") for _ in texts]
    for script, text in zip(scripts, texts):
        expect_check(script.end(text), words_of(text))


def test_the_word_count_script_leaves_nothing_behind_when_it_is_interrupted():
    """At whatever it is just then."""
    fifo = Path(tempfile.mkdtemp(prefix="gale-")) / "text"
    os.mkfifo(fifo)
    script = Script(str(fifo))
    with fifo.open("wb"):  # it is reading now
        script.process.send_signal(signal.SIGTERM)
    _, stderr = script.process.communicate(timeout=TIMEOUT_S)
    assert script.process.returncode == 143, stderr.decode()
    assert os.listdir(script.folder) == []
    os.rmdir(script.folder)
    shutil.rmtree(fifo.parent)


# ---- the ready-made components ----

READER = """
static const struct gale_component reader = {
    .name = "reader",
    .spout = GALE_LINES_SPOUT,
    .emits = {&gale_lines.stream},
    .settings = {GALE_LINES_SETTINGS},
};
"""

LINES_TO_FILE = """
static const struct gale_component file = {
    .name = "file",
    .tick_ms = 20,
    .bolt = GALE_FILE_BOLT,
    .inputs = {{.from = &reader, .stream = &gale_lines.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_FILE_SETTINGS},
};
const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "lines-to-file", .components = {&reader, &file}};
"""

LINES_TO_PRINT = """
static const struct gale_component print = {
    .name = "print",
    .bolt = GALE_PRINT_BOLT,
    .inputs = {{.from = &reader, .stream = &gale_lines.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_PRINT_SETTINGS},
};
const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "lines-to-print", .components = {&reader, &print}};
"""

# Fails what contains "never" always, and what contains "later" the first two times.
LINES_TO_PICKY = """
struct picky {
    uint64_t later;
};
static bool has(struct gale_str text, const char *word)
{
    return text.length >= 5 && memcmp(text.data, word, 5) == 0;
}
static enum gale_verdict picky_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    struct picky *picky = self;
    const struct gale_line *line = gale_read(tuple, gale_lines);
    if (has(line->text, "never"))
        return gale_fail_with(task, "%s", "I never take this");
    if (has(line->text, "later") && picky->later++ < 2)
        return gale_fail_with(task, "%s", "not now");
    gale_emit(task, gale_lines, line);
    return GALE_ACK;
}
static const struct gale_component picky = {
    .name = "picky",
    .bolt = {.size = sizeof(struct picky), .execute = picky_execute},
    .inputs = {{.from = &reader, .stream = &gale_lines.stream, .by = GALE_GLOBAL}},
    .emits = {&gale_lines.stream},
};
static const struct gale_component print = {
    .name = "print",
    .bolt = GALE_PRINT_BOLT,
    .inputs = {{.from = &picky, .stream = &gale_lines.stream, .by = GALE_GLOBAL}},
};
const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "lines-to-picky", .components = {&reader, &picky, &print}};
"""

NUMBERS_TO_PRINT = """
static const struct gale_component numbers = {
    .name = "numbers",
    .spout = GALE_NUMBERS_SPOUT,
    .emits = {&gale_numbers.stream},
    .settings = {GALE_NUMBERS_SETTINGS},
};
static const struct gale_component print = {
    .name = "print",
    .bolt = GALE_PRINT_BOLT,
    .inputs = {{.from = &numbers, .stream = &gale_numbers.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_PRINT_SETTINGS},
};
const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "numbers-to-print", .components = {&numbers, &print}};
"""

# One value of each kind, and a null.
KINDS_TO_BOTH = r"""
struct kinds {
    bool yes;
    int64_t below;
    uint64_t above;
    double part;
    struct gale_str text;
    struct gale_bytes raw;
    struct gale_maybe_str nothing;
};
GALE_STREAM(kinds, struct kinds, GALE_FIELD(struct kinds, yes), GALE_FIELD(struct kinds, below),
            GALE_FIELD(struct kinds, above), GALE_FIELD(struct kinds, part),
            GALE_FIELD(struct kinds, text), GALE_FIELD(struct kinds, raw),
            GALE_FIELD(struct kinds, nothing));
struct once {
    bool done;
};
static enum gale_next once_next(void *self, struct gale_task *task)
{
    static const uint8_t raw[] = {0, 127, 255};
    struct once *once = self;
    struct kinds record = {true, -1, UINT64_MAX, 0.1,
                           gale_str("a\tb \"c\\\n\x01 \xc3\xa9\xff\xe0\x80\xb0"),
                           {raw, 3}, {false, {NULL, 0}}};
    if (once->done)
        return GALE_DONE;
    once->done = true;
    gale_emit(task, kinds, &record);
    return GALE_MORE;
}
static const struct gale_component once = {
    .name = "once", .spout = {.size = sizeof(struct once), .next = once_next},
    .emits = {&kinds.stream}};
static const struct gale_component print = {
    .name = "print", .bolt = GALE_PRINT_BOLT,
    .inputs = {{.from = &once, .stream = &kinds.stream, .by = GALE_ALL}},
    .settings = {GALE_PRINT_SETTINGS}};
static const struct gale_component file = {
    .name = "file", .tick_ms = 20, .bolt = GALE_FILE_BOLT,
    .inputs = {{.from = &once, .stream = &kinds.stream, .by = GALE_ALL}},
    .settings = {GALE_FILE_SETTINGS}};
const struct gale_topology gale_topology = {
    .abi = GALE_ABI, .name = "kinds", .components = {&once, &print, &file}};
"""

CPP_TOPOLOGY = """
static gale_component reader_of()
{
    gale_component c = {};
    c.name = "reader";
    c.spout = GALE_LINES_SPOUT;
    static const gale_setting settings[] = {GALE_LINES_SETTINGS};
    memcpy(c.settings, settings, sizeof settings);
    c.emits[0] = &gale_lines.stream;
    return c;
}
static const gale_component reader = reader_of();
static gale_component print_of()
{
    gale_component c = {};
    c.name = "print";
    c.bolt = GALE_PRINT_BOLT;
    c.inputs[0].from = &reader;
    c.inputs[0].stream = &gale_lines.stream;
    c.inputs[0].by = GALE_SHUFFLE;
    return c;
}
static const gale_component print = print_of();
static struct gale_topology topology_of()
{
    struct gale_topology t = {};
    t.abi = GALE_ABI;
    t.name = "from-cpp";
    t.components[0] = &reader;
    t.components[1] = &print;
    return t;
}
const struct gale_topology gale_topology = topology_of();
"""

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Compiles a topology as a user would; each text once."""
    folder = tmp_path_factory.mktemp("topologies")
    built = {}

    def compile_text(text, standard="c11"):
        key = (text, standard)
        if key not in built:
            is_cpp = standard.startswith("c++")
            source = folder / f"topology_{len(built)}{'.cc' if is_cpp else '.c'}"
            source.write_text(f"#include <gale/ready.h>\n{text}")
            target = source.with_suffix(".so")
            compiler = ["g++"] if is_cpp else [CC, *C_FLAGS]
            words = [*compiler, f"-std={standard}", *WARNINGS, "-shared", "-fPIC", f"-I{HEADERS}"]
            subprocess.run([*words, str(source), "-o", str(target)], check=True)
            built[key] = target
        return built[key]

    return compile_text


def rows_of(path):
    return [line.split("\t") for line in path.read_text().splitlines()]


@both_loops
def test_lines_of_standard_input_reach_the_file(build, tmp_path, loops):
    path = tmp_path / "out"
    text = b"first\n\n  third\r\nnot ended"
    result = run(
        build(READER + LINES_TO_FILE), f"file.path={path}", loops=loops, stdin=text,
        options=["--json"],
    )
    assert summary_of(result)["trees_completed"] == 4
    assert rows_of(path) == [["first", "1"], ["", "2"], ["  third\\r", "3"], ["not ended", "4"]]


@pytest.mark.parametrize("batch", [1, 7, 65536])
def test_the_file_holds_every_line_once_whatever_the_batch(build, tmp_path, batch):
    path = tmp_path / "out"
    text = b"".join(b"%d\n" % i for i in range(5000))
    result = run(
        build(READER + LINES_TO_FILE), f"file.path={path}", f"file.batch={batch}", stdin=text,
        options=["--json"],
    )
    assert summary_of(result)["trees_completed"] == 5000
    assert sorted(int(row[0]) for row in rows_of(path)) == list(range(5000))


def test_a_file_is_added_to_and_may_be_synced(build, tmp_path):
    path = tmp_path / "out"
    path.write_text("before\t0\n")
    output_of(
        run(build(READER + LINES_TO_FILE), f"file.path={path}", "file.fsync=true", stdin=b"after\n")
    )
    assert rows_of(path) == [["before", "0"], ["after", "1"]]


def test_each_file_task_writes_a_file_of_its_own(build, tmp_path):
    path = tmp_path / "out"
    text = b"".join(b"%d\n" % i for i in range(100))
    output_of(run(build(READER + LINES_TO_FILE), f"file.path={path}", "file.tasks=3", stdin=text))
    rows = [row for index in range(3) for row in rows_of(tmp_path / f"out.{index}")]
    assert sorted(int(row[0]) for row in rows) == list(range(100))


def test_what_cannot_be_written_fails_with_the_reason(build):
    result = run(
        build(READER + LINES_TO_FILE), "file.path=/dev/full", "reader.retries=2", stdin=b"a\nb\n",
        options=["--json"],
    )
    summary = summary_of(result)
    assert counter_of(summary, "reader", "given_up") == 2
    assert summary["trees_completed"] == 0
    assert summary["trees_failed"] == 6
    assert "No space left on device" in result.stderr.decode()


def forbid_large_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))


def test_a_batch_that_was_written_in_part_leaves_no_trace(build, tmp_path):
    """The file may grow to 4096 bytes, which ends amid a line."""
    path = tmp_path / "out"
    result = run(
        build(READER + LINES_TO_FILE, standard="gnu11"), f"file.path={path}", "file.batch=100",
        "reader.retries=1", stdin=b"thirty bytes, as near as can be\n" * 300, options=["--json"],
        before=forbid_large_files,
    )
    summary = summary_of(result)
    numbers = [int(row[1]) for row in rows_of(path) if row[0] == "thirty bytes, as near as can be"]
    assert 0 < len(numbers) < 300
    assert len(rows_of(path)) == len(set(numbers)) == summary["trees_completed"]
    assert path.read_bytes().endswith(b"\n")
    assert counter_of(summary, "reader", "given_up") == 300 - len(numbers)
    assert "File too large" in result.stderr.decode()


def test_a_file_in_no_folder_is_an_error(build, tmp_path):
    result = run(build(READER + LINES_TO_FILE), f"file.path={tmp_path}/none/out")
    assert result.returncode != 0
    assert f"cannot open '{tmp_path}/none/out': No such file" in result.stderr.decode()


def test_a_file_without_a_path_is_an_error_that_names_the_setting(build):
    result = run(build(READER + LINES_TO_FILE))
    assert result.returncode != 0
    assert "file" in result.stderr.decode()
    assert "path" in result.stderr.decode()


def test_a_missing_file_is_an_error_that_names_it(build, tmp_path):
    result = run_example("word_count", f"reader.path={tmp_path}/none.txt")
    message = result.stderr.decode()
    assert result.returncode != 0
    assert "reader" in message
    assert f"cannot open '{tmp_path}/none.txt': No such file or directory" in message


def test_a_folder_cannot_be_read(tmp_path):
    result = run_example("word_count", f"reader.path={tmp_path}")
    assert result.returncode != 0
    assert "it is a directory" in result.stderr.decode()


def test_standard_input_has_one_reader():
    result = run_example("word_count", "reader.tasks=2")
    assert result.returncode != 0
    assert "standard input can be read by one task" in result.stderr.decode()


def test_a_pipe_cannot_be_read_twice():
    result = run_example("word_count", "reader.passes=2")
    assert result.returncode != 0
    assert "is not a regular file" in result.stderr.decode()


@pytest.mark.parametrize("tasks, passes", [(1, 3), (3, 1), (3, 4)])
def test_tasks_share_a_file_and_read_it_again(build, tmp_path, tasks, passes):
    source = tmp_path / "in"
    path = tmp_path / "out"
    source.write_bytes(b"".join(b"%d\n" % i for i in range(1000)))
    result = run(
        build(READER + LINES_TO_FILE), f"reader.path={source}", f"file.path={path}",
        f"reader.tasks={tasks}", f"reader.passes={passes}", options=["--json"],
    )
    rows = rows_of(path)
    assert summary_of(result)["trees_completed"] == 1000 * passes
    assert sorted(int(row[0]) for row in rows) == sorted(list(range(1000)) * passes)
    assert sorted(int(row[1]) for row in rows) == list(range(1, 1000 * passes + 1))


def test_an_empty_file_ends_even_if_it_is_read_for_ever(tmp_path):
    (tmp_path / "in").write_bytes(b"")
    result = run_example(
        "word_count", f"reader.path={tmp_path}/in", "reader.passes=0", options=["--quiet"]
    )
    assert output_of(result) == ["0 words, 0 different"]


@both_loops
@pytest.mark.parametrize("length", [11, 2000000])
def test_a_line_too_long_is_named_and_the_others_arrive(build, tmp_path, length, loops):
    path = tmp_path / "out"
    long_line = b"x" * length
    text = b"one\n" + long_line + b"\n0123456789\n" + long_line + b"\nfive\n" + long_line
    result = run(
        build(READER + LINES_TO_FILE), f"file.path={path}", "reader.line.max=10", loops=loops,
        stdin=text, options=["--json"],
    )
    message = result.stderr.decode()
    assert rows_of(path) == [["one", "1"], ["0123456789", "3"], ["five", "5"]]
    assert counter_of(summary_of(result), "reader", "given_up") == 3
    for number in (2, 4, 6):
        assert f"line {number} of 'standard input' is longer than line.max, 10 bytes" in message


def test_a_line_too_long_at_the_end_of_a_pass_does_not_spoil_the_next(build, tmp_path):
    source = tmp_path / "in"
    path = tmp_path / "out"
    source.write_bytes(b"one\n" + b"x" * 600000)
    run(
        build(READER + LINES_TO_FILE), f"reader.path={source}", f"file.path={path}",
        "reader.line.max=10", "reader.passes=2",
    )
    assert rows_of(path) == [["one", "1"], ["one", "3"]]


def test_a_line_too_long_is_named_by_one_task(build, tmp_path):
    source = tmp_path / "in"
    source.write_bytes(b"one\n" + b"x" * 11 + b"\nthree\n")
    result = run(
        build(READER + LINES_TO_FILE), f"reader.path={source}", f"file.path={tmp_path}/out",
        "reader.line.max=10", "reader.tasks=3", options=["--json"],
    )
    assert counter_of(summary_of(result), "reader", "given_up") == 1
    assert result.stderr.decode().count("is longer than line.max") == 1


def test_a_line_of_a_mebibyte_is_read(build, tmp_path):
    path = tmp_path / "out"
    lines = [b"a" * 1048576, b"b", b"c" * 1048576]
    output_of(
        run(
            build(READER + LINES_TO_FILE), f"file.path={path}", "topology.tuple.bytes.max=2MiB",
            stdin=b"\n".join(lines),
        )
    )
    assert [row[0].encode() for row in rows_of(path)] == lines


def test_a_line_that_can_never_be_sent_is_given_up(build, tmp_path):
    path = tmp_path / "out"
    result = run(
        build(READER + LINES_TO_FILE), f"file.path={path}", "topology.tuple.bytes.max=1KiB",
        stdin=b"short\n" + b"x" * 5000 + b"\nend\n", options=["--json"],
    )
    assert [row[0] for row in rows_of(path)] == ["short", "end"]
    assert counter_of(summary_of(result), "reader", "given_up") == 1
    assert "line 2 of 'standard input' is given up" in result.stderr.decode()


@both_loops
def test_a_line_that_failed_is_emitted_again(build, loops):
    result = run(
        build(READER + LINES_TO_PICKY), loops=loops, stdin=b"now\nlater\n", options=["--json"]
    )
    lines = output_of(result)[:-1]
    assert sorted(lines) == ["picky.lines text=later number=2", "picky.lines text=now number=1"]
    assert summary_of(result)["trees_failed"] == 2


@both_loops
def test_a_line_that_fails_too_often_is_given_up_with_the_reason(build, loops):
    result = run(
        build(READER + LINES_TO_PICKY), "reader.retries=3", loops=loops,
        stdin=b"now\nnever\nlater\n", options=["--json"],
    )
    assert counter_of(summary_of(result), "reader", "given_up") == 1
    assert summary_of(result)["trees_completed"] == 2
    assert (
        "line 2 of 'standard input' is given up, failures=4: picky: I never take this"
        in result.stderr.decode()
    )


def test_an_untracked_line_is_not_emitted_again(build):
    result = run(
        build(READER + LINES_TO_PICKY), "reader.track=false", stdin=b"now\nlater\n",
        options=["--json"],
    )
    assert output_of(result)[:-1] == ["picky.lines text=now number=1"]
    assert summary_of(result)["trees_completed"] == 0


def test_a_pipe_is_waited_for_without_stopping_the_loop(build, tmp_path):
    """The writer comes when the run has begun, and writes the second line when the first is out."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = [str(GALE), "run", str(build(READER + LINES_TO_PRINT)), "--loops", "1", "--quiet"]
    settings = ["-c", f"reader.path={pipe}", "-c", "print.tick_ms=10"]
    with subprocess.Popen([*words, *settings], stdout=subprocess.PIPE) as process:
        timer = threading.Timer(TIMEOUT_S, process.kill)
        timer.start()
        with open(pipe, "wb", buffering=0) as writer:
            writer.write(b"first\nsec")
            assert process.stdout.readline() == b"reader.lines text=first number=1\n"
            writer.write(b"ond\n")
            assert process.stdout.readline() == b"reader.lines text=second number=2\n"
        assert process.stdout.read() == b""
        assert process.wait() == 0
        timer.cancel()


@pytest.mark.parametrize("tasks", [1, 3])
def test_numbers_are_shared_by_the_tasks(build, tasks):
    result = run(
        build(NUMBERS_TO_PRINT), "numbers.from=10", "numbers.to=21", f"numbers.tasks={tasks}",
        options=["--quiet"],
    )
    expected = sorted(f"numbers.numbers value={value}" for value in range(10, 21))
    assert sorted(output_of(result)) == expected


@pytest.mark.parametrize("first, end", [(5, 5), (6, 5), (2**64 - 3, 2**64 - 1)])
def test_numbers_end_where_they_should(build, first, end):
    result = run(
        build(NUMBERS_TO_PRINT), f"numbers.from={first}", f"numbers.to={end}", "numbers.tasks=2",
        options=["--quiet"],
    )
    values = [int(line.rpartition("=")[2]) for line in output_of(result)]
    assert sorted(values) == list(range(first, end))


def test_printed_lines_of_several_tasks_do_not_mix(build):
    result = run(
        build(NUMBERS_TO_PRINT), "numbers.to=20000", "print.tasks=4", "print.format=json",
        options=["--quiet"],
    )
    rows = [json.loads(line) for line in output_of(result)]
    assert sorted(row["fields"]["value"] for row in rows) == list(range(20000))


def test_an_unknown_print_format_is_an_error(build):
    result = run(build(NUMBERS_TO_PRINT), "print.format=xml")
    assert result.returncode != 0
    assert "format 'xml' is neither text nor json" in result.stderr.decode()


def test_every_kind_of_value_is_printed_and_written(build, tmp_path):
    path = tmp_path / "out"
    topology = build(KINDS_TO_BOTH)
    text, as_json = (
        run(topology, f"file.path={path}", f"print.format={form}", options=["--quiet"])
        for form in ("text", "json")
    )
    assert output_of(text) == [
        r'once.kinds yes=true below=-1 above=18446744073709551615 part=0.1'
        r' text="a\tb \"c\\\n\u0001 é\ufffd\ufffd\ufffd\ufffd" raw=007fff nothing='
    ]
    assert json.loads(output_of(as_json)[0]) == {
        "component": "once",
        "stream": "kinds",
        "fields": {
            "yes": True,
            "below": -1,
            "above": 2**64 - 1,
            "part": 0.1,
            "text": 'a\tb "c\\\n\x01 é\ufffd\ufffd\ufffd\ufffd',
            "raw": "007fff",
            "nothing": None,
        },
    }
    row = b"true\t-1\t18446744073709551615\t0.1"
    row += b"\ta\\tb \"c\\\\\\n\x01 \xc3\xa9\xff\xe0\x80\xb0\t007fff\t\\N\n"
    assert path.read_bytes() == row * 2


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_the_ready_made_components_serve_cpp_too(build):
    topology = build(CPP_TOPOLOGY, standard="c++17")
    result = run(topology, stdin=b"hello\n", options=["--quiet"])
    assert output_of(result) == ["reader.lines text=hello number=1"]
