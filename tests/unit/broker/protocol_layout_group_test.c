/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts of the messages of messages_group.h and messages_consumer.h, byte by byte, in every version: see
 * tests/support/kafka_layout.h.
 */
#include "base/mem.h"
#include "broker/protocol/schemas.h"
#include "tests/support/kafka_layout.h"
#include "tests/support/suite.h"

START_TEST(find_coordinator_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_find_coordinator_request_schema;
    const struct kafka_schema *response = &kafka_find_coordinator_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0, "key=s'g'"},
        {request, 1, 2, "key=s'g' key_type=b0"},
        {request, 3, 3, "key=S'g' key_type=b1 t"},
        {request, 4, 6, "key_type=b0 coordinator_keys=v[ S'g' S'h' ] t"},
        {response, 0, 0, "error_code=h0 node_id=i1 host=s'h' port=i9092"},
        {response, 1, 2,
         "throttle_time_ms=i9 error_code=h15 error_message=s~ node_id=i1 host=s'h' port=i9092"},
        {response, 3, 3,
         "throttle_time_ms=i9 error_code=h15 error_message=S'no' node_id=i1 host=S'h' port=i9092 "
         "t"},
        {response, 4, 6,
         "throttle_time_ms=i9 coordinators=v[ ( key=S'g' node_id=i1 host=S'h' port=i9092 "
         "error_code=h0 error_message=S~ t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(join_group_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_join_group_request_schema;
    const struct kafka_schema *response = &kafka_join_group_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0,
         "group_id=s'g' session_timeout_ms=i6000 member_id=s'' protocol_type=s'consumer' "
         "protocols=i[ ( name=s'range' metadata=y'ab' ) ( name=s'sticky' metadata=y'' ) ]"},
        {request, 1, 4,
         "group_id=s'g' session_timeout_ms=i6000 rebalance_timeout_ms=i9000 member_id=s'm' "
         "protocol_type=s'consumer' protocols=i[ ( name=s'range' metadata=y'ab' ) ]"},
        {request, 5, 5,
         "group_id=s'g' session_timeout_ms=i6000 rebalance_timeout_ms=i9000 member_id=s'm' "
         "group_instance_id=s~ protocol_type=s'consumer' protocols=i[ ( name=s'range' "
         "metadata=y'ab' ) ]"},
        {request, 6, 7,
         "group_id=S'g' session_timeout_ms=i6000 rebalance_timeout_ms=i9000 member_id=S'm' "
         "group_instance_id=S'i' protocol_type=S'consumer' protocols=v[ ( name=S'range' "
         "metadata=Y'ab' t ) ] t"},
        {request, 8, 9,
         "group_id=S'g' session_timeout_ms=i6000 rebalance_timeout_ms=i9000 member_id=S'm' "
         "group_instance_id=S~ protocol_type=S'consumer' protocols=v[ ( name=S'range' "
         "metadata=Y'ab' t ) ] reason=S'why' t"},
        {response, 0, 1,
         "error_code=h0 generation_id=i3 protocol_name=s'range' leader=s'l' member_id=s'm' "
         "members=i[ ( member_id=s'm' metadata=y'ab' ) ( member_id=s'n' metadata=y'' ) ]"},
        {response, 2, 4,
         "throttle_time_ms=i9 error_code=h0 generation_id=i3 protocol_name=s'range' leader=s'l' "
         "member_id=s'm' members=i[ ( member_id=s'm' metadata=y'ab' ) ]"},
        {response, 5, 5,
         "throttle_time_ms=i9 error_code=h0 generation_id=i3 protocol_name=s'range' leader=s'l' "
         "member_id=s'm' members=i[ ( member_id=s'm' group_instance_id=s~ metadata=y'ab' ) ]"},
        {response, 6, 6,
         "throttle_time_ms=i9 error_code=h79 generation_id=i-1 protocol_name=S'' leader=S'' "
         "member_id=S'm' members=v[ ( member_id=S'm' group_instance_id=S'i' metadata=Y'ab' t ) ] "
         "t"},
        {response, 7, 8,
         "throttle_time_ms=i9 error_code=h79 generation_id=i-1 protocol_type=S~ protocol_name=S~ "
         "leader=S'' member_id=S'm' members=v[ ] t"},
        {response, 9, 9,
         "throttle_time_ms=i9 error_code=h0 generation_id=i3 protocol_type=S'consumer' "
         "protocol_name=S'range' leader=S'l' skip_assignment=b1 member_id=S'm' members=v[ ( "
         "member_id=S'm' group_instance_id=S~ metadata=Y'ab' t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(sync_group_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_sync_group_request_schema;
    const struct kafka_schema *response = &kafka_sync_group_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 2,
         "group_id=s'g' generation_id=i3 member_id=s'm' assignments=i[ ( member_id=s'm' "
         "assignment=y'ab' ) ]"},
        {request, 3, 3,
         "group_id=s'g' generation_id=i3 member_id=s'm' group_instance_id=s'i' assignments=i[ ( "
         "member_id=s'm' assignment=y'ab' ) ]"},
        {request, 4, 4,
         "group_id=S'g' generation_id=i3 member_id=S'm' group_instance_id=S~ assignments=v[ ( "
         "member_id=S'm' assignment=Y'ab' t ) ] t"},
        {request, 5, 5,
         "group_id=S'g' generation_id=i3 member_id=S'm' group_instance_id=S~ protocol_type=S'c' "
         "protocol_name=S'range' assignments=v[ ( member_id=S'm' assignment=Y'ab' t ) ] t"},
        {response, 0, 0, "error_code=h0 assignment=y'ab'"},
        {response, 1, 3, "throttle_time_ms=i9 error_code=h27 assignment=y''"},
        {response, 4, 4, "throttle_time_ms=i9 error_code=h0 assignment=Y'ab' t"},
        {response, 5, 5,
         "throttle_time_ms=i9 error_code=h0 protocol_type=S'c' protocol_name=S~ assignment=Y'ab' "
         "t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(heartbeat_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_heartbeat_request_schema;
    const struct kafka_schema *response = &kafka_heartbeat_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 2, "group_id=s'g' generation_id=i3 member_id=s'm'"},
        {request, 3, 3, "group_id=s'g' generation_id=i3 member_id=s'm' group_instance_id=s'i'"},
        {request, 4, 4, "group_id=S'g' generation_id=i3 member_id=S'm' group_instance_id=S~ t"},
        {response, 0, 0, "error_code=h27"},
        {response, 1, 3, "throttle_time_ms=i9 error_code=h27"},
        {response, 4, 4, "throttle_time_ms=i9 error_code=h27 t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(leave_group_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_leave_group_request_schema;
    const struct kafka_schema *response = &kafka_leave_group_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 2, "group_id=s'g' member_id=s'm'"},
        {request, 3, 3,
         "group_id=s'g' members=i[ ( member_id=s'm' group_instance_id=s~ ) ( member_id=s'n' "
         "group_instance_id=s'i' ) ]"},
        {request, 4, 4, "group_id=S'g' members=v[ ( member_id=S'm' group_instance_id=S~ t ) ] t"},
        {request, 5, 5,
         "group_id=S'g' members=v[ ( member_id=S'm' group_instance_id=S~ reason=S'why' t ) ] t"},
        {response, 0, 0, "error_code=h25"},
        {response, 1, 2, "throttle_time_ms=i9 error_code=h25"},
        {response, 3, 3,
         "throttle_time_ms=i9 error_code=h0 members=i[ ( member_id=s'm' group_instance_id=s~ "
         "error_code=h25 ) ]"},
        {response, 4, 5,
         "throttle_time_ms=i9 error_code=h0 members=v[ ( member_id=S'm' group_instance_id=S'i' "
         "error_code=h25 t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(offset_commit_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_offset_commit_request_schema;
    const struct kafka_schema *response = &kafka_offset_commit_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 0,
         "group_id=s'g' topics=i[ ( name=s't' partitions=i[ ( partition=i5 committed_offset=l77 "
         "committed_metadata=s~ ) ] ) ]"},
        {request, 1, 1,
         "group_id=s'g' generation_id=i3 member_id=s'm' topics=i[ ( name=s't' partitions=i[ ( "
         "partition=i5 committed_offset=l77 commit_timestamp=l123 committed_metadata=s'x' ) ] ) ]"},
        {request, 2, 4,
         "group_id=s'g' generation_id=i3 member_id=s'm' retention_time_ms=l-1 topics=i[ ( "
         "name=s't' partitions=i[ ( partition=i5 committed_offset=l77 committed_metadata=s'x' ) ] "
         ") ]"},
        {request, 5, 5,
         "group_id=s'g' generation_id=i3 member_id=s'm' topics=i[ ( name=s't' partitions=i[ ( "
         "partition=i5 committed_offset=l77 committed_metadata=s'' ) ] ) ]"},
        {request, 6, 6,
         "group_id=s'g' generation_id=i3 member_id=s'm' topics=i[ ( name=s't' partitions=i[ ( "
         "partition=i5 committed_offset=l77 committed_leader_epoch=i-1 committed_metadata=s'' ) ] "
         ") ]"},
        {request, 7, 7,
         "group_id=s'g' generation_id=i3 member_id=s'm' group_instance_id=s~ topics=i[ ( "
         "name=s't' partitions=i[ ( partition=i5 committed_offset=l77 committed_leader_epoch=i6 "
         "committed_metadata=s'' ) ] ) ]"},
        {request, 8, 9,
         "group_id=S'g' generation_id=i3 member_id=S'm' group_instance_id=S'i' topics=v[ ( "
         "name=S't' partitions=v[ ( partition=i5 committed_offset=l77 committed_leader_epoch=i6 "
         "committed_metadata=S~ t ) ] t ) ] t"},
        {request, 10, 10,
         "group_id=S'g' generation_id=i3 member_id=S'm' group_instance_id=S'i' topics=v[ ( "
         "topic_id=u7 partitions=v[ ( partition=i5 committed_offset=l77 committed_leader_epoch=i6 "
         "committed_metadata=S~ t ) ] t ) ] t"},
        {response, 0, 2,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h22 ) ] ) ]"},
        {response, 3, 7,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 error_code=h22 ) "
         "] ) ]"},
        {response, 8, 9,
         "throttle_time_ms=i9 topics=v[ ( name=S't' partitions=v[ ( partition=i5 error_code=h22 t "
         ") ] t ) ] t"},
        {response, 10, 10,
         "throttle_time_ms=i9 topics=v[ ( topic_id=u7 partitions=v[ ( partition=i5 error_code=h0 t "
         ") ] t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(offset_fetch_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_offset_fetch_request_schema;
    const struct kafka_schema *response = &kafka_offset_fetch_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 1, 5, "group_id=s'g' topics=i[ ( name=s't' partitions=i[ i0 i5 ] ) ]"},
        {request, 2, 5, "group_id=s'g' topics=i~"},
        {request, 6, 6, "group_id=S'g' topics=v[ ( name=S't' partitions=v[ i0 i5 ] t ) ] t"},
        {request, 7, 7,
         "group_id=S'g' topics=v[ ( name=S't' partitions=v[ i0 i5 ] t ) ] require_stable=b1 t"},
        {request, 8, 8,
         "groups=v[ ( group_id=S'g' topics=v[ ( name=S't' partitions=v[ i0 i5 ] t ) ] t ) ( "
         "group_id=S'h' topics=v~ t ) ] require_stable=b1 t"},
        {request, 9, 9,
         "groups=v[ ( group_id=S'g' member_id=S~ member_epoch=i-1 topics=v[ ( name=S't' "
         "partitions=v[ i5 ] t ) ] t ) ] require_stable=b0 t"},
        {request, 10, 10,
         "groups=v[ ( group_id=S'g' member_id=S'm' member_epoch=i4 topics=v[ ( topic_id=u7 "
         "partitions=v[ i5 ] t ) ] t ) ] require_stable=b0 t"},
        {response, 1, 1,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 committed_offset=l77 metadata=s'x' "
         "error_code=h0 ) ] ) ]"},
        {response, 2, 2,
         "topics=i[ ( name=s't' partitions=i[ ( partition=i5 committed_offset=l77 metadata=s'x' "
         "error_code=h0 ) ] ) ] error_code=h16"},
        {response, 3, 4,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "committed_offset=l-1 metadata=s~ error_code=h0 ) ] ) ] error_code=h0"},
        {response, 5, 5,
         "throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "committed_offset=l77 committed_leader_epoch=i6 metadata=s'' error_code=h0 ) ] ) ] "
         "error_code=h0"},
        {response, 6, 7,
         "throttle_time_ms=i9 topics=v[ ( name=S't' partitions=v[ ( partition=i5 "
         "committed_offset=l77 committed_leader_epoch=i6 metadata=S'' error_code=h0 t ) ] t ) ] "
         "error_code=h0 t"},
        {response, 8, 9,
         "throttle_time_ms=i9 groups=v[ ( group_id=S'g' topics=v[ ( name=S't' partitions=v[ ( "
         "partition=i5 committed_offset=l77 committed_leader_epoch=i6 metadata=S~ error_code=h0 t "
         ") ] t ) ] error_code=h0 t ) ] t"},
        {response, 10, 10,
         "throttle_time_ms=i9 groups=v[ ( group_id=S'g' topics=v[ ( topic_id=u7 partitions=v[ ( "
         "partition=i5 committed_offset=l77 committed_leader_epoch=i6 metadata=S~ error_code=h0 t "
         ") ] t ) ] error_code=h69 t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(describe_groups_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_describe_groups_request_schema;
    const struct kafka_schema *response = &kafka_describe_groups_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 2, "groups=i[ s'g' s'h' ]"},
        {request, 3, 4, "groups=i[ s'g' ] include_authorized_operations=b1"},
        {request, 5, 6, "groups=v[ S'g' ] include_authorized_operations=b1 t"},
        {response, 0, 0,
         "groups=i[ ( error_code=h0 group_id=s'g' group_state=s'Stable' protocol_type=s'consumer' "
         "protocol_data=s'range' members=i[ ( member_id=s'm' client_id=s'c' client_host=s'/h' "
         "member_metadata=y'ab' member_assignment=y'cd' ) ] ) ]"},
        {response, 1, 2,
         "throttle_time_ms=i9 groups=i[ ( error_code=h0 group_id=s'g' group_state=s'Dead' "
         "protocol_type=s'' protocol_data=s'' members=i[ ] ) ]"},
        {response, 3, 3,
         "throttle_time_ms=i9 groups=i[ ( error_code=h0 group_id=s'g' group_state=s'Stable' "
         "protocol_type=s'consumer' protocol_data=s'range' members=i[ ( member_id=s'm' "
         "client_id=s'c' client_host=s'/h' member_metadata=y'ab' member_assignment=y'cd' ) ] "
         "authorized_operations=i-2147483648 ) ]"},
        {response, 4, 4,
         "throttle_time_ms=i9 groups=i[ ( error_code=h0 group_id=s'g' group_state=s'Stable' "
         "protocol_type=s'consumer' protocol_data=s'range' members=i[ ( member_id=s'm' "
         "group_instance_id=s'i' client_id=s'c' client_host=s'/h' member_metadata=y'ab' "
         "member_assignment=y'cd' ) ] authorized_operations=i3 ) ]"},
        {response, 5, 5,
         "throttle_time_ms=i9 groups=v[ ( error_code=h0 group_id=S'g' group_state=S'Stable' "
         "protocol_type=S'consumer' protocol_data=S'range' members=v[ ( member_id=S'm' "
         "group_instance_id=S~ client_id=S'c' client_host=S'/h' member_metadata=Y'ab' "
         "member_assignment=Y'cd' t ) ] authorized_operations=i3 t ) ] t"},
        {response, 6, 6,
         "throttle_time_ms=i9 groups=v[ ( error_code=h69 error_message=S'no' group_id=S'g' "
         "group_state=S'Dead' protocol_type=S'' protocol_data=S'' members=v[ ] "
         "authorized_operations=i3 t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(list_groups_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_list_groups_request_schema;
    const struct kafka_schema *response = &kafka_list_groups_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 2, ""},
        {request, 3, 3, "t"},
        {request, 4, 4, "states_filter=v[ S'Stable' ] t"},
        {request, 5, 5, "states_filter=v[ ] types_filter=v[ S'classic' ] t"},
        {response, 0, 0, "error_code=h0 groups=i[ ( group_id=s'g' protocol_type=s'consumer' ) ]"},
        {response, 1, 2,
         "throttle_time_ms=i9 error_code=h0 groups=i[ ( group_id=s'g' protocol_type=s'consumer' ) "
         "]"},
        {response, 3, 3,
         "throttle_time_ms=i9 error_code=h0 groups=v[ ( group_id=S'g' protocol_type=S'consumer' t "
         ") ] t"},
        {response, 4, 4,
         "throttle_time_ms=i9 error_code=h0 groups=v[ ( group_id=S'g' protocol_type=S'consumer' "
         "group_state=S'Empty' t ) ] t"},
        {response, 5, 5,
         "throttle_time_ms=i9 error_code=h0 groups=v[ ( group_id=S'g' protocol_type=S'consumer' "
         "group_state=S'Empty' group_type=S'classic' t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(delete_groups_has_its_layouts)
{
    const struct kafka_schema *request = &kafka_delete_groups_request_schema;
    const struct kafka_schema *response = &kafka_delete_groups_response_schema;
    const struct kafka_layout_row rows[] = {
        {request, 0, 1, "groups=i[ s'g' s'h' ]"},
        {request, 2, 2, "groups=v[ S'g' ] t"},
        {response, 0, 1, "throttle_time_ms=i9 results=i[ ( group_id=s'g' error_code=h68 ) ]"},
        {response, 2, 2, "throttle_time_ms=i9 results=v[ ( group_id=S'g' error_code=h68 t ) ] t"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(offset_delete_has_its_layouts)
{
    const struct kafka_layout_row rows[] = {
        {&kafka_offset_delete_request_schema, 0, 0,
         "group_id=s'g' topics=i[ ( name=s't' partitions=i[ ( partition=i5 ) ( partition=i6 ) ] ) "
         "]"},
        {&kafka_offset_delete_response_schema, 0, 0,
         "error_code=h0 throttle_time_ms=i9 topics=i[ ( name=s't' partitions=i[ ( partition=i5 "
         "error_code=h86 ) ] ) ]"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

START_TEST(what_consumers_hand_each_other_has_its_layouts)
{
    const struct kafka_schema *subscription = &kafka_consumer_subscription_schema;
    const struct kafka_schema *assignment = &kafka_consumer_assignment_schema;
    const struct kafka_layout_row rows[] = {
        {subscription, 0, 0, "topics=i[ s't' s'u' ] user_data=y~"},
        {subscription, 1, 1,
         "topics=i[ s't' ] user_data=y'ab' owned_partitions=i[ ( name=s't' partitions=i[ i0 i5 ] ) "
         "]"},
        {subscription, 2, 2,
         "topics=i[ s't' ] user_data=y~ owned_partitions=i[ ] generation_id=i-1"},
        {subscription, 3, 3,
         "topics=i[ s't' ] user_data=y~ owned_partitions=i[ ] generation_id=i4 rack_id=s'r'"},
        {assignment, 0, 3,
         "assigned_partitions=i[ ( name=s't' partitions=i[ i0 i5 ] ) ( name=s'u' partitions=i[ ] ) "
         "] user_data=y'ab'"},
    };

    kafka_layout_check(rows, COUNT_OF(rows));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        find_coordinator_has_its_layouts, join_group_has_its_layouts,
        sync_group_has_its_layouts,       heartbeat_has_its_layouts,
        leave_group_has_its_layouts,      offset_commit_has_its_layouts,
        offset_fetch_has_its_layouts,     describe_groups_has_its_layouts,
        list_groups_has_its_layouts,      delete_groups_has_its_layouts,
        offset_delete_has_its_layouts,    what_consumers_hand_each_other_has_its_layouts,
    };

    return suite_run("protocol_layout_group", tests, COUNT_OF(tests));
}
