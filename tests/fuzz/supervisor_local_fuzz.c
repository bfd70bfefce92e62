/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes are a message of a worker or refused with a text; what is accepted is within its bounds,
 * so that it can be used as it is.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/assert.h"
#include "coord/state/errors_state.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"
#include "supervisor/local.h"
#include "supervisor/slot.h"
#include "wire/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is passed on as it is: two levels, and names that are no longer than names. */
static void expect_flat(const json_t *tuple)
{
    json_t *values = json_object_get(tuple, "values");
    const char *field;
    json_t *value;

    ASSERT(paths_id_is_valid(json_string_value(json_object_get(tuple, "component"))));
    ASSERT(json_object_size(tuple) == 7);
    ASSERT(json_object_size(values) <= PLAN_FIELDS_MAX);
    json_object_foreach(values, field, value)
    {
        ASSERT(strlen(field) <= PLAN_NAME_MAX);
        ASSERT(!json_is_object(value) && !json_is_array(value));
    }
}

static void expect_text(const json_t *text)
{
    ASSERT(json_is_null(text) || json_string_length(text) <= 1024);
}

/* Likewise: of a profile names, of stacks objects of texts and numbers. */
static void expect_frames(const json_t *item, bool is_profile)
{
    const json_t *frames = json_object_get(item, "frames");

    ASSERT(json_is_string(json_object_get(item, "thread")));
    ASSERT(json_object_size(item) == (is_profile ? 5 : 6));
    ASSERT(json_array_size(frames) <= 192);
    for (size_t i = 0; i < json_array_size(frames); i++) {
        const json_t *frame = json_array_get(frames, i);
        ASSERT(json_is_string(frame) == is_profile);
        expect_text(is_profile ? frame : json_object_get(frame, "function"));
        ASSERT(is_profile || json_object_size(frame) == 5);
    }
}

static void expect_found(const struct local_message *message)
{
    ASSERT(json_is_array(message->items));
    ASSERT(json_array_size(message->items) <= LOCAL_FOUND_MAX);
    for (size_t i = 0; i < json_array_size(message->items); i++)
        expect_frames(json_array_get(message->items, i), message->kind == LOCAL_PROFILE);
}

static void expect_bounds(const struct local_message *message)
{
    switch (message->kind) {
    case LOCAL_HELLO:
        ASSERT(paths_id_is_valid(message->topology));
        ASSERT(message->slot < SUPERVISOR_STATE_SLOTS_MAX);
        ASSERT(message->pid >= 0);
        return;
    case LOCAL_BOUND:
        ASSERT(strlen(message->address) < SLOT_ADDRESS_MAX);
        return;
    case LOCAL_BEAT:
        ASSERT(message->phase[0] != '\0' && strlen(message->phase) < SLOT_PHASE_MAX);
        return;
    case LOCAL_ERROR:
        ASSERT(paths_id_is_valid(message->component));
        ASSERT(message->task < ERRORS_STATE_TASKS_MAX);
        return;
    case LOCAL_ENDED:
        return;
    case LOCAL_SAMPLES:
        ASSERT(json_is_array(message->items));
        ASSERT(json_array_size(message->items) <= LOCAL_SAMPLES_MAX);
        for (size_t i = 0; i < json_array_size(message->items); i++)
            expect_flat(json_array_get(message->items, i));
        return;
    case LOCAL_STACKS:
    case LOCAL_PROFILE:
        expect_found(message);
        return;
    }
    UNREACHABLE();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct local_message message;
    struct error error = {.code = ERR_OK};
    enum err err = local_decode((const char *)data, size, &message, &error);

    ASSERT((err == ERR_OK) == (error.text[0] == '\0'));
    if (err != ERR_OK)
        return 0;
    expect_bounds(&message);
    local_message_done(&message);
    return 0;
}
