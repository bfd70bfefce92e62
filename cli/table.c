/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

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
                         .help = "start with the spouts deactivated; SIGUSR2 activates them"},
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
                    .help = "make the project in PATH instead of in ./NAME"},
    [OPTION_MAN] = {.id = OPTION_MAN,
                    .name = "man",
                    .help = "write the manual page gale(1), for man(1)"},
};

static const struct command commands[COMMAND_COUNT] = {
    [COMMAND_RUN] =
        {.id = COMMAND_RUN,
         .name = "run",
         .operand = {.value = VALUE_TOPOLOGY, .name = "TOPOLOGY.so"},
         .takes_rest = true,
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
    [COMMAND_CONFIG] =
        {.id = COMMAND_CONFIG,
         .name = "config",
         .summary = "list the settings that Gale knows",
         .text =
             "Lists every built-in setting with its type, default and range. Beside these there "
             "are, for each component, COMPONENT.tasks, .executors, .max_pending, .tick_ms and "
             ".own_loop, and what a topology declares; 'gale check' shows those.",
         .options = {OPTION_JSON, OPTION_HELP},
         .examples = {{"gale config", "what can be set with -c or in a file"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
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
         .operand = {.value = VALUE_COMMAND, .name = "COMMAND", .is_optional = true},
         .summary = "show help for gale or for one command",
         .text = "Without COMMAND lists the commands. 'gale COMMAND --help' shows the same as "
                 "'gale help COMMAND'.",
         .options = {OPTION_MAN, OPTION_HELP},
         .examples = {{"gale help run", "all about 'gale run'"},
                      {"gale help --man | man -l -", "the manual page"}},
         .exits = {EXIT_CODE_DONE, EXIT_CODE_FAILED, EXIT_CODE_USAGE}},
};

const struct command *table_commands(void)
{
    return commands;
}

const struct command *table_find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

const char *table_nearest(const char *name)
{
    const char *names[COMMAND_COUNT];

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    return nearest(name, names, COMMAND_COUNT);
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
        {"GALE_CHECK_TIMEOUT_MS", "how long the child may take that opens a topology, instead of "
                                  "10000 (10 to 600000)"},
    };

    *ret_count = COUNT_OF(variables);
    return variables;
}
