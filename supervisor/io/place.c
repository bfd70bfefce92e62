/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/io/place.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/key_files.h"
#include "supervisor/io/folder.h"
#include "supervisor/io/slot_file.h"

enum {
    WORDS_MAX = 64,
    NUMBER_MAX = 24,
    USER_MAX = 2 * NUMBER_MAX,
};

static uint64_t now_ms(void)
{
    return clock_now_ns() / 1000000;
}

static struct worker_log_name log_name(const struct place *place)
{
    return (struct worker_log_name){.topology = place->slot.topology, .slot = place->number};
}

/* ---- Effects -------------------------------------------------------------------------------- */

static enum err remember(struct place *place, struct error *error)
{
    const struct house *house = place->house;
    enum err err =
        slot_file_write(house->workers_folder, place->number, &place->slot, house->boot, error);

    if (err != ERR_OK && !place->is_unsaved)
        log_error("slot.not_saved", "slot=%u error=\"%s\"", place->number, error->text);
    place->is_unsaved = err != ERR_OK;
    return err;
}

/* The key of the topology: in a file that only we can read, from before the worker starts until it has
 * said hello. The worker reads it before it becomes another user. */

static char *key_path(const struct place *place)
{
    struct text path;

    text_init(&path);
    text_add(&path, "%s/%u/topology.key", place->house->workers_folder, place->number);
    return text_take(&path);
}

static void remove_key(const struct place *place)
{
    AUTO(mem_free_text) char *path = key_path(place);

    if (place->house->keys != NULL)
        (void)unlink(path);
}

static enum err write_key(const struct place *place, const char *path, struct error *error)
{
    struct keys keys;

    keys_derive(place->house->keys, place->slot.topology, &keys);
    enum err err = key_files_save_topology(path, &keys, error);
    keys_wipe(&keys);
    return err;
}

/* A line of the log about everyday things says nothing about the end: "2026-11-22T03:12:07.485Z info
 * worker.running ...". */
static bool is_small_talk(const char *line)
{
    size_t stamp = strcspn(line, " ");

    return strncmp(line + stamp, " info ", 6) == 0 || strncmp(line + stamp, " debug ", 7) == 0;
}

static void exited(void *context, int fd)
{
    struct place *place = context;
    char how[SLOT_TEXT_MAX / 2], line[WORKER_LOG_LINE_MAX];
    struct worker_log_name name = log_name(place);

    (void)fd;
    if (place->guest != NULL)
        guest_hear_out(place->guest);
    int code = process_reap(&place->process, how, sizeof how);
    remove_key(place);
    cgroup_kill(&place->house->cgroup, place->number);
    worker_log_last_line(&place->house->log, &name, line);
    if (code != 0 && line[0] != '\0' && !is_small_talk(line))
        (void)snprintf(place->text, sizeof place->text, "%s: %s", how, line);
    else
        (void)snprintf(place->text, sizeof place->text, "%s", how);
    log_info("worker.exited", "slot=%u topology=%s incarnation=%llu pid=%lld how=\"%s\"",
             place->number, place->slot.topology, (unsigned long long)place->slot.incarnation,
             (long long)place->process.pid, place->text);
    reactor_unwatch(&place->watch);
    process_close(&place->process);
    place->beat = (struct report_beat){.version = 0};
    place_step(place, &(struct slot_event){.kind = SLOT_EXITED, .text = place->text, .code = code});
}

/* False, with the process killed, if it cannot be watched. */
static bool watch(struct place *place)
{
    place->watch = reactor_watch(place->house->reactor, place->process.handle, exited, place);
    if (place->watch != NULL)
        return true;
    process_signal_group(&place->process, SIGKILL);
    process_close(&place->process);
    return false;
}

struct words {
    const char *items[WORDS_MAX + 1];
    size_t count;
};

static void add_word(struct words *words, const char *option, const char *value)
{
    words->items[words->count++] = option;
    words->items[words->count++] = value;
}

static void add_user(struct words *words, const struct user *user, char ret_text[USER_MAX])
{
    (void)snprintf(ret_text, USER_MAX, "%lu:%lu", (unsigned long)user->uid,
                   (unsigned long)user->gid);
    if (user->is_other)
        add_word(words, "--user", ret_text);
}

static enum err spawn(struct place *place, int output, struct error *error)
{
    const struct house *house = place->house;
    struct worker_log_name name = log_name(place);
    AUTO(mem_free_text) char *log = worker_log_path(&house->log, &name);
    AUTO(mem_free_text) char *key = key_path(place);
    struct words words = {.items = {house->worker}, .count = 1};
    char slot[NUMBER_MAX], incarnation[NUMBER_MAX], user[USER_MAX];
    enum err err = house->keys == NULL ? ERR_OK : write_key(place, key, error);

    if (err != ERR_OK)
        return err;

    (void)snprintf(slot, sizeof slot, "%u", place->number);
    (void)snprintf(incarnation, sizeof incarnation, "%llu",
                   (unsigned long long)place->slot.incarnation);
    add_word(&words, "--topology", place->slot.topology);
    add_word(&words, "--supervisor", house->supervisor);
    add_word(&words, "--slot", slot);
    add_word(&words, "--incarnation", incarnation);
    add_word(&words, "--socket", house->socket_path);
    add_word(&words, "--blobs", house->blobs_folder);
    add_word(&words, "--host", house->host);
    add_word(&words, "--log", log);
    if (house->keys != NULL)
        add_word(&words, "--keys", key);
    add_user(&words, house->user, user);
    for (size_t i = 0; house->settings[i] != NULL && words.count < WORDS_MAX; i++)
        words.items[words.count++] = house->settings[i];
    bool has_group = house->cgroup.folder[0] != '\0';
    struct process_options options = {
        .words = words.items,
        .output = output,
        .memory_bytes = has_group ? 0 : house->memory_bytes,
        .files = house->files,
        .user = house->user,
    };
    return process_start(&options, &place->process, error);
}

static enum err start(struct place *place, struct error *error)
{
    struct worker_log_name name = log_name(place);
    int output;

    place->beat = (struct report_beat){.version = 0};
    if (place->is_unsaved)
        return error_set(error, ERR_IO, "slot.json cannot be written, so nothing is started");
    enum err err = worker_log_open(&place->house->log, &name, &output, error);
    if (err != ERR_OK)
        return err;
    err = spawn(place, output, error);
    (void)close(output);
    if (err == ERR_OK && !watch(place))
        err = error_set(error, ERR_LIMIT, "too many descriptors");
    if (err == ERR_OK &&
        cgroup_put(&place->house->cgroup, place->number, place->process.pid, error) != ERR_OK)
        log_error("worker.not_bounded", "slot=%u error=\"%s\"", place->number, error->text);
    return err;
}

/* Fills in the event that follows at once. */
static void perform_start(struct place *place, struct slot_event *ret_next)
{
    struct error error;

    if (start(place, &error) == ERR_OK) {
        log_info("worker.started", "slot=%u topology=%s incarnation=%llu pid=%lld", place->number,
                 place->slot.topology, (unsigned long long)place->slot.incarnation,
                 (long long)place->process.pid);
        *ret_next = (struct slot_event){
            .kind = SLOT_STARTED, .pid = place->process.pid, .born = place->process.born};
        return;
    }
    (void)snprintf(place->text, sizeof place->text, "%s", error.text);
    *ret_next = (struct slot_event){.kind = SLOT_START_FAILED, .text = place->text};
}

/* True, with the event, if both blobs are there already, or nobody knows what they are. */
static bool perform_fetch(struct place *place, struct slot_event *ret_next)
{
    struct blobs *blobs = place->house->blobs;
    struct core_wanted wanted;
    bool has_all = true;

    /* A topology that is wanted is known, but for one whose worker was taken over and has died before
     * the assignments were read: then the order to fetch is repeated by place_take_blob(). */
    if (!core_find_wanted(registry_core(place->house->registry), place->number, &wanted) ||
        strcmp(wanted.topology, place->slot.wanted) != 0)
        return false;
    const char *const hashes[] = {wanted.plan_hash, wanted.so_hash};
    for (size_t i = 0; i < COUNT_OF(hashes); i++) {
        if (blobs_has(blobs, hashes[i]))
            continue;
        has_all = false;
        blobs_fetch(blobs, hashes[i]);
    }
    *ret_next = (struct slot_event){.kind = SLOT_BLOBS_READY, .topology = place->slot.wanted};
    return has_all;
}

static void complain(const struct place *place)
{
    const struct slot *slot = &place->slot;
    char text[SLOT_TEXT_MAX + 64];
    struct complaint complaint = {
        .topology = slot->topology,
        .component = COMPLAINTS_WORKER,
        .slot = place->number,
        .text = text,
    };

    if (slot->state == SLOT_FAILED)
        (void)snprintf(text, sizeof text, "not started: %s", slot->fault);
    else if (slot_is_looping(slot, now_ms()))
        (void)snprintf(text, sizeof text, "crash loop: %d exits within %d min, the last: %s",
                       SLOT_LOOP_EXITS, SLOT_LOOP_MS / 60000, slot->last_exit);
    else
        (void)snprintf(text, sizeof text, "the worker ended: %s", slot->last_exit);
    log_warn("worker.trouble", "slot=%u topology=%s error=\"%s\"", place->number, slot->topology,
             text);
    registry_complain(place->house->registry, &complaint);
}

static void perform_signals(struct place *place, unsigned effects)
{
    if ((effects & SLOT_TERM) != 0) {
        log_info("worker.stopping", "slot=%u topology=%s", place->number, place->slot.topology);
        if (place->guest != NULL)
            guest_send(place->guest, LOCAL_STOP);
        process_signal(&place->process, SIGTERM);
    }
    if ((effects & SLOT_KILL) != 0) {
        log_warn("worker.killed", "slot=%u topology=%s phase=%s", place->number,
                 place->slot.topology, slot_phase(&place->slot));
        process_signal_group(&place->process, SIGKILL);
    }
}

/* In the order that supervisor/slot.h demands. True if *ret_next is an event that follows. */
static bool perform(struct place *place, unsigned effects, struct slot_event *ret_next)
{
    const struct house *house = place->house;
    const struct slot *slot = &place->slot;
    struct error error;
    bool has_next = false;

    if ((effects & SLOT_REMEMBER) != 0)
        (void)remember(place, &error); /* told there; repeated each second */
    if ((effects & SLOT_UNPUBLISH) != 0)
        registry_unpublish(house->registry, slot->topology, place->number);
    perform_signals(place, effects);
    if ((effects & SLOT_FETCH) != 0)
        has_next = perform_fetch(place, ret_next);
    if ((effects & SLOT_START) != 0) {
        perform_start(place, ret_next);
        has_next = true;
    }
    if ((effects & SLOT_PUBLISH) != 0)
        registry_publish(house->registry, slot->topology, place->number, slot->incarnation,
                         slot->address);
    if ((effects & SLOT_COMPLAIN) != 0)
        complain(place);
    if ((effects & SLOT_REPORT) != 0)
        courier_hurry(house->courier);
    return has_next;
}

void place_step(struct place *place, const struct slot_event *event)
{
    struct slot_event next = *event;
    bool has_next = true;

    while (has_next) {
        enum slot_state before = place->slot.state;
        unsigned effects = slot_step(&place->slot, &next, now_ms());
        if (place->slot.state != before)
            log_debug("slot.moved", "slot=%u from=%s to=%s", place->number, slot_state_name(before),
                      slot_state_name(place->slot.state));
        has_next = perform(place, effects, &next);
    }
}

/* ---- What comes in -------------------------------------------------------------------------- */

/* By what it says and by what the system says. */
static bool is_our_worker(const struct place *place, const struct guest *guest,
                          const struct local_message *hello)
{
    const struct slot *slot = &place->slot;

    return slot->pid != 0 && guest_pid(guest) == slot->pid && hello->pid == slot->pid &&
           hello->incarnation == slot->incarnation && strcmp(hello->topology, slot->topology) == 0;
}

static bool take_hello(struct place *place, struct guest *guest, const struct local_message *hello)
{
    if (!is_our_worker(place, guest, hello)) {
        log_warn("worker.unknown", "slot=%u topology=%s incarnation=%llu pid=%lld", place->number,
                 hello->topology, (unsigned long long)hello->incarnation,
                 (long long)guest_pid(guest));
        guest_send(guest, LOCAL_STOP);
        return false;
    }
    if (place->guest != NULL && place->guest != guest)
        guest_set_tag(place->guest, NULL); /* a new connection replaces the one before */
    remove_key(place);
    place->guest = guest;
    guest_set_tag(guest, place);
    guest_send(guest, LOCAL_WELCOME);
    if (place->slot.state == SLOT_STOPPING)
        guest_send(guest, LOCAL_STOP);
    return true;
}

static void take_beat(struct place *place, const struct local_message *beat)
{
    bool is_news = beat->drained != place->beat.is_drained || beat->version != place->beat.version;

    report_beat_take(&place->beat, beat);
    if (is_news)
        courier_hurry(place->house->courier);
    place_step(place, &(struct slot_event){.kind = SLOT_BEAT, .text = beat->phase});
}

static void take_error(const struct place *place, const struct local_message *error)
{
    struct complaint complaint = {
        .topology = place->slot.topology,
        .component = error->component,
        .slot = place->number,
        .task = error->task,
        .text = error->text,
    };

    registry_complain(place->house->registry, &complaint);
    courier_hurry(place->house->courier);
}

bool place_take_message(struct place *place, struct guest *guest,
                        const struct local_message *message)
{
    switch (message->kind) {
    case LOCAL_HELLO:
        return take_hello(place, guest, message);
    case LOCAL_BOUND:
        place_step(place, &(struct slot_event){.kind = SLOT_BOUND, .text = message->address});
        return true;
    case LOCAL_BEAT:
        take_beat(place, message);
        return true;
    case LOCAL_ERROR:
        take_error(place, message);
        return true;
    case LOCAL_STACKS:
    case LOCAL_PROFILE:
    case LOCAL_SAMPLES: /* for whoever has asked, which is not this one */
        return place->guest == guest;
    case LOCAL_ENDED:
        place_step(place, &(struct slot_event){.kind = SLOT_HAS_ENDED});
        return true;
    }
    return false;
}

bool place_take_figures(struct place *place, const struct guest *guest,
                        const struct figures_message *message)
{
    const struct slot *slot = &place->slot;
    struct figure_source source = {.slot = place->number, .incarnation = slot->incarnation};
    struct error error;

    if (place->guest != guest)
        return false;
    memcpy(source.topology, slot->topology, sizeof source.topology);
    enum err err = figure_sets_take(&place->figures, &source, message, &error);
    if (err != ERR_OK)
        log_warn("worker.message", "slot=%u error=\"%s\"", place->number, error.text);
    return err == ERR_OK;
}

void place_take_blob(struct place *place, const char *hash, const char *fault)
{
    struct core_wanted wanted;
    struct slot_event next;

    if (place->slot.state != SLOT_FETCHING ||
        !core_find_wanted(registry_core(place->house->registry), place->number, &wanted) ||
        strcmp(wanted.topology, place->slot.wanted) != 0)
        return;
    bool is_mine =
        hash != NULL && (strcmp(wanted.plan_hash, hash) == 0 || strcmp(wanted.so_hash, hash) == 0);
    if (is_mine && fault != NULL)
        place_step(place, &(struct slot_event){.kind = SLOT_BLOBS_MISSING,
                                               .topology = place->slot.wanted,
                                               .text = fault});
    else if (perform_fetch(place, &next))
        place_step(place, &next);
}

void place_look_after(struct place *place)
{
    struct worker_log_name name = log_name(place);
    struct error error;

    if (place->is_unsaved && remember(place, &error) == ERR_OK)
        log_info("slot.saved", "slot=%u", place->number);
    if (place->process.pid != 0 && place->guest != NULL &&
        worker_log_turn(&place->house->log, &name))
        guest_send(place->guest, LOCAL_REOPEN);
}

/* ---- Restart -------------------------------------------------------------------------------- */

static bool adopt(struct place *place, const struct process *process, const char *topology,
                  uint64_t incarnation)
{
    place->process = *process;
    if (!watch(place))
        return false;
    log_info("worker.taken_over", "slot=%u topology=%s incarnation=%llu pid=%lld", place->number,
             topology, (unsigned long long)incarnation, (long long)process->pid);
    place_step(place, &(struct slot_event){
                          .kind = SLOT_ADOPT,
                          .topology = topology,
                          .pid = process->pid,
                          .born = process->born,
                          .age_ms = process->age_ms,
                          .incarnation = incarnation,
                      });
    return true;
}

bool place_take_found(struct place *place, const struct process_found *found)
{
    struct process process;

    if (place->process.pid != 0 || place->slot.incarnation != found->incarnation ||
        strcmp(place->slot.topology, found->topology) != 0 ||
        process_open(found->pid, &process) != ERR_OK)
        return false;
    return adopt(place, &process, found->topology, found->incarnation);
}

/* The one that is remembered, if it is still there. */
static void find_process(struct place *place, const struct slot_record *record)
{
    struct process process;

    if (record->pid != 0 && strcmp(record->boot, place->house->boot) == 0 &&
        process_open(record->pid, &process) == ERR_OK) {
        if (process.born != record->born)
            process_close(&process);
        else if (adopt(place, &process, record->topology, record->incarnation))
            return;
    }
    if (record->pid != 0)
        (void)snprintf(place->slot.last_exit, sizeof place->slot.last_exit,
                       "ended while no supervisor was there");
    /* What it has published does not hold any more. */
    if (record->topology[0] != '\0')
        registry_unpublish(place->house->registry, record->topology, place->number);
}

void place_init(struct place *place, const struct house *house, uint32_t number,
                const struct slot_limits *limits, uint64_t incarnation)
{
    struct slot_record record;
    struct error error;

    *place = (struct place){.house = house, .number = number, .process = {.handle = -1}};
    slot_init(&place->slot, limits, incarnation);
    enum err err = slot_file_read(house->workers_folder, number, &record, &error);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        log_warn("slot.forgotten", "slot=%u error=\"%s\"", number, error.text);
    if (err != ERR_OK)
        return;
    slot_record_restore(&record, &place->slot);
    find_process(place, &record);
    slot_record_done(&record);
}

void place_done(struct place *place)
{
    reactor_unwatch(&place->watch);
    process_close(&place->process);
    figure_sets_done(&place->figures);
}
