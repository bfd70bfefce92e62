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
    message->tuples = json_object_get(reading->root, "tuples");
    if (!json_is_array(message->tuples) || json_array_size(message->tuples) > LOCAL_SAMPLES_MAX)
        refuse(reading, ERR_CORRUPT, "tuples", "is not a list, or too long a one");
    for (size_t i = 0; reading->err == ERR_OK && i < json_array_size(message->tuples); i++) {
        struct reading of = {.root = json_array_get(message->tuples, i), .error = reading->error};
        check_tuple(&of);
        reading->err = of.err;
    }
}

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
        [LOCAL_HELLO] = {"hello", read_hello},   [LOCAL_BOUND] = {"bound", read_bound},
        [LOCAL_BEAT] = {"beat", read_beat},      [LOCAL_ERROR] = {"error", read_error},
        [LOCAL_ENDED] = {"ended", read_nothing}, [LOCAL_SAMPLES] = {"samples", read_samples},
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

char *local_sample_encode(uint64_t request, const char *component, bool received, uint32_t count)
{
    json_t *order =
        json_pack("{s:s, s:I, s:s, s:b, s:I}", "op", "sample", "request", (json_int_t)request,
                  "component", component, "received", received ? 1 : 0, "count", (json_int_t)count);
    char *text = json_dumps(order, JSON_COMPACT);

    ASSERT(text != NULL);
    json_decref(order);
    return text;
}
