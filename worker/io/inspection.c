/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-symbolize reads from a file in memory and writes to one, so that nobody waits at a pipe:
 *
 *     stacks                or "profile"
 *     maps                  /proc/self/maps as it is, up to
 *     end
 *     stack 17              how often it was seen
 *     thread 0              the number of the loop, or -1
 *     component counter     these three only if user code ran
 *     task 2
 *     doing execute
 *     frame 7f3a5501        innermost first: where it was, then return addresses
 */
#include "worker/io/inspection.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "worker/io/crash.h"
#include "worker/io/profile.h"

#define MS_NS          UINT64_C(1000000)
#define LOOK_NS        (10 * MS_NS)
#define COLLECT_NS     (500 * MS_NS)
#define NAME_NS        (10000 * MS_NS)
#define TELL_NS        (5000 * MS_NS)
#define MESSAGE_BYTES  (32u * 1024) /* of one message, but for one more item */
#define ITEM_BYTES_MAX (64u * 1024) /* larger ones are not sent */
#define OUTPUT_MAX     (1024u * 1024)

enum {
    ITEMS_MAX = 256, /* in a message */
};

void inspection_init(struct inspection *inspection, struct leash *leash)
{
    *inspection = (struct inspection){.leash = leash, .symbolizer = crash_symbolizer, .output = -1};
}

static bool is_profile(const struct inspection *inspection)
{
    return strcmp(inspection->found.op, "profile") == 0;
}

/* ---- what is told ---- */

static void enter(struct inspection *inspection, enum inspection_phase phase, uint64_t now_ns,
                  uint64_t limit_ns)
{
    inspection->phase = phase;
    inspection->due_ns = now_ns;
    inspection->end_ns = now_ns + limit_ns;
}

static void tell_fault(struct inspection *inspection, const char *fault, uint64_t now_ns)
{
    (void)snprintf(inspection->fault, sizeof inspection->fault, "%s", fault);
    inspection->found.fault = inspection->fault;
    enter(inspection, INSPECTION_TELLING, now_ns, TELL_NS);
}

/* So many lines from `rest` as go into a message; where the next one begins. */
static char *take_lines(char *rest, const char **ret_lines, size_t *ret_count)
{
    size_t bytes = 0;

    *ret_count = 0;
    while (rest != NULL && *rest != '\0' && *ret_count < ITEMS_MAX && bytes < MESSAGE_BYTES) {
        size_t size = strcspn(rest, "\n");
        if (size <= ITEM_BYTES_MAX)
            ret_lines[(*ret_count)++] = rest;
        bytes += size;
        rest += size + (rest[size] == '\n');
    }
    return rest;
}

/* Sends a message; false if the connection does not take it now. */
static bool tell_some(struct inspection *inspection)
{
    const char *lines[ITEMS_MAX];
    char *items[ITEMS_MAX];
    struct liaison_found found = inspection->found;
    char *next = take_lines(inspection->rest, lines, &found.count);

    for (size_t i = 0; i < found.count; i++)
        items[i] = strndup(lines[i], strcspn(lines[i], "\n"));
    found.items = (const char *const *)items;
    found.is_last = next == NULL || *next == '\0';
    AUTO(mem_free_text) char *message = liaison_found(&found);
    bool is_sent = leash_send(inspection->leash, message, strlen(message));
    if (is_sent)
        inspection->rest = found.is_last ? NULL : next;
    if (is_sent && found.is_last)
        inspection->phase = INSPECTION_IDLE;
    for (size_t i = 0; i < found.count; i++)
        free(items[i]);
    return is_sent;
}

static void forget(struct inspection *inspection)
{
    mem_free_text(&inspection->lines);
    inspection->rest = NULL;
    inspection->phase = INSPECTION_IDLE;
}

static void step_telling(struct inspection *inspection, uint64_t now_ns)
{
    bool goes_on = true;

    while (goes_on && inspection->phase == INSPECTION_TELLING)
        goes_on = tell_some(inspection);
    inspection->due_ns = now_ns + LOOK_NS;
    if (inspection->phase == INSPECTION_IDLE || now_ns >= inspection->end_ns)
        forget(inspection);
}

/* ---- names ---- */

static void add_maps(struct text *input)
{
    char piece[4096];
    size_t size;
    FILE *file = fopen("/proc/self/maps", "re");

    text_add(input, "maps\n");
    while (file != NULL && (size = fread(piece, 1, sizeof piece, file)) > 0)
        text_add_bytes(input, piece, size);
    if (file != NULL)
        (void)fclose(file);
    text_add(input, "end\n");
}

static void add_stack(struct text *input, const struct stack *stack, uint64_t count)
{
    text_add(input, "stack %" PRIu64 "\nthread %" PRId32 "\n", count, stack->thread);
    if (stack->component != NULL)
        text_add(input, "component %s\ntask %" PRIu32 "\ndoing %s\n", stack->component, stack->task,
                 stack->doing == NULL ? "" : stack->doing);
    for (uint32_t i = 0; i < stack->depth; i++)
        text_add(input, "frame %" PRIxPTR "\n", stack->frames[i]);
}

static bool write_all(int file, const struct text *text)
{
    const char *bytes = text_data(text);
    size_t left = text_size(text);

    while (left > 0) {
        ssize_t written = write(file, bytes, left);
        if (written < 0 && errno != EINTR)
            return false;
        bytes += written > 0 ? written : 0;
        left -= written > 0 ? (size_t)written : 0;
    }
    return lseek(file, 0, SEEK_SET) == 0;
}

static bool start_child(const char *program, int input, int output, pid_t *ret_child)
{
    char *const arguments[] = {mem_copy_text(program), NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;

    (void)sigemptyset(&none);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    int status = posix_spawn(ret_child, program, &actions, &attributes, arguments, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    free(arguments[0]);
    return status == 0;
}

static void begin_naming(struct inspection *inspection, const struct text *stacks, uint64_t now_ns)
{
    const char *program = inspection->symbolizer();
    AUTO(text_done) struct text input = {0};
    int file = memfd_create("stacks", MFD_CLOEXEC);

    inspection->output = memfd_create("names", MFD_CLOEXEC);
    text_add(&input, "%s\n", inspection->found.op);
    add_maps(&input);
    text_add_bytes(&input, text_data(stacks), text_size(stacks));
    bool is_good = program != NULL && file >= 0 && inspection->output >= 0 &&
                   write_all(file, &input) &&
                   start_child(program, file, inspection->output, &inspection->child);
    if (file >= 0)
        (void)close(file);
    if (is_good)
        enter(inspection, INSPECTION_NAMING, now_ns, NAME_NS);
    else
        tell_fault(inspection, "gale-symbolize, which finds the names, could not be run", now_ns);
}

static void close_output(struct inspection *inspection)
{
    if (inspection->output >= 0)
        (void)close(inspection->output);
    inspection->output = -1;
}

/* What is beyond the limit is not there: gale-symbolize keeps to a lower one. */
static void read_output(struct inspection *inspection)
{
    char *bytes = mem_alloc(OUTPUT_MAX + 1);
    size_t size = 0;
    ssize_t got;

    while (size < OUTPUT_MAX &&
           (got = pread(inspection->output, bytes + size, OUTPUT_MAX - size, (off_t)size)) > 0)
        size += (size_t)got;
    inspection->lines = inspection->rest = bytes;
}

static void kill_child(struct inspection *inspection)
{
    if (inspection->child > 0) {
        (void)kill(inspection->child, SIGKILL);
        (void)waitpid(inspection->child, NULL, 0);
    }
    inspection->child = 0;
    close_output(inspection);
}

static void step_naming(struct inspection *inspection, uint64_t now_ns)
{
    int status = 1;
    pid_t ended = waitpid(inspection->child, &status, WNOHANG);

    inspection->due_ns = now_ns + LOOK_NS;
    if (ended == 0 && now_ns >= inspection->end_ns) {
        kill_child(inspection);
        tell_fault(inspection, "gale-symbolize took more than 10 s to find the names", now_ns);
    }
    if (ended == 0)
        return;
    inspection->child = 0;
    if (status == 0) {
        read_output(inspection);
        enter(inspection, INSPECTION_TELLING, now_ns, TELL_NS);
    } else {
        tell_fault(inspection, "gale-symbolize, which finds the names, has failed", now_ns);
    }
    close_output(inspection);
}

/* ---- stacks and profiles ---- */

static void step_collecting(struct inspection *inspection, uint64_t now_ns)
{
    AUTO(text_done) struct text text = {0};

    inspection->due_ns = now_ns + LOOK_NS;
    if (!profile_has_stacks() && now_ns < inspection->end_ns)
        return;
    struct stack *stacks = NEW_ARRAY(struct stack, PROFILE_THREADS_MAX);
    size_t count = profile_take_stacks(stacks);
    for (size_t i = 0; i < count; i++)
        add_stack(&text, &stacks[i], 1);
    free(stacks);
    begin_naming(inspection, &text, now_ns);
}

static void step_profiling(struct inspection *inspection, uint64_t now_ns)
{
    AUTO(text_done) struct text text = {0};

    if (now_ns < inspection->end_ns)
        return;
    struct stack_table *table = profile_end();
    for (uint32_t i = 0; i < table->count; i++)
        add_stack(&text, &table->entries[i].stack, table->entries[i].count);
    inspection->found.profile.samples = table->samples;
    inspection->found.profile.dropped = table->dropped;
    inspection->found.profile.ms = (now_ns - inspection->began_ns) / MS_NS;
    free(table);
    begin_naming(inspection, &text, now_ns);
}

static void begin_profile(struct inspection *inspection, const struct liaison_look *look,
                          uint64_t now_ns)
{
    struct error error;

    inspection->found.profile.hz = look->hz;
    if (profile_begin(look->hz, &error) == ERR_OK) {
        enter(inspection, INSPECTION_PROFILING, now_ns, look->ms * MS_NS);
        inspection->due_ns = inspection->end_ns;
    } else {
        tell_fault(inspection, error.text, now_ns);
    }
}

/* ---- all of it ---- */

static void refuse(const struct inspection *inspection, const struct liaison_found *refused)
{
    AUTO(mem_free_text) char *message = liaison_found(refused);

    (void)leash_send(inspection->leash, message, strlen(message));
}

void inspection_begin(struct inspection *inspection, enum liaison_order order,
                      const struct liaison_look *look, uint64_t now_ns)
{
    struct liaison_found found = {.op = order == LIAISON_PROFILE ? "profile" : "stacks",
                                  .request = look->request};

    if (inspection->phase != INSPECTION_IDLE) {
        found.fault = "somebody else looks at the threads of this worker; try again later";
        found.is_last = true;
        refuse(inspection, &found);
        return;
    }
    inspection->found = found;
    inspection->began_ns = now_ns;
    if (is_profile(inspection)) {
        begin_profile(inspection, look, now_ns);
    } else {
        profile_ask_stacks();
        enter(inspection, INSPECTION_COLLECTING, now_ns, COLLECT_NS);
    }
}

void inspection_step(struct inspection *inspection, uint64_t now_ns)
{
    if (inspection->phase == INSPECTION_IDLE || now_ns < inspection->due_ns)
        return;
    if (inspection->phase == INSPECTION_COLLECTING)
        step_collecting(inspection, now_ns);
    if (inspection->phase == INSPECTION_PROFILING)
        step_profiling(inspection, now_ns);
    if (inspection->phase == INSPECTION_NAMING)
        step_naming(inspection, now_ns);
    if (inspection->phase == INSPECTION_TELLING)
        step_telling(inspection, now_ns);
}

uint64_t inspection_deadline_ns(const struct inspection *inspection)
{
    return inspection->phase == INSPECTION_IDLE ? UINT64_MAX : inspection->due_ns;
}

void inspection_done(struct inspection *inspection)
{
    if (inspection->phase == INSPECTION_PROFILING)
        free(profile_end());
    kill_child(inspection);
    forget(inspection);
}
