/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "ui/messages/handlers.h"

struct route_table messages_routes(void)
{
    static const struct route routes[] = {
        {HTTP_GET, "/api/v2/log/topics", ROUTE_READ, messages_topics},
        {HTTP_GET, "/api/v2/log/topics/{topic}", ROUTE_READ, messages_topic},
        {HTTP_GET, "/api/v2/log/topics/{topic}/records", ROUTE_READ, messages_records},
        {HTTP_GET, "/api/v2/log/groups", ROUTE_READ, messages_groups},
        {HTTP_GET, "/api/v2/log/groups/{group}", ROUTE_READ, messages_group},
        {HTTP_POST, "/api/v2/log/groups/{group}/reset", ROUTE_CHANGE, messages_reset},
    };

    return (struct route_table){routes, COUNT_OF(routes)};
}
