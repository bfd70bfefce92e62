/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "base/file.h"
#include "base/lock_file.h"
#include "base/mem.h"
#include "coord/state/paths.h"
#include "supervisor/io/folder.h"

#define LOCK_NAME "lock"

static enum err make_id(const char *path, char **ret_id, struct error *error)
{
    uuid_t uuid;
    char text[UUID_STR_LEN + 1];

    uuid_generate(uuid);
    uuid_unparse_lower(uuid, text);
    AUTO(mem_free_text) char *id = mem_copy_text(text);
    text[UUID_STR_LEN - 1] = '\n';
    text[UUID_STR_LEN] = '\0';
    enum err err = folder_write(path, text, strlen(text), error);
    if (err == ERR_OK)
        *ret_id = TAKE(id);
    return err;
}

static enum err check(const char *id, const char *where, struct error *error)
{
    if (paths_id_is_valid(id))
        return ERR_OK;
    return error_set(
        error, ERR_INVALID,
        "%s: the supervisor's id '%.64s' must be 1 to %d letters, digits, '.', '_' and "
        "'-'",
        where, id, PATHS_ID_MAX);
}

enum err identity_get(const char *folder, const char *named, char **ret_id, struct error *error)
{
    AUTO(mem_free_text) char *path = folder_join(folder, "id");
    AUTO(mem_free_text) char *id = NULL;
    size_t size;

    if (named[0] != '\0') {
        enum err err = check(named, "supervisor.id", error);
        if (err == ERR_OK)
            *ret_id = mem_copy_text(named);
        return err;
    }
    enum err err = file_read(path, 4096, &id, &size, error);
    if (err == ERR_NOT_FOUND)
        return make_id(path, ret_id, error);
    if (err != ERR_OK)
        return err;
    id[strcspn(id, "\n")] = '\0';
    err = check(id, path, error);
    if (err == ERR_OK)
        *ret_id = TAKE(id);
    return err;
}

enum err identity_lock(const char *folder, int *ret_file, struct error *error)
{
    AUTO(mem_free_text) char *path = folder_join(folder, LOCK_NAME);
    enum err err = lock_file_take(path, ret_file, error);

    if (err != ERR_EXISTS)
        return err;
    return error_set(error, ERR_EXISTS,
                     "another supervisor uses the folder '%s': give each its own supervisor.data",
                     folder);
}

void identity_unlock(const char *folder, int *file)
{
    AUTO(mem_free_text) char *path = folder_join(folder, LOCK_NAME);

    lock_file_release(path, file);
}
