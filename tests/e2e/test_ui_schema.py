# SPDX-License-Identifier: Apache-2.0
"""ui/api/schema.json, and what is written from it: examples, types of the page, documentation, tables of routes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]
API = ROOT / "ui" / "api"
SCHEMA = json.loads((API / "schema.json").read_text())
EXAMPLES = json.loads((API / "examples" / "index.json").read_text())

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def validator(definition):
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]})


def complaints(definition, value):
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in validator(definition).iter_errors(value)]


def test_the_schema_is_one_and_names_only_what_it_has():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    named = [name for route in SCHEMA["x-routes"] for name in (route["answer"], route.get("body", "")) if name]
    named += [event["data"] for event in SCHEMA["x-events"]]
    named += re.findall(r'"#/\$defs/(\w+)"', json.dumps(SCHEMA))
    assert set(named) | {"Fault"} == set(SCHEMA["$defs"])


@pytest.mark.parametrize("file", EXAMPLES)
def test_each_example_is_valid(file):
    assert complaints(EXAMPLES[file]["answer"], json.loads((API / "examples" / file).read_text())) == []


def test_every_answer_of_the_schema_has_an_example():
    have = {example["answer"] for example in EXAMPLES.values()}
    want = {route["answer"] for route in SCHEMA["x-routes"] if route["method"] == "GET" and route["answer"]}
    assert want <= have


def test_a_change_of_an_example_is_noticed():
    """The schema is strict: each member must be there, and no other."""
    for file, example in EXAMPLES.items():
        value = json.loads((API / "examples" / file).read_text())
        assert complaints(example["answer"], {**value, "more": 1}) != [], file
        required = SCHEMA["$defs"][example["answer"]]["required"]
        assert complaints(example["answer"], {k: v for k, v in value.items() if k != required[0]}) != [], file


def test_every_path_of_the_schema_has_a_handler_and_the_other_way_round():
    routes = set()
    for folder in ("api", "logs", "messages"):
        text = (ROOT / "ui" / folder / "routes.c").read_text()
        names = dict(re.findall(r'#define (\w+) +"([^"]+)"', text))
        for method, path in re.findall(r"\{HTTP_(\w+), ((?:\w+|\"[^\"]*\"| )+), ROUTE", text):
            parts = re.findall(r'"([^"]*)"|(\w+)', path)
            routes.add((method, "".join(quoted or names[name] for quoted, name in parts)))
    ours = {(method, path) for method, path in routes if path.startswith("/api/v2")}
    documented = {(route["method"], route["path"]) for route in SCHEMA["x-routes"]}
    assert documented - ours == {("GET", "/api/v2/stream")}  # the server's own
    assert ours - documented == set()


def run(*words):
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_the_documentation_is_what_the_schema_says():
    run(sys.executable, "ui/api/document.py", "--check")


@needs_node
def test_the_types_of_the_page_are_what_the_schema_says():
    run("node", "ui/page/scripts/types.mjs", "--check")


@needs_node
def test_the_examples_are_what_their_script_says():
    run("node", "ui/api/examples/make.mjs", "--check")


@needs_node
def test_the_large_examples_are_valid():
    script = """
        import { many_tasks, many_topologies } from "./ui/api/examples/make.mjs";
        console.log(JSON.stringify({ ...many_topologies(500), tasks: many_tasks(4000) }));
    """
    result = subprocess.run(["node", "--input-type=module", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True)
    large = json.loads(result.stdout)
    assert len(large["topologies"]["topologies"]) == 500
    assert complaints("Pulse", large["pulse"]) == []
    assert complaints("Topologies", large["topologies"]) == []
    assert complaints("Tasks", large["tasks"]) == []
