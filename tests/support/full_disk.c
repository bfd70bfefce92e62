/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that is full while a file exists: a library to be preloaded into a server. Every write,
 * growth or allocation fails with ENOSPC while the file that FULL_DISK_WHILE names exists, but for
 * the standard streams. No rights, no file system of a certain size needed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static bool is_full(int file)
{
    const char *flag = getenv("FULL_DISK_WHILE");
    char target[32];
    char path[64];

    if (file <= STDERR_FILENO || flag == NULL || access(flag, F_OK) != 0)
        return false;

    /* Sockets, pipes and eventfds have names without a '/' at their beginning. */
    size_t digits = sizeof path;
    path[--digits] = '\0';
    for (unsigned int rest = (unsigned int)file; rest > 0 || digits == sizeof path - 1; rest /= 10)
        path[--digits] = (char)('0' + rest % 10);
    static const char folder[] = "/proc/self/fd/";
    digits -= sizeof folder - 1;
    for (size_t i = 0; i < sizeof folder - 1; i++)
        path[digits + i] = folder[i];
    return readlink(path + digits, target, sizeof target) > 0 && target[0] == '/';
}

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* The functions that a store may call, each as the system has it. */
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset);
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset);
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset);
int fallocate(int file, int mode, off_t offset, off_t size);

ssize_t write(int file, const void *bytes, size_t size)
{
    ssize_t (*real)(int, const void *, size_t);

    *(void **)&real = next("write");
    if (is_full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off_t);

    *(void **)&real = next("pwrite");
    if (is_full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off64_t);

    *(void **)&real = next("pwrite64");
    if (is_full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, bytes, size, offset);
}

int posix_fallocate(int file, off_t offset, off_t size)
{
    int (*real)(int, off_t, off_t);

    *(void **)&real = next("posix_fallocate");
    return is_full(file) ? ENOSPC : real(file, offset, size);
}

/* Half of what is asked for finds room, as on a real disk. */
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset)
{
    ssize_t (*real)(int, const struct iovec *, int, off_t);

    *(void **)&real = next("pwritev");
    if (!is_full(file))
        return real(file, parts, count, offset);
    if (count > 1)
        return real(file, parts, 1, offset);
    errno = ENOSPC;
    return -1;
}

int fallocate(int file, int mode, off_t offset, off_t size)
{
    int (*real)(int, int, off_t, off_t);

    *(void **)&real = next("fallocate");
    if (is_full(file)) {
        errno = ENOSPC;
        return -1;
    }
    return real(file, mode, offset, size);
}
