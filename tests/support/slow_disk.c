/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that stalls while a file is locked: a library to be preloaded into a server. fdatasync()
 * and fsync() wait until nobody holds an exclusive flock() on the file that SLOW_DISK_LOCK names.
 * The file SLOW_DISK_TOLD is made as soon as one of them has to wait.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

static int open_named(const char *variable, int flags)
{
    const char *path = getenv(variable);

    return path == NULL ? -1 : open(path, flags | O_CLOEXEC, 0600);
}

static void tell(void)
{
    int file = open_named("SLOW_DISK_TOLD", O_CREAT | O_WRONLY);

    if (file >= 0)
        (void)close(file);
}

static void stall(void)
{
    int lock = open_named("SLOW_DISK_LOCK", O_RDONLY);

    if (lock < 0)
        return;
    if (flock(lock, LOCK_SH | LOCK_NB) != 0) {
        tell();
        (void)flock(lock, LOCK_SH);
    }
    (void)close(lock);
}

static int sync_with(const char *name, int file)
{
    int (*real)(int);

    *(void **)&real = dlsym(RTLD_NEXT, name);
    stall();
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
