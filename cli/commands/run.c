/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale run`. The topology is checked in a child first, so that what is opened here is known to
 * open; the run itself is in this process and forks nothing, for debuggers.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/commands/commands.h"
#include "cli/io/signals.h"
#include "cli/io/terminal.h"
#include "cli/io/topology.h"
#include "cli/views/summary_view.h"
#include "sdk/src/describe.h"
#include "worker/io/crash.h"
#include "worker/io/loader.h"
#include "worker/io/local.h"

/* ---- progress ---- */

enum progress_kind {
    PROGRESS_NONE,
    PROGRESS_LINES,
    PROGRESS_REDRAWN, /* one line of a terminal; the cursor waits at its start, so that whatever
                         is printed next takes its place */
};

struct progress {
    enum progress_kind kind;
    struct summary_view view;
};

static enum progress_kind choose_progress(const struct options *options)
{
    if (options_has(options, OPTION_QUIET))
        return PROGRESS_NONE;
    if (terminal_is_tty(stderr))
        return PROGRESS_REDRAWN;
    return options_has(options, OPTION_PROGRESS) ? PROGRESS_LINES : PROGRESS_NONE;
}

static void show_progress(void *context, const struct summary *summary)
{
    struct progress *progress = context;
    bool is_redrawn = progress->kind == PROGRESS_REDRAWN;
    struct text text;

    text_init(&text);
    text_add(&text, "%s", is_redrawn ? "\x1b[K" : "");
    summary_view_progress(&progress->view, summary, &text);
    text_add(&text, "%s", is_redrawn ? "\r" : "\n");
    terminal_say(&text);
    text_done(&text);
}

static void show_stopping(void *context, uint64_t drain_ms)
{
    const struct progress *progress = context;
    struct text text;

    text_init(&text);
    text_add(&text, "%s", progress->kind == PROGRESS_REDRAWN ? "\x1b[K" : "");
    if (drain_ms > 0)
        text_add(&text,
                 "gale run: stopping; open trees have %.3g s to finish, a second signal gives them "
                 "up\n",
                 (double)drain_ms / 1000);
    else
        text_add(&text, "gale run: stopping at once; a third signal ends the process\n");
    terminal_say(&text);
    text_done(&text);
}

static void end_progress(const struct progress *progress)
{
    if (progress->kind == PROGRESS_REDRAWN)
        (void)fputs("\x1b[K", stderr);
}

/* ---- the end ---- */

/* False if somebody who wants the summary does not get it. */
static bool print_summary(const struct options *options, const struct summary *summary)
{
    struct text text;
    bool is_written = true;

    text_init(&text);
    if (!options_has(options, OPTION_QUIET)) {
        summary_view_final(summary, &text, terminal_style(stderr));
        terminal_say(&text);
    }
    if (options_has(options, OPTION_JSON)) {
        AUTO(mem_free_text) char *json = summary_encode(summary);

        text_clear(&text);
        text_add(&text, "%s\n", json);
        is_written = terminal_write(&text);
    }
    text_done(&text);
    return is_written;
}

static enum exit_code code_of(enum local_end end)
{
    switch (end) {
    case LOCAL_DONE:
        return EXIT_CODE_DONE;
    case LOCAL_INTERRUPTED:
    case LOCAL_ABANDONED:
        return EXIT_CODE_INTERRUPTED;
    }
    UNREACHABLE();
}

/* ---- the run ---- */

static enum exit_code run(const struct options *options, const struct gale_topology *topology,
                          const struct plan *plan, const struct config *config)
{
    AUTO(summary_destroy) struct summary *summary = NULL;
    struct progress progress = {.kind = choose_progress(options)};
    enum local_end end;
    struct error error;
    struct local_options local = {
        .topology = topology,
        .plan = plan,
        .config = config,
        .args = options->rest,
        .arg_count = (uint32_t)options->rest_count,
        .inactive = options_has(options, OPTION_INACTIVE),
        .on_progress = progress.kind == PROGRESS_NONE ? NULL : show_progress,
        .on_stopping = options_has(options, OPTION_QUIET) ? NULL : show_stopping,
        .context = &progress,
    };

    enum err err = local_run(&local, &end, &summary, &error);
    end_progress(&progress);
    if (err != ERR_OK) {
        terminal_complain(options->command->name, &error);
        return EXIT_CODE_FAILED;
    }
    return print_summary(options, summary) ? code_of(end) : EXIT_CODE_FAILED;
}

/* Again what the child has found right, now for the code in this process. */
static enum err open_here(const char *path, struct loader **ret_loader, struct plan **ret_plan,
                          struct error *error)
{
    AUTO(loader_close) struct loader *loader = NULL;
    AUTO(plan_destroy) struct plan *plan = NULL;
    enum err err = loader_open(path, &loader, error);

    if (err == ERR_OK)
        err = describe(loader_topology(loader), &plan, error);
    if (err == ERR_OK)
        err = plan_check(plan, error);
    if (err != ERR_OK)
        return err;
    *ret_loader = TAKE(loader);
    *ret_plan = TAKE(plan);
    return ERR_OK;
}

/* In a child, whatever the code does when it is opened. */
static enum exit_code check_first(const struct options *options, const struct settings *settings)
{
    AUTO(plan_destroy) struct plan *plan = NULL;
    AUTO(config_destroy) struct config *config = NULL;

    return topology_check(options, settings, &plan, &config);
}

static enum exit_code open_and_run(const struct options *options, const struct settings *settings)
{
    AUTO(loader_close) struct loader *loader = NULL;
    AUTO(plan_destroy) struct plan *plan = NULL;
    AUTO(config_destroy) struct config *config = NULL;
    struct error error;

    crash_install();
    signals_install();
    if (open_here(options->operand, &loader, &plan, &error) != ERR_OK) {
        terminal_complain(options->command->name, &error);
        return EXIT_CODE_TOPOLOGY;
    }
    enum exit_code code = topology_configure(options, settings, plan, &config);
    return code == EXIT_CODE_DONE ? run(options, loader_topology(loader), plan, config) : code;
}

enum exit_code command_run(const struct options *options)
{
    AUTO(settings_destroy) struct settings *settings = NULL;

    enum exit_code code = topology_settings(options, &settings);
    if (code == EXIT_CODE_DONE)
        code = check_first(options, settings);
    return code == EXIT_CODE_DONE ? open_and_run(options, settings) : code;
}
