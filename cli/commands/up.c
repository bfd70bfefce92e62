/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale up`: does what cli/up_plan.h says, tells it what happens, and looks meanwhile whether the
 * cluster is ready.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/duration.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"
#include "cli/io/up_broker.h"
#include "cli/io/up_child.h"
#include "cli/io/up_folder.h"
#include "cli/io/words.h"
#include "cli/language/table.h"
#include "cli/up_plan.h"
#include "cli/up_words.h"
#include "cli/views/up_view.h"
#include "nimbus/client/io/asking.h"
#include "nimbus/client/io/pass.h"

enum {
    SUPERVISORS = 2,
    SLOTS_MAX = 256,
    READY_MS = 20000,    /* unless --timeout says otherwise */
    LOOK_MS = 10,        /* while it is not ready */
    LEFT_OVER_MS = 5000, /* for processes of a supervisor that was killed */
    CHILD_NAME_MAX = 32,
    USAGE_STATUS = 2, /* of a daemon that does not like its settings */
};

#define DEFAULT_SLOTS "4"

struct up {
    const struct options *options;
    struct settings *settings;
    struct up_folder folder;
    struct up_plan plan;
    pid_t pids[UP_CHILDREN_MAX]; /* 0: it does not run */
    size_t supervisors;
    int signals;
    struct pass pass;
    struct asking nimbus; /* no client before coord answers */
    uint64_t begin_ns;
    uint64_t ready_ms;   /* the limit */
    uint64_t slots;      /* of all supervisors, once they are there */
    bool broker_answers; /* or there is none */
    bool nimbus_answers; /* and all supervisors are there */
    bool ui_answers;     /* or there is none */
    bool was_asked;      /* by a signal to end */
    struct up_ports ports;
    enum exit_code code;
};

/* ---- saying ---- */

static enum exit_code complain(const struct up *up, enum exit_code code, const char *format, ...)
    PRINTF_LIKE(3, 4);

static enum exit_code complain(const struct up *up, enum exit_code code, const char *format, ...)
{
    struct error error = {.code = ERR_INVALID};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error.text, sizeof error.text, format, arguments);
    va_end(arguments);
    terminal_complain(up->options->command->name, &error);
    return code;
}

static void say(const char *format, ...) PRINTF_LIKE(1, 2);

static void say(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)fputs("gale up: ", stderr);
    (void)vfprintf(stderr, format, arguments);
    (void)fputs("\n", stderr);
    va_end(arguments);
}

static uint64_t now_ms(void)
{
    return clock_now_ns() / 1000000;
}

/* "coord", "nimbus", "broker", "supervisor-1". */
static void name_child(size_t child, char ret_name[CHILD_NAME_MAX])
{
    static const char *const names[] = {
        [UP_COORD] = "coord", [UP_NIMBUS] = "nimbus", [UP_BROKER] = "broker", [UP_UI] = "ui"};

    if (child < UP_SUPERVISOR)
        (void)snprintf(ret_name, CHILD_NAME_MAX, "%s", names[child]);
    else
        (void)snprintf(ret_name, CHILD_NAME_MAX, "supervisor-%zu", child - UP_SUPERVISOR + 1);
}

/* The caller frees it. */
static char *log_of(const struct up *up, size_t child)
{
    char name[CHILD_NAME_MAX];
    struct text path;

    name_child(child, name);
    text_init(&path);
    text_add(&path, "%s/logs/%s.log", up->folder.path, name);
    return text_take(&path);
}

/* ---- doing what the plan says ---- */

static void fail(struct up *up, enum exit_code code)
{
    if (up->code == EXIT_CODE_DONE)
        up->code = code;
    up_plan_stop(&up->plan);
}

static void start(struct up *up, size_t child)
{
    AUTO(mem_free_text) char *log = log_of(up, child);
    struct up_words_options options = {
        .folder = up->folder.path,
        .coord_port = up->folder.coord_port,
        .nimbus_port = up->folder.nimbus_port,
        .broker_port = up->folder.broker_port,
        .ui_port = up->folder.ui_port,
        .slots = options_value(up->options, OPTION_SLOTS),
        .worker_user = geteuid() == 0 ? "root" : NULL, /* files are as that person expects */
        .settings = up->settings,
    };
    struct error error;

    if (options.slots == NULL && settings_find(up->settings, "supervisor.slots") == NULL)
        options.slots = DEFAULT_SLOTS;
    char **words = up_words_make(&options, child);
    enum err err = up_child_start(words, log, &up->pids[child], &error);
    up_words_free(words);
    if (err == ERR_OK) {
        up_plan_started(&up->plan, child, now_ms());
        return;
    }
    up_plan_ended(&up->plan, child, now_ms());
    fail(up, complain(up, EXIT_CODE_FAILED, "%s", error.text));
}

static void act(struct up *up)
{
    struct up_action action;

    while (up_plan_next(&up->plan, now_ms(), &action)) {
        char name[CHILD_NAME_MAX];

        name_child(action.child, name);
        switch (action.kind) {
        case UP_START:
            start(up, action.child);
            break;
        case UP_TERMINATE:
            (void)kill(up->pids[action.child], SIGTERM);
            break;
        case UP_KILL:
            say("%s does not end; it is killed", name);
            (void)kill(up->pids[action.child], SIGKILL);
            break;
        }
    }
}

/* ---- what happens ---- */

/* It was not asked to. */
static void tell_end(struct up *up, size_t child, int status)
{
    AUTO(mem_free_text) char *log = log_of(up, child);
    char name[CHILD_NAME_MAX];
    struct text how;
    struct text line;

    name_child(child, name);
    text_init(&how);
    text_init(&line);
    up_child_describe(status, &how);
    up_child_last_line(log, &line);
    if (up->plan.is_ready)
        say("%s ended (%s); it is started again. Its log: %s", name, text_data(&how), log);
    else
        (void)complain(up, EXIT_CODE_FAILED, "%s did not start (%s): %s", name, text_data(&how),
                       text_size(&line) > 0 ? text_data(&line) : "it wrote nothing to its log");
    text_done(&how);
    text_done(&line);
}

static void note_end(struct up *up, size_t child, int status)
{
    bool was_expected = up->plan.is_stopping;
    bool dislikes_settings = WIFEXITED(status) && WEXITSTATUS(status) == USAGE_STATUS;

    up->pids[child] = 0;
    if (!was_expected)
        tell_end(up, child, status);
    up_plan_ended(&up->plan, child, now_ms());
    if (!was_expected && up->plan.is_stopping)
        fail(up, dislikes_settings ? EXIT_CODE_USAGE : EXIT_CODE_FAILED);
}

/* What is not ours by name was left by a supervisor, which looks after it by itself. */
static void reap(struct up *up)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (size_t i = 0; i < up->plan.count; i++) {
            if (up->pids[i] == pid)
                note_end(up, i, status);
        }
    }
}

static void note_interrupt(struct up *up)
{
    if (up->was_asked) {
        up_plan_hurry(&up->plan, now_ms());
        return;
    }
    up->was_asked = true;
    if (!up->plan.is_stopping)
        say("stopping; a second signal does not wait for the workers");
    up_plan_stop(&up->plan);
}

static void read_signals(struct up *up)
{
    struct signalfd_siginfo signal;

    while (read(up->signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo != SIGCHLD)
            note_interrupt(up);
    }
    reap(up);
}

/* ---- whether it is ready ---- */

static bool listens(uint16_t port)
{
    struct server_list servers = {.count = 1, .items = {{.host = "127.0.0.1", .port = port}}};
    struct error error;

    return words_probe(&servers, clock_now_ns() + 100000000, &error) == ERR_OK;
}

static void look_at_coord(struct up *up)
{
    char address[32];
    struct error error;

    if (!listens(up->folder.coord_port))
        return;
    (void)snprintf(address, sizeof address, "127.0.0.1:%" PRIu16, up->folder.nimbus_port);
    if (asking_open(address, pass_keys(&up->pass), up->signals, &up->nimbus, &error) != ERR_OK) {
        fail(up, complain(up, EXIT_CODE_FAILED, "%s", error.text));
        return;
    }
    up_plan_coord_answers(&up->plan);
}

/* How many supervisors are there, and their slots. */
static size_t count_supervisors(struct up *up, const json_t *answer)
{
    size_t count = answer_size(answer, "supervisors");

    up->slots = 0;
    for (size_t i = 0; i < count; i++)
        up->slots += answer_count(answer_item(answer, "supervisors", i), "slots");
    return count;
}

static enum exit_code show_ready(const struct up *up)
{
    struct up_view view = {
        .coord_port = up->folder.coord_port,
        .nimbus_port = up->folder.nimbus_port,
        .broker_port = up->folder.broker_port,
        .ui_port = up->folder.ui_port,
        .supervisors = up->supervisors,
        .slots = up->slots,
        .folder = up->folder.path,
        .config = up->folder.config,
        .elapsed_ns = clock_now_ns() - up->begin_ns,
    };
    struct text text;

    text_init(&text);
    if (options_has(up->options, OPTION_JSON))
        up_view_json(&view, &text);
    else
        up_view_render(&view, &text, terminal_style(stdout));
    enum exit_code code = terminal_write(&text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
    text_done(&text);
    return code;
}

static void look_at_broker(struct up *up)
{
    char address[32];

    (void)snprintf(address, sizeof address, "127.0.0.1:%" PRIu16, up->folder.broker_port);
    up->broker_answers = up_broker_answers(address, 100);
}

/* Nimbus refuses the question while it does not lead. */
static void look_at_nimbus(struct up *up)
{
    struct question question = {.op = "cluster.nodes"};
    struct asked asked;
    size_t count = 0;

    if (asking_ask(&up->nimbus, &question, clock_now_ns() + 100000000, &asked) != ERR_OK)
        return;
    if (asked.answer.ok != NULL)
        count = count_supervisors(up, asked.answer.ok);
    asked_done(&asked);
    if (count < up->supervisors)
        return;
    up->nimbus_answers = true;
    asking_close(&up->nimbus);
}

static void become_ready(struct up *up)
{
    up_plan_ready(&up->plan);
    enum exit_code code = show_ready(up);
    if (code != EXIT_CODE_DONE)
        fail(up, code);
}

static void look(struct up *up)
{
    if (up->plan.is_ready || up->plan.is_stopping)
        return;
    if (!up->plan.coord_answers)
        look_at_coord(up);
    else if (!up->broker_answers)
        look_at_broker(up);
    else if (!up->nimbus_answers)
        look_at_nimbus(up);
    else if (!up->ui_answers)
        up->ui_answers = listens(up->folder.ui_port);
    else
        become_ready(up);
    if (up->plan.is_ready || up->plan.is_stopping ||
        clock_now_ns() - up->begin_ns < up->ready_ms * 1000000)
        return;
    fail(up, complain(up, EXIT_CODE_TIMEOUT,
                      "the cluster is not ready after %.3g s: %s; the logs are in '%s/logs'",
                      (double)up->ready_ms / 1000,
                      !up->plan.coord_answers ? "coord does not answer"
                      : !up->broker_answers   ? "the broker of the log does not answer"
                      : !up->nimbus_answers   ? "nimbus does not lead, or a supervisor is missing"
                                              : "gale-ui does not answer",
                      up->folder.path));
}

/* ---- running ---- */

static void await(const struct up *up)
{
    struct pollfd watched = {.fd = up->signals, .events = POLLIN};
    uint64_t due_ms = up_plan_due_ms(&up->plan);
    uint64_t now = now_ms();
    uint64_t left_ms = due_ms <= now ? 0 : due_ms - now;
    bool is_looking = !up->plan.is_ready && !up->plan.is_stopping;

    if (is_looking && left_ms > LOOK_MS)
        left_ms = LOOK_MS;
    (void)poll(&watched, 1,
               due_ms == UINT64_MAX && !is_looking ? -1
               : left_ms > 60000                   ? 60000
                                                   : (int)left_ms);
}

/* Workers whose supervisor was killed, and who were not taken over any more. */
static void end_left_over(void)
{
    uint64_t deadline_ms = now_ms() + LEFT_OVER_MS;
    bool is_killed = false;

    if (!up_child_signal_all(SIGTERM))
        return;
    while (waitpid(-1, NULL, WNOHANG) >= 0) {
        if (now_ms() >= deadline_ms && !is_killed)
            is_killed = up_child_signal_all(SIGKILL);
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static void run(struct up *up)
{
    while (!up_plan_is_over(&up->plan)) {
        act(up);
        look(up);
        act(up);
        if (!up_plan_is_over(&up->plan))
            await(up);
        read_signals(up);
    }
    end_left_over();
}

/* ---- the command ---- */

static enum exit_code read_count(const struct up *up, enum option_id id, uint64_t max,
                                 uint64_t *count)
{
    const char *text = options_value(up->options, id);

    if (text == NULL || (setting_parse_u64(text, count) && *count >= 1 && *count <= max))
        return EXIT_CODE_DONE;
    return complain(up, EXIT_CODE_USAGE,
                    "--%s is '%s', but must be a whole number from 1 to %" PRIu64,
                    id == OPTION_SLOTS ? "slots" : "supervisors", text, max);
}

/* Of a program that may be left out. */
static enum exit_code read_port(const struct up *up, enum option_id port_id, enum option_id no_id,
                                int *ret_port)
{
    const char *text = options_value(up->options, port_id);
    const char *name = table_option(port_id)->name;
    bool is_wanted = !options_has(up->options, no_id);
    uint64_t port = UP_FOLDER_ANY_PORT;

    if (text != NULL && !is_wanted)
        return complain(up, EXIT_CODE_USAGE, "--%s and --%s exclude each other", name,
                        table_option(no_id)->name);
    if (text != NULL && (!setting_parse_u64(text, &port) || port < 1 || port > UINT16_MAX))
        return complain(up, EXIT_CODE_USAGE,
                        "--%s is '%s', but must be a whole number from 1 to 65535", name, text);
    *ret_port = is_wanted ? (int)port : UP_FOLDER_NO_PORT;
    return EXIT_CODE_DONE;
}

static enum exit_code read_ports(struct up *up)
{
    enum exit_code code = read_port(up, OPTION_LOG_PORT, OPTION_NO_LOG, &up->ports.log);

    if (code == EXIT_CODE_DONE)
        code = read_port(up, OPTION_UI_PORT, OPTION_NO_UI, &up->ports.ui);
    up->broker_answers = up->ports.log == UP_FOLDER_NO_PORT;
    up->ui_answers = up->ports.ui == UP_FOLDER_NO_PORT;
    return code;
}

static enum exit_code read_words(struct up *up)
{
    const char *timeout = options_value(up->options, OPTION_TIMEOUT);
    uint64_t supervisors = SUPERVISORS;
    uint64_t slots;
    struct error error;

    up->ready_ms = READY_MS;
    if (timeout != NULL && (!duration_read(timeout, &up->ready_ms) || up->ready_ms == 0))
        return complain(up, EXIT_CODE_USAGE, "--timeout is '%s', but must be seconds", timeout);
    enum exit_code code = read_count(up, OPTION_SUPERVISORS, UP_SUPERVISORS_MAX, &supervisors);
    if (code == EXIT_CODE_DONE)
        code = read_count(up, OPTION_SLOTS, SLOTS_MAX, &slots);
    if (code == EXIT_CODE_DONE)
        code = read_ports(up);
    if (code != EXIT_CODE_DONE)
        return code;
    up->supervisors = (size_t)supervisors;
    if (sources_read(up->options, &up->settings, &error) != ERR_OK ||
        up_words_check(up->settings, &error) != ERR_OK ||
        pass_load(up->settings, &up->pass, &error) != ERR_OK)
        return complain(up, EXIT_CODE_USAGE, "%s", error.text);
    return EXIT_CODE_DONE;
}

/* Before anything is started: no signal is missed. */
static enum exit_code catch_signals(struct up *up)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigset_t signals;

    (void)sigemptyset(&signals);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        (void)sigaddset(&signals, numbers[i]);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    up->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (up->signals < 0)
        return complain(up, EXIT_CODE_FAILED, "cannot wait for signals: %s",
                        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                        strerror(errno));
    return EXIT_CODE_DONE;
}

static enum exit_code open_folder(struct up *up)
{
    struct error error;

    enum err err =
        up_folder_open(options_value(up->options, OPTION_DIR), up->ports, &up->folder, &error);
    if (err == ERR_OK)
        return EXIT_CODE_DONE;
    if (err == ERR_CONFLICT)
        return complain(up, EXIT_CODE_CONFLICT, "%s", error.text);
    return complain(up, err == ERR_IO ? EXIT_CODE_FAILED : EXIT_CODE_USAGE, "%s", error.text);
}

enum exit_code command_up(const struct options *options)
{
    struct up up = {
        .options = options, .begin_ns = clock_now_ns(), .signals = -1, .folder = UP_FOLDER_NONE};

    enum exit_code code = read_words(&up);
    if (code == EXIT_CODE_DONE)
        code = open_folder(&up);
    if (code == EXIT_CODE_DONE)
        code = catch_signals(&up);
    if (code == EXIT_CODE_DONE) {
        up_child_adopt();
        up_plan_init(&up.plan, up.supervisors,
                     up.ports.log == UP_FOLDER_NO_PORT ? UP_WITHOUT_LOG : UP_WITH_LOG,
                     up.ports.ui == UP_FOLDER_NO_PORT ? UP_WITHOUT_UI : UP_WITH_UI);
        run(&up);
        code = up.code == EXIT_CODE_DONE && up.was_asked ? EXIT_CODE_INTERRUPTED : up.code;
    }
    if (up.nimbus.client != NULL)
        asking_close(&up.nimbus);
    if (up.signals >= 0)
        (void)close(up.signals);
    up_folder_close(&up.folder);
    settings_destroy(&up.settings);
    return code;
}
