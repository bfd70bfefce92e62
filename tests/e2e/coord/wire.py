# SPDX-License-Identifier: Apache-2.0
"""A second reading of the ZooKeeper client protocol, for tests: nothing here is Gale's own code.

`Client` holds one connection. It hides no frame: events are kept in the order they came in, a reply
is matched by nothing but its place, and any bytes at all may be sent.
"""

import collections
import itertools
import socket
import struct

TIMEOUT_S = 30  # of a server that does not answer

# Operations.
CREATE, DELETE, EXISTS, GET_DATA, SET_DATA = 1, 2, 3, 4, 5
GET_ACL, SET_ACL, GET_CHILDREN, SYNC = 6, 7, 8, 9
PING, GET_CHILDREN2, CHECK, MULTI, CREATE2, RECONFIG = 11, 12, 13, 14, 15, 16
CHECK_WATCHES, REMOVE_WATCHES, CREATE_CONTAINER, DELETE_CONTAINER, CREATE_TTL = 17, 18, 19, 20, 21
MULTI_READ, AUTH, SET_WATCHES, SASL, GET_EPHEMERALS = 22, 100, 101, 102, 103
GET_ALL_CHILDREN_NUMBER, SET_WATCHES2, ADD_WATCH, WHO_AM_I = 104, 105, 106, 107
CREATE_SESSION, CLOSE_SESSION, ERROR = -10, -11, -1

# Xids with a meaning.
XID_EVENT, XID_PING, XID_AUTH, XID_SET_WATCHES = -1, -2, -4, -8

# Errors.
OK, RUNTIME_INCONSISTENCY, MARSHALLING, UNIMPLEMENTED, BAD_ARGUMENTS = 0, -2, -5, -6, -8
NO_NODE, NO_AUTH, BAD_VERSION, NO_CHILDREN_FOR_EPHEMERALS = -101, -102, -103, -108
UNKNOWN_SESSION = -12
NODE_EXISTS, NOT_EMPTY, SESSION_EXPIRED, INVALID_ACL = -110, -111, -112, -114
AUTH_FAILED, SESSION_MOVED, NO_WATCHER, RECONFIG_DISABLED = -115, -118, -121, -123

# Kinds of nodes: the flags of a create.
PERSISTENT, EPHEMERAL, SEQUENTIAL, EPHEMERAL_SEQUENTIAL = 0, 1, 2, 3
CONTAINER, TTL, TTL_SEQUENTIAL = 4, 5, 6

# Events.
CREATED, DELETED, CHANGED, CHILD = 1, 2, 3, 4
CONNECTED = 3

# Watches: kinds to check and remove, modes to add.
WATCH_CHILD, WATCH_DATA, WATCH_ANY = 1, 2, 3
MODE_PERSISTENT, MODE_RECURSIVE = 0, 1

READ, WRITE, MAY_CREATE, MAY_DELETE, ADMIN, ALL = 1, 2, 4, 8, 16, 31
OPEN = ((ALL, "world", "anyone"),)

NO_PASSWORD = bytes(16)

Event = collections.namedtuple("Event", "type path state", defaults=(CONNECTED,))
Stat = collections.namedtuple(
    "Stat",
    "czxid mzxid ctime mtime version cversion aversion owner data_length children pzxid",
)


def integer(value):
    return struct.pack(">i", value)


def long(value):
    return struct.pack(">q", value)


def boolean(value):
    return b"\1" if value else b"\0"


def buffer(value):
    """Bytes behind their length; None is the null buffer."""
    return integer(-1) if value is None else integer(len(value)) + value


def text(value):
    return buffer(value.encode() if isinstance(value, str) else value)


def vector(items, encode=text):
    return integer(-1) if items is None else integer(len(items)) + b"".join(map(encode, items))


def acl_item(item):
    permissions, scheme, name = item
    return integer(permissions) + text(scheme) + text(name)


def framed(payload):
    return integer(len(payload)) + payload


def connect_record(timeout_ms, session=0, password=NO_PASSWORD, last_zxid=0, read_only=False):
    """The first frame's payload; read_only=None leaves the last byte away, as old clients do."""
    start = integer(0) + long(last_zxid) + integer(timeout_ms) + long(session) + buffer(password)
    return start if read_only is None else start + boolean(read_only)


def create_record(path, data=b"", acl=OPEN, flags=PERSISTENT):
    return text(path) + buffer(data) + vector(acl, acl_item) + integer(flags)


def create_ttl_record(path, data=b"", acl=OPEN, flags=TTL, ttl_ms=1):
    return create_record(path, data, acl, flags) + long(ttl_ms)


def versioned_record(path, version=-1):
    """Of delete and of check."""
    return text(path) + integer(version)


def set_data_record(path, data=b"", version=-1):
    return text(path) + buffer(data) + integer(version)


def watched_record(path, watch=False):
    """Of exists, getData, getChildren and getChildren2."""
    return text(path) + boolean(watch)


def set_acl_record(path, acl, version=-1):
    return text(path) + vector(acl, acl_item) + integer(version)


def kind_record(path, kind):
    """Of checkWatches, removeWatches and addWatch."""
    return text(path) + integer(kind)


def auth_record(scheme, secret):
    return integer(0) + text(scheme) + buffer(secret)


def set_watches_record(zxid, *lists):
    """Three lists of paths for setWatches, five for setWatches2."""
    return long(zxid) + b"".join(map(vector, lists))


def multi_record(*parts):
    """Each part is (op, record)."""
    body = b"".join(integer(op) + b"\0" + integer(-1) + record for op, record in parts)
    return body + integer(-1) + b"\1" + integer(-1)


class Reader:
    """Takes values off bytes; what is not there is an error of the test."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        piece = self.data[self.at : self.at + size]
        assert len(piece) == size, f"{size} bytes wanted at {self.at} of {self.data!r}"
        self.at += size
        return piece

    def integer(self):
        return struct.unpack(">i", self.take(4))[0]

    def long(self):
        return struct.unpack(">q", self.take(8))[0]

    def boolean(self):
        return {0: False, 1: True}[self.take(1)[0]]

    def buffer(self):
        size = self.integer()
        return None if size == -1 else self.take(size)

    def text(self):
        data = self.buffer()
        return None if data is None else data.decode()

    def vector(self, item):
        count = self.integer()
        return None if count == -1 else [item() for _ in range(count)]

    def stat(self):
        return Stat(*struct.unpack(">qqqqiiiqiiq", self.take(68)))

    def acl_item(self):
        return (self.integer(), self.text(), self.text())

    def id(self):
        return (self.text(), self.text())

    def end(self, value=None):
        """That nothing is left; hands the value through."""
        assert self.at == len(self.data), f"more than expected: {self.data[self.at:]!r}"
        return value


Header = collections.namedtuple("Header", "type done err")


class Reply(collections.namedtuple("Reply", "xid zxid err body")):
    """A header, and what came behind it."""

    def decoded(self, *kinds):
        """The values of the body, whose kinds are named as the methods of Reader are."""
        assert self.err == OK, self
        reader = Reader(self.body)
        values = [getattr(reader, kind)() for kind in kinds]
        reader.end()
        return values[0] if len(values) == 1 else tuple(values)

    def path(self):
        return self.decoded("text")

    def stat(self):
        return self.decoded("stat")

    def names(self):
        """A list of texts, sorted: servers order them as they like."""
        reader = Reader(self.body)
        return sorted(reader.end(reader.vector(reader.text)))

    def names_and_stat(self):
        reader = Reader(self.body)
        names = sorted(reader.vector(reader.text))
        return names, reader.end(reader.stat())

    def acl_and_stat(self):
        reader = Reader(self.body)
        acl = reader.vector(reader.acl_item)
        return acl, reader.end(reader.stat())

    def ids(self):
        reader = Reader(self.body)
        return reader.end(reader.vector(reader.id))

    def results(self):
        """Of a multi: (type, value) each; the value of an error is its code."""
        assert self.err == OK, self
        reader = Reader(self.body)
        results = []
        while True:
            header = Header(reader.integer(), reader.boolean(), reader.integer())
            if header.done:
                assert header == (-1, True, -1), header
                return reader.end(results)
            results.append((header.type, self._result(reader, header)))

    @staticmethod
    def _result(reader, header):
        if header.type == ERROR:
            code = reader.integer()
            assert code == header.err
            return code
        assert header.err == 0, header
        if header.type == CREATE:
            return reader.text()
        if header.type == CREATE2:
            return reader.text(), reader.stat()
        if header.type == SET_DATA:
            return reader.stat()
        if header.type == GET_DATA:
            return reader.buffer(), reader.stat()
        if header.type == GET_CHILDREN:
            return sorted(reader.vector(reader.text))
        assert header.type in (DELETE, CHECK), header
        return None


Handshake = collections.namedtuple("Handshake", "version timeout_ms session password read_only")


def decode_handshake(payload):
    """read_only is None when the byte was left away."""
    reader = Reader(payload)
    fields = (reader.integer(), reader.integer(), reader.long(), reader.buffer())
    return Handshake(*fields, reader.boolean() if reader.at < len(payload) else None)


class Connection:
    """Frames to and from a server, without a session."""

    def __init__(self, address, timeout_s=TIMEOUT_S):
        self.socket = socket.create_connection(address, timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.may_be_cut = False  # the server was killed: a frame may end anywhere

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send_frame(self, payload):
        self.send_bytes(framed(payload))

    def read(self, size):
        """Exactly `size` bytes, or None when the server has closed before the first of them."""
        data = b""
        while len(data) < size:
            try:
                piece = self.socket.recv(size - len(data))
            except ConnectionResetError:
                piece = b""
            if not piece:
                assert not data or self.may_be_cut, f"closed within a frame, after {data!r}"
                return None
            data += piece
        return data

    def read_frame(self):
        """The next payload, or None at the end."""
        length = self.read(4)
        if length is None:
            return None
        size = struct.unpack(">i", length)[0]
        payload = self.read(size)
        assert payload is not None or self.may_be_cut, "closed behind a length"
        return payload

    def read_to_end(self):
        pieces = []
        while piece := self.read_some():
            pieces.append(piece)
        return b"".join(pieces)

    def read_some(self):
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            return b""

    def close(self):
        self.socket.close()

    def is_over(self):
        """Whether this side has closed it."""
        return self.socket.fileno() < 0


class Client(Connection):
    """A session over one connection.

    `events` gathers what comes in before a reply that is waited for; `handshake` is the server's
    answer, None when it closed instead; `session` is 0 when it refused.
    """

    def __init__(self, address, timeout_ms=30000, session=0, password=NO_PASSWORD, **connect):
        super().__init__(address)
        self.events = []
        self.xids = itertools.count(1)
        self.zxid = 0  # the last one seen
        self.send_frame(connect_record(timeout_ms, session, password, **connect))
        payload = self.read_frame()
        self.handshake = None if payload is None else decode_handshake(payload)
        self.session = self.handshake.session if self.handshake else 0
        self.password = self.handshake.password if self.handshake else NO_PASSWORD

    # Frames.

    def send(self, op, record=b"", xid=None):
        """Sends without waiting; gives the xid."""
        xid = next(self.xids) if xid is None else xid
        self.send_frame(integer(xid) + integer(op) + record)
        return xid

    def frame(self):
        """The next Reply or Event, None when the server has closed."""
        payload = self.read_frame()
        if payload is None:
            return None
        reader = Reader(payload)
        reply = Reply(reader.integer(), reader.long(), reader.integer(), payload[16:])
        if reply.xid != XID_EVENT:
            self.zxid = max(self.zxid, reply.zxid)
            return reply
        assert (reply.zxid, reply.err) == (-1, 0), reply
        kind, state = struct.unpack(">ii", reply.body[:8])
        body = Reader(reply.body[8:])
        return Event(kind, body.end(body.text()), state)

    def reply(self, xid):
        """The next reply, which must have this xid; events before it go to `events`."""
        while isinstance(frame := self.frame(), Event):
            self.events.append(frame)
        assert frame is not None, "the server closed the connection"
        assert frame.xid == xid, f"xid {xid} wanted, not {frame}"
        return frame

    def call(self, op, record=b"", xid=None):
        return self.reply(self.send(op, record, xid))

    def error(self, op, record=b""):
        """The error of a request that has no body in its answer then."""
        reply = self.call(op, record)
        assert reply.err == OK or reply.body == b"", reply
        return reply.err

    def took(self):
        """The events so far, including all that the server sent before it answers now."""
        self.call(EXISTS, watched_record("/"))
        events, self.events = self.events, []
        return events

    def is_closed(self):
        """Waits for the end of the connection; anything that still comes is an error."""
        frame = self.frame()
        assert frame is None, frame
        return True

    # Operations whose success is expected, with what they give.

    def create(self, path, data=b"", acl=OPEN, flags=PERSISTENT):
        return self.call(CREATE, create_record(path, data, acl, flags)).path()

    def create2(self, path, data=b"", acl=OPEN, flags=PERSISTENT):
        return self.call(CREATE2, create_record(path, data, acl, flags)).decoded("text", "stat")

    def delete(self, path, version=-1):
        return self.call(DELETE, versioned_record(path, version)).decoded()

    def set(self, path, data=b"", version=-1):
        return self.call(SET_DATA, set_data_record(path, data, version)).stat()

    def get(self, path, watch=False):
        return self.call(GET_DATA, watched_record(path, watch)).decoded("buffer", "stat")

    def exists(self, path, watch=False):
        """The stat, or None."""
        reply = self.call(EXISTS, watched_record(path, watch))
        return None if reply.err == NO_NODE else reply.stat()

    def stat(self, path):
        return self.call(EXISTS, watched_record(path)).stat()

    def children(self, path, watch=False):
        return self.call(GET_CHILDREN, watched_record(path, watch)).names()

    def get_acl(self, path):
        return self.call(GET_ACL, text(path)).acl_and_stat()

    def set_acl(self, path, acl, version=-1):
        return self.call(SET_ACL, set_acl_record(path, acl, version)).stat()

    def multi(self, *parts):
        return self.call(MULTI, multi_record(*parts)).results()

    def add_watch(self, path, mode):
        return self.call(ADD_WATCH, kind_record(path, mode)).decoded("integer")

    def auth(self, scheme, secret):
        reply = self.call(AUTH, auth_record(scheme, secret), XID_AUTH)
        assert (reply.zxid, reply.body) == (0, b""), reply
        return reply.err

    def ping(self):
        return self.call(PING, xid=XID_PING)

    def end_session(self):
        """Closes the session, not only the connection."""
        reply = self.call(CLOSE_SESSION)
        assert (reply.err, reply.body) == (OK, b""), reply
        assert self.is_closed()
        self.close()


def ask(address, word, timeout_s=TIMEOUT_S):
    """The answer to a four-letter word."""
    connection = Connection(address, timeout_s)
    try:
        connection.send_bytes(word.encode())
        return connection.read_to_end().decode()
    finally:
        connection.close()
