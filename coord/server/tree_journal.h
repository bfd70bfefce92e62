/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tree's changes replaced, in their order, until they are durable. Entries are counted
 * from the tree's birth; a mark is such a number. Pure; part of the tree.
 */
#ifndef COORD_SERVER_TREE_JOURNAL_H
#define COORD_SERVER_TREE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coord/server/tree.h"

enum tree_journal_kind {
    TREE_JOURNAL_CREATE,
    TREE_JOURNAL_DELETE,
    TREE_JOURNAL_DATA,
    TREE_JOURNAL_ACL,
};

struct tree_journal_entry {
    enum tree_journal_kind kind;
    uint32_t slot;
    uint32_t weight;          /* bytes of names and data that wait for the disk because of it */
    int32_t parent_creations; /* CREATE: before */
    int64_t parent_pzxid;     /* CREATE, DELETE: before */
    struct tree_node before;  /* DELETE: all; DATA, ACL: the fields that are not links. Owns its
                                 bytes (DELETE, DATA) and its share of the ACL (DELETE, ACL) */
};

struct tree_journal {
    struct tree_journal_entry *entries;
    size_t begin; /* index of the oldest */
    size_t end;
    size_t capacity;
    uint64_t forgotten; /* the number of entries that were before `begin` */
    uint64_t bytes;     /* of all entries and their weights */
};

void tree_journal_done(struct tree_journal *journal);

/* Takes the entry over. */
void tree_journal_push(struct tree_journal *journal, const struct tree_journal_entry *entry);

uint64_t tree_journal_mark(const struct tree_journal *journal);

/* The youngest entry after the mark, taken out, or the oldest before it; NULL if there is none.
 * Borrowed until the next push. */
struct tree_journal_entry *tree_journal_pop_last(struct tree_journal *journal, uint64_t mark);
struct tree_journal_entry *tree_journal_pop_first(struct tree_journal *journal, uint64_t mark);

#endif
