/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/series.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/varint.h"

#define VALUE_MAX (UINT64_C(1) << 62) /* what some worker says may be anything */

struct chunk {
    char *tokens;
    size_t size;
    size_t rows;
};

struct series {
    size_t columns;
    size_t rows_max;
    size_t chunk_count; /* that are full */
    size_t chunk_capacity;
    struct chunk *chunks; /* oldest first */
    struct text open;     /* tokens of the one that is being written */
    size_t open_rows;
    uint64_t run;    /* of equal values: not yet among the tokens */
    uint64_t *above; /* columns: the last row, in the form that is written */
    size_t bytes;
};

struct series *series_new(size_t columns, size_t rows_max)
{
    struct series *series = NEW(struct series);

    ASSERT(columns > 0 && rows_max > 0);
    series->columns = columns;
    series->rows_max = rows_max;
    series->above = NEW_ARRAY(uint64_t, columns);
    series->bytes = sizeof *series + columns * sizeof *series->above;
    text_init(&series->open);
    return series;
}

void series_destroy(struct series **series)
{
    struct series *it = *series;

    if (it == NULL)
        return;
    for (size_t i = 0; i < it->chunk_count; i++)
        free(it->chunks[i].tokens);
    free(it->chunks);
    text_done(&it->open);
    free(it->above);
    free(it);
    *series = NULL;
}

/* ---- Writing ------------------------------------------------------------------------------- */

static uint64_t zigzag(uint64_t difference)
{
    return (difference << 1) ^ (0 - (difference >> 63));
}

static uint64_t unzigzag(uint64_t value)
{
    return (value >> 1) ^ (0 - (value & 1));
}

static void end_run(struct series *series)
{
    if (series->run > 0)
        varint_add(&series->open, series->run << 1);
    series->run = 0;
}

static void put_value(struct series *series, size_t column, uint64_t value)
{
    uint64_t written = value == SERIES_NONE ? 0 : (value < VALUE_MAX ? value : VALUE_MAX) + 1;

    if (written == series->above[column]) {
        series->run++;
        return;
    }
    end_run(series);
    varint_add(&series->open, zigzag(written - series->above[column]) << 1 | 1);
    series->above[column] = written;
}

static void drop_chunk(struct series *series)
{
    series->bytes -= series->chunks[0].size + sizeof *series->chunks;
    free(series->chunks[0].tokens);
    series->chunk_count--;
    memmove(series->chunks, series->chunks + 1, series->chunk_count * sizeof *series->chunks);
}

static struct chunk close_chunk(struct series *series)
{
    struct chunk chunk = {.rows = series->open_rows};

    end_run(series);
    chunk.size = text_size(&series->open);
    chunk.tokens = mem_alloc(chunk.size);
    memcpy(chunk.tokens, text_data(&series->open), chunk.size);
    text_done(&series->open);
    series->open_rows = 0;
    memset(series->above, 0, series->columns * sizeof *series->above);
    return chunk;
}

static void put_chunk(struct series *series)
{
    if (series->chunk_count == series->chunk_capacity) {
        series->chunk_capacity = series->chunk_capacity == 0 ? 4 : series->chunk_capacity * 2;
        series->chunks = mem_resize(series->chunks, series->chunk_capacity, sizeof *series->chunks);
    }
    series->chunks[series->chunk_count++] = close_chunk(series);
    series->bytes += series->chunks[series->chunk_count - 1].size + sizeof *series->chunks;
    while (series->chunk_count * SERIES_CHUNK_ROWS >= series->rows_max + SERIES_CHUNK_ROWS)
        drop_chunk(series);
}

void series_put(struct series *series, const uint64_t *row)
{
    for (size_t i = 0; i < series->columns; i++)
        put_value(series, i, row == NULL ? SERIES_NONE : row[i]);
    if (++series->open_rows == SERIES_CHUNK_ROWS)
        put_chunk(series);
}

bool series_drop_oldest(struct series *series)
{
    if (series->chunk_count == 0)
        return false;
    drop_chunk(series);
    return true;
}

/* ---- Reading ------------------------------------------------------------------------------- */

struct reader {
    const unsigned char *at;
    size_t left;
    uint64_t run;
};

static bool take(struct reader *reader, uint64_t *value)
{
    if (reader->run == 0) {
        if (reader->left == 0)
            return false; /* the rest is a run that goes on */
        uint64_t token = varint_take(&reader->at, &reader->left);
        if ((token & 1) != 0) {
            *value += unzigzag(token >> 1);
            return true;
        }
        reader->run = token >> 1;
    }
    reader->run--;
    return true;
}

/* Rows of one chunk from `skip` on, the wanted columns. */
static void read_chunk(const struct series *series, const struct chunk *chunk, size_t skip,
                       size_t first, size_t columns, uint64_t *ret_values)
{
    uint64_t *above = NEW_ARRAY(uint64_t, series->columns);
    struct reader reader = {.at = (const unsigned char *)chunk->tokens, .left = chunk->size};

    for (size_t row = 0; row < chunk->rows; row++) {
        for (size_t i = 0; i < series->columns; i++)
            (void)take(&reader, &above[i]);
        for (size_t i = 0; row >= skip && i < columns; i++)
            *ret_values++ = above[first + i] == 0 ? SERIES_NONE : above[first + i] - 1;
    }
    free(above);
}

size_t series_rows(const struct series *series)
{
    return series->chunk_count * SERIES_CHUNK_ROWS + series->open_rows;
}

size_t series_columns(const struct series *series)
{
    return series->columns;
}

void series_read(const struct series *series, size_t first, size_t columns, size_t count,
                 uint64_t *ret_values)
{
    size_t rows = series_rows(series);
    size_t skip = rows > count ? rows - count : 0;
    struct chunk open = {
        .tokens = series->open.data, .size = text_size(&series->open), .rows = series->open_rows};

    ASSERT(first + columns <= series->columns);
    for (; count > rows; count--)
        for (size_t i = 0; i < columns; i++)
            *ret_values++ = SERIES_NONE;
    for (size_t i = 0; i <= series->chunk_count; i++) {
        const struct chunk *chunk = i < series->chunk_count ? &series->chunks[i] : &open;
        if (skip >= chunk->rows) {
            skip -= chunk->rows;
            continue;
        }
        read_chunk(series, chunk, skip, first, columns, ret_values);
        ret_values += (chunk->rows - skip) * columns;
        skip = 0;
    }
}

size_t series_bytes(const struct series *series)
{
    return series->bytes + series->open.capacity;
}
