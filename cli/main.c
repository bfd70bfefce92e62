/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gale command: finds the command in the table, reads its options, does it.
 */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/io/describe_child.h"
#include "cli/io/terminal.h"
#include "cli/table.h"

static enum exit_code refuse_command(const char *name)
{
    const char *meant = table_nearest(name);
    struct error error;

    if (name[0] == '-')
        (void)error_set(&error, ERR_INVALID, "unknown option '%s'; 'gale help' lists the commands",
                        name);
    else if (meant != NULL)
        (void)error_set(&error, ERR_INVALID, "unknown command '%s'; did you mean '%s'?", name,
                        meant);
    else
        (void)error_set(&error, ERR_INVALID, "unknown command '%s'; 'gale help' lists them", name);
    terminal_complain(NULL, &error);
    return EXIT_CODE_USAGE;
}

static enum exit_code refuse_options(const struct command *command, const struct error *error)
{
    struct text text;

    terminal_complain(command->name, error);
    text_init(&text);
    text_add(&text, "usage: ");
    help_usage(command, &text);
    text_add(&text, "\n");
    terminal_say(&text);
    text_done(&text);
    return EXIT_CODE_USAGE;
}

static enum exit_code show_help_of(const struct command *command)
{
    struct options options = {.command = table_find("help"), .operand = command->name};

    return command_help(&options);
}

static enum exit_code dispatch(const struct options *options)
{
    switch (options->command->id) {
    case COMMAND_RUN:
        return command_run(options);
    case COMMAND_CHECK:
        return command_check(options);
    case COMMAND_NEW:
        return command_new(options);
    case COMMAND_CONFIG:
        return command_config(options);
    case COMMAND_COMPLETION:
        return command_completion(options);
    case COMMAND_VERSION:
        return command_version(options);
    case COMMAND_HELP:
        return command_help(options);
    case COMMAND_COUNT:
        break;
    }
    UNREACHABLE();
}

static enum exit_code execute(const struct command *command, const char *const *words, size_t count)
{
    struct options options;
    struct error error;

    if (options_parse(command, words, count, &options, &error) != ERR_OK)
        return refuse_options(command, &error);
    if (options_has(&options, OPTION_HELP))
        return show_help_of(command);
    return dispatch(&options);
}

static enum exit_code show_overview(void)
{
    struct text text;

    text_init(&text);
    help_overview(&text, terminal_style(stderr));
    terminal_say(&text);
    text_done(&text);
    return EXIT_CODE_USAGE;
}

/* What other programs have taught people to type. */
static const char *command_name(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

int main(int argc, char **argv)
{
    terminal_fill_gaps();
    if (argc < 2)
        return (int)show_overview();
    if (strcmp(argv[1], DESCRIBE_CHILD_COMMAND) == 0 && argc == 3)
        describe_child_main(argv[2]);

    const struct command *command = table_find(command_name(argv[1]));
    if (command == NULL)
        return (int)refuse_command(argv[1]);
    return (int)execute(command, (const char *const *)argv + 2, (size_t)argc - 2);
}
