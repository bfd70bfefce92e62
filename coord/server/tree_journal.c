/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/tree_journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    CAPACITY_KEPT_MAX = 4096, /* entries; a larger array goes when it is empty */
};

static uint64_t bytes_of(const struct tree_journal_entry *entry)
{
    return sizeof *entry + entry->weight;
}

void tree_journal_done(struct tree_journal *journal)
{
    free(journal->entries);
    *journal = (struct tree_journal){0};
}

static void make_room(struct tree_journal *journal)
{
    if (journal->begin > journal->capacity / 2) {
        journal->end -= journal->begin;
        memmove(journal->entries, journal->entries + journal->begin,
                journal->end * sizeof *journal->entries);
        journal->begin = 0;
        return;
    }
    journal->capacity = journal->capacity == 0 ? 64 : journal->capacity * 2;
    journal->entries = mem_resize(journal->entries, journal->capacity, sizeof *journal->entries);
}

void tree_journal_push(struct tree_journal *journal, const struct tree_journal_entry *entry)
{
    if (journal->begin == journal->end) {
        journal->begin = journal->end = 0;
        if (journal->capacity > CAPACITY_KEPT_MAX) {
            free(journal->entries);
            journal->entries = NULL;
            journal->capacity = 0;
        }
    }
    if (journal->end == journal->capacity)
        make_room(journal);
    journal->entries[journal->end++] = *entry;
    journal->bytes += bytes_of(entry);
}

uint64_t tree_journal_mark(const struct tree_journal *journal)
{
    return journal->forgotten + (journal->end - journal->begin);
}

struct tree_journal_entry *tree_journal_pop_last(struct tree_journal *journal, uint64_t mark)
{
    if (tree_journal_mark(journal) <= mark || journal->begin == journal->end)
        return NULL;
    struct tree_journal_entry *entry = &journal->entries[--journal->end];
    journal->bytes -= bytes_of(entry);
    return entry;
}

struct tree_journal_entry *tree_journal_pop_first(struct tree_journal *journal, uint64_t mark)
{
    if (journal->forgotten >= mark || journal->begin == journal->end)
        return NULL;
    journal->forgotten++;
    struct tree_journal_entry *entry = &journal->entries[journal->begin++];
    journal->bytes -= bytes_of(entry);
    return entry;
}
