/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sparks: the last 15 minutes of all topologies, in one answer.
 */
#include <math.h>

#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

enum {
    STEP_MS = SPARK_SECONDS * 1000,
    WHOLE_FROM =
        100, /* numbers from here on are shown without a fraction: three digits are enough to draw */
};

static json_t *show_mean_value(double mean)
{
    if (isnan(mean))
        return json_null();
    double shown = mean >= WHOLE_FROM ? round(mean) : round(mean * 10) / 10;
    return shown == floor(shown) ? json_integer((json_int_t)shown) : json_real(shown);
}

static json_t *show_means(const struct insight *insight, uint64_t tick, enum chart_of metric)
{
    double means[SPARK_POINTS];
    json_t *values = json_array();

    if (insight->chart == NULL)
        return values;
    chart_spark(insight->chart, tick, metric, means);
    for (size_t i = 0; i < SPARK_POINTS; i++)
        (void)json_array_append_new(values, show_mean_value(means[i]));
    return values;
}

/* Trees that were completed; of one that is not tracked, as none ever was, what came in. */
static json_t *show_spark(const struct core *core, const struct topology *topology)
{
    const struct insight *insight = &topology->insight;
    bool is_tracked = insight->total.acked + insight->total.failed > 0;
    enum chart_of metric = is_tracked ? CHART_DONE_PER_S : CHART_IN_PER_S;
    json_t *shown = json_object();

    show_text(shown, "id", topology->id);
    show_text(shown, "metric", chart_metric_name(metric));
    show_put(shown, "values", show_means(insight, core->tick.number, metric));
    return shown;
}

enum verdict operation_sparks(struct core *core, struct request *request)
{
    const struct roll *topologies = registry_topologies(core->registry);
    json_t *ok = json_object();
    json_t *sparks = json_array();

    for (size_t i = 0; i < topologies->count; i++) {
        const struct topology *topology = topologies->items[i];
        if (topology->is_there)
            (void)json_array_append_new(sparks, show_spark(core, topology));
    }
    tick_show(ok, core);
    show_number(ok, "step_ms", STEP_MS);
    show_put(ok, "sparks", sparks);
    return request_answer(core, request, ok);
}
