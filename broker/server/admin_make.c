/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topics come and go: catalog first, which makes it so for good, then logs and folders.
 */
#include "base/assert.h"
#include "broker/protocol/errors.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog_folders.h"
#include "broker/server/topic_name.h"

struct admin_verdict admin_stage_topic(struct service *service, const struct request *request,
                                       const struct catalog_new_topic *topic)
{
    const char *fault = topic_name_fault(topic->name);
    struct error error = {.code = ERR_OK};

    if (fault != NULL)
        return admin_refuse(service, request, KAFKA_INVALID_TOPIC, "the topic's name %s", fault);
    if (topic_name_is_internal(topic->name))
        return admin_refuse(service, request, KAFKA_INVALID_TOPIC,
                            "topic '%s' is the broker's own, and created by it when it is needed",
                            TOPIC_NAME_OFFSETS);
    if (catalog_stage_create(service->catalog, topic, &error) != ERR_OK)
        return admin_fail(service, request, &error);
    return admin_fine();
}

/* It was created, but cannot be served. */
static void take_back(struct service *service, const struct catalog_topic *topic)
{
    struct kafka_uuid id = topic->id;
    struct kafka_string name = topic->name;
    struct error error = {.code = ERR_OK};
    enum err err = catalog_stage_delete(service->catalog, name, &error);

    service_drop_topic(service, name);
    if (err == ERR_OK)
        err = catalog_commit(service->catalog, &error);
    if (err == ERR_OK)
        err = catalog_drop_folders(service->catalog, service->files, &id, &error);
    if (err != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_removed", "%s", error.text);
}

struct admin_verdict admin_host_topic(struct service *service, const struct request *request,
                                      struct kafka_string name)
{
    const struct catalog_topic *topic = catalog_find(service->catalog, name);
    struct error error = {.code = ERR_OK};

    ASSERT(topic != NULL);
    if (service_host_topic(service, topic, &error) == ERR_OK) {
        service_tell(service, SERVICE_INFO, "topic.created", "topic=%s partitions=%d",
                     topic->name.data, topic->partition_count);
        service->shell.changed(service->shell.shell);
        return admin_fine();
    }
    service_tell(service, SERVICE_ERROR, "topic.not_created", "topic=%s: %s", topic->name.data,
                 error.text);
    take_back(service, topic);
    return admin_fail(service, request, &error);
}

void admin_drop_topic(struct service *service, struct kafka_string name,
                      const struct kafka_uuid *id)
{
    struct error error = {.code = ERR_OK};

    service_drop_topic(service, name);
    service->shell.changed(service->shell.shell);
    if (catalog_failure(service->catalog) != NULL)
        return; /* it may not be out of the catalog on the disk: the folders stay */
    if (catalog_drop_folders(service->catalog, service->files, id, &error) != ERR_OK)
        service_tell(service, SERVICE_ERROR, "topic.not_removed",
                     "topic=%.*s: %s; it is tried again at the next start", name.length, name.data,
                     error.text);
    else
        service_tell(service, SERVICE_INFO, "topic.deleted", "topic=%.*s", name.length, name.data);
}
