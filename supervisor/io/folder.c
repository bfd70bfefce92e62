/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

char *folder_join(const char *path, const char *name)
{
    struct text text;

    text_init(&text);
    text_add(&text, "%s/%s", path, name);
    return text_take(&text);
}

enum err folder_fault(const char *what, const char *path, int number, struct error *error)
{
    enum err err = number == ENOSPC || number == EDQUOT ? ERR_FULL : ERR_IO;

    return error_set(error, err, "%s '%s': %s", what, path, strerror(number));
}

enum err folder_make(const char *path, struct error *error)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(path);

    for (char *at = copy + 1;; at++) {
        char after = *at;
        if (after != '/' && after != '\0')
            continue;
        *at = '\0';
        /* Those above are entered, and not read, by workers that are other users. */
        if (mkdir(copy, after == '/' ? 0711 : 0750) != 0 && errno != EEXIST)
            return folder_fault("cannot make the folder", copy, errno, error);
        if (after == '\0')
            return ERR_OK;
        *at = after;
    }
}

enum err folder_sync(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return folder_fault("cannot open the folder", path, errno, error);
    int status = fsync(folder);
    int number = errno;
    (void)close(folder);
    return status == 0 ? ERR_OK : folder_fault("cannot sync the folder", path, number, error);
}

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        size -= (size_t)done;
    }
    return true;
}

/* The folder that the path is in. */
static enum err sync_above(const char *path, struct error *error)
{
    AUTO(mem_free_text) char *copy = mem_copy_text(path);
    char *slash = strrchr(copy, '/');

    if (slash == NULL)
        return folder_sync(".", error);
    *slash = '\0';
    return folder_sync(copy[0] == '\0' ? "/" : copy, error);
}

enum err folder_write(const char *path, const void *bytes, size_t size, struct error *error)
{
    struct text other;

    text_init(&other);
    text_add(&other, "%s.new", path);
    AUTO(mem_free_text) char *temporary = text_take(&other);
    int file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (file < 0)
        return folder_fault("cannot write", temporary, errno, error);
    bool good = write_all(file, bytes, size) && fsync(file) == 0;
    int number = errno;
    good = close(file) == 0 && good;
    if (good && rename(temporary, path) != 0) {
        number = errno;
        good = false;
    }
    if (good)
        return sync_above(path, error);
    (void)unlink(temporary);
    return folder_fault("cannot write", path, number, error);
}
