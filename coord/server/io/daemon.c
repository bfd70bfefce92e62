/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/io/daemon.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "coord/server/facts.h"
#include "coord/server/io/committer.h"
#include "coord/server/io/machine.h"
#include "coord/server/io/sqlite_store.h"
#include "coord/server/service.h"
#include "coord/server/words.h"
#include "net/server.h"

enum {
    LENGTH_SIZE = 4,                  /* of the number before each frame; of a word */
    ANSWERS_MAX_BYTES = 1024 * 1024,  /* waiting for a peer: more, and its input waits, too */
    RETRY_NS = 1000 * 1000 * 1000,    /* between attempts to write to a full disk */
    ROOM_MIN_BYTES = 4 * 1024 * 1024, /* on the disk before writes are taken again */
    FIRST_FRAME_MAX_BYTES = 4096,     /* who has not said who it is may not take much memory */
    PEER_TURN_NS = 2 * 1000 * 1000,   /* what one peer's requests may take while others wait */
    CLOSINGS_PER_TURN = 32,           /* the system takes its time for each */

    /* What is committed on the loop's own thread. For more, handing it over costs less than the loop
     * has to do meanwhile. */
    SMALL_CHANGES = 8,
    SMALL_BYTES = 32 * 1024,
    SMALL_REQUESTS = 8, /* between two commits: reads come, too */
};

/* Clients read the numbers at its beginning, and know by them what the server can do. */
static const char server_version[] = "3.8.0-gale-" GALE_VERSION "";

/* What the loop knows of a connection. */
struct guest {
    struct connection *connection;
    struct service_peer *peer;
    struct list_node in_paused;
    size_t waiting_bytes; /* when its input was paused, or looked at last */
    bool has_spoken;      /* so a four-letter word can no longer come */
    bool is_welcome;      /* it has sent its first frame */
};

struct daemon {
    const struct options *options;
    struct store *store;
    struct committer *committer;
    struct service *service;
    struct server *server;
    struct batch batch; /* what is being committed, or was */
    struct list paused; /* guests whose input waits */
    bool is_committing;
    bool is_commit_due;       /* on this thread, after the turn */
    uint64_t requests;        /* since the last commit began */
    uint64_t requests_before; /* between the last two */
    atomic_bool is_stopping;
    uint64_t retry_ns;
    size_t refused_bytes;   /* the size of the batch that found no room */
    struct error fatal;     /* code is not ERR_OK once the disk has failed */
    uint64_t clients_ahead; /* that the log has told of */
    uint64_t started_ns;
    struct words_latency commits;
    struct machine machine;
    struct text path; /* scratch */
};

/* ---- Input --------------------------------------------------------------------------------- */

static void *open_guest(void *owner, struct connection *connection)
{
    struct daemon *daemon = owner;
    struct guest *guest = NEW(struct guest);

    guest->connection = connection;
    guest->peer = service_connect(daemon->service, connection_address(connection),
                                  connection_port(connection), guest);
    return guest;
}

static void close_guest(void *owner, struct connection *connection, enum server_close_reason reason)
{
    struct daemon *daemon = owner;
    struct guest *guest = connection_context(connection);

    if (reason == SERVER_CLOSE_SLOW || reason == SERVER_CLOSE_INPUT)
        log_warn("connection.dropped", "peer=%s:%u reason=%s", connection_address(connection),
                 connection_port(connection), reason == SERVER_CLOSE_SLOW ? "slow" : "garbage");
    if (list_has_node(&guest->in_paused))
        list_remove(&guest->in_paused);
    service_disconnect(daemon->service, guest->peer);
    free(guest);
}

static uint32_t length_of(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static void gather(struct daemon *daemon, struct facts *facts, struct words_facts *words)
{
    struct server_counts counts = server_counts(daemon->server);
    uint64_t now_ns = clock_now_ns();

    *facts = (struct facts){
        .service = daemon->service,
        .now_us = now_ns / 1000,
        .wall_ms = (int64_t)clock_wall_ms(),
        .path = &daemon->path,
    };
    *words = (struct words_facts){
        .version = server_version,
        .uptime_ms = (now_ns - daemon->started_ns) / 1000000,
        .commit = daemon->commits,
        .connections = counts.connections,
        .connections_refused = counts.refused,
        .port = server_port(daemon->server),
    };
    facts_gather(facts, daemon->options, words);
}

/* Whether the connection asks a four-letter word; then it is answered, and that is all. */
static bool answer_word(struct daemon *daemon, struct guest *guest, const char *word)
{
    struct facts facts;
    struct words_facts words;
    struct text out;

    if (!words_is_known(word))
        return false;
    gather(daemon, &facts, &words);
    if (words_needs_machine(word))
        machine_gather(&daemon->machine, &words);
    text_init(&out);
    (void)words_answer(word, &words, &out);
    connection_put(guest->connection, text_data(&out), text_size(&out));
    connection_close(guest->connection);
    text_done(&out);
    return true;
}

/* More waits for the peer than it has taken: it should read before it asks again. */
static bool reads_slowly(const struct guest *guest)
{
    return connection_waiting_bytes(guest->connection) + service_waiting_bytes(guest->peer) >
           ANSWERS_MAX_BYTES;
}

static void pause_guest(struct daemon *daemon, struct guest *guest)
{
    connection_pause(guest->connection);
    guest->waiting_bytes = connection_waiting_bytes(guest->connection);
    if (!list_has_node(&guest->in_paused))
        list_push_last(&daemon->paused, &guest->in_paused);
}

/* ZooKeeper closes without a word, and people wonder for hours. */
static void refuse_length(const struct daemon *daemon, const struct guest *guest, uint32_t length)
{
    const char *address = connection_address(guest->connection);
    uint16_t port = connection_port(guest->connection);

    if (length > INT32_MAX)
        log_warn("connection.garbage", "peer=%s:%u", address, port);
    else
        log_warn("request.too_long", "peer=%s:%u bytes=%u max=%zu setting=coord.data_max_bytes",
                 address, port, length, daemon->options->service.frame_max_bytes);
    connection_close(guest->connection);
}

static uint32_t frame_max_of(const struct daemon *daemon, const struct guest *guest)
{
    size_t max = daemon->options->service.frame_max_bytes;

    return (uint32_t)(!guest->is_welcome && max > FIRST_FRAME_MAX_BYTES ? FIRST_FRAME_MAX_BYTES
                                                                        : max);
}

/* What may be done with the bytes at hand. */
enum prospect {
    PROSPECT_FRAME,   /* a whole frame is there */
    PROSPECT_PARTIAL, /* its end has not come yet */
    PROSPECT_WAIT,    /* it is there, but must wait */
    PROSPECT_REFUSED, /* the connection is being closed */
};

static enum prospect look(struct daemon *daemon, struct guest *guest, const unsigned char *bytes,
                          size_t size, uint32_t *ret_length)
{
    if (size < LENGTH_SIZE)
        return PROSPECT_PARTIAL;

    uint32_t length = length_of(bytes);
    if (length > frame_max_of(daemon, guest)) {
        refuse_length(daemon, guest, length);
        return PROSPECT_REFUSED;
    }
    if (size - LENGTH_SIZE < length)
        return PROSPECT_PARTIAL;
    if (reads_slowly(guest) ||
        (guest->is_welcome && service_must_wait(daemon->service, bytes + LENGTH_SIZE, length)))
        return PROSPECT_WAIT;
    *ret_length = length;
    return PROSPECT_FRAME;
}

/* Serves whole frames, as many as there is time for; returns the bytes they took. */
static size_t serve_frames(struct daemon *daemon, struct guest *guest, const unsigned char *bytes,
                           size_t size)
{
    uint64_t deadline_ns = clock_now_ns() + PEER_TURN_NS;
    enum prospect prospect;
    uint32_t length;
    size_t used = 0;

    while ((prospect = look(daemon, guest, bytes + used, size - used, &length)) == PROSPECT_FRAME) {
        guest->is_welcome = true;
        service_receive(daemon->service, guest->peer, bytes + used + LENGTH_SIZE, length);
        used += LENGTH_SIZE + length;
        daemon->requests++;
        if (clock_now_ns() > deadline_ns) {
            connection_resume(guest->connection); /* the rest in the next turn */
            return used;
        }
    }
    if (prospect == PROSPECT_WAIT)
        pause_guest(daemon, guest);
    return prospect == PROSPECT_REFUSED ? size : used;
}

/* A word, or frames. */
static size_t receive(void *owner, struct connection *connection, const void *bytes, size_t size)
{
    struct daemon *daemon = owner;
    struct guest *guest = connection_context(connection);

    if (size < LENGTH_SIZE)
        return 0;
    if (!guest->has_spoken && answer_word(daemon, guest, bytes))
        return size;
    guest->has_spoken = true;
    service_set_time(daemon->service, clock_now_ns() / 1000, (int64_t)clock_wall_ms());
    return serve_frames(daemon, guest, bytes, size);
}

/* ---- The disk ------------------------------------------------------------------------------ */

static void note_full_disk(struct daemon *daemon, const struct error *error)
{
    if (!service_is_read_only(daemon->service))
        log_error("disk.full", "%s; writes are refused until there is room, reads are served",
                  error->text);
    service_rolled_back(daemon->service);
    daemon->refused_bytes = text_size(&daemon->batch.bytes);
    daemon->retry_ns = clock_now_ns() + RETRY_NS;
}

static void fail_for_good(struct daemon *daemon, const struct error *error)
{
    daemon->fatal = *error;
    log_error("disk.failed", "%s; stopping, so that nothing is answered that is not durable",
              error->text);
    server_stop(daemon->server);
}

static void note_commit(struct words_latency *commits, uint64_t us)
{
    if (commits->count == 0 || us < commits->min_us)
        commits->min_us = us;
    if (us > commits->max_us)
        commits->max_us = us;
    commits->total_us += us;
    commits->count++;
}

static void take_outcome(struct daemon *daemon)
{
    struct committer_outcome outcome;

    if (!daemon->is_committing || !committer_take(daemon->committer, &outcome))
        return;
    daemon->is_committing = false;
    note_commit(&daemon->commits, outcome.duration_ns / 1000);
    if (outcome.result == ERR_OK) {
        if (service_is_read_only(daemon->service))
            log_info("disk.has_room", "writes are taken again");
        service_committed(daemon->service);
    } else if (outcome.result == ERR_FULL) {
        note_full_disk(daemon, &outcome.error);
    } else {
        fail_for_good(daemon, &outcome.error);
    }
    batch_clear(&daemon->batch);
}

/* A small commit may succeed where the next large one would not: so there must be some room. */
static bool has_room(const struct daemon *daemon)
{
    struct statvfs disk;
    uint64_t wanted = ROOM_MIN_BYTES + 2 * (uint64_t)daemon->refused_bytes;

    if (statvfs(daemon->options->data, &disk) != 0)
        return true; /* the commit will tell */
    return (uint64_t)disk.f_bavail * disk.f_frsize >= wanted;
}

static bool may_commit(struct daemon *daemon, uint64_t now_ns)
{
    if (daemon->is_committing || daemon->fatal.code != ERR_OK ||
        !service_has_batch(daemon->service))
        return false;
    if (!service_is_read_only(daemon->service))
        return true;
    if (now_ns < daemon->retry_ns)
        return false;
    daemon->retry_ns = now_ns + RETRY_NS;
    return has_room(daemon);
}

/* When many clients write, the first of them comes alone, and the others during its commit: then the
 * batch before was large. */
static bool is_small(const struct daemon *daemon)
{
    return daemon->batch.changes <= SMALL_CHANGES &&
           text_size(&daemon->batch.bytes) <= SMALL_BYTES && daemon->requests <= SMALL_REQUESTS &&
           daemon->requests_before <= SMALL_REQUESTS;
}

static void commit(struct daemon *daemon)
{
    service_seal(daemon->service, &daemon->batch);
    daemon->is_committing = true;
    if (is_small(daemon)) {
        daemon->is_commit_due = true;
        server_leave(daemon->server);
    } else {
        committer_submit(daemon->committer, &daemon->batch);
    }
    daemon->requests_before = daemon->requests;
    daemon->requests = 0;
}

/* ---- Turns --------------------------------------------------------------------------------- */

/* False if some are left for the next turn, which should be soon: when a thousand sessions end in
 * one commit, closing their connections takes longer than others should wait. */
static bool send_outputs(struct daemon *daemon)
{
    struct service_peer *peer;
    struct text *out;
    bool is_last;
    int closings = 0;

    while (closings < CLOSINGS_PER_TURN &&
           (peer = service_next_output(daemon->service, &out, &is_last)) != NULL) {
        const struct guest *guest = service_peer_context(peer);
        if (text_size(out) > 0)
            connection_put(guest->connection, text_data(out), text_size(out));
        text_done(out);
        if (is_last) {
            connection_close(guest->connection);
            closings++;
        }
    }
    return closings < CLOSINGS_PER_TURN;
}

/* Whoever waits for us, or takes what waits for it, is alive, although its pings are not read. Comes
 * before sessions are looked through for dead ones. */
static void touch_guests(struct daemon *daemon)
{
    for (struct list_node *node = list_first(&daemon->paused); node != NULL;
         node = list_next(&daemon->paused, node)) {
        struct guest *guest = CONTAINER_OF(node, struct guest, in_paused);
        size_t waiting_bytes = connection_waiting_bytes(guest->connection);
        if (!reads_slowly(guest) || waiting_bytes < guest->waiting_bytes)
            service_touch(daemon->service, guest->peer);
        guest->waiting_bytes = waiting_bytes;
    }
}

static void resume_guests(struct daemon *daemon)
{
    struct list_node *node = list_first(&daemon->paused), *next;

    for (; node != NULL; node = next) {
        struct guest *guest = CONTAINER_OF(node, struct guest, in_paused);
        next = list_next(&daemon->paused, node);
        if (service_is_congested(daemon->service) || reads_slowly(guest))
            continue;
        list_remove(node);
        connection_resume(guest->connection);
    }
}

static uint64_t next_turn_ns(const struct daemon *daemon)
{
    uint64_t deadline_us = service_deadline_us(daemon->service);
    uint64_t deadline_ns = deadline_us == UINT64_MAX ? UINT64_MAX : deadline_us * 1000;

    if (service_is_read_only(daemon->service) && daemon->retry_ns < deadline_ns)
        return daemon->retry_ns;
    return deadline_ns;
}

/* To its client such a server seems not to be there: so somebody must say what is wrong. */
static void tell_of_clients_ahead(struct daemon *daemon)
{
    uint64_t count = service_counts(daemon->service).clients_ahead;

    if (count == daemon->clients_ahead)
        return;
    daemon->clients_ahead = count;
    log_warn("client.ahead", "refused=%llu zxid=0x%llx", (unsigned long long)count,
             (unsigned long long)service_zxid(daemon->service));
}

static uint64_t turn(void *owner, uint64_t now_ns)
{
    struct daemon *daemon = owner;

    service_set_time(daemon->service, now_ns / 1000, (int64_t)clock_wall_ms());
    take_outcome(daemon);
    if (daemon->fatal.code != ERR_OK)
        return UINT64_MAX;
    touch_guests(daemon);
    service_expire(daemon->service);
    if (may_commit(daemon, now_ns))
        commit(daemon);
    tell_of_clients_ahead(daemon);
    bool all_sent = send_outputs(daemon);
    resume_guests(daemon);
    return all_sent ? next_turn_ns(daemon) : now_ns;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static void wake(void *owner)
{
    struct daemon *daemon = owner;

    server_wake(daemon->server);
}

static void stand_in(void *owner)
{
    struct daemon *daemon = owner;

    server_run(daemon->server);
}

static void relieve(void *owner)
{
    struct daemon *daemon = owner;

    server_stop(daemon->server);
}

static struct committer *make_committer(struct daemon *daemon)
{
    const struct committer_loop loop = {
        .owner = daemon, .wake = wake, .stand_in = stand_in, .relieve = relieve};

    return committer_new(daemon->store, &loop);
}

/* What recovery made (the tree of a new store) is durable before anyone is served. */
static enum err recover(struct daemon *daemon, struct error *error)
{
    struct store_sink sink = service_sink(daemon->service);
    enum err err = daemon->store->operations->load(daemon->store, &sink, error);

    if (err == ERR_OK)
        err =
            service_start(daemon->service, clock_now_ns() / 1000, (int64_t)clock_wall_ms(), error);
    if (err != ERR_OK) {
        if (err == ERR_CORRUPT && error != NULL)
            (void)error_wrap(error, "the state in '%s' is damaged", daemon->options->data);
        return err;
    }
    if (!service_has_batch(daemon->service))
        return ERR_OK;
    service_seal(daemon->service, &daemon->batch);
    err = daemon->store->operations->commit(daemon->store, &daemon->batch, error);
    if (err == ERR_OK)
        service_committed(daemon->service);
    batch_clear(&daemon->batch);
    return err;
}

static struct server *make_server(struct daemon *daemon)
{
    static const struct server_handlers handlers = {
        .opened = open_guest,
        .received = receive,
        .closed = close_guest,
        .turn = turn,
    };
    const struct options *options = daemon->options;
    struct server_options server_options = {
        .address = options->listen,
        .connections_max = options->connections_max,
        .connections_per_address_max = options->connections_per_address_max,
        .input_max_bytes = LENGTH_SIZE + options->service.frame_max_bytes,
        .output_max_bytes = options->output_max_bytes,
        .silence_max_ms = options->handshake_timeout_ms,
    };

    return server_new(&server_options, &handlers, daemon);
}

enum err daemon_start(const struct options *options, struct daemon **ret_daemon,
                      struct error *error)
{
    AUTO(daemon_destroy) struct daemon *daemon = NEW(struct daemon);
    uint64_t began_ns = clock_now_ns();

    daemon->options = options;
    atomic_init(&daemon->is_stopping, false);
    list_init(&daemon->paused);
    batch_init(&daemon->batch);
    daemon->service = service_new(&options->service);
    daemon->server = make_server(daemon);
    enum err err = sqlite_store_open(options->data, &daemon->store, error);
    if (err == ERR_OK)
        err = recover(daemon, error);
    if (err != ERR_OK)
        return err;
    daemon->committer = make_committer(daemon);
    daemon->started_ns = clock_now_ns();
    machine_look(&daemon->machine);
    err = server_listen(daemon->server, error);
    if (err != ERR_OK)
        return err;
    log_info("coord.started", "port=%u data=%s nodes=%zu sessions=%zu zxid=0x%llx ms=%llu",
             server_port(daemon->server), options->data,
             tree_counts(service_tree(daemon->service)).nodes,
             sessions_count(service_sessions(daemon->service)),
             (unsigned long long)service_zxid(daemon->service),
             (unsigned long long)((clock_now_ns() - began_ns) / 1000000));
    *ret_daemon = TAKE(daemon);
    return ERR_OK;
}

static bool is_over(struct daemon *daemon)
{
    return atomic_load(&daemon->is_stopping) || daemon->fatal.code != ERR_OK;
}

/* A run of the server may end for nothing: it was told to stop while it was leaving anyway. */
enum err daemon_run(struct daemon *daemon, struct error *error)
{
    while (!is_over(daemon)) {
        server_run(daemon->server);
        if (daemon->is_commit_due) {
            daemon->is_commit_due = false;
            committer_commit(daemon->committer, &daemon->batch);
        }
    }
    if (daemon->fatal.code == ERR_OK)
        return ERR_OK;
    if (error != NULL)
        *error = daemon->fatal;
    return daemon->fatal.code;
}

void daemon_stop(struct daemon *daemon)
{
    atomic_store(&daemon->is_stopping, true);
    server_stop(daemon->server);
}

/* What was not answered need not be committed: whoever asked does not know whether it was done. */
void daemon_destroy(struct daemon **daemon)
{
    struct daemon *gone = *daemon;

    if (gone == NULL)
        return;
    committer_destroy(&gone->committer);
    server_destroy(&gone->server);
    if (gone->store != NULL)
        gone->store->operations->close(&gone->store);
    service_destroy(&gone->service);
    batch_done(&gone->batch);
    text_done(&gone->path);
    free(gone);
    *daemon = NULL;
}

uint16_t daemon_port(const struct daemon *daemon)
{
    return server_port(daemon->server);
}
