/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/coord_view.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct message_stat full = {
    .czxid = 0x1f,
    .mzxid = 0x100000002,
    .pzxid = 3,
    .ctime_ms = 1700000000001,
    .mtime_ms = 1700000001002,
    .version = 4,
    .cversion = 5,
    .aversion = 6,
    .ephemeral_owner = 0x10000c8c1060001,
    .data_length = 7,
    .children = 8,
};

#define EXPECT_TEXT(render, wanted)                 \
    do {                                            \
        struct text text;                           \
        text_init(&text);                           \
        render;                                     \
        ck_assert_str_eq(text_data(&text), wanted); \
        text_done(&text);                           \
    } while (0)

START_TEST(a_stat_shows_every_field)
{
    EXPECT_TEXT(coord_view_stat(&full, &text), "created         2023-11-14T22:13:20.001Z\n"
                                               "modified        2023-11-14T22:13:21.002Z\n"
                                               "version         4\n"
                                               "data_length     7\n"
                                               "children        8\n"
                                               "ephemeral_owner 0x10000c8c1060001\n"
                                               "cversion        5\n"
                                               "aversion        6\n"
                                               "czxid           0x1f\n"
                                               "mzxid           0x100000002\n"
                                               "pzxid           0x3\n");
}
END_TEST

START_TEST(a_session_id_is_a_text_for_programs)
{
    EXPECT_TEXT(coord_view_stat_json("/a", &full, &text),
                "{\"v\":1,\"path\":\"/a\",\"czxid\":31,\"mzxid\":4294967298,\"pzxid\":3,"
                "\"ctime_ms\":1700000000001,\"mtime_ms\":1700000001002,\"version\":4,"
                "\"cversion\":5,\"aversion\":6,\"ephemeral_owner\":\"0x10000c8c1060001\","
                "\"data_length\":7,\"children\":8}\n");
}
END_TEST

static json_t *view_data(char *data, size_t size)
{
    struct coord_event answer = {.data = data, .size = size};
    struct text text;

    text_init(&text);
    coord_view_data_json("/a", &answer, &text);
    json_t *object = json_loads(text_data(&text), 0, NULL);
    ck_assert_ptr_nonnull(object);
    text_done(&text);
    return object;
}

START_TEST(data_are_a_text_if_they_are_one)
{
    char text[] = "h\xC3\xA9";
    char bytes[] = {'\xFF', '\0'};

    json_t *object = view_data(text, 3);
    ck_assert_str_eq(json_string_value(json_object_get(object, "data")), text);
    ck_assert_str_eq(json_string_value(json_object_get(object, "base64")), "aMOp");
    json_decref(object);
    object = view_data(bytes, 2);
    ck_assert(json_is_null(json_object_get(object, "data")));
    ck_assert_str_eq(json_string_value(json_object_get(object, "base64")), "/wA=");
    json_decref(object);
    object = view_data(NULL, 0);
    ck_assert(json_is_null(json_object_get(object, "data")));
    ck_assert(json_is_null(json_object_get(object, "base64")));
    json_decref(object);
    object = view_data(text, 0);
    ck_assert_str_eq(json_string_value(json_object_get(object, "data")), "");
    ck_assert_str_eq(json_string_value(json_object_get(object, "base64")), "");
    json_decref(object);
}
END_TEST

START_TEST(a_list_is_a_table)
{
    struct coord_node items[] = {
        {.name = "a", .stat = {.mtime_ms = 0, .version = 10}},
        {.name = "bc", .stat = {.data_length = 1234, .ephemeral_owner = 0x1f}},
    };
    struct coord_nodes nodes = {.items = items, .count = 2, .is_complete = true};

    EXPECT_TEXT(coord_view_list(&nodes, &text),
                "version  bytes  children  owner  modified                  name\n"
                "     10      0         0  -      1970-01-01T00:00:00.000Z  a\n"
                "      0   1234         0  0x1f   1970-01-01T00:00:00.000Z  bc\n");
}
END_TEST

START_TEST(a_tree_is_drawn_with_its_branches)
{
    static char paths[][16] = {"/", "/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/f"};
    struct coord_node items[COUNT_OF(paths)];
    struct coord_nodes nodes = {.items = items, .count = COUNT_OF(paths), .is_complete = true};
    static const size_t depths[] = {0, 1, 2, 3, 2, 1, 2};

    for (size_t i = 0; i < COUNT_OF(paths); i++)
        items[i] = (struct coord_node){
            .path = paths[i], .name = strrchr(paths[i], '/') + 1, .depth = depths[i]};
    items[1].stat.data_length = 5;
    items[4].stat.ephemeral_owner = 1;
    items[3].stat.children = 9;
    items[6].stat.children = 9; /* it is not the deepest level */
    EXPECT_TEXT(coord_view_tree(&nodes, 3, &text), "/\n"
                                                   "├── a  5 B\n"
                                                   "│   ├── b\n"
                                                   "│   │   └── c  (9 below)\n"
                                                   "│   └── d  ephemeral\n"
                                                   "└── e\n"
                                                   "    └── f\n");
    nodes.count = 1;
    nodes.is_complete = false;
    EXPECT_TEXT(coord_view_tree(&nodes, 0, &text), "/\n... there are more\n");
}
END_TEST

START_TEST(a_change_is_a_line)
{
    EXPECT_TEXT(coord_view_change(1700000000001, "data", "/a", &full, &text),
                "2023-11-14T22:13:20.001Z data /a: version 4, 7 bytes, 8 children\n");
    EXPECT_TEXT(coord_view_change(1700000000001, "deleted", "/a", NULL, &text),
                "2023-11-14T22:13:20.001Z deleted /a\n");
    EXPECT_TEXT(coord_view_change_json(7, "deleted", "/a", NULL, &text),
                "{\"v\":1,\"path\":\"/a\",\"time_ms\":7,\"event\":\"deleted\"}\n");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_stat_shows_every_field,          a_session_id_is_a_text_for_programs,
        data_are_a_text_if_they_are_one,   a_list_is_a_table,
        a_tree_is_drawn_with_its_branches, a_change_is_a_line,
    };
    return suite_run("coord_view", tests, sizeof tests / sizeof *tests);
}
