/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-coord: the coordination server. Reads its options, recovers, serves, ends on SIGTERM.
 */
#include <signal.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "coord/server/io/daemon.h"
#include "coord/server/manual.h"

static const struct program program = {
    .name = "gale-coord",
    .version = GALE_VERSION,
    .data_key = "coord.data",
    .listen_key = "coord.listen",
    .put_help = coord_manual_help,
    .put_page = coord_manual_page,
};

/* Signals reach it here alone: set before they can come. */
static struct daemon *running; /* NOLINT(*-non-const-global-variables) */

static void stop_running(int signal_number)
{
    (void)signal_number;
    daemon_stop(running);
}

static enum err serve(const struct options *options, const struct program_arguments *arguments,
                      struct error *error)
{
    AUTO(daemon_destroy) struct daemon *daemon = NULL;
    enum err err = file_make_folder(options->data, error);

    if (err == ERR_OK)
        err = daemon_start(options, &daemon, error);
    if (err != ERR_OK)
        return err;
    running = daemon;
    program_handle_signals(stop_running);
    if (arguments->port_file != NULL)
        err = program_write_port(arguments->port_file, daemon_port(daemon), error);
    if (err == ERR_OK)
        err = daemon_run(daemon, error);
    /* The daemon is about to go. Who asks again does not want to wait for the disk: then the process
     * ends at once, as in a crash, which takes nothing back that was answered. */
    program_handle_signals(SIG_DFL);
    log_info("coord.stopped", "port=%u", daemon_port(daemon));
    return err;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(mem_free_text) char *folder = program_default_folder("coord");
    struct program_arguments arguments;
    struct options options;
    struct error error;

    program_begin();
    if (program_read(&program, count, words, settings, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (arguments.is_over)
        return PROGRAM_DONE;
    if (options_make(settings, &options, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (options.data[0] == '\0')
        options.data = folder;
    log_set_level((enum log_level)options.log_level);
    if (serve(&options, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_FAILED);
    return PROGRAM_DONE;
}
