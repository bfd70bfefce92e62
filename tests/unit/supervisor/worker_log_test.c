/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/worker_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct worker_log_name name = {.topology = "t", .slot = 3};

static bool is_never_used(void *context, const char *topology)
{
    (void)context;
    (void)topology;
    return false;
}

/* A log that may hold 100 bytes, in a folder of its own. */
static struct worker_log make(char folder[32])
{
    memcpy(folder, "/tmp/gale-logs-XXXXXX", 22);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return (struct worker_log){.folder = folder, .bytes_max = 100, .files_max = 3};
}

static void throw_away(const struct worker_log *log)
{
    char path[128];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/t/3/worker.log%s", log->folder,
                       i == 0 ? "" : (i == 1 ? ".1" : ".2"));
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/t/3", log->folder);
    (void)rmdir(path);
    (void)snprintf(path, sizeof path, "%s/t", log->folder);
    (void)rmdir(path);
    ck_assert_int_eq(rmdir(log->folder), 0);
}

static int open_log(const struct worker_log *log)
{
    struct error error;
    int file = -1;

    ck_assert_msg(worker_log_open(log, &name, &file, &error) == ERR_OK, "%s", error.text);
    return file;
}

static void put(int file, const char *text)
{
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
}

/* The whole size of a file; -1 if there is none. */
static int64_t size_of(const struct worker_log *log, const char *file)
{
    struct worker_log_part part = {.file = file, .length = 0};
    struct worker_log_chunk chunk;
    char nothing[1];

    if (worker_log_read(log, &name, &part, nothing, &chunk) != ERR_OK)
        return -1;
    return (int64_t)chunk.whole;
}

START_TEST(a_log_is_turned_when_it_is_too_large)
{
    char folder[32], text[102];
    struct worker_log log = make(folder);

    memset(text, 'x', sizeof text);
    text[101] = '\0';
    for (int i = 0; i < 5; i++) {
        int file = open_log(&log);
        ck_assert(!worker_log_turn(&log, &name));
        put(file, text);
        ck_assert(worker_log_turn(&log, &name));
        (void)close(file);
    }
    ck_assert_int_eq(size_of(&log, "worker.log"), 0);
    ck_assert_int_eq(size_of(&log, "worker.log.1"), 101);
    ck_assert_int_eq(size_of(&log, "worker.log.2"), 101);
    ck_assert_int_eq(size_of(&log, "worker.log.3"), -1);
    throw_away(&log);
}
END_TEST

START_TEST(who_does_not_reopen_fills_no_disk)
{
    char folder[32], text[102];
    struct worker_log log = make(folder);
    int file = open_log(&log);

    memset(text, 'x', sizeof text);
    text[101] = '\0';
    put(file, text);
    ck_assert(worker_log_turn(&log, &name));
    put(file, text); /* into what is worker.log.1 now */
    ck_assert(!worker_log_turn(&log, &name));
    ck_assert_int_eq(size_of(&log, "worker.log.1"), 0);
    put(file, "after");
    ck_assert_int_eq(size_of(&log, "worker.log.1"), 5);
    (void)close(file);
    throw_away(&log);
}
END_TEST

START_TEST(the_last_line_is_that_which_says_something)
{
    char folder[32], line[WORKER_LOG_LINE_MAX];
    struct worker_log log = make(folder);

    worker_log_last_line(&log, &name, line);
    ck_assert_str_eq(line, "");
    int file = open_log(&log);
    worker_log_last_line(&log, &name, line);
    ck_assert_str_eq(line, "");
    put(file, "first\ngale-worker: no \x1b[31mroom\n\n  \n");
    worker_log_last_line(&log, &name, line);
    ck_assert_str_eq(line, "gale-worker: no ?[31mroom");
    (void)close(file);
    throw_away(&log);
}
END_TEST

START_TEST(a_part_is_read_from_either_end)
{
    static const struct {
        int64_t offset;
        size_t length;
        const char *text;
        uint64_t begin;
    } cases[] = {
        {0, 4, "abcd", 0},
        {8, 4, "ij", 8},
        {10, 4, "", 10},
        {99, 4, "", 99},
        {-3, 9, "hij", 7},
        {-3, 1, "h", 7},
        {-99, 2, "ab", 0},
        {0, 0, "", 0},
        {INT64_MAX, 4, "", INT64_MAX},
        {-INT64_MAX, 4, "abcd", 0},
    };
    char folder[32], buffer[16];
    struct worker_log log = make(folder);
    int file = open_log(&log);

    put(file, "abcdefghij");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct worker_log_part part = {
            .file = "worker.log", .offset = cases[i].offset, .length = cases[i].length};
        struct worker_log_chunk chunk;
        ck_assert_int_eq(worker_log_read(&log, &name, &part, buffer, &chunk), ERR_OK);
        ck_assert_uint_eq(chunk.whole, 10);
        ck_assert_uint_eq(chunk.offset, cases[i].begin);
        ck_assert_uint_eq(chunk.size, strlen(cases[i].text));
        ck_assert_int_eq(memcmp(buffer, cases[i].text, chunk.size), 0);
    }
    (void)close(file);
    throw_away(&log);
}
END_TEST

START_TEST(the_logs_of_few_topologies_are_all_kept)
{
    char folder[32];
    struct worker_log log = make(folder);

    (void)close(open_log(&log));
    worker_log_collect(&log, is_never_used, NULL);
    ck_assert_int_eq(size_of(&log, "worker.log"), 0);
    throw_away(&log);
}
END_TEST

/* The oldest go, but for those in use. */
static bool is_first(void *context, const char *topology)
{
    (void)context;
    return strcmp(topology, "t0") == 0;
}

START_TEST(of_many_topologies_the_newest_logs_are_kept)
{
    enum {
        MORE = 5
    };
    char folder[32], id[16];
    struct worker_log log = make(folder);
    struct error error;
    size_t kept = 0;

    for (int i = 0; i < WORKER_LOG_TOPOLOGIES_MAX + MORE + 1; i++) {
        int file;
        (void)snprintf(id, sizeof id, "t%d", i);
        struct worker_log_name each = {.topology = id};
        ck_assert_int_eq(worker_log_open(&log, &each, &file, &error), ERR_OK);
        (void)close(file);
    }
    worker_log_collect(&log, is_first, NULL);
    for (int i = 0; i < WORKER_LOG_TOPOLOGIES_MAX + MORE + 1; i++) {
        char path[64];
        (void)snprintf(id, sizeof id, "t%d", i);
        json_t *files = worker_log_list(&log, id);
        kept += json_array_size(files);
        if (i == 0)
            ck_assert_uint_eq(json_array_size(files), 1);
        json_decref(files);
        (void)snprintf(path, sizeof path, "%s/%s/0/worker.log", folder, id);
        (void)unlink(path);
        (void)snprintf(path, sizeof path, "%s/%s/0", folder, id);
        (void)rmdir(path);
        (void)snprintf(path, sizeof path, "%s/%s", folder, id);
        (void)rmdir(path);
    }
    ck_assert_uint_eq(kept, WORKER_LOG_TOPOLOGIES_MAX + 1);
    throw_away(&log);
}
END_TEST

START_TEST(the_topologies_that_have_logs_are_listed)
{
    char folder[32], path[64];
    struct worker_log log = make(folder);
    json_t *list = worker_log_topologies(&log);

    ck_assert_uint_eq(json_array_size(list), 0);
    json_decref(list);
    (void)close(open_log(&log));
    (void)snprintf(path, sizeof path, "%s/u", folder); /* that of "u" was deleted */
    ck_assert_int_eq(mkdir(path, 0700), 0);
    list = worker_log_topologies(&log);
    ck_assert_uint_eq(json_array_size(list), 1);
    const json_t *item = json_array_get(list, 0);
    ck_assert_str_eq(json_string_value(json_object_get(item, "id")), name.topology);
    ck_assert_int_gt(json_integer_value(json_object_get(item, "modified_ms")), 0);
    json_decref(list);
    ck_assert_int_eq(rmdir(path), 0);
    throw_away(&log);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_log_is_turned_when_it_is_too_large,        who_does_not_reopen_fills_no_disk,
        the_last_line_is_that_which_says_something,  a_part_is_read_from_either_end,
        the_topologies_that_have_logs_are_listed,    the_logs_of_few_topologies_are_all_kept,
        of_many_topologies_the_newest_logs_are_kept,
    };

    return suite_run("worker_log", tests, COUNT_OF(tests));
}
