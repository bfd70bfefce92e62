/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/seat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define GUID_SIZE    16
#define NUMBER_BEGIN (GUID_SIZE + 3) /* "<guid>-x-" */

static char kind_letter(enum seat_kind kind)
{
    return kind == SEAT_SHARED ? 's' : 'x';
}

static void draw_guid(struct seat *seat)
{
    int size = snprintf(seat->guid, sizeof seat->guid, "%016" PRIx64, rng_next(&seat->rng));
    ASSERT(size == GUID_SIZE);
    seat->name[0] = '\0';
    seat->may_exist = false;
}

void seat_init(struct seat *seat, uint32_t number, const char *directory, enum seat_kind kind,
               const char *note, struct rng *rng)
{
    ASSERT(strlen(directory) + 1 + SEAT_NAME_MAX <= COORD_PATH_MAX);
    *seat = (struct seat){.kind = kind};
    line_init(&seat->line, number, 0);
    rng_init(&seat->rng, rng_next(rng));
    (void)snprintf(seat->directory, sizeof seat->directory, "%s", directory);
    (void)snprintf(seat->note, sizeof seat->note, "%s", note);
}

static void join(const struct seat *seat, const char *name, char ret_path[COORD_PATH_MAX])
{
    int size = snprintf(ret_path, COORD_PATH_MAX, "%s/%s", seat->directory, name);
    ASSERT(size > 0 && size < COORD_PATH_MAX);
}

void seat_path(const struct seat *seat, char ret_path[COORD_PATH_MAX])
{
    ASSERT(seat->name[0] != '\0');
    join(seat, seat->name, ret_path);
}

/* ---- names ---- */

/* False for a name that is not a seat's: somebody else's node, which blocks nobody. */
static bool read_name(const char *name, char *ret_kind, uint32_t *ret_number)
{
    size_t size = strlen(name);
    char *end = NULL;

    if (size <= NUMBER_BEGIN || size >= SEAT_NAME_MAX || name[GUID_SIZE] != '-' ||
        name[GUID_SIZE + 2] != '-')
        return false;
    long number = strtol(name + NUMBER_BEGIN, &end, 10);
    if (*end != '\0' || number < INT32_MIN || number > INT32_MAX)
        return false;
    *ret_kind = name[GUID_SIZE + 1];
    *ret_number = (uint32_t)number;
    return true;
}

/* The server's numbers are 32 bits wide and go round. */
static bool is_before(uint32_t number, uint32_t other)
{
    return (int32_t)(number - other) < 0;
}

static bool has_guid(const char *name, const char *guid)
{
    return strncmp(name, guid, GUID_SIZE) == 0;
}

static const char *find_own(const struct seat *seat, const struct coord_event *list)
{
    for (size_t i = 0; i < list->child_count; i++) {
        char kind = 0;
        uint32_t number = 0;

        if (has_guid(list->children[i], seat->guid) && read_name(list->children[i], &kind, &number))
            return list->children[i];
    }
    return NULL;
}

/* The nearest seat before ours that blocks us, or our own. */
static const char *find_blocker(const struct seat *seat, const struct coord_event *list)
{
    const char *blocker = seat->name;
    char kind = 0;
    uint32_t own = 0;
    uint32_t nearest = 0;
    bool is_known = read_name(seat->name, &kind, &own);

    ASSERT(is_known);
    for (size_t i = 0; i < list->child_count; i++) {
        uint32_t number = 0;

        if (!read_name(list->children[i], &kind, &number) || !is_before(number, own))
            continue;
        if (seat->kind == SEAT_SHARED && kind == kind_letter(SEAT_SHARED))
            continue;
        if (blocker == seat->name || is_before(nearest, number)) {
            blocker = list->children[i];
            nearest = number;
        }
    }
    return blocker;
}

/* ---- calls ---- */

static void send_create(struct seat *seat, struct coord_calls *calls)
{
    char name[SEAT_NAME_MAX];
    char path[COORD_PATH_MAX];

    (void)snprintf(name, sizeof name, "%s-%c-", seat->guid, kind_letter(seat->kind));
    join(seat, name, path);
    struct coord_call call = {
        .kind = COORD_CREATE,
        .mode = COORD_EPHEMERAL_SEQUENTIAL,
        .path = path,
        .data = seat->note,
        .size = strlen(seat->note),
    };
    seat->may_exist = true;
    line_send(&seat->line, &call, calls);
}

static void send_on_directory(struct seat *seat, enum coord_call_kind kind,
                              struct coord_calls *calls)
{
    struct coord_call call = {.kind = kind, .path = seat->directory};

    line_send(&seat->line, &call, calls);
}

static void send_watch(struct seat *seat, struct coord_calls *calls)
{
    char path[COORD_PATH_MAX];

    join(seat, seat->blocker, path);
    struct coord_call call = {.kind = COORD_GET, .path = path, .watch = true};
    line_send(&seat->line, &call, calls);
}

static void send_delete(struct seat *seat, struct coord_calls *calls)
{
    char path[COORD_PATH_MAX];

    seat_path(seat, path);
    struct coord_call call = {.kind = COORD_DELETE, .path = path, .version = COORD_ANY_VERSION};
    line_send(&seat->line, &call, calls);
}

static void send_create_or_parent(struct seat *seat, struct coord_calls *calls)
{
    if (parents_are_missing(&seat->parents)) {
        char path[COORD_PATH_MAX];

        join(seat, seat->guid, path);
        parents_send(&seat->parents, path, &seat->line, calls);
    } else {
        send_create(seat, calls);
    }
}

static void advance(struct seat *seat, struct coord_calls *calls)
{
    if (!line_is_free(&seat->line) || seat->is_stuck)
        return;
    if (seat->task == SEAT_TASK_REST && !line_has_watch(&seat->line))
        seat->task = SEAT_TASK_LIST;
    switch (seat->task) {
    case SEAT_TASK_NONE:
    case SEAT_TASK_REST:
        return;
    case SEAT_TASK_CREATE:
        send_create_or_parent(seat, calls);
        return;
    case SEAT_TASK_SYNC:
        send_on_directory(seat, COORD_SYNC, calls);
        return;
    case SEAT_TASK_LIST:
        send_on_directory(seat, COORD_CHILDREN, calls);
        return;
    case SEAT_TASK_WATCH:
        send_watch(seat, calls);
        return;
    case SEAT_TASK_DELETE:
        send_delete(seat, calls);
        return;
    }
}

/* ---- answers ---- */

static enum seat_verdict fail_with(struct seat *seat, enum coord_error error)
{
    seat->is_stuck = true;
    seat->error = error;
    return SEAT_FAILED;
}

/* There is no node of ours. */
static enum seat_verdict begin_anew(struct seat *seat)
{
    bool was_front = seat->is_front;
    bool was_leaving = seat->is_leaving;

    draw_guid(seat);
    parents_rest(&seat->parents);
    line_drop_watch(&seat->line);
    seat->is_front = false;
    seat->is_stuck = false;
    seat->is_leaving = false;
    seat->task = seat->is_wanted ? SEAT_TASK_CREATE : SEAT_TASK_NONE;
    if (was_leaving)
        return SEAT_LEFT;
    return was_front ? SEAT_LOST : SEAT_NO_NEWS;
}

static void learn_name(struct seat *seat, const char *name)
{
    if (name != seat->name)
        (void)snprintf(seat->name, sizeof seat->name, "%s", name);
    seat->may_exist = false;
    parents_rest(&seat->parents);
}

static enum seat_verdict answer_parent(struct seat *seat, const struct coord_event *event)
{
    char path[COORD_PATH_MAX];

    join(seat, seat->guid, path);
    if (!parents_answer(&seat->parents, path, event->error))
        return fail_with(seat, event->error);
    return SEAT_NO_NEWS;
}

static enum seat_verdict refuse_create(struct seat *seat, enum coord_error error)
{
    char path[COORD_PATH_MAX];

    seat->may_exist = false;
    if (seat->is_leaving)
        return begin_anew(seat);
    join(seat, seat->guid, path);
    if (error == COORD_NO_NODE && parents_begin(&seat->parents, path))
        return SEAT_NO_NEWS;
    return fail_with(seat, error);
}

static enum seat_verdict answer_create(struct seat *seat, const struct coord_event *event)
{
    if (parents_are_missing(&seat->parents))
        return answer_parent(seat, event);
    if (event->error != COORD_OK)
        return refuse_create(seat, event->error);

    const char *slash = event->path == NULL ? NULL : strrchr(event->path, '/');
    if (slash == NULL) {
        seat->task = SEAT_TASK_SYNC; /* made, but not told under which name */
        return SEAT_NO_NEWS;
    }
    learn_name(seat, slash + 1);
    seat->task = seat->is_leaving ? SEAT_TASK_DELETE : SEAT_TASK_LIST;
    return SEAT_NO_NEWS;
}

static enum seat_verdict answer_list(struct seat *seat, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(seat, event->error);

    const char *own = find_own(seat, event);
    if (own == NULL)
        return begin_anew(seat);
    learn_name(seat, own);
    if (seat->is_leaving) {
        seat->task = SEAT_TASK_DELETE;
        return SEAT_NO_NEWS;
    }
    (void)snprintf(seat->blocker, sizeof seat->blocker, "%s", find_blocker(seat, event));
    seat->task = SEAT_TASK_WATCH;
    return SEAT_NO_NEWS;
}

static enum seat_verdict answer_watch(struct seat *seat, const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE) {
        seat->task = SEAT_TASK_LIST;
        return SEAT_NO_NEWS;
    }
    if (event->error != COORD_OK)
        return fail_with(seat, event->error);
    seat->task = SEAT_TASK_REST;
    if (strcmp(seat->blocker, seat->name) != 0 || seat->is_front)
        return SEAT_NO_NEWS;
    seat->is_front = true;
    seat->czxid = event->stat.czxid;
    return SEAT_FRONT;
}

static enum seat_verdict answer_delete(struct seat *seat, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(seat, event->error);
    return begin_anew(seat);
}

static enum seat_verdict answer(struct seat *seat, const struct coord_event *event)
{
    switch (seat->task) {
    case SEAT_TASK_NONE:
    case SEAT_TASK_REST:
        break;
    case SEAT_TASK_CREATE:
        return answer_create(seat, event);
    case SEAT_TASK_SYNC:
        if (event->error != COORD_OK && event->error != COORD_NO_NODE)
            return fail_with(seat, event->error);
        seat->task = SEAT_TASK_LIST;
        break;
    case SEAT_TASK_LIST:
        return answer_list(seat, event);
    case SEAT_TASK_WATCH:
        return answer_watch(seat, event);
    case SEAT_TASK_DELETE:
        return answer_delete(seat, event);
    }
    return SEAT_NO_NEWS;
}

static void lose(struct seat *seat)
{
    if (seat->task == SEAT_TASK_CREATE && !parents_are_missing(&seat->parents))
        seat->task = SEAT_TASK_SYNC;
}

/* The node is gone with the session. A create that we sent before we heard of its end is not done in
 * the next one over coord/client.h. But if it was, that node would block everybody for ever, so it is
 * looked for. */
static enum seat_verdict end_session(struct seat *seat)
{
    if (seat->task == SEAT_TASK_NONE)
        return SEAT_NO_NEWS;
    if (!seat->may_exist)
        return begin_anew(seat);
    seat->is_stuck = false;
    seat->task = SEAT_TASK_SYNC;
    return SEAT_NO_NEWS;
}

enum seat_verdict seat_step(struct seat *seat, const struct coord_event *event,
                            struct coord_calls *calls)
{
    enum seat_verdict verdict = SEAT_NO_NEWS;

    switch (line_step(&seat->line, event)) {
    case LINE_QUIET:
        return SEAT_NO_NEWS;
    case LINE_OVER:
        verdict = end_session(seat);
        break;
    case LINE_ANSWERED:
        verdict = answer(seat, event);
        break;
    case LINE_LOST:
        lose(seat);
        break;
    case LINE_BACK:
    case LINE_AWAY:
    case LINE_CHANGED:
        break;
    }
    advance(seat, calls);
    return verdict;
}

/* ---- orders ---- */

void seat_take(struct seat *seat, struct coord_calls *calls)
{
    if (seat->is_wanted)
        return;
    seat->is_wanted = true;
    if (seat->task == SEAT_TASK_NONE) {
        draw_guid(seat);
        seat->task = SEAT_TASK_CREATE;
    }
    advance(seat, calls);
}

bool seat_leave(struct seat *seat, struct coord_calls *calls)
{
    if (!seat->is_wanted)
        return seat->task == SEAT_TASK_NONE;
    seat->is_wanted = false;
    seat->is_leaving = true;
    seat->is_front = false;
    seat->is_stuck = false;
    line_drop_watch(&seat->line);
    if (seat->name[0] != '\0') {
        line_drop_call(&seat->line); /* a read */
        seat->task = SEAT_TASK_DELETE;
    } else if (!seat->may_exist) {
        line_drop_call(&seat->line); /* of a parent, or none */
        parents_rest(&seat->parents);
        seat->is_leaving = false;
        seat->task = SEAT_TASK_NONE;
    }
    advance(seat, calls);
    return seat->task == SEAT_TASK_NONE;
}

void seat_retry(struct seat *seat, struct coord_calls *calls)
{
    seat->is_stuck = false;
    parents_rest(&seat->parents);
    advance(seat, calls);
}
