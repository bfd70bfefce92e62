/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spout that reads lines.
 *
 * Each line is emitted without its newline, tracked, with its number (from 1) as the message id.
 * The text of an open line is kept, so that a line that failed is emitted again: at most
 * `max_pending` lines, each of at most `line.max` bytes. A line that is too long, that can never
 * be sent, or that failed more often than `retries` allows, is dropped: the log says which and why,
 * and the counter `given_up` counts it.
 *
 * Several tasks share a regular file: task i of n emits the lines i + 1, i + 1 + n, ... In further
 * passes the numbers go on counting. Nothing waits for a pipe or a terminal: while these have
 * nothing, the spout is idle.
 */
#ifndef GALE_READY_LINES_H
#define GALE_READY_LINES_H

#include <gale/gale.h>
#include <gale/ready_kept.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GALE_LINES_READ_BYTES 262144u    /* asked of one read(2) */
#define GALE_LINES_MAX        (1u << 30) /* bytes; the most that `line.max` may be */

struct gale_line {
    struct gale_str text;
    uint64_t number;
};

static const struct {
    struct gale_stream stream;
    struct gale_line *carries;
} gale_lines = {{"lines",
                 sizeof(struct gale_line),
                 false,
                 {{"text", GALE_KIND_STR, offsetof(struct gale_line, text)},
                  {"number", GALE_KIND_U64, offsetof(struct gale_line, number)}}},
                NULL};

/* clang-format off */
#define GALE_LINES_SPOUT                                                                           \
    {sizeof(struct gale_lines_reader), gale_lines_open, gale_lines_next, gale_lines_ack,           \
     gale_lines_fail, NULL, NULL, NULL, gale_lines_close}

#define GALE_LINES_SETTINGS                                                                        \
    {"path", "-", "file to read; - is standard input"},                                            \
    {"passes", "1", "how often a regular file is read; 0: for ever"},                              \
    {"line.max", "1048576", "bytes; a longer line is dropped, which is an error"},                 \
    {"retries", "0", "how often a failed line is emitted again; 0: for ever"},                     \
    {"track", "true", "whether lines are tracked, and emitted again if they fail"}
/* clang-format on */

struct gale_lines_reader {
    const char *path;
    int fd;
    bool is_open;    /* fd is ours to close */
    bool is_regular; /* can be read again, and never has to be waited for */
    bool tracks;
    bool skips; /* amid a line that is too long */
    bool at_end;
    uint32_t index; /* emits only lines with (number - 1) % count == index */
    uint32_t count;
    uint64_t line_max;
    uint64_t retries_max;
    uint64_t passes_left;    /* after this one */
    uint64_t number;         /* of the last line read */
    uint64_t number_of_pass; /* of the last line before this pass */
    struct gale_counter *given_up;

    char *data;     /* what was read: start <= scanned <= end <= capacity */
    size_t start;   /* of the next line */
    size_t scanned; /* from start up to here there is no newline */
    size_t end;
    size_t capacity;

    struct gale_kept kept;
};

/* ---- what became of a line ---- */

static inline void gale_lines_ack(void *self, struct gale_task *task, uint64_t id)
{
    struct gale_lines_reader *reader = (struct gale_lines_reader *)self;

    (void)task;
    gale_kept_drop(&reader->kept, id);
}

static inline void gale_lines_fail(void *self, struct gale_task *task, uint64_t id,
                                   const struct gale_failure *why)
{
    struct gale_lines_reader *reader = (struct gale_lines_reader *)self;
    uint64_t failures_max = reader->retries_max > 0 ? reader->retries_max + 1 : 0;
    uint32_t failures = 0;

    /* What was refused once will be refused again: it is the same line. */
    if (why->kind == GALE_REFUSED)
        failures_max = 1;
    if (gale_kept_fail(&reader->kept, id, failures_max, &failures))
        return;
    gale_log_error(task, "line %" PRIu64 " of '%s' is given up, failures=%" PRIu32 ": %s%s%s", id,
                   reader->path, failures, why->component, why->component[0] != '\0' ? ": " : "",
                   why->message);
    gale_count(reader->given_up, 1);
}

/* ---- reading ---- */

enum gale_lines_found {
    GALE_LINES_LINE = 1,
    GALE_LINES_NOTHING = 2, /* as yet */
    GALE_LINES_END = 3
};

/* Whether the line just read is this task's. */
static inline bool gale_lines_is_own(const struct gale_lines_reader *reader)
{
    return reader->count == 1 || (reader->number - 1) % reader->count == reader->index;
}

static inline void gale_lines_drop(struct gale_lines_reader *reader, struct gale_task *task)
{
    if (!gale_lines_is_own(reader))
        return;
    gale_log_error(task, "line %" PRIu64 " of '%s' is longer than line.max, %" PRIu64 " bytes",
                   reader->number, reader->path, reader->line_max);
    gale_count(reader->given_up, 1);
}

/* Makes room for one read. Called when what is left of the buffer is less than a line. */
static inline void gale_lines_make_room(struct gale_lines_reader *reader)
{
    if (reader->start > 0) {
        reader->end -= reader->start;
        reader->scanned -= reader->start;
        memmove(reader->data, reader->data + reader->start, reader->end);
        reader->start = 0;
    }
    if (reader->capacity - reader->end >= GALE_LINES_READ_BYTES)
        return;
    reader->capacity = reader->capacity > 0 ? reader->capacity * 2 : 2 * GALE_LINES_READ_BYTES;
    reader->data = (char *)gale_kept_resize(reader->data, reader->capacity);
}

/* Another pass, unless the last one found no line at all. */
static inline bool gale_lines_rewind(struct gale_lines_reader *reader)
{
    if (reader->passes_left == 0 || reader->number == reader->number_of_pass ||
        lseek(reader->fd, 0, SEEK_SET) != 0)
        return false;
    if (reader->passes_left != UINT64_MAX)
        reader->passes_left--;
    reader->skips = false;
    reader->number_of_pass = reader->number;
    return true;
}

/* True if something was read or the end was reached; false if there is nothing as yet. */
static inline bool gale_lines_fill(struct gale_lines_reader *reader, struct gale_task *task)
{
    struct pollfd ready = {reader->fd, POLLIN, 0};
    ssize_t got;

    if (!reader->is_regular && poll(&ready, 1, 0) <= 0)
        return false;
    gale_lines_make_room(reader);
    got = read(reader->fd, reader->data + reader->end, GALE_LINES_READ_BYTES);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (got < 0) {
        gale_log_error(task, "cannot read '%s' after line %" PRIu64 ": %s", reader->path,
                       reader->number, strerror(errno));
        reader->passes_left = 0;
    }
    if (got <= 0)
        reader->at_end = true;
    else
        reader->end += (size_t)got;
    return true;
}

/* Takes the text up to the next newline, or at the end of the file what is left of it. */
static inline bool gale_lines_cut(struct gale_lines_reader *reader, struct gale_str *ret_text)
{
    const char *from;
    const char *newline = NULL;

    if (reader->start == reader->end)
        return false; /* and before the first read there is no buffer */
    from = reader->data + reader->start;
    if (reader->scanned < reader->end)
        newline = (const char *)memchr(reader->data + reader->scanned, '\n',
                                       reader->end - reader->scanned);
    if (newline != NULL) {
        *ret_text = gale_str_of(from, (size_t)(newline - from));
        reader->start = (size_t)(newline + 1 - reader->data);
        reader->scanned = reader->start;
        return true;
    }
    reader->scanned = reader->end;
    if (!reader->at_end)
        return false;
    *ret_text = gale_str_of(from, reader->end - reader->start);
    reader->start = reader->end;
    return true;
}

/* Drops what there is of a line that is already too long; the rest is skipped as it comes. */
static inline void gale_lines_check_rest(struct gale_lines_reader *reader, struct gale_task *task)
{
    if (!reader->skips && reader->end - reader->start <= reader->line_max)
        return;
    if (!reader->skips) {
        reader->number++;
        gale_lines_drop(reader, task);
    }
    reader->skips = true;
    reader->start = reader->end;
}

/* Whether this line, just cut, is to be emitted by this task. */
static inline bool gale_lines_accept(struct gale_lines_reader *reader, struct gale_task *task,
                                     size_t length)
{
    if (reader->skips) {
        reader->skips = false; /* this was the end of it */
        return false;
    }
    reader->number++;
    if (length > reader->line_max) {
        gale_lines_drop(reader, task);
        return false;
    }
    return gale_lines_is_own(reader);
}

/* The next line in the buffer that this task is to emit. */
static inline bool gale_lines_take(struct gale_lines_reader *reader, struct gale_task *task,
                                   struct gale_line *ret_line)
{
    while (gale_lines_cut(reader, &ret_line->text)) {
        if (gale_lines_accept(reader, task, ret_line->text.length)) {
            ret_line->number = reader->number;
            return true;
        }
    }
    return false;
}

/* The next line to emit. Its text is borrowed until the next call. */
static inline enum gale_lines_found gale_lines_find(struct gale_lines_reader *reader,
                                                    struct gale_task *task,
                                                    struct gale_line *ret_line)
{
    while (!gale_lines_take(reader, task, ret_line)) {
        gale_lines_check_rest(reader, task);
        if (reader->at_end && !gale_lines_rewind(reader))
            return GALE_LINES_END;
        reader->at_end = false;
        if (!gale_lines_fill(reader, task))
            return GALE_LINES_NOTHING;
    }
    return GALE_LINES_LINE;
}

static inline enum gale_next gale_lines_next(void *self, struct gale_task *task)
{
    struct gale_lines_reader *reader = (struct gale_lines_reader *)self;
    struct gale_line line;

    if (gale_kept_again(&reader->kept, &line.number, &line.text)) {
        gale_emit_tracked_record(task, &gale_lines.stream, line.number, &line);
        return GALE_MORE;
    }

    enum gale_lines_found found = gale_lines_find(reader, task, &line);
    if (found != GALE_LINES_LINE)
        return found == GALE_LINES_END ? GALE_DONE : GALE_IDLE;
    if (reader->tracks) {
        gale_kept_put(&reader->kept, line.number, line.text);
        gale_emit_tracked_record(task, &gale_lines.stream, line.number, &line);
    } else {
        gale_emit_record(task, &gale_lines.stream, &line);
    }
    return GALE_MORE;
}

/* ---- opening and closing ---- */

static inline void gale_lines_close(void *self, struct gale_task *task)
{
    struct gale_lines_reader *reader = (struct gale_lines_reader *)self;

    (void)task;
    gale_kept_done(&reader->kept);
    free(reader->data);
    if (reader->is_open)
        (void)close(reader->fd);
}

/* Waiting for the writer of a named pipe would stop the loop, hence O_NONBLOCK. */
static inline enum gale_err gale_lines_open_file(struct gale_lines_reader *reader,
                                                 struct gale_task *task)
{
    struct stat status;

    if (strcmp(reader->path, "-") == 0) {
        reader->path = "standard input";
        reader->fd = STDIN_FILENO;
    } else {
        reader->fd = open(reader->path, O_RDONLY | O_NONBLOCK);
        if (reader->fd < 0)
            return gale_error(task, "cannot open '%s': %s", reader->path, strerror(errno));
        reader->is_open = true;
        (void)fcntl(reader->fd, F_SETFD, FD_CLOEXEC);
    }

    if (fstat(reader->fd, &status) != 0)
        return gale_error(task, "cannot read '%s': %s", reader->path, strerror(errno));
    if (S_ISDIR(status.st_mode))
        return gale_error(task, "cannot read '%s': it is a directory", reader->path);
    reader->is_regular = S_ISREG(status.st_mode);
    if (!reader->is_regular && (reader->count > 1 || reader->passes_left > 0))
        return gale_error(task, "'%s' is not a regular file: it can be read once, by one task",
                          reader->path);
    return GALE_OK;
}

static inline enum gale_err gale_lines_open(void *self, struct gale_task *task)
{
    struct gale_lines_reader *reader = (struct gale_lines_reader *)self;
    uint64_t passes = gale_conf_u64(task, "passes", 1);

    reader->path = gale_conf_str(task, "path", "-");
    reader->line_max = gale_conf_u64(task, "line.max", 1048576);
    reader->retries_max = gale_conf_u64(task, "retries", 0);
    reader->tracks = gale_conf_bool(task, "track", true);
    reader->passes_left = passes > 0 ? passes - 1 : UINT64_MAX;
    reader->index = gale_task_index(task);
    reader->count = gale_task_count(task);
    reader->given_up = gale_counter(task, "given_up");

    if (reader->line_max > GALE_LINES_MAX)
        return gale_error(task, "line.max is %" PRIu64 ", above %u", reader->line_max,
                          GALE_LINES_MAX);
    if (reader->count > 1 && strcmp(reader->path, "-") == 0)
        return gale_error(task, "standard input can be read by one task, not by %" PRIu32,
                          reader->count);
    if (gale_lines_open_file(reader, task) == GALE_OK)
        return GALE_OK;
    gale_lines_close(self, task);
    return GALE_ERROR;
}

#ifdef __cplusplus
}
#endif

#endif
