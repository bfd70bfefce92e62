/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the workers of a topology that are over have counted, in the cluster state: the node paths_totals(). It is the
 * leader's, written behind its fence and seldom (nimbus/ledger.c), and read by the next leader alone. A topology of
 * which nobody has died has none.
 *
 * Counts of components, none of single tasks and no histograms: so its size has a bound. Each count has in it what
 * the incarnations up to the one of its place have counted, and nothing of later ones. Pure; any thread.
 */
#ifndef COORD_STATE_TOTALS_STATE_H
#define COORD_STATE_TOTALS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coord/call.h"
#include "coord/fence.h"

#define TOTALS_STATE_VERSION 1

enum {
    TOTALS_STATE_COMPONENTS_MAX = 64,
    TOTALS_STATE_OUTPUTS_MAX = 16, /* of a component, as the three below */
    TOTALS_STATE_EDGES_MAX = 1024,
    TOTALS_STATE_INPUTS_MAX = 16,
    TOTALS_STATE_METRICS_MAX = 256,
    TOTALS_STATE_PLACES_MAX = 1024,
    TOTALS_STATE_NAME_MAX = 256,     /* bytes */
    TOTALS_STATE_BYTES_MAX = 500000, /* of all */
};

struct totals_output {
    char *stream;
    uint64_t emitted, sent;
};

struct totals_edge {
    char *stream;
    char *to;
    uint64_t sent;
};

struct totals_input {
    char *from;
    char *stream;
    uint64_t executed, acked, failed, execute_ns, process_ns;
};

struct totals_metric { /* a counter of user code */
    char *name;
    uint64_t count;
};

struct totals_component {
    char *name;
    bool is_spout;
    uint64_t acked, failed, timed_out, refused, complete_ns; /* of spouts */
    size_t output_count, edge_count, input_count, metric_count;
    struct totals_output *outputs;
    struct totals_edge *edges;
    struct totals_input *inputs;
    struct totals_metric *metrics;
};

struct totals_place {
    char *supervisor;
    uint32_t slot;
    uint64_t incarnation;
};

struct totals_state {
    char *topology;
    uint64_t epoch; /* of the leader that wrote it; set by the writers below */
    size_t component_count;
    struct totals_component *components;
    size_t place_count;
    struct totals_place *places;
};

void totals_state_done(struct totals_state *totals);

/* JSON; the caller frees it. */
char *totals_state_encode(const struct totals_state *totals) MUST_USE;

/* Errors: ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. */
enum err totals_state_decode(const char *data, size_t size, struct totals_state *ret_totals,
                             struct error *error) MUST_USE;

/* Writes of the leader; fence_read() reads the answer. ERR_LIMIT, and nothing is sent, if the text is too
 * large even without the metrics of user code. */
enum err totals_state_create(const struct fence *fence, struct totals_state *totals, uint64_t tag,
                             struct coord_calls *calls) MUST_USE;
enum err totals_state_set(const struct fence *fence, struct totals_state *totals, uint64_t tag,
                          struct coord_calls *calls) MUST_USE;
void totals_state_delete(const struct fence *fence, const char *topology, uint64_t tag,
                         struct coord_calls *calls);

#endif
