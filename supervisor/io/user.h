/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who workers run as. Where the supervisor is root, they are somebody else unless a person says root:
 * a topology is whatever its author wrote. Reads the system's users; any thread at the start.
 */
#ifndef SUPERVISOR_IO_USER_H
#define SUPERVISOR_IO_USER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum {
    USER_NAME_SIZE = 256,
    USER_HOME_SIZE = 1024,
};

struct user {
    bool is_other; /* than who we are; else the rest does not matter */
    uint32_t uid;
    uint32_t gid;
    char name[USER_NAME_SIZE];
    char home[USER_HOME_SIZE];
};

/* By supervisor.worker.user. ERR_NOT_FOUND if there is no such user, ERR_DENIED if we may not start
 * anything as that one. */
enum err user_choose(const char *name, struct user *ret_user, struct error *error) MUST_USE;

/* ERR_DENIED, with the remedy, if the user cannot enter one of the folders of an absolute path. */
enum err user_check_path(const struct user *user, const char *path, struct error *error) MUST_USE;

/* Lets others enter the folder, and not read it, if workers are others. */
enum err user_open_folder(const struct user *user, const char *path, struct error *error) MUST_USE;

#endif
