# SPDX-License-Identifier: Apache-2.0
"""/metrics of a cluster that runs word count, read as strictly as the text format 0.0.4 is written; the page and the
Grafana dashboard, which must name metrics and labels that there are."""

import json
import math
import re

import pytest

from cluster.cluster import Cluster, await_true
from cluster.ui import Ui
from conftest import BUILD, ROOT

TABLE = ROOT / "ui" / "metrics" / "table.c"
PAGE = ROOT / "docs" / "metrics.md"
DASHBOARD = ROOT / "ui" / "grafana" / "gale.json"
WORD_COUNT = BUILD / "topologies" / "word_count.so"
SAMPLE = ROOT / "topologies" / "word_count" / "sample.txt"
NAME = "wc"
WORKERS = 2
KINDS = ("counter", "gauge", "summary")

# ---- the text format ----

HELP = re.compile(r"# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)")
TYPE = re.compile(r"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (\w+)")
SAMPLE_LINE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?([eE][+-]?\d+)?|Inf)|NaN")
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def read_labels(text):
    labels, at = {}, 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"no label at {text[at:]!r}"
        name, value = match.groups()
        assert name not in labels, f"twice: {name}"
        labels[name] = re.sub(r"\\.", lambda escape: ESCAPES[escape.group()], value)
        at = match.end()
        if at < len(text):
            assert text[at] == "," and at + 1 < len(text), f"no comma at {text[at:]!r}"
            at += 1
    return labels


class Metric:
    def __init__(self, name, help_, kind):
        self.name, self.help, self.kind = name, help_, kind
        self.samples = []  # (suffix, labels, value)

    def labels(self):
        return {name for _, labels, _ in self.samples for name in labels}

    def value(self, suffix="", **wanted):
        found = [value for has, labels, value in self.samples
                 if has == suffix and wanted.items() <= labels.items()]
        assert len(found) == 1, f"{len(found)} samples of {self.name}{suffix}{wanted}"
        return found[0]


def add_sample(metric, name, labels, text, seen):
    assert name.startswith(metric.name), f"{name} stands below {metric.name}"
    suffix = name[len(metric.name):]
    assert suffix in (("", "_sum", "_count") if metric.kind == "summary" else ("",)), name
    assert ("quantile" in labels) == (metric.kind == "summary" and suffix == ""), (name, labels)
    assert NUMBER.fullmatch(text), f"no number: {text}"
    key = (name, frozenset(labels.items()))
    assert key not in seen, f"twice: {key}"
    seen.add(key)
    value = float(text.replace("Inf", "inf"))
    assert metric.kind != "counter" or value >= 0
    metric.samples.append((suffix, labels, value))


def parse(text):
    """Name -> Metric. HELP, TYPE and then all samples of a metric, each once."""
    assert text.endswith("\n") and "\r" not in text
    lines = text[:-1].split("\n")
    metrics, seen, at = {}, set(), 0
    while at < len(lines):
        help_, kind = HELP.fullmatch(lines[at]), TYPE.fullmatch(lines[at + 1])
        assert help_ and kind, f"no HELP and TYPE: {lines[at:at + 2]}"
        assert help_[1] == kind[1] and kind[2] in KINDS and help_[1] not in metrics
        metric = metrics[help_[1]] = Metric(help_[1], help_[2], kind[2])
        at += 2
        while at < len(lines) and not lines[at].startswith("#"):
            sample = SAMPLE_LINE.fullmatch(lines[at])
            assert sample, f"no sample: {lines[at]!r}"
            name, labels, value = sample.groups()
            assert labels != "", "empty braces"
            add_sample(metric, name, read_labels(labels or ""), value, seen)
            at += 1
        assert metric.samples, f"{metric.name} has no samples"
    return metrics


@pytest.mark.parametrize("text", [
    "gale_up 1\n",
    "# HELP a b\n# TYPE a gauge\na 1",
    "# HELP a b\n# TYPE a gauge\na{} 1\n",
    '# HELP a b\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n',
    '# HELP a b\n# TYPE a gauge\na{x="1" y="2"} 1\n',
    '# HELP a b\n# TYPE a gauge\na{x="\\t"} 1\n',
    "# HELP a b\n# TYPE a gauge\na one\n",
    "# HELP a b\n# TYPE a gauge\n# HELP c d\n# TYPE c gauge\nc 1\n",
    "# HELP a b\n# TYPE a counter\na -1\n",
    "# HELP a b\n# TYPE a gauge\nb 1\n",
])
def test_the_parser_is_strict(text):
    with pytest.raises((AssertionError, IndexError)):
        parse(text)


# ---- the table ----


def table():
    """Name -> (kind, labels, help), of the C source."""
    source = TABLE.read_text(encoding="utf-8")
    macros = dict(re.findall(r'#define (OF_\w+)\s+"([^"]*)"', source))
    entry = re.compile(r'\[METRIC_\w+\] = \{"(gale_\w+)", METRIC_(\w+),\s*((?:(?:OF_\w+|"[^"]*")\s*)+),'
                       r'\s*"([^"]*)"\}')
    found = {}
    for name, kind, labels, help_ in entry.findall(source):
        words = re.findall(r'(OF_\w+)|"([^"]*)"', labels)
        text = "".join(macros[macro] if macro else literal for macro, literal in words)
        names = [label.strip() for label in text.split(",") if label.strip()]
        found[name] = (kind.lower(), names + ["quantile"] * (kind == "SUMMARY"), help_)
    assert len(found) == len(re.findall(r"^    \[METRIC_", source, flags=re.MULTILINE)) > 60
    return found


def unit_of(name):
    """What the end of a name says."""
    unit = re.sub("_total$", "", name).rpartition("_")[2]
    units = {"seconds", "bytes", "tuples", "trees", "records"}
    return unit if unit in units else "0 to 1" if unit == "ratio" else ""


def test_the_page_shows_the_table():
    shown = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `gale_"):
            name, kind, unit, labels, help_ = cells
            shown[name.strip("`")] = (kind, unit, re.findall("`([^`]+)`", labels), help_)
    assert shown == {name: (kind, unit_of(name), labels, help_)
                     for name, (kind, labels, help_) in table().items()}


# ---- the dashboard ----


def expressions():
    """(where, PromQL)"""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


def labels_in(expression):
    """Names in selectors, in by(...) and on(...), and behind the comma of label_values()."""
    found = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", expression))
    for names in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", expression):
        found |= {name.strip() for name in names.split(",") if name.strip()}
    return found | set(re.findall(r"label_values\(.*,\s*(\w+)\)", expression))


def family_of(name, known):
    return name if name in known else re.sub("_(sum|count)$", "", name)


def test_the_dashboard_can_be_loaded():
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    assert dashboard["schemaVersion"] >= 30 and dashboard["title"] and dashboard["uid"]
    kinds = {variable["name"]: variable["type"] for variable in dashboard["templating"]["list"]}
    assert kinds["datasource"] == "datasource" and kinds["topology"] == "query"
    identities = [panel["id"] for panel in dashboard["panels"]]
    assert len(identities) == len(set(identities))
    taken = set()
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                 for y in range(at["y"], at["y"] + at["h"])}
        assert not taken & cells, f"{panel['title']} lies over another one"
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["targets"] and panel["description"], panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}"
        references = [target["refId"] for target in panel["targets"]]
        assert len(references) == len(set(references))
        assert {"defaults", "overrides"} <= set(panel["fieldConfig"])
        for target in panel["targets"]:
            assert target["expr"].count("(") == target["expr"].count(")")
            legend = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
            assert legend <= labels_in(target["expr"]), f"{panel['title']}: {legend}"


def test_the_dashboard_names_what_there_is():
    known = table()
    used = 0
    for where, expression in expressions():
        names = {family_of(name, known) for name in re.findall(r"\bgale_\w+", expression)}
        assert names <= set(known), f"{where}: {names - set(known)}"
        labels = {label for name in names for label in known[name][1]}
        assert labels_in(expression) <= labels, f"{where}: {labels_in(expression) - labels}"
        used += len(names)
    assert used > 20


# ---- a cluster ----


@pytest.fixture(scope="module")
def cluster():
    with Cluster() as running:
        running.submit(WORD_COUNT, NAME, **{"reader.path": SAMPLE, "reader.passes": 0,
                                            "reader.max_pending": 64, "topology.workers": WORKERS})
        running.await_running(NAME, WORKERS)
        yield running


@pytest.fixture(scope="module")
def ui(cluster):
    with Ui(cluster) as running:
        yield running


def scrape(ui, query=""):
    answer = ui.get(f"/metrics{query}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return parse(answer.body)


@pytest.fixture(scope="module")
def metrics(ui):
    """When everything that moves has moved."""

    def moved():
        now = scrape(ui)
        latency = now.get("gale_component_execute_seconds")
        return latency and not math.isnan(
            latency.value(topology=NAME, component="counter", quantile="0.99")) and now

    return await_true(moved, "latencies are known")


def test_every_metric_is_of_the_table(metrics):
    known = table()
    for name, metric in metrics.items():
        kind, labels, help_ = known[name]
        assert (metric.kind, metric.help) == (kind, f"{help_}.")
        assert metric.labels() <= set(labels), name


def test_the_cluster_is_well_described(metrics):
    assert metrics["gale_up"].value() == 1
    assert metrics["gale_supervisors"].value() == 2
    assert metrics["gale_slots"].value() == 8
    assert metrics["gale_slots_used"].value() == WORKERS
    assert metrics["gale_topology_workers"].value(topology=NAME) == WORKERS
    assert sum(value for _, _, value in metrics["gale_verdict"].samples) == 1
    assert metrics["gale_scrape_topologies_left_out"].value() == 0


def test_workers_use_memory_and_time(metrics):
    assert len(metrics["gale_worker_up"].samples) == WORKERS
    for name in ("gale_worker_up", "gale_worker_resident_memory_bytes", "gale_worker_cpu_seconds_total"):
        assert all(value > 0 for _, _, value in metrics[name].samples), name


def test_counters_add_up(ui, metrics):
    """Of one tick; a scrape in which it changes may be of two."""
    reader = {"topology": NAME, "component": "reader"}
    edge = {"topology": NAME, "source": "reader", "target": "splitter"}

    def agree():
        now = scrape(ui)
        completed = now["gale_component_completed_trees_total"].value(**reader)
        of_all = now["gale_topology_completed_trees_total"].value(topology=NAME)
        return 0 < completed == of_all and now

    now = await_true(agree, "pulse and figures agree")
    emitted = now["gale_component_emitted_tuples_total"].value(**reader, stream="lines")
    assert emitted >= now["gale_component_completed_trees_total"].value(**reader)
    for name in ("gale_edge_sent_tuples_total", "gale_edge_executed_tuples_total"):
        assert now[name].value(**edge) > 0


def test_summaries_have_all_their_parts(metrics):
    summary = metrics["gale_component_execute_seconds"]
    splitter = {"topology": NAME, "component": "splitter"}
    quantiles = [summary.value(**splitter, quantile=q) for q in ("0.5", "0.9", "0.99", "0.999")]
    assert quantiles == sorted(quantiles) and quantiles[0] >= 0
    count, total = summary.value("_count", **splitter), summary.value("_sum", **splitter)
    assert count > 0 and 0 < total / count < 10


def test_counters_only_grow(ui, metrics):
    def key(metric):
        return {(suffix, frozenset(labels.items())): value
                for suffix, labels, value in metric.samples if suffix or metric.kind == "counter"}

    def grown():
        return scrape(ui)["gale_tick"].value() > metrics["gale_tick"].value()

    await_true(grown, "the next tick")
    later = scrape(ui)
    for name, metric in metrics.items():
        before, after = key(metric), key(later[name]) if name in later else {}
        assert all(after.get(sample, value) >= value for sample, value in before.items()), name


def test_the_dashboards_metrics_are_all_there(metrics):
    known = table()
    may_be_missing = {"gale_topology_lag_records"}  # of spouts that read the log
    for where, expression in expressions():
        for name in re.findall(r"\bgale_\w+", expression):
            family = family_of(name, known)
            assert family in metrics or family in may_be_missing, f"{where}: {name}"


def test_tasks_are_shown_if_asked_for(ui, metrics):
    assert not any(name.startswith("gale_task_") for name in metrics)
    tasks = scrape(ui, "?tasks=1")
    shown = tasks["gale_task_executed_tuples_total"].samples
    assert len(shown) == tasks["gale_topology_tasks"].value(topology=NAME)
    assert tasks["gale_scrape_tasks_left_out"].value() == 0


def test_another_topology_alone_has_no_components(ui, metrics):
    alone = scrape(ui, "?topology=other")
    assert "gale_component_tasks" not in alone and "gale_topology_info" in alone


def test_without_nimbus_it_is_down(cluster, ui, metrics):
    cluster.nimbuses[0].pause()
    try:
        away = await_true(lambda: (now := scrape(ui))["gale_up"].value() == 0 and now, "it is down")
        assert set(away) == {"gale_up", "gale_build_info"}
    finally:
        cluster.nimbuses[0].resume()
    await_true(lambda: scrape(ui)["gale_up"].value() == 1, "it is up again")
