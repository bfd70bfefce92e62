/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/broker/admin_rig.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/log/records.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/encode.h"
#include "broker/server/catalog.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/service_groups.h"
#include "tests/support/suite.h"

/* ---- in the place of broker/server/service.c ---- */

static struct rig *rig_of(struct service *service)
{
    return service->shell.shell;
}

void *service_alloc(struct service *service, struct request_token token, size_t count, size_t size)
{
    void *memory = kafka_arena_take(&rig_of(service)->arena, count, size);

    ck_assert_uint_eq(token.value, 1);
    ck_assert_ptr_nonnull(memory);
    memset(memory, 0, count * size);
    return memory;
}

void service_wait(struct service *service, struct request_token token,
                  void (*abandon)(struct service *service, void *waiting), void *waiting)
{
    (void)service;
    (void)token;
    (void)abandon;
    (void)waiting;
    ck_abort_msg("no handler of these waits");
}

void service_answer_silently(struct service *service, struct request_token token, bool is_failed)
{
    (void)service;
    (void)token;
    (void)is_failed;
    ck_abort_msg("each of these has an answer");
}

/* What the client decodes is copied out of what the handler has, so its memory may go. */
void service_answer(struct service *service, struct request_token token, const void *response)
{
    struct rig *rig = rig_of(service);
    struct kafka_writer writer;
    struct kafka_reader reader;
    struct error error = {.text = ""};

    ck_assert_uint_eq(token.value, 1);
    ck_assert_msg(rig->response == NULL, "it was answered twice");
    kafka_writer_init(&writer);
    enum err err = kafka_encode(rig->api->response, rig->version, response, &writer, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    size_t size = writer.size;
    unsigned char *bytes = kafka_arena_take(&rig->arena, size + 1, 1);
    memcpy(bytes, writer.bytes, size);
    kafka_writer_done(&writer);
    rig->response = kafka_arena_take(&rig->arena, 1, rig->api->response->body.size);
    kafka_reader_init(&reader, bytes, size);
    err =
        kafka_decode(rig->api->response, rig->version, &reader, &rig->arena, rig->response, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_uint_eq(kafka_reader_left(&reader), 0);
}

void service_tell(struct service *service, enum service_level level, const char *event,
                  const char *format, ...)
{
    struct rig *rig = rig_of(service);
    char text[sizeof rig->told / 2];
    va_list arguments;

    (void)level;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    (void)snprintf(rig->told, sizeof rig->told, "%s %s", event, text);
}

/* ---- the shell ---- */

static void submit_nothing(void *shell, struct service_job *job, bool is_urgent)
{
    (void)shell;
    (void)job;
    (void)is_urgent;
    ck_abort_msg("nothing here is flushed or cleaned");
}

static void note_change(void *shell)
{
    ((struct rig *)shell)->changes++;
}

static uint64_t tell_room(void *shell)
{
    (void)shell;
    return UINT64_C(1) << 40;
}

/* ---- lives ---- */

static void stray(void *context, const char *folder)
{
    (void)context;
    ck_abort_msg("'%s' is a stray", folder);
}

static void host_all(struct service *service)
{
    struct error error;

    for (size_t i = 0; i < catalog_topic_count(service->catalog); i++) {
        const struct catalog_topic *topic = catalog_topic_at(service->catalog, i);
        ck_assert_msg(service_host_topic(service, topic, &error) == ERR_OK, "%s", error.text);
    }
}

static void start(struct rig *rig)
{
    struct service *service = NEW(struct service);
    const struct catalog_limits limits = {RIG_TOPICS_MAX, RIG_PARTITIONS_MAX};
    const struct kafka_uuid cluster = {{1, 2, 3}};
    struct error error;

    *service = (struct service){
        .options = &rig->options,
        .files = sim_files_of(rig->sim),
        .shell = {.shell = rig,
                  .submit = submit_nothing,
                  .changed = note_change,
                  .room = tell_room},
        .now = {.steady_ms = 1000, .wall_ms = 1700000000000},
        .defaults = broker_options_topic(&rig->options),
        .flush_at_ms = UINT64_MAX,
        .checkpoint_at_ms = UINT64_MAX,
    };
    rig->service = service;
    rng_init(&service->rng, 4);
    list_init(&service->dirty);
    list_init(&service->eager);
    list_init(&service->used);
    list_init(&service->stirred);
    list_init(&service->answered);
    service->groups = service_groups_new(service);
    groups_loaded(service->groups, service->now.steady_ms);
    ck_assert_msg(catalog_open(service->files, &limits, &cluster, &service->catalog, &error) ==
                      ERR_OK,
                  "%s", error.text);
    ck_assert(catalog_begin_life(service->catalog, &error) == ERR_OK);
    ck_assert(catalog_sweep_folders(service->catalog, service->files, stray, NULL, &error) ==
              ERR_OK);
    host_all(service);
}

static void stop(struct rig *rig)
{
    service_free_hosts(rig->service);
    catalog_destroy(&rig->service->catalog);
    groups_destroy(&rig->service->groups);
    timers_done(&rig->service->timers);
    free(rig->service);
    rig->service = NULL;
}

void rig_init(struct rig *rig)
{
    struct error error;

    *rig = (struct rig){.sim = sim_files_new(1), .settings = settings_new()};
    kafka_arena_init(&rig->arena, SIZE_MAX);
    ck_assert_msg(broker_options_make(rig->settings, &rig->options, &error) == ERR_OK, "%s",
                  error.text);
    rig->options.id = RIG_ID;
    rig->options.data = "/var/lib/broker";
    rig->options.topic_partitions = RIG_DEFAULT_PARTITIONS;
    start(rig);
}

void rig_done(struct rig *rig)
{
    stop(rig);
    kafka_arena_done(&rig->arena);
    sim_files_destroy(&rig->sim);
    settings_destroy(&rig->settings);
}

void rig_restart(struct rig *rig)
{
    stop(rig);
    sim_files_restart(rig->sim);
    sim_files_plan(rig->sim, SIM_FILES_FINE, 0);
    start(rig);
}

/* ---- questions ---- */

/* As the request arrives: by way of its bytes. */
static void *send(struct rig *rig, const void *request)
{
    const struct kafka_schema *schema = rig->api->request;
    struct kafka_writer writer;
    struct kafka_reader reader;
    struct error error = {.text = ""};

    kafka_writer_init(&writer);
    enum err err = kafka_encode(schema, rig->version, request, &writer, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    unsigned char *bytes = kafka_arena_take(&rig->arena, writer.size + 1, 1);
    memcpy(bytes, writer.bytes, writer.size);
    kafka_reader_init(&reader, bytes, writer.size);
    kafka_writer_done(&writer);
    void *body = kafka_arena_take(&rig->arena, 1, schema->body.size);
    err = kafka_decode(schema, rig->version, &reader, &rig->arena, body, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return body;
}

const void *rig_ask(struct rig *rig, int16_t api, int16_t version, const void *request,
                    void (*handle)(struct service *service, const struct request *request))
{
    struct request asked = {
        .token = {1},
        .api = api,
        .version = version,
        .client_id = rig_text("tester"),
        .client_host = "127.0.0.1",
        .local_host = RIG_HOST,
        .local_port = RIG_PORT,
    };

    rig->api = kafka_api_find(api);
    rig->version = version;
    rig->response = NULL;
    ck_assert_ptr_nonnull(rig->api);
    kafka_arena_reset(&rig->arena);
    asked.body = send(rig, request);
    handle(rig->service, &asked);
    ck_assert_msg(rig->response != NULL, "there is no answer");
    return rig->response;
}

void rig_make_topic(struct rig *rig, const char *name, int32_t partitions)
{
    struct service *service = rig->service;
    struct catalog_new_topic topic = {
        .name = rig_text(name),
        .id = catalog_id_make(&service->rng),
        .partition_count = partitions,
    };
    struct error error;

    ck_assert_msg(catalog_stage_create(service->catalog, &topic, &error) == ERR_OK, "%s",
                  error.text);
    ck_assert(catalog_commit(service->catalog, &error) == ERR_OK);
    ck_assert_msg(service_host_topic(service, catalog_find(service->catalog, topic.name), &error) ==
                      ERR_OK,
                  "%s", error.text);
}

void rig_append(struct rig *rig, const char *topic, int count)
{
    struct replica *replica = service_find_replica(rig->service, rig_text(topic), 0);
    struct records_builder builder = {.head = {0}};
    struct batch_head plain = records_plain_head(BATCH_PLAIN, 1700000000000);
    struct error error = {.text = ""};

    for (int i = 0; i < count; i++) {
        struct record record = {.timestamp_ms = 1700000000000,
                                .key_size = RECORDS_ABSENT,
                                .value = (const unsigned char *)"hello",
                                .value_size = 5};
        struct partition_appended appended;
        const unsigned char *batch = NULL;
        struct batch_head head;

        records_builder_begin(&builder, &plain);
        records_builder_add(&builder, &record);
        ck_assert(records_builder_finish(&builder, &batch, &head, &error) == ERR_OK);
        ck_assert_msg(partition_append(replica->log, batch, &head, 1700000000000, &appended,
                                       &error) == PARTITION_APPENDED,
                      "%s", error.text);
    }
    records_builder_done(&builder);
}

/* ---- texts ---- */

struct kafka_string rig_text(const char *text)
{
    return (struct kafka_string){text, (int32_t)strlen(text)};
}

bool rig_says(struct kafka_string text, const char *expected)
{
    if (expected == NULL)
        return text.length == KAFKA_NULL;
    return text.length == (int32_t)strlen(expected) &&
           memcmp(text.data, expected, strlen(expected)) == 0;
}

bool rig_mentions(struct kafka_string text, const char *part)
{
    char copy[1024];

    if (text.length < 0)
        return false;
    (void)snprintf(copy, sizeof copy, "%.*s", text.length, text.data);
    return strstr(copy, part) != NULL;
}
