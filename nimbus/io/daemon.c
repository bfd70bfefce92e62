/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/io/daemon.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/idmap.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "coord/client.h"
#include "net/address.h"
#include "net/control_server.h"
#include "net/key_files.h"
#include "net/reactor.h"
#include "nimbus/core.h"
#include "nimbus/io/blob_store.h"
#include "nimbus/io/fetcher.h"
#include "nimbus/io/identity.h"
#include "wire/plan.h"

#define CLOSE_NS UINT64_C(2000000000) /* that giving up the office may take */

enum {
    FETCHERS_MAX = 8,
    EVENTS_PER_ROUND = 256, /* of the cluster state, before others are heard */
    ROUNDS_MAX = 64,        /* of core and effects in one turn */
};

struct daemon {
    struct daemon_options options;
    const struct cluster *cluster;
    char *id;
    int lock; /* of the folder */
    struct keys own_keys;
    const struct keys *keys; /* NULL: none */
    struct reactor *reactor;
    struct blob_store *store;
    struct control_server *server;
    struct coord_client *client;
    struct reactor_watch *watch; /* of its inbox */
    struct reactor_timer *timer;
    struct core *core;
    struct coord_calls calls;
    struct effects effects;
    struct idmap peers; /* by the number the core knows: struct control_peer * */
    uint64_t last_peer;
    struct fetcher *fetchers[FETCHERS_MAX];
    bool over[FETCHERS_MAX]; /* has ended, and is to be destroyed */
    bool is_closing;
    uint64_t close_ns;
};

/* ---- Events -------------------------------------------------------------------------------- */

static void step(struct daemon *daemon, struct core_event event)
{
    event.now_ns = clock_now_ns();
    event.wall_ms = clock_wall_ms();
    core_step(daemon->core, &event, &daemon->calls, &daemon->effects);
}

static void take_coord(void *context, int fd)
{
    struct daemon *daemon = context;
    struct coord_event event;

    (void)fd;
    for (int i = 0; i < EVENTS_PER_ROUND && coord_take(daemon->client, 0, &event); i++) {
        step(daemon, (struct core_event){.kind = CORE_COORD, .coord = &event});
        coord_event_done(&event);
        coord_call_all(daemon->client, &daemon->calls);
    }
}

static void take_request(void *context, const struct control_peer *peer, const char *head,
                         size_t head_size, const void *body, size_t body_size)
{
    struct daemon *daemon = context;
    struct control_peer *copy = NEW(struct control_peer);

    *copy = *peer;
    idmap_put(&daemon->peers, ++daemon->last_peer, (uint64_t)(uintptr_t)copy);
    step(daemon, (struct core_event){.kind = CORE_REQUEST,
                                     .peer = daemon->last_peer,
                                     .role = peer->role,
                                     .head = head,
                                     .head_size = head_size,
                                     .bytes = body,
                                     .size = body_size});
}

static void note_blob(void *context, const char *hash, uint64_t size_bytes)
{
    struct daemon *daemon = context;

    step(daemon,
         (struct core_event){.kind = CORE_BLOB_HELD, .hash = hash, .size_bytes = size_bytes});
}

static void take_time(void *context, uint64_t now_ns)
{
    struct daemon *daemon = context;

    (void)now_ns;
    step(daemon, (struct core_event){.kind = CORE_TIME});
}

/* ---- Effects ------------------------------------------------------------------------------- */

static void reply(struct daemon *daemon, const struct effect *effect)
{
    const uint64_t *slot = idmap_find(&daemon->peers, effect->asker.peer);

    ASSERT(slot != NULL); /* each request is answered once */
    struct control_peer *peer = (struct control_peer *)(uintptr_t)*slot;
    if (effect->text != NULL)
        control_server_reply(daemon->server, peer, effect->text, strlen(effect->text),
                             effect->bytes, effect->size);
    (void)idmap_remove(&daemon->peers, effect->asker.peer);
    free(peer);
}

static enum control_code code_of(enum err err)
{
    if (err == ERR_CORRUPT || err == ERR_CONFLICT || err == ERR_INVALID)
        return CONTROL_INVALID;
    return err == ERR_NOT_FOUND ? CONTROL_NOT_FOUND : CONTROL_UNAVAILABLE;
}

static struct control_fault fault_of(enum err err, const struct error *error)
{
    struct control_fault fault = {.code = CONTROL_OK};

    if (err != ERR_OK)
        (void)control_refuse(&fault, code_of(err), "%s", error->text);
    return fault;
}

static void put_blob(struct daemon *daemon, const struct effect *effect)
{
    struct blob_piece piece = {
        .hash = effect->hash,
        .size_bytes = effect->size_bytes,
        .offset = effect->offset,
        .bytes = effect->bytes,
        .size = effect->size,
    };
    bool is_done = false;
    struct error error;
    enum err err = blob_store_put(daemon->store, &piece, &is_done, &error);

    if (err != ERR_OK)
        log_warn("blob.refused", "hash=%s error=\"%s\"", effect->hash, error.text);
    step(daemon, (struct core_event){.kind = CORE_BLOB_PUT,
                                     .asker = effect->asker,
                                     .hash = effect->hash,
                                     .size_bytes = effect->offset + effect->size,
                                     .is_done = is_done,
                                     .fault = fault_of(err, &error)});
}

static void read_blob(struct daemon *daemon, const struct effect *effect)
{
    struct blob_span span = {.offset = effect->offset, .length = (size_t)effect->size_bytes};
    struct blob_bytes bytes = {.bytes = NULL};
    struct error error;
    enum err err = blob_store_read(daemon->store, effect->hash, span, &bytes, &error);

    step(daemon, (struct core_event){.kind = CORE_BLOB_READ,
                                     .asker = effect->asker,
                                     .hash = effect->hash,
                                     .size_bytes = bytes.size_bytes,
                                     .bytes = bytes.bytes,
                                     .size = bytes.size,
                                     .fault = fault_of(err, &error)});
    free(bytes.bytes);
}

/* A plan that is too large is one that is faulty: its decoder says so of the part that was read. */
static void load_blob(struct daemon *daemon, const struct effect *effect)
{
    struct blob_span span = {.length = PLAN_JSON_BYTES_MAX + 1};
    struct blob_bytes bytes = {.bytes = NULL};
    struct error error;

    if (blob_store_read(daemon->store, effect->hash, span, &bytes, &error) != ERR_OK)
        log_error("blob.unreadable", "hash=%s error=\"%s\"", effect->hash, error.text);
    step(daemon, (struct core_event){.kind = CORE_BLOB_LOADED,
                                     .hash = effect->hash,
                                     .bytes = bytes.bytes,
                                     .size = bytes.size});
    free(bytes.bytes);
}

static void end_fetch(void *context, struct fetcher *fetcher, bool is_good)
{
    struct daemon *daemon = context;

    step(daemon, (struct core_event){
                     .kind = CORE_BLOB_FETCHED, .hash = fetcher_hash(fetcher), .is_done = is_good});
    for (size_t i = 0; i < FETCHERS_MAX; i++)
        if (daemon->fetchers[i] == fetcher)
            daemon->over[i] = true;
}

static void fetch_blob(struct daemon *daemon, const struct effect *effect)
{
    struct fetcher_options options = {
        .reactor = daemon->reactor,
        .store = daemon->store,
        .hash = effect->hash,
        .bytes_max = daemon->cluster->nimbus_blob_bytes_max,
        .addresses = effect->text,
        .keys = daemon->keys,
        .ended = end_fetch,
        .context = daemon,
    };

    for (size_t i = 0; i < FETCHERS_MAX; i++) {
        if (daemon->fetchers[i] == NULL) {
            daemon->fetchers[i] = fetcher_new(&options);
            return;
        }
    }
    UNREACHABLE(); /* the core has fewer under way */
}

static void perform(struct daemon *daemon, const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_REPLY:
        reply(daemon, effect);
        break;
    case EFFECT_BLOB_PUT:
        put_blob(daemon, effect);
        break;
    case EFFECT_BLOB_READ:
        read_blob(daemon, effect);
        break;
    case EFFECT_BLOB_LOAD:
        load_blob(daemon, effect);
        break;
    case EFFECT_BLOB_FETCH:
        fetch_blob(daemon, effect);
        break;
    case EFFECT_BLOB_DELETE:
        blob_store_delete(daemon->store, effect->hash);
        break;
    case EFFECT_LOG:
        log_line((enum log_level)effect->level, effect->name, "%s", effect->text);
        break;
    }
}

/* ---- Turns --------------------------------------------------------------------------------- */

/* A fetcher is not destroyed while it calls. */
static void sweep_fetchers(struct daemon *daemon)
{
    for (size_t i = 0; i < FETCHERS_MAX; i++) {
        if (!daemon->over[i])
            continue;
        daemon->over[i] = false;
        fetcher_destroy(&daemon->fetchers[i]);
    }
}

/* What effects bring (a plan that was read) may have effects of its own. */
static bool run_effects(struct daemon *daemon)
{
    struct effect effect;
    bool has_any = false;

    while (effects_pop(&daemon->effects, &effect)) {
        has_any = has_any || effect.kind != EFFECT_LOG;
        perform(daemon, &effect);
        effect_done(&effect);
    }
    return has_any;
}

static void turn(void *context, uint64_t now_ns)
{
    struct daemon *daemon = context;

    (void)now_ns;
    sweep_fetchers(daemon);
    for (int i = 0; i < ROUNDS_MAX; i++) {
        core_turn(daemon->core, clock_now_ns(), clock_wall_ms(), &daemon->calls, &daemon->effects);
        coord_call_all(daemon->client, &daemon->calls);
        if (!run_effects(daemon))
            break;
    }
    if (daemon->is_closing &&
        (core_is_closed(daemon->core) || clock_now_ns() >= daemon->close_ns)) {
        reactor_stop(daemon->reactor);
        return;
    }
    reactor_timer_set(daemon->timer, core_deadline_ns(daemon->core));
}

void daemon_run(struct daemon *daemon)
{
    reactor_run(daemon->reactor);
    daemon->is_closing = true;
    daemon->close_ns = clock_now_ns() + CLOSE_NS;
    core_close(daemon->core, &daemon->calls);
    coord_call_all(daemon->client, &daemon->calls);
    reactor_run(daemon->reactor);
}

void daemon_stop(struct daemon *daemon)
{
    reactor_stop(daemon->reactor);
}

uint16_t daemon_port(const struct daemon *daemon)
{
    return control_server_port(daemon->server);
}

/* ---- Life ---------------------------------------------------------------------------------- */

static enum err load_keys(struct daemon *daemon, struct error *error)
{
    const char *folder = daemon->cluster->keys;

    if (folder[0] == '\0')
        return ERR_OK;
    daemon->keys = &daemon->own_keys;
    return key_files_load_cluster(folder, &daemon->own_keys, error);
}

static enum err open_server(struct daemon *daemon, struct error *error)
{
    struct control_server_options options = {
        .reactor = daemon->reactor,
        .address = daemon->cluster->nimbus_listen,
        .keys = daemon->keys,
        .received = take_request,
        .context = daemon,
    };

    return control_server_open(&options, &daemon->server, error);
}

/* Where others reach us: as nimbus.host says, or as we listen. */
static enum err make_address(const struct daemon *daemon, char **ret_address, struct error *error)
{
    const char *host = daemon->cluster->nimbus_host;
    struct address address;
    struct text text;
    enum err err = address_parse(daemon->cluster->nimbus_listen, &address, error);

    if (err != ERR_OK)
        return err;
    if (host[0] == '\0')
        host = address.host;
    if (strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0)
        return error_set(error, ERR_INVALID,
                         "nimbus.listen is '%s', every address of this machine: set nimbus.host to "
                         "the one by which others reach it",
                         daemon->cluster->nimbus_listen);
    text_init(&text);
    text_add(&text, strchr(host, ':') != NULL ? "[%s]:%u" : "%s:%u", host,
             control_server_port(daemon->server));
    *ret_address = text_take(&text);
    return ERR_OK;
}

static uint64_t draw_seed(const char *id)
{
    uint64_t seed = clock_now_ns() ^ ((uint64_t)getpid() << 32);

    for (; *id != '\0'; id++)
        seed = (seed ^ (unsigned char)*id) * UINT64_C(0x100000001B3);
    return seed;
}

static enum err make_core(struct daemon *daemon, struct error *error)
{
    AUTO(mem_free_text) char *address = NULL;
    enum err err = make_address(daemon, &address, error);

    if (err != ERR_OK)
        return err;
    struct core_options options = {
        .id = daemon->id,
        .address = address,
        .gale = daemon->options.gale,
        .since_ms = clock_wall_ms(),
        .seed = draw_seed(daemon->id),
        .blob_bytes_max = daemon->cluster->nimbus_blob_bytes_max,
        .monitor_ms = daemon->cluster->nimbus_monitor_ms,
        .away_ms = daemon->cluster->nimbus_away_ms,
        .deletion_delay_ms = daemon->cluster->nimbus_deletion_delay_ms,
        .history_bytes_max = daemon->cluster->nimbus_history_bytes_max,
        .defaults = daemon->options.settings,
    };
    daemon->core = core_new(&options);
    log_info("nimbus.started", "id=%s address=%s data=%s", daemon->id, address,
             daemon->options.data);
    return ERR_OK;
}

static enum err open_client(struct daemon *daemon, struct error *error)
{
    struct coord_options options = daemon->options.coord;

    options.seed = draw_seed(daemon->id);
    enum err err = coord_open(&options, &daemon->client, error);
    if (err != ERR_OK)
        return err;
    daemon->watch = reactor_watch(daemon->reactor, coord_fd(daemon->client), take_coord, daemon);
    ASSERT(daemon->watch != NULL);
    return ERR_OK;
}

static enum err open_folder(struct daemon *daemon, struct error *error)
{
    const char *data = daemon->options.data;
    enum err err = file_make_folder(data, error);

    if (err == ERR_OK)
        err = identity_lock(data, &daemon->lock, error);
    if (err == ERR_OK)
        err = identity_get(data, daemon->cluster->nimbus_id, &daemon->id, error);
    return err;
}

enum err daemon_start(const struct daemon_options *options, struct daemon **ret_daemon,
                      struct error *error)
{
    AUTO(daemon_destroy) struct daemon *daemon = NEW(struct daemon);

    daemon->options = *options;
    daemon->cluster = options->cluster;
    daemon->lock = -1;
    daemon->reactor = reactor_new();
    daemon->timer = reactor_timer_new(daemon->reactor, take_time, daemon);
    reactor_on_turn(daemon->reactor, turn, daemon);
    enum err err = load_keys(daemon, error);
    if (err == ERR_OK)
        err = open_folder(daemon, error);
    if (err == ERR_OK)
        err = open_server(daemon, error);
    if (err == ERR_OK)
        err = make_core(daemon, error);
    if (err == ERR_OK)
        err = blob_store_open(options->data, note_blob, daemon, &daemon->store, error);
    if (err == ERR_OK)
        err = open_client(daemon, error);
    if (err == ERR_OK)
        *ret_daemon = TAKE(daemon);
    return err;
}

static void free_peers(struct daemon *daemon)
{
    for (size_t i = 0; i < daemon->peers.capacity; i++)
        if (daemon->peers.entries[i].is_used)
            free((void *)(uintptr_t)daemon->peers.entries[i].value);
    idmap_done(&daemon->peers);
}

void daemon_destroy(struct daemon **daemon)
{
    struct daemon *it = *daemon;

    if (it == NULL)
        return;
    for (size_t i = 0; i < FETCHERS_MAX; i++)
        fetcher_destroy(&it->fetchers[i]);
    reactor_unwatch(&it->watch);
    coord_close(&it->client);
    control_server_close(&it->server);
    blob_store_close(&it->store);
    core_destroy(&it->core);
    coord_calls_done(&it->calls);
    effects_done(&it->effects);
    free_peers(it);
    reactor_timer_destroy(&it->timer);
    reactor_destroy(&it->reactor);
    identity_unlock(it->options.data, &it->lock);
    free(it->id);
    keys_wipe(&it->own_keys);
    free(it);
    *daemon = NULL;
}
