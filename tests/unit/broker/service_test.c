/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/records.h"
#include "broker/protocol/errors.h"
#include "broker/protocol/header.h"
#include "broker/protocol/messages.h"
#include "tests/support/broker_rig.h"
#include "tests/support/suite.h"

enum {
    PRODUCE_VERSION = 8,
    FETCH_VERSION = 11,
    METADATA_VERSION = 8,
};

static struct kafka_string text(const char *data)
{
    return (struct kafka_string){data, (int32_t)strlen(data)};
}

static struct broker_rig *running(const char *const settings[])
{
    struct broker_rig *rig = broker_rig_new(1, settings);
    struct error error;

    ck_assert_msg(broker_rig_start(rig, &error) == ERR_OK, "%s", error.text);
    return rig;
}

/* ---- requests ---- */

static void create(struct broker_client *client, const char *name, int32_t partitions)
{
    struct kafka_create_topics_request_topic topic = {
        .name = text(name), .num_partitions = partitions, .replication_factor = 1};
    struct kafka_create_topics_request request = {
        .topics = &topic, .topic_count = 1, .timeout_ms = 1000};
    struct kafka_create_topics_response response;

    broker_client_ask(client, KAFKA_CREATE_TOPICS, 4, &request, &response);
    ck_assert_int_eq(response.topic_count, 1);
    ck_assert_int_eq(response.topics[0].error_code, KAFKA_NONE);
}

/* One record with that value, from a producer or none (-1). */
struct batch {
    struct records_builder builder;
    const unsigned char *bytes;
    struct batch_head head;
};

static void build(struct batch *batch, const char *value, int64_t producer_id, int32_t sequence)
{
    struct batch_head head = records_plain_head(BATCH_PLAIN, 1000);
    struct record record = {
        .timestamp_ms = 1000,
        .key_size = RECORDS_ABSENT,
        .value = (const unsigned char *)value,
        .value_size = (int32_t)strlen(value),
    };

    if (producer_id >= 0) {
        head.producer_id = producer_id;
        head.producer_epoch = 0;
        head.base_sequence = sequence;
    }
    *batch = (struct batch){.bytes = NULL};
    records_builder_begin(&batch->builder, &head);
    records_builder_add(&batch->builder, &record);
    ck_assert_int_eq(records_builder_finish(&batch->builder, &batch->bytes, &batch->head, NULL),
                     ERR_OK);
}

static void send_batch(struct broker_client *client, const char *topic, int16_t acks,
                       const struct batch *batch)
{
    struct kafka_produce_request_partition partition = {
        .records = {.data = batch->bytes, .length = (int32_t)batch->head.size}};
    struct kafka_produce_request_topic named = {
        .name = text(topic), .partitions = &partition, .partition_count = 1};
    struct kafka_produce_request request = {.transactional_id = KAFKA_STRING_NULL,
                                            .acks = acks,
                                            .timeout_ms = 1000,
                                            .topics = &named,
                                            .topic_count = 1};

    (void)broker_client_send(client, KAFKA_PRODUCE, PRODUCE_VERSION, &request);
}

static void send_record(struct broker_client *client, const char *topic, int16_t acks,
                        const char *value)
{
    struct batch batch;

    build(&batch, value, -1, -1);
    send_batch(client, topic, acks, &batch);
    records_builder_done(&batch.builder);
}

static bool take_produced(struct broker_client *client,
                          struct kafka_produce_response_partition *ret_partition)
{
    struct kafka_produce_response response;

    if (!broker_client_take(client, KAFKA_PRODUCE, PRODUCE_VERSION, &response))
        return false;
    *ret_partition = response.topics[0].partitions[0];
    return true;
}

static struct kafka_produce_response_partition produce(struct broker_client *client,
                                                       const char *topic, const char *value)
{
    struct kafka_produce_response_partition partition;

    send_record(client, topic, 1, value);
    ck_assert(take_produced(client, &partition));
    return partition;
}

static void send_fetch(struct broker_client *client, const char *topic, int64_t offset,
                       int32_t min_bytes, int32_t max_wait_ms)
{
    struct kafka_fetch_request_partition partition = {.current_leader_epoch = -1,
                                                      .fetch_offset = offset,
                                                      .log_start_offset = -1,
                                                      .partition_max_bytes = 1 << 20};
    struct kafka_fetch_request_topic named = {
        .name = text(topic), .partitions = &partition, .partition_count = 1};
    struct kafka_fetch_request request = {.replica_id = -1,
                                          .max_wait_ms = max_wait_ms,
                                          .min_bytes = min_bytes,
                                          .max_bytes = 1 << 20,
                                          .session_epoch = -1,
                                          .topics = &named,
                                          .topic_count = 1,
                                          .rack_id = text("")};

    (void)broker_client_send(client, KAFKA_FETCH, FETCH_VERSION, &request);
}

static bool take_fetched(struct broker_client *client,
                         struct kafka_fetch_response_partition *ret_partition)
{
    struct kafka_fetch_response response;

    if (!broker_client_take(client, KAFKA_FETCH, FETCH_VERSION, &response))
        return false;
    ck_assert_int_eq(response.error_code, KAFKA_NONE);
    *ret_partition = response.topics[0].partitions[0];
    return true;
}

static struct kafka_fetch_response_partition fetch(struct broker_client *client, const char *topic,
                                                   int64_t offset)
{
    struct kafka_fetch_response_partition partition;

    send_fetch(client, topic, offset, 1, 0);
    ck_assert(take_fetched(client, &partition));
    return partition;
}

/* The value of the first record that was fetched. */
static void expect_value(const struct kafka_fetch_response_partition *partition, int64_t offset,
                         const char *value)
{
    struct records_reader reader = {.bytes = NULL};
    struct batch_head head;
    struct record record;

    ck_assert_int_eq(partition->error_code, KAFKA_NONE);
    ck_assert_int_gt(partition->records.length, 0);
    ck_assert_int_eq(batch_read_head(partition->records.data, (size_t)partition->records.length,
                                     UINT32_MAX, &head),
                     ERR_OK);
    ck_assert(batch_crc_is_right(partition->records.data, &head));
    ck_assert_int_eq(records_open(&reader, partition->records.data, &head, NULL), ERR_OK);
    ck_assert_int_eq(records_next(&reader, &record, NULL), ERR_OK);
    ck_assert_int_eq(record.offset, offset);
    ck_assert_int_eq(record.value_size, (int32_t)strlen(value));
    ck_assert_mem_eq(record.value, value, strlen(value));
    records_reader_done(&reader);
}

/* ---- produce and fetch ---- */

START_TEST(what_was_produced_is_fetched)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);

    create(client, "t", 1);
    ck_assert_int_eq(produce(client, "t", "first").base_offset, 0);
    ck_assert_int_eq(produce(client, "t", "second").base_offset, 1);
    struct kafka_fetch_response_partition partition = fetch(client, "t", 1);
    expect_value(&partition, 1, "second");
    ck_assert_int_eq(partition.high_watermark, 2);
    ck_assert_int_eq(partition.last_stable_offset, 2);
    ck_assert_int_eq(partition.log_start_offset, 0);
    ck_assert_int_eq(partition.preferred_read_replica, -1);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(it_is_there_after_an_end_in_order_and_after_a_kill)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct error error;

    create(client, "t", 1);
    (void)produce(client, "t", "kept");
    broker_client_destroy(&client);
    for (int round = 0; round < 2; round++) {
        if (round == 0)
            ck_assert_msg(broker_rig_stop(rig, &error) == ERR_OK, "%s", error.text);
        else
            broker_rig_kill(rig);
        ck_assert_msg(broker_rig_start(rig, &error) == ERR_OK, "%s", error.text);
        client = broker_client_new(rig);
        struct kafka_fetch_response_partition partition = fetch(client, "t", 0);
        expect_value(&partition, 0, "kept");
        ck_assert_int_eq(produce(client, "t", "more").base_offset, round + 1);
        broker_client_destroy(&client);
    }
    ck_assert_int_eq(service_leader_epoch(rig->service), 3);
}
END_TEST

enum {
    MANY = 40, /* more partitions than are settled one by one */
};

static const char *name_of(unsigned number, char ret_name[16])
{
    (void)snprintf(ret_name, 16, "t%u", number);
    return ret_name;
}

static struct broker_rig *running_with_many(void)
{
    struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    char name[16];

    for (unsigned i = 0; i < MANY; i++) {
        create(client, name_of(i, name), 1);
        (void)produce(client, name, "kept");
    }
    broker_client_destroy(&client);
    return rig;
}

static void expect_many(struct broker_rig *rig)
{
    struct broker_client *client = broker_client_new(rig);
    char name[16];

    for (unsigned i = 0; i < MANY; i++) {
        struct kafka_fetch_response_partition partition = fetch(client, name_of(i, name), 0);
        expect_value(&partition, 0, "kept");
    }
    broker_client_destroy(&client);
}

START_TEST(many_partitions_are_made_durable_together)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running_with_many();
    struct error error;

    sim_files_plan(rig->files, SIM_FILES_FINE, 0);
    ck_assert_msg(broker_rig_stop(rig, &error) == ERR_OK, "%s", error.text);
    /* The power goes when all is over: what an end in order leaves is stored. */
    sim_files_restart(rig->files);
    text_clear(&rig->told);
    ck_assert_msg(broker_rig_start(rig, &error) == ERR_OK, "%s", error.text);
    ck_assert_ptr_null(strstr(text_data(&rig->told), "log.checked"));
    ck_assert_ptr_null(strstr(text_data(&rig->told), "log.repaired"));
    expect_many(rig);
}
END_TEST

START_TEST(one_that_cannot_be_settled_does_not_keep_the_others_from_it)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running_with_many();
    struct error error;

    sim_files_plan(rig->files, SIM_FILES_ERROR, 3);
    ck_assert_int_ne(broker_rig_stop(rig, &error), ERR_OK);
    ck_assert_msg(strstr(error.text, "cannot close '") != NULL, "%s", error.text);
    ck_assert(sim_files_has_struck(rig->files));
    sim_files_plan(rig->files, SIM_FILES_FINE, 0);
    sim_files_restart(rig->files);
    ck_assert_msg(broker_rig_start(rig, &error) == ERR_OK, "%s", error.text);
    expect_many(rig);
}
END_TEST

START_TEST(a_fetch_waits_for_bytes_and_gets_them)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *reader = broker_client_new(rig);
    struct broker_client *writer = broker_client_new(rig);
    struct kafka_fetch_response_partition partition;

    create(writer, "t", 1);
    send_fetch(reader, "t", 0, 1, 500);
    ck_assert(!take_fetched(reader, &partition));
    (void)produce(writer, "t", "news");
    ck_assert(take_fetched(reader, &partition));
    expect_value(&partition, 0, "news");

    send_fetch(reader, "t", 1, 200, 500);
    (void)produce(writer, "t", "little");
    ck_assert(!take_fetched(reader, &partition));
    (void)produce(writer, "t", "more");
    (void)produce(writer, "t", "and more");
    ck_assert(take_fetched(reader, &partition));
    expect_value(&partition, 1, "little");
    broker_client_destroy(&reader);
    broker_client_destroy(&writer);
}
END_TEST

START_TEST(a_fetch_that_waits_in_vain_is_answered_in_time)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_fetch_response_partition partition;

    create(client, "t", 1);
    send_fetch(client, "t", 0, 1, 500);
    broker_rig_advance(rig, 499);
    ck_assert(!take_fetched(client, &partition));
    broker_rig_advance(rig, 1);
    ck_assert(take_fetched(client, &partition));
    ck_assert_int_eq(partition.error_code, KAFKA_NONE);
    ck_assert_int_le(partition.records.length, 0);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(offsets_that_are_not_there_are_told_at_once)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_fetch_response_partition partition;

    create(client, "t", 1);
    send_fetch(client, "t", 1, 1, 500);
    ck_assert(take_fetched(client, &partition));
    ck_assert_int_eq(partition.error_code, KAFKA_OFFSET_OUT_OF_RANGE);
    send_fetch(client, "nowhere", 0, 1, 500);
    ck_assert(take_fetched(client, &partition));
    ck_assert_int_eq(partition.error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(answers_come_in_the_order_of_the_requests)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_fetch_response_partition fetched;
    struct kafka_produce_response_partition produced;

    create(client, "t", 1);
    send_fetch(client, "t", 0, 1000, 500);
    send_record(client, "t", 1, "behind it");
    ck_assert_uint_eq(text_size(&client->input), 0);
    broker_rig_advance(rig, 500);
    ck_assert(take_fetched(client, &fetched));
    expect_value(&fetched, 0, "behind it");
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.base_offset, 0);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(who_goes_while_he_waits_is_forgotten)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *reader = broker_client_new(rig);
    struct broker_client *writer = broker_client_new(rig);

    create(writer, "t", 1);
    send_fetch(reader, "t", 0, 1, 500);
    broker_client_destroy(&reader);
    ck_assert_int_eq(produce(writer, "t", "for nobody").error_code, KAFKA_NONE);
    broker_rig_advance(rig, 1000);
    ck_assert_uint_eq(service_counts(rig->service).held_bytes, 0);
    broker_client_destroy(&writer);
}
END_TEST

START_TEST(a_topic_that_goes_answers_who_waits_for_it)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *reader = broker_client_new(rig);
    struct broker_client *writer = broker_client_new(rig);
    struct kafka_fetch_response_partition partition;
    struct kafka_string name = text("t");
    struct kafka_delete_topics_request request = {
        .topic_names = &name, .topic_name_count = 1, .timeout_ms = 1000};
    struct kafka_delete_topics_response response;

    create(writer, "t", 1);
    (void)produce(writer, "t", "old");
    send_fetch(reader, "t", 1, 1, 500);
    broker_client_ask(writer, KAFKA_DELETE_TOPICS, 3, &request, &response);
    ck_assert(take_fetched(reader, &partition));
    ck_assert_int_eq(partition.error_code, KAFKA_UNKNOWN_TOPIC_OR_PARTITION);
    create(writer, "t", 1);
    ck_assert_int_eq(produce(writer, "t", "new").base_offset, 0);
    broker_rig_run_jobs(rig);
    broker_client_destroy(&reader);
    broker_client_destroy(&writer);
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_damaged_batch_is_refused)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_produce_response_partition partition;
    struct batch batch;

    create(client, "t", 1);
    build(&batch, "whole", -1, -1);
    unsigned char *damaged = mem_alloc(batch.head.size);
    memcpy(damaged, batch.bytes, batch.head.size);
    damaged[batch.head.size - 1] ^= 1;
    batch.bytes = damaged;
    send_batch(client, "t", 1, &batch);
    ck_assert(take_produced(client, &partition));
    ck_assert_int_eq(partition.error_code, KAFKA_CORRUPT_MESSAGE);
    batch.head.size--;
    send_batch(client, "t", 1, &batch);
    ck_assert(take_produced(client, &partition));
    ck_assert_int_eq(partition.error_code, KAFKA_CORRUPT_MESSAGE);
    ck_assert_int_eq(produce(client, "t", "good").base_offset, 0);
    free(damaged);
    records_builder_done(&batch.builder);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(a_compacted_topic_takes_no_record_without_a_key)
{
    static const char *const settings[] = {NULL};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(settings);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_create_topics_request_config config = {.name = text("cleanup.policy"),
                                                        .value = text("compact")};
    struct kafka_create_topics_request_topic topic = {.name = text("t"),
                                                      .num_partitions = 1,
                                                      .replication_factor = 1,
                                                      .configs = &config,
                                                      .config_count = 1};
    struct kafka_create_topics_request request = {
        .topics = &topic, .topic_count = 1, .timeout_ms = 1000};
    struct kafka_create_topics_response response;

    broker_client_ask(client, KAFKA_CREATE_TOPICS, 4, &request, &response);
    struct kafka_produce_response_partition refused = produce(client, "t", "no key");
    ck_assert_int_eq(refused.error_code, KAFKA_INVALID_RECORD);
    ck_assert_ptr_nonnull(strstr(refused.error_message.data, "no key"));
    broker_client_destroy(&client);
}
END_TEST

START_TEST(without_acks_there_is_no_answer_and_an_error_closes)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);

    create(client, "t", 1);
    send_record(client, "t", 0, "quiet");
    ck_assert_uint_eq(text_size(&client->input), 0);
    ck_assert(!client->is_closed);
    ck_assert_int_eq(produce(client, "t", "loud").base_offset, 1);
    send_record(client, "nowhere", 0, "lost");
    ck_assert_uint_eq(text_size(&client->input), 0);
    ck_assert(client->is_closed);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(on_a_full_disk_writes_are_refused_and_reads_go_on)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);

    create(client, "t", 1);
    (void)produce(client, "t", "before");
    rig->room = 1000;
    broker_rig_advance(rig, 1000);
    struct kafka_produce_response_partition refused = produce(client, "t", "during");
    ck_assert_int_eq(refused.error_code, KAFKA_STORAGE_ERROR);
    ck_assert_ptr_nonnull(strstr(refused.error_message.data, "broker.disk.free.min"));
    ck_assert(service_counts(rig->service).is_full);
    struct kafka_fetch_response_partition partition = fetch(client, "t", 0);
    expect_value(&partition, 0, "before");
    rig->room = 1 << 30;
    broker_rig_advance(rig, 1000);
    ck_assert_int_eq(produce(client, "t", "after").base_offset, 1);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(a_request_of_a_version_too_high_is_told_which_there_are)
{
    static const unsigned char frame[] = {0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_api_versions_response response;

    broker_client_send_bytes(client, frame, sizeof frame);
    ck_assert(broker_client_take(client, KAFKA_API_VERSIONS, 0, &response));
    ck_assert_int_eq(response.error_code, KAFKA_UNSUPPORTED_VERSION);
    ck_assert(!client->is_closed);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(what_is_no_request_closes_the_connection)
{
    static const unsigned char unknown[] = {0, 99, 0, 0, 0, 0, 0, 7, 0xff, 0xff};
    static const unsigned char cut[] = {0, 3, 0};
    static const unsigned char lying[] = {0, 1, 0, 11, 0, 0, 0, 1, 0xff, 0xff, 0, 0, 0, 1};
    static const struct {
        const unsigned char *bytes;
        size_t size;
    } frames[] = {{unknown, sizeof unknown}, {cut, sizeof cut}, {lying, sizeof lying}};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);

    for (size_t i = 0; i < COUNT_OF(frames); i++) {
        struct broker_client *client = broker_client_new(rig);
        broker_client_send_bytes(client, frames[i].bytes, frames[i].size);
        ck_assert(client->is_closed);
        ck_assert_uint_eq(text_size(&client->input), 0);
        broker_client_destroy(&client);
    }
}
END_TEST

/* A partition takes more memory than bytes in the request. */
START_TEST(what_a_request_is_decoded_to_counts_as_held)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_fetch_request_partition partitions[1000];
    struct kafka_fetch_request_topic topic = {
        .name = text("t"), .partitions = partitions, .partition_count = 1000};
    const struct kafka_fetch_request request = {.max_wait_ms = 500,
                                                .min_bytes = 1,
                                                .max_bytes = 1 << 20,
                                                .session_epoch = -1,
                                                .topics = &topic,
                                                .topic_count = 1,
                                                .rack_id = text("")};

    create(client, "t", 1);
    for (int i = 0; i < 1000; i++)
        partitions[i] = (struct kafka_fetch_request_partition){
            .current_leader_epoch = -1, .log_start_offset = -1, .partition_max_bytes = 1 << 20};
    (void)broker_client_send(client, KAFKA_FETCH, FETCH_VERSION, &request);
    ck_assert_uint_gt(service_counts(rig->service).held_bytes, sizeof partitions);
    broker_rig_advance(rig, 500);
    ck_assert_uint_eq(service_counts(rig->service).held_bytes, 0);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(who_has_much_under_way_is_to_wait)
{
    static const char *const settings[] = {"broker.inflight.requests.max", "3", NULL};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(settings);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_fetch_response_partition partition;

    create(client, "t", 1);
    for (int i = 0; i < 3; i++) {
        ck_assert(!service_must_wait(rig->service, client->peer));
        send_fetch(client, "t", 0, 1, 500);
    }
    ck_assert(service_must_wait(rig->service, client->peer));
    broker_rig_advance(rig, 500);
    ck_assert(!service_must_wait(rig->service, client->peer));
    for (int i = 0; i < 3; i++)
        ck_assert(take_fetched(client, &partition));
    broker_client_destroy(&client);
}
END_TEST

/* ---- the disk ---- */

static const char *const flush_always[] = {"log.flush", "always", NULL};

START_TEST(with_flush_always_an_answer_waits_for_the_disk)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(flush_always);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_produce_response_partition produced;
    struct kafka_fetch_response_partition fetched;

    create(client, "t", 1);
    send_record(client, "t", 1, "one");
    send_record(client, "t", 1, "two");
    ck_assert(!take_produced(client, &produced));
    struct broker_client *reader = broker_client_new(rig);
    send_fetch(reader, "t", 0, 1, 500);
    ck_assert(!take_fetched(reader, &fetched));
    broker_rig_run_jobs(rig);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.base_offset, 0);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.base_offset, 1);
    ck_assert(take_fetched(reader, &fetched));
    expect_value(&fetched, 0, "one");
    broker_client_destroy(&client);
    broker_client_destroy(&reader);
}
END_TEST

START_TEST(a_disk_that_is_too_slow_is_told_in_time)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(flush_always);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_produce_response_partition produced;

    create(client, "t", 1);
    send_record(client, "t", 1, "slow");
    broker_rig_advance(rig, 999);
    ck_assert(!take_produced(client, &produced));
    broker_rig_advance(rig, 1);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_REQUEST_TIMED_OUT);
    broker_rig_run_jobs(rig);
    send_record(client, "t", 1, "next");
    broker_rig_run_jobs(rig);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.base_offset, 1);
    broker_rig_advance(rig, 2000);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(a_disk_that_fails_costs_the_partition_and_says_so)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(flush_always);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_produce_response_partition produced;

    create(client, "t", 1);
    create(client, "u", 1);
    send_record(client, "t", 1, "one");
    sim_files_plan(rig->files, SIM_FILES_ERROR, 0);
    ck_assert(broker_rig_run_job(rig));
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_STORAGE_ERROR);
    send_record(client, "t", 1, "two");
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_STORAGE_ERROR);
    ck_assert_ptr_nonnull(strstr(text_data(&rig->told), "disk.failed"));
    send_record(client, "u", 1, "another");
    broker_rig_run_jobs(rig);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_NONE);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(what_is_written_is_flushed_within_its_time)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct error error;

    create(client, "t", 1);
    broker_rig_run_jobs(rig);
    (void)produce(client, "t", "kept");
    ck_assert_uint_eq(rig->job_count, 0);
    broker_rig_advance(rig, 1000);
    ck_assert_uint_ge(rig->job_count, 1);
    broker_rig_run_jobs(rig);
    broker_client_destroy(&client);
    broker_rig_kill(rig);
    sim_files_restart(rig->files);
    ck_assert_msg(broker_rig_start(rig, &error) == ERR_OK, "%s", error.text);
    client = broker_client_new(rig);
    struct kafka_fetch_response_partition partition = fetch(client, "t", 0);
    expect_value(&partition, 0, "kept");
    broker_client_destroy(&client);
}
END_TEST

START_TEST(a_shorter_flush_ms_counts_for_what_was_written_before)
{
    static const char *const settings[] = {"log.flush.ms", "3600000", NULL};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(settings);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_incremental_alter_configs_request_config config = {
        .name = text("flush.ms"), .config_operation = KAFKA_CONFIG_SET, .value = text("1000")};
    struct kafka_incremental_alter_configs_request_resource resource = {.resource_type =
                                                                            KAFKA_RESOURCE_TOPIC,
                                                                        .resource_name = text("t"),
                                                                        .configs = &config,
                                                                        .config_count = 1};
    const struct kafka_incremental_alter_configs_request request = {.resources = &resource,
                                                                    .resource_count = 1};
    struct kafka_incremental_alter_configs_response response;

    create(client, "t", 1);
    broker_rig_run_jobs(rig);
    (void)produce(client, "t", "kept");
    broker_client_ask(client, KAFKA_INCREMENTAL_ALTER_CONFIGS, 0, &request, &response);
    ck_assert_int_eq(response.responses[0].error_code, KAFKA_NONE);
    ck_assert_uint_eq(rig->job_count, 0);
    broker_rig_advance(rig, 1000);
    ck_assert_uint_eq(rig->job_count, 1);
    broker_rig_run_jobs(rig);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(no_more_files_are_open_than_the_setting_says)
{
    static const char *const settings[] = {"broker.files.max", "16", NULL};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(settings);
    struct broker_client *client = broker_client_new(rig);
    char name[16];

    for (int i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "t%d", i);
        create(client, name, 1);
        ck_assert_int_eq(produce(client, name, "first").base_offset, 0);
        broker_rig_run_jobs(rig);
    }
    broker_rig_advance(rig, 1000);
    broker_rig_run_jobs(rig);
    ck_assert_int_eq(produce(client, "t0", "second").base_offset, 1);
    ck_assert_uint_le(sim_files_open_count(rig->files), 16);
    broker_client_destroy(&client);
}
END_TEST

/* A write finds the disk broken while others wait for theirs: no flush will come for those. */
START_TEST(who_waits_for_the_disk_is_told_when_a_later_write_fails)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(flush_always);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_produce_response_partition produced;

    create(client, "t", 1);
    broker_rig_run_jobs(rig);
    send_record(client, "t", 1, "being flushed");
    send_record(client, "t", 1, "waits for the next flush");
    sim_files_plan(rig->files, SIM_FILES_ERROR, 0);
    send_record(client, "t", 1, "fails");
    sim_files_plan(rig->files, SIM_FILES_FINE, 0);
    ck_assert(!take_produced(client, &produced));
    broker_rig_run_jobs(rig);
    broker_rig_advance(rig, 0);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_NONE);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_STORAGE_ERROR);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_STORAGE_ERROR);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(who_asks_for_times_opens_no_more_files_than_the_setting_says)
{
    static const char *const settings[] = {"broker.files.max", "16", NULL};
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(settings);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_list_offsets_request_partition partition = {.current_leader_epoch = -1,
                                                             .timestamp = 1};
    struct kafka_list_offsets_request_topic topic = {.partitions = &partition,
                                                     .partition_count = 1};
    const struct kafka_list_offsets_request request = {
        .replica_id = -1, .topics = &topic, .topic_count = 1};
    struct kafka_list_offsets_response response;
    char name[16];

    for (int i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "t%d", i);
        create(client, name, 1);
        ck_assert_int_eq(produce(client, name, "first").base_offset, 0);
        broker_rig_advance(rig, 1000);
        broker_rig_run_jobs(rig);
    }
    for (int i = 0; i < 40; i++) {
        (void)snprintf(name, sizeof name, "t%d", i);
        topic.name = text(name);
        broker_client_ask(client, KAFKA_LIST_OFFSETS, 5, &request, &response);
        ck_assert_int_eq(response.topics[0].partitions[0].offset, 0);
    }
    ck_assert_uint_le(sim_files_open_count(rig->files), 16);
    broker_client_destroy(&client);
}
END_TEST

START_TEST(a_batch_that_is_sent_again_is_not_appended_again_even_after_a_restart)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_produce_response_partition produced;
    struct batch batch;
    struct error error;

    create(client, "t", 1);
    build(&batch, "once", 77, 0);
    for (int round = 0; round < 4; round++) {
        send_batch(client, "t", -1, &batch);
        ck_assert(take_produced(client, &produced));
        ck_assert_int_eq(produced.error_code, KAFKA_NONE);
        ck_assert_int_eq(produced.base_offset, 0);
        broker_client_destroy(&client);
        if (round % 2 == 0)
            broker_rig_kill(rig);
        else
            ck_assert_int_eq(broker_rig_stop(rig, &error), ERR_OK);
        ck_assert_int_eq(broker_rig_start(rig, &error), ERR_OK);
        client = broker_client_new(rig);
    }
    records_builder_done(&batch.builder);
    build(&batch, "gap", 77, 5);
    send_batch(client, "t", -1, &batch);
    ck_assert(take_produced(client, &produced));
    ck_assert_int_eq(produced.error_code, KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER);
    records_builder_done(&batch.builder);
    broker_client_destroy(&client);
}
END_TEST

/* ---- compaction ---- */

/* Segments full of values of one key, all but the last of which are closed and on the disk. */
static void fill_compacted(struct broker_rig *rig, struct broker_client *client, const char *name)
{
    struct kafka_create_topics_request_config configs[] = {
        {.name = text("cleanup.policy"), .value = text("compact")},
        {.name = text("segment.bytes"), .value = text("1024")}};
    struct kafka_create_topics_request_topic topic = {.name = text(name),
                                                      .num_partitions = 1,
                                                      .replication_factor = 1,
                                                      .configs = configs,
                                                      .config_count = 2};
    const struct kafka_create_topics_request request = {
        .topics = &topic, .topic_count = 1, .timeout_ms = 1000};
    struct kafka_create_topics_response response;
    struct kafka_produce_response_partition produced;
    const struct batch_head head = records_plain_head(BATCH_PLAIN, 1000);
    const struct record record = {.timestamp_ms = 1000,
                                  .key = (const unsigned char *)"key",
                                  .key_size = 3,
                                  .value = (const unsigned char *)"value",
                                  .value_size = 5};

    broker_client_ask(client, KAFKA_CREATE_TOPICS, 4, &request, &response);
    ck_assert_int_eq(response.topics[0].error_code, KAFKA_NONE);
    for (int i = 0; i < 50; i++) {
        struct batch batch = {.bytes = NULL};

        records_builder_begin(&batch.builder, &head);
        records_builder_add(&batch.builder, &record);
        ck_assert_int_eq(records_builder_finish(&batch.builder, &batch.bytes, &batch.head, NULL),
                         ERR_OK);
        send_batch(client, name, 1, &batch);
        ck_assert(take_produced(client, &produced));
        ck_assert_int_eq(produced.error_code, KAFKA_NONE);
        records_builder_done(&batch.builder);
    }
    broker_rig_advance(rig, 1000);
    broker_rig_run_jobs(rig);
}

/* Whether its first segment has less than it was filled with. */
static bool was_compacted(const struct broker_rig *rig, const char *path)
{
    size_t size = 0;

    ck_assert_ptr_nonnull(sim_files_bytes(rig->files, path, &size));
    return size < 512;
}

START_TEST(a_compaction_that_fails_does_not_keep_the_others_from_theirs)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    const char *first = "a-0/00000000000000000000.log";
    const char *second = "b-0/00000000000000000000.log";

    fill_compacted(rig, client, "a");
    fill_compacted(rig, client, "b");
    broker_rig_advance(rig, 15000);
    sim_files_plan(rig->files, SIM_FILES_READ_ERROR, 0);
    ck_assert(broker_rig_begin_job(rig, false) && broker_rig_end_job(rig, false));
    ck_assert_ptr_nonnull(strstr(text_data(&rig->told), "compaction.failed"));
    sim_files_plan(rig->files, SIM_FILES_FINE, 0);
    broker_rig_advance(rig, 0);
    broker_rig_run_jobs(rig);
    ck_assert_int_ne(was_compacted(rig, first), was_compacted(rig, second));
    broker_rig_advance(rig, UINT64_C(600000));
    broker_rig_run_jobs(rig);
    broker_rig_advance(rig, 15000);
    broker_rig_run_jobs(rig);
    ck_assert(was_compacted(rig, first) && was_compacted(rig, second));
    broker_client_destroy(&client);
}
END_TEST

/* ---- groups ---- */

START_TEST(a_committed_offset_survives_a_kill)
{
    AUTO(broker_rig_destroy) struct broker_rig *rig = running(NULL);
    struct broker_client *client = broker_client_new(rig);
    struct kafka_offset_commit_request_partition partition = {
        .committed_offset = 42, .committed_leader_epoch = -1, .committed_metadata = text("m")};
    struct kafka_offset_commit_request_topic topic = {
        .name = text("t"), .partitions = &partition, .partition_count = 1};
    struct kafka_offset_commit_request commit = {.group_id = text("g"),
                                                 .generation_id = -1,
                                                 .member_id = text(""),
                                                 .group_instance_id = KAFKA_STRING_NULL,
                                                 .retention_time_ms = -1,
                                                 .topics = &topic,
                                                 .topic_count = 1};
    struct kafka_offset_commit_response committed;
    struct error error;

    create(client, "t", 1);
    broker_client_ask(client, KAFKA_OFFSET_COMMIT, 7, &commit, &committed);
    ck_assert_int_eq(committed.topics[0].partitions[0].error_code, KAFKA_NONE);
    broker_client_destroy(&client);
    broker_rig_kill(rig);
    ck_assert_msg(broker_rig_start(rig, &error) == ERR_OK, "%s", error.text);

    int32_t number = 0;
    struct kafka_offset_fetch_request_topic wanted = {
        .name = text("t"), .partitions = &number, .partition_count = 1};
    struct kafka_offset_fetch_request request = {
        .group_id = text("g"), .topics = &wanted, .topic_count = 1};
    struct kafka_offset_fetch_response response;
    client = broker_client_new(rig);
    broker_client_ask(client, KAFKA_OFFSET_FETCH, 5, &request, &response);
    ck_assert_int_eq(response.topics[0].partitions[0].committed_offset, 42);
    broker_client_destroy(&client);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_was_produced_is_fetched,
        it_is_there_after_an_end_in_order_and_after_a_kill,
        many_partitions_are_made_durable_together,
        one_that_cannot_be_settled_does_not_keep_the_others_from_it,
        a_fetch_waits_for_bytes_and_gets_them,
        a_fetch_that_waits_in_vain_is_answered_in_time,
        offsets_that_are_not_there_are_told_at_once,
        answers_come_in_the_order_of_the_requests,
        who_goes_while_he_waits_is_forgotten,
        a_topic_that_goes_answers_who_waits_for_it,
        a_damaged_batch_is_refused,
        a_compacted_topic_takes_no_record_without_a_key,
        without_acks_there_is_no_answer_and_an_error_closes,
        on_a_full_disk_writes_are_refused_and_reads_go_on,
        a_request_of_a_version_too_high_is_told_which_there_are,
        what_is_no_request_closes_the_connection,
        what_a_request_is_decoded_to_counts_as_held,
        who_has_much_under_way_is_to_wait,
        with_flush_always_an_answer_waits_for_the_disk,
        a_disk_that_is_too_slow_is_told_in_time,
        a_disk_that_fails_costs_the_partition_and_says_so,
        who_waits_for_the_disk_is_told_when_a_later_write_fails,
        who_asks_for_times_opens_no_more_files_than_the_setting_says,
        what_is_written_is_flushed_within_its_time,
        a_shorter_flush_ms_counts_for_what_was_written_before,
        no_more_files_are_open_than_the_setting_says,
        a_batch_that_is_sent_again_is_not_appended_again_even_after_a_restart,
        a_compaction_that_fails_does_not_keep_the_others_from_theirs,
        a_committed_offset_survives_a_kill,
    };
    return suite_run("service", tests, COUNT_OF(tests));
}
