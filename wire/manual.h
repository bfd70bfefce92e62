/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon says about itself: its help and its manual page, from one table of the options of its
 * command line and those of the settings. Pure.
 */
#ifndef WIRE_MANUAL_H
#define WIRE_MANUAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/settings_schema.h"
#include "base/text.h"

/* An option. */
struct manual_line {
    char letter;       /* 0 for none */
    const char *name;  /* without dashes; NULL for none */
    const char *value; /* NULL if it takes none */
    const char *help;  /* a sentence without its full stop */
};

/* Those that all daemons have behind their own ones. */
#define MANUAL_COMMON_LINES                                                            \
    {0, "config", "FILE", "read settings from a YAML file"},                           \
        {'c', NULL, "KEY=VALUE", "give a setting; it beats the same key in the file"}, \
        {'h', "help", NULL, "show what you are reading, in short"},                    \
        {0, "man", NULL, "write the manual page"},                                     \
    {                                                                                  \
        'V', "version", NULL, "show the version"                                       \
    }

struct manual {
    const char *program;     /* "gale-nimbus" */
    const char *date;        /* of the last change of the command line or a setting */
    const char *summary;     /* "Takes topologies and ...": a sentence */
    const char *name;        /* the same behind "gale-nimbus -": lower case, no full stop */
    const char *description; /* in mdoc */
    size_t line_count;
    const struct manual_line *lines;
    size_t exit_count;
    const char *const *exits; /* by exit code */
    size_t spec_count;
    const struct setting_spec *specs;
    bool (*is_read)(const char *key); /* whether the program reads this one of them; NULL: all */
};

void manual_put_help(const struct manual *manual, struct text *out);

/* In mdoc, for man(1). */
void manual_put_page(const struct manual *manual, struct text *out);

#endif
