/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worlds that change at random, step by step, and after each step the scheduler's promises, checked
 * in the plainest way there is. Supervisors have a number in the world that stays theirs while they
 * come and go; the scheduler sees those that are there, numbered anew each time.
 */
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "nimbus/schedule/scheduler.h"
#include "tests/support/suite.h"

enum {
    SUPERVISORS = 6,
    SLOTS_MAX = 4,
    TOPOLOGIES = 7,
    COMPONENTS_MAX = 3,
    EXECUTORS_MAX = 6, /* of a component */
    PLACES_MAX = COMPONENTS_MAX * EXECUTORS_MAX,
    STEPS = 30,
};

/* What a world has beside slots and executors. */
enum flavour {
    PLAIN,     /* nothing: the strongest promises hold */
    LABELED,   /* labels, and supervisors that are leaving */
    DEMANDING, /* and CPU and memory, and topologies that are fixed */
    ISOLATING, /* and machines of their own */
    FLAVOURS,
};

static const char *const labels[] = {"x", "y"};
static const struct {
    const char *const *first;
    size_t count;
} label_sets[] = {{labels, 0}, {labels, 0}, {labels, 1}, {labels + 1, 1}, {labels, 2}};

struct host {
    struct scheduler_supervisor it;
    bool is_there;
};

struct app {
    struct scheduler_topology it;
    struct scheduler_component components[COMPONENTS_MAX];
    struct scheduler_place places[PLACES_MAX]; /* by the world's numbers */
    bool is_there;
};

struct world {
    struct rng rng;
    enum flavour flavour;
    struct host hosts[SUPERVISORS];
    struct app apps[TOPOLOGIES];
};

/* What the scheduler sees of it. */
struct view {
    struct scheduler_cluster cluster;
    struct scheduler_supervisor supervisors[SUPERVISORS];
    uint32_t host_of[SUPERVISORS];
    uint32_t seen_as[SUPERVISORS];
    struct scheduler_topology topologies[TOPOLOGIES];
    struct app *app_of[TOPOLOGIES];
    struct scheduler_place places[TOPOLOGIES][PLACES_MAX];
    struct scheduler_result *results;
};

/* ---- worlds ---- */

static void dress(struct world *world, size_t *ret_count, const char *const **ret_labels)
{
    uint32_t set = world->flavour >= LABELED ? rng_below(&world->rng, COUNT_OF(label_sets)) : 0;

    *ret_count = label_sets[set].count;
    *ret_labels = label_sets[set].first;
}

static void start_host(struct world *world, struct host *host)
{
    static const char *const names[SUPERVISORS] = {"s0", "s1", "s2", "s3", "s4", "s5"};

    host->is_there = true;
    host->it = (struct scheduler_supervisor){.id = names[host - world->hosts],
                                             .slots = rng_below(&world->rng, SLOTS_MAX + 1),
                                             .cores = 1};
    dress(world, &host->it.label_count, &host->it.labels);
    if (world->flavour >= LABELED)
        host->it.is_leaving = rng_below(&world->rng, 8) == 0;
    if (world->flavour >= DEMANDING) {
        host->it.cpu_percent = 100 * rng_below(&world->rng, 5);
        host->it.memory_mb = 100 * rng_below(&world->rng, 5);
    }
}

static struct scheduler_component new_component(struct world *world)
{
    struct scheduler_component component = {.name = "part",
                                            .executors = 1 + rng_below(&world->rng, EXECUTORS_MAX)};

    dress(world, &component.label_count, &component.labels);
    if (world->flavour >= DEMANDING && rng_below(&world->rng, 2) == 0) {
        component.cpu_percent = 30 * rng_below(&world->rng, 4);
        component.memory_mb = 30 * rng_below(&world->rng, 4);
    }
    return component;
}

static void submit(struct world *world, struct app *app)
{
    *app = (struct app){.is_there = true};
    app->it = (struct scheduler_topology){
        .id = "app",
        .workers = 1 + rng_below(&world->rng, 6),
        .component_count = 1 + rng_below(&world->rng, COMPONENTS_MAX),
    };
    for (size_t i = 0; i < app->it.component_count; i++) {
        app->components[i] = new_component(world);
        app->it.executor_count += app->components[i].executors;
    }
    for (size_t i = 0; i < PLACES_MAX; i++)
        app->places[i].supervisor = SCHEDULER_NOWHERE;
    if (world->flavour >= ISOLATING && rng_below(&world->rng, 4) == 0)
        app->it.isolate_machines = 1 + rng_below(&world->rng, 2);
}

/* Its last executors take over from the others, at their places, or have been others'. */
static void recut(struct world *world, struct app *app)
{
    struct scheduler_component *last = &app->components[app->it.component_count - 1];
    size_t before = app->it.executor_count;

    app->it.executor_count -= last->executors;
    last->executors = 1 + rng_below(&world->rng, EXECUTORS_MAX);
    app->it.executor_count += last->executors;
    for (size_t i = before; i < app->it.executor_count; i++)
        app->places[i] = app->places[rng_below(&world->rng, (uint32_t)before)];
}

static void change_app(struct world *world, struct app *app)
{
    if (!app->is_there) {
        submit(world, app);
        return;
    }
    uint32_t what = rng_below(&world->rng, 6);
    if (what == 0)
        app->is_there = false;
    else if (what == 1 && world->flavour >= DEMANDING)
        app->it.is_fixed = !app->it.is_fixed;
    else if (what <= 3 && !app->it.is_fixed)
        recut(world, app);
    else
        app->it.workers = 1 + rng_below(&world->rng, 6);
}

static void change(struct world *world)
{
    if (rng_below(&world->rng, 3) > 0) {
        change_app(world, &world->apps[rng_below(&world->rng, TOPOLOGIES)]);
        return;
    }
    struct host *host = &world->hosts[rng_below(&world->rng, SUPERVISORS)];
    if (host->is_there && rng_below(&world->rng, 2) == 0)
        host->is_there = false;
    else
        start_host(world, host);
}

static void init(struct world *world, uint64_t seed)
{
    *world = (struct world){.flavour = (enum flavour)(seed % FLAVOURS)};
    rng_init(&world->rng, seed);
    for (size_t i = 0; i < SUPERVISORS; i++)
        start_host(world, &world->hosts[i]);
}

/* ---- views ---- */

static void look_at_hosts(struct world *world, struct view *view)
{
    for (uint32_t i = 0; i < SUPERVISORS; i++) {
        view->seen_as[i] = SCHEDULER_NOWHERE;
        if (!world->hosts[i].is_there)
            continue;
        uint32_t at = (uint32_t)view->cluster.supervisor_count++;
        view->seen_as[i] = at;
        view->host_of[at] = i;
        view->supervisors[at] = world->hosts[i].it;
    }
}

static void look_at_app(struct view *view, struct app *app)
{
    size_t at = view->cluster.topology_count++;

    app->it.components = app->components;
    for (size_t i = 0; i < app->it.executor_count; i++) {
        view->places[at][i] = app->places[i];
        if (app->places[i].supervisor != SCHEDULER_NOWHERE)
            view->places[at][i].supervisor = view->seen_as[app->places[i].supervisor];
    }
    view->app_of[at] = app;
    view->topologies[at] = app->it;
    view->topologies[at].current = view->places[at];
}

static struct view look(struct world *world)
{
    struct view view = {.cluster = {.supervisor_count = 0}};

    look_at_hosts(world, &view);
    for (uint32_t i = 0; i < TOPOLOGIES; i++) {
        if (world->apps[i].is_there)
            look_at_app(&view, &world->apps[i]);
    }
    return view;
}

static void decide(struct view *view)
{
    for (size_t i = 0; i < view->cluster.topology_count; i++)
        view->topologies[i].current = view->places[i];
    view->cluster.supervisors = view->supervisors;
    view->cluster.topologies = view->topologies;
    view->results = scheduler_run(&view->cluster);
}

static void view_done(struct view *view)
{
    scheduler_results_destroy(&view->results, view->cluster.topology_count);
}

static void obey(const struct view *view)
{
    for (size_t i = 0; i < view->cluster.topology_count; i++) {
        struct app *app = view->app_of[i];
        for (size_t e = 0; e < app->it.executor_count; e++) {
            app->places[e] = view->results[i].places[e];
            if (app->places[e].supervisor != SCHEDULER_NOWHERE)
                app->places[e].supervisor = view->host_of[app->places[e].supervisor];
        }
    }
}

/* ---- promises ---- */

static bool is_slot(const struct view *view, struct scheduler_place place)
{
    return place.supervisor < view->cluster.supervisor_count &&
           place.slot < view->supervisors[place.supervisor].slots;
}

static bool is_at(struct scheduler_place a, struct scheduler_place b)
{
    return a.supervisor == b.supervisor && (a.supervisor == SCHEDULER_NOWHERE || a.slot == b.slot);
}

static const struct scheduler_component *component_of(const struct scheduler_topology *topology,
                                                      size_t executor)
{
    const struct scheduler_component *component = topology->components;

    for (; executor >= component->executors; component++)
        executor -= component->executors;
    return component;
}

static bool has_labels(const struct scheduler_supervisor *supervisor,
                       const struct scheduler_component *component)
{
    size_t found = 0;

    for (size_t i = 0; i < component->label_count; i++) {
        for (size_t k = 0; k < supervisor->label_count; k++)
            found += component->labels[i] == supervisor->labels[k];
    }
    return found == component->label_count;
}

/* The books of the results, kept anew. */
struct books {
    size_t owner[SUPERVISORS][SLOTS_MAX]; /* topology + 1 */
    uint64_t cpu[SUPERVISORS];
    uint64_t memory[SUPERVISORS];
};

static void enter(const struct view *view, size_t topology, size_t executor, struct books *books)
{
    struct scheduler_place place = view->results[topology].places[executor];
    const struct scheduler_topology *it = &view->topologies[topology];

    if (!is_slot(view, place)) {
        ck_assert(it->is_fixed || place.supervisor == SCHEDULER_NOWHERE);
        return;
    }
    size_t *owner = &books->owner[place.supervisor][place.slot];
    ck_assert(*owner == 0 || *owner == topology + 1);
    *owner = topology + 1;
    books->cpu[place.supervisor] += component_of(it, executor)->cpu_percent;
    books->memory[place.supervisor] += component_of(it, executor)->memory_mb;
    ck_assert(it->is_fixed ||
              has_labels(&view->supervisors[place.supervisor], component_of(it, executor)));
}

static struct books keep_books(const struct view *view)
{
    struct books books;

    memset(&books, 0, sizeof books);
    for (size_t i = 0; i < view->cluster.topology_count; i++) {
        for (size_t e = 0; e < view->topologies[i].executor_count; e++)
            enter(view, i, e, &books);
    }
    return books;
}

static bool is_over(uint64_t used, uint64_t capacity)
{
    return capacity > 0 && used > capacity;
}

/* A capacity may be exceeded only by executors that were fixed where they are. */
static void check_rooms(const struct view *view, const struct books *books)
{
    bool has_fixed = false;

    for (size_t i = 0; i < view->cluster.topology_count; i++)
        has_fixed = has_fixed || view->topologies[i].is_fixed;
    for (size_t i = 0; !has_fixed && i < view->cluster.supervisor_count; i++) {
        ck_assert(!is_over(books->cpu[i], view->supervisors[i].cpu_percent));
        ck_assert(!is_over(books->memory[i], view->supervisors[i].memory_mb));
    }
}

static void check_isolation(const struct view *view, const struct books *books)
{
    for (size_t i = 0; i < view->cluster.supervisor_count; i++) {
        size_t isolated = 0;
        size_t others = 0;
        for (size_t slot = 0; slot < view->supervisors[i].slots; slot++) {
            size_t owner = books->owner[i][slot];
            if (owner == 0 || view->topologies[owner - 1].is_fixed)
                continue;
            if (view->topologies[owner - 1].isolate_machines > 0)
                isolated = owner;
        }
        for (size_t slot = 0; isolated > 0 && slot < view->supervisors[i].slots; slot++)
            others += books->owner[i][slot] != 0 && books->owner[i][slot] != isolated;
        ck_assert_uint_eq(others, 0);
    }
}

static uint32_t count_workers(const struct view *view, const struct books *books, size_t topology)
{
    uint32_t workers = 0;

    for (size_t i = 0; i < view->cluster.supervisor_count; i++) {
        for (size_t slot = 0; slot < view->supervisors[i].slots; slot++)
            workers += books->owner[i][slot] == topology + 1;
    }
    return workers;
}

static uint32_t wanted(const struct scheduler_topology *topology)
{
    return topology->workers < topology->executor_count ? topology->workers
                                                        : (uint32_t)topology->executor_count;
}

static void check_result(const struct view *view, const struct books *books, size_t topology)
{
    const struct scheduler_result *result = &view->results[topology];
    const struct scheduler_topology *it = &view->topologies[topology];
    uint32_t unplaced = 0;
    bool is_changed = false;

    for (size_t e = 0; e < it->executor_count; e++) {
        unplaced += !is_slot(view, result->places[e]);
        is_changed = is_changed || !is_at(result->places[e], it->current[e]);
    }
    ck_assert_uint_eq(result->workers, count_workers(view, books, topology));
    ck_assert_uint_eq(result->unplaced, unplaced);
    ck_assert_int_eq(result->is_changed, is_changed);
    ck_assert(!it->is_fixed || !is_changed);
    if (!it->is_fixed && it->isolate_machines == 0)
        ck_assert_int_eq(result->why_not != NULL, unplaced > 0 || result->workers < wanted(it));
}

static bool has_room(const struct view *view, const struct books *books, size_t supervisor,
                     const struct scheduler_component *component)
{
    const struct scheduler_supervisor *it = &view->supervisors[supervisor];
    uint64_t cpu = books->cpu[supervisor] + component->cpu_percent;
    uint64_t memory = books->memory[supervisor] + component->memory_mb;

    return (component->cpu_percent == 0 || !is_over(cpu, it->cpu_percent)) &&
           (component->memory_mb == 0 || !is_over(memory, it->memory_mb));
}

/* What is left over would not fit on a free slot, nor into a worker of its topology. */
static void check_left_over(const struct view *view, const struct books *books, size_t topology,
                            const struct scheduler_component *component)
{
    for (size_t i = 0; i < view->cluster.supervisor_count; i++) {
        const struct scheduler_supervisor *it = &view->supervisors[i];
        bool is_fit =
            !it->is_leaving && has_labels(it, component) && has_room(view, books, i, component);
        for (size_t slot = 0; is_fit && slot < it->slots; slot++) {
            ck_assert_uint_ne(books->owner[i][slot], 0);
            ck_assert_uint_ne(books->owner[i][slot], topology + 1);
        }
    }
}

static void check_all_left_over(const struct view *view, const struct books *books, size_t topology)
{
    const struct scheduler_topology *it = &view->topologies[topology];

    for (size_t e = 0; !it->is_fixed && e < it->executor_count; e++) {
        if (view->results[topology].places[e].supervisor == SCHEDULER_NOWHERE)
            check_left_over(view, books, topology, component_of(it, e));
    }
}

/* ---- what holds in plain worlds ---- */

static void sort_falling(uint32_t counts[], size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t k = i; k > 0 && counts[k] > counts[k - 1]; k--) {
            uint32_t swap = counts[k];
            counts[k] = counts[k - 1];
            counts[k - 1] = swap;
        }
    }
}

/* The executors in each worker, the fullest first. */
static size_t count_shares(const struct view *view, const struct scheduler_place places[],
                           size_t executors, uint32_t ret_counts[])
{
    size_t workers = 0;

    for (uint32_t i = 0; i < view->cluster.supervisor_count; i++) {
        for (uint32_t slot = 0; slot < view->supervisors[i].slots; slot++) {
            struct scheduler_place at = {.supervisor = i, .slot = slot};
            uint32_t count = 0;
            for (size_t e = 0; e < executors; e++)
                count += is_at(places[e], at);
            if (count > 0)
                ret_counts[workers++] = count;
        }
    }
    sort_falling(ret_counts, workers);
    return workers;
}

static void check_even(const struct view *view, size_t topology)
{
    uint32_t counts[SUPERVISORS * SLOTS_MAX];
    size_t workers = count_shares(view, view->results[topology].places,
                                  view->topologies[topology].executor_count, counts);

    if (workers > 0)
        ck_assert_uint_le(counts[0], counts[workers - 1] + 1);
}

/* As many stay as can: of each worker that is kept, the fullest first, no more than an even share.
 * */
static void check_moves(const struct view *view, size_t topology)
{
    const struct scheduler_topology *it = &view->topologies[topology];
    const struct scheduler_result *result = &view->results[topology];
    uint32_t counts[SUPERVISORS * SLOTS_MAX];
    size_t before = count_shares(view, it->current, it->executor_count, counts);
    uint32_t stayed = 0;
    uint32_t may_stay = 0;

    for (size_t e = 0; e < it->executor_count; e++)
        stayed += is_slot(view, it->current[e]) && is_at(it->current[e], result->places[e]);
    for (size_t i = 0; i < before && i < result->workers; i++) {
        uint32_t share = (uint32_t)it->executor_count / result->workers +
                         (i < it->executor_count % result->workers);
        may_stay += counts[i] < share ? counts[i] : share;
    }
    ck_assert_uint_eq(stayed, may_stay);
}

/* Everybody runs while there are slots, and has what it wants while some are free. */
static void check_plain(const struct view *view, const struct books *books)
{
    uint32_t slots = 0;
    uint32_t used = 0;
    uint32_t running = 0;

    for (size_t i = 0; i < view->cluster.supervisor_count; i++)
        slots += view->supervisors[i].slots;
    for (size_t i = 0; i < view->cluster.topology_count; i++) {
        used += count_workers(view, books, i);
        running += view->results[i].unplaced == 0;
        ck_assert(view->results[i].unplaced == 0 || view->results[i].workers == 0);
        check_even(view, i);
        check_moves(view, i);
    }
    for (size_t i = 0; used < slots && i < view->cluster.topology_count; i++)
        ck_assert_uint_eq(view->results[i].workers, wanted(&view->topologies[i]));
    if (running < view->cluster.topology_count)
        ck_assert_uint_eq(used, slots);
}

/* ---- runs ---- */

static void check_same(const struct scheduler_result *once, const struct scheduler_result *twice,
                       enum flavour flavour)
{
    ck_assert(!twice->is_changed);
    ck_assert_int_eq(once->why_not == NULL, twice->why_not == NULL);
    /* With machines of its own, what a topology lacks may be told from another point of view. */
    if (once->why_not != NULL && flavour < ISOLATING)
        ck_assert_str_eq(once->why_not, twice->why_not);
}

/* Scheduled again, nothing moves. */
static void check_again(const struct world *world, const struct view *view)
{
    struct view again = *view;

    for (size_t i = 0; i < view->cluster.topology_count; i++)
        memcpy(again.places[i], view->results[i].places,
               view->topologies[i].executor_count * sizeof again.places[i][0]);
    decide(&again);
    for (size_t i = 0; i < view->cluster.topology_count; i++)
        check_same(&view->results[i], &again.results[i], world->flavour);
    view_done(&again);
}

static void check(const struct world *world, const struct view *view)
{
    struct books books = keep_books(view);

    check_rooms(view, &books);
    check_isolation(view, &books);
    for (size_t i = 0; i < view->cluster.topology_count; i++) {
        check_result(view, &books, i);
        if (world->flavour < ISOLATING)
            check_all_left_over(view, &books, i);
    }
    if (world->flavour == PLAIN)
        check_plain(view, &books);
    check_again(world, view);
}

static void live(uint64_t seed)
{
    struct world world;

    init(&world, seed);
    for (int step = 0; step < STEPS; step++) {
        change(&world);
        struct view view = look(&world);
        decide(&view);
        check(&world, &view);
        obey(&view);
        view_done(&view);
    }
}

START_TEST(promises_are_kept_in_worlds_that_change)
{
    for (uint64_t seed = 0; seed < 200; seed++)
        live(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {promises_are_kept_in_worlds_that_change};
    return suite_run("scheduler_property", tests, COUNT_OF(tests));
}
