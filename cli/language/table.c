/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/language/table.h"

#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/nearest.h"

static const struct option options[OPTION_COUNT] = {
    [OPTION_HELP] = {.id = OPTION_HELP, .name = "help", .letter = 'h', .help = "show this help"},
    [OPTION_SET] = {.id = OPTION_SET,
                    .name = "set",
                    .letter = 'c',
                    .value = VALUE_SETTING,
                    .value_name = "KEY=VALUE",
                    .may_repeat = true,
                    .help = "give a setting; it beats the same key in a file, and a later one "
                            "beats an earlier"},
    [OPTION_CONFIG] = {.id = OPTION_CONFIG,
                       .name = "config",
                       .value = VALUE_FILE,
                       .value_name = "FILE.yaml",
                       .help = "read settings from a YAML file"},
    [OPTION_LOOPS] = {.id = OPTION_LOOPS,
                      .name = "loops",
                      .value = VALUE_WORD,
                      .value_name = "N",
                      .help = "run the tasks on N threads: short for -c worker.loops=N"},
    [OPTION_INACTIVE] = {.id = OPTION_INACTIVE,
                         .name = "inactive",
                         .help = "start with the spouts deactivated"},
    [OPTION_JSON] = {.id = OPTION_JSON,
                     .name = "json",
                     .help = "write the result to standard output as one JSON object on one line"},
    [OPTION_PROGRESS] = {.id = OPTION_PROGRESS,
                         .name = "progress",
                         .help = "write a line of progress each second even if standard error is "
                                 "not a terminal"},
    [OPTION_QUIET] = {.id = OPTION_QUIET,
                      .name = "quiet",
                      .letter = 'q',
                      .help = "no progress and no summary on standard error"},
    [OPTION_DIR] = {.id = OPTION_DIR,
                    .name = "dir",
                    .value = VALUE_FOLDER,
                    .value_name = "PATH",
                    .help =
                        "the folder of the project, ./NAME unless it is given; that of the state, "
                        "gale/up below $XDG_STATE_HOME or ~/.local/state; or that of keys"},
    [OPTION_MAN] = {.id = OPTION_MAN,
                    .name = "man",
                    .help = "write the manual page gale(1), for man(1)"},
    [OPTION_SERVER] = {.id = OPTION_SERVER,
                       .name = "server",
                       .value = VALUE_WORD,
                       .value_name = "HOST:PORT,...",
                       .help = "ask these servers: short for -c coord.servers=LIST"},
    [OPTION_ROOT] = {.id = OPTION_ROOT,
                     .name = "root",
                     .help = "paths are below coord.root, as Gale itself sees them, and not those "
                             "of the server"},
    [OPTION_TIMEOUT] =
        {.id = OPTION_TIMEOUT,
         .name = "timeout",
         .value = VALUE_WORD,
         .value_name = "SECONDS",
         .help = "how long to wait for a session and for each answer: 10 unless it is given"},
    [OPTION_LONG] = {.id = OPTION_LONG,
                     .name = "long",
                     .letter = 'l',
                     .help = "show version, size, children, owner and age beside each name"},
    [OPTION_DEPTH] = {.id = OPTION_DEPTH,
                      .name = "depth",
                      .value = VALUE_WORD,
                      .value_name = "N",
                      .help = "go down N levels: 3 unless it is given, at most 64"},
    [OPTION_DATA] = {.id = OPTION_DATA,
                     .name = "data",
                     .value = VALUE_WORD,
                     .value_name = "TEXT",
                     .help = "what the node is to hold"},
    [OPTION_FILE] = {.id = OPTION_FILE,
                     .name = "file",
                     .value = VALUE_FILE,
                     .value_name = "FILE",
                     .help = "what the node is to hold, byte by byte; '-' is standard input"},
    [OPTION_EPHEMERAL] = {.id = OPTION_EPHEMERAL,
                          .name = "ephemeral",
                          .letter = 'e',
                          .help = "the node goes when the command ends, so it stays until Ctrl-C"},
    [OPTION_SEQUENTIAL] = {.id = OPTION_SEQUENTIAL,
                           .name = "sequential",
                           .letter = 's',
                           .help = "put the next number of the parent behind the name"},
    [OPTION_CONTAINER] = {.id = OPTION_CONTAINER,
                          .name = "container",
                          .help = "the server removes the node some time after its last child"},
    [OPTION_VERSION] = {.id = OPTION_VERSION,
                        .name = "version",
                        .value = VALUE_WORD,
                        .value_name = "N",
                        .help = "only if the node has this version, or else end with 5"},
    [OPTION_RECURSIVE] = {.id = OPTION_RECURSIVE,
                          .name = "recursive",
                          .letter = 'r',
                          .help = "with all nodes below it"},
    [OPTION_YES] = {.id = OPTION_YES, .name = "yes", .letter = 'y', .help = "do not ask first"},
    [OPTION_NIMBUS] = {.id = OPTION_NIMBUS,
                       .name = "nimbus",
                       .value = VALUE_WORD,
                       .value_name = "HOST:PORT",
                       .help = "ask this nimbus, without looking in the cluster state for the one "
                               "that leads"},
    [OPTION_NAME] = {.id = OPTION_NAME,
                     .name = "name",
                     .value = VALUE_WORD,
                     .value_name = "NAME",
                     .help = "name it so, and not as it names itself"},
    [OPTION_DRY_RUN] = {.id = OPTION_DRY_RUN,
                        .name = "dry-run",
                        .help = "check everything and say what would be done, but do not do it"},
    [OPTION_WAIT] = {.id = OPTION_WAIT,
                     .name = "wait",
                     .help = "wait until it is over, however long that takes"},
    [OPTION_WITHIN] = {.id = OPTION_WITHIN,
                       .name = "within",
                       .value = VALUE_WORD,
                       .value_name = "SECONDS",
                       .help = "give up waiting after this time, and end with 6; for samples 10 "
                               "unless it is given"},
    [OPTION_DRAIN] = {.id = OPTION_DRAIN,
                      .name = "drain",
                      .value = VALUE_WORD,
                      .value_name = "SECONDS",
                      .help = "how long tuple trees that are open may take to finish: as long as "
                              "topology.message.timeout.secs says unless it is given"},
    [OPTION_WORKERS] = {.id = OPTION_WORKERS,
                        .name = "workers",
                        .value = VALUE_WORD,
                        .value_name = "N",
                        .help = "how many worker processes it is to have, 1 to 4096"},
    [OPTION_EXECUTORS] = {.id = OPTION_EXECUTORS,
                          .name = "executors",
                          .value = VALUE_WORD,
                          .value_name = "COMPONENT=N",
                          .may_repeat = true,
                          .help = "how many executors the component is to have"},
    [OPTION_FOLLOW] = {.id = OPTION_FOLLOW,
                       .name = "follow",
                       .letter = 'f',
                       .help = "go on with what is written from now on, until Ctrl-C"},
    [OPTION_WORKER] = {.id = OPTION_WORKER,
                       .name = "worker",
                       .value = VALUE_WORD,
                       .value_name = "SUPERVISOR:SLOT",
                       .help = "only this worker"},
    [OPTION_LINES] = {.id = OPTION_LINES,
                      .name = "lines",
                      .letter = 'n',
                      .value = VALUE_WORD,
                      .value_name = "N",
                      .help = "of logs begin with the last N lines of each worker, 100 unless it "
                              "is given; of samples end after N, 10 unless it is given"},
    [OPTION_RAW] = {.id = OPTION_RAW,
                    .name = "raw",
                    .help = "write the lines without their worker in front"},
    [OPTION_COUNT_OF] = {.id = OPTION_COUNT_OF,
                         .name = "count",
                         .value = VALUE_WORD,
                         .value_name = "N",
                         .help = "end after N pictures"},
    [OPTION_ORIGIN] = {.id = OPTION_ORIGIN,
                       .name = "origin",
                       .help = "show where each value comes from"},
    [OPTION_SUPERVISORS] = {.id = OPTION_SUPERVISORS,
                            .name = "supervisors",
                            .value = VALUE_WORD,
                            .value_name = "N",
                            .help = "start N supervisors, 1 to 16: 2 unless it is given"},
    [OPTION_SLOTS] = {.id = OPTION_SLOTS,
                      .name = "slots",
                      .value = VALUE_WORD,
                      .value_name = "M",
                      .help = "each of them runs up to M workers, 1 to 256: 4 unless it is given"},
    [OPTION_RECEIVED] = {.id = OPTION_RECEIVED,
                         .name = "received",
                         .help = "what the component receives, and not what it emits"},
    [OPTION_FOR] = {.id = OPTION_FOR,
                    .name = "for",
                    .value = VALUE_WORD,
                    .value_name = "SECONDS",
                    .help =
                        "of a level: go back to what it was after this time, at most a week; until "
                        "it is changed unless it is given. Of a profile: look for so long, 1 to "
                        "60; 10 unless it is given"},
    [OPTION_FOLDED] = {.id = OPTION_FOLDED,
                       .name = "folded",
                       .help = "a line for each stack, as makers of flame graphs read it"},
    [OPTION_RESET] = {.id = OPTION_RESET,
                      .name = "reset",
                      .help = "go back to the level that the settings say"},
    [OPTION_PERCENT] = {.id = OPTION_PERCENT,
                        .name = "percent",
                        .value = VALUE_WORD,
                        .value_name = "P",
                        .help = "how many of a hundred tuples, 1 to 100"},
    [OPTION_OFF] = {.id = OPTION_OFF, .name = "off", .help = "write no more of them"},
    [OPTION_BROKERS] = {.id = OPTION_BROKERS,
                        .name = "brokers",
                        .value = VALUE_WORD,
                        .value_name = "HOST:PORT,...",
                        .help = "ask these brokers: short for -c log.brokers=LIST"},
    [OPTION_PARTITIONS] = {.id = OPTION_PARTITIONS,
                           .name = "partitions",
                           .value = VALUE_WORD,
                           .value_name = "N",
                           .help =
                               "how many partitions the topic is to have; their number can only "
                               "grow"},
    [OPTION_TOPIC_CONFIG] = {.id = OPTION_TOPIC_CONFIG,
                             .name = "config",
                             .value = VALUE_WORD,
                             .value_name = "KEY=VALUE",
                             .may_repeat = true,
                             .help =
                                 "give the topic a config of its own, as retention.ms=86400000"},
    [OPTION_UNSET] = {.id = OPTION_UNSET,
                      .name = "unset",
                      .value = VALUE_WORD,
                      .value_name = "KEY",
                      .may_repeat = true,
                      .help =
                          "take the topic's own config away, so that the broker's default is in "
                          "force"},
    [OPTION_KEY_SEPARATOR] = {.id = OPTION_KEY_SEPARATOR,
                              .name = "key-separator",
                              .value = VALUE_WORD,
                              .value_name = "TEXT",
                              .help = "what stands before it in a line is the key; '\\t' is a tab"},
    [OPTION_PARTITION] = {.id = OPTION_PARTITION,
                          .name = "partition",
                          .value = VALUE_WORD,
                          .value_name = "N",
                          .help = "only this partition, and not all of them or the one of the key"},
    [OPTION_HEADER] = {.id = OPTION_HEADER,
                       .name = "header",
                       .value = VALUE_WORD,
                       .value_name = "NAME=VALUE",
                       .may_repeat = true,
                       .help = "give each record this header"},
    [OPTION_ACKS] = {.id = OPTION_ACKS,
                     .name = "acks",
                     .value = VALUE_WORD,
                     .value_name = "all|1|0",
                     .help =
                         "who must have a record: all copies, which it is unless it is given, one, "
                         "or nobody"},
    [OPTION_COMPRESSION] = {.id = OPTION_COMPRESSION,
                            .name = "compression",
                            .value = VALUE_WORD,
                            .value_name = "CODEC",
                            .help =
                                "none, which it is unless it is given, gzip, snappy, lz4 or zstd"},
    [OPTION_FROM_BEGINNING] = {.id = OPTION_FROM_BEGINNING,
                               .name = "from-beginning",
                               .help =
                                   "begin with the oldest records, or with a group where it has "
                                   "no offset"},
    [OPTION_OFFSET] = {.id = OPTION_OFFSET,
                       .name = "offset",
                       .value = VALUE_WORD,
                       .value_name = "N|-N",
                       .help = "begin with offset N of each partition, or with its last N records"},
    [OPTION_FROM_TIME] = {.id = OPTION_FROM_TIME,
                          .name = "from-time",
                          .value = VALUE_WORD,
                          .value_name = "TIME",
                          .help = "begin with the first records of this time or later: as "
                                  "2026-11-22T06:00:00Z, or milliseconds since 1970"},
    [OPTION_GROUP] = {.id = OPTION_GROUP,
                      .name = "group",
                      .letter = 'g',
                      .value = VALUE_GROUP,
                      .value_name = "GROUP",
                      .help =
                          "be a member of this group: read what others of it do not, from where "
                          "it has come to, and commit what was written"},
    [OPTION_RECORDS] = {.id = OPTION_RECORDS,
                        .name = "count",
                        .letter = 'n',
                        .value = VALUE_WORD,
                        .value_name = "COUNT",
                        .help = "end after COUNT records"},
    [OPTION_EXIT_AT_END] = {.id = OPTION_EXIT_AT_END,
                            .name = "exit-at-end",
                            .help = "end when the end of each partition was seen"},
    [OPTION_PRINT_KEY] = {.id = OPTION_PRINT_KEY,
                          .name = "print-key",
                          .letter = 'k',
                          .help = "write the key and a tab before each value"},
    [OPTION_TOPIC] = {.id = OPTION_TOPIC,
                      .name = "topic",
                      .value = VALUE_TOPIC,
                      .value_name = "TOPIC",
                      .help = "whose offsets are meant"},
    [OPTION_TO] = {.id = OPTION_TO,
                   .name = "to",
                   .value = VALUE_WORD,
                   .value_name = "PLACE",
                   .help = "earliest, latest, an offset, -N for the last N records, or a time as "
                           "2026-11-22T06:00:00Z"},
    [OPTION_NO_LOG] = {.id = OPTION_NO_LOG,
                       .name = "no-log",
                       .help = "without gale-broker, for a cluster that needs no log"},
    [OPTION_LOG_PORT] = {.id = OPTION_LOG_PORT,
                         .name = "log-port",
                         .value = VALUE_WORD,
                         .value_name = "PORT",
                         .help =
                             "where gale-broker listens: 9092 or what it was the last time, or any "
                             "that is free, unless it is given"},
    [OPTION_NO_UI] = {.id = OPTION_NO_UI,
                      .name = "no-ui",
                      .help = "without gale-ui, for a cluster that needs no web page"},
    [OPTION_UI_PORT] = {.id = OPTION_UI_PORT,
                        .name = "ui-port",
                        .value = VALUE_WORD,
                        .value_name = "PORT",
                        .help = "where gale-ui listens: 8080 or what it was the last time, or any "
                                "that is free, unless it is given"},
};

static const struct group groups[GROUP_COUNT] = {
    [GROUP_COORD] =
        {.id = GROUP_COORD,
         .name = "coord",
         .summary = "look at the cluster state and change it, or serve it",
         .text =
             "The cluster state is a tree of small nodes, kept by gale-coord or by a ZooKeeper. "
             "These commands show and change it, as zkCli does for a ZooKeeper; they know nothing "
             "of what Gale keeps there, and Gale does not ask who has changed it. PATH is the "
             "server's, from its root, unless --root is given."
             "\n\n"
             "Which servers are asked is said by --server, -c coord.servers=... or a file of "
             "settings; without any of these it is 127.0.0.1:2181."},
    [GROUP_KEYS] =
        {.id = GROUP_KEYS,
         .name = "keys",
         .summary = "make and show the keys of a cluster",
         .text =
             "Without keys everything listens on loopback alone. With them nimbus, supervisors and "
             "workers may listen on other addresses: what they send is encrypted, and each side "
             "shows a key that the other must know."
             "\n\n"
             "The keys lie in a folder: that of --dir, or of the setting cluster.keys, or else "
             "gale/keys below $XDG_CONFIG_HOME or ~/.config. No command shows a secret or "
             "overwrites a key."},
    [GROUP_TOPIC] =
        {.id = GROUP_TOPIC,
         .name = "topic",
         .summary = "create, show and change topics of the log",
         .text = "The log keeps records in topics, each of which has one or more partitions. It is "
                 "that "
                 "of gale-broker, or of any Kafka: Gale speaks its protocol."
                 "\n\n"
                 "Which brokers are asked is said by --brokers, -c log.brokers=... or a file of "
                 "settings; without any of these it is 127.0.0.1:9092."},
    [GROUP_GROUP] =
        {.id = GROUP_GROUP,
         .name = "group",
         .summary = "show how far groups of consumers are, and move them",
         .text =
             "The members of a group share the partitions of its topics, and the brokers keep for "
             "each partition the offset to which the group has come. How many records lie behind "
             "it is the lag."
             "\n\n"
             "Which brokers are asked is said by --brokers, -c log.brokers=... or a file of "
             "settings; without any of these it is 127.0.0.1:9092."},
    [GROUP_DEBUG] = {.id = GROUP_DEBUG,
                     .name = "debug",
                     .summary = "look into a topology that runs",
                     .text = "These commands look at the tuples of a topology while it runs on "
                             "the cluster; what becomes of them does not change."},
};

/* What the commands of coord have in common. */
#define COORD_OPTIONS \
    OPTION_SERVER, OPTION_ROOT, OPTION_TIMEOUT, OPTION_JSON, OPTION_SET, OPTION_CONFIG, OPTION_HELP
#define COORD_EXITS \
    EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_UNREACHABLE, EXIT_CODE_NOT_FOUND

/* What the commands that ask nimbus have in common. */
#define NIMBUS_OPTIONS \
    OPTION_NIMBUS, OPTION_SERVER, OPTION_TIMEOUT, OPTION_SET, OPTION_CONFIG, OPTION_HELP
#define NIMBUS_EXITS \
    EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_UNREACHABLE, EXIT_CODE_DENIED
#define NIMBUS_NAME                         \
    {                                       \
        .value = VALUE_NAME, .name = "NAME" \
    }

/* What the commands of the log have in common. */
#define LOG_OPTIONS \
    OPTION_JSON, OPTION_BROKERS, OPTION_TIMEOUT, OPTION_SET, OPTION_CONFIG, OPTION_HELP
#define LOG_EXITS \
    EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_UNREACHABLE, EXIT_CODE_DENIED

static const struct command commands[COMMAND_COUNT] = {
    [COMMAND_RUN] =
        {.id = COMMAND_RUN,
         .name = "run",
         .operand = {.value = VALUE_TOPOLOGY, .name = "TOPOLOGY.so"},
         .rest = REST_TOPOLOGY,
         .summary = "run a topology in this process",
         .text =
             "Checks the topology as 'gale check' does, then runs all its spouts and bolts on "
             "threads of this one process, so that a debugger sees them. It ends when every spout "
             "has said that it is done and every tuple tree is settled, or when it is stopped."
             "\n\n"
             "What stands after '--' goes to the tasks, which read it with the function gale_arg."
             "\n\n"
             "Progress and the closing summary go to standard error; standard output belongs to "
             "the topology. With --json the last line of standard output is the summary."
             "\n\n"
             "Signals: SIGINT and SIGTERM stop the spouts and let open trees finish, for at most "
             "topology.drain.secs; a second one gives up what is open, a third ends the process. "
             "SIGUSR1 deactivates the "
             "spouts, SIGUSR2 activates them again. If user code crashes, a report names the "
             "component, the task and the source lines, and the process ends by the signal of "
             "the crash.",
         .options = {OPTION_SET, OPTION_CONFIG, OPTION_LOOPS, OPTION_INACTIVE, OPTION_JSON,
                     OPTION_PROGRESS, OPTION_QUIET, OPTION_HELP},
         .examples = {{"gale run word_count.so", "run until it is done, or until Ctrl-C"},
                      {"gale run word_count.so --loops 2 -c splitter.tasks=8",
                       "with two threads and eight tasks of 'splitter'"},
                      {"gale run word_count.so --config wc.yaml -- book.txt",
                       "with settings from a file and an argument for the topology"},
                      {"gdb --args gale run word_count.so", "under a debugger"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_TOPOLOGY,
                   EXIT_CODE_INTERRUPTED}},
    [COMMAND_CHECK] =
        {.id = COMMAND_CHECK,
         .name = "check",
         .operand = {.value = VALUE_TOPOLOGY, .name = "TOPOLOGY.so"},
         .summary = "check a topology and show its plan",
         .text =
             "Opens the .so in a child process, because opening runs the constructors in it, and "
             "checks names, numbers, streams, keys, the graph and the settings. Then shows the "
             "plan: components with their tasks, streams with their fields, who reads what and by "
             "which grouping."
             "\n\n"
             "The child gets 10 seconds, 4 GiB of memory and no terminal. What it prints goes to "
             "standard error.",
         .options = {OPTION_SET, OPTION_CONFIG, OPTION_JSON, OPTION_HELP},
         .examples = {{"gale check word_count.so", "see whether it is right and what is in it"},
                      {"gale check word_count.so -c counter.tasks=16", "as it would be run"},
                      {"gale check --json word_count.so | jq .components", "for programs"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_TOPOLOGY}},
    [COMMAND_NEW] =
        {.id = COMMAND_NEW,
         .name = "new",
         .operand = {.value = VALUE_WORD, .name = "NAME"},
         .summary = "start a project for a topology of your own",
         .text =
             "Makes a folder with a topology of one spout and one bolt that builds and runs, a "
             "unit test for the bolt, and a CMake project around them. NAME begins with a letter; "
             "letters, digits, '_' and '-' follow, 64 at most.",
         .options = {OPTION_DIR, OPTION_HELP},
         .examples = {{"gale new word_count", "make ./word_count"},
                      {"gale new word_count --dir src/wc", "make it elsewhere"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
    [COMMAND_UP] =
        {.id = COMMAND_UP,
         .name = "up",
         .summary = "run a whole cluster on this machine until Ctrl-C",
         .text =
             "Starts gale-coord, gale-nimbus, gale-broker, gale-ui and gale-supervisors, which lie "
             "beside gale, on loopback, and says when they are ready. One that dies is started "
             "again. "
             "Ctrl-C stops the workers and then all of them; what they know stays in the folder, "
             "and the next start goes on with it. gale-broker is the log; --no-log leaves it out. "
             "gale-ui is a web page, whose address is said; --no-ui leaves it out."
             "\n\n"
             "Settings go to the programs that know them. What a program says goes to a file in "
             "the folder 'logs' of the state."
             "\n\n"
             "Other commands find this cluster without an option if its gale-coord got the usual "
             "port, 2181, and its gale-broker 9092. If one was in use, another is taken, and it is "
             "said; then set "
             "GALE_CONFIG to the file gale.yaml in the folder of the state, or give that file "
             "with --config. A folder keeps its ports from one start to the next.",
         .options = {OPTION_SUPERVISORS, OPTION_SLOTS, OPTION_NO_LOG, OPTION_LOG_PORT, OPTION_NO_UI,
                     OPTION_UI_PORT, OPTION_DIR, OPTION_TIMEOUT, OPTION_JSON, OPTION_SET,
                     OPTION_CONFIG, OPTION_HELP},
         .examples = {{"gale up", "two supervisors with room for four workers each"},
                      {"gale up --supervisors 1 --slots 2 --dir ./state", "smaller, and here"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_CONFLICT,
                   EXIT_CODE_TIMEOUT, EXIT_CODE_INTERRUPTED}},
    [COMMAND_SUBMIT] =
        {.id = COMMAND_SUBMIT,
         .name = "submit",
         .operand = {.value = VALUE_TOPOLOGY, .name = "TOPOLOGY.so"},
         .rest = REST_TOPOLOGY,
         .summary = "run a topology on the cluster",
         .text =
             "Checks the topology as 'gale check' does, uploads it (what the cluster has already "
             "is not sent again), and has it started. What stands after '--' goes to the tasks. "
             "Of a file of settings those of the topology are sent along; those of the cluster "
             "only tell where it is."
             "\n\n"
             "With --wait ends when the topology is gone: it has ended, or somebody has killed it. "
             "Ctrl-C ends the waiting, not the topology.",
         .options = {OPTION_NAME, OPTION_INACTIVE, OPTION_DRY_RUN, OPTION_WAIT, OPTION_WITHIN,
                     OPTION_QUIET, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale submit word_count.so", "run it until it is killed, or ends"},
                      {"gale submit wc.so --name wc2 -c topology.workers=3 -- book.txt",
                       "under another name, on three workers, with an argument"},
                      {"gale submit wc.so --dry-run", "see whether it would find room"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_CONFLICT, EXIT_CODE_TIMEOUT, EXIT_CODE_TOPOLOGY,
                   EXIT_CODE_INTERRUPTED}},
    [COMMAND_LIST] =
        {.id = COMMAND_LIST,
         .name = "list",
         .summary = "list the topologies on the cluster",
         .text = "Shows status, workers (running and wanted), executors, tasks, age and owner of "
                 "each topology, and why something of it is not placed.",
         .options = {OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale list", "what runs"},
                      {"gale list --json | jq -r '.topologies[].name'", "for programs"}},
         .exits = {NIMBUS_EXITS}},
    [COMMAND_STATUS] =
        {.id = COMMAND_STATUS,
         .name = "status",
         .operand = NIMBUS_NAME,
         .summary = "show all about a topology on the cluster",
         .text = "Shows its components with their counts, latencies and where their tasks run, "
                 "its workers with what they need and how they ended last, the errors, and why "
                 "something is not placed. Of the 20 topologies that ended last it shows how they "
                 "were at their end, as long as the same nimbus leads.",
         .options = {OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale status wc", "for people"},
                      {"gale status --json wc | jq .workers", "for programs"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND}},
    [COMMAND_KILL] =
        {.id = COMMAND_KILL,
         .name = "kill",
         .operand = NIMBUS_NAME,
         .summary = "end a topology on the cluster",
         .text = "Stops the spouts, lets open tuple trees finish for as long as --drain says, ends "
                 "the workers and forgets the topology. Asks first; without a terminal nobody can "
                 "be asked, and --yes must be given. A second kill sets the time of the first "
                 "anew. The logs stay for some time.",
         .options = {OPTION_DRAIN, OPTION_YES, OPTION_WAIT, OPTION_WITHIN, OPTION_JSON,
                     NIMBUS_OPTIONS},
         .examples = {{"gale kill wc", "after the question"},
                      {"gale kill wc --yes --drain 0 --wait", "at once, and see it gone"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT, EXIT_CODE_TIMEOUT,
                   EXIT_CODE_INTERRUPTED}},
    [COMMAND_ACTIVATE] = {.id = COMMAND_ACTIVATE,
                          .name = "activate",
                          .operand = NIMBUS_NAME,
                          .summary = "let the spouts of a topology go on",
                          .text = "The opposite of 'gale deactivate'. One that is active stays so.",
                          .options = {OPTION_JSON, NIMBUS_OPTIONS},
                          .examples = {{"gale activate wc", "go on"}},
                          .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_DEACTIVATE] =
        {.id = COMMAND_DEACTIVATE,
         .name = "deactivate",
         .operand = NIMBUS_NAME,
         .summary = "let the spouts of a topology pause",
         .text = "The spouts are not asked for tuples any more; what is under way is finished, and "
                 "the workers stay.",
         .options = {OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale deactivate wc", "pause"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_REBALANCE] =
        {.id = COMMAND_REBALANCE,
         .name = "rebalance",
         .operand = NIMBUS_NAME,
         .summary = "spread a topology anew over the cluster",
         .text =
             "Pauses the spouts until what is under way is finished, at most as long as --drain "
             "says, and places the executors anew, moving only those that must move. With "
             "--workers and --executors their numbers change; the number of tasks of a "
             "component never does.",
         .options = {OPTION_WORKERS, OPTION_EXECUTORS, OPTION_DRAIN, OPTION_DRY_RUN, OPTION_WAIT,
                     OPTION_WITHIN, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale rebalance wc --workers 6", "use slots that have come"},
                      {"gale rebalance wc --workers 4 --executors splitter=8 --wait",
                       "with other numbers, and see it done"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT, EXIT_CODE_TIMEOUT,
                   EXIT_CODE_INTERRUPTED}},
    [COMMAND_LOGS] =
        {.id = COMMAND_LOGS,
         .name = "logs",
         .operand = NIMBUS_NAME,
         .summary = "show what the workers of a topology have written",
         .text = "Asks the supervisors for the logs of all workers and writes their lines in the "
                 "order of their times, each behind its worker, supervisor:slot. Supervisors that "
                 "do not answer are named on standard error."
                 "\n\n"
                 "Logs are kept for some time after the end of their topology. If none of this "
                 "name is on the cluster, those of the last one that was are written, and "
                 "--follow ends with them. NAME may also be the id of a topology.",
         .options = {OPTION_FOLLOW, OPTION_LINES, OPTION_WORKER, OPTION_RAW, NIMBUS_OPTIONS},
         .examples = {{"gale logs -f wc", "what they write from now on, too"},
                      {"gale logs wc --worker alpha:0 -n 1000 --raw", "one of them, for grep"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_INTERRUPTED}},
    [COMMAND_ERRORS] =
        {.id = COMMAND_ERRORS,
         .name = "errors",
         .operand = NIMBUS_NAME,
         .summary = "list the errors of a topology",
         .text =
             "Shows the last error of each component and task with its text, how often it came, "
             "and when first and last.",
         .options = {OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale errors wc", "what goes wrong"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND}},
    [COMMAND_EVENTS] =
        {.id = COMMAND_EVENTS,
         .name = "events",
         .operand = {.value = VALUE_NAME, .name = "NAME", .is_optional = true},
         .summary = "list what has happened on the cluster, and who did it",
         .text =
             "Shows the last 200 events, of all or of the topology NAME: what was submitted, "
             "killed, moved, and by whom; workers that started, failed or were lost; machines "
             "that came and went. Times are UTC. Who did it is what his command said, which nobody "
             "checks."
             "\n\n"
             "Nimbus keeps the last 10,000 in memory: another one that begins to lead begins anew. "
             "With --follow each new event is written as it comes, until Ctrl-C; with --json, too, "
             "each is an object on a line of its own.",
         .options = {OPTION_FOLLOW, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale events wc", "what has become of it"},
                      {"gale events -f", "everything, from now on, too"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_INTERRUPTED}},
    [COMMAND_LOG_LEVEL] =
        {.id = COMMAND_LOG_LEVEL,
         .name = "log-level",
         .operand = {.value = VALUE_NAME,
                     .name = "NAME",
                     .second = "debug|info|warn|error",
                     .second_is_optional =
                         true},
         .summary = "change what a running topology logs",
         .text = "The workers of the topology follow within a second, without a restart; those "
                 "that start later, too. It beats the setting worker.log.level until --reset, or "
                 "for as long as --for says.",
         .options = {OPTION_FOR, OPTION_RESET, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale log-level wc debug --for 600", "all of it, for ten minutes"},
                      {"gale log-level wc --reset", "as the settings say"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_RESTART_WORKER] =
        {.id = COMMAND_RESTART_WORKER,
         .name = "restart-worker",
         .operand = {.value = VALUE_NAME, .name = "NAME", .second = "SUPERVISOR:SLOT"},
         .summary = "replace one process of a topology",
         .text = "Its supervisor stops the process, which has supervisor.shutdown.secs to end, and "
                 "starts another one in its place at once. Tuples that it had fail, so that "
                 "their spouts may emit them again; what its bolts had in memory is gone. Asks "
                 "first; without a terminal nobody can be asked, and --yes must be given.",
         .options = {OPTION_YES, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale restart-worker wc alpha:0", "after the question"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_TOP] =
        {.id = COMMAND_TOP,
         .name = "top",
         .operand = {.value = VALUE_NAME, .name = "NAME", .is_optional = true},
         .summary = "watch the cluster, or one topology",
         .text = "Draws nodes and topologies with their rates anew each second, or with NAME the "
                 "components of one; q or Ctrl-C ends it. Where standard output is no terminal it "
                 "writes one picture. With --json it writes an object each second, on a line of "
                 "its own, until it is stopped.",
         .options = {OPTION_COUNT_OF, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale top", "the cluster"}, {"gale top wc", "one topology"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_INTERRUPTED}},
    [COMMAND_NODES] =
        {.id = COMMAND_NODES,
         .name = "nodes",
         .summary = "list the machines of the cluster",
         .text = "Shows each nimbus, which of them leads, each supervisor with its slots, and what "
                 "runs in them.",
         .options = {OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale nodes", "who is there"}},
         .exits = {NIMBUS_EXITS}},
    [COMMAND_DOCTOR] =
        {.id = COMMAND_DOCTOR,
         .name = "doctor",
         .summary = "check this machine and the way to the cluster",
         .text = "Checks programs, limits, disk, clock, kernel and ports of this machine, and "
                 "whether the cluster state and nimbus can be reached. Each line is ok, warn or "
                 "fail, the latter two with what to do. Ends with 1 if something fails.",
         .options = {OPTION_DIR, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale doctor", "before the first 'gale up'"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
    [COMMAND_CONFIG] =
        {.id = COMMAND_CONFIG,
         .name = "config",
         .operand = {.value = VALUE_SHOW, .name = "show", .is_optional = true},
         .summary = "list the settings that Gale knows, or those in force",
         .text =
             "Lists every built-in setting with its type, default and range: those of topologies, "
             "of nimbus, supervisors and workers. Beside these there are, for each component, "
             "COMPONENT.tasks, .executors, .max_pending, .tick_ms, .own_loop, .cpu_percent, "
             ".memory_mb and .labels, and what a topology declares; 'gale check' shows those."
             "\n\n"
             "'gale config show' lists the values in force, of the file of --config or of "
             "GALE_CONFIG, of -c and by default; with --origin it says from where each comes.",
         .options = {OPTION_ORIGIN, OPTION_JSON, OPTION_SET, OPTION_CONFIG, OPTION_HELP},
         .examples = {{"gale config", "what can be set with -c or in a file"},
                      {"gale config show --origin --config gale.yaml", "what a file says"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
    [COMMAND_KEYS_MAKE] =
        {.id = COMMAND_KEYS_MAKE,
         .group = GROUP_KEYS,
         .name = "keys make",
         .summary = "make the keys of a cluster and of its first client",
         .text = "Makes a folder that only you can read: cluster.key for nimbus and the "
                 "supervisors, client.key for whoever uses gale, and in 'clients' the public keys "
                 "that nimbus and the supervisors let in. Where there are keys it changes nothing, "
                 "and ends with 5.",
         .options = {OPTION_DIR, OPTION_SET, OPTION_CONFIG, OPTION_HELP},
         .examples = {{"gale keys make", "in the usual folder"},
                      {"gale keys make --dir /etc/gale/keys", "elsewhere"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_CONFLICT,
                   EXIT_CODE_DENIED}},
    [COMMAND_KEYS_ADD] =
        {.id = COMMAND_KEYS_ADD,
         .group = GROUP_KEYS,
         .name = "keys add",
         .operand = {.value = VALUE_WORD, .name = "NAME"},
         .summary = "make the key of a further client",
         .text = "Makes NAME.key and clients/NAME.pub. nimbus and the supervisors see a new public "
                 "key without a restart, and when one is gone, whoever comes with it is refused. "
                 "Who is connected already stays so until the connection ends.",
         .options = {OPTION_DIR, OPTION_SET, OPTION_CONFIG, OPTION_HELP},
         .examples = {{"gale keys add ann", "make ann.key, which is for ann alone"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_NOT_FOUND,
                   EXIT_CODE_CONFLICT, EXIT_CODE_DENIED}},
    [COMMAND_KEYS_SHOW] =
        {.id = COMMAND_KEYS_SHOW,
         .group = GROUP_KEYS,
         .name = "keys show",
         .summary = "show the public keys of a cluster and its clients",
         .text = "Writes a line for the cluster and one for each client. Secrets are not shown.",
         .options = {OPTION_DIR, OPTION_JSON, OPTION_SET, OPTION_CONFIG, OPTION_HELP},
         .examples = {{"gale keys show", "who may come in"},
                      {"gale keys show --json | jq -r '.clients[].name'", "for programs"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_NOT_FOUND,
                   EXIT_CODE_DENIED}},
    [COMMAND_COORD_LS] =
        {.id = COMMAND_COORD_LS,
         .group = GROUP_COORD,
         .name = "coord ls",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "list the children of a node",
         .text = "Writes the names of the children, sorted, one on a line.",
         .options = {OPTION_LONG, COORD_OPTIONS},
         .examples = {{"gale coord ls /", "what is there"},
                      {"gale coord ls -l --root /topologies", "what Gale keeps of topologies"},
                      {"gale coord ls --json /a | jq -r '.children[].name'", "for programs"}},
         .exits = {COORD_EXITS}},
    [COMMAND_COORD_GET] =
        {.id = COMMAND_COORD_GET,
         .group = GROUP_COORD,
         .name = "coord get",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "write the data of a node to standard output",
         .text = "Writes the data as they are, without a new line behind them, so that they can be "
                 "piped. A node whose data are null gives nothing. With --json the data are a text "
                 "if they are one, and in base64 in any case.",
         .options = {COORD_OPTIONS},
         .examples = {{"gale coord get /a", "see it"},
                      {"gale coord get /a > a.bin", "keep it, byte by byte"}},
         .exits = {COORD_EXITS}},
    [COMMAND_COORD_SET] =
        {.id = COMMAND_COORD_SET,
         .group = GROUP_COORD,
         .name = "coord set",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "replace the data of a node",
         .text = "The data come from --data or --file, or else from standard input if that is no "
                 "terminal; 1000000 bytes at most. Writes the new version.",
         .options = {OPTION_DATA, OPTION_FILE, OPTION_VERSION, COORD_OPTIONS},
         .examples = {{"gale coord set /a --data 'five'", "whatever was there before"},
                      {"gale coord set /a --version 3 < a.bin", "unless somebody was faster"}},
         .exits = {COORD_EXITS, EXIT_CODE_CONFLICT}},
    [COMMAND_COORD_CREATE] =
        {.id = COMMAND_COORD_CREATE,
         .group = GROUP_COORD,
         .name = "coord create",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "create a node",
         .text = "Writes the path of the new node. Without --data and --file its data are null. "
                 "The node above it must exist.",
         .options = {OPTION_DATA, OPTION_FILE, OPTION_EPHEMERAL, OPTION_SEQUENTIAL,
                     OPTION_CONTAINER, COORD_OPTIONS},
         .examples = {{"gale coord create /a --data 'five'", "make a node"},
                      {"gale coord create -s /a/job-", "make /a/job-0000000000 or the next one"},
                      {"gale coord create -e /a/here", "hold it until Ctrl-C"}},
         .exits = {COORD_EXITS, EXIT_CODE_CONFLICT, EXIT_CODE_INTERRUPTED}},
    [COMMAND_COORD_RM] =
        {.id = COMMAND_COORD_RM,
         .group = GROUP_COORD,
         .name = "coord rm",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "delete a node",
         .text = "With -r deletes all nodes below it first, and asks before if there are any. "
                 "Without a terminal nobody can be asked, and --yes must be given. It is not one "
                 "step: who looks meanwhile sees a part.",
         .options = {OPTION_RECURSIVE, OPTION_YES, OPTION_VERSION, COORD_OPTIONS},
         .examples = {{"gale coord rm /a", "a node without children"},
                      {"gale coord rm -r --yes /a", "and all below it, without a question"}},
         .exits = {COORD_EXITS, EXIT_CODE_CONFLICT}},
    [COMMAND_COORD_STAT] =
        {.id = COMMAND_COORD_STAT,
         .group = GROUP_COORD,
         .name = "coord stat",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "show all about a node but its data",
         .text = "Shows when it was created and changed, by which transactions, its versions, its "
                 "owner if it is ephemeral, the size of its data and the number of its children.",
         .options = {COORD_OPTIONS},
         .examples = {{"gale coord stat /a", "for people"},
                      {"gale coord stat --json /a | jq .version", "for programs"}},
         .exits = {COORD_EXITS}},
    [COMMAND_COORD_TREE] =
        {.id = COMMAND_COORD_TREE,
         .group = GROUP_COORD,
         .name = "coord tree",
         .operand = {.value = VALUE_WORD, .name = "PATH", .is_optional = true},
         .summary = "draw the nodes below a node",
         .text = "Draws the node and those below it with the size of their data. What is deeper "
                 "than --depth is counted. Nodes that go or come meanwhile may be missing; after "
                 "10000 nodes it ends, and says so.",
         .options = {OPTION_DEPTH, COORD_OPTIONS},
         .examples = {{"gale coord tree", "from the root of the server"},
                      {"gale coord tree --depth 9 --root", "all of Gale's own"}},
         .exits = {COORD_EXITS}},
    [COMMAND_COORD_WATCH] =
        {.id = COMMAND_COORD_WATCH,
         .group = GROUP_COORD,
         .name = "coord watch",
         .operand = {.value = VALUE_WORD, .name = "PATH"},
         .summary = "tell each change of a node",
         .text = "Writes a line for each change of the node's data and children, for its creation "
                 "and deletion, and for what happens to the connection, until Ctrl-C. It may not "
                 "exist yet. Changes that follow each other fast may be told as one: what is "
                 "written is how the node is after them. With --json a line is an object.",
         .options = {COORD_OPTIONS},
         .examples = {{"gale coord watch /a", "until Ctrl-C"},
                      {"gale coord watch --json /a | jq .version", "for programs"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_UNREACHABLE,
                   EXIT_CODE_INTERRUPTED}},
    [COMMAND_COORD_SESSIONS] =
        {.id = COMMAND_COORD_SESSIONS,
         .group = GROUP_COORD,
         .name = "coord sessions",
         .summary = "list the sessions and who has them",
         .text = "Asks each server for its connections and sessions by the words 'cons' and "
                 "'dump', which it must be allowed to answer: by coord.words in the settings of "
                 "gale-coord, or by 4lw.commands.whitelist in those of a ZooKeeper. A session "
                 "without a connection waits for its client to come back, or to expire.",
         .options = {OPTION_SERVER, OPTION_TIMEOUT, OPTION_JSON, OPTION_SET, OPTION_CONFIG,
                     OPTION_HELP},
         .examples = {{"gale coord sessions", "who is there"},
                      {"gale coord sessions --json | jq '.sessions | length'", "for programs"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE, EXIT_CODE_UNREACHABLE}},
    [COMMAND_COORD_SERVE] =
        {.id = COMMAND_COORD_SERVE,
         .group = GROUP_COORD,
         .name = "coord serve",
         .rest = REST_PROGRAM,
         .summary = "serve the cluster state: becomes gale-coord",
         .text = "Starts gale-coord, which lies beside gale, in place of this process. All words "
                 "behind 'serve' are its own: 'gale-coord --help' tells which it takes.",
         .options = {OPTION_HELP},
         .examples = {{"gale coord serve", "with its defaults"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
    [COMMAND_TOPIC_CREATE] =
        {.id = COMMAND_TOPIC_CREATE,
         .group = GROUP_TOPIC,
         .name = "topic create",
         .operand = {.value = VALUE_WORD, .name = "NAME"},
         .summary = "create a topic",
         .text =
             "Without --partitions it has as many as the broker's settings say. Records with the "
             "same key are in the same partition, and only there their order is kept."
             "\n\n"
             "--config gives configs of the topic here; a file of settings is named by "
             "GALE_CONFIG.",
         .options = {OPTION_PARTITIONS, OPTION_TOPIC_CONFIG, OPTION_JSON, OPTION_BROKERS,
                     OPTION_TIMEOUT, OPTION_SET, OPTION_HELP},
         .examples = {{"gale topic create lines --partitions 4", "with four partitions"},
                      {"gale topic create last --config cleanup.policy=compact",
                       "one that keeps the last record of each key"}},
         .exits = {LOG_EXITS, EXIT_CODE_CONFLICT}},
    [COMMAND_TOPIC_LIST] =
        {.id = COMMAND_TOPIC_LIST,
         .group = GROUP_TOPIC,
         .name = "topic list",
         .summary = "list the topics",
         .text = "Shows the name and the number of partitions of each topic, also of those that "
                 "the brokers keep for themselves, whose names begin with two underscores.",
         .options = {LOG_OPTIONS},
         .examples = {{"gale topic list", "what is there"},
                      {"gale topic list --json | jq -r '.topics[].name'", "for programs"}},
         .exits = {LOG_EXITS}},
    [COMMAND_TOPIC_DESCRIBE] =
        {.id = COMMAND_TOPIC_DESCRIBE,
         .group = GROUP_TOPIC,
         .name = "topic describe",
         .operand = {.value = VALUE_TOPIC, .name = "NAME", .is_optional = true},
         .summary = "show the partitions and configs of a topic, or of all",
         .text =
             "Shows for each partition its leader, which brokers have a copy, the first offset, "
             "the next one to be written, and how many lie between: of a compacted topic fewer "
             "records are there. The configs are those that the topic has of its own.",
         .options = {LOG_OPTIONS},
         .examples = {{"gale topic describe lines", "one of them"},
                      {"gale topic describe --json | jq '.topics[].configs'", "for programs"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND}},
    [COMMAND_TOPIC_DELETE] =
        {.id = COMMAND_TOPIC_DELETE,
         .group = GROUP_TOPIC,
         .name = "topic delete",
         .operand = {.value = VALUE_TOPIC, .name = "NAME"},
         .summary = "delete a topic and all its records",
         .text = "Asks first; without a terminal nobody can be asked, and --yes must be given.",
         .options = {OPTION_YES, LOG_OPTIONS},
         .examples = {{"gale topic delete lines", "after the question"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND}},
    [COMMAND_TOPIC_ALTER] =
        {.id = COMMAND_TOPIC_ALTER,
         .group = GROUP_TOPIC,
         .name = "topic alter",
         .operand = {.value = VALUE_TOPIC, .name = "NAME"},
         .summary = "change the configs of a topic, or add partitions",
         .text = "What is not named stays. It reads the configs, changes them and writes them all: "
                 "who does the same at the same moment may undo it. When partitions are added, "
                 "keys go to other partitions than before."
                 "\n\n"
                 "--config gives configs of the topic here; a file of settings is named by "
                 "GALE_CONFIG.",
         .options = {OPTION_PARTITIONS, OPTION_TOPIC_CONFIG, OPTION_UNSET, OPTION_JSON,
                     OPTION_BROKERS, OPTION_TIMEOUT, OPTION_SET, OPTION_HELP},
         .examples =
             {{"gale topic alter lines --partitions 8", "more of them"},
              {"gale topic alter lines --config retention.ms=3600000 --unset retention.bytes",
               "keep an hour, whatever its size"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND}},
    [COMMAND_PRODUCE] =
        {.id = COMMAND_PRODUCE,
         .name = "produce",
         .operand =
             {.value = VALUE_TOPIC, .name = "TOPIC", .second = "FILE", .second_is_optional = true},
         .summary = "write lines to a topic of the log",
         .text =
             "Each line of FILE, or of standard input if it is '-' or not given, becomes a record, "
             "without its newline. The key decides on the partition, as with the clients of other "
             "languages; without a key it is any. At the end, or on Ctrl-C, it waits until "
             "everything is acknowledged, and says on standard error how many records went where."
             "\n\n"
             "A record that is not acknowledged within 60 seconds, or as long as --timeout says, "
             "is "
             "given up. If any record was not acknowledged it says which, and ends with 1. With "
             "--acks all, which is what it does unless it is told otherwise, no record is written "
             "twice.",
         .options = {OPTION_KEY_SEPARATOR, OPTION_PARTITION, OPTION_HEADER, OPTION_ACKS,
                     OPTION_COMPRESSION, OPTION_QUIET, LOG_OPTIONS},
         .examples = {{"gale produce lines book.txt", "each line of a file"},
                      {"echo 'ann:1' | gale produce ages --key-separator :", "with the key 'ann'"},
                      {"gale produce lines book.txt --compression zstd --header from=me",
                       "compressed, and with a header"}},
         .exits = {LOG_EXITS, EXIT_CODE_INTERRUPTED}},
    [COMMAND_CONSUME] =
        {.id = COMMAND_CONSUME,
         .name = "consume",
         .operand = {.value = VALUE_TOPIC, .name = "TOPIC"},
         .summary = "read a topic of the log",
         .text =
             "Writes the value of each record on a line, and goes on with what is written from now "
             "on, until Ctrl-C, -n or --exit-at-end ends it. Without --from-beginning, --offset or "
             "--from-time it begins with what comes next."
             "\n\n"
             "With --group it goes on where the group has come to, and commits what it has written "
             "to standard output. Without, nothing is kept by the brokers."
             "\n\n"
             "With --json each record is an object with topic, partition, offset, timestamp_ms, "
             "key, "
             "value and headers on a line of its own. Bytes that are no UTF-8 are in base64, and "
             "key_base64 or value_base64 says so.",
         .options = {OPTION_FROM_BEGINNING, OPTION_OFFSET, OPTION_FROM_TIME, OPTION_GROUP,
                     OPTION_PARTITION, OPTION_RECORDS, OPTION_EXIT_AT_END, OPTION_PRINT_KEY,
                     LOG_OPTIONS},
         .examples = {{"gale consume lines --from-beginning --exit-at-end", "all that is there"},
                      {"gale consume lines --offset -10", "the last ten of each partition, and on"},
                      {"gale consume counts --group report --json | jq .value",
                       "as a member of a group, for programs"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_INTERRUPTED}},
    [COMMAND_GROUP_LIST] =
        {.id = COMMAND_GROUP_LIST,
         .group = GROUP_GROUP,
         .name = "group list",
         .summary = "list the groups of consumers",
         .text =
             "Shows each group and its state; a group that is Empty has offsets and no members.",
         .options = {LOG_OPTIONS},
         .examples = {{"gale group list", "who reads"}},
         .exits = {LOG_EXITS}},
    [COMMAND_GROUP_DESCRIBE] =
        {.id = COMMAND_GROUP_DESCRIBE,
         .group = GROUP_GROUP,
         .name = "group describe",
         .operand = {.value = VALUE_GROUP, .name = "GROUP"},
         .summary = "show members, offsets and lag of a group",
         .text = "Shows the members with their partitions, and for each partition the offset that "
                 "is committed, the end of the log, and the lag between them.",
         .options = {LOG_OPTIONS},
         .examples = {{"gale group describe report", "for people"},
                      {"gale group describe report --json | jq .lag", "the sum, for programs"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND}},
    [COMMAND_GROUP_RESET] =
        {.id = COMMAND_GROUP_RESET,
         .group = GROUP_GROUP,
         .name = "group reset",
         .operand = {.value = VALUE_GROUP, .name = "GROUP"},
         .summary = "let a group begin elsewhere in a topic",
         .text =
             "Sets the offsets of --topic to --to, and shows what they were. An offset outside of "
             "the log becomes its nearer end. It is refused while the group has members. Asks "
             "first; without a terminal nobody can be asked, and --yes must be given. The group "
             "need not exist yet.",
         .options = {OPTION_TOPIC, OPTION_TO, OPTION_PARTITION, OPTION_YES, LOG_OPTIONS},
         .examples = {{"gale group reset report --topic lines --to earliest", "read all again"},
                      {"gale group reset report --topic lines --to 2026-11-22T06:00:00Z --yes",
                       "from a time on, without a question"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_GROUP_DELETE] =
        {.id = COMMAND_GROUP_DELETE,
         .group = GROUP_GROUP,
         .name = "group delete",
         .operand = {.value = VALUE_GROUP, .name = "GROUP"},
         .summary = "forget a group and its offsets",
         .text = "It is refused while the group has members. Asks first; without a terminal nobody "
                 "can be asked, and --yes must be given.",
         .options = {OPTION_YES, LOG_OPTIONS},
         .examples = {{"gale group delete report --yes", "without a question"}},
         .exits = {LOG_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_DEBUG_SAMPLE] =
        {.id = COMMAND_DEBUG_SAMPLE,
         .group = GROUP_DEBUG,
         .name = "debug sample",
         .operand = {.value = VALUE_NAME, .name = "NAME", .second = "COMPONENT"},
         .summary = "show some of the tuples that flow",
         .text =
             "Asks all workers of the topology NAME for tuples that COMPONENT emits, or with "
             "--received for those that it receives, while they flow, and writes them as they "
             "come, one on a line: who emitted it, who receives it, the stream, the fields. "
             "They are samples: most tuples are not seen. Fields of more than 256 bytes are cut."
             "\n\n"
             "Tuples are seen where they are received. Of a component that nobody subscribes to "
             "only what it receives can be shown."
             "\n\n"
             "With --json each tuple is an object on a line of its own. If not a single one came "
             "in time it ends with 6. A worker answers one such command at a time: another one "
             "takes its turn.",
         .options = {OPTION_LINES, OPTION_RECEIVED, OPTION_WITHIN, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale debug sample wc splitter", "ten of the words"},
                      {"gale debug sample wc report --received -n 3",
                       "what comes to the end of it"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_TIMEOUT, EXIT_CODE_INTERRUPTED}},
    [COMMAND_DEBUG_LOG] =
        {.id = COMMAND_DEBUG_LOG,
         .group = GROUP_DEBUG,
         .name = "debug log",
         .operand = {.value = VALUE_NAME,
                     .name = "NAME",
                     .second = "COMPONENT",
                     .second_is_optional =
                         true},
         .summary = "write some of the tuples that flow to the logs",
         .text =
             "Of what COMPONENT emits, or each component without it, the workers of the topology "
             "NAME write so many percent to their logs, as lines 'tuple component=...', at level "
             "info. They do so within a second, without a restart, and until --off. A worker "
             "writes at most 10 lines a second, so of a fast stream it is less than P percent. "
             "Tuples are written where they are received.",
         .options = {OPTION_PERCENT, OPTION_OFF, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale debug log wc splitter --percent 5", "then 'gale logs -f wc'"},
                      {"gale debug log wc --off", "no more of it"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_CONFLICT}},
    [COMMAND_DEBUG_STACKS] =
        {.id = COMMAND_DEBUG_STACKS,
         .group = GROUP_DEBUG,
         .name = "debug stacks",
         .operand = {.value = VALUE_NAME, .name = "NAME", .second = "SUPERVISOR:SLOT"},
         .summary = "show where each thread of a worker is",
         .text =
             "Interrupts the loops of that worker of the topology NAME for a moment, and the "
             "thread "
             "beside them, and shows the functions that each is in, innermost first, with the task "
             "that it works for. Threads that user code has started are not seen."
             "\n\n"
             "SIGPROF interrupts them: calls of the system in user code that are not begun again "
             "by "
             "themselves, such as a sleep, may end early.",
         .options = {OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale debug stacks wc alpha:0", "the worker in slot 0 of supervisor alpha"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_INTERRUPTED}},
    [COMMAND_DEBUG_PROFILE] =
        {.id = COMMAND_DEBUG_PROFILE,
         .group = GROUP_DEBUG,
         .name = "debug profile",
         .operand = {.value = VALUE_NAME, .name = "NAME", .second = "SUPERVISOR:SLOT"},
         .summary = "show which functions of a worker take the processor's time",
         .text =
             "Looks at each thread of that worker of the topology NAME 99 times in each second of "
             "its processor time, and shows how much of that was spent in which functions: in "
             "themselves, and with what they call. A thread that waits is not seen, nor are those "
             "that user code has started. The worker goes on with its work meanwhile."
             "\n\n"
             "One such command at a time looks at a worker. Code without debug information shows "
             "the names that it exports; for -O2 and inlined functions build it with -g.",
         .options = {OPTION_FOR, OPTION_FOLDED, OPTION_JSON, NIMBUS_OPTIONS},
         .examples = {{"gale debug profile wc alpha:0 --for 30", "of half a minute"},
                      {"gale debug profile wc alpha:0 --folded > wc.folded", "for a flame graph"}},
         .exits = {NIMBUS_EXITS, EXIT_CODE_NOT_FOUND, EXIT_CODE_INTERRUPTED}},
    [COMMAND_COMPLETION] =
        {.id = COMMAND_COMPLETION,
         .name = "completion",
         .operand = {.value = VALUE_SHELL, .name = "bash|zsh|fish"},
         .summary = "write completions for a shell",
         .text = "Writes to standard output what makes the shell complete commands, options, "
                 "files and keys of settings.",
         .options = {OPTION_HELP},
         .examples = {{"eval \"$(gale completion bash)\"", "in ~/.bashrc"},
                      {"gale completion zsh > \"${fpath[1]}/_gale\"", "for zsh"},
                      {"gale completion fish > ~/.config/fish/completions/gale.fish", "for fish"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
    [COMMAND_VERSION] =
        {.id = COMMAND_VERSION,
         .name = "version",
         .summary = "show the version",
         .text = "Shows the version of this program and the ABI that topologies must have been "
                 "built for.",
         .options = {OPTION_JSON, OPTION_HELP},
         .examples = {{"gale version --json", "for programs"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
    [COMMAND_HELP] =
        {.id = COMMAND_HELP,
         .name = "help",
         .operand =
             {.value = VALUE_COMMAND, .name = "COMMAND", .is_optional = true, .may_repeat = true},
         .summary = "show help for gale or for one command",
         .text = "Without COMMAND lists the commands. 'gale COMMAND --help' shows the same as "
                 "'gale help COMMAND'.",
         .options = {OPTION_MAN, OPTION_HELP},
         .examples = {{"gale help run", "all about 'gale run'"},
                      {"gale help coord ls", "all about a command of a group"},
                      {"gale help --man | man -l -", "the manual page"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
};

const struct command *table_commands(void)
{
    return commands;
}

const struct group *table_groups(void)
{
    return groups;
}

const struct command *table_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

const char *table_short_name(const struct command *command)
{
    const char *space = strchr(command->name, ' ');

    return space == NULL ? command->name : space + 1;
}

static const struct command *find_in_group(enum group_id group, const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group == group && strcmp(table_short_name(&commands[i]), name) == 0)
            return &commands[i];
    }
    return NULL;
}

static const struct group *find_group(const char *name)
{
    for (size_t i = GROUP_NONE + 1; i < GROUP_COUNT; i++) {
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    }
    return NULL;
}

struct table_match table_match(const char *const *words, size_t count)
{
    const struct group *group = count > 0 ? find_group(words[0]) : NULL;
    const struct command *command = NULL;

    if (count > 0 && group == NULL)
        command = find_in_group(GROUP_NONE, words[0]);
    else if (count > 1)
        command = find_in_group(group->id, words[1]);
    if (command != NULL)
        return (struct table_match){.command = command, .words = group == NULL ? 1 : 2};
    return (struct table_match){.group = group, .words = group == NULL ? 0 : 1};
}

const struct group *table_begins_group(const struct command *command)
{
    if (command->group == GROUP_NONE)
        return NULL;
    if (command > commands && command[-1].group == command->group)
        return NULL;
    return &groups[command->group];
}

const char *table_nearest(const struct group *group, const char *name)
{
    const char *names[COMMAND_COUNT + GROUP_COUNT];
    enum group_id id = group == NULL ? GROUP_NONE : group->id;
    size_t count = 0;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].group == id)
            names[count++] = table_short_name(&commands[i]);
    }
    for (size_t i = GROUP_NONE + 1; id == GROUP_NONE && i < GROUP_COUNT; i++)
        names[count++] = groups[i].name;
    return nearest(name, names, count);
}

const struct option *table_option(enum option_id id)
{
    ASSERT(id < OPTION_COUNT);
    return &options[id];
}

const struct option *table_option_at(const struct command *command, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (command->options[i] == OPTION_HELP)
            return NULL;
    }
    return &options[command->options[index]];
}

const struct variable *table_variables(size_t *ret_count)
{
    static const struct variable variables[] = {
        {"NO_COLOR", "if set and not empty, nothing is coloured; otherwise a terminal is, unless "
                     "TERM is dumb"},
        {"GALE_CONFIG", "the YAML file of settings that is read where --config is not given"},
        {"GALE_CHECK_TIMEOUT_MS", "how long the child may take that opens a topology, instead of "
                                  "10000 (10 to 600000)"},
    };

    *ret_count = COUNT_OF(variables);
    return variables;
}
