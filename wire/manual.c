/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/manual.h"

#include <string.h>

enum {
    COLUMNS = 78,
    INDENT = 6, /* of what explains, in the help */
};

/* Words, in lines that are indented by so many columns. */
static void put_wrapped(struct text *out, size_t indent, const char *words)
{
    size_t column = 0;

    while (*words != '\0') {
        size_t size = strcspn(words, " ");
        if (column > 0 && column + 1 + size > COLUMNS) {
            text_add(out, "\n");
            column = 0;
        }
        text_add(out, "%*s", column == 0 ? (int)indent : 1, "");
        column += (column == 0 ? indent : 1) + size;
        text_add_bytes(out, words, size);
        words += size;
        words += strspn(words, " ");
    }
    text_add(out, "\n");
}

/* ---- Help ---------------------------------------------------------------------------------- */

static void put_options(const struct manual *manual, struct text *out)
{
    for (size_t i = 0; i < manual->line_count; i++) {
        const struct manual_line *line = &manual->lines[i];
        text_add(out, line->letter != 0 ? "  -%c" : "    ", line->letter);
        if (line->name != NULL)
            text_add(out, "%s--%s", line->letter != 0 ? ", " : "  ", line->name);
        if (line->value != NULL)
            text_add(out, " %s", line->value);
        text_add(out, "\n");
        put_wrapped(out, INDENT, line->help);
    }
}

static bool is_read(const struct manual *manual, const struct setting_spec *spec)
{
    return manual->is_read == NULL || manual->is_read(spec->key);
}

void manual_put_help(const struct manual *manual, struct text *out)
{
    text_add(out, "usage: %s [OPTION]...\n\n%s\n\n", manual->program, manual->summary);
    put_options(manual, out);
    text_add(out, "\nExit codes:\n");
    for (size_t i = 0; i < manual->exit_count; i++)
        text_add(out, "  %zu  %s\n", i, manual->exits[i]);
    text_add(out, "\nSettings:\n");
    for (size_t i = 0; i < manual->spec_count; i++) {
        const struct setting_spec *spec = &manual->specs[i];
        if (!is_read(manual, spec))
            continue;
        text_add(out, "  %s = %s\n", spec->key, spec->fallback);
        put_wrapped(out, INDENT, spec->help);
    }
}

/* ---- The page ------------------------------------------------------------------------------ */

/* A backslash begins an escape, and '~' is not what it looks like. */
static void put_escaped(struct text *out, const char *words)
{
    for (; *words != '\0'; words++) {
        if (*words == '\\')
            text_add(out, "\\e");
        else if (*words == '~')
            text_add(out, "\\(ti");
        else
            text_add(out, "%c", *words);
    }
}

static void put_sentence(struct text *out, const char *words)
{
    char first = words[0] >= 'a' && words[0] <= 'z' ? (char)(words[0] - 'a' + 'A') : words[0];
    struct text sentence;

    text_init(&sentence);
    text_add(&sentence, "%c", first);
    put_escaped(&sentence, words + 1);
    text_add(&sentence, ".");
    put_wrapped(out, 0, text_data(&sentence));
    text_done(&sentence);
}

static void put_flags(struct text *out, const struct manual_line *line)
{
    text_add(out, ".It");
    if (line->letter != 0)
        text_add(out, " Fl %c", line->letter);
    if (line->name != NULL)
        text_add(out, "%s Fl -%s", line->letter != 0 ? " ," : "", line->name);
    if (line->value != NULL)
        text_add(out, " Ar %s", line->value);
    text_add(out, "\n");
    put_sentence(out, line->help);
}

static void put_setting(const struct setting_spec *spec, struct text *out)
{
    text_add(out, ".It Cm %s No =%s%s\n", spec->key, spec->fallback[0] == '\0' ? "" : " Li ",
             spec->fallback);
    put_sentence(out, spec->help);
}

static void put_settings(const struct manual *manual, struct text *out)
{
    text_add(out, ".Sh SETTINGS\n"
                  "Of\n.Fl c\nand of the file of\n.Fl -config ,\nwith their defaults.\n"
                  "The file may be that of the whole cluster:\n"
                  "what is meant for other programs is checked and passed over.\n"
                  ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < manual->spec_count; i++)
        if (is_read(manual, &manual->specs[i]))
            put_setting(&manual->specs[i], out);
    text_add(out, ".El\n");
}

static void put_name(const struct manual *manual, struct text *out)
{
    text_add(out, ".Dd %s\n.Dt ", manual->date);
    for (const char *letter = manual->program; *letter != '\0'; letter++)
        text_add(out, "%c",
                 *letter >= 'a' && *letter <= 'z' ? (char)(*letter - 'a' + 'A') : *letter);
    text_add(out, " 1\n.Os\n.Sh NAME\n.Nm %s\n.Nd %s\n", manual->program, manual->name);
}

void manual_put_page(const struct manual *manual, struct text *out)
{
    put_name(manual, out);
    text_add(out,
             ".Sh SYNOPSIS\n.Nm\n.Op Ar OPTION ...\n.Sh DESCRIPTION\n.Nm\n%s"
             ".Bl -tag -width Ds\n",
             manual->description);
    for (size_t i = 0; i < manual->line_count; i++)
        put_flags(out, &manual->lines[i]);
    text_add(out, ".El\n");
    put_settings(manual, out);
    text_add(out, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < manual->exit_count; i++) {
        text_add(out, ".It %zu\n", i);
        put_sentence(out, manual->exits[i]);
    }
    text_add(out, ".El\n");
}
