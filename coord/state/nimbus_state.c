/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/nimbus_state.h"

#include <stdlib.h>

#include "coord/recipes/election.h"
#include "coord/state/fields.h"

void nimbus_state_done(struct nimbus_state *nimbus)
{
    free(nimbus->id);
    free(nimbus->address);
    free(nimbus->gale);
    *nimbus = (struct nimbus_state){.id = NULL};
}

char *nimbus_state_encode(const struct nimbus_state *nimbus)
{
    json_t *object = fields_new(NIMBUS_STATE_VERSION);

    fields_put_text(object, "id", nimbus->id);
    fields_put_text(object, "address", nimbus->address);
    fields_put_text(object, "gale", nimbus->gale);
    fields_put_number(object, "since_ms", nimbus->since_ms);
    return fields_finish(object);
}

enum err nimbus_state_decode(const char *data, size_t size, struct nimbus_state *ret_nimbus,
                             struct error *error)
{
    struct fields fields;

    fields_open(&fields, "nimbus", NIMBUS_STATE_VERSION, data, size, error);
    struct nimbus_state nimbus = {
        .id = fields_id(&fields, fields.root, "id"),
        .address = fields_text(&fields, fields.root, "address", FIELDS_TEXT_MAX),
        .gale = fields_text(&fields, fields.root, "gale", FIELDS_TEXT_MAX),
        .since_ms = fields_number(&fields, fields.root, "since_ms", INT64_MAX),
    };
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        nimbus_state_done(&nimbus);
    else
        *ret_nimbus = nimbus;
    return err;
}

void leader_state_done(struct leader_state *leader)
{
    nimbus_state_done(&leader->nimbus);
    leader->epoch = 0;
}

enum err leader_state_decode(const char *data, size_t size, struct leader_state *ret_leader,
                             struct error *error)
{
    struct leader_state leader = {.epoch = 0};
    struct election_view view;

    if (!election_read(data, size, &view))
        return error_set(error, ERR_CORRUPT, "leader: not an epoch and a seat");
    if (view.epoch == 0)
        return error_set(error, ERR_NOT_FOUND, "leader: nobody has led yet");
    enum err err = nimbus_state_decode(view.data, view.size, &leader.nimbus, error);
    if (err != ERR_OK)
        return err;
    leader.epoch = view.epoch;
    *ret_leader = leader;
    return ERR_OK;
}
