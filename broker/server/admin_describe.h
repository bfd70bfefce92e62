/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings as DescribeConfigs shows them: those of a topic, and those of the broker, under Kafka's names. What is handed
 * out lives until the request is answered. Pure.
 */
#ifndef BROKER_SERVER_ADMIN_DESCRIBE_H
#define BROKER_SERVER_ADMIN_DESCRIBE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/protocol/messages_admin.h"
#include "broker/server/service_parts.h"
#include "broker/server/topic_config.h"

/* The value in force, and where it comes from (enum kafka_config_source). */
struct kafka_string admin_topic_value(struct service *service, const struct request *request,
                                      enum topic_key key, const struct topic_config *config);
int8_t admin_topic_source(const struct service *service, enum topic_key key,
                          const struct topic_config *config);

/* Fills in the settings of the result, those that `asked` names or all. */
void admin_describe_topic(struct service *service, const struct request *request,
                          const struct kafka_describe_configs_request_resource *asked,
                          const struct topic_config *config,
                          struct kafka_describe_configs_response_result *result);
void admin_describe_broker(struct service *service, const struct request *request,
                           const struct kafka_describe_configs_request_resource *asked,
                           struct kafka_describe_configs_response_result *result);

#endif
