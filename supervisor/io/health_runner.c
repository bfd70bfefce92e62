/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/health_runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "supervisor/health.h"
#include "supervisor/io/folder.h"
#include "supervisor/io/process.h"

struct health_runner {
    struct health_runner_options options;
    char *folder;
    char *scripts[HEALTH_SCRIPTS_MAX]; /* of this round, by name */
    size_t script_count;
    size_t next;
    struct process process; /* pid 0: none runs */
    struct reactor_watch *watch;
    uint64_t deadline_ns;
    uint64_t round_ns; /* when the next round begins */
    int output;        /* what it writes; -1: none */
    char bytes[HEALTH_OUTPUT_MAX];
    size_t size;
    bool is_timed_out;
    bool is_well;
    bool was_well; /* as far as this round has come */
    char text[HEALTH_TEXT_MAX];
    char round_text[HEALTH_TEXT_MAX];
};

struct health_runner *health_runner_new(const struct health_runner_options *options)
{
    struct health_runner *runner = NEW(struct health_runner);

    runner->options = *options;
    runner->folder = mem_copy_text(options->folder);
    runner->process.handle = -1;
    runner->output = -1;
    runner->is_well = true;
    return runner;
}

bool health_runner_is_well(const struct health_runner *runner)
{
    return runner->is_well;
}

const char *health_runner_text(const struct health_runner *runner)
{
    return runner->text;
}

static void forget_scripts(struct health_runner *runner)
{
    for (size_t i = 0; i < runner->script_count; i++)
        free(runner->scripts[i]);
    runner->script_count = 0;
    runner->next = 0;
}

static void forget_process(struct health_runner *runner)
{
    reactor_unwatch(&runner->watch);
    process_close(&runner->process);
    if (runner->output >= 0)
        (void)close(runner->output);
    runner->output = -1;
}

void health_runner_destroy(struct health_runner **runner)
{
    if (*runner == NULL)
        return;
    if ((*runner)->process.pid != 0)
        process_signal_group(&(*runner)->process, SIGKILL);
    forget_process(*runner);
    forget_scripts(*runner);
    free((*runner)->folder);
    free(*runner);
    *runner = NULL;
}

/* ---- A round -------------------------------------------------------------------------------- */

static int compare_names(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static bool is_script(int folder, const char *name)
{
    struct stat status;

    return fstatat(folder, name, &status, 0) == 0 && S_ISREG(status.st_mode) &&
           faccessat(folder, name, X_OK, 0) == 0;
}

static void list_scripts(struct health_runner *runner)
{
    DIR *folder = opendir(runner->folder);
    struct dirent *entry;

    forget_scripts(runner);
    if (folder == NULL) {
        log_warn("health.folder", "folder=%s error=\"%s\"", runner->folder, strerror(errno));
        return;
    }
    while (runner->script_count < HEALTH_SCRIPTS_MAX && (entry = readdir(folder)) != NULL) {
        if (is_script(dirfd(folder), entry->d_name))
            runner->scripts[runner->script_count++] = mem_copy_text(entry->d_name);
    }
    (void)closedir(folder);
    qsort(runner->scripts, runner->script_count, sizeof runner->scripts[0], compare_names);
}

static void end_round(struct health_runner *runner, uint64_t now_ns)
{
    bool has_changed =
        runner->is_well != runner->was_well || strcmp(runner->text, runner->round_text) != 0;

    runner->is_well = runner->was_well;
    (void)snprintf(runner->text, sizeof runner->text, "%s", runner->round_text);
    runner->round_ns = now_ns + runner->options.period_ms * 1000000;
    forget_scripts(runner);
    if (!has_changed)
        return;
    if (runner->is_well)
        log_info("health.well", "folder=%s", runner->folder);
    else
        log_warn("health.bad", "text=\"%s\"", runner->text);
    runner->options.changed(runner->options.context);
}

static void judge(struct health_runner *runner, enum health_end end)
{
    char text[HEALTH_TEXT_MAX];

    if (health_judge(runner->scripts[runner->next], end, runner->bytes, runner->size, text))
        return;
    if (runner->was_well)
        (void)snprintf(runner->round_text, sizeof runner->round_text, "%s", text);
    runner->was_well = false;
}

/* What does not fit is read, too, so that nobody waits, and forgotten. */
static void drain(struct health_runner *runner)
{
    char rest[HEALTH_OUTPUT_MAX];
    ssize_t got;

    while ((got = read(runner->output, rest, sizeof rest)) > 0) {
        size_t room = sizeof runner->bytes - runner->size;
        size_t taken = (size_t)got < room ? (size_t)got : room;
        memcpy(&runner->bytes[runner->size], rest, taken);
        runner->size += taken;
    }
}

static void ended(void *context, int fd)
{
    struct health_runner *runner = context;
    char how[64];

    (void)fd;
    drain(runner);
    (void)process_reap(&runner->process, how, sizeof how);
    judge(runner, runner->is_timed_out ? HEALTH_TIMED_OUT : HEALTH_ENDED);
    forget_process(runner);
    runner->next++;
    reactor_wake(runner->options.reactor);
}

static bool start_at(struct health_runner *runner, const char *path, struct error *error)
{
    const char *words[] = {path, NULL};
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    struct user self = {.is_other = false}; /* scripts are the supervisor's, not a worker's */
    struct process_options options = {.words = words, .output = ends[1], .user = &self};
    enum err err = process_start(&options, &runner->process, error);
    (void)close(ends[1]);
    runner->output = ends[0];
    if (err == ERR_OK)
        runner->watch =
            reactor_watch(runner->options.reactor, runner->process.handle, ended, runner);
    return err == ERR_OK && runner->watch != NULL;
}

static void start_next(struct health_runner *runner, uint64_t now_ns)
{
    AUTO(mem_free_text) char *path = folder_join(runner->folder, runner->scripts[runner->next]);
    struct error error = {.text = "no room"};

    runner->size = 0;
    runner->is_timed_out = false;
    runner->deadline_ns = now_ns + runner->options.timeout_ms * 1000000;
    if (start_at(runner, path, &error))
        return;
    log_warn("health.not_started", "script=%s error=\"%s\"", path, error.text);
    judge(runner, HEALTH_NOT_STARTED);
    forget_process(runner);
    runner->next++;
}

void health_runner_tick(struct health_runner *runner, uint64_t now_ns)
{
    if (runner->folder[0] == '\0')
        return;
    if (runner->process.pid != 0) {
        if (now_ns >= runner->deadline_ns) {
            runner->is_timed_out = true;
            process_signal_group(&runner->process, SIGKILL);
        }
        drain(runner);
        return;
    }
    if (runner->script_count == 0) {
        if (now_ns < runner->round_ns)
            return;
        list_scripts(runner);
        runner->was_well = true;
        runner->round_text[0] = '\0';
    }
    while (runner->process.pid == 0 && runner->next < runner->script_count)
        start_next(runner, now_ns);
    if (runner->process.pid == 0)
        end_round(runner, now_ns);
}
