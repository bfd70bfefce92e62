/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `gale events`: what has happened on the cluster, and with --follow what happens.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/commands/commands.h"
#include "cli/io/nimbus.h"
#include "cli/io/terminal.h"
#include "cli/views/event_view.h"

#define POLL_NS 500000000ull

enum {
    ASKED_MAX = 200,
};

struct watching {
    struct nimbus *nimbus;
    json_int_t after; /* the last that was seen; 0: none */
    bool is_json;
    bool does_follow;
    enum style style;
};

static enum exit_code ask(const struct watching *watching, json_t **ret_answer)
{
    const char *name = watching->nimbus->options->operand;
    struct nimbus_question question = {
        .op = "events",
        .args = json_pack("{s:I, s:o, s:i}", "after", watching->after, "topology",
                          name == NULL ? json_null() : json_string(name), "limit", ASKED_MAX),
        .is_lookup = true,
    };

    return nimbus_ask(watching->nimbus, &question, ret_answer);
}

/* Behind the last of this answer, or, if there was no room for all, behind the last that it has. */
static void step_behind(struct watching *watching, const json_t *answer)
{
    size_t count = answer_size(answer, "events");
    json_int_t last = json_integer_value(json_object_get(answer, "last_id"));

    if (count == ASKED_MAX && watching->after != 0)
        last = json_integer_value(json_object_get(answer_item(answer, "events", count - 1), "id"));
    if (last > watching->after)
        watching->after = last;
}

static void render(const struct watching *watching, const json_t *answer, struct text *text)
{
    for (size_t i = 0; i < answer_size(answer, "events"); i++) {
        const json_t *event = answer_item(answer, "events", i);
        if (watching->is_json)
            answer_add_json(event, text);
        else
            event_view_line(event, text, watching->style);
    }
}

/* One answer: the whole as one object for programs, unless more follows. */
static enum exit_code show(struct watching *watching)
{
    json_t *answer = NULL;
    struct text text;

    enum exit_code code = ask(watching, &answer);
    if (code != EXIT_CODE_DONE)
        return code;
    text_init(&text);
    if (watching->is_json && !watching->does_follow)
        answer_add_json(answer, &text);
    else
        render(watching, answer, &text);
    step_behind(watching, answer);
    json_decref(answer);
    if (text_size(&text) > 0 && !terminal_write(&text))
        code = EXIT_CODE_FAILED;
    text_done(&text);
    return code;
}

static enum exit_code watch(struct watching *watching)
{
    enum exit_code code = nimbus_catch_signals(watching->nimbus);

    if (code == EXIT_CODE_DONE)
        code = nimbus_open(watching->nimbus);
    if (code == EXIT_CODE_DONE)
        code = show(watching);
    while (watching->does_follow && code == EXIT_CODE_DONE) {
        code = nimbus_pause(watching->nimbus, clock_now_ns() + POLL_NS);
        if (code == EXIT_CODE_DONE)
            code = show(watching);
    }
    return code;
}

enum exit_code command_events(const struct options *options)
{
    struct nimbus nimbus;
    struct watching watching = {
        .nimbus = &nimbus,
        .is_json = options_has(options, OPTION_JSON),
        .does_follow = options_has(options, OPTION_FOLLOW),
        .style = terminal_style(stdout),
    };

    enum exit_code code = nimbus_init(&nimbus, options);
    if (code == EXIT_CODE_DONE)
        code = watch(&watching);
    nimbus_done(&nimbus);
    return code;
}
