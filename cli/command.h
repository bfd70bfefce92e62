/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command is: its words, as data. The parser, the help, the man page and the completions
 * are all made from this and nothing else (cli/table.c).
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/exit_code.h"

enum {
    COMMAND_OPTIONS_MAX = 10, /* of one command, with OPTION_HELP */
    COMMAND_EXAMPLES_MAX = 4,
    COMMAND_EXITS_MAX = 6,
};

enum command_id {
    COMMAND_RUN,
    COMMAND_CHECK,
    COMMAND_NEW,
    COMMAND_CONFIG,
    COMMAND_COMPLETION,
    COMMAND_VERSION,
    COMMAND_HELP,
    COMMAND_COUNT,
};

enum option_id {
    OPTION_HELP, /* every command has it; it ends the list of a command */
    OPTION_SET,
    OPTION_CONFIG,
    OPTION_LOOPS,
    OPTION_INACTIVE,
    OPTION_JSON,
    OPTION_PROGRESS,
    OPTION_QUIET,
    OPTION_DIR,
    OPTION_MAN,
    OPTION_COUNT,
};

/* What a value is: decides how a shell completes it. */
enum value_kind {
    VALUE_NONE,
    VALUE_WORD, /* anything */
    VALUE_FILE,
    VALUE_FOLDER,
    VALUE_TOPOLOGY, /* a .so */
    VALUE_SETTING,  /* KEY=VALUE */
    VALUE_COMMAND,
    VALUE_SHELL,
};

struct option {
    enum option_id id;
    const char *name; /* without "--" */
    char letter;      /* its short form, or 0 */
    enum value_kind value;
    const char *value_name; /* NULL if it takes no value */
    bool may_repeat;
    const char *help; /* lower case, no full stop */
};

/* What stands without a dash. */
struct operand {
    enum value_kind value;
    const char *name; /* NULL if the command takes none */
    bool is_optional;
};

struct example {
    const char *line;
    const char *meaning;
};

struct command {
    enum command_id id;
    const char *name;
    struct operand operand;
    bool takes_rest; /* what stands after "--" goes to the topology */
    const char *summary;
    const char *text; /* paragraphs, parted by an empty line */
    enum option_id options[COMMAND_OPTIONS_MAX];
    struct example examples[COMMAND_EXAMPLES_MAX]; /* ends at the first without a line */
    enum exit_code exits[COMMAND_EXITS_MAX];       /* EXIT_CODE_DONE comes first and ends it */
};

/* An environment variable that the command looks at. */
struct variable {
    const char *name;
    const char *help;
};

#endif
