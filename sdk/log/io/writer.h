/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's sink (<gale/ready_log.h>). One thread, the task's; woken by librdkafka's.
 */
#ifndef SDK_LOG_IO_WRITER_H
#define SDK_LOG_IO_WRITER_H

#include <gale/ready_log.h>

enum gale_err writer_open(struct gale_task *task, struct gale_log_writer **ret_writer);
enum gale_verdict writer_put(struct gale_log_writer *writer, const struct gale_tuple *tuple);
void writer_poll(struct gale_log_writer *writer);
void writer_flush(struct gale_log_writer *writer);
void writer_close(struct gale_log_writer *writer);

#endif
