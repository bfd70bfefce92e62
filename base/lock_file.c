/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether the file that is open is still the one of that name: another one may have taken it away
 * between our open and our lock. */
static bool is_at(const char *path, int file)
{
    struct stat open, named;

    return fstat(file, &open) == 0 && lstat(path, &named) == 0 && open.st_dev == named.st_dev &&
           open.st_ino == named.st_ino;
}

enum err lock_file_take(const char *path, int *ret_file, struct error *error)
{
    for (;;) {
        int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (file < 0)
            return error_set(error, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
        if (flock(file, LOCK_EX | LOCK_NB) != 0) {
            int number = errno;
            (void)close(file);
            if (number == EWOULDBLOCK)
                return error_set(error, ERR_EXISTS, "'%s' is locked by another process", path);
            return error_set(error, ERR_IO, "cannot lock '%s': %s", path, strerror(number));
        }
        if (is_at(path, file)) {
            *ret_file = file;
            return ERR_OK;
        }
        (void)close(file);
    }
}

void lock_file_release(const char *path, int *file)
{
    if (*file < 0)
        return;
    if (is_at(path, *file))
        (void)unlink(path);
    (void)close(*file);
    *file = -1;
}
