/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/assignment_state.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"

void assignment_state_done(struct assignment_state *assignment)
{
    for (size_t i = 0; i < assignment->worker_count; i++) {
        free(assignment->workers[i].supervisor);
        free(assignment->workers[i].executors);
    }
    free(assignment->workers);
    free(assignment->topology);
    *assignment = (struct assignment_state){.topology = NULL};
}

/* ---- encoding ---- */

static json_t *encode_run(uint32_t first, uint32_t last)
{
    json_t *run = json_array();

    fields_append(run, json_integer(first));
    fields_append(run, json_integer(last));
    return run;
}

static json_t *encode_executors(const struct assignment_worker *worker)
{
    json_t *runs = json_array();
    size_t begin = 0;

    for (size_t i = 1; i <= worker->executor_count; i++) {
        if (i < worker->executor_count && worker->executors[i] == worker->executors[i - 1] + 1)
            continue;
        fields_append(runs, encode_run(worker->executors[begin], worker->executors[i - 1]));
        begin = i;
    }
    return runs;
}

static char *encode(const struct assignment_state *assignment, uint64_t epoch)
{
    json_t *object = fields_new(ASSIGNMENT_STATE_VERSION);
    json_t *workers = json_array();

    for (size_t i = 0; i < assignment->worker_count; i++) {
        json_t *worker = json_object();
        fields_put_text(worker, "supervisor", assignment->workers[i].supervisor);
        fields_put_number(worker, "slot", assignment->workers[i].slot);
        fields_put(worker, "executors", encode_executors(&assignment->workers[i]));
        fields_append(workers, worker);
    }
    fields_put_text(object, "topology", assignment->topology);
    fields_put_number(object, "epoch", epoch);
    fields_put(object, "workers", workers);
    return fields_finish(object);
}

char *assignment_state_encode(const struct assignment_state *assignment)
{
    return encode(assignment, assignment->epoch);
}

/* ---- decoding ---- */

struct run {
    uint32_t first;
    uint32_t last;
};

/* False for what is no pair of numbers in ascending order and range. */
static bool read_run(const json_t *json, struct run *ret_run)
{
    const json_t *first = json_array_get(json, 0);
    const json_t *last = json_array_get(json, 1);

    if (json_array_size(json) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return false;
    if (json_integer_value(first) < 0 ||
        json_integer_value(last) >= ASSIGNMENT_STATE_EXECUTORS_MAX ||
        json_integer_value(first) > json_integer_value(last))
        return false;
    *ret_run = (struct run){.first = (uint32_t)json_integer_value(first),
                            .last = (uint32_t)json_integer_value(last)};
    return true;
}

/* Which executors were seen so far. */
struct seen {
    bool executors[ASSIGNMENT_STATE_EXECUTORS_MAX];
};

/* Ascending and disjoint runs; the worker has room for all executors there can be. */
static bool add_run(struct assignment_worker *worker, struct run run, struct seen *seen)
{
    if (worker->executor_count > 0 && worker->executors[worker->executor_count - 1] >= run.first)
        return false;
    for (uint32_t executor = run.first; executor <= run.last; executor++) {
        if (seen->executors[executor])
            return false;
        seen->executors[executor] = true;
        worker->executors[worker->executor_count++] = executor;
    }
    return true;
}

static void decode_executors(struct fields *fields, const json_t *object,
                             struct assignment_worker *worker, struct seen *seen)
{
    json_t *list = fields_list(fields, object, "executors", ASSIGNMENT_STATE_EXECUTORS_MAX);
    uint32_t *room = NEW_ARRAY(uint32_t, ASSIGNMENT_STATE_EXECUTORS_MAX);
    struct run run;

    worker->executors = room;
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!read_run(json_array_get(list, i), &run))
            fields_refuse(fields, ERR_CORRUPT, "executors", "has a run that is none");
        else if (!add_run(worker, run, seen))
            fields_refuse(fields, ERR_CORRUPT, "executors", "names one twice, or out of order");
    }
    if (worker->executor_count == 0)
        fields_refuse(fields, ERR_CORRUPT, "executors", "is empty");
    worker->executors = mem_resize(room, worker->executor_count, sizeof *room);
}

static void decode_workers(struct fields *fields, struct assignment_state *assignment)
{
    json_t *list = fields_list(fields, fields->root, "workers", ASSIGNMENT_STATE_WORKERS_MAX);
    size_t count = json_array_size(list);
    struct seen *seen = NEW(struct seen);

    assignment->workers = NEW_ARRAY(struct assignment_worker, count);
    while (assignment->worker_count < count && fields->err == ERR_OK) {
        const json_t *object = json_array_get(list, assignment->worker_count);
        struct assignment_worker *worker = &assignment->workers[assignment->worker_count++];

        worker->supervisor = fields_id(fields, object, "supervisor");
        worker->slot =
            (uint32_t)fields_number(fields, object, "slot", SUPERVISOR_STATE_SLOTS_MAX - 1);
        decode_executors(fields, object, worker, seen);
    }
    free(seen);
}

struct place {
    const char *supervisor;
    uint32_t slot;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *first = a;
    const struct place *second = b;
    int order = strcmp(first->supervisor, second->supervisor);

    if (order != 0)
        return order;
    return first->slot < second->slot ? -1 : first->slot > second->slot;
}

static void check_places(struct fields *fields, const struct assignment_state *assignment)
{
    size_t count = assignment->worker_count;
    struct place *places = NEW_ARRAY(struct place, count);

    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){.supervisor = assignment->workers[i].supervisor,
                                   .slot = assignment->workers[i].slot};
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 1; i < count; i++)
        if (compare_places(&places[i - 1], &places[i]) == 0)
            fields_refuse(fields, ERR_CORRUPT, "workers", "has a slot twice");
    free(places);
}

enum err assignment_state_decode(const char *data, size_t size,
                                 struct assignment_state *ret_assignment, struct error *error)
{
    struct fields fields;

    fields_open(&fields, "assignment", ASSIGNMENT_STATE_VERSION, data, size, error);
    struct assignment_state assignment = {
        .topology = fields_id(&fields, fields.root, "topology"),
        .epoch = fields_number(&fields, fields.root, "epoch", INT64_MAX),
    };
    decode_workers(&fields, &assignment);
    check_places(&fields, &assignment);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        assignment_state_done(&assignment);
    else
        *ret_assignment = assignment;
    return err;
}

const struct assignment_worker *assignment_state_find(const struct assignment_state *assignment,
                                                      uint32_t executor)
{
    for (size_t i = 0; i < assignment->worker_count; i++)
        for (size_t j = 0; j < assignment->workers[i].executor_count; j++)
            if (assignment->workers[i].executors[j] == executor)
                return &assignment->workers[i];
    return NULL;
}

/* ---- writes of the leader ---- */

static enum err send(const struct fence *fence, const struct assignment_state *assignment,
                     struct coord_call part, uint64_t tag, struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = encode(assignment, fence->epoch);
    struct path path = paths_assignment(assignment->topology);

    part.path = path.text;
    part.data = text;
    part.size = strlen(text);
    if (part.size > COORD_DATA_MAX_BYTES)
        return ERR_LIMIT;
    fence_send(fence, &part, 1, tag, calls);
    return ERR_OK;
}

enum err assignment_state_create(const struct fence *fence,
                                 const struct assignment_state *assignment, uint64_t tag,
                                 struct coord_calls *calls)
{
    struct coord_call part = {.kind = COORD_CREATE, .mode = COORD_PERSISTENT};

    return send(fence, assignment, part, tag, calls);
}

enum err assignment_state_set(const struct fence *fence, const struct assignment_state *assignment,
                              int32_t version, uint64_t tag, struct coord_calls *calls)
{
    struct coord_call part = {.kind = COORD_SET, .version = version};

    return send(fence, assignment, part, tag, calls);
}

void assignment_state_delete(const struct fence *fence, const char *topology, int32_t version,
                             uint64_t tag, struct coord_calls *calls)
{
    struct path path = paths_assignment(topology);
    struct coord_call part = {.kind = COORD_DELETE, .path = path.text, .version = version};

    fence_send(fence, &part, 1, tag, calls);
}
