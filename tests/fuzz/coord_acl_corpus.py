#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of coord_acl_fuzz.c: usage: coord_acl_corpus.py FOLDER

FOLDER is the one of all corpora. A seed is an encoded access control list, good or bad.
"""
import pathlib
import struct
import sys

DIGEST = b"u:Jq7wMyA/w2Vd5WIDAKdu4OIIFEQ="  # of u:p
WORLD = (31, b"world", b"anyone")

LISTS = {
    "open": [WORLD],
    "read_only": [(1, b"world", b"anyone")],
    "digest": [(31, b"digest", DIGEST), (1, b"world", b"anyone")],
    "auth": [(31, b"auth", b""), (3, b"auth", None), (31, b"digest", DIGEST)],
    "duplicates": [(31, b"digest", b"a:b"), (31, b"digest", b"a:b"), (1, b"digest", b"a:b")],
    "addresses": [(31, b"ip", b"127.0.0.0/8"), (1, b"ip", b"fe80::1:2/10"), (2, b"ip", b"::")],
    "bad_address": [(31, b"ip", b"1.2.3.4/33")],
    "bad_ipv6": [(31, b"ip", b"1:2::3::4")],
    "digest_colons": [(31, b"digest", b"a:b::")],
    "null_id": [(31, b"digest", None)],
    "unknown": [(31, b"sasl", b"x")],
    "empty": [],
}


def text(value):
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def encode(items):
    body = b"".join(struct.pack(">i", item[0]) + text(item[1]) + text(item[2]) for item in items)
    return struct.pack(">i", len(items)) + body


def main():
    folder = pathlib.Path(sys.argv[1]) / "coord_acl"
    folder.mkdir(parents=True, exist_ok=True)
    seeds = {name: encode(items) for name, items in LISTS.items()}
    seeds["cut"] = seeds["digest"][:-3]
    seeds["count_lies"] = struct.pack(">i", 0x7FFFFFFF) + seeds["open"][4:]
    seeds["null"] = struct.pack(">i", -1)
    for name, seed in seeds.items():
        (folder / name).write_bytes(seed)


if __name__ == "__main__":
    main()
