/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes of the cluster state for people and for programs. Each JSON text is one object on one line.
 * Pure; any thread.
 */
#ifndef CLI_VIEWS_COORD_VIEW_H
#define CLI_VIEWS_COORD_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "coord/event.h"
#include "coord/protocol/message.h"

/* A node somewhere below another one. */
struct coord_node {
    char *path;
    const char *name; /* the last part of the path */
    size_t depth;     /* 0 for the one where it begins */
    struct message_stat stat;
};

/* Nodes in the order in which a tree is drawn: a node, then all below it. */
struct coord_nodes {
    struct coord_node *items;
    size_t count;
    size_t capacity;
    bool is_complete; /* false: the limit was reached */
};

/* All fields, one on a line, with their names. */
void coord_view_stat(const struct message_stat *stat, struct text *text);
void coord_view_stat_json(const char *path, const struct message_stat *stat, struct text *text);

void coord_view_data_json(const char *path, const struct coord_event *answer, struct text *text);

/* The names, or a table of the nodes, whose own path is not shown. */
void coord_view_names(const char *const *names, size_t count, struct text *text);
void coord_view_list(const struct coord_nodes *nodes, struct text *text);
void coord_view_names_json(const char *path, const char *const *names, size_t count,
                           struct text *text);
void coord_view_list_json(const char *path, const struct coord_nodes *nodes, struct text *text);

/* What is deeper than `depth_max` was not asked for. */
void coord_view_tree(const struct coord_nodes *nodes, size_t depth_max, struct text *text);
void coord_view_tree_json(const struct coord_nodes *nodes, struct text *text);

/* Of `gale coord rm`. */
void coord_view_deleted_json(const char *path, size_t count, struct text *text);

/* Something happened at time_ms (since 1970); `stat` is NULL if there is no node or it does not
 * matter. */
void coord_view_change(uint64_t time_ms, const char *event, const char *path,
                       const struct message_stat *stat, struct text *text);
void coord_view_change_json(uint64_t time_ms, const char *event, const char *path,
                            const struct message_stat *stat, struct text *text);

#endif
