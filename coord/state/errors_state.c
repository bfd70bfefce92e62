/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/errors_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"

static void free_item(struct component_error *item)
{
    free(item->text);
    free(item->supervisor);
    *item = (struct component_error){.text = NULL};
}

void errors_state_done(struct errors_state *errors)
{
    for (size_t i = 0; i < errors->count; i++)
        free_item(&errors->items[i]);
    errors->count = 0;
}

/* ---- adding ---- */

/* Cut between characters. */
static char *copy_cut(const char *text)
{
    char *copy = mem_copy_text(text);
    size_t size = strlen(copy);

    if (size > ERRORS_STATE_TEXT_MAX) {
        size = ERRORS_STATE_TEXT_MAX;
        while (size > 0 && ((unsigned char)copy[size] & 0xC0u) == 0x80u)
            size--;
        copy[size] = '\0';
    }
    return copy;
}

static size_t find(const struct errors_state *errors, const char *text)
{
    size_t i = 0;

    while (i < errors->count && strcmp(errors->items[i].text, text) != 0)
        i++;
    return i;
}

/* Takes out the item, whose texts are then the caller's. */
static struct component_error take(struct errors_state *errors, size_t index)
{
    struct component_error item = errors->items[index];

    errors->count--;
    memmove(&errors->items[index], &errors->items[index + 1],
            (errors->count - index) * sizeof errors->items[0]);
    return item;
}

void errors_state_add(struct errors_state *errors, const struct component_error *happened)
{
    struct component_error added = *happened;

    added.text = copy_cut(happened->text);
    added.supervisor = mem_copy_text(happened->supervisor);
    added.first_ms = happened->last_ms;
    added.count = 1;
    size_t index = find(errors, added.text);
    if (index < errors->count) {
        struct component_error before = take(errors, index);
        added.first_ms = before.first_ms;
        added.count = before.count < INT64_MAX ? before.count + 1 : before.count;
        free_item(&before);
    } else if (errors->count == ERRORS_STATE_MAX) {
        struct component_error oldest = take(errors, 0);
        free_item(&oldest);
    }
    errors->items[errors->count++] = added;
}

/* ---- JSON ---- */

char *errors_state_encode(const struct errors_state *errors)
{
    json_t *object = fields_new(ERRORS_STATE_VERSION);
    json_t *list = json_array();

    for (size_t i = 0; i < errors->count; i++) {
        const struct component_error *item = &errors->items[i];
        json_t *json = json_object();

        fields_put_text(json, "text", item->text);
        fields_put_text(json, "supervisor", item->supervisor);
        fields_put_number(json, "slot", item->slot);
        fields_put_number(json, "task", item->task);
        fields_put_number(json, "count", item->count);
        fields_put_number(json, "first_ms", item->first_ms);
        fields_put_number(json, "last_ms", item->last_ms);
        fields_append(list, json);
    }
    fields_put(object, "errors", list);
    return fields_finish(object);
}

enum err errors_state_decode(const char *data, size_t size, struct errors_state *ret_errors,
                             struct error *error)
{
    struct errors_state errors = {.count = 0};
    struct fields fields;

    fields_open(&fields, "errors", ERRORS_STATE_VERSION, data, size, error);
    json_t *list = fields_list(&fields, fields.root, "errors", ERRORS_STATE_MAX);
    for (; errors.count < json_array_size(list); errors.count++) {
        const json_t *json = json_array_get(list, errors.count);

        errors.items[errors.count] = (struct component_error){
            .text = fields_text(&fields, json, "text", ERRORS_STATE_TEXT_MAX),
            .supervisor = fields_id(&fields, json, "supervisor"),
            .slot = (uint32_t)fields_number(&fields, json, "slot", SUPERVISOR_STATE_SLOTS_MAX - 1),
            .task = (uint32_t)fields_number(&fields, json, "task", ERRORS_STATE_TASKS_MAX - 1),
            .count = fields_number(&fields, json, "count", INT64_MAX),
            .first_ms = fields_number(&fields, json, "first_ms", INT64_MAX),
            .last_ms = fields_number(&fields, json, "last_ms", INT64_MAX),
        };
    }
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        errors_state_done(&errors);
    else
        *ret_errors = errors;
    return err;
}

/* ---- calls ---- */

static void send(struct path path, const struct errors_state *errors, struct coord_call call,
                 struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = errors_state_encode(errors);

    call.path = path.text;
    call.data = text;
    call.size = strlen(text);
    coord_calls_push(calls, &call);
}

void errors_state_create(const char *topology, const char *component,
                         const struct errors_state *errors, uint64_t tag, struct coord_calls *calls)
{
    struct coord_call call = {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .tag = tag};

    send(paths_errors_of(topology, component), errors, call, calls);
}

void errors_state_set(const char *topology, const char *component,
                      const struct errors_state *errors, int32_t version, uint64_t tag,
                      struct coord_calls *calls)
{
    struct coord_call call = {.kind = COORD_SET, .version = version, .tag = tag};

    send(paths_errors_of(topology, component), errors, call, calls);
}

void errors_state_delete(const struct fence *fence, const char *topology, const char *component,
                         uint64_t tag, struct coord_calls *calls)
{
    struct path path = paths_errors_of(topology, component);
    struct coord_call part = {
        .kind = COORD_DELETE, .path = path.text, .version = COORD_ANY_VERSION};

    fence_send(fence, &part, 1, tag, calls);
}
