/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-nimbus: takes topologies and decides where they run. Reads its options, runs until SIGTERM.
 */
#include <signal.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/notify.h"
#include "base/program.h"
#include "coord/options.h"
#include "nimbus/io/daemon.h"
#include "nimbus/manual.h"
#include "wire/cluster.h"

static const struct program program = {
    .name = "gale-nimbus",
    .version = GALE_VERSION,
    .data_key = "nimbus.data",
    .listen_key = "nimbus.listen",
    .put_help = nimbus_manual_help,
    .put_page = nimbus_manual_page,
};

/* Signals reach it here alone: set before they can come. */
static struct daemon *running; /* NOLINT(*-non-const-global-variables) */

static void stop_running(int signal_number)
{
    (void)signal_number;
    daemon_stop(running);
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
        daemon_run(daemon);
        (void)notify_send("STOPPING=1");
    }
    program_handle_signals(SIG_DFL);
    log_info("nimbus.stopped", "port=%u", daemon_port(daemon));
    return err;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *folder = program_default_folder("nimbus");
    struct program_arguments arguments;
    struct cluster cluster;
    struct daemon_options options = {
        .cluster = &cluster, .settings = settings, .gale = GALE_VERSION};
    struct error error;

    program_begin();
    if (program_read(&program, count, words, settings, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (arguments.is_over)
        return PROGRAM_DONE;
    if (cluster_make(settings, &cluster, &error) != ERR_OK ||
        coord_options_read(settings, &options.coord, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    options.data = cluster.nimbus_data[0] != '\0' ? cluster.nimbus_data : folder;
    log_set_level((enum log_level)cluster.log_level);
    if (serve(&options, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_FAILED);
    return PROGRAM_DONE;
}
