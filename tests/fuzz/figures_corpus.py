#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of figures_fuzz.c: usage: figures_corpus.py FOLDER

Each is a part of figures as docs/protocol/figures.md has it, true or with one lie, alone or in a message.
"""
import pathlib
import struct
import sys


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def numbers(*values):
    return b"".join(number(value) for value in values)


def text(value):
    return number(len(value)) + value


def bucket(value):
    shift = max(value.bit_length() - 6, 0)
    return (shift << 5) + (value >> shift)


def histogram(*values, **lies):
    if not values:
        return number(0)
    counts = {}
    for value in values:
        counts[bucket(value)] = counts.get(bucket(value), 0) + 1
    head = dict(count=len(counts), sum=sum(values), max=max(values))
    head.update(lies)
    out, next_bucket = numbers(*head.values()), 0
    for index, count in sorted(counts.items()):
        out += numbers(index - next_bucket, count)
        next_bucket = index + 1
    return out


def metric(name, kind, value):
    return text(name) + number(kind) + value


METRICS = [metric(b"words", 0, number(300)), metric(b"lag", 1, struct.pack("<d", 1.5)),
           metric(b"size", 2, histogram(7, 7, 2**40))]


def task(counts, trees=b"", metrics=(), latency=b"\0"):
    return (numbers(4, 1) + counts + trees + numbers(2, 1000, 0, 65536, 1 << 20) + latency +
            number(len(metrics)) + b"".join(metrics))


def listed(items):
    return number(len(items)) + b"".join(items)


def part(name=b"count", role=0, outputs=(), edges=(), inputs=(), complete=b"\0", tasks=(),
         version=1):
    return (number(version) + text(name) + numbers(role, 2 * 10**9) + listed(outputs) +
            listed(edges) + listed(inputs) + complete + listed(tasks))


BOLT = dict(outputs=[text(b"counts")], edges=[number(0) + text(b"top"), number(0) + text(b"print")],
            inputs=[text(b"splitter") + text(b"words") + histogram(300, 300, 40) + histogram()])
BOLT_COUNTS = numbers(3, 6, 3, 3, 3, 2, 1, 640, 700)
BOLT_PART = part(**BOLT, tasks=[task(BOLT_COUNTS, metrics=METRICS, latency=histogram(300, 40))])
SPOUT_PART = part(b"spout", 1, [text(b"lines")], complete=histogram(10**6, 2 * 10**9),
                  tasks=[task(numbers(9, 0), numbers(1, 2, 1, 1, 10**6), latency=histogram(5))] * 3)

SEEDS = {
    "bolt": BOLT_PART,
    "spout": SPOUT_PART,
    "nothing": part(),
    "message": b"F" + numbers(300, 1, 2) + BOLT_PART,
    "message_of_a_spout": b"F" + numbers(0, 0, 1) + SPOUT_PART,
    "largest": part(tasks=[task(b"", latency=histogram(2**64 - 1))]),
    "lie_version": part(version=2),
    "lie_role": part(role=2),
    "lie_name": part(b"a\0b"),
    "lie_name_empty": part(b""),
    "lie_edge": part(edges=[number(0) + text(b"top")]),
    "lie_maximum": part(complete=histogram(5, max=6)),
    "lie_buckets": part(complete=histogram(5, count=2)),
    "lie_kind": part(tasks=[task(b"", metrics=[metric(b"m", 3, b"")])]),
    "lie_tasks": part()[:-1] + number(90000),
    "lie_place": b"F" + numbers(1, 2, 2) + SPOUT_PART,
    "long_number": b"\x81\0" + part()[1:],
    "more": part() + b"\0",
    "short": BOLT_PART[:-1],
}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, seed in SEEDS.items():
    (folder / name).write_bytes(seed)
