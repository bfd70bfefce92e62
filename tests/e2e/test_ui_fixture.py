# SPDX-License-Identifier: Apache-2.0
"""The page against a simulated cluster (tests/ui/fixture): that what is simulated has the shapes of
ui/api/schema.json, and then the tests in the browser, tests/ui/fixture_*.test.mjs."""

import contextlib
import json
import os
import re
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import jsonschema
import pytest

from page_packages import install_packages, told
from page_packages import node as find_node

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests" / "ui"
SCHEMA = json.loads((ROOT / "ui" / "api" / "schema.json").read_text())
TIMEOUT_S = 60

# Path of the schema, and addresses of it.
QUESTIONS = {
    "/api/v2/session": ["session"],
    "/api/v2/pulse": ["pulse"],
    "/api/v2/topologies": ["topologies", "topologies?spark=1"],
    "/api/v2/topologies/{name}": ["topologies/orders", "topologies/fraud"],
    "/api/v2/topologies/{name}/figures": ["topologies/orders/figures?window=60", "topologies/fraud/figures"],
    "/api/v2/topologies/{name}/tasks": ["topologies/orders/tasks?component=enrich"],
    "/api/v2/topologies/{name}/history": [
        "topologies/orders/history?metrics=in_per_s,lag&seconds=60",
        "topologies/orders/history?component=enrich&tasks=1&metrics=capacity&seconds=3600",
    ],
    "/api/v2/topologies/{name}/errors": ["topologies/orders/errors"],
    "/api/v2/topologies/{name}/samples": ["topologies/sessions/samples?component=join&count=3"],
    "/api/v2/topologies/{name}/workers/{supervisor}/{slot}/stacks": ["topologies/orders/workers/supervisor-2/1/stacks"],
    "/api/v2/topologies/{name}/workers/{supervisor}/{slot}/profile": ["topologies/orders/workers/supervisor-2/1/profile?seconds=1"],
    "/api/v2/ended": ["ended"],
    "/api/v2/events": ["events", "events?topology=orders&limit=2"],
    "/api/v2/nodes": ["nodes"],
    "/api/v2/settings": ["settings", "settings?topology=orders"],
    "/api/v2/coord": ["coord?path=/", "coord?path=/binary", "coord?path=/nimbus/leader"],
    "/api/v2/logs": ["logs"],
    "/api/v2/logs/{id}": ["logs/orders-1-1795000000"],
    "/api/v2/logs/{id}/search": ["logs/orders-1-1795000000/search?q=slow&max=5"],
    "/api/v2/logs/{id}/{supervisor}/{slot}/{file}": ["logs/orders-1-1795000000/supervisor-2/1/worker.log?offset=-200"],
    "/api/v2/log/topics": ["log/topics", "log/topics?q=or&limit=1"],
    "/api/v2/log/topics/{topic}": ["log/topics/orders", "log/topics/empty"],
    "/api/v2/log/topics/{topic}/records": ["log/topics/orders/records?from=last:9", "log/topics/empty/records"],
    "/api/v2/log/groups": ["log/groups"],
    "/api/v2/log/groups/{group}": ["log/groups/orders.orders", "log/groups/night-report"],
}
CHANGES = {
    "/api/v2/topologies/{name}/activate": ("topologies/orders/activate", {}),
    "/api/v2/topologies/{name}/deactivate": ("topologies/orders/deactivate", {}),
    "/api/v2/topologies/{name}/kill": ("topologies/sessions/kill", {"wait_ms": 0}),
    "/api/v2/topologies/{name}/rebalance": ("topologies/orders/rebalance", {"workers": 2, "dry_run": True}),
    "/api/v2/topologies/{name}/log-level": ("topologies/orders/log-level", {"level": "debug", "for_ms": 1000}),
    "/api/v2/topologies/{name}/debug": ("topologies/orders/debug", {"percent": 1}),
    "/api/v2/topologies/{name}/restart-worker": (
        "topologies/word-count-log/restart-worker", {"supervisor": "supervisor-1", "slot": 0}),
    "/api/v2/log/groups/{group}/reset": ("log/groups/night-report/reset", {"topic": "counts", "to": "earliest"}),
}


@pytest.fixture(scope="module")
def node():
    install_packages()
    return find_node()


@pytest.fixture(scope="module")
def address(node):
    process = subprocess.Popen([node, TESTS / "fixture" / "main.mjs", "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def check(route, answer):
    schema = {**SCHEMA["$defs"][route["answer"]], "$defs": SCHEMA["$defs"]}
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(answer))
    assert not errors, f"{route['path']}: {errors[0].json_path}: {errors[0].message}"


def ask(address, path, body=None):
    request = urllib.request.Request(f"{address}/api/v2/{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("X-Gale-Action", "1")
        request.add_header("Content-Type", "application/json")
    with contextlib.closing(urllib.request.urlopen(request, timeout=TIMEOUT_S)) as response:
        return json.load(response)


def routes(method):
    return [route for route in SCHEMA["x-routes"] if route["method"] == method and route["answer"]]


@pytest.mark.parametrize("route", routes("GET"), ids=lambda route: route["path"])
def test_what_is_simulated_has_the_shapes_of_the_schema(address, route):
    for path in QUESTIONS[route["path"]]:
        check(route, ask(address, path))


@pytest.mark.parametrize("route", routes("POST"), ids=lambda route: route["path"])
def test_changes_of_what_is_simulated_have_the_shapes_of_the_schema(address, route):
    path, body = CHANGES[route["path"]]
    check(route, ask(address, path, body))


def test_faults_have_the_shape_of_the_schema(address):
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(address, "topologies/nobody")
    assert caught.value.code == 404
    assert set(json.load(caught.value)["error"]) == {"code", "text"}
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{address}/api/v2/topologies/orders/activate", data=b"{}", timeout=TIMEOUT_S)
    assert caught.value.code == 403


# ---- in the browser ----


@pytest.fixture(scope="module")
def page(node, tmp_path_factory):
    """The page, built. It fails if what a browser loads for any view is above 80 KB compressed."""
    folder = tmp_path_factory.mktemp("page")
    build = ROOT / "ui" / "page" / "scripts" / "build.mjs"
    built = subprocess.run([node, build, "--out", folder], capture_output=True, text=True, timeout=300, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_the_beginning_of_the_page_is_small(page, capsys):
    """What index.html asks for, and so the overview; other views: ui/page/scripts/build.mjs."""
    html = (page / "index.html").read_text()
    first = ["index.html", *re.findall(r'(?:href|src)="/([^"]+)"', html)]
    assert len(first) > 2
    sizes = {file.name.removesuffix(".gz"): file.stat().st_size for file in page.glob("*.gz")}
    with capsys.disabled():
        print(f"\nthe page: {sum(sizes[name] for name in first)} bytes compressed to begin with, {sum(sizes.values())} in all files", end=" ")
    assert sum(sizes[name] for name in first) < 40 * 1024
    assert "://" not in html.replace("http://www.w3.org/2000/svg", ""), "nothing is loaded from elsewhere"
    assert "<style" not in html and " style=" not in html and "onload" not in html


@pytest.mark.parametrize("script", sorted(TESTS.glob("fixture_*.test.mjs")), ids=lambda script: script.name.partition(".")[0])
def test_in_the_browser(node, page, script, capsys):
    run = subprocess.run(
        [node, "--test", "--test-reporter=tap", script],
        capture_output=True,
        text=True,
        timeout=900,
        env={**os.environ, "GALE_UI_DIST": str(page)},
        check=False,
    )
    with capsys.disabled():
        for line in told(run.stdout):
            print(f"\n{line}", end=" ")
    assert run.returncode == 0, run.stdout[-12000:] + run.stderr[-4000:]
    assert "# pass 0" not in run.stdout, "no test ran"
