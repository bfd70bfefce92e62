# SPDX-License-Identifier: Apache-2.0
"""`gale coord` against real servers."""

import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess

import pytest

from conftest import GALE, TIMEOUT_S
from coord import servers, wire
from coord.fixtures import connect, client, server

EXIT_FAILED, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_NOT_FOUND, EXIT_CONFLICT = 1, 2, 3, 4, 5
EXIT_INTERRUPTED = 130


@pytest.fixture
def root(client):
    """A node of the test's own, whose name nobody confuses with another."""
    return client.create("/cli-", flags=wire.SEQUENTIAL)


@pytest.fixture
def coord(gale, server):
    """coord("ls", "/") runs the command against the server."""

    def run(command, *words, **options):
        return gale("coord", command, "--server", server.hosts, *words, **options)

    return run


def done(result):
    """What was written by a command that did what it should."""
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def refused(result, code, text):
    assert (result.returncode, result.stdout) == (code, ""), result.stderr
    assert result.stderr.startswith(text), result.stderr
    assert len(result.stderr.splitlines()) == 1


# Looking.


def test_ls_lists_names_in_order(coord, client, root):
    for name in ("delta", "alpha", "charlie"):
        client.create(f"{root}/{name}")
    assert done(coord("ls", root)) == "alpha\ncharlie\ndelta\n"
    assert done(coord("ls", f"{root}/alpha")) == ""
    listed = json.loads(done(coord("ls", "--json", root)))
    assert listed["path"] == root
    assert listed["children"] == [{"name": "alpha"}, {"name": "charlie"}, {"name": "delta"}]


def test_ls_long_shows_what_there_is_about_each(coord, client, root):
    client.create(f"{root}/a", b"12345")
    client.set(f"{root}/a", b"1234567")
    client.create(f"{root}/e", flags=wire.EPHEMERAL)
    head, a, e = done(coord("ls", "-l", root)).splitlines()
    assert head.split() == ["version", "bytes", "children", "owner", "modified", "name"]
    assert re.fullmatch(r" +1 +7 +0  - +\d{4}-\d\d-\d\dT\S+Z  a", a)
    assert re.search(rf" 0x{client.session:x} .* e$", e)
    listed = json.loads(done(coord("ls", "-l", "--json", root)))["children"]
    assert [(node["name"], node["version"], node["data_length"]) for node in listed] == [
        ("a", 1, 7),
        ("e", 0, 0),
    ]
    assert listed[1]["ephemeral_owner"] == f"0x{client.session:x}"


def test_get_is_safe_for_any_bytes(server, client, root):
    data = bytes(range(256)) * 4
    client.set(root, data)
    command = [GALE, "coord", "get", "--server", server.hosts, root]
    result = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=True)
    assert result.stdout == data


def test_get_as_json_has_text_and_base64(coord, client, root):
    client.set(root, "é".encode())
    answer = json.loads(done(coord("get", "--json", root)))
    assert (answer["data"], answer["base64"], answer["stat"]["version"]) == ("é", "w6k=", 1)
    client.set(root, b"\xff")
    answer = json.loads(done(coord("get", "--json", root)))
    assert (answer["data"], answer["base64"]) == (None, "/w==")
    client.set(root, None)
    answer = json.loads(done(coord("get", "--json", root)))
    assert (answer["data"], answer["base64"]) == (None, None)
    assert done(coord("get", root)) == ""


def test_stat_has_all_fields(coord, client, root):
    client.set(root, b"12345")
    stat = client.stat(root)
    lines = dict(line.split(maxsplit=1) for line in done(coord("stat", root)).splitlines())
    assert lines["version"] == str(stat.version)
    assert lines["data_length"] == "5"
    assert lines["czxid"] == hex(stat.czxid)
    assert lines["ephemeral_owner"] == "none"
    shown = json.loads(done(coord("stat", "--json", root)))
    assert shown["path"] == root
    assert shown["mzxid"] == stat.mzxid
    assert shown["ctime_ms"] == stat.ctime
    assert shown["ephemeral_owner"] is None
    assert {key for key in shown if key not in ("v", "path")} == set(lines) - {
        "created",
        "modified",
    } | {"ctime_ms", "mtime_ms"}


def test_tree_is_drawn_down_to_a_depth(coord, client, root):
    client.create(f"{root}/a", b"12345")
    client.create(f"{root}/a/b")
    client.create(f"{root}/a/b/c")
    client.create(f"{root}/d", flags=wire.EPHEMERAL)
    assert done(coord("tree", "--depth", "2", root)) == (
        f"{root}\n├── a  5 B\n│   └── b  (1 below)\n└── d  ephemeral\n"
    )
    tree = json.loads(done(coord("tree", "--json", root)))
    assert tree["complete"] is True
    assert [node["path"] for node in tree["nodes"]] == [
        root + below for below in ("", "/a", "/a/b", "/a/b/c", "/d")
    ]
    assert "zookeeper\n" in done(coord("tree"))


def test_tree_shows_nodes_that_may_not_be_read(coord, client, root):
    client.create(f"{root}/a", b"12345")
    client.create(f"{root}/a/b")
    client.create(f"{root}/c")
    client.auth("digest", b"somebody:secret")
    client.set_acl(f"{root}/a", ((wire.ALL, "auth", ""),))
    assert done(coord("tree", root)) == f"{root}\n├── a  5 B\n└── c\n"
    refused(
        coord("rm", "-r", "--yes", root),
        EXIT_CONFLICT,
        f"gale coord rm: '{root}/a' has children that were not seen before",
    )


def test_paths_may_be_below_the_root_of_gale(coord, client, root):
    client.create(f"{root}/a", b"five")
    words = ["-c", f"coord.root={root}", "--root"]
    assert done(coord("ls", *words, "/")) == "a\n"
    assert done(coord("get", *words, "/a")) == "five"
    assert done(coord("tree", *words)) == "/\n└── a  4 B\n"
    assert json.loads(done(coord("stat", "--json", *words, "/a")))["path"] == "/a"
    assert done(coord("create", *words, "-s", "/n-")) == "/n-0000000001\n"
    assert client.children(root) and sorted(client.children(root)) == ["a", "n-0000000001"]


def test_a_look_creates_no_root(coord, client):
    words = ["-c", "coord.root=/nobody/made/this", "--root"]
    refused(
        coord("ls", *words, "/"),
        EXIT_NOT_FOUND,
        "gale coord ls: no node '/nobody/made/this': '/' has no child 'nobody'",
    )
    assert "nobody" not in client.children("/")


# Changing.


def test_create_says_what_it_made(coord, client, root):
    assert done(coord("create", f"{root}/a", "--data", "five")) == f"{root}/a\n"
    assert client.get(f"{root}/a")[0] == b"five"
    assert done(coord("create", f"{root}/null")) == f"{root}/null\n"
    assert client.get(f"{root}/null")[0] is None
    assert done(coord("create", f"{root}/in", "--file", "-", stdin="piped")) == f"{root}/in\n"
    assert client.get(f"{root}/in")[0] == b"piped"
    assert done(coord("create", "-s", f"{root}/n-")) == f"{root}/n-0000000003\n"
    assert done(coord("create", "-s", f"{root}/")) == f"{root}/0000000004\n"
    assert done(coord("create", "--container", f"{root}/c")) == f"{root}/c\n"
    made = json.loads(done(coord("create", "--json", f"{root}/j")))
    assert (made["path"], made["version"]) == (f"{root}/j", 0)


def test_set_replaces_the_data(coord, client, root, tmp_path):
    (tmp_path / "data").write_bytes(b"from a file\x00")
    assert done(coord("set", root, "--data", "one")) == f"{root}: version 1\n"
    assert client.get(root)[0] == b"one"
    done(coord("set", root, "--file", tmp_path / "data"))
    assert client.get(root)[0] == b"from a file\x00"
    assert json.loads(done(coord("set", root, "--json", stdin="piped")))["version"] == 3
    assert client.get(root)[0] == b"piped"
    done(coord("set", root, "--data", "two", "--version", "3"))
    assert client.get(root)[0] == b"two"


def test_a_version_that_is_not_met_changes_nothing(coord, client, root):
    client.set(root, b"one")
    refused(
        coord("set", root, "--data", "two", "--version", "7"),
        EXIT_CONFLICT,
        f"gale coord set: '{root}' has version 1, not 7: somebody has changed it",
    )
    refused(
        coord("rm", root, "--version", "0"),
        EXIT_CONFLICT,
        f"gale coord rm: '{root}' has version 1, not 0: somebody has changed it",
    )
    assert client.get(root)[0] == b"one"


def test_rm_deletes_one_node_or_all_below(coord, client, root):
    client.create(f"{root}/a")
    client.create(f"{root}/a/b")
    client.create(f"{root}/a/b/c")
    refused(
        coord("rm", f"{root}/a"),
        EXIT_CONFLICT,
        f"gale coord rm: '{root}/a' has children; -r deletes them first",
    )
    refused(
        coord("rm", "-r", f"{root}/a"),
        EXIT_USAGE,
        f"gale coord rm: '{root}/a' has 2 nodes below it, and without a terminal nobody can be "
        "asked: --yes deletes them",
    )
    assert client.children(root) == ["a"]
    assert json.loads(done(coord("rm", "-r", "--yes", "--json", f"{root}/a")))["deleted"] == 3
    assert client.children(root) == []
    client.create(f"{root}/d")
    assert done(coord("rm", "-r", f"{root}/d")) == ""  # nothing below: no question
    client.create(f"{root}/e")
    assert done(coord("rm", f"{root}/e")) == ""
    assert client.children(root) == []


@pytest.mark.parametrize("answer, code", [("y", 0), ("n", EXIT_FAILED), ("", EXIT_FAILED)])
def test_rm_asks_on_a_terminal(server, client, root, answer, code):
    client.create(f"{root}/a")
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [GALE, "coord", "rm", "-r", "--server", server.hosts, root],
        stdin=terminal,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    os.write(main, f"{answer}\n".encode())
    _, said = process.communicate(timeout=TIMEOUT_S)
    os.close(main)
    assert said.startswith(f"delete '{root}' and the 1 nodes below it? [y/N] ")
    assert process.returncode == code
    assert (client.error(wire.EXISTS, wire.watched_record(root)) == wire.OK) == (code != 0)


# Mistakes.


def test_a_missing_node_is_named_with_its_nearest_sibling(coord, client, root):
    client.create(f"{root}/topologies")
    missing = f"{root}/toplogies"
    hint = f"did you mean '{root}/topologies'?"
    for command in ("ls", "get", "stat", "tree", "rm"):
        refused(
            coord(command, missing),
            EXIT_NOT_FOUND,
            f"gale coord {command}: no node '{missing}'; {hint}",
        )
    refused(
        coord("get", f"{missing}/a/b"),
        EXIT_NOT_FOUND,
        f"gale coord get: no node '{missing}/a/b': '{root}' has no child 'toplogies'; {hint}",
    )
    refused(
        coord("create", f"{missing}/a"),
        EXIT_NOT_FOUND,
        f"gale coord create: no node '{missing}'; {hint}",
    )
    refused(coord("get", f"{root}/x"), EXIT_NOT_FOUND, f"gale coord get: no node '{root}/x'\n")


@pytest.mark.parametrize(
    "words, text",
    [
        (["ls", "a"], "path 'a' does not start with '/'"),
        (["ls", "/a/"], "path '/a/' ends in '/'"),
        (["create", "/a/"], "path '/a/' ends in '/'"),
        (["ls"], "PATH is missing"),
        (["set", "/a", "--version", "-1"], "--version is '-1', but must be a whole number from 0"),
        (["set", "/a", "--version", "x"], "--version is 'x', but must be a whole number from 0"),
        (["set", "/a", "--data", "x", "--file", "y"], "--data and --file say the same twice"),
        (["tree", "--depth", "65"], "--depth is '65', but must be a whole number from 0 to 64"),
        (["ls", "/", "--timeout", "soon"], "--timeout is 'soon', but must be seconds from 0.01"),
        (["ls", "/", "-c", "coord.root=x"], "-c: setting 'coord.root' is 'x', which does not"),
        (["ls", "/", "-c", "coord.rot=/x"], "-c: unknown setting 'coord.rot'; did you mean 'coord.root'?"),
        (["create", "-e", "--container", "/a"], "a container is neither ephemeral nor sequential"),
        (["rm", "-r", "/"], "'/' cannot be deleted: it is the root"),
        (["rm", "-r", "--version", "1", "/a"], "--version is for one node, without -r"),
        (["ls", "--ephemeral", "/"], "unknown option '--ephemeral'"),
    ],
)
def test_wrong_usage_says_what_is_meant_and_ends_with_2(coord, words, text):
    result = coord(*words)
    assert result.returncode == EXIT_USAGE, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith(f"gale coord {words[0]}: {text}"), result.stderr


def test_other_refusals_have_their_text(coord, client, root):
    client.create(f"{root}/e", flags=wire.EPHEMERAL)
    refused(
        coord("create", f"{root}/e"),
        EXIT_CONFLICT,
        f"gale coord create: '{root}/e' exists already; 'gale coord set' changes its data",
    )
    refused(
        coord("create", f"{root}/e/x"),
        EXIT_FAILED,
        f"gale coord create: the parent of '{root}/e/x' is ephemeral, and those have no children",
    )


def test_the_servers_may_come_from_a_file(gale, server, tmp_path):
    file = tmp_path / "gale.yaml"
    file.write_text(f"coord:\n  servers: {server.hosts}\n  listen: 127.0.0.1:1\nother: 5\n")
    assert "zookeeper\n" in done(gale("coord", "ls", "--config", file, "/"))
    refused(
        gale("coord", "ls", "--server", "a:b", "/"),
        EXIT_USAGE,
        "gale coord ls: --server: setting 'coord.servers': server 'a:b' has no port from 1",
    )


def test_one_server_of_several_suffices(gale, server):
    hosts = f"127.0.0.1:{servers.free_port()},{server.hosts}"
    assert "zookeeper\n" in done(gale("coord", "ls", "--server", hosts, "/"))


def test_without_a_server_it_is_said_how_to_start_one(gale):
    address = f"127.0.0.1:{servers.free_port()}"
    for command in ("ls", "watch"):
        refused(
            gale("coord", command, "--server", address, "/"),
            EXIT_UNREACHABLE,
            f"gale coord {command}: no server answers ({address}: Connection refused); "
            "start one with 'gale coord serve', or name another with --server HOST:PORT",
        )


def test_a_port_that_says_nothing_ends_with_the_timeout(gale):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        refused(
            gale("coord", "ls", "--timeout", "0.2", "--server", address, "/"),
            EXIT_UNREACHABLE,
            f"gale coord ls: nobody at {address} began a session within 0.2 s",
        )


# Serving.


class Served(servers.GaleCoord):
    """gale-coord by way of gale."""

    def command(self):
        program, *options = super().command()
        assert program.parent == GALE.parent
        return [GALE, "coord", "serve", *options]


def test_serve_becomes_gale_coord(gale, tmp_path):
    server = Served(tmp_path / "server", servers.Settings())
    try:
        server.start()
        assert done(gale("coord", "ls", "--server", server.hosts, "/")) == "zookeeper\n"
        server.stop()
    finally:
        server.kill()


def test_serve_without_the_program_says_where_it_looked(tmp_path):
    alone = tmp_path / "gale"
    shutil.copy(GALE, alone)
    result = subprocess.run(
        [alone, "coord", "serve"], capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    refused(
        result,
        EXIT_FAILED,
        f"gale coord serve: cannot start '{tmp_path}/gale-coord': No such file or directory",
    )


# What goes on until it is stopped.


class Running:
    """A command that is read line by line."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [GALE, "coord", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self):
        return self.process.stdout.readline()

    def event(self):
        return json.loads(self.line())

    def interrupt(self):
        """Gives the exit code and what was said besides."""
        self.process.send_signal(signal.SIGINT)
        rest, said = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, rest, said


@pytest.fixture
def start(server):
    started = []

    def run(command, *words):
        started.append(Running(command, "--server", server.hosts, *words))
        return started[-1]

    yield run
    for running in started:
        running.process.kill()
        running.process.communicate()


def test_watch_tells_each_change(start, client, root):
    node = f"{root}/a"
    watch = start("watch", "--json", node)
    told = []

    def after(step):
        step()
        event = watch.event()
        assert event["path"] == node
        told.append((event["event"], event.get("version"), event.get("children")))

    after(lambda: None)
    after(lambda: client.create(node))
    after(lambda: client.set(node, b"x"))
    after(lambda: client.create(f"{node}/b"))
    after(lambda: client.delete(f"{node}/b"))
    after(lambda: client.set(node, b"y"))
    after(lambda: client.delete(node))
    after(lambda: client.create(node))
    after(lambda: client.create(f"{node}/b"))
    assert told == [
        ("missing", None, None),
        ("created", 0, 0),
        ("data", 1, 0),
        ("children", 1, 1),
        ("children", 1, 0),
        ("data", 2, 0),
        ("deleted", None, None),
        ("created", 0, 0),
        ("children", 0, 1),
    ]
    assert watch.interrupt() == (EXIT_INTERRUPTED, "", "")


def test_watch_writes_lines_for_people(start, client, root):
    watch = start("watch", root)
    assert re.fullmatch(
        rf"\d{{4}}-\S+Z exists {root}: version 0, 0 bytes, 0 children\n", watch.line()
    )
    client.set(root, b"12345")
    assert watch.line().endswith(f" data {root}: version 1, 5 bytes, 0 children\n")


@pytest.mark.parametrize("kind", servers.KINDS)
def test_watch_outlives_its_server(tmp_path_factory, gale, kind):
    with servers.running(kind, tmp_path_factory.mktemp("mortal")) as server:
        done(gale("coord", "create", "--server", server.hosts, "/a"))
        watch = Running("watch", "--json", "--server", server.hosts, "/a")
        try:
            assert watch.event()["event"] == "exists"
            server.kill()
            assert watch.event()["event"] == "connection_lost"
            server.restart()
            assert watch.event()["event"] == "connected"
            done(gale("coord", "set", "--server", server.hosts, "/a", "--data", "x"))
            assert watch.event()["event"] == "data"
            assert watch.interrupt()[0] == EXIT_INTERRUPTED
        finally:
            watch.process.kill()
            watch.process.communicate()


def test_an_ephemeral_node_is_held_until_ctrl_c(start, client, root):
    holder = start("create", "-e", f"{root}/here")
    assert holder.line() == f"{root}/here\n"
    assert client.stat(f"{root}/here").owner != 0
    assert holder.interrupt() == (EXIT_INTERRUPTED, "", "")
    assert client.children(root) == []


# Sessions.


def test_sessions_are_listed_with_what_they_hold(coord, client, root):
    client.create(f"{root}/a", flags=wire.EPHEMERAL)
    client.create(f"{root}/b", flags=wire.EPHEMERAL)
    listed = json.loads(done(coord("sessions", "--json")))["sessions"]
    mine = [row for row in listed if row["session"] == f"0x{client.session:x}"]
    assert len(mine) == 1
    host, port = client.socket.getsockname()[:2]
    assert mine[0]["client"] == f"{host}:{port}"
    assert mine[0]["timeout_ms"] == client.handshake.timeout_ms
    assert mine[0]["ephemerals"] == 2
    assert re.search(rf"^0x{client.session:x}  {host}:{port} ", done(coord("sessions")), re.M)


@pytest.mark.parametrize("kind", servers.KINDS)
def test_a_server_that_may_not_tell_its_sessions(tmp_path_factory, gale, kind):
    folder = tmp_path_factory.mktemp("silent")
    with servers.running(kind, folder, words="srvr") as server:
        refused(
            gale("coord", "sessions", "--server", server.hosts),
            EXIT_FAILED,
            f"gale coord sessions: {server.hosts} may not answer 'cons'; allow it there: "
            "coord.words of gale-coord, 4lw.commands.whitelist of a ZooKeeper",
        )
