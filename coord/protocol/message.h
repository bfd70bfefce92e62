/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The vocabulary of the ZooKeeper client protocol as of version 3.8: operation numbers, the stat
 * record, special xids, watch events. docs/protocol/zookeeper.md has every message byte by byte.
 * Pure; any thread.
 */
#ifndef COORD_PROTOCOL_MESSAGE_H
#define COORD_PROTOCOL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum message_op {
    MESSAGE_NOTIFICATION = 0,
    MESSAGE_CREATE = 1,
    MESSAGE_DELETE = 2,
    MESSAGE_EXISTS = 3,
    MESSAGE_GET_DATA = 4,
    MESSAGE_SET_DATA = 5,
    MESSAGE_GET_ACL = 6,
    MESSAGE_SET_ACL = 7,
    MESSAGE_GET_CHILDREN = 8,
    MESSAGE_SYNC = 9,
    MESSAGE_PING = 11,
    MESSAGE_GET_CHILDREN2 = 12,
    MESSAGE_CHECK = 13,
    MESSAGE_MULTI = 14,
    MESSAGE_CREATE2 = 15,
    MESSAGE_RECONFIG = 16,
    MESSAGE_CHECK_WATCHES = 17,
    MESSAGE_REMOVE_WATCHES = 18,
    MESSAGE_CREATE_CONTAINER = 19,
    MESSAGE_CREATE_TTL = 21,
    MESSAGE_MULTI_READ = 22,
    MESSAGE_AUTH = 100,
    MESSAGE_SET_WATCHES = 101,
    MESSAGE_SASL = 102,
    MESSAGE_GET_EPHEMERALS = 103,
    MESSAGE_GET_ALL_CHILDREN_NUMBER = 104,
    MESSAGE_SET_WATCHES2 = 105,
    MESSAGE_ADD_WATCH = 106,
    MESSAGE_WHO_AM_I = 107,
    MESSAGE_CLOSE_SESSION = -11,
    MESSAGE_ERROR = -1, /* in results of a multi: this part's error */
};

/* Xids with a meaning of their own. */
enum {
    MESSAGE_XID_NOTIFICATION = -1,
    MESSAGE_XID_PING = -2,
    MESSAGE_XID_AUTH = -4,
    MESSAGE_XID_SET_WATCHES = -8,
};

enum {
    MESSAGE_PASSWORD_SIZE = 16,
    MESSAGE_STAT_SIZE = 68,
    MESSAGE_HEADER_SIZE = 16,    /* of a reply: xid, zxid, error */
    MESSAGE_PATH_MAX = 8 * 1024, /* bytes; ours, ZooKeeper has only the frame's limit */
};

enum message_permission {
    MESSAGE_READ = 1,
    MESSAGE_WRITE = 2,
    MESSAGE_CREATE_CHILD = 4,
    MESSAGE_DELETE_CHILD = 8,
    MESSAGE_ADMIN = 16,
    MESSAGE_ALL_PERMISSIONS = 31,
};

/* The flags of a create. */
enum message_create_mode {
    MESSAGE_PERSISTENT = 0,
    MESSAGE_EPHEMERAL = 1,
    MESSAGE_PERSISTENT_SEQUENTIAL = 2,
    MESSAGE_EPHEMERAL_SEQUENTIAL = 3,
    MESSAGE_CONTAINER = 4,
    MESSAGE_TTL = 5,
    MESSAGE_TTL_SEQUENTIAL = 6,
};

/* Of watch events. */
enum message_event {
    MESSAGE_NODE_CREATED = 1,
    MESSAGE_NODE_DELETED = 2,
    MESSAGE_NODE_DATA_CHANGED = 3,
    MESSAGE_NODE_CHILDREN_CHANGED = 4,
};

/* The modes of addWatch. */
enum message_watch_mode {
    MESSAGE_WATCH_PERSISTENT = 0,
    MESSAGE_WATCH_RECURSIVE = 1,
};

/* The kinds of checkWatches and removeWatches. */
enum message_watcher_kind {
    MESSAGE_WATCHER_CHILDREN = 1,
    MESSAGE_WATCHER_DATA = 2,
    MESSAGE_WATCHER_ANY = 3,
};

/* What a client sees of a node besides its data. */
struct message_stat {
    int64_t czxid;    /* transaction that created it */
    int64_t mzxid;    /* ... that last set its data */
    int64_t ctime_ms; /* wall clock */
    int64_t mtime_ms;
    int32_t version;         /* changes of its data */
    int32_t cversion;        /* changes of its children */
    int32_t aversion;        /* changes of its ACL */
    int64_t ephemeral_owner; /* session id, or 0 */
    int32_t data_length;
    int32_t children;
    int64_t pzxid; /* ... that last created or deleted a child */
};

/* For logs, as ZooKeeper spells it: "getData"; "unknown" for a number that is no operation. */
const char *message_op_name(int32_t op);

#endif
