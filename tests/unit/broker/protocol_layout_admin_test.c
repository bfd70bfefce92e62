/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts of the messages of messages_admin.h, byte by byte, in every version: see tests/support/kafka_layout.h.
 */
#include "base/mem.h"
#include "broker/protocol/schemas.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

#define CREATED                                                                                  \
    "topics=i[ ( name=s't' num_partitions=i3 replication_factor=h1 assignments=i[ ] configs=i[ " \
    "( name=s'retention.ms' value=s'60' ) ( name=s'x' value=s~ ) ] ) ( name=s'u' "               \
    "num_partitions=i-1 replication_factor=h-1 assignments=i[ ( partition=i0 broker_ids=i[ i0 "  \
    "i2 ] ) ] configs=i[ ] ) ] timeout_ms=i30000"

START_TEST(create_topics_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_create_topics_request_schema;
    const struct kafka_schema *response = &kafka_create_topics_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0, CREATED},
        {request, 1, 4, CREATED " validate_only=b1"},
        {request, 5, 7,
         "topics=v[ ( name=S't' num_partitions=i3 replication_factor=h1 assignments=v[ ( "
         "partition=i0 broker_ids=v[ i0 i2 ] t ) ] configs=v[ ( name=S'a' value=S~ t ) ] t ) ] "
         "timeout_ms=i30000 validate_only=b0 t"},
        {response, 0, 0, "topics=i[ ( name=s't' error_code=h36 ) ]"},
        {response, 1, 1, "topics=i[ ( name=s't' error_code=h36 error_message=s'there' ) ]"},
        {response, 2, 4,
         "throttle_time_ms=i9 topics=i[ ( name=s't' error_code=h0 error_message=s~ ) ]"},
        {response, 5, 6,
         "throttle_time_ms=i9 topics=v[ ( name=S't' error_code=h0 error_message=S~ "
         "num_partitions=i3 replication_factor=h1 configs=v[ ( name=S'a' value=S'b' read_only=b0 "
         "config_source=b5 is_sensitive=b1 t ) ] t{ 0:topic_config_error_code=h29 } ) ] t"},
        {response, 7, 7,
         "throttle_time_ms=i9 topics=v[ ( name=S't' topic_id=u7 error_code=h0 error_message=S~ "
         "num_partitions=i3 replication_factor=h1 configs=v~ t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(delete_topics_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_delete_topics_request_schema;
    const struct kafka_schema *response = &kafka_delete_topics_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 3, "topic_names=i[ s't' s'u' ] timeout_ms=i30000"},
        {request, 4, 5, "topic_names=v[ S't' ] timeout_ms=i30000 t"},
        {request, 6, 6,
         "topics=v[ ( name=S't' topic_id=u0 t ) ( name=S~ topic_id=u7 t ) ] timeout_ms=i30000 t"},
        {response, 0, 0, "topics=i[ ( name=s't' error_code=h3 ) ]"},
        {response, 1, 3, "throttle_time_ms=i9 topics=i[ ( name=s't' error_code=h3 ) ]"},
        {response, 4, 4, "throttle_time_ms=i9 topics=v[ ( name=S't' error_code=h3 t ) ] t"},
        {response, 5, 5,
         "throttle_time_ms=i9 topics=v[ ( name=S't' error_code=h3 error_message=S'no' t ) ] t"},
        {response, 6, 6,
         "throttle_time_ms=i9 topics=v[ ( name=S~ topic_id=u7 error_code=h100 error_message=S~ t ) "
         "] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(delete_records_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_delete_records_request_schema;
    const struct kafka_schema *response = &kafka_delete_records_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 offset=l-1 ) ] ) ] timeout_ms=i30000"},
        {request, 2, 2,
         "topics=v[ ( name=S't' partitions=v[ ( partition=i5 offset=l77 t ) ] t ) ] "
         "timeout_ms=i30000 t"},
        {response, 0, 1,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 low_watermark=l77 "
         "error_code=h1 ) ] ) ]"},
        {response, 2, 2,
         "throttle_time_ms=i9 topics=v[ ( name=S't' partitions=v[ ( partition=i5 low_watermark=l77 "
         "error_code=h1 t ) ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(describe_configs_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_describe_configs_request_schema;
    const struct kafka_schema *response = &kafka_describe_configs_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0,
         "resources=i[ ( resource_type=b2 resource_name=s't' configuration_keys=i[ s'a' s'b' ] ) ( "
         "resource_type=b4 resource_name=s'0' configuration_keys=i~ ) ]"},
        {request, 1, 2,
         "resources=i[ ( resource_type=b2 resource_name=s't' configuration_keys=i~ ) ] "
         "include_synonyms=b1"},
        {request, 3, 3,
         "resources=i[ ( resource_type=b2 resource_name=s't' configuration_keys=i~ ) ] "
         "include_synonyms=b1 include_documentation=b0"},
        {request, 4, 4,
         "resources=v[ ( resource_type=b2 resource_name=S't' configuration_keys=v[ S'a' ] t ) ] "
         "include_synonyms=b0 include_documentation=b1 t"},
        {response, 0, 0,
         "throttle_time_ms=i9 results=i[ ( error_code=h0 error_message=s~ resource_type=b2 "
         "resource_name=s't' configs=i[ ( name=s'a' value=s'b' read_only=b0 is_default=b1 "
         "is_sensitive=b0 ) ] ) ]"},
        {response, 1, 2,
         "throttle_time_ms=i9 results=i[ ( error_code=h0 error_message=s~ resource_type=b2 "
         "resource_name=s't' configs=i[ ( name=s'a' value=s~ read_only=b0 config_source=b5 "
         "is_sensitive=b1 synonyms=i[ ( name=s'log.a' value=s'c' source=b4 ) ] ) ] ) ]"},
        {response, 3, 3,
         "throttle_time_ms=i9 results=i[ ( error_code=h40 error_message=s'no' resource_type=b2 "
         "resource_name=s't' configs=i[ ( name=s'a' value=s'b' read_only=b0 config_source=b1 "
         "is_sensitive=b0 synonyms=i[ ] config_type=b5 documentation=s~ ) ] ) ]"},
        {response, 4, 4,
         "throttle_time_ms=i9 results=v[ ( error_code=h0 error_message=S~ resource_type=b2 "
         "resource_name=S't' configs=v[ ( name=S'a' value=S'b' read_only=b0 config_source=b1 "
         "is_sensitive=b0 synonyms=v[ ( name=S'log.a' value=S'c' source=b4 t ) ] config_type=b5 "
         "documentation=S'doc' t ) ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(alter_configs_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_alter_configs_request_schema;
    const struct kafka_schema *response = &kafka_alter_configs_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1,
         "resources=i[ ( resource_type=b2 resource_name=s't' configs=i[ ( name=s'a' value=s'b' ) ( "
         "name=s'c' value=s~ ) ] ) ] validate_only=b1"},
        {request, 2, 2,
         "resources=v[ ( resource_type=b2 resource_name=S't' configs=v[ ( name=S'a' value=S'b' t ) "
         "] t ) ] validate_only=b0 t"},
        {response, 0, 1,
         "throttle_time_ms=i9 responses=i[ ( error_code=h40 error_message=s'no' resource_type=b2 "
         "resource_name=s't' ) ]"},
        {response, 2, 2,
         "throttle_time_ms=i9 responses=v[ ( error_code=h0 error_message=S~ resource_type=b2 "
         "resource_name=S't' t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(incremental_alter_configs_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_incremental_alter_configs_request_schema;
    const struct kafka_schema *response = &kafka_incremental_alter_configs_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0,
         "resources=i[ ( resource_type=b2 resource_name=s't' configs=i[ ( name=s'a' "
         "config_operation=b0 value=s'b' ) ( name=s'c' config_operation=b1 value=s~ ) ] ) ] "
         "validate_only=b0"},
        {request, 1, 1,
         "resources=v[ ( resource_type=b2 resource_name=S't' configs=v[ ( name=S'a' "
         "config_operation=b2 value=S'b' t ) ] t ) ] validate_only=b1 t"},
        {response, 0, 0,
         "throttle_time_ms=i9 responses=i[ ( error_code=h40 error_message=s'no' resource_type=b2 "
         "resource_name=s't' ) ]"},
        {response, 1, 1,
         "throttle_time_ms=i9 responses=v[ ( error_code=h0 error_message=S~ resource_type=b2 "
         "resource_name=S't' t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(create_partitions_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_create_partitions_request_schema;
    const struct kafka_schema *response = &kafka_create_partitions_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1,
         "topics=i[ ( name=s't' count=i6 assignments=i~ ) ( name=s'u' count=i7 assignments=i[ ( "
         "broker_ids=i[ i0 i1 ] ) ( broker_ids=i[ i2 ] ) ] ) ] timeout_ms=i30000 validate_only=b1"},
        {request, 2, 3,
         "topics=v[ ( name=S't' count=i6 assignments=v[ ( broker_ids=v[ i0 ] t ) ] t ) ] "
         "timeout_ms=i30000 validate_only=b0 t"},
        {response, 0, 1,
         "throttle_time_ms=i9 results=i[ ( name=s't' error_code=h37 error_message=s'no' ) ]"},
        {response, 2, 3,
         "throttle_time_ms=i9 results=v[ ( name=S't' error_code=h0 error_message=S~ t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(elect_leaders_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_elect_leaders_request_schema;
    const struct kafka_schema *response = &kafka_elect_leaders_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0, "topics=i[ ( name=s't' partitions=i[ i0 i5 ] ) ] timeout_ms=i30000"},
        {request, 1, 1, "election_type=b1 topics=i~ timeout_ms=i30000"},
        {request, 2, 2,
         "election_type=b0 topics=v[ ( name=S't' partitions=v[ i0 i5 ] t ) ] timeout_ms=i30000 t"},
        {response, 0, 0,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h84 "
         "error_message=s'no' ) ] ) ]"},
        {response, 1, 1,
         "throttle_time_ms=i9 error_code=h31 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "error_code=h84 error_message=s~ ) ] ) ]"},
        {response, 2, 2,
         "throttle_time_ms=i9 error_code=h0 topics=v[ ( name=S't' partitions=v[ ( partition=i5 "
         "error_code=h84 error_message=S~ t ) ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(describe_log_dirs_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_describe_log_dirs_request_schema;
    const struct kafka_schema *response = &kafka_describe_log_dirs_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1, "topics=i[ ( name=s't' partitions=i[ i0 i5 ] ) ]"},
        {request, 0, 1, "topics=i~"},
        {request, 2, 4, "topics=v[ ( name=S't' partitions=v[ i0 i5 ] t ) ] t"},
        {response, 0, 1,
         "throttle_time_ms=i9 results=i[ ( error_code=h0 log_dir=s'/d' topics=i[ ( name=s't' "
         "partitions=i[ ( partition=i5 partition_size=l1024 offset_lag=l0 is_future_key=b0 ) ] ) ] "
         ") ]"},
        {response, 2, 2,
         "throttle_time_ms=i9 results=v[ ( error_code=h0 log_dir=S'/d' topics=v[ ( name=S't' "
         "partitions=v[ ( partition=i5 partition_size=l1024 offset_lag=l0 is_future_key=b0 t ) ] t "
         ") ] t ) ] t"},
        {response, 3, 3,
         "throttle_time_ms=i9 error_code=h31 results=v[ ( error_code=h0 log_dir=S'/d' topics=v[ ] "
         "t ) ] t"},
        {response, 4, 4,
         "throttle_time_ms=i9 error_code=h0 results=v[ ( error_code=h0 log_dir=S'/d' topics=v[ ] "
         "total_bytes=l4096 usable_bytes=l-1 t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(describe_cluster_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_describe_cluster_request_schema;
    const struct kafka_schema *response = &kafka_describe_cluster_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0, "include_cluster_authorized_operations=b1 t"},
        {request, 1, 1, "include_cluster_authorized_operations=b0 endpoint_type=b1 t"},
        {request, 2, 2,
         "include_cluster_authorized_operations=b0 endpoint_type=b2 include_fenced_brokers=b1 t"},
        {response, 0, 0,
         "throttle_time_ms=i9 error_code=h0 error_message=S~ cluster_id=S'c' controller_id=i1 "
         "brokers=v[ ( broker_id=i1 host=S'h' port=i9092 rack=S~ t ) ] "
         "cluster_authorized_operations=i-2147483648 t"},
        {response, 1, 1,
         "throttle_time_ms=i9 error_code=h114 error_message=S'no' endpoint_type=b1 cluster_id=S'c' "
         "controller_id=i1 brokers=v[ ] cluster_authorized_operations=i3 t"},
        {response, 2, 2,
         "throttle_time_ms=i9 error_code=h0 error_message=S~ endpoint_type=b1 cluster_id=S'c' "
         "controller_id=i1 brokers=v[ ( broker_id=i1 host=S'h' port=i9092 rack=S'r' is_fenced=b1 t "
         ") ] cluster_authorized_operations=i3 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        create_topics_has_its_layouts,     delete_topics_has_its_layouts,
        delete_records_has_its_layouts,    describe_configs_has_its_layouts,
        alter_configs_has_its_layouts,     incremental_alter_configs_has_its_layouts,
        create_partitions_has_its_layouts, elect_leaders_has_its_layouts,
        describe_log_dirs_has_its_layouts, describe_cluster_has_its_layouts,
    };

    return suite_run("protocol_layout_admin", tests, COUNT_OF(tests));
}
