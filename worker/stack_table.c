/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/stack_table.h"

#include <stddef.h>

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32);
}

static uint64_t hash_of(const struct stack *stack)
{
    uint64_t hash = mix((uint32_t)stack->thread, stack->task);

    hash = mix(hash, (uintptr_t)stack->component);
    for (uint32_t i = 0; i < stack->depth; i++)
        hash = mix(hash, stack->frames[i]);
    return hash;
}

static bool is_same(const struct stack *a, const struct stack *b)
{
    bool same = a->thread == b->thread && a->task == b->task && a->component == b->component &&
                a->depth == b->depth;

    for (uint32_t i = 0; same && i < a->depth; i++)
        same = a->frames[i] == b->frames[i];
    return same;
}

/* Field by field: a copy of the whole would be a call of memcpy(), and mostly of nothing. */
static void keep(struct stack_entry *entry, const struct stack *stack)
{
    entry->count = 1;
    entry->stack.thread = stack->thread;
    entry->stack.task = stack->task;
    entry->stack.component = stack->component;
    entry->stack.doing = stack->doing;
    entry->stack.depth = stack->depth;
    for (uint32_t i = 0; i < stack->depth; i++)
        entry->stack.frames[i] = stack->frames[i];
}

bool stack_table_add(struct stack_table *table, const struct stack *stack)
{
    size_t place = hash_of(stack) % STACK_TABLE_PLACES;

    while (table->places[place] != 0) {
        struct stack_entry *entry = &table->entries[table->places[place] - 1];
        if (is_same(&entry->stack, stack)) {
            entry->count++;
            table->samples++;
            return true;
        }
        place = (place + 1) % STACK_TABLE_PLACES;
    }
    if (table->count == STACK_TABLE_MAX) {
        table->dropped++;
        return false;
    }
    keep(&table->entries[table->count], stack);
    table->places[place] = (uint16_t)++table->count;
    table->samples++;
    return true;
}
