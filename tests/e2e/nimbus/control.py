# SPDX-License-Identifier: Apache-2.0
"""Asks nimbus and supervisors: requests and replies over ZeroMQ, as the gale command does."""

import hashlib
import itertools
import json
import time

import zmq

CHUNK = 256 * 1024
TIMEOUT_S = 60  # of an answer, on a busy machine
RETRIED = ("not_leader", "unavailable")


class Refused(Exception):
    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Silence(Exception):
    """No answer in time."""


class Client:
    """One connection. ask() gives the result, and raises Refused."""

    def __init__(self, address):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.connect(f"tcp://{address}")
        self.ids = itertools.count(1)

    def close(self):
        self.socket.close(linger=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, op, body=b"", **args):
        number = next(self.ids)
        head = {"v": 1, "id": number, "op": op, "args": args}
        self.socket.send_multipart([json.dumps(head).encode(), body])
        return number

    def receive(self, timeout_s=TIMEOUT_S):
        """(id, result or Refused, body)"""
        if not self.socket.poll(timeout_s * 1000):
            raise Silence
        head, body = self.socket.recv_multipart()
        reply = json.loads(head)
        assert reply["v"] == 1
        if "error" in reply:
            return reply["id"], Refused(**reply["error"]), body
        return reply["id"], reply["ok"], body

    def ask_bytes(self, op, body=b"", timeout_s=TIMEOUT_S, **args):
        number = self.send(op, body, **args)
        answered, result, body = self.receive(timeout_s)
        while answered != number:  # one that came too late for its question
            answered, result, body = self.receive(timeout_s)
        if isinstance(result, Refused):
            raise result
        return result, body

    def ask(self, op, body=b"", timeout_s=TIMEOUT_S, **args):
        return self.ask_bytes(op, body, timeout_s, **args)[0]

    def put(self, content):
        """Uploads and gives the hash."""
        digest = hashlib.sha256(content).hexdigest()
        answer = self.ask("blob.put", hash=digest, size=len(content), offset=0)
        while not answer["done"]:
            offset = answer["have"]
            chunk = content[offset : offset + CHUNK]
            answer = self.ask("blob.put", chunk, hash=digest, size=len(content), offset=offset)
        return digest

    def get(self, digest):
        content = b""
        while True:
            answer, body = self.ask_bytes("blob.get", hash=digest, offset=len(content))
            content += body
            if len(content) >= answer["size"]:
                return content


def until(condition, what, timeout_s=TIMEOUT_S):
    """The first true result of condition()."""
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"never: {what}"
