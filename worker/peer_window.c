/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/peer_window.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

#define FIRST_CAPACITY 64u
#define OPEN_MAX       ((size_t)1 << 24) /* lanes have no credit for so many blocks */

void peer_window_done(struct peer_window *window)
{
    free(window->entries);
    *window = (struct peer_window){.entries = NULL};
}

void peer_window_clear(struct peer_window *window)
{
    window->first = window->end = window->open_count = 0;
}

/* Moves the open entries to the front. */
static void tidy(struct peer_window *window)
{
    size_t to = 0;

    for (size_t from = window->first; from < window->end; from++) {
        if (window->entries[from].is_open)
            window->entries[to++] = window->entries[from];
    }
    window->first = 0;
    window->end = to;
}

static COLD void make_room(struct peer_window *window)
{
    ASSERT(window->open_count < OPEN_MAX);
    tidy(window);
    if (window->end > window->capacity / 2 || window->capacity == 0) {
        window->capacity = window->capacity == 0 ? FIRST_CAPACITY : window->capacity * 2;
        window->entries = mem_resize(window->entries, window->capacity, sizeof *window->entries);
    }
}

void peer_window_open(struct peer_window *window, uint64_t sequence, struct block *block)
{
    if (window->end == window->capacity)
        make_room(window);
    ASSERT(window->end == window->first || window->entries[window->end - 1].sequence < sequence);
    window->entries[window->end++] =
        (struct peer_entry){.sequence = sequence, .block = block, .is_open = true};
    window->open_count++;
}

/* The first entry, open or not, whose sequence is not below; `end` if there is none. */
static size_t bisect(const struct peer_window *window, uint64_t sequence)
{
    size_t low = window->first;
    size_t high = window->end;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (window->entries[middle].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The same, at once where no sequence is left out from there to the end. */
static size_t locate(const struct peer_window *window, uint64_t sequence)
{
    if (window->end == window->first)
        return window->end;
    uint64_t last = window->entries[window->end - 1].sequence;
    if (sequence > last)
        return window->end;
    uint64_t distance = last - sequence;
    if (distance < window->end - window->first) {
        size_t guess = window->end - 1 - (size_t)distance;
        if (window->entries[guess].sequence == sequence)
            return guess;
    }
    return bisect(window, sequence);
}

struct peer_entry *peer_window_find(const struct peer_window *window, uint64_t sequence)
{
    size_t index = locate(window, sequence);

    if (index == window->end)
        return NULL;
    struct peer_entry *entry = &window->entries[index];
    return entry->sequence == sequence && entry->is_open ? entry : NULL;
}

void peer_window_close(struct peer_window *window, struct peer_entry *entry)
{
    ASSERT(entry->is_open);
    entry->is_open = false;
    entry->block = NULL;
    window->open_count--;
    while (window->first < window->end && !window->entries[window->first].is_open)
        window->first++;
    if (window->open_count == 0)
        window->first = window->end = 0;
}

/* The first open one at `index` or after. */
static struct peer_entry *first_open(const struct peer_window *window, size_t index)
{
    while (index < window->end && !window->entries[index].is_open)
        index++;
    return index < window->end ? &window->entries[index] : NULL;
}

struct peer_entry *peer_window_from(const struct peer_window *window, uint64_t sequence)
{
    return first_open(window, locate(window, sequence));
}

struct peer_entry *peer_window_next(const struct peer_window *window,
                                    const struct peer_entry *entry)
{
    return first_open(window, (size_t)(entry - window->entries) + 1);
}
