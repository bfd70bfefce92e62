/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scout, a consumer and a producer against librdkafka's mock cluster, in this process. Not under the
 * thread sanitizer: it cannot follow the threads of a library that it has not seen compiled.
 */
#include "broker/client/io/scout.h"

#include <string.h>

#include <librdkafka/rdkafka_mock.h>

#include "base/mem.h"
#include "base/parker.h"
#include "broker/client/io/consumer.h"
#include "broker/client/io/producer.h"
#include "tests/support/suite.h"

#define RECORDS 20

struct town {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *cluster;
    const char *brokers;
    struct spread_topics topics;
    struct parker bell;
    _Atomic bool has_rung;
};

static void ring(void *context)
{
    struct town *town = context;

    atomic_store(&town->has_rung, true);
    parker_wake(&town->bell);
}

static void wait_for_ring(struct town *town)
{
    while (!atomic_exchange(&town->has_rung, false)) {
        parker_prepare(&town->bell);
        if (atomic_load(&town->has_rung))
            parker_cancel(&town->bell);
        else
            parker_sleep(&town->bell, UINT64_MAX);
    }
}

static void open_town(struct town *town)
{
    char why[256];
    struct error error;

    *town = (struct town){.topics = {.count = 0}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    ck_assert_int_eq(rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why), RD_KAFKA_CONF_OK);
    town->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    town->cluster = rd_kafka_mock_cluster_new(town->rk, 1);
    ck_assert_ptr_nonnull(town->cluster);
    town->brokers = rd_kafka_mock_cluster_bootstraps(town->cluster);
    ck_assert_int_eq(rd_kafka_mock_topic_create(town->cluster, "a", 3, 1), 0);
    ck_assert_int_eq(rd_kafka_mock_topic_create(town->cluster, "b", 1, 1), 0);
    ck_assert_int_eq(spread_topics_parse("a,b", &town->topics, &error), ERR_OK);
    parker_init(&town->bell);
}

static void close_town(struct town *town)
{
    spread_topics_done(&town->topics);
    rd_kafka_mock_cluster_destroy(town->cluster);
    rd_kafka_destroy(town->rk);
}

static struct producer *open_producer(struct town *town)
{
    struct producer_options options = {.brokers = town->brokers,
                                       .client_options = "",
                                       .acks = "all",
                                       .compression = "none",
                                       .is_idempotent = true,
                                       .timeout_ms = 60000,
                                       .wake = ring,
                                       .context = town};
    struct producer *producer;
    struct error error;
    enum err err = producer_open(&options, &producer, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return producer;
}

static struct consumer *open_consumer(struct town *town, const char *run)
{
    struct consumer_options options = {.brokers = town->brokers,
                                       .group = "g",
                                       .client_options = "",
                                       .run = run,
                                       .wake = ring,
                                       .context = town};
    struct consumer *consumer;
    struct error error;
    enum err err = consumer_open(&options, &consumer, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return consumer;
}

static struct scout *open_scout(struct town *town, struct consumer *consumer, const char *run,
                                enum start_kind start)
{
    struct scout_options options = {.rk = consumer_handle(consumer),
                                    .topics = &town->topics,
                                    .task_count = 2,
                                    .start = {.kind = start},
                                    .fallback = {.kind = START_EARLIEST},
                                    .run = run,
                                    .refresh_ms = 3600000,
                                    .wake = ring,
                                    .context = town};
    struct scout *scout;
    struct error error;

    ck_assert_int_eq(scout_new(&options, &scout, &error), ERR_OK);
    return scout;
}

static void write_some(struct town *town, const char *topic)
{
    struct producer *producer = open_producer(town);
    struct producer_report report;
    struct error error;
    uint32_t written = 0;

    for (uintptr_t i = 1; i <= RECORDS; i++) {
        struct producer_record record = {.topic = topic,
                                         .key = "k",
                                         .key_size = 1,
                                         .value = "value",
                                         .value_size = 5,
                                         .is_kept = true,
                                         .context = (void *)i};
        ck_assert_int_eq(producer_put(producer, &record, &error), PRODUCER_TAKEN);
    }
    while (producer_open_count(producer) > 0) {
        wait_for_ring(town);
        while (producer_take_report(producer, &report)) {
            ck_assert_msg(report.why == NULL, "%s", report.why);
            ck_assert_uint_eq((uintptr_t)report.context, ++written);
        }
    }
    producer_close(&producer);
}

/* Waits until all is found. */
static uint32_t find_all(struct town *town, struct scout *scout, struct scout_part *parts)
{
    uint32_t count = 0;

    while (!scout_has_found_all(scout))
        wait_for_ring(town);
    while (scout_take(scout, &parts[count]))
        count++;
    return count;
}

/* Where it begins in the partition of topic a that has the records. */
static int64_t start_of(struct town *town, const char *run, enum start_kind kind)
{
    struct consumer *consumer = open_consumer(town, run);
    struct scout *scout = open_scout(town, consumer, run, kind);
    struct scout_part parts[8];
    uint32_t count = find_all(town, scout, parts);
    int64_t start = -1;

    for (uint32_t i = 0; i < count; i++) {
        if (parts[i].end > 0)
            start = parts[i].start;
    }
    scout_destroy(&scout);
    consumer_close(&consumer);
    return start;
}

START_TEST(a_task_finds_its_partitions_and_their_ends)
{
    struct town town;
    struct scout_part parts[8];

    open_town(&town);
    write_some(&town, "a");
    struct consumer *consumer = open_consumer(&town, "r");
    struct scout *scout = open_scout(&town, consumer, "r", START_COMMITTED);
    ck_assert_uint_eq(find_all(&town, scout, parts), 2);
    for (uint32_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(parts[i].topic, 0);
        ck_assert_int_eq(parts[i].partition, 2 * (int32_t)i);
        ck_assert_int_eq(parts[i].start, 0);
        ck_assert(parts[i].end == 0 || parts[i].end == RECORDS);
    }
    scout_destroy(&scout);
    consumer_close(&consumer);
    close_town(&town);
}
END_TEST

static void commit(struct town *town, const char *run, const char *topic, int32_t partition,
                   int64_t offset)
{
    struct consumer *consumer = open_consumer(town, run);
    struct consumer_commit commit = {.topic = topic, .partition = partition, .offset = offset};
    char text[ERROR_TEXT_MAX];
    enum consumer_news news = CONSUMER_NO_NEWS;

    consumer_commit(consumer, &commit, 1);
    while (consumer_is_committing(consumer))
        news = consumer_poll(consumer, 1000, text);
    ck_assert_msg(news == CONSUMER_COMMITTED, "%s", text);
    consumer_close(&consumer);
}

/* All records have one key, and so one partition; it is one of the first task's. */
static int32_t place_of_records(struct town *town)
{
    struct consumer *consumer = open_consumer(town, "r");
    struct scout *scout = open_scout(town, consumer, "r", START_EARLIEST);
    struct scout_part parts[8];
    uint32_t count = find_all(town, scout, parts);
    int32_t place = -1;

    for (uint32_t i = 0; i < count; i++)
        place = parts[i].end == RECORDS ? parts[i].partition : place;
    scout_destroy(&scout);
    consumer_close(&consumer);
    return place;
}

START_TEST(what_the_same_run_has_committed_counts_before_the_start)
{
    struct town town;

    open_town(&town);
    write_some(&town, "a");
    int32_t place = place_of_records(&town);
    ck_assert_int_ge(place, 0);
    ck_assert_int_eq(start_of(&town, "one", START_LATEST), RECORDS);
    commit(&town, "one", "a", place, 7);
    ck_assert_int_eq(start_of(&town, "one", START_LATEST), 7);
    ck_assert_int_eq(start_of(&town, "one", START_EARLIEST), 7);
    ck_assert_int_eq(start_of(&town, "two", START_COMMITTED), 7);
    ck_assert_int_eq(start_of(&town, "two", START_LATEST), RECORDS);
    ck_assert_int_eq(start_of(&town, "two", START_EARLIEST), 0);
    close_town(&town);
}
END_TEST

START_TEST(a_broker_that_is_away_is_complained_of_and_waited_for)
{
    struct town town;
    char text[ERROR_TEXT_MAX] = "";
    struct scout_part parts[8];

    open_town(&town);
    rd_kafka_mock_broker_set_down(town.cluster, 1);
    struct consumer *consumer = open_consumer(&town, "r");
    struct scout *scout = open_scout(&town, consumer, "r", START_EARLIEST);
    while (!scout_take_complaint(scout, text))
        wait_for_ring(&town);
    ck_assert_msg(strstr(text, "cannot read topic") != NULL, "%s", text);
    ck_assert(!scout_has_found_all(scout));
    rd_kafka_mock_broker_set_up(town.cluster, 1);
    ck_assert_uint_eq(find_all(&town, scout, parts), 2);
    scout_destroy(&scout);
    consumer_close(&consumer);
    close_town(&town);
}
END_TEST

START_TEST(records_come_with_a_ring_and_end_with_their_partition)
{
    struct town town;
    rd_kafka_message_t *messages[64];
    uint32_t records = 0;

    open_town(&town);
    struct consumer *consumer = open_consumer(&town, "r");
    struct scout *scout = open_scout(&town, consumer, "r", START_EARLIEST);
    struct scout_part parts[8];
    (void)find_all(&town, scout, parts);
    write_some(&town, "a");
    while (records < RECORDS) {
        size_t count = consumer_take(consumer, messages, 64);
        for (size_t i = 0; i < count; i++) {
            if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR)
                ck_assert_int_eq(messages[i]->offset, records++);
            rd_kafka_message_destroy(messages[i]);
        }
        if (count == 0)
            wait_for_ring(&town);
    }
    scout_destroy(&scout);
    consumer_close(&consumer);
    close_town(&town);
}
END_TEST

START_TEST(a_commit_that_is_refused_is_told)
{
    struct town town;
    struct consumer_commit commit = {.topic = "a", .partition = 0, .offset = 1};
    char text[ERROR_TEXT_MAX] = "";
    enum consumer_news news = CONSUMER_NO_NEWS;

    open_town(&town);
    rd_kafka_mock_push_request_errors(town.cluster, 8 /* OffsetCommit */, 1,
                                      RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    struct consumer *consumer = open_consumer(&town, "r");
    consumer_commit(consumer, &commit, 1);
    while (consumer_is_committing(consumer))
        news = consumer_poll(consumer, 1000, text);
    ck_assert_int_eq(news, CONSUMER_COMMIT_FAILED);
    ck_assert_msg(strstr(text, "authorization") != NULL, "%s", text);
    consumer_close(&consumer);
    close_town(&town);
}
END_TEST

START_TEST(a_record_that_is_refused_is_reported_with_the_reason)
{
    struct town town;
    struct producer_record record = {
        .topic = "a", .value = "v", .value_size = 1, .is_kept = true, .context = &record};
    struct producer_report report = {.why = NULL};
    struct error error;

    open_town(&town);
    rd_kafka_mock_push_request_errors(town.cluster, 0 /* Produce */, 1,
                                      RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    struct producer *producer = open_producer(&town);
    ck_assert_int_eq(producer_put(producer, &record, &error), PRODUCER_TAKEN);
    while (!producer_take_report(producer, &report))
        wait_for_ring(&town);
    ck_assert_ptr_eq(report.context, &record);
    ck_assert_ptr_nonnull(report.why);
    ck_assert_uint_eq(producer_open_count(producer), 0);
    producer_close(&producer);
    close_town(&town);
}
END_TEST

/* Records out of order are the end of an idempotent producer: what happened before cannot be known. */
START_TEST(a_broken_producer_reports_all_that_was_open)
{
    struct town town;
    struct producer_record record = {
        .topic = "a", .key = "k", .key_size = 1, .value = "v", .value_size = 1, .context = &record};
    struct producer_report report;
    struct error error;
    uint32_t failed = 0, taken = 0;

    open_town(&town);
    struct producer *producer = open_producer(&town);
    rd_kafka_mock_push_request_errors(town.cluster, 0 /* Produce */, 1,
                                      RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
    /* It may break while it is given more. */
    while (taken < RECORDS && producer_put(producer, &record, &error) == PRODUCER_TAKEN)
        taken++;
    ck_assert_uint_gt(taken, 0);
    while (producer_open_count(producer) > 0) {
        while (producer_take_report(producer, &report))
            failed += report.why != NULL;
        if (producer_open_count(producer) > 0)
            wait_for_ring(&town);
    }
    ck_assert_uint_eq(failed, taken);
    ck_assert(producer_is_broken(producer));
    ck_assert_int_eq(producer_put(producer, &record, &error), PRODUCER_FULL);
    producer_close(&producer);
    close_town(&town);
}
END_TEST

START_TEST(a_record_that_is_too_large_is_refused_at_once)
{
    struct town town;
    struct error error;
    char *large = mem_alloc(2000000);
    struct producer_record record = {
        .topic = "a", .value = large, .value_size = 2000000, .context = &record};

    open_town(&town);
    struct producer *producer = open_producer(&town);
    ck_assert_int_eq(producer_put(producer, &record, &error), PRODUCER_REFUSED);
    ck_assert_msg(strstr(error.text, "large") != NULL, "%s", error.text);
    producer_close(&producer);
    close_town(&town);
    mem_free_text(&large);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_task_finds_its_partitions_and_their_ends,
        what_the_same_run_has_committed_counts_before_the_start,
        a_broker_that_is_away_is_complained_of_and_waited_for,
        records_come_with_a_ring_and_end_with_their_partition,
        a_commit_that_is_refused_is_told,
        a_record_that_is_refused_is_reported_with_the_reason,
        a_broken_producer_reports_all_that_was_open,
        a_record_that_is_too_large_is_refused_at_once,
    };

    return suite_run("scout", tests, sizeof tests / sizeof *tests);
}
