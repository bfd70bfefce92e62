/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/user.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "supervisor/io/folder.h"

#define USUAL "nobody"

enum {
    RECORD_MAX = 16384,
};

/* ---- who ---- */

static enum err look_up(const char *name, struct user *ret_user, struct error *error)
{
    AUTO(mem_free_text) char *buffer = mem_alloc(RECORD_MAX);
    struct passwd record, *found = NULL;
    int status = getpwnam_r(name, &record, buffer, RECORD_MAX, &found);

    if (found == NULL)
        return error_set(error, ERR_NOT_FOUND,
                         "there is no user '%s' for the workers%s%s: set supervisor.worker.user to "
                         "one that there is",
                         name, status == 0 ? "" : ": ", status == 0 ? "" : strerror(status));
    struct user user = {
        .is_other = found->pw_uid != geteuid(), .uid = found->pw_uid, .gid = found->pw_gid};
    (void)snprintf(user.name, sizeof user.name, "%s", found->pw_name);
    (void)snprintf(user.home, sizeof user.home, "%s", found->pw_dir);
    *ret_user = user;
    return ERR_OK;
}

enum err user_choose(const char *name, struct user *ret_user, struct error *error)
{
    bool is_root = geteuid() == 0;
    struct user user;

    if (name[0] == '\0' && !is_root) {
        *ret_user = (struct user){.is_other = false};
        return ERR_OK;
    }
    enum err err = look_up(name[0] == '\0' ? USUAL : name, &user, error);
    if (err != ERR_OK)
        return err;
    if (user.is_other && !is_root)
        return error_set(error, ERR_DENIED,
                         "supervisor.worker.user is '%s', but only root can start workers as "
                         "another user",
                         name);
    *ret_user = user;
    return ERR_OK;
}

/* ---- folders ---- */

static bool may_enter(const struct user *user, const struct stat *status)
{
    if (status->st_uid == user->uid)
        return (status->st_mode & S_IXUSR) != 0;
    if (status->st_gid == user->gid)
        return (status->st_mode & S_IXGRP) != 0;
    return (status->st_mode & S_IXOTH) != 0;
}

static enum err check_folder(const struct user *user, const char *path, struct error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return folder_fault("cannot look at the folder", path, errno, error);
    if (may_enter(user, &status))
        return ERR_OK;
    return error_set(error, ERR_DENIED,
                     "workers run as '%s', who cannot enter '%s': chmod o+x, or choose another "
                     "supervisor.data or supervisor.worker.user (root: as the supervisor itself)",
                     user->name, path);
}

enum err user_check_path(const struct user *user, const char *path, struct error *error)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(path);

    if (!user->is_other)
        return ERR_OK;
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        enum err err = check_folder(user, copy, error);
        if (err != ERR_OK)
            return err;
        *slash = '/';
    }
    return check_folder(user, copy, error);
}

enum err user_open_folder(const struct user *user, const char *path, struct error *error)
{
    if (!user->is_other || chmod(path, 0711) == 0)
        return ERR_OK;
    return folder_fault("cannot let workers enter", path, errno, error);
}
