/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/shape.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui/read.h"

const struct shape_window shape_windows[SHAPE_WINDOWS] = {
    {"600", "10m 0s", 600},
    {"10800", "3h 0m 0s", 10800},
    {"86400", "1d 0h 0m 0s", 86400},
    {":all-time", "All time", 0},
};

json_t *shape_new(const char *format, ...)
{
    json_error_t error;
    va_list arguments;

    va_start(arguments, format);
    json_t *made = json_vpack_ex(&error, 0, format, arguments);
    va_end(arguments);
    ASSERT(made != NULL);
    return made;
}

void shape_add(json_t *object, json_t *more)
{
    int status = json_object_update(object, more);

    ASSERT(status == 0);
    json_decref(more);
}

void shape_duration(uint64_t seconds, char ret_text[SHAPE_DURATION_MAX])
{
    static const struct {
        uint64_t seconds;
        char letter;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t used = 0;

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        uint64_t count = seconds / units[i].seconds;
        if (used == 0 && count == 0 && units[i].seconds > 1)
            continue;
        used += (size_t)snprintf(ret_text + used, SHAPE_DURATION_MAX - used, "%s%" PRIu64 "%c",
                                 used == 0 ? "" : " ", count, units[i].letter);
        seconds %= units[i].seconds;
    }
}

json_t *shape_uptime(uint64_t uptime_ms)
{
    char text[SHAPE_DURATION_MAX];

    shape_duration(uptime_ms / 1000, text);
    return shape_new("{s:s, s:I}", "uptime", text, "uptimeSeconds", (json_int_t)(uptime_ms / 1000));
}

uint64_t shape_since(uint64_t since_ms, uint64_t now_ms)
{
    return since_ms == 0 || since_ms > now_ms ? 0 : now_ms - since_ms;
}

static json_t *three_decimals(double value)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%.3f", value);
    return json_string(text);
}

json_t *shape_milliseconds(double nanoseconds)
{
    return nanoseconds > 0 ? three_decimals(nanoseconds / 1e6) : json_string("0");
}

json_t *shape_latency(const json_t *latency)
{
    return json_is_object(latency) ? three_decimals(read_real(latency, "mean") / 1e6)
                                   : json_string("0");
}

json_t *shape_share(double share)
{
    return three_decimals(share);
}

static void add_encoded(struct text *to, const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        unsigned char byte = (unsigned char)*at;
        if (isalnum(byte) || strchr("-._*", byte) != NULL)
            text_add(to, "%c", byte);
        else if (byte == ' ')
            text_add(to, "+");
        else
            text_add(to, "%%%02X", byte);
    }
}

static json_t *take_text(struct text *text)
{
    json_t *made = json_string(text_data(text));

    ASSERT(made != NULL);
    text_done(text);
    return made;
}

json_t *shape_encoded(const char *text)
{
    struct text encoded = {.data = NULL};

    add_encoded(&encoded, text);
    return take_text(&encoded);
}

json_t *shape_status(const char *status)
{
    struct text upper = {.data = NULL};

    for (const char *at = status; *at != '\0'; at++)
        text_add(&upper, "%c", toupper((unsigned char)*at));
    return take_text(&upper);
}

/* Only what would be written the same way again is a number: "007" is a text. */
static bool is_whole_number(const char *text, long long *ret_number)
{
    char again[32];

    errno = 0;
    long long number = strtoll(text, NULL, 10);
    (void)snprintf(again, sizeof again, "%lld", number);
    *ret_number = number;
    return errno == 0 && strcmp(again, text) == 0;
}

json_t *shape_value(const char *text)
{
    long long number;

    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return json_boolean(text[0] == 't');
    if (is_whole_number(text, &number))
        return json_integer(number);
    json_t *value = json_string(text);
    return value != NULL ? value : json_null();
}

json_t *shape_log_link(const char *topology_id, const char *supervisor, uint64_t slot)
{
    struct text link = {.data = NULL};

    text_add(&link, "/api/v1/log?file=");
    add_encoded(&link, topology_id);
    text_add(&link, "%%2F%" PRIu64 "%%2Fworker.log&supervisor=", slot);
    add_encoded(&link, supervisor);
    return take_text(&link);
}

json_t *shape_resources(void)
{
    return shape_new("{s:f, s:f, s:f, s:f, s:{}, s:f, s:f, s:f, s:f, s:{}}", "requestedMemOnHeap",
                     0.0, "requestedMemOffHeap", 0.0, "requestedTotalMem", 0.0, "requestedCpu", 0.0,
                     "requestedGenericResources", "assignedMemOnHeap", 0.0, "assignedMemOffHeap",
                     0.0, "assignedTotalMem", 0.0, "assignedCpu", 0.0, "assignedGenericResources");
}
