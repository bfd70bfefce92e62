/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Joins two streams: an order and its payment, whichever comes first, become one sale.
 *
 *     shop --orders, by order----> joiner --to one--> report
 *          --payments, by order-->
 *
 * Equal keys of both streams meet in one task of the joiner. It holds the half that came first;
 * when the other half comes, the sale is emitted anchored to both, and both are acked. So if a sale
 * is lost, order and payment are emitted again, and no half is lost with a crash. Held halves are
 * open trees: `max_pending` must leave room for as many as can be waiting.
 *
 *     gale run join_by_key.so
 */
#include <gale/gale.h>

#include <inttypes.h>
#include <stdio.h>

#define ORDERS 100
#define EVENTS 200 /* an order and a payment each */

struct order {
    uint64_t order;
    uint64_t boxes;
};

struct payment {
    uint64_t order;
    uint64_t cents;
};

struct sale {
    uint64_t order;
    uint64_t boxes;
    uint64_t cents;
};

GALE_STREAM(orders, struct order, GALE_FIELD(struct order, order), GALE_FIELD(struct order, boxes));
GALE_STREAM(payments, struct payment, GALE_FIELD(struct payment, order),
            GALE_FIELD(struct payment, cents));
GALE_STREAM(sales, struct sale, GALE_FIELD(struct sale, order), GALE_FIELD(struct sale, boxes),
            GALE_FIELD(struct sale, cents));

struct shop {
    uint64_t next;
    uint64_t failed[EVENTS]; /* to be emitted again */
    uint32_t failed_count;
};

/* Even ids are orders, from the first to the last; odd ids are payments, from the last to the
 * first. */
static enum gale_next shop_next(void *self, struct gale_task *task)
{
    struct shop *shop = self;

    if (shop->failed_count == 0 && shop->next == EVENTS)
        return GALE_DONE;

    uint64_t id = shop->failed_count > 0 ? shop->failed[--shop->failed_count] : shop->next++;
    struct order order = {.order = id / 2, .boxes = id % 3 + 1};
    struct payment payment = {.order = ORDERS - 1 - id / 2, .cents = 100 * id};
    if (id % 2 == 0)
        gale_emit_tracked(task, orders, id, &order);
    else
        gale_emit_tracked(task, payments, id, &payment);
    return GALE_MORE;
}

static void shop_fail(void *self, struct gale_task *task, uint64_t id,
                      const struct gale_failure *why)
{
    struct shop *shop = self;

    gale_warn(task, "event %" PRIu64 " failed: %s", id, why->message);
    shop->failed[shop->failed_count++] = id;
}

struct joiner {
    struct gale_held *waiting[ORDERS]; /* the half that came first */
};

static enum gale_verdict joiner_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct joiner *joiner = self;
    bool is_order = gale_is(tuple, orders);
    uint64_t key = is_order ? gale_read(tuple, orders)->order : gale_read(tuple, payments)->order;
    struct gale_held *halves[2] = {joiner->waiting[key], gale_hold(tuple)};

    if (halves[0] == NULL) {
        joiner->waiting[key] = halves[1];
        return GALE_HELD;
    }
    const struct gale_tuple *other = gale_held_tuple(halves[0]);
    const struct order *order = gale_read(is_order ? tuple : other, orders);
    const struct payment *payment = gale_read(is_order ? other : tuple, payments);

    gale_emit_joined(task, sales, halves, 2, &(struct sale){key, order->boxes, payment->cents});
    gale_settle(&halves[0], GALE_ACK);
    gale_settle(&halves[1], GALE_ACK);
    joiner->waiting[key] = NULL;
    return GALE_HELD;
}

struct report {
    struct sale sales[ORDERS];
};

static enum gale_verdict report_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    (void)task;
    struct report *report = self;
    const struct sale *sale = gale_read(tuple, sales);

    report->sales[sale->order].boxes += sale->boxes;
    report->sales[sale->order].cents += sale->cents;
    return GALE_ACK;
}

static void report_finish(void *self, struct gale_task *task)
{
    (void)task;
    const struct report *report = self;

    for (size_t i = 0; i < ORDERS; i++)
        printf("order %2zu: %" PRIu64 " boxes, %5" PRIu64 " cents\n", i, report->sales[i].boxes,
               report->sales[i].cents);
}

static const struct gale_component shop = {
    .name = "shop",
    .max_pending = EVENTS,
    .spout = {.size = sizeof(struct shop), .next = shop_next, .fail = shop_fail},
    .emits = {&orders.stream, &payments.stream},
};

static const struct gale_component joiner = {
    .name = "joiner",
    .tasks = 2,
    .bolt = {.size = sizeof(struct joiner), .execute = joiner_execute},
    .inputs = {{.from = &shop,
                .stream = &orders.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct order, order)}},
               {.from = &shop,
                .stream = &payments.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct payment, order)}}},
    .emits = {&sales.stream},
};

static const struct gale_component report = {
    .name = "report",
    .bolt = {.size = sizeof(struct report), .execute = report_execute, .finish = report_finish},
    .inputs = {{.from = &joiner, .stream = &sales.stream, .by = GALE_GLOBAL}},
};

const struct gale_topology gale_topology = {
    .abi = GALE_ABI,
    .name = "join-by-key",
    .components = {&shop, &joiner, &report},
};
