/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/restarts.h"

#include <string.h>

#include "base/assert.h"

static struct restart *find(struct restarts *restarts, const struct restart *like)
{
    for (size_t i = 0; i < restarts->count; i++) {
        struct restart *restart = &restarts->items[i];
        if (restart->slot == like->slot && strcmp(restart->supervisor, like->supervisor) == 0)
            return restart;
    }
    return NULL;
}

bool restarts_put(struct restarts *restarts, const struct restart *restart)
{
    struct restart *there = find(restarts, restart);

    if (there == NULL && restarts->count == RESTARTS_MAX)
        return false;
    if (there == NULL)
        there = &restarts->items[restarts->count++];
    *there = *restart;
    return true;
}

void restarts_drop(struct restarts *restarts, size_t index)
{
    ASSERT(index < restarts->count);
    restarts->items[index] = restarts->items[--restarts->count];
}

void restarts_expire(struct restarts *restarts, uint64_t now_ns)
{
    size_t index = 0;

    while (index < restarts->count) {
        if (now_ns - restarts->items[index].since_ns >= RESTARTS_KEPT_NS)
            restarts_drop(restarts, index);
        else
            index++;
    }
}
