/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes Prometheus' text format, version 0.0.4. Samples may come in any order: those of a metric are kept together, and
 * metrics are written in the order of their table, those without a sample not at all.
 *
 *     # HELP gale_component_emitted_tuples_total Calls of emit.
 *     # TYPE gale_component_emitted_tuples_total counter
 *     gale_component_emitted_tuples_total{topology="wc",component="reader",stream="lines"} 1234
 *
 * Pure; an exposition belongs to one thread.
 */
#ifndef UI_METRICS_EXPOSITION_H
#define UI_METRICS_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "ui/metrics/table.h"

enum {
    EXPOSITION_VALUES_MAX = 8, /* of labels */
};

/* The values of a sample's labels, in the order in which the table names them. Borrowed for the call. */
struct label_values {
    const char *of[EXPOSITION_VALUES_MAX];
};

struct exposition;

struct exposition *exposition_new(void);
void exposition_destroy(struct exposition **exposition);

void exposition_count(struct exposition *exposition, enum metric metric,
                      const struct label_values *labels, uint64_t value);
void exposition_real(struct exposition *exposition, enum metric metric,
                     const struct label_values *labels, double value);

/* Parts of a summary. A quantile that nothing is known of is NAN. */
void exposition_quantile(struct exposition *exposition, enum metric metric,
                         const struct label_values *labels, const char *quantile, double value);
void exposition_sum(struct exposition *exposition, enum metric metric,
                    const struct label_values *labels, double sum);
void exposition_total(struct exposition *exposition, enum metric metric,
                      const struct label_values *labels, uint64_t count);

/* All of it; the exposition stays as it is. */
void exposition_write(const struct exposition *exposition, struct text *out);

#endif
