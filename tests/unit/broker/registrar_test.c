/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registrar over handles that do what they are asked at once, in the place of coord/io/handle.c. What
 * is written is the business of registration_test.c; here is the thread around it. Nothing has a time
 * limit of its own: who waits in vain hangs, and the test runner ends it.
 */
#include "broker/io/registrar.h"

#include <stdlib.h>
#include <string.h>

#include "base/mailbox.h"
#include "base/mem.h"
#include "coord/io/errand.h"
#include "coord/io/handle.h"
#include "tests/support/coord_model.h"
#include "tests/support/sim_files.h"
#include "tests/support/suite.h"

#define SESSION 77

static struct coord_model *model; /* the keeper's thread has it while there is a registrar */
static enum notice_state first_notice;

struct handle {
    struct mailbox *mailbox;
};

enum err handle_open(const struct handle_options *options, struct handle **ret_handle,
                     struct error *error)
{
    struct handle *handle = NEW(struct handle);
    struct notice *notice = NEW(struct notice);

    (void)error;
    handle->mailbox = options->mailbox;
    notice->mail.kind = MAIL_NOTICE;
    notice->state = first_notice;
    notice->generation = options->generation;
    notice->session_id = SESSION;
    notice->timeout_ms = 4000;
    ck_assert(mailbox_put_now(handle->mailbox, &notice->mail.node));
    *ret_handle = handle;
    return ERR_OK;
}

void handle_close(struct handle **handle)
{
    free(*handle);
    *handle = NULL;
}

/* Outside of sessions: which nodes would be ephemeral is told when they are read. */
static enum coord_error do_part(const struct coord_call *part)
{
    struct coord_call call = *part;

    call.mode = COORD_PERSISTENT;
    return coord_model_do(model, &call);
}

static void do_parts(const struct coord_call *call, struct coord_event *answer)
{
    answer->part_count = call->part_count;
    answer->part_errors = NEW_ARRAY(enum coord_error, call->part_count);
    answer->part_paths = NEW_ARRAY(char *, call->part_count);
    for (size_t i = 0; i < call->part_count; i++) {
        answer->part_errors[i] = do_part(&call->parts[i]);
        ck_assert_int_eq(answer->part_errors[i], COORD_OK);
    }
}

static void read_node(const struct coord_call *call, struct coord_event *answer)
{
    const struct message_stat *stat = coord_model_stat(model, call->path);

    answer->error = stat == NULL ? COORD_NO_NODE : COORD_OK;
    if (stat == NULL)
        return;
    answer->stat = *stat;
    answer->stat.ephemeral_owner = SESSION;
    answer->data = mem_copy_text(coord_model_data(model, call->path));
    answer->size = strlen(answer->data);
}

enum coord_error handle_send(struct handle *handle, struct errand *errand)
{
    const struct coord_call *call = &errand->call;

    errand->is_back = true;
    errand->answer =
        (struct coord_event){.kind = COORD_ANSWERED, .call = call->kind, .tag = call->tag};
    if (call->kind == COORD_MULTI)
        do_parts(call, &errand->answer);
    else if (call->kind == COORD_GET)
        read_node(call, &errand->answer);
    else if (call->kind == COORD_CREATE)
        errand->answer.error = do_part(call);
    errand->mail.kind = MAIL_ANSWER;
    ck_assert(mailbox_put_now(handle->mailbox, &errand->mail.node));
    return COORD_OK;
}

bool handle_keeps_watch(const struct errand *errand)
{
    (void)errand;
    return false;
}

void handle_server_name(const struct handle *handle, char *ret_name, size_t size)
{
    (void)handle;
    ck_assert_uint_gt(size, 0);
    ret_name[0] = '\0';
}

/* ---- the broker ---- */

/* Its loop: a mailbox stands for what wakes it. */
struct broker {
    struct sim_files *files;
    struct catalog *catalog;
    struct mailbox *wakes;
    struct registrar *registrar;
};

static void on_wake(void *context)
{
    struct broker *broker = context;
    struct list_node *wake = NEW(struct list_node);

    ck_assert(mailbox_put_now(broker->wakes, wake));
}

static void start(struct broker *broker)
{
    static const struct kafka_uuid cluster = {{1, 2, 3}};
    static const struct catalog_limits limits = {.topics_max = 9, .partitions_max = 99};
    struct error error;

    model = coord_model_new(1);
    broker->files = sim_files_new(1);
    ck_assert_int_eq(
        catalog_open(sim_files_of(broker->files), &limits, &cluster, &broker->catalog, &error),
        ERR_OK);
    ck_assert_int_eq(catalog_begin_life(broker->catalog, &error), ERR_OK);
    ck_assert_int_eq(mailbox_open(8, &broker->wakes, &error), ERR_OK);

    struct registrar_options options = {.coord = coord_options_default(),
                                        .broker = 5,
                                        .host = "localhost",
                                        .port = 9092,
                                        .cluster_id = catalog_cluster_id(broker->catalog),
                                        .wake = on_wake,
                                        .context = broker};
    options.coord.root = NULL;
    ck_assert_int_eq(registrar_new(&options, &broker->registrar, &error), ERR_OK);
}

static void stop(struct broker *broker)
{
    struct list_node *wake;

    registrar_destroy(&broker->registrar);
    ck_assert_ptr_null(broker->registrar);
    while ((wake = mailbox_take(broker->wakes, 0)) != NULL)
        free(wake);
    mailbox_close(&broker->wakes);
    catalog_destroy(&broker->catalog);
    sim_files_destroy(&broker->files);
}

static void create(struct broker *broker, const char *name)
{
    struct catalog_new_topic topic = {.name = {name, (int32_t)strlen(name)},
                                      .id = {{(unsigned char)name[0], 1}},
                                      .partition_count = 2};
    const struct kafka_string minute = {"60000", 5};
    struct error error;

    ck_assert_int_eq(topic_config_set(&topic.config, TOPIC_KEY_RETENTION_MS, minute, &error),
                     ERR_OK);
    ck_assert_int_eq(catalog_stage_create(broker->catalog, &topic, &error), ERR_OK);
    ck_assert_int_eq(catalog_commit(broker->catalog, &error), ERR_OK);
}

static struct registrar_status await(struct broker *broker, enum registration_state state)
{
    struct registrar_status status = registrar_status(broker->registrar);

    while (status.state != state) {
        free(mailbox_take(broker->wakes, -1));
        status = registrar_status(broker->registrar);
    }
    return status;
}

START_TEST(what_the_catalog_has_is_registered)
{
    struct broker broker;

    first_notice = NOTICE_CONNECTED;
    start(&broker);
    create(&broker, "a.b"); /* before a_a for the catalog, and behind it for us */
    create(&broker, "a_a");
    registrar_tell(broker.registrar, broker.catalog);
    struct registrar_status status = await(&broker, REGISTRATION_REGISTERED);
    ck_assert_str_eq(status.text, "");
    ck_assert_uint_eq(status.failed_topics, 0);
    ck_assert_uint_gt(status.changes, 0);
    stop(&broker);
    ck_assert_ptr_nonnull(coord_model_stat(model, "/brokers/ids/5"));
    ck_assert_ptr_nonnull(coord_model_stat(model, "/brokers/topics/a.b/partitions/1/state"));
    ck_assert_str_eq(coord_model_data(model, "/config/topics/a_a"),
                     "{\"version\":1,\"config\":{\"retention.ms\":\"60000\"}}");
    coord_model_destroy(&model);
}
END_TEST

static void tell_eight_times(struct broker *broker)
{
    char name[] = "t0";

    for (; name[1] < '8'; name[1]++) {
        create(broker, name);
        registrar_tell(broker->registrar, broker->catalog);
        (void)registrar_status(broker->registrar);
    }
}

START_TEST(it_can_be_told_at_any_time_and_stopped_in_the_middle)
{
    struct broker broker;

    first_notice = NOTICE_CONNECTED;
    for (int i = 0; i < 20; i++) {
        start(&broker);
        tell_eight_times(&broker);
        stop(&broker);
        coord_model_destroy(&model);
    }
}
END_TEST

START_TEST(without_servers_it_is_away_and_can_be_stopped)
{
    struct broker broker;

    first_notice = NOTICE_LOST;
    start(&broker);
    registrar_tell(broker.registrar, broker.catalog);
    ck_assert_int_eq(registrar_status(broker.registrar).state, REGISTRATION_AWAY);
    stop(&broker);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(options_that_cannot_be_read_are_refused)
{
    struct registrar_options options = {
        .coord = coord_options_default(), .host = "localhost", .cluster_id = "x", .wake = on_wake};
    struct registrar *registrar = NULL;
    struct error error;

    options.coord.servers = "";
    ck_assert_int_eq(registrar_new(&options, &registrar, &error), ERR_INVALID);
    ck_assert_ptr_null(registrar);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_the_catalog_has_is_registered,
        it_can_be_told_at_any_time_and_stopped_in_the_middle,
        without_servers_it_is_away_and_can_be_stopped,
        options_that_cannot_be_read_are_refused,
    };
    return suite_run("registrar", tests, COUNT_OF(tests));
}
