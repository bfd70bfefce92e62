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
        ASSERT(json_is_array(message->tuples));
        ASSERT(json_array_size(message->tuples) <= LOCAL_SAMPLES_MAX);
        for (size_t i = 0; i < json_array_size(message->tuples); i++)
            expect_flat(json_array_get(message->tuples, i));
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
