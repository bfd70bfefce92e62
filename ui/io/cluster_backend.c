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
#include "base/text.h"
#include "broker/client/console.h"
#include "broker/client/io/module.h"
#include "coord/call.h"
#include "coord/root.h"
#include "coord/state/paths.h"
#include "ui/coord_view.h"
#include "ui/io/cluster_parts.h"

#define SILENCE_NS (1000 * NS_PER_MS) /* one that was silent is not asked for so long */
#define KEEP_NS    (1000 * NS_PER_MS)
#define SHARE_NS   (500 * NS_PER_MS) /* what a supervisor said, for who asks it the same */

/* Names for ui/peers.h; that of a supervisor has its id behind it. */
#define COORD      "coord"
#define LOG        "log"
#define SUPERVISOR "supervisor "

enum control_code cluster_refuse(struct control_fault *fault, enum control_code code,
                                 const struct error *error)
{
    (void)control_refuse(fault, code, "%s", error->text);
    return code;
}

bool cluster_may_ask(const struct view *view, const char *name, uint64_t *ret_began_ns,
                     struct control_fault *fault)
{
    return silences_may_ask(view->owner->silences, name, view->timeout_ms * NS_PER_MS, ret_began_ns,
                            fault);
}

uint64_t cluster_deadline(const struct view *view)
{
    return clock_now_ns() + view->timeout_ms * NS_PER_MS;
}

/* ---- the cluster state ---- */

enum err cluster_read_node(const struct view *view, const char *path, uint64_t until_ns,
                           struct coord_node *ret_node, struct error *error)
{
    const struct coord_call call = {.kind = COORD_GET, .path = path};
    struct cluster_backend *backend = view->owner;
    const char *wrong = coord_call_fault(&call);
    struct control_fault fault;
    uint64_t began_ns;

    /* First, for it must not take the one question that finds out whether a silent one is back. */
    if (wrong != NULL)
        return error_set(error, ERR_INVALID, "the path %s", wrong);
    if (!cluster_may_ask(view, COORD, &began_ns, &fault))
        return error_set(error, ERR_TIMEOUT, "%s", fault.text);
    enum err err = coord_reader_read(backend->coord, path, until_ns, ret_node, error);
    if (err == ERR_TIMEOUT) {
        (void)cluster_refuse(&fault, CONTROL_UNAVAILABLE, error);
        silences_missed(backend->silences, COORD, began_ns, &fault);
        return error_set(error, err, "%s", fault.text);
    }
    if (err == ERR_OK || err == ERR_NOT_FOUND || err == ERR_IO)
        silences_heard(backend->silences, COORD);
    return err;
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

    if (cluster_look_up(view, &question, &nodes, fault) != CONTROL_OK)
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

/* Until when a supervisor is waited for. */
static uint64_t patience_of(const struct view *view, const struct backend_question *question)
{
    uint64_t until_ns = question->limit_ms == 0 ? cluster_deadline(view)
                                                : clock_now_ns() + question->limit_ms * NS_PER_MS;

    return question->until_ns != 0 && question->until_ns < until_ns ? question->until_ns : until_ns;
}

/* That a worker takes its time, or that somebody did not want to wait, says nothing of its supervisor. */
static bool is_plain(const struct backend_question *question)
{
    return question->until_ns == 0 && question->limit_ms == 0 && question->asker == NULL;
}

/* Like links_ask(), with the fault. */
static bool try_supervisor(const struct view *view, const char *id, const char *address,
                           const struct backend_question *question, struct asked *ret_asked,
                           struct control_fault *fault)
{
    struct cluster_backend *backend = view->owner;
    struct question sent = {.op = question->op, .args = question->args};
    struct links_patience patience = {.until_ns = patience_of(view, question),
                                      .asker = question->asker};
    char name[PEERS_NAME_MAX + 1];
    uint64_t began_ns;
    struct error error;

    (void)snprintf(name, sizeof name, SUPERVISOR "%s", id);
    if (!cluster_may_ask(view, name, &began_ns, fault))
        return false;
    enum err err = links_ask(backend->links, address, &sent, &patience, ret_asked, &error);
    if (err == ERR_OK) {
        silences_heard(backend->silences, name);
        return true;
    }
    (void)control_refuse(fault, CONTROL_UNAVAILABLE, "supervisor '%.128s' at %s", id, error.text);
    if (err == ERR_TIMEOUT && is_plain(question))
        silences_missed(backend->silences, name, began_ns, fault);
    return false;
}

/* What came, and its text for who asks the same. */
static enum control_code ask_once(const struct view *view, const char *id,
                                  const struct backend_question *question,
                                  struct lookup_answer *ret_answer, struct lookup_told *ret_told,
                                  struct control_fault *fault)
{
    AUTO(mem_free_text) char *address = find_supervisor(view, id, fault);
    struct asked asked;

    if (address == NULL || !try_supervisor(view, id, address, question, &asked, fault))
        return fault->code;
    char *text = TAKE(asked.reply.head);
    void *body = TAKE(asked.reply.body);
    size_t size = asked.reply.body_size;
    enum control_code code = cluster_give(&asked, &ret_answer->ok, fault);
    if (code == CONTROL_OK) {
        ret_answer->body = body;
        ret_answer->size = size;
        *ret_told = (struct lookup_told){.text = text};
    } else {
        free(text);
        free(body);
    }
    return code;
}

static enum control_code ask_shared(const struct view *view, const char *id,
                                    const struct backend_question *question,
                                    struct lookup_answer *ret_answer, struct control_fault *fault)
{
    struct lookups *shared = view->owner->shared;
    AUTO(mem_free_text) char *asked = cluster_key(question);
    AUTO(text_done) struct text key = {.data = NULL};
    struct lookup *lookup = NULL;
    struct lookup_told told;

    text_add(&key, "%s %s", id, asked);
    switch (lookups_find(shared, text_data(&key), patience_of(view, question), &lookup, ret_answer,
                         fault)) {
    case LOOKUP_KNOWN:
        return fault->code;
    case LOOKUP_LATE:
        (void)control_refuse(fault, CONTROL_UNAVAILABLE, "supervisor '%.128s' gives no answer", id);
        return fault->code;
    case LOOKUP_TO_ASK:
        break;
    }
    enum control_code code = ask_once(view, id, question, ret_answer, &told, fault);
    if (code != CONTROL_OK) {
        lookups_fail(shared, lookup, fault);
        return code;
    }
    told.body = ret_answer->body;
    told.size = ret_answer->size;
    lookups_tell(shared, lookup, &told);
    return code;
}

/* NOLINTNEXTLINE(readability-function-size): the table says what it is given */
static enum control_code ask_supervisor(void *context, const char *id,
                                        const struct backend_question *question, json_t **ret_ok,
                                        void **ret_body, size_t *ret_size,
                                        struct control_fault *fault)
{
    const struct view *view = context;
    struct lookup_answer answer = {.ok = NULL};
    struct lookup_told told = {.text = NULL};

    enum control_code code = question->is_shared
                                 ? ask_shared(view, id, question, &answer, fault)
                                 : ask_once(view, id, question, &answer, &told, fault);
    free(told.text);
    if (code != CONTROL_OK)
        return code;
    *ret_ok = answer.ok;
    if (ret_body != NULL) {
        *ret_body = TAKE(answer.body);
        *ret_size = answer.size;
    }
    free(answer.body);
    return code;
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

    enum err err = cluster_read_node(view, path, cluster_deadline(view), &node, &error);
    if (err != ERR_OK)
        return cluster_refuse(fault, code_of(err), &error);
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
                                 struct console_servers *ret_servers, uint64_t *ret_began_ns,
                                 struct control_fault *fault)
{
    const struct view *view = context;
    const struct log_module *module;
    struct error error;

    if (module_get(&module, &error) != ERR_OK)
        return cluster_refuse(fault, CONTROL_UNAVAILABLE, &error);
    if (!cluster_may_ask(view, LOG, ret_began_ns, fault))
        return fault->code;
    *ret_console = module->console;
    *ret_servers = (struct console_servers){
        .brokers = view->owner->options.brokers,
        .timeout_ms = view->timeout_ms,
    };
    return CONTROL_OK;
}

/* Of several questions the one that is told of began no sooner than its patience before now. */
static uint64_t last_began_ns(const struct view *view, uint64_t began_ns)
{
    uint64_t soonest_ns = clock_now_ns() - view->timeout_ms * NS_PER_MS;

    return began_ns > soonest_ns ? began_ns : soonest_ns;
}

static void note_log(void *context, uint64_t began_ns, const char *why)
{
    const struct view *view = context;
    struct control_fault fault;

    if (why == NULL) {
        silences_heard(view->owner->silences, LOG);
        return;
    }
    (void)control_refuse(&fault, CONTROL_UNAVAILABLE, "the log at %.100s gives no answer: %s",
                         view->owner->options.brokers, why);
    silences_missed(view->owner->silences, LOG, last_began_ns(view, began_ns), &fault);
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
                  .nimbus = cluster_ask_nimbus,
                  .supervisor = ask_supervisor,
                  .coord = read_coord,
                  .coord_server = get_coord_server,
                  .log = get_log,
                  .log_told = note_log,
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
    backend->shared = lookups_new(SHARE_NS);
    backend->silences = silences_new(SILENCE_NS);
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
    lookups_destroy(&(*backend)->shared);
    silences_destroy(&(*backend)->silences);
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
