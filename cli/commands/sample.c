/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale debug sample`: nimbus tells where the workers of a topology are; their supervisors hand on
 * what they have written down of the tuples that flow.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/duration.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/views/sample_view.h"
#include "wire/plan.h"

#define PATIENCE_NS       4000000000ull /* with a supervisor, which itself waits for its worker */
#define LOOK_NS           5000000ull    /* for the answer of one, before that of the next */
#define PAUSE_NS          100000000ull  /* between two rounds */
#define WITHIN_DEFAULT_MS 10000

enum {
    TUPLES_DEFAULT = 10,
    TUPLES_MAX = 100000,
    TUPLES_ASKED_MAX = 100, /* of one worker at a time */
    WORKERS_MAX = 16,       /* that are asked at a time; of more, others have their turn next */
};

/* A worker that was asked. */
struct asked_worker {
    struct asking asking;
    bool is_waiting;
};

struct sampling {
    struct nimbus *nimbus;
    const char *name; /* of the topology */
    const char *component;
    bool is_received;
    uint64_t wanted; /* tuples */
    uint64_t found;
    uint64_t within_ms;
    uint64_t deadline_ns;
    size_t turn; /* the worker that begins the next round */
    struct asked_worker workers[WORKERS_MAX];
    size_t worker_count;
    char fault[ERROR_TEXT_MAX]; /* the last that a supervisor named; "" */
};

/* ---- the command line ---- */

static enum exit_code read_numbers(struct sampling *sampling)
{
    const struct nimbus *nimbus = sampling->nimbus;
    const char *count = options_value(nimbus->options, OPTION_LINES);
    const char *within = options_value(nimbus->options, OPTION_WITHIN);

    sampling->wanted = TUPLES_DEFAULT;
    sampling->within_ms = WITHIN_DEFAULT_MS;
    if (count != NULL && (!setting_parse_u64(count, &sampling->wanted) || sampling->wanted == 0 ||
                          sampling->wanted > TUPLES_MAX))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--lines is '%s', but must be a whole number from 1 to %d", count,
                               TUPLES_MAX);
    if (within != NULL && !duration_read(within, &sampling->within_ms))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--within is '%s', but must be seconds from 0 to %d", within,
                               DURATION_MAX_S);
    return EXIT_CODE_DONE;
}

/* ---- what nimbus knows ---- */

static enum exit_code refuse_component(const struct sampling *sampling, const json_t *status)
{
    const char *names[PLAN_COMPONENTS_MAX];
    size_t count = answer_size(status, "components");

    count = count < COUNT_OF(names) ? count : COUNT_OF(names);
    for (size_t i = 0; i < count; i++)
        names[i] = answer_text(answer_item(status, "components", i), "name");
    const char *meant = nearest(sampling->component, names, count);
    if (meant == NULL)
        return nimbus_complain(sampling->nimbus, EXIT_CODE_NOT_FOUND,
                               "'%s' has no component '%s'; 'gale status %s' shows those that it "
                               "has",
                               sampling->name, sampling->component, sampling->name);
    return nimbus_complain(sampling->nimbus, EXIT_CODE_NOT_FOUND,
                           "'%s' has no component '%s'; did you mean '%s'?", sampling->name,
                           sampling->component, meant);
}

static const json_t *find_component(const json_t *status, const char *name)
{
    for (size_t i = 0; i < answer_size(status, "components"); i++) {
        const json_t *component = answer_item(status, "components", i);

        if (strcmp(answer_text(component, "name"), name) == 0)
            return component;
    }
    return NULL;
}

static enum exit_code check_component(const struct sampling *sampling, const json_t *status)
{
    const json_t *component = find_component(status, sampling->component);

    if (component == NULL)
        return refuse_component(sampling, status);
    if (sampling->is_received && answer_flag(component, "spout"))
        return nimbus_complain(sampling->nimbus, EXIT_CODE_USAGE,
                               "'%s' is a spout, which receives no tuples; without --received you "
                               "see what it emits",
                               sampling->component);
    return EXIT_CODE_DONE;
}

/* ---- asking the workers ---- */

static void ask_worker(struct sampling *sampling, const json_t *status, const json_t *worker)
{
    struct asked_worker *asked = &sampling->workers[sampling->worker_count];
    uint64_t left = sampling->wanted - sampling->found;
    struct question question = {.op = "worker.sample"};
    struct error error;

    if (asking_open(answer_text(worker, "address"), pass_keys(&sampling->nimbus->pass),
                    sampling->nimbus->interrupt, &asked->asking, &error) != ERR_OK)
        return;
    question.args =
        json_pack("{s:s, s:I, s:s, s:b, s:I}", "topology", answer_text(status, "id"), "slot",
                  (json_int_t)answer_count(worker, "slot"), "component", sampling->component,
                  "received", sampling->is_received ? 1 : 0, "count",
                  (json_int_t)(left < TUPLES_ASKED_MAX ? left : TUPLES_ASKED_MAX));
    asked->is_waiting = asking_send(&asked->asking, &question);
    json_decref(question.args);
    sampling->worker_count++;
}

/* Workers that emit it, and those that receive it, are among those of the topology; which they are,
 * they know themselves. */
static void ask_workers(struct sampling *sampling, const json_t *status)
{
    size_t count = answer_size(status, "workers");
    size_t asked = count < WORKERS_MAX ? count : WORKERS_MAX;

    for (size_t i = 0; i < asked; i++)
        ask_worker(sampling, status, answer_item(status, "workers", (sampling->turn + i) % count));
    sampling->turn += asked;
}

static enum exit_code show(struct sampling *sampling, const json_t *answer)
{
    bool is_json = options_has(sampling->nimbus->options, OPTION_JSON);
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < answer_size(answer, "tuples") && sampling->found < sampling->wanted;
         i++) {
        const json_t *tuple = answer_item(answer, "tuples", i);

        if (is_json)
            answer_add_json(tuple, &text);
        else
            sample_view_tuple(tuple, &text);
        sampling->found++;
    }
    bool is_good = text_size(&text) == 0 || terminal_write(&text);
    text_done(&text);
    return is_good ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

static enum exit_code take_answer(struct sampling *sampling, struct asked_worker *worker)
{
    enum exit_code code = EXIT_CODE_DONE;
    struct asked asked;

    enum err err = asking_wait(&worker->asking, clock_now_ns() + LOOK_NS, &asked);
    if (err == ERR_CANCELLED)
        return EXIT_CODE_INTERRUPTED;
    if (err != ERR_OK)
        return EXIT_CODE_DONE;
    worker->is_waiting = false;
    if (asked.answer.ok != NULL)
        code = show(sampling, asked.answer.ok);
    else
        memcpy(sampling->fault, asked.answer.fault.text, sizeof sampling->fault);
    asked_done(&asked);
    return code;
}

static bool is_waiting(const struct sampling *sampling)
{
    for (size_t i = 0; i < sampling->worker_count; i++) {
        if (sampling->workers[i].is_waiting)
            return true;
    }
    return false;
}

static enum exit_code take_answers(struct sampling *sampling)
{
    uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
    enum exit_code code = EXIT_CODE_DONE;

    if (until_ns > sampling->deadline_ns)
        until_ns = sampling->deadline_ns;
    while (code == EXIT_CODE_DONE && is_waiting(sampling) && clock_now_ns() < until_ns &&
           sampling->found < sampling->wanted) {
        for (size_t i = 0; code == EXIT_CODE_DONE && i < sampling->worker_count; i++) {
            if (sampling->workers[i].is_waiting)
                code = take_answer(sampling, &sampling->workers[i]);
        }
    }
    return code;
}

static void forget_workers(struct sampling *sampling)
{
    while (sampling->worker_count > 0)
        asking_close(&sampling->workers[--sampling->worker_count].asking);
}

/* Asks nimbus anew each time: workers come and go. */
static enum exit_code sample_once(struct sampling *sampling)
{
    json_t *status = NULL;

    enum exit_code code =
        nimbus_look(sampling->nimbus, "topology.status", sampling->name, false, &status);
    if (code == EXIT_CODE_DONE)
        code = check_component(sampling, status);
    if (code == EXIT_CODE_DONE) {
        ask_workers(sampling, status);
        code = take_answers(sampling);
        forget_workers(sampling);
    }
    json_decref(status);
    return code;
}

/* ---- the command ---- */

static void add_reason(const struct sampling *sampling, struct text *text)
{
    if (sampling->fault[0] != '\0') {
        text_add(text, "; a supervisor said: ");
        answer_add_words(sampling->fault, text);
    }
    if (!sampling->is_received)
        text_add(text, "; if no component subscribes to it, --received shows what it receives");
}

static enum exit_code tell_of_none(const struct sampling *sampling)
{
    struct text reason;

    text_init(&reason);
    add_reason(sampling, &reason);
    (void)nimbus_complain(sampling->nimbus, EXIT_CODE_TIMEOUT,
                          "'%s' %s no tuple that was seen within %.3g s%s; --within waits longer",
                          sampling->component, sampling->is_received ? "received" : "emitted",
                          (double)sampling->within_ms / 1000, text_data(&reason));
    text_done(&reason);
    return EXIT_CODE_TIMEOUT;
}

static enum exit_code sample(struct sampling *sampling)
{
    enum exit_code code = nimbus_open(sampling->nimbus);

    sampling->deadline_ns = clock_now_ns() + sampling->within_ms * 1000000;
    while (code == EXIT_CODE_DONE) {
        code = sample_once(sampling);
        if (code != EXIT_CODE_DONE || sampling->found == sampling->wanted)
            return code;
        if (clock_now_ns() + PAUSE_NS >= sampling->deadline_ns)
            return sampling->found > 0 ? EXIT_CODE_DONE : tell_of_none(sampling);
        code = nimbus_pause(sampling->nimbus, clock_now_ns() + PAUSE_NS);
    }
    return code;
}

enum exit_code command_debug_sample(const struct options *options)
{
    struct nimbus nimbus;
    struct sampling sampling = {
        .nimbus = &nimbus,
        .name = options->operands[0],
        .component = options->operands[1],
        .is_received = options_has(options, OPTION_RECEIVED),
    };

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = read_numbers(&sampling);
    if (code == EXIT_CODE_DONE)
        code = nimbus_catch_signals(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = sample(&sampling);
    nimbus_done(&nimbus);
    return code;
}
