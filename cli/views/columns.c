/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/columns.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

void columns_init(struct columns *columns, const char *alignment)
{
    *columns = (struct columns){.alignment = alignment, .count = strlen(alignment)};
    ASSERT(columns->count > 0 && columns->count <= COLUMNS_MAX);
}

void columns_done(struct columns *columns)
{
    for (size_t i = 0; i < columns->cell_count; i++)
        free(columns->cells[i]);
    free(columns->cells);
    *columns = (struct columns){.alignment = columns->alignment, .count = columns->count};
}

void columns_add(struct columns *columns, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    ASSERT(length >= 0);

    char *cell = mem_alloc((size_t)length + 1);
    va_start(arguments, format);
    (void)vsnprintf(cell, (size_t)length + 1, format, arguments);
    va_end(arguments);

    columns->cells = mem_resize(columns->cells, columns->cell_count + 1, sizeof *columns->cells);
    columns->cells[columns->cell_count++] = cell;
}

void columns_add_row(struct columns *columns, const char *const *cells)
{
    for (size_t i = 0; i < columns->count; i++)
        columns_add(columns, "%s", cells[i]);
}

static void measure(const struct columns *columns, size_t widths[COLUMNS_MAX])
{
    for (size_t i = 0; i < columns->cell_count; i++) {
        size_t *width = &widths[i % columns->count];
        size_t length = strlen(columns->cells[i]);

        *width = length > *width ? length : *width;
    }
}

static void render_row(const struct columns *columns, char *const *cells, const size_t widths[],
                       struct text *text)
{
    size_t behind = 0; /* spaces that are only written if something follows */

    for (size_t i = 0; i < columns->count; i++) {
        size_t length = strlen(cells[i]);
        size_t padding = widths[i] - length;
        size_t before = columns->alignment[i] == 'r' ? padding : 0;

        if (length > 0)
            text_add(text, "%*s%s", (int)(behind + before), "", cells[i]);
        behind = length > 0 ? padding - before + 2 : behind + widths[i] + 2;
    }
    text_add(text, "\n");
}

void columns_render(const struct columns *columns, struct text *text)
{
    size_t widths[COLUMNS_MAX] = {0};

    ASSERT(columns->cell_count % columns->count == 0);
    measure(columns, widths);
    for (size_t i = 0; i < columns->cell_count; i += columns->count)
        render_row(columns, columns->cells + i, widths, text);
}
