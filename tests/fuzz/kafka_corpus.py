#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of kafka_request_fuzz.c, kafka_response_fuzz.c, kafka_consumer_fuzz.c: usage: kafka_corpus.py FOLDER

FOLDER is the one of all corpora. Requests are frames without their length; before a response stand API and version.
True ones of each kind of layout, and some with one lie.
"""
import pathlib
import struct
import sys


def i8(value):
    return struct.pack(">b", value)


def i16(value):
    return struct.pack(">h", value)


def i32(value):
    return struct.pack(">i", value)


def i64(value):
    return struct.pack(">q", value)


def uvarint(value):
    out = b""
    while value > 127:
        out += bytes([value % 128 + 128])
        value //= 128
    return out + bytes([value])


def text(value):
    return i16(-1) if value is None else i16(len(value)) + value


def blob(value):
    return i32(-1) if value is None else i32(len(value)) + value


def items(*values):
    return i32(len(values)) + b"".join(values)


# The flexible form: c for compact.
def ctext(value):
    return uvarint(0) if value is None else uvarint(len(value) + 1) + value


def citems(*values):
    return uvarint(len(values) + 1) + b"".join(values)


def tags(**values):
    return uvarint(len(values)) + b"".join(
        uvarint(int(tag[1:])) + uvarint(len(value)) + value for tag, value in values.items())


NO_TAGS = tags()
UUID = bytes(range(16))
BATCH = bytes(61)


def request(key, version, *fields, client=b"rdkafka"):
    return i16(key) + i16(version) + i32(7) + text(client) + b"".join(fields)


def flexible(key, version, *fields):
    return request(key, version, NO_TAGS, *fields, NO_TAGS)


def response(key, version, *fields):
    return i16(key) + i16(version) + i32(7) + b"".join(fields)


PRODUCE = (text(None), i16(-1), i32(1000), items(text(b"t") + items(i32(0) + blob(BATCH))))
FETCH = (i32(-1), i32(500), i32(1), i32(1 << 20), i8(1), i32(0), i32(-1),
         items(text(b"t") + items(i32(0) + i32(-1) + i64(5) + i64(-1) + i32(1 << 20))), items(),
         text(b""))
JOIN = (text(b"g"), i32(6000), i32(9000), text(b""), text(None), text(b"consumer"),
        items(text(b"range") + blob(b"\0\0\0\0\0\0\xff\xff\xff\xff")))

REQUESTS = {
    "produce": request(0, 7, *PRODUCE),
    "produce_old": request(0, 0, *PRODUCE[1:]),
    "produce_flexible": flexible(0, 9, ctext(None), i16(1), i32(1000), citems(
        ctext(b"t") + citems(i32(0) + ctext(BATCH) + NO_TAGS) + NO_TAGS)),
    "produce_ids": flexible(0, 13, ctext(None), i16(1), i32(1000), citems(
        UUID + citems(i32(0) + ctext(BATCH) + NO_TAGS) + NO_TAGS)),
    "fetch": request(1, 11, *FETCH),
    "fetch_flexible": flexible(1, 18, i32(500), i32(1), i32(1 << 20), i8(0), i32(0), i32(-1), citems(
        UUID + citems(i32(0) + i32(-1) + i64(5) + i32(-1) + i64(-1) + i32(1 << 20) +
                      tags(_0=UUID, _1=i64(9))) + NO_TAGS), citems(UUID + citems(i32(1)) + NO_TAGS),
        ctext(b"rack")),
    "fetch_tagged": request(1, 15, NO_TAGS, i32(500), i32(1), i32(1 << 20), i8(0), i32(0), i32(-1),
                            citems(), citems(), ctext(b""),
                            tags(_0=ctext(b"cluster"), _1=i32(1) + i64(2) + NO_TAGS, _99=b"new")),
    "list_offsets": request(2, 5, i32(-1), i8(0), items(
        text(b"t") + items(i32(0) + i32(-1) + i64(-2)))),
    "list_offsets_old": request(2, 0, i32(-1), items(text(b"t") + items(i32(0) + i64(-1) + i32(1)))),
    "metadata_all": request(3, 1, i32(-1)),
    "metadata": request(3, 8, items(text(b"t")), i8(1), i8(0), i8(0)),
    "metadata_flexible": flexible(3, 12, citems(UUID + ctext(None) + NO_TAGS), i8(1), i8(0)),
    "offset_commit": request(8, 7, text(b"g"), i32(3), text(b"m"), text(None), items(
        text(b"t") + items(i32(0) + i64(5) + i32(-1) + text(b"")))),
    "offset_fetch_all": request(9, 5, text(b"g"), i32(-1)),
    "offset_fetch_groups": flexible(9, 9, citems(ctext(b"g") + ctext(None) + i32(-1) + citems(
        ctext(b"t") + citems(i32(0)) + NO_TAGS) + NO_TAGS), i8(1)),
    "find_coordinator": request(10, 0, text(b"g")),
    "find_coordinators": flexible(10, 4, i8(0), citems(ctext(b"g"), ctext(b"h"))),
    "join_group": request(11, 5, *JOIN),
    "heartbeat": request(12, 3, text(b"g"), i32(1), text(b"m"), text(None)),
    "leave_group": request(13, 3, text(b"g"), items(text(b"m") + text(None))),
    "sync_group": request(14, 3, text(b"g"), i32(1), text(b"m"), text(None),
                          items(text(b"m") + blob(b"\0\0"))),
    "describe_groups": request(15, 4, items(text(b"g")), i8(0)),
    "list_groups": flexible(16, 5, citems(ctext(b"Stable")), citems()),
    "api_versions": request(18, 0),
    "api_versions_flexible": flexible(18, 3, ctext(b"librdkafka"), ctext(b"2.0.2")),
    "api_versions_later": request(18, 9, b"anything"),
    "create_topics": request(19, 4, items(text(b"t") + i32(-1) + i16(-1) + items(
        i32(0) + items(i32(0))) + items(text(b"a") + text(None))), i32(1000), i8(0)),
    "delete_topics": flexible(20, 6, citems(ctext(None) + UUID + NO_TAGS), i32(1000)),
    "delete_records": request(21, 1, items(text(b"t") + items(i32(0) + i64(-1))), i32(1000)),
    "init_producer_id": request(22, 1, text(None), i32(60000)),
    "offset_for_leader_epoch": request(23, 3, i32(-1), items(text(b"t") + items(
        i32(0) + i32(1) + i32(1)))),
    "describe_configs": request(32, 3, items(i8(2) + text(b"t") + items(text(b"a"))), i8(1), i8(0)),
    "alter_configs": request(33, 1, items(i8(2) + text(b"t") + items(text(b"a") + text(b"b"))),
                             i8(0)),
    "describe_log_dirs": request(35, 1, i32(-1)),
    "create_partitions": request(37, 1, items(text(b"t") + i32(3) + i32(-1)), i32(1000), i8(0)),
    "delete_groups": request(42, 1, items(text(b"g"))),
    "elect_leaders": request(43, 1, i8(0), items(text(b"t") + items(i32(0))), i32(1000)),
    "incremental_alter_configs": request(44, 0, items(i8(2) + text(b"t") + items(
        text(b"a") + i8(0) + text(b"b"))), i8(0)),
    "offset_delete": request(47, 0, text(b"g"), items(text(b"t") + items(i32(0)))),
    "describe_cluster": flexible(60, 0, i8(0)),
    "lie_count": request(0, 7, text(None), i16(1), i32(1), i32(0x7FFFFFFF), text(b"t")),
    "lie_count_small": request(3, 1, i32(3), text(b"t"), text(b"u")),
    "lie_length": request(12, 0, i16(0x7FFF), b"g"),
    "lie_negative": request(3, 1, i32(-2)),
    "lie_tag": request(12, 4, NO_TAGS, ctext(b"g"), i32(1), ctext(b"m"), ctext(None), b"\x01\x00\x7f"),
    "unknown": request(999, 0, b"anything"),
    "headerless": b"\0\0\0",
}

FETCHED = i32(0) + i16(0) + i64(9) + i64(9) + i64(0)

RESPONSES = {
    "produce": response(0, 7, items(text(b"t") + items(
        i32(0) + i16(0) + i64(5) + i64(-1) + i64(0))), i32(0)),
    "produce_errors": response(0, 8, items(text(b"t") + items(
        i32(0) + i16(87) + i64(-1) + i64(-1) + i64(0) + items(i32(1) + text(b"bad")) + text(None))),
        i32(0)),
    "produce_leader": response(0, 10, NO_TAGS, citems(ctext(b"t") + citems(
        i32(0) + i16(6) + i64(-1) + i64(-1) + i64(0) + citems() + ctext(None) +
        tags(_0=i32(1) + i32(2) + NO_TAGS)) + NO_TAGS), i32(0),
        tags(_0=citems(i32(1) + ctext(b"h") + i32(9092) + ctext(None) + NO_TAGS))),
    "fetch": response(1, 11, i32(0), i16(0), i32(0), items(text(b"t") + items(
        FETCHED + i32(-1) + i32(-1) + blob(BATCH)))),
    "fetch_tagged": response(1, 12, NO_TAGS, i32(0), i16(0), i32(0), citems(ctext(b"t") + citems(
        FETCHED + citems(i64(1) + i64(2) + NO_TAGS) + i32(-1) + ctext(BATCH) +
        tags(_0=i32(1) + i64(2) + NO_TAGS, _1=i32(1) + i32(2) + NO_TAGS,
             _2=i64(1) + i32(2) + NO_TAGS)) + NO_TAGS), NO_TAGS),
    "metadata": response(3, 8, i32(0), items(i32(0) + text(b"h") + i32(9092) + text(None)),
                         text(b"c"), i32(0), items(i16(0) + text(b"t") + i8(0) + items(
                             i16(0) + i32(0) + i32(0) + i32(1) + items(i32(0)) + items(i32(0)) +
                             items()) + i32(0)), i32(0)),
    "list_offsets_old": response(2, 0, items(text(b"t") + items(i32(0) + i16(0) + items(i64(1))))),
    "join_group": response(11, 5, i32(0), i16(0), i32(1), text(b"range"), text(b"m"), text(b"m"),
                           items(text(b"m") + text(None) + blob(b"x"))),
    "offset_fetch_groups": response(9, 8, NO_TAGS, i32(0), citems(ctext(b"g") + citems(
        ctext(b"t") + citems(i32(0) + i64(5) + i32(-1) + ctext(None) + i16(0) + NO_TAGS) +
        NO_TAGS) + i16(0) + NO_TAGS), NO_TAGS),
    "describe_configs": response(32, 3, i32(0), items(i16(0) + text(None) + i8(2) + text(b"t") + items(
        text(b"a") + text(b"b") + i8(0) + i8(1) + i8(0) + items(text(b"a") + text(b"b") + i8(4)) +
        i8(2) + text(None)))),
    "api_versions": response(18, 3, i16(0), citems(i16(18) + i16(0) + i16(3) + NO_TAGS), i32(0),
                             tags(_0=citems(ctext(b"f") + i16(1) + i16(2) + NO_TAGS), _1=i64(3),
                                  _3=i8(1))),
    "describe_cluster": response(60, 0, NO_TAGS, i32(0), i16(0), ctext(None), ctext(b"c"), i32(0),
                                 citems(i32(0) + ctext(b"h") + i32(9092) + ctext(None) + NO_TAGS),
                                 i32(0), NO_TAGS),
    "describe_log_dirs": response(35, 1, i32(0), items(i16(0) + text(b"/d") + items(
        text(b"t") + items(i32(0) + i64(1) + i64(0) + i8(0))))),
    "lie_tag": response(18, 3, i16(0), citems(), i32(0), b"\x01\x01\x07" + i64(3)),
    "lie_nested": response(18, 3, i16(0), citems(), i32(0), b"\x01\x00\x05" + citems(
        ctext(b"f") + i16(1) + i16(2) + NO_TAGS)),
}

CONSUMERS = {
    "subscription": i16(0) + items(text(b"t"), text(b"u")) + blob(b"data"),
    "subscription_owned": i16(1) + items(text(b"t")) + blob(None) + items(
        text(b"t") + items(i32(0), i32(5))),
    "subscription_rack": i16(3) + items() + blob(None) + items() + i32(4) + text(b"r"),
    "subscription_later": i16(9) + items() + blob(None) + items() + i32(4) + text(None) + b"new",
    "assignment": i16(0) + items(text(b"t") + items(i32(0), i32(5))) + blob(None),
    "lie": i16(0) + i32(0x7FFFFFFF) + text(b"t"),
    "negative": i16(-1),
}

for corpus, seeds in (("kafka_request", REQUESTS), ("kafka_response", RESPONSES),
                      ("kafka_consumer", CONSUMERS)):
    folder = pathlib.Path(sys.argv[1]) / corpus
    folder.mkdir(parents=True, exist_ok=True)
    for name, seed in seeds.items():
        (folder / name).write_bytes(seed)
