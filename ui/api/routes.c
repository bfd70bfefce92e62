/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "ui/api/handlers.h"

#define TOPOLOGY "/api/v2/topologies/{name}"
#define WORKER   "/api/v2/topologies/{name}/workers/{supervisor}/{slot}"

struct route_table api_routes(void)
{
    static const struct route routes[] = {
        {HTTP_GET, "/api/v2/session", ROUTE_READ, api_session},
        {HTTP_GET, "/api/v2/pulse", ROUTE_READ, api_pulse},
        {HTTP_GET, "/api/v2/topologies", ROUTE_READ, api_topologies},
        {HTTP_GET, TOPOLOGY, ROUTE_READ, api_topology},
        {HTTP_GET, TOPOLOGY "/figures", ROUTE_READ, api_figures},
        {HTTP_GET, TOPOLOGY "/tasks", ROUTE_READ, api_tasks},
        {HTTP_GET, TOPOLOGY "/history", ROUTE_READ, api_history},
        {HTTP_GET, TOPOLOGY "/errors", ROUTE_READ, api_errors},
        {HTTP_GET, TOPOLOGY "/samples", ROUTE_READ, api_samples},
        {HTTP_GET, WORKER "/stacks", ROUTE_READ, api_stacks},
        {HTTP_GET, WORKER "/profile", ROUTE_READ, api_profile},
        {HTTP_POST, TOPOLOGY "/activate", ROUTE_CHANGE, api_activate},
        {HTTP_POST, TOPOLOGY "/deactivate", ROUTE_CHANGE, api_deactivate},
        {HTTP_POST, TOPOLOGY "/kill", ROUTE_CHANGE, api_kill},
        {HTTP_POST, TOPOLOGY "/rebalance", ROUTE_CHANGE, api_rebalance},
        {HTTP_POST, TOPOLOGY "/log-level", ROUTE_CHANGE, api_log_level},
        {HTTP_POST, TOPOLOGY "/debug", ROUTE_CHANGE, api_debug},
        {HTTP_POST, TOPOLOGY "/restart-worker", ROUTE_CHANGE, api_restart_worker},
        {HTTP_GET, "/api/v2/ended", ROUTE_READ, api_ended},
        {HTTP_GET, "/api/v2/events", ROUTE_READ, api_events},
        {HTTP_GET, "/api/v2/nodes", ROUTE_READ, api_nodes},
        {HTTP_GET, "/api/v2/settings", ROUTE_READ, api_settings},
        {HTTP_GET, "/api/v2/coord", ROUTE_READ, api_coord},
    };

    return (struct route_table){routes, COUNT_OF(routes)};
}
