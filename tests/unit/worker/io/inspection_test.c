/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other side of the connection is the test. A program of the test's own stands for gale-symbolize: it keeps what
 * it is given, and says what the test wants. Threads are real ones; the clock is the test's, so that nobody waits
 * for a time to be up.
 */
#include "worker/io/inspection.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/support/suite.h"
#include "worker/io/profile.h"

#define MS UINT64_C(1000000)

enum {
    REQUEST = 7,
    INPUT_MAX = 16 * 1024 * 1024,
};

/* ---- a thread of the runtime ---- */

struct loop {
    pthread_t thread;
    struct crash_context context;
    bool blocks_signals;
    atomic_bool is_seen; /* it is one of those that are looked at */
    atomic_bool may_end;
    _Atomic uint64_t burnt_ns; /* of its processor time */
};

static uint64_t processor_time_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void block(int how)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPROF);
    (void)pthread_sigmask(how, &set, NULL);
}

static void *run_loop(void *argument)
{
    struct loop *loop = argument;

    if (loop->blocks_signals)
        block(SIG_BLOCK);
    profile_enter(3, &loop->context);
    atomic_store(&loop->is_seen, true);
    while (!atomic_load(&loop->may_end))
        atomic_store(&loop->burnt_ns, processor_time_ns());
    profile_leave();
    if (loop->blocks_signals)
        block(SIG_UNBLOCK);
    return NULL;
}

static void start_loop(struct loop *loop)
{
    loop->context =
        (struct crash_context){.component = "counter", .doing = "execute", .task_index = 2};
    ck_assert_int_eq(pthread_create(&loop->thread, NULL, run_loop, loop), 0);
    while (!atomic_load(&loop->is_seen))
        (void)sched_yield();
}

static void end_loop(struct loop *loop)
{
    atomic_store(&loop->may_end, true);
    ck_assert_int_eq(pthread_join(loop->thread, NULL), 0);
}

static void let_it_burn(struct loop *loop, uint64_t ns)
{
    uint64_t until_ns = atomic_load(&loop->burnt_ns) + ns;

    while (atomic_load(&loop->burnt_ns) < until_ns)
        (void)sched_yield();
}

/* ---- the scene ---- */

/* The program that is run in place of gale-symbolize has no other way to it. */
static char program_path[64]; /* NOLINT(*-non-const-global-variables) */

static const char *find_program(void)
{
    return program_path[0] == '\0' ? NULL : program_path;
}

struct scene {
    char folder[32];
    int listener;
    int supervisor; /* our end; -1: not connected */
    struct leash *leash;
    struct inspection inspection;
    uint64_t now_ns;
};

static char *path_in(const struct scene *scene, const char *name)
{
    struct text path = {.data = NULL};

    text_add(&path, "%s/%s", scene->folder, name);
    return text_take(&path);
}

/* A program of these lines of sh; it runs in the scene's folder. */
static void write_program(const struct scene *scene, const char *lines)
{
    AUTO(mem_free_text) char *path = path_in(scene, "program");
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    (void)fprintf(file, "#!/bin/sh\ncd %s || exit 9\n%s\n", scene->folder, lines);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0700), 0);
    (void)snprintf(program_path, sizeof program_path, "%s", path);
}

static void connect_both(struct scene *scene)
{
    ck_assert(leash_step(scene->leash, scene->now_ns));
    scene->supervisor = accept(scene->listener, NULL, NULL);
    ck_assert_int_ge(scene->supervisor, 0);
}

static void begin(struct scene *scene, const char *lines)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *scene = (struct scene){.folder = "/tmp/gale-look-XXXXXX", .supervisor = -1, .now_ns = 1};
    ck_assert_ptr_nonnull(mkdtemp(scene->folder));
    AUTO(mem_free_text) char *path = path_in(scene, "socket");
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    scene->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(scene->listener, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(scene->listener, 1), 0);
    ck_assert_int_eq(leash_new(path, &scene->leash, NULL), ERR_OK);
    inspection_init(&scene->inspection, scene->leash);
    scene->inspection.symbolizer = find_program;
    write_program(scene, lines);
}

static void end(struct scene *scene)
{
    static const char *const names[] = {"socket", "program", "input", "pid"};

    inspection_done(&scene->inspection);
    leash_destroy(&scene->leash);
    if (scene->supervisor >= 0)
        (void)close(scene->supervisor);
    (void)close(scene->listener);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO(mem_free_text) char *path = path_in(scene, names[i]);
        (void)unlink(path);
    }
    ck_assert_int_eq(rmdir(scene->folder), 0);
}

/* ---- its steps ---- */

static void order(struct scene *scene, enum liaison_order order, uint64_t request, uint32_t ms)
{
    struct liaison_look look = {.request = request, .ms = ms, .hz = LIAISON_PROFILE_HZ_MAX};

    inspection_begin(&scene->inspection, order, &look, scene->now_ns);
}

static void step_after(struct scene *scene, uint64_t ns)
{
    scene->now_ns += ns;
    inspection_step(&scene->inspection, scene->now_ns);
}

/* Looks again and again, though the clock hardly goes on. */
static void step_until(struct scene *scene, enum inspection_phase phase)
{
    while (scene->inspection.phase != phase) {
        scene->now_ns = inspection_deadline_ns(&scene->inspection);
        if (scene->now_ns >= scene->inspection.end_ns)
            scene->now_ns = scene->inspection.end_ns - 1;
        scene->inspection.due_ns = scene->now_ns;
        inspection_step(&scene->inspection, scene->now_ns);
        (void)sched_yield();
    }
}

/* What the supervisor is told next; NULL: nothing. The caller's. */
static json_t *receive(struct scene *scene)
{
    char *message = mem_alloc(LIAISON_MESSAGE_MAX);
    ssize_t size = recv(scene->supervisor, message, LIAISON_MESSAGE_MAX, MSG_DONTWAIT);
    json_t *json = size <= 0 ? NULL : json_loadb(message, (size_t)size, 0, NULL);

    ck_assert(size <= 0 || json_is_object(json));
    free(message);
    return json;
}

static void expect(struct scene *scene, const char *message)
{
    json_t *json = receive(scene);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

    ck_assert_ptr_nonnull(text);
    ck_assert_str_eq(text, message);
    free(text);
    json_decref(json);
}

/* What the program was given. The caller's. */
static char *input_of(const struct scene *scene)
{
    AUTO(mem_free_text) char *path = path_in(scene, "input");
    char *bytes = NULL;
    size_t size = 0;

    ck_assert_int_eq(file_read(path, INPUT_MAX, &bytes, &size, NULL), ERR_OK);
    char *text = mem_alloc(size + 1);
    memcpy(text, bytes, size);
    text[size] = '\0';
    free(bytes);
    return text;
}

static void stacks_until_told(struct scene *scene)
{
    connect_both(scene);
    order(scene, LIAISON_STACKS, REQUEST, 0);
    step_until(scene, INSPECTION_IDLE);
}

/* ---- stacks ---- */

START_TEST(stacks_are_written_down_and_what_the_program_makes_of_them_is_told)
{
    struct loop loop = {.blocks_signals = false};
    struct scene scene;

    start_loop(&loop);
    begin(&scene, "cat > input\necho '{\"a\":1}'\necho '{\"b\":2}'");
    stacks_until_told(&scene);
    expect(&scene,
           "{\"items\":[{\"a\":1},{\"b\":2}],\"last\":true,\"op\":\"stacks\",\"request\":7}");
    ck_assert_uint_eq(inspection_deadline_ns(&scene.inspection), UINT64_MAX);

    char *input = input_of(&scene);
    ck_assert_int_eq(strncmp(input, "stacks\nmaps\n", 12), 0);
    const char *stack = strstr(input, "\nend\nstack 1\nthread 3\ncomponent counter\ntask 2\n"
                                      "doing execute\nframe ");
    ck_assert_ptr_nonnull(stack);
    ck_assert_ptr_null(strstr(stack + 5, "\nstack "));
    free(input);
    end(&scene);
    end_loop(&loop);
}
END_TEST

START_TEST(a_thread_that_does_not_answer_has_no_frames)
{
    struct loop loop = {.blocks_signals = true};
    struct scene scene;

    start_loop(&loop);
    begin(&scene, "cat > input");
    connect_both(&scene);
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_after(&scene, 499 * MS);
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_COLLECTING);
    step_after(&scene, 20 * MS);
    step_until(&scene, INSPECTION_IDLE);
    expect(&scene, "{\"items\":[],\"last\":true,\"op\":\"stacks\",\"request\":7}");
    char *input = input_of(&scene);
    ck_assert_str_eq(strstr(input, "\nend\n"), "\nend\nstack 1\nthread 3\n");
    free(input);
    end(&scene);
    end_loop(&loop);
}
END_TEST

START_TEST(what_is_much_is_told_in_several_messages)
{
    struct scene scene;
    size_t items = 0;
    json_t *message;
    bool was_last = false;

    begin(&scene,
          "i=0\nlong=$(printf '%01000d' 1)\nwhile [ $i -lt 100 ]; do echo \"[\\\"$long\\\"]\"; "
          "i=$((i + 1)); done\nhuge=$(printf '%066000d' 1)\necho \"[\\\"$huge\\\"]\"");
    stacks_until_told(&scene);
    for (size_t count = 0; (message = receive(&scene)) != NULL; count++) {
        size_t size = json_array_size(json_object_get(message, "items"));
        ck_assert(!was_last);
        ck_assert_uint_le(size, 34);
        items += size;
        was_last = json_is_true(json_object_get(message, "last"));
        json_decref(message);
    }
    ck_assert(was_last);
    ck_assert_uint_eq(items, 100); /* the last one is too large for any message */
    end(&scene);
}
END_TEST

/* ---- profiles ---- */

static uint64_t count_of(const json_t *message, const char *name)
{
    const json_t *value = json_object_get(message, name);

    ck_assert(json_is_integer(value));
    return (uint64_t)json_integer_value(value);
}

START_TEST(a_profile_counts_what_a_thread_was_seen_at)
{
    struct loop loop = {.blocks_signals = false};
    struct scene scene;

    start_loop(&loop);
    begin(&scene, "cat > input\necho '{}'");
    connect_both(&scene);
    order(&scene, LIAISON_PROFILE, REQUEST, 5000);
    ck_assert_uint_eq(inspection_deadline_ns(&scene.inspection), 1 + 5000 * MS);
    let_it_burn(&loop, 200 * MS);
    step_after(&scene, 4999 * MS);
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_PROFILING);
    step_after(&scene, 3 * MS);
    step_until(&scene, INSPECTION_IDLE);

    json_t *message = receive(&scene);
    ck_assert_uint_eq(count_of(message, "ms"), 5002);
    ck_assert_uint_eq(count_of(message, "hz"), 99);
    ck_assert_uint_gt(count_of(message, "samples"), 2);
    char *input = input_of(&scene);
    ck_assert_int_eq(strncmp(input, "profile\nmaps\n", 13), 0);
    ck_assert_ptr_nonnull(strstr(input, "\nthread 3\ncomponent counter\ntask 2\n"));
    uint64_t sum = 0;
    for (const char *at = input; (at = strstr(at, "\nstack ")) != NULL; at += 7)
        sum += strtoull(at + 7, NULL, 10);
    ck_assert_uint_eq(sum, count_of(message, "samples"));
    free(input);
    json_decref(message);
    end(&scene);
    end_loop(&loop);
}
END_TEST

static size_t timers(void)
{
    FILE *file = fopen("/proc/self/timers", "r");
    size_t count = 0;
    char line[256];

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        count += strncmp(line, "ID:", 3) == 0;
    if (file != NULL)
        (void)fclose(file);
    return count;
}

START_TEST(a_profile_that_is_given_up_leaves_no_timer)
{
    struct loop loop = {.blocks_signals = false};
    struct scene scene;

    start_loop(&loop);
    begin(&scene, "cat > /dev/null");
    order(&scene, LIAISON_PROFILE, REQUEST, 1000);
    ck_assert_uint_eq(timers(), 1);
    end(&scene);
    ck_assert_uint_eq(timers(), 0);
    end_loop(&loop);
}
END_TEST

/* ---- one at a time ---- */

START_TEST(another_order_is_refused_and_the_first_one_goes_on)
{
    struct scene scene;

    begin(&scene, "echo '[1]'");
    connect_both(&scene);
    order(&scene, LIAISON_PROFILE, REQUEST, 1000);
    order(&scene, LIAISON_STACKS, 8, 0);
    expect(&scene, "{\"fault\":\"somebody else looks at the threads of this worker; try again "
                   "later\",\"items\":[],\"last\":true,\"op\":\"stacks\",\"request\":8}");
    step_after(&scene, 1000 * MS);
    step_until(&scene, INSPECTION_IDLE);
    expect(&scene, "{\"dropped\":0,\"hz\":99,\"items\":[[1]],\"last\":true,\"ms\":1000,\"op\":"
                   "\"profile\",\"request\":7,\"samples\":0}");
    order(&scene, LIAISON_STACKS, 9, 0);
    step_until(&scene, INSPECTION_IDLE);
    expect(&scene, "{\"items\":[[1]],\"last\":true,\"op\":\"stacks\",\"request\":9}");
    end(&scene);
}
END_TEST

/* ---- what goes wrong ---- */

#define FAULT(text) \
    "{\"fault\":\"" text "\",\"items\":[],\"last\":true,\"op\":\"stacks\",\"request\":7}"

START_TEST(a_program_that_is_nowhere_or_fails_is_said)
{
    struct scene scene;

    begin(&scene, "exit 3");
    stacks_until_told(&scene);
    expect(&scene, FAULT("gale-symbolize, which finds the names, has failed"));
    program_path[0] = '\0';
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_until(&scene, INSPECTION_IDLE);
    expect(&scene, FAULT("gale-symbolize, which finds the names, could not be run"));
    (void)snprintf(program_path, sizeof program_path, "%s/nothing", scene.folder);
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_until(&scene, INSPECTION_IDLE);
    expect(&scene, FAULT("gale-symbolize, which finds the names, could not be run"));
    end(&scene);
}
END_TEST

START_TEST(a_program_that_takes_too_long_is_ended)
{
    struct scene scene;

    begin(&scene, "exec tail -f /dev/null");
    connect_both(&scene);
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_until(&scene, INSPECTION_NAMING);
    pid_t child = scene.inspection.child;
    ck_assert_int_eq(kill(child, 0), 0);
    step_after(&scene, 9900 * MS);
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_NAMING);
    step_after(&scene, 200 * MS);
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_IDLE);
    expect(&scene, FAULT("gale-symbolize took more than 10 s to find the names"));
    ck_assert_int_eq(kill(child, 0), -1);
    ck_assert_int_eq(errno, ESRCH);
    end(&scene);
}
END_TEST

START_TEST(a_worker_that_ends_takes_the_program_with_it)
{
    struct scene scene;

    begin(&scene, "exec tail -f /dev/null");
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_until(&scene, INSPECTION_NAMING);
    pid_t child = scene.inspection.child;
    end(&scene);
    ck_assert_int_eq(kill(child, 0), -1);
    ck_assert_int_eq(errno, ESRCH);
}
END_TEST

START_TEST(a_supervisor_that_is_away_is_told_when_it_is_back_and_else_it_is_given_up)
{
    struct scene scene;

    begin(&scene, "echo '[1]'");
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_until(&scene, INSPECTION_TELLING);
    step_after(&scene, 1000 * MS);
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_TELLING);
    connect_both(&scene);
    step_after(&scene, 1000 * MS);
    expect(&scene, "{\"items\":[[1]],\"last\":true,\"op\":\"stacks\",\"request\":7}");
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_IDLE);
    end(&scene);

    begin(&scene, "echo '[1]'");
    order(&scene, LIAISON_STACKS, REQUEST, 0);
    step_until(&scene, INSPECTION_TELLING);
    step_after(&scene, 5100 * MS);
    ck_assert_int_eq(scene.inspection.phase, INSPECTION_IDLE);
    end(&scene);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        stacks_are_written_down_and_what_the_program_makes_of_them_is_told,
        a_thread_that_does_not_answer_has_no_frames,
        what_is_much_is_told_in_several_messages,
        a_profile_counts_what_a_thread_was_seen_at,
        a_profile_that_is_given_up_leaves_no_timer,
        another_order_is_refused_and_the_first_one_goes_on,
        a_program_that_is_nowhere_or_fails_is_said,
        a_program_that_takes_too_long_is_ended,
        a_worker_that_ends_takes_the_program_with_it,
        a_supervisor_that_is_away_is_told_when_it_is_back_and_else_it_is_given_up,
    };

    return suite_run("inspection", tests, COUNT_OF(tests));
}
