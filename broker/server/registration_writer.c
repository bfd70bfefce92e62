/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/registration_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"

enum node {
    NODE_TOPIC,
    NODE_FOLDER,
    NODE_CONFIG,
    NODE_PARTITIONS, /* from here on two each */
};

enum {
    IS_THERE = 1, /* known, or guessed */
    WAS_WRONG = 2,
    BATCH_MAX_BYTES = COORD_DATA_MAX_BYTES / 2, /* of data, beyond one part */
};

/* A multi in the making; it owns paths and data. */
struct batch {
    struct coord_call parts[COORD_PARTS_MAX];
    char *paths[COORD_PARTS_MAX];
    char *data[COORD_PARTS_MAX];
    size_t nodes[COORD_PARTS_MAX];
    size_t count;
    size_t size;
};

/* ---- life ---- */

void registration_writer_done(struct registration_writer *writer)
{
    free(writer->name);
    free(writer->nodes);
    writer->name = NULL;
    writer->nodes = NULL;
    writer->node_count = 0;
    writer->task = REGISTRATION_WRITER_DONE;
}

void registration_writer_restart(struct registration_writer *writer)
{
    writer->task = REGISTRATION_WRITER_READ;
    writer->must_remove = writer->topic == NULL;
}

void registration_writer_begin(struct registration_writer *writer, const char *name,
                               const struct registration_topic *topic)
{
    char *copy = mem_copy_text(name);

    registration_writer_done(writer);
    writer->name = copy;
    writer->topic = topic;
    writer->rounds = 0;
    writer->text[0] = '\0';
    registration_writer_restart(writer);
}

bool registration_writer_is_busy(const struct registration_writer *writer)
{
    return writer->task != REGISTRATION_WRITER_DONE && writer->task != REGISTRATION_WRITER_FAILED;
}

static void fail(struct registration_writer *writer, const char *reason)
{
    writer->task = REGISTRATION_WRITER_FAILED;
    (void)snprintf(writer->text, sizeof writer->text, "topic '%.60s': %s", writer->name, reason);
}

/* Somebody else is at work, or was. */
static void try_again(struct registration_writer *writer, enum coord_error error)
{
    if (++writer->rounds > REGISTRATION_WRITER_ROUNDS_MAX)
        fail(writer, coord_error_text(error));
    else
        registration_writer_restart(writer);
}

/* ---- nodes ---- */

static size_t nodes_of(size_t partition_count)
{
    return NODE_PARTITIONS + 2 * partition_count;
}

static char *path_of(const struct registration_writer *writer, size_t node)
{
    struct text text;

    text_init(&text);
    if (node == NODE_CONFIG) {
        text_add(&text, "/config/topics/%s", writer->name);
        return text_take(&text);
    }
    text_add(&text, "/brokers/topics/%s%s", writer->name, node == NODE_TOPIC ? "" : "/partitions");
    if (node >= NODE_PARTITIONS)
        text_add(&text, "/%zu%s", (node - NODE_PARTITIONS) / 2,
                 (node - NODE_PARTITIONS) % 2 == 0 ? "" : "/state");
    return text_take(&text);
}

static bool is_folder(size_t node)
{
    return node == NODE_FOLDER || (node >= NODE_PARTITIONS && (node - NODE_PARTITIONS) % 2 == 0);
}

static char *write_state(const struct registration_writer *writer)
{
    struct text text;

    text_init(&text);
    text_add(&text,
             "{\"controller_epoch\":%" PRId32 ",\"leader\":%" PRId32
             ",\"version\":1,\"leader_epoch\":%" PRId32 ",\"isr\":[%" PRId32 "]}",
             writer->controller_epoch, writer->broker, writer->leader_epoch, writer->broker);
    return text_take(&text);
}

/* NULL: it holds nothing. */
static char *data_of(const struct registration_writer *writer, size_t node)
{
    if (is_folder(node))
        return NULL;
    if (node == NODE_TOPIC)
        return registration_topic_write(writer->topic, writer->broker);
    return node == NODE_CONFIG ? mem_copy_text(writer->topic->config) : write_state(writer);
}

/* Nothing is known of any yet. */
static void forget_nodes(struct registration_writer *writer, size_t count)
{
    free(writer->nodes);
    writer->nodes = mem_alloc(count);
    writer->node_count = count;
    writer->written = 0;
}

/* ---- multis ---- */

static void free_batch(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->paths[i]);
        free(batch->data[i]);
    }
}

static void add_part(struct batch *batch, size_t node, struct coord_call call, char *path,
                     char *data)
{
    size_t i = batch->count++;

    call.path = path;
    call.data = data;
    call.size = data == NULL ? 0 : strlen(data);
    call.version = COORD_ANY_VERSION;
    batch->parts[i] = call;
    batch->paths[i] = path;
    batch->data[i] = data;
    batch->nodes[i] = node;
    batch->size += call.size;
}

static void add_write(const struct registration_writer *writer, struct batch *batch, size_t node)
{
    bool is_there = (writer->nodes[node] & IS_THERE) != 0;
    struct coord_call call = {.kind = is_there ? COORD_SET : COORD_CREATE,
                              .mode = COORD_PERSISTENT};

    if (!is_there || !is_folder(node))
        add_part(batch, node, call, path_of(writer, node), data_of(writer, node));
}

static void add_delete(const struct registration_writer *writer, struct batch *batch, size_t node)
{
    struct coord_call call = {.kind = COORD_DELETE};

    if ((writer->nodes[node] & IS_THERE) != 0)
        add_part(batch, node, call, path_of(writer, node), NULL);
}

/* As many as fit, from the first that is not written. Returns where the next multi begins. */
static size_t fill(const struct registration_writer *writer, struct batch *batch)
{
    size_t i = writer->written;

    for (; i < writer->node_count; i++) {
        if (batch->count == COORD_PARTS_MAX || batch->size > BATCH_MAX_BYTES)
            return i;
        if (writer->task == REGISTRATION_WRITER_REMOVE)
            add_delete(writer, batch, writer->node_count - 1 - i);
        else
            add_write(writer, batch, i);
    }
    return i;
}

static void begin_to_write(struct registration_writer *writer)
{
    forget_nodes(writer, nodes_of((size_t)writer->topic->partition_count));
    writer->task = REGISTRATION_WRITER_WRITE;
}

/* Nothing is left to be sent. */
static void end_multis(struct registration_writer *writer)
{
    if (writer->task == REGISTRATION_WRITER_REMOVE && writer->topic != NULL)
        begin_to_write(writer);
    else
        writer->task = REGISTRATION_WRITER_DONE;
}

/* A multi holds half a limit and one part more; so that part must be less than the other half. */
static bool fits(const struct batch *batch)
{
    return batch->size < COORD_DATA_MAX_BYTES - (size_t)64 * 1024;
}

/* False if there is none to send. */
static bool send_multi(struct registration_writer *writer, struct line *line,
                       struct coord_calls *calls)
{
    struct batch batch = {.count = 0};

    writer->sent = fill(writer, &batch);
    struct coord_call call = {.kind = COORD_MULTI, .parts = batch.parts, .part_count = batch.count};
    bool is_sent = batch.count > 0 && fits(&batch);
    if (is_sent)
        line_send(line, &call, calls);
    else if (batch.count > 0)
        fail(writer, "it has too many partitions for one node");
    else
        end_multis(writer);
    free_batch(&batch);
    return is_sent;
}

bool registration_writer_send(struct registration_writer *writer, struct line *line,
                              struct coord_calls *calls)
{
    bool lists = writer->task == REGISTRATION_WRITER_LIST;

    if (writer->task == REGISTRATION_WRITER_READ || lists) {
        char *path = path_of(writer, lists ? NODE_FOLDER : NODE_TOPIC);
        struct coord_call call = {.kind = lists ? COORD_CHILDREN : COORD_GET, .path = path};
        line_send(line, &call, calls);
        free(path);
        return true;
    }
    /* After one without parts another kind may follow, once. */
    for (int i = 0; i < 2 && registration_writer_is_busy(writer); i++)
        if (send_multi(writer, line, calls))
            return true;
    return false;
}

/* ---- answers ---- */

static void answer_read(struct registration_writer *writer, const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE) {
        if (writer->topic == NULL)
            writer->task = REGISTRATION_WRITER_DONE;
        else
            begin_to_write(writer);
        return;
    }
    if (event->error != COORD_OK) {
        fail(writer, coord_error_text(event->error));
        return;
    }
    struct registration_found found =
        registration_topic_read(event->data, event->size, writer->broker);
    if (found.is_ours) {
        writer->must_remove = writer->topic == NULL || strcmp(found.id, writer->topic->id) != 0;
        writer->task = REGISTRATION_WRITER_LIST;
    } else if (writer->topic == NULL) {
        writer->task = REGISTRATION_WRITER_DONE; /* it is others' */
    } else {
        fail(writer, "other brokers have replicas of one that is called so, too");
    }
}

/* SIZE_MAX: it is no partition's. */
static size_t read_number(const char *name)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);

    if (name[0] < '0' || name[0] > '9' || *end != '\0' || number >= REGISTRATION_PARTITIONS_MAX)
        return SIZE_MAX;
    return number;
}

static size_t count_partitions(const struct coord_event *event)
{
    size_t count = 0;

    for (size_t i = 0; i < event->child_count; i++) {
        size_t number = read_number(event->children[i]);
        if (number != SIZE_MAX && number >= count)
            count = number + 1;
    }
    return count;
}

/* A partition's folder that is there has a state, most likely. */
static void note_partitions(struct registration_writer *writer, const struct coord_event *event)
{
    for (size_t i = 0; i < event->child_count; i++) {
        size_t number = read_number(event->children[i]);
        if (number != SIZE_MAX && nodes_of(number + 1) <= writer->node_count) {
            writer->nodes[nodes_of(number)] = IS_THERE;
            writer->nodes[nodes_of(number) + 1] = IS_THERE;
        }
    }
}

static void answer_list(struct registration_writer *writer, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE) {
        fail(writer, coord_error_text(event->error));
        return;
    }
    if (writer->must_remove) {
        forget_nodes(writer, nodes_of(count_partitions(event)));
        writer->task = REGISTRATION_WRITER_REMOVE;
    } else {
        begin_to_write(writer);
    }
    writer->nodes[NODE_TOPIC] = IS_THERE;
    writer->nodes[NODE_CONFIG] = IS_THERE;
    writer->nodes[NODE_FOLDER] = event->error == COORD_OK ? IS_THERE : 0;
    note_partitions(writer, event);
}

/* Which part it was, and whether a guess about its node was wrong: the error says so. */
static bool correct(struct registration_writer *writer, const struct coord_event *event)
{
    struct batch batch = {.count = 0};
    size_t failed = 0;

    (void)fill(writer, &batch); /* as it was sent */
    while (failed < event->part_count &&
           (event->part_errors[failed] == COORD_OK ||
            event->part_errors[failed] == COORD_RUNTIME_INCONSISTENCY))
        failed++;
    bool is_known = failed < event->part_count && failed < batch.count;
    size_t node = is_known ? batch.nodes[failed] : 0;
    bool creates = is_known && batch.parts[failed].kind == COORD_CREATE;
    free_batch(&batch);
    if (!is_known || (writer->nodes[node] & WAS_WRONG) != 0 ||
        event->part_errors[failed] != (creates ? COORD_NODE_EXISTS : COORD_NO_NODE))
        return false;
    writer->nodes[node] = creates ? WAS_WRONG | IS_THERE : WAS_WRONG;
    return true;
}

static void answer_multi(struct registration_writer *writer, const struct coord_event *event)
{
    if (event->error == COORD_OK)
        writer->written = writer->sent;
    else if (!correct(writer, event))
        try_again(writer, event->error);
}

void registration_writer_answer(struct registration_writer *writer, const struct coord_event *event)
{
    switch (writer->task) {
    case REGISTRATION_WRITER_READ:
        answer_read(writer, event);
        return;
    case REGISTRATION_WRITER_LIST:
        answer_list(writer, event);
        return;
    case REGISTRATION_WRITER_REMOVE:
    case REGISTRATION_WRITER_WRITE:
        answer_multi(writer, event);
        return;
    case REGISTRATION_WRITER_DONE:
    case REGISTRATION_WRITER_FAILED:
        return;
    }
}
