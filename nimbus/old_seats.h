/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clears away the seats of a process of ours that is dead. A nimbus that was killed has left its seat in
 * the election, and a new one with the same id would wait behind it until that session is over. The
 * lock of the data folder says that whoever had our id lives no more, so its seats may go at once: each
 * is told by the note in it, which is the id, and by belonging to another session.
 *
 *     CONNECTED, new session -> list -> read each -> delete those of ours -> gone
 *
 * What cannot be read or deleted is left: then the session's end is waited for. Pure; a part of the
 * office.
 */
#ifndef NIMBUS_OLD_SEATS_H
#define NIMBUS_OLD_SEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/call.h"
#include "coord/event.h"

enum {
    OLD_SEATS_MAX = 64, /* that are looked at */
};

struct old_seats {
    uint64_t prefix; /* of tags */
    const char *path;
    const char *note;
    int64_t session_id;
    bool is_done;
    size_t waiting; /* answers */
    size_t count;
    char *names[OLD_SEATS_MAX];
};

/* Path and note are borrowed. */
void old_seats_init(struct old_seats *seats, uint32_t number, const char *path, const char *note);
void old_seats_done(struct old_seats *seats);

void old_seats_step(struct old_seats *seats, const struct coord_event *event,
                    struct coord_calls *calls);

/* In this session they were looked for. */
bool old_seats_are_gone(const struct old_seats *seats);

#endif
