/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes of workers: started so that they outlive their supervisor, recognised again after its
 * restart, and never mixed up with others. A process is who it is by its number and the time at
 * which it was born, in ticks since the boot; signals go through a pidfd, which cannot come to mean
 * another process.
 *
 * A child has a session and process group of its own, nothing on its stdin, no descriptor but its
 * three, default signals, and an environment of a few known variables. Any thread.
 */
#ifndef SUPERVISOR_IO_PROCESS_H
#define SUPERVISOR_IO_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "supervisor/io/user.h"

enum {
    PROCESS_BOOT_MAX = 64,
    PROCESS_FOUND_MAX = 4096,
};

struct process {
    int64_t pid; /* 0: none */
    uint64_t born;
    uint64_t age_ms;
    int handle; /* pidfd; -1: none */
};

struct process_options {
    const char *const *words; /* the program's path and its arguments, with a final NULL */
    int output;               /* its stdout and stderr */
    uint64_t memory_bytes;    /* limit of its address space; 0: none */
    uint64_t files;           /* limit of its descriptors; 0: none */
    const struct user *user;  /* who it becomes, by itself: HOME and USER are that one's */
};

/* Starts a child. The limits are set right after the start, before user code is loaded, but not
 * before the program's first instructions. */
enum err process_start(const struct process_options *options, struct process *ret_process,
                       struct error *error) MUST_USE;

/* Opens a handle of one that lives. ERR_NOT_FOUND if there is none with this number (or it is a
 * zombie); `born` says whether it is the one that is meant. */
enum err process_open(int64_t pid, struct process *ret_process) MUST_USE;

void process_close(struct process *process);

/* To the process alone, or to its whole group, itself included. */
void process_signal(const struct process *process, int signal_number);
void process_signal_group(const struct process *process, int signal_number);

/* It has ended (its handle can be read). Kills what is left of its group, takes its status if it is
 * our child, and says how it ended: "exit 1", "killed by SIGSEGV", "ended while ...". Returns the
 * exit code, -1 for none. */
int process_reap(const struct process *process, char *ret_text, size_t size);

/* A worker that runs and talks, or means to, to the socket at this path, by its command line. */
struct process_found {
    int64_t pid;
    uint32_t slot;
    uint64_t incarnation;
    char topology[129];
};

/* Looks through all processes of ours, and of the user that workers run as; returns how many were
 * found. */
size_t process_find_workers(const char *socket_path, const struct user *user,
                            struct process_found *ret_found, size_t max);

/* The number of the machine's boot, "" if it tells none. */
void process_boot(char ret_boot[PROCESS_BOOT_MAX]);

#endif
