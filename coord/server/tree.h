/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of znodes, in memory. It knows what each change does to which field of which node, and
 * how to take changes back; it does not know who may ask for them.
 *
 * A node has a slot, a small number that is its place in memory and its row in the store; links
 * between nodes are slots. A node of 100 bytes of data costs about 250 bytes.
 *
 * Each change is applied at once and remembered in a journal until it is durable, so that a
 * part of a multi that fails, or a commit that finds the disk full, can be undone, to the
 * last number (the order of siblings, which nobody sees, may be another). It is also marked as
 * dirty until it is sealed into a batch. Pure; belongs to one thread.
 */
#ifndef COORD_SERVER_TREE_H
#define COORD_SERVER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/protocol/jute.h"
#include "coord/protocol/message.h"
#include "coord/server/acl.h"
#include "coord/server/batch.h"

struct tree;

enum {
    TREE_ROOT = 0,                      /* its slot; its parent is itself */
    TREE_NULL_DATA = -1,                /* data_size of null data, which is not the same as empty */
    TREE_NODES_LIMIT = BATCH_SLOTS_MAX, /* nodes_max cannot be more */
};

#define TREE_NONE UINT32_MAX /* no slot */

/* Owners that are no sessions. Server ids in session ids stay below 0xFF for this. */
#define TREE_OWNER_CONTAINER INT64_MIN
#define TREE_OWNER_TTL       ((int64_t)(UINT64_C(0xFF) << 56)) /* | time to live in ms */
#define TREE_TTL_MAX_MS      ((INT64_C(1) << 40) - 1)

/* To be read; changed by the functions below only. */
struct tree_node {
    int64_t czxid;
    int64_t mzxid;
    int64_t pzxid;
    int64_t ctime_ms;
    int64_t mtime_ms;
    int64_t owner; /* 0: persistent; a session; or one of the marks above */
    char *bytes;   /* the name, then the data */
    int32_t version;
    int32_t aversion;
    int32_t creations; /* of children, ever: wraps around */
    int32_t data_size; /* or TREE_NULL_DATA */
    uint32_t acl;
    uint32_t parent;
    uint32_t next; /* siblings in a ring-less list; of a free slot: the next free one */
    uint32_t previous;
    uint32_t first_child; /* of an ephemeral, which has no children: the next of its owner */
    uint32_t children;    /* ... : the previous one of its owner */
    uint32_t below;       /* nodes in all below it */
    uint32_t hash;
    uint32_t hash_next;
    uint16_t name_size;
    bool is_live;
    uint8_t dirt; /* what must be stored: tree.c */
};

/* The transaction that changes are part of. */
struct tree_change {
    int64_t zxid;
    int64_t now_ms; /* wall clock */
};

/* An empty tree: not even a root; that is put by tree_restore() or tree_plant(). Lists of `acls`
 * are counted by the nodes that have them. */
struct tree *tree_new(struct acls *acls, size_t nodes_max);
void tree_destroy(struct tree **tree);

/* Makes what every tree is born with: /, /zookeeper, /zookeeper/quota, /zookeeper/config. */
void tree_plant(struct tree *tree);

/* For recovery: puts the node at its slot; then, when all are there, ties them together. Both say
 * ERR_CORRUPT with what is wrong if the nodes are no tree. */
enum err tree_restore(struct tree *tree, const struct batch_node *row,
                      struct error *error) MUST_USE;
enum err tree_link(struct tree *tree, struct error *error) MUST_USE;

/* ---- Looking ------------------------------------------------------------------------------- */

/* The slot of a valid path; TREE_NONE if there is no such node. */
uint32_t tree_find(const struct tree *tree, const char *path, size_t size);
uint32_t tree_find_child(const struct tree *tree, uint32_t parent, const char *name, size_t size);

const struct tree_node *tree_node(const struct tree *tree, uint32_t slot);

struct jute_bytes tree_name(const struct tree_node *node);
struct jute_bytes tree_data(const struct tree_node *node);
bool tree_is_ephemeral(const struct tree_node *node);
bool tree_is_container(const struct tree_node *node);
bool tree_has_ttl(const struct tree_node *node);
int64_t tree_ttl_ms(const struct tree_node *node);
uint32_t tree_child_count(const struct tree_node *node);
void tree_stat(const struct tree_node *node, struct message_stat *ret_stat);

/* The first child, the next sibling; TREE_NONE at the end. In no order. */
uint32_t tree_first_child(const struct tree *tree, uint32_t slot);
uint32_t tree_next_sibling(const struct tree *tree, uint32_t slot);

/* The ephemerals of a session, the latest first. */
uint32_t tree_first_owned(const struct tree *tree, int64_t session_id);
uint32_t tree_next_owned(const struct tree *tree, uint32_t slot);

/* Walks all below a node, each before its children; start with the node itself; TREE_NONE at the
 * end. The tree does not change meanwhile. */
uint32_t tree_next_below(const struct tree *tree, uint32_t top, uint32_t slot);

/* Appends the node's path. */
void tree_put_path(const struct tree *tree, uint32_t slot, struct text *out);

struct tree_counts {
    size_t nodes;
    size_t ephemerals;
    size_t reapable;     /* containers and nodes with a time to live */
    uint64_t data_bytes; /* of names and data */
};
struct tree_counts tree_counts(const struct tree *tree);

/* Walks containers and nodes with a time to live that have no children, looking at no more than
 * `budget` nodes; *cursor is kept between calls and starts again at 0. TREE_NONE if there was none
 * within the budget. */
uint32_t tree_next_reapable(const struct tree *tree, uint32_t *cursor, size_t *budget);

/* ---- Changing ------------------------------------------------------------------------------ */

struct tree_seed {
    uint32_t parent;
    struct jute_bytes name;
    struct jute_bytes data;
    uint32_t acl;
    int64_t owner;
};

/* TREE_NONE if nodes_max are there. The name is new, the parent no ephemeral. */
uint32_t tree_create(struct tree *tree, const struct tree_seed *seed, struct tree_change change);

/* The node has no children and is not the root. */
void tree_delete(struct tree *tree, uint32_t slot, struct tree_change change);

void tree_set_data(struct tree *tree, uint32_t slot, struct jute_bytes data,
                   struct tree_change change);
void tree_set_acl(struct tree *tree, uint32_t slot, uint32_t acl);

/* The list is new, or was given up: the next batch says so. */
void tree_note_acl(struct tree *tree, uint32_t acl);

/* ---- Durability ---------------------------------------------------------------------------- */

/* The journal's end: what comes after it can be undone, what came before can be forgotten. */
uint64_t tree_mark(const struct tree *tree);

/* Takes back all that came after the mark. */
void tree_undo(struct tree *tree, uint64_t mark);

/* What came before the mark is durable: it will never be undone. */
void tree_forget(struct tree *tree, uint64_t mark);

bool tree_is_dirty(const struct tree *tree);

/* Bytes that are kept because what was changed is not durable yet. */
uint64_t tree_pending_bytes(const struct tree *tree);

/* How many rows tree_seal() would write, at most. */
size_t tree_dirty_count(const struct tree *tree);

/* Appends all that is dirty to the batch, which makes it clean. */
void tree_seal(struct tree *tree, struct batch *batch);

/* Every node is as the store has it, after an undo: none is dirty. ACLs of the last batch are. */
void tree_drop_dirt(struct tree *tree);

#endif
