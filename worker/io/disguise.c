/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/disguise.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/settings_schema.h"

enum {
    NUMBER_SIZE = 16,
};

static bool parse_number(const char *text, size_t size, uint32_t *ret_number)
{
    char copy[NUMBER_SIZE];
    uint64_t number;

    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (!setting_parse_u64(copy, &number) || number == 0 || number >= UINT32_MAX)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

enum err disguise_parse(const char *text, struct disguise *ret_disguise, struct error *error)
{
    const char *colon = strchr(text, ':');
    struct disguise disguise = {.is_wanted = true};

    if (colon == NULL || !parse_number(text, (size_t)(colon - text), &disguise.uid) ||
        !parse_number(colon + 1, strlen(colon + 1), &disguise.gid))
        return error_set(error, ERR_INVALID,
                         "--user must be the numbers of a user and a group other than root, like "
                         "1000:1000, not '%s'",
                         text);
    *ret_disguise = disguise;
    return ERR_OK;
}

/* All three ids of each kind; then it is seen that there is no way back. */
static bool change(const struct disguise *disguise)
{
    if (setgroups(0, NULL) != 0 || setresgid(disguise->gid, disguise->gid, disguise->gid) != 0 ||
        setresuid(disguise->uid, disguise->uid, disguise->uid) != 0)
        return false;
    if (setuid(0) == 0 || setgid(0) == 0) {
        errno = EPERM;
        return false;
    }
    return true;
}

enum err disguise_put_on(const struct disguise *disguise, struct error *error)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set(error, ERR_DENIED, "cannot give up new privileges: %s", strerror(errno));
    if (!disguise->is_wanted)
        return ERR_OK;
    if (setrlimit(RLIMIT_CORE, &none) != 0 || !change(disguise))
        return error_set(error, ERR_DENIED, "cannot become user %lu: %s",
                         (unsigned long)disguise->uid, strerror(errno));
    return ERR_OK;
}
