/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/sqlite_load.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "coord/server/batch.h"
#include "coord/server/session.h"

enum {
    ACCEPTED = -1, /* in the place of the total: it is not compared */
};

struct loading {
    const struct sqlite_file *file;
    struct row_sums *sums;
    const struct store_sink *sink;
    sqlite3_stmt *row;
    bool is_wrong; /* something in this row cannot be ours */
    bool has_meta; /* its one row was seen */
    int64_t zxid;
    unsigned char secret[SESSION_SECRET_SIZE];
    int64_t total; /* as it was stored, or ACCEPTED */
};

/* ---- Columns: what is out of bounds is remembered ------------------------------------------ */

/* What is no number reads as some number: the checksum knows. */
static int64_t get_between(struct loading *loading, int column, int64_t min, int64_t max)
{
    int64_t number = sqlite3_column_int64(loading->row, column);

    if (min <= number && number <= max)
        return number;
    loading->is_wrong = true;
    return 0;
}

static int64_t get_i64(struct loading *loading, int column)
{
    return sqlite3_column_int64(loading->row, column);
}

static int32_t get_i32(struct loading *loading, int column)
{
    return (int32_t)get_between(loading, column, INT32_MIN, INT32_MAX);
}

static uint32_t get_u32(struct loading *loading, int column)
{
    return (uint32_t)get_between(loading, column, 0, UINT32_MAX);
}

static uint32_t get_slot(struct loading *loading, int column)
{
    return (uint32_t)get_between(loading, column, 0, BATCH_SLOTS_MAX - 1);
}

/* Borrowed until the next row; never NULL. SQLite has no address for an empty value. */
static const void *get_bytes(struct loading *loading, int column, int type, size_t *ret_size)
{
    if (sqlite3_column_type(loading->row, column) != type)
        loading->is_wrong = true;

    const void *bytes = sqlite3_column_blob(loading->row, column);
    *ret_size = (size_t)sqlite3_column_bytes(loading->row, column);
    return bytes == NULL ? "" : bytes;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static const char meta_sql[] = "SELECT one, zxid, sums, secret FROM meta";

static void take_meta(struct loading *loading, struct batch_change *ret_change)
{
    size_t size;
    const void *secret = get_bytes(loading, 3, SQLITE_BLOB, &size);

    (void)ret_change;
    loading->zxid = get_i64(loading, 1);
    loading->total = get_between(loading, 2, ACCEPTED, UINT32_MAX);
    if (loading->has_meta || size != SESSION_SECRET_SIZE) {
        loading->is_wrong = true;
        return;
    }
    loading->has_meta = true;
    memcpy(loading->secret, secret, SESSION_SECRET_SIZE);
    if (!loading->is_wrong)
        loading->sink->meta(loading->sink->owner, loading->zxid, loading->secret);
}

static const char acls_sql[] = "SELECT number, list FROM acl";

static void take_acl(struct loading *loading, struct batch_change *ret_change)
{
    ret_change->kind = BATCH_PUT_ACL;
    ret_change->acl_number = get_u32(loading, 0);
    ret_change->acl = get_bytes(loading, 1, SQLITE_BLOB, &ret_change->acl_size);
    row_sums_flip_acl(loading->sums, ret_change->acl_number, ret_change->acl, ret_change->acl_size);
}

static const char sessions_sql[] = "SELECT id, timeout_ms FROM session";

static void take_session(struct loading *loading, struct batch_change *ret_change)
{
    ret_change->kind = BATCH_PUT_SESSION;
    ret_change->session_id = get_i64(loading, 0);
    ret_change->session_timeout_ms = get_u32(loading, 1);
    row_sums_flip_session(loading->sums, ret_change->session_id, ret_change->session_timeout_ms);
}

static const char nodes_sql[] = "SELECT slot, parent, name, acl, czxid, mzxid, pzxid, ctime, mtime,"
                                " version, aversion, creations, owner, data FROM node";

static void take_node(struct loading *loading, struct batch_change *ret_change)
{
    struct batch_node *node = &ret_change->node;

    ret_change->kind = BATCH_PUT_NODE;
    node->slot = get_slot(loading, 0);
    node->parent = get_slot(loading, 1);
    node->name = get_bytes(loading, 2, SQLITE_TEXT, &node->name_size);
    node->acl = get_u32(loading, 3);
    node->czxid = get_i64(loading, 4);
    node->mzxid = get_i64(loading, 5);
    node->pzxid = get_i64(loading, 6);
    node->ctime_ms = get_i64(loading, 7);
    node->mtime_ms = get_i64(loading, 8);
    node->version = get_i32(loading, 9);
    node->aversion = get_i32(loading, 10);
    node->creations = get_i32(loading, 11);
    node->owner = get_i64(loading, 12);
    if (sqlite3_column_type(loading->row, 13) != SQLITE_NULL)
        node->data = get_bytes(loading, 13, SQLITE_BLOB, &node->data_size);
    row_sums_put_node(loading->sums, node);
}

/* ---- Tables --------------------------------------------------------------------------------- */

struct table {
    const char *name;
    const char *sql; /* the key comes first */
    void (*take)(struct loading *loading, struct batch_change *ret_change);
};

static enum err refuse_row(const struct loading *loading, const struct table *table, int64_t key,
                           struct error *error)
{
    AUTO(text_done) struct text what;
    text_init(&what);
    text_add(&what, "row %" PRId64 " of table %s makes no sense", key, table->name);
    return sqlite_file_refuse_damage(loading->file, text_data(&what), error);
}

static enum err take_row(struct loading *loading, const struct table *table, int64_t key,
                         struct error *error)
{
    struct batch_change change = {.acl_size = 0};

    loading->is_wrong = false;
    table->take(loading, &change);
    if (loading->is_wrong)
        return refuse_row(loading, table, key, error);
    row_sums_keep(loading->sums); /* nothing will be taken back */
    if (table->take == take_meta)
        return ERR_OK;
    return loading->sink->change(loading->sink->owner, &change, error);
}

/* The rows come in the order of their keys, which is that of the pages. Where they do not, pages
 * are tangled, and a walk might come by the same ones again and again. */
static enum err walk_rows(struct loading *loading, const struct table *table, struct error *error)
{
    int64_t key_before = 0;
    bool is_first = true;

    for (;;) {
        int code = sqlite3_step(loading->row);
        if (code == SQLITE_DONE)
            return ERR_OK;
        if (code != SQLITE_ROW)
            return sqlite_file_refuse(loading->file, "cannot read", error);

        int64_t key = sqlite3_column_int64(loading->row, 0);
        if (!is_first && key <= key_before)
            return refuse_row(loading, table, key, error);
        enum err err = take_row(loading, table, key, error);
        if (err != ERR_OK)
            return err;
        key_before = key;
        is_first = false;
    }
}

static enum err walk(struct loading *loading, const struct table *table, struct error *error)
{
    enum err err;

    if (sqlite3_prepare_v2(loading->file->db, table->sql, -1, &loading->row, NULL) == SQLITE_OK)
        err = walk_rows(loading, table, error);
    else
        err = sqlite_file_refuse(loading->file, "cannot read", error);
    (void)sqlite3_finalize(loading->row); /* says again what the last step said */
    loading->row = NULL;
    return err;
}

/* ---- All ------------------------------------------------------------------------------------ */

static enum err check_total(const struct loading *loading, struct error *error)
{
    if (!loading->has_meta)
        return sqlite_file_refuse_damage(loading->file, "table meta is empty", error);

    uint32_t total = row_sums_total(loading->sums) ^ row_sums_meta(loading->zxid, loading->secret);
    if (loading->total == ACCEPTED || loading->total == total)
        return ERR_OK;
    return error_set(error, ERR_CORRUPT,
                     "'%s' does not hold what was last written (its checksum is %" PRIu32
                     ", not %" PRId64 "): put back a copy of coord.db and coord.db-wal, or accept "
                     "it as it is with: sqlite3 coord.db 'UPDATE meta SET sums = %d'",
                     text_data(&loading->file->path), total, loading->total, ACCEPTED);
}

enum err sqlite_load(const struct sqlite_file *file, struct row_sums *sums,
                     const struct store_sink *sink, unsigned char ret_secret[SESSION_SECRET_SIZE],
                     struct error *error)
{
    static const struct table tables[] = {
        {.name = "meta", .sql = meta_sql, .take = take_meta},
        {.name = "acl", .sql = acls_sql, .take = take_acl},
        {.name = "session", .sql = sessions_sql, .take = take_session},
        {.name = "node", .sql = nodes_sql, .take = take_node},
    };
    struct loading loading = {.file = file, .sums = sums, .sink = sink};
    enum err err = ERR_OK;

    for (size_t i = 0; i < COUNT_OF(tables) && err == ERR_OK; i++)
        err = walk(&loading, &tables[i], error);
    if (err == ERR_OK)
        err = check_total(&loading, error);
    if (err == ERR_OK)
        memcpy(ret_secret, loading.secret, SESSION_SECRET_SIZE);
    return err;
}
