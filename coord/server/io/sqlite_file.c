/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/row_sums.h"
#include "coord/server/session.h"

enum {
    APPLICATION_ID = 0x47616C65, /* "Gale" */
    FORMAT_VERSION = 1,
};

/* Before anything is read. EXCLUSIVE keeps the lock until the end, and the index of the WAL in
 * plain memory. cell_size_check finds damage before it is walked into; it takes 5 % of loading. */
static const char connection_sql[] = "PRAGMA locking_mode=EXCLUSIVE;"
                                     "PRAGMA synchronous=FULL;"
                                     "PRAGMA page_size=4096;"
                                     "PRAGMA cache_size=-4096;"
                                     "PRAGMA journal_size_limit=16777216;"
                                     "PRAGMA temp_store=MEMORY;"
                                     "PRAGMA mmap_size=0;"
                                     "PRAGMA cell_size_check=ON;"
                                     "PRAGMA trusted_schema=OFF;";

/* `commits` makes each commit a change, so that even an empty one finds out what the disk says.
 * `data` stands last: what is before it is found without walking the pages of a large value. */
static const char schema_sql[] =
    "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), zxid INTEGER NOT NULL,"
    " sums INTEGER NOT NULL, commits INTEGER NOT NULL, secret BLOB NOT NULL) STRICT;"
    "CREATE TABLE acl (number INTEGER PRIMARY KEY, list BLOB NOT NULL) STRICT;"
    "CREATE TABLE session (id INTEGER PRIMARY KEY, timeout_ms INTEGER NOT NULL) STRICT;"
    "CREATE TABLE node (slot INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL,"
    " acl INTEGER NOT NULL, czxid INTEGER NOT NULL, mzxid INTEGER NOT NULL,"
    " pzxid INTEGER NOT NULL, ctime INTEGER NOT NULL, mtime INTEGER NOT NULL,"
    " version INTEGER NOT NULL, aversion INTEGER NOT NULL, creations INTEGER NOT NULL,"
    " owner INTEGER NOT NULL, data BLOB) STRICT;";

/* ---- Errors --------------------------------------------------------------------------------- */

/* SQLite does not tell the system's reason for each error. Then it is still in errno: nothing that
 * comes after a failed write on the way out fails again. */
static int get_reason(const struct sqlite_file *file)
{
    int from_system = errno;
    int told = sqlite3_system_errno(file->db);

    return told != 0 ? told : from_system;
}

/* A quota that is used up is a full disk to us; SQLite knows of the disk only. A sync that fails is
 * never that: what was to be written may be gone. */
static bool lacks_room(int extended_code, int reason)
{
    return (extended_code & 0xFF) == SQLITE_FULL ||
           (extended_code == SQLITE_IOERR_WRITE && (reason == ENOSPC || reason == EDQUOT));
}

enum err sqlite_file_refuse_damage(const struct sqlite_file *file, const char *what,
                                   struct error *error)
{
    return error_set(error, ERR_CORRUPT,
                     "'%s' is damaged (%s): put back a copy of coord.db and coord.db-wal, or save "
                     "what can be read with: sqlite3 coord.db .recover | sqlite3 new.db",
                     text_data(&file->path), what);
}

enum err sqlite_file_refuse(const struct sqlite_file *file, const char *doing, struct error *error)
{
    const char *path = text_data(&file->path);
    int number = get_reason(file);
    const char *message = sqlite3_errmsg(file->db);
    int code = sqlite3_extended_errcode(file->db);

    if (lacks_room(code, number))
        return error_set(error, ERR_FULL, "%s '%s': the disk or its quota is full", doing, path);
    switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* in preparing a statement: tables are not as we made them */
        return sqlite_file_refuse_damage(file, message, error);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(error, ERR_CONFLICT,
                         "%s '%s': another process has it open; stop that one first, or give this "
                         "one a data folder of its own",
                         doing, path);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
        return error_set(error, ERR_DENIED,
                         "%s '%s': %s; the folder and its files must be writable", doing, path,
                         message);
    default:
        return error_set(error, ERR_IO, "%s '%s': %s (%s)", doing, path, message, strerror(number));
    }
}

enum err sqlite_file_run(const struct sqlite_file *file, const char *sql, struct error *error)
{
    if (sqlite3_exec(file->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_file_refuse(file, "cannot use", error);
    return ERR_OK;
}

/* ---- Making --------------------------------------------------------------------------------- */

static enum err refuse_making(const char *path, struct error *error)
{
    int number = errno;

    return error_set(error, number == ENOSPC || number == EDQUOT ? ERR_FULL : ERR_IO,
                     "cannot make '%s': %s", path, strerror(number));
}

/* So that names that were made in it outlast a loss of power. */
static enum err sync_directory(const char *directory, struct error *error)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return refuse_making(directory, error);
    enum err err = fsync(descriptor) == 0 ? ERR_OK : refuse_making(directory, error);
    (void)close(descriptor);
    return err;
}

static enum err make_directory(const char *directory, struct error *error)
{
    if (mkdir(directory, 0700) != 0)
        return errno == EEXIST ? ERR_OK : refuse_making(directory, error);

    AUTO(text_done) struct text parent;
    text_init(&parent);
    text_add(&parent, "%s/..", directory);
    return sync_directory(text_data(&parent), error);
}

/* Makes the empty file that SQLite will fill, for SQLite would let others read it. One that is
 * there is left alone: to close a second descriptor of it would give up this process's locks. */
static enum err make_file(const char *directory, const char *path, struct error *error)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return errno == EEXIST ? ERR_OK : refuse_making(path, error);
    (void)close(descriptor); /* empty */
    return sync_directory(directory, error);
}

static off_t size_of(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 ? status.st_size : 0;
}

/* SQLite takes an empty file for a new one and throws away the log beside it, which may hold all
 * there is. */
static enum err check_pair(const struct sqlite_file *file, struct error *error)
{
    AUTO(text_done) struct text log;

    text_init(&log);
    text_add(&log, "%s-wal", text_data(&file->path));
    if (size_of(text_data(&file->path)) > 0 || size_of(text_data(&log)) == 0)
        return ERR_OK;
    return sqlite_file_refuse_damage(file, "it is empty or missing, but coord.db-wal is not",
                                     error);
}

/* ---- Recognising ---------------------------------------------------------------------------- */

static enum err read_number(const struct sqlite_file *file, const char *sql, int64_t *ret_number,
                            struct error *error)
{
    sqlite3_stmt *statement = NULL;
    enum err err = ERR_OK;

    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(statement, 0);
    else
        err = sqlite_file_refuse(file, "cannot open", error);
    sqlite3_finalize(statement);
    return err;
}

/* Also tells whether the file is still empty. Reading is what takes the lock. */
static enum err recognise(const struct sqlite_file *file, bool *ret_is_new, struct error *error)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    enum err err = read_number(file, "SELECT count(*) FROM sqlite_schema", &tables, error);
    if (err == ERR_OK)
        err = read_number(file, "PRAGMA application_id", &application, error);
    if (err == ERR_OK)
        err = read_number(file, "PRAGMA user_version", &version, error);
    if (err != ERR_OK)
        return err;

    bool is_new = application == 0 && version == 0 && tables == 0;
    if (!is_new && application != APPLICATION_ID)
        return error_set(error, ERR_INVALID,
                         "'%s' belongs to another program: give the server another data folder",
                         text_data(&file->path));
    if (!is_new && version != FORMAT_VERSION)
        return error_set(error, ERR_VERSION,
                         "'%s' has format %lld, this server knows format %d: start the version of "
                         "Gale that wrote it, or give this one another data folder",
                         text_data(&file->path), (long long)version, FORMAT_VERSION);
    *ret_is_new = is_new;
    return ERR_OK;
}

/* ---- Setting up ----------------------------------------------------------------------------- */

/* Nothing in the file is to run by itself, even if somebody put it there. */
static void distrust(sqlite3 *db)
{
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
}

/* The answer may be "wal" and the error come after it, so the statement is run to its end; what
 * went wrong is known once it is finalized. */
static enum err use_wal(const struct sqlite_file *file, struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool is_wal = false;

    if (sqlite3_prepare_v2(file->db, "PRAGMA journal_mode=WAL", -1, &statement, NULL) != SQLITE_OK)
        return sqlite_file_refuse(file, "cannot open", error);
    while (sqlite3_step(statement) == SQLITE_ROW)
        is_wal = strcmp((const char *)sqlite3_column_text(statement, 0), "wal") == 0;
    if (sqlite3_finalize(statement) != SQLITE_OK)
        return sqlite_file_refuse(file, "cannot open", error);
    return is_wal ? ERR_OK
                  : error_set(error, ERR_UNSUPPORTED, "cannot open '%s': SQLite knows no WAL here",
                              text_data(&file->path));
}

static enum err put_meta(const struct sqlite_file *file, struct error *error)
{
    unsigned char secret[SESSION_SECRET_SIZE];
    sqlite3_stmt *statement = NULL;
    enum err err = ERR_OK;

    if (getrandom(secret, sizeof secret, 0) != (ssize_t)sizeof secret)
        return error_set(error, ERR_IO, "cannot get random numbers: %s", strerror(errno));
    if (sqlite3_prepare_v2(file->db, "INSERT INTO meta VALUES (1, 0, ?, 0, ?)", -1, &statement,
                           NULL) != SQLITE_OK ||
        sqlite3_bind_int64(statement, 1, row_sums_meta(0, secret)) != SQLITE_OK ||
        sqlite3_bind_blob(statement, 2, secret, sizeof secret, SQLITE_STATIC) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_DONE)
        err = sqlite_file_refuse(file, "cannot set up", error);
    sqlite3_finalize(statement);
    return err;
}

/* All or nothing: a file is either still empty or complete. */
static enum err set_up(const struct sqlite_file *file, struct error *error)
{
    AUTO(text_done) struct text identity;
    text_init(&identity);
    text_add(&identity, "PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT", APPLICATION_ID,
             FORMAT_VERSION);

    enum err err = sqlite_file_run(file, "BEGIN EXCLUSIVE", error);
    if (err == ERR_OK)
        err = sqlite_file_run(file, schema_sql, error);
    if (err == ERR_OK)
        err = put_meta(file, error);
    if (err == ERR_OK)
        err = sqlite_file_run(file, text_data(&identity), error);
    return err;
}

static enum err open_file(struct sqlite_file *file, struct error *error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    bool is_new = false;

    if (sqlite3_open_v2(text_data(&file->path), &file->db, flags, NULL) != SQLITE_OK)
        return sqlite_file_refuse(file, "cannot open", error);
    if (sqlite3_db_readonly(file->db, "main") == 1)
        return error_set(error, ERR_DENIED, "cannot open '%s': it must be writable",
                         text_data(&file->path));
    distrust(file->db);
    enum err err = sqlite_file_run(file, connection_sql, error);
    if (err == ERR_OK)
        err = recognise(file, &is_new, error);
    if (err == ERR_OK)
        err = use_wal(file, error);
    if (err == ERR_OK && is_new)
        err = set_up(file, error);
    return err;
}

enum err sqlite_file_open(struct sqlite_file *file, const char *directory, struct error *error)
{
    *file = (struct sqlite_file){.db = NULL};
    text_init(&file->path);
    text_add(&file->path, "%s/coord.db", directory);

    enum err err = make_directory(directory, error);
    if (err == ERR_OK)
        err = check_pair(file, error);
    if (err == ERR_OK)
        err = make_file(directory, text_data(&file->path), error);
    if (err == ERR_OK)
        err = open_file(file, error);
    if (err != ERR_OK)
        sqlite_file_close(file);
    return err;
}

void sqlite_file_close(struct sqlite_file *file)
{
    int code = sqlite3_close(file->db);

    ASSERT(code == SQLITE_OK);
    file->db = NULL;
    text_done(&file->path);
}
