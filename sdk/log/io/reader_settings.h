/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of the log's spout, read and checked.
 */
#ifndef SDK_LOG_IO_READER_SETTINGS_H
#define SDK_LOG_IO_READER_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/gale.h>

#include "broker/client/retries.h"
#include "broker/client/spread.h"
#include "broker/client/start.h"
#include "sdk/log/fields.h"

#define READER_BATCH_MAX 100000u

struct reader_settings {
    const char *brokers;
    struct spread_topics topics;
    char *group; /* owned */
    struct start start;
    struct start fallback;
    bool ends; /* where the topics ended when it started */
    bool is_at_most_once;
    enum fields_format format;
    struct retries_limits retries;
    const char *dead_letter; /* "": none */
    uint32_t batch;
    uint64_t commit_ms;
    uint64_t refresh_ms;
    const char *client_options;
};

/* GALE_ERROR with the task's reason set. */
enum gale_err reader_settings_read(struct gale_task *task, const struct gale_task_service *host,
                                   struct reader_settings *ret_settings);
void reader_settings_done(struct reader_settings *settings);

#endif
