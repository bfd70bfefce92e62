/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-supervisor: runs the workers of a machine. Reads its options, takes over the workers that live,
 * runs until SIGTERM.
 */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/program.h"
#include "coord/options.h"
#include "supervisor/io/daemon.h"
#include "supervisor/io/folder.h"
#include "supervisor/manual.h"
#include "wire/cluster.h"

/* Signals reach it here alone: set before they can come. */
static struct daemon *running; /* NOLINT(*-non-const-global-variables) */

static void stop_running(int signal_number)
{
    (void)signal_number;
    daemon_stop(running);
}

/* gale-worker beside this program, whatever the working folder. */
static char *default_worker(void)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);

    if (size <= 0)
        return mem_copy_text("gale-worker");
    path[size] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL)
        *slash = '\0';
    return folder_join(path, "gale-worker");
}

static enum err serve(const struct daemon_options *options,
                      const struct program_arguments *arguments, struct error *error)
{
    AUTO(daemon_destroy) struct daemon *daemon = NULL;
    enum err err = daemon_start(options, &daemon, error);

    if (err != ERR_OK)
        return err;
    running = daemon;
    program_handle_signals(stop_running);
    if (arguments->port_file != NULL)
        err = program_write_port(arguments->port_file, daemon_port(daemon), error);
    if (err == ERR_OK) {
        (void)notify_send("READY=1");
        err = daemon_run(daemon, error);
        (void)notify_send("STOPPING=1");
    }
    program_handle_signals(SIG_DFL);
    log_info("supervisor.stopped", "supervisor=%s", daemon_id(daemon));
    return err;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *folder = program_default_folder("supervisor");
    AUTO(mem_free_text) char *worker = default_worker();
    const char *other_worker = NULL;
    bool stops_workers = false;
    struct program program = {
        .name = "gale-supervisor",
        .version = GALE_VERSION,
        .data_key = "supervisor.data",
        .listen_key = "supervisor.listen",
        .put_help = supervisor_manual_help,
        .put_page = supervisor_manual_page,
        .more = {{"worker", &other_worker, NULL}, {"stop-workers", NULL, &stops_workers}},
    };
    struct program_arguments arguments;
    struct cluster cluster;
    struct daemon_options options = {
        .cluster = &cluster, .settings = settings, .data = folder, .gale = GALE_VERSION};
    struct error error;

    program_begin();
    if (program_read(&program, count, words, settings, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (arguments.is_over)
        return PROGRAM_DONE;
    if (cluster_make(settings, &cluster, &error) != ERR_OK ||
        coord_options_read(settings, &options.coord, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (cluster.supervisor_data[0] != '\0')
        options.data = cluster.supervisor_data;
    options.worker = other_worker != NULL ? other_worker : worker;
    options.stop = stops_workers ? DAEMON_STOP_WORKERS : DAEMON_LEAVE_WORKERS;
    options.coord.seed = clock_now_ns() ^ (uint64_t)getpid() << 32;
    log_set_level((enum log_level)cluster.log_level);
    if (serve(&options, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_FAILED);
    return PROGRAM_DONE;
}
