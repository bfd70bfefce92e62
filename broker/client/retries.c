/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/retries.h"

#include <stdlib.h>

#include "base/mem.h"

enum retries_verdict retries_judge(const struct retries_limits *limits, uint32_t failures,
                                   bool never)
{
    if (never || (limits->failures_max > 0 && failures >= limits->failures_max))
        return RETRIES_GIVE_UP;
    return RETRIES_AGAIN;
}

uint64_t retries_pause_ms(const struct retries_limits *limits, uint32_t failures)
{
    uint64_t pause_ms = limits->pause_ms;

    for (uint32_t i = 1; i < failures && pause_ms > 0 && pause_ms < limits->pause_max_ms; i++)
        pause_ms = pause_ms > UINT64_MAX / 2 ? UINT64_MAX : pause_ms * 2;
    return pause_ms < limits->pause_max_ms ? pause_ms : limits->pause_max_ms;
}

void retries_done(struct retries *retries)
{
    free(retries->entries);
    *retries = (struct retries){.count = 0};
}

static bool is_before(const struct retries_entry *a, const struct retries_entry *b)
{
    if (a->due_ms != b->due_ms)
        return a->due_ms < b->due_ms;
    if (a->part != b->part)
        return a->part < b->part;
    return a->offset < b->offset;
}

static void swap(struct retries_entry *a, struct retries_entry *b)
{
    struct retries_entry other = *a;

    *a = *b;
    *b = other;
}

void retries_put(struct retries *retries, struct retries_entry entry)
{
    struct retries_entry *entries;
    uint32_t at = retries->count++;

    if (at == retries->capacity) {
        retries->capacity = retries->capacity > 0 ? retries->capacity * 2 : 16;
        retries->entries =
            mem_resize(retries->entries, retries->capacity, sizeof *retries->entries);
    }
    entries = retries->entries;
    entries[at] = entry;
    for (; at > 0 && is_before(&entries[at], &entries[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&entries[at], &entries[(at - 1) / 2]);
}

static void sink(struct retries *retries)
{
    struct retries_entry *entries = retries->entries;
    uint32_t at = 0;

    for (;;) {
        uint32_t least = at;
        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < retries->count && is_before(&entries[child], &entries[least]))
                least = child;
        }
        if (least == at)
            return;
        swap(&entries[at], &entries[least]);
        at = least;
    }
}

bool retries_take(struct retries *retries, uint64_t now_ms, struct retries_entry *ret_entry)
{
    if (retries->count == 0 || retries->entries[0].due_ms > now_ms)
        return false;
    *ret_entry = retries->entries[0];
    retries->entries[0] = retries->entries[--retries->count];
    sink(retries);
    return true;
}
