/* SPDX-License-Identifier: Apache-2.0 */
#define XXH_INLINE_ALL
#include "coord/server/row_sums.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/mem.h"

enum {
    CHUNK_ROWS = 4096,
    CHUNKS_MAX = BATCH_SLOTS_MAX / CHUNK_ROWS,
    KEPT_CHANGES_MAX = 1 << 16, /* what an emptied list of changes holds on to */
    STAT_BYTES = 68,            /* of the fields that are a node's stat, one after the other */
};

/* Makes rows of different tables different. */
enum table {
    TABLE_NODE = 1,
    TABLE_SESSION,
    TABLE_ACL,
    TABLE_META,
};

/* Both 0: there is no such row. */
struct row {
    uint32_t content;
    uint32_t stat;
};

struct change {
    uint32_t slot;
    struct row before;
};

struct row_sums {
    uint32_t total;
    uint32_t kept_total;    /* at the last row_sums_keep() */
    struct change *changes; /* since then, for undoing them */
    size_t change_count;
    size_t change_capacity;
    struct row *chunks[CHUNKS_MAX];
};

struct row_sums *row_sums_new(void)
{
    return NEW(struct row_sums);
}

void row_sums_destroy(struct row_sums **sums)
{
    if (*sums == NULL)
        return;
    for (size_t i = 0; i < CHUNKS_MAX; i++)
        free((*sums)->chunks[i]);
    free((*sums)->changes);
    free(*sums);
    *sums = NULL;
}

uint32_t row_sums_total(const struct row_sums *sums)
{
    return sums->total;
}

static struct row *row_at(struct row_sums *sums, uint32_t slot)
{
    ASSERT(slot < BATCH_SLOTS_MAX);

    struct row **chunk = &sums->chunks[slot / CHUNK_ROWS];
    if (*chunk == NULL)
        *chunk = NEW_ARRAY(struct row, CHUNK_ROWS);
    return &(*chunk)[slot % CHUNK_ROWS];
}

static void remember(struct row_sums *sums, uint32_t slot, struct row before)
{
    if (sums->change_count == sums->change_capacity) {
        sums->change_capacity = sums->change_capacity == 0 ? 64 : 2 * sums->change_capacity;
        sums->changes = mem_resize(sums->changes, sums->change_capacity, sizeof *sums->changes);
    }
    sums->changes[sums->change_count++] = (struct change){.slot = slot, .before = before};
}

static void replace(struct row_sums *sums, uint32_t slot, struct row row)
{
    struct row *place = row_at(sums, slot);

    remember(sums, slot, *place);
    sums->total ^= place->content ^ place->stat ^ row.content ^ row.stat;
    *place = row;
}

/* ---- The checksums themselves: they are stored, so they never change ------------------------ */

/* Never 0, which stands for no row. */
static uint32_t fold(uint64_t hash)
{
    uint32_t folded = (uint32_t)(hash ^ (hash >> 32));

    return folded == 0 ? 1 : folded;
}

static uint32_t content_of(const struct batch_node *node)
{
    unsigned char key[20];

    bytes_put_u32(key, TABLE_NODE);
    bytes_put_u32(key + 4, node->slot);
    bytes_put_u32(key + 8, node->parent);
    bytes_put_u32(key + 12, (uint32_t)node->name_size);
    bytes_put_u32(key + 16, node->data == NULL ? 0 : 1);
    uint64_t hash = XXH3_64bits(key, sizeof key);
    hash = XXH3_64bits_withSeed(node->name, node->name_size, hash);
    return fold(XXH3_64bits_withSeed(node->data, node->data_size, hash));
}

static uint32_t stat_of(const struct batch_node *node)
{
    unsigned char bytes[STAT_BYTES];

    bytes_put_u32(bytes, node->slot);
    bytes_put_u32(bytes + 4, node->acl);
    bytes_put_u32(bytes + 8, (uint32_t)node->version);
    bytes_put_u32(bytes + 12, (uint32_t)node->aversion);
    bytes_put_u32(bytes + 16, (uint32_t)node->creations);
    bytes_put_u64(bytes + 20, (uint64_t)node->czxid);
    bytes_put_u64(bytes + 28, (uint64_t)node->mzxid);
    bytes_put_u64(bytes + 36, (uint64_t)node->pzxid);
    bytes_put_u64(bytes + 44, (uint64_t)node->ctime_ms);
    bytes_put_u64(bytes + 52, (uint64_t)node->mtime_ms);
    bytes_put_u64(bytes + 60, (uint64_t)node->owner);
    return fold(XXH3_64bits(bytes, sizeof bytes));
}

uint32_t row_sums_meta(int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE])
{
    unsigned char key[12];

    bytes_put_u32(key, TABLE_META);
    bytes_put_u64(key + 4, (uint64_t)zxid);
    return fold(XXH3_64bits_withSeed(secret, SESSION_SECRET_SIZE, XXH3_64bits(key, sizeof key)));
}

/* ---- Rows ----------------------------------------------------------------------------------- */

void row_sums_put_node(struct row_sums *sums, const struct batch_node *node)
{
    replace(sums, node->slot, (struct row){.content = content_of(node), .stat = stat_of(node)});
}

void row_sums_put_stat(struct row_sums *sums, const struct batch_node *node)
{
    uint32_t content = row_at(sums, node->slot)->content;

    ASSERT(content != 0);
    replace(sums, node->slot, (struct row){.content = content, .stat = stat_of(node)});
}

void row_sums_delete_node(struct row_sums *sums, uint32_t slot)
{
    replace(sums, slot, (struct row){.content = 0});
}

void row_sums_flip_session(struct row_sums *sums, int64_t id, uint32_t timeout_ms)
{
    unsigned char bytes[16];

    bytes_put_u32(bytes, TABLE_SESSION);
    bytes_put_u32(bytes + 4, timeout_ms);
    bytes_put_u64(bytes + 8, (uint64_t)id);
    sums->total ^= fold(XXH3_64bits(bytes, sizeof bytes));
}

void row_sums_flip_acl(struct row_sums *sums, uint32_t number, const void *encoded, size_t size)
{
    uint64_t seed = (uint64_t)TABLE_ACL << 32 | number;

    sums->total ^= fold(XXH3_64bits_withSeed(encoded, size, seed));
}

static void forget_changes(struct row_sums *sums)
{
    sums->change_count = 0;
    if (sums->change_capacity > KEPT_CHANGES_MAX) {
        free(sums->changes);
        sums->changes = NULL;
        sums->change_capacity = 0;
    }
}

void row_sums_keep(struct row_sums *sums)
{
    sums->kept_total = sums->total;
    forget_changes(sums);
}

void row_sums_undo(struct row_sums *sums)
{
    for (size_t i = sums->change_count; i > 0; i--)
        *row_at(sums, sums->changes[i - 1].slot) = sums->changes[i - 1].before;
    sums->total = sums->kept_total;
    forget_changes(sums);
}
