/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/sampling.h"

#include "base/assert.h"

void sampling_init(struct sampling *sampling, uint64_t last_id)
{
    *sampling = (struct sampling){.last_id = last_id};
}

void sampling_done(struct sampling *sampling)
{
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++)
        json_decref(sampling->requests[i].tuples);
    sampling_init(sampling, sampling->last_id);
}

size_t sampling_begin(struct sampling *sampling, uint32_t slot, uint32_t count,
                      uint64_t deadline_ns)
{
    size_t place = 0;

    while (place < SAMPLING_PENDING_MAX && sampling->requests[place].id != 0)
        place++;
    if (place == SAMPLING_PENDING_MAX)
        return SAMPLING_NONE;
    sampling->requests[place] = (struct sampling_request){
        .id = ++sampling->last_id,
        .slot = slot,
        .left = count,
        .deadline_ns = deadline_ns,
        .tuples = json_array(),
    };
    return place;
}

static void clear(struct sampling_request *request)
{
    json_decref(request->tuples);
    *request = (struct sampling_request){.id = 0};
}

void sampling_cancel(struct sampling *sampling, size_t place)
{
    clear(&sampling->requests[place]);
}

static void add(struct sampling_request *request, const struct local_message *message)
{
    size_t count = json_array_size(message->tuples);

    request->was_answered = true;
    request->bytes += message->size;
    for (size_t i = 0; i < count && request->left > 0 && request->bytes <= SAMPLING_BYTES_MAX;
         i++) {
        int status = json_array_append(request->tuples, json_array_get(message->tuples, i));
        ASSERT(status == 0);
        request->left--;
    }
    request->is_over =
        message->is_last || request->left == 0 || request->bytes > SAMPLING_BYTES_MAX;
}

void sampling_take(struct sampling *sampling, uint32_t slot, const struct local_message *message)
{
    ASSERT(message->kind == LOCAL_SAMPLES);
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++) {
        struct sampling_request *request = &sampling->requests[i];
        bool is_meant = request->id != 0 && request->id == message->request;

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

size_t sampling_end(struct sampling *sampling, json_t **ret_tuples)
{
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++) {
        struct sampling_request *request = &sampling->requests[i];

        if (!request->is_over)
            continue;
        *ret_tuples = request->was_answered ? json_incref(request->tuples) : NULL;
        clear(request);
        return i;
    }
    return SAMPLING_NONE;
}
