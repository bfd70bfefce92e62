/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-broker: the log. Reads its options, recovers, serves, ends on SIGTERM.
 */
#include <signal.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "broker/io/daemon.h"
#include "broker/server/manual.h"
#include "coord/options.h"

static const struct program program = {
    .name = "gale-broker",
    .version = GALE_VERSION,
    .data_key = "broker.data",
    .listen_key = "broker.listen",
    .put_help = broker_manual_help,
    .put_page = broker_manual_page,
};

/* Signals reach it here alone: set before they can come. */
static struct broker_daemon *running; /* NOLINT(*-non-const-global-variables) */

static void stop_running(int signal_number)
{
    (void)signal_number;
    broker_daemon_stop(running);
}

static enum err serve(const struct broker_daemon_options *options,
                      const struct program_arguments *arguments, struct error *error)
{
    AUTO(broker_daemon_destroy) struct broker_daemon *daemon = NULL;
    enum err err = broker_daemon_start(options, &daemon, error);

    if (err != ERR_OK)
        return err;
    running = daemon;
    program_handle_signals(stop_running);
    if (arguments->port_file != NULL)
        err = program_write_port(arguments->port_file, broker_daemon_port(daemon), error);
    if (err == ERR_OK)
        err = broker_daemon_run(daemon, error);
    /* The daemon is about to go; who asks again gets a process that ends at once. */
    program_handle_signals(SIG_DFL);
    return err;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *folder = program_default_folder("log");
    struct program_arguments arguments;
    struct broker_options broker;
    struct broker_daemon_options options = {.broker = &broker};
    struct error error;

    program_begin();
    if (program_read(&program, count, words, settings, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (arguments.is_over)
        return PROGRAM_DONE;
    if (broker_options_make(settings, &broker, &error) != ERR_OK ||
        coord_options_read(settings, &options.coord, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (broker.data[0] == '\0')
        broker.data = folder;
    log_set_level((enum log_level)broker.log_level);
    if (serve(&options, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_FAILED);
    return PROGRAM_DONE;
}
