/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/io/describe_child.h"

#define TIMEOUT_VARIABLE "GALE_CHECK_TIMEOUT_MS"
#define TIMEOUT_MIN_MS   10
#define TIMEOUT_MAX_MS   600000

struct child {
    pid_t pid;
    int process; /* a descriptor that is readable when the child has ended */
    int output;  /* its answer; does not block */
};

struct answer {
    struct text output;
    int status; /* of waitpid() */
};

static enum err system_error(const char *what, struct error *error)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
    return error_set(error, ERR_IO, "cannot %s: %s", what, strerror(errno));
}

/* ---- starting it ---- */

/* The link's target and not the link, so that tools which run us within themselves follow. */
static const char *own_program(char *buffer, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", buffer, size - 1);

    if (length <= 0)
        return "/proc/self/exe";
    buffer[length] = '\0';
    return access(buffer, X_OK) == 0 ? buffer : "/proc/self/exe";
}

/* A group of its own, so that what it starts can be ended with it. What it prints to standard
 * output would mix with ours. */
static int spawn(const char *path, int answer_file, pid_t *ret_pid)
{
    char buffer[4096];
    char *const arguments[] = {(char[]){"gale"}, (char[]){DESCRIBE_CHILD_COMMAND},
                               (char *)(uintptr_t)path, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;

    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_adddup2(&files, answer_file, DESCRIBE_CHILD_FILE);
    (void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawnattr_setpgroup(&attributes, 0);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    int result = posix_spawn(ret_pid, own_program(buffer, sizeof buffer), &files, &attributes,
                             arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return result;
}

/* Ends all that is left of it. */
static int reap(struct child *child)
{
    int status = 0;

    (void)kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (child->process >= 0)
        (void)close(child->process);
    (void)close(child->output);
    return status;
}

static enum err start(const char *path, struct child *ret_child, struct error *error)
{
    int ends[2];
    struct child child = {.pid = 0};

    if (pipe2(ends, O_CLOEXEC) != 0)
        return system_error("make a pipe", error);
    errno = spawn(path, ends[1], &child.pid);
    (void)close(ends[1]);
    if (errno != 0) {
        enum err err = system_error("start a child process", error);
        (void)close(ends[0]);
        return err;
    }
    child.output = ends[0];
    child.process = pidfd_open(child.pid, 0);
    if (child.process < 0) {
        enum err err = system_error("watch a child process", error);
        (void)reap(&child);
        return err;
    }
    (void)fcntl(child.output, F_SETFL, O_NONBLOCK);
    *ret_child = child;
    return ERR_OK;
}

/* ---- listening ---- */

/* False at the end of the output, or when it is too much. */
static bool read_some(struct child *child, struct text *output)
{
    char bytes[16384];
    ssize_t size;

    while ((size = read(child->output, bytes, sizeof bytes)) > 0) {
        text_add_bytes(output, bytes, (size_t)size);
        if (text_size(output) > CHILD_OUTPUT_MAX)
            return false;
    }
    return size < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Until the child has ended, whoever else may still hold the pipe. */
static enum err listen(struct child *child, uint64_t timeout_ms, struct text *output)
{
    uint64_t deadline_ns = clock_now_ns() + timeout_ms * 1000000;
    struct pollfd files[] = {{.fd = child->process, .events = POLLIN},
                             {.fd = child->output, .events = POLLIN}};

    while ((files[0].revents & POLLIN) == 0) {
        uint64_t now_ns = clock_now_ns();

        if (now_ns >= deadline_ns)
            return ERR_TIMEOUT;
        (void)poll(files, COUNT_OF(files), (int)((deadline_ns - now_ns) / 1000000 + 1));
        if (files[1].fd >= 0 && files[1].revents != 0 && !read_some(child, output))
            files[1].fd = -1;
        if (text_size(output) > CHILD_OUTPUT_MAX)
            return ERR_LIMIT;
    }
    (void)read_some(child, output);
    return text_size(output) > CHILD_OUTPUT_MAX ? ERR_LIMIT : ERR_OK;
}

static uint64_t timeout_ms(void)
{
    const char *text = getenv(TIMEOUT_VARIABLE); /* NOLINT(concurrency-mt-unsafe) */
    uint64_t value = 0;

    if (text == NULL || !setting_parse_u64(text, &value) || value < TIMEOUT_MIN_MS ||
        value > TIMEOUT_MAX_MS)
        return CHILD_TIMEOUT_MS;
    return value;
}

static enum err ask(const char *path, struct answer *answer, struct error *error)
{
    struct child child = {.pid = 0};
    uint64_t limit_ms = timeout_ms();
    enum err err = start(path, &child, error);

    if (err != ERR_OK)
        return err;
    err = listen(&child, limit_ms, &answer->output);
    answer->status = reap(&child);
    if (err == ERR_TIMEOUT)
        return error_set(error, err,
                         "'%s' was not open after %g s: its constructors run at that moment and "
                         "must not wait for anything",
                         path, (double)limit_ms / 1000);
    if (err == ERR_LIMIT)
        return error_set(error, err, "'%s' gave a plan of more than %d bytes", path,
                         CHILD_OUTPUT_MAX);
    return ERR_OK;
}

/* ---- understanding ---- */

/* Steps over `word` if the text begins with it. */
static bool skip(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

static enum err explain_death(const char *path, int status, bool was_opened, struct error *error)
{
    if (WIFEXITED(status))
        return error_set(error, ERR_CRASHED,
                         "'%s' ended the program while it was opened (exit status %d): its "
                         "constructors run at that moment and must not exit",
                         path, WEXITSTATUS(status));
    if (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)
        return error_set(error, ERR_TIMEOUT,
                         "'%s' was killed while it was opened (SIG%s): it took too much time or "
                         "memory",
                         path, sigabbrev_np(WTERMSIG(status)));
    if (was_opened)
        return error_set(error, ERR_CRASHED,
                         "'%s' crashed while its 'gale_topology' was read (SIG%s): a pointer or a "
                         "list in it is wrong; to debug: gdb --args gale " DESCRIBE_CHILD_COMMAND
                         " %s",
                         path, sigabbrev_np(WTERMSIG(status)), path);
    return error_set(error, ERR_CRASHED,
                     "'%s' crashed while it was opened (SIG%s): its constructors run at that "
                     "moment; to debug: gdb --args gale " DESCRIBE_CHILD_COMMAND " %s",
                     path, sigabbrev_np(WTERMSIG(status)), path);
}

/* The child's own error, which names the path already. */
static enum err pass_on(const char *text, struct error *error)
{
    char *end;
    long code = strtol(text, &end, 10);

    if (*end != '\n' || code <= ERR_OK || code > ERR_INTERNAL)
        return error_set(error, ERR_CORRUPT, "the child process gave no sense");
    return error_set(error, (enum err)code, "%s", end + 1);
}

static enum err decode(const char *path, const char *json, struct plan **ret_plan,
                       struct error *error)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    enum err err = plan_decode(json, strlen(json), &plan, error);

    if (err == ERR_OK)
        err = plan_check(plan, error);
    if (err != ERR_OK) /* the child found it right, so these are not its words */
        return error_wrap(error, "'%s' spoilt the answer of the child process that opened it",
                          path);
    *ret_plan = TAKE(plan);
    return ERR_OK;
}

static enum err understand(const char *path, const struct answer *answer, struct plan **ret_plan,
                           struct error *error)
{
    const char *text = text_data(&answer->output);
    bool was_opened = skip(&text, DESCRIBE_CHILD_OPENED);

    if (skip(&text, DESCRIBE_CHILD_ERROR))
        return pass_on(text, error);
    if (was_opened && skip(&text, DESCRIBE_CHILD_PLAN) && WIFEXITED(answer->status))
        return decode(path, text, ret_plan, error);
    if (*text != '\0')
        return error_set(error, ERR_CORRUPT,
                         "'%s' wrote into the answer of the child process that opened it: its "
                         "constructors must leave descriptors alone that are not theirs",
                         path);
    return explain_death(path, answer->status, was_opened, error);
}

enum err child_describe(const char *path, struct plan **ret_plan, struct error *error)
{
    struct answer answer = {.status = 0};

    text_init(&answer.output);
    enum err err = ask(path, &answer, error);
    if (err == ERR_OK)
        err = understand(path, &answer, ret_plan, error);
    text_done(&answer.output);
    return err;
}
