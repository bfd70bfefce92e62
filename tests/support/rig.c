/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rig.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    TICK_MS = 100,
    LENGTH_SIZE = 4,
};

struct service_options rig_options(void)
{
    struct service_options options = service_options_default();

    options.tick_ms = TICK_MS;
    options.session_timeout_min_ms = 2 * TICK_MS;
    options.session_timeout_max_ms = 20 * TICK_MS;
    return options;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void start(struct rig *rig)
{
    struct error error;

    rig->service = service_new(&rig->options);
    struct store_sink sink = service_sink(rig->service);
    enum err err = memory_store_load(rig->store, &sink, &error);
    ASSERT(err == ERR_OK);
    err = service_start(rig->service, rig->now_us, rig->wall_ms, &error);
    ASSERT(err == ERR_OK);
}

struct rig *rig_new(const struct service_options *options)
{
    struct rig *rig = NEW(struct rig);

    rig->options = *options;
    rig->now_us = 1000000;
    rig->wall_ms = RIG_WALL_MS;
    rig->store = memory_store_new();
    batch_init(&rig->batch);
    list_init(&rig->clients);
    start(rig);
    rig_settle(rig);
    return rig;
}

void rig_destroy(struct rig **rig)
{
    struct list_node *node;

    if (*rig == NULL)
        return;
    service_destroy(&(*rig)->service);
    while ((node = list_pop_first(&(*rig)->clients)) != NULL) {
        struct rig_client *client = CONTAINER_OF(node, struct rig_client, by_age);
        text_done(&client->in);
        free(client->ops);
        free(client);
    }
    batch_done(&(*rig)->batch);
    memory_store_destroy(&(*rig)->store);
    free(*rig);
    *rig = NULL;
}

/* ---- The server ---------------------------------------------------------------------------- */

void rig_pass(struct rig *rig, uint64_t ms)
{
    while (ms > 0) {
        uint64_t step_ms = ms < TICK_MS ? ms : TICK_MS;
        ms -= step_ms;
        rig->now_us += step_ms * 1000;
        rig->wall_ms += (int64_t)step_ms;
        service_set_time(rig->service, rig->now_us, rig->wall_ms);
    }
}

void rig_seal(struct rig *rig)
{
    ASSERT(!rig->is_committing);
    service_seal(rig->service, &rig->batch);
    rig->is_committing = true;
}

void rig_finish(struct rig *rig)
{
    ASSERT(rig->is_committing);
    memory_store_apply(rig->store, &rig->batch);
    batch_clear(&rig->batch);
    rig->is_committing = false;
    service_committed(rig->service);
    rig_pump(rig);
}

void rig_roll_back(struct rig *rig)
{
    ASSERT(rig->is_committing);
    batch_clear(&rig->batch);
    rig->is_committing = false;
    service_rolled_back(rig->service);
    rig_pump(rig);
}

void rig_pump(struct rig *rig)
{
    struct service_peer *peer;
    struct text *out;
    bool is_last;

    while ((peer = service_next_output(rig->service, &out, &is_last)) != NULL) {
        struct rig_client *client = service_peer_context(peer);
        text_add_bytes(&client->in, text_data(out), text_size(out));
        text_done(out);
        if (is_last)
            rig_hang_up(client);
    }
}

void rig_settle(struct rig *rig)
{
    rig_pump(rig);
    if (rig->is_committing)
        rig_finish(rig);
    while (service_has_batch(rig->service)) {
        rig_seal(rig);
        rig_finish(rig);
    }
}

void rig_restart(struct rig *rig)
{
    for (struct list_node *node = list_first(&rig->clients); node != NULL;
         node = list_next(&rig->clients, node))
        CONTAINER_OF(node, struct rig_client, by_age)->peer = NULL;
    service_destroy(&rig->service);
    batch_clear(&rig->batch);
    rig->is_committing = false;
    start(rig);
}

/* ---- Clients ------------------------------------------------------------------------------- */

struct rig_client *rig_dial(struct rig *rig)
{
    struct rig_client *client = NEW(struct rig_client);

    client->rig = rig;
    client->peer = service_connect(rig->service, "10.1.2.3", 4000, client);
    list_push_last(&rig->clients, &client->by_age);
    return client;
}

void rig_send(struct rig_client *client, const void *frame, size_t size)
{
    ASSERT(client->peer != NULL);
    service_receive(client->rig->service, client->peer, frame, size);
}

void rig_greet(struct rig_client *client, int32_t timeout_ms, const struct rig_client *former)
{
    static const unsigned char nothing[MESSAGE_PASSWORD_SIZE];
    const unsigned char *password = former == NULL ? nothing : former->password;
    AUTO(text_done) struct text frame = {.size = 0};

    jute_put_int(&frame, 0);
    jute_put_long(&frame, 0);
    jute_put_int(&frame, timeout_ms);
    jute_put_long(&frame, former == NULL ? 0 : former->session_id);
    jute_put_bytes(&frame, (struct jute_bytes){(const char *)password, MESSAGE_PASSWORD_SIZE});
    jute_put_bool(&frame, false);
    rig_send(client, text_data(&frame), text_size(&frame));
}

struct rig_client *rig_join(struct rig *rig, int32_t timeout_ms)
{
    struct rig_client *client = rig_dial(rig);
    AUTO(text_done) struct text line = {.size = 0};

    rig_greet(client, timeout_ms, NULL);
    rig_settle(rig);
    bool came = rig_next(client, &line);
    ASSERT(came && strcmp(text_data(&line), "session") == 0);
    return client;
}

int32_t rig_ask(struct rig_client *client, const struct ask *ask)
{
    int32_t xid = ++client->last_xid;
    AUTO(text_done) struct text frame = {.size = 0};

    client->ops = mem_resize(client->ops, (size_t)xid + 1, sizeof *client->ops);
    client->ops[xid] = ask->op;
    ask_put(ask, xid, &frame);
    rig_send(client, text_data(&frame), text_size(&frame));
    return xid;
}

void rig_ping(struct rig_client *client)
{
    AUTO(text_done) struct text frame = {.size = 0};

    jute_put_int(&frame, MESSAGE_XID_PING);
    jute_put_int(&frame, MESSAGE_PING);
    rig_send(client, text_data(&frame), text_size(&frame));
}

void rig_hang_up(struct rig_client *client)
{
    ASSERT(client->peer != NULL);
    service_disconnect(client->rig->service, client->peer);
    client->peer = NULL;
}

static void read_greeting(struct rig_client *client, struct jute_in in, struct text *line)
{
    int32_t version = jute_get_int(&in);
    client->timeout_ms = jute_get_int(&in);
    client->session_id = jute_get_long(&in);
    struct jute_bytes password = jute_get_bytes(&in);
    bool is_read_only = jute_get_bool(&in);

    ASSERT(!in.failed && in.at == in.end);
    ASSERT(version == 0 && password.size == sizeof client->password && !is_read_only);
    memcpy(client->password, password.data, password.size);
    client->was_greeted = true;
    text_add(line, client->session_id == 0 ? "refused" : "session");
}

bool rig_next(struct rig_client *client, struct text *line)
{
    const char *at = text_data(&client->in) + client->read;
    size_t left = text_size(&client->in) - client->read;
    struct jute_in in = jute_in_of(at, left);

    if (left == 0)
        return false;
    size_t size = (size_t)jute_get_int(&in);
    ASSERT(!in.failed && size <= left - LENGTH_SIZE);
    in = jute_in_of(at + LENGTH_SIZE, size);
    client->read += LENGTH_SIZE + size;

    text_clear(line);
    if (!client->was_greeted) {
        read_greeting(client, in, line);
        return true;
    }
    struct jute_in header = in;
    int32_t xid = jute_get_int(&header);
    ASSERT(xid <= client->last_xid);
    ask_describe(xid > 0 ? client->ops[xid] : MESSAGE_PING, in, line);
    return true;
}
