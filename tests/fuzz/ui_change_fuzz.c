/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies of changes of /api/v2: the first byte says which shape, the rest is JSON. What is accepted has only
 * members that the shape has; what is refused has a text.
 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "ui/api/body.h"
#include "ui/messages/place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const words[] = {"debug", "info", NULL};
static const struct body_member of_rebalance[] = {
    {.name = "wait_ms", .kind = BODY_WHOLE, .need = BODY_NULLABLE, .max = 86400000},
    {.name = "executors", .kind = BODY_COUNTS, .need = BODY_NULLABLE, .min = 1, .max = 16384},
    {.name = "dry_run", .kind = BODY_FLAG, .need = BODY_OPTIONAL},
};
static const struct body_member of_others[] = {
    {.name = "level", .kind = BODY_WORD, .need = BODY_STATED, .words = words},
    {.name = "percent", .kind = BODY_REAL, .need = BODY_OPTIONAL, .max = 100},
    {.name = "to", .kind = BODY_TEXT, .need = BODY_OPTIONAL, .min = 1, .max = 32},
};
static const struct body_shape shapes[] = {
    {NULL, 0},
    {of_rebalance, COUNT_OF(of_rebalance)},
    {of_others, COUNT_OF(of_others)},
};

static bool has(const struct body_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->members[i].name, name) == 0)
            return true;
    }
    return false;
}

static void check(const struct body_shape *shape, json_t *body)
{
    struct control_fault fault = {.code = CONTROL_OK, .text = ""};
    const char *name;
    json_t *value;

    if (!body_check(shape, body, &fault)) {
        ASSERT(fault.code == CONTROL_INVALID && fault.text[0] != '\0');
        return;
    }
    json_object_foreach(body, name, value) ASSERT(has(shape, name));
}

static void check_place(const json_t *body)
{
    const char *to = json_string_value(json_object_get(body, "to"));
    struct console_place place;
    struct place_list list;

    if (to == NULL)
        return;
    ASSERT(!place_read(to, &place) || place.value >= 0);
    ASSERT(!place_read_list(to, &list) || (list.count > 0 && list.count <= PLACE_PARTITIONS_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    json_t *body = json_loadb((const char *)data + 1, size - 1,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (body == NULL)
        return 0;
    check(&shapes[data[0] % COUNT_OF(shapes)], body);
    check_place(body);
    json_decref(body);
    return 0;
}
