/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/slot_record.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "coord/state/fields.h"

void slot_record_done(struct slot_record *record)
{
    free(record->topology);
    free(record->boot);
    free(record->last_exit);
    *record = (struct slot_record){.topology = NULL};
}

char *slot_record_encode(const struct slot *slot, const char *boot)
{
    json_t *object = fields_new(SLOT_RECORD_VERSION);

    fields_put_text(object, "topology", slot->topology);
    fields_put_text(object, "boot", boot);
    fields_put_text(object, "last_exit", slot->last_exit);
    fields_put_number(object, "incarnation", slot->incarnation);
    fields_put_number(object, "pid", (uint64_t)slot->pid);
    fields_put_number(object, "born", slot->born);
    fields_put_number(object, "starts", slot->starts);
    fields_put_number(object, "backoff_ms", slot->backoff_ms);
    fields_put_number(object, "ended", slot->has_ended ? 1 : 0);
    return fields_finish(object);
}

enum err slot_record_decode(const char *data, size_t size, struct slot_record *ret_record,
                            struct error *error)
{
    struct fields fields;

    fields_open(&fields, "slot", SLOT_RECORD_VERSION, data, size, error);
    const json_t *root = fields.root;
    struct slot_record record = {
        .topology = fields_text(&fields, root, "topology", PATHS_ID_MAX),
        .boot = fields_text(&fields, root, "boot", SLOT_RECORD_BOOT_MAX),
        .last_exit = fields_text(&fields, root, "last_exit", SLOT_TEXT_MAX - 1),
        .incarnation = fields_number(&fields, root, "incarnation", INT64_MAX - 1),
        .pid = (int64_t)fields_number(&fields, root, "pid", INT32_MAX),
        .born = fields_number(&fields, root, "born", INT64_MAX),
        .starts = fields_number(&fields, root, "starts", INT64_MAX - 1),
        .backoff_ms = fields_number(&fields, root, "backoff_ms", INT64_MAX / 2),
        .has_ended = fields_number(&fields, root, "ended", 1) == 1,
    };
    if (record.topology != NULL && record.topology[0] != '\0' &&
        !paths_id_is_valid(record.topology))
        fields_refuse(&fields, ERR_CORRUPT, "topology", "is not an id");
    enum err err = fields_close(&fields);
    if (err != ERR_OK)
        slot_record_done(&record);
    else
        *ret_record = record;
    return err;
}

void slot_record_restore(const struct slot_record *record, struct slot *slot)
{
    ASSERT(slot->state == SLOT_EMPTY && slot->topology[0] == '\0');
    (void)snprintf(slot->topology, sizeof slot->topology, "%s", record->topology);
    (void)snprintf(slot->last_exit, sizeof slot->last_exit, "%s", record->last_exit);
    if (record->incarnation > slot->incarnation)
        slot->incarnation = record->incarnation;
    slot->starts = record->starts;
    slot->backoff_ms = record->backoff_ms < slot->limits.backoff_max_ms
                           ? record->backoff_ms
                           : slot->limits.backoff_max_ms;
    slot->has_ended = record->has_ended;
}
