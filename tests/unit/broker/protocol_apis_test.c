/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/apis.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct kafka_api *find(int16_t key)
{
    const struct kafka_api *api = kafka_api_find(key);

    ck_assert_ptr_nonnull(api);
    return api;
}

START_TEST(every_api_is_found_by_its_key)
{
    const struct kafka_api *apis = kafka_api_all();

    for (size_t i = 0; i < KAFKA_API_COUNT; i++)
        ck_assert_ptr_eq(kafka_api_find(apis[i].key), &apis[i]);
}
END_TEST

START_TEST(what_is_not_served_is_not_found)
{
    static const int16_t keys[] = {-1, 4, 7, 17, 24, 28, 36, 45, 46, 61, 68, 71, 75, INT16_MAX};

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        ck_assert_ptr_null(kafka_api_find(keys[i]));
}
END_TEST

START_TEST(what_is_advertised_has_a_layout)
{
    for (size_t i = 0; i < KAFKA_API_COUNT; i++) {
        const struct kafka_api *api = &kafka_api_all()[i];
        ck_assert_int_le(api->advertised_min, api->advertised_max);
        ck_assert_int_ge(api->served_min, api->advertised_min);
        ck_assert_int_le(api->served_min, api->advertised_max);
        ck_assert(kafka_schema_has(api->request, api->advertised_min));
        ck_assert(kafka_schema_has(api->request, api->advertised_max));
    }
}
END_TEST

START_TEST(requests_and_responses_have_the_same_versions)
{
    for (size_t i = 0; i < KAFKA_API_COUNT; i++) {
        const struct kafka_api *api = &kafka_api_all()[i];
        ck_assert_int_eq(api->request->first, api->response->first);
        ck_assert_int_eq(api->request->last, api->response->last);
        ck_assert_int_eq(api->request->flexible_first, api->response->flexible_first);
    }
}
END_TEST

START_TEST(what_librdkafka_takes_its_features_from_is_advertised)
{
    ck_assert(kafka_api_is_advertised(find(KAFKA_PRODUCE), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_PRODUCE), 7));
    ck_assert(kafka_api_is_advertised(find(KAFKA_FETCH), 10));
    ck_assert(kafka_api_is_advertised(find(KAFKA_FIND_COORDINATOR), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_JOIN_GROUP), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_SYNC_GROUP), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_HEARTBEAT), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_LEAVE_GROUP), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_OFFSET_COMMIT), 2));
    ck_assert(kafka_api_is_advertised(find(KAFKA_OFFSET_FETCH), 1));
    ck_assert(kafka_api_is_advertised(find(KAFKA_INIT_PRODUCER_ID), 0));
    ck_assert(kafka_api_is_advertised(find(KAFKA_LIST_OFFSETS), 1));
}
END_TEST

START_TEST(versions_outside_are_not_advertised)
{
    ck_assert(!kafka_api_is_advertised(find(KAFKA_PRODUCE), -1));
    ck_assert(!kafka_api_is_advertised(find(KAFKA_PRODUCE), 9));
    ck_assert(!kafka_api_is_advertised(find(KAFKA_FETCH), 3));
    ck_assert(!kafka_api_is_advertised(find(KAFKA_FETCH), 12));
}
END_TEST

START_TEST(the_response_to_api_versions_lists_them_all)
{
    struct kafka_api_versions_response_api_key keys[KAFKA_API_COUNT];

    kafka_api_advertise(keys);
    ck_assert_int_eq(keys[0].api_key, KAFKA_PRODUCE);
    ck_assert_int_eq(keys[0].min_version, 0);
    ck_assert_int_eq(keys[0].max_version, 8);
    for (size_t i = 0; i < KAFKA_API_COUNT; i++) {
        const struct kafka_api *api = find(keys[i].api_key);
        ck_assert_int_eq(keys[i].min_version, api->advertised_min);
        ck_assert_int_eq(keys[i].max_version, api->advertised_max);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        every_api_is_found_by_its_key,
        what_is_not_served_is_not_found,
        what_is_advertised_has_a_layout,
        requests_and_responses_have_the_same_versions,
        what_librdkafka_takes_its_features_from_is_advertised,
        versions_outside_are_not_advertised,
        the_response_to_api_versions_lists_them_all,
    };

    return suite_run("protocol_apis", tests, COUNT_OF(tests));
}
