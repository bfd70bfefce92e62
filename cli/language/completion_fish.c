/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/completion_parts.h"
#include "cli/language/table.h"

static void add_escaped(struct text *text, const char *words)
{
    text_add(text, "'");
    for (const char *at = words; *at != '\0'; at++)
        text_add(text, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
    text_add(text, "'");
}

static void add_value(struct text *text, enum value_kind kind)
{
    switch (kind) {
    case VALUE_NONE:
        text_add(text, " -f");
        return;
    case VALUE_WORD:
        text_add(text, " -x");
        return;
    case VALUE_FILE:
        text_add(text, " -rF");
        return;
    case VALUE_FOLDER:
        text_add(text, " -x -a '(__fish_complete_directories)'");
        return;
    case VALUE_TOPOLOGY:
        text_add(text, " -x -a '(__fish_complete_suffix .so)'");
        return;
    case VALUE_SETTING:
        text_add(text, " -x -a '");
        completion_setting_keys(text);
        text_add(text, "'");
        return;
    case VALUE_COMMAND:
        text_add(text, " -x -a '");
        completion_commands(text);
        text_add(text, "'");
        return;
    case VALUE_SHELL:
        text_add(text, " -x -a '");
        completion_shell_names(text);
        text_add(text, "'");
        return;
    case VALUE_NAME:
    case VALUE_TOPIC:
    case VALUE_GROUP:
        text_add(text, " -x -a '(gale __complete %s 2>/dev/null)'", completion_names(kind));
        return;
    case VALUE_SHOW:
        text_add(text, " -x -a show");
        return;
    }
}

/* The condition under which the command is the one on the line, in quotes. */
static void add_seen(struct text *text, const struct command *command)
{
    text_add(text, "'");
    if (command->group != GROUP_NONE)
        text_add(text, "__fish_seen_subcommand_from %s; and ", table_groups()[command->group].name);
    text_add(text, "__fish_seen_subcommand_from %s'", table_short_name(command));
}

static void add_group(struct text *text, const struct group *group)
{
    text_add(text, "complete -c gale -f -n __fish_use_subcommand -a %s -d ", group->name);
    add_escaped(text, group->summary);
    text_add(text, "\n");
}

/* Its own name, where a name may stand. */
static void add_name(struct text *text, const struct command *command)
{
    const struct group *group = &table_groups()[command->group];

    text_add(text, "complete -c gale -f -n ");
    if (group->id == GROUP_NONE) {
        text_add(text, "__fish_use_subcommand");
    } else {
        text_add(text, "'__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from ",
                 group->name);
        completion_group_commands(group, text);
        text_add(text, "'");
    }
    text_add(text, " -a %s -d ", table_short_name(command));
    add_escaped(text, command->summary);
    text_add(text, "\n");
}

static void add_option(struct text *text, const struct command *command,
                       const struct option *option)
{
    text_add(text, "complete -c gale -n ");
    add_seen(text, command);
    text_add(text, " -l %s", option->name);
    if (option->letter != 0)
        text_add(text, " -s %c", option->letter);
    if (option->value_name != NULL)
        add_value(text, option->value);
    text_add(text, " -d ");
    add_escaped(text, option->help);
    text_add(text, "\n");
}

static void add_command(struct text *text, const struct command *command)
{
    const struct group *group = table_begins_group(command);
    const struct option *option;

    if (group != NULL)
        add_group(text, group);
    add_name(text, command);
    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++)
        add_option(text, command, option);
    if (command->operand.name == NULL)
        return;
    text_add(text, "complete -c gale -n ");
    add_seen(text, command);
    add_value(text, command->operand.value);
    text_add(text, "\n");
}

void completion_fish(struct text *text)
{
    const struct command *commands = table_commands();

    text_add(text, "# fish completion for gale; made by: gale completion fish\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_command(text, &commands[i]);
}
