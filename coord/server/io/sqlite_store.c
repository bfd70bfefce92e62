/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/sqlite_store.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/io/sqlite_file.h"
#include "coord/server/io/sqlite_load.h"
#include "coord/server/row_sums.h"

enum {
    CHECKPOINT_PAGES = 1000, /* 4 MB: a few milliseconds to copy */
};

enum statement {
    BEGIN,
    COMMIT,
    ROLLBACK,
    PUT_META,
    PUT_NODE,
    PUT_STAT,
    DELETE_NODE,
    GET_SESSION,
    PUT_SESSION,
    DELETE_SESSION,
    GET_ACL,
    PUT_ACL,
    DELETE_ACL,
    STATEMENTS,
};

static const char *const statement_sql[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT_META] = "UPDATE meta SET zxid = ?, sums = ?, commits = commits + 1",
    [PUT_NODE] = ("INSERT OR REPLACE INTO node (slot, acl, czxid, mzxid, pzxid, ctime, mtime,"
                  " version, aversion, creations, owner, parent, name, data)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
    [PUT_STAT] = ("UPDATE node SET acl = ?2, czxid = ?3, mzxid = ?4, pzxid = ?5, ctime = ?6,"
                  " mtime = ?7, version = ?8, aversion = ?9, creations = ?10, owner = ?11"
                  " WHERE slot = ?1"),
    [DELETE_NODE] = "DELETE FROM node WHERE slot = ?",
    [GET_SESSION] = "SELECT id, timeout_ms FROM session WHERE id = ?",
    [PUT_SESSION] = "INSERT OR REPLACE INTO session (id, timeout_ms) VALUES (?, ?)",
    [DELETE_SESSION] = "DELETE FROM session WHERE id = ?",
    [GET_ACL] = "SELECT number, list FROM acl WHERE number = ?",
    [PUT_ACL] = "INSERT OR REPLACE INTO acl (number, list) VALUES (?, ?)",
    [DELETE_ACL] = "DELETE FROM acl WHERE number = ?",
};

struct sqlite_store {
    struct store store;
    struct sqlite_file file;
    sqlite3_stmt *statements[STATEMENTS];
    struct row_sums *sums;
    int wal_pages;     /* in the WAL after the last commit; 0 after a checkpoint */
    int checkpoint_at; /* wal_pages from which tidying cannot be put off */
    bool is_loaded;
    unsigned char secret[SESSION_SECRET_SIZE]; /* once it is loaded */
    struct error failure; /* if its code is not ERR_OK, nothing can be committed any more */
};

/* ---- Statements ----------------------------------------------------------------------------- */

static void bind(struct sqlite_store *store, enum statement statement, int index, int64_t value)
{
    int code = sqlite3_bind_int64(store->statements[statement], index, value);

    ASSERT(code == SQLITE_OK);
}

/* The bytes stay until the statement has run. */
static int bind_bytes(struct sqlite_store *store, enum statement statement, int index,
                      const void *bytes, size_t size)
{
    return sqlite3_bind_blob64(store->statements[statement], index, bytes, size, SQLITE_STATIC);
}

/* For statements without results. */
static enum err run(struct sqlite_store *store, enum statement statement, struct error *error)
{
    sqlite3_stmt *prepared = store->statements[statement];
    enum err err = ERR_OK;

    if (sqlite3_step(prepared) != SQLITE_DONE)
        err = sqlite_file_refuse(&store->file, "cannot write", error);
    (void)sqlite3_reset(prepared); /* says again what the step said */
    return err;
}

/* ---- Rows ----------------------------------------------------------------------------------- */

static void bind_stat(struct sqlite_store *store, enum statement statement,
                      const struct batch_node *node)
{
    bind(store, statement, 1, node->slot);
    bind(store, statement, 2, node->acl);
    bind(store, statement, 3, node->czxid);
    bind(store, statement, 4, node->mzxid);
    bind(store, statement, 5, node->pzxid);
    bind(store, statement, 6, node->ctime_ms);
    bind(store, statement, 7, node->mtime_ms);
    bind(store, statement, 8, node->version);
    bind(store, statement, 9, node->aversion);
    bind(store, statement, 10, node->creations);
    bind(store, statement, 11, node->owner);
}

static enum err put_node(struct sqlite_store *store, const struct batch_change *change,
                         struct error *error)
{
    const struct batch_node *node = &change->node;
    sqlite3_stmt *prepared = store->statements[PUT_NODE];

    row_sums_put_node(store->sums, node);
    bind_stat(store, PUT_NODE, node);
    bind(store, PUT_NODE, 12, node->parent);
    if (sqlite3_bind_text64(prepared, 13, node->name, node->name_size, SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK ||
        bind_bytes(store, PUT_NODE, 14, node->data, node->data_size) != SQLITE_OK)
        return sqlite_file_refuse(&store->file, "cannot write", error);
    return run(store, PUT_NODE, error);
}

static enum err put_stat(struct sqlite_store *store, const struct batch_change *change,
                         struct error *error)
{
    row_sums_put_stat(store->sums, &change->node);
    bind_stat(store, PUT_STAT, &change->node);
    return run(store, PUT_STAT, error);
}

static enum err delete_node(struct sqlite_store *store, const struct batch_change *change,
                            struct error *error)
{
    row_sums_delete_node(store->sums, change->node.slot);
    bind(store, DELETE_NODE, 1, change->node.slot);
    return run(store, DELETE_NODE, error);
}

/* Takes the row that is stored now, if there is one, out of the checksum. */
static enum err drop_session_sum(struct sqlite_store *store, int64_t id, struct error *error)
{
    sqlite3_stmt *prepared = store->statements[GET_SESSION];
    enum err err = ERR_OK;

    bind(store, GET_SESSION, 1, id);
    int code = sqlite3_step(prepared);
    if (code == SQLITE_ROW)
        row_sums_flip_session(store->sums, id, (uint32_t)sqlite3_column_int64(prepared, 1));
    else if (code != SQLITE_DONE)
        err = sqlite_file_refuse(&store->file, "cannot read", error);
    (void)sqlite3_reset(prepared);
    return err;
}

static enum err put_session(struct sqlite_store *store, const struct batch_change *change,
                            struct error *error)
{
    enum err err = drop_session_sum(store, change->session_id, error);
    if (err != ERR_OK)
        return err;
    row_sums_flip_session(store->sums, change->session_id, change->session_timeout_ms);
    bind(store, PUT_SESSION, 1, change->session_id);
    bind(store, PUT_SESSION, 2, change->session_timeout_ms);
    return run(store, PUT_SESSION, error);
}

static enum err delete_session(struct sqlite_store *store, const struct batch_change *change,
                               struct error *error)
{
    enum err err = drop_session_sum(store, change->session_id, error);
    if (err != ERR_OK)
        return err;
    bind(store, DELETE_SESSION, 1, change->session_id);
    return run(store, DELETE_SESSION, error);
}

static enum err drop_acl_sum(struct sqlite_store *store, uint32_t number, struct error *error)
{
    sqlite3_stmt *prepared = store->statements[GET_ACL];
    enum err err = ERR_OK;

    bind(store, GET_ACL, 1, number);
    int code = sqlite3_step(prepared);
    if (code == SQLITE_ROW) {
        const void *list = sqlite3_column_blob(prepared, 1);
        row_sums_flip_acl(store->sums, number, list, (size_t)sqlite3_column_bytes(prepared, 1));
    } else if (code != SQLITE_DONE) {
        err = sqlite_file_refuse(&store->file, "cannot read", error);
    }
    (void)sqlite3_reset(prepared);
    return err;
}

static enum err put_acl(struct sqlite_store *store, const struct batch_change *change,
                        struct error *error)
{
    enum err err = drop_acl_sum(store, change->acl_number, error);
    if (err != ERR_OK)
        return err;
    row_sums_flip_acl(store->sums, change->acl_number, change->acl, change->acl_size);
    bind(store, PUT_ACL, 1, change->acl_number);
    if (bind_bytes(store, PUT_ACL, 2, change->acl, change->acl_size) != SQLITE_OK)
        return sqlite_file_refuse(&store->file, "cannot write", error);
    return run(store, PUT_ACL, error);
}

static enum err delete_acl(struct sqlite_store *store, const struct batch_change *change,
                           struct error *error)
{
    enum err err = drop_acl_sum(store, change->acl_number, error);
    if (err != ERR_OK)
        return err;
    bind(store, DELETE_ACL, 1, change->acl_number);
    return run(store, DELETE_ACL, error);
}

/* ---- Checkpoints ---------------------------------------------------------------------------- */

static int note_wal_pages(void *owner, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_store *store = owner;

    (void)db;
    (void)name;
    store->wal_pages = pages;
    return SQLITE_OK;
}

static void break_down(struct sqlite_store *store, const struct error *error)
{
    store->failure = *error;
    /* Whatever the WAL holds now, the next start judges it. */
    (void)sqlite3_db_config(store->file.db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* Copies all that is in the WAL into the database. True if the WAL can be written from its start
 * again. A full disk leaves all as it is, the WAL included: tried again when that has grown. */
static bool checkpoint(struct sqlite_store *store)
{
    struct error error;

    if (sqlite3_wal_checkpoint_v2(store->file.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
        SQLITE_OK) {
        store->wal_pages = 0;
        store->checkpoint_at = CHECKPOINT_PAGES;
        return true;
    }
    store->checkpoint_at = store->wal_pages + CHECKPOINT_PAGES;
    /* A sync that failed must not be tried again: the system may have dropped what it could not
     * write, and would say yes the next time. */
    if (sqlite_file_refuse(&store->file, "cannot checkpoint", &error) != ERR_FULL)
        break_down(store, &error);
    return false;
}

static void tidy(struct store *base, enum store_hurry hurry)
{
    struct sqlite_store *store = CONTAINER_OF(base, struct sqlite_store, store);
    int limit = hurry == STORE_IDLE ? 1 : store->checkpoint_at;

    if (store->failure.code == ERR_OK && store->wal_pages >= limit)
        (void)checkpoint(store);
}

/* ---- Committing ----------------------------------------------------------------------------- */

static enum err write_changes(struct sqlite_store *store, const struct batch *batch,
                              struct error *error)
{
    static enum err (*const writers[])(struct sqlite_store * store,
                                       const struct batch_change *change, struct error *error) = {
        [BATCH_PUT_NODE] = put_node,
        [BATCH_PUT_STAT] = put_stat,
        [BATCH_DELETE_NODE] = delete_node,
        [BATCH_PUT_SESSION] = put_session,
        [BATCH_DELETE_SESSION] = delete_session,
        [BATCH_PUT_ACL] = put_acl,
        [BATCH_DELETE_ACL] = delete_acl,
    };
    size_t position = 0;
    struct batch_change change;
    enum err err = ERR_OK;

    while (err == ERR_OK && batch_next(batch, &position, &change))
        err = writers[change.kind](store, &change, error);
    return err;
}

static enum err write_all(struct sqlite_store *store, const struct batch *batch,
                          struct error *error)
{
    enum err err = run(store, BEGIN, error);
    if (err == ERR_OK)
        err = write_changes(store, batch, error);
    if (err == ERR_OK) {
        uint32_t meta = row_sums_meta(batch->zxid, store->secret);
        bind(store, PUT_META, 1, batch->zxid);
        bind(store, PUT_META, 2, row_sums_total(store->sums) ^ meta);
        err = run(store, PUT_META, error);
    }
    if (err == ERR_OK)
        err = run(store, COMMIT, error);
    return err;
}

static enum err try_commit(struct sqlite_store *store, const struct batch *batch,
                           struct error *error)
{
    enum err err = write_all(store, batch, error);
    if (err == ERR_OK) {
        row_sums_keep(store->sums);
        return ERR_OK;
    }
    row_sums_undo(store->sums);
    /* Some errors end the transaction by themselves. */
    if (sqlite3_get_autocommit(store->file.db) == 0 && run(store, ROLLBACK, NULL) != ERR_OK)
        err = error_set(error, ERR_IO, "%s; what was begun cannot be taken back", error->text);
    return err;
}

static enum err commit(struct store *base, const struct batch *batch, struct error *error)
{
    struct sqlite_store *store = CONTAINER_OF(base, struct sqlite_store, store);
    struct error own;

    ASSERT(store->is_loaded);
    if (store->failure.code != ERR_OK)
        return error_set(error, store->failure.code, "%s", store->failure.text);

    enum err err = try_commit(store, batch, &own);
    /* An emptied WAL has room for more, if the database itself need not grow. */
    if (err == ERR_FULL && store->wal_pages > 0 && checkpoint(store))
        err = try_commit(store, batch, &own);
    if (err == ERR_OK)
        return ERR_OK;
    if (err != ERR_FULL)
        break_down(store, &own);
    return error_set(error, err, "%s", own.text);
}

/* ---- Lifecycle ------------------------------------------------------------------------------ */

static enum err load(struct store *base, const struct store_sink *sink, struct error *error)
{
    struct sqlite_store *store = CONTAINER_OF(base, struct sqlite_store, store);

    ASSERT(!store->is_loaded);
    enum err err = sqlite_load(&store->file, store->sums, sink, store->secret, error);
    if (err != ERR_OK)
        return err;
    (void)sqlite3_db_release_memory(store->file.db);
    store->is_loaded = true;
    return ERR_OK;
}

static void destroy(struct store **base)
{
    if (*base == NULL)
        return;

    struct sqlite_store *store = CONTAINER_OF(*base, struct sqlite_store, store);
    for (size_t i = 0; i < STATEMENTS; i++)
        (void)sqlite3_finalize(store->statements[i]); /* says again what its last step said */
    sqlite_file_close(&store->file);
    row_sums_destroy(&store->sums);
    free(store);
    *base = NULL;
}

static enum err prepare(struct sqlite_store *store, struct error *error)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (sqlite3_prepare_v3(store->file.db, statement_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK)
            return sqlite_file_refuse(&store->file, "cannot use", error);
    }
    return ERR_OK;
}

enum err sqlite_store_open(const char *directory, struct store **ret_store, struct error *error)
{
    static const struct store_operations operations = {
        .load = load, .commit = commit, .tidy = tidy, .close = destroy};
    struct sqlite_file file;
    enum err err = sqlite_file_open(&file, directory, error);
    if (err != ERR_OK)
        return err;

    struct sqlite_store *store = NEW(struct sqlite_store);
    AUTO(destroy) struct store *base = &store->store;
    *store = (struct sqlite_store){.store.operations = &operations,
                                   .file = file,
                                   .sums = row_sums_new(),
                                   .checkpoint_at = CHECKPOINT_PAGES};
    err = prepare(store, error);
    if (err != ERR_OK)
        return err;
    (void)sqlite3_wal_hook(file.db, note_wal_pages, store);
    *ret_store = TAKE(base);
    return ERR_OK;
}
