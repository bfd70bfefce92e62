/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that only tell: help, version, config, completion.
 */
#include <gale/types.h>
#include <inttypes.h>

#include "base/nearest.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/io/terminal.h"
#include "cli/man.h"
#include "cli/setting_view.h"
#include "cli/table.h"
#include "wire/config.h"

/* Prints the text and frees it. */
static enum exit_code print(struct text *text)
{
    enum exit_code code = terminal_write(text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;

    text_done(text);
    return code;
}

static enum exit_code refuse_operand(const struct options *options, const char *what,
                                     const char *meant)
{
    struct error error;

    if (meant == NULL)
        (void)error_set(&error, ERR_INVALID, "unknown %s '%s'", what, options->operand);
    else
        (void)error_set(&error, ERR_INVALID, "unknown %s '%s'; did you mean '%s'?", what,
                        options->operand, meant);
    terminal_complain(options->command->name, &error);
    return EXIT_CODE_USAGE;
}

/* "coord" is a group and not a command. */
static enum exit_code refuse_command_name(const struct options *options,
                                          const struct table_match *match)
{
    const char *group = match->group == NULL ? "" : match->group->name;
    const char *gap = match->group == NULL ? "" : " ";
    const char *word = options->operands[match->words];
    const char *meant = table_nearest(match->group, word);
    struct error error;

    if (meant == NULL)
        (void)error_set(&error, ERR_INVALID, "unknown command '%s%s%s'", group, gap, word);
    else
        (void)error_set(&error, ERR_INVALID, "unknown command '%s%s%s'; did you mean '%s%s%s'?",
                        group, gap, word, group, gap, meant);
    terminal_complain(options->command->name, &error);
    return EXIT_CODE_USAGE;
}

enum exit_code command_help(const struct options *options)
{
    struct table_match match = table_match(options->operands, options->operand_count);
    struct text text;

    if (match.words < options->operand_count)
        return refuse_command_name(options, &match);
    text_init(&text);
    if (options_has(options, OPTION_MAN))
        man_render(&text);
    else if (match.command != NULL)
        help_command(match.command, &text, terminal_style(stdout));
    else if (match.group != NULL)
        help_group(match.group, &text, terminal_style(stdout));
    else
        help_overview(&text, terminal_style(stdout));
    return print(&text);
}

enum exit_code command_version(const struct options *options)
{
    struct text text;

    text_init(&text);
    if (options_has(options, OPTION_JSON))
        text_add(&text, "{\"v\":1,\"version\":\"" GALE_VERSION "\",\"abi\":%" PRIu32 "}\n",
                 (uint32_t)GALE_ABI);
    else
        text_add(&text, "gale " GALE_VERSION " (ABI %" PRIu32 ")\n", (uint32_t)GALE_ABI);
    return print(&text);
}

enum exit_code command_config(const struct options *options)
{
    size_t count;
    const struct setting_spec *specs = config_specs(&count);
    struct text text;

    text_init(&text);
    if (options_has(options, OPTION_JSON))
        setting_view_json(specs, count, &text);
    else
        setting_view_table(specs, count, &text);
    return print(&text);
}

enum exit_code command_completion(const struct options *options)
{
    struct text text;

    text_init(&text);
    if (completion_render(options->operand, &text))
        return print(&text);
    text_done(&text);

    size_t count;
    const char *const *shells = completion_shells(&count);
    return refuse_operand(options, "shell", nearest(options->operand, shells, count));
}
