/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's spout (<gale/ready_log.h>): settings, where it stands in each partition, what is open, what
 * is to be emitted again, what is given up. One thread, the task's; woken by librdkafka's and the scout's.
 */
#ifndef SDK_LOG_IO_READER_H
#define SDK_LOG_IO_READER_H

#include <gale/ready_log.h>

enum gale_err reader_open(struct gale_task *task, struct gale_log_reader **ret_reader);
enum gale_next reader_next(struct gale_log_reader *reader);
void reader_ack(struct gale_log_reader *reader, uint64_t id);
void reader_fail(struct gale_log_reader *reader, uint64_t id, const struct gale_failure *why);
void reader_commit(struct gale_log_reader *reader);
void reader_close(struct gale_log_reader *reader);

#endif
