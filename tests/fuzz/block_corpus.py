#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of block_fuzz.c: usage: block_corpus.py FOLDER

Each is a block as wire/block.h has it, true or with one lie.
"""
import pathlib
import struct
import sys

DATA, ACKS, FAILS = 1, 2, 3
ALL, MAYBE, MIXED, NOTHING = range(4)


def block(kind, records, **lies):
    body = b"".join(records)
    head = dict(used=len(body), count=len(records), component=1 if kind == DATA else 0,
                kind=kind, version=1, zero=0)
    head.update(lies)
    return struct.pack("<IIHBBI", *head.values()) + body


def padded(data):
    return data + bytes(-len(data) % 8)


def tuple_(stream, fields, tail=b"", roots=(), nulls=None, **lies):
    body = b"".join(struct.pack("<QQ", root, edge) for root, edge in roots)
    if nulls is not None:
        body += struct.pack("<Q", nulls)
    start = 16 + len(body) + 8 * len(fields)
    body += b"".join(struct.pack("<Q", f) if isinstance(f, int)
                     else struct.pack("<II", start + f[0], f[1]) for f in fields)
    body += padded(tail)
    head = dict(size=16 + len(body), target=3, source=2, stream=stream, roots=len(roots))
    head.update(lies)
    return struct.pack("<IIIHH", *head.values()) + body


def fail(text, **lies):
    values = dict(root=9, task=1, kind=1, length=len(text))
    values.update(lies)
    return padded(struct.pack("<QIHH", *values.values()) + text)


ONE_OF_EACH = [1, 2**64 - 1, 42, 0x3FF8000000000000, (0, 5), (5, 3)]
PLAIN = tuple_(ALL, ONE_OF_EACH, b"helloabc")

SEEDS = {
    "all": block(DATA, [PLAIN]),
    "roots": block(DATA, [tuple_(ALL, ONE_OF_EACH, b"helloabc", roots=[(1, 2), (3, 4)])]),
    "maybe": block(DATA, [tuple_(MAYBE, ONE_OF_EACH, b"helloabc", nulls=0)]),
    "nulls": block(DATA, [tuple_(MAYBE, [7, 7, 7, 7, (900, 900), (0, 3)], b"abc", nulls=0x1F)]),
    "mixed": block(DATA, [tuple_(MIXED, [(0, 3), (3, 0)], b"key", nulls=2), PLAIN,
                          tuple_(NOTHING, [])]),
    "empty": block(DATA, []),
    "acks": block(ACKS, [struct.pack("<QQ", 1, 2), struct.pack("<QQ", 2**64 - 1, 0)]),
    "fails": block(FAILS, [fail(b""), fail(b"because"), fail(b"x" * 512)]),
    "lie_tail": block(DATA, [tuple_(ALL, ONE_OF_EACH[:5] + [(5, 4)], b"helloabc")]),
    "lie_wrap": block(DATA, [tuple_(ALL, ONE_OF_EACH[:5] + [(5, 2**32 - 16)], b"helloabc")]),
    "lie_size": block(DATA, [tuple_(ALL, ONE_OF_EACH, b"helloabc", size=0)]),
    "lie_count": block(DATA, [PLAIN], count=2),
    "lie_roots": block(DATA, [tuple_(ALL, ONE_OF_EACH, b"helloabc", roots=[(1, 2)])[:-8]]),
    "lie_fail": block(FAILS, [fail(b"text", length=9)]),
    "lie_kind": block(7, []),
}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, seed in SEEDS.items():
    (folder / name).write_bytes(seed)
