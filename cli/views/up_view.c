/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/up_view.h"

#include <inttypes.h>
#include <jansson.h>

#include "cli/answer.h"
#include "cli/views/summary_view.h"

enum {
    USUAL_PORT = 2181, /* where other commands look when nobody tells them */
    USUAL_BROKER_PORT = 9092,
};

void up_view_render(const struct up_view *view, struct text *text, enum style style)
{
    text_add(text, "%sthe cluster is up%s after ", style_bold(style), style_end(style));
    summary_view_duration(view->elapsed_ns, text);
    text_add(text,
             ": %zu supervisor%s with room for %" PRIu64 " workers\n"
             "  coord   127.0.0.1:%" PRIu16 "\n"
             "  nimbus  127.0.0.1:%" PRIu16 "\n",
             view->supervisors, view->supervisors == 1 ? "" : "s", view->slots, view->coord_port,
             view->nimbus_port);
    if (view->broker_port != 0)
        text_add(text, "  log     127.0.0.1:%" PRIu16 "\n", view->broker_port);
    if (view->ui_port != 0)
        text_add(text, "  ui      http://127.0.0.1:%" PRIu16 "\n", view->ui_port);
    text_add(text, "  state   %s (logs in logs/)\n", view->folder);
    if (view->coord_port != USUAL_PORT)
        text_add(text,
                 "port %d is in use, so other commands need to know where it is:\n"
                 "  export GALE_CONFIG=%s\n"
                 "or --server 127.0.0.1:%" PRIu16 "\n",
                 USUAL_PORT, view->config, view->coord_port);
    else if (view->broker_port != 0 && view->broker_port != USUAL_BROKER_PORT)
        text_add(text,
                 "port %d is in use, so commands of the log need to know where it is:\n"
                 "  export GALE_CONFIG=%s\n"
                 "or --brokers 127.0.0.1:%" PRIu16 "\n",
                 USUAL_BROKER_PORT, view->config, view->broker_port);
    text_add(text, "next: gale submit TOPOLOGY.so   (Ctrl-C here stops everything)\n");
}

void up_view_json(const struct up_view *view, struct text *text)
{
    char coord[32];
    char nimbus[32];
    char log[32];
    char page[48];

    (void)snprintf(coord, sizeof coord, "127.0.0.1:%" PRIu16, view->coord_port);
    (void)snprintf(nimbus, sizeof nimbus, "127.0.0.1:%" PRIu16, view->nimbus_port);
    (void)snprintf(log, sizeof log, "127.0.0.1:%" PRIu16, view->broker_port);
    (void)snprintf(page, sizeof page, "http://127.0.0.1:%" PRIu16, view->ui_port);
    json_t *all = json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:I}", "coord", coord, "nimbus", nimbus,
                            "supervisors", (json_int_t)view->supervisors, "slots",
                            (json_int_t)view->slots, "folder", view->folder, "config", view->config,
                            "elapsed_ns", (json_int_t)view->elapsed_ns);
    json_object_set_new(all, "log", view->broker_port == 0 ? json_null() : json_string(log));
    json_object_set_new(all, "ui", view->ui_port == 0 ? json_null() : json_string(page));
    answer_add_json(all, text);
    json_decref(all);
}
