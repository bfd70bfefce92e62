/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/sampling.h"

#include "base/assert.h"

void sampling_init(struct sampling *sampling, uint64_t last_id)
{
    *sampling = (struct sampling){.last_id = last_id};
}

static void clear(struct sampling_request *request)
{
    json_decref(request->items);
    json_decref(request->facts);
    *request = (struct sampling_request){.id = 0};
}

void sampling_done(struct sampling *sampling)
{
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++)
        clear(&sampling->requests[i]);
    sampling_init(sampling, sampling->last_id);
}

size_t sampling_begin(struct sampling *sampling, const struct sampling_wanted *wanted,
                      uint64_t deadline_ns)
{
    size_t place = 0;

    while (place < SAMPLING_PENDING_MAX && sampling->requests[place].id != 0)
        place++;
    if (place == SAMPLING_PENDING_MAX)
        return SAMPLING_NONE;
    sampling->requests[place] = (struct sampling_request){
        .id = ++sampling->last_id,
        .kind = wanted->kind,
        .slot = wanted->slot,
        .left = wanted->count,
        .deadline_ns = deadline_ns,
        .items = json_array(),
        .facts = json_object(),
    };
    return place;
}

void sampling_cancel(struct sampling *sampling, size_t place)
{
    clear(&sampling->requests[place]);
}

static void put(json_t *facts, const char *name, json_t *value)
{
    int status = json_object_set_new(facts, name, value);

    ASSERT(status == 0);
}

static void keep_facts(struct sampling_request *request, const struct local_message *message)
{
    if (message->fault != NULL)
        put(request->facts, "fault", json_string(message->fault));
    if (message->kind != LOCAL_PROFILE)
        return;
    put(request->facts, "samples", json_integer((json_int_t)message->samples));
    put(request->facts, "dropped", json_integer((json_int_t)message->dropped));
    put(request->facts, "ms", json_integer((json_int_t)message->ms));
    put(request->facts, "hz", json_integer((json_int_t)message->hz));
}

static void add(struct sampling_request *request, const struct local_message *message)
{
    size_t count = json_array_size(message->items);

    request->bytes += message->size;
    for (size_t i = 0; i < count && request->left > 0 && request->bytes <= SAMPLING_BYTES_MAX;
         i++) {
        int status = json_array_append(request->items, json_array_get(message->items, i));
        ASSERT(status == 0);
        request->left--;
    }
    if (message->kind == LOCAL_SAMPLES || message->is_last)
        request->was_answered = true;
    if (message->is_last)
        keep_facts(request, message);
    request->is_over =
        message->is_last || request->left == 0 || request->bytes > SAMPLING_BYTES_MAX;
}

void sampling_take(struct sampling *sampling, uint32_t slot, const struct local_message *message)
{
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++) {
        struct sampling_request *request = &sampling->requests[i];
        bool is_meant =
            request->id != 0 && request->id == message->request && request->kind == message->kind;

        if (is_meant && request->slot == slot && !request->is_over)
            add(request, message);
    }
}

void sampling_lose(struct sampling *sampling, uint32_t slot)
{
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++) {
        if (sampling->requests[i].id != 0 && sampling->requests[i].slot == slot)
            sampling->requests[i].is_over = true;
    }
}

uint64_t sampling_tick(struct sampling *sampling, uint64_t now_ns)
{
    uint64_t due_ns = UINT64_MAX;

    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++) {
        struct sampling_request *request = &sampling->requests[i];

        if (request->id == 0 || request->is_over)
            continue;
        request->is_over = request->deadline_ns <= now_ns;
        if (!request->is_over && request->deadline_ns < due_ns)
            due_ns = request->deadline_ns;
    }
    return due_ns;
}

size_t sampling_end(struct sampling *sampling, struct sampling_answer *ret_answer)
{
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++) {
        struct sampling_request *request = &sampling->requests[i];

        if (!request->is_over)
            continue;
        *ret_answer = (struct sampling_answer){
            .kind = request->kind,
            .items = request->was_answered ? json_incref(request->items) : NULL,
            .facts = json_incref(request->facts),
        };
        clear(request);
        return i;
    }
    return SAMPLING_NONE;
}

void sampling_answer_done(struct sampling_answer *answer)
{
    json_decref(answer->items);
    json_decref(answer->facts);
    *answer = (struct sampling_answer){.items = NULL};
}
