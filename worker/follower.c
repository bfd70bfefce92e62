/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/follower.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/watched.h"
#include "coord/state/directory.h"
#include "coord/state/paths.h"
#include "coord/switchboard.h"

#define READS_MAX 16u /* under way, of the workers' directory */

struct follower {
    struct switchboard *board;
    struct watched *topology_node;
    struct watched *assignment_node;
    struct directory *workers_node;
    struct topology_state topology;
    bool has_topology;
    struct assignment_state assignment;
    bool has_assignment;
    uint64_t epoch; /* the highest that was seen */
    struct worker_state *workers;
    size_t worker_count;
    bool was_complete; /* the directory, in this session or one before */
    unsigned news;
    struct error fault;
};

/* ---- the topology ---- */

static void read_topology(struct follower *follower)
{
    size_t size = 0;
    const char *data = watched_data(follower->topology_node, &size);
    struct topology_state topology;

    if (data == NULL) {
        topology_state_done(&follower->topology);
        follower->has_topology = false;
        follower->news |= FOLLOWER_TOPOLOGY;
        return;
    }
    if (topology_state_decode(data, size, &topology, &follower->fault) != ERR_OK)
        return;
    topology_state_done(&follower->topology);
    follower->topology = topology;
    follower->has_topology = true;
    follower->news |= FOLLOWER_TOPOLOGY;
}

static void step_topology(void *subscriber, const struct coord_event *event,
                          struct coord_calls *calls)
{
    struct follower *follower = subscriber;
    enum watched_verdict verdict = watched_step(follower->topology_node, event, calls);

    if (verdict == WATCHED_CHANGED)
        read_topology(follower);
    else if (verdict == WATCHED_FAILED)
        watched_retry(follower->topology_node, calls);
}

/* ---- the assignment ---- */

static void read_assignment(struct follower *follower)
{
    size_t size = 0;
    const char *data = watched_data(follower->assignment_node, &size);
    struct assignment_state assignment;

    if (data == NULL) {
        assignment_state_done(&follower->assignment);
        follower->has_assignment = false;
        follower->news |= FOLLOWER_ASSIGNMENT;
        return;
    }
    if (assignment_state_decode(data, size, &assignment, &follower->fault) != ERR_OK)
        return;
    if (assignment.epoch < follower->epoch) {
        (void)error_set(&follower->fault, ERR_CONFLICT, "an assignment of epoch %llu after %llu",
                        (unsigned long long)assignment.epoch, (unsigned long long)follower->epoch);
        assignment_state_done(&assignment);
        return;
    }
    assignment_state_done(&follower->assignment);
    follower->assignment = assignment;
    follower->has_assignment = true;
    follower->epoch = assignment.epoch;
    follower->news |= FOLLOWER_ASSIGNMENT;
}

static void step_assignment(void *subscriber, const struct coord_event *event,
                            struct coord_calls *calls)
{
    struct follower *follower = subscriber;
    enum watched_verdict verdict = watched_step(follower->assignment_node, event, calls);

    if (verdict == WATCHED_CHANGED)
        read_assignment(follower);
    else if (verdict == WATCHED_FAILED)
        watched_retry(follower->assignment_node, calls);
}

/* ---- the workers ---- */

static void forget_workers(struct follower *follower)
{
    for (size_t i = 0; i < follower->worker_count; i++)
        worker_state_done(&follower->workers[i]);
    free(follower->workers);
    follower->workers = NULL;
    follower->worker_count = 0;
}

static void read_workers(struct follower *follower)
{
    struct directory_entry entry;
    size_t position = 0;

    forget_workers(follower);
    while (directory_next(follower->workers_node, &position, &entry)) {
        struct worker_state worker;
        if (worker_state_decode(entry.data, entry.size, &worker, &follower->fault) != ERR_OK)
            continue;
        follower->workers =
            mem_resize(follower->workers, follower->worker_count + 1, sizeof *follower->workers);
        follower->workers[follower->worker_count++] = worker;
    }
    follower->news |= FOLLOWER_WORKERS;
}

static bool take_news(struct directory *directory)
{
    struct directory_entry entry;
    enum directory_change change;
    bool some = false;

    while (directory_take(directory, &change, &entry))
        some = true;
    return some;
}

static void step_workers(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    struct follower *follower = subscriber;
    enum directory_verdict verdict = directory_step(follower->workers_node, event, calls);

    if (verdict == DIRECTORY_WANTS_RESYNC || verdict == DIRECTORY_FAILED)
        directory_resync(follower->workers_node, calls);
    follower->was_complete |= directory_is_complete(follower->workers_node);
    if (take_news(follower->workers_node) || verdict == DIRECTORY_COMPLETE)
        read_workers(follower);
}

/* ---- all ---- */

/* There is room for three subscribers on a board that has none. */
static void subscribe(struct follower *follower, uint32_t number, switchboard_step_fn *step)
{
    struct coord_calls none = {.items = NULL};

    (void)!switchboard_add(follower->board, number, step, follower, &none);
    coord_calls_done(&none);
}

struct follower *follower_new(const char *topology)
{
    struct follower *follower = NEW(struct follower);

    follower->board = switchboard_new();
    uint32_t number = switchboard_number(follower->board);
    follower->topology_node = watched_new(number, paths_topology(topology).text);
    subscribe(follower, number, step_topology);
    number = switchboard_number(follower->board);
    follower->assignment_node = watched_new(number, paths_assignment(topology).text);
    subscribe(follower, number, step_assignment);
    number = switchboard_number(follower->board);
    struct directory_options options = {.number = number, .calls_max = READS_MAX};
    struct path path = paths_workers(topology);
    options.path = path.text;
    follower->workers_node = directory_new(&options);
    subscribe(follower, number, step_workers);
    return follower;
}

void follower_destroy(struct follower **follower)
{
    if (*follower == NULL)
        return;
    forget_workers(*follower);
    topology_state_done(&(*follower)->topology);
    assignment_state_done(&(*follower)->assignment);
    watched_destroy(&(*follower)->topology_node);
    watched_destroy(&(*follower)->assignment_node);
    directory_destroy(&(*follower)->workers_node);
    switchboard_destroy(&(*follower)->board);
    free(*follower);
    *follower = NULL;
}

unsigned follower_step(struct follower *follower, const struct coord_event *event,
                       struct coord_calls *calls)
{
    follower->news = 0;
    follower->fault.text[0] = '\0';
    if (event->kind == COORD_DISCONNECTED || event->kind == COORD_EXPIRED)
        follower->news |= FOLLOWER_LOST;
    if (event->kind == COORD_CONNECTED)
        follower->news |= FOLLOWER_BACK;
    (void)switchboard_step(follower->board, event, calls);
    return follower->news;
}

bool follower_is_complete(const struct follower *follower)
{
    return watched_is_known(follower->topology_node) &&
           watched_is_known(follower->assignment_node) && follower->was_complete;
}

const struct topology_state *follower_topology(const struct follower *follower)
{
    return follower->has_topology ? &follower->topology : NULL;
}

const struct assignment_state *follower_assignment(const struct follower *follower)
{
    return follower->has_assignment ? &follower->assignment : NULL;
}

bool follower_next_worker(const struct follower *follower, size_t *position,
                          const struct worker_state **ret_worker)
{
    if (*position >= follower->worker_count)
        return false;
    *ret_worker = &follower->workers[(*position)++];
    return true;
}

const char *follower_fault(const struct follower *follower)
{
    return follower->fault.text;
}
