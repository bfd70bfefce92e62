/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "ui/api/asking.h"
#include "ui/api/handlers.h"

enum {
    DAY_MS = 86400000,
    LEVEL_DAYS_MAX = 30,
    WORKERS_MAX = 4096,
    TASKS_MAX = 16384,
    SLOT_MAX = 65535,
};

/* The path's topology, and the body's members, to nimbus; its answer back. */
static void change(struct handling *handling, const char *op, const struct body_shape *shape)
{
    static const char *const none[] = {NULL};
    json_t *args;
    json_t *ok;

    if (!asking_check(handling, none) || !asking_body(handling, shape, &args))
        return;
    asking_put(args, "name", json_string(request_param(handling->request, "name")));
    if (ask_nimbus(handling, BACKEND_CHANGE, op, args, &ok))
        answer_json(handling, ok);
}

void api_activate(struct handling *handling)
{
    change(handling, "topology.activate", &(struct body_shape){.members = NULL});
}

void api_deactivate(struct handling *handling)
{
    change(handling, "topology.deactivate", &(struct body_shape){.members = NULL});
}

void api_kill(struct handling *handling)
{
    static const struct body_member members[] = {
        {.name = "wait_ms", .kind = BODY_WHOLE, .need = BODY_NULLABLE, .max = DAY_MS},
    };

    change(handling, "topology.kill", &(struct body_shape){members, COUNT_OF(members)});
}

void api_rebalance(struct handling *handling)
{
    static const struct body_member members[] = {
        {.name = "wait_ms", .kind = BODY_WHOLE, .need = BODY_NULLABLE, .max = DAY_MS},
        {.name = "workers",
         .kind = BODY_WHOLE,
         .need = BODY_NULLABLE,
         .min = 1,
         .max = WORKERS_MAX},
        {.name = "executors",
         .kind = BODY_COUNTS,
         .need = BODY_NULLABLE,
         .min = 1,
         .max = TASKS_MAX},
        {.name = "dry_run", .kind = BODY_FLAG, .need = BODY_OPTIONAL},
    };

    change(handling, "topology.rebalance", &(struct body_shape){members, COUNT_OF(members)});
}

void api_log_level(struct handling *handling)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
    static const struct body_member members[] = {
        {.name = "level", .kind = BODY_WORD, .need = BODY_STATED, .words = levels},
        {.name = "for_ms",
         .kind = BODY_WHOLE,
         .need = BODY_OPTIONAL,
         .max = (int64_t)LEVEL_DAYS_MAX * DAY_MS},
    };

    change(handling, "topology.log_level", &(struct body_shape){members, COUNT_OF(members)});
}

void api_debug(struct handling *handling)
{
    static const struct body_member members[] = {
        {.name = "component",
         .kind = BODY_TEXT,
         .need = BODY_NULLABLE,
         .min = 1,
         .max = ASKING_NAME_MAX},
        {.name = "percent", .kind = BODY_REAL, .need = BODY_NEEDED, .max = 100},
    };

    change(handling, "topology.debug", &(struct body_shape){members, COUNT_OF(members)});
}

void api_restart_worker(struct handling *handling)
{
    static const struct body_member members[] = {
        {.name = "supervisor",
         .kind = BODY_TEXT,
         .need = BODY_NEEDED,
         .min = 1,
         .max = ASKING_NAME_MAX},
        {.name = "slot", .kind = BODY_WHOLE, .need = BODY_NEEDED, .max = SLOT_MAX},
    };

    change(handling, "worker.restart", &(struct body_shape){members, COUNT_OF(members)});
}
