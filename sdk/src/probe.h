/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a probe (<gale/probe.h>), as its files share them.
 *
 *     probe.c         sets it up and calls user code
 *     probe_bolt.c    tuples given, held and settled
 *     probe_spout.c   trees opened and settled
 *     probe_emit.c    what user code emits
 *     probe_host.c    the rest of the table that user code calls
 *     probe_look.c    what a test asks about afterwards
 *
 * What is an error here is one in worker/, and in the same words: a rule that changes there changes
 * here. What differs is that every tuple has memory of its own, and that there is never room for
 * more than topology.emit.bytes.max, as in a runtime whose links are full.
 */
#ifndef SDK_SRC_PROBE_H
#define SDK_SRC_PROBE_H

#include <gale/probe.h>

#include "base/attribute.h"
#include "base/err.h"
#include "base/list.h"
#include "sdk/src/conf.h"
#include "sdk/src/metrics.h"
#include "sdk/src/record.h"
#include "wire/config.h"
#include "wire/plan.h"

#define PROBE_REASON_MAX 256  /* bytes of the text of gale_fail_with() and gale_error() */
#define PROBE_LINE_MAX   2048 /* bytes of a log line of user code; longer ones are cut */
#define PROBE_ARGS_MAX   1024

/* A tuple as user code sees it. */
struct probe_view {
    struct gale_tuple handle; /* must be first */
    struct gale_probe *probe;
    const struct tuple_head *tuple;
    uint32_t given;          /* its number */
    struct probe_held *held; /* its token, once gale_hold() was called */
    void *record;            /* decoded; NULL until it is read */
    bool settled;            /* its token was settled while it was being executed */
    bool must_fail;          /* held: an emit from it was refused */
};

/* A token, with a copy of the tuple. */
struct probe_held {
    struct gale_held handle; /* must be first */
    struct list_node node;   /* in the probe's list */
    struct probe_view view;
    uint64_t tuple[];
};

struct probe_emitted {
    struct tuple_head *tuple; /* roots: the numbers of the given tuples it is anchored to, plus 1 */
    void *record;             /* decoded; NULL until a test asks */
    bool is_direct;
    bool is_tracked;
    uint32_t to;         /* direct: task */
    uint64_t message_id; /* tracked */
};

enum probe_tree_state {
    PROBE_TREE_OPEN,
    PROBE_TREE_COMPLETED, /* `ack` is due: there is no tracking */
    PROBE_TREE_REFUSED,   /* `fail` is due: it could not be sent */
};

struct probe_tree {
    uint64_t message_id;
    enum probe_tree_state state;
    char *reason; /* refused */
};

struct probe_line {
    enum gale_log_level level;
    char *text;
};

struct gale_probe {
    struct gale_task handle; /* must be first */
    const struct gale_topology *topology;
    const struct gale_component *code;
    struct plan *plan;
    uint32_t component_index;
    uint32_t task_index;
    struct settings *overrides;
    struct config *config; /* once it was opened */
    char **args;
    uint32_t arg_count;
    struct record_schema *schemas;      /* by stream id */
    const struct gale_stream **streams; /* by stream id, as the emitting component lists it */
    uint32_t *senders;                  /* by stream id: index of the emitting component */

    void *self;
    struct conf conf;
    struct metrics metrics;
    uint64_t now_ms;
    bool was_opened; /* or open was tried */
    bool is_open;    /* open succeeded, close not yet called */
    bool is_closed;
    bool is_active; /* spout */
    bool is_done;   /* spout */
    bool has_failed;
    char failure[ERROR_TEXT_MAX];

    const char *doing; /* which of its functions runs */
    struct probe_view *current;
    bool has_reason;
    bool emit_failed; /* in this call: turns the verdict into FAIL */
    char reason[PROBE_REASON_MAX];
    uint64_t call_bytes[PLAN_STREAMS_MAX]; /* emitted in this call, by stream of the component */
    void *nothing;                         /* zeros, for a read that broke the rules */

    struct list held;
    uint32_t held_count;
    uint8_t *verdicts; /* by number of the given tuple */
    uint32_t given_count;
    char last_reason[PROBE_REASON_MAX];
    struct probe_emitted *emitted;
    uint32_t emitted_count;
    struct probe_tree *trees; /* oldest first */
    uint32_t tree_count;
    struct probe_line *lines;
    uint32_t line_count;
};

extern const struct gale_host probe_host;

/* ---- probe.c ---- */

/* The test is mistaken. */
_Noreturn COLD void probe_abort(const char *format, ...) PRINTF_LIKE(1, 2);

/* User code broke a rule; only the first reason counts. */
COLD void probe_stop(struct gale_probe *probe, const char *format, ...) PRINTF_LIKE(2, 3);

/* Opens it if that was not done. False if user code may not be called. */
bool probe_is_ready(struct gale_probe *probe);

/* Around every call of user code. */
void probe_enter(struct gale_probe *probe, const char *doing);
void probe_leave(struct gale_probe *probe);

/* Before leaving a call that is not about one tuple: a refused emit would lose a tuple silently. */
void probe_check_emits(struct gale_probe *probe);

/* Room for one more item behind `count`, in an array that only grows with this. */
void *probe_grow(void *items, uint32_t count, size_t size) MUST_USE;

/* Its component, as the plan has it. */
static inline const struct plan_component *probe_component(const struct gale_probe *probe)
{
    return &probe->plan->components[probe->component_index];
}

static inline bool probe_is_spout(const struct gale_probe *probe)
{
    return probe_component(probe)->role == PLAN_SPOUT;
}

/* The index of a component in the plan, or -1. */
int32_t probe_find(const struct gale_probe *probe, const struct gale_component *component);

/* ---- probe_bolt.c ---- */

struct gale_held *probe_hold(const struct gale_tuple *handle);
const struct gale_tuple *probe_held_tuple(const struct gale_held *handle);
void probe_settle(struct gale_held **handle, enum gale_verdict verdict);
void probe_fail_held(struct gale_probe *probe);

/* ---- probe_spout.c ---- */

/* Returns the tree's index. */
uint32_t probe_plant(struct gale_probe *probe, uint64_t message_id);
void probe_set_active(struct gale_probe *probe, bool active);

/* ---- probe_emit.c ---- */

void probe_emit(struct gale_task *handle, const struct gale_stream *stream, const void *record);
void probe_emit_tracked(struct gale_task *handle, const struct gale_stream *stream, uint64_t id,
                        const void *record);
void probe_emit_with(struct gale_task *handle, const struct gale_stream *stream, const void *record,
                     const struct gale_emit_how *how);
void probe_emit_values(struct gale_task *handle, const struct gale_stream *stream,
                       const struct gale_value *values, uint32_t count,
                       const struct gale_emit_how *how);

#endif
