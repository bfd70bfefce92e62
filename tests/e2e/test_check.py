# SPDX-License-Identifier: Apache-2.0
"""Whatever is given to `gale check` and `gale run`, it becomes a plan or one clear error."""

import json
import os
import re
import resource
import struct
import subprocess

import pytest

from conftest import BUILD, GALE, SOURCE, TIMEOUT_S, edited

ABI = 0x47414C4500000001
NOT_A_TOPOLOGY = "int nothing_here;\n"


def expect_refused(result, *texts, code=8):
    """One line that begins with who says it and holds each text; nothing on standard output."""
    assert result.returncode == code, result.stderr
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert re.match(r"gale (check|run): ", lines[0])
    for text in texts:
        assert text in lines[0]


# ---- a good one ----


def test_a_plan_is_shown(gale, sample):
    result = gale("check", sample)
    assert result.returncode == 0
    assert result.stderr == ""
    assert result.stdout.startswith("sample: 2 components, 3 tasks\n")
    assert re.search(r"^reader +1 +1 +spout +lines\(text str\)$", result.stdout, re.MULTILINE)
    assert re.search(r"^writer +reader\.lines +shuffle$", result.stdout, re.MULTILINE)
    assert re.search(r"^reader\.path +in\.txt +topology +what to read$", result.stdout, re.MULTILINE)


def run_within(change, *words):
    """Runs the program in a process that was changed just before; returns its exit code."""
    return subprocess.run(list(map(str, [GALE, *words])), preexec_fn=change, timeout=TIMEOUT_S,
                          check=False).returncode


def test_closed_standard_streams_are_nothing_special(sample):
    assert run_within(lambda: os.closerange(0, 3), "run", sample) == 0


def test_a_few_descriptors_are_enough(sample):
    def allow_few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

    assert run_within(allow_few, "check", sample) == 0
    assert run_within(allow_few, "run", sample) == 0


def test_a_plan_is_json_for_programs(gale, sample):
    plan = json.loads(gale("check", "--json", sample).stdout)
    assert plan["name"] == "sample"
    assert [component["name"] for component in plan["components"]] == ["reader", "writer"]
    changed = json.loads(gale("check", "--json", sample, "-c", "writer.tasks=7").stdout)
    assert changed["components"][1]["tasks"] == 7


def test_a_bare_file_name_is_looked_for_here(gale, sample):
    assert gale("check", sample.name, cwd=sample.parent).returncode == 0
    assert gale("run", sample.name, cwd=sample.parent).returncode == 0


def test_what_a_constructor_prints_does_not_mix_with_the_plan(gale, compile_so):
    source = SOURCE + (
        "#include <stdio.h>\n"
        '__attribute__((constructor)) static void hello(void) { puts("hello"); fflush(stdout); }\n'
    )
    result = gale("check", "--json", compile_so(source))
    assert result.returncode == 0
    assert json.loads(result.stdout)["name"] == "sample"
    assert result.stderr == "hello\n"


# ---- files that are none ----


def test_a_file_that_is_not_there(gale, tmp_path):
    expect_refused(gale("check", tmp_path / "no.so"), "cannot open", "No such file or directory")
    expect_refused(gale("run", tmp_path / "no.so"), "cannot open", "No such file or directory")


def test_a_folder(gale, tmp_path):
    expect_refused(gale("check", tmp_path), "is a directory")


def test_a_pipe(gale, tmp_path):
    os.mkfifo(tmp_path / "x.so")
    expect_refused(gale("check", tmp_path / "x.so"), "is not a regular file")


def test_an_empty_file(gale, tmp_path):
    file = tmp_path / "x.so"
    file.touch()
    expect_refused(gale("check", file), "is empty")


@pytest.mark.parametrize("name, text", [("x.so", "not a shared object"), ("x.c", "compile it first")])
def test_a_text(gale, tmp_path, name, text):
    file = tmp_path / name
    file.write_text(SOURCE)
    expect_refused(gale("check", file), "not a shared object", text, "cc -shared -fPIC")


def test_an_object_file(gale, compile_so):
    expect_refused(gale("check", compile_so(SOURCE, "-c", "-r")), "object file", "-shared")


def test_a_program(gale):
    expect_refused(gale("check", BUILD / "bin" / "gale"), "cannot open", "executable")


# ---- damaged files ----


def test_every_truncation_is_refused(gale, sample, tmp_path):
    whole = sample.read_bytes()
    file = tmp_path / "cut.so"
    for size in [1, 3, 4, 17, 63, 64, 500, 4096, len(whole) // 2, len(whole) - 1]:
        file.write_bytes(whole[:size])
        expect_refused(gale("check", file), "cut short" if size >= 4 else "not a shared object")


def test_another_machine(gale, sample, tmp_path):
    whole = bytearray(sample.read_bytes())
    other = 0xB7 if struct.unpack_from("<H", whole, 18)[0] != 0xB7 else 0x3E
    struct.pack_into("<H", whole, 18, other)
    file = tmp_path / "other.so"
    file.write_bytes(whole)
    expect_refused(gale("check", file), "was built for " + ("arm64" if other == 0xB7 else "x86-64"))


def test_another_word_size(gale, sample, tmp_path):
    whole = bytearray(sample.read_bytes())
    whole[4] = 1
    file = tmp_path / "other.so"
    file.write_bytes(whole)
    expect_refused(gale("check", file), "word size")


# ---- shared objects that are no topologies ----


def test_no_symbol(gale, compile_so):
    expect_refused(gale("check", compile_so(NOT_A_TOPOLOGY)), "exports no 'gale_topology'")


def test_a_hidden_symbol(gale, compile_so):
    source = NOT_A_TOPOLOGY + "static int gale_topology; int *f(void) { return &gale_topology; }\n"
    expect_refused(gale("check", compile_so(source)), "exports no 'gale_topology'")


def test_a_function_of_that_name(gale, compile_so):
    expect_refused(gale("check", compile_so("void gale_topology(void) {}\n")), "is not a struct")


def test_something_short_of_that_name(gale, compile_so):
    expect_refused(gale("check", compile_so("char gale_topology = 1;\n")), "is not a struct")
    source = f"unsigned long long gale_topology = {ABI:#x}ull;\n"
    expect_refused(gale("check", compile_so(source)), "has 8 bytes instead of")


def test_another_abi(gale, compile_so):
    expect_refused(
        gale("check", compile_so(edited((".abi = GALE_ABI", ".abi = GALE_ABI + 1")))),
        "was built for ABI 2",
        "this gale has ABI 1",
    )


@pytest.mark.parametrize("abi", ["0", "0xdeadbeef00000001ull", "1"])
def test_no_abi(gale, compile_so, abi):
    source = edited((".abi = GALE_ABI", f".abi = {abi}"))
    expect_refused(gale("check", compile_so(source)), ".abi = GALE_ABI")


def test_an_undefined_symbol(gale, compile_so):
    source = edited(
        ("#include <gale/gale.h>", "#include <gale/gale.h>\nvoid elsewhere(void);"),
        ("return GALE_DONE;", "elsewhere();\n    return GALE_DONE;"),
    )
    expect_refused(gale("check", compile_so(source)), "undefined symbol: elsewhere")


# ---- code that misbehaves when it is opened ----


def constructor(body):
    return (
        "#include <signal.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
        + SOURCE
        + "__attribute__((constructor)) static void start(void)\n{\n    "
        + body
        + "\n}\n"
    )


@pytest.mark.parametrize(
    "body, name",
    [
        ("*(volatile int *)0 = 1;", "SIGSEGV"),
        ("abort();", "SIGABRT"),
        ("raise(SIGILL);", "SIGILL"),
        ("raise(SIGFPE);", "SIGFPE"),
    ],
)
def test_a_constructor_that_crashes(gale, compile_so, body, name):
    result = gale("check", compile_so(constructor(body)))
    expect_refused(result, "crashed while it was opened", name, "gdb --args gale __describe")


@pytest.mark.parametrize("body", ["for (;;)\n        pause();", "for (volatile int i = 0;; i++)\n        ;"])
def test_a_constructor_that_hangs(gale, compile_so, body):
    result = gale("check", compile_so(constructor(body)), env={"GALE_CHECK_TIMEOUT_MS": "300"})
    expect_refused(result, "was not open after 0.3 s", "constructors")


@pytest.mark.parametrize("body, status", [("exit(0);", 0), ("_exit(0);", 0), ("exit(3);", 3)])
def test_a_constructor_that_exits(gale, compile_so, body, status):
    result = gale("check", compile_so(constructor(body)))
    expect_refused(result, "ended the program while it was opened", f"exit status {status}")


def test_a_constructor_that_writes_into_the_answer(gale, compile_so):
    body = 'for (int file = 3; file < 1024; file++)\n        (void)!write(file, "garbage", 7);'
    expect_refused(gale("check", compile_so(constructor(body))), "wrote into the answer")


def test_a_constructor_that_writes_without_end(gale, compile_so):
    body = (
        "static char bytes[65536];\n    for (;;)\n        for (int file = 3; file < 1024; file++)\n"
        "            (void)!write(file, bytes, sizeof bytes);"
    )
    expect_refused(gale("check", compile_so(constructor(body))), "more than 4194304 bytes")


def test_a_constructor_that_closes_everything_and_hangs(gale, compile_so):
    body = "for (int file = 3; file < 1024; file++)\n        close(file);\n    for (;;)\n        pause();"
    result = gale("check", compile_so(constructor(body)), env={"GALE_CHECK_TIMEOUT_MS": "300"})
    expect_refused(result, "was not open after 0.3 s")


def test_a_process_that_a_constructor_leaves_behind_holds_nobody_up(gale, compile_so):
    body = "if (fork() == 0)\n        for (;;)\n            pause();"
    result = gale("check", compile_so(constructor(body)))
    assert result.returncode == 0, result.stderr


def test_no_more_memory_than_allowed(gale, compile_so):
    body = (
        "for (;;) {\n        char *bytes = malloc(64 << 20);\n        if (bytes == NULL)\n"
        "            _exit(7);\n        bytes[0] = 1;\n    }"
    )
    if "-fsanitize" in os.environ.get("GALE_C_FLAGS", ""):
        pytest.skip("sanitizers need more memory than any limit allows")
    expect_refused(gale("check", compile_so(constructor(body))), "exit status 7")


# ---- tables that are wrong ----


def test_a_wild_pointer_in_the_table(gale, compile_so):
    source = edited((".components = {&reader, &writer}", ".components = {&reader, (const void *)8}"))
    expect_refused(
        gale("check", compile_so(source)), "crashed while its 'gale_topology' was read", "SIGSEGV"
    )


@pytest.mark.parametrize(
    "old, new, texts",
    [
        ('.name = "reader"', '.name = "rea der"', ["rea der"]),
        ('.name = "reader"', '.name = "__reader"', ["__reader"]),
        ('.name = "writer"', '.name = "reader"', ["reader"]),
        ('.name = "sample"', '.name = ""', []),
        ('.name = "sample"', f'.name = "{"x" * 65}"', ["64"]),
        (".tasks = 2", ".tasks = 100000", ["writer", "16384"]),
        (".tasks = 2", ".tasks = 2, .executors = 3", ["writer", "executors"]),
        (".components = {&reader, &writer}", ".components = {&writer}", ["writer"]),
        (".components = {&reader, &writer}", ".components = {0}", ["sample", "no components"]),
        (".by = GALE_SHUFFLE", ".by = GALE_FIELDS", ["writer", "key"]),
        (
            ".by = GALE_SHUFFLE",
            ".by = GALE_FIELDS, .keys = {{.name = \"txt\", .kind = GALE_KIND_STR}}",
            ["txt", "text"],
        ),
        (".by = GALE_SHUFFLE", ".by = GALE_DIRECT", ["direct"]),
        (".by = GALE_SHUFFLE", ".by = (enum gale_grouping)77", ["writer"]),
        (".by = GALE_SHUFFLE", ".by = GALE_CUSTOM", ["choose"]),
        (".from = &reader", ".from = &writer", ["writer"]),
        ("{.next = reader_next}", "{.size = 8}", ["reader", "next"]),
        ("{.execute = writer_execute}", "{.size = 8}", ["writer", "execute"]),
        ('.key = "path"', '.key = "pa th"', ["pa th"]),
        (".emits = {&lines.stream},", "", ["lines"]),
    ],
)
def test_a_wrong_graph_is_refused_by_name(gale, compile_so, old, new, texts):
    expect_refused(gale("check", compile_so(edited((old, new)))), *texts)


def test_run_refuses_what_check_refuses(gale, compile_so):
    source = edited((".tasks = 2", ".tasks = 2, .executors = 3"))
    expect_refused(gale("run", compile_so(source)), "writer", "executors")
