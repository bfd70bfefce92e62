/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the naive model, for its own files alone: coord_naive.c (life, what is expected,
 * time, the disk), coord_naive_state.c (nodes and lists), coord_naive_watch.c, coord_naive_write.c,
 * coord_naive_read.c, coord_naive_session.c. What they share is called naive_*.
 */
#ifndef TESTS_COORD_NAIVE_PARTS_H
#define TESTS_COORD_NAIVE_PARTS_H

#include "coord/protocol/error.h"
#include "tests/support/coord_naive.h"

enum {
    NAIVE_ACL_ITEMS_MAX = 8,
    NAIVE_DIGESTS_MAX = 4,
    NAIVE_CHANGES_MAX = 256,
    NAIVE_WATCHES_MAX = 1024,
    NAIVE_LINES_MAX = 4096,
    NAIVE_CLOSINGS_MAX = 256,
    NAIVE_SCHEME_MAX = 8,
    NAIVE_ID_MAX = 48,
};

/* ---- State --------------------------------------------------------------------------------- */

struct naive_acl_item {
    int32_t permissions;
    char scheme[NAIVE_SCHEME_MAX];
    char id[NAIVE_ID_MAX];
};

struct naive_acl {
    size_t count;
    struct naive_acl_item items[NAIVE_ACL_ITEMS_MAX];
};

enum naive_life {
    NAIVE_LIFE_PERSISTENT,
    NAIVE_LIFE_EPHEMERAL,
    NAIVE_LIFE_CONTAINER,
    NAIVE_LIFE_TTL,
};

struct naive_node {
    char path[NAIVE_PATH_MAX];
    bool has_data;
    char data[NAIVE_DATA_MAX];
    struct naive_acl acl;
    enum naive_life life;
    int64_t session_id; /* of an ephemeral */
    int64_t ttl_ms;
    int64_t czxid, mzxid, pzxid;
    int64_t ctime_ms, mtime_ms;
    int32_t version, aversion;
    int32_t creations; /* of children, ever */
};

struct naive_session {
    int64_t id;
    uint32_t timeout_ms;
    uint32_t stored_timeout_ms;
    bool must_be_stored;
    bool is_firm; /* opened while the disk was full: survives another full disk */
    uint64_t deadline_tick;
    uint64_t turn; /* who came first to that tick */
};

/* All that a store keeps: a value that is copied whole. */
struct naive_state {
    int64_t zxid;
    struct naive_node nodes[NAIVE_NODES_MAX];
    size_t node_count;
    struct naive_session sessions[NAIVE_SESSIONS_MAX];
    size_t session_count;
};

enum {
    NAIVE_TABLE_DATA,
    NAIVE_TABLE_CHILD,
    NAIVE_TABLES,
};

enum naive_watch_kind {
    NAIVE_WATCH_KIND_ONE_SHOT,
    NAIVE_WATCH_KIND_PERSISTENT,
    NAIVE_WATCH_KIND_RECURSIVE,
};

struct naive_watch {
    size_t client;
    char path[NAIVE_PATH_MAX];
    int table;
    enum naive_watch_kind kind;
};

struct naive_expected {
    char *line;
    uint64_t group; /* lines of one group come in any order */
};

struct naive_client {
    bool is_open;
    bool is_leaving; /* closed as soon as nothing is expected */
    int64_t session_id;
    bool is_super;
    size_t digest_count;
    char digests[NAIVE_DIGESTS_MAX][NAIVE_ID_MAX];
    size_t line_count;
    struct naive_expected lines[NAIVE_LINES_MAX];
};

/* What watchers are to be told. */
struct naive_change {
    int event;
    char path[NAIVE_PATH_MAX];
    struct naive_acl acl;
};

struct naive_closing {
    int64_t id;
    uint32_t timeout_ms;
    bool is_firm;
    bool is_sealed;
    uint32_t stored_timeout_ms;
};

struct coord_naive {
    struct coord_naive_options options;
    struct naive_state now;
    struct naive_state sealed;
    struct naive_state durable;
    struct naive_state before; /* a multi */
    bool is_committing;
    bool is_read_only;
    int64_t wall_ms;
    uint64_t clock_ms; /* of sessions */
    uint64_t reap_wait_ms;
    uint64_t turn;
    uint64_t group;
    struct naive_client clients[NAIVE_CLIENTS_MAX];
    struct naive_watch watches[NAIVE_WATCHES_MAX];
    size_t watch_count;
    struct naive_change changes[NAIVE_CHANGES_MAX];
    size_t change_count;
    struct naive_closing
        closings[NAIVE_CLOSINGS_MAX]; /* sessions that ended and may have to come back */
    size_t closing_count;
};

/* For everybody: to do all, and to read. */
extern const struct naive_acl NAIVE_OPEN;
extern const struct naive_acl NAIVE_READ_ONLY;

/* ---- Expectations (coord_naive.c) ------------------------------------------------------------ */

void naive_expect(struct naive_client *client, uint64_t group, struct text *line);
void naive_begin_reply(struct coord_naive *naive, int32_t xid, struct text *out);
void naive_expect_error(struct coord_naive *naive, size_t client, int32_t xid, int error);

/* ---- Nodes and who may do what with them (coord_naive_state.c) ------------------------------- */

void naive_set_text(char *to, size_t size, const char *from);
bool naive_is_path(const char *path);
/* "/a" -> "/", "/a/b" -> "/a", "//" -> "/". The path has a '/'. */
void naive_parent_of(const char *path, char parent[NAIVE_PATH_MAX]);
bool naive_is_below(const char *path, const char *top);
/* The empty path is the root's. NULL if there is no such node. */
struct naive_node *naive_find_node(struct naive_state *state, const char *path);
size_t naive_count_children(const struct naive_state *state, const char *path);
void naive_describe_node(const struct naive_state *state, const struct naive_node *node,
                         struct text *out);
void naive_describe_data(const struct naive_node *node, struct text *out);
void naive_describe_children(const struct naive_state *state, const char *path, struct text *out);
void naive_remove_node(struct naive_state *state, const char *path);
struct naive_node *naive_add_node(struct naive_state *state, const char *path);
bool naive_has_digest(const struct naive_client *client, const char *id);
bool naive_may(const struct naive_client *client, const struct naive_acl *acl, int32_t permission);
/* False if the list is not valid. */
bool naive_read_acl(const struct naive_client *client, const struct ask *ask,
                    struct naive_acl *ret_acl);
void naive_describe_acl(const struct naive_acl *acl, bool is_masked, struct text *out);

/* ---- Watches (coord_naive_watch.c) ----------------------------------------------------------- */

void naive_drop_watches(struct coord_naive *naive, size_t client);
int naive_watch_once(struct coord_naive *naive, size_t client, const char *path, int table);
void naive_tell_all(struct coord_naive *naive, uint64_t group);
void naive_note(struct coord_naive *naive, int event, const char *path);
void naive_note_parent(struct coord_naive *naive, const char *path);
int naive_add_watch(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body);
int naive_check_or_remove(struct coord_naive *naive, size_t client, const struct ask *ask,
                          struct text *body);
int naive_set_watches(struct coord_naive *naive, size_t client, const struct ask *ask,
                      struct text *body);

/* ---- Writes (coord_naive_write.c) ------------------------------------------------------------ */

void naive_delete_now(struct coord_naive *naive, const char *doomed);
void naive_answer_write(struct coord_naive *naive, size_t client, const struct ask *ask,
                        int32_t xid);
void naive_answer_multi(struct coord_naive *naive, size_t client, const struct ask *ask,
                        int32_t xid);

/* ---- Reads (coord_naive_read.c) -------------------------------------------------------------- */

int naive_read_exists(struct coord_naive *naive, size_t client, const struct ask *ask,
                      struct text *body);
int naive_read_data(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body);
int naive_read_acl_of(struct coord_naive *naive, size_t client, const struct ask *ask,
                      struct text *body);
int naive_read_children(struct coord_naive *naive, size_t client, const struct ask *ask,
                        struct text *body);
int naive_read_count(struct coord_naive *naive, size_t client, const struct ask *ask,
                     struct text *body);
int naive_read_ephemerals(struct coord_naive *naive, size_t client, const struct ask *ask,
                          struct text *body);
int naive_read_identities(struct coord_naive *naive, size_t number, const struct ask *ask,
                          struct text *body);
int naive_read_sync(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body);
int naive_read_many(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body);

/* ---- Sessions (coord_naive_session.c) -------------------------------------------------------- */

struct naive_session *naive_find_session(struct naive_state *state, int64_t id);
void naive_touch(struct coord_naive *naive, struct naive_session *session);
struct naive_session *naive_add_session(struct coord_naive *naive, int64_t id, uint32_t timeout_ms);
void naive_remove_session(struct naive_state *state, struct naive_session *session);
void naive_leave(struct coord_naive *naive, size_t client);
void naive_leave_session(struct coord_naive *naive, int64_t id);
void naive_end_session(struct coord_naive *naive, int64_t id);
void naive_close_session(struct coord_naive *naive, size_t client, int32_t xid);
void naive_authenticate(struct coord_naive *naive, size_t number, const struct ask *ask,
                        int32_t xid);

#endif
