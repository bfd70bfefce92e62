/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-log.so exports.
 */
#include <gale/ready_log.h>

#include "broker/client/console.h"
#include "broker/client/io/module.h"
#include "sdk/log/io/reader.h"
#include "sdk/log/io/writer.h"

static const struct gale_log_service service = {
    .size = sizeof(struct gale_log_service),
    .reader_open = reader_open,
    .reader_next = reader_next,
    .reader_ack = reader_ack,
    .reader_fail = reader_fail,
    .reader_commit = reader_commit,
    .reader_close = reader_close,
    .writer_open = writer_open,
    .writer_put = writer_put,
    .writer_poll = writer_poll,
    .writer_flush = writer_flush,
    .writer_close = writer_close,
};

extern const struct log_module gale_log_module __attribute__((visibility("default")));

const struct log_module gale_log_module = {
    .abi = LOG_MODULE_ABI,
    .version = GALE_VERSION,
    .tasks = &service,
    .console = &log_console,
};
