/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nimbus that leads: who it is, what it answers, and what it has just answered.
 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/nimbus_state.h"
#include "ui/io/cluster_parts.h"
#include "ui/read.h"

#define ATTEMPT_NS (1000 * NS_PER_MS) /* of a look-up, before it is looked again who leads */
#define PAUSE_NS   (100 * NS_PER_MS)  /* before the same one is asked again */
#define NIMBUS     "nimbus"           /* for ui/peers.h */

/* ---- who leads ---- */

/* A copy; NULL with an error. */
static char *read_leader(const struct view *view, uint64_t until_ns, struct error *error)
{
    struct coord_node node;
    struct leader_state leader;
    char *address = NULL;

    enum err err = cluster_read_node(view, view->owner->leader_path, until_ns, &node, error);
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

static char *find_leader(const struct view *view, uint64_t until_ns, struct error *error)
{
    struct cluster_backend *backend = view->owner;

    monitor_enter(&backend->monitor);
    char *address = backend->leader == NULL ? NULL : mem_copy_text(backend->leader);
    monitor_leave(&backend->monitor);
    if (address != NULL)
        return address;

    address = read_leader(view, until_ns, error);
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

/* One question to the one that led last. True: it is over, with *asked or without. */
static bool try(const struct view *view, enum backend_kind kind,
                const struct backend_question *question, uint64_t until_ns, struct asked *asked,
                struct control_fault *fault)
{
    struct cluster_backend *backend = view->owner;
    struct question sent = {.op = question->op, .args = question->args};
    uint64_t attempt_ns = clock_now_ns() + ATTEMPT_NS;
    struct error error;
    AUTO(mem_free_text) char *address = find_leader(view, until_ns, &error);

    if (address == NULL) {
        (void)cluster_refuse(fault, CONTROL_UNAVAILABLE, &error);
        return error.code != ERR_NOT_FOUND;
    }
    if (kind == BACKEND_CHANGE || attempt_ns > until_ns)
        attempt_ns = until_ns;
    struct links_patience patience = {.until_ns = attempt_ns};
    enum err err = links_ask(backend->links, address, &sent, &patience, asked, &error);
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

enum control_code cluster_give(struct asked *asked, json_t **ret_ok, struct control_fault *fault)
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
    uint64_t began_ns = clock_now_ns();
    uint64_t until_ns = cluster_deadline(view);

    *asked = (struct asked){.reply = {.head = NULL}};
    while (!try(view, kind, question, until_ns, asked, fault)) {
        if (clock_now_ns() + PAUSE_NS >= until_ns ||
            asking_pause(backend->interrupt, clock_now_ns() + PAUSE_NS))
            break;
    }
    if (asked->reply.head == NULL)
        silences_missed(backend->silences, NIMBUS, began_ns, fault);
    else
        silences_heard(backend->silences, NIMBUS);
}

char *cluster_key(const struct backend_question *question)
{
    AUTO(mem_free_text)
    char *args =
        question->args == NULL ? NULL : json_dumps(question->args, JSON_COMPACT | JSON_SORT_KEYS);
    struct text key;

    text_init(&key);
    text_add(&key, "%s %s", question->op, args == NULL ? "" : args);
    return text_take(&key);
}

enum control_code cluster_look_up(const struct view *view, const struct backend_question *question,
                                  json_t **ret_ok, struct control_fault *fault)
{
    struct lookups *lookups = view->owner->lookups;
    AUTO(mem_free_text) char *key = cluster_key(question);
    struct lookup_answer known = {.ok = NULL};
    struct lookup *lookup = NULL;

    switch (lookups_find(lookups, key, cluster_deadline(view), &lookup, &known, fault)) {
    case LOOKUP_KNOWN:
        *ret_ok = known.ok;
        return fault->code; /* OK where there is an answer */
    case LOOKUP_LATE:
        (void)control_refuse(fault, CONTROL_UNAVAILABLE, "nimbus gives no answer");
        return fault->code;
    case LOOKUP_TO_ASK:
        break;
    }
    struct asked asked = {.reply = {.head = NULL}};
    uint64_t began_ns; /* ask_leader() begins a moment later */
    if (cluster_may_ask(view, NIMBUS, &began_ns, fault))
        ask_leader(view, BACKEND_LOOKUP, question, &asked, fault);
    struct lookup_told told = {.text = TAKE(asked.reply.head)};
    enum control_code code = told.text == NULL ? fault->code : cluster_give(&asked, ret_ok, fault);
    ASSERT(told.text != NULL || code != CONTROL_OK);
    if (code == CONTROL_OK) {
        told.tick = read_count(*ret_ok, "tick");
        lookups_tell(lookups, lookup, &told);
    } else {
        mem_free_text(&told.text);
        lookups_fail(lookups, lookup, fault);
    }
    return code;
}

enum control_code cluster_ask_nimbus(void *context, enum backend_kind kind,
                                     const struct backend_question *question, json_t **ret_ok,
                                     struct control_fault *fault)
{
    const struct view *view = context;

    if (kind == BACKEND_LOOKUP)
        return cluster_look_up(view, question, ret_ok, fault);
    struct asked asked;
    ask_leader(view, kind, question, &asked, fault);
    lookups_forget(view->owner->lookups);
    return asked.reply.head == NULL ? fault->code : cluster_give(&asked, ret_ok, fault);
}
