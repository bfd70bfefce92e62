# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the built program, and topologies made from C on the spot.

GALE_BUILD names the build folder, GALE_CC the compiler for topologies, GALE_C_FLAGS the flags that
the build itself was made with (its sanitizers).
"""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("GALE_BUILD", ROOT / "build" / "dev"))
GALE = BUILD / "bin" / "gale"
CC = os.environ.get("GALE_CC", "cc")
C_FLAGS = os.environ.get("GALE_C_FLAGS", "").split()
TIMEOUT_S = 60  # of a program that hangs

# For tests in which our own programs are clients of a log.
uses_librdkafka = pytest.mark.skipif(
    "-fsanitize=thread" in C_FLAGS,
    reason="librdkafka has threads of C11, which gcc's ThreadSanitizer does not follow",
)

# A topology of one spout that is done at once and one bolt, for tests that break one thing of it.
SOURCE = """
#include <gale/gale.h>

struct line {
    struct gale_str text;
};

GALE_STREAM(lines, struct line, GALE_FIELD(struct line, text));

static enum gale_next reader_next(void *self, struct gale_task *task)
{
    (void)self;
    (void)task;
    return GALE_DONE;
}

static enum gale_verdict writer_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)self;
    (void)task;
    (void)tuple;
    return GALE_ACK;
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = {.next = reader_next},
    .emits = {&lines.stream},
    .settings = {{.key = "path", .value = "in.txt", .help = "what to read"}},
};

static const struct gale_component writer = {
    .name = "writer",
    .tasks = 2,
    .bolt = {.execute = writer_execute},
    .inputs = {{.from = &reader, .stream = &lines.stream, .by = GALE_SHUFFLE}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "sample",
    .components = {&reader, &writer},
};
"""


def run_gale(*words, env=None, cwd=None, stdin=""):
    """Runs the program to its end; stdout and stderr are texts."""
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    return subprocess.run(
        [str(GALE), *map(str, words)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        env=environment,
        cwd=cwd,
        check=False,
    )


def edited(*edits):
    """SOURCE with texts replaced, each of which must be there."""
    source = SOURCE
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new, 1)
    return source


@pytest.fixture(scope="session")
def gale():
    return run_gale


@pytest.fixture
def compile_so(tmp_path):
    """compile_so(source, *flags, name="x") makes a .so of C."""

    def compile_source(source, *flags, name="x"):
        c_file = tmp_path / f"{name}.c"
        so_file = tmp_path / f"{name}.so"
        c_file.write_text(source)
        headers = ROOT / "sdk" / "include"
        command = [CC, "-shared", "-fPIC", "-g", f"-I{headers}", *flags, c_file, "-o", so_file]
        subprocess.run(list(map(str, command)), check=True, timeout=TIMEOUT_S)
        return so_file

    return compile_source


@pytest.fixture
def sample(compile_so):
    """The .so of SOURCE as it is."""
    return compile_so(SOURCE, name="sample")
