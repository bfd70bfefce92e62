/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and kills it, as by SIGKILL, at its N-th system call: before that call is made.
 * System calls of all its threads and children are counted together, from its own execve on. So
 * a test can let a program die between any two of its system calls, one run for each N.
 *
 *     kill_at N COMMAND [ARGUMENT...]      N = 0 kills never: it counts
 *
 * On descriptor 3, if it is open, or else on standard error, the last line is
 *
 *     killed COUNT       it was killed; COUNT is N
 *     ended COUNT        it ended by itself after COUNT system calls
 *
 * The status is 0 if it was killed, 2 if the command could not be run, else its own (128 + signal if
 * it died of one). SIGTERM and SIGINT are passed on. The command cannot outlive kill_at.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STATUS_UNUSABLE = 2,
    STATUS_SIGNAL = 128,
    REPORT_DESCRIPTOR = 3,
    SYSCALL_STOP = SIGTRAP | 0x80, /* what PTRACE_O_TRACESYSGOOD makes of it */
};

struct run {
    pid_t command;
    uint64_t kill_at;
    uint64_t count; /* system calls begun since the execve */
    bool has_begun;
    bool is_killed;
    bool has_ended;
    int status; /* of the command, once it has ended */
};

static volatile sig_atomic_t command_to_signal;

static void pass_on(int number)
{
    int before = errno;

    (void)kill((pid_t)command_to_signal, number);
    errno = before;
}

/* ---- The command's side --------------------------------------------------------------------- */

/* Stops until it is traced. */
static _Noreturn void become(char **arguments)
{
    (void)raise(SIGSTOP);
    (void)execvp(arguments[0], arguments);
    (void)fprintf(stderr, "kill_at: cannot run '%s': %s\n", arguments[0], strerror(errno));
    _exit(STATUS_UNUSABLE);
}

/* ---- The tracer's side ---------------------------------------------------------------------- */

static bool is_entry(pid_t thread)
{
    struct __ptrace_syscall_info info = {.op = PTRACE_SYSCALL_INFO_NONE};

    return ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof info, &info) > 0 &&
           info.op == PTRACE_SYSCALL_INFO_ENTRY;
}

/* A thread stands before a system call or behind one. */
static void count_call(struct run *run, pid_t thread)
{
    if (!run->has_begun || !is_entry(thread))
        return;
    run->count++;
    if (run->count == run->kill_at) {
        run->is_killed = true;
        (void)kill(run->command, SIGKILL);
    }
}

/* Looks at why the thread stopped; returns the signal that it gets when it goes on. */
static int look_at(struct run *run, pid_t thread, int status)
{
    int number = WSTOPSIG(status);
    int event = status >> 16;

    if (number == SYSCALL_STOP) {
        count_call(run, thread);
        return 0;
    }
    if (event == PTRACE_EVENT_EXEC)
        run->has_begun = true;
    return event == 0 ? number : 0;
}

/* Children of a command that was killed are killed when they come by. One that vanished meanwhile
 * needs nothing. */
static void go_on(const struct run *run, pid_t thread, int number)
{
    if (run->is_killed)
        (void)kill(thread, SIGKILL);
    (void)ptrace(PTRACE_SYSCALL, thread, NULL, (void *)(intptr_t)number);
}

static void trace(struct run *run)
{
    for (;;) {
        int status = 0;
        pid_t thread = waitpid(-1, &status, __WALL);
        if (thread < 0 && errno != EINTR)
            return;
        if (thread < 0)
            continue;
        if (WIFSTOPPED(status)) {
            go_on(run, thread, look_at(run, thread, status));
        } else if (thread == run->command) {
            run->has_ended = true;
            run->status = status;
            if (!run->is_killed)
                return; /* what it left behind dies with this process */
        }
    }
}

static bool attach(pid_t command)
{
    const unsigned options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
                             PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
    int status = 0;

    return waitpid(command, &status, WUNTRACED) == command && WIFSTOPPED(status) &&
           ptrace(PTRACE_SEIZE, command, NULL, (void *)(uintptr_t)options) == 0 &&
           kill(command, SIGCONT) == 0;
}

static int report(const struct run *run)
{
    bool has_descriptor = fcntl(REPORT_DESCRIPTOR, F_GETFD) >= 0;

    (void)dprintf(has_descriptor ? REPORT_DESCRIPTOR : STDERR_FILENO, "%s %llu\n",
                  run->is_killed ? "killed" : "ended", (unsigned long long)run->count);
    if (run->is_killed)
        return 0;
    if (!run->has_ended)
        return STATUS_UNUSABLE;
    return WIFEXITED(run->status) ? WEXITSTATUS(run->status)
                                  : STATUS_SIGNAL + WTERMSIG(run->status);
}

static void pass_signals_on(pid_t command)
{
    struct sigaction action = {.sa_handler = pass_on};

    command_to_signal = command;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    struct run run = {.kill_at = argc > 2 ? strtoull(argv[1], &end, 10) : 0};

    if (end == NULL || end == argv[1] || *end != '\0') {
        (void)fprintf(stderr, "usage: kill_at N COMMAND [ARGUMENT...]\n");
        return STATUS_UNUSABLE;
    }
    (void)fcntl(REPORT_DESCRIPTOR, F_SETFD, FD_CLOEXEC); /* not the command's; may be closed */
    run.command = fork();
    if (run.command == 0)
        become(argv + 2);
    if (run.command < 0 || !attach(run.command)) {
        (void)fprintf(stderr, "kill_at: cannot trace: %s\n", strerror(errno));
        if (run.command > 0)
            (void)kill(run.command, SIGKILL);
        return STATUS_UNUSABLE;
    }
    pass_signals_on(run.command);
    trace(&run);
    return report(&run);
}
