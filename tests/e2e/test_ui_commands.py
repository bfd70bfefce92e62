# SPDX-License-Identifier: Apache-2.0
"""The commands that the page shows are commands of `gale`: those of its dialogs are run, and those that its texts name
are looked up in the help."""

import json
import re
import shlex
import subprocess

import pytest

from conftest import ROOT, TIMEOUT_S, run_gale
from page_packages import install_packages, node

SOURCES = ROOT / "ui" / "page" / "src"
NOBODY = "127.0.0.1:1"
NO_SERVER = 3  # exit codes of gale: it was understood, and nobody answered
WRONG_USAGE = 2


@pytest.fixture(scope="module")
def shown():
    """What the dialogs show."""
    install_packages()
    run = subprocess.run(
        [node(), ROOT / "tests" / "ui" / "commands.mjs"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def nowhere(words):
    """The options that send a command to where nobody listens."""
    return ["--brokers" if words[0] == "group" else "--nimbus", NOBODY, "--timeout", "1"]


def test_the_commands_of_dialogs_are_understood(shown):
    assert len(shown) > 15
    for line in shown:
        program, *words = shlex.split(line)
        assert program == "gale"
        result = run_gale(*words, *nowhere(words))
        assert result.returncode == NO_SERVER, f"{line}: {result.returncode}\n{result.stderr}"


def test_a_command_that_is_none_is_not_taken_for_one(shown):
    _, *words = shlex.split(shown[0])
    assert run_gale(*words, "--no-such-option", *nowhere(words)).returncode == WRONG_USAGE


def named():
    """Commands in texts of the page, with the options that they are shown with."""
    found = set()
    for file in sorted(SOURCES.rglob("*.ts*")):
        if file.name == "commands.ts":
            continue
        for words, rest in re.findall(r"\bgale ([a-z][a-z-]*(?: [a-z][a-z-]*)*)([^<\"`]*)", file.read_text(encoding="utf-8")):
            found.add((words, tuple(re.findall(r"--[a-z-]+", rest))))
    return sorted(found)


def test_the_commands_that_texts_name_exist():
    commands = named()
    assert len(commands) > 5
    for words, options in commands:
        usage = run_gale(*words.split(), "--help")
        assert usage.returncode == 0, f"gale {words}: {usage.stderr}"
        for option in options:
            assert re.search(rf"{option}\b", usage.stdout), f"gale {words} has no {option}"
