# SPDX-License-Identifier: Apache-2.0
"""A crash of user code is reported with component, task, source line, and ends as it would have."""

import platform
import re
import shutil
import signal
import subprocess

import pytest

from conftest import GALE, TIMEOUT_S, edited

HELPERS = """
#include <signal.h>
#include <stdlib.h>

static volatile int zero;

__attribute__((noinline)) static void break_it(void)
{
    %s
}
"""

WAYS = {
    "segfault": ("*(volatile int *)8 = 1;", signal.SIGSEGV, "invalid memory reference at 0x8"),
    "abort": ("abort();", signal.SIGABRT, "abort() was called"),
    "division": ("zero = 7 / zero;", signal.SIGFPE, "integer division by zero"),
    "illegal": ("raise(SIGILL);", signal.SIGILL, "sent by a process"),
    "wild call": ("((void (*)(void))(intptr_t)zero)();", signal.SIGSEGV, "reference at 0x0"),
}


def line_of(source, text):
    return source[: source.index(text)].count("\n") + 1


def crashing(way, place):
    """A topology that crashes in `place`, and where break_it() is and is called."""
    body, _, _ = WAYS[way]
    emit = 'gale_emit(task, lines, &(struct line){.text = gale_str("x")});\n    '
    edits = [("GALE_STREAM(", HELPERS % body + "\nGALE_STREAM(")]
    if place == "next":
        edits.append(("    return GALE_DONE;", "    break_it();\n    return GALE_DONE;"))
    if place == "execute":
        edits.append(("return GALE_DONE;", emit + "return GALE_DONE;"))
        edits.append(("    return GALE_ACK;", "    break_it();\n    return GALE_ACK;"))
    if place == "open":
        opening = (
            "static enum gale_err writer_open(void *self, struct gale_task *task)\n{\n"
            "    (void)self;\n    if (gale_task_index(task) == 1)\n        break_it();\n"
            "    return GALE_OK;\n}\n\nstatic enum gale_verdict writer_execute"
        )
        edits.append(("static enum gale_verdict writer_execute", opening))
        edits.append(("{.execute =", "{.open = writer_open, .execute ="))
    return edited(*edits)


def expect_report(result, way, place, source):
    body, number, reason = WAYS[way]
    component = "reader" if place == "next" else "writer"
    lines = result.stderr.splitlines()
    assert result.returncode == -number, result.stderr
    first = next(i for i, line in enumerate(lines) if line.startswith("gale: component"))
    task = "1" if place == "open" else r"\d"
    head = (
        rf"gale: component '{component}' task {task} crashed in {place}: "
        rf"{number.name} \(.*{re.escape(reason)}\)"
    )
    assert re.fullmatch(head, lines[first]), lines[first]
    report = "\n".join(lines[first:])
    at = line_of(source, "    " + body)
    assert f"  at break_it (x.c:{at})\n" in report, report
    assert re.search(rf"  at {component}_{place} \(x\.c:\d+\)\n  \(gale runtime\)\n", report), report
    assert lines[-1].startswith("remedy: see it happen with: gdb --args ")
    assert lines[-1].endswith("x.so --loops 1")


@pytest.mark.parametrize("place", ["open", "next", "execute"])
@pytest.mark.parametrize("flags", ["-O0", "-O2"])
@pytest.mark.parametrize("way", ["segfault", "abort", "division"])
def test_a_crash_is_reported_with_its_place(gale, compile_so, way, place, flags):
    if way == "division" and platform.machine() not in ("x86_64", "i686"):
        pytest.skip("division by zero has a result on this machine")
    source = crashing(way, place)
    result = gale("run", compile_so(source, flags), "--loops", "1")
    expect_report(result, way, place, source)


@pytest.mark.parametrize("way", ["illegal", "wild call"])
def test_other_ways_to_crash(gale, compile_so, way):
    source = crashing(way, "execute")
    result = gale("run", compile_so(source, "-O0"), "--loops", "1")
    assert result.returncode == -WAYS[way][1], result.stderr
    assert "component 'writer' task" in result.stderr
    assert WAYS[way][2] in result.stderr
    assert re.search(r"  at break_it \(x\.c:\d+\)\n", result.stderr), result.stderr


def test_inlined_functions_have_their_own_lines(gale, compile_so):
    source = crashing("segfault", "execute").replace(
        "__attribute__((noinline)) static", "__attribute__((always_inline)) static inline"
    )
    result = gale("run", compile_so(source, "-O2"), "--loops", "1")
    expect_report(result, "segfault", "execute", source)


def test_a_stack_overflow_is_called_by_its_name(gale, compile_so):
    recursion = (
        "static int descend(int depth)\n{\n    volatile char bytes[512];\n\n"
        "    bytes[0] = (char)depth;\n    return descend(depth + 1) + bytes[0];\n}\n\nGALE_STREAM("
    )
    source = edited(
        ("GALE_STREAM(", recursion),
        ("return GALE_DONE;", "return descend(0) == 0 ? GALE_MORE : GALE_DONE;"),
    )
    result = gale("run", compile_so(source, "-O0"))
    assert result.returncode == -signal.SIGSEGV, result.stderr
    assert "component 'reader' task 0 crashed in next: SIGSEGV (stack overflow" in result.stderr
    assert re.search(r"  at descend \(x\.c:\d+\)\n  \.\.\. \d+ times more\n", result.stderr)


def test_a_stack_that_was_overwritten_still_gives_the_place(gale, compile_so):
    helper = (
        "static __attribute__((noinline)) void fill(volatile char *bytes, int count)\n{\n"
        "    for (int i = 0; i < count; i++)\n        bytes[i] = 'A';\n}\n\n"
        "static __attribute__((noinline)) int overflow(int count)\n{\n    char bytes[16];\n\n"
        "    fill(bytes, count);\n    return bytes[3];\n}\n\nGALE_STREAM("
    )
    source = edited(
        ("GALE_STREAM(", helper),
        ("return GALE_DONE;", "return overflow(400) == 0 ? GALE_MORE : GALE_DONE;"),
    )
    result = gale("run", compile_so(source, "-O0", "-fno-stack-protector"))
    assert result.returncode == -signal.SIGSEGV, result.stderr
    assert "component 'reader' task 0 crashed in next: SIGSEGV" in result.stderr
    assert re.search(r"  at overflow \(x\.c:\d+\)\n", result.stderr), result.stderr


def test_a_debugger_stops_in_the_code_of_the_user(sample):
    if shutil.which("gdb") is None:
        pytest.skip("gdb is not installed")
    commands = ["set breakpoint pending on", "break reader_next", "run", "backtrace", "kill"]
    words = [word for command in commands for word in ("-ex", command)]
    result = subprocess.run(
        ["gdb", "-nx", "-batch", *words, "--args", str(GALE), "run", str(sample)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert re.search(r"^#0 +reader_next \(", result.stdout, re.MULTILINE), result.stdout


def test_without_debug_information_the_module_and_offset_are_named(gale, compile_so):
    source = crashing("segfault", "execute")
    so_file = compile_so(source, "-g0", "-O0")
    result = gale("run", so_file, "--loops", "1")
    assert result.returncode == -signal.SIGSEGV, result.stderr
    assert re.search(r"  at \S+ \(x\.so\+0x[0-9a-f]+\)\n", result.stderr), result.stderr


def test_a_crash_of_code_that_the_topology_calls_names_the_caller(gale, compile_so):
    source = edited(
        ("return GALE_DONE;", "return strlen((const char *)8) > 0 ? GALE_DONE : GALE_MORE;")
    )
    result = gale("run", compile_so(source, "-O0", "-fno-builtin"))
    assert result.returncode == -signal.SIGSEGV, result.stderr
    assert re.search(r"  at reader_next \(x\.c:\d+\)\n  \(gale runtime\)\n", result.stderr)
