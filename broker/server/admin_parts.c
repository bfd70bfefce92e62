/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/admin_parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/protocol/errors.h"

void *admin_array(struct service *service, const struct request *request, int32_t count,
                  size_t size)
{
    return service_alloc(service, request->token, count > 0 ? (size_t)count : 0, size);
}

static struct kafka_string keep(struct service *service, const struct request *request,
                                const char *text)
{
    size_t length = strlen(text);
    char *copy = service_alloc(service, request->token, length + 1, 1);

    memcpy(copy, text, length + 1);
    return (struct kafka_string){copy, (int32_t)length};
}

struct kafka_string admin_text(struct service *service, const struct request *request,
                               const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return keep(service, request, text);
}

struct kafka_string admin_string(const char *text)
{
    return (struct kafka_string){text, (int32_t)strlen(text)};
}

struct kafka_string admin_join(struct service *service, const struct request *request, char first,
                               struct kafka_string rest)
{
    int32_t length = rest.length > 0 ? rest.length : 0;
    char *copy = service_alloc(service, request->token, (size_t)length + 1, 1);

    copy[0] = first;
    if (length > 0)
        memcpy(copy + 1, rest.data, (size_t)length);
    return (struct kafka_string){copy, length + 1};
}

bool admin_string_equals(struct kafka_string one, struct kafka_string other)
{
    return one.length == other.length &&
           (one.length <= 0 || memcmp(one.data, other.data, (size_t)one.length) == 0);
}

/* ---- names that are there twice ---- */

struct named {
    struct kafka_string name;
    int32_t index;
};

static int compare_names(const struct named *one, const struct named *other)
{
    if (one->name.length != other->name.length)
        return one->name.length < other->name.length ? -1 : 1;
    return one->name.length <= 0
               ? 0
               : memcmp(one->name.data, other->name.data, (size_t)one->name.length);
}

static int compare_named(const void *left, const void *right)
{
    const struct named *one = left;
    const struct named *other = right;
    int order = compare_names(one, other);

    return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

enum admin_occurrence *admin_find_repeated(struct service *service, const struct request *request,
                                           const struct kafka_string *names, int32_t count)
{
    enum admin_occurrence *found = admin_array(service, request, count, sizeof *found);

    if (count <= 1)
        return found;
    struct named *sorted = NEW_ARRAY(struct named, (size_t)count);
    for (int32_t i = 0; i < count; i++)
        sorted[i] = (struct named){names[i], i};
    qsort(sorted, (size_t)count, sizeof *sorted, compare_named);
    for (int32_t i = 1; i < count; i++) {
        if (sorted[i].name.length == KAFKA_NULL || compare_names(&sorted[i - 1], &sorted[i]) != 0)
            continue;
        found[sorted[i].index] = ADMIN_AGAIN;
        if (found[sorted[i - 1].index] == ADMIN_ONCE)
            found[sorted[i - 1].index] = ADMIN_FIRST;
    }
    free(sorted);
    return found;
}

/* ---- verdicts ---- */

int16_t admin_code(enum err err)
{
    switch (err) {
    case ERR_OK:
        return KAFKA_NONE;
    case ERR_INVALID:
        return KAFKA_INVALID_REQUEST;
    case ERR_NOT_FOUND:
        return KAFKA_UNKNOWN_TOPIC_OR_PARTITION;
    case ERR_EXISTS:
        return KAFKA_TOPIC_ALREADY_EXISTS;
    case ERR_CONFLICT:
        return KAFKA_INVALID_TOPIC;
    case ERR_LIMIT:
        return KAFKA_POLICY_VIOLATION;
    case ERR_FULL:
    case ERR_IO:
    case ERR_CORRUPT:
        return KAFKA_STORAGE_ERROR;
    case ERR_VERSION:
    case ERR_TIMEOUT:
    case ERR_CANCELLED:
    case ERR_DENIED:
    case ERR_CLOSED:
    case ERR_UNSUPPORTED:
    case ERR_CRASHED:
    case ERR_INTERNAL:
        return KAFKA_UNKNOWN_SERVER_ERROR;
    }
    UNREACHABLE();
}

struct admin_verdict admin_fine(void)
{
    return (struct admin_verdict){KAFKA_NONE, KAFKA_STRING_NULL};
}

struct admin_verdict admin_refuse(struct service *service, const struct request *request,
                                  int16_t code, const char *format, ...)
{
    char text[ERROR_TEXT_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return (struct admin_verdict){code, keep(service, request, text)};
}

struct admin_verdict admin_fail(struct service *service, const struct request *request,
                                const struct error *error)
{
    return admin_refuse(service, request, admin_code(error->code), "%s", error->text);
}
