/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum err input_read(size_t size_max, char **ret_bytes, size_t *ret_size, struct error *error)
{
    char piece[4096];
    struct text text;
    size_t size;

    text_init(&text);
    while (text_size(&text) <= size_max && (size = fread(piece, 1, sizeof piece, stdin)) > 0)
        text_add_bytes(&text, piece, size);
    if (ferror(stdin) == 0 && text_size(&text) <= size_max) {
        *ret_size = text_size(&text);
        *ret_bytes = text_take(&text);
        return ERR_OK;
    }
    bool is_long = text_size(&text) > size_max;
    text_done(&text);
    if (is_long)
        return error_set(error, ERR_LIMIT, "standard input has more than %zu bytes", size_max);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
    return error_set(error, ERR_IO, "cannot read standard input: %s", strerror(errno));
}

bool input_is_yes(void)
{
    char line[16];

    return fgets(line, sizeof line, stdin) != NULL && (line[0] == 'y' || line[0] == 'Y');
}
