# SPDX-License-Identifier: Apache-2.0
"""gale-nimbus from outside: its command line, blobs, the life of topologies, restarts, and two of them
of which one is killed or stopped."""

import contextlib
import hashlib
import json
import os
import socket
import subprocess

import pytest

from conftest import BUILD, TIMEOUT_S
from nimbus import control, servers

PLAN = json.dumps(
    {
        "version": 1,
        "name": "sample",
        "components": [
            {
                "name": "reader",
                "role": "spout",
                "tasks": 2,
                "executors": 2,
                "max_pending": 0,
                "tick_ms": 0,
                "own_loop": False,
                "streams": [
                    {
                        "name": "lines",
                        "direct": False,
                        "fields": [{"name": "text", "kind": "str"}],
                    }
                ],
                "inputs": [],
                "settings": [],
            },
            {
                "name": "writer",
                "role": "bolt",
                "tasks": 4,
                "executors": 4,
                "max_pending": 0,
                "tick_ms": 0,
                "own_loop": False,
                "streams": [],
                "inputs": [
                    {
                        "from": "reader",
                        "stream": "lines",
                        "by": "shuffle",
                        "keys": [],
                        "reserve_bytes": 0,
                    }
                ],
                "settings": [],
            },
        ],
        "settings": [],
    }
).encode()
FULL_DISK = BUILD / "test-bin" / "full_disk.so"
SO = b"\x7fELF" + bytes(range(256)) * 2500  # three chunks


def submit(client, name, **settings):
    values = {key.replace("__", "."): str(value) for key, value in settings.items()}
    return client.ask(
        "topology.submit",
        name=name,
        plan=client.put(PLAN),
        so=client.put(SO),
        settings=values,
        args=["a", "b"],
        owner="tester",
    )


def listed(client):
    return {line["name"]: line for line in client.ask("topology.list")["topologies"]}


@pytest.fixture(scope="module")
def coord(tmp_path_factory):
    with servers.cluster_state(tmp_path_factory.mktemp("coord")) as coord:
        yield coord


@pytest.fixture
def nimbuses(coord, tmp_path):
    """nimbuses(number, ...) makes one with a cluster of the test's own below its root."""
    made = []
    root = f"/{tmp_path.name}"

    def make(number=0, **settings):
        made.append(servers.Nimbus(tmp_path / f"n{number}", coord, coord__root=root, **settings))
        return made[-1]

    try:
        yield make
        for nimbus in made:
            if nimbus.process:
                nimbus.resume()
                nimbus.stop()
    finally:
        for nimbus in made:
            nimbus.kill()


@pytest.fixture
def nimbus(nimbuses):
    one = nimbuses()
    one.start()
    return one.await_leading()


@pytest.fixture
def client(nimbus):
    with nimbus.client() as client:
        yield client


@pytest.fixture
def supervisor(coord, nimbus):
    played = servers.Supervisor(coord, "s1", root=nimbus.values["coord.root"])
    yield played
    played.close()


# ---- The command line ------------------------------------------------------------------------


def run_nimbus(*words, timeout=TIMEOUT_S):
    return subprocess.run(
        [servers.GALE_NIMBUS, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def test_it_says_what_it_is():
    assert run_nimbus("--version").stdout.startswith("gale-nimbus ")
    assert "nimbus.blob.bytes.max" in run_nimbus("--help").stdout
    assert ".Nm gale-nimbus" in run_nimbus("--man").stdout


def test_a_wrong_file_is_named_with_line_column_and_the_nearest_key(tmp_path):
    config = tmp_path / "gale.yaml"
    config.write_text("nimbus:\n  lisen: 127.0.0.1:1\n")
    done = run_nimbus("--config", config)
    assert done.returncode == 2
    assert "gale.yaml:2:10" in done.stderr
    assert "'nimbus.listen'" in done.stderr


@pytest.mark.parametrize("words", [["--no-such"], ["word"], ["-c", "nimbus.id=../x"]])
def test_wrong_usage_is_2(words):
    assert run_nimbus(*words).returncode == 2


def test_two_do_not_share_a_folder(nimbus):
    done = run_nimbus("--data", nimbus.folder / "data", "--listen", "127.0.0.1:0")
    assert done.returncode == 1
    assert "another nimbus" in done.stderr


def test_an_address_in_use_is_named(nimbus, tmp_path):
    done = run_nimbus("--data", tmp_path / "other", "--listen", nimbus.at)
    assert done.returncode == 1
    assert nimbus.at in done.stderr


def test_the_service_manager_is_told(nimbuses, tmp_path, monkeypatch):
    path = f"{tmp_path}/notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(TIMEOUT_S)
        monkeypatch.setenv("NOTIFY_SOCKET", path)
        nimbus = nimbuses()
        nimbus.start()
        assert manager.recv(64) == b"READY=1"
        assert nimbus.stop() == 0
        assert manager.recv(64) == b"STOPPING=1"


# ---- Blobs -----------------------------------------------------------------------------------


def test_info_names_the_leader(nimbus, client):
    info = client.ask("info")
    assert info["leader"] is True
    assert info["leader_address"] == nimbus.at
    assert info["nimbus"] == (nimbus.folder / "data" / "id").read_text().strip()


def test_a_blob_comes_back_as_it_was(client):
    content = os.urandom(3 * control.CHUNK + 17)
    digest = client.put(content)
    assert client.get(digest) == content
    assert client.ask("blob.put", hash=digest, size=len(content))["done"]
    answer, body = client.ask_bytes("blob.get", hash=digest, offset=len(content), length=10)
    assert (answer["size"], body) == (len(content), b"")


def test_what_is_not_what_it_says_is_dropped(nimbus, client):
    digest = hashlib.sha256(b"right").hexdigest()
    with pytest.raises(control.Refused) as refused:
        client.ask("blob.put", b"wrong", hash=digest, size=5, offset=0)
    assert refused.value.code == "invalid"
    assert client.ask("blob.put", hash=digest, size=5) == {"have": 0, "done": False}
    with pytest.raises(control.Refused) as refused:
        client.ask("blob.get", hash=digest)
    assert refused.value.code == "not_found"
    assert not list((nimbus.folder / "data" / "uploads").iterdir())
    client.put(b"right")


def test_an_upload_goes_on_where_it_stopped(nimbus, client):
    content = os.urandom(2 * control.CHUNK)
    digest = hashlib.sha256(content).hexdigest()
    first = content[: control.CHUNK]
    assert client.ask("blob.put", first, hash=digest, size=len(content))["have"] == len(first)
    with nimbus.client() as other:
        assert other.put(content) == digest
        assert other.get(digest) == content


def test_a_blob_has_a_limit(nimbuses):
    nimbus = nimbuses(nimbus__blob__bytes__max=65536)
    nimbus.start()
    nimbus.await_leading()
    with nimbus.client() as client:
        with pytest.raises(control.Refused) as refused:
            client.ask("blob.put", hash="0" * 64, size=65537)
        assert refused.value.code == "limit"


class FullDisk(servers.Nimbus):
    """One whose disk is full between fill() and free()."""

    def command(self):
        assert FULL_DISK.exists(), f"not built: {FULL_DISK}"
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        preload = [f"LD_PRELOAD={FULL_DISK}", f"FULL_DISK_WHILE={self.flag}"]
        return ["env", f"ASAN_OPTIONS={sanitizer}", *preload, *super().command()]

    @property
    def flag(self):
        return self.folder / "full"

    def fill(self):
        self.flag.touch()

    def free(self):
        self.flag.unlink()


def test_without_room_an_upload_is_refused_and_leaves_nothing(coord, tmp_path):
    nimbus = FullDisk(tmp_path / "nimbus", coord, coord__root=f"/{tmp_path.name}")
    try:
        nimbus.start()
        nimbus.await_leading()
        with nimbus.client() as client:
            nimbus.fill()
            with pytest.raises(control.Refused) as refused:
                client.put(SO)
            assert refused.value.code == "unavailable"
            assert "room" in refused.value.text
            assert not list((nimbus.folder / "data" / "uploads").iterdir())
            nimbus.free()
            assert client.get(client.put(SO)) == SO
        nimbus.stop()
    finally:
        nimbus.kill()


# ---- Topologies ------------------------------------------------------------------------------


def test_a_topology_lives_and_dies(client, supervisor):
    answer = submit(client, "wc", topology__workers=2)
    assert answer["workers"] == 0
    assert answer["unplaced"] == 6
    assert answer["why_not"]
    assert listed(client)["wc"]["status"] == "active"
    supervisor.join()
    control.until(lambda: listed(client)["wc"]["workers"] == 2, "it is placed")
    assert listed(client)["wc"]["why_not"] is None
    assert client.ask("topology.deactivate", name="wc")["status"] == "inactive"
    assert client.ask("topology.kill", name="wc", wait_ms=3600000)["status"] == "killed"
    workers = [supervisor.worker(answer["id"], slot, drained=True) for slot in (0, 1)]
    supervisor.report(client, *workers)
    control.until(lambda: not listed(client), "it is gone")


def test_a_restart_keeps_all(nimbus, client, supervisor):
    supervisor.join()
    before = submit(client, "wc")
    client.ask("topology.kill", name="wc", wait_ms=3600000)
    submit(client, "other")
    identity = client.ask("info")["nimbus"]
    assert nimbus.kill() is not None
    nimbus.restart()
    nimbus.await_leading()
    assert client.ask("info")["nimbus"] == identity
    lines = listed(client)
    assert lines["wc"]["id"] == before["id"]
    assert (lines["wc"]["status"], lines["other"]["status"]) == ("killed", "active")
    assert lines["other"]["workers"] == 1
    client.ask("topology.kill", name="wc", wait_ms=0)
    control.until(lambda: list(listed(client)) == ["other"], "it is gone")


def test_while_the_cluster_state_is_away_requests_are_told_so(tmp_path):
    with servers.cluster_state(tmp_path / "coord") as coord:
        nimbus = servers.Nimbus(tmp_path / "nimbus", coord)
        try:
            nimbus.start()
            nimbus.await_leading()
            with nimbus.client() as client:
                submit(client, "wc")
                coord.kill()
                control.until(lambda: not nimbus.leads(), "it notices")
                with pytest.raises(control.Refused) as refused:
                    client.ask("topology.list")
                assert refused.value.code == "unavailable"
                assert "cluster state" in refused.value.text
                coord.restart()
                nimbus.await_leading()
                assert list(listed(client)) == ["wc"]
            nimbus.stop()
        finally:
            nimbus.kill()


# ---- Two of them -----------------------------------------------------------------------------


@pytest.fixture
def pair(nimbuses):
    """The leader, with a topology, and a standby that has all its blobs."""
    leader, standby = nimbuses(1), nimbuses(2)
    leader.start()
    leader.await_leading()
    standby.start()
    with leader.client() as client:
        submit(client, "wc")
    with standby.client() as client:
        digest = hashlib.sha256(SO).hexdigest()

        def has_blob():
            with contextlib.suppress(control.Refused):
                return client.get(digest) == SO

        control.until(has_blob, "the standby fetches")
    control.until(lambda: standby.info()["state"] == "standing", "it is a candidate")
    return leader, standby


def test_a_standby_names_the_leader(pair):
    leader, standby = pair
    assert standby.info()["leader_address"] == leader.at
    with standby.client() as client, pytest.raises(control.Refused) as refused:
        client.ask("topology.list")
    assert refused.value.code == "not_leader"
    assert leader.at in refused.value.text


def test_a_leader_that_ends_is_followed_at_once(pair):
    leader, standby = pair
    assert leader.stop() == 0
    standby.await_leading()
    with standby.client() as client:
        assert list(listed(client)) == ["wc"]


def test_a_leader_that_is_killed_is_followed(pair):
    leader, standby = pair
    leader.kill()
    standby.await_leading()
    with standby.client() as client:
        assert client.ask("topology.deactivate", name="wc")["status"] == "inactive"
    leader.restart()
    control.until(lambda: leader.info()["state"] == "standing", "it is a candidate again")
    assert standby.leads()


def test_a_leader_that_was_stopped_writes_nothing_any_more(pair):
    leader, standby = pair
    with leader.client() as client, standby.client() as other:
        leader.pause()
        standby.await_leading()
        assert other.ask("topology.deactivate", name="wc")["status"] == "inactive"
        asked = client.send("topology.kill", name="wc", wait_ms=0)
        leader.resume()
        number, answer, _ = client.receive()
        assert number == asked
        assert isinstance(answer, control.Refused)
        assert answer.code in ("not_leader", "unavailable")
        control.until(lambda: leader.info()["state"] == "standing", "it steps down")
        assert listed(other)["wc"]["status"] == "inactive"
        assert standby.leads()
