#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of coord_request_fuzz.c and coord_path_fuzz.c: usage: coord_corpus.py FOLDER

FOLDER is the one of all corpora. A request is a frame as docs/protocol/zookeeper.md has it,
without its length, true or with one lie.
"""
import pathlib
import struct
import sys

ANYONE = [(31, b"world", b"anyone")]


def int_(value):
    return struct.pack(">i", value)


def long_(value):
    return struct.pack(">q", value)


def bool_(value):
    return bytes([value])


def text(value):
    return int_(-1) if value is None else int_(len(value)) + value


def texts(values):
    return int_(-1) if values is None else int_(len(values)) + b"".join(map(text, values))


def acls(values):
    return int_(len(values)) + b"".join(int_(p) + text(s) + text(i) for p, s, i in values)


def request(op, *fields, xid=7):
    return int_(xid) + int_(op) + b"".join(fields)


def part(op, *fields, done=False):
    return int_(op) + bool_(done) + int_(-1) + b"".join(fields)


def create(path, data=b"data", acl=None, flags=0):
    return text(path) + text(data) + acls(ANYONE if acl is None else acl) + int_(flags)


END = part(-1, done=True)
WRITES = [part(1, create(b"/a")), part(15, create(b"/b", flags=3)), part(19, create(b"/c", flags=4)),
          part(21, create(b"/d", flags=5), long_(1000)), part(2, text(b"/a"), int_(-1)),
          part(5, text(b"/a"), text(None), int_(2)), part(13, text(b"/a"), int_(2))]
READS = [part(4, text(b"/a"), bool_(0)), part(8, text(b"/a"), bool_(0))]

CONNECT = int_(0) + long_(9) + int_(10000) + long_(77) + text(b"0123456789abcdef")

REQUESTS = {
    "connect": CONNECT + bool_(0),
    "connect_old": CONNECT,
    "connect_lie": CONNECT[:28] + int_(17) + CONNECT[32:],
    "ping": request(11, xid=-2),
    "close": request(-11),
    "create": request(1, create(b"/a")),
    "create_ttl": request(21, create(b"/a", flags=5), long_(60000)),
    "create_acl": request(1, create(b"/a", acl=[(1, b"digest", b"u:x"), (31, b"auth", b"")])),
    "delete": request(2, text(b"/a"), int_(-1)),
    "exists": request(3, text(b"/a"), bool_(1)),
    "get_data": request(4, text(b""), bool_(0)),
    "set_data": request(5, text(b"/a"), text(None), int_(3)),
    "get_acl": request(6, text(b"/a")),
    "set_acl": request(7, text(b"/a"), acls(ANYONE), int_(0)),
    "get_children": request(8, text(b"/"), bool_(1)),
    "sync": request(9, text(b"/")),
    "check_watches": request(17, text(b"/a"), int_(3)),
    "add_watch": request(106, text(b"/a"), int_(1)),
    "auth": request(100, int_(0), text(b"digest"), text(b"user:password"), xid=-4),
    "set_watches": request(101, long_(5), texts([b"/a", b"/b"]), texts([]), texts(None), xid=-8),
    "set_watches2": request(105, long_(5), *(texts([name]) for name in
                                             (b"/a", b"/b", b"/c", b"/d", b"/e")), xid=-8),
    "get_ephemerals": request(103, text(b"/")),
    "who_am_i": request(107),
    "reconfig": request(16, text(b""), text(b""), text(None), long_(-1)),
    "multi": request(14, *WRITES, END),
    "multi_empty": request(14, END),
    "multi_read": request(22, *READS, END),
    "multi_mixed": request(14, WRITES[0], READS[0], END),
    "multi_nested": request(14, part(14, END), END),
    "multi_endless": request(14, *WRITES),
    "lie_count": request(7, text(b"/a"), int_(2), acls(ANYONE)[4:], int_(0)),
    "lie_count_negative": request(7, text(b"/a"), int_(-2), int_(0)),
    "lie_count_huge": request(101, long_(5), int_(0x7FFFFFFF), text(b"/a")),
    "lie_text": request(3, int_(0x7FFFFFFF), b"/a"),
    "unknown": request(-10, b"anything"),
    "headerless": b"\0\0\0",
}

PATHS = {
    "root": b"/",
    "short": b"/a",
    "long": b"/gale/topologies/word-count-1/assignments",
    "dots": b"/.../..a/b../.c",
    "dot": b"/a/./b",
    "dot_dot": b"/a/..",
    "empty": b"/a//b",
    "slash": b"/a/",
    "relative": b"a/b",
    "nul": b"/a\0b",
    "utf8": "/\u00e4/\u20ac/\u4e2d".encode(),
    "plane": "/\U0001f300".encode(),
    "private": "/\ue000".encode(),
    "overlong": b"/\xc0\xae",
    "surrogate": b"/\xed\xa0\x80",
    "cut": b"/\xe2\x82",
}

for corpus, seeds in ("coord_request", REQUESTS), ("coord_path", PATHS):
    folder = pathlib.Path(sys.argv[1]) / corpus
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds.items():
        (folder / name).write_bytes(seed)
