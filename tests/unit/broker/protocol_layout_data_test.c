/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts of the messages of messages_data.h, byte by byte, in every version: see tests/support/kafka_layout.h.
 */
#include "base/mem.h"
#include "broker/protocol/schemas.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

#define PRODUCE_TOPICS "topics=i[ ( name=s't' partitions=i[ ( partition=i5 records=y'abc' ) ] ) ]"

START_TEST(produce_requests_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_produce_request_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 2, "acks=h-1 timeout_ms=i100 " PRODUCE_TOPICS},
        {schema, 3, 8, "transactional_id=s~ acks=h1 timeout_ms=i100 " PRODUCE_TOPICS},
        {schema, 3, 8, "transactional_id=s'x' acks=h0 timeout_ms=i1 topics=i[ ]"},
        {schema, 3, 8,
         "transactional_id=s~ acks=h1 timeout_ms=i7 topics=i[ ( name=s't' partitions=i[ "
         "( partition=i0 records=y~ ) ( partition=i1 records=y'' ) ] ) "
         "( name=s'tt' partitions=i[ ] ) ]"},
        {schema, 9, 12,
         "transactional_id=S~ acks=h-1 timeout_ms=i100 topics=v[ ( name=S't' partitions=v[ "
         "( partition=i5 records=Y'abc' t ) ] t ) ] t"},
        {schema, 13, 13,
         "transactional_id=S'x' acks=h-1 timeout_ms=i100 topics=v[ ( topic_id=u7 partitions=v[ "
         "( partition=i5 records=Y~ t ) ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(produce_responses_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_produce_response_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 0,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h3 base_offset=l77 ) ] ) "
         "]"},
        {schema, 1, 1,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h3 base_offset=l77 ) ] ) ] "
         "throttle_time_ms=i9"},
        {schema, 2, 4,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 base_offset=l77 "
         "log_append_time_ms=l-1 ) ] ) ] throttle_time_ms=i9"},
        {schema, 5, 7,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 base_offset=l77 "
         "log_append_time_ms=l-1 log_start_offset=l11 ) ] ) ] throttle_time_ms=i9"},
        {schema, 8, 8,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h87 base_offset=l-1 "
         "log_append_time_ms=l-1 log_start_offset=l11 record_errors=i[ ( batch_index=i2 "
         "batch_index_error_message=s'bad' ) ( batch_index=i4 batch_index_error_message=s~ ) ] "
         "error_message=s'no' ) ] ) ] throttle_time_ms=i9"},
        {schema, 9, 9,
         "topics=v[ ( name=S't' partitions=v[ ( partition=i5 error_code=h87 base_offset=l-1 "
         "log_append_time_ms=l-1 log_start_offset=l11 record_errors=v[ ( batch_index=i2 "
         "batch_index_error_message=S~ t ) ] error_message=S~ t ) ] t ) ] throttle_time_ms=i9 t"},
        {schema, 10, 12,
         "topics=v[ ( name=S't' partitions=v[ ( partition=i5 error_code=h6 base_offset=l-1 "
         "log_append_time_ms=l-1 log_start_offset=l11 record_errors=v[ ] error_message=S~ "
         "t{ 0:current_leader=( leader_id=i2 leader_epoch=i8 t ) } ) ] t ) ] throttle_time_ms=i9 "
         "t{ 0:node_endpoints=v[ ( node_id=i2 host=S'h' port=i9092 rack=S~ t ) ] }"},
        {schema, 10, 12, "topics=v[ ] throttle_time_ms=i0 t"},
        {schema, 13, 13,
         "topics=v[ ( topic_id=u9 partitions=v[ ( partition=i5 error_code=h0 base_offset=l1 "
         "log_append_time_ms=l-1 log_start_offset=l0 record_errors=v[ ] error_message=S~ t ) ] t "
         ") ] throttle_time_ms=i0 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(fetch_requests_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_fetch_request_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 2,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 topics=i[ ( name=s't' partitions=i[ "
         "( partition=i5 fetch_offset=l77 partition_max_bytes=i1024 ) ] ) ]"},
        {schema, 3, 3,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 topics=i[ ( name=s't' "
         "partitions=i[ ( partition=i5 fetch_offset=l77 partition_max_bytes=i1024 ) ] ) ]"},
        {schema, 4, 4,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b1 "
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 fetch_offset=l77 "
         "partition_max_bytes=i1024 ) ] ) ]"},
        {schema, 5, 6,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b1 "
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 fetch_offset=l77 "
         "log_start_offset=l-1 partition_max_bytes=i1024 ) ] ) ]"},
        {schema, 7, 8,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i3 session_epoch=i4 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "fetch_offset=l77 log_start_offset=l-1 partition_max_bytes=i1024 ) ] ) ] "
         "forgotten_topics=i[ ( name=s'f' partitions=i[ i1 i2 ] ) ]"},
        {schema, 9, 10,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i3 session_epoch=i4 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "current_leader_epoch=i6 fetch_offset=l77 log_start_offset=l-1 partition_max_bytes=i1024 "
         ") ] ) ] forgotten_topics=i[ ( name=s'f' partitions=i[ i1 i2 ] ) ]"},
        {schema, 11, 11,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i0 session_epoch=i-1 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "current_leader_epoch=i6 fetch_offset=l77 log_start_offset=l-1 partition_max_bytes=i1024 "
         ") ] ) ] forgotten_topics=i[ ] rack_id=s'r'"},
        {schema, 12, 12,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i0 session_epoch=i-1 topics=v[ ( name=S't' partitions=v[ ( partition=i5 "
         "current_leader_epoch=i6 fetch_offset=l77 last_fetched_epoch=i2 log_start_offset=l-1 "
         "partition_max_bytes=i1024 t ) ] t ) ] forgotten_topics=v[ ( name=S'f' partitions=v[ i1 ] "
         "t ) ] rack_id=S'' t{ 0:cluster_id=S'c' }"},
        {schema, 13, 14,
         "replica_id=i-1 max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i0 session_epoch=i-1 topics=v[ ( topic_id=u7 partitions=v[ ( partition=i5 "
         "current_leader_epoch=i6 fetch_offset=l77 last_fetched_epoch=i2 log_start_offset=l-1 "
         "partition_max_bytes=i1024 t ) ] t ) ] forgotten_topics=v[ ( topic_id=u8 partitions=v[ i1 "
         "] t ) ] rack_id=S'' t"},
        {schema, 15, 16,
         "max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i0 session_epoch=i-1 topics=v[ ] forgotten_topics=v[ ] rack_id=S'' "
         "t{ 0:cluster_id=S'c' 1:replica_state=( replica_id=i3 replica_epoch=l4 t ) }"},
        {schema, 17, 17,
         "max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i0 session_epoch=i-1 topics=v[ ( topic_id=u7 partitions=v[ ( partition=i5 "
         "current_leader_epoch=i6 fetch_offset=l77 last_fetched_epoch=i2 log_start_offset=l-1 "
         "partition_max_bytes=i1024 t{ 0:replica_directory_id=u4 } ) ] t ) ] forgotten_topics=v[ ] "
         "rack_id=S'' t"},
        {schema, 18, 18,
         "max_wait_ms=i500 min_bytes=i1 max_bytes=i4096 isolation_level=b0 "
         "session_id=i0 session_epoch=i-1 topics=v[ ( topic_id=u7 partitions=v[ ( partition=i5 "
         "current_leader_epoch=i6 fetch_offset=l77 last_fetched_epoch=i2 log_start_offset=l-1 "
         "partition_max_bytes=i1024 t{ 0:replica_directory_id=u4 1:high_watermark=l70 } ) "
         "( partition=i6 current_leader_epoch=i6 fetch_offset=l77 last_fetched_epoch=i2 "
         "log_start_offset=l-1 partition_max_bytes=i1024 t ) ] t ) ] forgotten_topics=v[ ] "
         "rack_id=S'' t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(fetch_responses_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_fetch_response_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 0,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 high_watermark=l99 "
         "records=y'abc' ) ] ) ]"},
        {schema, 1, 3,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
         "high_watermark=l99 records=y'abc' ) ] ) ]"},
        {schema, 4, 4,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
         "high_watermark=l99 last_stable_offset=l98 aborted_transactions=i~ records=y'abc' ) ] ) "
         "]"},
        {schema, 5, 6,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
         "high_watermark=l99 last_stable_offset=l98 log_start_offset=l3 aborted_transactions=i[ ( "
         "producer_id=l1000 first_offset=l50 ) ] records=y~ ) ] ) ]"},
        {schema, 7, 10,
         "throttle_time_ms=i9 error_code=h70 session_id=i44 topics=i[ ( name=s't' partitions=i[ ( "
         "partition=i5 error_code=h0 high_watermark=l99 last_stable_offset=l98 log_start_offset=l3 "
         "aborted_transactions=i[ ] records=y'abc' ) ] ) ]"},
        {schema, 11, 11,
         "throttle_time_ms=i9 error_code=h0 session_id=i0 topics=i[ ( name=s't' partitions=i[ ( "
         "partition=i5 error_code=h0 high_watermark=l99 last_stable_offset=l98 log_start_offset=l3 "
         "aborted_transactions=i~ preferred_read_replica=i-1 records=y'abc' ) ] ) ]"},
        {schema, 12, 12,
         "throttle_time_ms=i9 error_code=h0 session_id=i0 topics=v[ ( name=S't' partitions=v[ ( "
         "partition=i5 error_code=h0 high_watermark=l99 last_stable_offset=l98 log_start_offset=l3 "
         "aborted_transactions=v[ ( producer_id=l1000 first_offset=l50 t ) ] "
         "preferred_read_replica=i-1 records=Y'abc' t{ 0:diverging_epoch=( epoch=i1 end_offset=l2 "
         "t ) 1:current_leader=( leader_id=i3 leader_epoch=i4 t ) 2:snapshot_id=( end_offset=l5 "
         "epoch=i6 t ) } ) ] t ) ] t"},
        {schema, 13, 15,
         "throttle_time_ms=i9 error_code=h0 session_id=i0 topics=v[ ( topic_id=u7 partitions=v[ ( "
         "partition=i5 error_code=h0 high_watermark=l99 last_stable_offset=l98 log_start_offset=l3 "
         "aborted_transactions=v~ preferred_read_replica=i-1 records=Y~ t ) ] t ) ] t"},
        {schema, 16, 18,
         "throttle_time_ms=i9 error_code=h0 session_id=i0 topics=v[ ( topic_id=u7 partitions=v[ ( "
         "partition=i5 error_code=h6 high_watermark=l99 last_stable_offset=l98 log_start_offset=l3 "
         "aborted_transactions=v~ preferred_read_replica=i-1 records=Y'' t{ 1:current_leader=( "
         "leader_id=i3 leader_epoch=i4 t ) } ) ] t ) ] t{ 0:node_endpoints=v[ ( node_id=i3 "
         "host=S'h' port=i9092 rack=S'r' t ) ] }"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(list_offsets_requests_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_list_offsets_request_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 0,
         "replica_id=i-1 topics=i[ ( name=s't' partitions=i[ ( partition=i5 timestamp=l-1 "
         "max_num_offsets=i1 ) ] ) ]"},
        {schema, 1, 1,
         "replica_id=i-1 topics=i[ ( name=s't' partitions=i[ ( partition=i5 timestamp=l-2 ) ] ) ]"},
        {schema, 2, 3,
         "replica_id=i-1 isolation_level=b1 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "timestamp=l-2 ) ] ) ]"},
        {schema, 4, 5,
         "replica_id=i-1 isolation_level=b1 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "current_leader_epoch=i-1 timestamp=l1700000000000 ) ] ) ]"},
        {schema, 6, 9,
         "replica_id=i-1 isolation_level=b1 topics=v[ ( name=S't' partitions=v[ ( partition=i5 "
         "current_leader_epoch=i-1 timestamp=l-2 t ) ] t ) ] t"},
        {schema, 10, 11,
         "replica_id=i-1 isolation_level=b1 topics=v[ ( name=S't' partitions=v[ ( partition=i5 "
         "current_leader_epoch=i-1 timestamp=l-2 t ) ] t ) ] timeout_ms=i30000 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(list_offsets_responses_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_list_offsets_response_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 0,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
         "old_style_offsets=i[ l7 l0 ] ) ] ) ]"},
        {schema, 1, 1,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 timestamp=l-1 "
         "offset=l77 ) ] ) ]"},
        {schema, 2, 3,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
         "timestamp=l-1 offset=l77 ) ] ) ]"},
        {schema, 4, 5,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h0 "
         "timestamp=l-1 offset=l77 leader_epoch=i2 ) ] ) ]"},
        {schema, 6, 11,
         "throttle_time_ms=i9 topics=v[ ( name=S't' partitions=v[ ( partition=i5 error_code=h0 "
         "timestamp=l-1 offset=l77 leader_epoch=i2 t ) ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(metadata_requests_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_metadata_request_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 3, "topics=i[ ( name=s't' ) ( name=s'u' ) ]"},
        {schema, 0, 3, "topics=i[ ]"},
        {schema, 1, 3, "topics=i~"},
        {schema, 4, 7, "topics=i[ ( name=s't' ) ] allow_auto_topic_creation=b1"},
        {schema, 8, 8,
         "topics=i~ allow_auto_topic_creation=b0 include_cluster_authorized_operations=b1 "
         "include_topic_authorized_operations=b0"},
        {schema, 9, 9,
         "topics=v[ ( name=S't' t ) ] allow_auto_topic_creation=b0 "
         "include_cluster_authorized_operations=b1 include_topic_authorized_operations=b0 t"},
        {schema, 10, 10,
         "topics=v[ ( topic_id=u7 name=S~ t ) ] allow_auto_topic_creation=b0 "
         "include_cluster_authorized_operations=b1 include_topic_authorized_operations=b0 t"},
        {schema, 11, 13,
         "topics=v~ allow_auto_topic_creation=b0 include_topic_authorized_operations=b1 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(metadata_responses_have_their_layouts)
{
    const struct kafka_schema *schema = &kafka_metadata_response_schema;
    const struct kafka_layout_row rows[] = {
        {schema, 0, 0,
         "brokers=i[ ( node_id=i1 host=s'h' port=i9092 ) ] topics=i[ ( error_code=h0 name=s't' "
         "partitions=i[ ( error_code=h5 partition=i2 leader_id=i1 replica_nodes=i[ i1 i3 ] "
         "isr_nodes=i[ i1 ] ) ] ) ]"},
        {schema, 1, 1,
         "brokers=i[ ( node_id=i1 host=s'h' port=i9092 rack=s~ ) ] controller_id=i1 topics=i[ ( "
         "error_code=h0 name=s't' is_internal=b1 partitions=i[ ( error_code=h5 partition=i2 "
         "leader_id=i1 replica_nodes=i[ i1 i3 ] isr_nodes=i[ i1 ] ) ] ) ]"},
        {schema, 2, 2,
         "brokers=i[ ( node_id=i1 host=s'h' port=i9092 rack=s'r' ) ] cluster_id=s'c' "
         "controller_id=i1 topics=i[ ( error_code=h0 name=s't' is_internal=b1 partitions=i[ ( "
         "error_code=h5 partition=i2 leader_id=i1 replica_nodes=i[ i1 i3 ] isr_nodes=i[ i1 ] ) ] ) "
         "]"},
        {schema, 3, 4,
         "throttle_time_ms=i9 brokers=i[ ( node_id=i1 host=s'h' port=i9092 rack=s'r' ) ] "
         "cluster_id=s~ controller_id=i1 topics=i[ ( error_code=h0 name=s't' is_internal=b0 "
         "partitions=i[ ( error_code=h5 partition=i2 leader_id=i1 replica_nodes=i[ i1 i3 ] "
         "isr_nodes=i[ i1 ] ) ] ) ]"},
        {schema, 5, 6,
         "throttle_time_ms=i9 brokers=i[ ( node_id=i1 host=s'h' port=i9092 rack=s'r' ) ] "
         "cluster_id=s~ controller_id=i1 topics=i[ ( error_code=h0 name=s't' is_internal=b0 "
         "partitions=i[ ( error_code=h5 partition=i2 leader_id=i1 replica_nodes=i[ i1 i3 ] "
         "isr_nodes=i[ i1 ] offline_replicas=i[ i3 ] ) ] ) ]"},
        {schema, 7, 7,
         "throttle_time_ms=i9 brokers=i[ ( node_id=i1 host=s'h' port=i9092 rack=s'r' ) ] "
         "cluster_id=s~ controller_id=i1 topics=i[ ( error_code=h0 name=s't' is_internal=b0 "
         "partitions=i[ ( error_code=h5 partition=i2 leader_id=i1 leader_epoch=i6 replica_nodes=i[ "
         "i1 i3 ] isr_nodes=i[ i1 ] offline_replicas=i[ i3 ] ) ] ) ]"},
        {schema, 8, 8,
         "throttle_time_ms=i9 brokers=i[ ( node_id=i1 host=s'h' port=i9092 rack=s'r' ) ] "
         "cluster_id=s~ controller_id=i1 topics=i[ ( error_code=h0 name=s't' is_internal=b0 "
         "partitions=i[ ( error_code=h5 partition=i2 leader_id=i1 leader_epoch=i6 replica_nodes=i[ "
         "i1 i3 ] isr_nodes=i[ i1 ] offline_replicas=i[ i3 ] ) ] "
         "topic_authorized_operations=i-2147483648 ) ] cluster_authorized_operations=i15"},
        {schema, 9, 9,
         "throttle_time_ms=i9 brokers=v[ ( node_id=i1 host=S'h' port=i9092 rack=S~ t ) ] "
         "cluster_id=S'c' controller_id=i1 topics=v[ ( error_code=h0 name=S't' is_internal=b0 "
         "partitions=v[ ( error_code=h5 partition=i2 leader_id=i1 leader_epoch=i6 replica_nodes=v[ "
         "i1 i3 ] isr_nodes=v[ i1 ] offline_replicas=v[ i3 ] t ) ] "
         "topic_authorized_operations=i-2147483648 t ) ] cluster_authorized_operations=i15 t"},
        {schema, 10, 10,
         "throttle_time_ms=i9 brokers=v[ ] cluster_id=S'c' controller_id=i1 topics=v[ ( "
         "error_code=h0 name=S't' topic_id=u7 is_internal=b0 partitions=v[ ] "
         "topic_authorized_operations=i-2147483648 t ) ] cluster_authorized_operations=i15 t"},
        {schema, 11, 11,
         "throttle_time_ms=i9 brokers=v[ ] cluster_id=S'c' controller_id=i1 topics=v[ ( "
         "error_code=h0 name=S't' topic_id=u7 is_internal=b0 partitions=v[ ] "
         "topic_authorized_operations=i3 t ) ] t"},
        {schema, 12, 12,
         "throttle_time_ms=i9 brokers=v[ ] cluster_id=S'c' controller_id=i1 topics=v[ ( "
         "error_code=h100 name=S~ topic_id=u7 is_internal=b0 partitions=v[ ] "
         "topic_authorized_operations=i3 t ) ] t"},
        {schema, 13, 13,
         "throttle_time_ms=i9 brokers=v[ ] cluster_id=S'c' controller_id=i1 topics=v[ ] "
         "error_code=h41 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(api_versions_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_api_versions_request_schema;
    const struct kafka_schema *response = &kafka_api_versions_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 2, ""},
        {request, 3, 4, "client_software_name=S'gale' client_software_version=S'1.0' t"},
        {response, 0, 0,
         "error_code=h35 api_keys=i[ ( api_key=h18 min_version=h0 max_version=h3 ) ]"},
        {response, 1, 2,
         "error_code=h0 api_keys=i[ ( api_key=h18 min_version=h0 max_version=h3 ) ( api_key=h1 "
         "min_version=h4 max_version=h11 ) ] throttle_time_ms=i9"},
        {response, 3, 4,
         "error_code=h0 api_keys=v[ ( api_key=h18 min_version=h0 max_version=h3 t ) ] "
         "throttle_time_ms=i9 t"},
        {response, 3, 4,
         "error_code=h0 api_keys=v[ ] throttle_time_ms=i9 t{ 0:supported_features=v[ ( name=S'f' "
         "min_version=h1 max_version=h2 t ) ] 1:finalized_features_epoch=l12 "
         "2:finalized_features=v[ ( name=S'f' max_version_level=h2 min_version_level=h1 t ) ] "
         "3:zk_migration_ready=b1 }"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(init_producer_id_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_init_producer_id_request_schema;
    const struct kafka_schema *response = &kafka_init_producer_id_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1, "transactional_id=s~ transaction_timeout_ms=i60000"},
        {request, 2, 2, "transactional_id=S~ transaction_timeout_ms=i60000 t"},
        {request, 3, 5,
         "transactional_id=S'x' transaction_timeout_ms=i60000 producer_id=l-1 producer_epoch=h-1 "
         "t"},
        {response, 0, 1, "throttle_time_ms=i9 error_code=h0 producer_id=l1000 producer_epoch=h2"},
        {response, 2, 5, "throttle_time_ms=i9 error_code=h0 producer_id=l1000 producer_epoch=h2 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(offset_for_leader_epoch_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_offset_for_leader_epoch_request_schema;
    const struct kafka_schema *response = &kafka_offset_for_leader_epoch_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 leader_epoch=i7 ) ] ) ]"},
        {request, 2, 2,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 current_leader_epoch=i6 "
         "leader_epoch=i7 ) ] ) ]"},
        {request, 3, 3,
         "replica_id=i-1 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "current_leader_epoch=i6 leader_epoch=i7 ) ] ) ]"},
        {request, 4, 4,
         "replica_id=i-1 topics=v[ ( name=S't' partitions=v[ ( partition=i5 "
         "current_leader_epoch=i6 leader_epoch=i7 t ) ] t ) ] t"},
        {response, 0, 0,
         "topics=i[ ( name=s't' partitions=i[ ( error_code=h0 partition=i5 end_offset=l77 ) ] ) ]"},
        {response, 1, 1,
         "topics=i[ ( name=s't' partitions=i[ ( error_code=h0 partition=i5 leader_epoch=i7 "
         "end_offset=l77 ) ] ) ]"},
        {response, 2, 3,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( error_code=h0 partition=i5 "
         "leader_epoch=i7 end_offset=l77 ) ] ) ]"},
        {response, 4, 4,
         "throttle_time_ms=i9 topics=v[ ( name=S't' partitions=v[ ( error_code=h0 partition=i5 "
         "leader_epoch=i7 end_offset=l77 t ) ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        produce_requests_have_their_layouts,
        produce_responses_have_their_layouts,
        fetch_requests_have_their_layouts,
        fetch_responses_have_their_layouts,
        list_offsets_requests_have_their_layouts,
        list_offsets_responses_have_their_layouts,
        metadata_requests_have_their_layouts,
        metadata_responses_have_their_layouts,
        api_versions_has_its_layouts,
        init_producer_id_has_its_layouts,
        offset_for_leader_epoch_has_its_layouts,
    };

    return suite_run("protocol_layout_data", tests, COUNT_OF(tests));
}
