/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/language/completion_parts.h"
#include "cli/language/table.h"

/* Within single quotes of a specification for _arguments: brackets and colons mean something. */
static void add_escaped(struct text *text, const char *words)
{
    for (const char *at = words; *at != '\0'; at++) {
        if (*at == '\'')
            text_add(text, "'\\''");
        else if (strchr("[]:\\", *at) != NULL)
            text_add(text, "\\%c", *at);
        else
            text_add(text, "%c", *at);
    }
}

static void add_value(struct text *text, enum value_kind kind)
{
    switch (kind) {
    case VALUE_NONE:
    case VALUE_WORD:
        text_add(text, " ");
        return;
    case VALUE_FILE:
        text_add(text, "_files");
        return;
    case VALUE_FOLDER:
        text_add(text, "_files -/");
        return;
    case VALUE_TOPOLOGY:
        text_add(text, "_files -g \"*.so\"");
        return;
    case VALUE_SETTING:
        text_add(text, "compadd -S \"\" -- ");
        completion_setting_keys(text);
        return;
    case VALUE_COMMAND:
        text_add(text, "(");
        completion_commands(text);
        text_add(text, ")");
        return;
    case VALUE_SHELL:
        text_add(text, "(");
        completion_shell_names(text);
        text_add(text, ")");
        return;
    case VALUE_NAME:
    case VALUE_TOPIC:
    case VALUE_GROUP:
        text_add(text, "compadd -- ${(f)\"$(gale __complete %s 2>/dev/null)\"}",
                 completion_names(kind));
        return;
    case VALUE_SHOW:
        text_add(text, "(show)");
        return;
    }
}

static void add_spec(struct text *text, const struct option *option, const char *flag,
                     const char *joint)
{
    text_add(text, " \\\n            '%s%s%s[", option->may_repeat ? "*" : "", flag, joint);
    add_escaped(text, option->help);
    text_add(text, "]");
    if (option->value_name != NULL) {
        text_add(text, ":");
        add_escaped(text, option->value_name);
        text_add(text, ":");
        add_value(text, option->value);
    }
    text_add(text, "'");
}

static void add_option(struct text *text, const struct option *option)
{
    struct text flag;

    text_init(&flag);
    text_add(&flag, "--%s", option->name);
    add_spec(text, option, text_data(&flag), option->value_name == NULL ? "" : "=");
    if (option->letter != 0) {
        text_clear(&flag);
        text_add(&flag, "-%c", option->letter);
        add_spec(text, option, text_data(&flag), option->value_name == NULL ? "" : "+");
    }
    text_done(&flag);
}

static void add_command(struct text *text, const struct command *command)
{
    const struct option *option;

    text_add(text, "    '%s')\n        _arguments", command->name);
    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++)
        add_option(text, option);
    if (command->operand.name != NULL) {
        text_add(text, " \\\n            '%s:", command->operand.may_repeat ? "*" : "1");
        add_escaped(text, command->operand.name);
        text_add(text, ":");
        add_value(text, command->operand.value);
        text_add(text, "'");
    }
    if (command->operand.second != NULL) {
        text_add(text, " \\\n            '2:");
        add_escaped(text, command->operand.second);
        text_add(text, ":'");
    }
    text_add(text, " ;;\n");
}

static void add_description(struct text *text, const char *name, const char *summary)
{
    text_add(text, "        '%s:", name);
    add_escaped(text, summary);
    text_add(text, "'\n");
}

/* The second word of a group: described here, and joined to the first for what follows. */
static void add_group(struct text *text, const struct group *group)
{
    const struct command *commands = table_commands();

    text_add(text,
             "    %s)\n"
             "        commands=(\n",
             group->name);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group == group->id)
            add_description(text, table_short_name(&commands[i]), commands[i].summary);
    }
    text_add(text,
             "        )\n"
             "        if ((CURRENT == 2)); then\n"
             "            _describe command commands\n"
             "            return\n"
             "        fi\n"
             "        command=\"%s $words[2]\"\n"
             "        shift words\n"
             "        ((CURRENT--)) ;;\n",
             group->name);
}

static void add_top(struct text *text)
{
    const struct command *commands = table_commands();

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct group *group = table_begins_group(&commands[i]);

        if (group != NULL)
            add_description(text, group->name, group->summary);
        else if (commands[i].group == GROUP_NONE)
            add_description(text, commands[i].name, commands[i].summary);
    }
}

void completion_zsh(struct text *text)
{
    const struct command *commands = table_commands();

    text_add(text, "#compdef gale\n"
                   "# zsh completion for gale; made by: gale completion zsh\n"
                   "_gale() {\n"
                   "    local -a commands=(\n");
    add_top(text);
    text_add(text, "    )\n"
                   "    if ((CURRENT == 2)); then\n"
                   "        _describe command commands\n"
                   "        return\n"
                   "    fi\n"
                   "    local command=$words[2]\n"
                   "    shift words\n"
                   "    ((CURRENT--))\n"
                   "    case $command in\n");
    for (size_t i = GROUP_NONE + 1; i < GROUP_COUNT; i++)
        add_group(text, &table_groups()[i]);
    text_add(text, "    esac\n"
                   "    case $command in\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_command(text, &commands[i]);
    text_add(text, "    esac\n}\n"
                   "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
                   "    _gale \"$@\"\n"
                   "else\n"
                   "    compdef _gale gale\n"
                   "fi\n");
}
