# SPDX-License-Identifier: Apache-2.0
"""A cluster with keys, on loopback and beyond it: who gets in, who does not, and what each may ask."""

import contextlib
import itertools
import os
import re
import subprocess
from pathlib import Path

import pytest
import zmq
from cluster.cluster import SUPERVISOR, TIMEOUT_S, await_true, processes_of
from cluster.keyed import (
    ELSEWHERE,
    LOOPBACK,
    KeyedCluster,
    Knock,
    enter_other_network,
    pair_in,
    topology_pair,
)
from cluster.through import Through, compile_through
from conftest import GALE, ROOT, run_gale
from nimbus.servers import GALE_NIMBUS

HAS_ELSEWHERE = enter_other_network()
needs_elsewhere = pytest.mark.skipif(not HAS_ELSEWHERE, reason="only root can make an address")
NOT_IN = ("unlike", "cut")  # whoever of the two sees it first hangs up
OPERATIONS = ("info", "topology.list", "topology.kill", "blob.get", "supervisor.report", "logs.list")


@pytest.fixture(scope="module")
def so_file(tmp_path_factory):
    return compile_through(tmp_path_factory.mktemp("through"))


@pytest.fixture(
    scope="module",
    params=[LOOPBACK, pytest.param(ELSEWHERE, marks=needs_elsewhere)],
    ids=["loopback", "beyond"],
)
def world(request, so_file, tmp_path_factory):
    """A cluster with keys in which two topologies run: (cluster, their ids)."""
    with KeyedCluster(request.param) as cluster:
        folder = tmp_path_factory.mktemp("out")
        runs = [Through(cluster, so_file, folder / name, name=name) for name in ("one", "two")]
        for run in runs:
            run.start(workers=2, **{"source.to": 0xFFFFFFFF})
        for run in runs:
            await_true(lambda of=run.name: cluster.all_run(of, 2), "its workers run")
            run.await_growth()
        yield cluster, [run.identity for run in runs]
        cluster.gale("kill", "one", "--yes", "--drain", "0", "--wait")
        cluster.gale("kill", "two", "--yes", "--drain", "0", "--wait")


@needs_elsewhere
def test_all_numbers_arrive_over_links_with_keys(so_file, tmp_path):
    with KeyedCluster(ELSEWHERE) as cluster:
        run = Through(cluster, so_file, tmp_path / "out", numbers=4000)
        run.start()
        run.await_end()
        assert run.check() == 0
        assert len(cluster.links(run.identity)) == 3
        assert all(link.startswith(ELSEWHERE) for link in cluster.links(run.identity))


# ---- the gale command ----


def gale(cluster, *words, **settings):
    options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return run_gale(*words, *options, env={"GALE_CONFIG": str(cluster.config)})


def test_gale_shows_its_key(world):
    cluster, _ = world
    assert cluster.names() == {"one", "two"}
    assert "worker.running" in cluster.gale("logs", "one")
    assert run_gale("doctor", env={"GALE_CONFIG": str(cluster.config)}).stdout.count("answers") >= 2


def test_gale_without_a_key_is_told_what_it_needs(world):
    cluster, _ = world
    result = gale(cluster, "list", **{"cluster.client": ""})
    assert result.returncode == 7
    assert "it asks for a key, and we have none" in result.stderr
    assert "cluster.client" in result.stderr


def test_gale_with_the_key_of_another_cluster_is_refused(world, tmp_path):
    cluster, _ = world
    subprocess.run([GALE, "keys", "make", "--dir", tmp_path / "k"], check=True, capture_output=True)
    result = gale(cluster, "list", "--timeout", "2", **{"cluster.client": tmp_path / "k" / "client.key"})
    assert result.returncode == 7
    assert "its key may be another" in result.stderr


def test_a_client_comes_and_goes(world):
    cluster, _ = world
    subprocess.run([GALE, "keys", "add", "ann", "--dir", cluster.keys], check=True, capture_output=True)
    ann = {"cluster.client": cluster.keys / "ann.key"}
    assert gale(cluster, "list", **ann).returncode == 0
    (cluster.keys / "clients" / "ann.pub").unlink()
    result = gale(cluster, "list", **ann)
    assert result.returncode == 7
    assert "it does not let our key in" in result.stderr
    assert cluster.names() == {"one", "two"}


def test_a_key_that_is_not_there_or_that_others_read_is_refused(world, tmp_path):
    cluster, _ = world
    result = gale(cluster, "list", **{"cluster.client": tmp_path / "nothing"})
    assert result.returncode == 7 and "cluster.client" in result.stderr
    copy = tmp_path / "copy.key"
    copy.write_bytes(cluster.client_file.read_bytes())
    copy.chmod(0o644)
    result = gale(cluster, "list", **{"cluster.client": copy})
    assert result.returncode == 7 and "chmod 600" in result.stderr


# ---- the ports ----


def test_nothing_is_done_for_strangers_at_any_port(world):
    """Whoever has no key, or one that nobody lists, does not get through the handshake; and each
    operation needs one."""
    cluster, identities = world
    server = pair_in(cluster.keys / "cluster.key")[0]
    stranger = zmq.curve_keypair()
    ports = cluster.ports()
    assert len(ports) >= 1 + 2 + 4, f"nimbus, supervisors, workers: {ports}"
    links = [link for identity in identities for link in cluster.links(identity)]
    assert set(links) <= set(ports)
    for port in ports:
        with Knock(port, kind=zmq.PUSH if port in links else zmq.DEALER) as plain:
            assert plain.outcome() in NOT_IN, port
        with Knock(port, stranger, server) as knock:
            assert knock.outcome() == ("cut" if port in links else "refused"), port
    for op, port in itertools.product(OPERATIONS, set(ports) - set(links)):
        with Knock(port) as plain:
            head = b'{"v":1,"id":1,"op":"%s","args":{}}' % op.encode()
            with contextlib.suppress(zmq.Again):  # it may have been shown the door already
                plain.socket.send_multipart([head, b""], zmq.NOBLOCK)
            assert plain.outcome() in NOT_IN
            assert not plain.socket.poll(50)
    assert "peer.refused" in cluster.nimbuses[0].log.read_text()


def test_the_links_of_a_topology_refuse_the_key_of_another(world):
    cluster, identities = world
    secret = pair_in(cluster.keys / "cluster.key")[1]
    one, two = (topology_pair(secret, identity) for identity in identities)
    for link in cluster.links(identities[1]):
        with Knock(link, two, two[0], zmq.PUSH) as own:
            assert own.outcome() == "in"
        with Knock(link, one, two[0], zmq.PUSH) as other:
            assert other.outcome() == "refused"
        with Knock(link, pair_in(cluster.client_file), two[0], zmq.PUSH) as client:
            assert client.outcome() == "refused"


def test_the_key_of_a_topology_opens_no_control_port(world):
    cluster, identities = world
    server, secret = pair_in(cluster.keys / "cluster.key")
    links = [link for identity in identities for link in cluster.links(identity)]
    for port in set(cluster.ports()) - set(links):
        with Knock(port, topology_pair(secret, identities[0]), server) as worker:
            assert worker.outcome() == "refused"


@pytest.mark.parametrize(
    "who, op, code",
    [
        ("client", "info", "ok"),
        ("client", "topology.list", "ok"),
        ("client", "supervisor.report", "denied"),
        ("client", "blob.get", "denied"),
        ("cluster", "info", "ok"),
        ("cluster", "topology.list", "denied"),
        ("cluster", "topology.kill", "denied"),
        ("cluster", "blob.put", "denied"),
        ("cluster", "blob.get", "invalid"),  # it may; but nothing was named
    ],
)
def test_nimbus_does_what_the_key_allows(world, who, op, code):
    cluster, _ = world
    server = pair_in(cluster.keys / "cluster.key")[0]
    with Knock(cluster.nimbuses[0].at, pair_in(cluster.keys / f"{who}.key"), server) as knock:
        assert knock.ask(op) == code


def test_the_key_of_the_cluster_orders_nothing(world):
    cluster, _ = world
    server = pair_in(cluster.keys / "cluster.key")[0]
    table = (ROOT / "nimbus" / "core.c").read_text()
    operations = set(re.findall(r'^    \{"([a-z._]+)", ', table, re.M))
    assert {"info", "topology.submit", "blob.put", "supervisor.report"} <= operations
    with Knock(cluster.nimbuses[0].at, pair_in(cluster.keys / "cluster.key"), server) as knock:
        for op in operations - {"info", "blob.get", "supervisor.report", "supervisor.figures"}:
            assert knock.ask(op) == "denied", op
    with Knock(cluster.nimbuses[0].at, pair_in(cluster.client_file), server) as knock:
        for op in ("blob.get", "supervisor.report", "supervisor.figures"):
            assert knock.ask(op) == "denied", op


def test_a_supervisor_shows_logs_to_clients_alone(world):
    cluster, identities = world
    server = pair_in(cluster.keys / "cluster.key")[0]
    port = cluster.supervisors[0].port_file.read_text().strip()
    for who, code in (("client", "ok"), ("cluster", "denied")):
        pair = pair_in(cluster.keys / f"{who}.key")
        with Knock(f"{cluster.host}:{port}", pair, server) as knock:
            assert knock.ask("info") == "ok"
            assert knock.ask("logs.list", topology=identities[0]) == code


# ---- secrets ----


def test_no_secret_is_where_it_does_not_belong(world):
    """Neither in a command line, nor an environment, nor any file but those of the keys, nor in what
    gale prints; the files of the topologies' keys are gone when their workers have read them."""
    cluster, identities = world
    secrets = cluster.secrets(identities)
    places = {}
    for pid in processes_of(cluster.folder):
        for name in ("cmdline", "environ"):
            places[f"/proc/{pid}/{name}"] = Path(f"/proc/{pid}/{name}").read_bytes()
    for path in cluster.folder.rglob("*"):
        if path.is_file() and cluster.keys not in path.parents:
            places[str(path)] = path.read_bytes()
    for words in (
        ("keys", "show", "--dir", cluster.keys),
        ("config", "show"),
        ("status", "one", "--json"),
        ("nodes", "--json"),
        ("logs", "one"),
        ("coord", "tree", "/", "--depth", "9"),
        ("doctor", "--json"),
    ):
        result = cluster.run(*words)
        places[" ".join(map(str, words))] = (result.stdout + result.stderr).encode()
    assert len(places) > 30
    assert not list(cluster.folder.glob("*/data/workers/*/topology.key"))
    for (place, content), (name, secret) in itertools.product(places.items(), secrets.items()):
        assert secret not in content, f"{name} is in {place}"


# ---- refusals at the start ----


def start(program, *words):
    return subprocess.run(
        list(map(str, [program, *words])),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def user_words():
    return ("-c", "supervisor.worker.user=root") if os.geteuid() == 0 else ()


@needs_elsewhere
@pytest.mark.parametrize("address", [ELSEWHERE, "0.0.0.0", "*", "[::]"])
def test_without_keys_nobody_listens_beyond_loopback(address, tmp_path):
    result = start(GALE_NIMBUS, "--data", tmp_path / "n", "--listen", f"{address}:0")
    assert result.returncode == 1
    assert "gale keys make" in result.stderr and "cluster.keys" in result.stderr
    result = start(SUPERVISOR, "--data", tmp_path / "s", "--listen", f"{address}:0", *user_words())
    assert result.returncode == 1
    assert "gale keys make" in result.stderr


@needs_elsewhere
def test_without_keys_no_worker_may_listen_beyond_loopback(tmp_path):
    words = ("--data", tmp_path / "s", "-c", f"supervisor.host={ELSEWHERE}", *user_words())
    result = start(SUPERVISOR, *words)
    assert result.returncode == 1
    assert "supervisor.host" in result.stderr and "gale keys make" in result.stderr


def test_keys_that_cannot_be_used_stop_the_start(tmp_path):
    def expect(why):
        for program, data in ((GALE_NIMBUS, "n"), (SUPERVISOR, "s")):
            more = user_words() if program == SUPERVISOR else ()
            words = ("--data", tmp_path / data, "-c", f"cluster.keys={keys}", *more)
            result = start(program, *words, "--listen", "127.0.0.1:0")
            assert result.returncode == 1, result.stderr
            assert why in result.stderr

    keys = tmp_path / "keys"
    expect("keys")  # there are none
    subprocess.run([GALE, "keys", "make", "--dir", keys], check=True, capture_output=True)
    secret = keys / "cluster.key"
    whole = secret.read_text()
    secret.chmod(0o640)
    expect("chmod 600")
    secret.chmod(0o600)
    secret.write_text("")
    expect("cluster.key")
    secret.write_text(whole[: len(whole) // 2])
    expect("cluster.key")
    secret.write_text(re.sub(r'secret-key = ".', 'secret-key = "0', whole).replace("0000", "1111"))
    expect("cluster.key")
    secret.write_text(whole)
    (keys / "clients").chmod(0o777)
    expect("chmod 700")


# ---- gale keys ----


def test_keys_are_made_once(tmp_path):
    keys = tmp_path / "deep" / "keys"
    result = run_gale("keys", "make", "--dir", keys)
    assert result.returncode == 0 and "cluster.client" in result.stdout
    assert (keys.stat().st_mode & 0o777, (keys / "cluster.key").stat().st_mode & 0o777) == (0o700, 0o600)
    before = (keys / "cluster.key").read_bytes()
    result = run_gale("keys", "make", "--dir", keys)
    assert result.returncode == 5 and "not overwritten" in result.stderr
    assert (keys / "cluster.key").read_bytes() == before


def test_keys_are_shown_without_secrets(tmp_path):
    keys = tmp_path / "keys"
    assert run_gale("keys", "make", "--dir", keys).returncode == 0
    assert run_gale("keys", "add", "ann", "--dir", keys).returncode == 0
    assert run_gale("keys", "add", "ann", "--dir", keys).returncode == 5
    assert run_gale("keys", "add", "../ann", "--dir", keys).returncode == 2
    for words in ((), ("--json",)):
        result = run_gale("keys", "show", "--dir", keys, *words)
        assert result.returncode == 0
        for name in ("cluster", "client", "ann"):
            public, secret = pair_in(keys / f"{name}.key")
            assert public.decode() in result.stdout and secret.decode() not in result.stdout
    assert run_gale("keys", "show", "--dir", tmp_path / "nothing").returncode == 4
