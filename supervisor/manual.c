/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/manual.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "wire/cluster.h"

/* The day on which the command line or a setting last changed. */
#define DATE "November 22, 2026"

struct line {
    char letter;       /* 0 for none */
    const char *name;  /* without dashes; NULL for none */
    const char *value; /* NULL if it takes none */
    const char *help;  /* a sentence without its full stop */
};

static const struct line lines[] = {
    {'d', "data", "FOLDER",
     "keeps blobs, logs and what the slots remember (supervisor.data); made if it is missing; by "
     "default /var/lib/gale/supervisor for root, else gale/supervisor below $XDG_STATE_HOME or "
     "~/.local/state"},
    {'l', "listen", "ADDRESS:PORT",
     "where to answer requests (supervisor.listen); port 0 is any free one"},
    {0, "port-file", "FILE", "write the port to this file once requests are answered"},
    {0, "worker", "PROGRAM",
     "the program to start for each worker; by default gale-worker beside "
     "this one"},
    {0, "stop-workers", NULL,
     "when asked to end, stop all workers first; without it they run on, and the next supervisor "
     "of "
     "the same folder takes them over"},
    {0, "config", "FILE", "read settings from a YAML file"},
    {'c', NULL, "KEY=VALUE", "give a setting; it beats the same key in the file"},
    {'h', "help", NULL, "show what you are reading, in short"},
    {0, "man", NULL, "write the manual page"},
    {'V', "version", NULL, "show the version"},
};

static const char *const exits[] = {
    "it was asked to end, by SIGTERM or SIGINT",
    "it could not start, or another supervisor has its id",
    "an option or a setting is wrong",
};

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

/* Others of the table are those of nimbus. */
static bool is_read(const char *key)
{
    return strncmp(key, "nimbus.", 7) != 0 || strcmp(key, "nimbus.blob.bytes.max") == 0;
}

/* ---- Help ---------------------------------------------------------------------------------- */

static void put_options(struct text *out)
{
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        const struct line *line = &lines[i];
        text_add(out, line->letter != 0 ? "  -%c" : "    ", line->letter);
        if (line->name != NULL)
            text_add(out, "%s--%s", line->letter != 0 ? ", " : "  ", line->name);
        if (line->value != NULL)
            text_add(out, " %s", line->value);
        text_add(out, "\n");
        put_wrapped(out, INDENT, line->help);
    }
}

void manual_put_help(struct text *out)
{
    size_t count;
    const struct setting_spec *specs = cluster_specs(&count);

    text_add(out, "usage: gale-supervisor [OPTION]...\n\n"
                  "Runs the workers of a machine that the cluster state assigns to it.\n\n");
    put_options(out);
    text_add(out, "\nExit codes:\n");
    for (size_t i = 0; i < COUNT_OF(exits); i++)
        text_add(out, "  %zu  %s\n", i, exits[i]);
    text_add(out, "\nSettings:\n");
    for (size_t i = 0; i < count; i++) {
        if (!is_read(specs[i].key))
            continue;
        text_add(out, "  %s = %s\n", specs[i].key, specs[i].fallback);
        put_wrapped(out, INDENT, specs[i].help);
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

static void put_flags(struct text *out, const struct line *line)
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

static void put_settings(struct text *out)
{
    size_t count;
    const struct setting_spec *specs = cluster_specs(&count);

    text_add(out, ".Sh SETTINGS\n"
                  "Of\n.Fl c\nand of the file of\n.Fl -config ,\nwith their defaults.\n"
                  "The file may be that of the whole cluster:\n"
                  "what is meant for other programs is checked and passed over.\n"
                  ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < count; i++) {
        if (!is_read(specs[i].key))
            continue;
        text_add(out, ".It Cm %s No =%s%s\n", specs[i].key,
                 specs[i].fallback[0] == '\0' ? "" : " Li ", specs[i].fallback);
        put_sentence(out, specs[i].help);
    }
    text_add(out, ".El\n");
}

void manual_put_page(struct text *out)
{
    text_add(out, ".Dd %s\n.Dt GALE-SUPERVISOR 1\n.Os\n", DATE);
    text_add(out,
             ".Sh NAME\n.Nm gale-supervisor\n"
             ".Nd runs the workers of a machine\n"
             ".Sh SYNOPSIS\n.Nm\n.Op Ar OPTION ...\n"
             ".Sh DESCRIPTION\n.Nm\n"
             "reads in the cluster state which topologies have a worker in its slots, fetches\n"
             "what they need from nimbus, starts a process for each, and starts it again when\n"
             "it dies or gives no sign of life.\n"
             "The cluster state is found by the settings coord.servers and coord.root.\n"
             "Workers outlive their supervisor: one that is started anew takes them over.\n"
             ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        put_flags(out, &lines[i]);
    text_add(out, ".El\n");
    put_settings(out);
    text_add(out, ".Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < COUNT_OF(exits); i++) {
        text_add(out, ".It %zu\n", i);
        put_sentence(out, exits[i]);
    }
    text_add(out, ".El\n");
}
