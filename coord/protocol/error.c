/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/error.h"

#include <stddef.h>

#include "base/mem.h"

struct meaning {
    enum coord_error error;
    const char *name;
    const char *text;
    enum err code;
};

static const struct meaning meanings[] = {
    {COORD_OK, "ok", "no error", ERR_OK},
    {COORD_SYSTEM_ERROR, "system_error", "the server has failed", ERR_INTERNAL},
    {COORD_RUNTIME_INCONSISTENCY, "runtime_inconsistency",
     "not done because another part of the transaction failed", ERR_CANCELLED},
    {COORD_DATA_INCONSISTENCY, "data_inconsistency", "the server's data are damaged", ERR_CORRUPT},
    {COORD_CONNECTION_LOSS, "connection_loss",
     "the connection was lost, and whether it was done is not known", ERR_TIMEOUT},
    {COORD_MARSHALLING_ERROR, "marshalling_error", "the message is malformed", ERR_INVALID},
    {COORD_UNIMPLEMENTED, "unimplemented", "the server does not have the operation",
     ERR_UNSUPPORTED},
    {COORD_OPERATION_TIMEOUT, "operation_timeout", "no answer in time", ERR_TIMEOUT},
    {COORD_BAD_ARGUMENTS, "bad_arguments", "an argument is not valid", ERR_INVALID},
    {COORD_INVALID_STATE, "invalid_state", "the session is closed or expired", ERR_CLOSED},
    {COORD_UNKNOWN_SESSION, "unknown_session", "the server does not know the session", ERR_CLOSED},
    {COORD_NEW_CONFIG_NO_QUORUM, "new_config_no_quorum",
     "the new configuration has no quorum of connected servers", ERR_FULL},
    {COORD_RECONFIG_IN_PROGRESS, "reconfig_in_progress", "another reconfiguration is going on",
     ERR_CONFLICT},
    {COORD_NO_NODE, "no_node", "the node does not exist", ERR_NOT_FOUND},
    {COORD_NO_AUTH, "no_auth", "the node's ACL does not allow it", ERR_DENIED},
    {COORD_BAD_VERSION, "bad_version", "the node has another version", ERR_CONFLICT},
    {COORD_NO_CHILDREN_FOR_EPHEMERALS, "no_children_for_ephemerals",
     "an ephemeral node cannot have children", ERR_INVALID},
    {COORD_NODE_EXISTS, "node_exists", "the node exists already", ERR_EXISTS},
    {COORD_NOT_EMPTY, "not_empty", "the node has children", ERR_INVALID},
    {COORD_SESSION_EXPIRED, "session_expired", "the session has expired", ERR_CLOSED},
    {COORD_INVALID_CALLBACK, "invalid_callback", "the callback is not valid", ERR_INVALID},
    {COORD_INVALID_ACL, "invalid_acl", "the ACL is not valid", ERR_INVALID},
    {COORD_AUTH_FAILED, "auth_failed", "the server does not accept the credentials", ERR_DENIED},
    {COORD_CLOSING, "closing", "the session is being closed", ERR_CLOSED},
    {COORD_SESSION_MOVED, "session_moved", "the session has moved to another connection",
     ERR_CLOSED},
    {COORD_NOT_READ_ONLY, "not_read_only", "the server is read-only at the moment",
     ERR_UNSUPPORTED},
    {COORD_EPHEMERAL_ON_LOCAL_SESSION, "ephemeral_on_local_session",
     "a local session cannot have ephemeral nodes", ERR_UNSUPPORTED},
    {COORD_NO_WATCHER, "no_watcher", "there is no such watch", ERR_NOT_FOUND},
    {COORD_REQUEST_TIMEOUT, "request_timeout", "the server took too long", ERR_TIMEOUT},
    {COORD_RECONFIG_DISABLED, "reconfig_disabled", "the server does not reconfigure",
     ERR_UNSUPPORTED},
    {COORD_NEEDS_SASL, "needs_sasl", "the server wants SASL authentication", ERR_DENIED},
    {COORD_QUOTA_EXCEEDED, "quota_exceeded", "a quota is exceeded", ERR_LIMIT},
    {COORD_THROTTLED, "throttled", "the server has too much to do at the moment", ERR_FULL},
};

static const struct meaning *meaning_of(enum coord_error error)
{
    static const struct meaning unknown = {
        .name = "unknown", .text = "unknown error", .code = ERR_INTERNAL};

    for (size_t i = 0; i < COUNT_OF(meanings); i++) {
        if (meanings[i].error == error)
            return &meanings[i];
    }
    return &unknown;
}

const char *coord_error_name(enum coord_error error)
{
    return meaning_of(error)->name;
}

const char *coord_error_text(enum coord_error error)
{
    return meaning_of(error)->text;
}

enum err coord_error_code(enum coord_error error)
{
    return meaning_of(error)->code;
}
