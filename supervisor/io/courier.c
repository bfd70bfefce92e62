/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/courier.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/control_client.h"
#include "wire/control.h"

enum {
    HURRY_MS = 20, /* what changes together is reported together */
};

struct courier {
    struct courier_options options;
    char *leader; /* NULL: none */
    struct control_client *client;
    uint64_t id;          /* of the last request */
    uint64_t due_ns;      /* for the next report */
    uint64_t deadline_ns; /* for the answer; 0: none is awaited */
    uint32_t miss_count;  /* answers that did not come, one after the other */
    bool is_hurried;
    bool was_refused; /* said so already */
};

struct courier *courier_new(const struct courier_options *options)
{
    struct courier *courier = NEW(struct courier);

    courier->options = *options;
    return courier;
}

void courier_destroy(struct courier **courier)
{
    if (*courier == NULL)
        return;
    if ((*courier)->client != NULL)
        control_client_close(&(*courier)->client);
    free((*courier)->leader);
    free(*courier);
    *courier = NULL;
}

static void received(void *context, const char *head, size_t head_size, const void *body,
                     size_t body_size)
{
    struct courier *courier = context;
    struct control_answer answer;

    (void)body;
    (void)body_size;
    if (control_answer_decode(head, head_size, &answer, NULL) != ERR_OK)
        return;
    if (answer.id == courier->id && courier->deadline_ns != 0) {
        courier->deadline_ns = 0;
        courier->miss_count = 0;
        bool is_refused = answer.fault.code != CONTROL_OK;
        if (!is_refused) {
            courier->options.delivered(courier->options.context);
            courier->options.ordered(courier->options.context, answer.ok);
        } else if (!courier->was_refused)
            log_warn("report.refused", "nimbus=%s error=\"%s\"", courier->leader,
                     answer.fault.text);
        courier->was_refused = is_refused;
    }
    control_answer_done(&answer);
}

static void connect_to_leader(struct courier *courier)
{
    struct control_client_options options = {
        .reactor = courier->options.reactor,
        .address = courier->leader,
        .keys = courier->options.keys,
        .received = received,
        .context = courier,
    };
    struct error error;

    courier->miss_count = 0;
    if (control_client_open(&options, &courier->client, &error) != ERR_OK)
        log_warn("nimbus.refused", "error=\"%s\"", error.text);
}

/* ZeroMQ gives up on a server that does not speak as it should, and who listens there may change. */
static void count_miss(struct courier *courier)
{
    const char *trouble = control_client_trouble(courier->client);

    courier->deadline_ns = 0;
    if (++courier->miss_count < COURIER_MISSES_MAX)
        return;
    log_warn("report.unanswered", "nimbus=%s why=\"%s\"", courier->leader,
             trouble == NULL ? "it does not answer" : trouble);
    control_client_close(&courier->client);
    connect_to_leader(courier);
}

void courier_set_leader(struct courier *courier, const char *address)
{
    if (address != NULL && courier->leader != NULL && strcmp(address, courier->leader) == 0)
        return;
    if (courier->client != NULL)
        control_client_close(&courier->client);
    mem_free_text(&courier->leader);
    courier->deadline_ns = 0;
    courier->due_ns = 0;
    if (address == NULL)
        return;
    courier->leader = mem_copy_text(address);
    log_info("nimbus.leader", "address=%s", address);
    connect_to_leader(courier);
}

void courier_hurry(struct courier *courier)
{
    courier->is_hurried = true;
    reactor_wake(courier->options.reactor);
}

bool courier_send(struct courier *courier, const char *op, const json_t *args, const void *body,
                  size_t size)
{
    AUTO(mem_free_text)
    char *head = control_request_encode(++courier->id, op, json_deep_copy(args));

    return control_client_send(courier->client, head, strlen(head), body, size);
}

/* Who is told of an end has the figures that belong to it. */
static void send(struct courier *courier, uint64_t now_ns)
{
    courier->options.figures(courier->options.context);
    json_t *args = courier->options.write(courier->options.context);
    AUTO(mem_free_text)
    char *head = control_request_encode(++courier->id, "supervisor.report", args);

    courier->due_ns = now_ns + COURIER_PERIOD_MS * UINT64_C(1000000);
    courier->deadline_ns = now_ns + COURIER_ANSWER_MS * UINT64_C(1000000);
    courier->is_hurried = false;
    if (!control_client_send(courier->client, head, strlen(head), NULL, 0))
        courier->deadline_ns = 0; /* it is asked again in a second */
}

uint64_t courier_tick(struct courier *courier, uint64_t now_ns)
{
    if (courier->client == NULL)
        return UINT64_MAX;
    uint64_t hurry_ns = now_ns + HURRY_MS * UINT64_C(1000000);
    if (courier->is_hurried && courier->due_ns > hurry_ns)
        courier->due_ns = hurry_ns;
    if (courier->deadline_ns != 0 && courier->deadline_ns > now_ns)
        return courier->deadline_ns;
    if (courier->deadline_ns != 0)
        count_miss(courier);
    if (courier->client == NULL)
        return UINT64_MAX;
    if (courier->due_ns <= now_ns)
        send(courier, now_ns);
    return courier->due_ns;
}
