/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/commands/commands.h"
#include "cli/io/beside.h"
#include "cli/io/terminal.h"

#define PROGRAM "gale-coord"

enum exit_code command_coord_serve(const struct options *options)
{
    AUTO(mem_free_text) char *program = beside_path(PROGRAM);
    char **words = NEW_ARRAY(char *, options->rest_count + 2);
    struct error error;

    words[0] = program;
    for (size_t i = 0; i < options->rest_count; i++)
        words[i + 1] = mem_copy_text(options->rest[i]);
    (void)execv(program, words);

    (void)error_set(&error, ERR_IO, "cannot start '%s': %s", program,
                    /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                    strerror(errno));
    for (size_t i = 0; i < options->rest_count; i++)
        free(words[i + 1]);
    free(words);
    terminal_complain(options->command->name, &error);
    return EXIT_CODE_FAILED;
}
