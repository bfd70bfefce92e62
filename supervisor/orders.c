/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/orders.h"

static bool read_order(const json_t *item, uint32_t slot_count, struct order *ret_order)
{
    const json_t *topology = json_object_get(item, "topology");
    const json_t *slot = json_object_get(item, "slot");
    const json_t *incarnation = json_object_get(item, "incarnation");

    if (!json_is_string(topology) || !json_is_integer(slot) || !json_is_integer(incarnation) ||
        json_integer_value(slot) < 0 || json_integer_value(slot) >= slot_count ||
        json_integer_value(incarnation) < 0)
        return false;
    *ret_order = (struct order){
        .topology = json_string_value(topology),
        .slot = (uint32_t)json_integer_value(slot),
        .incarnation = (uint64_t)json_integer_value(incarnation),
    };
    return true;
}

bool orders_next(const json_t *answer, size_t *position, uint32_t slot_count,
                 struct order *ret_order)
{
    const json_t *list = json_object_get(answer, "restart");

    while (*position < json_array_size(list))
        if (read_order(json_array_get(list, (*position)++), slot_count, ret_order))
            return true;
    return false;
}
