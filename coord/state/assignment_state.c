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
    free(assignment->executors);
    free(assignment->topology);
    *assignment = (struct assignment_state){.topology = NULL};
}

static uint32_t *copy_numbers(const uint32_t *numbers, size_t count)
{
    uint32_t *copy = NEW_ARRAY(uint32_t, count);

    for (size_t i = 0; i < count; i++)
        copy[i] = numbers[i];
    return copy;
}

struct assignment_state assignment_state_copy(const struct assignment_state *assignment)
{
    struct assignment_state copy = *assignment;

    copy.topology = mem_copy_text(assignment->topology);
    copy.executors = copy_numbers(assignment->executors, assignment->component_count);
    copy.workers = NEW_ARRAY(struct assignment_worker, assignment->worker_count);
    for (size_t i = 0; i < assignment->worker_count; i++) {
        const struct assignment_worker *from = &assignment->workers[i];
        copy.workers[i] = *from;
        copy.workers[i].supervisor = mem_copy_text(from->supervisor);
        copy.workers[i].executors = copy_numbers(from->executors, from->executor_count);
    }
    return copy;
}

/* ---- encoding ---- */

static json_t *encode_run(uint32_t first, uint32_t last)
{
    json_t *run = json_array();

    fields_append(run, json_integer(first));
    fields_append(run, json_integer(last));
    return run;
}

static json_t *encode_runs(const struct assignment_worker *worker)
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

static json_t *encode_workers(const struct assignment_state *assignment)
{
    json_t *workers = json_array();

    for (size_t i = 0; i < assignment->worker_count; i++) {
        json_t *worker = json_object();
        fields_put_text(worker, "supervisor", assignment->workers[i].supervisor);
        fields_put_number(worker, "slot", assignment->workers[i].slot);
        fields_put_number(worker, "loops", assignment->workers[i].loops);
        fields_put(worker, "executors", encode_runs(&assignment->workers[i]));
        fields_append(workers, worker);
    }
    return workers;
}

static char *encode(const struct assignment_state *assignment, uint64_t epoch)
{
    json_t *object = fields_new(ASSIGNMENT_STATE_VERSION);
    json_t *executors = json_array();

    for (size_t i = 0; i < assignment->component_count; i++)
        fields_append(executors, json_integer(assignment->executors[i]));
    fields_put_text(object, "topology", assignment->topology);
    fields_put_number(object, "epoch", epoch);
    fields_put_number(object, "assignment", assignment->version);
    fields_put(object, "executors", executors);
    fields_put(object, "workers", encode_workers(assignment));
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

/* False for what is no pair of numbers in ascending order, below the limit. */
static bool read_run(const json_t *json, uint32_t limit, struct run *ret_run)
{
    const json_t *first = json_array_get(json, 0);
    const json_t *last = json_array_get(json, 1);

    if (json_array_size(json) != 2 || !json_is_integer(first) || !json_is_integer(last))
        return false;
    if (json_integer_value(first) < 0 || json_integer_value(last) >= limit ||
        json_integer_value(first) > json_integer_value(last))
        return false;
    *ret_run = (struct run){.first = (uint32_t)json_integer_value(first),
                            .last = (uint32_t)json_integer_value(last)};
    return true;
}

/* Those of each component; returns how many there are in all. */
static uint32_t decode_executors(struct fields *fields, struct assignment_state *assignment)
{
    json_t *list = fields_list(fields, fields->root, "executors", ASSIGNMENT_STATE_COMPONENTS_MAX);
    uint32_t sum = 0;

    assignment->component_count = json_array_size(list);
    assignment->executors = NEW_ARRAY(uint32_t, assignment->component_count);
    for (size_t i = 0; i < assignment->component_count; i++) {
        const json_t *number = json_array_get(list, i);
        json_int_t executors = json_integer_value(number);

        if (!json_is_integer(number) || executors < 0) {
            fields_refuse(fields, ERR_CORRUPT, "executors",
                          "has what is not a number of 0 or more");
            return 0;
        }
        if (executors > ASSIGNMENT_STATE_EXECUTORS_MAX - (json_int_t)sum) {
            fields_refuse(fields, ERR_LIMIT, "executors", "are too many");
            return 0;
        }
        assignment->executors[i] = (uint32_t)executors;
        sum += (uint32_t)executors;
    }
    if (sum == 0)
        fields_refuse(fields, ERR_CORRUPT, "executors", "come to none");
    return sum;
}

/* Which executors were seen so far. */
struct seen {
    uint32_t count; /* that there are */
    bool executors[ASSIGNMENT_STATE_EXECUTORS_MAX];
};

/* Ascending and disjoint runs; the worker has room for all executors there are. */
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

static void decode_runs(struct fields *fields, const json_t *object,
                        struct assignment_worker *worker, struct seen *seen)
{
    json_t *list = fields_list(fields, object, "executors", ASSIGNMENT_STATE_EXECUTORS_MAX);
    uint32_t *room = NEW_ARRAY(uint32_t, seen->count);
    struct run run;

    worker->executors = room;
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!read_run(json_array_get(list, i), seen->count, &run))
            fields_refuse(fields, ERR_CORRUPT, "executors", "has a run that is none");
        else if (!add_run(worker, run, seen))
            fields_refuse(fields, ERR_CORRUPT, "executors", "names one twice, or out of order");
    }
    if (worker->executor_count == 0)
        fields_refuse(fields, ERR_CORRUPT, "executors", "is empty");
    worker->executors = mem_resize(room, worker->executor_count, sizeof *room);
}

static void decode_worker(struct fields *fields, const json_t *object,
                          struct assignment_worker *worker, struct seen *seen)
{
    worker->supervisor = fields_id(fields, object, "supervisor");
    worker->slot = (uint32_t)fields_number(fields, object, "slot", SUPERVISOR_STATE_SLOTS_MAX - 1);
    worker->loops = (uint32_t)fields_number(fields, object, "loops", ASSIGNMENT_STATE_LOOPS_MAX);
    if (worker->loops == 0)
        fields_refuse(fields, ERR_CORRUPT, "loops", "is 0");
    decode_runs(fields, object, worker, seen);
}

static void decode_workers(struct fields *fields, uint32_t executor_count,
                           struct assignment_state *assignment)
{
    json_t *list = fields_list(fields, fields->root, "workers", ASSIGNMENT_STATE_WORKERS_MAX);
    size_t count = json_array_size(list);
    struct seen *seen = NEW(struct seen);

    seen->count = executor_count;
    assignment->workers = NEW_ARRAY(struct assignment_worker, count);
    while (assignment->worker_count < count && fields->err == ERR_OK) {
        size_t index = assignment->worker_count++;
        decode_worker(fields, json_array_get(list, index), &assignment->workers[index], seen);
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
        .version = fields_number(&fields, fields.root, "assignment", INT64_MAX),
    };
    if (assignment.version == 0)
        fields_refuse(&fields, ERR_CORRUPT, "assignment", "is 0");
    uint32_t executor_count = decode_executors(&fields, &assignment);
    decode_workers(&fields, executor_count, &assignment);
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
