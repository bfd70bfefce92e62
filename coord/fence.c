/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/fence.h"

#include <string.h>

#include "base/assert.h"
#include "coord/recipes/line.h"

void fence_send(const struct fence *fence, const struct coord_call *parts, size_t count,
                uint64_t tag, struct coord_calls *calls)
{
    struct coord_call all[COORD_PARTS_MAX] = {
        {.kind = COORD_CHECK, .path = fence->path, .version = fence->version},
    };

    ASSERT(count > 0 && count <= FENCE_PARTS_MAX);
    memcpy(&all[1], parts, count * sizeof *parts);
    struct coord_call call = {
        .kind = COORD_MULTI, .tag = tag, .parts = all, .part_count = count + 1};
    coord_calls_push(calls, &call);
}

/* Errors of a multi that speak of one part; with any other the whole was not tried, or not told. */
static bool has_culprit(const struct coord_event *event)
{
    return event->part_errors != NULL && event->part_count > 1;
}

static size_t find_culprit(const struct coord_event *event)
{
    size_t i = 0;

    while (i + 1 < event->part_count && (event->part_errors[i] == COORD_OK ||
                                         event->part_errors[i] == COORD_RUNTIME_INCONSISTENCY))
        i++;
    return i;
}

enum fence_outcome fence_read(const struct coord_event *event, enum coord_error *ret_error,
                              size_t *ret_part)
{
    ASSERT(event->kind == COORD_ANSWERED && event->call == COORD_MULTI);
    *ret_error = event->error;
    *ret_part = 0;
    if (event->error == COORD_OK)
        return FENCE_DONE;
    if (line_is_unknown(event->error))
        return FENCE_UNKNOWN;
    if (!has_culprit(event))
        return FENCE_REFUSED;

    size_t culprit = find_culprit(event);
    *ret_error = event->part_errors[culprit];
    if (culprit > 0) {
        *ret_part = culprit - 1;
        return FENCE_REFUSED;
    }
    if (*ret_error == COORD_BAD_VERSION || *ret_error == COORD_NO_NODE)
        return FENCE_OUT;
    return FENCE_REFUSED;
}
