/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "broker/client/io/console_parts.h"

enum {
    PATIENCE_MS = 1000, /* the library itself says when time is up; this is for when it does not */
};

rd_kafka_AdminOptions_t *admin_options(struct console *console, rd_kafka_admin_op_t operation)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(console->client, operation);
    char text[ERROR_TEXT_MAX];

    bool is_set =
        rd_kafka_AdminOptions_set_request_timeout(options, console->timeout_ms, text,
                                                  sizeof text) == RD_KAFKA_RESP_ERR_NO_ERROR;
    ASSERT(is_set);
    /* Not every question knows it. */
    (void)rd_kafka_AdminOptions_set_operation_timeout(options, console->timeout_ms, text,
                                                      sizeof text);
    return options;
}

enum err admin_await(struct console *console, rd_kafka_event_t **ret_event, struct error *error)
{
    rd_kafka_event_t *event =
        rd_kafka_queue_poll(console->answers, console->timeout_ms + PATIENCE_MS);

    if (event == NULL)
        return error_set(error, ERR_CLOSED, "no broker answered in time");
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        *ret_event = event;
        return ERR_OK;
    }
    enum err err = console_refuse(error, code, rd_kafka_event_error_string(event),
                                  "the brokers did not answer");
    rd_kafka_event_destroy(event);
    return err;
}
