/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "tests/support/coord_naive_parts.h"

/* ---- Life ---------------------------------------------------------------------------------- */

static void wait_for_reaping(struct coord_naive *naive)
{
    naive->reap_wait_ms = naive->options.container_check_ms;
}

struct coord_naive *coord_naive_new(const struct coord_naive_options *options)
{
    static const char *const paths[] = {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"};
    struct coord_naive *naive = NEW(struct coord_naive);

    naive->options = *options;
    naive->wall_ms = options->wall_ms;
    wait_for_reaping(naive);
    for (size_t i = 0; i < COUNT_OF(paths); i++)
        naive_add_node(&naive->now, paths[i])->acl = NAIVE_OPEN;
    naive_find_node(&naive->now, "/zookeeper/config")->acl = NAIVE_READ_ONLY;
    naive_find_node(&naive->now, "/zookeeper/config")->aversion = -1;
    naive->sealed = naive->durable = naive->now;
    return naive;
}

static void drop_lines(struct naive_client *client)
{
    for (size_t i = 0; i < client->line_count; i++)
        free(client->lines[i].line);
    client->line_count = 0;
}

void coord_naive_destroy(struct coord_naive **naive)
{
    if (*naive == NULL)
        return;
    for (size_t i = 0; i < NAIVE_CLIENTS_MAX; i++)
        drop_lines(&(*naive)->clients[i]);
    free(*naive);
    *naive = NULL;
}

/* ---- What is expected ---------------------------------------------------------------------- */

void naive_expect(struct naive_client *client, uint64_t group, struct text *line)
{
    ASSERT(client->line_count < NAIVE_LINES_MAX);
    client->lines[client->line_count++] =
        (struct naive_expected){.line = text_take(line), .group = group};
}

bool coord_naive_take(struct coord_naive *naive, size_t number, const char *line)
{
    struct naive_client *client = &naive->clients[number];
    size_t i = 0;

    while (i < client->line_count && strcmp(client->lines[i].line, line) != 0) {
        if (client->lines[i].group == 0 || i + 1 >= client->line_count ||
            client->lines[i + 1].group != client->lines[i].group)
            return false;
        i++;
    }
    if (i == client->line_count)
        return false;
    free(client->lines[i].line);
    client->line_count--;
    memmove(&client->lines[i], &client->lines[i + 1],
            (client->line_count - i) * sizeof *client->lines);
    return true;
}

const char *coord_naive_peek(const struct coord_naive *naive, size_t number)
{
    const struct naive_client *client = &naive->clients[number];

    return client->line_count == 0 ? NULL : client->lines[0].line;
}

bool coord_naive_is_closed(const struct coord_naive *naive, size_t number)
{
    const struct naive_client *client = &naive->clients[number];

    return !client->is_open || (client->is_leaving && client->line_count == 0);
}

bool coord_naive_is_quiet(const struct coord_naive *naive)
{
    return naive->now.zxid == naive->durable.zxid && (!naive->is_committing || naive->is_read_only);
}

void naive_begin_reply(struct coord_naive *naive, int32_t xid, struct text *out)
{
    text_add(out, "reply to %" PRId32 " at %" PRId64 ":", xid, naive->now.zxid);
}

void naive_expect_error(struct coord_naive *naive, size_t client, int32_t xid, int error)
{
    struct text line = {.size = 0};

    naive_begin_reply(naive, xid, &line);
    if (error != COORD_OK)
        text_add(&line, " error %d", error);
    naive_expect(&naive->clients[client], 0, &line);
}

/* ---- Requests ------------------------------------------------------------------------------ */

typedef int reader(struct coord_naive *naive, size_t client, const struct ask *ask,
                   struct text *body);

static reader *find_reader(int32_t op)
{
    static reader *const readers[] = {
        [MESSAGE_EXISTS] = naive_read_exists,
        [MESSAGE_GET_DATA] = naive_read_data,
        [MESSAGE_GET_ACL] = naive_read_acl_of,
        [MESSAGE_GET_CHILDREN] = naive_read_children,
        [MESSAGE_SYNC] = naive_read_sync,
        [MESSAGE_GET_CHILDREN2] = naive_read_children,
        [MESSAGE_CHECK_WATCHES] = naive_check_or_remove,
        [MESSAGE_REMOVE_WATCHES] = naive_check_or_remove,
        [MESSAGE_MULTI_READ] = naive_read_many,
        [MESSAGE_SET_WATCHES] = naive_set_watches,
        [MESSAGE_GET_EPHEMERALS] = naive_read_ephemerals,
        [MESSAGE_GET_ALL_CHILDREN_NUMBER] = naive_read_count,
        [MESSAGE_SET_WATCHES2] = naive_set_watches,
        [MESSAGE_ADD_WATCH] = naive_add_watch,
        [MESSAGE_WHO_AM_I] = naive_read_identities,
    };

    return op < 0 || (size_t)op >= COUNT_OF(readers) ? NULL : readers[op];
}

static void answer_read(struct coord_naive *naive, size_t client, const struct ask *ask,
                        int32_t xid)
{
    AUTO(text_done) struct text body = {.size = 0};
    int error = find_reader(ask->op)(naive, client, ask, &body);

    if (error != COORD_OK) {
        naive_expect_error(naive, client, xid, error);
        return;
    }
    struct text line = {.size = 0};
    naive_begin_reply(naive, xid, &line);
    text_add(&line, "%s", text_data(&body));
    naive_expect(&naive->clients[client], 0, &line);
}

void coord_naive_ask(struct coord_naive *naive, size_t client, const struct ask *ask, int32_t xid)
{
    naive_touch(naive, naive_find_session(&naive->now, naive->clients[client].session_id));
    if (ask->op == MESSAGE_CLOSE_SESSION)
        naive_close_session(naive, client, xid);
    else if (ask->op == MESSAGE_AUTH)
        naive_authenticate(naive, client, ask, xid);
    else if (ask->op == MESSAGE_MULTI)
        naive_answer_multi(naive, client, ask, xid);
    else if (ask->op == MESSAGE_CHECK)
        naive_expect_error(naive, client, xid, COORD_UNIMPLEMENTED);
    else if (ask->op == MESSAGE_RECONFIG)
        naive_expect_error(naive, client, xid, COORD_RECONFIG_DISABLED);
    else if (find_reader(ask->op) != NULL)
        answer_read(naive, client, ask, xid);
    else
        naive_answer_write(naive, client, ask, xid);
}

void coord_naive_ping(struct coord_naive *naive, size_t client)
{
    naive_touch(naive, naive_find_session(&naive->now, naive->clients[client].session_id));
}

/* ---- Connections and time ------------------------------------------------------------------ */

size_t coord_naive_connect(struct coord_naive *naive)
{
    size_t number = 0;

    while (naive->clients[number].is_open) {
        number++;
        ASSERT(number < NAIVE_CLIENTS_MAX);
    }
    drop_lines(&naive->clients[number]);
    naive->clients[number] = (struct naive_client){.is_open = true};
    return number;
}

void coord_naive_hang_up(struct coord_naive *naive, size_t client)
{
    naive_leave(naive, client);
    drop_lines(&naive->clients[client]);
    naive->clients[client].is_open = false;
}

void coord_naive_pass(struct coord_naive *naive, uint64_t ms)
{
    naive->wall_ms += (int64_t)ms;
    naive->clock_ms += ms;
    naive->reap_wait_ms -= ms < naive->reap_wait_ms ? ms : naive->reap_wait_ms;
}

/* The session that is overdue and was due first. */
static struct naive_session *find_overdue(struct coord_naive *naive)
{
    struct naive_session *first = NULL;

    for (size_t i = 0; i < naive->now.session_count; i++) {
        struct naive_session *session = &naive->now.sessions[i];
        if (session->deadline_tick > naive->clock_ms / naive->options.tick_ms)
            continue;
        if (first == NULL || session->deadline_tick < first->deadline_tick ||
            (session->deadline_tick == first->deadline_tick && session->turn < first->turn))
            first = session;
    }
    return first;
}

static bool is_over(struct coord_naive *naive, const struct naive_node *node)
{
    if (node == NULL || naive_count_children(&naive->now, node->path) > 0)
        return false;
    if (node->life == NAIVE_LIFE_CONTAINER)
        return node->creations > 0;
    return node->life == NAIVE_LIFE_TTL && naive->wall_ms - node->mtime_ms > node->ttl_ms;
}

void coord_naive_expire(struct coord_naive *naive, const char *const *paths, size_t count)
{
    struct naive_session *session;

    if (naive->is_read_only)
        return;
    while ((session = find_overdue(naive)) != NULL) {
        int64_t id = session->id;
        naive_end_session(naive, id);
        naive_leave_session(naive, id);
        naive_tell_all(naive, ++naive->group);
    }
    if (naive->reap_wait_ms > 0)
        return;
    for (size_t i = 0; i < count; i++) {
        if (!is_over(naive, naive_find_node(&naive->now, paths[i])))
            continue;
        naive_delete_now(naive, paths[i]);
        naive->now.zxid++;
        naive_tell_all(naive, 0);
    }
    wait_for_reaping(naive);
}

/* ---- The disk ------------------------------------------------------------------------------ */

void coord_naive_seal(struct coord_naive *naive)
{
    for (size_t i = 0; i < naive->now.session_count; i++) {
        struct naive_session *session = &naive->now.sessions[i];
        if (session->must_be_stored)
            session->stored_timeout_ms = session->timeout_ms;
        session->must_be_stored = false;
    }
    for (size_t i = 0; i < naive->closing_count; i++)
        naive->closings[i].is_sealed = true;
    naive->sealed = naive->now;
    naive->is_committing = true;
}

void coord_naive_finish(struct coord_naive *naive)
{
    size_t kept = 0;

    naive->durable = naive->sealed;
    naive->is_committing = false;
    naive->is_read_only = false;
    for (size_t i = 0; i < naive->durable.session_count; i++) {
        struct naive_session *session =
            naive_find_session(&naive->now, naive->durable.sessions[i].id);
        if (session != NULL)
            session->is_firm = false;
    }
    for (size_t i = 0; i < naive->closing_count; i++) {
        struct naive_closing *closing = &naive->closings[i];
        if (closing->is_sealed)
            continue;
        closing->is_firm =
            closing->is_firm && naive_find_session(&naive->durable, closing->id) == NULL;
        naive->closings[kept++] = *closing;
    }
    naive->closing_count = kept;
}

/* Sessions are those on disk, and those that were opened while it was full. */
static void roll_back_sessions(struct coord_naive *naive)
{
    for (size_t i = naive->now.session_count; i-- > 0;) {
        struct naive_session *session = &naive->now.sessions[i];
        if (naive_find_session(&naive->durable, session->id) != NULL)
            continue;
        session->must_be_stored = true;
        if (!session->is_firm)
            naive_remove_session(&naive->now, session);
    }
    for (size_t i = naive->closing_count; i-- > 0;) {
        const struct naive_closing *closing = &naive->closings[i];
        bool was_durable = naive_find_session(&naive->durable, closing->id) != NULL;
        if (!was_durable && !closing->is_firm)
            continue;
        struct naive_session *session = naive_add_session(naive, closing->id, closing->timeout_ms);
        session->stored_timeout_ms = closing->stored_timeout_ms;
        session->is_firm = closing->is_firm && !was_durable;
        session->must_be_stored = !was_durable;
    }
    naive->closing_count = 0;
}

void coord_naive_roll_back(struct coord_naive *naive)
{
    for (size_t i = 0; i < NAIVE_CLIENTS_MAX; i++) {
        if (naive->clients[i].is_open && naive->clients[i].line_count > 0)
            coord_naive_hang_up(naive, i);
    }
    roll_back_sessions(naive);
    memcpy(naive->now.nodes, naive->durable.nodes, sizeof naive->now.nodes);
    naive->now.node_count = naive->durable.node_count;
    naive->now.zxid = naive->durable.zxid;
    naive->is_committing = false;
    naive->is_read_only = true;
}

static int compare_sessions(const void *left, const void *right)
{
    const struct naive_session *one = left, *other = right;

    return (one->id > other->id) - (one->id < other->id);
}

void coord_naive_restart(struct coord_naive *naive)
{
    for (size_t i = 0; i < NAIVE_CLIENTS_MAX; i++) {
        if (naive->clients[i].is_open)
            coord_naive_hang_up(naive, i);
    }
    naive->now = naive->durable;
    naive->is_committing = naive->is_read_only = false;
    naive->closing_count = 0;
    naive->clock_ms = 0;
    wait_for_reaping(naive);
    qsort(naive->now.sessions, naive->now.session_count, sizeof *naive->now.sessions,
          compare_sessions);
    for (size_t i = 0; i < naive->now.session_count; i++) {
        struct naive_session *session = &naive->now.sessions[i];
        session->timeout_ms = session->stored_timeout_ms;
        session->is_firm = session->must_be_stored = false;
        session->deadline_tick = 0;
        naive_touch(naive, session);
    }
}

/* ---- Looking in ---------------------------------------------------------------------------- */

size_t coord_naive_node_count(const struct coord_naive *naive)
{
    return naive->now.node_count;
}

const char *coord_naive_node_path(const struct coord_naive *naive, size_t index)
{
    return naive->now.nodes[index].path;
}

bool coord_naive_is_reapable(const struct coord_naive *naive, const char *path)
{
    for (size_t i = 0; i < naive->now.node_count; i++) {
        const struct naive_node *node = &naive->now.nodes[i];
        if (strcmp(node->path, path) == 0)
            return node->life == NAIVE_LIFE_CONTAINER || node->life == NAIVE_LIFE_TTL;
    }
    return false;
}

int64_t coord_naive_session_of(const struct coord_naive *naive, size_t client)
{
    return naive->clients[client].is_open ? naive->clients[client].session_id : 0;
}

int64_t coord_naive_zxid(const struct coord_naive *naive)
{
    return naive->durable.zxid;
}
