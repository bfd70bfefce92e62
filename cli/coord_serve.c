/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/io/terminal.h"

#define PROGRAM "gale-coord"

/* Beside this program, wherever that lies. */
static char *find_program(void)
{
    char self[PATH_MAX];
    struct text path;
    ssize_t size = readlink("/proc/self/exe", self, sizeof self);

    text_init(&path);
    while (size > 0 && self[size - 1] != '/')
        size--;
    if (size > 0)
        text_add_bytes(&path, self, (size_t)size);
    text_add(&path, PROGRAM);
    return text_take(&path);
}

enum exit_code command_coord_serve(const struct options *options)
{
    AUTO(mem_free_text) char *program = find_program();
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
