/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/cluster_backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/monitor.h"
#include "base/text.h"
#include "broker/client/console.h"
#include "broker/client/io/module.h"
#include "coord/root.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/paths.h"
#include "nimbus/client/io/pass.h"
#include "ui/coord_view.h"
#include "ui/io/coord_reader.h"
#include "ui/io/links.h"
#include "ui/io/lookups.h"
#include "ui/read.h"

#define NS_PER_MS  1000000ull
#define ATTEMPT_NS (1000 * NS_PER_MS) /* of a look-up, before it is looked again who leads */
#define PAUSE_NS   (100 * NS_PER_MS)  /* before the same one is asked again */
#define SILENCE_NS (1000 * NS_PER_MS) /* a nimbus that was silent is not asked for so long */
#define KEEP_NS    (1000 * NS_PER_MS)

/* One of the two ways to it. */
struct view {
    struct cluster_backend *owner;
    uint64_t timeout_ms;
    struct backend table;
};

struct cluster_backend {
    struct cluster_backend_options options;
    int interrupt;
    struct pass pass;
    char *leader_path;
    struct coord_reader *coord;
    struct links *links;
    struct lookups *lookups;
    struct view requests;
    struct view streams;

    struct monitor monitor; /* of all below */
    char *leader;           /* its address; NULL: not known */
    uint64_t silent_ns;     /* when it was found silent; 0: it was not */
    struct control_fault silence;
};

static enum control_code refuse_error(struct control_fault *fault, enum control_code code,
                                      const struct error *error)
{
    (void)control_refuse(fault, code, "%s", error->text);
    return code;
}

static uint64_t deadline_of(const struct view *view)
{
    return clock_now_ns() + view->timeout_ms * NS_PER_MS;
}

/* ---- who leads ---- */

/* A copy; NULL with an error. */
static char *read_leader(struct cluster_backend *backend, uint64_t until_ns, struct error *error)
{
    struct coord_node node;
    struct leader_state leader;
    char *address = NULL;

    enum err err = coord_reader_read(backend->coord, backend->leader_path, until_ns, &node, error);
    if (err == ERR_NOT_FOUND)
        (void)error_set(error, err, "no nimbus has led this cluster yet");
    if (err != ERR_OK)
        return NULL;
    err = leader_state_decode(node.data.data, node.data.size, &leader, error);
    if (err == ERR_NOT_FOUND)
        (void)error_set(error, err, "no nimbus has led this cluster yet");
    if (err == ERR_OK) {
        address = mem_copy_text(leader.nimbus.address);
        leader_state_done(&leader);
    }
    coord_node_done(&node);
    return address;
}

static char *find_leader(struct cluster_backend *backend, uint64_t until_ns, struct error *error)
{
    monitor_enter(&backend->monitor);
    char *address = backend->leader == NULL ? NULL : mem_copy_text(backend->leader);
    monitor_leave(&backend->monitor);
    if (address != NULL)
        return address;

    address = read_leader(backend, until_ns, error);
    if (address == NULL)
        return NULL;
    monitor_enter(&backend->monitor);
    mem_free_text(&backend->leader);
    backend->leader = mem_copy_text(address);
    monitor_leave(&backend->monitor);
    return address;
}

static void forget_leader(struct cluster_backend *backend, const char *address)
{
    monitor_enter(&backend->monitor);
    if (backend->leader != NULL && strcmp(backend->leader, address) == 0)
        mem_free_text(&backend->leader);
    monitor_leave(&backend->monitor);
}

/* ---- nimbus ---- */

static bool was_silent(struct cluster_backend *backend, struct control_fault *fault)
{
    monitor_enter(&backend->monitor);
    bool is_silent = backend->silent_ns != 0 && clock_now_ns() < backend->silent_ns + SILENCE_NS;
    if (is_silent)
        *fault = backend->silence;
    monitor_leave(&backend->monitor);
    return is_silent;
}

static void note_silence(struct cluster_backend *backend, const struct control_fault *fault)
{
    monitor_enter(&backend->monitor);
    backend->silent_ns = fault == NULL ? 0 : clock_now_ns();
    if (fault != NULL)
        backend->silence = *fault;
    monitor_leave(&backend->monitor);
}

/* One question to the one that led last. True: it is over, with *asked or without. */
static bool try(struct cluster_backend *backend, enum backend_kind kind,
                const struct backend_question *question, uint64_t until_ns, struct asked *asked,
                struct control_fault *fault)
{
    struct question sent = {.op = question->op, .args = question->args};
    uint64_t attempt_ns = clock_now_ns() + ATTEMPT_NS;
    struct error error;
    AUTO(mem_free_text) char *address = find_leader(backend, until_ns, &error);

    if (address == NULL) {
        (void)refuse_error(fault, CONTROL_UNAVAILABLE, &error);
        return error.code != ERR_NOT_FOUND;
    }
    if (kind == BACKEND_CHANGE || attempt_ns > until_ns)
        attempt_ns = until_ns;
    enum err err = links_ask(backend->links, address, &sent, attempt_ns, asked, &error);
    if (err != ERR_OK) {
        (void)control_refuse(fault, CONTROL_UNAVAILABLE, "nimbus at %s", error.text);
        forget_leader(backend, address);
        return err != ERR_TIMEOUT || kind == BACKEND_CHANGE;
    }
    if (asked->answer.fault.code != CONTROL_NOT_LEADER)
        return true;
    *fault = asked->answer.fault;
    forget_leader(backend, address);
    asked_done(asked);
    *asked = (struct asked){.reply = {.head = NULL}};
    return false;
}

static enum control_code give_answer(struct asked *asked, json_t **ret_ok,
                                     struct control_fault *fault)
{
    enum control_code code = asked->answer.fault.code;

    if (code == CONTROL_OK)
        *ret_ok = json_incref(asked->answer.ok);
    else
        *fault = asked->answer.fault;
    asked_done(asked);
    return code;
}

/* The answer, be it a fault of nimbus, in *asked; or its head is NULL, and *fault says why. */
static void ask_leader(const struct view *view, enum backend_kind kind,
                       const struct backend_question *question, struct asked *asked,
                       struct control_fault *fault)
{
    struct cluster_backend *backend = view->owner;
    uint64_t until_ns = deadline_of(view);

    *asked = (struct asked){.reply = {.head = NULL}};
    while (!try(backend, kind, question, until_ns, asked, fault)) {
        if (clock_now_ns() + PAUSE_NS >= until_ns ||
            asking_pause(backend->interrupt, clock_now_ns() + PAUSE_NS))
            break;
    }
    note_silence(backend, asked->reply.head == NULL ? fault : NULL);
}

static char *key_of(const struct backend_question *question)
{
    AUTO(mem_free_text)
    char *args =
        question->args == NULL ? NULL : json_dumps(question->args, JSON_COMPACT | JSON_SORT_KEYS);
    struct text key;

    text_init(&key);
    text_add(&key, "%s %s", question->op, args == NULL ? "" : args);
    return text_take(&key);
}

static enum control_code look_up(const struct view *view, const struct backend_question *question,
                                 json_t **ret_ok, struct control_fault *fault)
{
    struct lookups *lookups = view->owner->lookups;
    AUTO(mem_free_text) char *key = key_of(question);
    struct lookup *lookup = NULL;

    switch (lookups_find(lookups, key, deadline_of(view), &lookup, ret_ok, fault)) {
    case LOOKUP_KNOWN:
        return fault->code; /* OK where there is an answer */
    case LOOKUP_LATE:
        (void)control_refuse(fault, CONTROL_UNAVAILABLE, "nimbus gives no answer");
        return fault->code;
    case LOOKUP_TO_ASK:
        break;
    }
    struct asked asked = {.reply = {.head = NULL}};
    if (!was_silent(view->owner, fault))
        ask_leader(view, BACKEND_LOOKUP, question, &asked, fault);
    char *text = TAKE(asked.reply.head);
    enum control_code code = text == NULL ? fault->code : give_answer(&asked, ret_ok, fault);
    if (code == CONTROL_OK) {
        lookups_tell(lookups, lookup, text, read_count(*ret_ok, "tick"));
    } else {
        mem_free_text(&text);
        lookups_fail(lookups, lookup, fault);
    }
    return code;
}

static enum control_code ask_nimbus_of(void *context, enum backend_kind kind,
                                       const struct backend_question *question, json_t **ret_ok,
                                       struct control_fault *fault)
{
    const struct view *view = context;

    if (kind == BACKEND_LOOKUP)
        return look_up(view, question, ret_ok, fault);
    struct asked asked;
    ask_leader(view, kind, question, &asked, fault);
    lookups_forget(view->owner->lookups);
    return asked.reply.head == NULL ? fault->code : give_answer(&asked, ret_ok, fault);
}

/* ---- supervisors ---- */

/* A copy of its address; NULL with a fault. */
static char *find_supervisor(const struct view *view, const char *id, struct control_fault *fault)
{
    struct backend_question question = {.op = "cluster.nodes"};
    json_t *nodes;
    json_t *item;
    size_t index;
    char *address = NULL;

    if (look_up(view, &question, &nodes, fault) != CONTROL_OK)
        return NULL;
    json_array_foreach(json_object_get(nodes, "supervisors"), index, item)
    {
        const char *other = json_string_value(json_object_get(item, "id"));
        const char *at = json_string_value(json_object_get(item, "address"));

        if (address == NULL && other != NULL && at != NULL && strcmp(other, id) == 0)
            address = mem_copy_text(at);
    }
    json_decref(nodes);
    if (address == NULL)
        (void)control_refuse(fault, CONTROL_NOT_FOUND, "there is no supervisor '%.128s'", id);
    return address;
}

/* NOLINTNEXTLINE(readability-function-size): the table says what it is given */
static enum control_code ask_supervisor(void *context, const char *id,
                                        const struct backend_question *question, json_t **ret_ok,
                                        void **ret_body, size_t *ret_size,
                                        struct control_fault *fault)
{
    const struct view *view = context;
    struct question sent = {.op = question->op, .args = question->args};
    uint64_t until_ns = deadline_of(view);
    AUTO(mem_free_text) char *address = find_supervisor(view, id, fault);
    struct asked asked;
    struct error error;

    if (address == NULL)
        return fault->code;
    if (question->until_ns != 0 && question->until_ns < until_ns)
        until_ns = question->until_ns;
    if (links_ask(view->owner->links, address, &sent, until_ns, &asked, &error) != ERR_OK) {
        (void)control_refuse(fault, CONTROL_UNAVAILABLE, "supervisor '%.128s' at %s", id,
                             error.text);
        return fault->code;
    }
    if (asked.answer.fault.code == CONTROL_OK && ret_body != NULL) {
        *ret_body = TAKE(asked.reply.body);
        *ret_size = asked.reply.body_size;
    }
    return give_answer(&asked, ret_ok, fault);
}

/* ---- the cluster state, the log, clocks ---- */

static enum control_code code_of(enum err err)
{
    if (err == ERR_NOT_FOUND)
        return CONTROL_NOT_FOUND;
    if (err == ERR_INVALID)
        return CONTROL_INVALID;
    return err == ERR_IO ? CONTROL_INTERNAL : CONTROL_UNAVAILABLE;
}

static enum control_code read_coord(void *context, const char *path, json_t **ret_ok,
                                    struct control_fault *fault)
{
    const struct view *view = context;
    struct coord_node node;
    struct error error;

    enum err err = coord_reader_read(view->owner->coord, path, deadline_of(view), &node, &error);
    if (err != ERR_OK)
        return refuse_error(fault, code_of(err), &error);
    *ret_ok = coord_view(path, &node.data, &node.children);
    coord_node_done(&node);
    return CONTROL_OK;
}

static void get_coord_server(void *context, char ret_name[COORD_SERVER_NAME_MAX])
{
    const struct view *view = context;

    coord_reader_server(view->owner->coord, ret_name);
}

static enum control_code get_log(void *context, const struct log_console **ret_console,
                                 struct console_servers *ret_servers, struct control_fault *fault)
{
    const struct view *view = context;
    const struct log_module *module;
    struct error error;

    if (module_get(&module, &error) != ERR_OK)
        return refuse_error(fault, CONTROL_UNAVAILABLE, &error);
    *ret_console = module->console;
    *ret_servers = (struct console_servers){
        .brokers = view->owner->options.brokers,
        .timeout_ms = view->timeout_ms,
    };
    return CONTROL_OK;
}

static uint64_t get_wall_ms(void *context)
{
    (void)context;
    return clock_wall_ms();
}

static uint64_t get_now_ns(void *context)
{
    (void)context;
    return clock_now_ns();
}

/* ---- its life ---- */

static void init_view(struct cluster_backend *backend, struct view *view, uint64_t timeout_ms)
{
    *view = (struct view){
        .owner = backend,
        .timeout_ms = timeout_ms,
        .table = {.context = view,
                  .nimbus = ask_nimbus_of,
                  .supervisor = ask_supervisor,
                  .coord = read_coord,
                  .coord_server = get_coord_server,
                  .log = get_log,
                  .wall_ms = get_wall_ms,
                  .now_ns = get_now_ns},
    };
}

static enum err connect(struct cluster_backend *backend, struct error *error)
{
    enum err err = pass_load(backend->options.settings, &backend->pass, error);

    if (err == ERR_OK && backend->interrupt < 0)
        err = error_set(error, ERR_IO, "no descriptor is left");
    if (err == ERR_OK)
        err = coord_reader_start(&backend->options.coord, &backend->coord, error);
    if (err == ERR_OK)
        backend->links = links_new(pass_keys(&backend->pass), backend->interrupt);
    return err;
}

enum err cluster_backend_open(const struct cluster_backend_options *options,
                              struct cluster_backend **ret_backend, struct error *error)
{
    struct cluster_backend *backend = NEW(struct cluster_backend);
    AUTO(mem_free_text) char *root = root_new(options->coord.root);

    backend->options = *options;
    backend->leader_path = root_join(root, PATHS_LEADER);
    backend->lookups = lookups_new(KEEP_NS);
    backend->interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    init_view(backend, &backend->requests, options->timeout_ms);
    init_view(backend, &backend->streams, options->stream_timeout_ms);
    monitor_init(&backend->monitor);
    enum err err = connect(backend, error);
    if (err == ERR_OK)
        *ret_backend = backend;
    else
        cluster_backend_close(&backend);
    return err;
}

void cluster_backend_close(struct cluster_backend **backend)
{
    if (*backend == NULL)
        return;
    links_destroy(&(*backend)->links);
    coord_reader_stop(&(*backend)->coord);
    lookups_destroy(&(*backend)->lookups);
    if ((*backend)->interrupt >= 0)
        (void)close((*backend)->interrupt);
    monitor_done(&(*backend)->monitor);
    free((*backend)->leader_path);
    free((*backend)->leader);
    free(*backend);
    *backend = NULL;
}

void cluster_backend_cancel(struct cluster_backend *backend)
{
    uint64_t one = 1;

    ssize_t written = write(backend->interrupt, &one, sizeof one);
    ASSERT(written == (ssize_t)sizeof one);
    coord_reader_cancel(backend->coord);
}

const struct backend *cluster_backend_for_requests(struct cluster_backend *backend)
{
    return &backend->requests.table;
}

const struct backend *cluster_backend_for_streams(struct cluster_backend *backend)
{
    return &backend->streams.table;
}

void cluster_backend_forget(struct cluster_backend *backend)
{
    lookups_forget(backend->lookups);
}
