/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/views/show.h"

#include <math.h>

#include "base/assert.h"
#include "coord/state/fields.h"

void show_put(json_t *object, const char *member, json_t *value)
{
    int status = json_object_set_new_nocheck(object, member, value);

    ASSERT(status == 0);
}

static json_t *make_number(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

void show_number(json_t *object, const char *member, uint64_t number)
{
    show_put(object, member, make_number(number));
}

void show_known(json_t *object, const char *member, bool is_known, uint64_t number)
{
    show_put(object, member, is_known ? make_number(number) : json_null());
}

/* A thousandth is finer than anything that is measured, and keeps texts short. */
void show_real(json_t *object, const char *member, double number)
{
    show_put(object, member,
             isfinite(number) ? json_real(round(number * 1000) / 1000) : json_null());
}

void show_text(json_t *object, const char *member, const char *text)
{
    show_put(object, member, text == NULL ? json_null() : fields_json_text(text));
}

void show_rate(json_t *object, const char *member, uint64_t count, uint64_t seconds)
{
    show_real(object, member, seconds == 0 ? (double)NAN : (double)count / (double)seconds);
}

void show_counts(json_t *object, const struct glance_counts *counts)
{
    static const struct glance_counts none = {0};
    const struct glance_counts *shown = counts == NULL ? &none : counts;
    bool is_known = counts != NULL;

    show_known(object, "emitted", is_known, shown->emitted);
    show_known(object, "sent", is_known, shown->sent);
    show_known(object, "executed", is_known, shown->executed);
    show_known(object, "acked", is_known, shown->acked);
    show_known(object, "failed", is_known, shown->failed);
    show_known(object, "timed_out", is_known, shown->timed_out);
    show_known(object, "refused", is_known, shown->refused);
}

void show_mean(json_t *object, const struct histogram *histogram)
{
    double mean = histogram_mean(histogram);

    show_number(object, "mean", mean < 9e18 ? (uint64_t)(mean + 0.5) : INT64_MAX);
}

json_t *show_histogram(const struct histogram *histogram)
{
    json_t *shown;

    if (histogram_count(histogram) == 0)
        return json_null();
    shown = json_object();
    show_number(shown, "count", histogram_count(histogram));
    show_mean(shown, histogram);
    show_number(shown, "p50", histogram_quantile(histogram, 0.5));
    show_number(shown, "p90", histogram_quantile(histogram, 0.9));
    show_number(shown, "p99", histogram_quantile(histogram, 0.99));
    show_number(shown, "p999", histogram_quantile(histogram, 0.999));
    show_number(shown, "max", histogram_max(histogram));
    return shown;
}
