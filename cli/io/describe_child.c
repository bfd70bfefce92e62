/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/describe_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "sdk/src/describe.h"
#include "worker/io/loader.h"

enum {
    PROCESSOR_S = 15,
    FILE_MIN = 200, /* the answer's descriptor, out of the way of user code */
};

#define MEMORY_BYTES    ((rlim_t)4 << 30)
#define SANITIZER_PAGES (1ull << 28) /* a process of 1 TiB has a sanitizer's shadow memory in it */

/* ---- limits ---- */

static void limit(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit limits = {.rlim_cur = value, .rlim_max = value};

    (void)setrlimit(resource, &limits); /* a lower one is in force already: as good */
}

static bool has_shadow_memory(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return false;
    if (fscanf(file, "%llu", &pages) != 1) /* NOLINT(cert-err34-c): the kernel's number */
        pages = 0;
    (void)fclose(file);
    return pages > SANITIZER_PAGES;
}

/* The parent waits for a shorter time; these hold if it is killed meanwhile. */
static void set_limits(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, PROCESSOR_S);
    if (!has_shadow_memory())
        limit(RLIMIT_DATA, MEMORY_BYTES);
}

/* A sanitizer would turn the crash into an exit, and the parent could not tell them apart. */
static void die_of_crashes(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

    for (size_t i = 0; i < COUNT_OF(signals); i++)
        (void)signal(signals[i], SIG_DFL);
}

/* ---- the answer ---- */

static void answer(int file, const struct text *text)
{
    const char *data = text_data(text);
    size_t left = text_size(text);

    while (left > 0) {
        ssize_t written = write(file, data, left);

        if (written < 0 && errno != EINTR)
            _exit(1); /* nobody listens */
        data += written > 0 ? written : 0;
        left -= written > 0 ? (size_t)written : 0;
    }
}

static void answer_opened(int file)
{
    struct text text;

    text_init(&text);
    text_add(&text, DESCRIBE_CHILD_OPENED);
    answer(file, &text);
    text_done(&text);
}

static enum err describe_file(int file, const char *path, struct plan **ret_plan,
                              struct error *error)
{
    AUTO(loader_close) struct loader *loader = NULL;
    AUTO(plan_destroy) struct plan *plan = NULL;
    enum err err = loader_open(path, &loader, error);

    if (err != ERR_OK)
        return err;
    answer_opened(file);
    err = describe(loader_topology(loader), &plan, error);
    if (err == ERR_OK)
        err = plan_check(plan, error);
    if (err != ERR_OK)
        return error_wrap(error, "'%s' is not a valid topology", path);
    *ret_plan = TAKE(plan);
    return ERR_OK;
}

/* Started by hand, for a debugger, it has no such descriptor and answers on standard output. */
static int take_file(void)
{
    if (fcntl(DESCRIBE_CHILD_FILE, F_SETFD, FD_CLOEXEC) < 0)
        return STDOUT_FILENO;
    int file = fcntl(DESCRIBE_CHILD_FILE, F_DUPFD_CLOEXEC, FILE_MIN);
    if (file < 0)
        return DESCRIBE_CHILD_FILE; /* so many are not allowed: `ulimit -n` */
    (void)close(DESCRIBE_CHILD_FILE);
    return file;
}

_Noreturn void describe_child_main(const char *path)
{
    int file = take_file();
    struct plan *plan = NULL;
    struct error error;
    struct text text;

    set_limits();
    die_of_crashes();
    enum err err = describe_file(file, path, &plan, &error);
    text_init(&text);
    if (err == ERR_OK) {
        AUTO(mem_free_text) char *json = plan_encode(plan);
        text_add(&text, DESCRIBE_CHILD_PLAN "%s", json);
    } else {
        text_add(&text, DESCRIBE_CHILD_ERROR "%d\n%s", (int)err, error.text);
    }
    answer(file, &text);
    _exit(0);
}
