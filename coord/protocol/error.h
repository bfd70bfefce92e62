/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ZooKeeper server answers when it does not do what it was asked, and what a client says
 * when it has no answer, by the numbers of the protocol. A number from the wire may be none of
 * these. Pure; any thread.
 */
#ifndef COORD_PROTOCOL_ERROR_H
#define COORD_PROTOCOL_ERROR_H

#include "base/err.h"

enum coord_error {
    COORD_OK = 0,
    COORD_SYSTEM_ERROR = -1,
    COORD_RUNTIME_INCONSISTENCY = -2, /* in a multi: not done because another part failed */
    COORD_DATA_INCONSISTENCY = -3,
    COORD_CONNECTION_LOSS = -4, /* made by clients: whether it was done is not known */
    COORD_MARSHALLING_ERROR = -5,
    COORD_UNIMPLEMENTED = -6,
    COORD_OPERATION_TIMEOUT = -7,
    COORD_BAD_ARGUMENTS = -8,
    COORD_INVALID_STATE = -9, /* made by clients: the handle is closed or expired */
    COORD_UNKNOWN_SESSION = -12,
    COORD_NEW_CONFIG_NO_QUORUM = -13,
    COORD_RECONFIG_IN_PROGRESS = -14,
    COORD_NO_NODE = -101,
    COORD_NO_AUTH = -102,
    COORD_BAD_VERSION = -103,
    COORD_NO_CHILDREN_FOR_EPHEMERALS = -108,
    COORD_NODE_EXISTS = -110,
    COORD_NOT_EMPTY = -111,
    COORD_SESSION_EXPIRED = -112,
    COORD_INVALID_CALLBACK = -113,
    COORD_INVALID_ACL = -114,
    COORD_AUTH_FAILED = -115,
    COORD_CLOSING = -116, /* made by clients */
    COORD_SESSION_MOVED = -118,
    COORD_NOT_READ_ONLY = -119,
    COORD_EPHEMERAL_ON_LOCAL_SESSION = -120,
    COORD_NO_WATCHER = -121,
    COORD_REQUEST_TIMEOUT = -122,
    COORD_RECONFIG_DISABLED = -123,
    COORD_NEEDS_SASL = -124,
    COORD_QUOTA_EXCEEDED = -125,
    COORD_THROTTLED = -127,
};

/* The constant's name without prefix, in lower case: "no_node"; "unknown" for a number that has
 * none. */
const char *coord_error_name(enum coord_error error);

/* For people: "the node does not exist"; "unknown error" for a number that has no name. */
const char *coord_error_text(enum coord_error error);

/* The code that the rest of Gale uses for it; COORD_OK is ERR_OK, what has no name is
 * ERR_INTERNAL. */
enum err coord_error_code(enum coord_error error);

#endif
