/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs/protocol/kafka.md: its table of APIs is the broker's, row by row; its examples are what the layouts of Kafka
 * make of them, byte by byte.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "broker/protocol/apis.h"
#include "broker/protocol/decode.h"
#include "broker/protocol/header.h"
#include "broker/protocol/messages.h"
#include "tests/support/kafka_messages.h"
#include "tests/support/suite.h"

#define LINE_MAX_SIZE 512
#define FRAME_MAX     256
#define TABLE_MARK    "| key | API |"
#define FENCE         "```"
#define FRAME_MARK    FENCE "frame "

static FILE *open_page(void)
{
    FILE *page = fopen(DOCUMENT, "r");

    ck_assert_msg(page != NULL, "cannot open %s", DOCUMENT);
    return page;
}

/* ---- the table ---- */

static void write_row(const struct kafka_api *api, struct text *out)
{
    text_add(out, "| %d | %s | %d-%d | ", api->key, api->name, api->advertised_min,
             api->advertised_max);
    text_add(out, "%d-%d | ", api->served_min, api->advertised_max);
    if (api->request->flexible_first == KAFKA_NEVER_FLEXIBLE)
        text_add(out, "never | ");
    else
        text_add(out, "%d | ", api->request->flexible_first);
    text_add(out, "%d-%d |\n", api->request->first, api->request->last);
}

/* The lines of the table below its head. */
static void read_table(FILE *page, struct text *out)
{
    char line[LINE_MAX_SIZE];
    bool is_in_table = false;

    while (fgets(line, sizeof line, page) != NULL) {
        if (is_in_table && line[0] != '|')
            return;
        if (is_in_table && line[1] == ' ')
            text_add(out, "%s", line);
        is_in_table = is_in_table || strncmp(line, TABLE_MARK, strlen(TABLE_MARK)) == 0;
    }
}

START_TEST(the_table_of_apis_is_the_broker_s)
{
    AUTO(text_done) struct text documented = {0};
    AUTO(text_done) struct text real = {0};
    FILE *page = open_page();

    read_table(page, &documented);
    ck_assert_int_eq(fclose(page), 0);
    for (size_t i = 0; i < KAFKA_API_COUNT; i++)
        write_row(&kafka_api_all()[i], &real);
    ck_assert_str_eq(text_data(&documented), text_data(&real));
}
END_TEST

/* ---- the examples ---- */

struct example {
    unsigned char bytes[FRAME_MAX];
    size_t size;
};

static int digit(char character)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    return at == NULL ? -1 : (int)(at - digits);
}

/* A line is pairs of digits, one space between them; after another space come words. */
static void add_line(struct example *example, const char *line)
{
    while (digit(line[0]) >= 0 && digit(line[1]) >= 0 && (line[2] == ' ' || line[2] == '\n')) {
        ck_assert_uint_lt(example->size, FRAME_MAX);
        example->bytes[example->size++] = (unsigned char)(digit(line[0]) * 16 + digit(line[1]));
        line += 3;
    }
}

/* The name of the example that the line begins; NULL if it begins none. */
static const char *begins(char *line)
{
    if (strncmp(line, FRAME_MARK, strlen(FRAME_MARK)) != 0)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return line + strlen(FRAME_MARK);
}

static void read_example(FILE *page, struct example *example)
{
    char line[LINE_MAX_SIZE];

    while (fgets(line, sizeof line, page) != NULL && strncmp(line, FENCE, strlen(FENCE)) != 0)
        add_line(example, line);
}

static struct example find_example(const char *name)
{
    FILE *page = open_page();
    struct example example = {.size = 0};
    char line[LINE_MAX_SIZE];

    while (example.size == 0 && fgets(line, sizeof line, page) != NULL) {
        const char *found = begins(line);
        if (found != NULL && strcmp(found, name) == 0)
            read_example(page, &example);
    }
    ck_assert_int_eq(fclose(page), 0);
    ck_assert_msg(example.size > KAFKA_FRAME_PREFIX, "no example '%s'", name);
    return example;
}

/* The frame behind its length, which must be true. */
static struct kafka_reader frame_of(const struct example *example)
{
    struct kafka_reader reader;
    size_t size = 0;

    ck_assert_int_eq(kafka_frame_look(example->bytes, example->size, FRAME_MAX, &size),
                     KAFKA_FRAME_WHOLE);
    ck_assert_uint_eq(size, example->size);
    kafka_reader_init(&reader, example->bytes + KAFKA_FRAME_PREFIX, size - KAFKA_FRAME_PREFIX);
    return reader;
}

static void expect_message(const struct kafka_schema *schema, int16_t version,
                           struct kafka_reader *reader, const char *meaning)
{
    AUTO(kafka_arena_done) struct kafka_arena arena = {.size_max = KAFKA_ARENA_SIZE_MAX};
    AUTO(text_done) struct text decoded = {0};
    void *message = mem_alloc(schema->body.size);

    ck_assert_int_eq(kafka_decode(schema, version, reader, &arena, message, NULL), ERR_OK);
    ck_assert_uint_eq(kafka_reader_left(reader), 0);
    kafka_messages_print(schema, version, message, &decoded);
    ck_assert_str_eq(text_data(&decoded), meaning);
    free(message);
}

static void expect_request(const char *name, int16_t key, int16_t version, const char *meaning)
{
    struct example example = find_example(name);
    struct kafka_reader reader = frame_of(&example);
    struct kafka_request_header header;

    ck_assert_int_eq(kafka_decode_request_header(&reader, &header, NULL), ERR_OK);
    ck_assert_int_eq(header.api_key, key);
    ck_assert_int_eq(header.api_version, version);
    ck_assert_int_eq(header.correlation_id, 7);
    ck_assert_int_eq(header.client_id.length, 2);
    expect_message(kafka_api_find(key)->request, version, &reader, meaning);
}

static void expect_response(const char *name, int16_t key, int16_t version, const char *meaning)
{
    struct example example = find_example(name);
    struct kafka_reader reader = frame_of(&example);
    const struct kafka_api *api = kafka_api_find(key);
    int32_t correlation_id = 0;

    ck_assert_int_eq(kafka_decode_response_header(api, version, &reader, &correlation_id, NULL),
                     ERR_OK);
    ck_assert_int_eq(correlation_id, 7);
    expect_message(api->response, version, &reader, meaning);
}

START_TEST(the_page_has_no_example_that_is_not_checked)
{
    FILE *page = open_page();
    char line[LINE_MAX_SIZE];
    int count = 0;

    while (fgets(line, sizeof line, page) != NULL)
        count += begins(line) != NULL;
    ck_assert_int_eq(fclose(page), 0);
    ck_assert_int_eq(count, 5);
}
END_TEST

START_TEST(the_documented_requests_are_decoded)
{
    expect_request("heartbeat", KAFKA_HEARTBEAT, 3,
                   "group_id='g' generation_id=1 member_id='m' group_instance_id=~ ");
    expect_request("heartbeat flexible", KAFKA_HEARTBEAT, 4,
                   "group_id='g' generation_id=1 member_id='m' group_instance_id=~ ");
    expect_request("produce", KAFKA_PRODUCE, 7,
                   "transactional_id=~ acks=-1 timeout_ms=1000 topics=[ ( name='t' partitions=[ ( "
                   "partition=0 records='\\00\\00' ) ] ) ] ");
}
END_TEST

START_TEST(the_documented_responses_are_decoded)
{
    expect_response("heartbeat answer", KAFKA_HEARTBEAT, 3, "throttle_time_ms=0 error_code=27 ");
}
END_TEST

START_TEST(the_documented_refusal_is_what_is_sent)
{
    struct example example = find_example("versions refused");
    AUTO(kafka_writer_done) struct kafka_writer writer = {.bytes = NULL};

    kafka_encode_versions_refusal(7, &writer);
    ck_assert_uint_eq(writer.size, example.size);
    ck_assert_mem_eq(writer.bytes, example.bytes, example.size);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_table_of_apis_is_the_broker_s,      the_page_has_no_example_that_is_not_checked,
        the_documented_requests_are_decoded,    the_documented_responses_are_decoded,
        the_documented_refusal_is_what_is_sent,
    };

    return suite_run("protocol_documented", tests, COUNT_OF(tests));
}
