/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/help.h"

#include <string.h>

#include "cli/language/table.h"

enum {
    COLUMNS = 80,
    NAME_COLUMNS = 24, /* of an option's names, before its help */
};

/* ---- laying out ---- */

/* Appends `length` bytes of words, broken before column 80. `used` columns of the line are taken;
 * further lines are indented. */
static void add_wrapped(struct text *text, const char *words, size_t length, size_t indent,
                        size_t used)
{
    const char *end = words + length;

    while (words < end) {
        const char *space = memchr(words, ' ', (size_t)(end - words));
        size_t size = (size_t)((space == NULL ? end : space) - words);

        if (used > indent && used + 1 + size > COLUMNS) {
            text_add(text, "\n%*s", (int)indent, "");
            used = indent;
        } else if (used > indent) {
            text_add(text, " ");
            used++;
        }
        text_add_bytes(text, words, size);
        used += size;
        words += size + (space == NULL ? 0 : 1);
    }
    text_add(text, "\n");
}

static void add_heading(struct text *text, const char *heading, enum style style)
{
    text_add(text, "\n%s%s:%s\n", style_bold(style), heading, style_end(style));
}

/* "  name                  meaning of it, in as many lines as it takes" */
static void add_entry(struct text *text, const char *name, const char *meaning)
{
    size_t indent = NAME_COLUMNS + 2;
    size_t length = strlen(name);

    text_add(text, "  %s", name);
    if (length + 2 > NAME_COLUMNS) /* it takes a line of its own */
        text_add(text, "\n%*s", (int)indent, "");
    else
        text_add(text, "%*s", (int)(NAME_COLUMNS - length), "");
    add_wrapped(text, meaning, strlen(meaning), indent, indent);
}

static void add_paragraphs(struct text *text, const char *words)
{
    while (*words != '\0') {
        const char *end = strstr(words, "\n\n");
        size_t length = end == NULL ? strlen(words) : (size_t)(end - words);

        text_add(text, "\n");
        add_wrapped(text, words, length, 0, 0);
        words += length + (end == NULL ? 0 : 2);
    }
}

/* ---- the parts of a command's help ---- */

void help_usage(const struct command *command, struct text *text)
{
    const struct operand *operand = &command->operand;

    text_add(text, "gale %s", command->name);
    if (operand->name != NULL)
        text_add(text, operand->is_optional ? " [%s]" : " %s", operand->name);
    if (operand->may_repeat)
        text_add(text, "...");
    if (operand->second != NULL)
        text_add(text, operand->second_is_optional ? " [%s]" : " %s", operand->second);
    text_add(text, command->rest == REST_PROGRAM ? " [ARG]..." : " [OPTION]...");
    if (command->rest == REST_TOPOLOGY)
        text_add(text, " [-- ARG...]");
}

static void add_examples(struct text *text, const struct command *command, enum style style)
{
    if (command->examples[0].line == NULL)
        return;
    add_heading(text, "Examples", style);
    for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && command->examples[i].line != NULL; i++) {
        text_add(text, "  %s\n      ", command->examples[i].line);
        add_wrapped(text, command->examples[i].meaning, strlen(command->examples[i].meaning), 6, 6);
    }
}

static void add_option(struct text *text, const struct option *option)
{
    struct text name;

    text_init(&name);
    if (option->letter != 0)
        text_add(&name, "-%c, ", option->letter);
    else
        text_add(&name, "    ");
    text_add(&name, "--%s", option->name);
    if (option->value_name != NULL)
        text_add(&name, " %s", option->value_name);
    add_entry(text, text_data(&name), option->help);
    text_done(&name);
}

static void add_options(struct text *text, const struct command *command, enum style style)
{
    const struct option *option;

    add_heading(text, "Options", style);
    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++)
        add_option(text, option);
}

static void add_exit_code(struct text *text, enum exit_code code)
{
    size_t count;
    const struct exit_meaning *table = exit_code_table(&count);
    struct text number;

    text_init(&number);
    text_add(&number, "%d", (int)code);
    for (size_t i = 0; i < count; i++) {
        if (table[i].code == code)
            add_entry(text, text_data(&number), table[i].meaning);
    }
    text_done(&number);
}

static void add_exit_codes(struct text *text, const struct command *command, enum style style)
{
    add_heading(text, "Exit codes", style);
    add_exit_code(text, command->exits[0]);
    for (size_t i = 1; i < COMMAND_EXITS_MAX && command->exits[i] != EXIT_CODE_DONE; i++)
        add_exit_code(text, command->exits[i]);
}

/* ---- whole helps ---- */

void help_command(const struct command *command, struct text *text, enum style style)
{
    text_add(text, "gale %s: %s\n", command->name, command->summary);
    add_heading(text, "Usage", style);
    text_add(text, "  ");
    help_usage(command, text);
    text_add(text, "\n");
    add_examples(text, command, style);
    add_paragraphs(text, command->text);
    add_options(text, command, style);
    add_exit_codes(text, command, style);
}

void help_group(const struct group *group, struct text *text, enum style style)
{
    const struct command *commands = table_commands();

    text_add(text, "gale %s: %s\n", group->name, group->summary);
    add_heading(text, "Usage", style);
    text_add(text, "  gale %s COMMAND [ARGUMENT]...\n", group->name);
    add_heading(text, "Commands", style);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group == group->id)
            add_entry(text, table_short_name(&commands[i]), commands[i].summary);
    }
    add_paragraphs(text, group->text);
}

void help_overview(struct text *text, enum style style)
{
    const struct command *commands = table_commands();

    text_add(text, "gale runs stream topologies: spouts and bolts written in C, joined by "
                   "streams.\n");
    add_heading(text, "Usage", style);
    text_add(text, "  gale COMMAND [ARGUMENT]...\n");
    add_heading(text, "Commands", style);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct group *group = table_begins_group(&commands[i]);

        if (group != NULL)
            add_entry(text, group->name, group->summary);
        else if (commands[i].group == GROUP_NONE)
            add_entry(text, commands[i].name, commands[i].summary);
    }
    add_heading(text, "To begin", style);
    add_entry(text, "gale new hello", "make a project; it says how to go on");
    add_entry(text, "gale help run", "all about a command");
}
