#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of frame_fuzz.c: usage: frame_corpus.py FOLDER

Each is a frame as wire/frame.h has it, true or with one lie.
"""
import pathlib
import struct
import sys

HELLO, DATA, BEAT, BYE, TALK, WELCOME, REFUSE, CREDIT, STATE, GONE, AGAIN = range(1, 12)


def frame(kind, payload=b"", **lies):
    head = dict(version=1, kind=kind, loop=0, zero=0, assignment=3, link=0xABCDEF, sequence=7)
    head.update(lies)
    return struct.pack("<BBHIQQQ", *head.values()) + payload


def hello(topology, supervisor, **lies):
    head = dict(from_incarnation=2, to_incarnation=1, slot=4, topology_size=len(topology),
                supervisor_size=len(supervisor))
    head.update(lies)
    return struct.pack("<QQIHH", *head.values()) + topology + supervisor


def block(kind, body, count, component=0):
    return struct.pack("<IIHBBI", len(body), count, component, kind, 1, 0) + body


def numbers(*values):
    return struct.pack(f"<{len(values)}Q", *values)


TUPLE = struct.pack("<IIIHHQIIQ", 40, 3, 2, 0, 0, 99, 32, 5, int.from_bytes(b"hello", "little"))
FAIL = struct.pack("<QIHH", 9, 1, 1, 3) + b"why" + bytes(5)

SEEDS = {
    "hello": frame(HELLO, hello(b"words-1-1700000000", b"5f0c"), sequence=0),
    "hello_long": frame(HELLO, hello(b"t" * 128, b"s" * 128)),
    "data": frame(DATA, block(1, TUPLE, 1, component=1), loop=1),
    "data_acks": frame(DATA, block(2, numbers(1, 2, 3, 4), 2)),
    "data_fails": frame(DATA, block(3, FAIL, 1)),
    "beat": frame(BEAT),
    "bye": frame(BYE),
    "talk": frame(TALK, b"anything"),
    "welcome": frame(WELCOME),
    "refuse": frame(REFUSE, numbers(2)),
    "credit": frame(CREDIT, numbers(1, 3, 2)),
    "state": frame(STATE, numbers(4, 6, 7)),
    "state_empty": frame(STATE),
    "gone": frame(GONE),
    "again": frame(AGAIN),
    "lie_version": frame(BEAT, version=2),
    "lie_kind": frame(12),
    "lie_zero": frame(BEAT, zero=1),
    "lie_loop": frame(BEAT, loop=1),
    "lie_payload": frame(BYE, b"x"),
    "lie_credit": frame(CREDIT, b"seven b"),
    "lie_refusal": frame(REFUSE, numbers(2**64 - 1)),
    "lie_name": frame(HELLO, hello(b"a\0b", b"s")),
    "lie_name_empty": frame(HELLO, hello(b"", b"name")),
    "lie_name_size": frame(HELLO, hello(b"topology", b"s", topology_size=9)),
    "lie_block": frame(DATA, block(1, TUPLE, 2)),
    "short": frame(BEAT)[:31],
}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, seed in SEEDS.items():
    (folder / name).write_bytes(seed)
