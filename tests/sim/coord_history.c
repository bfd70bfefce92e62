/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_history.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    SUFFIX_SIZE = 10, /* of a sequential node */
};

void coord_history_init(struct coord_history *history, struct coord_trace *trace)
{
    *history = (struct coord_history){.trace = trace};
}

void coord_history_done(struct coord_history *history)
{
    idmap_done(&history->writes);
    free(history->ops);
    free(history->numbers);
}

/* ---- writing down ---- */

static void copy_text(char to[COORD_HISTORY_TEXT_MAX], const char *text, size_t size)
{
    (void)snprintf(to, COORD_HISTORY_TEXT_MAX, "%.*s", (int)size, text == NULL ? "" : text);
}

struct coord_history_mark coord_history_begin(const struct coord_history *history)
{
    return (struct coord_history_mark){
        .step = history->trace->step,
        .zxid = history->told_zxid,
    };
}

static bool is_write(enum coord_call_kind kind)
{
    return kind == COORD_CREATE || kind == COORD_SET || kind == COORD_DELETE || kind == COORD_MULTI;
}

/* A multi of checks alone changes nothing. */
static bool has_changed(const struct coord_call *call, const struct coord_event *event)
{
    if (event->error != COORD_OK || !is_write(call->kind))
        return false;
    for (size_t i = 0; i < call->part_count; i++) {
        if (call->parts[i].kind != COORD_CHECK)
            return true;
    }
    return call->kind != COORD_MULTI;
}

static void check_time(struct coord_history *history, const struct coord_call *call,
                       const struct coord_history_mark *mark,
                       const struct coord_history_answer *answer)
{
    bool changes = has_changed(call, answer->event);

    if (answer->zxid < mark->zxid || (changes && answer->zxid == mark->zxid))
        coord_trace_complain(history->trace,
                             "client %" PRIu32 " is answered at zxid %" PRId64
                             " and had asked after %" PRId64,
                             answer->client, answer->zxid, mark->zxid);
    if (changes && idmap_find(&history->writes, (uint64_t)answer->zxid) != NULL)
        coord_trace_complain(history->trace, "client %" PRIu32 " shares zxid %" PRId64,
                             answer->client, answer->zxid);
    if (changes)
        idmap_put(&history->writes, (uint64_t)answer->zxid, answer->client);
    if (answer->zxid > history->told_zxid)
        history->told_zxid = answer->zxid;
}

static bool is_register(const char *path)
{
    static const char prefix[] = COORD_HISTORY_REGISTERS;

    return path != NULL && strncmp(path, prefix, sizeof prefix - 1) == 0;
}

static struct coord_history_op *add_op(struct coord_history *history, const struct coord_call *call,
                                       const struct coord_history_mark *mark)
{
    if (history->op_count == history->op_capacity) {
        history->op_capacity = history->op_capacity == 0 ? 64 : 2 * history->op_capacity;
        history->ops = mem_resize(history->ops, history->op_capacity, sizeof *history->ops);
    }
    struct coord_history_op *op = &history->ops[history->op_count++];
    *op = (struct coord_history_op){
        .kind = call->kind,
        .version = call->version,
        .begin = mark->step,
        .end = history->trace->step,
    };
    copy_text(op->path, call->path, strlen(call->path));
    copy_text(op->value, call->data, call->size);
    return op;
}

static void add_number(struct coord_history *history, const char *path, int64_t zxid)
{
    size_t size = strlen(path);
    const char *slash = strrchr(path, '/');

    if (size < SUFFIX_SIZE || slash == NULL || path + size - SUFFIX_SIZE <= slash)
        return;
    if (history->number_count == history->number_capacity) {
        history->number_capacity =
            history->number_capacity == 0 ? 64 : 2 * history->number_capacity;
        history->numbers =
            mem_resize(history->numbers, history->number_capacity, sizeof *history->numbers);
    }
    struct coord_history_number *number = &history->numbers[history->number_count++];
    *number = (struct coord_history_number){
        .number = (int32_t)strtol(path + size - SUFFIX_SIZE, NULL, 10),
        .zxid = zxid,
    };
    copy_text(number->parent, path, (size_t)(slash - path));
}

static bool is_sequential(const struct coord_call *call)
{
    return call->kind == COORD_CREATE &&
           (call->mode == COORD_PERSISTENT_SEQUENTIAL || call->mode == COORD_EPHEMERAL_SEQUENTIAL);
}

static void add_numbers(struct coord_history *history, const struct coord_call *call,
                        const struct coord_history_answer *answer)
{
    const struct coord_event *event = answer->event;

    if (event->error != COORD_OK)
        return;
    if (is_sequential(call))
        add_number(history, event->path, answer->zxid);
    for (size_t i = 0; i < call->part_count; i++) {
        if (is_sequential(&call->parts[i]))
            add_number(history, event->part_paths[i], answer->zxid);
    }
}

void coord_history_end(struct coord_history *history, const struct coord_call *call,
                       const struct coord_history_mark *mark,
                       const struct coord_history_answer *answer)
{
    const struct coord_event *event = answer->event;

    history->answered++;
    check_time(history, call, mark, answer);
    add_numbers(history, call, answer);
    if (!is_register(call->path) || event->error == COORD_NOT_READ_ONLY)
        return;
    struct coord_history_op *op = add_op(history, call, mark);
    op->error = event->error;
    op->zxid = answer->zxid;
    op->stat = event->stat;
    if (call->kind == COORD_GET)
        copy_text(op->value, event->data, event->size);
}

void coord_history_lose(struct coord_history *history, const struct coord_call *call,
                        const struct coord_history_mark *mark)
{
    history->lost++;
    if (is_register(call->path) && is_write(call->kind))
        add_op(history, call, mark)->error = COORD_CONNECTION_LOSS;
}

/* ---- one node, in the order of places ---- */

/* The node as the operations so far have left it. */
struct state {
    bool exists;
    int64_t changed; /* the last change that is known */
    struct message_stat stat;
    char value[COORD_HISTORY_TEXT_MAX];
};

struct walk {
    struct coord_history *history;
    struct coord_history_op *ops; /* of one node; the lost ones last */
    size_t known;
    size_t count;
    struct state state;
};

static void complain(struct walk *walk, const struct coord_history_op *op, const char *what)
{
    coord_trace_complain(
        walk->history->trace,
        "%s: %s (kind %d, error %d, '%s' at zxid %" PRId64 "; was %s '%s' since %" PRId64 ")",
        op->path, what, (int)op->kind, (int)op->error, op->value, op->zxid,
        walk->state.exists ? "there," : "not there,", walk->state.value, walk->state.changed);
}

/* Whether a write of that kind was lost that may have been done before the operation ended. */
static bool may_have_been(const struct walk *walk, enum coord_call_kind kind,
                          const struct coord_history_op *before)
{
    for (size_t i = walk->known; i < walk->count; i++) {
        if (walk->ops[i].kind == kind && walk->ops[i].begin <= before->end)
            return true;
    }
    return false;
}

static bool writes_were_lost(const struct walk *walk, const struct coord_history_op *before)
{
    return may_have_been(walk, COORD_CREATE, before) || may_have_been(walk, COORD_SET, before);
}

/* Somebody has read what a lost write has written. */
static bool find_lost(struct walk *walk, const struct coord_history_op *read)
{
    for (size_t i = walk->known; i < walk->count; i++) {
        struct coord_history_op *lost = &walk->ops[i];
        if (lost->kind == COORD_DELETE || lost->was_found || lost->begin > read->end ||
            strcmp(lost->value, read->value) != 0)
            continue;
        lost->was_found = true;
        return true;
    }
    return false;
}

static void set_state(struct walk *walk, const struct coord_history_op *op, int64_t changed)
{
    walk->state.exists = true;
    walk->state.changed = changed;
    walk->state.stat = op->stat;
    memcpy(walk->state.value, op->value, sizeof walk->state.value);
}

static void take_create(struct walk *walk, const struct coord_history_op *op)
{
    if (walk->state.exists && !may_have_been(walk, COORD_DELETE, op))
        complain(walk, op, "made, but it was there");
    if (op->stat.czxid != op->zxid || op->stat.version != 0)
        complain(walk, op, "made in another place than told");
    set_state(walk, op, op->zxid);
}

static void take_set(struct walk *walk, const struct coord_history_op *op)
{
    const struct state *state = &walk->state;
    bool is_same = state->exists && state->stat.czxid == op->stat.czxid;

    if (!is_same && !may_have_been(walk, COORD_CREATE, op))
        complain(walk, op, "set, but it was not there");
    if (is_same && op->stat.version <= state->stat.version)
        complain(walk, op, "set, and the version did not grow");
    if (is_same && op->stat.version > state->stat.version + 1 &&
        !may_have_been(walk, COORD_SET, op))
        complain(walk, op, "set, and the version has a gap");
    if (op->version != COORD_ANY_VERSION && op->stat.version != op->version + 1)
        complain(walk, op, "set, though it had another version");
    if (op->stat.mzxid != op->zxid)
        complain(walk, op, "set in another place than told");
    set_state(walk, op, op->zxid);
}

static void take_delete(struct walk *walk, const struct coord_history_op *op)
{
    if (!walk->state.exists && !may_have_been(walk, COORD_CREATE, op))
        complain(walk, op, "deleted, but it was not there");
    walk->state.exists = false;
    walk->state.changed = op->zxid;
}

static void take_read(struct walk *walk, struct coord_history_op *op)
{
    const struct state *state = &walk->state;

    if (op->stat.mzxid > op->zxid)
        complain(walk, op, "read before it was written");
    if (state->exists && op->stat.mzxid == state->changed) {
        if (op->kind == COORD_GET && state->value[0] != '\0' &&
            strcmp(op->value, state->value) != 0)
            complain(walk, op, "read, and it is not what was written");
        if (op->stat.version != state->stat.version || op->stat.czxid != state->stat.czxid)
            complain(walk, op, "read, and the versions are others");
        if (op->kind == COORD_GET)
            memcpy(walk->state.value, op->value, sizeof op->value);
        return;
    }
    if (op->stat.mzxid <= state->changed)
        complain(walk, op, "read, and it is old");
    if (op->kind == COORD_GET ? !find_lost(walk, op) : !writes_were_lost(walk, op))
        complain(walk, op, "read, and nobody wrote it");
    set_state(walk, op, op->stat.mzxid);
}

static void take_absence(struct walk *walk, const struct coord_history_op *op)
{
    if (walk->state.exists && !may_have_been(walk, COORD_DELETE, op))
        complain(walk, op, "not found, but it is there");
    walk->state.exists = false;
    walk->state.changed = op->zxid;
}

static void take_refusal(struct walk *walk, const struct coord_history_op *op)
{
    const struct state *state = &walk->state;

    if (op->error == COORD_NO_NODE && op->kind != COORD_CREATE)
        take_absence(walk, op);
    if (op->error == COORD_NODE_EXISTS && !state->exists && !may_have_been(walk, COORD_CREATE, op))
        complain(walk, op, "refused as if it was there");
    if (op->error == COORD_BAD_VERSION && state->exists && state->stat.version == op->version &&
        !writes_were_lost(walk, op))
        complain(walk, op, "refused though the version was right");
}

static void take(struct walk *walk, struct coord_history_op *op)
{
    if (op->error != COORD_OK)
        take_refusal(walk, op);
    else if (op->kind == COORD_CREATE)
        take_create(walk, op);
    else if (op->kind == COORD_SET)
        take_set(walk, op);
    else if (op->kind == COORD_DELETE)
        take_delete(walk, op);
    else if (op->kind == COORD_GET || op->kind == COORD_EXISTS)
        take_read(walk, op);
}

/* ---- all ---- */

/* A good write is the first at its place; the lost have none and come last. */
static int rank(const struct coord_history_op *op)
{
    if (op->error == COORD_CONNECTION_LOSS)
        return 2;
    return op->error == COORD_OK && is_write(op->kind) ? 0 : 1;
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

/* By node, then by place. */
static int compare_ops(const void *left, const void *right)
{
    const struct coord_history_op *a = left;
    const struct coord_history_op *b = right;
    int order = strcmp(a->path, b->path);

    if (order == 0)
        order = compare_numbers(rank(a) == 2, rank(b) == 2);
    if (order == 0)
        order = compare_numbers(a->zxid, b->zxid);
    if (order == 0)
        order = compare_numbers(rank(a), rank(b));
    return order != 0 ? order : compare_numbers((int64_t)a->begin, (int64_t)b->begin);
}

static void check_node(struct coord_history *history, struct coord_history_op *ops, size_t count)
{
    struct walk walk = {.history = history, .ops = ops, .count = count};

    while (walk.known < count && rank(&ops[walk.known]) != 2)
        walk.known++;
    for (size_t i = 0; i < walk.known; i++)
        take(&walk, &ops[i]);
}

static void check_nodes(struct coord_history *history)
{
    size_t end;

    if (history->op_count > 0)
        qsort(history->ops, history->op_count, sizeof *history->ops, compare_ops);
    for (size_t begin = 0; begin < history->op_count; begin = end) {
        end = begin + 1;
        while (end < history->op_count &&
               strcmp(history->ops[begin].path, history->ops[end].path) == 0)
            end++;
        check_node(history, &history->ops[begin], end - begin);
    }
}

static int compare_sequence(const void *left, const void *right)
{
    const struct coord_history_number *a = left;
    const struct coord_history_number *b = right;
    int order = strcmp(a->parent, b->parent);

    if (order == 0)
        order = compare_numbers(a->zxid, b->zxid);
    return order != 0 ? order : compare_numbers(a->number, b->number);
}

static void check_sequences(struct coord_history *history)
{
    if (history->number_count > 0)
        qsort(history->numbers, history->number_count, sizeof *history->numbers, compare_sequence);
    for (size_t i = 1; i < history->number_count; i++) {
        const struct coord_history_number *before = &history->numbers[i - 1];
        const struct coord_history_number *after = &history->numbers[i];
        if (strcmp(before->parent, after->parent) == 0 && after->number <= before->number)
            coord_trace_complain(
                history->trace,
                "'%s' gave number %" PRId32 " at zxid %" PRId64 " and %" PRId32 " at %" PRId64,
                before->parent, before->number, before->zxid, after->number, after->zxid);
    }
}

void coord_history_check(struct coord_history *history)
{
    check_nodes(history);
    check_sequences(history);
}
