/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/daemon.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/state/supervisor_state.h"
#include "net/control_server.h"
#include "net/key_files.h"
#include "net/post.h"
#include "net/reactor.h"
#include "supervisor/io/desk.h"
#include "supervisor/io/folder.h"
#include "supervisor/io/health_runner.h"
#include "supervisor/io/identity.h"
#include "supervisor/io/place.h"
#include "supervisor/orders.h"
#include "wire/labels.h"

enum {
    SECOND_MS = 1000,
    COLLECT_MS = 60 * 1000, /* between two looks for blobs and logs that nobody needs */
    PAUSE_MS = 5 * 1000,    /* a turn that comes so late says that we were stopped */
    STRAY_DEATH_MS = 5000,  /* after KILL */
    PASSED_ON_MAX = 16,     /* settings */
    GUESTS_MORE = 32,       /* than slots: connections that replace others, and strangers */
    ADDRESS_MAX = 300,
};

struct daemon {
    struct daemon_options options;
    struct reactor *reactor;
    struct reactor_timer *timer;
    struct house house;
    struct keys keys; /* if the house has any */
    struct user user;
    struct lobby *lobby;
    struct desk *desk;
    struct health_runner *health;
    struct place *places;
    uint32_t slot_count;
    char *id;
    char *data; /* absolute */
    char *socket_path;
    char *workers_folder;
    char *blobs_folder;
    char *logs_folder;
    char *address; /* control, as others reach it */
    char *state;   /* the data of our node */
    char *passed_on[2 * PASSED_ON_MAX + 1];
    uint64_t second_ns;
    uint64_t collect_ns;
    uint64_t last_turn_ns;
    uint64_t mark; /* of complaints in the last report */
    int lock;      /* -1: not held */
    bool is_halting;
    bool is_displaced;
};

uint16_t daemon_port(const struct daemon *daemon)
{
    return desk_port(daemon->desk);
}

const char *daemon_id(const struct daemon *daemon)
{
    return daemon->id;
}

void daemon_stop(struct daemon *daemon)
{
    reactor_stop(daemon->reactor);
}

/* ---- What others tell ----------------------------------------------------------------------- */

static void assignments_changed(void *context)
{
    struct daemon *daemon = context;
    struct core_wanted wanted;

    if (!registry_is_complete(daemon->house.registry) || daemon->is_halting)
        return;
    for (uint32_t i = 0; i < daemon->slot_count; i++) {
        struct place *place = &daemon->places[i];
        bool is_wanted = core_find_wanted(registry_core(daemon->house.registry), i, &wanted);
        place_step(place, &(struct slot_event){.kind = SLOT_WANT,
                                               .topology = is_wanted ? wanted.topology : NULL});
        place_take_blob(place, NULL, NULL);
    }
}

static void nimbus_changed(void *context)
{
    struct daemon *daemon = context;
    const char *addresses[BLOBS_SOURCES_MAX];
    size_t count = registry_nimbuses(daemon->house.registry, addresses, BLOBS_SOURCES_MAX);

    blobs_set_sources(daemon->house.blobs, addresses, count);
    courier_set_leader(daemon->house.courier, registry_leader(daemon->house.registry));
}

static void displaced(void *context)
{
    struct daemon *daemon = context;

    daemon->is_displaced = true;
    reactor_stop(daemon->reactor);
}

static void blob_fetched(void *context, const char *hash, const char *fault)
{
    struct daemon *daemon = context;

    for (uint32_t i = 0; i < daemon->slot_count; i++)
        place_take_blob(&daemon->places[i], hash, fault);
}

static void health_changed(void *context)
{
    struct daemon *daemon = context;

    courier_hurry(daemon->house.courier);
}

static bool take_message(void *context, struct guest *guest, const struct local_message *message)
{
    struct daemon *daemon = context;
    struct place *place = guest_tag(guest);

    if (message->kind == LOCAL_HELLO && message->slot < daemon->slot_count)
        place = &daemon->places[message->slot];
    if (place == NULL || !place_take_message(place, guest, message))
        return false;
    if (message->kind >= LOCAL_SAMPLES)
        desk_take_found(daemon->desk, place->number, message);
    return true;
}

static bool take_figures(void *context, struct guest *guest, const struct figures_message *message)
{
    struct place *place = guest_tag(guest);

    (void)context;
    return place != NULL && place_take_figures(place, guest, message);
}

static void guest_left(void *context, struct guest *guest)
{
    struct daemon *daemon = context;
    struct place *place = guest_tag(guest);

    if (place == NULL || place->guest != guest)
        return;
    place->guest = NULL;
    desk_lose_worker(daemon->desk, place->number);
}

static enum control_code order_worker(void *context, const char *topology, uint32_t slot,
                                      const char *order)
{
    const struct daemon *daemon = context;
    const struct place *place = slot < daemon->slot_count ? &daemon->places[slot] : NULL;

    if (place == NULL || !slot_has_process(&place->slot) ||
        strcmp(place->slot.topology, topology) != 0)
        return CONTROL_NOT_FOUND;
    if (place->guest == NULL)
        return CONTROL_UNAVAILABLE;
    guest_send(place->guest, order);
    return CONTROL_OK;
}

/* ---- Reports -------------------------------------------------------------------------------- */

static json_t *write_report(void *context)
{
    struct daemon *daemon = context;
    uint64_t now_ms = clock_now_ns() / 1000000;
    struct report report = {
        .supervisor = daemon->id,
        .address = daemon->address,
        .is_healthy = health_runner_is_well(daemon->health),
        .health_text = health_runner_text(daemon->health),
        .complaints = registry_complaints(daemon->house.registry),
    };
    json_t *args = report_new(&report);

    daemon->mark = complaints_mark(report.complaints);
    for (uint32_t i = 0; i < daemon->slot_count; i++) {
        struct report_slot of = {.slot = &daemon->places[i].slot, .beat = &daemon->places[i].beat};
        if (of.slot->state != SLOT_EMPTY)
            report_add(args, &report, i, &of, now_ms);
    }
    return args;
}

static bool send_figures(void *context, const json_t *args, const void *body, size_t size)
{
    struct daemon *daemon = context;

    return courier_send(daemon->house.courier, "supervisor.figures", args, body, size);
}

static void post_figures(void *context)
{
    struct daemon *daemon = context;
    struct figure_post post = {.supervisor = daemon->id, .send = send_figures, .context = daemon};
    bool goes_on = true;

    for (uint32_t i = 0; i < daemon->slot_count && goes_on; i++)
        goes_on = figure_sets_post(&daemon->places[i].figures, &post);
    goes_on = figure_post_flush(&post) && goes_on;
    for (uint32_t i = 0; i < daemon->slot_count && !goes_on; i++)
        figure_sets_withdraw(&daemon->places[i].figures);
}

static void report_delivered(void *context)
{
    struct daemon *daemon = context;

    complaints_confirm(registry_complaints(daemon->house.registry), daemon->mark);
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        figure_sets_confirm(&daemon->places[i].figures);
}

/* Each place asks itself whether the order is about the process that it has. */
static void take_orders(void *context, const json_t *answer)
{
    struct daemon *daemon = context;
    struct order order;
    size_t position = 0;

    while (orders_next(answer, &position, daemon->slot_count, &order))
        place_step(&daemon->places[order.slot],
                   &(struct slot_event){.kind = SLOT_RESTART,
                                        .topology = order.topology,
                                        .incarnation = order.incarnation});
}

/* ---- Turns ---------------------------------------------------------------------------------- */

static bool is_topology_used(void *context, const char *topology)
{
    const struct daemon *daemon = context;

    if (core_has_topology(registry_core(daemon->house.registry), topology))
        return true;
    for (uint32_t i = 0; i < daemon->slot_count; i++) {
        const struct slot *slot = &daemon->places[i].slot;
        if (slot_has_process(slot) && strcmp(slot->topology, topology) == 0)
            return true;
    }
    return false;
}

static bool is_blob_needed(void *context, const char *hash)
{
    const struct daemon *daemon = context;

    return core_has_blob(registry_core(daemon->house.registry), hash);
}

static void collect(struct daemon *daemon, uint64_t now_ns)
{
    if (now_ns < daemon->collect_ns || !registry_is_complete(daemon->house.registry))
        return;
    daemon->collect_ns = now_ns + COLLECT_MS * UINT64_C(1000000);
    blobs_collect(daemon->house.blobs, is_blob_needed, daemon);
    worker_log_collect(&daemon->house.log, is_topology_used, daemon);
}

static void each_second(struct daemon *daemon, uint64_t now_ns)
{
    if (now_ns < daemon->second_ns)
        return;
    daemon->second_ns = now_ns + SECOND_MS * UINT64_C(1000000);
    lobby_tick(daemon->lobby, now_ns);
    health_runner_tick(daemon->health, now_ns);
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        place_look_after(&daemon->places[i]);
    collect(daemon, now_ns);
}

/* The beats that came in meanwhile are still in the sockets. */
static void notice_pause(struct daemon *daemon, uint64_t now_ns)
{
    uint64_t before_ns = daemon->last_turn_ns;

    daemon->last_turn_ns = now_ns;
    if (before_ns == 0 || now_ns - before_ns < PAUSE_MS * UINT64_C(1000000))
        return;
    log_warn("supervisor.paused", "ms=%llu", (unsigned long long)((now_ns - before_ns) / 1000000));
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        place_step(&daemon->places[i], &(struct slot_event){.kind = SLOT_PAUSED});
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* Returns when a slot has work next. */
static uint64_t tick_slots(struct daemon *daemon)
{
    uint64_t due_ms = UINT64_MAX;
    bool has_processes = false;

    for (uint32_t i = 0; i < daemon->slot_count; i++) {
        struct place *place = &daemon->places[i];
        place_step(place, &(struct slot_event){.kind = SLOT_TICK});
        due_ms = earlier(due_ms, place->slot.due_ms);
        has_processes = has_processes || slot_has_process(&place->slot);
    }
    if (daemon->is_halting && !has_processes)
        reactor_stop(daemon->reactor);
    return due_ms > UINT64_MAX / 1000000 ? UINT64_MAX : due_ms * 1000000;
}

static void turn(void *context, uint64_t unused_ns)
{
    struct daemon *daemon = context;
    uint64_t now_ns = clock_now_ns();

    (void)unused_ns;
    notice_pause(daemon, now_ns);
    each_second(daemon, now_ns);
    registry_tick(daemon->house.registry, now_ns);
    uint64_t due_ns = tick_slots(daemon);
    due_ns = earlier(due_ns, blobs_tick(daemon->house.blobs, now_ns));
    due_ns = earlier(due_ns, courier_tick(daemon->house.courier, now_ns));
    due_ns = earlier(due_ns, desk_tick(daemon->desk, now_ns));
    due_ns = earlier(due_ns, daemon->second_ns);
    reactor_timer_set(daemon->timer, due_ns);
}

/* What is due is done by the turn that follows. */
static void due(void *context, uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
}

static void halt(struct daemon *daemon)
{
    daemon->is_halting = true;
    log_info("supervisor.halting", "supervisor=%s", daemon->id);
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        place_step(&daemon->places[i], &(struct slot_event){.kind = SLOT_HALT});
    reactor_run(daemon->reactor);
}

enum err daemon_run(struct daemon *daemon, struct error *error)
{
    reactor_run(daemon->reactor);
    if (daemon->is_displaced)
        return error_set(error, ERR_CONFLICT,
                         "the node of supervisor '%s' was taken away: another supervisor has the "
                         "same id, or a person deleted it; the workers run on",
                         daemon->id);
    if (daemon->options.stop == DAEMON_STOP_WORKERS)
        halt(daemon);
    return ERR_OK;
}

/* ---- Start: what we say of ourselves -------------------------------------------------------- */

static struct supervisor_resource resource(const char *name, uint64_t amount)
{
    return (struct supervisor_resource){.name = mem_copy_text(name), .amount = amount};
}

/* They were checked with the settings. */
static void add_labels(struct supervisor_state *state, const char *text)
{
    struct labels labels;

    if (labels_parse(text, &labels, NULL) != ERR_OK)
        return;
    state->labels = NEW_ARRAY(char *, labels.count);
    for (size_t i = 0; i < labels.count; i++)
        state->labels[state->label_count++] = mem_copy_text(labels.items[i]);
    labels_done(&labels);
}

static char *describe(const struct daemon *daemon)
{
    const struct cluster *cluster = daemon->options.cluster;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct supervisor_state state = {
        .id = mem_copy_text(daemon->id),
        .host = mem_copy_text(cluster->supervisor_host),
        .address = mem_copy_text(daemon->address),
        .gale = mem_copy_text(daemon->options.gale),
        .since_ms = clock_wall_ms(),
        .cores = cores > 0 ? (uint32_t)cores : 1,
        .slots = cluster->supervisor_slots,
        .resources = NEW_ARRAY(struct supervisor_resource, 2),
    };
    uint64_t percent = cluster->supervisor_cpu_percent;

    state.resources[state.resource_count++] =
        resource("cpu_percent", percent > 0 ? percent : (uint64_t)state.cores * 100);
    if (cluster->supervisor_memory_mb > 0)
        state.resources[state.resource_count++] =
            resource("memory_mb", cluster->supervisor_memory_mb);
    add_labels(&state, cluster->supervisor_labels);
    char *text = supervisor_state_encode(&state);
    supervisor_state_done(&state);
    return text;
}

static char *advertise(const struct daemon *daemon)
{
    const char *host = daemon->options.cluster->supervisor_host;
    bool is_v6 = strchr(host, ':') != NULL;
    struct text address;

    text_init(&address);
    text_add(&address, is_v6 ? "[%s]:%u" : "%s:%u", host, daemon_port(daemon));
    return text_take(&address);
}

/* What the worker must know that is not of its topology. */
static void pass_on(struct daemon *daemon)
{
    static const char *const keys[] = {
        "coord.servers",
        "coord.root",
        "coord.session_timeout_ms",
        "coord.reconnect_max_ms",
        "worker.supervisor.timeout.secs",
        "worker.coord.timeout.secs",
        "log.level",
    };
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct setting *setting = settings_find(daemon->options.settings, keys[i]);
        struct text line;
        if (setting == NULL)
            continue;
        text_init(&line);
        text_add(&line, "%s=%s", keys[i], setting->value);
        daemon->passed_on[count++] = mem_copy_text("-c");
        daemon->passed_on[count++] = text_take(&line);
    }
}

/* ---- Start: parts --------------------------------------------------------------------------- */

static enum err find_folders(struct daemon *daemon, struct error *error)
{
    enum err err = folder_make(daemon->options.data, error);

    if (err != ERR_OK)
        return err;
    daemon->data = realpath(daemon->options.data, NULL);
    if (daemon->data == NULL)
        return error_set(error, ERR_IO, "cannot use the folder '%s'", daemon->options.data);
    daemon->socket_path = folder_join(daemon->data, "workers.sock");
    daemon->workers_folder = folder_join(daemon->data, "workers");
    daemon->blobs_folder = folder_join(daemon->data, "blobs");
    daemon->logs_folder = folder_join(daemon->data, "logs");
    err = folder_make(daemon->workers_folder, error);
    if (err == ERR_OK)
        err = folder_make(daemon->logs_folder, error);
    if (err == ERR_OK)
        err = identity_lock(daemon->data, &daemon->lock, error);
    if (err == ERR_OK)
        err =
            identity_get(daemon->data, daemon->options.cluster->supervisor_id, &daemon->id, error);
    return err;
}

static void furnish(struct daemon *daemon)
{
    const struct cluster *cluster = daemon->options.cluster;

    daemon->house.reactor = daemon->reactor;
    daemon->house.log = (struct worker_log){
        .folder = daemon->logs_folder,
        .bytes_max = cluster->supervisor_log_bytes_max,
        .files_max = cluster->supervisor_log_files_max,
        .user = &daemon->user,
    };
    daemon->house.cgroup = (struct cgroup){
        .folder = cluster->supervisor_cgroup,
        .memory_bytes = cluster->supervisor_worker_memory_mb << 20,
        .cpu_percent = cluster->supervisor_cpu_percent,
    };
    daemon->house.supervisor = daemon->id;
    daemon->house.host = cluster->supervisor_host;
    daemon->house.worker = daemon->options.worker;
    daemon->house.socket_path = daemon->socket_path;
    daemon->house.workers_folder = daemon->workers_folder;
    daemon->house.blobs_folder = daemon->blobs_folder;
    daemon->house.settings = (const char *const *)daemon->passed_on;
    daemon->house.memory_bytes = cluster->supervisor_worker_memory_mb << 20;
    daemon->house.files = cluster->supervisor_worker_files_max;
    daemon->house.user = &daemon->user;
    process_boot(daemon->house.boot);
}

static enum err open_lobby(struct daemon *daemon, struct error *error)
{
    struct lobby_options options = {
        .reactor = daemon->reactor,
        .path = daemon->socket_path,
        .user = &daemon->user,
        .guests_max = daemon->slot_count + GUESTS_MORE,
        .received = take_message,
        .figures = take_figures,
        .left = guest_left,
        .context = daemon,
    };

    return lobby_open(&options, &daemon->lobby, error);
}

static enum err open_desk(struct daemon *daemon, struct error *error)
{
    struct desk_options options = {
        .reactor = daemon->reactor,
        .listen = daemon->options.cluster->supervisor_listen,
        .keys = daemon->house.keys,
        .supervisor = daemon->id,
        .gale = daemon->options.gale,
        .log = daemon->house.log,
        .order = order_worker,
        .context = daemon,
    };

    return desk_open(&options, &daemon->desk, error);
}

static enum err open_blobs(struct daemon *daemon, struct error *error)
{
    struct blobs_options options = {
        .reactor = daemon->reactor,
        .folder = daemon->blobs_folder,
        .bytes_max = daemon->options.cluster->nimbus_blob_bytes_max,
        .keys = daemon->house.keys,
        .user = &daemon->user,
        .fetched = blob_fetched,
        .context = daemon,
    };

    return blobs_open(&options, &daemon->house.blobs, error);
}

static enum err open_registry(struct daemon *daemon, struct error *error)
{
    struct registry_options options = {
        .reactor = daemon->reactor,
        .coord = daemon->options.coord,
        .supervisor = daemon->id,
        .state = daemon->state,
        .changed = assignments_changed,
        .nimbus_changed = nimbus_changed,
        .displaced = displaced,
        .context = daemon,
    };

    return registry_open(&options, &daemon->house.registry, error);
}

static void make_others(struct daemon *daemon)
{
    const struct cluster *cluster = daemon->options.cluster;
    struct courier_options courier = {
        .reactor = daemon->reactor,
        .keys = daemon->house.keys,
        .figures = post_figures,
        .write = write_report,
        .delivered = report_delivered,
        .ordered = take_orders,
        .context = daemon,
    };
    struct health_runner_options health = {
        .reactor = daemon->reactor,
        .folder = cluster->supervisor_health_dir,
        .timeout_ms = cluster->supervisor_health_timeout_ms,
        .period_ms = cluster->supervisor_health_ms,
        .changed = health_changed,
        .context = daemon,
    };

    daemon->house.courier = courier_new(&courier);
    daemon->health = health_runner_new(&health);
}

/* ---- Start: workers that live --------------------------------------------------------------- */

/* One that belongs to no slot, or to an earlier incarnation: it must be dead before the next one is
 * started. */
static void kill_stray(const struct process_found *found)
{
    struct process process;

    if (process_open(found->pid, &process) != ERR_OK)
        return;
    log_warn("worker.stray", "slot=%u topology=%s incarnation=%llu pid=%lld", found->slot,
             found->topology, (unsigned long long)found->incarnation, (long long)found->pid);
    process_signal_group(&process, SIGKILL);
    struct pollfd end = {.fd = process.handle, .events = POLLIN};
    (void)poll(&end, 1, STRAY_DEATH_MS);
    process_close(&process);
}

static bool is_known(const struct daemon *daemon, const struct process_found *found)
{
    return found->slot < daemon->slot_count &&
           daemon->places[found->slot].process.pid == found->pid;
}

static void take_found(struct daemon *daemon)
{
    struct process_found *found = NEW_ARRAY(struct process_found, PROCESS_FOUND_MAX);
    size_t count =
        process_find_workers(daemon->socket_path, &daemon->user, found, PROCESS_FOUND_MAX);

    for (size_t i = 0; i < count; i++) {
        if (is_known(daemon, &found[i]))
            continue;
        bool is_taken = found[i].slot < daemon->slot_count &&
                        place_take_found(&daemon->places[found[i].slot], &found[i]);
        if (!is_taken)
            kill_stray(&found[i]);
    }
    free(found);
}

static void take_over(struct daemon *daemon)
{
    const struct cluster *cluster = daemon->options.cluster;
    struct slot_limits limits = {
        .start_timeout_ms = cluster->supervisor_start_timeout_ms,
        .beat_timeout_ms = cluster->supervisor_worker_timeout_ms,
        .shutdown_ms = cluster->supervisor_shutdown_ms,
        .backoff_min_ms = cluster->supervisor_backoff_min_ms,
        .backoff_max_ms = cluster->supervisor_backoff_max_ms,
    };
    /* A folder that was lost must not make an incarnation come again. */
    uint64_t incarnation = clock_wall_ms() / 1000;

    if (limits.backoff_max_ms < limits.backoff_min_ms)
        limits.backoff_max_ms = limits.backoff_min_ms;
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        place_init(&daemon->places[i], &daemon->house, i, &limits, incarnation);
    take_found(daemon);
}

static enum err load_keys(struct daemon *daemon, struct error *error)
{
    const char *folder = daemon->options.cluster->keys;
    enum err err;

    if (folder[0] == '\0')
        return ERR_OK;
    err = key_files_load_cluster(folder, &daemon->keys, error);
    if (err == ERR_OK)
        daemon->house.keys = &daemon->keys;
    return err;
}

/* Workers will have to: it is better said now than by each of them. */
static enum err try_to_listen(const struct daemon *daemon, struct error *error)
{
    struct post_options options = {.host = daemon->options.cluster->supervisor_host,
                                   .frame_bytes_max = 1,
                                   .wake_fd = -1,
                                   .keys = daemon->house.keys};
    struct post *post = NULL;
    enum err err = post_open(&options, &post, error);

    if (err != ERR_OK)
        return error_wrap(error, "workers could not listen on supervisor.host");
    post_close(&post);
    return ERR_OK;
}

static enum err let_workers_in(const struct daemon *daemon, struct error *error)
{
    const struct user *user = &daemon->user;
    enum err err = user_open_folder(user, daemon->data, error);

    return err == ERR_OK ? user_open_folder(user, daemon->logs_folder, error) : err;
}

static enum err prepare(struct daemon *daemon, struct error *error)
{
    enum err err =
        user_choose(daemon->options.cluster->supervisor_worker_user, &daemon->user, error);

    if (err == ERR_OK)
        err = load_keys(daemon, error);
    if (err == ERR_OK)
        err = try_to_listen(daemon, error);
    if (err == ERR_OK)
        err = find_folders(daemon, error);
    return err == ERR_OK ? let_workers_in(daemon, error) : err;
}

static enum err start(struct daemon *daemon, struct error *error)
{
    enum err err = prepare(daemon, error);

    if (err != ERR_OK)
        return err;
    pass_on(daemon);
    furnish(daemon);
    make_others(daemon);
    err = cgroup_check(&daemon->house.cgroup, error);
    if (err == ERR_OK)
        err = open_lobby(daemon, error);
    if (err == ERR_OK)
        err = open_desk(daemon, error);
    if (err == ERR_OK)
        err = open_blobs(daemon, error);
    if (err == ERR_OK)
        err = user_check_path(&daemon->user, daemon->data, error);
    if (err != ERR_OK)
        return err;
    daemon->address = advertise(daemon);
    daemon->state = describe(daemon);
    err = open_registry(daemon, error);
    if (err == ERR_OK)
        take_over(daemon);
    return err;
}

enum err daemon_start(const struct daemon_options *options, struct daemon **ret_daemon,
                      struct error *error)
{
    struct daemon *daemon = NEW(struct daemon);

    daemon->options = *options;
    daemon->lock = -1;
    daemon->slot_count = options->cluster->supervisor_slots;
    daemon->places = NEW_ARRAY(struct place, daemon->slot_count);
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        daemon->places[i].process.handle = -1;
    daemon->reactor = reactor_new();
    daemon->timer = reactor_timer_new(daemon->reactor, due, daemon);
    enum err err = daemon->timer != NULL ? start(daemon, error)
                                         : error_set(error, ERR_LIMIT, "too many timers");
    if (err != ERR_OK) {
        daemon_destroy(&daemon);
        return err;
    }
    reactor_on_turn(daemon->reactor, turn, daemon);
    log_info("supervisor.started", "supervisor=%s address=%s slots=%u data=%s workers_run_as=%s",
             daemon->id, daemon->address, daemon->slot_count, daemon->data,
             daemon->user.is_other ? daemon->user.name : "self");
    *ret_daemon = daemon;
    return ERR_OK;
}

static void free_texts(struct daemon *daemon)
{
    char **const texts[] = {
        &daemon->id,           &daemon->data,        &daemon->socket_path, &daemon->workers_folder,
        &daemon->blobs_folder, &daemon->logs_folder, &daemon->address,     &daemon->state,
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        mem_free_text(texts[i]);
    for (size_t i = 0; daemon->passed_on[i] != NULL; i++)
        free(daemon->passed_on[i]);
}

void daemon_destroy(struct daemon **daemon_at)
{
    struct daemon *daemon = *daemon_at;

    if (daemon == NULL)
        return;
    lobby_close(&daemon->lobby);
    desk_close(&daemon->desk);
    for (uint32_t i = 0; i < daemon->slot_count; i++)
        place_done(&daemon->places[i]);
    free(daemon->places);
    registry_close(&daemon->house.registry);
    blobs_close(&daemon->house.blobs);
    courier_destroy(&daemon->house.courier);
    health_runner_destroy(&daemon->health);
    reactor_timer_destroy(&daemon->timer);
    reactor_destroy(&daemon->reactor);
    if (daemon->data != NULL)
        identity_unlock(daemon->data, &daemon->lock);
    free_texts(daemon);
    keys_wipe(&daemon->keys);
    free(daemon);
    *daemon_at = NULL;
}
