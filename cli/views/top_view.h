/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pictures of `gale top`: what nimbus answers, with rates since the picture before. Pure; a
 * view belongs to one thread.
 */
#ifndef CLI_VIEWS_TOP_VIEW_H
#define CLI_VIEWS_TOP_VIEW_H

#include <jansson.h>
#include <stdint.h>

#include "base/text.h"
#include "cli/views/style.h"

/* What the previous picture showed. All zero before the first. */
struct top_view {
    json_t *before; /* the answer of topology.list or topology.status; owned */
    uint64_t before_ns;
};

void top_view_done(struct top_view *view);

struct top_picture {
    const json_t *nodes;    /* of cluster.nodes; NULL for a topology */
    const json_t *list;     /* of topology.list, or NULL */
    const json_t *topology; /* of topology.status, or NULL */
    uint64_t now_ns;        /* of the clock that never goes back */
    uint64_t now_ms;        /* since 1970 */
};

void top_view_render(struct top_view *view, const struct top_picture *picture, struct text *text,
                     enum style style);

/* The text for a screen of so many rows and columns: lines that do not fit are cut, and each is
 * ended so that nothing of the picture before is left. Letters of UTF-8 are kept whole. */
void top_view_fit(const char *picture, size_t rows, size_t columns, struct text *text);

#endif
