/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/tuple.h"

static bool check_field(const struct tuple_head *tuple, enum kind kind, uint64_t bits,
                        uint32_t tail_offset)
{
    if (kind_base(kind) == KIND_BOOL)
        return bits <= 1;
    if (!kind_has_tail(kind))
        return true;

    uint32_t offset = (uint32_t)bits;
    uint32_t length = (uint32_t)(bits >> 32);
    return offset >= tail_offset && offset <= tuple->size && length <= tuple->size - offset;
}

static bool check_fields(const struct tuple_head *tuple, const struct tuple_schema *schema,
                         uint32_t tail_offset)
{
    const uint64_t *fields = tuple_fields(tuple, schema);
    uint64_t nulls = tuple_nulls(tuple, schema);

    for (uint32_t i = 0; i < schema->field_count; i++) {
        bool is_null = (nulls >> i & 1) != 0;
        if (is_null && !kind_is_nullable(schema->kinds[i]))
            return false;
        if (!is_null && !check_field(tuple, schema->kinds[i], fields[i], tail_offset))
            return false;
    }
    return nulls >> schema->field_count == 0;
}

static bool check_roots(const struct tuple_head *tuple, uint32_t task_count)
{
    const struct tuple_root *roots = tuple_roots(tuple);

    for (uint32_t i = 0; i < tuple->roots; i++) {
        if (roots[i].root == 0 || tuple_root_task(roots[i].root) >= task_count)
            return false;
    }
    return true;
}

bool tuple_check(const struct tuple_head *tuple, size_t available,
                 const struct tuple_schema schemas[], uint32_t stream_count, uint32_t task_count)
{
    if (available < sizeof *tuple || tuple->size < sizeof *tuple || tuple->size > available ||
        tuple->size % 8 != 0)
        return false;
    if (tuple->target >= task_count || tuple->source >= task_count ||
        tuple->stream >= stream_count || tuple->roots > TUPLE_ROOTS_MAX)
        return false;

    const struct tuple_schema *schema = &schemas[tuple->stream];
    uint32_t tail_offset = tuple_fields_offset(schema, tuple->roots) + 8 * schema->field_count;
    return tail_offset <= tuple->size && check_roots(tuple, task_count) &&
           check_fields(tuple, schema, tail_offset);
}
