/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: a signal at the parent's death, and adopted children. */
#include "cli/io/up_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/io/beside.h"

enum {
    EXEC_FAILED = 127,
};

static int open_log(const char *path)
{
    struct stat log;
    struct text before;

    if (stat(path, &log) == 0 && log.st_size > UP_CHILD_LOG_MAX) {
        text_init(&before);
        text_add(&before, "%s.1", path);
        (void)rename(path, text_data(&before));
        text_done(&before);
    }
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* In the child, where only what is safe in a signal handler may be called. If the parent has ended
 * before its death would be told, somebody else is our parent now. A group of its own, so that a
 * Ctrl-C on the terminal reaches the parent alone, who stops all in order. */
static _Noreturn void become(const char *program, char *const *words, int log, pid_t parent)
{
    sigset_t none;

    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
        _exit(EXEC_FAILED);
    (void)setpgid(0, 0);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
        dup2(log, STDERR_FILENO) < 0)
        _exit(EXEC_FAILED);
    (void)execv(program, words);
    _exit(EXEC_FAILED);
}

enum err up_child_start(char *const *words, const char *log_path, pid_t *ret_pid,
                        struct error *error)
{
    AUTO(mem_free_text) char *program = beside_path(words[0]);
    pid_t parent = getpid();

    if (access(program, X_OK) != 0)
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
        return error_set(error, ERR_IO, "cannot start '%s': %s", program, strerror(errno));
    int log = open_log(log_path);
    if (log < 0)
        return error_set(error, ERR_IO, "cannot write '%s': %s", log_path,
                         /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                         strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        become(program, words, log, parent);
    int code = errno;
    (void)close(log);
    if (pid < 0)
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
        return error_set(error, ERR_IO, "cannot start '%s': %s", program, strerror(code));
    *ret_pid = pid;
    return ERR_OK;
}

void up_child_describe(int status, struct text *text)
{
    if (WIFSIGNALED(status))
        text_add(text, "killed by SIG%s", sigabbrev_np(WTERMSIG(status)));
    else
        text_add(text, "exit status %d", WEXITSTATUS(status));
}

void up_child_last_line(const char *log_path, struct text *text)
{
    char bytes[2048];
    ssize_t size = -1;
    int file = open(log_path, O_RDONLY | O_CLOEXEC);

    if (file >= 0) {
        off_t end = lseek(file, 0, SEEK_END);

        size = pread(file, bytes, sizeof bytes,
                     end > (off_t)sizeof bytes ? end - (off_t)sizeof bytes : 0);
        (void)close(file);
    }
    while (size > 0 && bytes[size - 1] == '\n')
        size--;
    ssize_t begin = size;
    while (begin > 0 && bytes[begin - 1] != '\n')
        begin--;
    if (size > begin)
        text_add_bytes(text, bytes + begin, (size_t)(size - begin));
}

void up_child_adopt(void)
{
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
}

bool up_child_signal_all(int signal_number)
{
    char path[64];
    char list[4096];
    bool any = false;

    (void)snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    list[fread(list, 1, sizeof list - 1, file)] = '\0';
    (void)fclose(file);
    for (char *at = list, *end;; at = end) {
        long pid = strtol(at, &end, 10);

        if (end == at || pid <= 0)
            return any;
        any = kill((pid_t)pid, signal_number) == 0 || any;
    }
}
