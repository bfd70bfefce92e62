/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/duration.h"
#include "cli/io/terminal.h"
#include "cli/views/topology_view.h"

#define PERIOD_NS 250000000ull

struct waiting {
    struct nimbus *nimbus;
    enum waiting_for what;
    const char *name;
    const char *id;
    uint64_t deadline_ns; /* UINT64_MAX: none */
    bool is_redrawn;
    bool is_quiet;
    char *status; /* that was said last */
};

enum exit_code waiting_prepare(struct nimbus *nimbus)
{
    const char *within = options_value(nimbus->options, OPTION_WITHIN);
    uint64_t within_ms;

    if (within != NULL && !options_has(nimbus->options, OPTION_WAIT))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE, "--within needs --wait");
    if (within != NULL && !duration_read(within, &within_ms))
        return nimbus_complain(nimbus, EXIT_CODE_USAGE,
                               "--within is '%s', but must be seconds from 0 to %d", within,
                               DURATION_MAX_S);
    return options_has(nimbus->options, OPTION_WAIT) ? nimbus_catch_signals(nimbus)
                                                     : EXIT_CODE_DONE;
}

static uint64_t deadline_of(const struct nimbus *nimbus)
{
    const char *within = options_value(nimbus->options, OPTION_WITHIN);
    uint64_t within_ms;

    if (within == NULL || !duration_read(within, &within_ms))
        return UINT64_MAX;
    return clock_now_ns() + within_ms * 1000000;
}

static void say(struct waiting *waiting, const json_t *answer)
{
    const char *status = answer_text(answer, "status");
    bool is_new = waiting->status == NULL || strcmp(waiting->status, status) != 0;
    struct text text;

    if (waiting->is_quiet || (!is_new && !waiting->is_redrawn))
        return;
    text_init(&text);
    text_add(&text, "%s", waiting->is_redrawn ? "\x1b[K" : "");
    topology_view_progress(answer, &text);
    text_add(&text, "%s", waiting->is_redrawn ? "\r" : "\n");
    terminal_say(&text);
    text_done(&text);
    mem_free_text(&waiting->status);
    waiting->status = mem_copy_text(status);
}

static bool is_over(const struct waiting *waiting, const json_t *answer)
{
    if (strcmp(answer_text(answer, "id"), waiting->id) != 0)
        return true;
    return waiting->what == WAITING_FOR_BALANCE &&
           strcmp(answer_text(answer, "status"), "rebalancing") != 0;
}

/* DONE with *ret_over. */
static enum exit_code look(struct waiting *waiting, bool *ret_over)
{
    json_t *answer = NULL;

    enum exit_code code =
        nimbus_look(waiting->nimbus, "topology.status", waiting->name, true, &answer);
    *ret_over = code == EXIT_CODE_NOT_FOUND;
    if (code == EXIT_CODE_NOT_FOUND)
        return EXIT_CODE_DONE;
    if (code == EXIT_CODE_DONE) {
        *ret_over = is_over(waiting, answer);
        if (!*ret_over)
            say(waiting, answer);
        json_decref(answer);
    }
    return code;
}

static enum exit_code wait(struct waiting *waiting)
{
    for (;;) {
        bool is_over;

        enum exit_code code = look(waiting, &is_over);
        if (code != EXIT_CODE_DONE || is_over)
            return code;
        uint64_t until_ns = clock_now_ns() + PERIOD_NS;
        if (clock_now_ns() >= waiting->deadline_ns)
            return EXIT_CODE_TIMEOUT;
        if (until_ns > waiting->deadline_ns)
            until_ns = waiting->deadline_ns;
        code = nimbus_pause(waiting->nimbus, until_ns);
        if (code != EXIT_CODE_DONE)
            return code;
    }
}

enum exit_code waiting_run(struct nimbus *nimbus, enum waiting_for what, const char *name,
                           const char *id)
{
    struct waiting waiting = {
        .nimbus = nimbus,
        .what = what,
        .name = name,
        .id = id,
        .deadline_ns = deadline_of(nimbus),
        .is_redrawn = terminal_is_tty(stderr),
        .is_quiet = options_has(nimbus->options, OPTION_QUIET),
    };

    enum exit_code code = wait(&waiting);
    if (waiting.is_redrawn && waiting.status != NULL)
        (void)fputs("\x1b[K", stderr);
    mem_free_text(&waiting.status);
    if (code == EXIT_CODE_TIMEOUT)
        return nimbus_complain(nimbus, code, "it is not over yet; 'gale status %s' shows how it is",
                               name);
    if (code == EXIT_CODE_INTERRUPTED)
        return nimbus_complain(nimbus, code, "not waiting any more; '%s' goes on", name);
    return code;
}
