/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker counts, as it travels each second from the worker through its supervisor to nimbus
 * (docs/protocol/figures.md). Nothing between worker and nimbus looks inside.
 *
 * All of a worker's figures of one moment are a *set*, cut into *parts*. A part is about one component
 * and some of its tasks, names everything it speaks of, and can be read alone. Counters only grow
 * while the worker lives and begin at zero with it, so a set that is lost costs nothing but time.
 * Histograms are those of base/histogram.h, written as the buckets that are not empty.
 *
 * Numbers are LEB128 varints; texts a length and bytes. Every length is checked before it is believed.
 * Pure; any thread.
 */
#ifndef WIRE_FIGURES_H
#define WIRE_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/histogram.h"
#include "base/text.h"

#define FIGURES_VERSION 1

enum {
    FIGURES_PART_MAX = 96 * 1024, /* bytes */
    FIGURES_PARTS_MAX = 1024,     /* of a set */
    FIGURES_NAME_MAX = 256,       /* bytes of a name */
    FIGURES_STREAMS_MAX = 1024,   /* outputs, and inputs, of one component */
    FIGURES_EDGES_MAX = 1024,     /* subscriptions to the streams of one component */
    FIGURES_METRICS_MAX = 256,    /* of user code, of one task */
    FIGURES_HISTOGRAMS_MAX = 512, /* of a part, that are not empty: 7.5 MiB once they are decoded */
};

/* An output stream of the component. */
struct figures_output {
    const char *stream;
};

/* Who reads it, and which of the outputs: one for each subscription. */
struct figures_edge {
    uint32_t output;
    const char *to; /* component */
};

/* A stream that the component reads; bolts. The histograms are over the tasks of the set's worker that
 * are in this part and in all others of the component: they stand in the first part, and are empty
 * in the rest. NULL: empty. */
struct figures_input {
    const char *from; /* component */
    const char *stream;
    const struct histogram *execute_ns; /* how long execute took, for each tuple */
    const struct histogram *process_ns; /* from the beginning of execute to ack or fail */
};

struct figures_output_count {
    uint64_t emitted; /* calls of emit */
    uint64_t sent;    /* tuples that came of them: one for each target task */
};

struct figures_input_count {
    uint64_t executed;
    uint64_t acked;
    uint64_t failed;
    uint64_t execute_ns; /* in all */
    uint64_t process_ns; /* in all, of those acked or failed */
};

enum figures_metric_kind {
    FIGURES_COUNTER = 0,
    FIGURES_GAUGE = 1,
    FIGURES_HISTOGRAM = 2,
};

/* A metric of user code; its name may be of any bytes, as texts of this format may. */
struct figures_metric {
    const char *name;
    enum figures_metric_kind kind;
    uint64_t count;                    /* COUNTER */
    double value;                      /* GAUGE; what is not finite is not known */
    const struct histogram *histogram; /* HISTOGRAM; NULL: empty */
};

struct figures_task {
    uint32_t index;                             /* in the component */
    uint32_t loop;                              /* thread of the worker that runs it */
    const struct figures_output_count *outputs; /* output_count */
    const uint64_t *sent;                       /* edge_count */
    const struct figures_input_count *inputs;   /* input_count */
    /* spouts */
    uint64_t acked;       /* trees completed */
    uint64_t failed;      /* trees failed, for whatever reason */
    uint64_t timed_out;   /* of them */
    uint64_t refused;     /* of them */
    uint64_t complete_ns; /* of the completed, in all */
    /* both */
    uint64_t open;              /* now: trees of a spout, held tuples of a bolt */
    uint64_t busy_ns;           /* in user code: next, execute, tick, ack, fail */
    uint64_t blocked_ns;        /* it had work, and no room for what would come of it */
    uint64_t queue_bytes;       /* now: what waits for the tasks of its component on its loop */
    uint64_t queue_limit_bytes; /* and how much may */
    const struct histogram
        *latency_ns; /* spouts: of completed trees; bolts: execute. NULL: empty */
    uint32_t metric_count;
    const struct figures_metric *metrics;
};

/* Everything is borrowed from who fills it, or from the decoder. */
struct figures_part {
    const char *component;
    bool is_spout;
    uint64_t uptime_ns; /* of the worker */
    uint32_t output_count;
    const struct figures_output *outputs;
    uint32_t edge_count;
    const struct figures_edge *edges;
    uint32_t input_count;
    const struct figures_input *inputs;
    const struct histogram *complete_ns; /* spouts, as those of the inputs; NULL: empty */
    uint32_t task_count;
    const struct figures_task *tasks;
};

/* Appends the part. False, with nothing appended, if it would exceed FIGURES_PART_MAX or
 * FIGURES_HISTOGRAMS_MAX: then the caller cuts it. Histograms may have a writer. */
bool figures_encode(const struct figures_part *part, struct text *out) MUST_USE;

/* ERR_CORRUPT, ERR_LIMIT, ERR_VERSION. The part, and all it points to, belongs to the decoded value,
 * which is never larger than FIGURES_DECODED_MAX. Histograms that are empty are NULL. */
#define FIGURES_DECODED_MAX (16u << 20) /* bytes */

struct figures_decoded;
enum err figures_decode(const void *bytes, size_t size, struct figures_decoded **ret_decoded,
                        struct error *error) MUST_USE;
const struct figures_part *figures_decoded_part(const struct figures_decoded *decoded);
size_t figures_decoded_bytes(const struct figures_decoded *decoded); /* of memory */
void figures_decoded_destroy(struct figures_decoded **decoded);

/* ---- between worker and supervisor ---- */

/* A message of the local socket that carries a part begins with this byte, where all others begin with
 * '{'. Then three varints: number of the set, index of the part in it, count of parts. */
#define FIGURES_MESSAGE 'F'

struct figures_message {
    uint64_t set;
    uint32_t index;
    uint32_t count;   /* 1 .. FIGURES_PARTS_MAX */
    const void *part; /* borrowed */
    size_t size;
};

/* Appends what comes before the part. */
void figures_message_head(uint64_t set, uint32_t index, uint32_t count, struct text *out);

/* ERR_CORRUPT, ERR_LIMIT. The part is not looked into, but is neither empty nor too large. */
enum err figures_message_decode(const void *bytes, size_t size, struct figures_message *ret_message,
                                struct error *error) MUST_USE;

#endif
