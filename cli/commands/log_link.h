/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command's way to the brokers of the log, by the module gale-log.so. Everything here complains by
 * itself and returns what the command ends with.
 */
#ifndef CLI_COMMANDS_LOG_LINK_H
#define CLI_COMMANDS_LOG_LINK_H

#include <stdint.h>

#include "base/settings.h"
#include "base/text.h"
#include "broker/client/console.h"
#include "cli/exit_code.h"
#include "cli/language/options.h"

struct log_link {
    const struct options *options;
    struct settings *settings; /* what `servers` borrows from */
    struct console_servers servers;
    const struct log_console *table;
    struct console *console; /* NULL before log_link_open() */
};

/* Reads settings, --brokers and --timeout, and loads the module. Ended by log_link_done() in any case. */
enum exit_code log_link_init(struct log_link *link, const struct options *options);
void log_link_done(struct log_link *link);

/* For questions about topics and groups. */
enum exit_code log_link_open(struct log_link *link);

/* Reads the command line, connects, does it and closes. */
enum exit_code log_link_with(const struct options *options,
                             enum exit_code (*act)(struct log_link *link));

/* "gale topic list: ..." on standard error; returns the code. */
enum exit_code log_link_complain(const struct log_link *link, enum exit_code code,
                                 const char *format, ...) PRINTF_LIKE(3, 4);

/* An error of the console: complains, unless it is ERR_OK, and returns what it comes to. */
enum exit_code log_link_judge(const struct log_link *link, enum err err, const struct error *error);

/* Of an option that is a whole number from `min` to `max`; *value stays as it is without it. */
enum exit_code log_link_read_number(const struct log_link *link, enum option_id id, int64_t min,
                                    int64_t max, int64_t *value);

/* An option that must be there. */
enum exit_code log_link_need(const struct log_link *link, enum option_id id);

bool log_link_wants_json(const struct log_link *link);

/* DONE if it may be done: with --yes, or when whoever sits there says so. `question` ends in '?'. */
enum exit_code log_link_ask_first(const struct log_link *link, const char *question);

/* To standard output; ends the text. */
enum exit_code log_link_write(struct text *text);

/* Writes the answer as it is for --json, or as `render` makes it; frees it. */
enum exit_code log_link_show(const struct log_link *link, json_t *answer,
                             void (*render)(const json_t *answer, struct text *text));

/* Deletes what the operand names: asks first, "delete topic 'lines' and all its records?", connects, and tells. */
enum exit_code log_link_delete(struct log_link *link, const char *kind, const char *with,
                               enum err (*run)(struct console *console, const char *name,
                                               struct error *error));

#endif
