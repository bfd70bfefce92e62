/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/man.h"

#include <string.h>

#include "cli/language/table.h"
#include "cli/views/setting_view.h"
#include "wire/cluster.h"

/* The day on which the command line last changed. */
#define DATE "November 22, 2026"

/* ---- the language ---- */

enum {
    LINE_COLUMNS = 78,
};

/* A line that begins with a dot or a quote is a macro; a backslash begins an escape. */
static void add_escaped(struct text *text, const char *word, size_t length, bool is_line_start)
{
    if (is_line_start && (word[0] == '.' || word[0] == '\''))
        text_add(text, "\\&");
    for (size_t i = 0; i < length; i++)
        text_add(text, word[i] == '\\' ? "\\e" : "%c", word[i]);
}

/* A full stop ends its line, as the language wants it, and so does column 78. */
static void add_prose(struct text *text, const char *words, size_t length)
{
    const char *end = words + length;
    size_t used = 0;

    while (words < end) {
        const char *space = memchr(words, ' ', (size_t)(end - words));
        size_t size = (size_t)((space == NULL ? end : space) - words);
        bool breaks = used > 0 && (words[-2] == '.' || used + 1 + size > LINE_COLUMNS);

        if (used > 0)
            text_add(text, breaks ? "\n" : " ");
        used = breaks || used == 0 ? 0 : used + 1;
        add_escaped(text, words, size, used == 0);
        used += size;
        words += size + (space == NULL ? 0 : 1);
    }
    text_add(text, "\n");
}

static void add_paragraphs(struct text *text, const char *words)
{
    while (*words != '\0') {
        const char *end = strstr(words, "\n\n");
        size_t length = end == NULL ? strlen(words) : (size_t)(end - words);

        add_prose(text, words, length);
        words += length + (end == NULL ? 0 : 2);
        if (*words != '\0')
            text_add(text, ".Pp\n");
    }
}

/* A text of the tables, which has no full stop, as a sentence. */
static void add_sentence(struct text *text, const char *words)
{
    struct text sentence;

    text_init(&sentence);
    text_add(&sentence, "%c%s.",
             words[0] >= 'a' && words[0] <= 'z' ? words[0] - 'a' + 'A' : words[0], words + 1);
    add_prose(text, text_data(&sentence), text_size(&sentence));
    text_done(&sentence);
}

/* An argument of a macro; what is typed has dashes and not hyphens. */
static void add_quoted(struct text *text, const char *words)
{
    text_add(text, "\"");
    for (const char *at = words; *at != '\0'; at++) {
        if (*at == '"')
            text_add(text, "\\(dq");
        else if (*at == '\\')
            text_add(text, "\\e");
        else
            text_add(text, *at == '-' ? "\\-" : "%c", *at);
    }
    text_add(text, "\"");
}

/* ---- the sections ---- */

static void add_operand(struct text *text, const struct operand *operand)
{
    if (operand->name == NULL)
        return;
    text_add(text, operand->is_optional ? ".Op Ar " : ".Ar ");
    add_quoted(text, operand->name);
    text_add(text, operand->may_repeat ? " ...\n" : "\n");
    if (operand->second == NULL)
        return;
    text_add(text, operand->second_is_optional ? ".Op Ar " : ".Ar ");
    add_quoted(text, operand->second);
    text_add(text, "\n");
}

static void add_option_flag(struct text *text, const struct option *option)
{
    text_add(text, ".Op Fl -%s", option->name);
    if (option->value_name != NULL)
        text_add(text, " Ar %s", option->value_name);
    text_add(text, "\n");
}

static void add_synopsis(struct text *text, const struct command *command)
{
    const struct option *option;

    text_add(text, ".Nm\n.Cm %s\n", command->name);
    add_operand(text, &command->operand);
    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++) {
        if (option->id != OPTION_HELP)
            add_option_flag(text, option);
    }
    if (command->rest == REST_TOPOLOGY)
        text_add(text, ".Op Fl - Ar ARG ...\n");
    else if (command->rest == REST_PROGRAM)
        text_add(text, ".Op Ar ARG ...\n");
}

static void add_option(struct text *text, const struct option *option)
{
    text_add(text, ".It ");
    if (option->letter != 0)
        text_add(text, "Fl %c , ", option->letter);
    text_add(text, "Fl -%s", option->name);
    if (option->value_name != NULL)
        text_add(text, " Ar %s", option->value_name);
    text_add(text, "\n");
    add_sentence(text, option->help);
}

static void add_command(struct text *text, const struct command *command)
{
    const struct option *option;

    text_add(text, ".Ss gale %s\n", command->name);
    add_sentence(text, command->summary);
    text_add(text, ".Pp\n");
    add_paragraphs(text, command->text);
    text_add(text, ".Bl -tag -width Ds\n");
    for (size_t i = 0; (option = table_option_at(command, i)) != NULL; i++)
        add_option(text, option);
    text_add(text, ".El\n");
}

static void add_group(struct text *text, const struct group *group)
{
    text_add(text, ".Ss gale %s\n", group->name);
    add_sentence(text, group->summary);
    text_add(text, ".Pp\n");
    add_paragraphs(text, group->text);
}

static void add_commands(struct text *text)
{
    const struct command *commands = table_commands();

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct group *group = table_begins_group(&commands[i]);

        if (group != NULL)
            add_group(text, group);
        add_command(text, &commands[i]);
    }
}

static void add_specs(struct text *text, const struct setting_spec specs[], size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_add(text, ".It Ic %s\n", specs[i].key);
        add_sentence(text, specs[i].help);
        setting_view_sentence(&specs[i], text);
    }
}

static void add_settings(struct text *text)
{
    struct setting_table tables[CLUSTER_TABLES];

    cluster_tables(tables);
    text_add(text, ".Sh SETTINGS\n"
                   "Given with\n.Fl -set ,\nin a file with\n.Fl -config ,\n"
                   "or by the topology itself; the command line beats the file, and the file\n"
                   "beats the topology.\n"
                   "In YAML, nested maps are another spelling of the dots.\n"
                   ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < CLUSTER_TABLES; i++)
        add_specs(text, tables[i].specs, tables[i].count);
    text_add(text, ".El\n"
                   ".Pp\n"
                   "For each component there are, beside these,\n"
                   ".Ar COMPONENT Ns Ic .tasks ,\n.Ic .executors ,\n.Ic .max_pending ,\n"
                   ".Ic .tick_ms ,\n.Ic .own_loop ,\n.Ic .cpu_percent ,\n.Ic .memory_mb\nand\n"
                   ".Ic .labels ,\n"
                   "and the settings that the topology declares.\n");
}

static void add_environment(struct text *text)
{
    size_t count;
    const struct variable *variables = table_variables(&count);

    text_add(text, ".Sh ENVIRONMENT\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < count; i++) {
        text_add(text, ".It Ev %s\n", variables[i].name);
        add_sentence(text, variables[i].help);
    }
    text_add(text, ".El\n");
}

static void add_exit_status(struct text *text)
{
    size_t count;
    const struct exit_meaning *table = exit_code_table(&count);

    text_add(text, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < count; i++) {
        text_add(text, ".It %d\n", (int)table[i].code);
        add_sentence(text, table[i].meaning);
    }
    text_add(text, ".El\n"
                   ".Pp\n"
                   "A topology that crashes ends the process by the signal of the crash; a\n"
                   "shell then shows 128 plus the number of the signal.\n");
}

static void add_examples(struct text *text)
{
    const struct command *commands = table_commands();

    text_add(text, ".Sh EXAMPLES\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct example *examples = commands[i].examples;

        for (size_t j = 0; j < COMMAND_EXAMPLES_MAX && examples[j].line != NULL; j++) {
            text_add(text, i + j == 0 ? "" : ".Pp\n");
            add_sentence(text, examples[j].meaning);
            text_add(text, ".Pp\n.Dl ");
            add_quoted(text, examples[j].line);
            text_add(text, "\n");
        }
    }
}

void man_render(struct text *text)
{
    const struct command *commands = table_commands();

    text_add(text, ".\\\" SPDX-License-Identifier: Apache-2.0\n"
                   ".\\\" Made by: gale help --man\n"
                   ".Dd " DATE "\n.Dt GALE 1\n.Os\n"
                   ".Sh NAME\n.Nm gale\n.Nd run stream topologies written in C\n"
                   ".Sh SYNOPSIS\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        add_synopsis(text, &commands[i]);
    text_add(text, ".Sh DESCRIPTION\n.Nm\n"
                   "runs topologies: spouts and bolts, written in C and compiled to one\n"
                   "shared object, that are joined by streams.\n");
    add_commands(text);
    add_settings(text);
    add_environment(text);
    add_exit_status(text);
    add_examples(text);
}
