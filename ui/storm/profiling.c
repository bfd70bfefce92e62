/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/storm/profiling.h"

#include <string.h>

#include "base/assert.h"
#include "base/settings_schema.h"
#include "base/text.h"
#include "ui/logs/piece.h"
#include "ui/read.h"
#include "ui/storm/ask.h"
#include "ui/storm/nodes.h"
#include "ui/threads.h"
#include "wire/say.h"
#include "wire/threads_text.h"

#define STACKS_FILE  "stacks.txt"
#define PROFILE_FILE "profile.folded"

enum {
    MINUTES_MAX = 24 * 60,
};

/* ---- which worker ---- */

/* A worker of a topology, as the path names them. */
struct place {
    json_t *status;       /* of the topology */
    const char *name;     /* as it was asked for: "alpha:0", "s1:0" */
    const json_t *worker; /* of the status */
};

static bool find_worker(struct handling *handling, struct place *place)
{
    switch (nodes_find_worker(place->status, place->name, &place->worker)) {
    case NODES_FOUND:
        return true;
    case NODES_NONE:
        ask_refuse(handling, CONTROL_NOT_FOUND, "the topology has no worker at %s; %s",
                   say_quoted(place->name).text, threads_choices(place->status, place->name).text);
        return false;
    case NODES_AMBIGUOUS:
        ask_refuse(handling, CONTROL_CONFLICT,
                   "several supervisors of that host have such a slot: say SUPERVISOR:SLOT, not %s",
                   say_quoted(place->name).text);
        return false;
    }
    UNREACHABLE();
}

/* False, and the fault is answered. */
static bool find_place(struct handling *handling, struct place *place)
{
    *place = (struct place){.name = request_param(handling->request, "worker")};
    if (!ask_topology(handling, &place->status))
        return false;
    if (find_worker(handling, place))
        return true;
    json_decref(place->status);
    return false;
}

/* ---- what Storm answers ---- */

/* A link to a file of the worker, or with "" to the list of them. */
static json_t *link_to(const struct place *place, const char *file)
{
    struct text link = {.data = NULL};

    text_add(&link, "/api/v1/dumps/");
    piece_url(read_text(place->status, "id"), &link);
    text_add(&link, "/");
    piece_url(place->name, &link);
    text_add(&link, "%s%s", file[0] == '\0' ? "" : "/", file);
    json_t *json = json_string(text_data(&link));
    text_done(&link);
    return json;
}

/* Says yes, and with a file where it is. */
static void answer_yes(struct handling *handling, const char *file)
{
    struct place place;

    if (!find_place(handling, &place))
        return;
    json_t *answer = shape_new("{s:s, s:s}", "status", "ok", "id", place.name);
    if (file != NULL)
        shape_add(answer, shape_new("{s:o}", "dumplink", link_to(&place, file)));
    answer_json(handling, answer);
    json_decref(place.status);
}

void storm_profile_start(struct handling *handling)
{
    struct place place;
    uint64_t minutes;

    if (!ask_path_number(handling, "minutes", MINUTES_MAX, &minutes) ||
        !find_place(handling, &place))
        return;
    answer_json(handling, shape_new("{s:s, s:s, s:s, s:o}", "status", "ok", "id", place.name,
                                    "timeout", request_param(handling->request, "minutes"),
                                    "dumplink", link_to(&place, "")));
    json_decref(place.status);
}

void storm_profile_stop(struct handling *handling)
{
    answer_yes(handling, NULL);
}

void storm_dump_profile(struct handling *handling)
{
    answer_yes(handling, PROFILE_FILE);
}

void storm_dump_stacks(struct handling *handling)
{
    answer_yes(handling, STACKS_FILE);
}

static void answer_disabled(struct handling *handling, const char *message)
{
    answer_json(handling, shape_new("{s:s, s:s}", "status", "disabled", "message", message));
}

void storm_dump_heap(struct handling *handling)
{
    answer_disabled(handling,
                    "a worker is a program in C: run 'gcore PID' on its host; the PID stands "
                    "in /api/v2/topologies/NAME");
}

/* ---- restart ---- */

void storm_restart_by_get(struct handling *handling)
{
    answer_disabled(handling,
                    "a GET changes nothing here, as any page could make a browser send it: POST to "
                    "this address, with the header 'X-Gale-Action: 1'");
}

void storm_restart_worker(struct handling *handling)
{
    struct place place;
    json_t *ok;

    if (!find_place(handling, &place))
        return;
    json_t *args = shape_new("{s:s, s:s, s:I}", "name", read_text(place.status, "name"),
                             "supervisor", read_text(place.worker, "supervisor"), "slot",
                             (json_int_t)read_count(place.worker, "slot"));
    if (ask_change(handling, "worker.restart", args, &ok)) {
        answer_json(handling, shape_new("{s:s, s:s}", "status", "ok", "id", place.name));
        json_decref(ok);
    }
    json_decref(place.status);
}

/* ---- dumps ---- */

static void add_item(const struct place *place, const char *file, const char *what,
                     struct text *html)
{
    json_t *link = link_to(place, file);

    text_add(html, "<li><a href=\"");
    piece_html(json_string_value(link), json_string_length(link), html);
    text_add(html, "\">%s</a>: %s</li>\n", file, what);
    json_decref(link);
}

void storm_dumps(struct handling *handling)
{
    struct text *html = &handling->answer->body;
    struct place place;

    if (!find_place(handling, &place))
        return;
    handling->answer->type = "text/html; charset=utf-8";
    text_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">"
                   "<title>Dump files</title></head>\n<body>\n<h1>Dump files</h1>\n"
                   "<p>Each is made when it is read.</p>\n<ul>\n");
    add_item(&place, STACKS_FILE, "where each thread of the worker is", html);
    add_item(&place, PROFILE_FILE,
             "a profile of ten seconds, or with '?seconds=' of 1 to 60, for makers of flame graphs",
             html);
    text_add(html, "</ul>\n</body>\n</html>\n");
    json_decref(place.status);
}

static bool read_seconds(struct handling *handling, uint64_t *ret_seconds)
{
    const char *text = request_query(handling->request, "seconds", "");

    *ret_seconds = THREADS_SECONDS;
    if (text[0] == '\0' ||
        (setting_parse_u64(text, ret_seconds) && *ret_seconds >= THREADS_SECONDS_MIN &&
         *ret_seconds <= THREADS_SECONDS_MAX))
        return true;
    ask_refuse(handling, CONTROL_INVALID, "seconds must be a whole number from %d to %d, not %s",
               THREADS_SECONDS_MIN, THREADS_SECONDS_MAX, say_quoted(text).text);
    return false;
}

static void look(struct handling *handling, const struct place *place, uint64_t seconds)
{
    struct threads_wanted wanted = {
        .topology = read_text(place->status, "id"), .worker = place->worker, .seconds = seconds};
    struct control_fault fault;
    json_t *ok;

    if (threads_ask(handling, &wanted, &ok, &fault) != CONTROL_OK) {
        ask_fault(handling, &fault);
        return;
    }
    handling->answer->type = "text/plain; charset=utf-8";
    if (seconds > 0)
        threads_text_folded(ok, &handling->answer->body);
    else
        threads_text_stacks(ok, &handling->answer->body);
    json_decref(ok);
}

void storm_dump(struct handling *handling)
{
    const char *file = request_param(handling->request, "file");
    bool is_profile = strcmp(file, PROFILE_FILE) == 0;
    uint64_t seconds = 0;
    struct place place;

    if (!is_profile && strcmp(file, STACKS_FILE) != 0) {
        ask_refuse(handling, CONTROL_NOT_FOUND,
                   "there is no dump file %s; there is: '" STACKS_FILE "', '" PROFILE_FILE "'",
                   say_quoted(file).text);
        return;
    }
    if ((is_profile && !read_seconds(handling, &seconds)) || !find_place(handling, &place))
        return;
    look(handling, &place, seconds);
    json_decref(place.status);
}
