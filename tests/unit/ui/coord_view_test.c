/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/coord_view.h"

#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

START_TEST(a_node_is_shown_with_data_stat_and_children)
{
    char data[] = "a\0b";
    char first[] = "x";
    char second[] = "y";
    char *children[] = {first, second};
    struct coord_event get = {
        .data = data, .size = 3, .stat = {.czxid = 1, .version = 2, .children = 2}};
    struct coord_event list = {.children = children, .child_count = 2};
    json_t *json = coord_view("/a", &get, &list);
    AUTO(mem_free_text) char *text = json_dumps(json, JSON_COMPACT);

    ck_assert_str_eq(
        text, "{\"path\":\"/a\",\"size\":3,\"data\":\"YQBi\",\"stat\":{\"czxid\":1,\"mzxid\":0,"
              "\"pzxid\":0,\"ctime_ms\":0,\"mtime_ms\":0,\"version\":2,\"cversion\":0,\"aversion\":"
              "0,\"ephemeral_owner\":0,\"children\":2},\"children\":[\"x\",\"y\"],"
              "\"children_total\":2}");
    json_decref(json);
}
END_TEST

START_TEST(large_nodes_are_cut_and_say_so)
{
    char *data = mem_alloc(COORD_VIEW_DATA_MAX + 1);
    char **children = NEW_ARRAY(char *, COORD_VIEW_CHILDREN_MAX + 1);
    char name[] = "n";
    struct coord_event get = {.data = data, .size = COORD_VIEW_DATA_MAX + 1};
    struct coord_event list = {.children = children, .child_count = COORD_VIEW_CHILDREN_MAX + 1};

    for (size_t i = 0; i <= COORD_VIEW_CHILDREN_MAX; i++)
        children[i] = name;
    json_t *json = coord_view("/", &get, &list);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "size")), COORD_VIEW_DATA_MAX + 1);
    ck_assert_uint_eq(json_string_length(json_object_get(json, "data")),
                      (COORD_VIEW_DATA_MAX + 2) / 3 * 4);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "children")), COORD_VIEW_CHILDREN_MAX);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "children_total")),
                     COORD_VIEW_CHILDREN_MAX + 1);
    json_decref(json);
    free(children);
    free(data);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_node_is_shown_with_data_stat_and_children,
                                  large_nodes_are_cut_and_say_so};

    return suite_run("coord_view", tests, COUNT_OF(tests));
}
