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
    size_t users; /* who asks or waits, and the table */
    bool is_told;
    uint64_t until_ns; /* of one that is told */
    char *answer;      /* NULL: the fault */
    struct control_fault fault;
};

struct lookups {
    struct monitor monitor; /* of all below */
    uint64_t keep_ns;
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
    free(lookup->answer);
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

/* What was told does not change any more, and is ours to read for as long as we use it. */
static void read_answer(struct lookups *lookups, struct lookup *lookup, json_t **ret_ok,
                        struct control_fault *fault)
{
    struct control_answer answer;

    *fault = lookup->fault;
    if (lookup->answer != NULL) {
        /* Who asked has read it already. */
        enum err err = control_answer_decode(lookup->answer, strlen(lookup->answer), &answer, NULL);
        ASSERT(err == ERR_OK && answer.ok != NULL);
        *ret_ok = json_incref(answer.ok);
        control_answer_done(&answer);
    }
    monitor_enter(&lookups->monitor);
    release(lookup);
    monitor_leave(&lookups->monitor);
}

static struct lookup *add(struct lookup **place, const char *key)
{
    struct lookup *lookup = NEW(struct lookup);

    lookup->key = mem_copy_text(key);
    lookup->users = 1;
    if (place != NULL) {
        *place = lookup;
        lookup->users++;
    }
    return lookup;
}

enum lookup_verdict lookups_find(struct lookups *lookups, const char *key, uint64_t until_ns,
                                 struct lookup **ret_lookup, json_t **ret_ok,
                                 struct control_fault *fault)
{
    struct lookup **place;
    bool is_told = false;

    monitor_enter(&lookups->monitor);
    struct lookup *found = find(lookups, key, &place);
    if (found != NULL)
        is_told = await(lookups, found, until_ns);
    else
        *ret_lookup = add(place, key);
    monitor_leave(&lookups->monitor);
    if (found == NULL)
        return LOOKUP_TO_ASK;
    if (!is_told)
        return LOOKUP_LATE;
    read_answer(lookups, found, ret_ok, fault);
    return LOOKUP_KNOWN;
}

static void remove_from(struct lookups *lookups, const struct lookup *lookup)
{
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        if (lookups->table[i] == lookup)
            drop(&lookups->table[i]);
    }
}

void lookups_tell(struct lookups *lookups, struct lookup *lookup, char *answer,
                  const struct control_fault *fault)
{
    monitor_enter(&lookups->monitor);
    lookup->is_told = true;
    lookup->until_ns = clock_now_ns() + lookups->keep_ns;
    if (answer != NULL) {
        lookup->answer = answer;
    } else {
        lookup->fault = *fault;
        remove_from(lookups, lookup);
    }
    release(lookup);
    monitor_tell(&lookups->monitor);
    monitor_leave(&lookups->monitor);
}
