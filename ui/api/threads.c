/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/threads.h"

#include <stdio.h>
#include <string.h>

#include "ui/api/asking.h"
#include "ui/api/handlers.h"
#include "ui/read.h"

/* The worker that the path names. */
static const json_t *find_worker(struct handling *handling, const json_t *status)
{
    const struct http_request *request = handling->request;
    char wanted[THREADS_WORKER_MAX];
    char name[THREADS_WORKER_MAX];
    size_t index;
    json_t *worker;

    (void)snprintf(wanted, sizeof wanted, "%.128s:%s", request_param(request, "supervisor"),
                   request_param(request, "slot"));
    json_array_foreach(read_list(status, "workers"), index, worker)
    {
        threads_worker_name(worker, name);
        if (strcmp(name, wanted) == 0)
            return worker;
    }
    answer_refuse(handling, CONTROL_NOT_FOUND, "topology '%.64s' has no worker %s; %s",
                  read_text(status, "name"), say_quoted(wanted).text,
                  threads_choices(status, wanted).text);
    return NULL;
}

/* The result as it is, and of what it is. */
static void answer(struct handling *handling, const json_t *status, const json_t *worker,
                   json_t *ok)
{
    const struct backend *backend = handling->backend;

    asking_put(ok, "at_ms", json_integer((json_int_t)backend->wall_ms(backend->context)));
    asking_put(ok, "topology", json_string(read_text(status, "name")));
    asking_put(ok, "supervisor", json_string(read_text(worker, "supervisor")));
    asking_put(ok, "slot", json_integer((json_int_t)read_count(worker, "slot")));
    answer_json(handling, ok);
}

static void look(struct handling *handling, const json_t *status, uint64_t seconds)
{
    struct threads_wanted wanted = {
        .topology = read_text(status, "id"),
        .worker = find_worker(handling, status),
        .seconds = seconds,
    };
    struct control_fault fault;
    json_t *ok;

    if (wanted.worker == NULL)
        return;
    if (threads_ask(handling, &wanted, &ok, &fault) == CONTROL_OK)
        answer(handling, status, wanted.worker, ok);
    else
        answer_fault(handling, &fault);
}

static void look_at(struct handling *handling, uint64_t seconds)
{
    json_t *status;

    if (!ask_nimbus(handling, BACKEND_LOOKUP, "topology.status",
                    json_pack("{s:s}", "name", request_param(handling->request, "name")), &status))
        return;
    look(handling, status, seconds);
    json_decref(status);
}

void api_stacks(struct handling *handling)
{
    static const char *const known[] = {NULL};

    if (asking_check(handling, known))
        look_at(handling, 0);
}

void api_profile(struct handling *handling)
{
    static const char *const known[] = {"seconds", NULL};
    int64_t seconds;

    if (asking_check(handling, known) &&
        request_number(handling, "seconds", THREADS_SECONDS_MIN, THREADS_SECONDS_MAX,
                       THREADS_SECONDS, &seconds))
        look_at(handling, (uint64_t)seconds);
}
