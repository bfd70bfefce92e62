/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/local.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/state/assignment_state.h"
#include "coord/state/errors_state.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"
#include "net/address.h"
#include "supervisor/slot.h"
#include "wire/plan.h"

enum {
    GALE_VERSION_MAX = 64,
    TEXT_MAX = 64 * 1024,
    FRAMES_MAX = 192,      /* of a stack */
    FRAME_TEXT_MAX = 1024, /* bytes of a name */
    FAULT_MAX = 1024,
};

/* The first fault wins; after it all values are harmless. */
struct reading {
    json_t *root;
    enum err err;
    struct error *error;
};

static void refuse(struct reading *reading, enum err err, const char *member, const char *reason)
{
    if (reading->err == ERR_OK)
        reading->err = error_set(reading->error, err, "local message: '%s' %s", member, reason);
}

static const char *read_text(struct reading *reading, const char *member, size_t max)
{
    json_t *value = json_object_get(reading->root, member);
    const char *text = json_string_value(value);

    if (text == NULL || json_string_length(value) > max) {
        refuse(reading, ERR_CORRUPT, member, text == NULL ? "is not a text" : "is too long");
        return "";
    }
    return text;
}

static uint64_t read_number(struct reading *reading, const char *member, uint64_t max)
{
    json_t *value = json_object_get(reading->root, member);

    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max) {
        refuse(reading, ERR_CORRUPT, member, "is not a number within its bounds");
        return 0;
    }
    return (uint64_t)json_integer_value(value);
}

static uint32_t read_count_or_none(struct reading *reading, const char *member, uint32_t max)
{
    if (json_object_get(reading->root, member) == NULL)
        return 0;
    return (uint32_t)read_number(reading, member, max);
}

static bool read_flag(struct reading *reading, const char *member)
{
    json_t *value = json_object_get(reading->root, member);

    if (!json_is_boolean(value))
        refuse(reading, ERR_CORRUPT, member, "is neither true nor false");
    return json_is_true(value);
}

static const char *read_id(struct reading *reading, const char *member)
{
    const char *id = read_text(reading, member, PATHS_ID_MAX);

    if (!paths_id_is_valid(id))
        refuse(reading, ERR_CORRUPT, member, "is not an id");
    return id;
}

static void read_hello(struct reading *reading, struct local_message *message)
{
    message->topology = read_id(reading, "topology");
    message->slot = (uint32_t)read_number(reading, "slot", SUPERVISOR_STATE_SLOTS_MAX - 1);
    message->incarnation = read_number(reading, "incarnation", INT64_MAX);
    message->pid = (int64_t)read_number(reading, "pid", INT32_MAX);
    message->gale = read_text(reading, "version", GALE_VERSION_MAX);
}

static void read_bound(struct reading *reading, struct local_message *message)
{
    struct address address;

    message->address = read_text(reading, "address", SLOT_ADDRESS_MAX - 1);
    if (address_parse(message->address, &address, NULL) != ERR_OK || address.port == 0)
        refuse(reading, ERR_CORRUPT, "address", "is not an address with a port");
}

static const char *read_phase(struct reading *reading)
{
    static const char *const phases[] = {"starting", "opening",  "linking",
                                         "running",  "stopping", "ended"};
    const char *phase = read_text(reading, "phase", SLOT_PHASE_MAX - 1);

    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        if (strcmp(phase, phases[i]) == 0)
            return phases[i];
    }
    refuse(reading, ERR_CORRUPT, "phase", "is none that there is");
    return "";
}

static void read_beat(struct reading *reading, struct local_message *message)
{
    message->phase = read_phase(reading);
    message->version = read_number(reading, "version", INT64_MAX);
    message->rss_bytes = read_number(reading, "rss_bytes", INT64_MAX);
    message->cpu_ns = read_number(reading, "cpu_ns", INT64_MAX);
    message->links = read_count_or_none(reading, "links", ASSIGNMENT_STATE_WORKERS_MAX);
    message->links_up = read_count_or_none(reading, "links_up", ASSIGNMENT_STATE_WORKERS_MAX);
    message->drained = read_flag(reading, "drained");
}

static void read_error(struct reading *reading, struct local_message *message)
{
    message->component = read_id(reading, "component");
    message->task = (uint32_t)read_number(reading, "task", ERRORS_STATE_TASKS_MAX - 1);
    message->text = read_text(reading, "text", TEXT_MAX);
}

static void check_values(struct reading *reading)
{
    json_t *values = json_object_get(reading->root, "values");
    bool is_good = json_is_object(values) && json_object_size(values) <= PLAN_FIELDS_MAX;
    const char *field;
    json_t *value;

    json_object_foreach(values, field, value)
    {
        if (strlen(field) > PLAN_NAME_MAX || json_is_object(value) || json_is_array(value))
            is_good = false;
    }
    if (!is_good)
        refuse(reading, ERR_CORRUPT, "values", "is not the fields of a tuple");
}

/* Its members are those that there are: whoever passes it on need not look into it. */
static void check_tuple(struct reading *reading)
{
    enum {
        MEMBERS = 7
    };

    (void)read_id(reading, "component");
    (void)read_id(reading, "to");
    (void)read_number(reading, "task", PLAN_TASKS_MAX - 1);
    (void)read_number(reading, "to_task", PLAN_TASKS_MAX - 1);
    (void)read_text(reading, "stream", PLAN_NAME_MAX);
    (void)read_flag(reading, "tracked");
    check_values(reading);
    if (json_object_size(reading->root) != MEMBERS)
        refuse(reading, ERR_CORRUPT, "tuples", "holds a member that there is not");
}

static void read_samples(struct reading *reading, struct local_message *message)
{
    message->request = read_number(reading, "request", INT64_MAX);
    message->is_last = read_flag(reading, "last");
    message->items = json_object_get(reading->root, "tuples");
    if (!json_is_array(message->items) || json_array_size(message->items) > LOCAL_SAMPLES_MAX)
        refuse(reading, ERR_CORRUPT, "tuples", "is not a list, or too long a one");
    for (size_t i = 0; reading->err == ERR_OK && i < json_array_size(message->items); i++) {
        struct reading of = {.root = json_array_get(message->items, i), .error = reading->error};
        check_tuple(&of);
        reading->err = of.err;
    }
}

/* ---- stacks ---- */

static bool is_text(const json_t *value, size_t max)
{
    return json_is_string(value) && json_string_length(value) <= max;
}

static bool is_text_or_null(const json_t *value, size_t max)
{
    return json_is_null(value) || is_text(value, max);
}

static bool is_number(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_frame(const json_t *frame)
{
    enum {
        MEMBERS = 5
    };

    return is_text_or_null(json_object_get(frame, "function"), FRAME_TEXT_MAX) &&
           is_text_or_null(json_object_get(frame, "file"), FRAME_TEXT_MAX) &&
           is_text_or_null(json_object_get(frame, "module"), FRAME_TEXT_MAX) &&
           is_number(json_object_get(frame, "line")) &&
           is_number(json_object_get(frame, "offset")) && json_object_size(frame) == MEMBERS;
}

static bool is_frame_name(const json_t *frame)
{
    return is_text(frame, FRAME_TEXT_MAX);
}

static bool are_frames(const json_t *frames, bool (*is_good)(const json_t *frame))
{
    bool good = json_is_array(frames) && json_array_size(frames) <= FRAMES_MAX;

    for (size_t i = 0; good && i < json_array_size(frames); i++)
        good = is_good(json_array_get(frames, i));
    return good;
}

/* Of which thread it is, and for whom that worked. */
static bool is_told(const json_t *item)
{
    const json_t *task = json_object_get(item, "task");

    return is_text(json_object_get(item, "thread"), PATHS_ID_MAX) &&
           is_text_or_null(json_object_get(item, "component"), PLAN_NAME_MAX) &&
           (json_is_null(task) || is_number(task));
}

static bool is_stack(const json_t *item)
{
    enum {
        MEMBERS = 6
    };

    return is_told(item) && is_text_or_null(json_object_get(item, "doing"), PLAN_NAME_MAX) &&
           json_is_boolean(json_object_get(item, "cut")) &&
           are_frames(json_object_get(item, "frames"), is_frame) &&
           json_object_size(item) == MEMBERS;
}

static bool is_counted_stack(const json_t *item)
{
    enum {
        MEMBERS = 5
    };

    return is_told(item) && is_number(json_object_get(item, "count")) &&
           are_frames(json_object_get(item, "frames"), is_frame_name) &&
           json_object_size(item) == MEMBERS;
}

static void read_found(struct reading *reading, struct local_message *message,
                       bool (*is_good)(const json_t *item))
{
    message->request = read_number(reading, "request", INT64_MAX);
    message->is_last = read_flag(reading, "last");
    if (json_object_get(reading->root, "fault") != NULL)
        message->fault = read_text(reading, "fault", FAULT_MAX);
    message->items = json_object_get(reading->root, "items");
    bool good = json_is_array(message->items) && json_array_size(message->items) <= LOCAL_FOUND_MAX;
    for (size_t i = 0; good && i < json_array_size(message->items); i++)
        good = is_good(json_array_get(message->items, i));
    if (!good)
        refuse(reading, ERR_CORRUPT, "items", "is not a list of stacks");
}

static void read_stacks(struct reading *reading, struct local_message *message)
{
    read_found(reading, message, is_stack);
}

static void read_profile(struct reading *reading, struct local_message *message)
{
    read_found(reading, message, is_counted_stack);
    message->samples = read_number(reading, "samples", INT64_MAX);
    message->dropped = read_number(reading, "dropped", INT64_MAX);
    message->ms = read_number(reading, "ms", INT64_MAX);
    message->hz = read_number(reading, "hz", INT64_MAX);
}

/* ---- all of them ---- */

static void read_nothing(struct reading *reading, struct local_message *message)
{
    (void)reading;
    (void)message;
}

static void read_message(struct reading *reading, struct local_message *message)
{
    static const struct {
        const char *op;
        void (*read)(struct reading *reading, struct local_message *message);
    } kinds[] = {
        [LOCAL_HELLO] = {"hello", read_hello},    [LOCAL_BOUND] = {"bound", read_bound},
        [LOCAL_BEAT] = {"beat", read_beat},       [LOCAL_ERROR] = {"error", read_error},
        [LOCAL_ENDED] = {"ended", read_nothing},  [LOCAL_SAMPLES] = {"samples", read_samples},
        [LOCAL_STACKS] = {"stacks", read_stacks}, [LOCAL_PROFILE] = {"profile", read_profile},
    };
    json_t *version = json_object_get(reading->root, "v");
    const char *op = read_text(reading, "op", 16);

    if (version != NULL && json_integer_value(version) != 1)
        refuse(reading, ERR_VERSION, "v", "is not 1");
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (strcmp(op, kinds[i].op) == 0) {
            message->kind = (enum local_kind)i;
            kinds[i].read(reading, message);
            return;
        }
    }
    refuse(reading, ERR_CORRUPT, "op", "is none that there is");
}

enum err local_decode(const char *bytes, size_t size, struct local_message *ret_message,
                      struct error *error)
{
    struct local_message message = {.kind = LOCAL_HELLO};
    struct reading reading = {.error = error};

    if (size > LOCAL_MESSAGE_MAX)
        return error_set(error, ERR_LIMIT, "local message: longer than %d bytes",
                         LOCAL_MESSAGE_MAX);
    reading.root = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(reading.root)) {
        json_decref(reading.root);
        return error_set(error, ERR_CORRUPT, "local message: not a JSON object");
    }
    message.root = reading.root;
    message.size = size;
    read_message(&reading, &message);
    if (reading.err != ERR_OK)
        json_decref(reading.root);
    else
        *ret_message = message;
    return reading.err;
}

void local_message_done(struct local_message *message)
{
    json_decref(message->root);
    *message = (struct local_message){.kind = LOCAL_HELLO};
}

static char *encode(json_t *order)
{
    char *text = json_dumps(order, JSON_COMPACT);

    ASSERT(text != NULL);
    json_decref(order);
    return text;
}

char *local_sample_encode(uint64_t request, const char *component, bool received, uint32_t count)
{
    return encode(json_pack("{s:s, s:I, s:s, s:b, s:I}", "op", "sample", "request",
                            (json_int_t)request, "component", component, "received",
                            received ? 1 : 0, "count", (json_int_t)count));
}

char *local_stacks_encode(uint64_t request)
{
    return encode(json_pack("{s:s, s:I}", "op", "stacks", "request", (json_int_t)request));
}

char *local_profile_encode(uint64_t request, uint32_t ms)
{
    return encode(json_pack("{s:s, s:I, s:I, s:i}", "op", "profile", "request", (json_int_t)request,
                            "ms", (json_int_t)ms, "hz", LOCAL_PROFILE_HZ));
}
