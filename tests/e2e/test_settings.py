# SPDX-License-Identifier: Apache-2.0
"""Settings: where they come from, which one wins, and what is said of a wrong one."""

import json
import re

import pytest

from conftest import edited


@pytest.fixture
def settle(gale, sample, tmp_path):
    """settle(yaml, *options) checks the sample with a file of settings, if there is one."""

    def check(yaml, *options):
        words = ["check", sample, *options]
        if yaml is not None:
            (tmp_path / "my.yaml").write_text(yaml)
            words += ["--config", "my.yaml"]
        return gale(*words, cwd=tmp_path)

    return check


def row_of(result, key):
    """Value and origin of a setting that the plan shows; None if it does not."""
    assert result.returncode == 0, result.stderr
    found = re.search(rf"^{re.escape(key)} +(\S+) +(\S+)", result.stdout, re.MULTILINE)
    return found and found.groups()


def expect_refused(result, text):
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith(f"gale check: {text}"), result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_defaults_are_not_shown(settle):
    assert row_of(settle(None), "topology.acking") is None


def test_each_origin_is_shown(settle):
    yaml = "topology:\n  acking: false\nwriter.tasks: 3\n"
    result = settle(yaml, "-c", "worker.loops=2")
    assert row_of(result, "reader.path") == ("in.txt", "topology")
    assert row_of(result, "topology.acking") == ("false", "my.yaml:2:11")
    assert row_of(result, "writer.tasks") == ("3", "my.yaml:3:15")
    assert row_of(result, "worker.loops") == ("2", "-c")


def test_the_command_line_beats_the_file_and_the_file_the_topology(settle):
    assert row_of(settle("reader.path: a\n"), "reader.path") == ("a", "my.yaml:1:14")
    assert row_of(settle("reader.path: a\n", "-c", "reader.path=b"), "reader.path") == ("b", "-c")


def test_a_later_option_beats_an_earlier_one(settle):
    result = settle(None, "-c", "reader.path=a", "-c", "reader.path=b")
    assert row_of(result, "reader.path") == ("b", "-c")


def test_loops_is_short_for_a_setting(gale, sample):
    result = gale("run", sample, "--loops", "2", "--json", "--quiet")
    assert json.loads(result.stdout)["loops"] <= 2
    result = gale("run", sample, "--loops", "x")
    assert result.returncode == 2
    assert "--loops: setting 'worker.loops' is 'x'" in result.stderr


@pytest.mark.parametrize(
    "line, text",
    [
        ("reader.pth=x", "-c: unknown setting 'reader.pth'; did you mean 'reader.path'?"),
        ("topology.ackin=true", "-c: unknown setting 'topology.ackin'; did you mean 'topology.acking'?"),
        ("reder.tasks=2", "-c: unknown setting 'reder.tasks'; did you mean 'reader.tasks'?"),
        ("topology.acking=maybe", "-c: setting 'topology.acking' is 'maybe', but must be true or false"),
        ("writer.tasks=0", "-c: setting 'writer.tasks' is '0', but must be a whole number from 1"),
        ("writer.tasks=two", "-c: setting 'writer.tasks' is 'two', but must be a whole number"),
        ("worker.loops=65", "-c: setting 'worker.loops' is '65', but must be a whole number from 0 to 64"),
        ("topology.link.bytes=1TB", "-c: setting 'topology.link.bytes' is '1TB'"),
        ("nonsense", "-c: "),
        ("=x", "-c: "),
        ("a b=x", "-c: "),
    ],
)
def test_a_wrong_line_is_refused(settle, line, text):
    expect_refused(settle(None, "-c", line), text)


@pytest.mark.parametrize(
    "yaml, text",
    [
        ("topology:\n  ackin: true\n", "my.yaml:2:"),
        ("writer:\n  tasks: many\n", "my.yaml:2:10: setting 'writer.tasks' is 'many'"),
        ("writer.tasks: 2\nwriter:\n  tasks: 3\n", "my.yaml:3:"),
        ("a: [1, 2\n", "my.yaml:2:"),
        ("writer:\n\ttasks: 2\n", "my.yaml:2:"),
        ("writer: &x\n  tasks: 2\n", "my.yaml:1:"),
        ("- 1\n", "my.yaml:1:"),
        ("writer.tasks:\n", "my.yaml:1:"),
        ("---\nworker.loops: 1\n---\nworker.loops: 2\n", "my.yaml:3:"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(settle, yaml, text):
    expect_refused(settle(yaml), text)


def test_an_empty_file_is_no_settings(settle):
    assert settle("").returncode == 0


def test_a_file_that_is_not_there(gale, sample):
    result = gale("check", sample, "--config", "no.yaml")
    assert result.returncode == 2
    assert result.stderr.startswith("gale check: cannot read 'no.yaml'")


def test_settings_may_come_from_a_pipe(gale, sample):
    result = gale("run", sample, "--config", "/dev/stdin", "--json", "--quiet", stdin="worker.loops: 1\n")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["loops"] == 1


def test_a_topology_with_a_wrong_setting_of_its_own_is_invalid(gale, compile_so):
    source = edited(
        (
            ".components = {&reader, &writer},",
            ".components = {&reader, &writer},\n"
            '    .settings = {{.key = "topology.acking", .value = "maybe"}},',
        )
    )
    result = gale("check", compile_so(source))
    assert result.returncode == 8
    assert "topology.acking" in result.stderr
