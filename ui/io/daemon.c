/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/text.h"
#include "coord/options.h"
#include "ui/handler.h"
#include "ui/io/assets_embedded.h"
#include "ui/io/cluster_backend.h"
#include "ui/io/pool.h"
#include "ui/io/server.h"
#include "ui/io/streams.h"
#include "wire/cluster.h"

enum {
    WAITING_MAX = 256, /* requests, for a thread of their lane */
    LONG_MAX = 4,      /* requests of LANE_LONG, at a time */
    SWEEP_MS = 1000,
    STREAM_TIMEOUT_MS = 1500, /* of what is asked each second: soon enough for people to be told */
    TOKEN_FILE_MAX = 4096,
};

#define INTERVAL_NS 1000000000ull
#define COMMENT_NS  (15 * INTERVAL_NS)

struct ui_daemon {
    struct ui_daemon_options options;
    int stop; /* readable when it is to end */
    char *token;
    struct guard guard;
    struct setting_table tables[CLUSTER_TABLES];
    struct ui_facts facts;
    struct router router;
    struct cluster_backend *backend;
    struct pool *pools[LANES];
    struct streams *streams;
    struct server *server;
};

/* ---- the token ---- */

/* Whoever can read it can change the cluster. */
static enum err check_mode(const char *path, struct error *error)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return error_set(error, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "cannot read '%s': %s",
                         path, strerror(errno));
    if (!S_ISREG(status.st_mode)) /* reading a pipe would wait for a writer */
        return error_set(error, ERR_INVALID, "'%s' is no file", path);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_set(error, ERR_DENIED,
                         "'%s' has mode %03o, so that others may read it: chmod 600 makes it right",
                         path, (unsigned)(status.st_mode & 0777));
    return ERR_OK;
}

static enum err read_token(struct ui_daemon *daemon, struct error *error)
{
    const char *path = daemon->options.ui->token_file;
    char *bytes = NULL;
    size_t size = 0;

    if (path == NULL)
        return ERR_OK;
    enum err err = check_mode(path, error);
    if (err == ERR_OK)
        err = file_read(path, TOKEN_FILE_MAX, &bytes, &size, error);
    if (err == ERR_OK) {
        err = ui_token_read(bytes, size, &daemon->token, error);
        free(bytes);
        if (err != ERR_OK)
            (void)error_wrap(error, "'%s'", path);
    }
    return err == ERR_OK ? err : error_wrap(error, "no token, as ui.token.file wants");
}

/* A folder without the page would be noticed by its visitors alone. */
static enum err check_folder(const char *folder, struct error *error)
{
    AUTO(text_done) struct text path = {.data = NULL};

    if (folder == NULL)
        return ERR_OK;
    text_add(&path, "%s/index.html", folder);
    if (access(text_data(&path), R_OK) == 0)
        return ERR_OK;
    return error_set(error, ERR_NOT_FOUND,
                     "ui.dir: cannot read '%s': %s; without ui.dir the page comes from the program",
                     text_data(&path), strerror(errno));
}

/* ---- its parts ---- */

static struct dispatch make_dispatch(const struct ui_daemon *daemon, const struct backend *backend)
{
    return (struct dispatch){
        .router = &daemon->router, .backend = backend, .facts = &daemon->facts};
}

static void add_routes(struct router *router)
{
    const struct route_table tables[] = {
        storm_routes(), logs_routes(), api_routes(), messages_routes(), metrics_routes(),
    };

    router->count = COUNT_OF(tables);
    memcpy(router->tables, tables, sizeof tables);
}

static void make_facts(struct ui_daemon *daemon)
{
    daemon->guard = ui_guard(daemon->options.ui, daemon->token);
    cluster_tables(daemon->tables);
    daemon->facts = (struct ui_facts){
        .version = daemon->options.version,
        .has_actions = daemon->guard.has_actions,
        .why_no_actions = daemon->guard.why_no_actions,
        .needs_token = daemon->token != NULL,
        .table_count = CLUSTER_TABLES,
        .tables = daemon->tables,
        .settings = daemon->options.settings,
    };
    add_routes(&daemon->router);
}

static enum err open_backend(struct ui_daemon *daemon, struct error *error)
{
    const struct ui_options *ui = daemon->options.ui;
    struct cluster_backend_options options = {
        .settings = daemon->options.settings,
        .brokers = ui->brokers,
        .timeout_ms = ui->backend_timeout_ms,
        .stream_timeout_ms =
            ui->backend_timeout_ms < STREAM_TIMEOUT_MS ? ui->backend_timeout_ms : STREAM_TIMEOUT_MS,
    };

    enum err err = coord_options_read(daemon->options.settings, &options.coord, error);
    return err == ERR_OK ? cluster_backend_open(&options, &daemon->backend, error) : err;
}

/* Nearly all that a page asks for is asked of nimbus. */
static size_t threads_of(const struct ui_daemon *daemon, enum lane lane)
{
    size_t threads = daemon->options.ui->threads;

    if (lane == LANE_LONG)
        return LONG_MAX;
    return lane == LANE_NIMBUS ? threads : (threads + 1) / 2;
}

static enum err start_pools(struct ui_daemon *daemon, struct error *error)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < LANES && err == ERR_OK; i++) {
        struct pool_options options = {.threads = threads_of(daemon, (enum lane)i),
                                       .waiting_max = WAITING_MAX};

        err = pool_start(&options, &daemon->pools[i], error);
    }
    return err;
}

static void forget(void *context)
{
    cluster_backend_forget(context);
}

static enum err start_streams(struct ui_daemon *daemon, struct error *error)
{
    struct streams_options options = {
        .dispatch = make_dispatch(daemon, cluster_backend_for_streams(daemon->backend)),
        .forget = forget,
        .context = daemon->backend,
        .viewers_max = daemon->options.ui->streams_max,
        .interval_ns = INTERVAL_NS,
        .comment_ns = COMMENT_NS,
    };

    return streams_start(&options, &daemon->streams, error);
}

static enum err start_server(struct ui_daemon *daemon, struct error *error)
{
    const struct ui_options *ui = daemon->options.ui;
    struct server_options options = {
        .listen = ui->listen,
        .guard = daemon->guard,
        .dispatch = make_dispatch(daemon, cluster_backend_for_requests(daemon->backend)),
        .assets = assets_embedded,
        .folder = ui->folder,
        .long_max = LONG_MAX,
        .streams = daemon->streams,
        .connections_max = ui->connections_max,
        .body_bytes_max = ui->body_bytes_max,
        .timeout_ms = ui->request_timeout_ms,
    };

    memcpy(options.pools, daemon->pools, sizeof options.pools);
    return server_start(&options, &daemon->server, error);
}

/* ---- its life ---- */

static void tell_start(const struct ui_daemon *daemon)
{
    const struct guard *guard = &daemon->guard;

    log_info("ui.started", "listen=%s port=%u actions=%s", daemon->options.ui->listen,
             ui_daemon_port(daemon), guard->has_actions ? "yes" : "no");
    if (daemon->options.ui->is_public)
        log_warn("ui.public", "other machines may reach this server, and nothing is encrypted: %s",
                 guard->has_actions ? "changes need the token" : guard->why_no_actions);
    else if (!guard->has_actions)
        log_info("ui.readonly", "%s", guard->why_no_actions);
}

enum err ui_daemon_start(const struct ui_daemon_options *options, struct ui_daemon **ret_daemon,
                         struct error *error)
{
    struct ui_daemon *daemon = NEW(struct ui_daemon);

    daemon->options = *options;
    daemon->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err err = daemon->stop < 0 ? error_set(error, ERR_IO, "no descriptor is left")
                                    : read_token(daemon, error);
    make_facts(daemon);
    if (err == ERR_OK)
        err = check_folder(options->ui->folder, error);
    if (err == ERR_OK)
        err = open_backend(daemon, error);
    if (err == ERR_OK)
        err = start_pools(daemon, error);
    if (err == ERR_OK)
        err = start_streams(daemon, error);
    if (err == ERR_OK)
        err = start_server(daemon, error);
    if (err == ERR_OK) {
        tell_start(daemon);
        *ret_daemon = daemon;
    } else {
        ui_daemon_destroy(&daemon);
    }
    return err;
}

void ui_daemon_run(struct ui_daemon *daemon)
{
    struct pollfd stop = {.fd = daemon->stop, .events = POLLIN};

    (void)notify_send("READY=1");
    while (poll(&stop, 1, SWEEP_MS) <= 0)
        server_sweep(daemon->server, clock_now_ns());
    (void)notify_send("STOPPING=1");
    log_info("ui.stopping", "viewers=%zu", streams_viewers(daemon->streams));
}

void ui_daemon_stop(struct ui_daemon *daemon)
{
    int before = errno;
    uint64_t one = 1;

    ssize_t written = write(daemon->stop, &one, sizeof one);
    (void)written; /* it can only be full, and then it is readable anyway */
    errno = before;
}

void ui_daemon_destroy(struct ui_daemon **daemon)
{
    struct ui_daemon *old = TAKE(*daemon);

    if (old == NULL)
        return;
    if (old->server != NULL)
        server_drain(old->server);
    if (old->backend != NULL)
        cluster_backend_cancel(old->backend);
    for (size_t i = 0; i < LANES; i++)
        pool_stop(&old->pools[i]);
    if (old->streams != NULL)
        streams_end(old->streams);
    server_destroy(&old->server);
    streams_destroy(&old->streams);
    cluster_backend_close(&old->backend);
    if (old->stop >= 0)
        (void)close(old->stop);
    free(old->token);
    free(old);
}

uint16_t ui_daemon_port(const struct ui_daemon *daemon)
{
    return server_port(daemon->server);
}
