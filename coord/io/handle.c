/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/io/handle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <zookeeper/zookeeper.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/io/modes.h"
#include "coord/io/results.h"

struct handle {
    zhandle_t *library;
    const char *root;
    struct mailbox *mailbox;
    uint64_t generation;
};

/* The keeper's mailbox is never shut, and never full for this: what comes back was sent before. */
static void post(struct mailbox *mailbox, struct mail *mail)
{
    bool is_put = mailbox_put_now(mailbox, &mail->node);
    ASSERT(is_put);
}

/* ---- answers: on a thread of the library ---- */

static struct message_stat stat_of(const struct Stat *stat)
{
    return (struct message_stat){
        .czxid = stat->czxid,
        .mzxid = stat->mzxid,
        .ctime_ms = stat->ctime,
        .mtime_ms = stat->mtime,
        .version = stat->version,
        .cversion = stat->cversion,
        .aversion = stat->aversion,
        .ephemeral_owner = stat->ephemeralOwner,
        .data_length = stat->dataLength,
        .children = stat->numChildren,
        .pzxid = stat->pzxid,
    };
}

/* The library hands a completion's context back as const. */
static struct errand *errand_of(const void *context)
{
    return (struct errand *)(uintptr_t)context;
}

static struct coord_event *begin_answer(struct errand *errand, int code)
{
    errand->answer.kind = COORD_ANSWERED;
    errand->answer.call = errand->call.kind;
    errand->answer.tag = errand->call.tag;
    errand->answer.error = (enum coord_error)code;
    return &errand->answer;
}

static void bring_back(struct errand *errand)
{
    errand->is_back = true;
    errand->mail.kind = MAIL_ANSWER;
    post(errand->mailbox, &errand->mail);
}

static void complete_void(int code, const void *context)
{
    struct errand *errand = errand_of(context);
    struct coord_event *answer = begin_answer(errand, code);

    if (errand->results != NULL)
        results_take(errand->results, answer);
    bring_back(errand);
}

static void complete_stat(int code, const struct Stat *stat, const void *context)
{
    struct errand *errand = errand_of(context);
    struct coord_event *answer = begin_answer(errand, code);

    if (code == ZOK && stat != NULL)
        answer->stat = stat_of(stat);
    bring_back(errand);
}

/* Data are an array for us; a NUL behind them makes texts of those that are. */
static char *copy_data(const char *data, size_t size)
{
    char *copy = mem_alloc(size + 1);

    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

static void complete_data(int code, const char *data, int size, const struct Stat *stat,
                          const void *context)
{
    struct errand *errand = errand_of(context);
    struct coord_event *answer = begin_answer(errand, code);

    if (code == ZOK && stat != NULL)
        answer->stat = stat_of(stat);
    if (code == ZOK && size >= 0) {
        answer->data = copy_data(data, (size_t)size);
        answer->size = (size_t)size;
    }
    bring_back(errand);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void complete_children(int code, const struct String_vector *names, const struct Stat *stat,
                              const void *context)
{
    struct errand *errand = errand_of(context);
    struct coord_event *answer = begin_answer(errand, code);

    if (code == ZOK && stat != NULL)
        answer->stat = stat_of(stat);
    if (code == ZOK && names != NULL && names->count > 0) {
        answer->child_count = (size_t)names->count;
        answer->children = NEW_ARRAY(char *, answer->child_count);
        for (size_t i = 0; i < answer->child_count; i++)
            answer->children[i] = mem_copy_text(names->data[i]);
        qsort(answer->children, answer->child_count, sizeof(char *), compare_names);
    }
    bring_back(errand);
}

static void complete_create(int code, const char *path, const struct Stat *stat,
                            const void *context)
{
    struct errand *errand = errand_of(context);
    struct coord_event *answer = begin_answer(errand, code);

    if (code == ZOK && stat != NULL)
        answer->stat = stat_of(stat);
    if (code == ZOK && path != NULL)
        answer->path = mem_copy_text(path);
    bring_back(errand);
}

static void complete_sync(int code, const char *path, const void *context)
{
    struct errand *errand = errand_of(context);

    (void)path;
    (void)begin_answer(errand, code);
    bring_back(errand);
}

/* ---- events: on the same thread, in order with the answers ---- */

/* The library tells each watch of each change of the session, too; that comes by observe(). */
static void fire(zhandle_t *library, int type, int state, const char *path, void *context)
{
    struct watch *watch = context;

    (void)library;
    (void)state;
    if (type < MESSAGE_NODE_CREATED || type > MESSAGE_NODE_CHILDREN_CHANGED || watch->has_fired)
        return;
    watch->has_fired = true;
    watch->change = (enum message_event)type;
    watch->path = mem_copy_text(path);
    post(watch->mailbox, &watch->mail);
}

/* False for states that are no news: on the way to a connection. */
static bool read_state(int state, enum notice_state *ret_state)
{
    if (state == ZOO_CONNECTED_STATE)
        *ret_state = NOTICE_CONNECTED;
    else if (state == ZOO_CONNECTING_STATE)
        *ret_state = NOTICE_LOST;
    else if (state == ZOO_EXPIRED_SESSION_STATE)
        *ret_state = NOTICE_EXPIRED;
    else if (state == ZOO_AUTH_FAILED_STATE)
        *ret_state = NOTICE_REFUSED;
    else
        return false;
    return true;
}

static void observe(zhandle_t *library, int type, int state, const char *path, void *context)
{
    const struct handle *handle = context;
    enum notice_state told;

    (void)path;
    if (type != ZOO_SESSION_EVENT || !read_state(state, &told))
        return;

    struct notice *notice = NEW(struct notice);
    notice->mail.kind = MAIL_NOTICE;
    notice->state = told;
    notice->generation = handle->generation;
    if (told == NOTICE_CONNECTED) {
        notice->session_id = zoo_client_id(library)->client_id;
        notice->timeout_ms = (uint32_t)zoo_recv_timeout(library);
    }
    post(handle->mailbox, &notice->mail);
}

/* "2026-11-21 ...:4711(0x7f...):ZOO_WARN@function@line: text": of this the text. What matters to
 * the owner comes as events, so this is for those who search. */
static void log_message(const char *message)
{
    const char *text = strstr(message, "@");

    text = text == NULL ? NULL : strstr(text, ": ");
    log_debug("coord.library", "text=\"%s\"", text == NULL ? message : text + 2);
}

/* ---- life ---- */

/* The library wants addresses without brackets and takes the last ':' for the port's. */
static char *host_list(const struct server_list *servers)
{
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < servers->count; i++)
        text_add(&text, "%s%s:%u", i == 0 ? "" : ",", servers->items[i].host,
                 (unsigned)servers->items[i].port);
    return text_take(&text);
}

enum err handle_open(const struct handle_options *options, struct handle **ret_handle,
                     struct error *error)
{
    AUTO(mem_free_text) char *hosts = host_list(options->servers);
    struct handle *handle = NEW(struct handle);

    handle->root = options->root;
    handle->mailbox = options->mailbox;
    handle->generation = options->generation;
    zoo_set_debug_level(ZOO_LOG_LEVEL_WARN);
    handle->library = zookeeper_init2(hosts, observe, (int)options->session_timeout_ms, NULL,
                                      handle, ZOO_NO_LOG_CLIENTENV, log_message);
    if (handle->library == NULL) {
        int code = errno;

        free(handle);
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
        return error_set(error, ERR_NOT_FOUND, "none of '%s' has an address: %s", hosts,
                         strerror(code));
    }
    *ret_handle = handle;
    return ERR_OK;
}

void handle_close(struct handle **handle)
{
    if (*handle == NULL)
        return;
    (void)zookeeper_close((*handle)->library);
    free(*handle);
    *handle = NULL;
}

void handle_server_name(const struct handle *handle, char *ret_name, size_t size)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN] = "";

    ASSERT(size > 0);
    ret_name[0] = '\0';
    if (zookeeper_get_connected_host(handle->library, (struct sockaddr *)&address, &length) == NULL)
        return;
    if (address.ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address;

        (void)inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        (void)snprintf(ret_name, size, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
    } else if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address;

        (void)inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        (void)snprintf(ret_name, size, "[%s]:%u", host, (unsigned)ntohs(v6->sin6_port));
    }
}

/* ---- calls ---- */

static int send_read(zhandle_t *library, const char *path, struct errand *errand)
{
    watcher_fn watcher = errand->watch == NULL ? NULL : fire;

    if (errand->call.kind == COORD_GET)
        return zoo_awget(library, path, watcher, errand->watch, complete_data, errand);
    if (errand->call.kind == COORD_EXISTS)
        return zoo_awexists(library, path, watcher, errand->watch, complete_stat, errand);
    return zoo_awget_children2(library, path, watcher, errand->watch, complete_children, errand);
}

/* On a handle whose session is over, the library's zoo_amulti() (3.8) frees a path that it has not
 * set: one of ours, or none. So it is not called then. */
static int send_multi(zhandle_t *library, const char *root, struct errand *errand)
{
    if (is_unrecoverable(library) != ZOK)
        return ZINVALIDSTATE;
    errand->results = results_new(&errand->call, root);
    return zoo_amulti(library, (int)errand->results->count, errand->results->operations,
                      errand->results->items, complete_void, errand);
}

/* Null data have the length -1. */
static int send_alone(zhandle_t *library, const char *path, struct errand *errand)
{
    const struct coord_call *call = &errand->call;
    int size = call->data == NULL ? -1 : (int)call->size;

    switch (call->kind) {
    case COORD_CREATE:
        return zoo_acreate2(library, path, call->data, size, &ZOO_OPEN_ACL_UNSAFE,
                            modes_number(call->mode), complete_create, errand);
    case COORD_DELETE:
        return zoo_adelete(library, path, call->version, complete_void, errand);
    case COORD_SET:
        return zoo_aset(library, path, call->data, size, call->version, complete_stat, errand);
    case COORD_SYNC:
        return zoo_async(library, path, complete_sync, errand);
    case COORD_GET:
    case COORD_EXISTS:
    case COORD_CHILDREN:
        return send_read(library, path, errand);
    case COORD_CHECK:
    case COORD_MULTI:
        break;
    }
    UNREACHABLE();
}

/* Calls of the keeper have the server's paths already. */
enum coord_error handle_send(struct handle *handle, struct errand *errand)
{
    const char *root = errand->purpose == ERRAND_OF_OWNER ? handle->root : "";

    if (errand->call.kind == COORD_MULTI)
        return (enum coord_error)send_multi(handle->library, root, errand);

    AUTO(mem_free_text) char *path = results_path(&errand->call, root);
    return (enum coord_error)send_alone(handle->library, path, errand);
}

bool handle_keeps_watch(const struct errand *errand)
{
    if (errand->answer.error == COORD_OK)
        return true;
    return errand->call.kind == COORD_EXISTS && errand->answer.error == COORD_NO_NODE;
}
