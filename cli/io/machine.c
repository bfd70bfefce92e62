/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: /proc, O_TMPFILE, adjtimex(). */
#include "cli/io/machine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    SYNCS = 9,
    VERSION_MS = 5000, /* for a program to tell its version */
};

char *machine_line(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "re");
    bool is_read = file != NULL && fgets(line, sizeof line, file) != NULL;

    if (file != NULL)
        (void)fclose(file);
    if (!is_read)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return mem_copy_text(line);
}

uint64_t machine_memory_available(void)
{
    FILE *file = fopen("/proc/meminfo", "re");
    uint64_t kib = 0;
    char line[256];

    while (file != NULL && kib == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "MemAvailable:", strlen("MemAvailable:")) == 0)
            kib = strtoull(line + strlen("MemAvailable:"), NULL, 10);
    }
    if (file != NULL)
        (void)fclose(file);
    return kib * 1024;
}

/* ---- another program ---- */

/* Reads up to its end, or as long as it may take. */
static size_t read_output(int file, char *bytes, size_t size)
{
    uint64_t deadline_ns = clock_now_ns() + VERSION_MS * 1000000ull;
    struct pollfd watched = {.fd = file, .events = POLLIN};
    size_t used = 0;

    while (used < size && clock_now_ns() < deadline_ns && poll(&watched, 1, VERSION_MS) > 0) {
        ssize_t got = read(file, bytes + used, size - used);

        if (got <= 0)
            break;
        used += (size_t)got;
    }
    return used;
}

static int spawn(const char *program, int output, pid_t *ret_pid)
{
    char *const words[] = {(char *)(uintptr_t)program, (char[]){"--version"}, NULL};
    posix_spawn_file_actions_t files;

    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    int result = posix_spawn(ret_pid, program, &files, NULL, words, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    return result;
}

char *machine_version_of(const char *program)
{
    char bytes[256] = "";
    int ends[2];
    pid_t pid;

    if (access(program, X_OK) != 0 || pipe2(ends, O_CLOEXEC) != 0)
        return NULL;
    int result = spawn(program, ends[1], &pid);
    (void)close(ends[1]);
    if (result == 0) {
        bytes[read_output(ends[0], bytes, sizeof bytes - 1)] = '\0';
        (void)kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    (void)close(ends[0]);
    bytes[strcspn(bytes, "\n")] = '\0';
    return bytes[0] == '\0' ? NULL : mem_copy_text(bytes);
}

/* ---- ports and clock ---- */

bool machine_port_is_free(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (handle < 0)
        return false;
    (void)setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    bool is_free =
        bind(handle, (struct sockaddr *)&address, sizeof address) == 0 && listen(handle, 1) == 0;
    (void)close(handle);
    return is_free;
}

bool machine_clock_is_set(void)
{
    struct timex state = {.modes = 0};

    return adjtimex(&state) != TIME_ERROR;
}

/* ---- disk ---- */

char *machine_existing(const char *folder)
{
    char *path = mem_copy_text(folder[0] == '\0' ? "." : folder);

    while (access(path, F_OK) != 0 && strcmp(path, "/") != 0 && strcmp(path, ".") != 0) {
        char *slash = strrchr(path, '/');

        if (slash == NULL)
            (void)strncpy(path, ".", 2);
        else
            slash[slash == path ? 1 : 0] = '\0';
    }
    return path;
}

bool machine_room(const char *folder, uint64_t *ret_bytes)
{
    struct statvfs state;

    if (statvfs(folder, &state) != 0)
        return false;
    *ret_bytes = (uint64_t)state.f_bavail * state.f_frsize;
    return true;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

/* A file without a name goes when it is closed. */
bool machine_sync_time(const char *folder, uint64_t *ret_ns)
{
    static const char page[4096] = "";
    uint64_t times[SYNCS];
    bool is_good = true;
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (file < 0)
        return false;
    for (size_t i = 0; i < SYNCS && is_good; i++) {
        uint64_t begin_ns = clock_now_ns();

        is_good = write(file, page, sizeof page) == (ssize_t)sizeof page && fsync(file) == 0;
        times[i] = clock_now_ns() - begin_ns;
    }
    int code = errno;
    (void)close(file);
    errno = code;
    if (!is_good)
        return false;
    qsort(times, SYNCS, sizeof *times, compare);
    *ret_ns = times[SYNCS / 2];
    return true;
}
