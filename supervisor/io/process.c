/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "coord/state/paths.h"

enum {
    STAT_MAX = 4096,
    COMMAND_MAX = 64 * 1024,
    ENVIRONMENT_MAX = 64, /* variables */
    BORN_FIELD = 22,      /* of /proc/PID/stat, counted from 1 */
};

/* ---- Identity ------------------------------------------------------------------------------- */

/* Reads what files of /proc tell; false if there is no such file. */
static bool read_proc(int64_t pid, const char *name, char *bytes, size_t size, size_t *ret_size)
{
    char path[64];
    size_t used = 0;
    ssize_t got;

    (void)snprintf(path, sizeof path, "/proc/%lld/%s", (long long)pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    while (used < size - 1 && (got = read(file, bytes + used, size - 1 - used)) > 0)
        used += (size_t)got;
    (void)close(file);
    bytes[used] = '\0';
    *ret_size = used;
    return used > 0;
}

/* The name of the program stands in parentheses and may hold anything: what counts is behind the
 * last of them, the state first, which is the third field. */
static bool read_born(int64_t pid, uint64_t *ret_born)
{
    char bytes[STAT_MAX];
    size_t size;

    if (!read_proc(pid, "stat", bytes, sizeof bytes, &size))
        return false;
    char *at = strrchr(bytes, ')');
    if (at == NULL || at[1] != ' ' || at[2] == 'Z' || at[2] == 'X')
        return false;
    at++;
    for (int field = 3; field < BORN_FIELD && at != NULL; field++)
        at = strchr(at + 1, ' ');
    if (at == NULL)
        return false;
    *ret_born = strtoull(at + 1, NULL, 10);
    return *ret_born > 0;
}

/* Ticks count from the boot; so does the clock, but for the time in which the machine slept. */
static uint64_t age_of(uint64_t born)
{
    uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
    uint64_t born_ms = born * 1000 / ticks;
    uint64_t now_ms = clock_now_ns() / 1000000;

    return now_ms > born_ms ? now_ms - born_ms : 0;
}

enum err process_open(int64_t pid, struct process *ret_process)
{
    struct process process = {.pid = pid, .handle = pidfd_open((pid_t)pid, 0)};

    if (process.handle < 0)
        return errno == ESRCH ? ERR_NOT_FOUND : ERR_IO;
    /* Read after the handle is open: if it is the right one now, the handle is its. */
    if (!read_born(pid, &process.born)) {
        process_close(&process);
        return ERR_NOT_FOUND;
    }
    process.age_ms = age_of(process.born);
    *ret_process = process;
    return ERR_OK;
}

void process_close(struct process *process)
{
    if (process->handle >= 0)
        (void)close(process->handle);
    *process = (struct process){.handle = -1};
}

void process_boot(char ret_boot[PROCESS_BOOT_MAX])
{
    char *bytes;
    size_t size;

    ret_boot[0] = '\0';
    if (file_read("/proc/sys/kernel/random/boot_id", 4096, &bytes, &size, NULL) != ERR_OK)
        return;
    bytes[strcspn(bytes, "\n")] = '\0';
    (void)snprintf(ret_boot, PROCESS_BOOT_MAX, "%s", bytes);
    free(bytes);
}

/* ---- Start ---------------------------------------------------------------------------------- */

/* What a program needs to find its libraries, files and time zone, what sanitizers read, and what is
 * Gale's own. Nothing else of ours: there may be secrets in it. */
static bool is_passed_on(const char *variable)
{
    static const char *const names[] = {
        "PATH=",         "HOME=",
        "USER=",         "LOGNAME=",
        "SHELL=",        "LANG=",
        "LC_",           "TZ=",
        "TMPDIR=",       "LD_LIBRARY_PATH=",
        "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
        "TSAN_OPTIONS=", "LSAN_OPTIONS=",
        "GALE_",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
}

/* Of who we are: another user has others. */
static bool is_personal(const char *variable)
{
    return strncmp(variable, "HOME=", 5) == 0 || strncmp(variable, "USER=", 5) == 0 ||
           strncmp(variable, "LOGNAME=", 8) == 0 || strncmp(variable, "SHELL=", 6) == 0;
}

struct personal {
    char home[sizeof "HOME=" + USER_HOME_SIZE];
    char name[sizeof "USER=" + USER_NAME_SIZE];
    char login[sizeof "LOGNAME=" + USER_NAME_SIZE];
};

static void choose_environment(const struct user *user, struct personal *personal,
                               char *ret_variables[ENVIRONMENT_MAX + 1])
{
    size_t count = 0;

    if (user->is_other) {
        (void)snprintf(personal->home, sizeof personal->home, "HOME=%s", user->home);
        (void)snprintf(personal->name, sizeof personal->name, "USER=%s", user->name);
        (void)snprintf(personal->login, sizeof personal->login, "LOGNAME=%s", user->name);
        ret_variables[count++] = personal->home;
        ret_variables[count++] = personal->name;
        ret_variables[count++] = personal->login;
    }
    for (char **variable = environ; *variable != NULL && count < ENVIRONMENT_MAX; variable++) {
        if (is_passed_on(*variable) && !(user->is_other && is_personal(*variable)))
            ret_variables[count++] = *variable;
    }
    ret_variables[count] = NULL;
}

static int prepare(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions, int output)
{
    sigset_t all, none;
    int status = posix_spawnattr_init(attributes);

    if (status == 0)
        status = posix_spawn_file_actions_init(actions);
    sigfillset(&all);
    sigemptyset(&none);
    if (status == 0)
        status = posix_spawnattr_setsigdefault(attributes, &all);
    if (status == 0)
        status = posix_spawnattr_setsigmask(attributes, &none);
    if (status == 0)
        status = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF |
                                                          POSIX_SPAWN_SETSIGMASK);
    if (status == 0)
        status = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (status == 0)
        status = posix_spawn_file_actions_adddup2(actions, output, STDOUT_FILENO);
    if (status == 0)
        status = posix_spawn_file_actions_adddup2(actions, output, STDERR_FILENO);
    if (status == 0)
        status = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    return status;
}

static void limit(pid_t pid, int resource, uint64_t value)
{
    struct rlimit bounds = {.rlim_cur = value, .rlim_max = value};

    if (value > 0)
        (void)prlimit(pid, (__rlimit_resource_t)resource, &bounds, NULL);
}

enum err process_start(const struct process_options *options, struct process *ret_process,
                       struct error *error)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    char *environment[ENVIRONMENT_MAX + 1];
    struct personal personal;
    pid_t pid = 0;

    choose_environment(options->user, &personal, environment);
    int status = prepare(&attributes, &actions, options->output);
    if (status == 0)
        status = posix_spawn(&pid, options->words[0], &actions, &attributes,
                             (char *const *)(uintptr_t)options->words, environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    if (status != 0)
        return error_set(error, status == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot start '%s': %s",
                         options->words[0], strerror(status));
    limit(pid, RLIMIT_AS, options->memory_bytes);
    limit(pid, RLIMIT_NOFILE, options->files);
    struct process process = {.pid = pid, .handle = pidfd_open(pid, 0)};
    if (process.handle < 0) {
        status = errno;
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        return error_set(error, ERR_IO, "cannot watch '%s': %s", options->words[0],
                         strerror(status));
    }
    /* One that has ended already has no time of birth any more: its handle says so at once. */
    if (!read_born(pid, &process.born))
        process.born = 0;
    *ret_process = process;
    return ERR_OK;
}

/* ---- End ------------------------------------------------------------------------------------ */

void process_signal(const struct process *process, int signal_number)
{
    (void)pidfd_send_signal(process->handle, signal_number, NULL, 0);
}

/* Only while the process is there, dead or alive, but not reaped, the number of its group is sure to
 * be its. */
void process_signal_group(const struct process *process, int signal_number)
{
    if (pidfd_send_signal(process->handle, 0, NULL, 0) == 0 &&
        getpgid((pid_t)process->pid) == (pid_t)process->pid)
        (void)kill(-(pid_t)process->pid, signal_number);
    else
        process_signal(process, signal_number);
}

int process_reap(const struct process *process, char *ret_text, size_t size)
{
    siginfo_t info = {.si_pid = 0};

    if (waitid(P_PIDFD, (id_t)process->handle, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
        info.si_pid == 0) {
        (void)snprintf(ret_text, size,
                       "ended; how is not known, since an earlier supervisor had started it");
        return -1;
    }
    (void)kill(-(pid_t)process->pid, SIGKILL);
    (void)waitid(P_PIDFD, (id_t)process->handle, &info, WEXITED | WNOHANG);
    if (info.si_code == CLD_EXITED) {
        (void)snprintf(ret_text, size, "exit %d", info.si_status);
        return info.si_status;
    }
    const char *name = sigabbrev_np(info.si_status);
    if (name != NULL)
        (void)snprintf(ret_text, size, "killed by SIG%s", name);
    else
        (void)snprintf(ret_text, size, "killed by signal %d", info.si_status);
    return -1;
}

/* ---- Search --------------------------------------------------------------------------------- */

/* The word after the option; NULL if it is not there. */
static const char *value_of(const char *command, size_t size, const char *option)
{
    const char *end = command + size;

    for (const char *word = command; word < end; word += strlen(word) + 1) {
        const char *next = word + strlen(word) + 1;
        if (strcmp(word, option) == 0)
            return next < end ? next : NULL;
    }
    return NULL;
}

static bool is_worker(int64_t pid, const char *socket_path, struct process_found *ret_found)
{
    AUTO(mem_free_text) char *command = mem_alloc(COMMAND_MAX);
    size_t size;

    if (!read_proc(pid, "cmdline", command, COMMAND_MAX, &size))
        return false;
    const char *path = value_of(command, size, "--socket");
    const char *topology = value_of(command, size, "--topology");
    const char *slot = value_of(command, size, "--slot");
    const char *incarnation = value_of(command, size, "--incarnation");
    if (path == NULL || topology == NULL || slot == NULL || incarnation == NULL ||
        strcmp(path, socket_path) != 0 || !paths_id_is_valid(topology))
        return false;
    *ret_found = (struct process_found){
        .pid = pid,
        .slot = (uint32_t)strtoul(slot, NULL, 10),
        .incarnation = strtoull(incarnation, NULL, 10),
    };
    (void)snprintf(ret_found->topology, sizeof ret_found->topology, "%s", topology);
    return true;
}

static bool is_ours(int64_t pid, const struct user *user)
{
    char path[64];
    struct stat status;

    (void)snprintf(path, sizeof path, "/proc/%lld", (long long)pid);
    return stat(path, &status) == 0 &&
           (status.st_uid == geteuid() || (user->is_other && status.st_uid == user->uid));
}

size_t process_find_workers(const char *socket_path, const struct user *user,
                            struct process_found *ret_found, size_t max)
{
    DIR *folder = opendir("/proc");
    size_t count = 0;
    struct dirent *entry;

    if (folder == NULL)
        return 0;
    while (count < max && (entry = readdir(folder)) != NULL) {
        char *end;
        int64_t pid = strtoll(entry->d_name, &end, 10);
        if (pid <= 0 || *end != '\0' || pid == getpid())
            continue;
        if (is_ours(pid, user) && is_worker(pid, socket_path, &ret_found[count]))
            count++;
    }
    (void)closedir(folder);
    return count;
}
