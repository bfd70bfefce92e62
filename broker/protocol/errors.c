/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/errors.h"

#include <stddef.h>

#include "base/mem.h"

struct row {
    enum kafka_error code;
    bool is_retryable;
    const char *name;
    const char *text;
};

static const struct row rows[] = {
    {KAFKA_UNKNOWN_SERVER_ERROR, false, "UNKNOWN_SERVER_ERROR",
     "the broker failed; its log says more"},
    {KAFKA_NONE, false, "NONE", "no error"},
    {KAFKA_OFFSET_OUT_OF_RANGE, false, "OFFSET_OUT_OF_RANGE",
     "the log has no such offset (any more)"},
    {KAFKA_CORRUPT_MESSAGE, true, "CORRUPT_MESSAGE", "a record batch is damaged"},
    {KAFKA_UNKNOWN_TOPIC_OR_PARTITION, true, "UNKNOWN_TOPIC_OR_PARTITION",
     "the broker does not have the topic or partition"},
    {KAFKA_INVALID_FETCH_SIZE, false, "INVALID_FETCH_SIZE", "the size to fetch is not valid"},
    {KAFKA_LEADER_NOT_AVAILABLE, true, "LEADER_NOT_AVAILABLE", "the partition has no leader yet"},
    {KAFKA_NOT_LEADER_OR_FOLLOWER, true, "NOT_LEADER_OR_FOLLOWER",
     "the broker does not lead the partition"},
    {KAFKA_REQUEST_TIMED_OUT, true, "REQUEST_TIMED_OUT", "the request took too long"},
    {KAFKA_BROKER_NOT_AVAILABLE, false, "BROKER_NOT_AVAILABLE", "the broker is not available"},
    {KAFKA_REPLICA_NOT_AVAILABLE, true, "REPLICA_NOT_AVAILABLE", "the replica is not available"},
    {KAFKA_MESSAGE_TOO_LARGE, false, "MESSAGE_TOO_LARGE",
     "the batch is larger than the topic allows (max.message.bytes)"},
    {KAFKA_STALE_CONTROLLER_EPOCH, false, "STALE_CONTROLLER_EPOCH", "the controller has changed"},
    {KAFKA_OFFSET_METADATA_TOO_LARGE, false, "OFFSET_METADATA_TOO_LARGE",
     "the metadata of the committed offset is too large"},
    {KAFKA_NETWORK_EXCEPTION, true, "NETWORK_EXCEPTION",
     "the connection broke before the answer came"},
    {KAFKA_COORDINATOR_LOAD_IN_PROGRESS, true, "COORDINATOR_LOAD_IN_PROGRESS",
     "the coordinator is still reading its groups"},
    {KAFKA_COORDINATOR_NOT_AVAILABLE, true, "COORDINATOR_NOT_AVAILABLE",
     "the coordinator is not available"},
    {KAFKA_NOT_COORDINATOR, true, "NOT_COORDINATOR",
     "the broker is not the coordinator of the group"},
    {KAFKA_INVALID_TOPIC, false, "INVALID_TOPIC_EXCEPTION",
     "the name is not one that a topic may have"},
    {KAFKA_RECORD_LIST_TOO_LARGE, false, "RECORD_LIST_TOO_LARGE",
     "the batch is larger than a segment"},
    {KAFKA_NOT_ENOUGH_REPLICAS, true, "NOT_ENOUGH_REPLICAS", "too few replicas are in sync"},
    {KAFKA_NOT_ENOUGH_REPLICAS_AFTER_APPEND, true, "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
     "written, but too few replicas are in sync"},
    {KAFKA_INVALID_REQUIRED_ACKS, false, "INVALID_REQUIRED_ACKS", "acks is none of -1, 0, 1"},
    {KAFKA_ILLEGAL_GENERATION, false, "ILLEGAL_GENERATION",
     "the group has moved on to another generation"},
    {KAFKA_INCONSISTENT_GROUP_PROTOCOL, false, "INCONSISTENT_GROUP_PROTOCOL",
     "the member shares no protocol with the others of the group"},
    {KAFKA_INVALID_GROUP_ID, false, "INVALID_GROUP_ID", "the group's name is not valid"},
    {KAFKA_UNKNOWN_MEMBER_ID, false, "UNKNOWN_MEMBER_ID",
     "the group has no such member (any more)"},
    {KAFKA_INVALID_SESSION_TIMEOUT, false, "INVALID_SESSION_TIMEOUT",
     "the session timeout is outside the broker's bounds"},
    {KAFKA_REBALANCE_IN_PROGRESS, false, "REBALANCE_IN_PROGRESS",
     "the group rebalances: join again"},
    {KAFKA_INVALID_COMMIT_OFFSET_SIZE, false, "INVALID_COMMIT_OFFSET_SIZE",
     "the committed offset does not fit into a record"},
    {KAFKA_TOPIC_AUTHORIZATION_FAILED, false, "TOPIC_AUTHORIZATION_FAILED",
     "no right to the topic"},
    {KAFKA_GROUP_AUTHORIZATION_FAILED, false, "GROUP_AUTHORIZATION_FAILED",
     "no right to the group"},
    {KAFKA_CLUSTER_AUTHORIZATION_FAILED, false, "CLUSTER_AUTHORIZATION_FAILED",
     "no right to the cluster"},
    {KAFKA_INVALID_TIMESTAMP, false, "INVALID_TIMESTAMP", "a record's timestamp is out of bounds"},
    {KAFKA_UNSUPPORTED_SASL_MECHANISM, false, "UNSUPPORTED_SASL_MECHANISM",
     "the broker does not know the mechanism"},
    {KAFKA_ILLEGAL_SASL_STATE, false, "ILLEGAL_SASL_STATE",
     "not now in the course of authentication"},
    {KAFKA_UNSUPPORTED_VERSION, false, "UNSUPPORTED_VERSION",
     "the broker does not serve this version of the request"},
    {KAFKA_TOPIC_ALREADY_EXISTS, false, "TOPIC_ALREADY_EXISTS", "the topic exists already"},
    {KAFKA_INVALID_PARTITIONS, false, "INVALID_PARTITIONS",
     "the number of partitions is not valid"},
    {KAFKA_INVALID_REPLICATION_FACTOR, false, "INVALID_REPLICATION_FACTOR",
     "there are not as many brokers as replicas"},
    {KAFKA_INVALID_REPLICA_ASSIGNMENT, false, "INVALID_REPLICA_ASSIGNMENT",
     "the assignment of replicas is not valid"},
    {KAFKA_INVALID_CONFIG, false, "INVALID_CONFIG", "a setting is not valid"},
    {KAFKA_NOT_CONTROLLER, true, "NOT_CONTROLLER", "the broker is not the controller"},
    {KAFKA_INVALID_REQUEST, false, "INVALID_REQUEST", "the request makes no sense"},
    {KAFKA_UNSUPPORTED_FOR_MESSAGE_FORMAT, false, "UNSUPPORTED_FOR_MESSAGE_FORMAT",
     "the format of the records does not allow it"},
    {KAFKA_POLICY_VIOLATION, false, "POLICY_VIOLATION", "the broker's policy forbids it"},
    {KAFKA_OUT_OF_ORDER_SEQUENCE_NUMBER, false, "OUT_OF_ORDER_SEQUENCE_NUMBER",
     "the producer's batches have a gap between them"},
    {KAFKA_DUPLICATE_SEQUENCE_NUMBER, false, "DUPLICATE_SEQUENCE_NUMBER",
     "the producer's batch was written before"},
    {KAFKA_INVALID_PRODUCER_EPOCH, false, "INVALID_PRODUCER_EPOCH",
     "a newer producer has taken the id over"},
    {KAFKA_INVALID_TXN_STATE, false, "INVALID_TXN_STATE", "not in this state of the transaction"},
    {KAFKA_INVALID_PRODUCER_ID_MAPPING, false, "INVALID_PRODUCER_ID_MAPPING",
     "the producer id belongs to another transactional id"},
    {KAFKA_INVALID_TRANSACTION_TIMEOUT, false, "INVALID_TRANSACTION_TIMEOUT",
     "the timeout of the transaction is too large"},
    {KAFKA_CONCURRENT_TRANSACTIONS, true, "CONCURRENT_TRANSACTIONS",
     "the last transaction is not over yet"},
    {KAFKA_TRANSACTION_COORDINATOR_FENCED, false, "TRANSACTION_COORDINATOR_FENCED",
     "the coordinator is an old one"},
    {KAFKA_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, false, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
     "no right to the transactional id"},
    {KAFKA_SECURITY_DISABLED, false, "SECURITY_DISABLED", "the broker has no security features"},
    {KAFKA_OPERATION_NOT_ATTEMPTED, false, "OPERATION_NOT_ATTEMPTED",
     "not tried, because another part failed"},
    {KAFKA_STORAGE_ERROR, true, "KAFKA_STORAGE_ERROR", "the broker's disk failed or is full"},
    {KAFKA_LOG_DIR_NOT_FOUND, false, "LOG_DIR_NOT_FOUND", "the broker has no such folder of logs"},
    {KAFKA_SASL_AUTHENTICATION_FAILED, false, "SASL_AUTHENTICATION_FAILED",
     "authentication failed"},
    {KAFKA_UNKNOWN_PRODUCER_ID, false, "UNKNOWN_PRODUCER_ID",
     "the log does not know the producer (any more)"},
    {KAFKA_REASSIGNMENT_IN_PROGRESS, false, "REASSIGNMENT_IN_PROGRESS",
     "the partition is being moved"},
    {KAFKA_NON_EMPTY_GROUP, false, "NON_EMPTY_GROUP", "the group has members"},
    {KAFKA_GROUP_ID_NOT_FOUND, false, "GROUP_ID_NOT_FOUND", "there is no such group"},
    {KAFKA_FETCH_SESSION_ID_NOT_FOUND, true, "FETCH_SESSION_ID_NOT_FOUND",
     "the broker has no such fetch session (any more)"},
    {KAFKA_INVALID_FETCH_SESSION_EPOCH, true, "INVALID_FETCH_SESSION_EPOCH",
     "a request of the fetch session is missing"},
    {KAFKA_LISTENER_NOT_FOUND, true, "LISTENER_NOT_FOUND",
     "the leader does not listen at an address like this one"},
    {KAFKA_TOPIC_DELETION_DISABLED, false, "TOPIC_DELETION_DISABLED",
     "the broker does not delete topics"},
    {KAFKA_FENCED_LEADER_EPOCH, true, "FENCED_LEADER_EPOCH", "the leader epoch is an old one"},
    {KAFKA_UNKNOWN_LEADER_EPOCH, true, "UNKNOWN_LEADER_EPOCH",
     "the leader epoch is newer than what the broker knows"},
    {KAFKA_UNSUPPORTED_COMPRESSION_TYPE, false, "UNSUPPORTED_COMPRESSION_TYPE",
     "the codec is not allowed in this version"},
    {KAFKA_STALE_BROKER_EPOCH, false, "STALE_BROKER_EPOCH", "the broker has been restarted"},
    {KAFKA_OFFSET_NOT_AVAILABLE, true, "OFFSET_NOT_AVAILABLE",
     "the leader does not know its high watermark yet"},
    {KAFKA_MEMBER_ID_REQUIRED, false, "MEMBER_ID_REQUIRED",
     "join again with the member id that was given"},
    {KAFKA_PREFERRED_LEADER_NOT_AVAILABLE, true, "PREFERRED_LEADER_NOT_AVAILABLE",
     "the preferred leader is not available"},
    {KAFKA_GROUP_MAX_SIZE_REACHED, false, "GROUP_MAX_SIZE_REACHED",
     "the group has as many members as are allowed"},
    {KAFKA_FENCED_INSTANCE_ID, false, "FENCED_INSTANCE_ID",
     "another member has taken the instance id over"},
    {KAFKA_ELIGIBLE_LEADERS_NOT_AVAILABLE, true, "ELIGIBLE_LEADERS_NOT_AVAILABLE",
     "nobody can lead the partition"},
    {KAFKA_ELECTION_NOT_NEEDED, true, "ELECTION_NOT_NEEDED",
     "the partition has the leader that it should have"},
    {KAFKA_NO_REASSIGNMENT_IN_PROGRESS, false, "NO_REASSIGNMENT_IN_PROGRESS",
     "the partition is not being moved"},
    {KAFKA_GROUP_SUBSCRIBED_TO_TOPIC, false, "GROUP_SUBSCRIBED_TO_TOPIC",
     "members of the group read the topic"},
    {KAFKA_INVALID_RECORD, false, "INVALID_RECORD", "the broker refuses a record"},
    {KAFKA_UNSTABLE_OFFSET_COMMIT, true, "UNSTABLE_OFFSET_COMMIT",
     "a transaction has yet to commit offsets"},
    {KAFKA_THROTTLING_QUOTA_EXCEEDED, true, "THROTTLING_QUOTA_EXCEEDED",
     "too much in too short a time"},
    {KAFKA_PRODUCER_FENCED, false, "PRODUCER_FENCED",
     "a newer producer has the same transactional id"},
    {KAFKA_RESOURCE_NOT_FOUND, false, "RESOURCE_NOT_FOUND", "there is no such resource"},
    {KAFKA_UNKNOWN_TOPIC_ID, true, "UNKNOWN_TOPIC_ID", "the broker knows no topic of this id"},
    {KAFKA_INCONSISTENT_TOPIC_ID, true, "INCONSISTENT_TOPIC_ID", "the topic's id is another one"},
    {KAFKA_FETCH_SESSION_TOPIC_ID_ERROR, true, "FETCH_SESSION_TOPIC_ID_ERROR",
     "ids and names are mixed in the fetch session"},
    {KAFKA_MISMATCHED_ENDPOINT_TYPE, false, "MISMATCHED_ENDPOINT_TYPE",
     "this is not an endpoint of that type"},
    {KAFKA_UNSUPPORTED_ENDPOINT_TYPE, false, "UNSUPPORTED_ENDPOINT_TYPE",
     "the broker does not know that type of endpoint"},
};

static const struct row unknown = {KAFKA_NONE, false, "UNKNOWN", "an error that is not known here"};

static const struct row *find(int16_t code)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if ((int16_t)rows[i].code == code)
            return &rows[i];
    return &unknown;
}

const char *kafka_error_name(int16_t code)
{
    return find(code)->name;
}

const char *kafka_error_text(int16_t code)
{
    return find(code)->text;
}

bool kafka_error_is_retryable(int16_t code)
{
    return find(code)->is_retryable;
}
