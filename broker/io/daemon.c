/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/io/daemon.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/lock_file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/text.h"
#include "broker/io/disk_files.h"
#include "broker/io/jobs.h"
#include "broker/io/registrar.h"
#include "broker/protocol/header.h"
#include "broker/server/catalog.h"
#include "broker/server/service.h"
#include "net/address.h"
#include "net/server.h"

enum {
    NS_PER_MS = 1000 * 1000,
    ANSWERS_MAX_BYTES = 1024 * 1024, /* waiting for a peer: more, and its input waits, too */
    ANSWERS_FILES_MAX_BYTES = 256 * 1024 * 1024, /* the same, for what is sent from files */
    COPY_MAX_BYTES = 16 * 1024, /* less than this is cheaper to copy than to send from its file */
    OUTPUT_MAX_BYTES = 256 * 1024 * 1024, /* of one peer: no answer is larger */
    JOBS_SPARE = 1024,                    /* beside one for each partition */
};

#define REFUSED_TELL_NS (10ull * 1000 * NS_PER_MS)

/* What the loop knows of a connection. */
struct guest {
    struct connection *connection;
    struct service_peer *peer;
    struct list_node in_paused;
};

struct broker_daemon {
    struct broker_daemon_options options;
    int lock; /* -1: the folder is not ours */
    char *lock_path;
    struct disk_files *disk;
    struct service *service;
    struct server *server;
    struct jobs *jobs;
    struct registrar *registrar; /* NULL: not wanted */
    struct list paused;          /* guests whose input waits */
    struct list leftovers;       /* removals that came before there was somebody to do them */
    struct address advertised;   /* host "": as each client came */
    uint16_t port;               /* when the server is gone */
    uint64_t bytes_copied;       /* of records sent by way of our memory, ever */
    uint64_t registrar_changes;  /* that were told in the log */
    uint64_t refused;            /* connections, told in the log */
    uint64_t refused_told_ns;
    bool was_registered; /* once in this life */
    bool has_changed;    /* topics: the registrar is to be told */
    atomic_bool is_stopping;
    struct error fatal; /* code is ERR_OK while all is well */
};

/* ---- what the service wants ---- */

static void put(void *shell, void *context, const void *bytes, size_t size)
{
    struct guest *guest = context;

    (void)shell;
    connection_put(guest->connection, bytes, size);
}

static void release(void *context)
{
    struct file *file = context;

    file->operations->give(&file);
}

/* False if the file has not as many bytes: then it is left to put_file() to find out. */
static bool copy_file(struct guest *guest, struct file *file, uint64_t position, size_t size)
{
    unsigned char bytes[COPY_MAX_BYTES];
    size_t got = 0;

    if (file->operations->read(file, position, bytes, size, &got, NULL) != ERR_OK || got < size)
        return false;
    connection_put(guest->connection, bytes, size);
    return true;
}

static void put_file(void *shell, void *context, struct file *file, uint64_t position, size_t size)
{
    struct broker_daemon *daemon = shell;
    struct guest *guest = context;

    if (size <= COPY_MAX_BYTES && copy_file(guest, file, position, size)) {
        daemon->bytes_copied += size;
        file->operations->give(&file);
        return;
    }
    connection_put_file(guest->connection, file->operations->descriptor(file), position, size,
                        release, file);
}

static void close_peer(void *shell, void *context)
{
    struct guest *guest = context;

    (void)shell;
    connection_close(guest->connection);
}

static void changed(void *shell)
{
    struct broker_daemon *daemon = shell;

    daemon->has_changed = true;
}

static uint64_t room(void *shell)
{
    const struct broker_daemon *daemon = shell;
    struct error error;
    uint64_t bytes = 0;

    /* If it cannot be known, writing will tell. */
    if (disk_files_free_bytes(daemon->disk, &bytes, &error) != ERR_OK)
        return UINT64_MAX / 2;
    return bytes;
}

static void tell(void *shell, enum service_level level, const char *event, const char *text)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};

    (void)shell;
    log_line(levels[level], event, "%s", text);
}

static struct service_now now(void)
{
    return (struct service_now){.steady_ms = clock_now_ns() / NS_PER_MS,
                                .wall_ms = (int64_t)clock_wall_ms()};
}

/* ---- input ---- */

/* What the peer is to call us, which is what it has called us, if nobody says otherwise. */
static struct service_address address_of(const struct broker_daemon *daemon,
                                         const struct connection *connection,
                                         char local_host[CONNECTION_HOST_MAX])
{
    struct service_address address = {
        .client_host = connection_address(connection),
        .local_host = local_host,
        .local_port = server_port(daemon->server),
    };

    connection_local_address(connection, local_host);
    if (daemon->advertised.host[0] != '\0') {
        address.local_host = daemon->advertised.host;
        address.local_port = daemon->advertised.port;
    }
    return address;
}

static void *open_guest(void *owner, struct connection *connection)
{
    struct broker_daemon *daemon = owner;
    struct guest *guest = NEW(struct guest);
    char local_host[CONNECTION_HOST_MAX];
    struct service_address address = address_of(daemon, connection, local_host);

    guest->connection = connection;
    guest->peer = service_peer_new(daemon->service, &address, guest);
    return guest;
}

static const char *reason_of(enum server_close_reason reason)
{
    switch (reason) {
    case SERVER_CLOSE_SLOW:
        return "it does not read its answers";
    case SERVER_CLOSE_INPUT:
        return "what it sends is no request";
    case SERVER_CLOSE_STALLED:
        return "it stopped in the middle of a request";
    case SERVER_CLOSE_FILE:
        return "a segment is shorter than it was";
    case SERVER_CLOSE_PEER:
    case SERVER_CLOSE_OWNER:
    case SERVER_CLOSE_SILENT:
    case SERVER_CLOSE_IDLE:
    case SERVER_CLOSE_SHUTDOWN:
        break;
    }
    return NULL;
}

static void close_guest(void *owner, struct connection *connection, enum server_close_reason reason)
{
    struct broker_daemon *daemon = owner;
    struct guest *guest = connection_context(connection);

    if (reason_of(reason) != NULL)
        log_warn("connection.dropped", "peer=%s:%u: %s", connection_address(connection),
                 connection_port(connection), reason_of(reason));
    if (list_has_node(&guest->in_paused))
        list_remove(&guest->in_paused);
    service_peer_destroy(daemon->service, &guest->peer);
    free(guest);
}

/* It, or all together, have enough under way. */
static bool must_wait(const struct broker_daemon *daemon, const struct guest *guest)
{
    return connection_waiting_bytes(guest->connection) > ANSWERS_MAX_BYTES ||
           connection_waiting_file_bytes(guest->connection) > ANSWERS_FILES_MAX_BYTES ||
           service_must_wait(daemon->service, guest->peer);
}

static void pause_guest(struct broker_daemon *daemon, struct guest *guest)
{
    connection_pause(guest->connection);
    if (!list_has_node(&guest->in_paused))
        list_push_last(&daemon->paused, &guest->in_paused);
}

static void resume_guests(struct broker_daemon *daemon)
{
    struct list_node *next;

    for (struct list_node *node = list_first(&daemon->paused); node != NULL; node = next) {
        struct guest *guest = CONTAINER_OF(node, struct guest, in_paused);
        next = list_next(&daemon->paused, node);
        if (must_wait(daemon, guest))
            continue;
        list_remove(node);
        connection_resume(guest->connection);
    }
}

/* Who speaks another protocol is told so in the log; NULL: nothing is known. */
static const char *stranger(const unsigned char *bytes)
{
    static const char *const words[] = {"GET ", "POST", "PUT ", "HEAD", "OPTI", "CONN"};

    if (bytes[0] == 0x16 && bytes[1] == 0x03)
        return "TLS, and nothing is encrypted here: security.protocol is PLAINTEXT";
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (memcmp(bytes, words[i], KAFKA_FRAME_PREFIX) == 0)
            return "HTTP, and this is the port of the log: Kafka's protocol is spoken here";
    }
    return NULL;
}

static void refuse_length(const struct broker_daemon *daemon, const struct guest *guest,
                          const unsigned char *bytes)
{
    const char *host = connection_address(guest->connection);
    uint16_t port = connection_port(guest->connection);
    const char *what = stranger(bytes);

    if (what != NULL)
        log_warn("request.refused", "peer=%s:%u: it speaks %s", host, port, what);
    else
        log_warn("request.refused",
                 "peer=%s:%u: its length is below 0, or above broker.request.bytes.max (%zu)", host,
                 port, daemon->options.broker->request_bytes_max);
    connection_close(guest->connection);
}

static size_t receive(void *owner, struct connection *connection, const void *bytes, size_t size)
{
    struct broker_daemon *daemon = owner;
    struct guest *guest = connection_context(connection);
    const unsigned char *at = bytes;
    size_t used = 0;

    for (;;) {
        size_t frame_size = 0;
        enum kafka_frame frame = kafka_frame_look(
            at + used, size - used, daemon->options.broker->request_bytes_max, &frame_size);
        if (frame == KAFKA_FRAME_REFUSED) {
            refuse_length(daemon, guest, at + used);
            return size;
        }
        if (frame == KAFKA_FRAME_PARTIAL)
            return used;
        if (must_wait(daemon, guest)) {
            pause_guest(daemon, guest);
            return used;
        }
        service_receive(daemon->service, guest->peer, at + used + KAFKA_FRAME_PREFIX,
                        frame_size - KAFKA_FRAME_PREFIX, now());
        used += frame_size;
    }
}

/* ---- other threads ---- */

/* A job of the service's on its way through the threads. */
struct errand {
    struct job job;
    struct service_job *what;
};

static void run_errand(struct job *job)
{
    service_job_run(CONTAINER_OF(job, struct errand, job)->what);
}

static void end_errand(struct job *job, void *context)
{
    struct broker_daemon *daemon = context;
    struct errand *errand = CONTAINER_OF(job, struct errand, job);
    struct service_job *what = errand->what;

    free(errand);
    service_job_done(daemon->service, what, now());
}

static void submit(void *shell, struct service_job *what, bool is_urgent)
{
    struct broker_daemon *daemon = shell;
    struct errand *errand = NEW(struct errand);

    errand->what = what;
    errand->job = (struct job){.run = run_errand, .done = end_errand};
    bool is_taken = jobs_put(daemon->jobs, is_urgent ? JOBS_FLUSH : JOBS_SLOW, &errand->job);
    ASSERT(is_taken); /* a replica has one at a time, and there is room for those of all */
}

/* A file that is to go. */
struct removal {
    struct job job;
    struct list_node in_leftovers;
    const struct disk_files *disk;
    char *path;
};

static void run_removal(struct job *job)
{
    const struct removal *removal = CONTAINER_OF(job, struct removal, job);
    struct error error;

    if (disk_files_remove(removal->disk, removal->path, &error) != ERR_OK)
        log_warn("file.stays", "%s; it is tried again at the next start", error.text);
}

static void end_removal(struct job *job, void *context)
{
    struct removal *removal = CONTAINER_OF(job, struct removal, job);

    (void)context;
    free(removal->path);
    free(removal);
}

/* What finds no room in the queue is told of again at the next start. Compaction, which shares the queue, always finds
 * some: removals leave a part of it free. */
static void put_removal(struct broker_daemon *daemon, struct removal *removal)
{
    size_t removals_max = (size_t)daemon->options.broker->partitions_max + JOBS_SPARE / 2;

    removal->disk = daemon->disk;
    if (jobs_under_way(daemon->jobs, JOBS_SLOW) >= removals_max ||
        !jobs_put(daemon->jobs, JOBS_SLOW, &removal->job))
        end_removal(&removal->job, NULL);
}

static void remove_later(void *context, const char *path)
{
    struct broker_daemon *daemon = context;
    struct removal *removal = NEW(struct removal);

    removal->path = mem_copy_text(path);
    removal->job = (struct job){.run = run_removal, .done = end_removal};
    if (daemon->disk == NULL)
        list_push_last(&daemon->leftovers, &removal->in_leftovers);
    else
        put_removal(daemon, removal);
}

static void put_leftovers(struct broker_daemon *daemon)
{
    struct list_node *next;

    for (struct list_node *node = list_first(&daemon->leftovers); node != NULL; node = next) {
        next = list_next(&daemon->leftovers, node);
        list_remove(node);
        put_removal(daemon, CONTAINER_OF(node, struct removal, in_leftovers));
    }
}

/* On another thread. The server goes while no job is under way, so nobody is in here then. */
static void wake(void *context)
{
    struct broker_daemon *daemon = context;

    if (daemon->server != NULL)
        server_wake(daemon->server);
}

/* ---- turns ---- */

static void tell_registrar(struct broker_daemon *daemon)
{
    if (!daemon->has_changed)
        return;
    daemon->has_changed = false;
    if (daemon->registrar != NULL)
        registrar_tell(daemon->registrar, service_catalog(daemon->service));
}

static enum log_level level_of(enum registration_state state)
{
    return state == REGISTRATION_REGISTERED || state == REGISTRATION_WORKING ? LOG_INFO : LOG_WARN;
}

/* Who finds its number taken when it starts has been started by mistake; who has served already goes on, as its
 * topics are its own. */
static void look_at_registrar(struct broker_daemon *daemon)
{
    if (daemon->registrar == NULL)
        return;
    struct registrar_status status = registrar_status(daemon->registrar);
    if (status.changes == daemon->registrar_changes)
        return;
    daemon->registrar_changes = status.changes;
    log_line(level_of(status.state), "broker.registration", "state=%s failed_topics=%llu%s%s",
             registration_state_name(status.state), (unsigned long long)status.failed_topics,
             status.text[0] == '\0' ? "" : ": ", status.text);
    if (status.state == REGISTRATION_REGISTERED)
        daemon->was_registered = true;
    if (status.state != REGISTRATION_CONFLICT || daemon->was_registered)
        return;
    (void)error_set(&daemon->fatal, ERR_CONFLICT, "%s", status.text);
    server_stop(daemon->server);
}

/* At most now and then: it is others who say how many come. */
static void look_at_refused(struct broker_daemon *daemon, uint64_t now_ns)
{
    uint64_t refused = server_counts(daemon->server).refused;

    if (refused == daemon->refused ||
        (daemon->refused > 0 && now_ns - daemon->refused_told_ns < REFUSED_TELL_NS))
        return;
    log_warn("connections.refused", "count=%llu setting=broker.connections.max (%zu)",
             (unsigned long long)(refused - daemon->refused),
             daemon->options.broker->connections_max);
    daemon->refused = refused;
    daemon->refused_told_ns = now_ns;
}

static uint64_t turn(void *owner, uint64_t now_ns)
{
    struct broker_daemon *daemon = owner;

    look_at_refused(daemon, now_ns);
    jobs_take(daemon->jobs);
    uint64_t next_ms = service_turn(daemon->service, now());
    tell_registrar(daemon);
    look_at_registrar(daemon);
    resume_guests(daemon);
    return next_ms == UINT64_MAX ? UINT64_MAX : next_ms * NS_PER_MS;
}

/* ---- life ---- */

static struct server *make_server(struct broker_daemon *daemon)
{
    static const struct server_handlers handlers = {
        .opened = open_guest,
        .received = receive,
        .closed = close_guest,
        .turn = turn,
    };
    const struct broker_options *broker = daemon->options.broker;
    struct server_options options = {
        .address = broker->listen,
        .connections_max = broker->connections_max,
        .input_max_bytes = KAFKA_FRAME_PREFIX + broker->request_bytes_max,
        .input_budget_bytes = (size_t)broker->inflight_bytes_max,
        .output_max_bytes = OUTPUT_MAX_BYTES,
        .frame_max_ms = broker->stall_max_ms,
        .idle_max_ms = broker->idle_max_ms,
    };

    return server_new(&options, &handlers, daemon);
}

static struct service *make_service(struct broker_daemon *daemon)
{
    const struct service_shell shell = {
        .shell = daemon,
        .put = put,
        .put_file = put_file,
        .close = close_peer,
        .submit = submit,
        .changed = changed,
        .room = room,
        .tell = tell,
    };

    return service_new(daemon->options.broker, disk_files_of(daemon->disk), &shell,
                       clock_wall_ms() ^ clock_now_ns());
}

static enum err take_folder(struct broker_daemon *daemon, struct error *error)
{
    const char *data = daemon->options.broker->data;
    enum err err = file_make_folder(data, error);
    struct text path;

    if (err != ERR_OK)
        return err;
    text_init(&path);
    text_add(&path, "%s/lock", data);
    daemon->lock_path = text_take(&path);
    err = lock_file_take(daemon->lock_path, &daemon->lock, error);
    if (err == ERR_EXISTS)
        return error_set(error, ERR_EXISTS,
                         "another broker uses the folder '%s': give each its own broker.data",
                         data);
    return err;
}

static enum err open_disk(struct broker_daemon *daemon, struct error *error)
{
    const struct disk_files_options options = {.later = remove_later, .context = daemon};
    struct disk_files *disk = NULL;
    enum err err = disk_files_open(daemon->options.broker->data, &options, &disk, error);

    daemon->disk = disk;
    if (err == ERR_OK)
        put_leftovers(daemon);
    return err;
}

static enum err start_jobs(struct broker_daemon *daemon, struct error *error)
{
    const struct jobs_options options = {
        .jobs_max = (size_t)daemon->options.broker->partitions_max + JOBS_SPARE,
        .wake = wake,
        .context = daemon,
    };

    return jobs_start(&options, &daemon->jobs, error);
}

static enum err recover(struct broker_daemon *daemon, struct error *error)
{
    daemon->service = make_service(daemon);
    enum err err = service_start(daemon->service, now(), error);

    return err == ERR_OK || error == NULL
               ? err
               : error_wrap(error, "cannot open the log in '%s'", daemon->options.broker->data);
}

/* What clients are told to come to; checked when the settings were read. */
static void read_advertised(struct broker_daemon *daemon)
{
    const char *advertised = daemon->options.broker->advertised;

    if (advertised[0] == '\0' || address_parse(advertised, &daemon->advertised, NULL) != ERR_OK)
        daemon->advertised.host[0] = '\0';
}

/* Where others are to come to: as told, or as we listen, if that is one address. */
static const char *host_of(const struct broker_daemon *daemon, struct address *scratch)
{
    if (daemon->advertised.host[0] != '\0')
        return daemon->advertised.host;
    if (address_parse(daemon->options.broker->listen, scratch, NULL) != ERR_OK ||
        strcmp(scratch->host, "*") == 0)
        return "127.0.0.1";
    return scratch->host;
}

static enum err start_registrar(struct broker_daemon *daemon, struct error *error)
{
    struct address scratch;
    struct registrar_options options = {
        .coord = daemon->options.coord,
        .broker = daemon->options.broker->id,
        .host = host_of(daemon, &scratch),
        .port = daemon->advertised.host[0] != '\0' ? daemon->advertised.port
                                                   : server_port(daemon->server),
        .cluster_id = catalog_cluster_id(service_catalog(daemon->service)),
        .wake = wake,
        .context = daemon,
    };

    if (!daemon->options.broker->registers)
        return ERR_OK;
    daemon->has_changed = true;
    return registrar_new(&options, &daemon->registrar, error);
}

static void tell_started(const struct broker_daemon *daemon, uint64_t began_ns)
{
    struct service_counts counts = service_counts(daemon->service);

    log_info("broker.started", "port=%u data=%s topics=%llu partitions=%llu epoch=%d ms=%llu",
             server_port(daemon->server), daemon->options.broker->data,
             (unsigned long long)counts.topics, (unsigned long long)counts.partitions,
             service_leader_epoch(daemon->service),
             (unsigned long long)((clock_now_ns() - began_ns) / NS_PER_MS));
}

enum err broker_daemon_start(const struct broker_daemon_options *options,
                             struct broker_daemon **ret_daemon, struct error *error)
{
    AUTO(broker_daemon_destroy) struct broker_daemon *daemon = NEW(struct broker_daemon);
    uint64_t began_ns = clock_now_ns();

    daemon->options = *options;
    daemon->lock = -1;
    atomic_init(&daemon->is_stopping, false);
    list_init(&daemon->paused);
    list_init(&daemon->leftovers);
    read_advertised(daemon);
    daemon->server = make_server(daemon);
    enum err err = take_folder(daemon, error);
    if (err == ERR_OK)
        err = start_jobs(daemon, error);
    if (err == ERR_OK)
        err = open_disk(daemon, error);
    if (err == ERR_OK)
        err = recover(daemon, error);
    if (err == ERR_OK)
        err = server_listen(daemon->server, error);
    if (err == ERR_OK)
        err = start_registrar(daemon, error);
    if (err != ERR_OK)
        return err;
    tell_started(daemon, began_ns);
    *ret_daemon = TAKE(daemon);
    return ERR_OK;
}

static void tell_stopped(const struct broker_daemon *daemon)
{
    struct service_counts counts = service_counts(daemon->service);

    log_info("broker.stopped",
             "port=%u requests=%llu batches_in=%llu bytes_in=%llu bytes_out=%llu copied=%llu "
             "flushes=%llu",
             daemon->port, (unsigned long long)counts.requests,
             (unsigned long long)counts.batches_in, (unsigned long long)counts.bytes_in,
             (unsigned long long)counts.bytes_out, (unsigned long long)daemon->bytes_copied,
             (unsigned long long)counts.flushes);
}

/* Everybody goes, then the logs are closed in order. */
static enum err close_in_order(struct broker_daemon *daemon, struct error *error)
{
    jobs_finish(daemon->jobs);
    server_destroy(&daemon->server);
    jobs_finish(daemon->jobs); /* of what the peers have left behind */
    return service_stop(daemon->service, error);
}

enum err broker_daemon_run(struct broker_daemon *daemon, struct error *error)
{
    (void)notify_send("READY=1");
    while (!atomic_load(&daemon->is_stopping) && daemon->fatal.code == ERR_OK)
        server_run(daemon->server);
    atomic_store(&daemon->is_stopping, true);
    (void)notify_send("STOPPING=1");
    registrar_destroy(&daemon->registrar);
    daemon->port = server_port(daemon->server);
    enum err err = close_in_order(daemon, error);
    tell_stopped(daemon);
    if (daemon->fatal.code == ERR_OK)
        return err;
    if (error != NULL)
        *error = daemon->fatal;
    return daemon->fatal.code;
}

void broker_daemon_stop(struct broker_daemon *daemon)
{
    /* Later calls may come when the server is gone. */
    if (!atomic_exchange(&daemon->is_stopping, true))
        server_stop(daemon->server);
}

void broker_daemon_destroy(struct broker_daemon **daemon)
{
    struct broker_daemon *gone = *daemon;
    struct list_node *next;

    if (gone == NULL)
        return;
    registrar_destroy(&gone->registrar);
    if (gone->jobs != NULL)
        jobs_finish(gone->jobs);
    server_destroy(&gone->server);
    if (gone->jobs != NULL)
        jobs_finish(gone->jobs);
    service_destroy(&gone->service);
    jobs_destroy(&gone->jobs);
    for (struct list_node *node = list_first(&gone->leftovers); node != NULL; node = next) {
        next = list_next(&gone->leftovers, node);
        end_removal(&CONTAINER_OF(node, struct removal, in_leftovers)->job, NULL);
    }
    disk_files_close(&gone->disk);
    if (gone->lock_path != NULL)
        lock_file_release(gone->lock_path, &gone->lock);
    free(gone->lock_path);
    free(gone);
    *daemon = NULL;
}

uint16_t broker_daemon_port(const struct broker_daemon *daemon)
{
    return daemon->server == NULL ? daemon->port : server_port(daemon->server);
}
