/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/coord_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

#define NODES_MAX   256
#define WATCHES_MAX 1024
#define EVENTS_MAX  1024
#define CALLS_MAX   256
#define KINDS       (COORD_MULTI + 1)

struct node {
    char *path;
    char *data; /* ends in a NUL; NULL is null data */
    size_t size;
    int32_t born; /* children ever created: the next number */
    struct message_stat stat;
};

struct tree {
    struct node nodes[NODES_MAX]; /* any order */
    size_t count;
    int64_t zxid;
};

enum table {
    TABLE_DATA,
    TABLE_EXIST, /* of a node that is missing */
    TABLE_CHILD,
};

struct watch {
    size_t client;
    enum table table;
    char *path;
    uint64_t tag;
    int64_t zxid; /* when it was set */
};

/* What a write did, for the watches. */
struct change {
    enum message_event kind;
    char path[COORD_PATH_MAX];
};

struct client {
    coord_model_step *step;
    void *actor;
    bool is_connected;
    bool was_expired; /* the client does not know yet that its session is over */
    int64_t session_id;
    struct coord_call calls[CALLS_MAX]; /* sent, not served */
    size_t call_count;
    struct coord_call limbo[CALLS_MAX]; /* writes of a lost connection that are on their way */
    size_t limbo_count;
    struct coord_event events[EVENTS_MAX]; /* a ring: not yet handed over */
    size_t event_begin;
    size_t event_count;
};

struct coord_model {
    struct rng rng;
    struct tree *tree;
    struct client *clients;
    size_t client_count;
    struct watch watches[WATCHES_MAX];
    size_t watch_count;
    struct change changes[2 * COORD_PARTS_MAX + NODES_MAX];
    size_t change_count;
    int64_t last_session;
    size_t served[KINDS];
};

struct coord_model *coord_model_new(uint64_t seed)
{
    struct coord_model *model = NEW(struct coord_model);

    rng_init(&model->rng, seed);
    model->tree = NEW(struct tree);
    model->tree->nodes[model->tree->count++] = (struct node){.path = mem_copy_text("/")};
    model->clients = NEW_ARRAY(struct client, COORD_MODEL_CLIENTS_MAX);
    model->last_session = 1000;
    return model;
}

static void free_node(struct node *node)
{
    free(node->path);
    free(node->data);
}

static void free_tree(struct tree *tree)
{
    for (size_t i = 0; i < tree->count; i++)
        free_node(&tree->nodes[i]);
    free(tree);
}

static char *copy_bytes(const void *data, size_t size)
{
    if (data == NULL)
        return NULL;
    char *copy = mem_alloc(size + 1);
    memcpy(copy, data, size);
    return copy;
}

static struct tree *copy_tree(const struct tree *tree)
{
    struct tree *copy = NEW(struct tree);

    copy->zxid = tree->zxid;
    for (; copy->count < tree->count; copy->count++) {
        copy->nodes[copy->count] = tree->nodes[copy->count];
        copy->nodes[copy->count].path = mem_copy_text(tree->nodes[copy->count].path);
        copy->nodes[copy->count].data =
            copy_bytes(tree->nodes[copy->count].data, tree->nodes[copy->count].size);
    }
    return copy;
}

static void push_event(struct client *client, struct coord_event event)
{
    ASSERT(client->event_count < EVENTS_MAX);
    client->events[(client->event_begin + client->event_count++) % EVENTS_MAX] = event;
}

static struct coord_event pop_event(struct client *client)
{
    struct coord_event event = client->events[client->event_begin];

    client->event_begin = (client->event_begin + 1) % EVENTS_MAX;
    client->event_count--;
    return event;
}

void coord_model_destroy(struct coord_model **model)
{
    if (*model == NULL)
        return;
    struct coord_model *old = *model;
    for (size_t i = 0; i < old->client_count; i++) {
        struct client *client = &old->clients[i];
        for (size_t j = 0; j < client->call_count; j++)
            coord_call_done(&client->calls[j]);
        for (size_t j = 0; j < client->limbo_count; j++)
            coord_call_done(&client->limbo[j]);
        while (client->event_count > 0) {
            struct coord_event event = pop_event(client);
            coord_event_done(&event);
        }
    }
    for (size_t i = 0; i < old->watch_count; i++)
        free(old->watches[i].path);
    free_tree(old->tree);
    free(old->clients);
    free(old);
    *model = NULL;
}

size_t coord_model_add(struct coord_model *model, coord_model_step *step, void *actor)
{
    ASSERT(model->client_count < COORD_MODEL_CLIENTS_MAX);
    model->clients[model->client_count] = (struct client){.step = step, .actor = actor};
    return model->client_count++;
}

/* ---- the tree ---- */

static struct node *find_node(const struct tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->nodes[i].path, path) == 0)
            return (struct node *)&tree->nodes[i];
    return NULL;
}

static void parent_path(const char *path, char ret_parent[COORD_PATH_MAX])
{
    size_t size = (size_t)(strrchr(path, '/') - path);

    memcpy(ret_parent, path, size);
    ret_parent[size] = '\0';
    if (size == 0)
        (void)snprintf(ret_parent, COORD_PATH_MAX, "/");
}

static bool is_child(const char *path, const char *parent)
{
    char of[COORD_PATH_MAX];

    if (strcmp(path, "/") == 0)
        return false;
    parent_path(path, of);
    return strcmp(of, parent) == 0;
}

static void note(struct coord_model *model, enum message_event kind, const char *path)
{
    struct change *change = &model->changes[model->change_count++];

    change->kind = kind;
    (void)snprintf(change->path, sizeof change->path, "%s", path);
}

static enum coord_error create(struct coord_model *model, int64_t session,
                               const struct coord_call *call, char **ret_path)
{
    struct tree *tree = model->tree;
    char parent[COORD_PATH_MAX];
    char path[COORD_PATH_MAX];
    bool is_ephemeral = call->mode == COORD_EPHEMERAL || call->mode == COORD_EPHEMERAL_SEQUENTIAL;
    bool is_sequential =
        call->mode == COORD_PERSISTENT_SEQUENTIAL || call->mode == COORD_EPHEMERAL_SEQUENTIAL;

    parent_path(call->path, parent);
    struct node *above = find_node(tree, parent);
    if (above == NULL)
        return COORD_NO_NODE;
    if (is_sequential)
        (void)snprintf(path, sizeof path, "%s%010d", call->path, above->born);
    else
        (void)snprintf(path, sizeof path, "%s", call->path);
    if (find_node(tree, path) != NULL)
        return COORD_NODE_EXISTS;
    if (above->stat.ephemeral_owner != 0)
        return COORD_NO_CHILDREN_FOR_EPHEMERALS;
    ASSERT(tree->count < NODES_MAX);
    above->born++;
    above->stat.children++;
    above->stat.cversion++;
    above->stat.pzxid = tree->zxid;
    tree->nodes[tree->count++] = (struct node){
        .path = mem_copy_text(path),
        .data = copy_bytes(call->data, call->size),
        .size = call->size,
        .stat = {.czxid = tree->zxid,
                 .mzxid = tree->zxid,
                 .pzxid = tree->zxid,
                 .ephemeral_owner = is_ephemeral ? session : 0},
    };
    note(model, MESSAGE_NODE_CREATED, path);
    *ret_path = mem_copy_text(path);
    return COORD_OK;
}

static void remove_node(struct coord_model *model, struct node *node)
{
    char parent[COORD_PATH_MAX];

    parent_path(node->path, parent);
    struct node *above = find_node(model->tree, parent);
    above->stat.children--;
    above->stat.cversion++;
    above->stat.pzxid = model->tree->zxid;
    note(model, MESSAGE_NODE_DELETED, node->path);
    free_node(node);
    *node = model->tree->nodes[--model->tree->count];
}

static enum coord_error check(const struct node *node, int32_t version)
{
    if (node == NULL)
        return COORD_NO_NODE;
    if (version != COORD_ANY_VERSION && version != node->stat.version)
        return COORD_BAD_VERSION;
    return COORD_OK;
}

static enum coord_error write_one(struct coord_model *model, int64_t session,
                                  const struct coord_call *call, char **ret_path,
                                  struct message_stat *ret_stat)
{
    struct node *node = find_node(model->tree, call->path);
    enum coord_error error = check(node, call->version);

    if (call->kind == COORD_CREATE)
        return create(model, session, call, ret_path);
    if (error != COORD_OK || call->kind == COORD_CHECK)
        return error;
    if (call->kind == COORD_DELETE) {
        if (node->stat.children > 0)
            return COORD_NOT_EMPTY;
        remove_node(model, node);
        return COORD_OK;
    }
    ASSERT(call->kind == COORD_SET);
    free(node->data);
    node->data = copy_bytes(call->data, call->size);
    node->size = call->size;
    node->stat.version++;
    node->stat.mzxid = model->tree->zxid;
    note(model, MESSAGE_NODE_DATA_CHANGED, call->path);
    *ret_stat = node->stat;
    return COORD_OK;
}

static void write_multi(struct coord_model *model, int64_t session, const struct coord_call *call,
                        struct coord_event *event)
{
    struct tree *before = copy_tree(model->tree);

    event->part_count = call->part_count;
    event->part_errors = NEW_ARRAY(enum coord_error, call->part_count);
    event->part_paths = NEW_ARRAY(char *, call->part_count);
    for (size_t i = 0; i < call->part_count; i++) {
        event->part_errors[i] = COORD_RUNTIME_INCONSISTENCY;
        if (event->error != COORD_OK)
            continue;
        event->error = event->part_errors[i] = write_one(
            model, session, &call->parts[i], &event->part_paths[i], &(struct message_stat){0});
    }
    if (event->error == COORD_OK) {
        free_tree(before);
        return;
    }
    for (size_t i = 0; i < call->part_count; i++)
        mem_free_text(&event->part_paths[i]);
    before->zxid = model->tree->zxid;
    free_tree(model->tree);
    model->tree = before;
    model->change_count = 0;
}

/* ---- watches ---- */

static bool is_hit(const struct watch *watch, const struct change *change)
{
    bool is_node = strcmp(watch->path, change->path) == 0;

    switch (change->kind) {
    case MESSAGE_NODE_CREATED:
        return (is_node && watch->table == TABLE_EXIST) ||
               (watch->table == TABLE_CHILD && is_child(change->path, watch->path));
    case MESSAGE_NODE_DELETED:
        return is_node || (watch->table == TABLE_CHILD && is_child(change->path, watch->path));
    case MESSAGE_NODE_DATA_CHANGED:
        return is_node && watch->table == TABLE_DATA;
    case MESSAGE_NODE_CHILDREN_CHANGED:
        break;
    }
    return false;
}

static void fire(struct coord_model *model, size_t index, enum message_event kind)
{
    struct watch *watch = &model->watches[index];

    push_event(&model->clients[watch->client], (struct coord_event){
                                                   .kind = COORD_CHANGED,
                                                   .tag = watch->tag,
                                                   .path = mem_copy_text(watch->path),
                                                   .change = kind,
                                               });
    free(watch->path);
    *watch = model->watches[--model->watch_count];
}

/* Those of clients without a connection are found out when they come back. */
static void fire_changes(struct coord_model *model)
{
    for (size_t c = 0; c < model->change_count; c++) {
        const struct change *change = &model->changes[c];

        for (size_t i = model->watch_count; i > 0; i--) {
            const struct watch *watch = &model->watches[i - 1];
            bool is_parent = strcmp(watch->path, change->path) != 0;

            if (is_hit(watch, change) && model->clients[watch->client].is_connected)
                fire(model, i - 1, is_parent ? MESSAGE_NODE_CHILDREN_CHANGED : change->kind);
        }
    }
    model->change_count = 0;
}

static void add_watch(struct coord_model *model, size_t client, enum table table,
                      const struct coord_call *call)
{
    ASSERT(model->watch_count < WATCHES_MAX);
    model->watches[model->watch_count++] = (struct watch){
        .client = client,
        .table = table,
        .path = mem_copy_text(call->path),
        .tag = call->tag,
        .zxid = model->tree->zxid,
    };
}

/* What a watch has missed while its client was away; 0 for nothing. */
static int missed(const struct coord_model *model, const struct watch *watch)
{
    const struct node *node = find_node(model->tree, watch->path);

    if (watch->table == TABLE_EXIST)
        return node != NULL ? MESSAGE_NODE_CREATED : 0;
    if (node == NULL)
        return MESSAGE_NODE_DELETED;
    if (watch->table == TABLE_DATA)
        return node->stat.mzxid > watch->zxid ? MESSAGE_NODE_DATA_CHANGED : 0;
    return node->stat.pzxid > watch->zxid ? MESSAGE_NODE_CHILDREN_CHANGED : 0;
}

static void restore_watches(struct coord_model *model, size_t client)
{
    for (size_t i = model->watch_count; i > 0; i--) {
        int kind = missed(model, &model->watches[i - 1]);

        if (model->watches[i - 1].client == client && kind != 0)
            fire(model, i - 1, (enum message_event)kind);
    }
}

static void drop_watches(struct coord_model *model, size_t client)
{
    for (size_t i = model->watch_count; i > 0; i--) {
        if (model->watches[i - 1].client != client)
            continue;
        free(model->watches[i - 1].path);
        model->watches[i - 1] = model->watches[--model->watch_count];
    }
}

/* ---- calls ---- */

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_children(const struct coord_model *model, const char *path,
                          struct coord_event *event)
{
    const char *slash = strcmp(path, "/") == 0 ? "" : "/";

    event->children = NEW_ARRAY(char *, model->tree->count);
    for (size_t i = 0; i < model->tree->count; i++)
        if (is_child(model->tree->nodes[i].path, path))
            event->children[event->child_count++] =
                mem_copy_text(model->tree->nodes[i].path + strlen(path) + strlen(slash));
    qsort(event->children, event->child_count, sizeof *event->children, compare_names);
}

static void read_node(struct coord_model *model, size_t client, const struct coord_call *call,
                      struct coord_event *event)
{
    const struct node *node = find_node(model->tree, call->path);

    if (call->kind == COORD_SYNC)
        return;
    if (node == NULL) {
        event->error = COORD_NO_NODE;
        if (call->watch && call->kind == COORD_EXISTS)
            add_watch(model, client, TABLE_EXIST, call);
        return;
    }
    event->stat = node->stat;
    if (call->watch)
        add_watch(model, client, call->kind == COORD_CHILDREN ? TABLE_CHILD : TABLE_DATA, call);
    if (call->kind == COORD_CHILDREN)
        list_children(model, call->path, event);
    if (call->kind == COORD_GET) {
        event->data = copy_bytes(node->data, node->size);
        event->size = node->size;
    }
}

static bool is_read(enum coord_call_kind kind)
{
    return kind == COORD_GET || kind == COORD_EXISTS || kind == COORD_CHILDREN ||
           kind == COORD_SYNC;
}

/* Does it, in the client's session, and returns the answer. */
static struct coord_event serve(struct coord_model *model, size_t client,
                                const struct coord_call *call)
{
    struct coord_event event = {.kind = COORD_ANSWERED, .tag = call->tag, .call = call->kind};
    int64_t session = model->clients[client].session_id;

    model->served[call->kind]++;
    if (is_read(call->kind)) {
        read_node(model, client, call, &event);
        return event;
    }
    model->tree->zxid++;
    if (call->kind == COORD_MULTI)
        write_multi(model, session, call, &event);
    else
        event.error = write_one(model, session, call, &event.path, &event.stat);
    fire_changes(model);
    return event;
}

static void answer_loss(struct client *client, const struct coord_call *call)
{
    push_event(client, (struct coord_event){.kind = COORD_ANSWERED,
                                            .tag = call->tag,
                                            .call = call->kind,
                                            .error = COORD_CONNECTION_LOSS});
}

void coord_model_send(struct coord_model *model, size_t client, struct coord_calls *calls)
{
    struct client *sender = &model->clients[client];
    struct coord_call call;

    while (coord_calls_pop(calls, &call)) {
        if (!sender->is_connected) {
            answer_loss(sender, &call);
            coord_call_done(&call);
            continue;
        }
        ASSERT(sender->call_count < CALLS_MAX);
        sender->calls[sender->call_count++] = call;
    }
}

static struct coord_call pop_first(struct coord_call *calls, size_t *count)
{
    struct coord_call call = calls[0];

    memmove(&calls[0], &calls[1], --*count * sizeof calls[0]);
    return call;
}

/* The oldest write in limbo arrives, and its answer goes nowhere. */
static void land_one(struct coord_model *model, size_t client)
{
    struct client *owner = &model->clients[client];
    struct coord_call call = pop_first(owner->limbo, &owner->limbo_count);
    struct coord_event event = serve(model, client, &call);

    coord_event_done(&event);
    coord_call_done(&call);
}

/* Reads do not wait for what is on its way to the servers; writes, and a sync, come after it. */
static bool waits_for_limbo(const struct client *client)
{
    enum coord_call_kind kind = client->calls[0].kind;

    return client->limbo_count > 0 && (!is_read(kind) || kind == COORD_SYNC);
}

static void serve_next(struct coord_model *model, size_t client)
{
    struct client *owner = &model->clients[client];

    if (waits_for_limbo(owner)) {
        land_one(model, client);
        return;
    }
    struct coord_call call = pop_first(owner->calls, &owner->call_count);
    push_event(owner, serve(model, client, &call));
    coord_call_done(&call);
}

static void hand_over(struct coord_model *model, size_t client)
{
    struct client *owner = &model->clients[client];
    struct coord_event event = pop_event(owner);
    struct coord_calls calls = {.items = NULL};

    owner->step(owner->actor, &event, &calls);
    coord_event_done(&event);
    coord_model_send(model, client, &calls);
    coord_calls_done(&calls);
}

/* ---- connections and sessions ---- */

void coord_model_connect(struct coord_model *model, size_t client)
{
    struct client *owner = &model->clients[client];
    bool is_new = owner->session_id == 0;

    if (owner->is_connected)
        return;
    if (owner->was_expired)
        push_event(owner, (struct coord_event){.kind = COORD_EXPIRED});
    owner->was_expired = false;
    if (is_new)
        owner->session_id = ++model->last_session;
    owner->is_connected = true;
    push_event(owner, (struct coord_event){.kind = COORD_CONNECTED,
                                           .session_id = owner->session_id,
                                           .timeout_ms = 10000,
                                           .is_new_session = is_new});
    restore_watches(model, client);
}

/* Reads under way leave nothing behind: a watch is set where its answer arrives. Of the writes the
 * first few are on their way, and the rest never got to a server. */
void coord_model_cut(struct coord_model *model, size_t client)
{
    struct client *owner = &model->clients[client];

    if (!owner->is_connected)
        return;
    bool tells_first = rng_below(&model->rng, 2) == 0; /* a client may say either first */
    owner->is_connected = false;
    if (tells_first)
        push_event(owner, (struct coord_event){.kind = COORD_DISCONNECTED});
    size_t sent = rng_below(&model->rng, (uint32_t)owner->call_count + 1);
    for (size_t i = 0; owner->call_count > 0; i++) {
        struct coord_call call = pop_first(owner->calls, &owner->call_count);

        answer_loss(owner, &call);
        ASSERT(owner->limbo_count < CALLS_MAX);
        if (i < sent && !is_read(call.kind))
            owner->limbo[owner->limbo_count++] = call;
        else
            coord_call_done(&call);
    }
    if (!tells_first)
        push_event(owner, (struct coord_event){.kind = COORD_DISCONNECTED});
}

/* The writes of a session that is over are refused. */
static void forget_limbo(struct client *owner)
{
    for (size_t i = 0; i < owner->limbo_count; i++)
        coord_call_done(&owner->limbo[i]);
    owner->limbo_count = 0;
}

void coord_model_expire(struct coord_model *model, size_t client)
{
    struct client *owner = &model->clients[client];

    coord_model_cut(model, client);
    forget_limbo(owner);
    if (owner->session_id == 0)
        return;
    drop_watches(model, client);
    model->tree->zxid++;
    for (size_t i = model->tree->count; i > 0; i--)
        if (model->tree->nodes[i - 1].stat.ephemeral_owner == owner->session_id)
            remove_node(model, &model->tree->nodes[i - 1]);
    owner->session_id = 0;
    owner->was_expired = true;
    fire_changes(model);
}

/* ---- turns ---- */

static void disturb(struct coord_model *model)
{
    size_t client = rng_below(&model->rng, (uint32_t)model->client_count);
    uint32_t what = rng_below(&model->rng, 10);

    if (!model->clients[client].is_connected && what < 7)
        coord_model_connect(model, client);
    else if (what < 7)
        coord_model_cut(model, client);
    else
        coord_model_expire(model, client);
}

bool coord_model_turn(struct coord_model *model, uint32_t faults)
{
    size_t first = rng_below(&model->rng, (uint32_t)model->client_count);
    bool serves_first = rng_below(&model->rng, 2) == 0;

    if (rng_below(&model->rng, 1000) < faults) {
        disturb(model);
        return true;
    }
    if (model->clients[first].limbo_count > 0 && rng_below(&model->rng, 4) == 0) {
        land_one(model, first);
        return true;
    }
    for (size_t i = 0; i < 2 * model->client_count; i++) {
        size_t index = (first + i / 2) % model->client_count;
        struct client *client = &model->clients[index];
        bool serves = (i % 2 == 0) == serves_first;

        if (serves && client->call_count > 0) {
            serve_next(model, index);
            return true;
        }
        if (!serves && client->event_count > 0) {
            hand_over(model, index);
            return true;
        }
    }
    return false;
}

static bool has_limbo(const struct coord_model *model)
{
    for (size_t i = 0; i < model->client_count; i++)
        if (model->clients[i].limbo_count > 0)
            return true;
    return false;
}

bool coord_model_calm(struct coord_model *model, size_t turns)
{
    for (size_t i = 0; i < model->client_count; i++)
        coord_model_connect(model, i);
    for (; turns > 0; turns--)
        if (!coord_model_turn(model, 0) && !has_limbo(model))
            return true;
    return false;
}

/* ---- queries ---- */

bool coord_model_is_connected(const struct coord_model *model, size_t client)
{
    return model->clients[client].is_connected;
}

int64_t coord_model_session(const struct coord_model *model, size_t client)
{
    return model->clients[client].session_id;
}

const struct message_stat *coord_model_stat(const struct coord_model *model, const char *path)
{
    const struct node *node = find_node(model->tree, path);

    return node == NULL ? NULL : &node->stat;
}

const char *coord_model_data(const struct coord_model *model, const char *path)
{
    const struct node *node = find_node(model->tree, path);

    return node == NULL ? NULL : node->data;
}

size_t coord_model_children(const struct coord_model *model, const char *path)
{
    const struct message_stat *stat = coord_model_stat(model, path);

    return stat == NULL ? 0 : (size_t)stat->children;
}

int64_t coord_model_owned(const struct coord_model *model, size_t client)
{
    int64_t session = model->clients[client].session_id;
    int64_t oldest = 0;

    for (size_t i = 0; session != 0 && i < model->tree->count; i++) {
        const struct message_stat *stat = &model->tree->nodes[i].stat;
        if (stat->ephemeral_owner == session && (oldest == 0 || stat->czxid < oldest))
            oldest = stat->czxid;
    }
    return oldest;
}

enum coord_error coord_model_do(struct coord_model *model, const struct coord_call *call)
{
    AUTO(mem_free_text) char *path = NULL;
    struct message_stat stat;

    model->tree->zxid++;
    enum coord_error error = write_one(model, 0, call, &path, &stat);
    fire_changes(model);
    return error;
}

size_t coord_model_served(const struct coord_model *model, enum coord_call_kind kind)
{
    return model->served[kind];
}

struct rng *coord_model_rng(struct coord_model *model)
{
    return &model->rng;
}
