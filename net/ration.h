/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides who may be read further when the input that all connections hold has a budget.
 *
 * Each connection has a part in it. While less than the budget is held, whoever comes may use what
 * is left. Beyond it
 *   - a part that holds less than the share (budget / parts, but 16 KiB at least) may fill it up, so
 *     that small frames always come through;
 *   - the part whose frame began first may go on without limit, so that something gets done: once it
 *     is done, or given up for having stalled, the next one is first;
 *   - the others starve until one of these holds for them.
 * So never more is held than the budget, a share for each part, and one frame.
 *
 * A part that nobody waits for (its connection is paused) rests: it counts, but is never the first.
 * Pure; a ration belongs to one thread. Parts must not move.
 */
#ifndef NET_RATION_H
#define NET_RATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

/* All zero bytes are a part that holds nothing. */
struct ration_part {
    size_t held_bytes;
    struct list_node in_holders;
    struct list_node in_starving;
};

struct ration {
    size_t budget_bytes; /* 0: no limit, and nobody starves */
    size_t share_bytes;
    size_t held_bytes;
    struct list holders;  /* hold something and do not rest; the oldest first */
    struct list starving; /* the longest first */
};

void ration_init(struct ration *ration, size_t budget_bytes, size_t parts_max);

/* The part holds so much now and is waited for. Nothing means that its frame is done. */
void ration_hold(struct ration *ration, struct ration_part *part, size_t held_bytes);

/* The same for a part that is not waited for. */
void ration_rest(struct ration *ration, struct ration_part *part, size_t held_bytes);

/* How many bytes more the part may get now; 0 for none, SIZE_MAX for any number. */
size_t ration_room(const struct ration *ration, const struct ration_part *part);

/* There was no room: it will come out of ration_feed() once there is. */
void ration_starve(struct ration *ration, struct ration_part *part);
bool ration_is_starving(const struct ration_part *part);

/* Takes out a starving part that has room now; NULL for none. */
struct ration_part *ration_feed(struct ration *ration);
bool ration_can_feed(const struct ration *ration);

#endif
