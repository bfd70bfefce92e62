/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "tests/support/coord_naive_parts.h"

/* ---- Watches ------------------------------------------------------------------------------- */

static struct naive_watch *find_watch(struct coord_naive *naive, size_t client, const char *path,
                                      int table)
{
    for (size_t i = 0; i < naive->watch_count; i++) {
        struct naive_watch *watch = &naive->watches[i];
        if (watch->client == client && watch->table == table && strcmp(watch->path, path) == 0)
            return watch;
    }
    return NULL;
}

static void remove_watch(struct coord_naive *naive, struct naive_watch *watch)
{
    size_t index = (size_t)(watch - naive->watches);

    naive->watch_count--;
    memmove(watch, watch + 1, (naive->watch_count - index) * sizeof *watch);
}

void naive_drop_watches(struct coord_naive *naive, size_t client)
{
    for (size_t i = naive->watch_count; i-- > 0;) {
        if (naive->watches[i].client == client)
            remove_watch(naive, &naive->watches[i]);
    }
}

static bool has_room_for_watch(struct coord_naive *naive, size_t client, const char *path,
                               int table)
{
    return find_watch(naive, client, path, table) != NULL ||
           naive->watch_count < naive->options.watches_max;
}

static void put_watch(struct coord_naive *naive, size_t client, const char *path, int table,
                      enum naive_watch_kind kind)
{
    struct naive_watch *watch = find_watch(naive, client, path, table);

    if (watch == NULL) {
        ASSERT(naive->watch_count < NAIVE_WATCHES_MAX);
        watch = &naive->watches[naive->watch_count++];
        *watch = (struct naive_watch){.client = client, .table = table};
        naive_set_text(watch->path, sizeof watch->path, path);
    }
    watch->kind = kind;
}

int naive_watch_once(struct coord_naive *naive, size_t client, const char *path, int table)
{
    if (!has_room_for_watch(naive, client, path, table))
        return COORD_QUOTA_EXCEEDED;
    put_watch(naive, client, path, table, NAIVE_WATCH_KIND_ONE_SHOT);
    return COORD_OK;
}

/* In both tables or in none. */
static int watch_lasting(struct coord_naive *naive, size_t client, const char *path,
                         enum naive_watch_kind kind)
{
    size_t wanted = 0;

    for (int table = 0; table < NAIVE_TABLES; table++)
        wanted += find_watch(naive, client, path, table) == NULL;
    if (naive->watch_count + wanted > naive->options.watches_max)
        return COORD_QUOTA_EXCEEDED;
    for (int table = 0; table < NAIVE_TABLES; table++)
        put_watch(naive, client, path, table, kind);
    return COORD_OK;
}

static bool hears(const struct naive_watch *watch, int table, int event, const char *path)
{
    if (watch->table != table)
        return false;
    if (watch->kind == NAIVE_WATCH_KIND_RECURSIVE && event == MESSAGE_NODE_CHILDREN_CHANGED)
        return false;
    return strcmp(watch->path, path) == 0 ||
           (watch->kind == NAIVE_WATCH_KIND_RECURSIVE && naive_is_below(path, watch->path));
}

/* Whether the client hears of it in the table; uses up its one-shot watch. */
static bool fire(struct coord_naive *naive, size_t client, int table,
                 const struct naive_change *change)
{
    bool is_told = false;

    for (size_t i = naive->watch_count; i-- > 0;) {
        struct naive_watch *watch = &naive->watches[i];
        if (watch->client != client || !hears(watch, table, change->event, change->path))
            continue;
        is_told = true;
        if (watch->kind == NAIVE_WATCH_KIND_ONE_SHOT)
            remove_watch(naive, watch);
    }
    return is_told;
}

static void expect_event(struct coord_naive *naive, size_t client, uint64_t group, int event,
                         const char *path)
{
    struct text line = {.size = 0};

    text_add(&line, "event %d %s", event, path);
    naive_expect(&naive->clients[client], group, &line);
}

static void tell(struct coord_naive *naive, size_t client, uint64_t group,
                 const struct naive_change *change)
{
    bool is_told = false;

    if (change->event != MESSAGE_NODE_CHILDREN_CHANGED)
        is_told = fire(naive, client, NAIVE_TABLE_DATA, change);
    if (change->event == MESSAGE_NODE_CHILDREN_CHANGED || change->event == MESSAGE_NODE_DELETED)
        is_told = fire(naive, client, NAIVE_TABLE_CHILD, change) || is_told;
    if (is_told && naive_may(&naive->clients[client], &change->acl, MESSAGE_READ))
        expect_event(naive, client, group, change->event, change->path);
}

void naive_tell_all(struct coord_naive *naive, uint64_t group)
{
    for (size_t i = 0; i < naive->change_count; i++) {
        for (size_t client = 0; client < NAIVE_CLIENTS_MAX; client++)
            tell(naive, client, group, &naive->changes[i]);
    }
    naive->change_count = 0;
}

void naive_note(struct coord_naive *naive, int event, const char *path)
{
    ASSERT(naive->change_count < NAIVE_CHANGES_MAX);
    struct naive_change *change = &naive->changes[naive->change_count++];
    change->event = event;
    naive_set_text(change->path, sizeof change->path, path);
    change->acl = naive_find_node(&naive->now, path)->acl;
}

void naive_note_parent(struct coord_naive *naive, const char *path)
{
    char parent[NAIVE_PATH_MAX];

    naive_parent_of(path, parent);
    naive_note(naive, MESSAGE_NODE_CHILDREN_CHANGED, parent);
}

/* ---- Requests about watches ---------------------------------------------------------------- */

int naive_add_watch(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body)
{
    if (ask->path == NULL || ask->kind < 0 || ask->kind > 1)
        return COORD_MARSHALLING_ERROR;
    text_add(body, " count 0");
    return watch_lasting(naive, client, ask->path,
                         ask->kind == 1 ? NAIVE_WATCH_KIND_RECURSIVE : NAIVE_WATCH_KIND_PERSISTENT);
}

int naive_check_or_remove(struct coord_naive *naive, size_t client, const struct ask *ask,
                          struct text *body)
{
    bool was_there = false;
    bool has_path = ask->path != NULL;

    (void)body;
    if (ask->kind < 1 || ask->kind > 3 || (!has_path && ask->op == MESSAGE_CHECK_WATCHES))
        return COORD_MARSHALLING_ERROR;
    for (int table = 0; has_path && table < NAIVE_TABLES; table++) {
        struct naive_watch *watch = find_watch(naive, client, ask->path, table);
        bool is_meant = (ask->kind & (table == NAIVE_TABLE_CHILD ? 1 : 2)) != 0;
        if (watch == NULL || !is_meant)
            continue;
        was_there = true;
        if (ask->op == MESSAGE_REMOVE_WATCHES)
            remove_watch(naive, watch);
    }
    return was_there ? COORD_OK : COORD_NO_WATCHER;
}

/* What happened to the node since the client's zxid; 0 for nothing. */
static int missed_event(const struct naive_node *node, int list, int64_t since)
{
    if (list == 1)
        return node != NULL ? MESSAGE_NODE_CREATED : 0;
    if (node == NULL)
        return MESSAGE_NODE_DELETED;
    if (list == 0)
        return node->mzxid > since ? MESSAGE_NODE_DATA_CHANGED : 0;
    return node->pzxid > since ? MESSAGE_NODE_CHILDREN_CHANGED : 0;
}

static int rewatch(struct coord_naive *naive, size_t client, const char *path, int list,
                   int64_t since)
{
    if (list > 2)
        return watch_lasting(naive, client, path,
                             list == 3 ? NAIVE_WATCH_KIND_PERSISTENT : NAIVE_WATCH_KIND_RECURSIVE);
    int event = missed_event(naive_find_node(&naive->now, path), list, since);
    if (event == 0)
        return naive_watch_once(naive, client, path,
                                list == 2 ? NAIVE_TABLE_CHILD : NAIVE_TABLE_DATA);
    expect_event(naive, client, 0, event, path);
    return COORD_OK;
}

int naive_set_watches(struct coord_naive *naive, size_t client, const struct ask *ask,
                      struct text *body)
{
    int lists = ask->op == MESSAGE_SET_WATCHES ? 3 : ASK_LISTS;
    int error = COORD_OK;

    (void)body;
    for (int list = 0; list < lists && error == COORD_OK; list++) {
        for (const char *const *path = ask->lists[list]; path != NULL && *path != NULL; path++) {
            int outcome = rewatch(naive, client, *path, list, ask->since);
            error = error == COORD_OK ? outcome : error;
        }
    }
    return error;
}
