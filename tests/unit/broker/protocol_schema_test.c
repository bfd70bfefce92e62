/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/protocol/schema.h"

#include <string.h>

#include "base/mem.h"
#include "broker/protocol/messages.h"
#include "broker/protocol/schemas.h"
#include "tests/support/kafka_messages.h"
#include "tests/support/suite.h"

#define TABLES_MAX 16

/* The tables of a schema, breadth first, and how deep each one is. */
struct tables {
    const struct kafka_struct *tables[TABLES_MAX];
    int depths[TABLES_MAX];
    size_t count;
};

static void add(struct tables *tables, const struct kafka_struct *table, int depth)
{
    ck_assert_uint_lt(tables->count, TABLES_MAX);
    tables->tables[tables->count] = table;
    tables->depths[tables->count++] = depth;
}

static struct tables tables_of(const struct kafka_schema *schema)
{
    struct tables tables = {.count = 0};

    add(&tables, &schema->body, 1);
    for (size_t i = 0; i < tables.count; i++) {
        const struct kafka_struct *table = tables.tables[i];
        for (size_t k = 0; k < table->field_count; k++)
            if (table->fields[k].element != NULL)
                add(&tables, table->fields[k].element,
                    tables.depths[i] + (table->fields[k].kind == KAFKA_KIND_STRUCT_LIST));
    }
    return tables;
}

static void for_tables(const struct kafka_schema *schema,
                       void (*check)(const struct kafka_schema *schema,
                                     const struct kafka_struct *table))
{
    struct tables tables = tables_of(schema);

    for (size_t i = 0; i < tables.count; i++)
        check(schema, tables.tables[i]);
}

static void check_depth(const struct kafka_schema *schema)
{
    struct tables tables = tables_of(schema);

    for (size_t i = 0; i < tables.count; i++)
        ck_assert_msg(tables.depths[i] <= KAFKA_DEPTH_MAX, "%s", schema->name);
}

START_TEST(no_message_is_deeper_than_the_decoder_goes)
{
    kafka_messages_each(check_depth);
}
END_TEST

static void check_table_tags(const struct kafka_schema *schema, const struct kafka_struct *table)
{
    int previous = -1;

    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        if (!field->is_tagged)
            continue;
        ck_assert_msg(field->tag > previous, "%s: %s", schema->name, field->name);
        ck_assert_msg(field->first >= schema->flexible_first, "%s: %s", schema->name, field->name);
        previous = field->tag;
    }
}

static void check_tags(const struct kafka_schema *schema)
{
    for_tables(schema, check_table_tags);
}

START_TEST(tags_ascend_and_are_in_flexible_versions_alone)
{
    kafka_messages_each(check_tags);
}
END_TEST

static void check_inner(const struct kafka_schema *schema, const struct kafka_struct *table)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        if (field->kind != KAFKA_KIND_STRUCT)
            continue;
        ck_assert_msg(field->is_tagged, "%s: %s", schema->name, field->name);
        for (size_t k = 0; k < field->element->field_count; k++)
            ck_assert_msg(field->element->fields[k].kind <= KAFKA_KIND_I64 &&
                              !field->element->fields[k].is_tagged,
                          "%s: %s", schema->name, field->name);
    }
}

static void check_inners(const struct kafka_schema *schema)
{
    for_tables(schema, check_inner);
}

START_TEST(structs_within_structs_are_tagged_and_hold_numbers)
{
    kafka_messages_each(check_inners);
}
END_TEST

static void check_field_versions(const struct kafka_schema *schema,
                                 const struct kafka_struct *table)
{
    for (size_t i = 0; i < table->field_count; i++) {
        const struct kafka_field *field = &table->fields[i];
        ck_assert_msg(field->first <= schema->last, "%s: %s", schema->name, field->name);
        ck_assert_msg(field->gone == 0 ||
                          (field->gone > field->first && field->gone <= schema->last),
                      "%s: %s", schema->name, field->name);
        ck_assert_msg(field->is_nullable || field->null_first == 0, "%s: %s", schema->name,
                      field->name);
    }
}

static void check_versions(const struct kafka_schema *schema)
{
    ck_assert_int_le(schema->first, schema->last);
    for_tables(schema, check_field_versions);
}

START_TEST(fields_come_and_go_within_the_versions_of_their_message)
{
    kafka_messages_each(check_versions);
}
END_TEST

START_TEST(a_message_may_be_set_to_its_defaults)
{
    struct kafka_fetch_request request;
    struct kafka_metadata_response response;

    memset(&request, 0xA5, sizeof request);
    kafka_init(&kafka_fetch_request_schema, &request);
    ck_assert_int_eq(request.cluster_id.length, KAFKA_NULL);
    ck_assert_int_eq(request.replica_id, -1);
    ck_assert_int_eq(request.replica_state.replica_epoch, -1);
    ck_assert_int_eq(request.max_bytes, INT32_MAX);
    ck_assert_int_eq(request.session_epoch, -1);
    ck_assert_int_eq(request.topic_count, 0);
    ck_assert_int_eq(request.rack_id.length, 0);

    memset(&response, 0xA5, sizeof response);
    kafka_init(&kafka_metadata_response_schema, &response);
    ck_assert_int_eq(response.controller_id, -1);
    ck_assert_int_eq(response.cluster_id.length, KAFKA_NULL);
    ck_assert_int_eq(response.cluster_authorized_operations, INT32_MIN);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_message_is_deeper_than_the_decoder_goes,
        tags_ascend_and_are_in_flexible_versions_alone,
        structs_within_structs_are_tagged_and_hold_numbers,
        fields_come_and_go_within_the_versions_of_their_message,
        a_message_may_be_set_to_its_defaults,
    };

    return suite_run("protocol_schema", tests, COUNT_OF(tests));
}
