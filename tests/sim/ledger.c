/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/ledger.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void ledger_init(struct ledger *ledger, struct trace *trace)
{
    *ledger = (struct ledger){.trace = trace, .acks_mean_done = true};
}

void ledger_done(struct ledger *ledger)
{
    free(ledger->emits);
    ledger->emits = NULL;
}

void ledger_complain(struct ledger *ledger, const char *format, ...)
{
    va_list arguments;

    if (ledger->has_complaint)
        return;
    ledger->has_complaint = true;
    va_start(arguments, format);
    (void)vsnprintf(ledger->complaint, sizeof ledger->complaint, format, arguments);
    va_end(arguments);
}

uint32_t ledger_add(struct ledger *ledger, uint64_t message, uint32_t attempt, uint32_t owed)
{
    if (ledger->emit_count == ledger->emit_capacity) {
        ledger->emit_capacity = ledger->emit_capacity == 0 ? 256 : ledger->emit_capacity * 2;
        ledger->emits = mem_resize(ledger->emits, ledger->emit_capacity, sizeof *ledger->emits);
    }
    uint32_t number = ledger->emit_count++;
    ledger->emits[number] = (struct ledger_emit){
        .message = message, .attempt = attempt, .owed = owed, .owner = ledger->owner};
    ledger->open++;
    trace_add(ledger->trace, TRACE_EMIT, message, number, attempt);
    return number;
}

void ledger_do(struct ledger *ledger, uint64_t number, uint32_t slot)
{
    if (number >= ledger->emit_count || slot >= LEDGER_SLOTS) {
        ledger_complain(ledger, "emit %" PRIu64 ", slot %" PRIu32 " never was", number, slot);
        return;
    }
    struct ledger_emit *emit = &ledger->emits[number];
    uint32_t bit = UINT32_C(1) << slot;

    trace_add(ledger->trace, TRACE_DONE, number, slot, 0);
    if ((emit->owed & bit) == 0)
        ledger_complain(ledger, "emit %" PRIu64 " does not lead to slot %" PRIu32, number, slot);
    if ((emit->done & bit) != 0)
        ledger_complain(ledger, "emit %" PRIu64 ", slot %" PRIu32 " is done twice", number, slot);
    emit->done |= bit;
}

static struct ledger_emit *settle(struct ledger *ledger, uint32_t number, uint64_t message)
{
    if (number >= ledger->emit_count || ledger->emits[number].message != message) {
        ledger_complain(ledger, "a verdict on message %" PRIx64 ", which is not open", message);
        return NULL;
    }
    struct ledger_emit *emit = &ledger->emits[number];
    if (emit->verdict != LEDGER_OPEN) {
        ledger_complain(ledger, "a second verdict on emit %" PRIu32, number);
        return NULL;
    }
    ledger->open--;
    return emit;
}

void ledger_ack(struct ledger *ledger, uint32_t number, uint64_t message)
{
    struct ledger_emit *emit = settle(ledger, number, message);

    if (emit == NULL)
        return;
    trace_add(ledger->trace, TRACE_ACKED, message, number, 0);
    emit->verdict = LEDGER_ACKED;
    ledger->acked++;
    if (ledger->acks_mean_done && emit->done != emit->owed)
        ledger_complain(
            ledger, "emit %" PRIu32 " is acked, but only slots %" PRIx32 " of %" PRIx32 " are done",
            number, emit->done, emit->owed);
}

void ledger_fail(struct ledger *ledger, uint32_t number, uint64_t message, uint32_t kind)
{
    struct ledger_emit *emit = settle(ledger, number, message);

    if (emit == NULL)
        return;
    trace_add(ledger->trace, TRACE_FAILED, message, number, kind);
    emit->verdict = LEDGER_FAILED;
    ledger->failed++;
}

uint32_t ledger_orphan(struct ledger *ledger, uint32_t owner)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ledger->emit_count; i++) {
        struct ledger_emit *emit = &ledger->emits[i];
        if (emit->owner != owner || emit->verdict != LEDGER_OPEN)
            continue;
        emit->verdict = LEDGER_ORPHANED;
        count++;
    }
    ledger->open -= count;
    ledger->orphaned += count;
    return count;
}

uint32_t ledger_open_of(const struct ledger *ledger, uint32_t owner)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < ledger->emit_count; i++)
        count += ledger->emits[i].owner == owner && ledger->emits[i].verdict == LEDGER_OPEN;
    return count;
}
