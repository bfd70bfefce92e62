/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "ui/logs/handlers.h"

#define FILE_PATH "/api/v2/logs/{id}/{supervisor}/{slot}/{file}"

struct route_table logs_routes(void)
{
    static const struct route routes[] = {
        {HTTP_GET, "/api/v2/logs", ROUTE_READ, logs_topologies},
        {HTTP_GET, "/api/v2/logs/{id}", ROUTE_READ, logs_files},
        {HTTP_GET, "/api/v2/logs/{id}/search", ROUTE_READ, logs_search},
        {HTTP_GET, FILE_PATH, ROUTE_READ, logs_text},
        {HTTP_GET, FILE_PATH "/download", ROUTE_READ, logs_download},
        {HTTP_GET, "/api/v1/log", ROUTE_READ, logs_storm_log},
        {HTTP_GET, "/api/v1/daemonlog", ROUTE_READ, logs_storm_daemon_log},
        {HTTP_GET, "/api/v1/download", ROUTE_READ, logs_storm_download},
        {HTTP_GET, "/api/v1/daemondownload", ROUTE_READ, logs_storm_daemon_download},
        {HTTP_GET, "/api/v1/searchLogs", ROUTE_READ, logs_storm_list},
        {HTTP_GET, "/api/v1/listLogs", ROUTE_READ, logs_storm_list},
        {HTTP_GET, "/api/v1/search", ROUTE_READ, logs_storm_search},
        {HTTP_GET, "/api/v1/deepSearch/{id}", ROUTE_READ, logs_storm_deep_search},
    };

    return (struct route_table){routes, COUNT_OF(routes)};
}
