/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a command is: its words, as data. The parser, the help, the man page and the completions
 * are all made from this and nothing else (cli/language/table.c).
 */
#ifndef CLI_LANGUAGE_COMMAND_H
#define CLI_LANGUAGE_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/exit_code.h"

enum {
    COMMAND_OPTIONS_MAX = 20, /* of one command, with OPTION_HELP */
    COMMAND_EXAMPLES_MAX = 4,
    COMMAND_EXITS_MAX = 10,
    COMMAND_OPERANDS_MAX = 2,
};

enum command_id {
    COMMAND_RUN,
    COMMAND_CHECK,
    COMMAND_NEW,
    COMMAND_UP,
    COMMAND_SUBMIT,
    COMMAND_LIST,
    COMMAND_STATUS,
    COMMAND_KILL,
    COMMAND_ACTIVATE,
    COMMAND_DEACTIVATE,
    COMMAND_REBALANCE,
    COMMAND_LOGS,
    COMMAND_ERRORS,
    COMMAND_EVENTS,
    COMMAND_LOG_LEVEL,
    COMMAND_RESTART_WORKER,
    COMMAND_TOP,
    COMMAND_NODES,
    COMMAND_DOCTOR,
    COMMAND_CONFIG,
    COMMAND_KEYS_MAKE,
    COMMAND_KEYS_ADD,
    COMMAND_KEYS_SHOW,
    COMMAND_COORD_LS,
    COMMAND_COORD_GET,
    COMMAND_COORD_SET,
    COMMAND_COORD_CREATE,
    COMMAND_COORD_RM,
    COMMAND_COORD_STAT,
    COMMAND_COORD_TREE,
    COMMAND_COORD_WATCH,
    COMMAND_COORD_SESSIONS,
    COMMAND_COORD_SERVE,
    COMMAND_TOPIC_CREATE,
    COMMAND_TOPIC_LIST,
    COMMAND_TOPIC_DESCRIBE,
    COMMAND_TOPIC_DELETE,
    COMMAND_TOPIC_ALTER,
    COMMAND_PRODUCE,
    COMMAND_CONSUME,
    COMMAND_GROUP_LIST,
    COMMAND_GROUP_DESCRIBE,
    COMMAND_GROUP_RESET,
    COMMAND_GROUP_DELETE,
    COMMAND_DEBUG_SAMPLE,
    COMMAND_DEBUG_LOG,
    COMMAND_DEBUG_STACKS,
    COMMAND_DEBUG_PROFILE,
    COMMAND_COMPLETION,
    COMMAND_VERSION,
    COMMAND_HELP,
    COMMAND_COUNT,
};

/* Commands that belong together: "gale coord ls". */
enum group_id {
    GROUP_NONE, /* a command of its own: "gale run" */
    GROUP_COORD,
    GROUP_KEYS,
    GROUP_TOPIC,
    GROUP_GROUP,
    GROUP_DEBUG,
    GROUP_COUNT,
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
    OPTION_SERVER,
    OPTION_ROOT,
    OPTION_TIMEOUT,
    OPTION_LONG,
    OPTION_DEPTH,
    OPTION_DATA,
    OPTION_FILE,
    OPTION_EPHEMERAL,
    OPTION_SEQUENTIAL,
    OPTION_CONTAINER,
    OPTION_VERSION,
    OPTION_RECURSIVE,
    OPTION_YES,
    OPTION_NIMBUS,
    OPTION_NAME,
    OPTION_DRY_RUN,
    OPTION_WAIT,
    OPTION_WITHIN,
    OPTION_DRAIN,
    OPTION_WORKERS,
    OPTION_EXECUTORS,
    OPTION_FOLLOW,
    OPTION_WORKER,
    OPTION_LINES,
    OPTION_RAW,
    OPTION_COUNT_OF,
    OPTION_ORIGIN,
    OPTION_SUPERVISORS,
    OPTION_SLOTS,
    OPTION_RECEIVED,
    OPTION_FOR,
    OPTION_FOLDED,
    OPTION_RESET,
    OPTION_PERCENT,
    OPTION_OFF,
    OPTION_BROKERS,
    OPTION_PARTITIONS,
    OPTION_TOPIC_CONFIG,
    OPTION_UNSET,
    OPTION_KEY_SEPARATOR,
    OPTION_PARTITION,
    OPTION_HEADER,
    OPTION_ACKS,
    OPTION_COMPRESSION,
    OPTION_FROM_BEGINNING,
    OPTION_OFFSET,
    OPTION_FROM_TIME,
    OPTION_GROUP,
    OPTION_RECORDS,
    OPTION_EXIT_AT_END,
    OPTION_PRINT_KEY,
    OPTION_TOPIC,
    OPTION_TO,
    OPTION_NO_LOG,
    OPTION_LOG_PORT,
    OPTION_NO_UI,
    OPTION_UI_PORT,
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
    VALUE_NAME,  /* of a topology that was submitted: the cluster is asked */
    VALUE_TOPIC, /* of the log: the brokers are asked */
    VALUE_GROUP, /* of its consumers */
    VALUE_SHOW,  /* the word of 'gale config show' */
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
    bool may_repeat;    /* up to COMMAND_OPERANDS_MAX */
    const char *second; /* the name of a word that follows; NULL if none does */
    bool second_is_optional;
};

struct example {
    const char *line;
    const char *meaning;
};

/* Whose the words are that Gale does not read. */
enum rest {
    REST_REFUSED,
    REST_TOPOLOGY, /* what stands after "--" goes to the topology */
    REST_PROGRAM,  /* all words go to another program, but for --help as the first */
};

struct group {
    enum group_id id;
    const char *name;
    const char *summary;
    const char *text;
};

struct command {
    enum command_id id;
    enum group_id group;
    const char *name; /* with that of its group: "coord ls" */
    struct operand operand;
    enum rest rest;
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
