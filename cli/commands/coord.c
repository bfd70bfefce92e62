/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of `gale coord` that ask once and end: ls, get, stat, tree, set, create, rm.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/input.h"
#include "cli/io/interrupt.h"
#include "cli/io/link.h"
#include "cli/io/terminal.h"
#include "cli/io/walk.h"
#include "cli/views/coord_view.h"
#include "coord/protocol/path.h"

enum {
    TREE_DEPTH = 3,
    TREE_DEPTH_MAX = 64,
    TREE_NODES_MAX = 10000,
    DELETED_NODES_MAX = 1000000,
};

/* ---- one answer ---- */

static enum exit_code write_out(struct text *text)
{
    enum exit_code code = terminal_write(text) ? EXIT_CODE_DONE : EXIT_CODE_FAILED;

    text_done(text);
    return code;
}

/* Reads the command line, connects, does it and closes. */
static enum exit_code with_link(const struct options *options,
                                enum exit_code (*act)(struct link *link))
{
    struct link link;

    enum exit_code code = link_init(&link, options);
    if (code == EXIT_CODE_DONE)
        code = link_connect(&link);
    if (code == EXIT_CODE_DONE)
        code = act(&link);
    link_done(&link);
    return code;
}

/* Paths are shown as they are given. */
static const char *own_path(const struct link *link)
{
    return link_show(link, link->path);
}

static bool wants_json(const struct link *link)
{
    return options_has(link->options, OPTION_JSON);
}

/* ---- ls ---- */

/* The stat of each child; one that goes meanwhile is left out. */
static enum exit_code read_children(struct link *link, const struct coord_event *parent,
                                    struct coord_nodes *nodes)
{
    enum exit_code code = EXIT_CODE_DONE;

    nodes->items = NEW_ARRAY(struct coord_node, parent->child_count);
    for (size_t i = 0; i < parent->child_count && code == EXIT_CODE_DONE; i++) {
        struct coord_event answer;
        struct text path;

        text_init(&path);
        text_add(&path, "%s/%s", strcmp(link->path, "/") == 0 ? "" : link->path,
                 parent->children[i]);
        struct coord_call call = {.kind = COORD_EXISTS, .path = text_data(&path)};
        code = link_ask(link, &call, &answer);
        if (code == EXIT_CODE_DONE && answer.error == COORD_OK)
            nodes->items[nodes->count++] =
                (struct coord_node){.name = parent->children[i], .stat = answer.stat};
        if (code == EXIT_CODE_DONE)
            coord_event_done(&answer);
        text_done(&path);
    }
    return code;
}

static enum exit_code list_long(struct link *link, const struct coord_event *answer)
{
    struct coord_nodes nodes = {.is_complete = true};
    struct text text;

    text_init(&text);
    enum exit_code code = read_children(link, answer, &nodes);
    if (wants_json(link))
        coord_view_list_json(own_path(link), &nodes, &text);
    else
        coord_view_list(&nodes, &text);
    free(nodes.items);
    if (code == EXIT_CODE_DONE)
        return write_out(&text);
    text_done(&text);
    return code;
}

static enum exit_code list_names(struct link *link, const struct coord_event *answer)
{
    const char *const *names = (const char *const *)answer->children;
    struct text text;

    text_init(&text);
    if (wants_json(link))
        coord_view_names_json(own_path(link), names, answer->child_count, &text);
    else
        coord_view_names(names, answer->child_count, &text);
    return write_out(&text);
}

static enum exit_code ls(struct link *link)
{
    struct coord_event answer;

    enum exit_code code =
        link_do(link, &(struct coord_call){.kind = COORD_CHILDREN, .path = link->path}, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    code = options_has(link->options, OPTION_LONG) ? list_long(link, &answer)
                                                   : list_names(link, &answer);
    coord_event_done(&answer);
    return code;
}

enum exit_code command_coord_ls(const struct options *options)
{
    return with_link(options, ls);
}

/* ---- get, stat ---- */

static enum exit_code get(struct link *link)
{
    struct coord_event answer;
    struct text text;

    enum exit_code code =
        link_do(link, &(struct coord_call){.kind = COORD_GET, .path = link->path}, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (wants_json(link))
        coord_view_data_json(own_path(link), &answer, &text);
    else
        text_add_bytes(&text, answer.data, answer.size);
    coord_event_done(&answer);
    return write_out(&text);
}

enum exit_code command_coord_get(const struct options *options)
{
    return with_link(options, get);
}

static enum exit_code show_stat(struct link *link)
{
    struct coord_event answer;
    struct text text;

    enum exit_code code =
        link_do(link, &(struct coord_call){.kind = COORD_EXISTS, .path = link->path}, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (wants_json(link))
        coord_view_stat_json(own_path(link), &answer.stat, &text);
    else
        coord_view_stat(&answer.stat, &text);
    coord_event_done(&answer);
    return write_out(&text);
}

enum exit_code command_coord_stat(const struct options *options)
{
    return with_link(options, show_stat);
}

/* ---- tree ---- */

/* As the command line would say them. */
static void show_paths(const struct link *link, struct coord_nodes *nodes)
{
    for (size_t i = 0; i < nodes->count; i++) {
        struct coord_node *node = &nodes->items[i];
        const char *shown = link_show(link, node->path);

        memmove(node->path, shown, strlen(shown) + 1);
        node->name = node->path + path_name_begin(node->path, strlen(node->path));
    }
}

static enum exit_code tree(struct link *link)
{
    int64_t depth_max = TREE_DEPTH;
    struct coord_nodes nodes;
    struct text text;

    enum exit_code code = link_read_number(link, OPTION_DEPTH, 0, TREE_DEPTH_MAX, &depth_max);
    if (code != EXIT_CODE_DONE)
        return code;
    code = walk(link, link->path, (size_t)depth_max, TREE_NODES_MAX, &nodes);
    if (code == EXIT_CODE_DONE) {
        text_init(&text);
        show_paths(link, &nodes);
        if (wants_json(link))
            coord_view_tree_json(&nodes, &text);
        else
            coord_view_tree(&nodes, (size_t)depth_max, &text);
        code = write_out(&text);
    }
    walk_done(&nodes);
    return code;
}

enum exit_code command_coord_tree(const struct options *options)
{
    return with_link(options, tree);
}

/* ---- set, create ---- */

/* From --data or --file; NULL if neither is given. */
static enum exit_code read_data(const struct link *link, char **ret_data, size_t *ret_size)
{
    const char *data = options_value(link->options, OPTION_DATA);
    const char *file = options_value(link->options, OPTION_FILE);
    struct error error;
    enum err err = ERR_OK;

    if (data != NULL && file != NULL)
        return link_complain(link, EXIT_CODE_USAGE, "--data and --file say the same twice");
    if (data != NULL) {
        *ret_data = mem_copy_text(data);
        *ret_size = strlen(data);
    } else if (file != NULL && strcmp(file, "-") == 0) {
        err = input_read(COORD_DATA_MAX_BYTES, ret_data, ret_size, &error);
    } else if (file != NULL) {
        err = file_read(file, COORD_DATA_MAX_BYTES, ret_data, ret_size, &error);
    }
    return err == ERR_OK ? EXIT_CODE_DONE : link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
}

/* A version that is to be met, from --version. */
static enum exit_code read_version(const struct link *link, int32_t *ret_version)
{
    int64_t version = COORD_ANY_VERSION;

    enum exit_code code = link_read_number(link, OPTION_VERSION, 0, INT32_MAX, &version);
    *ret_version = (int32_t)version;
    return code;
}

static enum exit_code read_new_data(const struct link *link, char **ret_data, size_t *ret_size)
{
    struct error error;

    enum exit_code code = read_data(link, ret_data, ret_size);
    if (code != EXIT_CODE_DONE || *ret_data != NULL)
        return code;
    if (terminal_is_tty(stdin))
        return link_complain(link, EXIT_CODE_USAGE,
                             "there are no data: give --data TEXT or --file FILE, or pipe them in");
    if (input_read(COORD_DATA_MAX_BYTES, ret_data, ret_size, &error) != ERR_OK)
        return link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
    return EXIT_CODE_DONE;
}

static enum exit_code send_set(struct link *link, const struct coord_call *call)
{
    struct coord_event answer;
    struct text text;

    enum exit_code code = link_do(link, call, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (wants_json(link))
        coord_view_stat_json(own_path(link), &answer.stat, &text);
    else
        text_add(&text, "%s: version %" PRId32 "\n", own_path(link), answer.stat.version);
    coord_event_done(&answer);
    return write_out(&text);
}

static enum exit_code set(struct link *link)
{
    AUTO(mem_free_text) char *data = NULL;
    struct coord_call call = {.kind = COORD_SET, .path = link->path};

    enum exit_code code = read_version(link, &call.version);
    if (code == EXIT_CODE_DONE)
        code = read_new_data(link, &data, &call.size);
    if (code != EXIT_CODE_DONE)
        return code;
    call.data = data;
    return send_set(link, &call);
}

enum exit_code command_coord_set(const struct options *options)
{
    return with_link(options, set);
}

static enum exit_code read_mode(const struct link *link, enum coord_create_mode *ret_mode)
{
    bool is_ephemeral = options_has(link->options, OPTION_EPHEMERAL);
    bool is_sequential = options_has(link->options, OPTION_SEQUENTIAL);

    if (options_has(link->options, OPTION_CONTAINER)) {
        *ret_mode = COORD_CONTAINER;
        if (is_ephemeral || is_sequential)
            return link_complain(link, EXIT_CODE_USAGE,
                                 "a container is neither ephemeral nor sequential");
    } else if (is_ephemeral) {
        *ret_mode = is_sequential ? COORD_EPHEMERAL_SEQUENTIAL : COORD_EPHEMERAL;
    } else {
        *ret_mode = is_sequential ? COORD_PERSISTENT_SEQUENTIAL : COORD_PERSISTENT;
    }
    return EXIT_CODE_DONE;
}

/* Holds the session, and with it the node. */
static enum exit_code hold(struct link *link, int interrupt)
{
    struct coord_event event;

    while (!interrupt_await(interrupt, coord_fd(link->client))) {
        while (coord_take(link->client, 0, &event)) {
            bool is_over = event.kind == COORD_EXPIRED;

            coord_event_done(&event);
            if (is_over)
                return link_complain(link, EXIT_CODE_UNREACHABLE,
                                     "the session has expired, and the node is gone with it");
        }
    }
    return EXIT_CODE_INTERRUPTED;
}

static enum exit_code send_create(struct link *link, const struct coord_call *call)
{
    struct coord_event answer;
    struct text text;

    enum exit_code code = link_do(link, call, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (wants_json(link))
        coord_view_stat_json(link_show(link, answer.path), &answer.stat, &text);
    else
        text_add(&text, "%s\n", link_show(link, answer.path));
    coord_event_done(&answer);
    return write_out(&text);
}

/* A signal that comes when the node is there must end the session, not the process: so it is
 * waited for before. */
static enum exit_code create_and_hold(struct link *link, const struct coord_call *call)
{
    struct error error;
    int interrupt;

    if (interrupt_open(&interrupt, &error) != ERR_OK)
        return link_complain(link, EXIT_CODE_FAILED, "%s", error.text);
    enum exit_code code = send_create(link, call);
    if (code == EXIT_CODE_DONE)
        code = hold(link, interrupt);
    interrupt_close(interrupt);
    return code;
}

static enum exit_code create(struct link *link)
{
    AUTO(mem_free_text) char *data = NULL;
    struct coord_call call = {.kind = COORD_CREATE, .path = link->path};

    enum exit_code code = read_mode(link, &call.mode);
    if (code == EXIT_CODE_DONE)
        code = read_data(link, &data, &call.size);
    if (code != EXIT_CODE_DONE)
        return code;
    call.data = data;
    return options_has(link->options, OPTION_EPHEMERAL) ? create_and_hold(link, &call)
                                                        : send_create(link, &call);
}

enum exit_code command_coord_create(const struct options *options)
{
    return with_link(options, create);
}

/* ---- rm ---- */

static enum exit_code tell_deleted(struct link *link, size_t count)
{
    struct text text;

    text_init(&text);
    if (wants_json(link))
        coord_view_deleted_json(own_path(link), count, &text);
    return write_out(&text);
}

static enum exit_code delete_one(struct link *link, int32_t version)
{
    struct coord_event answer;
    struct coord_call call = {.kind = COORD_DELETE, .path = link->path, .version = version};

    enum exit_code code = link_do(link, &call, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    coord_event_done(&answer);
    return tell_deleted(link, 1);
}

/* DONE if it may be done. */
static enum exit_code ask_first(struct link *link, const struct coord_nodes *nodes)
{
    struct text question;

    if (nodes->count == 1 || options_has(link->options, OPTION_YES))
        return EXIT_CODE_DONE;
    if (!terminal_is_tty(stdin))
        return link_complain(link, EXIT_CODE_USAGE,
                             "'%s' has %zu nodes below it, and without a terminal nobody can be "
                             "asked: --yes deletes them",
                             own_path(link), nodes->count - 1);
    text_init(&question);
    text_add(&question, "delete '%s' and the %zu nodes below it? [y/N] ", own_path(link),
             nodes->count - 1);
    terminal_say(&question);
    text_done(&question);
    return input_is_yes() ? EXIT_CODE_DONE
                          : link_complain(link, EXIT_CODE_FAILED, "nothing was deleted");
}

/* The deepest first: from the end, for a node stands before all below it. What somebody else has
 * deleted meanwhile is deleted. */
static enum exit_code delete_all(struct link *link, const struct coord_nodes *nodes)
{
    for (size_t i = nodes->count; i-- > 0;) {
        struct coord_call call = {
            .kind = COORD_DELETE, .path = nodes->items[i].path, .version = COORD_ANY_VERSION};
        struct coord_event answer;

        enum exit_code code = link_ask(link, &call, &answer);
        if (code != EXIT_CODE_DONE)
            return code;
        enum coord_error error = answer.error;
        coord_event_done(&answer);
        if (error == COORD_NOT_EMPTY)
            return link_complain(link, EXIT_CODE_CONFLICT,
                                 "'%s' has children that were not seen before: somebody creates "
                                 "them, or we may not read them; %zu of %zu nodes are deleted",
                                 call.path, nodes->count - 1 - i, nodes->count);
        if (error != COORD_OK && error != COORD_NO_NODE)
            return link_complain(link, EXIT_CODE_FAILED, "'%s': %s; %zu of %zu nodes are deleted",
                                 call.path, coord_error_text(error), nodes->count - 1 - i,
                                 nodes->count);
    }
    return EXIT_CODE_DONE;
}

static enum exit_code delete_below(struct link *link)
{
    struct coord_nodes nodes;

    enum exit_code code = walk(link, link->path, WALK_DEPTH_MAX, DELETED_NODES_MAX, &nodes);
    if (code == EXIT_CODE_DONE && !nodes.is_complete)
        code = link_complain(link, EXIT_CODE_FAILED,
                             "'%s' has more than %d nodes below it: delete them in parts",
                             own_path(link), DELETED_NODES_MAX);
    if (code == EXIT_CODE_DONE)
        code = ask_first(link, &nodes);
    if (code == EXIT_CODE_DONE)
        code = delete_all(link, &nodes);
    if (code == EXIT_CODE_DONE)
        code = tell_deleted(link, nodes.count);
    walk_done(&nodes);
    return code;
}

static enum exit_code rm(struct link *link)
{
    int32_t version;

    enum exit_code code = read_version(link, &version);
    if (code != EXIT_CODE_DONE)
        return code;
    if (strcmp(link->path, "/") == 0)
        return link_complain(link, EXIT_CODE_USAGE, "'/' cannot be deleted: it is the root");
    if (!options_has(link->options, OPTION_RECURSIVE))
        return delete_one(link, version);
    if (version != COORD_ANY_VERSION)
        return link_complain(link, EXIT_CODE_USAGE, "--version is for one node, without -r");
    return delete_below(link);
}

enum exit_code command_coord_rm(const struct options *options)
{
    return with_link(options, rm);
}
