# SPDX-License-Identifier: Apache-2.0
"""/api/v1 against Storm's documentation of its REST API: every endpoint is there, with every field that is
documented, of the type that is documented; actions take effect; errors have Storm's shape. A cluster runs word
count meanwhile. docs/rest_v1.md says where we differ."""

import contextlib
import json
import re
from urllib.parse import quote

import pytest

from broker.servers import running
from cluster.cluster import Cluster, await_true
from cluster.ui import Ui
from conftest import BUILD, ROOT, uses_librdkafka

WORD_COUNT = BUILD / "topologies" / "word_count.so"
FROM_LOG = BUILD / "topologies" / "word_count_log.so"
SAMPLE = ROOT / "topologies" / "word_count" / "sample.txt"
NAME = "wc"
WORKERS = 2
WINDOWS = {"600": "10m 0s", "10800": "3h 0m 0s", "86400": "1d 0h 0m 0s", ":all-time": "All time"}

# ---- types of the documentation ----


def is_text(value):
    return isinstance(value, str)


def is_count(value):
    """Integer, Long: of what is counted, so not below 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value):
    """Double."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_flag(value):
    return isinstance(value, bool)


def is_array(value):
    return isinstance(value, list)


def is_dictionary(value):
    return isinstance(value, dict)


def is_decimal_text(value):
    """String (double value returned in String format)."""
    return is_text(value) and re.fullmatch(r"\d+(\.\d{3})?", value) is not None


def is_duration(value):
    return is_text(value) and re.fullmatch(r"(\d+d )?(\d+h )?(\d+m )?\d+s", value) is not None


def is_number_or_none_given(value):
    """A guarantee: Storm writes N/A where none was given."""
    return is_number(value) or value == "N/A"


def or_null(is_type):
    return lambda value: value is None or is_type(value)


def check(object_, fields):
    """Each field is there, and of its type."""
    for field, is_type in fields.items():
        assert field in object_, f"{field} is missing in {sorted(object_)}"
        assert is_type(object_[field]), f"{field} is {object_[field]!r}"


# ---- fields of the documentation ----

CLUSTER = {
    "stormVersion": is_text, "supervisors": is_count, "topologies": is_count, "slotsTotal": is_count,
    "slotsUsed": is_count, "slotsFree": is_count, "executorsTotal": is_count, "tasksTotal": is_count,
    "schedulerDisplayResource": is_flag, "totalMem": is_number, "totalCpu": is_number,
    "availMem": is_number, "availCpu": is_number, "memAssignedPercentUtil": is_number,
    "cpuAssignedPercentUtil": is_number,
}
NIMBUS = {
    "host": is_text, "port": is_count, "status": lambda value: value in ("Leader", "Not a Leader", "Dead"),
    "nimbusUpTime": is_duration, "nimbusUpTimeSeconds": is_text, "nimbusLogLink": is_text,
    "version": is_text,
}
SUPERVISOR = {
    "id": is_text, "host": is_text, "uptime": is_duration, "uptimeSeconds": is_count,
    "slotsTotal": is_count, "slotsUsed": is_count, "totalMem": is_number, "totalCpu": is_number,
    "usedMem": is_number, "usedCpu": is_number,
}
WORKER = {
    "supervisorId": is_text, "host": is_text, "port": is_count, "topologyId": is_text,
    "topologyName": is_text, "executorsTotal": is_count, "assignedMemOnHeap": is_number,
    "assignedMemOffHeap": is_number, "assignedCpu": is_number, "componentNumTasks": is_dictionary,
    "uptime": is_duration, "uptimeSeconds": is_count, "workerLogLink": is_text,
}
OWNER = {
    "owner": is_text, "totalTopologies": is_count, "totalExecutors": is_count, "totalWorkers": is_count,
    "totalTasks": is_count, "totalMemoryUsage": is_number, "totalCpuUsage": is_number,
    "memoryGuarantee": is_number_or_none_given, "cpuGuarantee": is_number_or_none_given,
    "isolatedNodes": is_whole, "memoryGuaranteeRemaining": is_number_or_none_given,
    "cpuGuaranteeRemaining": is_number_or_none_given, "totalReqOnHeapMem": is_number,
    "totalReqOffHeapMem": is_number, "totalReqMem": is_number, "totalReqCpu": is_number,
    "totalAssignedOnHeapMem": is_number, "totalAssignedOffHeapMem": is_number,
}
RESOURCES = {
    name: is_number
    for name in ("requestedMemOnHeap", "requestedMemOffHeap", "requestedCpu", "assignedMemOnHeap",
                 "assignedMemOffHeap", "assignedTotalMem", "assignedCpu")
}
TOPOLOGY_LINE = {
    "id": is_text, "name": is_text, "status": is_text, "uptime": is_duration,
    "uptimeSeconds": is_count, "tasksTotal": is_count, "workersTotal": is_count,
    "executorsTotal": is_count, "replicationCount": is_count, "requestedTotalMem": is_number,
} | RESOURCES
TOPOLOGY = {
    "id": is_text, "name": is_text, "uptime": is_duration, "uptimeSeconds": is_count, "status": is_text,
    "tasksTotal": is_count, "workersTotal": is_count, "executorsTotal": is_count,
    "msgTimeout": is_count, "windowHint": is_text, "schedulerDisplayResource": is_flag,
    "replicationCount": is_count, "debug": is_flag, "samplingPct": is_number, "topologyStats": is_array,
    "workers": is_array, "spouts": is_array, "bolts": is_array, "configuration": is_dictionary,
    "window": is_text,
} | RESOURCES
STATS = {
    "windowPretty": is_text, "window": is_text, "emitted": is_count, "transferred": is_count,
    "completeLatency": is_decimal_text, "acked": is_count, "failed": is_count,
}
LAST_ERROR = {
    "lastError": is_text, "errorHost": is_text, "errorPort": or_null(is_count),
    "errorTime": or_null(is_count), "errorLapsedSecs": or_null(is_count), "errorWorkerLogLink": is_text,
}
COMPONENT_LINE = {
    "executors": is_count, "tasks": is_count, "emitted": is_count, "transferred": is_count,
    "acked": is_count, "failed": is_count, "requestedMemOnHeap": is_number,
    "requestedMemOffHeap": is_number, "requestedCpu": is_number,
} | LAST_ERROR
SPOUT_LINE = {"spoutId": is_text, "completeLatency": is_decimal_text} | COMPONENT_LINE
BOLT_LINE = {
    "boltId": is_text, "capacity": is_decimal_text, "processLatency": is_decimal_text,
    "executeLatency": is_decimal_text, "executed": is_count,
} | COMPONENT_LINE
COMPONENT = {
    "id": is_text, "encodedId": is_text, "name": is_text, "executors": is_count, "tasks": is_count,
    "requestedMemOnHeap": is_number, "requestedMemOffHeap": is_number, "requestedCpu": is_number,
    "schedulerDisplayResource": is_flag, "topologyId": is_text, "topologyStatus": is_text,
    "encodedTopologyId": is_text, "window": is_text, "componentType": is_text, "windowHint": is_text,
    "debug": is_flag, "samplingPct": is_number, "eventLogLink": is_text,
    "profilingAndDebuggingCapable": is_flag, "profileActionEnabled": is_flag,
    "profilerActive": is_array, "componentErrors": is_array, "outputStats": is_array,
    "executorStats": is_array, "user": or_null(is_text),
}
BOLT_STATS = {
    "windowPretty": is_text, "window": is_text, "transferred": is_count,
    "processLatency": is_decimal_text, "acked": is_count, "failed": is_count,
}
INPUT = {
    "component": is_text, "encodedComponentId": is_text, "executeLatency": is_decimal_text,
    "processLatency": is_decimal_text, "executed": is_count, "acked": is_count, "failed": is_count,
    "stream": is_text,
}
OUTPUT = {"transferred": is_count, "emitted": is_count, "stream": is_text}
SPOUT_OUTPUT = OUTPUT | {"completeLatency": is_decimal_text, "acked": is_count, "failed": is_count}
EXECUTOR = {
    "id": lambda value: re.fullmatch(r"\[\d+-\d+\]", value) is not None, "host": is_text,
    "port": is_count, "emitted": is_count, "transferred": is_count, "acked": is_count,
    "failed": is_count, "uptime": is_duration, "uptimeSeconds": is_count, "workerLogLink": is_text,
}
SPOUT_EXECUTOR = EXECUTOR | {"completeLatency": is_decimal_text}
BOLT_EXECUTOR = EXECUTOR | {
    "capacity": is_decimal_text, "executeLatency": is_decimal_text, "executed": is_count,
    "processLatency": is_decimal_text,
}
VALUE = {"stream_id": is_text, "value": is_count}
MEAN = {"stream_id": is_text, "value": is_decimal_text}
FROM = {"component_id": is_text}
SPOUT_METRICS = {"emitted": VALUE, "transferred": VALUE, "acked": VALUE, "failed": VALUE,
                 "complete_ms_avg": MEAN}
BOLT_METRICS = {"emitted": VALUE, "transferred": VALUE, "acked": VALUE | FROM, "failed": VALUE | FROM,
                "process_ms_avg": MEAN | FROM, "executed": VALUE | FROM, "executed_ms_avg": MEAN | FROM}

# ---- the cluster ----


def submit(cluster, name, *words, **settings):
    return cluster.submit(WORD_COUNT, name, *words,
                          **{"reader.path": SAMPLE, "reader.passes": 0, "reader.max_pending": 64,
                             "topology.workers": WORKERS} | settings)["id"]


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        yield running


@pytest.fixture(scope="module")
def ui(cluster):
    with Ui(cluster) as running:
        yield running


@pytest.fixture(scope="module")
def topology(cluster, ui):
    """Id of one whose trees are being completed, as its figures say."""
    identity = submit(cluster, NAME)
    cluster.await_running(NAME, WORKERS)

    def counts():
        page = ui.get(f"/api/v1/topology/{identity}").json
        return all(stats["acked"] > 0 for stats in page["topologyStats"])

    await_true(counts, "trees are counted in every window")
    return identity


@pytest.fixture
def get(ui):
    def ask(path):
        answer = ui.get(f"/api/v1/{path}")
        assert answer.status == 200, f"{path}: {answer.status} {answer.body}"
        assert answer.headers["Content-Type"] == "application/json"
        return answer.json

    return ask


def component_of(page, kind, name):
    return next(line for line in page[f"{kind}s"] if line[f"{kind}Id"] == name)


# ---- cluster, nimbus, supervisors, owners ----


def test_cluster_configuration(get):
    configuration = get("cluster/configuration")
    assert {"nimbus.listen", "ui.threads", "coord.servers"} <= set(configuration)
    assert configuration["ui.threads"] == 8


def test_cluster_summary(get, topology):
    summary = get("cluster/summary")
    check(summary, CLUSTER)
    assert summary["supervisors"] == 2 and summary["topologies"] >= 1
    assert summary["slotsUsed"] + summary["slotsFree"] == summary["slotsTotal"] == 8


def test_nimbus_summary(get, cluster):
    nimbuses = get("nimbus/summary")["nimbuses"]
    assert len(nimbuses) == 1
    check(nimbuses[0], NIMBUS)
    assert nimbuses[0]["status"] == "Leader"
    assert nimbuses[0]["port"] == cluster.nimbuses[0].port
    assert nimbuses[0]["nimbusUpTimeSeconds"].isdigit()


def test_supervisor_summary(get, topology):
    summary = get("supervisor/summary")
    check(summary, {"supervisors": is_array, "schedulerDisplayResource": is_flag})
    for supervisor in summary["supervisors"]:
        check(supervisor, SUPERVISOR)
    assert {supervisor["id"] for supervisor in summary["supervisors"]} == {"s1", "s2"}


@pytest.mark.parametrize("sys", ["", "&sys=1", "&sys=0"])
def test_supervisor_by_id(get, topology, sys):
    page = get(f"supervisor?id=s1{sys}")
    check(page, {"supervisors": is_array, "workers": is_array, "schedulerDisplayResource": is_flag})
    assert [supervisor["id"] for supervisor in page["supervisors"]] == ["s1"]
    assert page["workers"]
    for worker in page["workers"]:
        check(worker, WORKER)
        assert worker["supervisorId"] == "s1"


def test_supervisors_by_host(get, topology):
    host = get("supervisor?id=s1")["supervisors"][0]["host"]
    page = get(f"supervisor?host={host}")
    assert len(page["supervisors"]) == 2
    tasks = {}
    for worker in page["workers"]:
        if worker["topologyId"] == topology:
            for component, count in worker["componentNumTasks"].items():
                tasks[component] = tasks.get(component, 0) + count
    lines = get(f"topology/{topology}")
    assert tasks == {line.get("spoutId", line.get("boltId")): line["tasks"]
                     for line in lines["spouts"] + lines["bolts"]}


def test_owner_resources(get, topology):
    owners = get("owner-resources")
    check(owners, {"owners": is_array, "schedulerDisplayResource": is_flag})
    for owner in owners["owners"]:
        check(owner, OWNER)
        alone = get(f"owner-resources/{quote(owner['owner'], safe='')}")
        check(alone, OWNER | {"topologies": is_array})
        assert alone["totalTopologies"] == owner["totalTopologies"] == len(alone["topologies"])


def test_history_summary(get, topology):
    assert topology in get("history/summary")["topo-history"]


# ---- topologies ----


def test_topology_summary(get, topology):
    summary = get("topology/summary")
    check(summary, {"topologies": is_array, "schedulerDisplayResource": is_flag})
    for line in summary["topologies"]:
        check(line, TOPOLOGY_LINE)
    line = next(line for line in summary["topologies"] if line["id"] == topology)
    assert (line["name"], line["status"], line["workersTotal"]) == (NAME, "ACTIVE", WORKERS)


def test_topology_workers(get, topology, ui):
    workers = get(f"topology-workers/{topology}")
    check(workers, {"hostPortList": is_array, "logviewerPort": is_count})
    assert len(workers["hostPortList"]) == WORKERS
    for worker in workers["hostPortList"]:
        check(worker, {"host": is_text, "port": is_count})
    assert workers["logviewerPort"] == ui.port


@pytest.mark.parametrize("window", [None, *WINDOWS])
def test_topology(get, topology, window):
    query = "" if window is None else f"?window={window}&sys=1"
    page = get(f"topology/{topology}{query}")
    check(page, TOPOLOGY)
    assert page["window"] == (window or ":all-time")
    assert page["windowHint"] == WINDOWS[page["window"]]
    assert {stats["window"]: stats["windowPretty"] for stats in page["topologyStats"]} == WINDOWS
    assert page["topologyStats"]
    for stats in page["topologyStats"]:
        check(stats, STATS)
    for worker in page["workers"]:
        check(worker, WORKER)
    assert [line["spoutId"] for line in page["spouts"]] == ["reader"]
    assert {line["boltId"] for line in page["bolts"]} == {"splitter", "counter", "report"}
    for line in page["spouts"]:
        check(line, SPOUT_LINE)
    for line in page["bolts"]:
        check(line, BOLT_LINE)
    assert page["configuration"]["reader.passes"] == 0


def test_a_topology_has_the_same_page_by_its_name(get, topology):
    assert get(f"topology/{NAME}")["id"] == topology


def test_windows_are_within_each_other(get, topology):
    stats = get(f"topology/{topology}")["topologyStats"]
    for field in ("emitted", "transferred", "acked"):
        values = [line[field] for line in stats]
        assert values[0] > 0 and values == sorted(values), f"{field}: {values}"


def test_a_page_adds_up(get, topology):
    page = get(f"topology/{topology}")
    lines = page["spouts"] + page["bolts"]
    stats = next(line for line in page["topologyStats"] if line["window"] == ":all-time")
    assert stats["emitted"] == sum(line["emitted"] for line in lines)
    assert stats["acked"] == sum(line["acked"] for line in page["spouts"])


def check_metrics(component, fields):
    assert is_text(component["id"])
    for member, of_item in fields.items():
        for item in component[member]:
            check(item, of_item)


@pytest.mark.parametrize("window", [None, *WINDOWS])
def test_metrics(get, topology, window):
    metrics = get(f"topology/{topology}/metrics" + ("" if window is None else f"?window={window}"))
    check(metrics, {"window": is_text, "windowHint": is_text, "spouts": is_array, "bolts": is_array})
    assert metrics["windowHint"] == WINDOWS[metrics["window"]]
    for spout in metrics["spouts"]:
        check_metrics(spout, SPOUT_METRICS)
    for bolt in metrics["bolts"]:
        check_metrics(bolt, BOLT_METRICS)
    splitter = next(bolt for bolt in metrics["bolts"] if bolt["id"] == "splitter")
    assert splitter["executed"][0]["component_id"] == "reader"
    assert splitter["executed"][0]["value"] > 0
    assert metrics["spouts"][0]["emitted"][0]["value"] > 0


@pytest.mark.parametrize("window", [None, *WINDOWS])
def test_spout(get, topology, window):
    query = "" if window is None else f"?window={window}"
    page = get(f"topology/{topology}/component/reader{query}")
    check(page, COMPONENT | {"spoutSummary": is_array})
    assert page["componentType"] == "spout"
    assert {stats["window"] for stats in page["spoutSummary"]} == set(WINDOWS)
    for stats in page["spoutSummary"]:
        check(stats, STATS)
    for output in page["outputStats"]:
        check(output, SPOUT_OUTPUT)
    assert page["outputStats"][0]["acked"] > 0
    assert len(page["executorStats"]) == page["executors"]
    for executor in page["executorStats"]:
        check(executor, SPOUT_EXECUTOR)


@pytest.mark.parametrize("window", [None, *WINDOWS])
def test_bolt(get, topology, window):
    query = "" if window is None else f"?window={window}"
    page = get(f"topology/{topology}/component/splitter{query}")
    check(page, COMPONENT | {"boltStats": is_array, "inputStats": is_array})
    assert page["componentType"] == "bolt"
    assert {stats["window"] for stats in page["boltStats"]} == set(WINDOWS)
    for stats in page["boltStats"]:
        check(stats, BOLT_STATS)
    for input_ in page["inputStats"]:
        check(input_, INPUT)
    assert [input_["component"] for input_ in page["inputStats"]] == ["reader"]
    for output in page["outputStats"]:
        check(output, OUTPUT)
    assert len(page["executorStats"]) == page["executors"]
    for executor in page["executorStats"]:
        check(executor, BOLT_EXECUTOR)
    assert sum(executor["executed"] for executor in page["executorStats"]) > 0


def test_visualization(get, topology):
    table = get(f"topology/{topology}/visualization-init")["visualizationTable"]
    streams = [stream for row in table for stream in row]
    assert all(len(row) <= 4 for row in table)
    for stream in streams:
        check(stream, {"stream": is_text, "sani-stream": is_text, "checked": is_flag})
    graph = get(f"topology/{topology}/visualization?window=600")
    assert set(graph) == {"reader", "splitter", "counter", "report"}
    for node in graph.values():
        check(node, {":type": is_text, ":capacity": is_number, ":latency": is_dictionary,
                     ":transferred": is_dictionary, ":stats": is_array, ":link": is_text,
                     ":inputs": is_array})
        assert node[":stats"]
        for input_ in node[":inputs"]:
            check(input_, {":component": is_text, ":stream": is_text, ":sani-stream": is_text,
                           ":grouping": is_text})
            assert input_[":stream"] in {stream["stream"] for stream in streams}


def test_a_topology_that_reads_no_log_has_no_lag(get, topology):
    assert get(f"topology/{topology}/lag") == {}


@contextlib.contextmanager
def from_log(cluster, brokers, name):
    """Counts the words of a topic."""
    cluster.submit(FROM_LOG, name, **{"log.brokers": brokers})
    cluster.await_running(name, 1)
    yield name
    cluster.gale("kill", name, "--yes", "--drain", "0")
    cluster.await_gone(name)


@uses_librdkafka
def test_lag_behind_the_log(cluster, tmp_path):
    with running(tmp_path / "broker") as broker, Ui(cluster, **{"log.brokers": broker.hosts}) as ui:
        broker.gale("topic", "create", "lines", "--partitions", "2")
        broker.gale("topic", "create", "counts")
        broker.gale("produce", "lines", stdin="a b\n" * 30)
        with from_log(cluster, broker.hosts, "word-count-log") as name:

            def read():
                lag = ui.get(f"/api/v1/topology/{name}/lag").json["reader"]
                check(lag, {"spoutId": is_text, "spoutType": is_text})
                partitions = lag.get("spoutLagResult", {}).get("lines", {})
                return (sum(partition["consumerCommittedOffset"] for partition in partitions.values()
                            if partition["lag"] == 0) >= 29 and partitions)

            partitions = await_true(read, "all is read")
            assert set(partitions) == {"0", "1"}
            assert sum(partition["logHeadOffset"] for partition in partitions.values()) == 30


# ---- actions ----


@pytest.fixture
def other(cluster, ui):
    """submit(name) gives the id of a topology that a test may steer."""

    def make(name):
        identity = submit(cluster, name)
        cluster.await_running(name, WORKERS)
        return identity

    return make


def done(operation, identity):
    return {"topologyOperation": operation, "topologyId": identity, "status": "success"}


def status_of(get, identity):
    return get(f"topology/{identity}")["status"]


def test_deactivate_activate_and_kill(get, ui, cluster, other):
    identity = other("steered")
    at = f"/api/v1/topology/{identity}"
    assert ui.post(f"{at}/deactivate").json == done("deactivate", identity)
    await_true(lambda: status_of(get, identity) == "INACTIVE", "it is inactive")
    assert ui.post(f"{at}/activate").json == done("activate", identity)
    await_true(lambda: status_of(get, identity) == "ACTIVE", "it is active")
    assert ui.post(f"{at}/kill/0").json == done("kill", identity)
    cluster.await_gone("steered")
    await_true(lambda: ui.get(at).status == 404, "it is not found")
    assert identity in get("history/summary")["topo-history"]


def test_rebalance_as_documented(get, ui, cluster, topology):
    body = {"rebalanceOptions": {"numWorkers": 1, "executors": {"splitter": "1"}}, "callback": "foo"}
    answer = ui.post(f"/api/v1/topology/{topology}/rebalance/0", body)
    assert answer.json == done("rebalance", topology)

    def rebalanced():
        page = get(f"topology/{topology}")
        return (page["status"], page["workersTotal"],
                component_of(page, "bolt", "splitter")["executors"]) == ("ACTIVE", 1, 1)

    await_true(rebalanced, "it has one worker, and the splitter one executor")
    assert ui.post(f"/api/v1/topology/{topology}/rebalance/0",
                   {"rebalanceOptions": {"numWorkers": WORKERS}}).status == 200
    await_true(lambda: get(f"topology/{topology}")["workersTotal"] == WORKERS, "it has two again")
    cluster.await_running(NAME, WORKERS)


def test_debug(get, ui, topology):
    at = f"/api/v1/topology/{topology}"
    assert ui.post(f"{at}/debug/enable/20").json == done("debug/enable", topology)
    await_true(lambda: get(f"topology/{topology}")["samplingPct"] == 20, "all is sampled")
    assert get(f"topology/{topology}")["debug"] is True
    assert ui.post(f"{at}/debug/disable/0").json == done("debug/disable", topology)
    await_true(lambda: get(f"topology/{topology}")["debug"] is False, "nothing is sampled")

    assert ui.post(f"{at}/component/counter/debug/enable/5").json == done("debug/enable", topology)
    await_true(lambda: get(f"topology/{topology}/component/counter")["debug"], "one is sampled")
    assert get(f"topology/{topology}/component/splitter")["debug"] is False
    assert ui.post(f"{at}/component/counter/debug/disable/5").status == 200


def test_log_level(get, ui, topology):
    at = f"/api/v1/topology/{topology}/logconfig"
    root = {"target_level": "DEBUG", "reset_level": "INFO", "timeout": 600}
    assert get(f"topology/{topology}/logconfig") == {"namedLoggerLevels": {}}
    answer = ui.post(at, {"namedLoggerLevels": {"ROOT": root}}).json["namedLoggerLevels"]["ROOT"]
    check(answer, {"target_level": is_text, "reset_level": is_text, "timeout": is_count,
                   "timeout_epoch": is_count})
    assert answer["target_level"] == "DEBUG" and answer["timeout"] in range(590, 601)

    def is_set():
        return get(f"topology/{topology}/logconfig")["namedLoggerLevels"].get("ROOT", {})

    assert await_true(is_set, "it is set")["timeout_epoch"] == answer["timeout_epoch"]
    taken_back = ui.post(at, {"namedLoggerLevels": {"ROOT": {"target_level": None}}})
    assert taken_back.json == {"namedLoggerLevels": {}}


def test_a_worker_is_restarted(get, ui, cluster, topology):
    (supervisor, slot), worker = next(iter(cluster.workers(NAME).items()))
    identity = f"{supervisor}:{slot}"
    at = f"/api/v1/topology/{topology}/profiling/restartworker/{identity}"
    assert ui.get(at).json["status"] == "disabled"
    assert ui.post(at).json == {"status": "ok", "id": identity}

    def is_another():
        now = cluster.workers(NAME).get((supervisor, slot), {})
        return now.get("phase") == "running" and now["pid"] not in (None, worker["pid"])

    await_true(is_another, "another process runs there")


PROFILED = {"status": is_text, "id": is_text}
STARTED = PROFILED | {"timeout": is_text, "dumplink": is_text}
DUMPED = PROFILED | {"dumplink": is_text}


@pytest.mark.parametrize("action, fields", [
    ("start/{}/10", STARTED), ("stop/{}", PROFILED), ("dumpprofile/{}", DUMPED), ("dumpjstack/{}", DUMPED)])
def test_profiling_is_answered_with_where_to_read(get, ui, cluster, topology, action, fields):
    supervisor, slot = next(iter(cluster.workers(NAME)))
    answer = get(f"topology/{topology}/profiling/{action.format(f'{supervisor}:{slot}')}")
    check(answer, fields)
    assert set(answer) == set(fields)
    assert answer["status"] == "ok" and answer["id"] == f"{supervisor}:{slot}"
    assert answer.get("timeout", "10") == "10"
    link = answer.get("dumplink", f"/api/v1/dumps/{topology}/{supervisor}:{slot}")
    shown = ui.get(f"{link}?seconds=1" if link.endswith(".folded") else link)
    assert shown.status == 200, shown.body
    assert shown.headers["Content-Type"].startswith("text/")


def test_a_heap_is_not_for_c(get, topology):
    answer = get(f"topology/{topology}/profiling/dumpheap/h:0")
    check(answer, {"status": is_text, "message": is_text})
    assert answer["status"] == "disabled"


# ---- errors ----


@pytest.mark.parametrize("path, status, phrase", [
    ("topology/none-1-1", 404, "404 Not Found"),
    ("topology/none/component/x", 404, "404 Not Found"),
    (f"topology/{NAME}/component/none", 404, "404 Not Found"),
    (f"topology/{NAME}?window=7", 400, "400 Bad Request"),
    ("supervisor?id=none", 404, "404 Not Found"),
    ("no/such/call", 404, "404 Not Found"),
])
def test_errors(ui, topology, path, status, phrase):
    answer = ui.get(f"/api/v1/{path}")
    assert answer.status == status
    assert answer.json["error"] == phrase and answer.json["errorMessage"]


ACTION = {"X-Gale-Action": "1"}


@pytest.mark.parametrize("method, path, headers, body, phrase", [
    ("POST", "topology/x/kill/0", {}, None, "403 Forbidden"),
    ("POST", "topology/x/kill/0", ACTION | {"Origin": "http://elsewhere"}, None, "403 Forbidden"),
    ("GET", "cluster/summary", {"Host": "elsewhere"}, None, "421 Misdirected Request"),
    ("DELETE", "topology/x", {}, None, "405 Method Not Allowed"),
    ("POST", "cluster/summary", ACTION, None, "405 Method Not Allowed"),
    ("POST", "topology/x/rebalance/0", ACTION, [1], "400 Bad Request"),
    ("GET", "topology/%zz", {}, None, "400 Bad Request"),
])
def test_what_no_handler_sees_is_refused_in_the_same_shape(ui, method, path, headers, body, phrase):
    answer = ui.ask(method, f"/api/v1/{path}", body, headers)
    assert f"{answer.status} " == phrase[:4]
    assert answer.json.keys() == {"error", "errorMessage"}
    assert answer.json["error"] == phrase and answer.json["errorMessage"]
    elsewhere = ui.ask(method, f"/api/v2/{path}", body, headers)
    assert elsewhere.json["error"].keys() == {"code", "text"}


def test_a_change_needs_the_header(ui, topology):
    path = f"/api/v1/topology/{topology}/kill/0"
    assert ui.ask("POST", path).status == 403
    assert ui.get(f"/api/v1/topology/{topology}").json["status"] == "ACTIVE"


def test_a_refused_action_says_why(ui, topology):
    answer = ui.post(f"/api/v1/topology/{topology}/rebalance/0",
                     {"rebalanceOptions": {"executors": {"nobody": 2}}})
    assert answer.status == 400
    assert answer.json["error"] == "400 Bad Request" and "nobody" in answer.json["errorMessage"]


# ---- the page ----


def test_the_page_names_every_address():
    page = (ROOT / "docs" / "rest_v1.md").read_text(encoding="utf-8")
    source = (ROOT / "ui" / "storm" / "routes.c").read_text(encoding="utf-8")
    routes = re.findall(r'\{HTTP_(GET|POST), "/api/v1(/[^"]+)"', source)
    assert len(routes) > 30
    for method, path in routes:
        if path != "/{rest...}":
            assert f"| {method} | `{path}`" in page, f"{method} {path}"


def test_what_the_page_shows_is_json():
    page = (ROOT / "docs" / "rest_v1.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        json.loads(block)
