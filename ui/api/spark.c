/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/spark.h"

/* The values from `begin` on; what is before the first one is not known. */
static json_t *mean_of(const json_t *values, long begin)
{
    double sum = 0;
    int count = 0;

    for (long i = begin; i < begin + SPARK_STEP; i++) {
        const json_t *value = i < 0 ? NULL : json_array_get(values, (size_t)i);
        if (!json_is_number(value))
            continue;
        sum += json_number_value(value);
        count++;
    }
    return count == 0 ? json_null() : json_real(sum / count);
}

json_t *spark_of(const json_t *history)
{
    const json_t *series = json_array_get(json_object_get(history, "series"), 0);
    const json_t *values = json_object_get(series, "values");
    long first = (long)json_array_size(values) - (long)SPARK_POINTS * SPARK_STEP;
    json_t *spark = json_array();

    for (long i = 0; i < SPARK_POINTS; i++)
        (void)json_array_append_new(spark, mean_of(values, first + i * SPARK_STEP));
    return spark;
}
