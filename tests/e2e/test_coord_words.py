# SPDX-License-Identifier: Apache-2.0
"""The four-letter words, as monitors read them."""

import re

import pytest

from coord import servers, wire
from coord.fixtures import client, connect, connect_to, root, server
from coord.wire import Connection

READING = ["ruok", "srvr", "stat", "mntr", "cons", "dump", "wchs", "wchc", "wchp"]
READING += ["envi", "conf", "isro"]


def ask(server, word):
    return wire.ask(server.address, word)


def pairs(answer, separator):
    """Of lines "name<separator>value"; a line that is not one is an error."""
    return dict(line.split(separator, 1) for line in answer.splitlines())


def hexadecimal(session):
    return f"0x{session & (2**64 - 1):x}"


def sections(answer):
    """Lines that are indented, under the line above them that is not."""
    found, name = {}, None
    for line in answer.splitlines():
        if line.startswith("\t"):
            found[name].append(line.strip())
        elif line:
            name = line
            found[name] = []
    return found


def test_ruok_is_answered_without_a_line_end(server):
    assert ask(server, "ruok") == "imok"


def test_isro_says_that_it_writes(server):
    assert ask(server, "isro") == "rw"


@pytest.mark.parametrize("word", READING)
def test_a_word_is_answered_and_the_connection_closed(server, word):
    connection = Connection(server.address)
    connection.send_bytes(word.encode() + b"\n")
    assert connection.read_to_end()
    connection.close()


def test_a_word_may_come_in_pieces(server):
    connection = Connection(server.address)
    for byte in b"ruok":
        connection.send_bytes(bytes([byte]))
    assert connection.read_to_end() == b"imok"
    connection.close()


@pytest.mark.parametrize("word", ["abcd", "RUOK", "ruo\0"])
def test_an_unknown_word_is_closed_without_an_answer(server, word):
    assert ask(server, word) == ""


def test_srvr_describes_the_server(server, client):
    client.create("/test", flags=wire.SEQUENTIAL)
    lines = ask(server, "srvr").splitlines()
    names = [line.split(":")[0] for line in lines]
    assert names == [
        *("Zookeeper version", "Latency min/avg/max", "Received", "Sent", "Connections"),
        *("Outstanding", "Zxid", "Mode", "Node count"),
    ]
    values = dict(line.split(": ", 1) for line in lines)
    assert re.fullmatch(r"\d+/[\d.]+/\d+", values["Latency min/avg/max"])
    for name in ("Received", "Sent", "Connections", "Node count"):
        assert int(values[name]) > 0
    assert int(values["Outstanding"]) >= 0
    assert int(values["Zxid"], 16) >= client.zxid
    assert values["Mode"] == "standalone"


def test_srvr_counts_nodes(server, client):
    def count():
        return int(re.search(r"Node count: (\d+)", ask(server, "srvr"))[1])

    before = count()
    path = client.create("/test", flags=wire.SEQUENTIAL)
    client.create(path + "/x")
    assert count() == before + 2


def test_stat_also_lists_the_connections(server, client):
    answer = ask(server, "stat")
    lines = answer.splitlines()
    assert lines[0].startswith("Zookeeper version: ")
    assert lines[1] == "Clients:"
    listed = lines[2 : lines.index("")]
    for line in listed:
        assert re.fullmatch(r" /127\.0\.0\.1:\d+\[\d\]\(queued=\d+,recved=\d+,sent=\d+\)", line)
    port = client.socket.getsockname()[1]
    assert any(line.startswith(f" /127.0.0.1:{port}[1]") for line in listed)
    assert lines[lines.index("") + 1].startswith("Latency min/avg/max: ")
    assert lines[-1].startswith("Node count: ")


def test_cons_says_more_of_each_connection(server, connect):
    client = connect(timeout_ms=12345)
    client.set("/")
    port = client.socket.getsockname()[1]
    line = ""
    while f":{port}[1]" not in line:  # ZooKeeper reads nothing of a connection while it works for it
        line = next(line for line in ask(server, "cons").splitlines() if f":{port}[" in line)
    head, fields = line.rstrip(")").split("(", 1)
    assert head == f" /127.0.0.1:{port}[1]"
    values = pairs(fields.replace(",", "\n"), "=")
    assert list(values)[:10] == [
        *("queued", "recved", "sent", "sid", "lop", "est", "to", "lcxid", "lzxid", "lresp")
    ]
    assert values["sid"] == hexadecimal(client.session)
    assert values["to"] == "12345"
    assert values["lop"] == "SETD"
    assert (values["lcxid"], int(values["lzxid"], 16)) == ("0x1", client.zxid)
    assert {"llat", "minlat", "avglat", "maxlat"} <= set(values)


def test_mntr_gives_what_monitors_collect(server, connect):
    client = connect()
    path = client.create("/test", b"x" * 100, flags=wire.SEQUENTIAL)
    client.create(path + "/mine", flags=wire.EPHEMERAL)
    client.get(path, watch=True)
    values = pairs(ask(server, "mntr"), "\t")
    assert all(re.fullmatch(r"zk_\w+", name) for name in values)
    assert values["zk_server_state"] == "standalone"
    assert values["zk_version"]
    for name in (
        *("zk_packets_received", "zk_packets_sent", "zk_num_alive_connections", "zk_znode_count"),
        *("zk_watch_count", "zk_ephemerals_count", "zk_open_file_descriptor_count"),
        *("zk_max_file_descriptor_count", "zk_uptime"),
    ):
        assert int(values[name]) > 0, name
    assert int(values["zk_approximate_data_size"]) > 100
    assert int(values["zk_outstanding_requests"]) >= 0
    for name in ("zk_min_latency", "zk_avg_latency", "zk_max_latency"):
        assert float(values[name]) >= 0


def test_mntr_counts(server, connect):
    client = connect()

    def counts():
        values = pairs(ask(server, "mntr"), "\t")
        names = ("zk_znode_count", "zk_ephemerals_count", "zk_watch_count")
        return [int(values[name]) for name in names]

    path = client.create("/test", flags=wire.SEQUENTIAL)
    before = counts()
    client.create(path + "/x")
    client.create(path + "/mine", flags=wire.EPHEMERAL)
    client.get(path, watch=True)
    client.children(path, watch=True)
    client.exists(path + "/none", watch=True)
    assert [after - now for after, now in zip(counts(), before)] == [2, 1, 3]


def test_dump_lists_sessions_and_their_ephemerals(server, connect):
    client = connect()
    paths = [client.create("/dump", flags=wire.EPHEMERAL_SEQUENTIAL) for _ in range(2)]
    answer = ask(server, "dump")
    assert answer.startswith("SessionTracker dump:\n")
    trackers, _, ephemerals = answer.partition("ephemeral nodes dump:\n")
    session = hexadecimal(client.session)
    assert re.search(rf"^\t{session}$", trackers, re.MULTILINE)
    assert re.match(r"Sessions with Ephemerals \(\d+\):\n", ephemerals)
    assert sorted(sections(ephemerals)[session + ":"]) == paths


@pytest.fixture
def watched(connect):
    """A client, a path it watches for data and one it watches for children."""
    client = connect()
    data, both = (client.create("/test", flags=wire.SEQUENTIAL) for _ in range(2))
    client.get(data, watch=True)
    client.exists(both, watch=True)
    return client, data, both


def test_wchs_counts_watches(server, connect, watched):
    client, data, both = watched

    def counts():
        match = re.fullmatch(
            r"(\d+) connections watching (\d+) paths\nTotal watches:(\d+)\n+", ask(server, "wchs")
        )
        return [int(count) for count in match.groups()]

    before = counts()
    assert before[0] >= 1 and before[1] >= 2 and before[2] >= 2
    other = connect()
    other.get(data, watch=True)
    other.get("/", watch=True)
    other.exists("/none of the others", watch=True)
    after = counts()
    assert after[0] == before[0] + 1 and after[2] == before[2] + 3
    assert after[1] - before[1] in (1, 2)


def test_wchc_lists_paths_by_session(server, watched):
    client, data, both = watched
    listed = sections(ask(server, "wchc"))
    assert sorted(listed[hexadecimal(client.session)]) == [data, both]


def test_wchp_lists_sessions_by_path(server, connect, watched):
    client, data, _ = watched
    other = connect()
    other.get(data, watch=True)
    listed = sections(ask(server, "wchp"))
    assert sorted(listed[data]) == sorted(hexadecimal(one.session) for one in (client, other))


def test_conf_tells_the_settings(server):
    values = pairs(ask(server, "conf").strip(), "=")
    assert values["clientPort"] == str(server.port)
    assert values["tickTime"] == "2000"
    assert (values["minSessionTimeout"], values["maxSessionTimeout"]) == ("4000", "40000")
    assert {"dataDir", "maxClientCnxns"} <= set(values)


def test_envi_tells_the_surroundings(server):
    title, _, rest = ask(server, "envi").partition("\n")
    assert title == "Environment:"
    values = pairs(rest, "=")
    assert values["zookeeper.version"] and values["host.name"] and values["os.name"]


def test_words_are_for_new_connections_only(client):
    client.send_bytes(b"ruok")
    assert client.is_closed()


def test_a_word_that_is_not_allowed_says_so(server, tmp_path_factory, connect_to):
    folder = tmp_path_factory.mktemp("words")
    with servers.running(server.kind, folder, words="ruok, isro") as strict:
        assert ask(strict, "ruok") == "imok"
        assert ask(strict, "isro") == "rw"
        assert ask(strict, "srvr").startswith("Zookeeper version: ")  # cannot be switched off
        for word in set(READING) - {"ruok", "isro", "srvr"}:
            wanted = f"{word} is not executed because it is not in the whitelist.\n"
            assert ask(strict, word) == wanted
        assert ask(strict, "abcd") == ""
        assert connect_to(strict).exists("/")
