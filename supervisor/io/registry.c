/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/registry.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "coord/recipes/membership.h"
#include "coord/recipes/watched.h"
#include "coord/state/directory.h"
#include "coord/state/nimbus_state.h"
#include "coord/state/paths.h"
#include "coord/switchboard.h"
#include "supervisor/publish.h"

enum {
    RESYNC_MS = 1000, /* all supervisors of a cluster come back within it */
    READS_MAX = 64,   /* of a directory, at a time */
    EVENTS_MAX = 256, /* in a round */
    RETRY_MS = 1000,
    NIMBUSES_MAX = 32,
};

/* A directory of the cluster state and what is done with its news. */
struct follower {
    struct registry *registry;
    struct directory *directory;
    void (*take)(struct registry *registry, enum directory_change change,
                 const struct directory_entry *entry);
    uint64_t resync_ns; /* when to read again; UINT64_MAX: not */
    bool was_complete;
    bool was_asked;
};

struct nimbus {
    char *id;
    char *address;
};

struct registry {
    struct registry_options options;
    struct coord_client *client;
    struct reactor_watch *watch;
    struct switchboard *board;
    struct coord_calls calls;
    struct membership *membership;
    struct watched *leader;
    struct follower topologies;
    struct follower assignments;
    struct follower nimbuses;
    struct publish *publish;
    struct complaints *complaints;
    struct core *core;
    struct nimbus members[NIMBUSES_MAX];
    size_t member_count;
    char *leader_address; /* NULL: none */
    struct rng rng;
    uint64_t retry_ns;
    bool has_join_failed;  /* tried again in the next tick */
    bool has_watch_failed; /* ... */
    bool has_changed;      /* in this round */
    bool has_nimbus_changed;
};

/* ---- News ----------------------------------------------------------------------------------- */

static void take_topology(struct registry *registry, enum directory_change change,
                          const struct directory_entry *entry)
{
    struct error error;

    registry->has_changed = true;
    if (change == DIRECTORY_REMOVED) {
        core_remove_topology(registry->core, entry->name);
        complaints_forget(registry->complaints, entry->name);
    } else if (core_put_topology(registry->core, entry->name, entry->data, entry->size, &error) !=
               ERR_OK)
        log_warn("topology.refused", "topology=%s error=\"%s\"", entry->name, error.text);
}

static void take_assignment(struct registry *registry, enum directory_change change,
                            const struct directory_entry *entry)
{
    struct error error;

    registry->has_changed = true;
    if (change == DIRECTORY_REMOVED)
        core_remove_assignment(registry->core, entry->name);
    else if (core_put_assignment(registry->core, entry->name, entry->data, entry->size,
                                 entry->mzxid, &error) != ERR_OK)
        log_warn("assignment.refused", "topology=%s error=\"%s\"", entry->name, error.text);
}

static void remove_member(struct registry *registry, const char *id)
{
    for (size_t i = 0; i < registry->member_count; i++) {
        struct nimbus *member = &registry->members[i];
        if (strcmp(member->id, id) != 0)
            continue;
        free(member->id);
        free(member->address);
        *member = registry->members[--registry->member_count];
        return;
    }
}

static void take_nimbus(struct registry *registry, enum directory_change change,
                        const struct directory_entry *entry)
{
    struct nimbus_state nimbus;
    struct error error;

    registry->has_nimbus_changed = true;
    remove_member(registry, entry->name);
    if (change == DIRECTORY_REMOVED || registry->member_count == NIMBUSES_MAX)
        return;
    if (nimbus_state_decode(entry->data, entry->size, &nimbus, &error) != ERR_OK) {
        log_warn("nimbus.refused", "nimbus=%s error=\"%s\"", entry->name, error.text);
        return;
    }
    registry->members[registry->member_count++] =
        (struct nimbus){.id = mem_copy_text(entry->name), .address = mem_copy_text(nimbus.address)};
    nimbus_state_done(&nimbus);
}

/* ---- Subscribers ---------------------------------------------------------------------------- */

static void plan_resync(struct follower *follower)
{
    struct registry *registry = follower->registry;
    uint64_t pause_ns = 0;

    /* The first time nobody else comes at the same moment. */
    if (follower->was_asked)
        pause_ns = rng_below(&registry->rng, RESYNC_MS) * UINT64_C(1000000);
    follower->was_asked = true;
    follower->resync_ns = clock_now_ns() + pause_ns;
}

static void step_follower(void *subscriber, const struct coord_event *event,
                          struct coord_calls *calls)
{
    struct follower *follower = subscriber;
    struct registry *registry = follower->registry;
    enum directory_change change;
    struct directory_entry entry;
    enum directory_verdict verdict = directory_step(follower->directory, event, calls);

    while (directory_take(follower->directory, &change, &entry))
        follower->take(registry, change, &entry);
    switch (verdict) {
    case DIRECTORY_NO_NEWS:
    case DIRECTORY_NEWS:
        return;
    case DIRECTORY_WANTS_RESYNC:
        plan_resync(follower);
        return;
    case DIRECTORY_COMPLETE:
        registry->has_changed = true;
        follower->was_complete = true;
        return;
    case DIRECTORY_FAILED:
        log_warn("cluster.read_failed", "error=%s",
                 coord_error_name(directory_error(follower->directory)));
        follower->resync_ns = clock_now_ns() + RETRY_MS * UINT64_C(1000000);
        return;
    }
    UNREACHABLE();
}

static void step_membership(void *subscriber, const struct coord_event *event,
                            struct coord_calls *calls)
{
    struct registry *registry = subscriber;

    switch (membership_step(registry->membership, event, calls)) {
    case MEMBERSHIP_NO_NEWS:
    case MEMBERSHIP_LEFT:
        return;
    case MEMBERSHIP_JOINED:
        log_info("cluster.joined", "supervisor=%s", registry->options.supervisor);
        return;
    case MEMBERSHIP_LOST:
        log_warn("cluster.session_lost", "supervisor=%s", registry->options.supervisor);
        return;
    case MEMBERSHIP_DISPLACED:
        registry->options.displaced(registry->options.context);
        return;
    case MEMBERSHIP_FAILED:
        log_warn("cluster.join_failed", "error=%s",
                 coord_error_name(membership_error(registry->membership)));
        registry->has_join_failed = true;
        return;
    }
    UNREACHABLE();
}

static void step_leader(void *subscriber, const struct coord_event *event,
                        struct coord_calls *calls)
{
    struct registry *registry = subscriber;
    struct leader_state leader;
    struct error error;
    size_t size = 0;

    enum watched_verdict verdict = watched_step(registry->leader, event, calls);
    if (verdict == WATCHED_FAILED)
        registry->has_watch_failed = true;
    if (verdict != WATCHED_CHANGED)
        return;
    const char *data = watched_data(registry->leader, &size);
    registry->has_nimbus_changed = true;
    mem_free_text(&registry->leader_address);
    if (data == NULL)
        return;
    enum err err = leader_state_decode(data, size, &leader, &error);
    if (err == ERR_OK) {
        registry->leader_address = mem_copy_text(leader.nimbus.address);
        leader_state_done(&leader);
    } else if (err != ERR_NOT_FOUND)
        log_warn("leader.refused", "error=\"%s\"", error.text);
}

static void step_publish(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    publish_step(subscriber, event, calls);
}

static void step_complaints(void *subscriber, const struct coord_event *event,
                            struct coord_calls *calls)
{
    complaints_step(subscriber, event, calls);
}

/* ---- Events --------------------------------------------------------------------------------- */

static void log_session(const struct registry *registry, const struct coord_event *event)
{
    char server[COORD_SERVER_NAME_MAX];

    coord_server_name(registry->client, server, sizeof server);
    if (event->kind == COORD_CONNECTED)
        log_info("cluster.connected", "server=%s session=0x%llx", server,
                 (unsigned long long)event->session_id);
    else if (event->kind == COORD_DISCONNECTED)
        log_warn("cluster.disconnected", "servers=%s", registry->options.coord.servers);
    else if (event->kind == COORD_REFUSED)
        log_error("cluster.refused", "servers=%s", registry->options.coord.servers);
}

static void resync_if_due(struct registry *registry, struct follower *follower, uint64_t now_ns)
{
    if (follower->resync_ns > now_ns)
        return;
    follower->resync_ns = UINT64_MAX;
    directory_resync(follower->directory, &registry->calls);
}

static void send_and_tell(struct registry *registry)
{
    uint64_t now_ns = clock_now_ns();
    bool has_changed = registry->has_changed;
    bool has_nimbus_changed = registry->has_nimbus_changed;

    resync_if_due(registry, &registry->topologies, now_ns);
    resync_if_due(registry, &registry->assignments, now_ns);
    resync_if_due(registry, &registry->nimbuses, now_ns);
    registry->has_changed = false;
    registry->has_nimbus_changed = false;
    coord_call_all(registry->client, &registry->calls);
    if (has_nimbus_changed)
        registry->options.nimbus_changed(registry->options.context);
    if (has_changed)
        registry->options.changed(registry->options.context);
}

static void read_events(void *context, int fd)
{
    struct registry *registry = context;
    struct coord_event event;

    (void)fd;
    for (int i = 0; i < EVENTS_MAX && coord_take(registry->client, 0, &event); i++) {
        log_session(registry, &event);
        (void)switchboard_step(registry->board, &event, &registry->calls);
        coord_event_done(&event);
    }
    send_and_tell(registry);
}

void registry_tick(struct registry *registry, uint64_t now_ns)
{
    if (now_ns >= registry->retry_ns) {
        registry->retry_ns = now_ns + RETRY_MS * UINT64_C(1000000);
        if (registry->has_join_failed)
            membership_retry(registry->membership, &registry->calls);
        if (registry->has_watch_failed)
            watched_retry(registry->leader, &registry->calls);
        registry->has_join_failed = false;
        registry->has_watch_failed = false;
        publish_retry(registry->publish, &registry->calls);
        complaints_tick(registry->complaints, now_ns / 1000000, &registry->calls);
    }
    send_and_tell(registry);
}

/* ---- Questions and orders ------------------------------------------------------------------- */

bool registry_is_complete(const struct registry *registry)
{
    return registry->topologies.was_complete && registry->assignments.was_complete;
}

const struct core *registry_core(const struct registry *registry)
{
    return registry->core;
}

const char *registry_leader(const struct registry *registry)
{
    return registry->leader_address;
}

size_t registry_nimbuses(const struct registry *registry, const char **ret_addresses, size_t max)
{
    size_t count = 0;

    if (registry->leader_address != NULL && max > 0)
        ret_addresses[count++] = registry->leader_address;
    for (size_t i = 0; i < registry->member_count && count < max; i++) {
        const char *address = registry->members[i].address;
        if (registry->leader_address == NULL || strcmp(address, registry->leader_address) != 0)
            ret_addresses[count++] = address;
    }
    return count;
}

void registry_publish(struct registry *registry, const char *topology, uint32_t slot,
                      uint64_t incarnation, const char *address)
{
    publish_put(registry->publish, topology, slot, incarnation, address, &registry->calls);
    coord_call_all(registry->client, &registry->calls);
}

void registry_unpublish(struct registry *registry, const char *topology, uint32_t slot)
{
    publish_remove(registry->publish, topology, slot, &registry->calls);
    coord_call_all(registry->client, &registry->calls);
}

void registry_complain(struct registry *registry, const struct complaint *complaint)
{
    complaints_add(registry->complaints, complaint, clock_wall_ms());
}

struct complaints *registry_complaints(struct registry *registry)
{
    return registry->complaints;
}

/* ---- Open and close ------------------------------------------------------------------------- */

static void add(struct registry *registry, uint32_t number, switchboard_step_fn *step,
                void *subscriber)
{
    bool good = switchboard_add(registry->board, number, step, subscriber, &registry->calls);

    ASSERT(good);
}

static void follow(struct registry *registry, struct follower *follower, const char *path)
{
    struct directory_options options = {
        .number = switchboard_number(registry->board), .path = path, .calls_max = READS_MAX};

    follower->registry = registry;
    follower->resync_ns = UINT64_MAX;
    follower->directory = directory_new(&options);
    add(registry, options.number, step_follower, follower);
}

static void subscribe(struct registry *registry)
{
    const struct registry_options *options = &registry->options;
    struct path path = paths_supervisor(options->supervisor);
    uint32_t number = switchboard_number(registry->board);

    registry->membership = membership_new(number, path.text);
    membership_set(registry->membership, options->state, strlen(options->state), &registry->calls);
    membership_join(registry->membership, &registry->calls);
    add(registry, number, step_membership, registry);
    number = switchboard_number(registry->board);
    registry->leader = watched_new(number, PATHS_LEADER);
    add(registry, number, step_leader, registry);
    number = switchboard_number(registry->board);
    registry->publish = publish_new(number, options->supervisor);
    add(registry, number, step_publish, registry->publish);
    number = switchboard_number(registry->board);
    registry->complaints = complaints_new(number, options->supervisor);
    add(registry, number, step_complaints, registry->complaints);
    registry->topologies.take = take_topology;
    registry->assignments.take = take_assignment;
    registry->nimbuses.take = take_nimbus;
    follow(registry, &registry->topologies, PATHS_TOPOLOGIES);
    follow(registry, &registry->assignments, PATHS_ASSIGNMENTS);
    follow(registry, &registry->nimbuses, PATHS_NIMBUS_MEMBERS);
}

enum err registry_open(const struct registry_options *options, struct registry **ret_registry,
                       struct error *error)
{
    struct registry *registry = NEW(struct registry);

    registry->options = *options;
    registry->core = core_new(options->supervisor);
    registry->board = switchboard_new();
    rng_init(&registry->rng, options->coord.seed);
    subscribe(registry);
    enum err err = coord_open(&options->coord, &registry->client, error);
    if (err == ERR_OK) {
        registry->watch =
            reactor_watch(options->reactor, coord_fd(registry->client), read_events, registry);
        if (registry->watch == NULL)
            err = error_set(error, ERR_LIMIT, "too many descriptors");
    }
    if (err != ERR_OK)
        registry_close(&registry);
    else
        *ret_registry = registry;
    return err;
}

void registry_close(struct registry **registry_at)
{
    struct registry *registry = *registry_at;

    if (registry == NULL)
        return;
    reactor_unwatch(&registry->watch);
    if (registry->client != NULL)
        coord_close(&registry->client);
    coord_calls_done(&registry->calls);
    directory_destroy(&registry->topologies.directory);
    directory_destroy(&registry->assignments.directory);
    directory_destroy(&registry->nimbuses.directory);
    membership_destroy(&registry->membership);
    watched_destroy(&registry->leader);
    publish_destroy(&registry->publish);
    complaints_destroy(&registry->complaints);
    switchboard_destroy(&registry->board);
    core_destroy(&registry->core);
    while (registry->member_count > 0)
        remove_member(registry, registry->members[0].id);
    free(registry->leader_address);
    free(registry);
    *registry_at = NULL;
}
