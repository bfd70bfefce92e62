/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of the cluster as a whole, which is this broker alone.
 */
#include "broker/protocol/errors.h"
#include "broker/protocol/messages.h"
#include "broker/server/admin.h"
#include "broker/server/admin_parts.h"
#include "broker/server/catalog.h"

enum {
    VERSION_WITH_ENDPOINTS = 1, /* of DescribeCluster */
    ENDPOINT_BROKERS = 1,
    ENDPOINT_CONTROLLERS = 2,
    VERSION_WITH_KEYS = 4, /* of FindCoordinator */
    COORDINATOR_GROUP = 0,
    COORDINATOR_TRANSACTION = 1,
};

/* ---- DescribeCluster ---- */

static struct admin_verdict check_endpoint(struct service *service, const struct request *request)
{
    const struct kafka_describe_cluster_request *asked = request->body;

    if (request->version < VERSION_WITH_ENDPOINTS || asked->endpoint_type == ENDPOINT_BROKERS)
        return admin_fine();
    if (asked->endpoint_type == ENDPOINT_CONTROLLERS)
        return admin_refuse(service, request, KAFKA_MISMATCHED_ENDPOINT_TYPE,
                            "this is a broker: ask it for brokers");
    return admin_refuse(service, request, KAFKA_UNSUPPORTED_ENDPOINT_TYPE,
                        "there is no endpoint type %d", asked->endpoint_type);
}

void admin_describe_cluster(struct service *service, const struct request *request)
{
    const struct kafka_describe_cluster_request *asked = request->body;
    struct admin_verdict verdict = check_endpoint(service, request);
    struct kafka_describe_cluster_response_broker broker = {
        .broker_id = service->options->id,
        .host = admin_string(request->local_host),
        .port = request->local_port,
        .rack = KAFKA_STRING_NULL,
    };
    struct kafka_describe_cluster_response response = {
        .error_code = verdict.code,
        .error_message = verdict.text,
        .endpoint_type = ENDPOINT_BROKERS,
        .cluster_id = admin_string(catalog_cluster_id(service->catalog)),
        .controller_id = service->options->id,
        .brokers = &broker,
        .broker_count = verdict.code == KAFKA_NONE ? 1 : 0,
        .cluster_authorized_operations = asked->include_cluster_authorized_operations
                                             ? ADMIN_CLUSTER_OPERATIONS
                                             : ADMIN_OPERATIONS_UNASKED,
    };

    service_answer(service, request->token, &response);
}

/* ---- FindCoordinator ---- */

/* What clients take for final: others make them ask again and again for a coordinator that never comes. */
static struct admin_verdict refuse_transactions(struct service *service,
                                                const struct request *request)
{
    return admin_refuse(service, request, KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                        "this broker has no transactions: use a producer without transactional.id");
}

static struct admin_verdict check_coordinator(struct service *service,
                                              const struct request *request)
{
    const struct kafka_find_coordinator_request *asked = request->body;

    if (asked->key_type == COORDINATOR_GROUP)
        return admin_fine();
    if (asked->key_type == COORDINATOR_TRANSACTION)
        return refuse_transactions(service, request);
    return admin_refuse(service, request, KAFKA_INVALID_REQUEST,
                        "there are no coordinators of type %d", asked->key_type);
}

static struct kafka_find_coordinator_response_coordinator coordinate(struct service *service,
                                                                     const struct request *request,
                                                                     struct kafka_string key)
{
    struct admin_verdict verdict = check_coordinator(service, request);
    bool is_fine = verdict.code == KAFKA_NONE;

    return (struct kafka_find_coordinator_response_coordinator){
        .key = key,
        .node_id = is_fine ? service->options->id : -1,
        .host = admin_string(is_fine ? request->local_host : ""),
        .port = is_fine ? request->local_port : -1,
        .error_code = verdict.code,
        .error_message = verdict.text,
    };
}

void admin_find_coordinator(struct service *service, const struct request *request)
{
    const struct kafka_find_coordinator_request *asked = request->body;
    struct kafka_find_coordinator_response_coordinator one =
        coordinate(service, request, asked->key);
    struct kafka_find_coordinator_response response = {
        .error_code = one.error_code,
        .error_message = one.error_message,
        .node_id = one.node_id,
        .host = one.host,
        .port = one.port,
    };

    if (request->version >= VERSION_WITH_KEYS) {
        response.coordinator_count = asked->coordinator_key_count;
        response.coordinators = admin_array(service, request, asked->coordinator_key_count,
                                            sizeof *response.coordinators);
        for (int32_t i = 0; i < asked->coordinator_key_count; i++)
            response.coordinators[i] = coordinate(service, request, asked->coordinator_keys[i]);
    }
    service_answer(service, request->token, &response);
}

/* ---- InitProducerId ---- */

/* An id costs a write of the catalog now and then. When that fails, clients are to try again. */
static int16_t take_producer_id(struct service *service, int64_t *ret_id)
{
    struct error error = {.code = ERR_OK};

    if (catalog_take_producer_id(service->catalog, ret_id, &error) == ERR_OK)
        return KAFKA_NONE;
    service_tell(service, SERVICE_ERROR, "producer_id.none", "%s", error.text);
    return KAFKA_COORDINATOR_LOAD_IN_PROGRESS;
}

void admin_init_producer_id(struct service *service, const struct request *request)
{
    const struct kafka_init_producer_id_request *asked = request->body;
    struct kafka_init_producer_id_response response = {.producer_id = -1, .producer_epoch = -1};

    if (asked->transactional_id.length == KAFKA_NULL)
        response.error_code = take_producer_id(service, &response.producer_id);
    else
        response.error_code = refuse_transactions(service, request).code;
    if (response.error_code == KAFKA_NONE)
        response.producer_epoch = 0;
    service_answer(service, request->token, &response);
}
