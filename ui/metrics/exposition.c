/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/metrics/exposition.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct exposition {
    struct text samples[METRIC_COUNT];
};

struct exposition *exposition_new(void)
{
    return NEW(struct exposition);
}

void exposition_destroy(struct exposition **exposition)
{
    if (*exposition == NULL)
        return;
    for (size_t i = 0; i < METRIC_COUNT; i++)
        text_done(&(*exposition)->samples[i]);
    free(*exposition);
    *exposition = NULL;
}

/* ---- labels ---- */

static void add_escaped(struct text *out, const char *value)
{
    for (const char *at = value; *at != '\0'; at++) {
        switch (*at) {
        case '\\':
            text_add(out, "\\\\");
            break;
        case '"':
            text_add(out, "\\\"");
            break;
        case '\n':
            text_add(out, "\\n");
            break;
        default:
            text_add_bytes(out, at, 1);
        }
    }
}

/* The labels of the table with these values, and the quantile unless it is NULL. */
static void add_labels(struct text *out, const char *names, const struct label_values *labels,
                       const char *quantile)
{
    const char *separator = "{";

    for (size_t i = 0; *names != '\0'; i++) {
        size_t size = strcspn(names, ",");
        ASSERT(i < EXPOSITION_VALUES_MAX && labels->of[i] != NULL);
        text_add(out, "%s%.*s=\"", separator, (int)size, names);
        add_escaped(out, labels->of[i]);
        text_add(out, "\"");
        separator = ",";
        names += size;
        names += strspn(names, ", ");
    }
    if (quantile != NULL) {
        text_add(out, "%squantile=\"%s\"", separator, quantile);
        separator = ",";
    }
    if (separator[0] == ',')
        text_add(out, "}");
}

/* ---- samples ---- */

static struct text *begin(struct exposition *exposition, enum metric metric, const char *suffix,
                          const struct label_values *labels, const char *quantile)
{
    struct text *out = &exposition->samples[metric];

    text_add(out, "%s%s", metric_specs[metric].name, suffix);
    add_labels(out, metric_specs[metric].labels, labels, quantile);
    return out;
}

static void add_real(struct text *out, double value)
{
    if (isnan(value))
        text_add(out, " NaN\n");
    else if (isinf(value))
        text_add(out, " %cInf\n", value > 0 ? '+' : '-');
    else
        text_add(out, " %.15g\n", value);
}

void exposition_count(struct exposition *exposition, enum metric metric,
                      const struct label_values *labels, uint64_t value)
{
    text_add(begin(exposition, metric, "", labels, NULL), " %" PRIu64 "\n", value);
}

void exposition_real(struct exposition *exposition, enum metric metric,
                     const struct label_values *labels, double value)
{
    add_real(begin(exposition, metric, "", labels, NULL), value);
}

void exposition_quantile(struct exposition *exposition, enum metric metric,
                         const struct label_values *labels, const char *quantile, double value)
{
    add_real(begin(exposition, metric, "", labels, quantile), value);
}

void exposition_sum(struct exposition *exposition, enum metric metric,
                    const struct label_values *labels, double sum)
{
    add_real(begin(exposition, metric, "_sum", labels, NULL), sum);
}

void exposition_total(struct exposition *exposition, enum metric metric,
                      const struct label_values *labels, uint64_t count)
{
    text_add(begin(exposition, metric, "_count", labels, NULL), " %" PRIu64 "\n", count);
}

void exposition_write(const struct exposition *exposition, struct text *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        const struct text *samples = &exposition->samples[i];
        const struct metric_spec *spec = &metric_specs[i];
        if (text_size(samples) == 0)
            continue;
        text_add(out, "# HELP %s %s.\n# TYPE %s %s\n", spec->name, spec->help, spec->name,
                 metric_kind_name(spec->kind));
        text_add_bytes(out, text_data(samples), text_size(samples));
    }
}
