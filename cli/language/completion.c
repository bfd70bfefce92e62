/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/completion.h"

#include <string.h>

#include "base/mem.h"
#include "cli/language/completion_parts.h"
#include "cli/language/table.h"
#include "wire/config.h"

void completion_commands(struct text *text)
{
    const struct command *commands = table_commands();

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct group *group = table_begins_group(&commands[i]);

        if (group != NULL || commands[i].group == GROUP_NONE)
            text_add(text, "%s%s", i == 0 ? "" : " ",
                     group == NULL ? commands[i].name : group->name);
    }
}

void completion_group_commands(const struct group *group, struct text *text)
{
    const struct command *commands = table_commands();
    const char *gap = "";

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group != group->id)
            continue;
        text_add(text, "%s%s", gap, table_short_name(&commands[i]));
        gap = " ";
    }
}

void completion_shell_names(struct text *text)
{
    size_t count;
    const char *const *shells = completion_shells(&count);

    for (size_t i = 0; i < count; i++)
        text_add(text, "%s%s", i == 0 ? "" : " ", shells[i]);
}

void completion_setting_keys(struct text *text)
{
    size_t count;
    const struct setting_spec *specs = config_specs(&count);

    for (size_t i = 0; i < count; i++)
        text_add(text, "%s%s=", i == 0 ? "" : " ", specs[i].key);
}

static const char *const shells[] = {"bash", "zsh", "fish"};

const char *const *completion_shells(size_t *ret_count)
{
    *ret_count = COUNT_OF(shells);
    return shells;
}

bool completion_render(const char *shell, struct text *text)
{
    static void (*const renders[COUNT_OF(shells)])(struct text *) = {
        completion_bash, completion_zsh, completion_fish};

    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        if (strcmp(shell, shells[i]) == 0) {
            renders[i](text);
            return true;
        }
    }
    return false;
}

const char *completion_names(enum value_kind kind)
{
    if (kind == VALUE_TOPIC)
        return "topics";
    return kind == VALUE_GROUP ? "groups" : "names";
}
