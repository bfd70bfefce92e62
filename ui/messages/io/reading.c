/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/reading.h"

#include <poll.h>

enum {
    WAIT_MS = 100, /* at most, between two looks at the clock */
};

static uint64_t left_ms(const struct reading *reading)
{
    uint64_t now_ns = reading->backend->now_ns(reading->backend->context);

    return now_ns >= reading->until_ns ? 0 : (reading->until_ns - now_ns) / 1000000 + 1;
}

static void wait_for_more(const struct reading *reading, const struct console_consumer *consumer)
{
    struct pollfd ready = {.fd = reading->table->consumer_fd(consumer), .events = POLLIN};
    uint64_t left = left_ms(reading);

    (void)poll(&ready, 1, left < WAIT_MS ? (int)left : WAIT_MS);
}

enum reading_end reading_run(const struct reading *reading, struct console_consumer *consumer,
                             struct error *error)
{
    struct console_record record;

    while (left_ms(reading) > 0) {
        switch (reading->table->take(consumer, &record, error)) {
        case CONSOLE_RECORD:
            if (!reading->take(reading->context, &record))
                return READING_ENOUGH;
            break;
        case CONSOLE_NOTHING:
        case CONSOLE_TROUBLE: /* it goes on trying, and so do we, until it is late */
            wait_for_more(reading, consumer);
            break;
        case CONSOLE_AT_END:
            return READING_AT_END;
        case CONSOLE_FAILED:
            return READING_FAILED;
        }
    }
    return READING_LATE;
}
