/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon that `gale up` starts: a process that gets SIGTERM when this one ends, however it ends,
 * and whose output goes to a file.
 */
#ifndef CLI_IO_UP_CHILD_H
#define CLI_IO_UP_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

enum {
    UP_CHILD_LOG_MAX = 16 * 1024 * 1024, /* bytes; a longer log gets another name at a start */
};

/* The program lies beside this one. The first word is its name alone. To be called by the thread
 * that lives as long as the process. */
MUST_USE enum err up_child_start(char *const *words, const char *log_path, pid_t *ret_pid,
                                 struct error *error);

/* "exit status 1", "killed by SIGKILL": of a status of waitpid(). */
void up_child_describe(int status, struct text *text);

/* Appends the last line of the file, if it has any. */
void up_child_last_line(const char *log_path, struct text *text);

/* From now on processes that are left by their parents become ours, so that none is forgotten. */
void up_child_adopt(void);

/* Sends a signal to all children that there are. False if there is none. */
bool up_child_signal_all(int signal_number);

#endif
