#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of log_records_fuzz.c, log_codec_fuzz.c and log_snapshot_fuzz.c: usage:
log_corpus.py FOLDER

FOLDER is the one of all corpora.
"""

import gzip
import pathlib
import struct
import sys

TEXT = (b"key-1:a value of gale, " * 5)[:100]
SNAPPY = bytes([0x64, 0x58]) + TEXT[:23] + bytes([0xFE, 0x17, 0, 0x32, 0x17, 0])
FRAMED = b"\x82SNAPPY\0" + struct.pack(">iii", 1, 1, len(SNAPPY)) + SNAPPY
LZ4 = bytes.fromhex("04224d186440a722000000ff086b65792d313a612076616c7565206f662067616c652c20"
                    "170035502d313a612000000000291e27c2")
ZSTD = bytes.fromhex("28b52ffd2464f50000b86b65792d313a612076616c7565206f662067616c652c2001"
                     "0055d1d904040843e7")
GZIP = gzip.compress(TEXT, 9, mtime=0)


def write(target, name, content):
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def varint(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def sized(content):
    return varint(-1) if content is None else varint(len(content)) + content


def record(delta, key, value, headers=(), time=0):
    body = b"\0" + varint(time) + varint(delta) + sized(key) + sized(value) + varint(len(headers))
    for name, content in headers:
        body += sized(name) + sized(content)
    return varint(len(body)) + body


def batch(records, count, codec=0, last=None, flags=0):
    head = struct.pack(">ihiqqqhii", 0, codec | flags, count - 1 if last is None else last, 1000,
                       2000, 7, 0, 3, count)
    tail = struct.pack(">ib", 0, 2) + head + records
    return struct.pack(">qi", 5, len(tail)) + tail


def main():
    records = record(0, b"k", b"v") + record(1, None, b"v2", [(b"h", b"x"), (b"i", None)], 70000)
    write("log_records", "plain", batch(records, 2))
    write("log_records", "gap", batch(record(3, b"k", None), 1, last=8))
    write("log_records", "stamped", batch(records, 2, flags=8))
    write("log_records", "empty", batch(b"", 0, last=4))
    write("log_records", "gzip", batch(gzip.compress(records, mtime=0), 2, codec=1))
    write("log_records", "count", batch(records, 3))

    for name, codec, content in [("plain", 0, TEXT), ("gzip", 1, GZIP), ("snappy", 2, SNAPPY),
                                 ("framed", 2, FRAMED), ("lz4", 3, LZ4), ("zstd", 4, ZSTD)]:
        write("log_codec", name, bytes([codec, 255]) + content)
        write("log_codec", name + "_small", bytes([codec, 6]) + content)

    head = b"galeprod" + struct.pack(">iq", 1, 42)
    one = struct.pack(">qqhb", 9, 1000, 3, 1) + struct.pack(">iiqqq", 5, 6, 10, 11, 900)
    two = struct.pack(">qqhb", 10, 1001, 0, 2) + struct.pack(">iiqqq", 0, 0, 12, 12, 900) * 2
    write("log_snapshot", "none", head + struct.pack(">ii", 0, 0))
    write("log_snapshot", "one", head + struct.pack(">i", 1) + one + b"crc.")
    write("log_snapshot", "two", head + struct.pack(">i", 2) + one + two + b"crc.")


if __name__ == "__main__":
    main()
