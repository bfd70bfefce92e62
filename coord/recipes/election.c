/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/election.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/recipes/line.h"
#include "coord/recipes/seat.h"

#define EPOCH_CHANNEL 1

/* What the front does: it reads the epoch and raises it. */
enum task {
    TASK_NONE, /* not at the front */
    TASK_SYNC, /* a read right behind our seat could be older than what the last leader wrote */
    TASK_READ,
    TASK_RAISE,
    TASK_LEAD,
    TASK_STUCK, /* failed */
};

struct election {
    struct seat seat;
    struct line line; /* of the epoch */
    enum task task;
    uint32_t rounds;
    bool is_suspended;
    uint64_t epoch;  /* the one we try for, or lead in */
    int32_t version; /* of the epoch's node as we read it */
    struct fence fence;
    enum coord_error error;
    char *data;
    size_t size;
};

struct election *election_new(const struct election_options *options)
{
    struct election *election = NEW(struct election);

    ASSERT(options->size <= ELECTION_DATA_MAX);
    seat_init(&election->seat, options->number, options->path, SEAT_EXCLUSIVE, options->note,
              options->rng);
    line_init(&election->line, options->number, EPOCH_CHANNEL);
    election->data = mem_alloc(options->size);
    election->size = options->size;
    if (options->size > 0)
        memcpy(election->data, options->data, options->size);
    return election;
}

void election_destroy(struct election **election)
{
    if (*election == NULL)
        return;
    free((*election)->data);
    free(*election);
    *election = NULL;
}

/* ---- the node's content ---- */

bool election_read(const char *data, size_t size, struct election_view *ret_view)
{
    struct election_view view = {.epoch = 0};
    size_t at = 0;

    if (size == 0) {
        *ret_view = view;
        return true;
    }
    for (; at < size && data[at] >= '0' && data[at] <= '9'; at++) {
        if (view.epoch > (uint64_t)INT64_MAX / 10 - 1)
            return false;
        view.epoch = view.epoch * 10 + (uint64_t)(data[at] - '0');
    }
    if (at == 0 || at == size || data[at] != ' ')
        return false;
    const char *end = memchr(data + at, '\n', size - at);
    if (end == NULL)
        return false;
    view.seat = data + at + 1;
    view.seat_size = (size_t)(end - view.seat);
    view.data = end + 1;
    view.size = size - (size_t)(view.data - data);
    *ret_view = view;
    return true;
}

static bool names_our_seat(const struct election *election, const struct election_view *view)
{
    const char *name = election->seat.name;

    return view->seat_size == strlen(name) && memcmp(view->seat, name, view->seat_size) == 0;
}

/* ---- calls ---- */

static void send_raise(struct election *election, struct coord_calls *calls)
{
    struct text text = {.data = NULL};
    char seat[COORD_PATH_MAX];

    seat_path(&election->seat, seat);
    text_add(&text, "%" PRIu64 " %s\n", election->epoch, election->seat.name);
    text_add_bytes(&text, election->data, election->size);
    struct coord_call parts[] = {
        {.kind = COORD_CHECK, .path = seat, .version = COORD_ANY_VERSION},
        {
            .kind = COORD_SET,
            .path = election->seat.directory,
            .data = text_data(&text),
            .size = text_size(&text),
            .version = election->version,
        },
    };
    struct coord_call call = {.kind = COORD_MULTI, .parts = parts, .part_count = COUNT_OF(parts)};
    line_send(&election->line, &call, calls);
    text_done(&text);
}

static void advance(struct election *election, struct coord_calls *calls)
{
    struct coord_call call = {.path = election->seat.directory};

    if (!line_is_free(&election->line))
        return;
    switch (election->task) {
    case TASK_NONE:
    case TASK_LEAD:
    case TASK_STUCK:
        return;
    case TASK_SYNC:
        call.kind = COORD_SYNC;
        line_send(&election->line, &call, calls);
        return;
    case TASK_READ:
        call.kind = COORD_GET;
        line_send(&election->line, &call, calls);
        return;
    case TASK_RAISE:
        send_raise(election, calls);
        return;
    }
}

/* ---- answers about the epoch ---- */

static enum election_verdict fail_with(struct election *election, enum coord_error error)
{
    election->task = TASK_STUCK;
    election->error = error;
    return ELECTION_FAILED;
}

static enum election_verdict win(struct election *election, int32_t version)
{
    election->task = TASK_LEAD;
    election->rounds = 0;
    election->fence = (struct fence){.version = version, .epoch = election->epoch};
    memcpy(election->fence.path, election->seat.directory, sizeof election->fence.path);
    return ELECTION_WON;
}

static enum election_verdict answer_read(struct election *election, const struct coord_event *event)
{
    struct election_view view;

    if (event->error != COORD_OK)
        return fail_with(election, event->error);
    if (!election_read(event->data, event->size, &view))
        return fail_with(election, COORD_DATA_INCONSISTENCY);
    if (view.epoch > 0 && names_our_seat(election, &view)) {
        election->epoch = view.epoch; /* raised, and the answer was lost */
        return win(election, event->stat.version);
    }
    election->epoch = view.epoch + 1;
    election->version = event->stat.version;
    election->task = TASK_RAISE;
    return ELECTION_NO_NEWS;
}

static enum election_verdict answer_raise(struct election *election,
                                          const struct coord_event *event)
{
    if (event->error == COORD_OK)
        return win(election, (int32_t)((uint32_t)election->version + 1));
    if (++election->rounds > ELECTION_ROUNDS_MAX ||
        (event->error != COORD_BAD_VERSION && event->error != COORD_NO_NODE))
        return fail_with(election, event->error);
    /* With NO_NODE our seat is gone, and its watch will say so. */
    election->task = event->error == COORD_BAD_VERSION ? TASK_SYNC : TASK_NONE;
    return ELECTION_NO_NEWS;
}

static enum election_verdict answer(struct election *election, const struct coord_event *event)
{
    switch (election->task) {
    case TASK_NONE:
    case TASK_LEAD:
    case TASK_STUCK:
        break;
    case TASK_SYNC:
        if (event->error != COORD_OK)
            return fail_with(election, event->error);
        election->task = TASK_READ;
        break;
    case TASK_READ:
        return answer_read(election, event);
    case TASK_RAISE:
        return answer_raise(election, event);
    }
    return ELECTION_NO_NEWS;
}

/* ---- steps ---- */

static void leave_front(struct election *election)
{
    election->task = TASK_NONE;
    election->rounds = 0;
    election->is_suspended = false;
    line_drop_call(&election->line);
}

static enum election_verdict follow_seat(struct election *election, enum seat_verdict verdict)
{
    bool has_led = election->task == TASK_LEAD;

    switch (verdict) {
    case SEAT_NO_NEWS:
        break;
    case SEAT_FRONT:
        election->task = TASK_SYNC;
        break;
    case SEAT_LOST:
        leave_front(election);
        return has_led ? ELECTION_LOST : ELECTION_NO_NEWS;
    case SEAT_LEFT:
        leave_front(election);
        return ELECTION_RESIGNED;
    case SEAT_FAILED:
        election->error = election->seat.error;
        return ELECTION_FAILED;
    }
    return ELECTION_NO_NEWS;
}

static enum election_verdict suspend(struct election *election)
{
    if (election->task != TASK_LEAD || election->is_suspended)
        return ELECTION_NO_NEWS;
    election->is_suspended = true;
    return ELECTION_SUSPENDED;
}

static enum election_verdict resume(struct election *election)
{
    if (!election->is_suspended)
        return ELECTION_NO_NEWS;
    election->is_suspended = false;
    return ELECTION_RESUMED;
}

static enum election_verdict follow_line(struct election *election, const struct coord_event *event)
{
    switch (line_step(&election->line, event)) {
    case LINE_ANSWERED:
        return answer(election, event);
    case LINE_LOST:
        if (election->task == TASK_RAISE)
            election->task = TASK_SYNC;
        break;
    case LINE_BACK:
        return resume(election);
    case LINE_AWAY:
        return suspend(election);
    case LINE_OVER: /* the seat says it, too */
    case LINE_QUIET:
    case LINE_CHANGED:
        break;
    }
    return ELECTION_NO_NEWS;
}

enum election_verdict election_step(struct election *election, const struct coord_event *event,
                                    struct coord_calls *calls)
{
    enum election_verdict of_seat = follow_seat(election, seat_step(&election->seat, event, calls));
    enum election_verdict of_line = follow_line(election, event);

    advance(election, calls);
    return of_seat != ELECTION_NO_NEWS ? of_seat : of_line;
}

void election_start(struct election *election, struct coord_calls *calls)
{
    seat_take(&election->seat, calls);
}

bool election_resign(struct election *election, struct coord_calls *calls)
{
    leave_front(election);
    return seat_leave(&election->seat, calls);
}

void election_retry(struct election *election, struct coord_calls *calls)
{
    if (election->task == TASK_STUCK) {
        election->task = TASK_SYNC;
        election->rounds = 0;
    }
    if (election->seat.is_stuck)
        seat_retry(&election->seat, calls);
    advance(election, calls);
}

/* ---- queries ---- */

bool election_is_leader(const struct election *election)
{
    return election->task == TASK_LEAD && !election->is_suspended;
}

const struct fence *election_fence(const struct election *election)
{
    return election_is_leader(election) ? &election->fence : NULL;
}

uint64_t election_epoch(const struct election *election)
{
    return election->fence.epoch;
}

enum coord_error election_error(const struct election *election)
{
    return election->error;
}
