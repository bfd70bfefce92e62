# SPDX-License-Identifier: Apache-2.0
"""The command line itself: help, mistakes, exit codes, completions, the manual page."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess

import pytest

from conftest import GALE, edited

GROUPS = {
    "keys": ["make", "add", "show"],
    "coord": ["ls", "get", "set", "create", "rm", "stat", "tree", "watch", "sessions", "serve"],
    "topic": ["create", "list", "describe", "delete", "alter"],
    "group": ["list", "describe", "reset", "delete"],
    "debug": ["sample", "log", "stacks", "profile"],
}
TOP = [
    "run", "check", "new", "up", "submit", "list", "status", "kill", "activate", "deactivate",
    "rebalance", "logs", "errors", "events", "log-level", "restart-worker", "top", "nodes", "doctor", "config", "keys", "coord", "topic", "produce", "consume", "group", "debug", "completion", "version", "help",
]
COMMANDS = [word for word in TOP if word not in GROUPS] + [
    f"{group} {word}" for group, words in GROUPS.items() for word in words
]
ESCAPE = "\x1b"

# A spout that never ends, for tests that stop it.
ENDLESS = (
    "return GALE_DONE;",
    "gale_emit(task, lines, &(struct line){.text = gale_str(\"x\")});\n    return GALE_MORE;",
)


def test_the_overview_lists_the_commands_and_no_hidden_one(gale):
    result = gale("help")
    assert result.returncode == 0
    assert result.stderr == ""
    listed = re.findall(r"^  ([\w-]+) {2,}", result.stdout.split("Commands:")[1], re.MULTILINE)
    assert [word for word in listed if word != "gale"] == TOP
    assert "__" not in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_can_be_asked_for_in_three_ways(gale, command):
    words = command.split()
    helps = [gale("help", *words), gale(*words, "--help"), gale(*words, "-h")]
    for result in helps:
        assert result.returncode == 0
        assert result.stdout == helps[0].stdout
        assert result.stderr == ""
    assert f"Usage:\n  gale {command}" in helps[0].stdout
    assert "Exit codes:" in helps[0].stdout


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_lists_its_commands(gale, group):
    helps = [gale("help", group), gale(group, "--help"), gale(group, "-h")]
    for result in helps:
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == helps[0].stdout
    listed = re.findall(r"^  ([\w-]+) {2,}", helps[0].stdout, re.MULTILINE)
    assert [word for word in listed if word != "gale"] == GROUPS[group]
    alone = gale(group)
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, "", helps[0].stdout)


def test_help_and_version_are_options_too(gale):
    assert gale("--help").stdout == gale("help").stdout
    assert gale("-h").stdout == gale("help").stdout
    assert gale("--version").stdout == gale("version").stdout


def test_no_command_shows_the_overview_as_an_error(gale):
    result = gale()
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr == gale("help").stdout


@pytest.mark.parametrize(
    "words, text",
    [
        (["runn"], "gale: unknown command 'runn'; did you mean 'run'?"),
        (["deploy"], "gale: unknown command 'deploy'; 'gale help' lists them"),
        (["--vresion"], "gale: unknown option '--vresion'; 'gale help' lists the commands"),
        (["run", "--lops"], "gale run: unknown option '--lops'; did you mean '--loops'?"),
        (["run"], "gale run: TOPOLOGY.so is missing"),
        (["run", "a.so", "b"], "gale run: unexpected argument 'b'; arguments for the topology stand after '--'"),
        (["check", "a.so", "--json=yes"], "gale check: option '--json' takes no value"),
        (["check", "a.so", "-c"], "gale check: option '--set' needs a value: --set KEY=VALUE"),
        (["help", "chekc"], "gale help: unknown command 'chekc'; did you mean 'check'?"),
        (["completion", "tcsh"], "gale completion: unknown shell 'tcsh'"),
        (["completion", "bahs"], "gale completion: unknown shell 'bahs'; did you mean 'bash'?"),
        (["ls"], "gale: unknown command 'ls'; 'gale help' lists them"),
        (["cord", "ls"], "gale: unknown command 'cord'; did you mean 'coord'?"),
        (["coord", "sesions"], "gale coord: unknown command 'coord sesions'; did you mean 'coord sessions'?"),
        (["coord", "run"], "gale coord: unknown command 'coord run'; 'gale help coord' lists them"),
        (["coord", "--json"], "gale coord: unknown option '--json'; 'gale help coord' lists the commands"),
        (["help", "coord", "sl"], "gale help: unknown command 'coord sl'; did you mean 'coord ls'?"),
        (["help", "coord", "ls", "x"], "gale help: unexpected argument 'x'"),
        (["new", "2fast"], "gale new: '2fast' is not a name"),
    ],
)
def test_wrong_usage_says_what_is_meant_and_ends_with_2(gale, words, text):
    result = gale(*words)
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith(text), result.stderr


def test_the_version_is_one_line_and_one_json_object(gale):
    assert re.fullmatch(r"gale \d+\.\d+\.\d+ \(ABI \d+\)\n", gale("version").stdout)
    version = json.loads(gale("version", "--json").stdout)
    assert version["v"] == 1
    assert f"gale {version['version']} (ABI {version['abi']})\n" == gale("version").stdout


def test_the_settings_are_listed_for_people_and_programs(gale):
    settings = json.loads(gale("config", "--json").stdout)["settings"]
    table = gale("config").stdout
    assert len(settings) == len(table.splitlines()) - 1
    for setting in settings:
        assert re.search(rf"^{re.escape(setting['key'])}  ", table, re.MULTILINE)
        assert setting["help"] and setting["type"]


def test_the_manual_page_is_clean(gale, tmp_path):
    page = gale("help", "--man").stdout
    for command in COMMANDS:
        assert f".Ss gale {command}\n" in page
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    file = tmp_path / "gale.1"
    file.write_text(page)
    lint = subprocess.run(
        ["mandoc", "-T", "lint", str(file)], capture_output=True, text=True, check=False
    )
    assert lint.stdout == ""


# ---- completions ----


def complete_in_bash(*words):
    """What bash offers for the last word."""
    script = f"""
        compopt() {{ :; }}
        eval "$({GALE} completion bash)"
        COMP_WORDS=({' '.join(f"'{word}'" for word in words)})
        COMP_CWORD={len(words) - 1}
        _gale
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    result = subprocess.run(
        ["bash", "-uc", script], capture_output=True, text=True, timeout=60, check=True
    )
    return result.stdout.split()


def test_bash_completes_commands_options_and_values(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.so").touch()
    (tmp_path / "x.c").touch()
    assert complete_in_bash("gale", "") == [*TOP, "--help", "--version"]
    assert complete_in_bash("gale", "ch") == ["check"]
    assert complete_in_bash("gale", "run", "--in") == ["--inactive"]
    assert complete_in_bash("gale", "run", "x") == ["x.so"]
    assert sorted(complete_in_bash("gale", "run", "--config", "x.")) == ["x.c", "x.so"]
    assert complete_in_bash("gale", "run", "-c", "topology.ack") == ["topology.acking="]
    assert complete_in_bash("gale", "completion", "") == ["bash", "zsh", "fish"]
    assert complete_in_bash("gale", "help", "ver") == ["version"]
    assert complete_in_bash("gale", "help", "") == TOP
    assert complete_in_bash("gale", "help", "coord", "s") == ["set", "stat", "sessions", "serve"]
    assert complete_in_bash("gale", "help", "run", "") == []
    assert complete_in_bash("gale", "coord", "") == GROUPS["coord"]
    assert complete_in_bash("gale", "coord", "wa") == ["watch"]
    offered = complete_in_bash("gale", "coord", "set", "/a", "--file", "x.")
    assert sorted(offered) == ["x.c", "x.so"]


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_completes_every_option_of_every_command(gale, command):
    words = command.split()
    help_text = gale("help", *words).stdout
    options = set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", help_text, re.MULTILINE))
    assert options
    assert set(complete_in_bash("gale", *words, "--")) == options


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_parse(gale, shell, tmp_path):
    script = gale("completion", shell).stdout
    assert "gale" in script
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(script)
    subprocess.run([shell, "-n", str(file)], check=True, timeout=60)


# ---- terminals ----


def every_kind_of_output(sample):
    return [
        ["help"],
        ["help", "--man"],
        *(["help", *command.split()] for command in COMMANDS),
        ["config"],
        ["version"],
        ["completion", "bash"],
        ["check", sample],
        ["check", "missing.so"],
        ["run", sample, "--progress"],
        ["run", "--lops"],
    ]


def test_nothing_is_coloured_when_it_is_piped(gale, sample):
    for words in every_kind_of_output(sample):
        result = gale(*words)
        assert ESCAPE not in result.stdout + result.stderr, words


def on_terminal(*words, env, stop_at=None):
    """What a terminal gets to see. The program is interrupted when `stop_at` has been seen."""
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [str(GALE), *map(str, words)],
        stdout=terminal,
        stderr=terminal,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **env},
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(main, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
        if stop_at is not None and stop_at.encode() in shown:
            process.send_signal(signal.SIGINT)
            stop_at = None
    os.close(main)
    process.wait(timeout=60)
    return shown.decode()


def test_a_terminal_is_coloured_unless_it_must_not_be(sample):
    assert ESCAPE in on_terminal("help", "run", env={"TERM": "xterm", "NO_COLOR": ""})
    assert ESCAPE in on_terminal("check", sample, env={"TERM": "xterm", "NO_COLOR": ""})
    assert ESCAPE in on_terminal("run", "--lops", env={"TERM": "xterm", "NO_COLOR": ""})
    assert ESCAPE not in on_terminal("help", "run", env={"TERM": "xterm", "NO_COLOR": "1"})
    assert ESCAPE not in on_terminal("help", "run", env={"TERM": "dumb", "NO_COLOR": ""})


def test_progress_on_a_terminal_is_one_line_that_is_redrawn(compile_so):
    so_file = compile_so(edited(ENDLESS))
    shown = on_terminal("run", so_file, env={"TERM": "xterm", "NO_COLOR": "1"}, stop_at=" open\r")
    progress, summary = shown.split("sample: ")
    line = r"\x1b\[K[\d.]+ m?s  [\d,]+ tuples/s  trees: [\d,]+ done, 0 failed, [\d,]+ open\r"
    stopping = r"\x1b\[Kgale run: stopping; open trees have 10 s to finish, .*\r\n"
    assert re.fullmatch(rf"({line})+{stopping}\x1b\[K", progress), progress
    assert ESCAPE not in summary


def test_a_full_disk_is_an_error():
    with open("/dev/full", "w", encoding="utf-8") as full:
        result = subprocess.run(
            [str(GALE), "help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 1
    assert "cannot write to standard output" in result.stderr


# ---- running ----


def test_a_run_that_is_done_ends_with_0_and_a_summary(gale, sample):
    result = gale("run", sample)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("sample: ")
    assert re.search(r"^reader +1 ", result.stderr, re.MULTILINE)
    assert re.search(r"^writer +2 ", result.stderr, re.MULTILINE)


def test_quiet_is_quiet(gale, sample):
    result = gale("run", "--quiet", sample)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_the_summary_is_the_last_line_of_json_output(gale, compile_so):
    source = edited(
        ("#include <gale/gale.h>", "#include <gale/gale.h>\n#include <stdio.h>"),
        ("return GALE_DONE;", 'puts("said by the topology");\n    return GALE_DONE;'),
    )
    result = gale("run", "--json", "--quiet", compile_so(source))
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "said by the topology"
    summary = json.loads(lines[-1])
    assert summary["topology"] == "sample"
    assert [component["name"] for component in summary["components"]] == ["reader", "writer"]


def test_arguments_reach_the_tasks(gale, compile_so):
    source = edited(
        ("#include <gale/gale.h>", "#include <gale/gale.h>\n#include <stdio.h>"),
        (
            "return GALE_DONE;",
            'printf("%u %s %s\\n", gale_arg_count(task), gale_arg(task, 0), gale_arg(task, 1));\n'
            "    return GALE_DONE;",
        ),
    )
    result = gale("run", compile_so(source), "--quiet", "--", "--json", "b c")
    assert result.stdout == "2 --json b c\n", result.stderr


def test_a_task_that_cannot_open_ends_the_run_with_1(gale, compile_so):
    source = edited(
        (
            "static enum gale_verdict writer_execute",
            "static enum gale_err writer_open(void *self, struct gale_task *task)\n"
            "{\n"
            "    (void)self;\n"
            '    return gale_error(task, "no ink in %s", "the pen");\n'
            "}\n"
            "\n"
            "static enum gale_verdict writer_execute",
        ),
        ("{.execute = writer_execute}", "{.open = writer_open, .execute = writer_execute}"),
    )
    result = gale("run", compile_so(source))
    assert result.returncode == 1
    assert "gale run: " in result.stderr
    assert "writer" in result.stderr
    assert "no ink in the pen" in result.stderr


@pytest.fixture
def endless(compile_so):
    """A run that does not end by itself and says when it has begun."""
    source = edited(
        ("#include <gale/gale.h>", "#include <gale/gale.h>\n#include <stdio.h>"),
        ENDLESS,
        (
            "static enum gale_next reader_next",
            "static void reader_activate(void *self, struct gale_task *task)\n"
            "{\n"
            "    (void)self;\n"
            "    (void)task;\n"
            '    puts("active");\n'
            "    fflush(stdout);\n"
            "}\n"
            "\n"
            "static void reader_deactivate(void *self, struct gale_task *task)\n"
            "{\n"
            "    (void)self;\n"
            "    (void)task;\n"
            '    puts("inactive");\n'
            "    fflush(stdout);\n"
            "}\n"
            "\n"
            "static enum gale_next reader_next",
        ),
        (
            "{.next = reader_next}",
            "{.next = reader_next,\n"
            "              .activate = reader_activate,\n"
            "              .deactivate = reader_deactivate}",
        ),
    )
    so_file = compile_so(source)
    processes = []

    def start(*options):
        process = subprocess.Popen(
            [str(GALE), "run", str(so_file), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_can_be_stopped(endless, number):
    process = endless()
    assert process.stdout.readline() == "active\n"
    process.send_signal(number)
    _, messages = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "sample: " in messages


def test_spouts_can_be_deactivated_and_activated(endless):
    process = endless()
    assert process.stdout.readline() == "active\n"
    process.send_signal(signal.SIGUSR1)
    assert process.stdout.readline() == "inactive\n"
    process.send_signal(signal.SIGUSR2)
    assert process.stdout.readline() == "active\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 130


def test_progress_is_a_line_each_second(endless):
    process = endless("--progress")
    line = process.stderr.readline()
    assert re.match(r"[\d.]+ m?s  [\d,]+ tuples/s  trees: ", line), line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
