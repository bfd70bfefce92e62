/* SPDX-License-Identifier: Apache-2.0 */
#include "net/handshake.h"

#include <string.h>

#include "base/assert.h"

#define MONITOR_URL "inproc://handshake"
#define EVENT_MAX   4096 /* an event, and an address */

enum {
    PART_EVENT,
    PART_ADDRESS,
    PARTS,
};

enum {
    EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
             ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
};

enum err handshake_watch(void *zmq_context, const struct endpoint *endpoint,
                         struct handshake *ret_handshake, struct error *error)
{
    const struct endpoint_options pair = {.type = ZMQ_PAIR, .part_bytes_max = EVENT_MAX};
    struct handshake handshake = {.last = HANDSHAKE_NONE};

    if (zmq_socket_monitor(endpoint->socket, MONITOR_URL, EVENTS) != 0)
        return error_set(error, ERR_FULL, "cannot open a ZeroMQ socket: no descriptor is left");
    enum err err = endpoint_open(zmq_context, &pair, &handshake.monitor, error);
    if (err != ERR_OK) {
        (void)zmq_socket_monitor(endpoint->socket, NULL, 0);
        return err;
    }
    int result = zmq_connect(handshake.monitor.socket, MONITOR_URL);
    ASSERT(result == 0); /* it was bound just now */
    *ret_handshake = handshake;
    return ERR_OK;
}

void handshake_unwatch(const struct endpoint *endpoint, struct handshake *handshake)
{
    if (handshake->monitor.socket == NULL)
        return;
    (void)zmq_socket_monitor(endpoint->socket, NULL, 0);
    endpoint_close(&handshake->monitor);
}

/* The event is in the first two bytes, and a number in the next four. */
static enum handshake_end end_of(zmq_msg_t *part)
{
    uint16_t event = 0;
    uint32_t detail = 0;
    const uint8_t *bytes = zmq_msg_data(part);

    ASSERT(zmq_msg_size(part) == sizeof event + sizeof detail);
    memcpy(&event, bytes, sizeof event);
    memcpy(&detail, bytes + sizeof event, sizeof detail);
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        return HANDSHAKE_DONE;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        return HANDSHAKE_REFUSED;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
        return detail == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? HANDSHAKE_UNLIKE
                                                                    : HANDSHAKE_CUT_SHORT;
    default:
        return HANDSHAKE_CUT_SHORT;
    }
}

enum handshake_end handshake_look(struct handshake *handshake)
{
    zmq_msg_t parts[PARTS];

    while (endpoint_receive(&handshake->monitor, parts, PARTS) == ENDPOINT_MESSAGE) {
        handshake->last = end_of(&parts[PART_EVENT]);
        for (size_t i = 0; i < PARTS; i++)
            (void)zmq_msg_close(&parts[i]);
    }
    return handshake->last;
}

const char *handshake_text(enum handshake_end end, bool has_keys)
{
    switch (end) {
    case HANDSHAKE_REFUSED:
        return "it does not let our key in";
    case HANDSHAKE_UNLIKE:
        return has_keys ? "it has no keys, and we have" : "it asks for a key, and we have none";
    case HANDSHAKE_CUT_SHORT:
        return has_keys ? "it broke off the handshake: its key may be another than ours names"
                        : "it broke off the handshake: maybe it asks for a key, and we have none";
    case HANDSHAKE_NONE:
    case HANDSHAKE_DONE:
        break;
    }
    return NULL;
}
