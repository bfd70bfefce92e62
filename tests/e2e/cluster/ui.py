# SPDX-License-Identifier: Apache-2.0
"""gale-ui as a process of a test, and a client that asks it as a monitor does."""

import contextlib
import http.client
import json

from cluster.cluster import SESSION_MS
from conftest import BUILD
from coord import servers

GALE_UI = BUILD / "bin" / "gale-ui"
ACTION = {"X-Gale-Action": "1"}
TIMEOUT_S = 30


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Ui(servers.Server):
    """Of a Cluster; `settings` have their whole keys."""

    kind = "gale-ui"

    def __init__(self, cluster, **settings):
        super().__init__(cluster.folder / "ui", None)
        self.values = {
            "coord.servers": cluster.coord.hosts,
            "coord.session_timeout_ms": SESSION_MS,
        } | settings

    def command(self):
        assert GALE_UI.exists(), f"not built: {GALE_UI}"
        options = [word for key, value in self.values.items() for word in ("-c", f"{key}={value}")]
        return [GALE_UI, "--listen", self.hosts, *options]

    def is_ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/api/v1/cluster/summary").status == 200
        return False

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
        with contextlib.closing(connection):
            sent = dict(headers or {})
            if body is not None:
                sent["Content-Type"] = "application/json"
                body = json.dumps(body)
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body=None):
        return self.ask("POST", path, body, ACTION)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.kill()
            return
        status = self.stop()
        assert status == 0, f"gale-ui ended with {status}:\n{self.log_end()}"
