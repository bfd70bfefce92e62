/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

static enum err code_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    default:
        return ERR_IO;
    }
}

static enum err refuse_to(const char *what, const char *path, int number, struct error *error)
{
    char reason[128];

    if (strerror_r(number, reason, sizeof reason) != 0)
        return error_set(error, code_of(number), "cannot %s '%s': error %d", what, path, number);
    return error_set(error, code_of(number), "cannot %s '%s': %s", what, path, reason);
}

static enum err refuse(const char *path, int number, struct error *error)
{
    return refuse_to("read", path, number, error);
}

/* Appends until the end of the file or until there is more than `size_max`; returns errno. Does
 * not trust the size that the system tells: in /proc it is 0, and a log may be growing. */
static int collect(int file, size_t size_max, struct text *text)
{
    char chunk[16 * 1024];

    while (text_size(text) <= size_max) {
        ssize_t got = read(file, chunk, sizeof chunk);
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return errno;
        if (got > 0)
            text_add_bytes(text, chunk, (size_t)got);
    }
    return 0;
}

enum err file_read(const char *path, size_t size_max, char **ret_bytes, size_t *ret_size,
                   struct error *error)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return refuse(path, errno, error);

    AUTO(text_done) struct text text;
    text_init(&text);
    int failure = collect(file, size_max, &text);
    (void)close(file); /* nothing was written that could be lost */
    if (failure != 0)
        return refuse(path, failure, error);
    if (text_size(&text) > size_max)
        return error_set(error, ERR_LIMIT, "cannot read '%s': larger than %zu bytes", path,
                         size_max);

    *ret_size = text_size(&text);
    *ret_bytes = text_take(&text);
    return ERR_OK;
}

static enum err make_one(const char *path, struct error *error)
{
    if (mkdir(path, 0755) == 0 || errno == EEXIST)
        return ERR_OK;
    return refuse_to("make the folder", path, errno, error);
}

enum err file_make_folder(const char *path, struct error *error)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(path);

    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        enum err err = make_one(copy, error);
        if (err != ERR_OK)
            return err;
        *slash = '/';
    }
    return make_one(copy, error);
}
