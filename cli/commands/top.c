/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale top`: asks nimbus each second and draws what it says.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/io/nimbus.h"
#include "cli/io/screen.h"
#include "cli/io/terminal.h"
#include "cli/views/top_view.h"

#define PERIOD_NS 1000000000ull

enum {
    PICTURES_MAX = 1000000000,
};

enum top_form {
    TOP_SCREEN,
    TOP_JSON,
    TOP_TEXT,
};

struct top {
    struct nimbus *nimbus;
    enum top_form form;
    uint64_t left; /* pictures to come */
    struct top_view view;
    enum style style;
};

/* What is asked for a picture; all are given back. */
struct answers {
    json_t *nodes;
    json_t *list;
    json_t *topology;
};

static void forget(struct answers *answers)
{
    json_decref(answers->nodes);
    json_decref(answers->list);
    json_decref(answers->topology);
}

static enum exit_code ask(struct nimbus *nimbus, struct answers *answers)
{
    const char *name = nimbus->options->operand;

    *answers = (struct answers){.nodes = NULL};
    if (name != NULL)
        return nimbus_look(nimbus, "topology.status", name, false, &answers->topology);
    enum exit_code code = nimbus_look(nimbus, "cluster.nodes", NULL, false, &answers->nodes);
    if (code == EXIT_CODE_DONE)
        code = nimbus_look(nimbus, "topology.list", NULL, false, &answers->list);
    return code;
}

static void render_json(const struct answers *answers, struct text *text)
{
    json_t *all = json_pack("{s:I}", "time_ms", (json_int_t)clock_wall_ms());

    if (answers->topology != NULL)
        (void)json_object_set(all, "topology", answers->topology);
    if (answers->nodes != NULL)
        (void)json_object_update_missing(all, answers->nodes);
    if (answers->list != NULL)
        (void)json_object_update_missing(all, answers->list);
    answer_add_json(all, text);
    json_decref(all);
}

static void render(struct top *top, const struct answers *answers, struct text *text)
{
    struct top_picture picture = {.nodes = answers->nodes,
                                  .list = answers->list,
                                  .topology = answers->topology,
                                  .now_ns = clock_now_ns(),
                                  .now_ms = clock_wall_ms()};

    if (top->form == TOP_JSON)
        render_json(answers, text);
    else
        top_view_render(&top->view, &picture, text, top->style);
}

static bool draw(const struct text *picture)
{
    struct text fitted;
    size_t rows;
    size_t columns;

    text_init(&fitted);
    screen_size(&rows, &columns);
    top_view_fit(text_data(picture), rows, columns, &fitted);
    bool is_drawn = screen_draw(&fitted);
    text_done(&fitted);
    return is_drawn;
}

static enum exit_code show_one(struct top *top)
{
    struct answers answers;
    struct text text;

    enum exit_code code = ask(top->nimbus, &answers);
    if (code == EXIT_CODE_DONE) {
        text_init(&text);
        render(top, &answers, &text);
        bool is_shown = top->form == TOP_SCREEN ? draw(&text) : terminal_write(&text);
        text_done(&text);
        code = is_shown ? EXIT_CODE_DONE : EXIT_CODE_FAILED;
    }
    forget(&answers);
    return code;
}

/* Until the next picture is due; true if it is to end. Other keys draw at once. */
static bool await(const struct top *top, uint64_t until_ns)
{
    if (top->form != TOP_SCREEN)
        return nimbus_pause(top->nimbus, until_ns) == EXIT_CODE_INTERRUPTED;
    return screen_key(top->nimbus->interrupt, until_ns) == 'q';
}

static enum exit_code show_all(struct top *top)
{
    while (top->left > 0) {
        uint64_t begin_ns = clock_now_ns();

        enum exit_code code = show_one(top);
        if (code != EXIT_CODE_DONE)
            return code;
        if (--top->left > 0 && await(top, begin_ns + PERIOD_NS))
            return top->form == TOP_SCREEN ? EXIT_CODE_DONE : EXIT_CODE_INTERRUPTED;
    }
    return EXIT_CODE_DONE;
}

static enum exit_code show_on_screen(struct top *top)
{
    struct screen *screen = screen_open();

    enum exit_code code = show_all(top);
    screen_close(&screen);
    return code == EXIT_CODE_INTERRUPTED ? EXIT_CODE_DONE : code;
}

static enum exit_code prepare(struct top *top)
{
    const struct options *options = top->nimbus->options;
    const char *count = options_value(options, OPTION_COUNT_OF);

    if (options_has(options, OPTION_JSON))
        top->form = TOP_JSON;
    else
        top->form = terminal_is_tty(stdout) && terminal_is_tty(stdin) ? TOP_SCREEN : TOP_TEXT;
    top->style = terminal_style(stdout);
    top->left = top->form == TOP_TEXT ? 1 : PICTURES_MAX;
    if (count == NULL ||
        (setting_parse_u64(count, &top->left) && top->left > 0 && top->left <= PICTURES_MAX))
        return EXIT_CODE_DONE;
    return nimbus_complain(top->nimbus, EXIT_CODE_USAGE,
                           "--count is '%s', but must be a whole number from 1 to %d", count,
                           PICTURES_MAX);
}

enum exit_code command_top(const struct options *options)
{
    struct nimbus nimbus;
    struct top top = {.nimbus = &nimbus};

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = prepare(&top);
    if (code == EXIT_CODE_DONE)
        code = nimbus_catch_signals(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = nimbus_open(&nimbus);
    if (code == EXIT_CODE_DONE)
        code = top.form == TOP_SCREEN ? show_on_screen(&top) : show_all(&top);
    top_view_done(&top.view);
    nimbus_done(&nimbus);
    return code;
}
