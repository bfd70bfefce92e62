/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/registration.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "broker/server/registration_backlog.h"
#include "coord/recipes/line.h"
#include "coord/state/fields.h"

#define LINE_NUMBER 1

#define CLUSTER_PATH    "/cluster/id"
#define CONTROLLER_PATH "/controller"
#define EPOCH_PATH      "/controller_epoch"
#define TOPICS_PATH     "/brokers/topics"

/* Parents first. */
static const char *const folders[] = {"/brokers", "/brokers/ids", TOPICS_PATH,
                                      "/cluster", "/config",      "/config/topics"};

enum task {
    TASK_MAKE_FOLDER,
    TASK_READ_CLUSTER,
    TASK_MAKE_CLUSTER,
    TASK_READ_BROKER,
    TASK_MAKE_BROKER,
    TASK_READ_CONTROLLER,
    TASK_READ_EPOCH,
    TASK_MAKE_EPOCH,
    TASK_TAKE_CONTROL,
    TASK_LIST_TOPICS,
    TASK_WRITE_TOPIC,
    TASK_REST, /* nothing is to be done until somebody looks again */
    TASK_COUNT,
};

/* What is begun in place of a task whose answer was lost. */
static const enum task restarts[TASK_COUNT] = {
    [TASK_MAKE_FOLDER] = TASK_MAKE_FOLDER,      [TASK_READ_CLUSTER] = TASK_READ_CLUSTER,
    [TASK_MAKE_CLUSTER] = TASK_READ_CLUSTER,    [TASK_READ_BROKER] = TASK_READ_BROKER,
    [TASK_MAKE_BROKER] = TASK_READ_BROKER,      [TASK_READ_CONTROLLER] = TASK_READ_CONTROLLER,
    [TASK_READ_EPOCH] = TASK_READ_EPOCH,        [TASK_MAKE_EPOCH] = TASK_READ_EPOCH,
    [TASK_TAKE_CONTROL] = TASK_READ_CONTROLLER, [TASK_LIST_TOPICS] = TASK_LIST_TOPICS,
    [TASK_WRITE_TOPIC] = TASK_WRITE_TOPIC,      [TASK_REST] = TASK_REST,
};

struct registration {
    int32_t broker;
    char *broker_path;
    char *broker_data;
    char *controller_data;
    char *cluster_id;
    struct line line;
    uint32_t timeout_ms; /* of the session */

    enum task task;
    size_t folder;          /* MAKE_FOLDER: which */
    bool needs_sync;        /* a call was lost: it may still be on its way */
    uint64_t not_before_ms; /* of the next call */
    uint64_t now_ms;

    int64_t stranger;        /* the session that has our number; 0: none */
    uint32_t stranger_looks; /* how often it was seen since we are connected */
    bool is_in_conflict;
    bool is_controlled; /* somebody is the controller */
    int32_t epoch;      /* of the controller; -1: not known */
    int32_t epoch_version;

    bool is_complete; /* all was written */
    struct registration_backlog backlog;
    char text[REGISTRATION_TEXT_MAX];
};

/* ---- life ---- */

/* jansson fails here only without memory. */
static char *finish_json(json_t *root)
{
    ASSERT(root != NULL);
    char *text = json_dumps(root, JSON_COMPACT);
    ASSERT(text != NULL);
    json_decref(root);
    return text;
}

static char *write_broker(const struct registration_options *options)
{
    struct text endpoint;
    char timestamp[24];

    text_init(&endpoint);
    text_add(&endpoint, "PLAINTEXT://%s:%" PRIu16, options->host, options->port);
    (void)snprintf(timestamp, sizeof timestamp, "%" PRId64, options->started_ms);
    char *data = finish_json(json_pack("{s{ss}s[o]sis{}sosisiss}", "listener_security_protocol_map",
                                       "PLAINTEXT", "PLAINTEXT", "endpoints",
                                       fields_json_text(text_data(&endpoint)), "jmx_port", -1,
                                       "features", "host", fields_json_text(options->host), "port",
                                       (int)options->port, "version", 5, "timestamp", timestamp));
    text_done(&endpoint);
    return data;
}

static char *write_controller(const struct registration_options *options)
{
    char timestamp[24];

    (void)snprintf(timestamp, sizeof timestamp, "%" PRId64, options->started_ms);
    return finish_json(
        json_pack("{sisiss}", "version", 1, "brokerid", options->broker, "timestamp", timestamp));
}

struct registration *registration_new(const struct registration_options *options)
{
    struct registration *registration = NEW(struct registration);
    struct text path;

    text_init(&path);
    text_add(&path, "/brokers/ids/%" PRId32, options->broker);
    registration->broker = options->broker;
    registration->broker_path = text_take(&path);
    registration->broker_data = write_broker(options);
    registration->controller_data = write_controller(options);
    registration->cluster_id = mem_copy_text(options->cluster_id);
    registration->epoch = -1;
    registration_backlog_init(&registration->backlog, options->broker);
    line_init(&registration->line, LINE_NUMBER, 0);
    return registration;
}

void registration_destroy(struct registration **registration)
{
    struct registration *gone = *registration;

    if (gone == NULL)
        return;
    registration_backlog_done(&gone->backlog);
    free(gone->broker_path);
    free(gone->broker_data);
    free(gone->controller_data);
    free(gone->cluster_id);
    free(gone);
    *registration = NULL;
}

/* ---- from task to task ---- */

static void go_to(struct registration *registration, enum task task)
{
    registration->task = task;
    registration->not_before_ms = 0;
}

static void go_later(struct registration *registration, enum task task, uint64_t pause_ms)
{
    registration->task = task;
    registration->not_before_ms = registration->now_ms + pause_ms;
}

/* What no repetition mends at once. */
static void give_up(struct registration *registration, const char *path, enum coord_error error)
{
    (void)snprintf(registration->text, sizeof registration->text, "%s: %s", path,
                   coord_error_text(error));
    registration->folder = 0;
    registration->is_complete = false;
    go_later(registration, TASK_MAKE_FOLDER, REGISTRATION_LOOK_MS);
}

static void begin_session(struct registration *registration)
{
    registration_backlog_forget(&registration->backlog);
    registration->folder = 0;
    registration->needs_sync = false;
    registration->is_complete = false;
    registration->epoch = -1;
    registration->text[0] = '\0';
    go_to(registration, TASK_MAKE_FOLDER);
}

/* All is done that can be: the text tells the rest. */
static void rest(struct registration *registration)
{
    registration->is_complete = registration_backlog_has_topics(&registration->backlog);
    (void)snprintf(registration->text, sizeof registration->text, "%s", registration->backlog.text);
    go_later(registration, TASK_REST, REGISTRATION_LOOK_MS);
}

static void go_to_topics(struct registration *registration)
{
    if (!registration_backlog_has_topics(&registration->backlog))
        rest(registration);
    else if (!registration->backlog.is_listed)
        go_to(registration, TASK_LIST_TOPICS);
    else
        go_to(registration, TASK_WRITE_TOPIC);
}

/* ---- answers: cluster and broker ---- */

static void answer_folder(struct registration *registration, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NODE_EXISTS)
        give_up(registration, folders[registration->folder], event->error);
    else if (++registration->folder == COUNT_OF(folders))
        go_to(registration, TASK_READ_CLUSTER);
}

static void compare_cluster(struct registration *registration, const struct coord_event *event)
{
    json_t *root = json_loadb(event->data == NULL ? "" : event->data, event->size, 0, NULL);
    const char *id = json_string_value(json_object_get(root, "id"));

    registration->is_in_conflict = id == NULL || strcmp(id, registration->cluster_id) != 0;
    if (registration->is_in_conflict) {
        (void)snprintf(registration->text, sizeof registration->text,
                       "the cluster state is that of the log '%.40s', and our data folder is of "
                       "the log '%.40s'; use the folder of the former, or another coord.root, or "
                       "delete the node /cluster/id",
                       id == NULL ? "?" : id, registration->cluster_id);
        go_later(registration, TASK_READ_CLUSTER, REGISTRATION_LOOK_MS);
    } else {
        go_to(registration, TASK_READ_BROKER);
    }
    json_decref(root);
}

static void answer_read_cluster(struct registration *registration, const struct coord_event *event)
{
    if (event->error == COORD_OK)
        compare_cluster(registration, event);
    else if (event->error == COORD_NO_NODE)
        go_to(registration, TASK_MAKE_CLUSTER);
    else
        give_up(registration, CLUSTER_PATH, event->error);
}

static void answer_make_cluster(struct registration *registration, const struct coord_event *event)
{
    if (event->error == COORD_OK || event->error == COORD_NODE_EXISTS)
        go_to(registration, TASK_READ_CLUSTER);
    else
        give_up(registration, CLUSTER_PATH, event->error);
}

/* Looks, not time: if we were stopped, so was the server, perhaps, and expires nobody for a while. */
static bool has_outlived(const struct registration *registration)
{
    return (uint64_t)registration->stranger_looks * REGISTRATION_WAIT_MS >
           (uint64_t)registration->timeout_ms * 2;
}

static void meet_stranger(struct registration *registration, int64_t session)
{
    bool is_another = registration->stranger != 0 && registration->stranger != session;

    registration->stranger_looks++;
    registration->stranger = session;
    registration->is_complete = false;
    registration->is_in_conflict |= is_another || has_outlived(registration);
    (void)snprintf(registration->text, sizeof registration->text,
                   registration->is_in_conflict
                       ? "another broker has the number %" PRId32 "; give each its own broker.id"
                       : "the number %" PRId32 " is taken; waiting for a former life to expire",
                   registration->broker);
    go_later(registration, TASK_READ_BROKER,
             registration->is_in_conflict ? REGISTRATION_LOOK_MS : REGISTRATION_WAIT_MS);
}

static void be_there(struct registration *registration)
{
    if (registration->stranger != 0)
        registration->text[0] = '\0';
    registration->stranger = 0;
    registration->stranger_looks = 0;
    registration->is_in_conflict = false;
    go_to(registration, TASK_READ_CONTROLLER);
}

static void answer_read_broker(struct registration *registration, const struct coord_event *event)
{
    registration->is_complete &= event->error == COORD_OK;
    if (event->error == COORD_NO_NODE)
        go_to(registration, TASK_MAKE_BROKER);
    else if (event->error != COORD_OK)
        give_up(registration, registration->broker_path, event->error);
    else if (event->stat.ephemeral_owner == registration->line.session_id)
        be_there(registration);
    else
        meet_stranger(registration, event->stat.ephemeral_owner);
}

static void answer_make_broker(struct registration *registration, const struct coord_event *event)
{
    if (event->error == COORD_OK)
        be_there(registration);
    else if (event->error == COORD_NODE_EXISTS)
        go_to(registration, TASK_READ_BROKER);
    else
        give_up(registration, registration->broker_path, event->error);
}

/* ---- answers: controller ---- */

static void answer_read_controller(struct registration *registration,
                                   const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE) {
        give_up(registration, CONTROLLER_PATH, event->error);
        return;
    }
    registration->is_controlled = event->error == COORD_OK;
    if (!registration->is_controlled || registration->epoch < 0)
        go_to(registration, TASK_READ_EPOCH);
    else
        go_to_topics(registration);
}

static int32_t read_epoch(const struct coord_event *event)
{
    char *end = NULL;
    long epoch = event->data == NULL ? -1 : strtol(event->data, &end, 10);

    return end == event->data || epoch < 0 || epoch >= INT32_MAX ? 0 : (int32_t)epoch;
}

static void answer_read_epoch(struct registration *registration, const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE) {
        go_to(registration, TASK_MAKE_EPOCH);
        return;
    }
    if (event->error != COORD_OK) {
        give_up(registration, EPOCH_PATH, event->error);
        return;
    }
    registration->epoch = read_epoch(event);
    registration->epoch_version = event->stat.version;
    if (registration->is_controlled)
        go_to_topics(registration);
    else
        go_to(registration, TASK_TAKE_CONTROL);
}

static void answer_make_epoch(struct registration *registration, const struct coord_event *event)
{
    if (event->error == COORD_OK || event->error == COORD_NODE_EXISTS)
        go_to(registration, TASK_READ_EPOCH);
    else
        give_up(registration, EPOCH_PATH, event->error);
}

/* Somebody was quicker, or has deleted something: it is looked at again. */
static void answer_take_control(struct registration *registration, const struct coord_event *event)
{
    bool is_raced = event->error == COORD_NODE_EXISTS || event->error == COORD_BAD_VERSION ||
                    event->error == COORD_NO_NODE;

    if (event->error == COORD_OK) {
        registration->epoch++;
        go_to_topics(registration);
    } else if (is_raced) {
        go_to(registration, TASK_READ_CONTROLLER);
    } else {
        give_up(registration, CONTROLLER_PATH, event->error);
    }
}

/* ---- answers: topics ---- */

static void answer_list(struct registration *registration, const struct coord_event *event)
{
    if (event->error != COORD_OK) {
        give_up(registration, TOPICS_PATH, event->error);
        return;
    }
    registration_backlog_list(&registration->backlog, event->children, event->child_count);
    go_to_topics(registration);
}

static void answer_topic(struct registration *registration, const struct coord_event *event)
{
    registration_backlog_answer(&registration->backlog, event);
}

static void answer_nothing(struct registration *registration, const struct coord_event *event)
{
    (void)registration;
    (void)event;
}

static void answer(struct registration *registration, const struct coord_event *event)
{
    static void (*const answers[TASK_COUNT])(struct registration *, const struct coord_event *) = {
        [TASK_MAKE_FOLDER] = answer_folder,        [TASK_READ_CLUSTER] = answer_read_cluster,
        [TASK_MAKE_CLUSTER] = answer_make_cluster, [TASK_READ_BROKER] = answer_read_broker,
        [TASK_MAKE_BROKER] = answer_make_broker,   [TASK_READ_CONTROLLER] = answer_read_controller,
        [TASK_READ_EPOCH] = answer_read_epoch,     [TASK_MAKE_EPOCH] = answer_make_epoch,
        [TASK_TAKE_CONTROL] = answer_take_control, [TASK_LIST_TOPICS] = answer_list,
        [TASK_WRITE_TOPIC] = answer_topic,         [TASK_REST] = answer_nothing,
    };

    if (event->call != COORD_SYNC)
        answers[registration->task](registration, event);
    else if (event->error != COORD_OK)
        go_later(registration, registration->task, REGISTRATION_LOOK_MS);
    else
        registration->needs_sync = false;
}

/* ---- calls ---- */

static void send(struct registration *registration, struct coord_call call, const char *path,
                 const char *data, struct coord_calls *calls)
{
    call.path = path;
    call.data = data;
    call.size = data == NULL ? 0 : strlen(data);
    line_send(&registration->line, &call, calls);
}

static void send_get(struct registration *registration, const char *path, struct coord_calls *calls)
{
    send(registration, (struct coord_call){.kind = COORD_GET}, path, NULL, calls);
}

static void send_create(struct registration *registration, enum coord_create_mode mode,
                        const char *path, const char *data, struct coord_calls *calls)
{
    send(registration, (struct coord_call){.kind = COORD_CREATE, .mode = mode}, path, data, calls);
}

static void send_cluster(struct registration *registration, struct coord_calls *calls)
{
    char *data = finish_json(json_pack("{ssss}", "version", "1", "id", registration->cluster_id));

    send_create(registration, COORD_PERSISTENT, CLUSTER_PATH, data, calls);
    free(data);
}

/* Who is the controller has counted up: so no two had one number. */
static void send_control(struct registration *registration, struct coord_calls *calls)
{
    char epoch[16];
    const struct coord_call parts[] = {
        {.kind = COORD_CREATE,
         .mode = COORD_EPHEMERAL,
         .path = CONTROLLER_PATH,
         .data = registration->controller_data,
         .size = strlen(registration->controller_data)},
        {.kind = COORD_SET,
         .path = EPOCH_PATH,
         .data = epoch,
         .size = (size_t)snprintf(epoch, sizeof epoch, "%" PRId32, registration->epoch + 1),
         .version = registration->epoch_version},
    };
    struct coord_call call = {.kind = COORD_MULTI, .parts = parts, .part_count = COUNT_OF(parts)};

    line_send(&registration->line, &call, calls);
}

static void send_topic(struct registration *registration, struct coord_calls *calls)
{
    if (!registration_backlog_send(&registration->backlog, registration->epoch, &registration->line,
                                   calls))
        rest(registration);
}

static void send_task(struct registration *registration, struct coord_calls *calls)
{
    switch (registration->task) {
    case TASK_MAKE_FOLDER:
        send_create(registration, COORD_PERSISTENT, folders[registration->folder], NULL, calls);
        return;
    case TASK_READ_CLUSTER:
        send_get(registration, CLUSTER_PATH, calls);
        return;
    case TASK_MAKE_CLUSTER:
        send_cluster(registration, calls);
        return;
    case TASK_REST: /* it is time to look */
        go_to(registration, TASK_READ_BROKER);
        send_get(registration, registration->broker_path, calls);
        return;
    case TASK_READ_BROKER:
        send_get(registration, registration->broker_path, calls);
        return;
    case TASK_MAKE_BROKER:
        send_create(registration, COORD_EPHEMERAL, registration->broker_path,
                    registration->broker_data, calls);
        return;
    case TASK_READ_CONTROLLER:
        send_get(registration, CONTROLLER_PATH, calls);
        return;
    case TASK_READ_EPOCH:
        send_get(registration, EPOCH_PATH, calls);
        return;
    case TASK_MAKE_EPOCH:
        send_create(registration, COORD_PERSISTENT, EPOCH_PATH, "0", calls);
        return;
    case TASK_TAKE_CONTROL:
        send_control(registration, calls);
        return;
    case TASK_LIST_TOPICS:
        send(registration, (struct coord_call){.kind = COORD_CHILDREN}, TOPICS_PATH, NULL, calls);
        return;
    case TASK_WRITE_TOPIC:
        send_topic(registration, calls);
        return;
    case TASK_COUNT:
        return;
    }
}

static void advance(struct registration *registration, struct coord_calls *calls)
{
    if (!line_is_free(&registration->line) || registration->now_ms < registration->not_before_ms)
        return;
    if (registration->needs_sync)
        send(registration, (struct coord_call){.kind = COORD_SYNC}, "/brokers", NULL, calls);
    else
        send_task(registration, calls);
}

/* ---- what the owner calls ---- */

void registration_step(struct registration *registration, const struct coord_event *event,
                       uint64_t now_ms, struct coord_calls *calls)
{
    registration->now_ms = now_ms;
    if (event->kind == COORD_CONNECTED)
        registration->timeout_ms = event->timeout_ms;
    if (event->kind == COORD_REFUSED)
        (void)snprintf(registration->text, sizeof registration->text,
                       "the servers of the cluster state do not accept us");
    switch (line_step(&registration->line, event)) {
    case LINE_QUIET:
        return;
    case LINE_OVER:
        begin_session(registration);
        break;
    case LINE_ANSWERED:
        answer(registration, event);
        break;
    case LINE_LOST:
        registration->needs_sync = true;
        go_to(registration, restarts[registration->task]);
        registration_backlog_lose(&registration->backlog);
        break;
    case LINE_BACK:
        registration->stranger_looks = 0; /* the server may have been away, too */
        break;
    case LINE_CHANGED:
    case LINE_AWAY:
        break;
    }
    advance(registration, calls);
}

void registration_tick(struct registration *registration, uint64_t now_ms,
                       struct coord_calls *calls)
{
    registration->now_ms = now_ms;
    advance(registration, calls);
}

void registration_tell(struct registration *registration, struct registration_topics **topics,
                       uint64_t now_ms, struct coord_calls *calls)
{
    registration->now_ms = now_ms;
    registration_backlog_tell(&registration->backlog, topics);
    registration->is_complete = false;
    if (registration->task == TASK_REST)
        go_to_topics(registration);
    advance(registration, calls);
}

uint64_t registration_deadline_ms(const struct registration *registration)
{
    return line_is_free(&registration->line) ? registration->not_before_ms : UINT64_MAX;
}

enum registration_state registration_state(const struct registration *registration)
{
    if (!registration->line.is_connected)
        return registration->is_in_conflict ? REGISTRATION_CONFLICT : REGISTRATION_AWAY;
    if (registration->is_in_conflict)
        return REGISTRATION_CONFLICT;
    if (registration->stranger != 0)
        return REGISTRATION_WAITING;
    return registration->is_complete ? REGISTRATION_REGISTERED : REGISTRATION_WORKING;
}

const char *registration_state_name(enum registration_state state)
{
    switch (state) {
    case REGISTRATION_AWAY:
        return "away";
    case REGISTRATION_WORKING:
        return "working";
    case REGISTRATION_WAITING:
        return "waiting";
    case REGISTRATION_CONFLICT:
        return "conflict";
    case REGISTRATION_REGISTERED:
        return "registered";
    }
    return "unknown";
}

const char *registration_text(const struct registration *registration)
{
    return registration->text;
}

uint64_t registration_failed_topics(const struct registration *registration)
{
    return registration->backlog.failed_count;
}
