/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that change a topology while it runs: log-level, debug log, restart-worker.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/duration.h"
#include "cli/io/input.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"

enum {
    FOR_MAX_S = 7 * 24 * 3600,
    SLOTS_MAX = 1024,
    PERCENT_MAX = 100,
};

struct steering;

/* One of the commands. */
struct steering_kind {
    const char *op;
    enum exit_code (*read)(struct steering *steering);    /* the command line, into args */
    enum exit_code (*confirm)(struct steering *steering); /* NULL: it is done without a question */
    void (*tell)(const struct nimbus *nimbus, const json_t *answer, struct text *text);
};

struct steering {
    struct nimbus *nimbus;
    const struct steering_kind *kind;
    json_t *args; /* owned */
};

static enum exit_code ask(struct steering *steering)
{
    struct nimbus_question question = {.op = steering->kind->op, .args = TAKE(steering->args)};
    json_t *answer = NULL;
    struct text text;

    enum exit_code code = nimbus_ask(steering->nimbus, &question, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (options_has(steering->nimbus->options, OPTION_JSON))
        answer_add_json(answer, &text);
    else
        steering->kind->tell(steering->nimbus, answer, &text);
    json_decref(answer);
    code = terminal_write(&text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
    text_done(&text);
    return code;
}

/* The command line is read before nimbus is looked for, and what is to be confirmed after it. */
static enum exit_code steer(const struct options *options, const struct steering_kind *kind)
{
    struct nimbus nimbus;
    struct steering steering = {.nimbus = &nimbus, .kind = kind};

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = kind->read(&steering);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(&nimbus);
    if (code == EXIT_CODE_DONE && kind->confirm != NULL)
        code = kind->confirm(&steering);
    if (code == EXIT_CODE_DONE)
        code = ask(&steering);
    json_decref(steering.args);
    nimbus_done(&nimbus);
    return code;
}

/* The second word; NULL if it was not given. */
static const char *second_word(const struct nimbus *nimbus)
{
    return nimbus->options->operand_count > 1 ? nimbus->options->operands[1] : NULL;
}

/* ---- log-level ---- */

static enum exit_code read_for(const struct nimbus *nimbus, uint64_t *ret_ms)
{
    const char *text = options_value(nimbus->options, OPTION_FOR);

    *ret_ms = 0;
    if (text == NULL)
        return EXIT_CODE_DONE;
    if (!duration_read(text, ret_ms) || *ret_ms == 0 || *ret_ms > FOR_MAX_S * UINT64_C(1000))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--for is '%s', but must be seconds, more than 0 and at most %d",
                               text, FOR_MAX_S);
    return EXIT_CODE_DONE;
}

static enum exit_code check_level(const struct nimbus *nimbus, const char *level)
{
    bool does_reset = options_has(nimbus->options, OPTION_RESET);
    uint32_t number;

    if (level == NULL && !does_reset)
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "give debug, info, warn or error, or --reset for the level that the "
                               "settings say");
    if (does_reset && (level != NULL || options_has(nimbus->options, OPTION_FOR)))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE, "--reset goes with no level and no --for");
    if (level != NULL && !setting_parse_log_level(level, &number))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "the level is '%s', but must be debug, info, warn or error", level);
    return EXIT_CODE_DONE;
}

static void tell_level(const struct nimbus *nimbus, const json_t *answer, struct text *text)
{
    const char *level = answer_text(answer, "level");
    const char *seconds = options_value(nimbus->options, OPTION_FOR);

    text_add(text, "%s logs ", nimbus->options->operand);
    if (level[0] == '\0') {
        text_add(text, "as its settings say\n");
        return;
    }
    text_add(text, "with level ");
    answer_add_words(level, text);
    if (seconds != NULL)
        text_add(text, " for %s s", seconds);
    text_add(text, "\n");
}

static enum exit_code read_level(struct steering *steering)
{
    const char *level = second_word(steering->nimbus);
    uint64_t for_ms;

    enum exit_code code = check_level(steering->nimbus, level);
    if (code == EXIT_CODE_DONE)
        code = read_for(steering->nimbus, &for_ms);
    if (code != EXIT_CODE_DONE)
        return code;
    steering->args =
        json_pack("{s:s, s:o, s:I}", "name", steering->nimbus->options->operand, "level",
                  level == NULL ? json_null() : json_string(level), "for_ms", (json_int_t)for_ms);
    return EXIT_CODE_DONE;
}

enum exit_code command_log_level(const struct options *options)
{
    static const struct steering_kind kind = {
        .op = "topology.log_level", .read = read_level, .tell = tell_level};

    return steer(options, &kind);
}

/* ---- debug log ---- */

static enum exit_code read_percent(const struct nimbus *nimbus, uint64_t *ret_percent)
{
    const char *text = options_value(nimbus->options, OPTION_PERCENT);
    bool is_off = options_has(nimbus->options, OPTION_OFF);

    *ret_percent = 0;
    if ((text != NULL) == is_off)
        return nimbus_complain(nimbus, EXIT_CODE_USAGE, "give --percent P or --off, one of them");
    if (text != NULL &&
        (!setting_parse_u64(text, ret_percent) || *ret_percent == 0 || *ret_percent > PERCENT_MAX))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--percent is '%s', but must be a whole number from 1 to %d", text,
                               PERCENT_MAX);
    return EXIT_CODE_DONE;
}

static void tell_debug(const struct nimbus *nimbus, const json_t *answer, struct text *text)
{
    const char *component = answer_text(answer, "component");
    uint64_t percent = answer_count(answer, "percent");

    if (percent == 0)
        text_add(text, "no tuples");
    else
        text_add(text, "%" PRIu64 " %% of the tuples", percent);
    text_add(text, " of ");
    answer_add_words(component[0] == '\0' ? "all components" : component, text);
    text_add(text, " are written to the logs of %s%s\n", nimbus->options->operand,
             percent == 0 ? "" : ", at most 10 a second by each worker");
}

static enum exit_code read_debug(struct steering *steering)
{
    const char *component = second_word(steering->nimbus);
    uint64_t percent;

    enum exit_code code = read_percent(steering->nimbus, &percent);
    if (code != EXIT_CODE_DONE)
        return code;
    steering->args = json_pack(
        "{s:s, s:o, s:I}", "name", steering->nimbus->options->operand, "component",
        component == NULL ? json_null() : json_string(component), "percent", (json_int_t)percent);
    return EXIT_CODE_DONE;
}

enum exit_code command_debug_log(const struct options *options)
{
    static const struct steering_kind kind = {
        .op = "topology.debug", .read = read_debug, .tell = tell_debug};

    return steer(options, &kind);
}

/* ---- restart-worker ---- */

static enum exit_code check_can_ask(const struct nimbus *nimbus, const char *worker)
{
    if (options_has(nimbus->options, OPTION_YES) || terminal_is_tty(stdin))
        return EXIT_CODE_DONE;
    return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                           "without a terminal nobody can be asked: --yes restarts '%s'", worker);
}

static void tell_restart(const struct nimbus *nimbus, const json_t *answer, struct text *text)
{
    (void)answer;
    text_add(text, "worker %s of %s is being restarted\n", second_word(nimbus),
             nimbus->options->operand);
}

static enum exit_code read_restart(struct steering *steering)
{
    const struct nimbus *nimbus = steering->nimbus;
    const char *worker = second_word(nimbus);
    const char *colon = strrchr(worker, ':');
    uint64_t slot = 0;

    if (colon == NULL || colon == worker || !setting_parse_u64(colon + 1, &slot) ||
        slot >= SLOTS_MAX)
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "the worker is '%s', but must be SUPERVISOR:SLOT, as 'gale status "
                               "%s' shows it",
                               worker, nimbus->options->operand);
    steering->args = json_pack("{s:s, s:s%, s:I}", "name", nimbus->options->operand, "supervisor",
                               worker, (size_t)(colon - worker), "slot", (json_int_t)slot);
    return check_can_ask(nimbus, worker);
}

static enum exit_code confirm_restart(struct steering *steering)
{
    const struct nimbus *nimbus = steering->nimbus;
    struct text text;

    if (options_has(nimbus->options, OPTION_YES))
        return EXIT_CODE_DONE;
    text_init(&text);
    text_add(&text,
             "tuples that worker %s has now will fail, and their spouts may emit them again\n"
             "restart it? [y/N] ",
             second_word(nimbus));
    terminal_say(&text);
    text_done(&text);
    return input_is_yes() ? EXIT_CODE_DONE
                          : nimbus_complain(nimbus, EXIT_CODE_FAILED, "'%s' was not restarted",
                                            second_word(nimbus));
}

enum exit_code command_restart_worker(const struct options *options)
{
    static const struct steering_kind kind = {.op = "worker.restart",
                                              .read = read_restart,
                                              .confirm = confirm_restart,
                                              .tell = tell_restart};

    return steer(options, &kind);
}
