/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/old_seats.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* A tag is the prefix, and the index of the name above one of these. */
enum {
    TAG_LIST = 1,
    TAG_READ = 0x100,
    TAG_DELETE = 0x200,
    TAG_INDEX = 0xFF,
};

void old_seats_init(struct old_seats *seats, uint32_t number, const char *path, const char *note)
{
    *seats = (struct old_seats){.prefix = (uint64_t)number << 32, .path = path, .note = note};
}

static void forget_names(struct old_seats *seats)
{
    while (seats->count > 0)
        free(seats->names[--seats->count]);
}

void old_seats_done(struct old_seats *seats)
{
    forget_names(seats);
}

static void send_about(struct old_seats *seats, size_t index, const struct coord_call *kind,
                       struct coord_calls *calls)
{
    struct coord_call call = *kind;
    struct text path;

    text_init(&path);
    text_add(&path, "%s/%s", seats->path, seats->names[index]);
    call.path = text_data(&path);
    coord_calls_push(calls, &call);
    text_done(&path);
    seats->waiting++;
}

static void list(struct old_seats *seats, struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = COORD_CHILDREN, .path = seats->path, .tag = seats->prefix | TAG_LIST};

    seats->is_done = false;
    forget_names(seats);
    coord_calls_push(calls, &call);
    seats->waiting = 1;
}

static void read_all(struct old_seats *seats, const struct coord_event *event,
                     struct coord_calls *calls)
{
    for (size_t i = 0; i < event->child_count && i < OLD_SEATS_MAX; i++) {
        struct coord_call call = {.kind = COORD_GET, .tag = seats->prefix | TAG_READ | i};
        seats->names[seats->count++] = mem_copy_text(event->children[i]);
        send_about(seats, i, &call, calls);
    }
}

static bool is_ours(const struct old_seats *seats, const struct coord_event *event)
{
    return event->data != NULL && strcmp(event->data, seats->note) == 0 &&
           event->stat.ephemeral_owner != 0 && event->stat.ephemeral_owner != seats->session_id;
}

static void judge(struct old_seats *seats, size_t index, const struct coord_event *event,
                  struct coord_calls *calls)
{
    struct coord_call call = {.kind = COORD_DELETE,
                              .tag = seats->prefix | TAG_DELETE | index,
                              .version = COORD_ANY_VERSION};

    if (index < seats->count && is_ours(seats, event))
        send_about(seats, index, &call, calls);
}

static void take_answer(struct old_seats *seats, const struct coord_event *event,
                        struct coord_calls *calls)
{
    uint32_t tag = (uint32_t)event->tag;

    if (event->tag >> 32 != seats->prefix >> 32 || seats->waiting == 0)
        return;
    seats->waiting--;
    if (event->error == COORD_OK && tag == TAG_LIST)
        read_all(seats, event, calls);
    else if (event->error == COORD_OK && (tag & TAG_READ) != 0)
        judge(seats, tag & TAG_INDEX, event, calls);
    seats->is_done = seats->waiting == 0;
}

void old_seats_step(struct old_seats *seats, const struct coord_event *event,
                    struct coord_calls *calls)
{
    if (event->kind == COORD_CONNECTED && event->is_new_session) {
        seats->session_id = event->session_id;
        list(seats, calls);
    } else if (event->kind == COORD_ANSWERED) {
        take_answer(seats, event, calls);
    }
}

bool old_seats_are_gone(const struct old_seats *seats)
{
    return seats->is_done;
}
