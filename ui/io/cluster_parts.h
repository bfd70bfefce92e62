/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the way to the cluster is made of. For ui/io/cluster_backend.c and cluster_nimbus.c alone. Any thread.
 */
#ifndef UI_IO_CLUSTER_PARTS_H
#define UI_IO_CLUSTER_PARTS_H

#include "base/monitor.h"
#include "nimbus/client/io/pass.h"
#include "ui/io/cluster_backend.h"
#include "ui/io/coord_reader.h"
#include "ui/io/links.h"
#include "ui/io/lookups.h"
#include "ui/io/silences.h"

#define NS_PER_MS 1000000ull

/* One of the two ways to it. */
struct view {
    struct cluster_backend *owner;
    uint64_t timeout_ms;
    struct backend table;
};

struct cluster_backend {
    struct cluster_backend_options options;
    int interrupt;
    struct pass pass;
    char *leader_path;
    struct coord_reader *coord;
    struct links *links;
    struct lookups *lookups; /* of nimbus */
    struct lookups *shared;  /* of supervisors */
    struct silences *silences;
    struct view requests;
    struct view streams;

    struct monitor monitor; /* of all below */
    char *leader;           /* its address; NULL: not known */
};

/* ---- cluster_backend.c ---- */

/* The error as a fault; returns its code. */
enum control_code cluster_refuse(struct control_fault *fault, enum control_code code,
                                 const struct error *error);

/* Until when an answer is waited for. */
uint64_t cluster_deadline(const struct view *view);

/* As silences_may_ask(), with the time that the view has. */
bool cluster_may_ask(const struct view *view, const char *name, uint64_t *ret_began_ns,
                     struct control_fault *fault) MUST_USE;

/* As coord_reader_read(), unless the cluster state is silent; ERR_INVALID for what is no path. */
enum err cluster_read_node(const struct view *view, const char *path, uint64_t until_ns,
                           struct coord_node *ret_node, struct error *error) MUST_USE;

/* ---- cluster_nimbus.c ---- */

/* What is asked, so that the same is known again. The caller owns it. */
char *cluster_key(const struct backend_question *question) MUST_USE;

/* Ends *asked: its result, or its fault. */
enum control_code cluster_give(struct asked *asked, json_t **ret_ok, struct control_fault *fault);

enum control_code cluster_look_up(const struct view *view, const struct backend_question *question,
                                  json_t **ret_ok, struct control_fault *fault);

/* Of the table of ui/backend.h; the context is a view. */
enum control_code cluster_ask_nimbus(void *context, enum backend_kind kind,
                                     const struct backend_question *question, json_t **ret_ok,
                                     struct control_fault *fault);

#endif
