/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/past.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void drop(struct past *past, struct past_piece *piece)
{
    past->bytes -= piece->size;
    free(piece->packed);
    *piece = (struct past_piece){.packed = NULL};
}

void past_destroy(struct past **past)
{
    struct past *it = *past;

    if (it == NULL)
        return;
    for (size_t i = 0; i < PAST_RECENT; i++)
        drop(it, &it->seconds[i]);
    for (size_t i = 0; i < PAST_MINUTES; i++)
        drop(it, &it->minutes[i]);
    for (size_t i = 0; i < PAST_HOURS; i++)
        drop(it, &it->hours[i]);
    spread_done(&it->more);
    spread_done(&it->early);
    spread_done(&it->all);
    spread_done(&it->recent);
    spread_done(&it->minute);
    spread_done(&it->hour);
    spread_done(&it->closed);
    free(it);
    *past = NULL;
}

static void put(struct past *past, struct past_piece *piece, const struct spread *spread,
                uint64_t tick)
{
    struct text packed;

    drop(past, piece);
    if (spread->count == 0)
        return;
    text_init(&packed);
    spread_pack(spread, &packed);
    piece->tick = tick;
    piece->max = spread->max;
    piece->size = text_size(&packed);
    piece->packed = mem_alloc(piece->size);
    memcpy(piece->packed, text_data(&packed), piece->size);
    past->bytes += piece->size;
    text_done(&packed);
}

/* What has become older than ten seconds leaves. */
static void forget_seconds(struct past *past, uint64_t tick)
{
    for (size_t i = 0; i < PAST_RECENT; i++) {
        struct past_piece *piece = &past->seconds[i];
        struct spread old = {.buckets = NULL};
        if (piece->packed == NULL || piece->tick + PAST_RECENT > tick)
            continue;
        spread_unpack(piece->packed, piece->size, &old);
        spread_subtract(&past->recent, &old);
        spread_done(&old);
        drop(past, piece);
    }
}

static void close_minute(struct past *past, uint64_t tick)
{
    put(past, &past->minutes[tick / PAST_MINUTE % PAST_MINUTES], &past->minute, tick);
    spread_add(&past->hour, &past->minute);
    spread_clear(&past->closed);
    spread_add(&past->closed, &past->minute);
    past->closed_tick = tick;
    spread_clear(&past->minute);
    if (tick % PAST_HOUR != 0)
        return;
    put(past, &past->hours[tick / PAST_HOUR % PAST_HOURS], &past->hour, tick);
    spread_clear(&past->hour);
}

/* Half minutes that have ended since the last tick; only the first of them can have anything in it. */
static void close_passed(struct past *past, uint64_t tick)
{
    uint64_t end = (past->tick / PAST_MINUTE + 1) * PAST_MINUTE;
    uint64_t hour = (past->tick / PAST_HOUR + 1) * PAST_HOUR;

    if (end >= tick)
        return;
    close_minute(past, end);
    if (hour < tick && hour != end) {
        put(past, &past->hours[hour / PAST_HOUR % PAST_HOURS], &past->hour, hour);
        spread_clear(&past->hour);
    }
}

void past_freeze(struct past *past, uint64_t tick)
{
    close_passed(past, tick);
    forget_seconds(past, tick);
    if (past->more.count > 0) {
        put(past, &past->seconds[tick % PAST_RECENT], &past->more, tick);
        spread_add(&past->all, &past->more);
        spread_add(&past->recent, &past->more);
        spread_add(&past->minute, &past->more);
        spread_clear(&past->more);
    }
    spread_add(&past->all, &past->early);
    spread_clear(&past->early);
    past->tick = tick;
    if (tick % PAST_MINUTE == 0)
        close_minute(past, tick);
}

uint64_t past_recent_max(const struct past *past)
{
    uint64_t max = 0;

    for (size_t i = 0; i < PAST_RECENT; i++)
        if (past->seconds[i].max > max)
            max = past->seconds[i].max;
    return max;
}

static void add_pieces(const struct past_piece *pieces, size_t count, uint64_t after,
                       struct histogram *into)
{
    for (size_t i = 0; i < count; i++) {
        struct spread spread = {.buckets = NULL};
        if (pieces[i].packed == NULL || pieces[i].tick <= after)
            continue;
        spread_unpack(pieces[i].packed, pieces[i].size, &spread);
        spread_merge(&spread, into);
        spread_done(&spread);
    }
}

void past_window(const struct past *past, uint64_t tick, uint64_t seconds, struct histogram *into)
{
    uint64_t after = tick > seconds ? tick - seconds : 0;

    if (seconds == 0) {
        spread_merge(&past->all, into);
        return;
    }
    if (seconds <= PAST_RECENT) {
        add_pieces(past->seconds, PAST_RECENT, after, into);
        return;
    }
    spread_merge(&past->minute, into);
    if (seconds <= PAST_QUARTER) {
        add_pieces(past->minutes, PAST_MINUTES, after, into);
        return;
    }
    spread_merge(&past->hour, into);
    add_pieces(past->hours, PAST_HOURS, after, into);
}

void past_thin(struct past *past)
{
    uint64_t newest = past->tick / PAST_HOUR;

    for (uint64_t age = PAST_HOURS / 2; age < PAST_HOURS && age <= newest; age++)
        drop(past, &past->hours[(newest - age) % PAST_HOURS]);
}
