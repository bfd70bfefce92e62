/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/canned_backend.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "broker/client/console.h"
#include "ui/http/dispatch.h"
#include "ui/http/router.h"
#include "ui/http/url.h"

enum {
    PUT_MAX = 256,
};

#define OF_NIMBUS "nimbus"
#define OF_COORD  "coord"

struct put {
    char *of;
    char *op;
    json_t *args; /* NULL: any */
    json_t *ok;   /* NULL: the fault */
    struct control_fault fault;
    char *body; /* NULL: none */
};

struct canned_backend {
    struct backend table;
    pthread_mutex_t mutex; /* of `asked` */
    json_t *asked;
    size_t count;
    struct put puts[PUT_MAX];
    const struct log_console *console;
    const char *coord_server;
    bool is_log_silent;
    uint64_t log_began_ns;
    uint64_t wall_ms;
    uint64_t now_ns;
};

/* ---- answering ---- */

static bool has_args(const json_t *wanted, const json_t *args)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)wanted, name, value)
    {
        if (!json_equal(value, json_object_get(args, name)))
            return false;
    }
    return true;
}

static const struct put *find(const struct canned_backend *canned, const char *of, const char *op,
                              const json_t *args)
{
    for (size_t i = canned->count; i-- > 0;) {
        const struct put *put = &canned->puts[i];

        if (strcmp(put->of, of) == 0 && strcmp(put->op, op) == 0 &&
            (put->args == NULL || has_args(put->args, args)))
            return put;
    }
    return NULL;
}

static void remember(struct canned_backend *canned, const char *of,
                     const struct backend_question *question, enum backend_kind kind)
{
    json_t *copy = question->args == NULL ? json_object() : json_deep_copy(question->args);

    pthread_mutex_lock(&canned->mutex);
    json_array_append_new(
        canned->asked,
        json_pack("{s:s, s:s, s:o, s:b, s:I, s:I, s:b}", "of", of, "op", question->op, "args", copy,
                  "change", kind == BACKEND_CHANGE, "until_ns", (json_int_t)question->until_ns,
                  "limit_ms", (json_int_t)question->limit_ms, "may_end", question->asker != NULL));
    pthread_mutex_unlock(&canned->mutex);
}

/* Reference counts of jansson are atomic, but every asker gets a copy of its own: whoever changes it, as
 * he must not, does no harm to the next test. */
static enum control_code give(const struct put *put, const char *what, json_t **ret_ok,
                              struct control_fault *fault)
{
    if (put == NULL) {
        (void)control_refuse(fault, CONTROL_NOT_FOUND, "nothing was canned for '%s'", what);
        return CONTROL_NOT_FOUND;
    }
    if (put->ok == NULL) {
        *fault = put->fault;
        return fault->code;
    }
    *ret_ok = json_deep_copy(put->ok);
    return CONTROL_OK;
}

static enum control_code ask_nimbus_of(void *context, enum backend_kind kind,
                                       const struct backend_question *question, json_t **ret_ok,
                                       struct control_fault *fault)
{
    struct canned_backend *canned = context;

    remember(canned, OF_NIMBUS, question, kind);
    return give(find(canned, OF_NIMBUS, question->op, question->args), question->op, ret_ok, fault);
}

static enum control_code ask_supervisor(void *context, const char *id,
                                        const struct backend_question *question, json_t **ret_ok,
                                        void **ret_body, size_t *ret_size,
                                        struct control_fault *fault)
{
    struct canned_backend *canned = context;
    const struct put *put = find(canned, id, question->op, question->args);

    remember(canned, id, question, BACKEND_LOOKUP);
    enum control_code code = give(put, question->op, ret_ok, fault);
    if (code == CONTROL_OK && ret_body != NULL) {
        *ret_body = mem_copy_text(put->body == NULL ? "" : put->body);
        *ret_size = put->body == NULL ? 0 : strlen(put->body);
    }
    return code;
}

static enum control_code ask_coord(void *context, const char *path, json_t **ret_ok,
                                   struct control_fault *fault)
{
    struct canned_backend *canned = context;

    remember(canned, OF_COORD, &(struct backend_question){.op = path}, BACKEND_LOOKUP);
    return give(find(canned, OF_COORD, path, NULL), path, ret_ok, fault);
}

static void get_coord_server(void *context, char ret_name[COORD_SERVER_NAME_MAX])
{
    const struct canned_backend *canned = context;

    (void)snprintf(ret_name, COORD_SERVER_NAME_MAX, "%s", canned->coord_server);
}

static void note_log(void *context, uint64_t began_ns, const char *why)
{
    struct canned_backend *canned = context;

    ASSERT(began_ns == canned->log_began_ns);
    canned->is_log_silent = why != NULL;
}

static enum control_code get_log(void *context, const struct log_console **ret_console,
                                 struct console_servers *ret_servers, uint64_t *ret_began_ns,
                                 struct control_fault *fault)
{
    struct canned_backend *canned = context;

    if (canned->console == NULL) {
        (void)control_refuse(fault, CONTROL_UNAVAILABLE, "there is no module of the log");
        return CONTROL_UNAVAILABLE;
    }
    *ret_began_ns = canned->log_began_ns = canned->now_ns + 1;
    *ret_console = canned->console;
    *ret_servers = (struct console_servers){.brokers = "127.0.0.1:9092", .timeout_ms = 1000};
    return CONTROL_OK;
}

static uint64_t get_wall_ms(void *context)
{
    const struct canned_backend *canned = context;

    return canned->wall_ms;
}

static uint64_t get_now_ns(void *context)
{
    const struct canned_backend *canned = context;

    return canned->now_ns;
}

/* ---- putting ---- */

struct canned_backend *canned_backend_new(void)
{
    struct canned_backend *canned = NEW(struct canned_backend);

    *canned = (struct canned_backend){
        .table = {.context = canned,
                  .nimbus = ask_nimbus_of,
                  .supervisor = ask_supervisor,
                  .coord = ask_coord,
                  .coord_server = get_coord_server,
                  .log = get_log,
                  .log_told = note_log,
                  .wall_ms = get_wall_ms,
                  .now_ns = get_now_ns},
        .asked = json_array(),
        .coord_server = "",
        .wall_ms = 1795000000000,
        .now_ns = 1000000000,
    };
    ASSERT(pthread_mutex_init(&canned->mutex, NULL) == 0);
    return canned;
}

void canned_backend_destroy(struct canned_backend **canned)
{
    if (*canned == NULL)
        return;
    for (size_t i = 0; i < (*canned)->count; i++) {
        struct put *put = &(*canned)->puts[i];

        free(put->of);
        free(put->op);
        free(put->body);
        json_decref(put->args);
        json_decref(put->ok);
    }
    json_decref((*canned)->asked);
    pthread_mutex_destroy(&(*canned)->mutex);
    free(*canned);
    *canned = NULL;
}

const struct backend *canned_backend_get(struct canned_backend *canned)
{
    return &canned->table;
}

static json_t *read_json(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);

    if (json == NULL)
        (void)fprintf(stderr, "not JSON (%s): %s\n", error.text, text);
    ASSERT(json != NULL);
    return json;
}

static struct put *add(struct canned_backend *canned, const char *of, const char *op,
                       const char *args)
{
    ASSERT(canned->count < PUT_MAX);
    struct put *put = &canned->puts[canned->count++];
    *put = (struct put){
        .of = mem_copy_text(of),
        .op = mem_copy_text(op),
        .args = args == NULL ? NULL : read_json(args),
    };
    return put;
}

void canned_backend_put(struct canned_backend *canned, const char *op, const char *args,
                        const char *ok)
{
    add(canned, OF_NIMBUS, op, args)->ok = read_json(ok);
}

void canned_backend_refuse(struct canned_backend *canned, const char *op, const char *args,
                           enum control_code code, const char *text)
{
    (void)control_refuse(&add(canned, OF_NIMBUS, op, args)->fault, code, "%s", text);
}

void canned_backend_refuse_supervisor(struct canned_backend *canned, const char *id, const char *op,
                                      enum control_code code, const char *text)
{
    (void)control_refuse(&add(canned, id, op, NULL)->fault, code, "%s", text);
}

void canned_backend_put_supervisor(struct canned_backend *canned, const char *id, const char *op,
                                   const char *args, const char *ok, const char *body)
{
    struct put *put = add(canned, id, op, args);

    put->ok = read_json(ok);
    put->body = body == NULL ? NULL : mem_copy_text(body);
}

void canned_backend_put_coord(struct canned_backend *canned, const char *path, const char *ok)
{
    add(canned, OF_COORD, path, NULL)->ok = read_json(ok);
}

void canned_backend_set_coord_server(struct canned_backend *canned, const char *name)
{
    canned->coord_server = name;
}

bool canned_backend_is_log_silent(const struct canned_backend *canned)
{
    return canned->is_log_silent;
}

void canned_backend_set_log(struct canned_backend *canned, const struct log_console *console)
{
    canned->console = console;
}

void canned_backend_set_clocks(struct canned_backend *canned, uint64_t wall_ms, uint64_t now_ns)
{
    canned->wall_ms = wall_ms;
    canned->now_ns = now_ns;
}

const json_t *canned_backend_asked(struct canned_backend *canned, size_t index)
{
    pthread_mutex_lock(&canned->mutex);
    const json_t *asked = json_array_get(canned->asked, index);
    pthread_mutex_unlock(&canned->mutex);
    return asked;
}

/* ---- requests ---- */

static bool is_never_gone(void *context)
{
    (void)context;
    return false;
}

struct http_answer canned_request(struct canned_backend *canned, struct route_table table,
                                  const struct ui_facts *facts, const char *request,
                                  const char *body)
{
    static const struct ui_facts usual = {.version = "1.2.3", .has_actions = true};
    static const struct backend_asker asker = {.is_gone = is_never_gone};
    struct router router = {.count = 1, .tables = {table}};
    struct dispatch dispatch = {
        .router = &router, .backend = &canned->table, .facts = facts == NULL ? &usual : facts};
    bool is_post = strncmp(request, "POST ", 5) == 0;
    json_t *json = body == NULL ? NULL : read_json(body);
    struct url url;
    struct error error;

    ASSERT(is_post || strncmp(request, "GET ", 4) == 0);
    ASSERT(url_parse(strchr(request, ' ') + 1, &url, &error) == ERR_OK);
    struct dispatch_request asked = {
        .method = is_post ? HTTP_POST : HTTP_GET,
        .url = &url,
        .body = json,
        .by = "127.0.0.1",
        .asker = &asker,
    };
    struct http_answer answer = dispatch_run(&dispatch, &asked);
    url_done(&url);
    json_decref(json);
    return answer;
}

json_t *canned_answer_json(const struct http_answer *answer)
{
    return read_json(text_data(&answer->body));
}

char *canned_answer_text(struct http_answer *answer, size_t *ret_size)
{
    struct text text;
    char piece[4096];
    long size;

    text_init(&text);
    text_add_bytes(&text, text_data(&answer->body), text_size(&answer->body));
    while (answer->source.read != NULL &&
           (size = answer->source.read(answer->source.context, text_size(&text), piece,
                                       sizeof piece)) > 0)
        text_add_bytes(&text, piece, (size_t)size);
    *ret_size = text_size(&text);
    return text_take(&text);
}

void canned_answer_done(struct http_answer *answer)
{
    http_answer_done(answer);
}
