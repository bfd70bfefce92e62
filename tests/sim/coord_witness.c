/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_witness.h"

#include <inttypes.h>

#include "base/mem.h"

enum {
    SLACK_US = 2000,
};

static uint64_t now_us(const struct coord_witness *witness)
{
    return witness->trace->now_us;
}

/* ---- what the state is ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32);
}

static uint64_t mix_bytes(uint64_t hash, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001B3);
    return mix(hash, size);
}

static uint64_t hash_node(const struct tree *tree, uint32_t slot, struct text *path)
{
    const struct tree_node *node = tree_node(tree, slot);
    struct jute_bytes data = tree_data(node);
    uint64_t hash = 1;

    text_clear(path);
    tree_put_path(tree, slot, path);
    hash = mix_bytes(hash, text_data(path), text_size(path));
    hash = mix_bytes(hash, data.data, data.size);
    hash = mix(mix(mix(hash, data.data == NULL), (uint64_t)node->czxid), (uint64_t)node->mzxid);
    hash = mix(mix(hash, (uint64_t)node->pzxid), (uint64_t)node->owner);
    hash = mix(mix(hash, (uint64_t)node->ctime_ms), (uint64_t)node->mtime_ms);
    hash = mix(mix(hash, (uint32_t)node->version), (uint32_t)node->creations);
    return mix(mix(hash, (uint32_t)node->aversion), tree_child_count(node));
}

/* In no order: a tree that was loaded may walk its children in another. */
struct coord_image coord_witness_image(struct service *service)
{
    const struct tree *tree = service_tree(service);
    struct coord_image image = {.zxid = 0};
    AUTO(text_done) struct text path = {.size = 0};
    uint32_t slot = TREE_ROOT;

    for (; slot != TREE_NONE; slot = tree_next_below(tree, TREE_ROOT, slot))
        image.nodes += hash_node(tree, slot, &path);
    for (const struct session *session = sessions_next(service_sessions(service), NULL);
         session != NULL; session = sessions_next(service_sessions(service), session))
        image.sessions += mix(1, (uint64_t)session->id);
    return image;
}

/* ---- looking: sessions ---- */

static struct coord_witness_session *find_session(struct coord_witness *witness, int64_t id)
{
    for (size_t i = 0; i < witness->session_count; i++) {
        if (witness->sessions[i].id == id)
            return &witness->sessions[i];
    }
    return NULL;
}

static void meet_session(struct coord_witness *witness, const struct service *service,
                         const struct session *session)
{
    struct coord_witness_session *known = find_session(witness, session->id);

    if (known == NULL) {
        ASSERT(witness->session_count < COORD_WITNESS_SESSIONS);
        known = &witness->sessions[witness->session_count++];
        *known = (struct coord_witness_session){
            .id = session->id,
            .heard_us = now_us(witness),
            .is_firm = service_is_read_only(service),
        };
    } else if (!known->is_live && !witness->may_have_sessions) {
        coord_trace_complain(witness->trace, "session %" PRIx64 " lives again",
                             (uint64_t)known->id);
    }
    if (!known->is_live && witness->may_have_sessions)
        known->heard_us = now_us(witness);
    known->timeout_ms = session->timeout_ms;
    known->is_live = true;
    known->was_seen = true;
}

/* Nobody but the server ends a session, and not before its time. */
static void miss_session(struct coord_witness *witness, struct coord_witness_session *known)
{
    uint64_t silent_us = now_us(witness) - known->heard_us;

    known->is_live = false;
    if (witness->may_have_sessions && (known->is_firm || !known->was_told))
        return; /* taken back */
    if (!known->is_ending && silent_us + SLACK_US < known->timeout_ms * UINT64_C(1000))
        coord_trace_complain(witness->trace,
                             "session %" PRIx64 " of %" PRIu32 " ms ended after %" PRIu64
                             " us of silence",
                             (uint64_t)known->id, known->timeout_ms, silent_us);
    coord_trace_add(witness->trace, "session %" PRIx64 " ends", (uint64_t)known->id);
    witness->expiries += !known->is_ending;
}

/* It should have ended: what was not heard of for its timeout and two ticks, unless the server was
 * away or could not write. */
static void check_age(struct coord_witness *witness, const struct coord_witness_session *known)
{
    uint64_t since_us =
        known->heard_us > witness->excused_us ? known->heard_us : witness->excused_us;
    uint64_t life_us = (known->timeout_ms + 3 * witness->tick_ms) * UINT64_C(1000);

    if (known->is_live && now_us(witness) > since_us + life_us + SLACK_US)
        coord_trace_complain(
            witness->trace,
            "session %" PRIx64 " of %" PRIu32 " ms lives after %" PRIu64 " ms of silence",
            (uint64_t)known->id, known->timeout_ms, (now_us(witness) - known->heard_us) / 1000);
}

static void look_at_sessions(struct coord_witness *witness, struct service *service)
{
    struct sessions *sessions = service_sessions(service);

    for (size_t i = 0; i < witness->session_count; i++)
        witness->sessions[i].was_seen = false;
    for (const struct session *session = sessions_next(sessions, NULL); session != NULL;
         session = sessions_next(sessions, session))
        meet_session(witness, service, session);
    for (size_t i = 0; i < witness->session_count; i++) {
        if (witness->sessions[i].is_live && !witness->sessions[i].was_seen)
            miss_session(witness, &witness->sessions[i]);
    }
    witness->may_have_sessions = false;
}

/* ---- looking: the tree ---- */

static void look_at_owners(struct coord_witness *witness, struct service *service)
{
    const struct tree *tree = service_tree(service);
    uint32_t slot = TREE_ROOT;

    for (; slot != TREE_NONE; slot = tree_next_below(tree, TREE_ROOT, slot)) {
        const struct tree_node *node = tree_node(tree, slot);
        struct jute_bytes name = tree_name(node);
        if (tree_is_ephemeral(node) &&
            sessions_find(service_sessions(service), node->owner) == NULL)
            coord_trace_complain(witness->trace, "ephemeral '%.*s' has outlived session %" PRIx64,
                                 (int)name.size, name.data, (uint64_t)node->owner);
    }
}

/* Watches go with their connections. */
static void look_at_watchers(struct coord_witness *witness, const struct service *service)
{
    size_t watchers = watches_counts(service_watches(service)).watchers;
    size_t peers = 0;

    for (const struct service_peer *peer = service_next_peer(service, NULL); peer != NULL;
         peer = service_next_peer(service, peer))
        peers++;
    if (watchers > peers)
        coord_trace_complain(witness->trace, "%zu watch, and %zu are connected", watchers, peers);
}

/* The tree is as it was at the last look. */
static bool is_unchanged(struct coord_witness *witness, const struct service *service)
{
    uint64_t mark = tree_mark(service_tree(service));
    bool is_same = mark == witness->looked_mark && !witness->must_look;

    witness->looked_mark = mark;
    witness->must_look = false;
    return is_same;
}

bool coord_witness_look(struct coord_witness *witness, struct service *service)
{
    look_at_sessions(witness, service);
    if (is_unchanged(witness, service))
        return false;
    look_at_owners(witness, service);
    look_at_watchers(witness, service);
    return true;
}

/* ---- what the server cannot see ---- */

void coord_witness_hear(struct coord_witness *witness, int64_t id, bool is_end)
{
    struct coord_witness_session *known = find_session(witness, id);

    if (known == NULL)
        return;
    known->heard_us = now_us(witness);
    known->is_ending |= is_end;
}

void coord_witness_tell(struct coord_witness *witness, int64_t id)
{
    struct coord_witness_session *known = find_session(witness, id);

    if (known != NULL)
        known->was_told = true;
}

void coord_witness_excuse(struct coord_witness *witness, uint64_t until_us)
{
    witness->excused_us = until_us;
}

void coord_witness_take_back(struct coord_witness *witness)
{
    witness->may_have_sessions = true;
    witness->must_look = true;
}

void coord_witness_restart(struct coord_witness *witness)
{
    coord_witness_take_back(witness);
    coord_witness_excuse(witness, now_us(witness));
    for (size_t i = 0; i < witness->session_count; i++)
        witness->sessions[i].heard_us = now_us(witness);
}

void coord_witness_check_ages(struct coord_witness *witness)
{
    for (size_t i = 0; i < witness->session_count; i++)
        check_age(witness, &witness->sessions[i]);
}
