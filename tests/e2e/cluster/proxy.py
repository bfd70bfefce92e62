# SPDX-License-Identifier: Apache-2.0
"""A way between two processes that can be cut: forwards TCP connections."""

import contextlib
import select
import socket
import threading

BYTES = 65536


class Proxy:
    def __init__(self, target):
        """`target` is "host:port"."""
        host, port = target.rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.lock = threading.Lock()
        self.pairs = []
        self.is_cut = False
        self.accepted = 0
        self.threads = [self.thread(self.accept)]

    def thread(self, function, *args):
        thread = threading.Thread(target=function, args=args, daemon=True)
        thread.start()
        return thread

    @property
    def address(self):
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.take(self.listener.accept()[0])

    def take(self, near):
        with self.lock:
            if self.is_cut:
                return near.close()
            try:
                far = socket.create_connection(self.target)
            except OSError:
                return near.close()
            self.pairs.append((near, far))
            self.accepted += 1
            self.threads.append(self.thread(self.forward, near, far))
        return None

    def forward(self, near, far):
        with contextlib.suppress(OSError, ValueError):
            while True:
                for one in select.select([near, far], [], [])[0]:
                    piece = one.recv(BYTES)
                    if not piece:
                        return self.part(near, far)
                    (far if one is near else near).sendall(piece)
        return self.part(near, far)

    @staticmethod
    def part(*ends):
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        """What goes through it ends, and what comes is closed at once."""
        with self.lock:
            self.is_cut = True
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            self.part(*pair)

    def heal(self):
        with self.lock:
            self.is_cut = False

    def close(self):
        self.cut()
        self.part(self.listener)
        self.listener.close()
        for thread in self.threads:
            thread.join()
