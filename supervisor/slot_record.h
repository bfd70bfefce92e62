/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a slot remembers over a restart of its supervisor: the file slot.json. With the number of
 * the boot, the process id and the time at which the process was born, a process that happens to
 * have the same number is not taken for the worker. Pure; any thread.
 */
#ifndef SUPERVISOR_SLOT_RECORD_H
#define SUPERVISOR_SLOT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "supervisor/slot.h"

#define SLOT_RECORD_VERSION 1

enum {
    SLOT_RECORD_SIZE_MAX = 16 * 1024, /* bytes of the file */
    SLOT_RECORD_BOOT_MAX = 64,
};

struct slot_record {
    char *topology; /* "" if there never was one */
    char *boot;     /* of the machine, when pid and born were right */
    char *last_exit;
    uint64_t incarnation;
    int64_t pid; /* 0: no process, or one that was about to be started */
    uint64_t born;
    uint64_t starts;
    uint64_t backoff_ms;
    bool has_ended;
};

void slot_record_done(struct slot_record *record);

/* JSON; the caller frees it. */
char *slot_record_encode(const struct slot *slot, const char *boot) MUST_USE;

/* ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err slot_record_decode(const char *data, size_t size, struct slot_record *ret_record,
                            struct error *error) MUST_USE;

/* Of a slot that is still as slot_init() made it: what happened before counts. */
void slot_record_restore(const struct slot_record *record, struct slot *slot);

#endif
