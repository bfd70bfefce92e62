# SPDX-License-Identifier: Apache-2.0
"""A nimbus, and a supervisor, that answer what a test wants: the other side of the gale command.

As a program, `fake_nimbus.py HOST:PORT SUPERVISORS`, it stands in for gale-nimbus in tests of
`gale up`.
"""

import json
import signal
import sys
import threading

import zmq

VERSION = "0.1.0"


class Fault(Exception):
    """An answer of the kind "error"."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code
        self.text = text


class Server:
    """Answers requests in a thread. `ops` maps an operation to a function of (args, body) that
    returns the result, or the result with a body; what was asked is in `asked`."""

    def __init__(self, ops, address="tcp://127.0.0.1:*"):
        self.ops = ops
        self.asked = []
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.bind(address)
        self.address = self.socket.getsockopt_string(zmq.LAST_ENDPOINT).removeprefix("tcp://")
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.stopping = True
        self.thread.join()
        self.socket.close(linger=0)

    def names(self):
        return [op for op, _ in self.asked]

    def args_of(self, op):
        """Of the last request of that kind."""
        return [args for name, args in self.asked if name == op][-1]

    def _run(self):
        while not self.stopping:
            if self.socket.poll(20):
                self._answer(*self.socket.recv_multipart())

    def _answer(self, peer, head, body):
        request = json.loads(head)
        reply = {"v": 1, "id": request["id"]}
        self.asked.append((request["op"], request["args"]))
        out = b""
        try:
            if request["op"] not in self.ops:
                raise Fault("invalid", f"no operation '{request['op']}'")
            result = self.ops[request["op"]](request["args"], body)
            if result is None:  # never answered
                return
            if isinstance(result, tuple):
                result, out = result
            reply["ok"] = result
        except Fault as fault:
            reply["error"] = {"code": fault.code, "text": fault.text}
        self.socket.send_multipart([peer, json.dumps(reply).encode(), out])


def info(leader=True, leader_address=None):
    return {
        "nimbus": "n1",
        "version": VERSION,
        "leader": leader,
        "leader_address": leader_address,
    }


def supervisor(name, address="127.0.0.1:1", slots=4):
    return {
        "id": name,
        "host": "127.0.0.1",
        "address": address,
        "version": VERSION,
        "cores": 2,
        "slots": slots,
        "used": 0,
        "since_ms": 0,
        "resources": {},
        "labels": [],
        "workers": [],
    }


def main(address, supervisors):
    nodes = {
        "nimbuses": [
            {"id": "n1", "address": address, "version": VERSION, "leader": True, "since_ms": 0}
        ],
        "supervisors": [supervisor(f"s{i}") for i in range(supervisors)],
    }
    ops = {"info": lambda args, body: info(), "cluster.nodes": lambda args, body: nodes}
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    server = Server(ops, f"tcp://{address}").start()
    signal.sigwait([signal.SIGTERM])
    server.stop()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
