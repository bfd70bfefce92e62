/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands/log_link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/client/io/module.h"
#include "cli/answer.h"
#include "cli/duration.h"
#include "cli/io/input.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"
#include "cli/language/table.h"
#include "wire/cluster.h"

enum {
    TIMEOUT_MS = 10000,
};

#define BROKERS_KEY "log.brokers"

/* ---- complaints ---- */

enum exit_code log_link_complain(const struct log_link *link, enum exit_code code,
                                 const char *format, ...)
{
    struct error error = {.code = ERR_INVALID};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error.text, sizeof error.text, format, arguments);
    va_end(arguments);
    terminal_complain(link->options->command->name, &error);
    return code;
}

enum exit_code log_link_judge(const struct log_link *link, enum err err, const struct error *error)
{
    static const struct {
        enum err err;
        enum exit_code code;
    } codes[] = {
        {ERR_CLOSED, EXIT_CODE_UNREACHABLE},  {ERR_TIMEOUT, EXIT_CODE_UNREACHABLE},
        {ERR_NOT_FOUND, EXIT_CODE_NOT_FOUND}, {ERR_EXISTS, EXIT_CODE_CONFLICT},
        {ERR_CONFLICT, EXIT_CODE_CONFLICT},   {ERR_INVALID, EXIT_CODE_USAGE},
        {ERR_DENIED, EXIT_CODE_DENIED},
    };

    if (err == ERR_OK)
        return EXIT_CODE_DONE;
    terminal_complain(link->options->command->name, error);
    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        if (codes[i].err == err)
            return codes[i].code;
    }
    return EXIT_CODE_FAILED;
}

/* ---- the command line ---- */

enum exit_code log_link_read_number(const struct log_link *link, enum option_id id, int64_t min,
                                    int64_t max, int64_t *value)
{
    const char *text = options_value(link->options, id);
    char *end = NULL;

    if (text == NULL)
        return EXIT_CODE_DONE;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < min || number > max)
        return log_link_complain(link, EXIT_CODE_USAGE,
                                 "--%s is '%s', but must be a whole number from %" PRId64
                                 " to %" PRId64,
                                 table_option(id)->name, text, min, max);
    *value = number;
    return EXIT_CODE_DONE;
}

enum exit_code log_link_need(const struct log_link *link, enum option_id id)
{
    const struct option *option = table_option(id);

    if (options_has(link->options, id))
        return EXIT_CODE_DONE;
    return log_link_complain(link, EXIT_CODE_USAGE, "--%s %s is missing", option->name,
                             option->value_name);
}

bool log_link_wants_json(const struct log_link *link)
{
    return options_has(link->options, OPTION_JSON);
}

/* A file may hold the settings of topologies, too. What is typed is meant for this command. */
static enum err check_typed(const struct settings *settings, struct error *error)
{
    AUTO(settings_destroy) struct settings *typed = settings_new();
    struct setting_table tables[CLUSTER_TABLES];
    enum err err = ERR_OK;

    for (size_t i = 0; err == ERR_OK && i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);

        if (strcmp(setting->origin, "-c") == 0 || strcmp(setting->key, BROKERS_KEY) == 0)
            err = settings_put(typed, setting->key, setting->value, setting->origin, error);
    }
    cluster_tables(tables);
    return err == ERR_OK ? settings_check_tables(typed, tables, CLUSTER_TABLES, error) : err;
}

/* The value of log.brokers, or its default. */
static const char *find_brokers(const struct settings *settings)
{
    const struct setting *setting = settings_find(settings, BROKERS_KEY);
    struct setting_table tables[CLUSTER_TABLES];
    const struct setting_spec *spec = NULL;

    if (setting != NULL)
        return setting->value;
    cluster_tables(tables);
    for (size_t i = 0; i < CLUSTER_TABLES && spec == NULL; i++)
        spec = setting_table_find(&tables[i], BROKERS_KEY);
    ASSERT(spec != NULL);
    return spec->fallback;
}

static enum exit_code read_settings(struct log_link *link)
{
    struct error error;

    enum err err = sources_read(link->options, &link->settings, &error);
    if (err == ERR_OK)
        err = check_typed(link->settings, &error);
    if (err != ERR_OK)
        return log_link_complain(link, EXIT_CODE_USAGE, "%s", error.text);
    link->servers.brokers = find_brokers(link->settings);
    return EXIT_CODE_DONE;
}

static enum exit_code read_timeout(struct log_link *link)
{
    const char *timeout = options_value(link->options, OPTION_TIMEOUT);

    link->servers.timeout_ms = TIMEOUT_MS;
    if (timeout != NULL &&
        (!duration_read(timeout, &link->servers.timeout_ms) || link->servers.timeout_ms == 0))
        return log_link_complain(link, EXIT_CODE_USAGE, "--timeout is '%s', but must be seconds",
                                 timeout);
    return EXIT_CODE_DONE;
}

/* ---- its life ---- */

enum exit_code log_link_init(struct log_link *link, const struct options *options)
{
    const struct log_module *module;
    struct error error;

    *link = (struct log_link){.options = options};
    enum exit_code code = read_timeout(link);
    if (code == EXIT_CODE_DONE)
        code = read_settings(link);
    if (code != EXIT_CODE_DONE)
        return code;
    if (module_get(&module, &error) != ERR_OK)
        return log_link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
    link->table = module->console;
    return EXIT_CODE_DONE;
}

void log_link_done(struct log_link *link)
{
    if (link->console != NULL)
        link->table->close(&link->console);
    settings_destroy(&link->settings);
}

enum exit_code log_link_open(struct log_link *link)
{
    struct error error;

    enum err err = link->table->open(&link->servers, &link->console, &error);
    return log_link_judge(link, err, &error);
}

enum exit_code log_link_with(const struct options *options,
                             enum exit_code (*act)(struct log_link *link))
{
    struct log_link link;

    enum exit_code code = log_link_init(&link, options);
    if (code == EXIT_CODE_DONE)
        code = act(&link);
    log_link_done(&link);
    return code;
}

/* ---- talking ---- */

enum exit_code log_link_ask_first(const struct log_link *link, const char *question)
{
    struct text text;

    if (options_has(link->options, OPTION_YES))
        return EXIT_CODE_DONE;
    if (!terminal_is_tty(stdin))
        return log_link_complain(link, EXIT_CODE_USAGE,
                                 "without a terminal nobody can be asked, so --yes must be given");
    text_init(&text);
    text_add(&text, "%s [y/N] ", question);
    terminal_say(&text);
    text_done(&text);
    return input_is_yes() ? EXIT_CODE_DONE
                          : log_link_complain(link, EXIT_CODE_FAILED, "nothing was done");
}

enum exit_code log_link_write(struct text *text)
{
    enum exit_code code = terminal_write(text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;

    text_done(text);
    return code;
}

enum exit_code log_link_show(const struct log_link *link, json_t *answer,
                             void (*render)(const json_t *answer, struct text *text))
{
    struct text text;

    text_init(&text);
    if (log_link_wants_json(link))
        answer_add_json(answer, &text);
    else
        render(answer, &text);
    json_decref(answer);
    return log_link_write(&text);
}

static void render_deleted(const json_t *answer, struct text *text)
{
    text_add(text, "deleted %s\n", answer_text(answer, "name"));
}

enum exit_code log_link_delete(struct log_link *link, const char *kind, const char *with,
                               enum err (*run)(struct console *console, const char *name,
                                               struct error *error))
{
    const char *name = link->options->operand;
    struct text question;
    struct error error;

    text_init(&question);
    text_add(&question, "delete %s '%s' and %s?", kind, name, with);
    enum exit_code code = log_link_ask_first(link, text_data(&question));
    text_done(&question);
    if (code == EXIT_CODE_DONE)
        code = log_link_open(link);
    if (code != EXIT_CODE_DONE)
        return code;
    enum err err = run(link->console, name, &error);
    code = log_link_judge(link, err, &error);
    if (code != EXIT_CODE_DONE)
        return code;
    return log_link_show(link, json_pack("{s:s, s:b}", "name", name, "deleted", true),
                         render_deleted);
}
