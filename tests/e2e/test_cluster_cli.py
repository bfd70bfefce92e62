# SPDX-License-Identifier: Apache-2.0
"""The commands that ask nimbus, against one that answers what the test wants."""

import hashlib
import json
import os
import pty
import pwd
import re
import signal
import socket
import subprocess

import pytest

import fake_nimbus
from conftest import GALE, TIMEOUT_S
from coord.fixtures import client, connect, server  # noqa: F401
from fake_nimbus import Fault, Server

DONE, FAILED, USAGE, UNREACHABLE, NOT_FOUND, CONFLICT = 0, 1, 2, 3, 4, 5
TIMED_OUT, DENIED, TOPOLOGY, INTERRUPTED = 6, 7, 8, 130
CHUNK = 256 * 1024
SIGNED = {"by": pwd.getpwuid(os.geteuid()).pw_name, "via": "cli"}  # whatever changes something

COMPONENTS = [
    {
        "name": "lines",
        "spout": True,
        "tasks": 1,
        "executors": 1,
        "emitted": 1234,
        "sent": 1234,
        "executed": 0,
        "acked": 1200,
        "failed": 3,
        "timed_out": 1,
        "refused": 0,
        "open": 31,
        "latency_p50_ns": 1500000,
        "latency_p99_ns": 25000000,
        "latency_p999_ns": 40000000,
        "latency_max_ns": 90000000,
        "placement": [{"supervisor": "alpha", "slot": 0, "tasks": [[1, 1]]}],
        "why": [],
    },
    {
        "name": "counter",
        "spout": False,
        "tasks": 4,
        "executors": 4,
        "emitted": 0,
        "sent": 0,
        "executed": 9876,
        "acked": 9876,
        "failed": 0,
        "open": 0,
        "placement": [
            {"supervisor": "alpha", "slot": 0, "tasks": [[2, 3]]},
            {"supervisor": "beta", "slot": 1, "tasks": [[4, 4]]},
        ],
        "why": ["task 5 is not placed: no slot is free"],
    },
]

ERROR = {
    "component": "counter",
    "text": "cannot open \x1b[31m'in.txt'\nreally",
    "supervisor": "beta",
    "slot": 1,
    "task": 4,
    "count": 17,
    "first_ms": 0,
    "last_ms": 0,
}


EVENT = {
    "at_ms": 1795000000000,
    "kind": "worker_failed",
    "severity": "watch",
    "topology": "wc",
    "component": None,
    "supervisor": "alpha",
    "slot": 0,
    "by": None,
    "via": None,
    "text": "worker alpha:0 of wc failed: exit 1",
    "args": None,
}


def status_of(name="wc", **changes):
    return {
        "id": f"{name}-1-1795000000",
        "name": name,
        "status": "active",
        "owner": "ada",
        "submitted_ms": 1795000000000,
        "deadline_ms": 0,
        "version": 3,
        "settings": {"topology.workers": "3"},
        "workers_wanted": 3,
        "unplaced": 1,
        "why_not": "3 workers are wanted, but only 2 slots are free",
        "workers": [
            {
                "supervisor": "alpha",
                "host": "127.0.0.1",
                "address": "127.0.0.1:1",
                "slot": 0,
                "incarnation": 1,
                "pid": 4711,
                "phase": "running",
                "uptime_ms": 65000,
                "restarts": 2,
                "last_exit": "killed by SIGSEGV",
                "rss_bytes": 12 * 1024 * 1024,
                "cpu_ns": 1500000000,
                "tasks": 3,
                "executors": 3,
            },
        ],
        "components": COMPONENTS,
        "errors": [ERROR],
        **changes,
    }


class Nimbus:
    """A nimbus that leads and holds the topology 'wc' until it is told otherwise."""

    def __init__(self):
        self.topologies = {"wc": status_of()}
        self.ended = {}
        self.blobs = {}
        self.limit = 100 * 1024 * 1024
        self.supervisors = []
        self.events = []
        self.server = Server(
            {
                "info": lambda args, body: fake_nimbus.info(),
                "topology.list": self.list,
                "topology.status": self.status,
                "topology.ended": self.look_back,
                "topology.errors": lambda args, body: {"errors": self.status(args, body)["errors"]},
                "cluster.nodes": self.nodes,
                "topology.kill": self.kill,
                "topology.activate": lambda args, body: self.set(args, "active"),
                "topology.deactivate": lambda args, body: self.set(args, "inactive"),
                "topology.rebalance": self.rebalance,
                "topology.log_level": self.set_level,
                "topology.debug": self.set_debug,
                "worker.restart": self.restart,
                "events": self.find_events,
                "topology.submit": self.submit,
                "blob.put": self.put,
            }
        )

    def status(self, args, _):
        if args["name"] not in self.topologies:
            raise Fault("not_found", f"there is no topology '{args['name']}'")
        return self.topologies[args["name"]]

    def look_back(self, args, _):
        if args["name"] not in self.ended:
            raise Fault("not_found", f"nothing is known of '{args['name']}'")
        return self.ended[args["name"]]

    def list(self, _args, _body):
        return {
            "topologies": [
                {
                    **{key: topology[key] for key in ("id", "name", "status", "owner")},
                    "submitted_ms": topology["submitted_ms"],
                    "workers": 2,
                    "workers_wanted": topology["workers_wanted"],
                    "executors": 5,
                    "tasks": 5,
                    "unplaced": topology["unplaced"],
                    "why_not": topology["why_not"],
                    "completed": 1200,
                    "failed": 3,
                }
                for topology in self.topologies.values()
            ]
        }

    def nodes(self, _args, _body):
        return {
            "nimbuses": [
                {
                    "id": "n1",
                    "address": self.server.address,
                    "version": "0.1.0",
                    "leader": True,
                    "since_ms": 1795000000000,
                }
            ],
            "supervisors": self.supervisors,
        }

    def kill(self, args, body):
        name = args["name"]
        self.status(args, body)
        return {"id": self.topologies.pop(name)["id"], "status": "killed"}

    def set(self, args, status):
        topology = self.status(args, b"")
        topology["status"] = status
        return {"id": topology["id"], "status": status}

    def rebalance(self, args, body):
        topology = self.status(args, body)
        return {"id": topology["id"], "status": "rebalancing", "moves": 2}

    def set_level(self, args, body):
        topology = self.status(args, body)
        until_ms = 1795000000000 + args["for_ms"] if args["for_ms"] else 0
        return {"id": topology["id"], "level": args["level"], "until_ms": until_ms}

    def set_debug(self, args, body):
        topology = self.status(args, body)
        known = [component["name"] for component in topology["components"]]
        if args["component"] not in (None, *known):
            raise Fault("not_found", f"topology 'wc' has no component '{args['component']}'")
        return {"id": topology["id"], **{key: args[key] for key in ("component", "percent")}}

    def restart(self, args, body):
        topology = self.status(args, body)
        if (args["supervisor"], args["slot"]) != ("alpha", 0):
            raise Fault("not_found", f"topology 'wc' has no worker {args['supervisor']}:{args['slot']}")
        return {"id": topology["id"], "incarnation": 7}

    def find_events(self, args, _body):
        found = [event for event in self.events if event["id"] > args["after"]
                 and args["topology"] in (None, event["topology"])]
        found = found[: args["limit"]] if args["after"] else found[-args["limit"] :]
        return {"events": found, "first_id": 1, "last_id": len(self.events)}

    def happen(self, **members):
        self.events.append({**EVENT, "id": len(self.events) + 1, **members})

    def put(self, args, body):
        have = self.blobs.setdefault(args["hash"], b"")
        if args["size"] > self.limit:
            raise Fault("limit", f"a blob has at most {self.limit} bytes")
        assert len(body) <= CHUNK
        if len(have) < args["size"]:
            assert args["offset"] == len(have) or body == b""
            have = self.blobs[args["hash"]] = have + body
        return {"have": len(have), "done": len(have) == args["size"]}

    def submit(self, args, _):
        name = args["name"]
        if name in self.topologies:
            raise Fault("conflict", f"the name '{name}' is in use")
        for key in ("plan", "so"):
            assert hashlib.sha256(self.blobs[args[key]]).hexdigest() == args[key]
        answer = {"workers": 1, "workers_wanted": 1, "unplaced": 0, "why_not": None}
        if args["dry_run"]:
            return {"id": None, **answer}
        self.topologies[name] = status_of(name)
        return {"id": f"{name}-2-1795000001", **answer}


@pytest.fixture
def nimbus():
    it = Nimbus()
    it.server.start()
    yield it
    it.server.stop()


@pytest.fixture
def ask(gale, nimbus):
    """ask("list") runs the command against the nimbus."""

    def run(command, *words, **options):
        return gale(*command.split(), "--nimbus", nimbus.server.address, *words, **options)

    return run


def done(result):
    assert (result.returncode, result.stderr) == (DONE, "")
    return result.stdout


def refused(result, code, text):
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert result.stderr.startswith(text), result.stderr
    assert len(result.stderr.splitlines()) == 1


# ---- looking ----


def test_list_shows_each_topology_and_what_is_not_placed(ask, nimbus):
    head, row, why = done(ask("list")).splitlines()
    assert head.split()[:3] == ["name", "status", "workers"]
    assert row.split()[:5] == ["wc", "active", "2/3", "5", "5"]
    assert why == "wc: 1 executor is not placed: 3 workers are wanted, but only 2 slots are free"
    listed = json.loads(done(ask("list", "--json")))
    assert (listed["v"], [topology["name"] for topology in listed["topologies"]]) == (1, ["wc"])
    nimbus.topologies = {}
    assert done(ask("list")) == "no topology; 'gale submit TOPOLOGY.so' starts one\n"


def test_status_shows_components_workers_and_errors(ask):
    text = done(ask("status", "wc"))
    assert text.startswith("wc: active, 1 of 3 workers run, id wc-1-1795000000, submitted ")
    assert " by ada\n" in text
    assert "not placed: 1 executor is not placed: 3 workers" in text
    assert re.search(r"^lines +spout +1 +1,234 +1,200 +3 +31 +1.50 ms +25.0 ms +alpha:0 1$", text, re.M)
    assert re.search(r"^counter +bolt +4 .* alpha:0 2-3  beta:1 4$", text, re.M)
    assert "counter: task 5 is not placed: no slot is free\n" in text
    assert re.search(r"^alpha:0 +127.0.0.1 +4711 +running +1 min 5 s +3 +12.0 MiB +1.5 s +2 +killed by SIGSEGV$", text, re.M)
    assert json.loads(done(ask("status", "wc", "--json")))["version"] == 3


def test_what_others_wrote_cannot_command_the_terminal(ask):
    for command in ("status", "errors"):
        text = done(ask(command, "wc"))
        assert "\x1b" not in text
        assert "cannot open ?[31m'in.txt'?really" in text


def test_errors_are_listed(ask, nimbus):
    head, row = done(ask("errors", "wc")).splitlines()
    assert head.split()[:4] == ["component", "task", "worker", "times"]
    assert row.split()[:4] == ["counter", "4", "beta:1", "17"]
    assert json.loads(done(ask("errors", "wc", "--json")))["errors"][0]["count"] == 17
    nimbus.topologies["wc"]["errors"] = []
    assert done(ask("errors", "wc")) == "no errors\n"


def test_nodes_shows_nimbus_supervisors_and_workers(ask, nimbus):
    assert done(ask("nodes")).endswith("\nno supervisor: nothing can run\n")
    nimbus.supervisors = [
        {
            **fake_nimbus.supervisor("alpha"),
            "used": 1,
            "labels": ["ssd", "fast"],
            "workers": [
                {"slot": 0, "topology": "wc-1-1", "name": "wc", "pid": 4711, "phase": "running"}
            ],
        }
    ]
    text = done(ask("nodes"))
    assert re.search(rf"^n1 +{nimbus.server.address} +leader +0.1.0 ", text, re.M)
    assert re.search(r"^alpha +127.0.0.1 +127.0.0.1:1 +1/4 +2 +0.1.0 +ssd,fast$", text, re.M)
    assert re.search(r"^alpha:0 +wc +4711 +running$", text, re.M)
    assert len(json.loads(done(ask("nodes", "--json")))["supervisors"]) == 1


@pytest.mark.parametrize("command", ["status", "errors", "activate", "deactivate", "rebalance"])
def test_an_unknown_name_is_answered_with_the_nearest(ask, command):
    refused(
        ask(command, "wcc"),
        NOT_FOUND,
        f"gale {command}: there is no topology 'wcc'; did you mean 'wc'?",
    )
    refused(
        ask(command, "exclamation"),
        NOT_FOUND,
        f"gale {command}: there is no topology 'exclamation'; 'gale list' shows",
    )


def test_how_a_topology_was_that_has_ended_is_still_shown(ask, nimbus):
    nimbus.topologies = {}
    nimbus.ended = {"wc": status_of(status="ended", ended_ms=1795000005000)}
    result = ask("status", "wc")
    assert re.match(r"wc: ended .* ago, id wc-1-1795000000, submitted .* ago by ada\n", done(result))
    assert re.search(r"^lines +spout +1 +1,234 +1,200 +3 ", result.stdout, re.M)
    assert json.loads(done(ask("status", "--json", "wc")))["ended_ms"] == 1795000005000


# ---- debug sample ----


def tuple_of(number):
    return {
        "component": "lines",
        "task": 0,
        "stream": "lines",
        "to": "counter",
        "to_task": number % 4,
        "tracked": True,
        "values": {"number": number},
    }


class Sampled:
    """A supervisor whose workers have tuples to show."""

    def __init__(self, tuples):
        self.tuples = tuples
        self.server = Server({"worker.sample": self.sample}).start()

    def sample(self, args, _):
        assert args["topology"] == "wc-1-1795000000"
        if self.tuples is None:
            raise Fault("unavailable", "the worker did not \x1b[31manswer")
        taken, self.tuples = self.tuples[: args["count"]], self.tuples[args["count"] :]
        return {"tuples": taken}


@pytest.fixture
def sampled(nimbus):
    alpha, beta = Sampled([tuple_of(i) for i in range(150)]), Sampled([])
    workers = nimbus.topologies["wc"]["workers"]
    workers[0]["address"] = alpha.server.address
    workers.append({**workers[0], "supervisor": "beta", "slot": 1, "address": beta.server.address})
    yield alpha, beta
    alpha.server.stop()
    beta.server.stop()
    del workers[1]


def test_samples_are_asked_of_all_workers_until_there_are_enough(ask, sampled):
    alpha, beta = sampled
    shown = done(ask("debug sample", "wc", "lines", "-n", "120")).splitlines()
    assert shown == [f"lines[0] -> counter[{i % 4}] lines {{number={i}}}" for i in range(120)]
    assert alpha.server.args_of("worker.sample") == {
        "topology": "wc-1-1795000000",
        "slot": 0,
        "component": "lines",
        "received": False,
        "count": 20,
    }
    assert beta.server.args_of("worker.sample")["slot"] == 1


def test_samples_are_objects_on_lines_for_programs(ask, sampled):
    lines = done(ask("debug sample", "wc", "counter", "--received", "--json", "-n", "2")).splitlines()
    assert [json.loads(line) for line in lines] == [{"v": 1, **tuple_of(0)}, {"v": 1, **tuple_of(1)}]
    assert sampled[0].server.args_of("worker.sample")["received"] is True


def test_fewer_samples_than_wanted_are_shown_when_the_time_is_up(ask, sampled):
    alpha, _ = sampled
    alpha.tuples = alpha.tuples[:3]
    assert len(done(ask("debug sample", "wc", "lines", "--within", "0.3")).splitlines()) == 3


def test_without_a_single_sample_it_says_what_else_could_be_asked(ask, sampled):
    alpha, _ = sampled
    alpha.tuples = None
    result = ask("debug sample", "wc", "counter", "--within", "0.3")
    refused(result, 6, "gale debug sample: 'counter' emitted no tuple that was seen within 0.3 s; ")
    assert "a supervisor said: the worker did not ?[31manswer; " in result.stderr
    assert "if no component subscribes to it, --received shows what it receives" in result.stderr


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["wc", "count"], NOT_FOUND, "'wc' has no component 'count'; did you mean 'counter'?"),
        (["wcc", "lines"], NOT_FOUND, "there is no topology 'wcc'; did you mean 'wc'?"),
        (["wc", "lines", "--received"], USAGE, "'lines' is a spout, which receives no tuples"),
        (["wc", "lines", "-n", "0"], USAGE, "--lines is '0', but must be a whole number from 1 to"),
        (["wc", "lines", "--within", "x"], USAGE, "--within is 'x', but must be seconds"),
    ],
)
def test_what_cannot_be_sampled_is_said(ask, words, code, text):
    refused(ask("debug sample", *words), code, f"gale debug sample: {text}")


# ---- top ----


def test_top_writes_one_picture_where_there_is_no_terminal(ask, nimbus):
    nimbus.supervisors = [fake_nimbus.supervisor("alpha")]
    text = done(ask("top"))
    assert text.startswith("gale top  1 supervisor, 0 of 4 slots used, nimbus at ")
    assert re.search(r"^wc +active +2/3 +5 ", text, re.M)
    text = done(ask("top", "wc"))
    assert text.startswith("gale top  wc: active, 1 of 3 workers run, trees: 1,200 done, 3 failed\n")
    assert re.search(r"^lines +1 ", text, re.M)


def test_top_writes_an_object_for_each_picture(ask):
    lines = done(ask("top", "--json", "--count", "2")).splitlines()
    pictures = [json.loads(line) for line in lines]
    assert len(pictures) == 2
    assert pictures[1]["time_ms"] >= pictures[0]["time_ms"] + 900
    assert pictures[0]["topologies"][0]["name"] == "wc"
    assert pictures[0]["nimbuses"][0]["leader"] is True


def read_until(file, wanted):
    shown = b""
    while wanted not in shown:
        try:
            piece = os.read(file, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    assert wanted in shown, shown
    return shown


def on_terminal(words, act, wanted, end=b""):
    """Runs the command on a terminal of its own; `act` is called when `wanted` was seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(GALE, [str(GALE), *words], {**os.environ, "TERM": "xterm"})
    shown = read_until(terminal, wanted)
    act(pid, terminal)
    if end and end not in shown:
        shown += read_until(terminal, end)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), shown


@pytest.mark.parametrize("way", ["q", "SIGINT", "Ctrl-C"])
def test_top_on_a_terminal_ends_by_a_key_or_a_signal_and_leaves_it_as_it_was(nimbus, way):
    def end(pid, terminal):
        if way == "SIGINT":
            os.kill(pid, signal.SIGINT)
        else:
            os.write(terminal, b"q" if way == "q" else b"\x03")

    code, shown = on_terminal(
        ["top", "--nimbus", nimbus.server.address], end, b"active", b"\x1b[?25h\x1b[?1049l"
    )
    assert code == DONE
    assert shown.startswith(b"\x1b[?1049h\x1b[?25l")


def test_what_ends_top_is_said_on_the_screen_that_stays(nimbus):
    code, shown = on_terminal(
        ["top", "wc", "--nimbus", nimbus.server.address],
        lambda pid, terminal: nimbus.topologies.clear(),
        b"counter",
        b"there is no topology 'wc'",
    )
    assert code == NOT_FOUND
    assert shown.index(b"\x1b[?1049l") < shown.index(b"there is no topology")


# ---- changing ----


def test_a_topology_is_activated_and_deactivated(ask, nimbus):
    assert done(ask("deactivate", "wc")) == "wc (wc-1-1795000000): inactive\n"
    assert nimbus.topologies["wc"]["status"] == "inactive"
    assert json.loads(done(ask("activate", "wc", "--json")))["status"] == "active"


def test_kill_needs_a_yes(ask, nimbus):
    refused(ask("kill", "wc"), USAGE, "gale kill: without a terminal nobody can be asked: --yes")
    assert "topology.kill" not in nimbus.server.names()
    assert done(ask("kill", "wc", "--yes")) == "wc (wc-1-1795000000): killed\n"
    assert nimbus.server.args_of("topology.kill") == {"name": "wc", "wait_ms": None, **SIGNED}


def test_a_level_is_sent_for_good_for_a_time_and_taken_back(ask, nimbus):
    assert done(ask("log-level", "wc", "debug")) == "wc logs with level debug\n"
    assert nimbus.server.args_of("topology.log_level") == {
        "name": "wc", "level": "debug", "for_ms": 0, **SIGNED}
    assert done(ask("log-level", "wc", "warn", "--for", "2.5")) == "wc logs with level warn for 2.5 s\n"
    assert nimbus.server.args_of("topology.log_level")["for_ms"] == 2500
    assert done(ask("log-level", "wc", "--reset")) == "wc logs as its settings say\n"
    assert nimbus.server.args_of("topology.log_level")["level"] is None
    assert json.loads(done(ask("log-level", "wc", "info", "--json")))["level"] == "info"


@pytest.mark.parametrize(
    "words, text",
    [
        ([], "give debug, info, warn or error, or --reset"),
        (["loud"], "the level is 'loud', but must be debug, info, warn or error"),
        (["info", "--reset"], "--reset goes with no level and no --for"),
        (["--reset", "--for", "3"], "--reset goes with no level and no --for"),
        (["info", "--for", "soon"], "--for is 'soon', but must be seconds"),
        (["info", "--for", "0"], "--for is '0', but must be seconds"),
        (["info", "--for", "604801"], "--for is '604801', but must be seconds"),
    ],
)
def test_a_wrong_level_is_refused_before_nimbus_is_asked(ask, nimbus, words, text):
    refused(ask("log-level", "wc", *words), USAGE, f"gale log-level: {text}")
    assert nimbus.server.asked == []


def test_tuples_for_the_log_are_sent_and_taken_back(ask, nimbus):
    assert done(ask("debug log", "wc", "lines", "--percent", "5")) == (
        "5 % of the tuples of lines are written to the logs of wc, at most 10 a second by each worker\n")
    assert nimbus.server.args_of("topology.debug") == {
        "name": "wc", "component": "lines", "percent": 5, **SIGNED}
    assert done(ask("debug log", "wc", "--off")) == (
        "no tuples of all components are written to the logs of wc\n")
    assert nimbus.server.args_of("topology.debug")["component"] is None
    refused(ask("debug log", "wc", "x", "--off"), NOT_FOUND,
            "gale debug log: topology 'wc' has no component 'x'")
    for words in ([], ["--percent", "5", "--off"]):
        refused(ask("debug log", "wc", *words), USAGE, "gale debug log: give --percent P or --off")
    for percent in ("0", "101", "x"):
        refused(ask("debug log", "wc", "--percent", percent), USAGE,
                f"gale debug log: --percent is '{percent}', but must be a whole number")


def test_what_was_changed_while_it_runs_is_shown(ask, nimbus):
    nimbus.topologies["wc"] |= {
        "log_level": {"level": "warn", "until_ms": 0},
        "debug": [{"component": None, "percent": 1}, {"component": "lines", "percent": 5}],
    }
    text = done(ask("status", "wc"))
    assert "\nlog level: warn\n" in text
    assert "\ntuples in the log: 1 % of all components\ntuples in the log: 5 % of lines\n" in text


def test_a_restart_needs_a_yes(ask, nimbus):
    refused(ask("restart-worker", "wc", "alpha:0"), USAGE,
            "gale restart-worker: without a terminal nobody can be asked: --yes")
    assert nimbus.server.asked == []
    assert done(ask("restart-worker", "wc", "alpha:0", "--yes")) == (
        "worker alpha:0 of wc is being restarted\n")
    assert nimbus.server.args_of("worker.restart") == {
        "name": "wc", "supervisor": "alpha", "slot": 0, **SIGNED}
    refused(ask("restart-worker", "wc", "beta:1", "--yes"), NOT_FOUND,
            "gale restart-worker: topology 'wc' has no worker beta:1")
    for worker in ("alpha", ":0", "alpha:", "alpha:x", "alpha:1024"):
        refused(ask("restart-worker", "wc", worker, "--yes"), USAGE,
                f"gale restart-worker: the worker is '{worker}', but must be SUPERVISOR:SLOT")


@pytest.mark.parametrize("answer, code", [(b"y\n", DONE), (b"n\n", FAILED)])
def test_a_restart_asks_on_a_terminal(nimbus, answer, code):
    result, shown = on_terminal(
        ["restart-worker", "wc", "alpha:0", "--nimbus", nimbus.server.address],
        lambda pid, terminal: os.write(terminal, answer),
        b"restart it? [y/N] ",
        b"restarted",
    )
    assert result == code, shown
    assert ("worker.restart" in nimbus.server.names()) == (code == DONE)


def test_events_are_shown_with_who_did_it(ask, nimbus):
    assert done(ask("events")) == ""
    nimbus.happen()
    nimbus.happen(kind="killed", severity="info", topology="other", by="ada", via="ui", text="it is\x1b")
    assert done(ask("events")) == (
        "2026-11-18 11:06:40  watch    worker alpha:0 of wc failed: exit 1\n"
        "2026-11-18 11:06:40           it is? (by ada, ui)\n")
    assert len(done(ask("events", "wc")).splitlines()) == 1
    listed = json.loads(done(ask("events", "--json")))
    assert [event["id"] for event in listed["events"]] == [1, 2]
    assert nimbus.server.args_of("events") == {"after": 0, "topology": None, "limit": 200}


@pytest.mark.parametrize("before", [1, 3, 450])
def test_events_are_followed_and_none_is_missed(nimbus, before):
    for _ in range(before):
        nimbus.happen()
    with subprocess.Popen(
        [str(GALE), "events", "-f", "--json", "--nimbus", nimbus.server.address],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        seen = [json.loads(process.stdout.readline())["id"] for _ in range(min(before, 200))]
        for _ in range(430):
            nimbus.happen()
        seen += [json.loads(process.stdout.readline())["id"] for _ in range(430)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=TIMEOUT_S) == INTERRUPTED
    assert seen == list(range(max(1, before - 199), before + 431))


@pytest.mark.parametrize("answer, code", [(b"y\n", DONE), (b"n\n", FAILED)])
def test_kill_asks_on_a_terminal(nimbus, answer, code):
    result, shown = on_terminal(
        ["kill", "wc", "--nimbus", nimbus.server.address],
        lambda pid, terminal: os.write(terminal, answer),
        b"kill 'wc'? [y/N] ",
        b"killed",
    )
    assert result == code, shown
    assert ("wc" in nimbus.topologies) == (code == FAILED)


def test_the_time_to_drain_is_sent(ask, nimbus):
    done(ask("kill", "wc", "--yes", "--drain", "2.5"))
    assert nimbus.server.args_of("topology.kill")["wait_ms"] == 2500
    refused(ask("kill", "wc", "--yes", "--drain", "soon"), USAGE, "gale kill: --drain is 'soon'")


def test_kill_waits_until_the_topology_is_gone(ask, nimbus):
    looks = []

    def status(args, body):
        looks.append(args)
        if len(looks) < 3:
            return status_of(status="killed")
        raise Fault("not_found", "gone")

    nimbus.server.ops["topology.status"] = status
    result = ask("kill", "wc", "--yes", "--wait")
    assert result.returncode == DONE
    assert len(looks) == 3
    assert result.stderr == "wc: killed, 1 of 3 workers run, trees: 1,200 done, 3 failed\n"


def test_another_topology_of_the_same_name_is_not_waited_for(ask, nimbus):
    nimbus.server.ops["topology.status"] = lambda args, body: status_of(id="wc-2-1795000009")
    assert ask("kill", "wc", "--yes", "--wait").returncode == DONE


def test_waiting_has_an_end(ask, nimbus):
    nimbus.server.ops["topology.status"] = lambda args, body: status_of(status="killed")
    result = ask("kill", "wc", "--yes", "--wait", "--within", "0.3")
    assert result.returncode == TIMED_OUT
    assert "gale kill: it is not over yet" in result.stderr
    refused(ask("kill", "wc", "--yes", "--within", "1"), USAGE, "gale kill: --within needs --wait")


def test_rebalance_sends_numbers_and_waits(ask, nimbus):
    words = ["wc", "--workers", "4", "--executors", "counter=8", "--executors", "lines=2"]
    assert done(ask("rebalance", *words)) == "wc (wc-1-1795000000): rebalancing, 2 executors move\n"
    assert nimbus.server.args_of("topology.rebalance") == {
        "name": "wc",
        "workers": 4,
        "executors": {"counter": 8, "lines": 2},
        "wait_ms": None,
        "dry_run": False,
        **SIGNED,
    }
    assert "2 executors would move" in done(ask("rebalance", "wc", "--dry-run", "--wait"))
    nimbus.topologies["wc"]["status"] = "active"
    assert ask("rebalance", "wc", "--wait").returncode == DONE


@pytest.mark.parametrize(
    "words, text",
    [
        (["--workers", "0"], "--workers is '0', but must be a whole number from 1 to 4096"),
        (["--executors", "counter"], "--executors is 'counter', but must be COMPONENT=N"),
        (["--executors", "a=1", "--executors", "a=2"], "--executors is given twice for 'a'"),
        (["--exectors", "a=1"], "unknown option '--exectors'; did you mean '--executors'?"),
    ],
)
def test_wrong_numbers_are_refused_before_anybody_is_asked(ask, nimbus, words, text):
    result = ask("rebalance", "wc", *words)
    assert (result.returncode, result.stdout) == (USAGE, "")
    assert result.stderr.startswith(f"gale rebalance: {text}"), result.stderr
    assert nimbus.server.asked == []


# ---- faults ----


@pytest.mark.parametrize(
    "code, exit_code",
    [
        ("conflict", CONFLICT),
        ("invalid", USAGE),
        ("limit", FAILED),
        ("denied", DENIED),
        ("internal", FAILED),
    ],
)
def test_each_fault_has_its_exit_code(ask, nimbus, code, exit_code):
    def fail(args, body):
        raise Fault(code, "as it is")

    nimbus.server.ops["topology.activate"] = fail
    refused(ask("activate", "wc"), exit_code, "gale activate: as it is")


def test_what_is_not_ready_is_asked_again(ask, nimbus):
    faults = [Fault("unavailable", "no coord"), Fault("not_leader", "n2 leads")]
    listed = nimbus.server.ops["topology.list"]

    def fail_twice(args, body):
        if faults:
            raise faults.pop()
        return listed(args, body)

    nimbus.server.ops["topology.list"] = fail_twice
    assert "wc" in done(ask("list"))


def test_what_stays_not_ready_ends_with_3(ask, nimbus):
    def fail(args, body):
        raise Fault("unavailable", "no coord")

    nimbus.server.ops["topology.list"] = fail
    refused(ask("list", "--timeout", "0.4"), UNREACHABLE, "gale list: no coord")


def test_a_nimbus_that_does_not_lead_tells_who_does(gale, nimbus):
    standby = Server(
        {"info": lambda args, body: fake_nimbus.info(False, nimbus.server.address)}
    ).start()
    assert "wc" in done(gale("list", "--nimbus", standby.address))
    standby.stop()


def test_a_nimbus_that_is_silent_ends_with_3(gale):
    silent = Server({"info": lambda args, body: None}).start()
    result = gale("list", "--nimbus", silent.address, "--timeout", "0.3")
    refused(result, UNREACHABLE, "gale list: no nimbus that leads answered within 0.3 s")
    silent.stop()


def test_an_answer_that_does_not_come_ends_with_3(ask, nimbus):
    nimbus.server.ops["topology.activate"] = lambda args, body: None
    result = ask("activate", "wc", "--timeout", "0.3")
    refused(result, UNREACHABLE, "gale activate: nimbus at ")
    assert "whether it was done is not known" in result.stderr


def test_no_cluster_ends_with_3(gale):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % free.getsockname()[1]
        result = gale("list", "--server", address)
    refused(result, UNREACHABLE, "gale list: no server of the cluster state answers")
    assert "gale up" in result.stderr


@pytest.mark.parametrize("command", ["list", "status", "nodes", "top", "errors"])
def test_an_address_that_is_none_ends_with_2(gale, command):
    name = ["wc"] if command in ("status", "errors") else []
    assert gale(command, *name, "--nimbus", "nowhere").returncode == USAGE


# ---- submit ----


def test_submit_uploads_what_is_missing_and_says_what_it_did(ask, nimbus, sample):
    result = ask("submit", sample, "--name", "fresh", "-c", "writer.tasks=3", "--", "a", "--b")
    assert result.returncode == DONE, result.stderr
    assert result.stdout == "fresh (fresh-2-1795000001): submitted, it gets 1 of 1 workers\n"
    assert "gale logs -f fresh" in result.stderr
    sent = nimbus.server.args_of("topology.submit")
    assert sent["settings"] == {"writer.tasks": "3"}
    assert sent["args"] == ["a", "--b"]
    assert (sent["inactive"], sent["dry_run"], bool(sent["owner"])) == (False, False, True)
    assert nimbus.blobs[sent["so"]] == sample.read_bytes()
    plan = json.loads(nimbus.blobs[sent["plan"]])
    assert [component["name"] for component in plan["components"]] == ["reader", "writer"]

    nimbus.server.asked.clear()
    done(ask("submit", sample, "--name", "again", "-c", "writer.tasks=3", "--quiet"))
    assert nimbus.server.names().count("blob.put") == 2  # each only asks


def test_an_upload_goes_on_where_it_was(ask, nimbus, sample):
    code = sample.read_bytes()
    nimbus.blobs[hashlib.sha256(code).hexdigest()] = code[:1000]
    result = ask("submit", sample, "--name", "fresh")
    assert result.returncode == DONE, result.stderr
    assert nimbus.blobs[nimbus.server.args_of("topology.submit")["so"]] == code


def test_settings_of_the_cluster_in_a_file_are_not_sent(ask, nimbus, sample, tmp_path):
    file = tmp_path / "gale.yaml"
    file.write_text("nimbus.listen: 127.0.0.1:1\ncoord.servers: x:1\ntopology.acking: false\n")
    done(ask("submit", sample, "--quiet", "--config", file))
    assert nimbus.server.args_of("topology.submit")["settings"] == {"topology.acking": "false"}


def test_a_dry_run_submits_nothing(ask, nimbus, sample):
    text = done(ask("submit", sample, "--dry-run"))
    assert text == "sample: nothing was submitted; it would get 1 of 1 workers\n"
    assert list(nimbus.topologies) == ["wc"]


def test_what_cannot_be_submitted(ask, nimbus, sample, compile_so):
    refused(ask("submit", "missing.so"), TOPOLOGY, "gale submit: ")
    refused(ask("submit", sample, "-c", "writer.taks=3"), USAGE, "gale submit: -c: unknown setting")
    refused(ask("submit", sample, "--name", "a.b"), USAGE, "gale submit: 'a.b' is no name")
    assert nimbus.server.asked == []
    refused(ask("submit", sample, "--name", "wc"), CONFLICT, "gale submit: the name 'wc' is in use")
    nimbus.limit = 10
    refused(ask("submit", sample), FAILED, "gale submit: a blob has at most 10 bytes")


def test_submit_waits_until_the_topology_has_ended(ask, nimbus, sample):
    looks = []

    def status(args, body):
        looks.append(args["name"])
        if len(looks) < 3:
            return status_of("sample", id="sample-2-1795000001")
        raise Fault("not_found", "gone")

    nimbus.server.ops["topology.status"] = status
    result = ask("submit", sample, "--wait")
    assert (result.returncode, len(looks)) == (DONE, 3)
    assert "sample: active, 1 of 3 workers run" in result.stderr


def test_waiting_can_be_interrupted(nimbus, sample):
    nimbus.server.ops["topology.status"] = lambda args, body: status_of(
        "sample", id="sample-2-1795000001"
    )
    words = ["submit", str(sample), "--wait", "--nimbus", nimbus.server.address]
    process = subprocess.Popen([GALE, *words], stderr=subprocess.PIPE, text=True)
    assert "active" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == INTERRUPTED
    assert stderr == "gale submit: not waiting any more; 'sample' goes on\n"


def test_a_terminal_sees_a_bar(nimbus, sample):
    code, shown = on_terminal(
        ["submit", str(sample), "--nimbus", nimbus.server.address],
        lambda pid, terminal: None,
        b"submitted",
        b"see how it goes",
    )
    assert code == DONE
    assert b"uploading x.so [" in shown or b"uploading " in shown


# ---- logs ----


def stamp(second, text):
    return f"2026-11-22T10:00:{second:02}.000Z info {text}\n"


class Logs:
    """A supervisor with the logs of some slots."""

    def __init__(self, files):
        self.files = files
        self.topologies = {"wc-1-1795000000": 1}  # when they were last written to
        self.server = Server(
            {"logs.topologies": self.list_topologies, "logs.list": self.list, "logs.read": self.read}
        ).start()

    def list_topologies(self, args, _):
        assert args == {}
        return {"topologies": [{"id": i, "modified_ms": ms} for i, ms in self.topologies.items()]}

    def list(self, args, _):
        assert args == {"topology": "wc-1-1795000000"}
        return {
            "files": [
                {"slot": slot, "file": name, "size": len(text), "modified_ms": 0}
                for (slot, name), text in self.files.items()
            ]
        }

    def read(self, args, _):
        data = self.files[args["slot"], args["file"]].encode()
        assert 0 < args["length"] <= CHUNK
        offset = args["offset"] if args["offset"] >= 0 else max(0, len(data) + args["offset"])
        return {"offset": offset, "size": len(data)}, data[offset : offset + args["length"]]


@pytest.fixture
def logs(nimbus):
    alpha = Logs({(0, "worker.log"): stamp(1, "one") + "  more of one\n" + stamp(4, "four")})
    beta = Logs({(1, "worker.log"): stamp(2, "two") + stamp(3, "three"), (1, "worker.log.1"): "old\n"})
    nimbus.supervisors = [
        fake_nimbus.supervisor("alpha", alpha.server.address),
        fake_nimbus.supervisor("beta", beta.server.address),
    ]
    yield alpha, beta
    alpha.server.stop()
    beta.server.stop()


def test_logs_of_all_workers_come_in_the_order_of_their_times(ask, logs):
    assert done(ask("logs", "wc")) == (
        "beta:1  old\n"
        "alpha:0  " + stamp(1, "one") + "alpha:0    more of one\n"
        "beta:1  " + stamp(2, "two") + "beta:1  " + stamp(3, "three") +
        "alpha:0  " + stamp(4, "four")
    )
    assert done(ask("logs", "wc", "--worker", "beta:1", "--raw")) == "old\n" + stamp(2, "two") + stamp(3, "three")
    assert done(ask("logs", "wc", "-n", "1", "--raw")) == stamp(3, "three") + stamp(4, "four")


def test_a_topology_that_runs_may_be_named_by_its_id(ask, logs):
    result = ask("logs", "wc-1-1795000000")
    assert "four" in done(result)
    assert result.stderr == ""


@pytest.mark.parametrize("words", [["wc"], ["wc-1-1795000000"], ["wc", "-f"]])
def test_logs_of_a_topology_that_has_ended_are_found_and_not_waited_for(ask, nimbus, logs, words):
    alpha, beta = logs
    nimbus.topologies = {}
    alpha.topologies = {"other-9-1795000009": 9}
    beta.topologies = {"wc-1-1794000000": 1, "wc-1-1795000000": 2}
    result = ask("logs", *words)
    assert result.returncode == DONE
    assert "four" in result.stdout and "three" in result.stdout
    assert result.stderr == (
        f"gale logs: '{words[0]}' has ended; these are the logs of 'wc-1-1795000000'\n"
    )


def test_logs_of_a_topology_that_never_was_are_not_found(ask, logs):
    refused(ask("logs", "wcc"), NOT_FOUND, "gale logs: there is no topology 'wcc'; did you mean 'wc'?")


def test_the_last_lines_are_also_those_of_files_that_were_rotated(ask, logs):
    alpha, beta = logs
    beta.files.clear()
    lines = [stamp(i, str(i)) for i in range(12)]
    alpha.files = {
        (0, "worker.log"): "".join(lines[9:]),
        (0, "worker.log.1"): "".join(lines[6:9]),
        (0, "worker.log.2"): "".join(lines[3:6]),
        (0, "worker.log.3"): "".join(lines[:3]),
    }
    for count in (0, 2, 3, 4, 6, 8, 12, 100):
        shown = done(ask("logs", "wc", "--raw", "-n", str(count)))
        assert shown == "".join(lines[max(0, 12 - count) :])
    asked = [args["file"] for op, args in alpha.server.asked if op == "logs.read"]
    assert "worker.log.3" in asked
    del alpha.server.asked[:]
    done(ask("logs", "wc", "--raw", "-n", "4"))
    asked = {args["file"] for op, args in alpha.server.asked if op == "logs.read"}
    assert asked == {"worker.log", "worker.log.1"}


def test_logs_that_are_not_there_end_with_4(ask, nimbus, logs):
    refused(ask("logs", "wc", "--worker", "beta:7"), NOT_FOUND, "gale logs: 'wc' has no log of a worker 'beta:7'")
    for one in logs:
        one.files.clear()
    refused(ask("logs", "wc"), NOT_FOUND, "gale logs: 'wc' has no logs yet")


def test_long_logs_are_read_from_their_end(ask, logs):
    alpha, beta = logs
    beta.files.clear()
    lines = [stamp(5, f"line {i} " + "x" * 100) for i in range(20000)]
    alpha.files = {(0, "worker.log"): "".join(lines)}
    assert done(ask("logs", "wc", "--raw", "-n", "10000")) == "".join(lines[-10000:])
    reads = alpha.server.names().count("logs.read")
    assert done(ask("logs", "wc", "--raw", "-n", "3")) == "".join(lines[-3:])
    assert alpha.server.names().count("logs.read") == reads + 1


def test_a_supervisor_that_does_not_answer_is_named(ask, nimbus, logs):
    _, beta = logs
    beta.server.ops["logs.list"] = lambda args, body: None
    result = ask("logs", "wc")
    assert result.returncode == DONE
    assert "four" in result.stdout and "three" not in result.stdout
    assert "supervisor 'beta' does not answer; its logs are missing here" in result.stderr


def test_following_shows_news_also_after_a_rotation(nimbus, logs):
    alpha, beta = logs
    words = ["logs", "-f", "wc", "--raw", "--worker", "alpha:0", "--nimbus", nimbus.server.address]
    process = subprocess.Popen([GALE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    shown = [process.stdout.readline() for _ in range(3)]
    assert shown[-1] == stamp(4, "four")
    old = alpha.files[0, "worker.log"] + stamp(5, "five")
    alpha.files[0, "worker.log"] = old
    assert process.stdout.readline() == stamp(5, "five")
    alpha.files.update({(0, "worker.log.1"): old + stamp(6, "six"), (0, "worker.log"): stamp(7, "7")})
    assert process.stdout.readline() == stamp(6, "six")
    assert process.stdout.readline() == stamp(7, "7")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=TIMEOUT_S)
    assert (process.returncode, stderr) == (INTERRUPTED, "")


# ---- the way through the cluster state ----


def test_nimbus_is_found_through_the_cluster_state(gale, server, client, nimbus, tmp_path):
    seat = json.dumps(
        {
            "version": 1,
            "id": "n1",
            "address": nimbus.server.address,
            "gale": "0.1.0",
            "since_ms": 1,
        }
    )
    refused(
        gale("list", "--server", server.hosts, "--timeout", "0.3"),
        UNREACHABLE,
        "gale list: no nimbus leads this cluster",
    )
    client.create("/gale", b"")
    client.create("/gale/nimbus", b"")
    client.create("/gale/nimbus/leader", f"7 s-0000000001\n{seat}".encode())
    assert "wc" in done(gale("list", "--server", server.hosts))
    file = tmp_path / "gale.yaml"
    file.write_text(f'coord.servers: "{server.hosts}"\n')
    assert "wc" in done(gale("list", env={"GALE_CONFIG": str(file)}))
    assert done(gale("__complete", "names", env={"GALE_CONFIG": str(file)})) == "wc\n"
    script = f"""
        eval "$({GALE} completion bash)"
        COMP_WORDS=({GALE} status '')
        COMP_CWORD=2
        _gale
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    environment = {**os.environ, "GALE_CONFIG": str(file)}
    offered = subprocess.check_output(["bash", "-uc", script], text=True, env=environment)
    assert offered == "wc\n"
    file.write_text("coord.servers: 127.0.0.1:1\n")
    nothing = gale("__complete", "names", env={"GALE_CONFIG": str(file)})
    assert (nothing.stdout, nothing.stderr) == ("", "")


# ---- doctor, config show ----


def test_doctor_grades_what_it_finds(ask, tmp_path):
    result = ask("doctor", "--dir", tmp_path, "--json", "--server", "127.0.0.1:1")
    found = json.loads(result.stdout)
    grades = {finding["check"]: finding["grade"] for finding in found["findings"]}
    assert {"gale-coord", "open files", "kernel", "room on disk", "disk sync", "clock", "core dumps",
            "cgroup v2", "coord", "nimbus", "port of coord"} <= set(grades)
    assert (grades["gale-coord"], grades["nimbus"], grades["coord"]) == ("ok", "ok", "warn")
    assert len(grades) >= 15
    assert all((finding["fix"] is None) == (finding["grade"] == "ok") for finding in found["findings"])
    assert result.returncode == (FAILED if "fail" in grades.values() else DONE)
    assert list(tmp_path.iterdir()) == []
    text = ask("doctor", "--dir", tmp_path, "--server", "127.0.0.1:1").stdout
    assert re.search(r"^(ok  |warn|fail)  open files ", text, re.M)


def test_config_show_tells_values_and_their_origins(gale, tmp_path):
    file = tmp_path / "gale.yaml"
    file.write_text("topology.acking: false\nsplitter.tasks: 3\n")
    words = ["config", "show", "-c", "worker.loops=2"]
    text = done(gale(*words, "--origin", "--config", file))
    assert re.search(rf"^topology.acking +false +{file}:1:\d+$", text, re.M)
    assert re.search(rf"^splitter.tasks +3 +{file}:2:\d+$", text, re.M)
    assert re.search(r"^worker.loops +2 +-c$", text, re.M)
    assert re.search(r"^topology.message.timeout.secs +30 +default$", text, re.M)
    assert re.search(r"^nimbus.listen ", text, re.M)
    text = done(gale(*words, env={"GALE_CONFIG": str(file)}))
    assert re.search(r"^topology.acking +false$", text, re.M)
    values = json.loads(done(gale(*words, "--json")))["values"]
    assert {"key": "worker.loops", "value": "2", "origin": "-c", "known": True} in values
    refused(gale("config", "shwo"), USAGE, "gale config: unknown word 'shwo'; did you mean 'show'?")
    refused(gale("config", "--origin"), USAGE, "gale config: the list has no values in force")
