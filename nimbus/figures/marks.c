/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/figures/marks.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/varint.h"

struct level {
    uint64_t step; /* seconds */
    size_t kept;
};

/* Each reaches one step beyond its longest window, so that there is always a mark before its begin. */
static const struct level levels[MARKS_LEVELS] = {{1, 16}, {10, 66}, {300, 38}, {1800, 50}};

static void drop(struct marks *marks, struct mark *mark)
{
    marks->bytes -= mark->size;
    free(mark->packed);
    *mark = (struct mark){.packed = NULL};
}

void marks_done(struct marks *marks)
{
    for (size_t level = 0; level < MARKS_LEVELS; level++)
        for (size_t i = 0; i < MARKS_MAX; i++)
            drop(marks, &marks->levels[level][i]);
    marks->has_begun = false;
}

/* ---- Packed: number of tables; of each tasks, width, and values: a zero is followed by how many
 * more come after it ---- */

static void pack_table(const struct marks_table *table, struct text *out)
{
    size_t count = table->tasks * table->width;
    size_t i = 0;

    varint_add(out, table->tasks);
    varint_add(out, table->width);
    while (i < count) {
        size_t begin = i;
        varint_add(out, table->values[i++]);
        if (table->values[begin] != 0)
            continue;
        while (i < count && table->values[i] == 0)
            i++;
        varint_add(out, i - begin - 1);
    }
}

struct reader {
    const unsigned char *at;
    size_t left;
};

static uint64_t take(struct reader *reader)
{
    return varint_take(&reader->at, &reader->left);
}

static void subtract_table(struct reader *reader, struct marks_table *table)
{
    size_t tasks = (size_t)take(reader);
    size_t width = (size_t)take(reader);
    size_t i = 0;

    while (i < tasks * width) {
        uint64_t value = take(reader);
        size_t task = i / width;
        size_t column = i % width;
        if (value == 0)
            i += (size_t)take(reader);
        else if (task < table->tasks && column < table->width)
            table->values[task * table->width + column] -= value;
        i++;
    }
}

static void put(struct marks *marks, struct mark *mark, uint64_t tick, const struct text *packed)
{
    drop(marks, mark);
    mark->tick = tick;
    mark->size = text_size(packed);
    mark->packed = mem_alloc(mark->size);
    memcpy(mark->packed, text_data(packed), mark->size);
    marks->bytes += mark->size;
}

void marks_put(struct marks *marks, uint64_t tick, const struct marks_table *tables, size_t count)
{
    struct text packed;

    text_init(&packed);
    varint_add(&packed, count);
    for (size_t i = 0; i < count; i++)
        pack_table(&tables[i], &packed);
    for (size_t i = 0; i < MARKS_LEVELS; i++)
        if (tick % levels[i].step == 0)
            put(marks, &marks->levels[i][tick / levels[i].step % levels[i].kept], tick, &packed);
    text_done(&packed);
}

/* It stands in every level, so that the longest windows begin there until there are others. */
void marks_begin(struct marks *marks, uint64_t tick)
{
    struct text packed;

    text_init(&packed);
    varint_add(&packed, 0);
    for (size_t i = 0; i < MARKS_LEVELS; i++)
        put(marks, &marks->levels[i][tick / levels[i].step % levels[i].kept], tick, &packed);
    text_done(&packed);
    marks->first = tick;
    marks->has_begun = true;
}

/* Whether it is the better one: the latest that is not after `begin`; else the oldest of all. */
static bool is_better(const struct mark *mark, const struct mark *than, uint64_t begin)
{
    if (than == NULL)
        return true;
    if (mark->tick <= begin)
        return than->tick > begin || mark->tick > than->tick;
    return than->tick > begin && mark->tick < than->tick;
}

static const struct mark *find(const struct marks *marks, uint64_t begin)
{
    const struct mark *best = NULL;

    for (size_t level = 0; level < MARKS_LEVELS; level++) {
        for (size_t i = 0; i < levels[level].kept; i++) {
            const struct mark *mark = &marks->levels[level][i];
            if (mark->packed != NULL && is_better(mark, best, begin))
                best = mark;
        }
    }
    return best;
}

uint64_t marks_subtract(const struct marks *marks, uint64_t tick, uint64_t seconds,
                        struct marks_table *tables, size_t count)
{
    const struct mark *mark = find(marks, tick > seconds ? tick - seconds : 0);

    if (mark == NULL || mark->tick >= tick)
        return 0;
    struct reader reader = {(const unsigned char *)mark->packed, mark->size};
    struct marks_table none = {.tasks = 0};
    size_t then = (size_t)take(&reader);
    for (size_t i = 0; i < then; i++)
        subtract_table(&reader, i < count ? &tables[i] : &none);
    return tick - mark->tick;
}

static uint64_t find_newest(const struct mark *marks, size_t count)
{
    uint64_t newest = 0;

    for (size_t i = 0; i < count; i++)
        if (marks[i].packed != NULL && marks[i].tick > newest)
            newest = marks[i].tick;
    return newest;
}

static bool thin_level(struct marks *marks, size_t level)
{
    uint64_t newest = find_newest(marks->levels[level], levels[level].kept);
    uint64_t half = levels[level].step * levels[level].kept / 2;
    bool has_any = false;

    for (size_t i = 0; i < levels[level].kept; i++) {
        struct mark *mark = &marks->levels[level][i];
        if (mark->packed == NULL || mark->tick + half > newest)
            continue;
        drop(marks, mark);
        has_any = true;
    }
    return has_any;
}

bool marks_thin(struct marks *marks)
{
    for (size_t level = MARKS_LEVELS; level > 1; level--)
        if (thin_level(marks, level - 1))
            return true;
    return false;
}
