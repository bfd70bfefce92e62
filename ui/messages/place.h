/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places in a topic as requests name them: "latest", "earliest", "offset:17", "time:1795000000000", "last:20", or where an
 * answer before has ended, "at:0=17,1=33". Pure; any thread.
 */
#ifndef UI_MESSAGES_PLACE_H
#define UI_MESSAGES_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "broker/client/console.h"

enum {
    PLACE_PARTITIONS_MAX = 256, /* of "at:" */
};

struct place_at {
    int32_t partition;
    int64_t offset;
};

struct place_list {
    size_t count;
    struct place_at items[PLACE_PARTITIONS_MAX];
};

/* All but "at:". */
bool place_read(const char *text, struct console_place *ret_place) MUST_USE;

/* "at:...", with each partition once. */
bool place_read_list(const char *text, struct place_list *ret_list) MUST_USE;

#endif
