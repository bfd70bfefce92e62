/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file or a folder of tests/support/sim_files.h: what is seen of it, what is stored, and the
 * changes between the two, which a sync stores and a power cut may lose. One thread.
 */
#ifndef TESTS_SIM_NODE_H
#define TESTS_SIM_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

struct sim_bytes {
    unsigned char *data;
    size_t size;
    size_t capacity;
};

/* A write, or a new size. */
struct sim_change {
    bool is_size;
    uint64_t at; /* of the write; or the new size */
    unsigned char *bytes;
    size_t size;
};

struct sim_name {
    char *text;
    struct sim_node *node;
};

struct sim_names {
    struct sim_name *list;
    size_t count;
};

/* A name that comes (`to`), goes (`from`), or changes. */
struct sim_name_change {
    char *from; /* NULL: it is new */
    char *to;   /* NULL: it goes */
    struct sim_node *node;
};

struct sim_node {
    struct sim_node *next; /* of all nodes of the files */
    bool is_folder;
    bool is_marked; /* scratch: it has a name that leads to it */
    uint32_t references;
    uint64_t reserved;

    struct sim_bytes seen;
    struct sim_bytes stored;
    struct sim_change *changes;
    size_t change_count;

    struct sim_names seen_names;
    struct sim_names stored_names;
    struct sim_name_change *name_changes;
    size_t name_change_count;
};

struct sim_node *sim_node_new(bool is_folder);
void sim_node_destroy(struct sim_node **node);

/* ---- a file ---- */

void sim_node_write(struct sim_node *node, uint64_t at, const void *bytes, size_t size);
void sim_node_resize(struct sim_node *node, uint64_t size);

/* Stores what is seen. */
void sim_node_sync(struct sim_node *node);

/* A sync that fails: what was to be stored never will be, and is still seen. */
void sim_node_fail_sync(struct sim_node *node);

/* ---- a folder ---- */

/* NULL if there is none. */
struct sim_node *sim_node_find(const struct sim_node *folder, const char *name);

/* Takes the place of what had the name. */
void sim_node_put_name(struct sim_node *folder, const char *name, struct sim_node *node);
void sim_node_drop_name(struct sim_node *folder, const char *name);
void sim_node_rename(struct sim_node *folder, const char *from, const char *to);
void sim_node_sync_names(struct sim_node *folder);

/* ---- both ---- */

/* Of each change it keeps all, a part or nothing; then nothing is open to loss any more. */
void sim_node_lose_power(struct sim_node *node, struct rng *rng, bool keeps_name_order);

#endif
