/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of a topology, read from the cluster state when somebody asks: the list of components, then
 * each of them. Whoever asks while they are being read waits for what was read after the question.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/errors_state.h"
#include "nimbus/core_parts.h"

enum {
    READERS_MAX = 16,
    COMPONENTS_MAX = 64,
};

struct errors_reader {
    char *topology; /* NULL: free */
    uint64_t since_ns;
    uint64_t list_tag; /* 0: the list was read */
    size_t count;
    size_t left;
    char *components[COMPONENTS_MAX];
    uint64_t tags[COMPONENTS_MAX];
    json_t *found;
};

static void end(struct errors_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        free(reader->components[i]);
    json_decref(reader->found);
    free(reader->topology);
    *reader = (struct errors_reader){.topology = NULL};
}

void errors_done(struct core *core)
{
    for (size_t i = 0; core->readers != NULL && i < READERS_MAX; i++)
        end(&core->readers[i]);
    free(core->readers);
    core->readers = NULL;
}

/* ---- Beginning ----------------------------------------------------------------------------- */

static struct errors_reader *find(const struct core *core, const char *topology)
{
    for (size_t i = 0; i < READERS_MAX; i++) {
        struct errors_reader *reader = &core->readers[i];
        if (reader->topology != NULL && strcmp(reader->topology, topology) == 0)
            return reader;
    }
    return NULL;
}

static struct errors_reader *find_free(const struct core *core)
{
    for (size_t i = 0; i < READERS_MAX; i++)
        if (core->readers[i].topology == NULL)
            return &core->readers[i];
    return NULL;
}

static void begin(struct core *core, const struct topology *topology)
{
    struct errors_reader *reader = find_free(core);
    struct path path = paths_errors(topology->id);

    if (reader == NULL)
        return; /* the request comes again */
    reader->topology = mem_copy_text(topology->id);
    reader->since_ns = core->now_ns;
    reader->list_tag = core_tag(core);
    reader->found = json_array();
    struct coord_call call = {.kind = COORD_CHILDREN, .path = path.text, .tag = reader->list_tag};
    coord_calls_push(core->calls, &call);
}

const json_t *errors_since(struct core *core, const struct topology *topology, uint64_t since_ns)
{
    if (core->readers == NULL)
        core->readers = NEW_ARRAY(struct errors_reader, READERS_MAX);
    if (topology->errors != NULL && topology->errors_ns >= since_ns)
        return topology->errors;
    if (find(core, topology->id) == NULL)
        begin(core, topology);
    return NULL;
}

/* ---- Answers ------------------------------------------------------------------------------- */

static json_t *show(const char *component, const struct component_error *error)
{
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "component", component, "text",
                     error->text, "supervisor", error->supervisor, "slot", (json_int_t)error->slot,
                     "task", (json_int_t)error->task, "count", (json_int_t)error->count, "first_ms",
                     (json_int_t)error->first_ms, "last_ms", (json_int_t)error->last_ms);
}

/* One that is unreadable or gone is none. */
static void take_component(struct errors_reader *reader, size_t index,
                           const struct coord_event *event)
{
    struct errors_state errors;

    if (event->error != COORD_OK || event->data == NULL ||
        errors_state_decode(event->data, event->size, &errors, NULL) != ERR_OK)
        return;
    for (size_t i = 0; i < errors.count; i++)
        (void)json_array_append_new(reader->found,
                                    show(reader->components[index], &errors.items[i]));
    errors_state_done(&errors);
}

static void finish(struct core *core, struct errors_reader *reader)
{
    struct topology *topology = registry_find(core->registry, reader->topology);

    if (topology != NULL) {
        json_decref(topology->errors);
        topology->errors = json_incref(reader->found);
        topology->errors_ns = reader->since_ns;
    }
    end(reader);
}

static void take_list(struct core *core, struct errors_reader *reader,
                      const struct coord_event *event)
{
    reader->list_tag = 0;
    if (event->error != COORD_OK) {
        end(reader); /* the topology is gone, or the connection: the request finds out */
        return;
    }
    for (size_t i = 0; i < event->child_count && reader->count < COMPONENTS_MAX; i++) {
        if (!paths_id_is_valid(event->children[i]))
            continue;
        struct path path = paths_errors_of(reader->topology, event->children[i]);
        size_t index = reader->count++;
        reader->components[index] = mem_copy_text(event->children[i]);
        reader->tags[index] = core_tag(core);
        struct coord_call call = {.kind = COORD_GET, .path = path.text, .tag = reader->tags[index]};
        coord_calls_push(core->calls, &call);
    }
    reader->left = reader->count;
    if (reader->left == 0)
        finish(core, reader);
}

static bool take(struct core *core, struct errors_reader *reader, const struct coord_event *event)
{
    if (reader->list_tag == event->tag) {
        take_list(core, reader, event);
        return true;
    }
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->tags[i] != event->tag)
            continue;
        take_component(reader, i, event);
        if (--reader->left == 0)
            finish(core, reader);
        return true;
    }
    return false;
}

bool errors_step(struct core *core, const struct coord_event *event)
{
    for (size_t i = 0; core->readers != NULL && event->tag != 0 && i < READERS_MAX; i++)
        if (core->readers[i].topology != NULL && take(core, &core->readers[i], event))
            return true;
    return false;
}
