/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOOP_WORDS "crash loop" /* what a supervisor puts before the last exit of one that loops */

/* ---- Places -------------------------------------------------------------------------------- */

void witness_done(struct witness *witness)
{
    for (size_t i = 0; i < witness->count; i++)
        free(witness->places[i].supervisor);
    free(witness->places);
    *witness = (struct witness){.places = NULL};
}

static int compare(const struct witness_place *place, const char *supervisor, uint32_t slot)
{
    int order = strcmp(place->supervisor, supervisor);

    if (order != 0)
        return order;
    return place->slot < slot ? -1 : place->slot > slot;
}

/* The first that is not before this place. */
static size_t find_index(const struct witness *witness, const char *supervisor, uint32_t slot)
{
    size_t begin = 0;
    size_t end = witness->count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare(&witness->places[middle], supervisor, slot) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static bool is_at(const struct witness *witness, size_t index, const char *supervisor,
                  uint32_t slot)
{
    return index < witness->count && compare(&witness->places[index], supervisor, slot) == 0;
}

const struct witness_place *witness_find(const struct witness *witness, const char *supervisor,
                                         uint32_t slot)
{
    size_t index = find_index(witness, supervisor, slot);

    return is_at(witness, index, supervisor, slot) ? &witness->places[index] : NULL;
}

static struct witness_place *find_or_add(struct witness *witness, const char *supervisor,
                                         uint32_t slot)
{
    size_t index = find_index(witness, supervisor, slot);

    if (is_at(witness, index, supervisor, slot))
        return &witness->places[index];
    if (witness->count == WITNESS_PLACES_MAX)
        return NULL;
    if (witness->count == witness->capacity) {
        witness->capacity = witness->capacity == 0 ? 8 : 2 * witness->capacity;
        witness->places = mem_resize(witness->places, witness->capacity, sizeof witness->places[0]);
    }
    struct witness_place *place = &witness->places[index];
    memmove(place + 1, place, (witness->count - index) * sizeof *place);
    witness->count++;
    *place = (struct witness_place){.supervisor = mem_copy_text(supervisor), .slot = slot};
    return place;
}

static void drop(struct witness *witness, size_t index)
{
    free(witness->places[index].supervisor);
    witness->untold -= witness->places[index].untold;
    witness->count--;
    memmove(&witness->places[index], &witness->places[index + 1],
            (witness->count - index) * sizeof witness->places[0]);
}

/* ---- What a worker says -------------------------------------------------------------------- */

/* A member of a report, as far as it is of use here. */
struct words {
    uint32_t slot;
    uint64_t incarnation;
    uint64_t restarts;
    int64_t pid;
    bool is_up;      /* there is a process */
    bool is_down;    /* there was one, and it failed; or it could not be started */
    bool is_lasting; /* it is no use to start it again */
    bool has_ended;
    const char *last_exit; /* "" if there is none */
};

static uint64_t number_of(const json_t *object, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(object, member));

    return number < 0 ? 0 : (uint64_t)number;
}

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static struct words read_words(const json_t *said)
{
    static const char *const up[] = {"starting", "opening", "linking", "running", "stopping"};
    static const char *const down[] = {"backoff", "failed"};
    const char *phase = json_string_value(json_object_get(said, "phase"));
    const char *last_exit = json_string_value(json_object_get(said, "last_exit"));

    return (struct words){
        .slot = (uint32_t)number_of(said, "slot"),
        .incarnation = number_of(said, "incarnation"),
        .restarts = number_of(said, "restarts"),
        .pid = (int64_t)number_of(said, "pid"),
        .is_up = is_one_of(phase, up, COUNT_OF(up)),
        .is_down = is_one_of(phase, down, COUNT_OF(down)),
        .is_lasting = strcmp(phase, "failed") == 0,
        .has_ended = json_is_true(json_object_get(said, "ended")) || strcmp(phase, "ended") == 0,
        .last_exit = last_exit == NULL ? "" : last_exit,
    };
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static bool is_looping(const struct words *words)
{
    return strncmp(words->last_exit, LOOP_WORDS, strlen(LOOP_WORDS)) == 0;
}

/* ---- News ---------------------------------------------------------------------------------- */

struct telling {
    struct witness *witness;
    struct witness_news *news;
    size_t count;
};

static struct witness_news *tell(struct telling *telling, enum events_kind kind,
                                 const struct words *words)
{
    struct witness_news *news = &telling->news[telling->count++];

    *news = (struct witness_news){
        .kind = kind,
        .incarnation = words->incarnation,
        .pid = words->pid,
        .count = 1,
        .restarts = words->restarts,
    };
    (void)snprintf(news->why, sizeof news->why, "%s", words->last_exit);
    return news;
}

/* In a loop it is counted, and told if that was not done lately. */
static void fail_it(struct telling *telling, struct witness_place *place, const struct words *words,
                    uint64_t now_ms)
{
    uint64_t count = 1;

    if (words->last_exit[0] == '\0' || ends_with(words->last_exit, WITNESS_ON_REQUEST))
        return;
    if (!is_looping(words)) {
        place->told_ms = 0;
    } else if (place->told_ms != 0 && now_ms - place->told_ms < WITNESS_QUIET_MS) {
        place->untold++;
        telling->witness->untold++;
        return;
    } else {
        place->told_ms = now_ms == 0 ? 1 : now_ms;
    }
    count += place->untold;
    telling->witness->untold -= place->untold;
    place->untold = 0;
    struct witness_news *news = tell(telling, EVENTS_WORKER_FAILED, words);
    news->count = count;
    news->pid = 0;
    news->severity = is_looping(words) || words->is_lasting ? EVENTS_TROUBLE : EVENTS_WATCH;
}

static void start_it(struct telling *telling, struct witness_place *place,
                     const struct words *words)
{
    bool is_again = words->restarts > 0 && words->last_exit[0] != '\0';

    place->has_started = true;
    if (is_again && is_looping(words) && !ends_with(words->last_exit, WITNESS_ON_REQUEST))
        return;
    (void)tell(telling, is_again ? EVENTS_WORKER_RESTARTED : EVENTS_WORKER_STARTED, words);
}

/* Another process than before, or the first: what was told of the one before says nothing of it. */
static void turn_to(struct witness_place *place, uint64_t incarnation)
{
    place->incarnation = incarnation;
    place->has_started = false;
    place->has_failed = false;
    place->has_ended = false;
}

static void compare_words(struct telling *telling, struct witness_place *place,
                          const struct words *words, uint64_t now_ms)
{
    if (words->incarnation != place->incarnation) {
        /* The report with its end did not come, or was never written: it was started again at once. */
        if (place->has_started && !place->has_failed && words->restarts > 0) {
            struct words before = *words;
            before.incarnation = place->incarnation;
            fail_it(telling, place, &before, now_ms);
        }
        turn_to(place, words->incarnation);
    }
    if (words->is_down && !place->has_failed) {
        place->has_failed = true;
        fail_it(telling, place, words, now_ms);
    }
    if (words->is_up && !place->has_started)
        start_it(telling, place, words);
    if (words->has_ended && !place->has_ended) {
        place->has_ended = true;
        (void)tell(telling, EVENTS_WORKER_ENDED, words);
    }
}

static void learn(struct witness_place *place, const struct words *words)
{
    turn_to(place, words->incarnation);
    place->has_started = words->is_up || words->has_ended;
    place->has_failed = words->is_down;
    place->has_ended = words->has_ended;
}

void witness_begin(struct witness *witness, const char *supervisor)
{
    for (size_t i = find_index(witness, supervisor, 0);
         i < witness->count && strcmp(witness->places[i].supervisor, supervisor) == 0; i++)
        witness->places[i].is_seen = false;
}

size_t witness_take(struct witness *witness, const char *supervisor, const json_t *said,
                    uint64_t now_ms, enum witness_mode mode,
                    struct witness_news ret_news[WITNESS_NEWS_MAX])
{
    struct words words = read_words(said);
    struct telling telling = {.witness = witness, .news = ret_news};
    struct witness_place *place = find_or_add(witness, supervisor, words.slot);

    if (place == NULL)
        return 0;
    if (mode == WITNESS_LEARNS)
        learn(place, &words);
    else
        compare_words(&telling, place, &words, now_ms);
    place->is_seen = true;
    place->has_process = words.is_up;
    place->pid = words.pid;
    (void)snprintf(place->last_exit, sizeof place->last_exit, "%s", words.last_exit);
    return telling.count;
}

bool witness_next_missing(struct witness *witness, const char *supervisor, uint32_t *ret_slot,
                          bool *ret_had_process)
{
    for (size_t i = find_index(witness, supervisor, 0);
         i < witness->count && strcmp(witness->places[i].supervisor, supervisor) == 0; i++) {
        if (witness->places[i].is_seen)
            continue;
        *ret_slot = witness->places[i].slot;
        *ret_had_process = witness->places[i].has_process;
        drop(witness, i);
        return true;
    }
    return false;
}

bool witness_next_due(struct witness *witness, uint64_t now_ms,
                      const struct witness_place **ret_place, struct witness_news *ret_news)
{
    for (size_t i = 0; witness->untold > 0 && i < witness->count; i++) {
        struct witness_place *place = &witness->places[i];
        if (place->untold == 0 || now_ms - place->told_ms < WITNESS_QUIET_MS)
            continue;
        *ret_news = (struct witness_news){
            .kind = EVENTS_WORKER_FAILED,
            .severity = EVENTS_TROUBLE,
            .incarnation = place->incarnation,
            .count = place->untold,
        };
        (void)snprintf(ret_news->why, sizeof ret_news->why, "%s", place->last_exit);
        witness->untold -= place->untold;
        place->untold = 0;
        place->told_ms = now_ms;
        *ret_place = place;
        return true;
    }
    return false;
}
