#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the tables of docs/rest_v2.md from schema.json, between the lines that mark them.

usage: ui/api/document.py           writes them
       ui/api/document.py --check   ends with 1 if what is there is not what would be written
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "ui" / "api" / "schema.json"
DOCUMENT = ROOT / "docs" / "rest_v2.md"
NAMES = {"integer": "integer", "number": "number", "string": "text", "boolean": "bool", "null": "null", "object": "object"}


def cell(text):
    return text.replace("|", "\\|")


def link(name):
    return f"[{name}](#{name.lower()})"


def bounds(schema):
    """What a number or a list is limited to, if it is more than 'not negative'."""
    low = schema.get("minimum", schema.get("minItems"))
    high = schema.get("maximum", schema.get("maxItems"))
    if high is not None:
        return f" {low or 0} to {high}"
    return f" from {low}" if low else ""


def type_of(schema):
    if "$ref" in schema:
        return link(schema["$ref"].removeprefix("#/$defs/"))
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "oneOf" in schema:
        return " or ".join(type_of(one) for one in schema["oneOf"])
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return " or ".join(kind_of(kind, schema) for kind in kinds)


def kind_of(kind, schema):
    if kind == "array":
        return f"list of {type_of(schema['items'])}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {type_of(schema['additionalProperties'])}"
    return NAMES[kind] + (bounds(schema) if kind in ("integer", "number") else "")


def inner_object(schema):
    """An object that is described in its place: of a member, or of the items of a list."""
    schema = schema["items"] if schema.get("type") == "array" else schema
    return schema if "properties" in schema else None


def rows_of(schema, prefix=""):
    for name, member in schema.get("properties", {}).items():
        optional = "" if name in schema.get("required", []) else "; optional"
        inner = inner_object(member)
        words = member.get("description") or (inner or {}).get("description", "")
        yield f"| `{prefix}{name}` | {cell(type_of(member))}{optional} | {cell(words)} |"
        if inner is not None:
            dots = "[]." if member.get("type") == "array" else "."
            yield from rows_of(inner, f"{prefix}{name}{dots}")


def write_routes(schema):
    yield "| | answer | |"
    yield "|---|---|---|"
    for route in schema["x-routes"]:
        answer = link(route["answer"]) if route["answer"] else ""
        body = f" body {link(route['body'])};" if "body" in route else ""
        path = route["path"].removeprefix("/api/v2")
        yield f"| `{route['method']} {path}` | {answer} |{body} {cell(route['description'])} |"


def write_parameters(schema):
    for route in schema["x-routes"]:
        if "query" not in route:
            continue
        yield f"`{route['path'].removeprefix('/api/v2')}`"
        yield ""
        yield "| parameter | | without it | |"
        yield "|---|---|---|---|"
        for query in route["query"]:
            default = f"`{query['default']}`" if "default" in query else ""
            yield f"| `{query['name']}` | {cell(query['type'])} | {default} | {cell(query['description'])} |"
        yield ""


def write_events(schema):
    yield "| event | data | |"
    yield "|---|---|---|"
    for event in schema["x-events"]:
        yield f"| `{event['event']}` | {link(event['data'])} | {cell(event['description'])} |"


def write_types(schema):
    for name, definition in schema["$defs"].items():
        yield f"### {name}"
        yield ""
        yield definition["description"]
        yield ""
        rows = list(rows_of(definition))
        if rows:
            yield from ["| member | type | |", "|---|---|---|", *rows, ""]


WRITERS = {"routes": write_routes, "parameters": write_parameters, "events": write_events, "types": write_types}


def fill(document, schema):
    for name, writer in WRITERS.items():
        begin, end = f"<!-- {name}: written by ui/api/document.py -->\n", f"<!-- end of {name} -->\n"
        head, rest = document.split(begin)
        tail = rest.split(end)[1]
        table = "\n".join(writer(schema)).rstrip("\n")
        document = f"{head}{begin}\n{table}\n\n{end}{tail}"
    return document


def main():
    old = DOCUMENT.read_text()
    new = fill(old, json.loads(SCHEMA.read_text()))
    if "--check" not in sys.argv[1:]:
        DOCUMENT.write_text(new)
    elif old != new:
        sys.exit(f"{DOCUMENT.relative_to(ROOT)} is not what {SCHEMA.relative_to(ROOT)} says: run ui/api/document.py")


if __name__ == "__main__":
    main()
