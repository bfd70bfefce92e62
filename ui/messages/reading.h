/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads records until somebody has enough of them. It waits, but not beyond its time.
 */
#ifndef UI_MESSAGES_READING_H
#define UI_MESSAGES_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/client/console.h"
#include "ui/backend.h"

enum reading_end {
    READING_AT_END, /* of every partition */
    READING_ENOUGH,
    READING_LATE,
    READING_FAILED, /* the error says why */
};

struct reading {
    const struct backend *backend;
    const struct log_console *table;
    uint64_t until_ns;
    bool (*take)(void *context, const struct console_record *record); /* false: enough */
    void *context;
};

enum reading_end reading_run(const struct reading *reading, struct console_consumer *consumer,
                             struct error *error);

#endif
