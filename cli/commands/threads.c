/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale debug stacks` and `gale debug profile`: nimbus tells where a worker is, and its supervisor asks it
 * what its threads do.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/duration.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/views/threads_view.h"
#include "wire/threads_text.h"

#define PATIENCE_NS 20000000000ull /* with a supervisor, which waits for its worker 18 s */

enum {
    PROFILE_DEFAULT_MS = 10000,
    PROFILE_MIN_MS = 1000,
    PROFILE_MAX_MS = 60000,
};

struct look {
    struct nimbus *nimbus;
    bool is_profile;
    uint64_t ms;
    const char *name;   /* of the topology */
    const char *worker; /* SUPERVISOR:SLOT */
};

static enum exit_code read_time(struct look *look)
{
    const char *text = options_value(look->nimbus->options, OPTION_FOR);

    look->ms = PROFILE_DEFAULT_MS;
    if (text == NULL || (duration_read(text, &look->ms) && look->ms >= PROFILE_MIN_MS &&
                         look->ms <= PROFILE_MAX_MS))
        return EXIT_CODE_DONE;
    return nimbus_complain(look->nimbus, EXIT_CODE_USAGE,
                           "--for is '%s', but must be seconds from 1 to 60", text);
}

/* ---- which worker ---- */

static bool is_meant(const struct look *look, const json_t *worker)
{
    struct text name;

    text_init(&name);
    text_add(&name, "%s:%" PRIu64, answer_text(worker, "supervisor"), answer_count(worker, "slot"));
    bool is = strcmp(text_data(&name), look->worker) == 0;
    text_done(&name);
    return is;
}

static enum exit_code find_worker(const struct look *look, const json_t *status,
                                  const json_t **ret_worker)
{
    for (size_t i = 0; i < answer_size(status, "workers"); i++) {
        const json_t *worker = answer_item(status, "workers", i);
        if (is_meant(look, worker)) {
            *ret_worker = worker;
            return EXIT_CODE_DONE;
        }
    }
    return nimbus_complain(look->nimbus, EXIT_CODE_NOT_FOUND,
                           "'%s' has no worker '%s'; 'gale status %s' shows those that it has",
                           look->name, look->worker, look->name);
}

/* ---- asking it ---- */

static enum exit_code complain_of(const struct look *look, const struct control_fault *fault)
{
    enum exit_code code = EXIT_CODE_FAILED;
    struct text words;

    if (fault->code == CONTROL_NOT_FOUND)
        code = EXIT_CODE_NOT_FOUND;
    if (fault->code == CONTROL_DENIED)
        code = EXIT_CODE_DENIED;
    text_init(&words);
    answer_add_words(fault->text, &words);
    (void)nimbus_complain(look->nimbus, code, "its supervisor said: %s", text_data(&words));
    text_done(&words);
    return code;
}

static enum exit_code show(const struct look *look, const json_t *answer)
{
    const struct options *options = look->nimbus->options;
    struct text text;

    text_init(&text);
    if (options_has(options, OPTION_JSON))
        answer_add_json(answer, &text);
    else if (options_has(options, OPTION_FOLDED))
        threads_text_folded(answer, &text);
    else if (look->is_profile)
        threads_view_profile(answer, &text);
    else
        threads_text_stacks(answer, &text);
    bool is_good = terminal_write(&text);
    text_done(&text);
    return is_good ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

static enum exit_code ask_supervisor(const struct look *look, struct asking *asking,
                                     const struct question *question)
{
    struct asked asked;
    enum err err =
        asking_ask(asking, question, clock_now_ns() + PATIENCE_NS + look->ms * 1000000, &asked);

    if (err == ERR_CANCELLED)
        return EXIT_CODE_INTERRUPTED;
    if (err == ERR_DENIED)
        return nimbus_complain(look->nimbus, EXIT_CODE_DENIED, "%s",
                               asking_trouble(asking) == NULL ? "the key is not good for it"
                                                              : asking_trouble(asking));
    if (err != ERR_OK)
        return nimbus_complain(look->nimbus, EXIT_CODE_UNREACHABLE,
                               "the supervisor of worker '%s' does not answer", look->worker);
    enum exit_code code = asked.answer.ok != NULL ? show(look, asked.answer.ok)
                                                  : complain_of(look, &asked.answer.fault);
    asked_done(&asked);
    return code;
}

static enum exit_code ask_worker(const struct look *look, const json_t *status,
                                 const json_t *worker)
{
    struct question question = {.op = look->is_profile ? "worker.profile" : "worker.stacks"};
    struct asking asking;
    struct error error;

    if (asking_open(answer_text(worker, "address"), pass_keys(&look->nimbus->pass),
                    look->nimbus->interrupt, &asking, &error) != ERR_OK)
        return nimbus_complain(look->nimbus, EXIT_CODE_UNREACHABLE,
                               "nobody knows where the supervisor of worker '%s' is", look->worker);
    question.args = json_pack("{s:s, s:I}", "topology", answer_text(status, "id"), "slot",
                              (json_int_t)answer_count(worker, "slot"));
    if (look->is_profile)
        (void)json_object_set_new(question.args, "ms", json_integer((json_int_t)look->ms));
    enum exit_code code = ask_supervisor(look, &asking, &question);
    json_decref(question.args);
    asking_close(&asking);
    return code;
}

static enum exit_code run(struct look *look)
{
    const json_t *worker = NULL;
    json_t *status = NULL;

    enum exit_code code = nimbus_open(look->nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_look(look->nimbus, "topology.status", look->name, false, &status);
    if (code == EXIT_CODE_DONE)
        code = find_worker(look, status, &worker);
    if (code == EXIT_CODE_DONE)
        code = ask_worker(look, status, worker);
    json_decref(status);
    return code;
}

static enum exit_code look_at(const struct options *options, bool is_profile)
{
    struct nimbus nimbus;
    struct look look = {.nimbus = &nimbus,
                        .is_profile = is_profile,
                        .name = options->operands[0],
                        .worker = options->operands[1]};

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE && is_profile)
        code = read_time(&look);
    if (code == EXIT_CODE_DONE)
        code = nimbus_catch_signals(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = run(&look);
    nimbus_done(&nimbus);
    return code;
}

enum exit_code command_debug_stacks(const struct options *options)
{
    return look_at(options, false);
}

enum exit_code command_debug_profile(const struct options *options)
{
    return look_at(options, true);
}
