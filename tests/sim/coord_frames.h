/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the client library of ZooKeeper makes of calls and of answers, without the library: calls
 * become frames as it would send them, and replies become events.
 */
#ifndef TESTS_SIM_COORD_FRAMES_H
#define TESTS_SIM_COORD_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/protocol/jute.h"

struct coord_frames_connect {
    int64_t last_zxid;
    uint32_t timeout_ms;
    int64_t session_id;
    unsigned char password[MESSAGE_PASSWORD_SIZE];
};

/* The lists of setWatches. */
enum coord_frames_list {
    COORD_FRAMES_DATA,
    COORD_FRAMES_EXIST,
    COORD_FRAMES_CHILD,
    COORD_FRAMES_LISTS,
};

/* Each appends a frame without its length. */
void coord_frames_put_connect(const struct coord_frames_connect *connect, struct text *out);
void coord_frames_put_call(const struct coord_call *call, int32_t xid, struct text *out);
void coord_frames_put_header(int32_t xid, int32_t op, struct text *out);

/* The frame of setWatches up to its lists; then each list: how many, and the paths. */
void coord_frames_put_set_watches(int64_t since, struct text *out);

/* What a reply says, its header being read; false if its body is not as it must be. */
bool coord_frames_read(const struct coord_call *call, int32_t error, struct jute_in *in,
                       struct coord_event *ret_event);

#endif
