/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/sqlite_store.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/support/store_model.h"
#include "tests/support/suite.h"

/* A folder of a test's own, with the store's folder in it. */
struct place {
    char root[64];
    char data[96];
    char db[128];
    char wal[160];
};

static void place_init(struct place *place)
{
    (void)snprintf(place->root, sizeof place->root, "/tmp/gale-store-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place->root));
    (void)snprintf(place->data, sizeof place->data, "%s/data", place->root);
    (void)snprintf(place->db, sizeof place->db, "%s/coord.db", place->data);
    (void)snprintf(place->wal, sizeof place->wal, "%s-wal", place->db);
}

static void place_done(struct place *place)
{
    (void)unlink(place->wal);
    (void)unlink(place->db);
    (void)rmdir(place->data);
    ck_assert_int_eq(rmdir(place->root), 0);
}

static void close_store(struct store **store)
{
    if (*store != NULL)
        (*store)->operations->close(store);
}

static struct store *open_store(const struct place *place)
{
    struct store *store = NULL;
    struct error error = {.code = ERR_OK};

    ck_assert_msg(sqlite_store_open(place->data, &store, &error) == ERR_OK, "%s", error.text);
    return store;
}

static struct store_model *load_store(struct store *store)
{
    struct store_model *model = store_model_new();
    struct store_sink sink = store_model_sink(model);
    struct error error = {.code = ERR_OK};
    enum err err = store->operations->load(store, &sink, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return model;
}

/* Opens, loads, and says what it found. */
static struct store_model *look_into(const struct place *place)
{
    AUTO(close_store) struct store *store = open_store(place);

    return load_store(store);
}

static void commit(struct store *store, const struct batch *batch)
{
    struct error error = {.code = ERR_OK};

    ck_assert_msg(store->operations->commit(store, batch, &error) == ERR_OK, "%s", error.text);
}

static void run_sql(const struct place *place, const char *sql)
{
    sqlite3 *db = NULL;

    ck_assert_int_eq(sqlite3_open(place->db, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

static void expect_refusal(const struct place *place, enum err expected, const char *words)
{
    struct store *store = NULL;
    struct error error = {.code = ERR_OK};

    ck_assert_int_eq(sqlite_store_open(place->data, &store, &error), expected);
    ck_assert_ptr_null(store);
    ck_assert_ptr_nonnull(strstr(error.text, place->db));
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
}

static void expect_bad_load(const struct place *place, const char *words)
{
    AUTO(close_store) struct store *store = open_store(place);
    AUTO(store_model_destroy) struct store_model *model = store_model_new();
    struct store_sink sink = store_model_sink(model);
    struct error error = {.code = ERR_OK};

    ck_assert_int_eq(store->operations->load(store, &sink, &error), ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(error.text, place->db));
    ck_assert_msg(strstr(error.text, words) != NULL, "%s", error.text);
}

/* For who does not care what is in it. */
static struct store *open_loaded(const struct place *place)
{
    struct store *store = open_store(place);
    struct store_model *model = load_store(store);

    store_model_destroy(&model);
    return store;
}

/* A store of one commit, closed; tells what is in it. */
static struct store_model *make_store(const struct place *place, uint64_t seed)
{
    AUTO(close_store) struct store *store = open_store(place);
    AUTO(batch_done) struct batch batch;
    struct store_model *model = load_store(store);
    struct rng rng;

    rng_init(&rng, seed);
    batch_init(&batch);
    store_model_step(model, &rng, 200, &batch);
    commit(store, &batch);
    return model;
}

static void fill_store(const struct place *place, uint64_t seed)
{
    struct store_model *model = make_store(place, seed);

    store_model_destroy(&model);
}

/* ---- Opening -------------------------------------------------------------------------------- */

START_TEST(a_new_store_is_empty_and_has_a_secret_of_its_own)
{
    AUTO(place_done) struct place one;
    AUTO(place_done) struct place other;
    static const unsigned char zeroes[SESSION_SECRET_SIZE];

    place_init(&one);
    place_init(&other);
    AUTO(store_model_destroy) struct store_model *nothing = store_model_new();
    AUTO(store_model_destroy) struct store_model *first = look_into(&one);
    AUTO(store_model_destroy) struct store_model *again = look_into(&one);
    AUTO(store_model_destroy) struct store_model *second = look_into(&other);
    ck_assert(store_model_equals(first, nothing));
    ck_assert_mem_ne(first->secret, zeroes, SESSION_SECRET_SIZE);
    ck_assert_mem_eq(first->secret, again->secret, SESSION_SECRET_SIZE);
    ck_assert_mem_ne(first->secret, second->secret, SESSION_SECRET_SIZE);
}
END_TEST

static unsigned mode_of(const char *path)
{
    struct stat status;

    ck_assert_int_eq(stat(path, &status), 0);
    return (unsigned)status.st_mode & 0777;
}

START_TEST(only_the_owner_can_read_it)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    mode_t before = umask(0);
    AUTO(close_store) struct store *store = open_store(&place);
    (void)umask(before);
    ck_assert_uint_eq(mode_of(place.data), 0700);
    ck_assert_uint_eq(mode_of(place.db), 0600);
    ck_assert_uint_eq(mode_of(place.wal), 0600);
    ck_assert_ptr_nonnull(store);
}
END_TEST

START_TEST(a_second_server_is_refused)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    AUTO(close_store) struct store *store = open_store(&place);
    expect_refusal(&place, ERR_CONFLICT, "another process has it open");

    AUTO(store_model_destroy) struct store_model *model = load_store(store);
    ck_assert_int_eq(model->zxid, 0);
    expect_refusal(&place, ERR_CONFLICT, "another process has it open");
}
END_TEST

START_TEST(a_file_of_another_program_is_refused_and_left_alone)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    ck_assert_int_eq(mkdir(place.data, 0700), 0);
    run_sql(&place, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    expect_refusal(&place, ERR_INVALID, "another program");
    run_sql(&place, "INSERT INTO t VALUES (2); PRAGMA application_id=77");
    expect_refusal(&place, ERR_INVALID, "another program");

    struct stat status;
    ck_assert_int_ne(stat(place.wal, &status), 0);
}
END_TEST

START_TEST(a_newer_format_is_refused)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    fill_store(&place, 1);
    run_sql(&place, "PRAGMA user_version=2");
    expect_refusal(&place, ERR_VERSION, "format 2");
}
END_TEST

static void write_file(const char *path, off_t offset, const void *bytes, size_t size)
{
    int file = open(path, O_RDWR | O_CREAT, 0600);

    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(pwrite(file, bytes, size, offset), (ssize_t)size);
    ck_assert_int_eq(close(file), 0);
}

START_TEST(a_file_that_is_no_database_is_refused)
{
    AUTO(place_done) struct place place;
    static const char text[] = "this is a letter to a friend, and no database at all; it goes on a "
                               "little, so that it is longer than the header of one.";

    place_init(&place);
    ck_assert_int_eq(mkdir(place.data, 0700), 0);
    write_file(place.db, 0, text, sizeof text);
    expect_refusal(&place, ERR_CORRUPT, "not a database");
}
END_TEST

/* Somebody cut the file off, or lost it: what is in the log must not be thrown away. */
START_TEST(a_log_without_its_file_is_refused_and_left_alone)
{
    AUTO(place_done) struct place place;
    AUTO(text_done) struct text log;

    place_init(&place);
    text_init(&log);
    text_add(&log, "%s-wal", place.db);
    ck_assert_int_eq(mkdir(place.data, 0700), 0);
    write_file(text_data(&log), 0, "rows", 4);
    expect_refusal(&place, ERR_CORRUPT, "coord.db-wal is not");
    write_file(place.db, 0, "", 0);
    expect_refusal(&place, ERR_CORRUPT, "coord.db-wal is not");
    ck_assert_int_eq(access(text_data(&log), F_OK), 0);
    ck_assert_int_eq(unlink(text_data(&log)), 0);
}
END_TEST

START_TEST(a_folder_that_cannot_be_made_is_named)
{
    struct store *store = NULL;
    struct error error = {.code = ERR_OK};

    ck_assert_int_eq(sqlite_store_open("/nowhere/at/all", &store, &error), ERR_IO);
    ck_assert_ptr_nonnull(strstr(error.text, "'/nowhere/at/all'"));
    ck_assert_ptr_null(store);
}
END_TEST

START_TEST(tables_that_are_not_ours_are_refused)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    fill_store(&place, 1);
    run_sql(&place, "ALTER TABLE node RENAME COLUMN pzxid TO x");
    expect_refusal(&place, ERR_CORRUPT, "pzxid");
}
END_TEST

/* ---- Keeping -------------------------------------------------------------------------------- */

static void check_seed(uint64_t seed)
{
    AUTO(place_done) struct place place;
    AUTO(store_model_destroy) struct store_model *model = store_model_new();
    AUTO(batch_done) struct batch batch;
    struct rng rng;

    place_init(&place);
    rng_init(&rng, seed);
    batch_init(&batch);
    for (uint32_t round = 0; round < 25; round++) {
        AUTO(close_store) struct store *store = open_store(&place);
        AUTO(store_model_destroy) struct store_model *loaded = load_store(store);
        ck_assert_msg(store_model_equals(loaded, model), "seed %d round %u", (int)seed, round);

        uint32_t commits = 1 + rng_below(&rng, 3);
        for (uint32_t i = 0; i < commits; i++) {
            batch_clear(&batch);
            store_model_step(model, &rng, 60, &batch);
            commit(store, &batch);
            if (rng_below(&rng, 4) == 0)
                store->operations->tidy(store, STORE_IDLE);
        }
    }
}

START_TEST(what_was_committed_is_there_at_the_next_start)
{
    for (uint64_t seed = 0; seed < 4; seed++)
        check_seed(seed);
}
END_TEST

START_TEST(a_value_of_a_megabyte_is_kept)
{
    AUTO(place_done) struct place place;
    AUTO(store_model_destroy) struct store_model *model = store_model_new();
    AUTO(batch_done) struct batch batch;
    AUTO(mem_free_text) char *data = mem_alloc(1 << 20);
    struct batch_node node = {
        .slot = 1, .name = "n", .name_size = 1, .data = data, .data_size = 1 << 20};
    size_t position = 0;

    place_init(&place);
    memset(data, 'x', 1 << 20);
    batch_init(&batch);
    batch_put_node(&batch, &node);
    node.version = 77;
    batch_put_stat(&batch, &node);
    batch.zxid = 1;
    store_model_apply(model, &batch, &position);

    AUTO(close_store) struct store *store = open_loaded(&place);
    commit(store, &batch);
    close_store(&store);
    AUTO(store_model_destroy) struct store_model *loaded = look_into(&place);
    ck_assert(store_model_equals(loaded, model));
}
END_TEST

START_TEST(people_can_read_it)
{
    AUTO(place_done) struct place place;
    AUTO(batch_done) struct batch batch;
    struct batch_node node = {.slot = 4, .name = "workers", .name_size = 7, .version = 3};
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;

    place_init(&place);
    AUTO(close_store) struct store *store = open_loaded(&place);
    batch_init(&batch);
    batch_put_node(&batch, &node);
    commit(store, &batch);
    close_store(&store);

    ck_assert_int_eq(sqlite3_open(place.db, &db), SQLITE_OK);
    ck_assert_int_eq(
        sqlite3_prepare_v2(db, "SELECT version FROM node WHERE name = 'workers'", -1, &row, NULL),
        SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(row), SQLITE_ROW);
    ck_assert_int_eq(sqlite3_column_int(row, 0), 3);
    ck_assert_int_eq(sqlite3_finalize(row), SQLITE_OK);
    ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}
END_TEST

/* ---- Damage --------------------------------------------------------------------------------- */

START_TEST(any_row_that_was_changed_lost_or_added_is_found)
{
    static const char *const changes[] = {
        "UPDATE node SET data = x'00' WHERE slot = (SELECT min(slot) FROM node)",
        "UPDATE node SET version = version + 1 WHERE slot = (SELECT max(slot) FROM node)",
        "DELETE FROM node WHERE slot = (SELECT max(slot) FROM node)",
        "UPDATE session SET timeout_ms = timeout_ms / 2 + 1",
        "INSERT OR REPLACE INTO session VALUES (1, 12345)",
        "DELETE FROM acl WHERE number = (SELECT min(number) FROM acl)",
        "UPDATE meta SET sums = sums / 2 + 1",
        "UPDATE meta SET zxid = zxid + 1",
        "UPDATE meta SET secret = randomblob(32)",
    };

    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        AUTO(place_done) struct place place;
        place_init(&place);
        fill_store(&place, 3);
        run_sql(&place, changes[i]);
        expect_bad_load(&place, "sums = -1");
    }
}
END_TEST

START_TEST(a_repair_by_hand_can_be_accepted)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    AUTO(store_model_destroy) struct store_model *model = make_store(&place, 3);
    run_sql(&place, "UPDATE session SET timeout_ms = 1 WHERE id = (SELECT min(id) FROM session);"
                    "UPDATE meta SET sums = -1");
    AUTO(store_model_destroy) struct store_model *accepted = look_into(&place);
    ck_assert(!store_model_equals(accepted, model));

    /* The next commit vouches for the rows as they are. */
    AUTO(close_store) struct store *store = open_store(&place);
    AUTO(store_model_destroy) struct store_model *before = load_store(store);
    AUTO(batch_done) struct batch batch;
    batch_init(&batch);
    batch.zxid = before->zxid;
    commit(store, &batch);
    close_store(&store);
    AUTO(store_model_destroy) struct store_model *after = look_into(&place);
    ck_assert(store_model_equals(after, accepted));
    run_sql(&place, "DELETE FROM session");
    expect_bad_load(&place, "sums = -1");
}
END_TEST

START_TEST(rows_that_cannot_be_ours_are_named)
{
    static const struct {
        const char *change;
        const char *words;
    } cases[] = {
        {"UPDATE node SET slot = 1 << 26 WHERE slot = (SELECT max(slot) FROM node)",
         "row 67108864 of table node"},
        {"UPDATE node SET slot = -1 WHERE slot = (SELECT min(slot) FROM node)",
         "row -1 of table node"},
        {"UPDATE node SET version = 1 << 40", "of table node"},
        {"UPDATE session SET timeout_ms = -1", "of table session"},
        {"UPDATE meta SET secret = x'00'", "row 1 of table meta"},
        {"UPDATE meta SET sums = -2", "row 1 of table meta"},
        {"DELETE FROM meta", "table meta is empty"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO(place_done) struct place place;
        place_init(&place);
        fill_store(&place, 3);
        run_sql(&place, cases[i].change);
        expect_bad_load(&place, cases[i].words);
    }
}
END_TEST

static void ignore_meta(void *owner, int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE])
{
    (void)owner;
    (void)zxid;
    (void)secret;
}

/* Refuses the third change. */
static enum err take_two(void *owner, const struct batch_change *change, struct error *error)
{
    int *count = owner;

    (void)change;
    return ++*count < 3 ? ERR_OK : error_set(error, ERR_LIMIT, "too many");
}

START_TEST(an_error_of_the_sink_ends_the_loading)
{
    AUTO(place_done) struct place place;

    place_init(&place);
    fill_store(&place, 3);
    AUTO(close_store) struct store *store = open_store(&place);
    int count = 0;
    struct store_sink sink = {.owner = &count, .meta = ignore_meta, .change = take_two};
    struct error error = {.code = ERR_OK};
    ck_assert_int_eq(store->operations->load(store, &sink, &error), ERR_LIMIT);
    ck_assert_str_eq(error.text, "too many");
    ck_assert_int_eq(count, 3);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_store_is_empty_and_has_a_secret_of_its_own,
        only_the_owner_can_read_it,
        a_second_server_is_refused,
        a_file_of_another_program_is_refused_and_left_alone,
        a_newer_format_is_refused,
        a_file_that_is_no_database_is_refused,
        a_log_without_its_file_is_refused_and_left_alone,
        a_folder_that_cannot_be_made_is_named,
        tables_that_are_not_ours_are_refused,
        what_was_committed_is_there_at_the_next_start,
        a_value_of_a_megabyte_is_kept,
        people_can_read_it,
        any_row_that_was_changed_lost_or_added_is_found,
        a_repair_by_hand_can_be_accepted,
        rows_that_cannot_be_ours_are_named,
        an_error_of_the_sink_ends_the_loading,
    };

    return suite_run("sqlite_store", tests, sizeof tests / sizeof *tests);
}
