/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands/complete.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/log_link.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/language/table.h"

#define TIMEOUT_S "1"

/* Nobody wants to read errors in the middle of a line that is being typed. */
static void be_quiet(void)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nothing >= 0 && dup2(nothing, STDERR_FILENO) >= 0)
        (void)close(nothing);
}

static enum exit_code write_names(const json_t *answer, const char *list)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < answer_size(answer, list); i++) {
        answer_add_words(answer_text(answer_item(answer, list, i), "name"), &text);
        text_add(&text, "\n");
    }
    bool is_written = terminal_write(&text);
    text_done(&text);
    return is_written ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

static enum exit_code complete_names(void)
{
    struct options options = {.command = table_find("list"),
                              .given = {{.id = OPTION_TIMEOUT, .value = TIMEOUT_S}},
                              .given_count = 1};
    struct nimbus nimbus;
    json_t *answer = NULL;

    enum exit_code code = nimbus_init(&nimbus, &options);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_look(&nimbus, "topology.list", NULL, false, &answer);
    if (code == EXIT_CODE_DONE)
        code = write_names(answer, "topologies");
    json_decref(answer);
    nimbus_done(&nimbus);
    return code;
}

/* `list` is "topics" or "groups". */
static enum exit_code complete_of_log(const char *list)
{
    bool is_topics = strcmp(list, "topics") == 0;
    struct options options = {.command = table_find(is_topics ? "topic list" : "group list"),
                              .given = {{.id = OPTION_TIMEOUT, .value = TIMEOUT_S}},
                              .given_count = 1};
    struct log_link link;
    struct error error;
    json_t *answer = NULL;
    enum err err = ERR_OK;

    enum exit_code code = log_link_init(&link, &options);
    if (code == EXIT_CODE_DONE)
        code = log_link_open(&link);
    if (code == EXIT_CODE_DONE)
        err = is_topics ? link.table->list_topics(link.console, &answer, &error)
                        : link.table->list_groups(link.console, &answer, &error);
    if (code == EXIT_CODE_DONE)
        code = err == ERR_OK ? write_names(answer, list) : EXIT_CODE_UNREACHABLE;
    json_decref(answer);
    log_link_done(&link);
    return code;
}

enum exit_code complete_main(const char *what)
{
    be_quiet();
    if (strcmp(what, "names") == 0)
        return complete_names();
    if (strcmp(what, "topics") == 0 || strcmp(what, "groups") == 0)
        return complete_of_log(what);
    return EXIT_CODE_USAGE;
}
