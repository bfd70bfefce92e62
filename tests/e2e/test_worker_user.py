# SPDX-License-Identifier: Apache-2.0
"""Where the supervisor is root, workers are somebody else: what a topology that means ill comes to."""

import os
import pwd
import re
import subprocess

import pytest
from cluster.cluster import SUPERVISOR, TIMEOUT_S, await_true
from cluster.keyed import KeyedCluster, pair_in, topology_pair
from conftest import CC, ROOT

SOURCE = ROOT / "tests" / "e2e" / "cluster" / "hostile.c"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start others")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    so_file = tmp_path_factory.mktemp("hostile") / "hostile.so"
    words = [CC, "-shared", "-fPIC", "-O1", "-g", f"-I{ROOT / 'sdk' / 'include'}", SOURCE]
    subprocess.run([*map(str, words), "-o", str(so_file)], check=True, timeout=TIMEOUT_S)
    return so_file


@pytest.fixture(scope="module")
def cluster():
    """One supervisor, whose workers are `nobody` because nothing else was said."""
    settings = {"supervisor.worker.user": "", "supervisor.log.bytes.max": "16KiB"}
    made = KeyedCluster(supervisors=1, slots=6, **settings)
    made.folder.chmod(0o711)
    (made.folder / "s1").mkdir()
    (made.folder / "s1").chmod(0o711)
    with made:
        yield made


def lines_of(cluster, identity, *starts):
    found = [line for line in cluster.printed(identity) if line.startswith(starts)]
    return found if any(line.startswith("facts") for line in found) else None


def submit(cluster, so_file, name, *wishes, **settings):
    values = {"sink.wishes": ",".join(wishes), "topology.workers": 1} | settings
    identity = cluster.submit(so_file, name, **values)["id"]
    await_true(lambda: lines_of(cluster, identity, "facts"), lambda: cluster.picture(name))
    return identity


def test_a_hostile_topology_gets_nowhere(cluster, hostile):
    nobody = pwd.getpwnam("nobody")
    victim = submit(cluster, hostile, "victim")
    worker = next(iter(cluster.workers("victim").values()))
    slot, pid = worker["slot"], worker["pid"]
    data = cluster.folder / "s1" / "data"
    processes = (cluster.supervisors[0], cluster.nimbuses[0], cluster.coord)
    wishes = [f"signal:{one.process.pid}" for one in processes]
    wishes += [f"trace:{one.process.pid}" for one in processes] + [f"trace:{pid}"]
    wishes += [f"read:/proc/{pid}/{name}" for name in ("mem", "environ", "maps")]
    wishes += [f"read:{cluster.keys}/{name}" for name in ("cluster.key", "client.key")]
    wishes += [f"list:{cluster.keys}", f"list:{data}", f"list:{data}/logs", f"list:{data}/workers"]
    wishes += [f"read:{data}/workers/{slot}/{name}" for name in ("slot.json", "topology.key")]
    wishes += [f"write:{data}/logs/{victim}/{slot}/{name}" for name in ("new", "worker.log.1")]
    wishes += [f"write:{data}/blobs/{'0' * 64}", f"write:{data}/workers/9", f"list:{data}/blobs"]
    wishes += ["write:/etc/passwd", "read:/etc/shadow"]
    identity = submit(cluster, hostile, "attacker", *wishes)
    attempts = [line for line in cluster.printed(identity) if line.startswith("attempt ")]
    assert len(attempts) == len(wishes) + 2
    done = [line for line in attempts if line.endswith("DONE")]
    assert not done, done
    facts = lines_of(cluster, identity, "facts")[-1]
    assert facts == f"facts uid={nobody.pw_uid} gid={nobody.pw_gid} groups=0 core=0"
    status = open(f"/proc/{pid}/status", encoding="ascii").read()
    assert re.search(r"^NoNewPrivs:\s1$", status, re.M)
    assert re.search(rf"^Uid:(\s{nobody.pw_uid}){{4}}$", status, re.M)
    assert re.search(r"^CapEff:\s0+$", status, re.M)
    for process in processes:
        assert process.process.poll() is None


def test_the_key_of_the_topology_is_in_no_file_while_its_worker_runs(cluster, hostile):
    identity = submit(cluster, hostile, "quiet")
    workers = cluster.folder / "s1" / "data" / "workers"
    await_true(lambda: not list(workers.glob("*/topology.key")), "its worker has read it")
    secret = topology_pair(pair_in(cluster.keys / "cluster.key")[1], identity)[1]
    for path in cluster.folder.glob("s1/**/*"):
        assert not path.is_file() or secret not in path.read_bytes(), path


def test_a_crash_is_reported_by_another_user_as_well(cluster, hostile):
    """Its memory is nobody's to read, but its own."""
    settings = {"sink.crash": "true"}
    identity = submit(cluster, hostile, "crashing", **settings)
    await_true(
        lambda: any("sink_open" in line for line in cluster.printed(identity)),
        lambda: cluster.picture("crashing"),
    )
    cluster.gale("kill", "crashing", "--yes", "--drain", "0", "--wait")


def test_the_log_of_another_user_is_turned(cluster, hostile):
    """When the file is full the worker goes on in a new one, which the supervisor has made for it."""
    identity = cluster.submit(hostile, "chatty", **{"sink.wishes": "print:200"})["id"]
    logs = cluster.folder / "s1" / "data" / "logs" / identity
    old = await_true(lambda: list(logs.glob("*/worker.log.1")), "the log is turned")[0]
    new = old.with_name("worker.log")
    worker = next(iter(cluster.workers("chatty").values()))
    await_true(
        lambda: any(os.path.samefile(f"/proc/{worker['pid']}/fd/{fd}", new) for fd in (1, 2)),
        lambda: cluster.picture("chatty"),
    )
    nobody = pwd.getpwnam("nobody")
    assert new.stat().st_uid == old.stat().st_uid == nobody.pw_uid
    assert old.parent.stat().st_uid == 0


def test_workers_are_taken_over(cluster, hostile):
    submit(cluster, hostile, "staying")
    before = {place: pid for place, (pid, _) in cluster.processes("staying").items()}
    supervisor = cluster.supervisors[0]
    supervisor.kill()
    supervisor.launch()

    def is_back():
        now = {place: pid for place, (pid, _) in cluster.processes("staying").items()}
        return supervisor.log.read_text().count("worker.taken_over") >= 1 and now == before

    await_true(is_back, lambda: cluster.picture("staying"))


def run_supervisor(folder, *words):
    return subprocess.run(
        [str(SUPERVISOR), "--data", str(folder), *words],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_a_folder_that_workers_cannot_enter_is_named(tmp_path):
    (tmp_path / "closed").mkdir(mode=0o700)
    result = run_supervisor(tmp_path / "closed" / "data")
    assert result.returncode == 1
    assert "who cannot enter" in result.stderr and "supervisor.worker.user" in result.stderr


def test_a_user_that_does_not_exist_is_named(tmp_path):
    result = run_supervisor(tmp_path, "-c", "supervisor.worker.user=no-such-user")
    assert result.returncode == 1
    assert "there is no user 'no-such-user'" in result.stderr
