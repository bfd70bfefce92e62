/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/progress.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

#define CAPACITY_FIRST 64u

void progress_init(struct progress *progress, int64_t offset)
{
    *progress = (struct progress){.offset = offset};
}

void progress_done(struct progress *progress)
{
    free(progress->ring);
    progress->ring = NULL;
    progress->capacity = 0;
}

static struct progress_entry *entry_at(const struct progress *progress, uint64_t number)
{
    return &progress->ring[number & (progress->capacity - 1)];
}

static void grow(struct progress *progress)
{
    struct progress larger = *progress;

    larger.capacity = progress->capacity > 0 ? progress->capacity * 2 : CAPACITY_FIRST;
    larger.ring = NEW_ARRAY(struct progress_entry, larger.capacity);
    for (uint64_t number = progress->first; number < progress->next; number++)
        *entry_at(&larger, number) = *entry_at(progress, number);
    free(progress->ring);
    *progress = larger;
}

uint64_t progress_open(struct progress *progress, int64_t offset)
{
    ASSERT(!progress_is_full(progress));
    if (progress_span(progress) == progress->capacity)
        grow(progress);
    *entry_at(progress, progress->next) = (struct progress_entry){.offset = offset};
    return progress->next++;
}

void progress_close(struct progress *progress, uint64_t number)
{
    ASSERT(number >= progress->first && number < progress->next);
    ASSERT(!entry_at(progress, number)->is_closed);

    entry_at(progress, number)->is_closed = true;
    while (progress->first < progress->next && entry_at(progress, progress->first)->is_closed) {
        progress->offset = entry_at(progress, progress->first)->offset + 1;
        progress->first++;
    }
}
