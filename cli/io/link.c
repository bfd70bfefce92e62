/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/link.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "base/settings_schema.h"
#include "cli/io/sources.h"
#include "cli/io/terminal.h"
#include "cli/io/words.h"
#include "cli/language/table.h"
#include "coord/options.h"
#include "coord/protocol/path.h"
#include "coord/root.h"
#include "nimbus/client/io/pass.h"
#include "wire/config.h"

enum {
    TIMEOUT_MS = 10000,
    TIMEOUT_MAX_S = 86400,
};

/* ---- complaints ---- */

enum exit_code link_complain(const struct link *link, enum exit_code code, const char *format, ...)
{
    struct error error = {.code = ERR_INVALID};
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error.text, sizeof error.text, format, arguments);
    va_end(arguments);
    terminal_complain(link->options->command->name, &error);
    return code;
}

enum exit_code link_read_number(const struct link *link, enum option_id id, int64_t min,
                                int64_t max, int64_t *value)
{
    const char *text = options_value(link->options, id);
    char *end = NULL;

    if (text == NULL)
        return EXIT_CODE_DONE;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < min || number > max)
        return link_complain(link, EXIT_CODE_USAGE,
                             "--%s is '%s', but must be a whole number from %" PRId64
                             " to %" PRId64,
                             table_option(id)->name, text, min, max);
    *value = number;
    return EXIT_CODE_DONE;
}

/* ---- what is to be done and where ---- */

/* A file may hold the settings of other programs, too. What is typed is meant for this one. */
static enum err check_typed(const struct settings *settings, struct error *error)
{
    AUTO(settings_destroy) struct settings *typed = settings_new();
    enum err err = ERR_OK;
    size_t count;
    const struct setting_spec *specs = config_specs(&count);

    for (size_t i = 0; err == ERR_OK && i < settings_count(settings); i++) {
        const struct setting *setting = settings_at(settings, i);

        if (strcmp(setting->origin, "-c") == 0 && !pass_is_setting(setting->key))
            err = settings_put(typed, setting->key, setting->value, setting->origin, error);
    }
    return err == ERR_OK ? settings_check(typed, specs, count, error) : err;
}

static enum exit_code read_settings(struct link *link)
{
    struct error error;

    enum err err = sources_read(link->options, &link->settings, &error);
    if (err == ERR_OK && link->options->command->rest != REST_TOPOLOGY)
        err = check_typed(link->settings, &error);
    if (err == ERR_OK)
        err = coord_options_read(link->settings, &link->coord, &error);
    if (err == ERR_OK)
        err = servers_parse(link->coord.servers, &link->servers, &error);
    return err == ERR_OK ? EXIT_CODE_DONE : link_complain(link, EXIT_CODE_USAGE, "%s", error.text);
}

/* A sequential node may have its number alone as its name: "/a/". */
static enum exit_code read_path(struct link *link)
{
    const char *path = link->options->operand;
    const char *root = options_has(link->options, OPTION_ROOT) ? link->coord.root : NULL;
    struct coord_call call = {.kind = COORD_CREATE, .path = path};

    if (path == NULL)
        path = link->options->command->operand.name == NULL ? NULL : "/";
    if (path == NULL)
        return EXIT_CODE_DONE;
    if (options_has(link->options, OPTION_SEQUENTIAL))
        call.mode = COORD_PERSISTENT_SEQUENTIAL;
    call.path = path;
    const char *fault = coord_call_fault(&call);
    if (fault != NULL)
        return link_complain(link, EXIT_CODE_USAGE, "path '%s' %s", path, fault);
    link->root = root_new(root);
    link->path = root_join(link->root, path);
    return EXIT_CODE_DONE;
}

void link_begin_wait(struct link *link)
{
    link->deadline_ns = clock_now_ns() + link->timeout_ms * 1000000;
}

static enum exit_code read_timeout(struct link *link)
{
    const char *text = options_value(link->options, OPTION_TIMEOUT);
    double seconds = 0;

    link->timeout_ms = TIMEOUT_MS;
    if (text != NULL) {
        if (!setting_parse_duration_s(text, &seconds) || seconds < 0.01 || seconds > TIMEOUT_MAX_S)
            return link_complain(link, EXIT_CODE_USAGE,
                                 "--timeout is '%s', but must be seconds from 0.01 to 86400", text);
        link->timeout_ms = (uint64_t)(seconds * 1000);
    }
    link_begin_wait(link);
    return EXIT_CODE_DONE;
}

enum exit_code link_init(struct link *link, const struct options *options)
{
    *link = (struct link){.options = options};

    enum exit_code code = read_settings(link);
    if (code == EXIT_CODE_DONE)
        code = read_path(link);
    return code == EXIT_CODE_DONE ? read_timeout(link) : code;
}

enum exit_code link_init_to_nimbus(struct link *link, const struct options *options)
{
    *link = (struct link){.options = options};

    enum exit_code code = read_settings(link);
    return code == EXIT_CODE_DONE ? read_timeout(link) : code;
}

void link_done(struct link *link)
{
    coord_close(&link->client);
    settings_destroy(&link->settings);
    free(link->root);
    free(link->path);
}

const char *link_show(const struct link *link, const char *path)
{
    return root_strip(link->root, path);
}

/* ---- connecting ---- */

static int64_t left_ms(const struct link *link)
{
    uint64_t now_ns = clock_now_ns();

    return now_ns >= link->deadline_ns ? 0
                                       : (int64_t)((link->deadline_ns - now_ns + 999999) / 1000000);
}

/* Events of the session before it is there are no news. */
static enum exit_code await_session(struct link *link)
{
    struct coord_event event;

    while (coord_take(link->client, left_ms(link), &event)) {
        enum coord_event_kind kind = event.kind;

        coord_event_done(&event);
        if (kind == COORD_CONNECTED)
            return EXIT_CODE_DONE;
        if (kind == COORD_REFUSED)
            return link_complain(link, EXIT_CODE_FAILED, "the server at %s does not accept us",
                                 link->coord.servers);
    }
    return link_complain(link, EXIT_CODE_UNREACHABLE,
                         "nobody at %s began a session within %.3g s: is it a server of the "
                         "cluster state, and does it run well? --timeout waits longer",
                         link->coord.servers, (double)link->timeout_ms / 1000);
}

/* Paths are made whole here; the client's own root would be created, which is not for a look. */
enum exit_code link_connect(struct link *link)
{
    struct coord_options options = link->coord;
    bool is_for_coord = link->options->command->group == GROUP_COORD;
    struct error error;

    if (words_probe(&link->servers, link->deadline_ns, &error) != ERR_OK)
        return link_complain(link, EXIT_CODE_UNREACHABLE,
                             "no server%s answers (%s); start %s, or name another with --server "
                             "HOST:PORT",
                             is_for_coord ? "" : " of the cluster state", error.text,
                             is_for_coord ? "one with 'gale coord serve'"
                                          : "a cluster with 'gale up'");
    options.root = NULL;
    options.seed = clock_now_ns();
    if (coord_open(&options, &link->client, &error) != ERR_OK)
        return link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
    return await_session(link);
}

/* ---- asking ---- */

enum exit_code link_ask(struct link *link, const struct coord_call *call,
                        struct coord_event *ret_answer)
{
    struct coord_event event;

    link_begin_wait(link);
    coord_call(link->client, call);
    while (coord_take(link->client, left_ms(link), &event)) {
        if (event.kind == COORD_ANSWERED && event.error != COORD_CONNECTION_LOSS) {
            *ret_answer = event;
            return EXIT_CODE_DONE;
        }
        bool is_lost = event.kind == COORD_ANSWERED;
        coord_event_done(&event);
        if (is_lost)
            return link_complain(link, EXIT_CODE_UNREACHABLE,
                                 "the connection was lost; whether it was done is not known");
    }
    return link_complain(link, EXIT_CODE_UNREACHABLE,
                         "no answer within %.3g s; whether it was done is not known; --timeout "
                         "waits longer",
                         (double)link->timeout_ms / 1000);
}

/* The child of `parent` whose name is nearest to the first part of `missing` below it. */
static void add_suggestion(const struct coord_event *parent, const char *parent_path,
                           const char *missing, struct text *text)
{
    size_t begin = strcmp(parent_path, "/") == 0 ? 1 : strlen(parent_path) + 1;
    struct text name;

    text_init(&name);
    text_add_bytes(&name, missing + begin, strcspn(missing + begin, "/"));
    const char *meant =
        nearest(text_data(&name), (const char *const *)parent->children, parent->child_count);
    if (begin + text_size(&name) < strlen(missing))
        text_add(text, ": '%s' has no child '%s'", parent_path, text_data(&name));
    if (meant != NULL)
        text_add(text, "; did you mean '%.*s%s'?", (int)begin, missing, meant);
    text_done(&name);
}

/* Looks for the nearest node above that exists, and for a child of it with a similar name. */
static enum exit_code explain_missing(struct link *link, const char *path)
{
    char parent[COORD_PATH_MAX];
    enum exit_code code = EXIT_CODE_DONE;
    enum coord_error error = COORD_NO_NODE;
    struct text text;

    text_init(&text);
    text_add(&text, "no node '%s'", path);
    (void)snprintf(parent, sizeof parent, "%s", path);
    while (code == EXIT_CODE_DONE && error == COORD_NO_NODE && strcmp(parent, "/") != 0) {
        struct coord_event answer = {.error = COORD_OK};

        parent[path_parent_size(parent, strlen(parent))] = '\0';
        code =
            link_ask(link, &(struct coord_call){.kind = COORD_CHILDREN, .path = parent}, &answer);
        error = answer.error;
        if (code == EXIT_CODE_DONE && error == COORD_OK)
            add_suggestion(&answer, parent, path, &text);
        coord_event_done(&answer);
    }
    if (code == EXIT_CODE_DONE)
        code = link_complain(link, EXIT_CODE_NOT_FOUND, "%s", text_data(&text));
    text_done(&text);
    return code;
}

static enum exit_code explain_version(struct link *link, const struct coord_call *call)
{
    struct coord_event answer = {.error = COORD_OK};

    enum exit_code code =
        link_ask(link, &(struct coord_call){.kind = COORD_EXISTS, .path = call->path}, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    int32_t version = answer.stat.version;
    bool is_there = answer.error == COORD_OK;
    coord_event_done(&answer);
    if (!is_there)
        return link_complain(link, EXIT_CODE_CONFLICT,
                             "'%s' had not version %" PRId32 ", and is gone now", call->path,
                             call->version);
    return link_complain(link, EXIT_CODE_CONFLICT,
                         "'%s' has version %" PRId32 ", not %" PRId32
                         ": somebody has changed it; look at it again",
                         call->path, version, call->version);
}

/* What is missing is the parent if a node was to be created. */
static enum exit_code explain_absence(struct link *link, const struct coord_call *call)
{
    char parent[COORD_PATH_MAX];

    if (call->kind != COORD_CREATE)
        return explain_missing(link, call->path);
    (void)snprintf(parent, sizeof parent, "%s", call->path);
    parent[path_parent_size(parent, strlen(parent))] = '\0';
    return explain_missing(link, parent);
}

static enum exit_code explain(struct link *link, const struct coord_call *call,
                              enum coord_error error)
{
    if (error == COORD_NO_NODE)
        return explain_absence(link, call);
    if (error == COORD_BAD_VERSION)
        return explain_version(link, call);
    if (error == COORD_NODE_EXISTS)
        return link_complain(link, EXIT_CODE_CONFLICT,
                             "'%s' exists already; 'gale coord set' changes its data", call->path);
    if (error == COORD_NOT_EMPTY)
        return link_complain(link, EXIT_CODE_CONFLICT, "'%s' has children; -r deletes them first",
                             call->path);
    if (error == COORD_NO_CHILDREN_FOR_EPHEMERALS)
        return link_complain(link, EXIT_CODE_FAILED,
                             "the parent of '%s' is ephemeral, and those have no children",
                             call->path);
    return link_complain(link, EXIT_CODE_FAILED, "'%s': %s", call->path, coord_error_text(error));
}

enum exit_code link_do(struct link *link, const struct coord_call *call,
                       struct coord_event *ret_answer)
{
    enum exit_code code = link_ask(link, call, ret_answer);

    if (code != EXIT_CODE_DONE || ret_answer->error == COORD_OK)
        return code;
    enum coord_error error = ret_answer->error;
    coord_event_done(ret_answer);
    return explain(link, call, error);
}
