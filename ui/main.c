/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gale-ui: the page, the REST interface and the metrics of a cluster. Reads its options, serves, ends on SIGTERM.
 */
#include <signal.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "ui/io/daemon.h"
#include "ui/manual.h"

static const struct program program = {
    .name = "gale-ui",
    .version = GALE_VERSION,
    .listen_key = "ui.listen",
    .put_help = ui_manual_help,
    .put_page = ui_manual_page,
};

/* Signals reach it here alone: set before they can come. */
static struct ui_daemon *running; /* NOLINT(*-non-const-global-variables) */

static void stop_running(int signal_number)
{
    (void)signal_number;
    ui_daemon_stop(running);
}

static enum err serve(const struct ui_daemon_options *options,
                      const struct program_arguments *arguments, struct error *error)
{
    AUTO(ui_daemon_destroy) struct ui_daemon *daemon = NULL;
    enum err err = ui_daemon_start(options, &daemon, error);

    if (err != ERR_OK)
        return err;
    running = daemon;
    program_handle_signals(stop_running);
    if (arguments->port_file != NULL)
        err = program_write_port(arguments->port_file, ui_daemon_port(daemon), error);
    if (err == ERR_OK)
        ui_daemon_run(daemon);
    /* The daemon is about to go; who asks again gets a process that ends at once. */
    program_handle_signals(SIG_DFL);
    return err;
}

int main(int count, char **words)
{
    AUTO(settings_destroy) struct settings *settings = settings_new();
    AUTO(ui_options_done) struct ui_options ui = {.host_count = 0};
    struct ui_daemon_options options = {.ui = &ui, .settings = settings, .version = GALE_VERSION};
    struct program_arguments arguments;
    struct error error;

    program_begin();
    if (program_read(&program, count, words, settings, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    if (arguments.is_over)
        return PROGRAM_DONE;
    if (ui_options_make(settings, &ui, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_USAGE);
    log_set_level((enum log_level)ui.log_level);
    if (serve(&options, &arguments, &error) != ERR_OK)
        return program_complain(&program, &error, PROGRAM_FAILED);
    return PROGRAM_DONE;
}
