/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that ask nimbus one thing: list, status, errors, nodes, kill, activate, deactivate,
 * rebalance.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/commands/waiting.h"
#include "cli/duration.h"
#include "cli/executors.h"
#include "cli/io/input.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/views/node_view.h"
#include "cli/views/topology_view.h"

enum {
    WORKERS_MAX = 4096,
};

/* Reads the command line, finds nimbus and does it. */
static enum exit_code with_nimbus(const struct options *options,
                                  enum exit_code (*act)(struct nimbus *nimbus))
{
    struct nimbus nimbus;

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = waiting_prepare(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = act(&nimbus);
    nimbus_done(&nimbus);
    return code;
}

static enum exit_code write_out(struct text *text)
{
    enum exit_code code = terminal_write(text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;

    text_done(text);
    return code;
}

static bool wants_json(const struct nimbus *nimbus)
{
    return options_has(nimbus->options, OPTION_JSON);
}

/* ---- looking ---- */

static void render_list(const json_t *answer, struct text *text)
{
    topology_view_list(answer, clock_wall_ms(), text);
}

static void render_status(const json_t *answer, struct text *text)
{
    topology_view_status(answer, clock_wall_ms(), text, terminal_style(stdout));
}

static void render_errors(const json_t *answer, struct text *text)
{
    topology_view_errors(answer, clock_wall_ms(), text);
}

static void render_nodes(const json_t *answer, struct text *text)
{
    node_view_render(answer, clock_wall_ms(), text);
}

/* Asks and shows the answer. */
static enum exit_code show(struct nimbus *nimbus, const char *op,
                           void (*render)(const json_t *answer, struct text *text))
{
    json_t *answer = NULL;
    struct text text;

    enum exit_code code = nimbus_open(nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_look(nimbus, op, nimbus->options->operand, false, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (wants_json(nimbus))
        answer_add_json(answer, &text);
    else
        render(answer, &text);
    json_decref(answer);
    return write_out(&text);
}

static enum exit_code list(struct nimbus *nimbus)
{
    return show(nimbus, "topology.list", render_list);
}

enum exit_code command_list(const struct options *options)
{
    return with_nimbus(options, list);
}

static enum exit_code status(struct nimbus *nimbus)
{
    const char *name = nimbus->options->operand;
    json_t *answer = NULL;
    struct text text;

    enum exit_code code = nimbus_open(nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_look(nimbus, "topology.status", name, true, &answer);
    if (code == EXIT_CODE_NOT_FOUND)
        code = nimbus_look(nimbus, "topology.ended", name, true, &answer);
    if (code == EXIT_CODE_NOT_FOUND) /* says so, and which name was meant */
        code = nimbus_look(nimbus, "topology.status", name, false, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (wants_json(nimbus))
        answer_add_json(answer, &text);
    else
        render_status(answer, &text);
    json_decref(answer);
    return write_out(&text);
}

enum exit_code command_status(const struct options *options)
{
    return with_nimbus(options, status);
}

static enum exit_code errors(struct nimbus *nimbus)
{
    return show(nimbus, "topology.errors", render_errors);
}

enum exit_code command_errors(const struct options *options)
{
    return with_nimbus(options, errors);
}

static enum exit_code nodes(struct nimbus *nimbus)
{
    return show(nimbus, "cluster.nodes", render_nodes);
}

enum exit_code command_nodes(const struct options *options)
{
    return with_nimbus(options, nodes);
}

/* ---- changing ---- */

/* NULL without --drain, and then nimbus decides. */
static enum exit_code read_drain(const struct nimbus *nimbus, json_t **ret_wait_ms)
{
    const char *text = options_value(nimbus->options, OPTION_DRAIN);
    uint64_t drain_ms;

    if (text == NULL) {
        *ret_wait_ms = json_null();
        return EXIT_CODE_DONE;
    }
    if (!duration_read(text, &drain_ms))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--drain is '%s', but must be seconds from 0 to %d", text,
                               DURATION_MAX_S);
    *ret_wait_ms = json_integer((json_int_t)drain_ms);
    return EXIT_CODE_DONE;
}

/* "wc is killed" and the like, or the answer itself. */
static enum exit_code tell(struct nimbus *nimbus, const json_t *answer)
{
    struct text text;

    text_init(&text);
    if (wants_json(nimbus)) {
        answer_add_json(answer, &text);
        return write_out(&text);
    }
    text_add(&text, "%s (", nimbus->options->operand);
    answer_add_words(answer_text(answer, "id"), &text);
    text_add(&text, "): ");
    answer_add_words(answer_text(answer, "status"), &text);
    if (json_object_get(answer, "moves") != NULL)
        text_add(&text, ", %" PRIu64 " executors %s", answer_count(answer, "moves"),
                 options_has(nimbus->options, OPTION_DRY_RUN) ? "would move" : "move");
    text_add(&text, "\n");
    return write_out(&text);
}

/* Takes the arguments over, tells the answer and waits if that is wanted. */
static enum exit_code change(struct nimbus *nimbus, const char *op, json_t *args,
                             enum waiting_for what)
{
    struct nimbus_question question = {.op = op, .args = args};
    json_t *answer = NULL;

    enum exit_code code = nimbus_ask(nimbus, &question, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    code = tell(nimbus, answer);
    if (code == EXIT_CODE_DONE && options_has(nimbus->options, OPTION_WAIT) &&
        !options_has(nimbus->options, OPTION_DRY_RUN))
        code = waiting_run(nimbus, what, nimbus->options->operand, answer_text(answer, "id"));
    json_decref(answer);
    return code;
}

static enum exit_code set_active(struct nimbus *nimbus, const char *op)
{
    enum exit_code code = nimbus_open(nimbus);

    return code == EXIT_CODE_DONE
               ? change(nimbus, op, json_pack("{s:s}", "name", nimbus->options->operand),
                        WAITING_FOR_BALANCE)
               : code;
}

static enum exit_code activate(struct nimbus *nimbus)
{
    return set_active(nimbus, "topology.activate");
}

enum exit_code command_activate(const struct options *options)
{
    return with_nimbus(options, activate);
}

static enum exit_code deactivate(struct nimbus *nimbus)
{
    return set_active(nimbus, "topology.deactivate");
}

enum exit_code command_deactivate(const struct options *options)
{
    return with_nimbus(options, deactivate);
}

static enum exit_code check_can_ask(const struct nimbus *nimbus)
{
    if (options_has(nimbus->options, OPTION_YES) || terminal_is_tty(stdin))
        return EXIT_CODE_DONE;
    return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                           "without a terminal nobody can be asked: --yes kills '%s'",
                           nimbus->options->operand);
}

/* DONE if it may be done. The topology is looked up first, so that nobody says yes to nothing. */
static enum exit_code confirm(struct nimbus *nimbus)
{
    const char *name = nimbus->options->operand;
    json_t *answer = NULL;
    struct text text;

    if (options_has(nimbus->options, OPTION_YES))
        return EXIT_CODE_DONE;
    enum exit_code code = nimbus_look(nimbus, "topology.status", name, false, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    topology_view_progress(answer, &text);
    text_add(&text, "\nkill '%s'? [y/N] ", name);
    terminal_say(&text);
    text_done(&text);
    json_decref(answer);
    return input_is_yes() ? EXIT_CODE_DONE
                          : nimbus_complain(nimbus, EXIT_CODE_FAILED, "'%s' was not killed", name);
}

static enum exit_code kill_it(struct nimbus *nimbus)
{
    json_t *wait_ms = json_null();

    enum exit_code code = read_drain(nimbus, &wait_ms);
    if (code == EXIT_CODE_DONE)
        code = check_can_ask(nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(nimbus);
    if (code == EXIT_CODE_DONE)
        code = confirm(nimbus);
    json_t *args = json_pack("{s:s, s:o}", "name", nimbus->options->operand, "wait_ms", wait_ms);
    if (code == EXIT_CODE_DONE)
        return change(nimbus, "topology.kill", args, WAITING_FOR_END);
    json_decref(args);
    return code;
}

enum exit_code command_kill(const struct options *options)
{
    return with_nimbus(options, kill_it);
}

static enum exit_code read_workers(const struct nimbus *nimbus, json_t *args)
{
    const char *text = options_value(nimbus->options, OPTION_WORKERS);
    uint64_t workers = 0;

    if (text != NULL &&
        (!setting_parse_u64(text, &workers) || workers == 0 || workers > WORKERS_MAX))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--workers is '%s', but must be a whole number from 1 to %d", text,
                               WORKERS_MAX);
    (void)json_object_set_new(args, "workers",
                              text == NULL ? json_null() : json_integer((json_int_t)workers));
    return EXIT_CODE_DONE;
}

static enum exit_code read_executors(const struct nimbus *nimbus, json_t *args)
{
    const struct options *options = nimbus->options;
    json_t *executors = json_object();
    enum err err = ERR_OK;
    struct error error;

    (void)json_object_set_new(args, "executors", executors);
    for (size_t i = 0; err == ERR_OK && i < options->given_count; i++) {
        if (options->given[i].id == OPTION_EXECUTORS)
            err = executors_read(options->given[i].value, executors, &error);
    }
    return err == ERR_OK ? EXIT_CODE_DONE
                         : nimbus_complain(nimbus, EXIT_CODE_USAGE, "%s", error.text);
}

static enum exit_code read_rebalance(const struct nimbus *nimbus, json_t *args)
{
    json_t *wait_ms = NULL;

    enum exit_code code = read_workers(nimbus, args);
    if (code == EXIT_CODE_DONE)
        code = read_executors(nimbus, args);
    if (code == EXIT_CODE_DONE)
        code = read_drain(nimbus, &wait_ms);
    if (code == EXIT_CODE_DONE)
        (void)json_object_set_new(args, "wait_ms", wait_ms);
    return code;
}

static enum exit_code rebalance(struct nimbus *nimbus)
{
    bool is_dry = options_has(nimbus->options, OPTION_DRY_RUN);
    json_t *args =
        json_pack("{s:s, s:b}", "name", nimbus->options->operand, "dry_run", is_dry ? 1 : 0);

    enum exit_code code = read_rebalance(nimbus, args);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(nimbus);
    if (code == EXIT_CODE_DONE)
        return change(nimbus, "topology.rebalance", args, WAITING_FOR_BALANCE);
    json_decref(args);
    return code;
}

enum exit_code command_rebalance(const struct options *options)
{
    return with_nimbus(options, rebalance);
}
