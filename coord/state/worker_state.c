/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/worker_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings_schema.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"
#include "coord/state/supervisor_state.h"

void worker_state_done(struct worker_state *worker)
{
    free(worker->supervisor);
    free(worker->address);
    *worker = (struct worker_state){.supervisor = NULL};
}

char *worker_state_encode(const struct worker_state *worker)
{
    json_t *object = fields_new(WORKER_STATE_VERSION);

    fields_put_text(object, "supervisor", worker->supervisor);
    fields_put_number(object, "slot", worker->slot);
    fields_put_number(object, "incarnation", worker->incarnation);
    fields_put_text(object, "address", worker->address);
    return fields_finish(object);
}

enum err worker_state_decode(const char *data, size_t size, struct worker_state *ret_worker,
                             struct error *error)
{
    struct fields fields;

    fields_open(&fields, "worker", WORKER_STATE_VERSION, data, size, error);
    struct worker_state worker = {
        .supervisor = fields_id(&fields, fields.root, "supervisor"),
        .slot =
            (uint32_t)fields_number(&fields, fields.root, "slot", SUPERVISOR_STATE_SLOTS_MAX - 1),
        .incarnation = fields_number(&fields, fields.root, "incarnation", INT64_MAX),
        .address = fields_text(&fields, fields.root, "address", FIELDS_TEXT_MAX),
    };
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        worker_state_done(&worker);
    else
        *ret_worker = worker;
    return err;
}

/* A slot as paths_worker() writes it: one way to write a number, so one node for a slot. */
static bool parse_slot(const char *text, uint32_t *ret_slot)
{
    uint64_t slot = 0;

    if (!setting_parse_u64(text, &slot) || slot >= SUPERVISOR_STATE_SLOTS_MAX)
        return false;
    if (text[0] == '0' && text[1] != '\0')
        return false;
    *ret_slot = (uint32_t)slot;
    return true;
}

bool worker_state_parse_name(const char *name, char **ret_supervisor, uint32_t *ret_slot)
{
    const char *colon = strchr(name, ':');
    uint32_t slot = 0;

    if (colon == NULL || !parse_slot(colon + 1, &slot))
        return false;
    AUTO(mem_free_text) char *supervisor = mem_copy_text(name);
    supervisor[colon - name] = '\0';
    if (!paths_id_is_valid(supervisor))
        return false;
    *ret_supervisor = TAKE(supervisor);
    *ret_slot = slot;
    return true;
}

/* ---- writes of the supervisor ---- */

static void send(const char *topology, const struct worker_state *worker, struct coord_call call,
                 struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = worker_state_encode(worker);
    struct path path = paths_worker(topology, worker->supervisor, worker->slot);

    call.path = path.text;
    call.data = text;
    call.size = strlen(text);
    coord_calls_push(calls, &call);
}

void worker_state_create(const char *topology, const struct worker_state *worker, uint64_t tag,
                         struct coord_calls *calls)
{
    send(topology, worker,
         (struct coord_call){.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .tag = tag}, calls);
}

void worker_state_set(const char *topology, const struct worker_state *worker, uint64_t tag,
                      struct coord_calls *calls)
{
    send(topology, worker,
         (struct coord_call){.kind = COORD_SET, .version = COORD_ANY_VERSION, .tag = tag}, calls);
}

void worker_state_delete(const char *topology, const char *supervisor, uint32_t slot, uint64_t tag,
                         struct coord_calls *calls)
{
    struct path path = paths_worker(topology, supervisor, slot);
    struct coord_call call = {
        .kind = COORD_DELETE, .path = path.text, .version = COORD_ANY_VERSION, .tag = tag};

    coord_calls_push(calls, &call);
}

/* ---- of the leader ---- */

void worker_state_remove(const struct fence *fence, const char *topology, const char *supervisor,
                         uint32_t slot, uint64_t tag, struct coord_calls *calls)
{
    struct path path = paths_worker(topology, supervisor, slot);
    struct coord_call part = {
        .kind = COORD_DELETE, .path = path.text, .version = COORD_ANY_VERSION};

    fence_send(fence, &part, 1, tag, calls);
}
