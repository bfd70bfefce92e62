# SPDX-License-Identifier: Apache-2.0
"""Kafka's protocol by hand, as far as the tests need it: for requests that no client would make, and to see what
is answered to each."""

import contextlib
import socket
import struct
import time

PRODUCE, FETCH, LIST_OFFSETS, METADATA, OFFSET_COMMIT, OFFSET_FETCH = 0, 1, 2, 3, 8, 9
SASL_HANDSHAKE, API_VERSIONS, CREATE_TOPICS, DELETE_TOPICS, DELETE_RECORDS = 17, 18, 19, 20, 21
INIT_PRODUCER_ID, DESCRIBE_CONFIGS, INCREMENTAL_ALTER_CONFIGS = 22, 32, 44
TIMEOUT_S = 30
HEAD_SIZE = 61
# Errors.
NONE, OUT_OF_RANGE, CORRUPT_MESSAGE, UNKNOWN_TOPIC, TOO_LARGE, NETWORK, INVALID_TOPIC = 0, 1, 2, 3, 10, 13, 17
STORAGE_ERROR, OUT_OF_ORDER, UNSUPPORTED_FORMAT, INVALID_RECORD = 56, 45, 43, 87


def crc_table():
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        yield number


CRC = list(crc_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def varint(number):
    number = number << 1 if number >= 0 else (-number << 1) - 1
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def varbytes(data):
    return varint(-1) if data is None else varint(len(data)) + data


def string(text):
    return struct.pack(">h", -1) if text is None else struct.pack(">h", len(text)) + text.encode()


def record(number, key, value, age_ms=0):
    body = b"\0" + varint(age_ms) + varint(number) + varbytes(key) + varbytes(value) + varint(0)
    return varint(len(body)) + body


def batch(*records, stamp_ms=None, count=None, magic=2, attributes=0, crc=None, **head):
    """Each record is (key, value). `records` may be left out and given as bytes: `body`."""
    body = head.get("body")
    stamp_ms = int(time.time() * 1000) if stamp_ms is None else stamp_ms
    if body is None:
        body = b"".join(record(number, *one) for number, one in enumerate(records))
    count = len(records) if count is None else count
    last = head.get("last", count - 1)
    rest = struct.pack(
        ">hiqqqhii", attributes, last, stamp_ms, head.get("max_stamp_ms", stamp_ms), head.get("producer", -1),
        head.get("epoch", -1), head.get("sequence", -1), count) + body
    crc = crc32c(rest) if crc is None else crc
    length = head.get("length", len(rest) + 9)
    return struct.pack(">qiibI", head.get("base", 0), length, -1, magic, crc) + rest


def produce_body(topic, partition, records, acks=1):
    """Produce, version 4."""
    return (struct.pack(">hhiii", -1, acks, 30000, 1, 0)[:12] + string(topic)
            + struct.pack(">iii", 1, partition, len(records)) + records)


def fetch_body(topic, *partitions, wait_ms=0, min_bytes=1, max_bytes=1 << 30, part_bytes=1 << 30, offset=0):
    """Fetch, version 4, of some partitions from the same offset on."""
    body = struct.pack(">iiiib", -1, wait_ms, min_bytes, max_bytes, 0) + struct.pack(">i", 1)
    body += string(topic) + struct.pack(">i", len(partitions))
    return body + b"".join(struct.pack(">iqi", one, offset, part_bytes) for one in partitions)


def metadata_body(*topics):
    """Metadata, version 1; all topics if none is named."""
    return struct.pack(">i", len(topics) or -1) + b"".join(map(string, topics))


def frame(api, version, body, number=1, client="test"):
    header = struct.pack(">hhi", api, version, number) + string(client)
    return struct.pack(">i", len(header) + len(body)) + header + body


class Closed(Exception):
    """The broker has ended the connection."""


class Connection:
    def __init__(self, address, timeout_s=TIMEOUT_S, receive_bytes=None):
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(timeout_s)
        self.socket.connect(address)
        self.number = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, api, version, body):
        self.number += 1
        self.socket.sendall(frame(api, version, body, self.number))

    def read(self, size):
        data = bytearray()
        while len(data) < size:
            try:
                piece = self.socket.recv(min(size - len(data), 1 << 20))
            except ConnectionError as error:
                raise Closed from error
            if not piece:
                raise Closed
            data += piece
        return bytes(data)

    def receive(self):
        """The number of a request and the body of its answer."""
        (size,) = struct.unpack(">i", self.read(4))
        data = self.read(size)
        return struct.unpack(">i", data[:4])[0], data[4:]

    def call(self, api, version, body):
        self.send(api, version, body)
        number, answer = self.receive()
        assert number == self.number
        return answer

    def is_closed(self):
        """Waits for the end; whatever else comes is read."""
        with contextlib.suppress(Closed):
            while True:
                self.read(1)
        return True

    def produce(self, topic, partition, records, acks=1):
        """The error and the first offset."""
        return parse_produced(self.call(PRODUCE, 4, produce_body(topic, partition, records, acks)))

    def fetch(self, topic, partition=0, offset=0, **how):
        """The error, the high watermark, and the records as they are stored."""
        return parse_fetched(self.call(FETCH, 4, fetch_body(topic, partition, offset=offset, **how)))

    def list_offset(self, topic, partition, time_ms):
        """ListOffsets, version 1: the error and the offset. -1 is the end, -2 the start."""
        body = struct.pack(">ii", -1, 1) + string(topic) + struct.pack(">iiq", 1, partition, time_ms)
        answer = self.call(LIST_OFFSETS, 1, body)
        error, _, offset = struct.unpack(">hqq", answer[-18:])
        return error, offset

    def create(self, name, partitions=1, **configs):
        """CreateTopics, version 1: the error. Settings have `_` for each dot."""
        body = struct.pack(">i", 1) + string(name) + struct.pack(">ihii", partitions, 1, 0, len(configs))
        for key, value in configs.items():
            body += string(key.replace("_", ".")) + string(str(value))
        reader = Reader(self.call(CREATE_TOPICS, 1, body + struct.pack(">ib", 30000, 0)))
        assert reader.take(">i") == 1 and reader.string() == name
        return reader.take(">h")

    def delete(self, *names):
        """DeleteTopics, version 1: the errors."""
        body = struct.pack(">i", len(names)) + b"".join(map(string, names)) + struct.pack(">i", 30000)
        reader = Reader(self.call(DELETE_TOPICS, 1, body))
        return [(reader.string(), reader.take(">h"))[1] for _ in range(reader.take(">ii")[1])]

    def delete_records(self, topic, partition, offset):
        """The error and where the log starts."""
        body = struct.pack(">i", 1) + string(topic) + struct.pack(">iiqi", 1, partition, offset, 30000)
        low, error = struct.unpack(">qh", self.call(DELETE_RECORDS, 0, body)[-10:])
        return error, low

    def alter(self, topic, key, value):
        """Sets one setting of a topic: the error."""
        body = struct.pack(">ib", 1, 2) + string(topic) + struct.pack(">i", 1)
        body += string(key) + b"\0" + string(value) + b"\0"
        return struct.unpack_from(">h", self.call(INCREMENTAL_ALTER_CONFIGS, 0, body), 8)[0]

    def config(self, topic, key):
        """DescribeConfigs, version 1: the value."""
        body = struct.pack(">ib", 1, 2) + string(topic) + struct.pack(">i", 1) + string(key) + b"\0"
        reader = Reader(self.call(DESCRIBE_CONFIGS, 1, body))
        assert reader.take(">iih")[2] == NONE
        reader.string()
        reader.take(">b")
        reader.string()
        assert reader.take(">i") == 1 and reader.string() == key
        return reader.string()

    def commit(self, group, topic, partition, offset):
        """OffsetCommit, version 2, of a simple consumer: the error."""
        body = string(group) + struct.pack(">i", -1) + string("") + struct.pack(">qi", -1, 1)
        body += string(topic) + struct.pack(">iiq", 1, partition, offset) + string("")
        return struct.unpack(">h", self.call(OFFSET_COMMIT, 2, body)[-2:])[0]

    def committed(self, group, topic, partition):
        """The error and the offset."""
        body = string(group) + struct.pack(">i", 1) + string(topic) + struct.pack(">ii", 1, partition)
        reader = Reader(self.call(OFFSET_FETCH, 1, body))
        reader.take(">i")
        reader.string()
        offset = reader.take(">iiq")[2]
        reader.string()
        return reader.take(">h"), offset

    def producer_id(self):
        """InitProducerId: the error and the id."""
        return struct.unpack(">ihqh", self.call(INIT_PRODUCER_ID, 0, struct.pack(">hi", -1, 60000)))[1:3]

    def read_all(self, topic, partition=0, start=None, part_bytes=1 << 30):
        """All records of a partition, which are not compressed: offset -> (key, value)."""
        at = self.list_offset(topic, partition, -2)[1] if start is None else start
        _, end = self.list_offset(topic, partition, -1)
        found = {}
        while at < end:
            error, _, data = self.fetch(topic, partition, at, part_bytes=part_bytes)
            assert error == NONE, f"{topic}-{partition} at {at}: error {error}"
            found |= {offset: pair for offset, *pair in parse_batches(data) if offset >= at}
            at = next_offset(data)
        return found

    def topics(self, *topics):
        """Metadata: name -> (error, partitions)."""
        answer = self.call(METADATA, 1, metadata_body(*topics))
        reader = Reader(answer)
        for _ in range(reader.take(">i")):
            reader.take(">i")
            reader.string()
            reader.take(">i")
            reader.string()
        reader.take(">i")
        found = {}
        for _ in range(reader.take(">i")):
            error, name = reader.take(">h"), reader.string()
            reader.take(">b")
            parts = reader.take(">i")
            for _ in range(parts):
                reader.take(">hii")
                for _ in range(2):
                    reader.skip(4 * reader.take(">i"))
            found[name] = (error, parts)
        return found


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        found = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return found[0] if len(found) == 1 else found

    def skip(self, size):
        self.at += size

    def string(self):
        size = self.take(">h")
        if size < 0:
            return None
        text = self.data[self.at : self.at + size].decode()
        self.at += size
        return text

    def varint(self):
        number = shift = 0
        while True:
            byte = self.take(">B")
            number |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return number >> 1 ^ -(number & 1)

    def varbytes(self):
        size = self.varint()
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size : self.at]


def parse_produced(answer):
    reader = Reader(answer)
    assert reader.take(">i") == 1
    reader.string()
    assert reader.take(">i") == 1
    _, error, offset = reader.take(">ihq")
    return error, offset


def parse_fetched(answer):
    reader = Reader(answer)
    _, topics = reader.take(">ii")
    assert topics == 1
    reader.string()
    assert reader.take(">i") == 1
    _, error, high, _, aborted, size = reader.take(">ihqqii")
    assert aborted <= 0
    return error, high, answer[reader.at : reader.at + max(size, 0)]


def next_offset(data):
    """What follows the last whole batch."""
    at, found = 0, None
    while at + HEAD_SIZE <= len(data):
        base, length = struct.unpack_from(">qi", data, at)
        (last,) = struct.unpack_from(">i", data, at + 23)
        at += 12 + length
        if at <= len(data):
            found = base + last + 1
    assert found is not None, "there is no whole batch"
    return found


def parse_batches(data):
    """(offset, key, value) of each record of uncompressed batches; a batch that is cut off at the end is left out."""
    at = 0
    while at + HEAD_SIZE <= len(data):
        base, length, _, magic, crc = struct.unpack_from(">qiibI", data, at)
        end = at + 12 + length
        if end > len(data):
            return
        assert magic == 2 and crc32c(data[at + 21 : end]) == crc, f"the batch at {base} is damaged"
        (attributes,) = struct.unpack_from(">h", data, at + 21)
        assert attributes & 7 == 0, "it is compressed"
        (count,) = struct.unpack_from(">i", data, at + 57)
        reader = Reader(data[at + HEAD_SIZE : end])
        for _ in range(count):
            reader.varint()
            reader.take(">b")
            reader.varint()
            number = reader.varint()
            yield base + number, reader.varbytes(), reader.varbytes()
            reader.skip(1)  # no headers
        at = end
