/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that is broken while a file exists: a library to be preloaded into a server. fdatasync() and
 * fsync() of a file fail with EIO while the file that BROKEN_DISK_WHILE names exists, if that file's
 * content, one line, is a part of the path of the other.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The wanted part of paths; false if the disk is whole. */
static bool read_part(char part[PATH_MAX])
{
    const char *flag = getenv("BROKEN_DISK_WHILE");
    FILE *file = flag == NULL ? NULL : fopen(flag, "re");

    if (file == NULL)
        return false;
    bool is_read = fgets(part, PATH_MAX, file) != NULL;
    (void)fclose(file);
    if (is_read)
        part[strcspn(part, "\n")] = '\0';
    return is_read;
}

static bool is_broken(int file)
{
    char part[PATH_MAX];
    char link[64];
    char path[PATH_MAX] = "";

    if (!read_part(part))
        return false;
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) > 0 && strstr(path, part) != NULL;
}

static int sync_with(const char *name, int file)
{
    int (*real)(int);

    *(void **)&real = dlsym(RTLD_NEXT, name);
    if (is_broken(file)) {
        errno = EIO;
        return -1;
    }
    return real(file);
}

int fdatasync(int file)
{
    return sync_with("fdatasync", file);
}

int fsync(int file)
{
    return sync_with("fsync", file);
}
