/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/table.h"

#define TIMEOUT_S "1"

/* Nobody wants to read errors in the middle of a line that is being typed. */
static void be_quiet(void)
{
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nothing >= 0 && dup2(nothing, STDERR_FILENO) >= 0)
        (void)close(nothing);
}

static enum exit_code write_names(const json_t *answer)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < answer_size(answer, "topologies"); i++) {
        answer_add_words(answer_text(answer_item(answer, "topologies", i), "name"), &text);
        text_add(&text, "\n");
    }
    bool is_written = terminal_write(&text);
    text_done(&text);
    return is_written ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
}

enum exit_code complete_main(const char *what)
{
    struct options options = {.command = table_find("list"),
                              .given = {{.id = OPTION_TIMEOUT, .value = TIMEOUT_S}},
                              .given_count = 1};
    struct nimbus nimbus;
    json_t *answer = NULL;

    be_quiet();
    if (strcmp(what, "names") != 0)
        return EXIT_CODE_USAGE;
    enum exit_code code = nimbus_init(&nimbus, &options);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_look(&nimbus, "topology.list", NULL, false, &answer);
    if (code == EXIT_CODE_DONE)
        code = write_names(answer);
    json_decref(answer);
    nimbus_done(&nimbus);
    return code;
}
