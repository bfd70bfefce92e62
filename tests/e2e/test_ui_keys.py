# SPDX-License-Identifier: Apache-2.0
"""gale-ui and a cluster with keys: with a client's key it shows everything, without one it says what is missing."""

import contextlib
import http.client

import pytest
from cluster.cluster import await_true
from cluster.keyed import KeyedCluster
from cluster.through import WORKERS, Through, compile_through
from cluster.ui import Ui

NAME = "through"


class AnyUi(Ui):
    """Ready as soon as it answers, whatever it says."""

    def is_ready(self):
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get("/api/v2/session").status == 200
        return False


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with KeyedCluster() as cluster:
        folder = tmp_path_factory.mktemp("through")
        run = Through(cluster, compile_through(folder), folder / "out", name=NAME)
        run.start(**{"source.to": 0xFFFFFFFF})
        await_true(lambda: cluster.all_run(NAME, WORKERS), "its workers run")
        run.await_growth()
        yield cluster
        cluster.gale("kill", NAME, "--yes", "--drain", "0", "--wait")


def test_with_a_clients_key_it_shows_and_changes(cluster):
    with AnyUi(cluster, **{"cluster.client": cluster.client_file}) as ui:
        assert [line["name"] for line in ui.get("/api/v2/topologies?spark=1").json["topologies"]] == [NAME]
        status = ui.get(f"/api/v2/topologies/{NAME}").json
        logs = ui.get(f"/api/v2/logs/{status['id']}").json["files"]
        assert len({(file["supervisor"], file["slot"]) for file in logs}) == WORKERS
        samples = ui.get(f"/api/v2/topologies/{NAME}/samples?component=source&count=1").json
        assert samples["workers_asked"] >= 1 and not samples["missing"]
        changed = ui.post(f"/api/v2/topologies/{NAME}/log-level", {"level": "debug", "for_ms": 0})
        assert changed.json["level"] == "debug", changed.body


def test_without_a_key_it_says_what_is_missing(cluster):
    with AnyUi(cluster) as ui:
        for path in ("pulse", "topologies", f"topologies/{NAME}"):
            answer = ui.get(f"/api/v2/{path}")
            assert answer.status == 503, answer.body
            assert "it asks for a key, and we have none" in answer.json["error"]["text"]
            assert "cluster.client" in answer.json["error"]["text"]
        assert "cluster.client" in ui.get("/api/v1/cluster/summary").json["errorMessage"]
        refused = ui.post(f"/api/v2/topologies/{NAME}/deactivate", {})
        assert refused.status == 503 and "cluster.client" in refused.json["error"]["text"]
        coord = ui.get("/api/v2/coord?path=/")
        assert coord.status == 200, "the cluster state asks for no key"


def test_with_the_key_of_a_client_that_was_sent_away_it_is_not_let_in(cluster):
    cluster.gale("keys", "add", "ann", "--dir", cluster.keys)
    (cluster.keys / "clients" / "ann.pub").unlink()
    with AnyUi(cluster, **{"cluster.client": cluster.keys / "ann.key"}) as ui:
        answer = ui.get("/api/v2/pulse")
        assert answer.status == 503
        assert "it does not let our key in" in answer.json["error"]["text"]


def test_a_key_that_is_not_there_ends_it_at_once(cluster, tmp_path):
    ui = AnyUi(cluster, **{"cluster.client": tmp_path / "nothing"})
    with pytest.raises(RuntimeError, match="no key to show, as cluster.client wants"):
        ui.start()
