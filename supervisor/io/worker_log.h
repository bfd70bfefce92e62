/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of workers: logs/<topology>/<slot>/worker.log, and worker.log.1, ..., which are older. A
 * worker writes to its log itself, appending, so that nothing is lost when the supervisor is away. What
 * is read here is named by topology, slot and one of these names: no other path can be reached, no
 * link is followed, and only plain files are read. Blocks; belongs to its owner's thread.
 */
#ifndef SUPERVISOR_IO_WORKER_LOG_H
#define SUPERVISOR_IO_WORKER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "supervisor/io/user.h"

enum {
    WORKER_LOG_TOPOLOGIES_MAX = 100, /* whose logs are kept, but for those that run */
    WORKER_LOG_LINE_MAX = 160,       /* bytes of a last line, with the final NUL */
    WORKER_LOG_FILES_MAX = 100,      /* of a worker */
    WORKER_LOG_LISTED_MAX = 1000,    /* topologies in one list */
};

struct worker_log {
    const char *folder;      /* "<data>/logs" */
    uint64_t bytes_max;      /* a log that has grown beyond it is turned */
    uint32_t files_max;      /* of a worker, the current one included */
    const struct user *user; /* who workers are; NULL: as we */
};

struct worker_log_name {
    const char *topology; /* a valid id */
    uint32_t slot;
};

/* The path of the current log, to be freed by the caller. */
char *worker_log_path(const struct worker_log *log, const struct worker_log_name *name) MUST_USE;

/* Opens it for a worker, appending; makes it and its folders. */
enum err worker_log_open(const struct worker_log *log, const struct worker_log_name *name,
                         int *ret_file, struct error *error) MUST_USE;

/* Renames the files if the current one is too large, and makes a new one. True if the worker must
 * reopen. One that does not, and fills what was renamed, has that emptied when it is twice too
 * large. */
bool worker_log_turn(const struct worker_log *log, const struct worker_log_name *name);

/* The last line that is not empty, in printable characters; "" if there is none. */
void worker_log_last_line(const struct worker_log *log, const struct worker_log_name *name,
                          char ret_line[WORKER_LOG_LINE_MAX]);

/* [{slot, file, size, modified_ms}, ...] of a topology, empty if there are none. Owned by the
 * caller. */
json_t *worker_log_list(const struct worker_log *log, const char *topology) MUST_USE;

/* [{id, modified_ms}, ...] of the topologies that have logs here. Owned by the caller. */
json_t *worker_log_topologies(const struct worker_log *log) MUST_USE;

struct worker_log_part {
    const char *file; /* "worker.log", "worker.log.1"; whatever was asked for */
    int64_t offset;   /* negative: from the end */
    size_t length;
};

/* What was read of it. */
struct worker_log_chunk {
    size_t size;
    uint64_t offset;
    uint64_t whole; /* size of the file */
};

/* Reads a part into the buffer of `length` bytes. ERR_NOT_FOUND if there is no such log. */
enum err worker_log_read(const struct worker_log *log, const struct worker_log_name *name,
                         const struct worker_log_part *part, char *buffer,
                         struct worker_log_chunk *ret_chunk) MUST_USE;

/* Deletes the logs of the topologies that were written to longest ago, but for those that are in
 * use. */
void worker_log_collect(const struct worker_log *log,
                        bool (*is_used)(void *context, const char *topology), void *context);

#endif
