/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/liaison.h"

#include <jansson.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static json_t *begin(const char *op)
{
    json_t *message = json_object();
    int status = json_object_set_new(message, "op", json_string(op));

    ASSERT(status == 0);
    return message;
}

static void put(json_t *message, const char *key, json_t *value)
{
    int status = json_object_set_new(message, key, value);

    ASSERT(status == 0);
}

static void put_number(json_t *message, const char *key, uint64_t number)
{
    put(message, key, json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number));
}

/* User code may say what it likes; what is no UTF-8 is not JSON either. */
static void put_text(json_t *message, const char *key, const char *text)
{
    json_t *value = json_string(text);

    put(message, key, value != NULL ? value : json_string("(a text that is not UTF-8)"));
}

static char *end(json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);

    ASSERT(text != NULL);
    json_decref(message);
    return text;
}

char *liaison_hello(const struct liaison_hello *hello)
{
    json_t *message = begin("hello");

    put_number(message, "v", 1);
    put_text(message, "topology", hello->topology);
    put_number(message, "slot", hello->slot);
    put_number(message, "incarnation", hello->incarnation);
    put_number(message, "pid", hello->pid);
    put_text(message, "version", GALE_VERSION);
    return end(message);
}

char *liaison_bound(const char *address)
{
    json_t *message = begin("bound");

    put_text(message, "address", address);
    return end(message);
}

char *liaison_beat(const struct liaison_beat *beat)
{
    json_t *message = begin("beat");

    put_text(message, "phase", beat->phase);
    put_number(message, "version", beat->version);
    put(message, "drained", json_boolean(beat->drained));
    put_number(message, "rss_bytes", beat->rss_bytes);
    put_number(message, "cpu_ns", beat->cpu_ns);
    put_number(message, "links", beat->links);
    put_number(message, "links_up", beat->links_up);
    return end(message);
}

char *liaison_error(const char *component, uint32_t task, const char *text)
{
    json_t *message = begin("error");

    put_text(message, "component", component);
    put_number(message, "task", task);
    put_text(message, "text", text);
    return end(message);
}

char *liaison_ended(void)
{
    return end(begin("ended"));
}

char *liaison_samples(uint64_t request, char *const samples[], size_t count, bool is_last)
{
    json_t *message = begin("samples");
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        int status = json_array_append_new(list, json_loads(samples[i], 0, NULL));
        ASSERT(status == 0);
    }
    put_number(message, "request", request);
    put(message, "last", json_boolean(is_last));
    put(message, "tuples", list);
    return end(message);
}

char *liaison_found(const struct liaison_found *found)
{
    json_t *message = begin(found->op);
    json_t *list = json_array();

    for (size_t i = 0; i < found->count; i++) {
        json_t *item = json_loads(found->items[i], 0, NULL);
        if (item != NULL)
            (void)json_array_append_new(list, item);
    }
    put_number(message, "request", found->request);
    put(message, "last", json_boolean(found->is_last));
    put(message, "items", list);
    if (found->fault != NULL)
        put_text(message, "fault", found->fault);
    if (strcmp(found->op, "profile") == 0) {
        put_number(message, "samples", found->profile.samples);
        put_number(message, "dropped", found->profile.dropped);
        put_number(message, "ms", found->profile.ms);
        put_number(message, "hz", found->profile.hz);
    }
    return end(message);
}

/* False if a member is missing or beyond its bounds. */
static bool read_sample(const json_t *root, struct liaison_sample *ret_sample)
{
    const json_t *request = json_object_get(root, "request");
    const json_t *component = json_object_get(root, "component");
    const json_t *count = json_object_get(root, "count");

    if (!json_is_integer(request) || !json_is_string(component) || !json_is_integer(count) ||
        json_string_length(component) > LIAISON_NAME_MAX || json_integer_value(count) < 1 ||
        json_integer_value(count) > LIAISON_SAMPLES_MAX)
        return false;
    ret_sample->request = (uint64_t)json_integer_value(request);
    ret_sample->received = json_is_true(json_object_get(root, "received"));
    ret_sample->count = (uint32_t)json_integer_value(count);
    memcpy(ret_sample->component, json_string_value(component), json_string_length(component) + 1);
    return true;
}

/* What is missing is 0. */
static bool read_within(const json_t *root, const char *key, uint32_t min, uint32_t max,
                        uint32_t *ret_number)
{
    json_int_t number = json_integer_value(json_object_get(root, key));

    if (number < min || number > max)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool read_look(const json_t *root, bool is_profile, struct liaison_look *ret_look)
{
    const json_t *request = json_object_get(root, "request");

    *ret_look = (struct liaison_look){.request = (uint64_t)json_integer_value(request)};
    if (!json_is_integer(request) || json_integer_value(request) < 0)
        return false;
    return !is_profile ||
           (read_within(root, "ms", 1, LIAISON_PROFILE_MS_MAX, &ret_look->ms) &&
            read_within(root, "hz", LIAISON_PROFILE_HZ_MIN, LIAISON_PROFILE_HZ_MAX, &ret_look->hz));
}

static bool read_more(const json_t *root, enum liaison_order order, struct liaison_asked *ret_asked)
{
    if (order == LIAISON_SAMPLE)
        return read_sample(root, &ret_asked->sample);
    if (order == LIAISON_STACKS || order == LIAISON_PROFILE)
        return read_look(root, order == LIAISON_PROFILE, &ret_asked->look);
    return true;
}

enum liaison_order liaison_read(const char *message, size_t size, struct liaison_asked *ret_asked)
{
    static const char *const names[] = {
        [LIAISON_WELCOME] = "welcome", [LIAISON_STOP] = "stop",     [LIAISON_REOPEN] = "reopen",
        [LIAISON_SAMPLE] = "sample",   [LIAISON_STACKS] = "stacks", [LIAISON_PROFILE] = "profile"};
    json_t *root = json_loadb(message, size, JSON_REJECT_DUPLICATES, NULL);
    const char *op = json_string_value(json_object_get(root, "op"));
    enum liaison_order order = LIAISON_NOTHING;

    for (size_t i = LIAISON_WELCOME; op != NULL && i < COUNT_OF(names); i++) {
        if (strcmp(op, names[i]) == 0)
            order = (enum liaison_order)i;
    }
    if (!read_more(root, order, ret_asked))
        order = LIAISON_NOTHING;
    json_decref(root);
    return order;
}
