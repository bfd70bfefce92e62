/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each word was seen: a hash table that counts.
 *
 * Open addressing, linear probing, never more than half full. A probe compares hashes, and only
 * equal hashes compare words. The words themselves lie one after another in blocks that are freed
 * together. It grows with the number of different words, at most WORD_TABLE_MAX. Out of memory
 * aborts. A table that is all zeros is empty and owns nothing.
 */
#ifndef TOPOLOGIES_WORD_COUNT_WORD_TABLE_H
#define TOPOLOGIES_WORD_COUNT_WORD_TABLE_H

#include <gale/gale.h>

#include <stdlib.h>
#include <string.h>

#define WORD_TABLE_MAX   (1u << 26) /* different words */
#define WORD_BLOCK_BYTES 65536u     /* room for words, unless one is longer */

struct word_entry {
    uint64_t hash; /* 0: free */
    uint64_t total;
    struct gale_str word; /* in a block */
};

struct word_block {
    struct word_block *older;
    char bytes[];
};

struct word_table {
    struct word_entry *entries;
    size_t capacity; /* a power of two */
    size_t count;    /* of different words */
    uint64_t total;  /* of all words */
    struct word_block *blocks;
    size_t block_left;
    char *block_at;
};

static inline void *word_table_alloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static inline uint64_t word_load(const char *at, size_t size)
{
    uint64_t bytes = 0;

    memcpy(&bytes, at, size);
    return bytes;
}

/* Eight bytes a step. The last step overlaps the one before, so that no byte is taken alone. */
static inline uint64_t word_hash(struct gale_str word)
{
    const uint64_t prime = 0x9E3779B97F4A7C15u;
    const char *at = word.data;
    size_t left = word.length;
    uint64_t hash = word.length * prime;

    for (; left > 8; at += 8, left -= 8) {
        hash = (hash ^ word_load(at, 8)) * prime;
        hash ^= hash >> 32;
    }
    if (word.length >= 8)
        hash ^= word_load(word.data + word.length - 8, 8);
    else if (left >= 4)
        hash ^= word_load(at, 4) << 32 | word_load(at + left - 4, 4);
    else if (left > 0)
        hash ^= (uint64_t)(unsigned char)at[0] << 16 | (uint64_t)(unsigned char)at[left / 2] << 8 |
                (unsigned char)at[left - 1];
    hash *= prime;
    hash ^= hash >> 32;
    return hash | 1; /* never 0 */
}

/* The word's entry, or the free one where it belongs. */
static inline struct word_entry *word_table_probe(const struct word_table *table, uint64_t hash,
                                                  struct gale_str word)
{
    size_t mask = table->capacity - 1;
    size_t index = (size_t)(hash >> 1) & mask;

    while (table->entries[index].hash != 0 && (table->entries[index].hash != hash ||
                                               !gale_str_equal(table->entries[index].word, word)))
        index = (index + 1) & mask;
    return &table->entries[index];
}

static inline void word_table_grow(struct word_table *table)
{
    struct word_table larger = *table;

    larger.capacity = table->capacity > 0 ? table->capacity * 2 : 1024;
    larger.entries = word_table_alloc(larger.capacity, sizeof *larger.entries);
    for (size_t i = 0; i < table->capacity; i++) {
        const struct word_entry *entry = &table->entries[i];

        if (entry->hash != 0)
            *word_table_probe(&larger, entry->hash, entry->word) = *entry;
    }
    free(table->entries);
    *table = larger;
}

static inline struct gale_str word_table_copy(struct word_table *table, struct gale_str word)
{
    char *copy;

    if (table->block_left < word.length) {
        size_t size = word.length > WORD_BLOCK_BYTES ? word.length : WORD_BLOCK_BYTES;
        struct word_block *block = word_table_alloc(1, sizeof *block + size);

        block->older = table->blocks;
        table->blocks = block;
        table->block_at = block->bytes;
        table->block_left = size;
    }
    copy = table->block_at;
    memcpy(copy, word.data, word.length);
    table->block_at += word.length;
    table->block_left -= word.length;
    return gale_str_of(copy, word.length);
}

/* Adds to the word's total, and returns its entry. NULL if the table is full and the word is not in
 * it. */
static inline struct word_entry *word_table_bump(struct word_table *table, struct gale_str word,
                                                 uint64_t by)
{
    uint64_t hash = word_hash(word);
    struct word_entry *entry;

    if (table->count * 2 >= table->capacity)
        word_table_grow(table);
    entry = word_table_probe(table, hash, word);
    if (entry->hash == 0) {
        if (table->count == WORD_TABLE_MAX)
            return NULL;
        entry->hash = hash;
        entry->word = word_table_copy(table, word);
        table->count++;
    }
    entry->total += by;
    table->total += by;
    return entry;
}

static inline bool word_table_add(struct word_table *table, struct gale_str word, uint64_t by)
{
    return word_table_bump(table, word, by) != NULL;
}

/* Counts the word once more and says how often that makes. */
static inline bool word_table_count(struct word_table *table, struct gale_str word,
                                    uint64_t *ret_total)
{
    const struct word_entry *entry = word_table_bump(table, word, 1);

    if (entry != NULL)
        *ret_total = entry->total;
    return entry != NULL;
}

static inline int word_by_name(const void *left, const void *right)
{
    struct gale_str a = ((const struct word_entry *)left)->word;
    struct gale_str b = ((const struct word_entry *)right)->word;
    int order = memcmp(a.data, b.data, a.length < b.length ? a.length : b.length);

    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static inline int word_by_total(const void *left, const void *right)
{
    uint64_t a = ((const struct word_entry *)left)->total;
    uint64_t b = ((const struct word_entry *)right)->total;

    return a != b ? (a < b) - (a > b) : word_by_name(left, right);
}

enum word_order {
    WORD_BY_NAME,
    WORD_BY_TOTAL, /* the commonest first; equals by name */
};

/* Makes a sorted list of the entries and returns their count. The table's last use. */
static inline size_t word_table_sort(struct word_table *table, enum word_order order)
{
    size_t count = 0;

    for (size_t i = 0; i < table->capacity; i++) {
        if (table->entries[i].hash != 0)
            table->entries[count++] = table->entries[i];
    }
    if (count > 0)
        qsort(table->entries, count, sizeof *table->entries,
              order == WORD_BY_NAME ? word_by_name : word_by_total);
    return count;
}

static inline void word_table_done(struct word_table *table)
{
    while (table->blocks != NULL) {
        struct word_block *older = table->blocks->older;

        free(table->blocks);
        table->blocks = older;
    }
    free(table->entries);
    memset(table, 0, sizeof *table);
}

#endif
