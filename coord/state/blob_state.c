/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/blob_state.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/fields.h"
#include "coord/state/paths.h"

void blob_state_done(struct blob_state *blob)
{
    for (size_t i = 0; i < blob->holder_count; i++)
        free(blob->holders[i]);
    free(blob->hash);
    *blob = (struct blob_state){.hash = NULL};
}

static size_t find(const struct blob_state *blob, const char *nimbus)
{
    size_t i = 0;

    while (i < blob->holder_count && strcmp(blob->holders[i], nimbus) != 0)
        i++;
    return i;
}

bool blob_state_is_held_by(const struct blob_state *blob, const char *nimbus)
{
    return find(blob, nimbus) < blob->holder_count;
}

bool blob_state_add_holder(struct blob_state *blob, const char *nimbus)
{
    if (blob_state_is_held_by(blob, nimbus) || blob->holder_count == BLOB_STATE_HOLDERS_MAX)
        return false;
    blob->holders[blob->holder_count++] = mem_copy_text(nimbus);
    return true;
}

bool blob_state_remove_holder(struct blob_state *blob, const char *nimbus)
{
    size_t index = find(blob, nimbus);

    if (index == blob->holder_count)
        return false;
    free(blob->holders[index]);
    blob->holders[index] = blob->holders[--blob->holder_count];
    return true;
}

char *blob_state_encode(const struct blob_state *blob)
{
    json_t *object = fields_new(BLOB_STATE_VERSION);
    json_t *holders = json_array();

    for (size_t i = 0; i < blob->holder_count; i++)
        fields_append(holders, fields_json_text(blob->holders[i]));
    fields_put_text(object, "hash", blob->hash);
    fields_put_number(object, "size_bytes", blob->size_bytes);
    fields_put(object, "holders", holders);
    return fields_finish(object);
}

static void decode_holders(struct fields *fields, struct blob_state *blob)
{
    json_t *list = fields_list(fields, fields->root, "holders", BLOB_STATE_HOLDERS_MAX);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *holder = json_string_value(json_array_get(list, i));

        if (holder == NULL || !paths_id_is_valid(holder))
            fields_refuse(fields, ERR_CORRUPT, "holders", "has one that is not an id");
        else if (!blob_state_add_holder(blob, holder))
            fields_refuse(fields, ERR_CORRUPT, "holders", "has one twice");
    }
}

enum err blob_state_decode(const char *data, size_t size, struct blob_state *ret_blob,
                           struct error *error)
{
    struct fields fields;

    fields_open(&fields, "blob", BLOB_STATE_VERSION, data, size, error);
    struct blob_state blob = {
        .hash = fields_id(&fields, fields.root, "hash"),
        .size_bytes = fields_number(&fields, fields.root, "size_bytes", INT64_MAX),
    };
    decode_holders(&fields, &blob);
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        blob_state_done(&blob);
    else
        *ret_blob = blob;
    return err;
}

/* ---- calls ---- */

static void send(const struct blob_state *blob, struct coord_call call, struct coord_calls *calls)
{
    AUTO(mem_free_text) char *text = blob_state_encode(blob);
    struct path path = paths_blob(blob->hash);

    call.path = path.text;
    call.data = text;
    call.size = strlen(text);
    coord_calls_push(calls, &call);
}

void blob_state_create(const struct blob_state *blob, uint64_t tag, struct coord_calls *calls)
{
    send(blob, (struct coord_call){.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .tag = tag},
         calls);
}

void blob_state_set(const struct blob_state *blob, int32_t version, uint64_t tag,
                    struct coord_calls *calls)
{
    send(blob, (struct coord_call){.kind = COORD_SET, .version = version, .tag = tag}, calls);
}

void blob_state_delete(const struct fence *fence, const char *hash, int32_t version, uint64_t tag,
                       struct coord_calls *calls)
{
    struct path path = paths_blob(hash);
    struct coord_call part = {.kind = COORD_DELETE, .path = path.text, .version = version};

    fence_send(fence, &part, 1, tag, calls);
}
