/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/server/catalog_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32c.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static const struct catalog_limits limits = {.topics_max = 20000, .partitions_max = 100000};

static struct kafka_string text_of(const char *words)
{
    return (struct kafka_string){words, (int32_t)strlen(words)};
}

static void put(struct catalog_state *state, const char *name, unsigned char id, int32_t partitions)
{
    struct catalog_new_topic topic = {
        .name = text_of(name), .id = {{id}}, .partition_count = partitions};

    catalog_state_put(state, catalog_topic_new(&topic));
}

static void fill(struct catalog_state *state)
{
    *state = (struct catalog_state){.cluster_id = {{1, 2, 3}}, .life = 7, .next_producer_id = 3000};
    put(state, "lines", 9, 3);
    put(state, "counts", 10, 1);
    size_t place = 0;
    ck_assert(catalog_state_find(state, text_of("lines"), &place));
    ck_assert_int_eq(topic_config_set(&state->topics[place]->config, TOPIC_KEY_RETENTION_MS,
                                      text_of("60000"), NULL),
                     ERR_OK);
    ck_assert_int_eq(topic_config_set(&state->topics[place]->config, TOPIC_KEY_CLEANUP_POLICY,
                                      text_of("compact,delete"), NULL),
                     ERR_OK);
    catalog_state_put_deleted(state, &(struct catalog_deleted){text_of("words"), {{11}}, 2});
}

static const char written[] =
    "{\n"
    "  \"format\": 1,\n"
    "  \"cluster_id\": \"AQIDAAAAAAAAAAAAAAAAAA\",\n"
    "  \"life\": 7,\n"
    "  \"next_producer_id\": 3000,\n"
    "  \"topics\": [\n"
    "    {\"name\": \"counts\", \"id\": \"CgAAAAAAAAAAAAAAAAAAAA\", \"partitions\": 1, "
    "\"config\": {}},\n"
    "    {\"name\": \"lines\", \"id\": \"CQAAAAAAAAAAAAAAAAAAAA\", \"partitions\": 3, "
    "\"config\": {\"cleanup.policy\": \"delete,compact\", \"retention.ms\": \"60000\"}}\n"
    "  ],\n"
    "  \"deleted\": [\n"
    "    {\"name\": \"words\", \"id\": \"CwAAAAAAAAAAAAAAAAAAAA\", \"partitions\": 2}\n"
    "  ],\n";

/* The text with the right checksum behind it. */
static void seal(struct text *text)
{
    text_add(text, "  \"crc32c\": \"%08x\"\n}\n", crc32c_of(text_data(text), text_size(text)));
}

START_TEST(the_file_is_as_documented)
{
    AUTO(catalog_state_done) struct catalog_state state;
    AUTO(text_done) struct text text = {0};
    AUTO(text_done) struct text expected = {0};

    fill(&state);
    catalog_file_encode(&state, &text);
    text_add(&expected, "%s", written);
    seal(&expected);
    ck_assert_str_eq(text_data(&text), text_data(&expected));
}
END_TEST

START_TEST(what_was_written_is_read)
{
    AUTO(catalog_state_done) struct catalog_state state;
    AUTO(catalog_state_done) struct catalog_state again = {0};
    AUTO(text_done) struct text text = {0};
    AUTO(text_done) struct text second = {0};
    struct error error = {.code = ERR_OK};

    fill(&state);
    catalog_file_encode(&state, &text);
    enum err err = catalog_file_decode(text_data(&text), text_size(&text), &limits, &again, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    catalog_file_encode(&again, &second);
    ck_assert_str_eq(text_data(&text), text_data(&second));
    ck_assert_uint_eq(again.partition_count, 4);
    ck_assert_int_eq(again.life, 7);
    ck_assert_uint_eq(again.topic_count, 2);
    ck_assert_uint_eq(again.deleted_count, 1);
}
END_TEST

START_TEST(an_empty_catalog_is_written_and_read)
{
    AUTO(catalog_state_done) struct catalog_state state = {.cluster_id = {{1}}};
    AUTO(catalog_state_done) struct catalog_state again = {0};
    AUTO(text_done) struct text text = {0};

    catalog_file_encode(&state, &text);
    ck_assert_int_eq(catalog_file_decode(text_data(&text), text_size(&text), &limits, &again, NULL),
                     ERR_OK);
    ck_assert_uint_eq(again.topic_count, 0);
}
END_TEST

struct fault {
    const char *instead_of; /* in `written`; the first place */
    const char *put;
    enum err err;
    const char *says;
};

START_TEST(each_fault_is_told_with_its_place)
{
    static const struct fault faults[] = {
        {"\"life\": 7,", "\"life\": 7", ERR_CORRUPT, "line 5, column"},
        {"\"life\": 7", "\"life\": -1", ERR_CORRUPT, "'life' is -1, but must be from 0"},
        {"\"life\": 7", "\"life\": 2147483648", ERR_CORRUPT, "'life' is 2147483648"},
        {"\"life\": 7", "\"life\": \"7\"", ERR_CORRUPT, "'life' must be a whole number"},
        {"\"life\": 7,", "", ERR_CORRUPT, "'life' is missing"},
        {"\"life\": 7,", "\"life\": 7, \"wife\": 8,", ERR_CORRUPT, "'wife' is no member"},
        {"\"life\": 7,", "\"life\": 7, \"life\": 8,", ERR_CORRUPT, "duplicate object key"},
        {"\"format\": 1", "\"format\": 2", ERR_VERSION, "later version"},
        {"\"format\": 1", "\"format\": 0", ERR_CORRUPT, "'format' is 0"},
        {"AQIDAAAAAAAAAAAAAAAAAA", "AQIDAAAAAAAAAAAAAAAAA", ERR_CORRUPT, "'cluster_id' must be"},
        {"AQIDAAAAAAAAAAAAAAAAAA", "AQIDAAAAAAAAAAAAAAAAA=", ERR_CORRUPT, "'cluster_id'"},
        {"AQIDAAAAAAAAAAAAAAAAAA", "AQIDAAAAAAAAAAAAAAAAAB", ERR_CORRUPT, "'cluster_id'"},
        {"AQIDAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAA", ERR_CORRUPT, "'cluster_id'"},
        {"3000", "-1", ERR_CORRUPT, "'next_producer_id'"},
        {"\"counts\"", "\"lines\"", ERR_CORRUPT, "'topics[1].name' is that of another"},
        {"\"counts\"", "\"cou nts\"", ERR_CORRUPT, "'topics[0].name' has a character"},
        {"\"counts\"", "5", ERR_CORRUPT, "'topics[0].name' must be a text"},
        {"\"partitions\": 1", "\"partitions\": 0", ERR_CORRUPT, "'topics[0].partitions' is 0"},
        {"\"partitions\": 1", "\"partitions\": 99998", ERR_LIMIT, "broker.partitions.max"},
        {"\"partitions\": 1", "\"partitions\": 2147483647", ERR_LIMIT, "broker.partitions.max"},
        {"\"config\": {}", "\"config\": []", ERR_CORRUPT, "'topics[0].config' must be an object"},
        {"\"config\": {}", "\"config\": {\"retention.sm\": \"1\"}", ERR_CORRUPT,
         "'topics[0].config' unknown topic setting 'retention.sm'; did you mean 'retention.ms'?"},
        {"60000", "x", ERR_CORRUPT, "'topics[1].config' topic setting 'retention.ms' is 'x'"},
        {"\"60000\"", "60000", ERR_CORRUPT, "'topics[1].config' has a value that is no text"},
        {"{\"name\": \"words\"", "7, {\"name\": \"words\"", ERR_CORRUPT,
         "'deleted[0]' must be an object"},
        {"\"words\"", "\"lines\"", ERR_CORRUPT, "'deleted[0].name' is that of another"},
        {"\"topics\": [", "\"topics\": 5, \"x\": [", ERR_CORRUPT, "'x' is no member"},
    };

    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        AUTO(text_done) struct text text = {0};
        AUTO(catalog_state_done) struct catalog_state state = {0};
        struct error error = {.code = ERR_OK};
        const char *at = strstr(written, faults[i].instead_of);

        ck_assert_ptr_nonnull(at);
        text_add_bytes(&text, written, (size_t)(at - written));
        text_add(&text, "%s%s", faults[i].put, at + strlen(faults[i].instead_of));
        seal(&text);
        enum err err =
            catalog_file_decode(text_data(&text), text_size(&text), &limits, &state, &error);
        ck_assert_msg(err == faults[i].err, "%s: %s", faults[i].put, error.text);
        ck_assert_msg(strstr(error.text, faults[i].says) != NULL, "'%s' does not say '%s'",
                      error.text, faults[i].says);
        ck_assert_uint_eq(state.topic_count, 0);
    }
}
END_TEST

START_TEST(no_byte_can_be_changed_and_none_be_missing)
{
    AUTO(catalog_state_done) struct catalog_state state;
    AUTO(text_done) struct text text = {0};
    struct rng rng;

    rng_init(&rng, 3);
    fill(&state);
    catalog_file_encode(&state, &text);
    size_t size = text_size(&text);
    char *copy = mem_alloc(size);
    for (size_t i = 0; i < 2 * size; i++) {
        AUTO(catalog_state_done) struct catalog_state again = {0};
        struct error error = {.code = ERR_OK};
        size_t length = i < size ? i : size; /* cut short, then changed */

        memcpy(copy, text_data(&text), size);
        if (i >= size)
            copy[i - size] ^= (char)(1 + rng_below(&rng, 255));
        enum err err = catalog_file_decode(copy, length, &limits, &again, &error);
        ck_assert_msg(err != ERR_OK, "byte %zu", i % size);
        ck_assert(error.text[0] != '\0');
    }
    free(copy);
}
END_TEST

START_TEST(who_changes_it_by_hand_is_told_the_checksum)
{
    AUTO(text_done) struct text text = {0};
    AUTO(catalog_state_done) struct catalog_state state = {0};
    struct error error = {.code = ERR_OK};
    char right[32];

    text_add(&text, "%s", written);
    (void)snprintf(right, sizeof right, "put \"%08x\" there",
                   crc32c_of(text_data(&text), text_size(&text)));
    text_add(&text, "  \"crc32c\": \"00000000\"\n}\n");
    ck_assert_int_eq(
        catalog_file_decode(text_data(&text), text_size(&text), &limits, &state, &error),
        ERR_CORRUPT);
    ck_assert_msg(strstr(error.text, right) != NULL, "%s", error.text);
}
END_TEST

START_TEST(more_topics_than_allowed_are_refused)
{
    AUTO(catalog_state_done) struct catalog_state state;
    AUTO(catalog_state_done) struct catalog_state again = {0};
    AUTO(text_done) struct text text = {0};
    const struct catalog_limits one = {.topics_max = 1, .partitions_max = 100};
    struct error error = {.code = ERR_OK};

    fill(&state);
    catalog_file_encode(&state, &text);
    ck_assert_int_eq(catalog_file_decode(text_data(&text), text_size(&text), &one, &again, &error),
                     ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(error.text, "broker.topics.max"));
}
END_TEST

START_TEST(ten_thousand_topics_are_written_and_read)
{
    AUTO(catalog_state_done) struct catalog_state state = {.cluster_id = {{1}}};
    AUTO(catalog_state_done) struct catalog_state again = {0};
    AUTO(text_done) struct text text = {0};
    struct error error = {.code = ERR_OK};
    char name[32];

    for (int i = 0; i < 10000; i++) {
        (void)snprintf(name, sizeof name, "topic-%d", i * 7919 % 10000);
        put(&state, name, 5, 8);
    }
    catalog_file_encode(&state, &text);
    enum err err = catalog_file_decode(text_data(&text), text_size(&text), &limits, &again, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_uint_eq(again.topic_count, 10000);
    ck_assert_uint_eq(again.partition_count, 80000);
    for (size_t i = 0; i < again.topic_count; i++)
        ck_assert_int_eq(again.topics[i]->partition_count, 8);
}
END_TEST

START_TEST(ids_are_22_characters_there_and_back)
{
    struct rng rng;

    rng_init(&rng, 8);
    for (int i = 0; i < 5000; i++) {
        struct kafka_uuid id = catalog_id_make(&rng);
        struct kafka_uuid again = {{0}};
        struct catalog_id_text text = catalog_id_write(&id);

        ck_assert_uint_eq(strlen(text.text), CATALOG_ID_LENGTH);
        ck_assert_int_ne(text.text[0], '-');
        ck_assert(catalog_id_read(text_of(text.text), &again));
        ck_assert(catalog_id_equals(&id, &again));
        ck_assert(!catalog_id_is_zero(&id));
    }
    struct kafka_uuid none = {{7}};
    ck_assert(!catalog_id_read(text_of("AQIDAAAAAAAAAAAAAAAA+A"), &none));
    ck_assert(!catalog_id_read(KAFKA_STRING_NULL, &none));
    ck_assert_int_eq(none.bytes[0], 7);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_file_is_as_documented,
        what_was_written_is_read,
        an_empty_catalog_is_written_and_read,
        each_fault_is_told_with_its_place,
        no_byte_can_be_changed_and_none_be_missing,
        who_changes_it_by_hand_is_told_the_checksum,
        more_topics_than_allowed_are_refused,
        ten_thousand_topics_are_written_and_read,
        ids_are_22_characters_there_and_back,
    };

    return suite_run("catalog_file", tests, sizeof tests / sizeof *tests);
}
