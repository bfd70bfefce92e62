/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/watch.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define WATCHES_MAX 10000

static struct watch_key key(uint64_t watcher, const char *path)
{
    return (struct watch_key){.watcher = watcher, .path = path, .path_size = strlen(path)};
}

static void watch_once(struct watches *watches, uint64_t watcher, const char *path,
                       enum watch_table table)
{
    struct watch_key wanted = key(watcher, path);

    ck_assert(watches_add_one_shot(watches, &wanted, table));
}

static void watch_for_good(struct watches *watches, uint64_t watcher, const char *path,
                           enum watch_mode mode)
{
    struct watch_key wanted = key(watcher, path);

    ck_assert(watches_add_lasting(watches, &wanted, mode));
}

static bool has(const struct watches *watches, uint64_t watcher, const char *path,
                enum message_watcher_kind kind)
{
    struct watch_key wanted = key(watcher, path);

    return watches_has(watches, &wanted, kind);
}

static bool unwatch(struct watches *watches, uint64_t watcher, const char *path,
                    enum message_watcher_kind kind)
{
    struct watch_key wanted = key(watcher, path);

    return watches_remove(watches, &wanted, kind);
}

/* Fires and compares with the watchers that are named, in this order: "3 1". */
static void expect_fire(struct watches *watches, enum message_event event, const char *path,
                        const char *wanted)
{
    AUTO(watch_hits_done) struct watch_hits hits = {0};
    char told[200] = "";
    size_t size = 0;

    watches_fire(watches, event, path, strlen(path), &hits);
    for (size_t i = 0; i < hits.count; i++)
        size += (size_t)snprintf(told + size, sizeof told - size, "%s%llu", i == 0 ? "" : " ",
                                 (unsigned long long)hits.watchers[i]);
    ck_assert_str_eq(told, wanted);
}

static void expect_counts(const struct watches *watches, size_t watchers, size_t paths,
                          size_t count)
{
    struct watch_counts counts = watches_counts(watches);

    ck_assert_uint_eq(counts.watchers, watchers);
    ck_assert_uint_eq(counts.paths, paths);
    ck_assert_uint_eq(counts.watches, count);
}

START_TEST(a_one_shot_watch_fires_once)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_once(watches, 7, "/a", WATCH_DATA);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/b", "");
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a/b", "");
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "7");
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "");
    expect_counts(watches, 0, 0, 0);
}
END_TEST

START_TEST(each_table_hears_of_its_own_events)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_once(watches, 1, "/a", WATCH_DATA);
    watch_once(watches, 2, "/a", WATCH_CHILDREN);
    expect_fire(watches, MESSAGE_NODE_CHILDREN_CHANGED, "/a", "2");
    watch_once(watches, 2, "/a", WATCH_CHILDREN);
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a", "1");
    watch_once(watches, 1, "/a", WATCH_DATA);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "1");
    expect_counts(watches, 1, 1, 1);
}
END_TEST

START_TEST(a_deletion_is_told_by_both_tables_but_to_each_once)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_once(watches, 1, "/a", WATCH_CHILDREN);
    watch_once(watches, 2, "/a", WATCH_CHILDREN);
    watch_once(watches, 2, "/a", WATCH_DATA);
    watch_once(watches, 3, "/a", WATCH_DATA);
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a", "2 3 1");
    expect_counts(watches, 0, 0, 0);
}
END_TEST

START_TEST(the_order_is_that_of_adding)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);
    static const uint64_t watchers[] = {900, 3, 77, 12, 5};

    for (size_t i = 0; i < COUNT_OF(watchers); i++)
        watch_for_good(watches, watchers[i], "/a", WATCH_PERSISTENT);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "900 3 77 12 5");
    ck_assert(unwatch(watches, 5, "/a", MESSAGE_WATCHER_ANY));
    ck_assert(unwatch(watches, 900, "/a", MESSAGE_WATCHER_ANY));
    ck_assert(unwatch(watches, 77, "/a", MESSAGE_WATCHER_ANY));
    watch_for_good(watches, 900, "/a", WATCH_PERSISTENT);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "3 12 900");
}
END_TEST

START_TEST(a_persistent_watch_stays_and_hears_of_child_lists)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/a", WATCH_PERSISTENT);
    for (int i = 0; i < 3; i++) {
        expect_fire(watches, MESSAGE_NODE_CREATED, "/a", "1");
        expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "1");
        expect_fire(watches, MESSAGE_NODE_CHILDREN_CHANGED, "/a", "1");
        expect_fire(watches, MESSAGE_NODE_DELETED, "/a", "1");
        expect_fire(watches, MESSAGE_NODE_CREATED, "/a/b", "");
    }
    expect_counts(watches, 1, 1, 2);
}
END_TEST

START_TEST(a_recursive_watch_hears_of_nodes_below_and_never_of_child_lists)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/a", WATCH_RECURSIVE);
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a", "1");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a/b/c/d", "1");
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a/b", "1");
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a/b/c", "1");
    expect_fire(watches, MESSAGE_NODE_CHILDREN_CHANGED, "/a", "");
    expect_fire(watches, MESSAGE_NODE_CHILDREN_CHANGED, "/a/b", "");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/", "");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/ab", "");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/b/a", "");
}
END_TEST

START_TEST(a_recursive_watch_on_the_root_hears_of_everything)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/", WATCH_RECURSIVE);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/", "1");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a", "1");
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a/b/c", "1");
}
END_TEST

START_TEST(a_watcher_on_node_and_ancestors_is_told_once)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/", WATCH_RECURSIVE);
    watch_for_good(watches, 1, "/a", WATCH_RECURSIVE);
    watch_once(watches, 1, "/a/b", WATCH_DATA);
    watch_once(watches, 1, "/a/b", WATCH_CHILDREN);
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a/b", "1");
    expect_counts(watches, 1, 2, 4);
}
END_TEST

START_TEST(a_one_shot_watch_replaces_the_mode_in_its_table_alone)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/a", WATCH_RECURSIVE);
    watch_once(watches, 1, "/a", WATCH_DATA);
    expect_counts(watches, 1, 1, 2);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a/b", ""); /* no longer recursive */
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a/b", "1");     /* but for the child table */
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "1");
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "");
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a", "1");
    expect_counts(watches, 1, 1, 1);
}
END_TEST

START_TEST(a_lasting_watch_replaces_what_was_there)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_once(watches, 1, "/a", WATCH_DATA);
    watch_for_good(watches, 1, "/a", WATCH_PERSISTENT);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "1");
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "1");
    watch_for_good(watches, 1, "/a", WATCH_RECURSIVE);
    expect_fire(watches, MESSAGE_NODE_CHILDREN_CHANGED, "/a", "");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a/b", "1");
    watch_for_good(watches, 1, "/a", WATCH_PERSISTENT);
    expect_fire(watches, MESSAGE_NODE_CHILDREN_CHANGED, "/a", "1");
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a/b", "");
    expect_counts(watches, 1, 1, 2);
}
END_TEST

START_TEST(checking_and_removing_go_by_kind)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_once(watches, 1, "/a", WATCH_DATA);
    ck_assert(has(watches, 1, "/a", MESSAGE_WATCHER_DATA));
    ck_assert(has(watches, 1, "/a", MESSAGE_WATCHER_ANY));
    ck_assert(!has(watches, 1, "/a", MESSAGE_WATCHER_CHILDREN));
    ck_assert(!has(watches, 2, "/a", MESSAGE_WATCHER_ANY));
    ck_assert(!has(watches, 1, "/a/b", MESSAGE_WATCHER_ANY));
    ck_assert(!unwatch(watches, 1, "/a", MESSAGE_WATCHER_CHILDREN));
    ck_assert(!unwatch(watches, 2, "/a", MESSAGE_WATCHER_DATA));

    watch_once(watches, 1, "/a", WATCH_CHILDREN);
    ck_assert(unwatch(watches, 1, "/a", MESSAGE_WATCHER_DATA));
    ck_assert(!unwatch(watches, 1, "/a", MESSAGE_WATCHER_DATA));
    ck_assert(has(watches, 1, "/a", MESSAGE_WATCHER_CHILDREN));
    ck_assert(unwatch(watches, 1, "/a", MESSAGE_WATCHER_ANY));
    ck_assert(!unwatch(watches, 1, "/a", MESSAGE_WATCHER_ANY));
    expect_counts(watches, 0, 0, 0);
}
END_TEST

START_TEST(half_a_recursive_watch_can_be_removed)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/a", WATCH_RECURSIVE);
    ck_assert(unwatch(watches, 1, "/a", MESSAGE_WATCHER_DATA));
    expect_fire(watches, MESSAGE_NODE_CREATED, "/a/b", "");
    expect_fire(watches, MESSAGE_NODE_DELETED, "/a/b", "1");
    ck_assert(!has(watches, 1, "/a", MESSAGE_WATCHER_DATA));
}
END_TEST

START_TEST(a_recursive_watch_does_not_count_for_checks_below_it)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/a", WATCH_RECURSIVE);
    ck_assert(!has(watches, 1, "/a/b", MESSAGE_WATCHER_ANY));
    ck_assert(!unwatch(watches, 1, "/a/b", MESSAGE_WATCHER_ANY));
}
END_TEST

START_TEST(a_dropped_watcher_hears_nothing_more)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);

    watch_for_good(watches, 1, "/", WATCH_RECURSIVE);
    watch_once(watches, 1, "/a", WATCH_DATA);
    watch_once(watches, 2, "/a", WATCH_DATA);
    watches_drop(watches, 1);
    watches_drop(watches, 1);
    watches_drop(watches, 99);
    expect_counts(watches, 1, 1, 1);
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/a", "2");
}
END_TEST

START_TEST(new_watches_beyond_the_limit_are_refused)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(3);
    struct watch_key first = key(1, "/a");
    struct watch_key second = key(2, "/b");

    ck_assert(watches_add_lasting(watches, &first, WATCH_PERSISTENT));
    ck_assert(!watches_add_lasting(watches, &second, WATCH_PERSISTENT));
    expect_counts(watches, 1, 1, 2); /* not half of it, either */
    ck_assert(watches_add_one_shot(watches, &second, WATCH_DATA));
    ck_assert(!watches_add_one_shot(watches, &second, WATCH_CHILDREN));

    ck_assert(watches_add_lasting(watches, &first, WATCH_RECURSIVE)); /* is there already */
    ck_assert(watches_add_one_shot(watches, &second, WATCH_DATA));
    ck_assert(!watches_add_lasting(watches, &second, WATCH_PERSISTENT));
    expect_fire(watches, MESSAGE_NODE_DATA_CHANGED, "/b", "2");
    ck_assert(watches_add_one_shot(watches, &second, WATCH_CHILDREN));
}
END_TEST

START_TEST(a_path_of_thousands_of_components_is_walked_once)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);
    static char path[MESSAGE_PATH_MAX];

    for (size_t i = 0; i < sizeof path; i += 2)
        memcpy(path + i, "/x", 2);
    struct watch_key middle = {.watcher = 5, .path = path, .path_size = sizeof path / 2};
    ck_assert(watches_add_lasting(watches, &middle, WATCH_RECURSIVE));
    watch_for_good(watches, 6, "/", WATCH_RECURSIVE);
    watch_for_good(watches, 7, "/x/x/y", WATCH_RECURSIVE);

    AUTO(watch_hits_done) struct watch_hits hits = {0};
    for (int i = 0; i < 100; i++)
        watches_fire(watches, MESSAGE_NODE_CREATED, path, sizeof path, &hits);
    ck_assert_uint_eq(hits.count, 2);
    ck_assert_uint_eq(hits.watchers[0] + hits.watchers[1], 5 + 6);
}
END_TEST

START_TEST(walking_visits_each_pair_once)
{
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);
    size_t of_watcher[8] = {0};
    struct watch_cursor cursor = {0};
    struct watch_key found;
    char path[20];

    for (uint64_t i = 0; i < 700; i++) {
        snprintf(path, sizeof path, "/%d", (int)(i / 7));
        if (i % 2 == 0)
            watch_for_good(watches, i % 7, path, WATCH_PERSISTENT);
        else
            watch_once(watches, i % 7, path, WATCH_CHILDREN);
    }
    for (size_t i = 0; i < 700; i++) {
        AUTO(mem_free_text) char *before = mem_copy_text(path);
        ck_assert(watches_next(watches, &cursor, &found));
        snprintf(path, sizeof path, "%.*s", (int)found.path_size, found.path);
        ck_assert(i % 7 == 0 || strcmp(before, path) == 0); /* grouped */
        ck_assert(has(watches, found.watcher, path, MESSAGE_WATCHER_ANY));
        of_watcher[found.watcher]++;
    }
    ck_assert(!watches_next(watches, &cursor, &found));
    for (uint64_t i = 0; i < 7; i++) {
        struct watch_cursor own = {0};
        size_t count = 0;
        ck_assert_uint_eq(of_watcher[i], 100);
        while (watches_next_of(watches, i, &own, &found)) {
            ck_assert_uint_eq(found.watcher, i);
            count++;
        }
        ck_assert_uint_eq(count, 100);
    }
    ck_assert(!watches_next_of(watches, 7, &(struct watch_cursor){0}, &found));
}
END_TEST

/* ---- against a naive table ------------------------------------------------------------------ */

static const char *const paths[] = {"/",      "/a",  "/a/b", "/a/b/c", "/a/bc",
                                    "/a/b/d", "/ab", "/b",   "/b/b",   "/a/b/c/d/e"};

enum {
    NAIVE_WATCHERS = 6,
    NAIVE_TABLES = 2,
};

/* 0 for none, else the mode and 1: by table (0 is data), watcher and path. */
struct naive {
    int modes[NAIVE_TABLES][NAIVE_WATCHERS][COUNT_OF(paths)];
};

static bool is_above(const char *ancestor, const char *path)
{
    size_t size = strlen(ancestor);

    if (strcmp(ancestor, "/") == 0)
        return strcmp(path, "/") != 0;
    return strncmp(ancestor, path, size) == 0 && path[size] == '/';
}

static bool naive_tell(struct naive *naive, int table, uint32_t watcher, enum message_event event,
                       size_t place)
{
    int *modes = naive->modes[table][watcher];
    bool is_told = false;

    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        bool is_recursive = modes[i] == WATCH_RECURSIVE + 1;
        if (is_recursive && event != MESSAGE_NODE_CHILDREN_CHANGED)
            is_told = is_told || i == place || is_above(paths[i], paths[place]);
        if (is_recursive || modes[i] == 0 || i != place)
            continue;
        is_told = true;
        if (modes[i] == WATCH_ONE_SHOT + 1)
            modes[i] = 0;
    }
    return is_told;
}

/* The watchers who are told, as bits. */
static unsigned naive_fire(struct naive *naive, enum message_event event, size_t place)
{
    unsigned told = 0;

    for (uint32_t watcher = 0; watcher < NAIVE_WATCHERS; watcher++) {
        bool by_data =
            event != MESSAGE_NODE_CHILDREN_CHANGED && naive_tell(naive, 0, watcher, event, place);
        bool by_children =
            (event == MESSAGE_NODE_DELETED || event == MESSAGE_NODE_CHILDREN_CHANGED) &&
            naive_tell(naive, 1, watcher, event, place);
        if (by_data || by_children)
            told |= 1U << watcher;
    }
    return told;
}

static void naive_remove(struct naive *naive, uint32_t watcher, size_t place,
                         enum message_watcher_kind kind, bool *ret_had)
{
    *ret_had = false;
    for (int table = 0; table < NAIVE_TABLES; table++) {
        int *mode = &naive->modes[table][watcher][place];
        if (kind == MESSAGE_WATCHER_ANY ||
            kind == (table == 0 ? MESSAGE_WATCHER_DATA : MESSAGE_WATCHER_CHILDREN)) {
            *ret_had = *ret_had || *mode != 0;
            *mode = 0;
        }
    }
}

static void expect_same_counts(const struct naive *naive, const struct watches *watches)
{
    size_t count = 0;
    bool has_watcher[NAIVE_WATCHERS] = {false};
    bool has_path[COUNT_OF(paths)] = {false};

    for (int table = 0; table < NAIVE_TABLES; table++)
        for (size_t watcher = 0; watcher < NAIVE_WATCHERS; watcher++)
            for (size_t place = 0; place < COUNT_OF(paths); place++)
                if (naive->modes[table][watcher][place] != 0) {
                    count++;
                    has_watcher[watcher] = true;
                    has_path[place] = true;
                }
    size_t watchers = 0;
    size_t watched = 0;
    for (size_t i = 0; i < NAIVE_WATCHERS; i++)
        watchers += has_watcher[i];
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        watched += has_path[i];
    expect_counts(watches, watchers, watched, count);
}

static void add_randomly(struct naive *naive, struct watches *watches, struct rng *rng,
                         uint32_t watcher, size_t place)
{
    uint32_t table = rng_below(rng, NAIVE_TABLES);
    uint32_t mode = rng_below(rng, 5); /* three of them are one-shot */

    if (mode == WATCH_PERSISTENT || mode == WATCH_RECURSIVE) {
        watch_for_good(watches, watcher, paths[place], (enum watch_mode)mode);
        naive->modes[0][watcher][place] = naive->modes[1][watcher][place] = (int)mode + 1;
    } else {
        watch_once(watches, watcher, paths[place], table == 0 ? WATCH_DATA : WATCH_CHILDREN);
        naive->modes[table][watcher][place] = WATCH_ONE_SHOT + 1;
    }
}

static void remove_randomly(struct naive *naive, struct watches *watches, struct rng *rng,
                            uint32_t watcher, size_t place)
{
    enum message_watcher_kind kind = (enum message_watcher_kind)(1 + rng_below(rng, 3));
    bool had = false;

    naive_remove(naive, watcher, place, kind, &had);
    ck_assert(has(watches, watcher, paths[place], kind) == had);
    ck_assert(unwatch(watches, watcher, paths[place], kind) == had);
}

static void fire_randomly(struct naive *naive, struct watches *watches, struct rng *rng,
                          size_t place)
{
    AUTO(watch_hits_done) struct watch_hits hits = {0};
    enum message_event event = (enum message_event)(1 + rng_below(rng, 4));
    unsigned told = 0;

    watches_fire(watches, event, paths[place], strlen(paths[place]), &hits);
    for (size_t i = 0; i < hits.count; i++) {
        ck_assert((told & 1U << hits.watchers[i]) == 0);
        told |= 1U << hits.watchers[i];
    }
    ck_assert_uint_eq(told, naive_fire(naive, event, place));
}

START_TEST(it_agrees_with_a_naive_table)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        AUTO(watches_destroy) struct watches *watches = watches_new(WATCHES_MAX);
        struct naive naive = {0};
        struct rng rng;

        rng_init(&rng, seed);
        for (int step = 0; step < 1000; step++) {
            uint32_t watcher = rng_below(&rng, NAIVE_WATCHERS);
            size_t place = rng_below(&rng, COUNT_OF(paths));
            uint32_t what = rng_below(&rng, 20);
            if (what < 8)
                add_randomly(&naive, watches, &rng, watcher, place);
            else if (what < 11)
                remove_randomly(&naive, watches, &rng, watcher, place);
            else if (what < 19)
                fire_randomly(&naive, watches, &rng, place);
            else {
                watches_drop(watches, watcher);
                memset(naive.modes[0][watcher], 0, sizeof naive.modes[0][watcher]);
                memset(naive.modes[1][watcher], 0, sizeof naive.modes[1][watcher]);
            }
            expect_same_counts(&naive, watches);
        }
    }
}
END_TEST

/* ---- many ----------------------------------------------------------------------------------- */

START_TEST(it_grows_to_many_and_gives_each_back)
{
    enum {
        WATCHERS = 100,
        PATHS = 300
    };
    AUTO(watches_destroy) struct watches *watches = watches_new(WATCHERS * PATHS);
    AUTO(watch_hits_done) struct watch_hits hits = {0};
    char path[20];

    for (int round = 0; round < 2; round++) {
        for (uint64_t i = 0; i < WATCHERS * PATHS; i++) {
            snprintf(path, sizeof path, "/node%d", (int)(i % PATHS));
            watch_once(watches, i / PATHS, path, WATCH_DATA);
        }
        expect_counts(watches, WATCHERS, PATHS, WATCHERS * PATHS);
        for (uint64_t i = 0; i < WATCHERS; i += 2)
            watches_drop(watches, i);
        expect_counts(watches, WATCHERS / 2, PATHS, WATCHERS * PATHS / 2);
        for (int i = 0; i < PATHS; i++) {
            snprintf(path, sizeof path, "/node%d", i);
            watches_fire(watches, MESSAGE_NODE_DELETED, path, strlen(path), &hits);
            ck_assert_uint_eq(hits.count, WATCHERS / 2);
        }
        expect_counts(watches, 0, 0, 0);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_one_shot_watch_fires_once,
        each_table_hears_of_its_own_events,
        a_deletion_is_told_by_both_tables_but_to_each_once,
        the_order_is_that_of_adding,
        a_persistent_watch_stays_and_hears_of_child_lists,
        a_recursive_watch_hears_of_nodes_below_and_never_of_child_lists,
        a_recursive_watch_on_the_root_hears_of_everything,
        a_watcher_on_node_and_ancestors_is_told_once,
        a_one_shot_watch_replaces_the_mode_in_its_table_alone,
        a_lasting_watch_replaces_what_was_there,
        checking_and_removing_go_by_kind,
        half_a_recursive_watch_can_be_removed,
        a_recursive_watch_does_not_count_for_checks_below_it,
        a_dropped_watcher_hears_nothing_more,
        new_watches_beyond_the_limit_are_refused,
        a_path_of_thousands_of_components_is_walked_once,
        walking_visits_each_pair_once,
        it_agrees_with_a_naive_table,
        it_grows_to_many_and_gives_each_back,
    };
    return suite_run("watch", tests, sizeof tests / sizeof *tests);
}
