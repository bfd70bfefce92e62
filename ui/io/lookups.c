/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/lookups.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/monitor.h"

/* One question. It stands in the table until its answer is forgotten, and goes with the last who waits for it. */
struct lookup {
    char *key;
    size_t users;   /* who asks or waits, and the table */
    uint64_t since; /* the table's turn when it was asked */
    bool is_told;
    bool is_old;             /* the figures had gone on before it was told */
    uint64_t until_ns;       /* of one that is told */
    struct lookup_told told; /* text NULL: the fault */
    struct control_fault fault;
};

struct lookups {
    struct monitor monitor; /* of all below */
    uint64_t keep_ns;
    uint64_t tick;                     /* the newest that was told */
    uint64_t turn;                     /* how many there were */
    struct lookup *table[LOOKUPS_MAX]; /* NULL: free */
};

struct lookups *lookups_new(uint64_t keep_ns)
{
    struct lookups *lookups = NEW(struct lookups);

    monitor_init(&lookups->monitor);
    lookups->keep_ns = keep_ns;
    return lookups;
}

static void release(struct lookup *lookup)
{
    if (--lookup->users > 0)
        return;
    free(lookup->told.text);
    free(lookup->told.body);
    free(lookup->key);
    free(lookup);
}

/* A question under way loses its place in the table, not its answer. */
static void drop(struct lookup **place)
{
    struct lookup *lookup = TAKE(*place);

    release(lookup);
}

void lookups_destroy(struct lookups **lookups)
{
    if (*lookups == NULL)
        return;
    lookups_forget(*lookups);
    monitor_done(&(*lookups)->monitor);
    free(*lookups);
    *lookups = NULL;
}

void lookups_forget(struct lookups *lookups)
{
    monitor_enter(&lookups->monitor);
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        if (lookups->table[i] != NULL)
            drop(&lookups->table[i]);
    }
    monitor_leave(&lookups->monitor);
}

/* What is old goes on the way. */
static struct lookup *find(struct lookups *lookups, const char *key, struct lookup ***ret_free)
{
    uint64_t now_ns = clock_now_ns();
    struct lookup *found = NULL;

    *ret_free = NULL;
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        struct lookup **place = &lookups->table[i];

        if (*place != NULL && (*place)->is_told && now_ns >= (*place)->until_ns)
            drop(place);
        if (*place == NULL)
            *ret_free = place;
        else if (strcmp((*place)->key, key) == 0)
            found = *place;
    }
    return found;
}

static bool await(struct lookups *lookups, struct lookup *lookup, uint64_t until_ns)
{
    bool is_late = false;

    lookup->users++;
    while (!lookup->is_told && !is_late)
        is_late = !monitor_wait(&lookups->monitor, until_ns);
    if (lookup->is_told)
        return true;
    release(lookup);
    return false;
}

static void *copy(const void *bytes, size_t size)
{
    void *own = mem_alloc(size);

    memcpy(own, bytes, size);
    return own;
}

/* What was told does not change any more, and is ours to read for as long as we use it. */
static void read_answer(struct lookups *lookups, struct lookup *lookup,
                        struct lookup_answer *ret_answer, struct control_fault *fault)
{
    const struct lookup_told *told = &lookup->told;
    struct control_answer answer;

    *fault = lookup->fault;
    if (told->text != NULL) {
        /* Who asked has read it already. */
        enum err err = control_answer_decode(told->text, strlen(told->text), &answer, NULL);
        ASSERT(err == ERR_OK && answer.ok != NULL);
        *ret_answer = (struct lookup_answer){.ok = json_incref(answer.ok), .size = told->size};
        if (told->body != NULL)
            ret_answer->body = copy(told->body, told->size);
        control_answer_done(&answer);
    }
    monitor_enter(&lookups->monitor);
    release(lookup);
    monitor_leave(&lookups->monitor);
}

static struct lookup *add(struct lookup **place, const char *key, uint64_t turn)
{
    struct lookup *lookup = NEW(struct lookup);

    lookup->since = turn;
    lookup->key = mem_copy_text(key);
    lookup->users = 1;
    if (place != NULL) {
        *place = lookup;
        lookup->users++;
    }
    return lookup;
}

/* One that somebody else has asked, told and not old. NULL: it is late, or there is none, and *ret_free is where a
 * new one may stand. */
static struct lookup *await_current(struct lookups *lookups, const char *key, uint64_t until_ns,
                                    struct lookup ***ret_free, bool *ret_late)
{
    struct lookup *found;

    *ret_late = false;
    while ((found = find(lookups, key, ret_free)) != NULL) {
        *ret_late = !await(lookups, found, until_ns);
        if (*ret_late)
            return NULL;
        if (!found->is_old)
            break;
        release(found);
    }
    return found;
}

enum lookup_verdict lookups_find(struct lookups *lookups, const char *key, uint64_t until_ns,
                                 struct lookup **ret_lookup, struct lookup_answer *ret_answer,
                                 struct control_fault *fault)
{
    struct lookup **place;
    bool is_late;

    monitor_enter(&lookups->monitor);
    struct lookup *found = await_current(lookups, key, until_ns, &place, &is_late);
    if (found == NULL && !is_late)
        *ret_lookup = add(place, key, lookups->turn);
    monitor_leave(&lookups->monitor);
    if (is_late)
        return LOOKUP_LATE;
    if (found == NULL)
        return LOOKUP_TO_ASK;
    read_answer(lookups, found, ret_answer, fault);
    return LOOKUP_KNOWN;
}

static void remove_from(struct lookups *lookups, const struct lookup *lookup)
{
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        if (lookups->table[i] == lookup)
            drop(&lookups->table[i]);
    }
}

/* ---- what is told ---- */

/* What is on its way stays: whether it is old is seen when it comes. */
static void begin_turn(struct lookups *lookups, uint64_t tick)
{
    lookups->tick = tick;
    lookups->turn++;
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        if (lookups->table[i] != NULL && lookups->table[i]->is_told)
            drop(&lookups->table[i]);
    }
}

/* Ticks of a nimbus only grow, so one that is lower though it was asked after the newest was known is another's. */
static bool is_behind(const struct lookups *lookups, const struct lookup *lookup, uint64_t tick)
{
    bool is_earlier = lookup->since != lookups->turn;

    return is_earlier && (tick == 0 || tick < lookups->tick);
}

static void publish(struct lookups *lookups, struct lookup *lookup)
{
    lookup->is_told = true;
    lookup->until_ns = clock_now_ns() + lookups->keep_ns;
    release(lookup);
    monitor_tell(&lookups->monitor);
}

void lookups_tell(struct lookups *lookups, struct lookup *lookup, const struct lookup_told *told)
{
    uint64_t tick = told->tick;

    ASSERT(told->text != NULL);
    monitor_enter(&lookups->monitor);
    lookup->told = *told;
    if (told->body != NULL)
        lookup->told.body = copy(told->body, told->size);
    lookup->is_old = is_behind(lookups, lookup, tick);
    if (lookup->is_old)
        remove_from(lookups, lookup);
    else if (tick != 0 && tick != lookups->tick)
        begin_turn(lookups, tick);
    publish(lookups, lookup);
    monitor_leave(&lookups->monitor);
}

void lookups_fail(struct lookups *lookups, struct lookup *lookup, const struct control_fault *fault)
{
    monitor_enter(&lookups->monitor);
    lookup->fault = *fault;
    remove_from(lookups, lookup);
    publish(lookups, lookup);
    monitor_leave(&lookups->monitor);
}
