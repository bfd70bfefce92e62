/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/completion_parts.h"
#include "cli/language/table.h"

/* The commands that fill COMPREPLY for a value. */
static void add_value(struct text *text, enum value_kind kind)
{
    switch (kind) {
    case VALUE_NONE:
    case VALUE_WORD:
        text_add(text, ":");
        return;
    case VALUE_FILE:
        text_add(text, "COMPREPLY=($(compgen -f -- \"$cur\")); compopt -o filenames");
        return;
    case VALUE_FOLDER:
        text_add(text, "COMPREPLY=($(compgen -d -- \"$cur\")); compopt -o filenames");
        return;
    case VALUE_TOPOLOGY:
        text_add(text, "COMPREPLY=($(compgen -f -X '!*.so' -- \"$cur\") $(compgen -d -- \"$cur\"))"
                       "; compopt -o filenames");
        return;
    case VALUE_SETTING:
        text_add(text, "compopt -o nospace; COMPREPLY=($(compgen -W '");
        completion_setting_keys(text);
        text_add(text, "' -- \"$cur\"))");
        return;
    case VALUE_COMMAND:
        text_add(text, "COMPREPLY=($(compgen -W '");
        completion_commands(text);
        text_add(text, "' -- \"$cur\"))");
        return;
    case VALUE_SHELL:
        text_add(text, "COMPREPLY=($(compgen -W '");
        completion_shell_names(text);
        text_add(text, "' -- \"$cur\"))");
        return;
    case VALUE_NAME:
    case VALUE_TOPIC:
    case VALUE_GROUP:
        text_add(text,
                 "COMPREPLY=($(compgen -W \"$(\"${COMP_WORDS[0]}\" __complete %s 2>/dev/null)\" -- "
                 "\"$cur\"))",
                 completion_names(kind));
        return;
    case VALUE_SHOW:
        text_add(text, "COMPREPLY=($(compgen -W 'show' -- \"$cur\"))");
        return;
    }
}

static void add_value_cases(struct text *text)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = table_option((enum option_id)i);

        if (option->value_name == NULL)
            continue;
        text_add(text, "    ");
        if (option->letter != 0)
            text_add(text, "-%c|", option->letter);
        text_add(text, "--%s) ", option->name);
        add_value(text, option->value);
        text_add(text, "; return ;;\n");
    }
}

static void add_words(struct text *text, const struct command *command)
{
    const struct option *option;

    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++) {
        text_add(text, "%s--%s", i == 0 ? "" : " ", option->name);
        if (option->letter != 0)
            text_add(text, " -%c", option->letter);
    }
}

static void add_command(struct text *text, const struct command *command)
{
    text_add(text, "    '%s')\n        if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '",
             command->name);
    add_words(text, command);
    text_add(text, "' -- \"$cur\")); return; fi\n        ");
    add_value(text, command->operand.value);
    text_add(text, " ;;\n");
}

/* The second word of a group: completed here, and joined to the first for what follows. */
static void add_group(struct text *text, const struct group *group)
{
    text_add(text,
             "    %s)\n"
             "        if ((COMP_CWORD == first + 1)) && [[ $cur != -* ]]; then\n"
             "            COMPREPLY=($(compgen -W '",
             group->name);
    completion_group_commands(group, text);
    text_add(text,
             "' -- \"$cur\"))\n"
             "            return\n"
             "        fi\n"
             "        command=\"%s ${COMP_WORDS[first + 1]}\" ;;\n",
             group->name);
}

/* `gale help` is followed by what may follow `gale`, but for options: they are its own. */
void completion_bash(struct text *text)
{
    const struct command *commands = table_commands();

    text_add(text,
             "# bash completion for gale; made by: gale completion bash\n"
             "_gale() {\n"
             "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
             "    local first=1\n"
             "    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} == help && $cur != -* ]]; then\n"
             "        first=2\n"
             "    fi\n"
             "    local command=${COMP_WORDS[first]}\n"
             "    COMPREPLY=()\n"
             "    if ((COMP_CWORD == first)); then\n"
             "        COMPREPLY=($(compgen -W '");
    completion_commands(text);
    text_add(text, "' -- \"$cur\"))\n"
                   "        if ((first == 1)); then\n"
                   "            COMPREPLY+=($(compgen -W '--help --version' -- \"$cur\"))\n"
                   "        fi\n"
                   "        return\n"
                   "    fi\n"
                   "    case $command in\n");
    for (size_t i = GROUP_NONE + 1; i < GROUP_COUNT; i++)
        add_group(text, &table_groups()[i]);
    text_add(text, "    esac\n"
                   "    if ((first == 2)); then return; fi\n"
                   "    case $prev in\n");
    add_value_cases(text);
    text_add(text, "    esac\n    case $command in\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_command(text, &commands[i]);
    text_add(text, "    esac\n}\ncomplete -F _gale gale\n");
}
