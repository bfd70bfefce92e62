/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/places.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/witness.h"

/* ---- Reading ------------------------------------------------------------------------------- */

static uint64_t number_of(const json_t *object, const char *member)
{
    json_int_t number = json_integer_value(json_object_get(object, member));

    return number < 0 ? 0 : (uint64_t)number;
}

/* In these phases there is no process, and so nothing that could be open. */
static bool has_process(const char *phase)
{
    static const char *const without[] = {"fetching", "ended", "backoff", "failed"};

    for (size_t i = 0; i < COUNT_OF(without); i++)
        if (strcmp(phase, without[i]) == 0)
            return false;
    return true;
}

static bool is_whole(const json_t *object, const char *member)
{
    const json_t *value = json_object_get(object, member);

    return json_is_integer(value) && json_integer_value(value) >= 0;
}

bool places_check(const json_t *worker)
{
    return json_is_object(worker) && json_is_string(json_object_get(worker, "topology")) &&
           is_whole(worker, "slot") && json_integer_value(json_object_get(worker, "slot")) < 1024 &&
           is_whole(worker, "incarnation") && json_is_string(json_object_get(worker, "phase"));
}

/* ---- Places -------------------------------------------------------------------------------- */

static void free_place(struct place *place)
{
    json_decref(place->said);
    free(place->supervisor);
}

void places_done(struct places *places)
{
    for (size_t i = 0; i < places->count; i++)
        free_place(&places->items[i]);
    free(places->items);
    *places = (struct places){.items = NULL};
}

static int compare(const struct place *place, const char *supervisor, uint32_t slot)
{
    int order = strcmp(place->supervisor, supervisor);

    if (order != 0)
        return order;
    return place->slot < slot ? -1 : place->slot > slot;
}

/* The first that is not before this place. */
static size_t find_index(const struct places *places, const char *supervisor, uint32_t slot)
{
    size_t begin = 0;
    size_t end = places->count;

    while (begin < end) {
        size_t middle = begin + (end - begin) / 2;
        if (compare(&places->items[middle], supervisor, slot) < 0)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

static struct place *find(const struct places *places, const char *supervisor, uint32_t slot)
{
    size_t index = find_index(places, supervisor, slot);

    if (index == places->count || compare(&places->items[index], supervisor, slot) != 0)
        return NULL;
    return &places->items[index];
}

const struct place *places_find(const struct places *places, const char *supervisor, uint32_t slot)
{
    return find(places, supervisor, slot);
}

/* Room for one more: some worker that is gone leaves. */
static bool make_room(struct places *places)
{
    size_t index = 0;

    if (places->count < PLACES_MAX)
        return true;
    while (index < places->count && places->items[index].is_live)
        index++;
    if (index == places->count)
        return false;
    free_place(&places->items[index]);
    places->count--;
    memmove(&places->items[index], &places->items[index + 1],
            (places->count - index) * sizeof *places->items);
    return true;
}

static struct place *add(struct places *places, const char *supervisor, uint32_t slot)
{
    if (!make_room(places))
        return NULL;
    size_t index = find_index(places, supervisor, slot);
    places->items = mem_resize(places->items, places->count + 1, sizeof *places->items);
    struct place *place = &places->items[index];
    memmove(place + 1, place, (places->count - index) * sizeof *place);
    places->count++;
    *place = (struct place){.supervisor = mem_copy_text(supervisor), .slot = slot};
    return place;
}

void places_begin(struct places *places, const char *supervisor)
{
    for (size_t i = find_index(places, supervisor, 0);
         i < places->count && strcmp(places->items[i].supervisor, supervisor) == 0; i++)
        places->items[i].is_live = false;
}

static bool is_on_request(const json_t *said)
{
    const char *last_exit = json_string_value(json_object_get(said, "last_exit"));
    size_t size = last_exit == NULL ? 0 : strlen(last_exit);
    size_t end = strlen(WITNESS_ON_REQUEST);

    return size >= end && strcmp(last_exit + size - end, WITNESS_ON_REQUEST) == 0;
}

/* A supervisor counts from 0 for each assignment, so fewer than before are none. One that somebody has asked
 * for is a restart, but no sign of a crash loop. */
static void note_restarts(struct places *places, struct place *place, const json_t *said,
                          uint64_t now_ns)
{
    uint64_t restarts = number_of(said, "restarts");
    uint64_t before = place->said == NULL ? restarts : number_of(place->said, "restarts");

    bool is_trouble = !is_on_request(said);

    for (uint64_t i = before; is_trouble && i < restarts && i < before + PLACES_RESTARTS; i++) {
        memmove(place->restarted_ns, place->restarted_ns + 1,
                (PLACES_RESTARTS - 1) * sizeof *place->restarted_ns);
        place->restarted_ns[PLACES_RESTARTS - 1] = now_ns;
    }
    places->restarts += restarts > before ? restarts - before : 0;
}

uint32_t place_restarts(const struct place *place, uint64_t after_ns)
{
    uint32_t count = 0;

    for (size_t i = 0; i < PLACES_RESTARTS; i++)
        count += place->restarted_ns[i] > after_ns;
    return count;
}

void places_put(struct places *places, const char *supervisor, json_t *said, uint64_t now_ns)
{
    uint32_t slot = (uint32_t)number_of(said, "slot");
    const char *phase = json_string_value(json_object_get(said, "phase"));
    struct place *place = find(places, supervisor, slot);

    if (place == NULL)
        place = add(places, supervisor, slot);
    if (place == NULL)
        return; /* more places than an assignment can have */
    note_restarts(places, place, said, now_ns);
    json_decref(place->said);
    place->said = json_incref(said);
    place->incarnation = number_of(said, "incarnation");
    place->is_live = true;
    place->is_ended = json_is_true(json_object_get(said, "ended")) || strcmp(phase, "ended") == 0;
    place->has_process = has_process(phase);
    place->is_drained = json_is_true(json_object_get(said, "drained")) || !place->has_process;
    place->reported_ns = now_ns;
}
