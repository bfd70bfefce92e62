/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report goes to gale-symbolize through a pipe, as lines:
 *
 *     signal 11                 what happened, in numbers
 *     code 1
 *     address 7f00
 *     stack 7ffe10              the stack pointer, which tells an overflow of the stack
 *     component parser          these three only while user code runs
 *     task 2
 *     doing execute
 *     arg gale                  the command line, one line for each word
 *     maps                      /proc/self/maps as it is, up to
 *     end
 *     frame 7f3a5501            innermost first: the fault itself, then return addresses
 *
 * All but the frames is written before the stack is unwound, because unwinding a damaged stack may
 * crash again. An alarm ends the process if any of this takes too long.
 */
#include "worker/io/crash.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "worker/io/unwind.h"

enum {
    LIMIT_S = 5, /* of the whole report */
    FRAMES_MAX = 64,
    STACK_BYTES = 128 * 1024, /* of the handler; libgcc's unwinder wants some */
    GUARD_BYTES = 64 * 1024,  /* at least a page, whatever its size */
    PATH_BYTES = 4096,
};

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* ---- state: a signal handler has no other way to it than globals ---- */

struct crash_state {
    char symbolizer[PATH_BYTES]; /* "" if there is none; constant once installed */
    atomic_bool is_installed;
    _Atomic pid_t reporter; /* the thread that reports; 0 if none does */
    volatile sig_atomic_t signal;
    volatile sig_atomic_t child;
};

struct crash_thread {
    const struct crash_context *context;
    void *memory; /* guard, then stack */
    stack_t previous;
};

static struct crash_state state;               /* NOLINT(*-non-const-global-variables) */
static _Thread_local struct crash_thread mine; /* NOLINT(*-non-const-global-variables) */

/* ---- writing without stdio ---- */

struct writer {
    int file;
    size_t size;
    char bytes[1024];
};

static void flush(struct writer *writer)
{
    size_t done = 0;

    while (done < writer->size) {
        ssize_t written = write(writer->file, writer->bytes + done, writer->size - done);
        if (written < 0 && errno != EINTR)
            break;
        done += written > 0 ? (size_t)written : 0;
    }
    writer->size = 0;
}

static void put_byte(struct writer *writer, char byte)
{
    if (writer->size == sizeof writer->bytes)
        flush(writer);
    writer->bytes[writer->size++] = byte;
}

static void put_text(struct writer *writer, const char *text)
{
    while (*text != '\0')
        put_byte(writer, *text++);
}

static void put_number(struct writer *writer, uint64_t number, unsigned base)
{
    char digits[20]; /* as many as UINT64_MAX has in base 10 */
    size_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    while (count > 0)
        put_byte(writer, digits[--count]);
}

static void put_text_line(struct writer *writer, const char *key, const char *text)
{
    put_text(writer, key);
    put_byte(writer, ' ');
    put_text(writer, text);
    put_byte(writer, '\n');
}

static void put_number_line(struct writer *writer, const char *key, uint64_t number, unsigned base)
{
    put_text(writer, key);
    put_byte(writer, ' ');
    put_number(writer, number, base);
    put_byte(writer, '\n');
}

/* Hands each piece of a file of the kernel to `put`. */
static void copy_file(struct writer *writer, const char *path,
                      void (*put)(struct writer *writer, const char *bytes, size_t size))
{
    char bytes[1024];
    ssize_t size;
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        return;
    while ((size = read(file, bytes, sizeof bytes)) > 0)
        put(writer, bytes, (size_t)size);
    (void)close(file);
}

static void put_bytes(struct writer *writer, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        put_byte(writer, bytes[i]);
}

/* Each word of the command line ends in a zero byte. */
static void put_words(struct writer *writer, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\0')
            put_text(writer, "\narg ");
        else
            put_byte(writer, bytes[i] == '\n' ? '?' : bytes[i]);
    }
}

/* ---- the report ---- */

struct crash {
    int signal;
    int code;
    uintptr_t address;
    struct unwind_place place;
};

static void put_head(struct writer *writer, const struct crash *crash)
{
    const struct crash_context *context = mine.context;

    put_number_line(writer, "signal", (uint64_t)crash->signal, 10);
    put_number_line(writer, "code", (uint64_t)(uint32_t)crash->code, 10);
    put_number_line(writer, "address", crash->address, 16);
    put_number_line(writer, "stack", crash->place.stack, 16);
    if (context != NULL && context->component != NULL) {
        put_text_line(writer, "component", context->component);
        put_number_line(writer, "task", context->task_index, 10);
        put_text_line(writer, "doing", context->doing == NULL ? "" : context->doing);
    }
    put_text(writer, "arg ");
    copy_file(writer, "/proc/self/cmdline", put_words);
    put_text(writer, "\nmaps\n");
    copy_file(writer, "/proc/self/maps", put_bytes);
    put_text(writer, "end\n");
}

/* The place of the fault goes ahead: unwinding a damaged stack may end the process. The handler's
 * own frames are left out. If the fault is not among the frames, the unwinder did not get past the
 * signal: a call through a wild pointer does that. */
static void put_frames(struct writer *writer, struct unwind_place place)
{
    void *frames[FRAMES_MAX];
    int first = 0;

    if (place.is_known) {
        put_number_line(writer, "frame", place.at, 16);
        flush(writer);
    }
    int count = backtrace(frames, FRAMES_MAX);
    while (place.is_known && first < count && (uintptr_t)frames[first] != place.at)
        first++;
    if (place.is_known && first == count)
        put_number_line(writer, "frame", unwind_caller_of(place), 16);
    for (int i = place.is_known ? first + 1 : 0; i < count; i++)
        put_number_line(writer, "frame", (uintptr_t)frames[i], 16);
}

static void write_report(int file, const struct crash *crash)
{
    struct writer writer = {.file = file};

    put_head(&writer, crash);
    flush(&writer);
    put_frames(&writer, crash->place);
    flush(&writer);
}

/* In the child, which has nothing but the stack of the handler. */
static _Noreturn void become_symbolizer(const int ends[2])
{
    char *const arguments[] = {state.symbolizer, NULL};
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)dup2(ends[0], STDIN_FILENO);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)execve(state.symbolizer, arguments, environ);
    _exit(127);
}

/* Whether the symbolizer has printed the report. */
static bool report_through_symbolizer(const struct crash *crash)
{
    int ends[2];
    int status = 0;

    if (state.symbolizer[0] == '\0' || pipe(ends) != 0)
        return false;
    pid_t child = _Fork(); /* fork() runs handlers, which may wait for locks that we hold */
    if (child == 0)
        become_symbolizer(ends);
    (void)close(ends[0]);
    if (child > 0) {
        state.child = child;
        write_report(ends[1], crash);
    }
    (void)close(ends[1]);
    if (child < 0)
        return false;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return errno == ECHILD; /* somebody else has reaped it */
    }
    return status == 0;
}

static void report(const struct crash *crash)
{
    static const char lacking[] = "gale: crashed; gale-symbolize, which would make this readable, "
                                  "could not be run; its input is:\n";

    if (report_through_symbolizer(crash))
        return;
    ssize_t ignored = write(STDERR_FILENO, lacking, sizeof lacking - 1);
    (void)ignored;
    write_report(STDERR_FILENO, crash);
}

/* ---- the handlers ---- */

/* The process ends as if nobody had handled the signal. */
static void restore_default(int signal_number)
{
    struct sigaction action = {.sa_handler = SIG_DFL};

    (void)sigaction(signal_number, &action, NULL);
}

static void unblock(int signal_number)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, signal_number);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* The alarm: the report has got stuck. */
static void expire(int signal_number)
{
    int original = state.signal;

    (void)signal_number;
    if (state.child > 0)
        (void)kill((pid_t)state.child, SIGKILL);
    restore_default(original);
    unblock(original);
    (void)kill(getpid(), original);
}

static void start_alarm(void)
{
    struct sigaction on_alarm = {.sa_handler = expire, .sa_flags = SA_ONSTACK};
    struct sigaction on_pipe = {.sa_handler = SIG_IGN}; /* the symbolizer may end early */

    (void)sigaction(SIGALRM, &on_alarm, NULL);
    (void)sigaction(SIGPIPE, &on_pipe, NULL);
    unblock(SIGALRM);
    (void)alarm(LIMIT_S);
}

/* False if this thread is reporting already, and a crash of the report has brought it here again.
 * The crash of another thread waits: the process is about to end. */
static bool become_reporter(void)
{
    pid_t nobody = 0;
    pid_t self = gettid();

    if (atomic_compare_exchange_strong(&state.reporter, &nobody, self))
        return true;
    while (nobody != self)
        (void)pause();
    return false;
}

static void handle(int signal_number, siginfo_t *info, void *machine)
{
    int saved_errno = errno;

    if (become_reporter()) {
        struct crash crash = {.signal = signal_number,
                              .code = info->si_code,
                              .address = (uintptr_t)info->si_addr,
                              .place = unwind_place_of(machine)};

        state.signal = signal_number;
        start_alarm();
        report(&crash);
        (void)alarm(0);
    }
    restore_default(signal_number);
    /* A fault happens again on return, so that a core dump shows the place. A signal that was sent
     * does not; it waits, blocked, until then. */
    if (info->si_code <= 0)
        (void)raise(signal_number);
    errno = saved_errno;
}

/* ---- exit() in user code ---- */

/* Not a crash, but as good as one: what is on its way is lost, and status 0 would hide that. */
static void explain_exit(int status, void *nothing)
{
    const struct crash_context *context = mine.context;
    struct writer writer = {.file = STDERR_FILENO};

    (void)nothing;
    if (context == NULL || context->component == NULL)
        return; /* the end of the program */
    put_text(&writer, "gale: component '");
    put_text(&writer, context->component);
    put_text(&writer, "' task ");
    put_number(&writer, context->task_index, 10);
    put_text(&writer, " called exit() in ");
    put_text(&writer, context->doing == NULL ? "?" : context->doing);
    put_text(&writer, ": return GALE_FAIL, or GALE_STOP from next\n");
    flush(&writer);
    (void)fflush(stdout); /* not all: somebody may wait for input, and hold its lock */
    _exit(status == 0 ? EXIT_FAILURE : status);
}

/* ---- installing ---- */

static bool find_symbolizer(const char *folder, const char *way)
{
    int length = snprintf(state.symbolizer, PATH_BYTES, "%s/%s", folder, way);

    if (length > 0 && length < PATH_BYTES && access(state.symbolizer, X_OK) == 0)
        return true;
    state.symbolizer[0] = '\0';
    return false;
}

static void look_for_symbolizer(void)
{
    char folder[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);

    if (length <= 0)
        return;
    folder[length] = '\0';
    *strrchr(folder, '/') = '\0'; /* the link is absolute */
    if (!find_symbolizer(folder, "gale-symbolize"))
        (void)find_symbolizer(folder, "../libexec/gale/gale-symbolize");
}

void crash_install(void)
{
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    if (atomic_exchange(&state.is_installed, true))
        return;
    look_for_symbolizer();
    (void)on_exit(explain_exit, NULL);
    unwind_prepare();

    /* A fault while they are blocked ends the process at once: the handler never loops. */
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(crash_signals); i++)
        (void)sigaddset(&action.sa_mask, crash_signals[i]);
    (void)sigaddset(&action.sa_mask, SIGPROF); /* a report is not looked at (worker/io/profile.h) */
    for (size_t i = 0; i < COUNT_OF(crash_signals); i++)
        (void)sigaction(crash_signals[i], &action, NULL);
}

bool crash_is_reporting(void)
{
    return atomic_load(&state.reporter) != 0;
}

const char *crash_symbolizer(void)
{
    return state.symbolizer[0] == '\0' ? NULL : state.symbolizer;
}

void crash_enter(const struct crash_context *context)
{
    ASSERT(mine.context == NULL);

    mine.context = context;
    void *memory = mmap(NULL, GUARD_BYTES + STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return; /* without a stack of its own the handler works, but for overflows of the stack */
    (void)mprotect(memory, GUARD_BYTES, PROT_NONE);

    stack_t stack = {.ss_sp = (char *)memory + GUARD_BYTES, .ss_size = STACK_BYTES};
    (void)sigaltstack(&stack, &mine.previous);
    mine.memory = memory;
}

/* Sanitizers give each thread a stack for handlers and want to find it again. */
void crash_leave(void)
{
    if (mine.memory != NULL) {
        (void)sigaltstack(&mine.previous, NULL);
        (void)munmap(mine.memory, GUARD_BYTES + STACK_BYTES);
    }
    mine = (struct crash_thread){.context = NULL};
}
