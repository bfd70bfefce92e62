/* SPDX-License-Identifier: Apache-2.0 */
/* Brokers over a naive model of cluster state (tests/support/coord_model.h). */
#include "broker/server/registration.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define CLUSTER "CCCCCCCCCCCCCCCCCCCCCg"

enum {
    TURNS_MAX = 100000,
    TOPICS = 6, /* that may be there in the property test */
};

struct broker {
    struct registration *registration;
    struct coord_model *model;
    size_t client;
    uint64_t now_ms;
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct broker *broker = actor;

    if (broker->registration != NULL) /* it has not died */
        registration_step(broker->registration, event, broker->now_ms, calls);
}

static void start(struct coord_model *model, struct broker *broker, int32_t number,
                  const char *cluster_id)
{
    const struct registration_options options = {.broker = number,
                                                 .host = "127.0.0.1",
                                                 .port = 9092,
                                                 .cluster_id = cluster_id,
                                                 .started_ms = 1700000000000};

    *broker = (struct broker){.model = model, .now_ms = 1000};
    broker->registration = registration_new(&options);
    broker->client = coord_model_add(model, step, broker);
}

static void stop(struct broker *broker)
{
    registration_destroy(&broker->registration);
}

static void tell(struct broker *broker, struct registration_topics *topics)
{
    struct coord_calls calls = {.items = NULL};

    registration_tell(broker->registration, &topics, broker->now_ms, &calls);
    ck_assert_ptr_null(topics);
    coord_model_send(broker->model, broker->client, &calls);
    coord_calls_done(&calls);
}

static void tick(struct broker *broker)
{
    struct coord_calls calls = {.items = NULL};

    registration_tick(broker->registration, broker->now_ms, &calls);
    coord_model_send(broker->model, broker->client, &calls);
    coord_calls_done(&calls);
}

static enum registration_state state(const struct broker *broker)
{
    return registration_state(broker->registration);
}

/* To the moment when the broker wants to be called again. */
static void let_time_pass(struct broker *broker)
{
    uint64_t deadline_ms = registration_deadline_ms(broker->registration);

    ck_assert_uint_ne(deadline_ms, UINT64_MAX);
    broker->now_ms = deadline_ms > broker->now_ms ? deadline_ms : broker->now_ms;
    tick(broker);
}

static void calm(struct broker *broker)
{
    ck_assert(coord_model_calm(broker->model, TURNS_MAX));
}

static void run_until(struct broker *broker, enum registration_state wanted)
{
    calm(broker);
    for (size_t i = 0; state(broker) != wanted; i++) {
        ck_assert_msg(i < 100, "it is %s, %s", registration_state_name(state(broker)),
                      registration_text(broker->registration));
        let_time_pass(broker);
        calm(broker);
    }
}

static void look_again(struct broker *broker)
{
    let_time_pass(broker);
    calm(broker);
}

static void add_topic(struct registration_topics *topics, const char *name, const char *id,
                      int32_t partition_count)
{
    const struct registration_setting setting = {"retention.ms", "60000"};
    const struct registration_new_topic topic = {.name = name,
                                                 .id = id,
                                                 .partition_count = partition_count,
                                                 .settings = &setting,
                                                 .setting_count = 1};

    registration_topics_add(topics, &topic);
}

static struct registration_topics *one_topic(int32_t partition_count)
{
    struct registration_topics *topics = registration_topics_new(4);

    add_topic(topics, "lines", "id-of-lines", partition_count);
    return topics;
}

static const char *text_at(const struct broker *broker, const char *path)
{
    ck_assert_msg(coord_model_stat(broker->model, path) != NULL, "there is no %s", path);
    const char *data = coord_model_data(broker->model, path);
    return data == NULL ? "" : data;
}

static void expect_nothing_at(const struct broker *broker, const char *path)
{
    ck_assert_msg(coord_model_stat(broker->model, path) == NULL, "there is %s", path);
}

static void set(struct coord_model *model, const char *path, const char *data)
{
    enum coord_call_kind kind = coord_model_stat(model, path) == NULL ? COORD_CREATE : COORD_SET;
    const struct coord_call call = {.kind = kind,
                                    .path = path,
                                    .data = data,
                                    .size = strlen(data),
                                    .version = COORD_ANY_VERSION};

    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

static void delete_node(struct coord_model *model, const char *path)
{
    const struct coord_call call = {
        .kind = COORD_DELETE, .path = path, .version = COORD_ANY_VERSION};

    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

/* ---- what is written ---- */

START_TEST(an_empty_tree_gets_everything_where_kafka_has_it)
{
    struct coord_model *model = coord_model_new(1);
    struct broker broker;

    start(model, &broker, 3, CLUSTER);
    ck_assert_int_eq(state(&broker), REGISTRATION_AWAY);
    tell(&broker, one_topic(2));
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_str_eq(text_at(&broker, "/cluster/id"), "{\"version\":\"1\",\"id\":\"" CLUSTER "\"}");
    ck_assert_str_eq(
        text_at(&broker, "/brokers/ids/3"),
        "{\"listener_security_protocol_map\":{\"PLAINTEXT\":\"PLAINTEXT\"},\"endpoints\":["
        "\"PLAINTEXT://127.0.0.1:9092\"],\"jmx_port\":-1,\"features\":{},\"host\":\"127.0.0.1\","
        "\"port\":9092,\"version\":5,\"timestamp\":\"1700000000000\"}");
    ck_assert_int_eq(coord_model_stat(model, "/brokers/ids/3")->ephemeral_owner,
                     coord_model_session(model, broker.client));
    ck_assert_str_eq(text_at(&broker, "/controller"),
                     "{\"version\":1,\"brokerid\":3,\"timestamp\":\"1700000000000\"}");
    ck_assert_int_eq(coord_model_stat(model, "/controller")->ephemeral_owner,
                     coord_model_session(model, broker.client));
    ck_assert_str_eq(text_at(&broker, "/controller_epoch"), "1");
    ck_assert_str_eq(text_at(&broker, "/brokers/topics/lines"),
                     "{\"version\":3,\"topic_id\":\"id-of-lines\",\"partitions\":{\"0\":[3],"
                     "\"1\":[3]},\"adding_replicas\":{},\"removing_replicas\":{}}");
    ck_assert_str_eq(text_at(&broker, "/brokers/topics/lines/partitions/1/state"),
                     "{\"controller_epoch\":1,\"leader\":3,\"version\":1,\"leader_epoch\":4,"
                     "\"isr\":[3]}");
    ck_assert_str_eq(text_at(&broker, "/config/topics/lines"),
                     "{\"version\":1,\"config\":{\"retention.ms\":\"60000\"}}");
    ck_assert_uint_eq(coord_model_children(model, "/brokers/topics/lines/partitions"), 2);
    ck_assert_str_eq(registration_text(broker.registration), "");
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(many_partitions_are_written_in_a_few_multis)
{
    struct coord_model *model = coord_model_new(2);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(110));
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_uint_eq(coord_model_children(model, "/brokers/topics/lines/partitions"), 110);
    ck_assert_uint_le(coord_model_served(model, COORD_MULTI), 223 / 64 + 2);
    ck_assert_str_ne(text_at(&broker, "/brokers/topics/lines/partitions/109/state"), "");
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(what_did_not_change_is_not_written_again)
{
    struct coord_model *model = coord_model_new(3);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(2));
    run_until(&broker, REGISTRATION_REGISTERED);
    size_t multis = coord_model_served(model, COORD_MULTI);
    struct registration_topics *topics = one_topic(2);
    add_topic(topics, "words", "id-of-words", 1);
    tell(&broker, topics);
    ck_assert_int_eq(state(&broker), REGISTRATION_WORKING);
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_uint_eq(coord_model_served(model, COORD_MULTI), multis + 1);
    ck_assert_int_eq(coord_model_stat(model, "/brokers/topics/lines")->version, 0);

    topics = one_topic(2);
    topics->leader_epoch = 9; /* but that is in each of them */
    tell(&broker, topics);
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_ptr_nonnull(
        strstr(text_at(&broker, "/brokers/topics/lines/partitions/1/state"), "\"leader_epoch\":9"));
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_restart_finds_its_topics_and_writes_their_new_epoch)
{
    struct coord_model *model = coord_model_new(4);
    struct broker first;
    struct broker second;

    start(model, &first, 0, CLUSTER);
    tell(&first, one_topic(100));
    run_until(&first, REGISTRATION_REGISTERED);
    coord_model_expire(model, first.client);
    size_t multis = coord_model_served(model, COORD_MULTI);
    stop(&first);
    start(model, &second, 0, CLUSTER);
    struct registration_topics *topics = one_topic(102);
    topics->leader_epoch = 5;
    tell(&second, topics);
    /* Only the second is there from now on. */
    coord_model_connect(model, second.client);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert_int_eq(state(&second), REGISTRATION_REGISTERED);
    ck_assert_str_eq(text_at(&second, "/controller_epoch"), "2");
    ck_assert_str_eq(text_at(&second, "/brokers/topics/lines/partitions/101/state"),
                     "{\"controller_epoch\":2,\"leader\":0,\"version\":1,\"leader_epoch\":5,"
                     "\"isr\":[0]}");
    ck_assert_str_eq(text_at(&second, "/brokers/topics/lines/partitions/0/state"),
                     "{\"controller_epoch\":2,\"leader\":0,\"version\":1,\"leader_epoch\":5,"
                     "\"isr\":[0]}");
    ck_assert_uint_le(coord_model_served(model, COORD_MULTI) - multis, 4);
    stop(&second);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_topic_that_has_gone_is_removed_and_one_of_others_is_not)
{
    struct coord_model *model = coord_model_new(5);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    struct registration_topics *topics = one_topic(70);
    add_topic(topics, "words", "id-of-words", 1);
    tell(&broker, topics);
    run_until(&broker, REGISTRATION_REGISTERED);
    set(model, "/brokers/topics/other", "{\"partitions\":{\"0\":[0,1]}}");
    set(model, "/brokers/topics/stale", "{\"partitions\":{\"0\":[0]}}");
    tell(&broker, registration_topics_new(4));
    run_until(&broker, REGISTRATION_REGISTERED);
    expect_nothing_at(&broker, "/brokers/topics/lines");
    expect_nothing_at(&broker, "/brokers/topics/words");
    expect_nothing_at(&broker, "/config/topics/lines");

    coord_model_expire(model, broker.client); /* then it looks at what is there */
    run_until(&broker, REGISTRATION_REGISTERED);
    expect_nothing_at(&broker, "/brokers/topics/stale");
    ck_assert_ptr_nonnull(coord_model_stat(model, "/brokers/topics/other"));
    ck_assert_uint_eq(registration_failed_topics(broker.registration), 0);
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_topic_made_anew_under_its_name_replaces_the_former)
{
    struct coord_model *model = coord_model_new(6);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(9));
    run_until(&broker, REGISTRATION_REGISTERED);
    struct registration_topics *topics = registration_topics_new(4);
    add_topic(topics, "lines", "another-id", 1);
    tell(&broker, topics);
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_uint_eq(coord_model_children(model, "/brokers/topics/lines/partitions"), 1);
    ck_assert_ptr_nonnull(strstr(text_at(&broker, "/brokers/topics/lines"), "another-id"));
    ck_assert_int_eq(coord_model_stat(model, "/brokers/topics/lines")->version, 0);
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_tree_with_holes_is_mended)
{
    struct coord_model *model = coord_model_new(7);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(5));
    run_until(&broker, REGISTRATION_REGISTERED);
    delete_node(model, "/config/topics/lines");
    delete_node(model, "/brokers/topics/lines/partitions/1/state");
    delete_node(model, "/brokers/topics/lines/partitions/3/state");
    delete_node(model, "/brokers/topics/lines/partitions/3");
    coord_model_expire(model, broker.client);
    run_until(&broker, REGISTRATION_REGISTERED);
    (void)text_at(&broker, "/config/topics/lines");
    (void)text_at(&broker, "/brokers/topics/lines/partitions/1/state");
    (void)text_at(&broker, "/brokers/topics/lines/partitions/3/state");

    delete_node(model, "/brokers/topics/lines/partitions/2/state");
    tell(&broker, registration_topics_new(4)); /* and is removed all the same */
    run_until(&broker, REGISTRATION_REGISTERED);
    expect_nothing_at(&broker, "/brokers/topics/lines");
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_name_that_others_have_is_left_to_them_and_told)
{
    struct coord_model *model = coord_model_new(8);
    struct broker broker;

    set(model, "/brokers", "");
    set(model, "/brokers/topics", "");
    set(model, "/brokers/topics/lines", "{\"partitions\":{\"0\":[1]}}");
    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(1));
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_uint_eq(registration_failed_topics(broker.registration), 1);
    ck_assert_str_eq(registration_text(broker.registration),
                     "topic 'lines': other brokers have replicas of one that is called so, too");
    ck_assert_str_eq(text_at(&broker, "/brokers/topics/lines"), "{\"partitions\":{\"0\":[1]}}");
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

/* ---- being there ---- */

START_TEST(nodes_that_somebody_took_away_come_again)
{
    struct coord_model *model = coord_model_new(10);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(1));
    run_until(&broker, REGISTRATION_REGISTERED);
    delete_node(model, "/brokers/ids/0");
    delete_node(model, "/controller");
    look_again(&broker);
    (void)text_at(&broker, "/brokers/ids/0");
    ck_assert_str_eq(text_at(&broker, "/controller_epoch"), "2");
    ck_assert_int_eq(state(&broker), REGISTRATION_REGISTERED);
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_session_that_expires_is_followed_by_another)
{
    struct coord_model *model = coord_model_new(11);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(1));
    run_until(&broker, REGISTRATION_REGISTERED);
    coord_model_expire(model, broker.client);
    expect_nothing_at(&broker, "/brokers/ids/0");
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_int_eq(coord_model_stat(model, "/brokers/ids/0")->ephemeral_owner,
                     coord_model_session(model, broker.client));
    ck_assert_str_eq(text_at(&broker, "/controller_epoch"), "2");
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(without_a_connection_it_is_away_and_then_as_before)
{
    struct coord_model *model = coord_model_new(12);
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(1));
    run_until(&broker, REGISTRATION_REGISTERED);
    size_t multis = coord_model_served(model, COORD_MULTI);
    coord_model_cut(model, broker.client);
    while (state(&broker) != REGISTRATION_AWAY)
        ck_assert(coord_model_turn(model, 0));
    ck_assert_uint_eq(registration_deadline_ms(broker.registration), UINT64_MAX);
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_uint_eq(coord_model_served(model, COORD_MULTI), multis);
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

/* The first has died; its session lives. */
static void leave_behind(struct coord_model *model, struct broker *first)
{
    start(model, first, 0, CLUSTER);
    tell(first, one_topic(1));
    run_until(first, REGISTRATION_REGISTERED);
    coord_model_cut(model, first->client);
}

static void turn_all(struct coord_model *model)
{
    while (coord_model_turn(model, 0))
        continue;
}

START_TEST(a_former_life_is_waited_for_until_it_expires)
{
    struct coord_model *model = coord_model_new(13);
    struct broker first;
    struct broker second;

    leave_behind(model, &first);
    start(model, &second, 0, CLUSTER);
    tell(&second, one_topic(1));
    coord_model_connect(model, second.client);
    turn_all(model);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(state(&second), REGISTRATION_WAITING);
        let_time_pass(&second);
        turn_all(model);
    }
    coord_model_expire(model, first.client);
    let_time_pass(&second);
    turn_all(model);
    ck_assert_int_eq(state(&second), REGISTRATION_REGISTERED);
    ck_assert_str_eq(registration_text(second.registration), "");
    ck_assert_int_eq(coord_model_stat(model, "/brokers/ids/0")->ephemeral_owner,
                     coord_model_session(model, second.client));
    stop(&first);
    stop(&second);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(one_that_does_not_expire_is_another_broker)
{
    struct coord_model *model = coord_model_new(14);
    struct broker first;
    struct broker second;

    leave_behind(model, &first);
    start(model, &second, 0, CLUSTER);
    tell(&second, one_topic(7));
    run_until(&second, REGISTRATION_CONFLICT);
    ck_assert_str_eq(registration_text(second.registration),
                     "another broker has the number 0; give each its own broker.id");
    ck_assert_uint_eq(coord_model_children(model, "/brokers/topics/lines/partitions"), 1);

    coord_model_expire(model, first.client); /* it has been stopped at last */
    while (state(&second) == REGISTRATION_CONFLICT) {
        let_time_pass(&second);
        turn_all(model);
    }
    ck_assert_int_eq(state(&second), REGISTRATION_REGISTERED);
    ck_assert_uint_eq(coord_model_children(model, "/brokers/topics/lines/partitions"), 7);
    stop(&first);
    stop(&second);
    coord_model_destroy(&model);
}
END_TEST

/* Sessions begin to expire anew when the servers come back; so does the waiting. */
START_TEST(while_the_servers_are_away_nobody_outlives_anything)
{
    struct coord_model *model = coord_model_new(17);
    struct broker first;
    struct broker second;

    leave_behind(model, &first);
    start(model, &second, 0, CLUSTER);
    tell(&second, one_topic(1));
    for (int away = 0; away < 4; away++) {
        coord_model_connect(model, second.client);
        turn_all(model);
        for (int i = 0; i < 30; i++) { /* of 40 */
            let_time_pass(&second);
            turn_all(model);
            ck_assert_int_eq(state(&second), REGISTRATION_WAITING);
        }
        coord_model_cut(model, second.client);
        turn_all(model);
    }
    stop(&first);
    stop(&second);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(two_brokers_of_different_numbers_have_one_controller)
{
    struct coord_model *model = coord_model_new(15);
    struct broker first;
    struct broker second;

    start(model, &first, 0, CLUSTER);
    tell(&first, one_topic(1));
    run_until(&first, REGISTRATION_REGISTERED);
    start(model, &second, 1, CLUSTER);
    struct registration_topics *topics = registration_topics_new(1);
    add_topic(topics, "words", "id-of-words", 1);
    tell(&second, topics);
    run_until(&second, REGISTRATION_REGISTERED);
    ck_assert_uint_eq(coord_model_children(model, "/brokers/ids"), 2);
    ck_assert_uint_eq(coord_model_children(model, "/brokers/topics"), 2);
    ck_assert_int_eq(coord_model_stat(model, "/controller")->ephemeral_owner,
                     coord_model_session(model, first.client));
    ck_assert_str_eq(text_at(&second, "/controller_epoch"), "1");
    stop(&first);
    stop(&second);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(another_clusters_state_is_not_touched)
{
    struct coord_model *model = coord_model_new(16);
    struct broker broker;

    set(model, "/cluster", "");
    set(model, "/cluster/id", "{\"version\":\"1\",\"id\":\"another\"}");
    start(model, &broker, 0, CLUSTER);
    tell(&broker, one_topic(1));
    run_until(&broker, REGISTRATION_CONFLICT);
    ck_assert_ptr_nonnull(strstr(registration_text(broker.registration), "'another'"));
    expect_nothing_at(&broker, "/brokers/ids/0");
    expect_nothing_at(&broker, "/brokers/topics/lines");
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

/* ---- random topics, faults, and hands of others ---- */

/* What is wanted, as the test sees it: 0 for no topic. */
struct world {
    int32_t partitions[TOPICS];
    unsigned ids[TOPICS];
    int32_t leader_epoch;
};

static struct registration_topics *make_topics(const struct world *world)
{
    struct registration_topics *topics = registration_topics_new(world->leader_epoch);

    for (size_t i = 0; i < TOPICS; i++) {
        char name[16];
        char id[16];
        (void)snprintf(name, sizeof name, "t%zu", i);
        (void)snprintf(id, sizeof id, "id%u", world->ids[i]);
        if (world->partitions[i] > 0)
            add_topic(topics, name, id, world->partitions[i]);
    }
    return topics;
}

static void change_world(struct world *world, struct rng *rng)
{
    size_t i = rng_below(rng, TOPICS);
    uint32_t partitions_max = i == 0 ? 40 : 10; /* the first takes several multis */

    switch (rng_below(rng, 4)) {
    case 0: /* deleted, and perhaps made again later */
        world->partitions[i] = 0;
        return;
    case 1: /* made, or deleted and made again */
        world->ids[i]++;
        world->partitions[i] = 1 + (int32_t)rng_below(rng, partitions_max);
        return;
    case 2: /* grown */
        world->partitions[i] +=
            world->partitions[i] > 0 && world->partitions[i] < (int32_t)partitions_max;
        return;
    default:
        world->leader_epoch += rng_below(rng, 10) == 0;
    }
}

/* A person deletes a leaf. */
static void meddle(struct coord_model *model, struct rng *rng)
{
    char path[96];

    (void)snprintf(path, sizeof path, "/brokers/topics/t%u/partitions/%u/state",
                   rng_below(rng, TOPICS), rng_below(rng, 3));
    if (coord_model_stat(model, path) != NULL)
        delete_node(model, path);
}

static void expect_topic(const struct broker *broker, const struct world *world, size_t i,
                         uint64_t seed)
{
    char path[96];
    char part[64];

    (void)snprintf(path, sizeof path, "/brokers/topics/t%zu", i);
    bool is_there = coord_model_stat(broker->model, path) != NULL;
    ck_assert_msg(is_there == (world->partitions[i] > 0), "seed %" PRIu64 " topic %zu", seed, i);
    (void)snprintf(part, sizeof part, "\"id%u\"", world->ids[i]);
    if (!is_there)
        return;
    ck_assert_msg(strstr(text_at(broker, path), part) != NULL, "seed %" PRIu64, seed);
    (void)snprintf(part, sizeof part, "\"leader_epoch\":%" PRId32 ",", world->leader_epoch);
    for (int32_t p = 0; p < world->partitions[i]; p++) {
        (void)snprintf(path, sizeof path, "/brokers/topics/t%zu/partitions/%" PRId32 "/state", i,
                       p);
        ck_assert_msg(strstr(text_at(broker, path), part) != NULL, "seed %" PRIu64, seed);
    }
    (void)snprintf(path, sizeof path, "/brokers/topics/t%zu/partitions", i);
    ck_assert_uint_eq(coord_model_children(broker->model, path), (size_t)world->partitions[i]);
    (void)snprintf(path, sizeof path, "/config/topics/t%zu", i);
    (void)text_at(broker, path);
}

static void live_through(uint64_t seed)
{
    struct coord_model *model = coord_model_new(seed);
    struct rng *rng = coord_model_rng(model);
    struct world world = {.leader_epoch = 1};
    struct broker broker;

    start(model, &broker, 0, CLUSTER);
    for (size_t turn = 0; turn < 1500; turn++) {
        (void)coord_model_turn(model, 30);
        broker.now_ms += rng_below(rng, 200);
        tick(&broker);
        if (rng_below(rng, 30) == 0) {
            change_world(&world, rng);
            tell(&broker, make_topics(&world));
        }
        if (rng_below(rng, 50) == 0)
            meddle(model, rng);
        ck_assert_int_ne(state(&broker), REGISTRATION_CONFLICT);
    }
    tell(&broker, make_topics(&world));
    run_until(&broker, REGISTRATION_REGISTERED);
    coord_model_expire(model, broker.client); /* so that what was meddled with is seen */
    run_until(&broker, REGISTRATION_REGISTERED);
    ck_assert_str_eq(registration_text(broker.registration), "");
    for (size_t i = 0; i < TOPICS; i++)
        expect_topic(&broker, &world, i, seed);
    stop(&broker);
    coord_model_destroy(&model);
}

START_TEST(whatever_happens_the_tree_comes_to_show_what_there_is)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_tree_gets_everything_where_kafka_has_it,
        many_partitions_are_written_in_a_few_multis,
        what_did_not_change_is_not_written_again,
        a_restart_finds_its_topics_and_writes_their_new_epoch,
        a_topic_that_has_gone_is_removed_and_one_of_others_is_not,
        a_topic_made_anew_under_its_name_replaces_the_former,
        a_tree_with_holes_is_mended,
        a_name_that_others_have_is_left_to_them_and_told,
        nodes_that_somebody_took_away_come_again,
        a_session_that_expires_is_followed_by_another,
        without_a_connection_it_is_away_and_then_as_before,
        a_former_life_is_waited_for_until_it_expires,
        one_that_does_not_expire_is_another_broker,
        while_the_servers_are_away_nobody_outlives_anything,
        two_brokers_of_different_numbers_have_one_controller,
        another_clusters_state_is_not_touched,
        whatever_happens_the_tree_comes_to_show_what_there_is,
    };
    return suite_run("registration", tests, COUNT_OF(tests));
}
