/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gale command: finds the command in the table, reads its options, does it.
 */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/io/describe_child.h"
#include "cli/io/terminal.h"
#include "cli/table.h"

/* `group` is NULL, or that of the word before. */
static enum exit_code refuse_command(const struct group *group, const char *name)
{
    const char *meant = table_nearest(group, name);
    const char *group_name = group == NULL ? "" : group->name;
    const char *gap = group == NULL ? "" : " ";
    struct error error;

    if (name[0] == '-')
        (void)error_set(&error, ERR_INVALID,
                        "unknown option '%s'; 'gale help%s%s' lists the commands", name, gap,
                        group_name);
    else if (meant != NULL)
        (void)error_set(&error, ERR_INVALID, "unknown command '%s%s%s'; did you mean '%s%s%s'?",
                        group_name, gap, name, group_name, gap, meant);
    else
        (void)error_set(&error, ERR_INVALID, "unknown command '%s%s%s'; 'gale help%s%s' lists them",
                        group_name, gap, name, gap, group_name);
    terminal_complain(group == NULL ? NULL : group_name, &error);
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
    struct text text;

    text_init(&text);
    help_command(command, &text, terminal_style(stdout));
    bool is_written = terminal_write(&text);
    text_done(&text);
    return is_written ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
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
    case COMMAND_UP:
        return command_up(options);
    case COMMAND_SUBMIT:
        return command_submit(options);
    case COMMAND_LIST:
        return command_list(options);
    case COMMAND_STATUS:
        return command_status(options);
    case COMMAND_KILL:
        return command_kill(options);
    case COMMAND_ACTIVATE:
        return command_activate(options);
    case COMMAND_DEACTIVATE:
        return command_deactivate(options);
    case COMMAND_REBALANCE:
        return command_rebalance(options);
    case COMMAND_LOGS:
        return command_logs(options);
    case COMMAND_ERRORS:
        return command_errors(options);
    case COMMAND_TOP:
        return command_top(options);
    case COMMAND_NODES:
        return command_nodes(options);
    case COMMAND_DOCTOR:
        return command_doctor(options);
    case COMMAND_CONFIG:
        return command_config(options);
    case COMMAND_KEYS_MAKE:
        return command_keys_make(options);
    case COMMAND_KEYS_ADD:
        return command_keys_add(options);
    case COMMAND_KEYS_SHOW:
        return command_keys_show(options);
    case COMMAND_COORD_LS:
        return command_coord_ls(options);
    case COMMAND_COORD_GET:
        return command_coord_get(options);
    case COMMAND_COORD_SET:
        return command_coord_set(options);
    case COMMAND_COORD_CREATE:
        return command_coord_create(options);
    case COMMAND_COORD_RM:
        return command_coord_rm(options);
    case COMMAND_COORD_STAT:
        return command_coord_stat(options);
    case COMMAND_COORD_TREE:
        return command_coord_tree(options);
    case COMMAND_COORD_WATCH:
        return command_coord_watch(options);
    case COMMAND_COORD_SESSIONS:
        return command_coord_sessions(options);
    case COMMAND_COORD_SERVE:
        return command_coord_serve(options);
    case COMMAND_DEBUG_SAMPLE:
        return command_debug_sample(options);
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

/* A group without a command: its help, which was asked for or not. */
static enum exit_code show_group(const struct group *group, const char *word)
{
    bool is_asked = word != NULL && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0);
    struct text text;

    if (word != NULL && !is_asked)
        return refuse_command(group, word);
    text_init(&text);
    help_group(group, &text, terminal_style(is_asked ? stdout : stderr));
    bool is_written = is_asked && terminal_write(&text);
    if (!is_asked)
        terminal_say(&text);
    text_done(&text);
    if (!is_asked)
        return EXIT_CODE_USAGE;
    return is_written ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

/* What other programs have taught people to type. */
static const char *command_name(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return "help";
    return strcmp(word, "--version") == 0 ? "version" : word;
}

/* `words` end at NULL, as those of main() do. */
static enum exit_code start(const char **words, size_t count)
{
    words[0] = command_name(words[0]);
    struct table_match match = table_match(words, count);

    if (match.command != NULL)
        return execute(match.command, words + match.words, count - match.words);
    if (match.group != NULL)
        return show_group(match.group, words[match.words]);
    return refuse_command(NULL, words[0]);
}

int main(int argc, char **argv)
{
    terminal_fill_gaps();
    if (argc < 2)
        return (int)show_overview();
    if (strcmp(argv[1], DESCRIBE_CHILD_COMMAND) == 0 && argc == 3)
        describe_child_main(argv[2]);
    if (strcmp(argv[1], COMPLETE_COMMAND) == 0 && argc == 3)
        return (int)complete_main(argv[2]);
    return (int)start((const char **)argv + 1, (size_t)argc - 1);
}
