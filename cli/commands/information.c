/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands that only tell: help, version, config, completion.
 */
#include <gale/types.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/nearest.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"
#include "cli/language/completion.h"
#include "cli/language/help.h"
#include "cli/language/man.h"
#include "cli/language/table.h"
#include "cli/views/setting_view.h"
#include "wire/cluster.h"

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

/* Of topologies, daemons and gale-coord. The caller frees them. */
static struct setting_spec *all_specs(size_t *ret_count)
{
    struct setting_table tables[CLUSTER_TABLES];
    struct setting_spec *all = NULL;
    size_t count = 0;

    cluster_tables(tables);
    for (size_t i = 0; i < CLUSTER_TABLES; i++) {
        all = mem_resize(all, count + tables[i].count, sizeof *all);
        memcpy(all + count, tables[i].specs, tables[i].count * sizeof *all);
        count += tables[i].count;
    }
    *ret_count = count;
    return all;
}

static enum exit_code show_config(const struct options *options, const struct setting_spec *specs,
                                  size_t count)
{
    AUTO(settings_destroy) struct settings *settings = NULL;
    struct error error;
    struct text text;

    if (sources_read(options, &settings, &error) != ERR_OK) {
        terminal_complain(options->command->name, &error);
        return EXIT_CODE_USAGE;
    }
    text_init(&text);
    if (options_has(options, OPTION_JSON))
        setting_view_values_json(specs, count, settings, &text);
    else
        setting_view_values(specs, count, settings,
                            options_has(options, OPTION_ORIGIN) ? SETTING_VIEW_ORIGINS
                                                                : SETTING_VIEW_VALUES,
                            &text);
    return print(&text);
}

static enum exit_code list_config(const struct options *options, const struct setting_spec *specs,
                                  size_t count)
{
    struct error error;
    struct text text;

    if (options_has(options, OPTION_ORIGIN) || options_has(options, OPTION_SET) ||
        options_has(options, OPTION_CONFIG)) {
        (void)error_set(&error, ERR_INVALID,
                        "the list has no values in force; 'gale config show' has");
        terminal_complain(options->command->name, &error);
        return EXIT_CODE_USAGE;
    }
    text_init(&text);
    if (options_has(options, OPTION_JSON))
        setting_view_json(specs, count, &text);
    else
        setting_view_table(specs, count, &text);
    return print(&text);
}

enum exit_code command_config(const struct options *options)
{
    static const char *const words[] = {"show"};
    size_t count;

    if (options->operand != NULL && strcmp(options->operand, words[0]) != 0)
        return refuse_operand(options, "word", nearest(options->operand, words, 1));
    struct setting_spec *specs = all_specs(&count);
    enum exit_code code = options->operand == NULL ? list_config(options, specs, count)
                                                   : show_config(options, specs, count);
    free(specs);
    return code;
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
