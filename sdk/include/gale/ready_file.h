/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bolt that adds each tuple to a file as one line and acks it once it is written.
 *
 * Fields are separated by tabs. Within a field, tab, newline, carriage return and backslash are
 * written \t, \n, \r and \\; a null is \N, and bytes are hexadecimal. Tuples are held until
 * there are `batch` of them, or until the next tick, and then written by one write(2): set
 * `.tick_ms`, or the last ones wait for the end of the run. If writing fails, all of the batch
 * fails, with the reason, and what was written of it is cut off again; under plain ISO C
 * (-std=c11 without _POSIX_C_SOURCE) libc offers no ftruncate(), and the next batch overwrites it.
 *
 * The file belongs to the task. Several tasks write one file each: `path`.0, `path`.1, ... With
 * `fsync`, set `.own_loop`: the disk is waited for.
 */
#ifndef GALE_READY_FILE_H
#define GALE_READY_FILE_H

#include <gale/ready_text.h>
#include <gale/tuple.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GALE_FILE_BATCH_MAX 65536 /* tuples */

/* clang-format off */
#define GALE_FILE_BOLT                                                                             \
    {sizeof(struct gale_file), gale_file_open, gale_file_execute, gale_file_flush,                 \
     gale_file_flush, gale_file_close}

#define GALE_FILE_SETTINGS                                                                         \
    {"path", NULL, "file to add to"},                                                              \
    {"batch", "500", "how many tuples are written, and then acked, at once"},                      \
    {"fsync", "false", "whether a batch must have reached the disk before it is acked"}
/* clang-format on */

struct gale_file {
    int fd;
    bool is_open;
    bool syncs;
    off_t size; /* up to here whole batches are written; -1: not a file that has a size */
    struct gale_text lines; /* of the tuples held */
    struct gale_held **held;
    uint32_t held_count;
    uint32_t batch_max;
};

/* path, or path.<index> if there are several tasks. */
static inline int gale_file_create(const char *path, struct gale_task *task)
{
    struct gale_text name = {NULL, 0, 0};
    char index[16] = "";
    int fd;

    gale_text_add_word(&name, path);
    if (gale_task_count(task) > 1)
        (void)snprintf(index, sizeof index, ".%" PRIu32, gale_task_index(task));
    gale_text_add(&name, index, strlen(index) + 1);
    fd = open(name.data, O_WRONLY | O_CREAT, 0666);
    gale_text_done(&name);
    return fd;
}

static inline enum gale_err gale_file_open(void *self, struct gale_task *task)
{
    struct gale_file *file = (struct gale_file *)self;
    const char *path = gale_conf_require(task, "path");
    uint64_t batch = gale_conf_u64(task, "batch", 500);

    file->syncs = gale_conf_bool(task, "fsync", false);
    if (batch == 0 || batch > GALE_FILE_BATCH_MAX)
        return gale_error(task, "batch is %" PRIu64 ", not within 1 .. %d", batch,
                          GALE_FILE_BATCH_MAX);
    if (path[0] == '\0')
        return gale_error(task, "path is not set");
    file->fd = gale_file_create(path, task);
    if (file->fd < 0)
        return gale_error(task, "cannot open '%s': %s", path, strerror(errno));
    file->is_open = true;
    (void)fcntl(file->fd, F_SETFD, FD_CLOEXEC);
    file->size = lseek(file->fd, 0, SEEK_END);
    file->batch_max = (uint32_t)batch;
    file->held = (struct gale_held **)calloc(file->batch_max, sizeof(struct gale_held *));
    if (file->held == NULL)
        abort();
    return GALE_OK;
}

static inline bool gale_file_write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, data, size);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            data += written;
            size -= (size_t)written;
        }
    }
    return true;
}

/* Takes back what was written beyond `size`. */
#if defined _POSIX_C_SOURCE && _POSIX_C_SOURCE >= 200112L
static inline void gale_file_take_back(int fd, off_t size)
{
    if (ftruncate(fd, size) == 0)
        (void)lseek(fd, size, SEEK_SET);
}
#else
static inline void gale_file_take_back(int fd, off_t size)
{
    (void)lseek(fd, size, SEEK_SET);
}
#endif

/* Writes the lines and settles their tuples; also at each tick and at the end. */
static inline void gale_file_flush(void *self, struct gale_task *task)
{
    struct gale_file *file = (struct gale_file *)self;
    struct gale_text *lines = &file->lines;
    bool written;
    int reason;

    if (file->held_count == 0)
        return;
    written = gale_file_write_all(file->fd, lines->data, lines->size) &&
              (!file->syncs || fsync(file->fd) == 0);
    reason = errno;
    if (file->size >= 0 && written)
        file->size += (off_t)lines->size;
    else if (file->size >= 0)
        gale_file_take_back(file->fd, file->size);

    for (uint32_t i = 0; i < file->held_count; i++) {
        if (!written)
            (void)gale_fail_with(task, "cannot write: %s", strerror(reason));
        gale_settle(&file->held[i], written ? GALE_ACK : GALE_FAIL);
    }
    file->held_count = 0;
    lines->size = 0;
}

static inline void gale_file_add_str(struct gale_text *lines, struct gale_str str)
{
    static const char from[] = {'\t', '\n', '\r', '\\'};
    static const char to[] = {'t', 'n', 'r', '\\'};

    for (size_t i = 0; i < str.length; i++) {
        const char *at = (const char *)memchr(from, str.data[i], sizeof from);

        if (at != NULL)
            gale_text_add_char(lines, '\\');
        gale_text_add_char(lines, at != NULL ? to[at - from] : str.data[i]);
    }
}

static inline void gale_file_add_line(struct gale_text *lines, const struct gale_tuple *tuple)
{
    uint32_t count = gale_stream_field_count(gale_tuple_stream(tuple));

    for (uint32_t i = 0; i < count; i++) {
        struct gale_value value = gale_tuple_value(tuple, i);

        if (i > 0)
            gale_text_add_char(lines, '\t');
        if (value.kind == GALE_KIND_NONE)
            gale_text_add_word(lines, "\\N");
        else if (value.kind == GALE_KIND_STR)
            gale_file_add_str(lines, value.as.str);
        else if (value.kind == GALE_KIND_BYTES)
            gale_text_add_hex(lines, value.as.bytes);
        else
            gale_text_add_number(lines, &value);
    }
    gale_text_add_char(lines, '\n');
}

static inline enum gale_verdict gale_file_execute(void *self, struct gale_task *task,
                                                  const struct gale_tuple *tuple)
{
    struct gale_file *file = (struct gale_file *)self;

    gale_file_add_line(&file->lines, tuple);
    file->held[file->held_count++] = gale_hold(tuple);
    if (file->held_count == file->batch_max)
        gale_file_flush(self, task);
    return GALE_HELD;
}

static inline void gale_file_close(void *self, struct gale_task *task)
{
    struct gale_file *file = (struct gale_file *)self;

    gale_file_flush(self, task);
    gale_text_done(&file->lines);
    free(file->held);
    if (file->is_open)
        (void)close(file->fd);
}

#ifdef __cplusplus
}
#endif

#endif
