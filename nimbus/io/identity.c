/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/io/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uuid.h>

#include "base/file.h"
#include "base/lock_file.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/paths.h"

#define LOCK_NAME "lock"

enum {
    UUID_SIZE = 37, /* with the final NUL */
};

static char *join(const char *folder, const char *name)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s/%s", folder, name);
    return text_take(&text);
}

enum err identity_lock(const char *folder, int *ret_file, struct error *error)
{
    AUTO(mem_free_text) char *path = join(folder, LOCK_NAME);
    enum err err = lock_file_take(path, ret_file, error);

    if (err != ERR_EXISTS)
        return err;
    return error_set(error, ERR_EXISTS,
                     "another nimbus runs on the folder '%s'; name another one with --data",
                     folder);
}

void identity_unlock(const char *folder, int *file)
{
    AUTO(mem_free_text) char *path = join(folder, LOCK_NAME);

    lock_file_release(path, file);
}

/* Flushed and renamed: the id is whole, or is made anew. */
static enum err write_id(const char *path, const char *id, struct error *error)
{
    AUTO(mem_free_text) char *other = NULL;
    struct text name;

    text_init(&name);
    text_add(&name, "%s.new", path);
    other = text_take(&name);
    FILE *file = fopen(other, "we");
    bool is_good = file != NULL && fprintf(file, "%s\n", id) > 0 && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;
    int number = errno;
    if (file != NULL && fclose(file) != 0)
        is_good = false;
    if (is_good && rename(other, path) == 0)
        return ERR_OK;
    return error_set(error, ERR_IO, "cannot write '%s': %s", path,
                     strerror(is_good ? errno : number));
}

static enum err make_id(const char *path, char **ret_id, struct error *error)
{
    uuid_t uuid;
    char text[UUID_SIZE];

    uuid_generate(uuid);
    uuid_unparse_lower(uuid, text);
    enum err err = write_id(path, text, error);
    if (err == ERR_OK)
        *ret_id = mem_copy_text(text);
    return err;
}

enum err identity_get(const char *folder, const char *named, char **ret_id, struct error *error)
{
    AUTO(mem_free_text) char *path = join(folder, "id");
    AUTO(mem_free_text) char *text = NULL;
    size_t size;
    struct error reason;

    if (named[0] != '\0') {
        *ret_id = mem_copy_text(named);
        return ERR_OK;
    }
    enum err err = file_read(path, PATHS_ID_MAX + 1, &text, &size, &reason);
    if (err == ERR_NOT_FOUND)
        return make_id(path, ret_id, error);
    if (err != ERR_OK)
        return error_set(error, err, "%s", reason.text);
    text[strcspn(text, "\n")] = '\0';
    if (!paths_id_is_valid(text))
        return error_set(error, ERR_CORRUPT, "'%s' does not hold an id; delete it for a new one",
                         path);
    *ret_id = TAKE(text);
    return ERR_OK;
}
