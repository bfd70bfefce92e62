/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/api/asking.h"
#include "ui/api/gather.h"
#include "ui/api/handlers.h"
#include "ui/read.h"

/*
 * All workers that have the component are asked, each for as many tuples as are wanted in all: which of them has
 * any is not known before. A worker answers when it has seen so many, or after 2 s; so whoever has not been asked after
 * the first second is left out, unless there is nothing yet. Whoever has not answered then is missing: one that hangs
 * does not keep what the others have seen.
 */

enum {
    COUNT = 20,
    COUNT_MAX = 100,
};

#define ASK_WITHIN_NS    1000000000u
#define ANSWER_WITHIN_NS 2700000000u

struct place {
    const char *supervisor; /* of the status */
    uint64_t slot;
    json_t *tuples; /* NULL: it was not asked, or has not answered */
    struct control_fault fault;
    bool was_asked;
};

struct survey {
    const struct handling *handling;
    const char *topology; /* id */
    const char *component;
    bool received;
    uint64_t count; /* wanted */
    uint64_t ask_until_ns;
    uint64_t until_ns;
    atomic_size_t found;
    size_t place_count;
    struct place *places;
};

static void ask(void *context, size_t index)
{
    struct survey *survey = context;
    struct place *place = &survey->places[index];
    const struct backend *backend = survey->handling->backend;
    size_t found = atomic_load(&survey->found);
    uint64_t now_ns = backend->now_ns(backend->context);
    json_t *ok;

    if (found >= survey->count || now_ns > survey->until_ns ||
        (found > 0 && now_ns > survey->ask_until_ns))
        return;
    json_t *args = json_pack("{s:s, s:I, s:s, s:b, s:I}", "topology", survey->topology, "slot",
                             (json_int_t)place->slot, "component", survey->component, "received",
                             survey->received, "count", (json_int_t)survey->count);
    struct backend_question question = {
        .op = "worker.sample", .args = args, .until_ns = survey->until_ns, .is_shared = true};
    place->was_asked = true;
    if (backend->supervisor(backend->context, place->supervisor, &question, &ok, NULL, NULL,
                            &place->fault) == CONTROL_OK) {
        place->tuples = json_incref(json_object_get(ok, "tuples"));
        atomic_fetch_add(&survey->found, json_array_size(place->tuples));
        json_decref(ok);
    }
    json_decref(args);
}

/* A tuple, and where it was seen; false if the place has no more. */
static bool add_tuple(const struct place *place, size_t index, json_t *tuples)
{
    const json_t *tuple = json_array_get(place->tuples, index);

    if (!json_is_object(tuple))
        return false;
    json_t *shown = json_copy((json_t *)tuple);
    asking_put(shown, "supervisor", json_string(place->supervisor));
    asking_put(shown, "slot", json_integer((json_int_t)place->slot));
    (void)json_array_append_new(tuples, shown);
    return true;
}

/* One of each worker in turn, so that none is hidden by those before it. */
static json_t *mix(const struct survey *survey)
{
    json_t *tuples = json_array();
    bool has_more = true;

    for (size_t round = 0; has_more; round++) {
        has_more = false;
        for (size_t i = 0; i < survey->place_count; i++) {
            if (json_array_size(tuples) < survey->count &&
                add_tuple(&survey->places[i], round, tuples))
                has_more = true;
        }
    }
    return tuples;
}

static json_t *list_missing(const struct survey *survey, json_int_t *ret_asked)
{
    json_t *missing = json_array();

    *ret_asked = 0;
    for (size_t i = 0; i < survey->place_count; i++) {
        const struct place *place = &survey->places[i];

        *ret_asked += place->was_asked;
        if (place->was_asked && place->tuples == NULL)
            (void)json_array_append_new(
                missing, json_pack("{s:s, s:I, s:s}", "supervisor", place->supervisor, "slot",
                                   (json_int_t)place->slot, "text", place->fault.text));
    }
    return missing;
}

static bool is_wanted(const char *only, const struct place *place)
{
    char name[ASKING_NAME_MAX + 32];

    (void)snprintf(name, sizeof name, "%.*s:%" PRIu64, ASKING_NAME_MAX, place->supervisor,
                   place->slot);
    return only[0] == '\0' || strcmp(only, name) == 0;
}

static bool is_known(const struct survey *survey, const struct place *place)
{
    for (size_t i = 0; i < survey->place_count; i++)
        if (survey->places[i].slot == place->slot &&
            strcmp(survey->places[i].supervisor, place->supervisor) == 0)
            return true;
    return false;
}

static void add_places(struct survey *survey, const json_t *component, const char *only)
{
    size_t index;
    json_t *item;

    json_array_foreach(read_list(component, "placement"), index, item)
    {
        struct place place = {.supervisor = read_text(item, "supervisor"),
                              .slot = read_count(item, "slot")};
        if (is_wanted(only, &place) && !is_known(survey, &place))
            survey->places[survey->place_count++] = place;
    }
}

/* Whether the component of the graph reads the one whose tuples are wanted. */
static bool is_reader(const struct survey *survey, const json_t *node)
{
    return read_find(read_list(node, "inputs"), "component", survey->component) != NULL;
}

/* A tuple is seen where it is received: what a component emits, by the workers of those that read it. */
static void find_places(struct survey *survey, const json_t *status, const char *only)
{
    const json_t *components = read_list(status, "components");
    const json_t *graph = read_list(json_object_get(status, "graph"), "components");
    size_t most = 0;
    size_t index;
    json_t *item;

    json_array_foreach(components, index, item) most +=
        json_array_size(read_list(item, "placement"));
    survey->places = NEW_ARRAY(struct place, most);
    if (survey->received) {
        add_places(survey, read_find(components, "name", survey->component), only);
        return;
    }
    json_array_foreach(graph, index, item) if (is_reader(survey, item))
        add_places(survey, read_find(components, "name", read_text(item, "name")), only);
}

static void answer(struct survey *survey, struct handling *handling)
{
    json_int_t asked;

    gather(survey->place_count, ask, survey);
    json_t *missing = list_missing(survey, &asked);
    answer_json(handling, json_pack("{s:o, s:I, s:o}", "tuples", mix(survey), "workers_asked",
                                    asked, "missing", missing));
    for (size_t i = 0; i < survey->place_count; i++)
        json_decref(survey->places[i].tuples);
}

static void look(struct survey *survey, struct handling *handling, const json_t *status)
{
    const char *only = request_query(handling->request, "slot", "");
    const json_t *component = read_find(read_list(status, "components"), "name", survey->component);

    survey->topology = read_text(status, "id");
    if (component == NULL) {
        answer_refuse(handling, CONTROL_NOT_FOUND, "topology '%.64s' has no component '%.64s'",
                      read_text(status, "name"), survey->component);
        return;
    }
    find_places(survey, status, only);
    if (survey->place_count == 0 && only[0] != '\0')
        answer_refuse(handling, CONTROL_NOT_FOUND,
                      "nothing that '%.64s' %s is seen on worker '%.160s'", survey->component,
                      survey->received ? "receives" : "emits", only);
    else
        answer(survey, handling);
    free(survey->places);
}

void api_samples(struct handling *handling)
{
    static const char *const known[] = {"component", "received", "count", "slot", NULL};
    const struct backend *backend = handling->backend;
    struct survey survey = {
        .handling = handling,
        .component = request_query(handling->request, "component", ""),
    };
    int64_t count;
    json_t *status;

    if (!asking_check(handling, known) ||
        !request_number(handling, "count", 1, COUNT_MAX, COUNT, &count) ||
        !asking_flag(handling, "received", &survey.received))
        return;
    if (survey.component[0] == '\0') {
        answer_refuse(handling, CONTROL_INVALID, "'component' must say whose tuples are wanted");
        return;
    }
    if (!ask_nimbus(handling, BACKEND_LOOKUP, "topology.status",
                    json_pack("{s:s}", "name", request_param(handling->request, "name")), &status))
        return;
    survey.count = (uint64_t)count;
    uint64_t now_ns = backend->now_ns(backend->context);
    survey.ask_until_ns = now_ns + ASK_WITHIN_NS;
    survey.until_ns = now_ns + ANSWER_WITHIN_NS;
    look(&survey, handling, status);
    json_decref(status);
}
