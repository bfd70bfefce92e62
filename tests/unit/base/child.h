/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs an action that should kill its process in a child, and tells how it went. Needs POSIX.
 */
#ifndef TESTS_UNIT_BASE_CHILD_H
#define TESTS_UNIT_BASE_CHILD_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct child_end {
    int signal;        /* that killed it; 0 if it came to its end */
    char errors[1024]; /* the start of what it wrote to stderr */
};

static inline struct child_end child_run(void (*action)(void))
{
    struct child_end end = {0};
    int pipe_ends[2];
    ck_assert_int_eq(pipe(pipe_ends), 0);

    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        if (dup2(pipe_ends[1], STDERR_FILENO) >= 0)
            action();
        _exit(0);
    }
    ck_assert_int_eq(close(pipe_ends[1]), 0);
    size_t size = 0;
    ssize_t got;
    while ((got = read(pipe_ends[0], end.errors + size, sizeof end.errors - 1 - size)) > 0)
        size += (size_t)got;
    ck_assert_int_eq(close(pipe_ends[0]), 0);

    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    return end;
}

#endif
