# SPDX-License-Identifier: Apache-2.0
"""A cluster whose daemons have keys, on an address of choice; and strangers who knock at its ports."""

import ctypes
import hashlib
import hmac
import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import zmq
from cluster.cluster import SESSION_MS, Cluster, OneNimbus, Supervisor, processes_of
from conftest import GALE
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

LOOPBACK = "127.0.0.1"
ELSEWHERE = "10.99.0.1"
CLONE_NEWNET = 0x40000000
KNOCK_S = 20


def enter_other_network():
    """Gives this process a network of its own, in which ELSEWHERE is an address that is not loopback and
    that nobody outside can reach. False where that is not allowed."""
    if shutil.which("ip") is None or ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return False
    for words in ("link set lo up", f"addr add {ELSEWHERE}/32 dev lo"):
        subprocess.run(["ip", *words.split()], check=True)
    return True


def pair_in(path):
    """(public, secret) of a file of keys, as bytes of Z85."""
    text = Path(path).read_text()
    return tuple(
        re.search(rf'{name}-key = "([^"]{{40}})"', text)[1].encode() for name in ("public", "secret")
    )


def topology_pair(cluster_secret, identity):
    """As docs/security.md says; made here without Gale's code."""
    raw = hmac.new(z85.decode(cluster_secret), b"topology " + identity.encode(), hashlib.sha256)
    secret = z85.encode(raw.digest())
    return zmq.curve_public(secret), secret


class Keyed:
    """A daemon that is not asked by a plain client whether it is ready."""

    def is_ready(self):
        return "started " in self.log_end()


class KeyedNimbus(Keyed, OneNimbus):
    host = LOOPBACK

    @property
    def at(self):
        return f"{self.host}:{self.port}"


class KeyedCluster(Cluster):
    def __init__(self, host=LOOPBACK, **settings):
        super().__init__(**settings)
        self.host = host
        self.keys = self.folder / "keys"
        self.client_file = self.keys / "client.key"

    @property
    def own(self):
        return {"cluster.keys": self.keys}

    def start(self):
        subprocess.run([GALE, "keys", "make", "--dir", self.keys], check=True, capture_output=True)
        self.coord.start()
        self.config.write_text(
            f"coord.servers: {self.coord.hosts}\ncluster.client: {self.client_file}\n"
        )
        self.add_nimbus()
        for _ in range(self.wanted[1]):
            self.add_supervisor()
        self.await_supervisors(self.wanted[1])
        return self

    def add_nimbus(self):
        settings = {"coord.session_timeout_ms": SESSION_MS, "nimbus.id": "n1"} | self.own
        nimbus = KeyedNimbus(self.folder / "n1", self.coord, **settings)
        nimbus.host = self.host
        self.nimbuses.append(nimbus)
        nimbus.start()

    def add_supervisor(self):
        name = f"s{len(self.supervisors) + 1}"
        settings = {
            "supervisor.slots": self.slots,
            "supervisor.host": self.host,
            "supervisor.listen": f"{self.host}:0",
        }
        settings |= self.own | self.part_of("supervisor.")
        supervisor = Supervisor(self.folder / name, self.coord, name, **settings)
        self.supervisors.append(supervisor)
        supervisor.start()

    # ---- what there is to attack ----

    def links(self, identity):
        """Addresses at which the workers of a topology listen to each other."""
        found = []
        for log in self.folder.glob(f"s*/data/logs/{identity}/*/worker.log"):
            found += re.findall(r"worker.started .*address=(\S+)", log.read_text())
        return sorted(set(found))

    def ports(self):
        """All that the processes of the cluster listen on, but for coord: host:port."""
        sockets = set()
        for pid in processes_of(self.folder):
            if pid != self.coord.process.pid:
                for handle in Path(f"/proc/{pid}/fd").iterdir():
                    sockets.add(str(handle.readlink()) if handle.is_symlink() else "")
        found = []
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                raw, port = fields[1].split(":")
                host = ".".join(str(byte) for byte in reversed(bytes.fromhex(raw)))
                found.append(f"{host}:{int(port, 16)}")
        return sorted(found)

    def secrets(self, identities):
        """Name -> bytes, as text and as they are."""
        found = {}
        pairs = {"cluster": pair_in(self.keys / "cluster.key"), "client": pair_in(self.client_file)}
        for identity in identities:
            pairs[identity] = topology_pair(pairs["cluster"][1], identity)
        for name, (_, secret) in pairs.items():
            found[f"{name} as text"] = secret
            found[f"{name} as bytes"] = z85.decode(secret)
            found[f"{name} in hex"] = z85.decode(secret).hex().encode()
        return found


class Knock:
    """A socket that connects with whatever keys."""

    def __init__(self, address, pair=None, server=None, kind=zmq.DEALER):
        self.socket = zmq.Context.instance().socket(kind)
        self.socket.linger = 0
        self.socket.sndtimeo = KNOCK_S * 1000
        if pair is not None:
            self.socket.curve_publickey, self.socket.curve_secretkey = pair
            self.socket.curve_serverkey = server
        self.monitor = self.socket.get_monitor_socket()
        self.socket.connect(f"tcp://{address}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.disable_monitor()
        self.socket.close()

    def outcome(self):
        """What the first handshake came to: "in", "refused", "unlike" or "cut"."""
        events = {
            zmq.EVENT_HANDSHAKE_SUCCEEDED: "in",
            zmq.EVENT_HANDSHAKE_FAILED_AUTH: "refused",
            zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL: "unlike",
            zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL: "cut",
        }
        deadline = time.monotonic() + KNOCK_S
        while time.monotonic() < deadline:
            if not self.monitor.poll(100):
                continue
            event = recv_monitor_message(self.monitor)["event"]
            if event in events:
                return events[event]
        raise AssertionError("no handshake has ended")

    def ask(self, op, **args):
        """The code of the refusal, or "ok"."""
        head = json.dumps({"v": 1, "id": 1, "op": op, "args": args}).encode()
        self.socket.send_multipart([head, b""])
        assert self.socket.poll(KNOCK_S * 1000), f"no answer to {op}"
        answer = json.loads(self.socket.recv_multipart()[0])
        return answer["error"]["code"] if "error" in answer else "ok"
