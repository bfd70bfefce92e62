/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "tests/support/coord_naive_parts.h"

/* ---- Sessions ------------------------------------------------------------------------------ */

struct naive_session *naive_find_session(struct naive_state *state, int64_t id)
{
    for (size_t i = 0; i < state->session_count; i++) {
        if (state->sessions[i].id == id)
            return &state->sessions[i];
    }
    return NULL;
}

void naive_touch(struct coord_naive *naive, struct naive_session *session)
{
    uint64_t tick = (naive->clock_ms + session->timeout_ms) / naive->options.tick_ms + 1;

    if (tick == session->deadline_tick)
        return;
    session->deadline_tick = tick;
    session->turn = ++naive->turn;
}

struct naive_session *naive_add_session(struct coord_naive *naive, int64_t id, uint32_t timeout_ms)
{
    ASSERT(naive->now.session_count < NAIVE_SESSIONS_MAX);
    struct naive_session *session = &naive->now.sessions[naive->now.session_count++];
    *session = (struct naive_session){.id = id, .timeout_ms = timeout_ms};
    naive_touch(naive, session);
    return session;
}

void naive_remove_session(struct naive_state *state, struct naive_session *session)
{
    size_t index = (size_t)(session - state->sessions);

    state->session_count--;
    memmove(session, session + 1, (state->session_count - index) * sizeof *session);
}

static uint32_t negotiate(const struct coord_naive *naive, int32_t asked_ms)
{
    int64_t min = 2 * (int64_t)naive->options.tick_ms;
    int64_t max = 20 * (int64_t)naive->options.tick_ms;

    if (asked_ms < min)
        return (uint32_t)min;
    return (uint32_t)(asked_ms > max ? max : asked_ms);
}

void naive_leave(struct coord_naive *naive, size_t client)
{
    naive->clients[client].is_leaving = true;
    naive->clients[client].session_id = 0;
    naive_drop_watches(naive, client);
}

void naive_leave_session(struct coord_naive *naive, int64_t id)
{
    for (size_t i = 0; i < NAIVE_CLIENTS_MAX; i++) {
        if (naive->clients[i].is_open && naive->clients[i].session_id == id)
            naive_leave(naive, i);
    }
}

void naive_end_session(struct coord_naive *naive, int64_t id)
{
    struct naive_session *session = naive_find_session(&naive->now, id);

    ASSERT(naive->closing_count < NAIVE_CLOSINGS_MAX);
    naive->closings[naive->closing_count++] = (struct naive_closing){
        .id = id,
        .timeout_ms = session->timeout_ms,
        .is_firm = session->is_firm,
        .stored_timeout_ms = session->stored_timeout_ms,
    };
    for (size_t i = naive->now.node_count; i-- > 0;) {
        if (naive->now.nodes[i].life == NAIVE_LIFE_EPHEMERAL &&
            naive->now.nodes[i].session_id == id)
            naive_delete_now(naive, naive->now.nodes[i].path);
    }
    naive_remove_session(&naive->now, session);
    naive->now.zxid++;
}

static void expect_line(struct coord_naive *naive, size_t client, const char *words)
{
    struct text line = {.size = 0};

    text_add(&line, "%s", words);
    naive_expect(&naive->clients[client], 0, &line);
}

static void open_session(struct coord_naive *naive, size_t client,
                         const struct coord_naive_greeting *greeting)
{
    if (naive->now.session_count >= naive->options.sessions_max) {
        naive_leave(naive, client);
        return;
    }
    struct naive_session *session =
        naive_add_session(naive, greeting->new_id, negotiate(naive, greeting->timeout_ms));
    session->must_be_stored = true;
    session->is_firm = naive->is_read_only;
    if (!naive->is_read_only)
        naive->now.zxid++;
    naive->clients[client].session_id = session->id;
    expect_line(naive, client, "session");
}

void coord_naive_greet(struct coord_naive *naive, size_t client,
                       const struct coord_naive_greeting *greeting)
{
    if (greeting->former_id == 0) {
        open_session(naive, client, greeting);
        return;
    }
    struct naive_session *session = naive_find_session(&naive->now, greeting->former_id);
    if (session == NULL || !greeting->is_password_right) {
        expect_line(naive, client, "refused");
        naive_leave(naive, client);
        return;
    }
    session->timeout_ms = negotiate(naive, greeting->timeout_ms);
    naive_touch(naive, session);
    naive_leave_session(naive, session->id);
    naive->clients[client].session_id = session->id;
    expect_line(naive, client, "session");
}

void naive_close_session(struct coord_naive *naive, size_t client, int32_t xid)
{
    if (!naive->is_read_only) {
        naive_end_session(naive, naive->clients[client].session_id);
        naive_tell_all(naive, ++naive->group);
    }
    naive_expect_error(naive, client, xid, COORD_OK);
    naive_leave(naive, client);
}

void naive_authenticate(struct coord_naive *naive, size_t number, const struct ask *ask,
                        int32_t xid)
{
    struct naive_client *client = &naive->clients[number];
    struct text line = {.size = 0};

    if (strcmp(ask->scheme, "digest") != 0) {
        text_add(&line, "reply to %" PRId32 " at 0: error %d", xid, COORD_AUTH_FAILED);
        naive_expect(client, 0, &line);
        naive_leave(naive, number);
        return;
    }
    text_add(&line, "reply to %" PRId32 " at 0:", xid);
    naive_expect(client, 0, &line);

    static const char *const known[][2] = {
        {"ann:one", "ann:grDcJ7OS1jCu/cG2TyJHw/I9L8o="},
        {"bob:two", "bob:yqVrLFrvoaI9z9fohteaNPJvRu8="},
        {"super:man", "super:S4H5m176R1dad6bEBL3wcwJhF44="},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (strcmp(ask->data, known[i][0]) != 0 || naive_has_digest(client, known[i][1]))
            continue;
        client->is_super |= strcmp(known[i][1], naive->options.super_digest) == 0;
        naive_set_text(client->digests[client->digest_count++], NAIVE_ID_MAX, known[i][1]);
    }
}
