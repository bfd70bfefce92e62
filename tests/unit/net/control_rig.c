/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/control_rig.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PULSE_NS 3000000

static void on_asked(void *context, const struct control_peer *peer, const char *head,
                     size_t head_size, const void *body, size_t body_size)
{
    struct control_rig *rig = context;
    struct control_message message = {head, head_size, body, body_size};

    rig->asked_count++;
    if (rig->asked != NULL)
        rig->asked(rig, peer, &message);
    else
        control_server_reply(rig->server, peer, head, head_size, body, body_size);
}

static void on_answered(void *context, const char *head, size_t head_size, const void *body,
                        size_t body_size)
{
    struct control_rig_client *client = context;
    struct control_message message = {head, head_size, body, body_size};

    client->answered_count++;
    client->rig->answered_count++;
    if (client->rig->answered != NULL)
        client->rig->answered(client, &message);
}

static void on_pulse(void *context, uint64_t now_ns)
{
    struct control_rig *rig = context;

    rig->pulse(rig);
    reactor_timer_set(rig->pulse_timer, now_ns + PULSE_NS);
}

static void on_turn(void *context, uint64_t now_ns)
{
    struct control_rig *rig = context;

    (void)now_ns;
    if (rig->is_done(rig))
        reactor_stop(rig->reactor);
}

void control_rig_open_server(struct control_rig *rig)
{
    struct control_server_options options = {
        .reactor = rig->reactor,
        .address = rig->address,
        .keys = rig->keys,
        .received = on_asked,
        .context = rig,
    };
    struct error error;

    enum err err = control_server_open(&options, &rig->server, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    snprintf(rig->address, sizeof rig->address, "127.0.0.1:%u",
             (unsigned)control_server_port(rig->server));
}

void control_rig_start(struct control_rig *rig)
{
    rig->reactor = reactor_new();
    rig->pulse_timer = reactor_timer_new(rig->reactor, on_pulse, rig);
    if (rig->pulse != NULL) /* it would otherwise end sleeps that nothing ends */
        reactor_timer_set(rig->pulse_timer, 0);
    reactor_on_turn(rig->reactor, on_turn, rig);
    snprintf(rig->address, sizeof rig->address, "127.0.0.1:0");
    control_rig_open_server(rig);
}

void control_rig_stop(struct control_rig *rig)
{
    for (size_t i = 0; i < rig->client_count; i++)
        control_client_close(&rig->clients[i].client);
    control_server_close(&rig->server);
    reactor_timer_destroy(&rig->pulse_timer);
    reactor_destroy(&rig->reactor);
}

struct control_rig_client *control_rig_add_client(struct control_rig *rig)
{
    ck_assert_uint_lt(rig->client_count, CONTROL_RIG_CLIENTS_MAX);

    struct control_rig_client *client = &rig->clients[rig->client_count++];
    struct control_client_options options = {
        .reactor = rig->reactor,
        .address = rig->address,
        .keys = rig->client_keys,
        .received = on_answered,
        .context = client,
    };
    *client = (struct control_rig_client){.rig = rig};
    ck_assert_int_eq(control_client_open(&options, &client->client, NULL), ERR_OK);
    return client;
}

bool control_rig_ask(const struct control_rig_client *client, const char *text)
{
    return control_client_send(client->client, text, strlen(text), NULL, 0);
}

void control_rig_run_until(struct control_rig *rig, bool (*is_done)(const struct control_rig *rig))
{
    rig->is_done = is_done;
    reactor_run(rig->reactor);
}

bool control_rig_has_asked(const struct control_rig *rig)
{
    return rig->asked_count >= rig->wanted;
}

bool control_rig_has_answered(const struct control_rig *rig)
{
    return rig->answered_count >= rig->wanted;
}

void control_rig_run_until_asked(struct control_rig *rig, size_t count)
{
    rig->wanted = count;
    control_rig_run_until(rig, control_rig_has_asked);
}

void control_rig_run_until_answered(struct control_rig *rig, size_t count)
{
    rig->wanted = count;
    control_rig_run_until(rig, control_rig_has_answered);
}

size_t control_rig_number(const struct control_message *message)
{
    char text[32] = "";

    ck_assert_uint_lt(message->head_size, sizeof text);
    memcpy(text, message->head, message->head_size);
    return (size_t)strtoul(text, NULL, 10);
}
