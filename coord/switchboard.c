/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/switchboard.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct subscription {
    uint32_t number; /* 0: removed during a step */
    switchboard_step_fn *step;
    void *subscriber;
};

struct switchboard {
    struct subscription *items; /* in the order in which they were added */
    size_t count;
    size_t capacity;
    uint32_t last_number; /* given out */
    bool is_stepping;
    bool is_connected;
    struct coord_event connected; /* the last CONNECTED; it holds no memory */
};

struct switchboard *switchboard_new(void)
{
    return NEW(struct switchboard);
}

void switchboard_destroy(struct switchboard **board)
{
    if (*board == NULL)
        return;
    free((*board)->items);
    free(*board);
    *board = NULL;
}

uint32_t switchboard_number(struct switchboard *board)
{
    ASSERT(board->last_number < UINT32_MAX);
    return ++board->last_number;
}

/* ---- subscriptions ---- */

static struct subscription *find(const struct switchboard *board, uint32_t number)
{
    for (size_t i = 0; i < board->count; i++)
        if (board->items[i].number == number)
            return &board->items[i];
    return NULL;
}

static void make_room(struct switchboard *board)
{
    if (board->count < board->capacity)
        return;
    board->capacity = board->capacity == 0 ? 8 : 2 * board->capacity;
    board->items = mem_resize(board->items, board->capacity, sizeof *board->items);
}

bool switchboard_add(struct switchboard *board, uint32_t number, switchboard_step_fn *step,
                     void *subscriber, struct coord_calls *calls)
{
    ASSERT(number != 0 && find(board, number) == NULL);
    if (board->count == SWITCHBOARD_SUBSCRIBERS_MAX)
        return false;
    make_room(board);
    board->items[board->count++] =
        (struct subscription){.number = number, .step = step, .subscriber = subscriber};
    if (board->is_connected)
        step(subscriber, &board->connected, calls);
    return true;
}

static void close_gaps(struct switchboard *board)
{
    size_t kept = 0;

    for (size_t i = 0; i < board->count; i++)
        if (board->items[i].number != 0)
            board->items[kept++] = board->items[i];
    board->count = kept;
}

/* During a step the places stay as they are. */
void switchboard_remove(struct switchboard *board, uint32_t number)
{
    struct subscription *item = find(board, number);

    ASSERT(number != 0 && item != NULL);
    item->number = 0;
    if (!board->is_stepping)
        close_gaps(board);
}

/* ---- events ---- */

static void learn(struct switchboard *board, const struct coord_event *event)
{
    board->is_connected = event->kind == COORD_CONNECTED;
    if (board->is_connected)
        board->connected = *event;
}

/* Whoever is added meanwhile has been told already. */
static bool tell_all(struct switchboard *board, const struct coord_event *event,
                     struct coord_calls *calls)
{
    size_t count = board->count;

    for (size_t i = 0; i < count; i++) {
        struct subscription item = board->items[i]; /* the array may move */

        if (item.number != 0)
            item.step(item.subscriber, event, calls);
    }
    return count > 0;
}

static bool tell_one(const struct switchboard *board, const struct coord_event *event,
                     struct coord_calls *calls)
{
    uint32_t number = (uint32_t)(event->tag >> 32);
    const struct subscription *item = number == 0 ? NULL : find(board, number);

    if (item == NULL)
        return false;
    item->step(item->subscriber, event, calls);
    return true;
}

bool switchboard_step(struct switchboard *board, const struct coord_event *event,
                      struct coord_calls *calls)
{
    bool is_for_one = event->kind == COORD_ANSWERED || event->kind == COORD_CHANGED;

    ASSERT(!board->is_stepping);
    if (!is_for_one)
        learn(board, event);
    board->is_stepping = true;
    bool is_told = is_for_one ? tell_one(board, event, calls) : tell_all(board, event, calls);
    board->is_stepping = false;
    close_gaps(board);
    return is_told;
}
