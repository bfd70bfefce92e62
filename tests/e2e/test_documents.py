# SPDX-License-Identifier: Apache-2.0
"""docs/cluster.md and docs/protocol/ say of settings, operations, messages and their members what the
programs have. In a table of these pages the names in backquotes of the first column are what counts."""

import json
import re

import pytest

from cluster.cluster import Cluster
from conftest import BUILD, ROOT
from nimbus.control import Client

PAGES = ROOT / "docs"
CONTROL = PAGES / "protocol" / "control.md"
LOCAL = PAGES / "protocol" / "local.md"
NAME = re.compile(r"`([^`]+)`")
ROLES = {
    "ROLES_CLIENT": "For clients.",
    "ROLES_CLUSTER": "For the cluster.",
    "ROLES_CLUSTER | ROLES_CLIENT": "For clients and the cluster.",
}


# ---- reading pages ----


def section(page, *headings):
    """The text below a heading, down to the next that is as high."""
    text = page.read_text(encoding="utf-8")
    for heading in headings:
        level = heading.split()[0]
        parts = text.split(f"\n{heading}\n")
        assert len(parts) == 2, f"{page} has {len(parts) - 1} times '{heading}'"
        text = re.split(rf"\n#{{1,{len(level)}}} ", parts[1])[0]
    return text


def rows(text, header):
    """The rows of the table whose first cell this is, as lists of cells."""
    lines = text.splitlines()
    begins = [i for i, line in enumerate(lines) if line.startswith(f"| {header} |")]
    assert len(begins) == 1, f"{len(begins)} tables with '{header}'"
    found = []
    for line in lines[begins[0] + 2:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("| ").split(" | ")])
    assert found
    return found


def names(text, header):
    return {name for row in rows(text, header) for name in NAME.findall(row[0])}


def operations_of(part):
    """Operation -> what its section says first."""
    parts = re.split(r"^### (\S+)\n+", section(CONTROL, part), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


# ---- settings ----


def is_of_the_broker(key):
    """Others have two of those that begin with 'log.'."""
    return key.startswith(("broker.", "log.")) and key not in ("log.level", "log.brokers")


@pytest.mark.parametrize("page, heading, is_listed", [
    ("cluster.md", "## Settings",
     lambda key: not key.startswith(("coord.", "ui.")) and not is_of_the_broker(key)),
    ("log.md", "## Settings", is_of_the_broker),
    ("ui.md", "## Running it", lambda key: key.startswith("ui.")),
])
def test_the_page_lists_all_settings(page, heading, is_listed, gale):
    listed = json.loads(gale("config", "--json").stdout)["settings"]
    known = {setting["key"]: (setting.get("default") or "", setting["help"])
             for setting in listed if is_listed(setting["key"])}
    text = section(PAGES / page, heading)
    shown = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            key, default, help_text = (cell.strip() for cell in line.strip("|").split("|"))
            shown[key.strip("`")] = (default, help_text)
    assert shown == known


def test_settings_in_the_page_are_accepted(gale, tmp_path):
    found = re.findall(r"^```yaml settings\n(.*?)^```$",
                       (PAGES / "cluster.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    for number, text in enumerate(found):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        result = gale("config", "show", "--config", path)
        assert result.returncode == 0, result.stderr


# ---- tables of the code ----


@pytest.mark.parametrize(
    "part, source, line",
    [
        ("## Nimbus", "nimbus/core.c", r'\{"([a-z._]+)", \w+, (?:true|false), ([A-Z_ |]+)\}'),
        ("## Supervisors", "supervisor/io/desk.c", r'\{"([a-z._]+)", \w+, ([A-Z_ |]+)\}'),
    ],
)
def test_the_page_has_every_operation_and_who_may_ask(part, source, line):
    known = dict(re.findall(line, (ROOT / source).read_text(encoding="utf-8")))
    shown = operations_of(part)
    assert len(known) > 3, f"the table of {source} looks otherwise now"
    assert shown.keys() == known.keys()
    for operation, roles in known.items():
        assert shown[operation].startswith(ROLES[roles]), operation


def test_the_page_has_every_code():
    source = (ROOT / "wire" / "control.c").read_text(encoding="utf-8")
    known = set(re.findall(r'\[CONTROL_\w+\] = "(\w+)"', source)) - {"ok"}
    assert known
    assert names(section(CONTROL, "## Heads"), "code") == known


def test_the_page_has_every_message_between_worker_and_supervisor():
    told = re.findall(r'\[LOCAL_\w+\] = \{"(\w+)"', (ROOT / "supervisor/local.c").read_text("utf-8"))
    orders = re.findall(r'\[LIAISON_\w+\] = "(\w+)"', (ROOT / "worker/liaison.c").read_text("utf-8"))
    assert told and orders
    assert names(section(LOCAL, "## From the worker"), "op") == set(told)
    shown = names(section(LOCAL, "## From the supervisor"), "message")
    assert {json.loads(message)["op"] for message in shown} == set(orders)


# ---- what daemons answer ----


@pytest.fixture(scope="module")
def world():
    """A cluster on which one topology runs, until the tests are over; connections to nimbus and to a
    supervisor of it."""
    with Cluster(supervisors=1) as cluster:
        source = cluster.folder / "source"
        source.write_text("one line\n")
        cluster.submit(BUILD / "topologies" / "word_count.so", "wc", "--inactive",
                       **{"reader.path": source})
        cluster.await_running("wc", 1)
        nodes = cluster.json("nodes")
        with Client(nodes["nimbuses"][0]["address"]) as nimbus:
            with Client(nodes["supervisors"][0]["address"]) as supervisor:
                yield cluster, nimbus, supervisor
        cluster.gale("kill", "wc", "--yes", "--drain", "0", "--wait")


@pytest.fixture
def nimbus(world):
    return world[1]


def part_of(operation, part="## Nimbus"):
    return section(CONTROL, part, f"### {operation}")


def test_info_is_as_documented(nimbus):
    assert names(part_of("info"), "result") == nimbus.ask("info").keys()


def test_lists_and_states_are_as_documented(nimbus):
    line = names(part_of("topology.list"), "member")
    status = part_of("topology.status")
    shown = nimbus.ask("topology.status", name="wc")
    assert line == nimbus.ask("topology.list")["topologies"][0].keys()
    assert line | names(status, "member") == shown.keys()
    assert names(status, "member of `workers`") == shown["workers"][0].keys()
    spout = next(component for component in shown["components"] if component["spout"])
    assert names(status, "member of `components`") == spout.keys()


def test_nodes_are_as_documented(nimbus):
    page = part_of("cluster.nodes")
    shown = nimbus.ask("cluster.nodes")
    assert names(page, "member of `nimbuses`") == shown["nimbuses"][0].keys()
    assert names(page, "member of `supervisors`") == shown["supervisors"][0].keys()


def test_figures_are_as_documented(nimbus):
    page = part_of("topology.figures")
    shown = nimbus.ask("topology.figures", name="wc")
    assert names(page, "result") == shown.keys()
    assert names(page, "member of `components`") == shown["components"][0].keys()
    assert names(page, "member of `edges`") == shown["edges"][0].keys()
    tasks = nimbus.ask("topology.tasks", name="wc")
    assert names(part_of("topology.tasks"), "member") == tasks["tasks"][0].keys()
    assert names(part_of("topology.history"), "result") == nimbus.ask(
        "topology.history", name="wc").keys()
    graph = nimbus.ask("topology.status", name="wc")["graph"]
    assert names(part_of("topology.status"),
                 "member of `components` of `graph`") == graph["components"][0].keys()


def test_a_pulse_is_as_documented(nimbus):
    page = part_of("pulse")
    shown = nimbus.ask("pulse")
    assert names(page, "result") == shown.keys()
    assert names(page, "member of `topologies`") == shown["topologies"][0].keys()


def test_what_changes_something_answers_as_documented(nimbus):
    content = b"neither plan nor code"
    digest = nimbus.put(content)
    assert names(part_of("blob.put"), "result") == nimbus.ask(
        "blob.put", hash=digest, size=len(content)).keys()
    assert names(part_of("topology.rebalance"), "result") == nimbus.ask(
        "topology.rebalance", name="wc", dry_run=True).keys()


def test_a_submission_answers_as_documented(world):
    answer = world[0].submit(BUILD / "topologies" / "word_count.so", "wc2", "--dry-run")
    assert names(part_of("topology.submit"), "result") == answer.keys() - {"v", "dry_run"}


def test_logs_are_listed_as_documented(world):
    cluster, nimbus, supervisor = world
    topology = nimbus.ask("topology.status", name="wc")["id"]
    files = supervisor.ask("logs.list", topology=topology)["files"]
    assert names(part_of("logs.list", "## Supervisors"), "member") == files[0].keys()
    assert supervisor.ask("logs.topologies")["topologies"][0].keys() == {"id", "modified_ms"}
