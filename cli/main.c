/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gale command: finds the command in the table, reads its options, does it.
 */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/commands/complete.h"
#include "cli/io/describe_child.h"
#include "cli/io/terminal.h"
#include "cli/language/help.h"
#include "cli/language/table.h"

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

static enum exit_code (*const doers[COMMAND_COUNT])(const struct options *options) = {
    [COMMAND_RUN] = command_run,
    [COMMAND_CHECK] = command_check,
    [COMMAND_NEW] = command_new,
    [COMMAND_UP] = command_up,
    [COMMAND_SUBMIT] = command_submit,
    [COMMAND_LIST] = command_list,
    [COMMAND_STATUS] = command_status,
    [COMMAND_KILL] = command_kill,
    [COMMAND_ACTIVATE] = command_activate,
    [COMMAND_DEACTIVATE] = command_deactivate,
    [COMMAND_REBALANCE] = command_rebalance,
    [COMMAND_LOGS] = command_logs,
    [COMMAND_ERRORS] = command_errors,
    [COMMAND_EVENTS] = command_events,
    [COMMAND_LOG_LEVEL] = command_log_level,
    [COMMAND_RESTART_WORKER] = command_restart_worker,
    [COMMAND_TOP] = command_top,
    [COMMAND_NODES] = command_nodes,
    [COMMAND_DOCTOR] = command_doctor,
    [COMMAND_CONFIG] = command_config,
    [COMMAND_KEYS_MAKE] = command_keys_make,
    [COMMAND_KEYS_ADD] = command_keys_add,
    [COMMAND_KEYS_SHOW] = command_keys_show,
    [COMMAND_COORD_LS] = command_coord_ls,
    [COMMAND_COORD_GET] = command_coord_get,
    [COMMAND_COORD_SET] = command_coord_set,
    [COMMAND_COORD_CREATE] = command_coord_create,
    [COMMAND_COORD_RM] = command_coord_rm,
    [COMMAND_COORD_STAT] = command_coord_stat,
    [COMMAND_COORD_TREE] = command_coord_tree,
    [COMMAND_COORD_WATCH] = command_coord_watch,
    [COMMAND_COORD_SESSIONS] = command_coord_sessions,
    [COMMAND_COORD_SERVE] = command_coord_serve,
    [COMMAND_TOPIC_CREATE] = command_topic_create,
    [COMMAND_TOPIC_LIST] = command_topic_list,
    [COMMAND_TOPIC_DESCRIBE] = command_topic_describe,
    [COMMAND_TOPIC_DELETE] = command_topic_delete,
    [COMMAND_TOPIC_ALTER] = command_topic_alter,
    [COMMAND_PRODUCE] = command_produce,
    [COMMAND_CONSUME] = command_consume,
    [COMMAND_GROUP_LIST] = command_group_list,
    [COMMAND_GROUP_DESCRIBE] = command_group_describe,
    [COMMAND_GROUP_RESET] = command_group_reset,
    [COMMAND_GROUP_DELETE] = command_group_delete,
    [COMMAND_DEBUG_SAMPLE] = command_debug_sample,
    [COMMAND_DEBUG_LOG] = command_debug_log,
    [COMMAND_DEBUG_STACKS] = command_debug_stacks,
    [COMMAND_DEBUG_PROFILE] = command_debug_profile,
    [COMMAND_COMPLETION] = command_completion,
    [COMMAND_VERSION] = command_version,
    [COMMAND_HELP] = command_help,
};

static enum exit_code execute(const struct command *command, const char *const *words, size_t count)
{
    struct options options;
    struct error error;

    if (options_parse(command, words, count, &options, &error) != ERR_OK)
        return refuse_options(command, &error);
    if (options_has(&options, OPTION_HELP))
        return show_help_of(command);
    return doers[options.command->id](&options);
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
