/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service against a naive model of ZooKeeper's rules: random requests of several sessions, with
 * commits, full disks, kills and restarts between them. Every reply and event must be the model's,
 * in the model's order, and nothing may leave before it is durable.
 *
 * GALE_PROPERTY_RUNS=1000 does more of them, GALE_PROPERTY_SEED=17 begins with another seed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/coord_naive.h"
#include "tests/support/rig.h"
#include "tests/support/suite.h"

enum {
    RUNS = 24,
    STEPS = 500,
    CLIENTS_WANTED = 6,
    FORMER_MAX = 16,
    TEXTS_MAX = 40,
    PARTS_MAX = 5,
    LIST_MAX = 3,
};

#define SUPER_DIGEST "super:S4H5m176R1dad6bEBL3wcwJhF44="
#define ANN_DIGEST   "ann:grDcJ7OS1jCu/cG2TyJHw/I9L8o="
#define BOB_DIGEST   "bob:yqVrLFrvoaI9z9fohteaNPJvRu8="

struct world {
    struct rng rng;
    uint64_t seed;
    size_t step;
    struct rig *rig;
    struct coord_naive *naive;
    struct rig_client *clients[NAIVE_CLIENTS_MAX]; /* by the model's number */
    struct rig_client *former[FORMER_MAX];         /* some that had sessions */
    struct text line;
};

/* The texts of one request. */
struct draft {
    char texts[TEXTS_MAX][NAIVE_PATH_MAX];
    size_t text_count;
    struct ask parts[PARTS_MAX];
    const char *lists[ASK_LISTS][LIST_MAX + 1];
    struct ask ask;
};

static uint32_t pick(struct world *world, uint32_t bound)
{
    return rng_below(&world->rng, bound);
}

static bool happens(struct world *world, uint32_t of_hundred)
{
    return pick(world, 100) < of_hundred;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void set_up(struct world *world, uint64_t seed)
{
    struct service_options options = rig_options();
    options.container_check_ms = 500;
    options.nodes_max = 40;
    options.sessions_max = 8;
    options.watches_max = 40;
    options.super_digest = SUPER_DIGEST;
    struct coord_naive_options naive_options = {
        .tick_ms = options.tick_ms,
        .container_check_ms = options.container_check_ms,
        .nodes_max = options.nodes_max,
        .sessions_max = options.sessions_max,
        .watches_max = options.watches_max,
        .wall_ms = RIG_WALL_MS,
        .super_digest = SUPER_DIGEST,
    };

    *world = (struct world){.seed = seed};
    rng_init(&world->rng, seed);
    world->rig = rig_new(&options);
    world->naive = coord_naive_new(&naive_options);
}

static void tear_down(struct world *world)
{
    rig_destroy(&world->rig);
    coord_naive_destroy(&world->naive);
    text_done(&world->line);
}

/* ---- Comparing ----------------------------------------------------------------------------- */

static void check_durable(struct world *world, const char *line)
{
    const char *at = strstr(line, " at ");
    int64_t zxid = at == NULL ? 0 : strtoll(at + 4, NULL, 10);

    ck_assert_msg(zxid <= memory_store_zxid(world->rig->store),
                  "seed %" PRIu64 " step %zu: '%s' left before it was durable", world->seed,
                  world->step, line);
}

static void compare_client(struct world *world, size_t number)
{
    struct rig_client *client = world->clients[number];

    while (rig_next(client, &world->line)) {
        const char *line = text_data(&world->line);
        const char *wanted = coord_naive_peek(world->naive, number);
        check_durable(world, line);
        ck_assert_msg(coord_naive_take(world->naive, number, line),
                      "seed %" PRIu64 " step %zu client %zu: is '%s', should be '%s'", world->seed,
                      world->step, number, line, wanted == NULL ? "nothing" : wanted);
    }
    const char *missing = coord_naive_peek(world->naive, number);
    ck_assert_msg(missing == NULL || !coord_naive_is_quiet(world->naive),
                  "seed %" PRIu64 " step %zu client %zu: '%s' is missing", world->seed, world->step,
                  number, missing);
    ck_assert_msg((client->peer == NULL) == coord_naive_is_closed(world->naive, number),
                  "seed %" PRIu64 " step %zu client %zu: %s", world->seed, world->step, number,
                  client->peer == NULL ? "is closed" : "is not closed");
    if (client->peer == NULL) {
        coord_naive_hang_up(world->naive, number);
        world->clients[number] = NULL;
    }
}

static void compare(struct world *world)
{
    rig_pump(world->rig);
    for (size_t number = 0; number < NAIVE_CLIENTS_MAX; number++) {
        if (world->clients[number] != NULL)
            compare_client(world, number);
    }
}

/* ---- Requests ------------------------------------------------------------------------------ */

static char *new_text(struct draft *draft)
{
    ck_assert_uint_lt(draft->text_count, TEXTS_MAX);
    return draft->texts[draft->text_count++];
}

static const char *pick_odd_path(struct world *world)
{
    static const char *const odd[] = {
        "",
        "a",
        "/a/",
        "/a//b",
        "/",
        "//",
        "//a",
        "/a/../b",
        "/a/.",
        "/zookeeper",
        "/zookeeper/config",
        "/zookeeper/quota/a",
        "/a/b/c/d/e",
        "/..a",
    };

    return odd[pick(world, COUNT_OF(odd))];
}

static const char *pick_path(struct world *world, struct draft *draft)
{
    static const char *const names[] = {"a", "b", "c", "s", ""};
    size_t count = coord_naive_node_count(world->naive);
    const char *node = coord_naive_node_path(world->naive, pick(world, (uint32_t)count));
    char *path = new_text(draft);

    if (happens(world, 8))
        return pick_odd_path(world);
    if (strlen(node) > 60)
        node = "/";
    if (happens(world, 50))
        (void)snprintf(path, NAIVE_PATH_MAX, "%s", node);
    else
        (void)snprintf(path, NAIVE_PATH_MAX, "%s/%s", strcmp(node, "/") == 0 ? "" : node,
                       names[pick(world, happens(world, 90) ? 3 : COUNT_OF(names))]);
    return path;
}

static void pick_acl(struct world *world, struct ask *ask)
{
    static const struct ask_acl lists[][2] = {
        {{MESSAGE_READ, "world", "anyone"}},
        {{MESSAGE_ALL_PERMISSIONS & ~MESSAGE_READ, "world", "anyone"}},
        {{MESSAGE_ALL_PERMISSIONS & ~MESSAGE_DELETE_CHILD, "world", "anyone"}},
        {{MESSAGE_ALL_PERMISSIONS, "digest", ANN_DIGEST}},
        {{MESSAGE_ALL_PERMISSIONS, "digest", BOB_DIGEST}, {MESSAGE_READ, "world", "anyone"}},
        {{MESSAGE_READ | MESSAGE_WRITE, "digest", BOB_DIGEST},
         {MESSAGE_CREATE_CHILD, "digest", ANN_DIGEST}},
        {{MESSAGE_READ, "world", "anyone"}, {MESSAGE_READ, "world", "anyone"}},
        {{MESSAGE_ALL_PERMISSIONS, "auth", ""}},
        {{MESSAGE_ALL_PERMISSIONS, "auth", "whoever"}, {MESSAGE_READ, "digest", ANN_DIGEST}},
        {{MESSAGE_ALL_PERMISSIONS, "world", "everyone"}},
        {{MESSAGE_ALL_PERMISSIONS, "digest", "nobody"}},
        {{MESSAGE_ALL_PERMISSIONS, "magic", "x"}},
    };

    if (happens(world, 65))
        return;
    ask->acl = lists[pick(world, COUNT_OF(lists))];
    ask->acl_count = (int32_t)pick(world, 4) - 1;
    if (ask->acl_count < 1 && happens(world, 80))
        ask->acl_count = 1;
    if (ask->acl_count == 2 && ask->acl[1].scheme == NULL)
        ask->acl_count = 1;
}

static const char *pick_data(struct world *world)
{
    static const char *const values[] = {NULL, "", "x", "some data", "other data"};

    return values[pick(world, COUNT_OF(values))];
}

static void pick_create(struct world *world, struct ask *ask)
{
    static const int32_t ops[] = {MESSAGE_CREATE, MESSAGE_CREATE2, MESSAGE_CREATE_CONTAINER,
                                  MESSAGE_CREATE_TTL};

    ask->op = ops[happens(world, 60) ? 0 : pick(world, COUNT_OF(ops))];
    ask->flags = (int32_t)pick(world, 4);
    if (ask->op == MESSAGE_CREATE_CONTAINER)
        ask->flags = MESSAGE_CONTAINER;
    if (ask->op == MESSAGE_CREATE_TTL)
        ask->flags = MESSAGE_TTL + (int32_t)pick(world, 2);
    if (happens(world, 8))
        ask->flags = (int32_t)pick(world, 9) - 1;
    ask->ttl_ms = (int64_t)pick(world, 1500) + 1;
    if (happens(world, 8))
        ask->ttl_ms = (INT64_C(1) << 40) * pick(world, 2) - pick(world, 2);
    ask->data = pick_data(world);
    pick_acl(world, ask);
}

/* One that can be part of a multi. */
static void pick_write(struct world *world, struct draft *draft, struct ask *ask)
{
    uint32_t kind = pick(world, 10);

    *ask = (struct ask){.path = pick_path(world, draft)};
    ask->version = happens(world, 60) ? -1 : (int32_t)pick(world, 4);
    ask->data = pick_data(world);
    if (kind < 5)
        pick_create(world, ask);
    else if (kind < 7)
        ask->op = MESSAGE_DELETE;
    else if (kind < 9)
        ask->op = MESSAGE_SET_DATA;
    else
        ask->op = MESSAGE_CHECK;
    if (happens(world, 1))
        ask->path = NULL;
}

static void pick_read(struct world *world, struct draft *draft, struct ask *ask)
{
    static const int32_t ops[] = {
        MESSAGE_EXISTS,  MESSAGE_GET_DATA, MESSAGE_GET_CHILDREN,   MESSAGE_GET_CHILDREN2,
        MESSAGE_GET_ACL, MESSAGE_SYNC,     MESSAGE_GET_EPHEMERALS, MESSAGE_GET_ALL_CHILDREN_NUMBER,
        MESSAGE_WHO_AM_I};

    *ask = (struct ask){
        .op = ops[happens(world, 60) ? pick(world, 4) : pick(world, COUNT_OF(ops))],
        .path = happens(world, 2) ? NULL : pick_path(world, draft),
        .watch = happens(world, 50),
    };
}

static void pick_set_watches(struct world *world, struct draft *draft, struct ask *ask)
{
    ask->op = happens(world, 50) ? MESSAGE_SET_WATCHES : MESSAGE_SET_WATCHES2;
    ask->since = (int64_t)pick(world, (uint32_t)coord_naive_zxid(world->naive) + 1);
    for (int list = 0; list < ASK_LISTS; list++) {
        uint32_t count = pick(world, LIST_MAX);
        for (uint32_t i = 0; i < count; i++)
            draft->lists[list][i] = pick_path(world, draft);
        draft->lists[list][count] = NULL;
        ask->lists[list] = draft->lists[list];
    }
}

static void pick_watch(struct world *world, struct draft *draft, struct ask *ask)
{
    static const int32_t ops[] = {MESSAGE_ADD_WATCH, MESSAGE_ADD_WATCH, MESSAGE_CHECK_WATCHES,
                                  MESSAGE_REMOVE_WATCHES};

    *ask = (struct ask){
        .op = ops[pick(world, COUNT_OF(ops))],
        .path = happens(world, 2) ? NULL : pick_path(world, draft),
    };
    ask->kind =
        ask->op == MESSAGE_ADD_WATCH ? (int32_t)pick(world, 2) : 1 + (int32_t)pick(world, 3);
    if (happens(world, 5))
        ask->kind = (int32_t)pick(world, 7) - 1;
    if (happens(world, 15))
        pick_set_watches(world, draft, ask);
}

static void pick_multi(struct world *world, struct draft *draft, struct ask *ask)
{
    bool reads = happens(world, 20);

    *ask = (struct ask){
        .op = reads ? MESSAGE_MULTI_READ : MESSAGE_MULTI,
        .parts = draft->parts,
        .part_count = pick(world, PARTS_MAX + 1),
    };
    for (size_t i = 0; i < ask->part_count; i++) {
        struct ask *part = &draft->parts[i];
        if (!reads) {
            pick_write(world, draft, part);
            continue;
        }
        pick_read(world, draft, part);
        part->op = happens(world, 50) ? MESSAGE_GET_DATA : MESSAGE_GET_CHILDREN;
    }
    if (ask->part_count > 0 && happens(world, 3))
        draft->parts[0].op = MESSAGE_EXISTS;
}

static void pick_odd(struct world *world, struct draft *draft, struct ask *ask)
{
    static const char *const tokens[] = {"ann:one", "ann:one", "bob:two", "super:man"};
    uint32_t kind = pick(world, 20);

    *ask = (struct ask){.op = MESSAGE_AUTH, .scheme = "digest"};
    ask->data = tokens[happens(world, 90) ? pick(world, 3) : 3];
    if (kind == 0)
        ask->op = MESSAGE_RECONFIG;
    else if (kind == 1)
        ask->scheme = "magic";
    else if (kind < 4)
        ask->op = MESSAGE_CLOSE_SESSION;
    else if (kind < 5)
        *ask = (struct ask){.op = MESSAGE_CHECK, .path = pick_path(world, draft)};
    else if (kind < 14) {
        *ask = (struct ask){.op = MESSAGE_SET_ACL, .path = pick_path(world, draft), .version = -1};
        ask->version = happens(world, 70) ? -1 : (int32_t)pick(world, 3);
        pick_acl(world, ask);
    }
}

static void pick_ask(struct world *world, struct draft *draft)
{
    uint32_t kind = pick(world, 100);

    if (kind < 40)
        pick_write(world, draft, &draft->ask);
    else if (kind < 65)
        pick_read(world, draft, &draft->ask);
    else if (kind < 75)
        pick_watch(world, draft, &draft->ask);
    else if (kind < 88)
        pick_multi(world, draft, &draft->ask);
    else
        pick_odd(world, draft, &draft->ask);
}

/* ---- Steps --------------------------------------------------------------------------------- */

static size_t count_clients(const struct world *world)
{
    size_t count = 0;

    for (size_t i = 0; i < NAIVE_CLIENTS_MAX; i++)
        count += world->clients[i] != NULL;
    return count;
}

/* One that has a session; NAIVE_CLIENTS_MAX if there is none. */
static size_t pick_client(struct world *world)
{
    size_t start = pick(world, NAIVE_CLIENTS_MAX);

    for (size_t i = 0; i < NAIVE_CLIENTS_MAX; i++) {
        size_t number = (start + i) % NAIVE_CLIENTS_MAX;
        if (world->clients[number] != NULL && coord_naive_session_of(world->naive, number) != 0)
            return number;
    }
    return NAIVE_CLIENTS_MAX;
}

static void ask_something(struct world *world)
{
    size_t number = pick_client(world);
    struct draft draft;

    if (number == NAIVE_CLIENTS_MAX)
        return;
    draft.text_count = 0;
    pick_ask(world, &draft);
    int32_t xid = rig_ask(world->clients[number], &draft.ask);
    coord_naive_ask(world->naive, number, &draft.ask, xid);
}

static void ping(struct world *world)
{
    size_t number = pick_client(world);
    char wanted[64];

    if (number == NAIVE_CLIENTS_MAX || !world->clients[number]->was_greeted)
        return;
    struct rig_client *client = world->clients[number];
    compare(world);
    rig_ping(client);
    coord_naive_ping(world->naive, number);
    rig_pump(world->rig);
    (void)snprintf(wanted, sizeof wanted, "reply to -2 at %" PRId64 ":",
                   coord_naive_zxid(world->naive));
    ck_assert_msg(rig_next(client, &world->line), "seed %" PRIu64 " step %zu: a ping must wait",
                  world->seed, world->step);
    ck_assert_str_eq(text_data(&world->line), wanted);
}

static void greet(struct world *world)
{
    if (count_clients(world) == NAIVE_CLIENTS_MAX)
        return;

    size_t number = coord_naive_connect(world->naive);
    struct rig_client *client = world->clients[number] = rig_dial(world->rig);
    struct coord_naive_greeting greeting = {
        .timeout_ms = (int32_t)pick(world, 2500),
        .is_password_right = happens(world, 80),
    };
    const struct rig_client *chosen = world->former[pick(world, FORMER_MAX)];
    struct rig_client former = {.session_id = 0};
    struct service_peer_view view;

    if (chosen != NULL && chosen->session_id != 0 && happens(world, 50)) {
        former.session_id = greeting.former_id = chosen->session_id;
        memcpy(former.password, chosen->password, sizeof former.password);
        former.password[3] ^= greeting.is_password_right ? 0 : 1;
    }
    rig_greet(client, greeting.timeout_ms, former.session_id == 0 ? NULL : &former);
    service_view_peer(client->peer, &view);
    greeting.new_id = view.session_id;
    coord_naive_greet(world->naive, number, &greeting);
    world->former[pick(world, FORMER_MAX)] = client;
}

static void hang_up(struct world *world)
{
    size_t number = pick_client(world);

    if (number == NAIVE_CLIENTS_MAX)
        return;
    rig_hang_up(world->clients[number]);
    coord_naive_hang_up(world->naive, number);
    world->clients[number] = NULL;
}

struct reapable {
    const char *path;
    uint32_t slot;
};

static int compare_slots(const void *left, const void *right)
{
    const struct reapable *one = left, *other = right;

    return (one->slot > other->slot) - (one->slot < other->slot);
}

/* The order in which nodes are reaped is the server's own affair: that of their slots. */
static void expire(struct world *world)
{
    struct reapable nodes[NAIVE_NODES_MAX];
    const char *paths[NAIVE_NODES_MAX];
    char texts[NAIVE_NODES_MAX][NAIVE_PATH_MAX];
    size_t count = 0;

    for (size_t i = 0; i < coord_naive_node_count(world->naive); i++) {
        const char *path = coord_naive_node_path(world->naive, i);
        if (!coord_naive_is_reapable(world->naive, path))
            continue;
        (void)snprintf(texts[count], NAIVE_PATH_MAX, "%s", path);
        nodes[count].slot = tree_find(service_tree(world->rig->service), path, strlen(path));
        nodes[count].path = texts[count];
        count++;
    }
    if (count > 0)
        qsort(nodes, count, sizeof *nodes, compare_slots);
    for (size_t i = 0; i < count; i++)
        paths[i] = nodes[i].path;
    service_expire(world->rig->service);
    coord_naive_expire(world->naive, paths, count);
}

static void pass(struct world *world)
{
    uint64_t ms = pick(world, 300);

    rig_pass(world->rig, ms);
    coord_naive_pass(world->naive, ms);
    expire(world);
}

static void roll_back(struct world *world)
{
    rig_roll_back(world->rig);
    coord_naive_roll_back(world->naive);
    ck_assert(service_is_read_only(world->rig->service));
    for (size_t number = 0; number < NAIVE_CLIENTS_MAX; number++) {
        struct rig_client *client = world->clients[number];
        bool is_closed = client != NULL && client->peer == NULL;
        ck_assert_msg(client == NULL || is_closed == coord_naive_is_closed(world->naive, number),
                      "seed %" PRIu64 " step %zu client %zu: was %s", world->seed, world->step,
                      number, is_closed ? "closed" : "kept");
        if (is_closed)
            world->clients[number] = NULL;
    }
}

static void move_disk(struct world *world)
{
    if (!world->rig->is_committing) {
        if (!service_has_batch(world->rig->service))
            return;
        rig_seal(world->rig);
        coord_naive_seal(world->naive);
    } else if (happens(world, 6)) {
        roll_back(world);
    } else {
        rig_finish(world->rig);
        coord_naive_finish(world->naive);
    }
}

static void restart(struct world *world)
{
    rig_restart(world->rig);
    coord_naive_restart(world->naive);
    memset(world->clients, 0, sizeof world->clients);
}

static void step(struct world *world)
{
    uint32_t kind = pick(world, 1000);

    if (kind < 700)
        ask_something(world);
    else if (kind < 730)
        ping(world);
    else if (kind < 750 || count_clients(world) < CLIENTS_WANTED)
        greet(world);
    else if (kind < 755)
        hang_up(world);
    else if (kind < 780)
        pass(world);
    else if (kind < 786)
        restart(world);
    else
        move_disk(world);
    compare(world);
}

/* At the end all is committed: then what is on disk is what a reader would find. */
static void run(uint64_t seed)
{
    struct world world;

    set_up(&world, seed);
    for (world.step = 0; world.step < STEPS; world.step++)
        step(&world);
    while (world.rig->is_committing || service_has_batch(world.rig->service)) {
        if (!world.rig->is_committing) {
            rig_seal(world.rig);
            coord_naive_seal(world.naive);
        }
        rig_finish(world.rig);
        coord_naive_finish(world.naive);
        compare(&world);
    }
    ck_assert_uint_eq(memory_store_nodes(world.rig->store), coord_naive_node_count(world.naive));
    tear_down(&world);
}

static uint64_t number_from(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);

    return text == NULL ? fallback : strtoull(text, NULL, 10);
}

START_TEST(every_reply_and_event_is_the_models)
{
    uint64_t seed = number_from("GALE_PROPERTY_SEED", 1);
    uint64_t runs = number_from("GALE_PROPERTY_RUNS", RUNS);

    for (uint64_t i = 0; i < runs; i++)
        run(seed + i);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_reply_and_event_is_the_models};

    return suite_run("service_property", tests, COUNT_OF(tests));
}
