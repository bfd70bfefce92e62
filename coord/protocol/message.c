/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/message.h"

#include "base/mem.h"

struct op_name {
    enum message_op op;
    const char *name;
};

static const struct op_name op_names[] = {
    {MESSAGE_NOTIFICATION, "notification"},
    {MESSAGE_CREATE, "create"},
    {MESSAGE_DELETE, "delete"},
    {MESSAGE_EXISTS, "exists"},
    {MESSAGE_GET_DATA, "getData"},
    {MESSAGE_SET_DATA, "setData"},
    {MESSAGE_GET_ACL, "getACL"},
    {MESSAGE_SET_ACL, "setACL"},
    {MESSAGE_GET_CHILDREN, "getChildren"},
    {MESSAGE_SYNC, "sync"},
    {MESSAGE_PING, "ping"},
    {MESSAGE_GET_CHILDREN2, "getChildren2"},
    {MESSAGE_CHECK, "check"},
    {MESSAGE_MULTI, "multi"},
    {MESSAGE_CREATE2, "create2"},
    {MESSAGE_RECONFIG, "reconfig"},
    {MESSAGE_CHECK_WATCHES, "checkWatches"},
    {MESSAGE_REMOVE_WATCHES, "removeWatches"},
    {MESSAGE_CREATE_CONTAINER, "createContainer"},
    {MESSAGE_CREATE_TTL, "createTTL"},
    {MESSAGE_MULTI_READ, "multiRead"},
    {MESSAGE_AUTH, "auth"},
    {MESSAGE_SET_WATCHES, "setWatches"},
    {MESSAGE_SASL, "sasl"},
    {MESSAGE_GET_EPHEMERALS, "getEphemerals"},
    {MESSAGE_GET_ALL_CHILDREN_NUMBER, "getAllChildrenNumber"},
    {MESSAGE_SET_WATCHES2, "setWatches2"},
    {MESSAGE_ADD_WATCH, "addWatch"},
    {MESSAGE_WHO_AM_I, "whoAmI"},
    {MESSAGE_CLOSE_SESSION, "closeSession"},
    {MESSAGE_ERROR, "error"},
};

const char *message_op_name(int32_t op)
{
    for (size_t i = 0; i < COUNT_OF(op_names); i++) {
        if ((int32_t)op_names[i].op == op)
            return op_names[i].name;
    }
    return "unknown";
}
