/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Server-sent events: how they look, and what a viewer asks for. Pure.
 *
 *     event: figures                          ?panels=pulse,events,topology:NAME[:WINDOW],tasks:NAME[:COMPONENT]
 *     id: 17-203
 *     data: {"panel":"topology:wc",...}
 *
 * The id is "<tick>-<last event>".
 */
#ifndef UI_HTTP_SSE_H
#define UI_HTTP_SSE_H

#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

enum {
    SSE_PANELS_MAX = 16, /* of one viewer */
    SSE_PANEL_MAX = 300, /* bytes of what stands between commas */
};

enum sse_kind {
    SSE_PULSE,
    SSE_EVENTS,
    SSE_FIGURES,
    SSE_TASKS,
};

struct sse_panel {
    enum sse_kind kind;
    char name[SSE_PANEL_MAX + 1]; /* as it was asked for */
};

struct sse_id {
    uint64_t tick;
    uint64_t event;
};

/* "events": of the line "event:". */
const char *sse_kind_name(enum sse_kind kind);

/* The one list; ERR_INVALID says what is wrong, ERR_LIMIT. A panel that stands there twice counts once. */
enum err sse_panels_parse(const char *text, struct sse_panel ret_panels[SSE_PANELS_MAX],
                          size_t *ret_count, struct error *error) MUST_USE;

/* What is to be GOT for a panel: "/api/v2/topologies/wc/figures?window=10". Of events: those after `after`. */
void sse_panel_target(const struct sse_panel *panel, uint64_t after, struct text *out);

/* The answer of the GET, a JSON object, with the member "panel" before all others. */
void sse_add_data(const char *panel, const struct text *object, struct text *out);

/* "event:" and "id:"; the data follow. */
void sse_add_head(const char *event, struct sse_id id, struct text *out);

/* "data:" and the empty line; the data may have several lines. */
void sse_add_tail(const char *data, struct text *out);

/* What keeps a connection known to be alive. */
void sse_add_comment(struct text *out);

/* Of the header Last-Event-ID; zeros for what is none. */
struct sse_id sse_id_parse(const char *text);

#endif
