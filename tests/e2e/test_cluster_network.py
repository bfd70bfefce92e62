# SPDX-License-Identifier: Apache-2.0
"""Two machines, as far as the network knows: each supervisor in a network namespace of its own, joined
by two wires. One carries what daemons say, the other the links between workers; the latter is cut.

    here                                     there
    coord, nimbus, s1   10.97.0.1 ---- 10.97.0.2   s2
    workers             10.97.1.1 -/-- 10.97.1.2   workers
"""

import contextlib
import ctypes
import shutil
import subprocess

import pytest

from cluster.cluster import SESSION_MS, Supervisor, await_true
from cluster.fixtures import finish, in_the_middle, so_file, tell  # noqa: F401
from cluster.keyed import CLONE_NEWNET, KeyedCluster
from cluster.through import Through
from coord import servers

DAEMONS = ("10.97.0.1", "10.97.0.2")
LINKS = ("10.97.1.1", "10.97.1.2")


def enter_own_network():
    """False where that is not allowed."""
    tools = all(map(shutil.which, ("ip", "nsenter", "unshare")))
    return tools and ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0


pytestmark = pytest.mark.skipif(not enter_own_network(), reason="only root can make a network")


def ip(*words, inside=()):
    subprocess.run([*inside, "ip", *" ".join(words).split()], check=True)


class There:
    """The other network. It lasts as long as the process that holds it, which reads until it is closed."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE)
        own = subprocess.run(
            ["readlink", "/proc/self/ns/net"], check=True, capture_output=True, text=True
        ).stdout

        def is_apart():
            words = ["readlink", f"/proc/{self.holder.pid}/ns/net"]
            return subprocess.run(words, capture_output=True, text=True, check=True).stdout != own

        await_true(is_apart, "the other network")
        self.inside = ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def join(self):
        ip("link set lo up")
        ip("link set lo up", inside=self.inside)
        for wire, (near, far) in {"daemons": DAEMONS, "links": LINKS}.items():
            ip(f"link add {wire} type veth peer name {wire} netns {self.holder.pid}")
            ip(f"addr add {near}/24 dev {wire}")
            ip(f"addr add {far}/24 dev {wire}", inside=self.inside)
            ip(f"link set {wire} up")
            ip(f"link set {wire} up", inside=self.inside)

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()


@pytest.fixture(scope="module")
def there():
    with contextlib.closing(There()) as network:
        network.join()
        yield network


class OpenCoord(servers.GaleCoord):
    """Also for the other network: it has no keys, so that is said in so many words."""

    def command(self):
        words = [*map(str, super().command()), "-c", "coord.public=true"]
        words[words.index("--listen") + 1] = f"*:{self.port}"
        return words

    @property
    def hosts(self):
        return f"{DAEMONS[0]}:{self.port}"


class FarSupervisor(Supervisor):
    inside = ()

    def command(self):
        return [*self.inside, *super().command()]


class TwoMachines(KeyedCluster):
    def __init__(self, there):
        super().__init__(DAEMONS[0])
        self.there = there
        self.coord = OpenCoord(self.folder / "coord", servers.Settings(tick_ms=500))

    def add_supervisor(self):
        index = len(self.supervisors)
        settings = {
            "coord.session_timeout_ms": SESSION_MS,
            "supervisor.slots": self.slots,
            "supervisor.host": LINKS[index],
            "supervisor.listen": f"{DAEMONS[index]}:0",
        } | self.own
        supervisor = FarSupervisor(self.folder / f"s{index + 1}", self.coord, f"s{index + 1}", **settings)
        supervisor.inside = self.there.inside if index > 0 else []
        self.supervisors.append(supervisor)
        supervisor.start()


def test_the_links_between_two_machines_are_cut(there, so_file, tmp_path, tell):
    """In silence: nobody is told that the wire is broken. What was on it arrives once it is whole."""
    with TwoMachines(there) as cluster:
        run = Through(cluster, so_file, tmp_path / "out")
        run.start(**{"topology.message.timeout.secs": 120})
        before = in_the_middle(cluster, run)
        ip("link set links down")
        run.await_rest(calm_s=8)  # longer than a connection is thought to live without a sign
        ip("link set links up")
        run.await_growth()
        assert cluster.processes(run.name) == before
        assert finish(run, tell) == 0
