/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

enum {
    ITEMS = 8
};

struct item {
    int number;
    struct list_node node;
};

static int number_of(const struct list_node *node)
{
    return CONTAINER_OF(node, struct item, node)->number;
}

START_TEST(a_new_list_is_empty)
{
    struct list list;

    list_init(&list);
    ck_assert(list_is_empty(&list));
    ck_assert_ptr_null(list_first(&list));
    ck_assert_ptr_null(list_last(&list));
    ck_assert_ptr_null(list_pop_first(&list));
}
END_TEST

START_TEST(the_only_element_is_first_and_last)
{
    struct list list;
    struct item item = {.number = 1};

    list_init(&list);
    list_push_last(&list, &item.node);
    ck_assert(!list_is_empty(&list));
    ck_assert(list_has_node(&item.node));
    ck_assert_ptr_eq(list_first(&list), &item.node);
    ck_assert_ptr_eq(list_last(&list), &item.node);
    ck_assert_ptr_null(list_next(&list, &item.node));
}
END_TEST

START_TEST(a_removed_element_may_come_back)
{
    struct list list;
    struct item item = {.number = 1};

    list_init(&list);
    list_push_first(&list, &item.node);
    list_remove(&item.node);
    ck_assert(list_is_empty(&list));
    ck_assert(!list_has_node(&item.node));
    list_push_last(&list, &item.node);
    ck_assert_ptr_eq(list_pop_first(&list), &item.node);
    ck_assert(list_is_empty(&list));
}
END_TEST

/* The naive list: numbers in an array. */
struct naive {
    int numbers[ITEMS];
    size_t count;
};

static size_t position_of(const struct naive *naive, int number)
{
    size_t i = 0;

    while (i < naive->count && naive->numbers[i] != number)
        i++;
    return i;
}

static void insert(struct naive *naive, size_t at, int number)
{
    memmove(naive->numbers + at + 1, naive->numbers + at,
            (naive->count - at) * sizeof *naive->numbers);
    naive->numbers[at] = number;
    naive->count++;
}

static void erase(struct naive *naive, size_t at)
{
    naive->count--;
    memmove(naive->numbers + at, naive->numbers + at + 1,
            (naive->count - at) * sizeof *naive->numbers);
}

static void check_equal(const struct list *list, const struct naive *naive)
{
    size_t i = 0;
    struct list_node *node = list_first(list);

    for (; node != NULL; node = list_next(list, node), i++) {
        ck_assert_uint_lt(i, naive->count);
        ck_assert_int_eq(number_of(node), naive->numbers[i]);
    }
    ck_assert_uint_eq(i, naive->count);
    if (naive->count > 0)
        ck_assert_int_eq(number_of(list_last(list)), naive->numbers[naive->count - 1]);
}

/* Removes the item if it is in the list, else puts it in at one of three places. */
static void change(struct list *list, struct naive *naive, struct item *items, struct rng *rng)
{
    struct item *item = &items[rng_below(rng, ITEMS)];
    size_t at = position_of(naive, item->number);

    ck_assert_int_eq(list_has_node(&item->node), at < naive->count);
    if (at < naive->count) {
        list_remove(&item->node);
        erase(naive, at);
        return;
    }
    switch (rng_below(rng, 3)) {
    case 0:
        list_push_first(list, &item->node);
        insert(naive, 0, item->number);
        return;
    case 1:
        list_push_last(list, &item->node);
        insert(naive, naive->count, item->number);
        return;
    default:
        if (naive->count == 0)
            return;
        at = rng_below(rng, (uint32_t)naive->count);
        list_put_before(&items[naive->numbers[at]].node, &item->node);
        insert(naive, at, item->number);
        return;
    }
}

START_TEST(it_behaves_like_an_array)
{
    struct list list;
    struct naive naive = {.count = 0};
    struct item items[ITEMS] = {0};
    struct rng rng;

    rng_init(&rng, 5);
    list_init(&list);
    for (int i = 0; i < ITEMS; i++)
        items[i].number = i;
    for (int i = 0; i < 20000; i++) {
        change(&list, &naive, items, &rng);
        check_equal(&list, &naive);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_new_list_is_empty,
        the_only_element_is_first_and_last,
        a_removed_element_may_come_back,
        it_behaves_like_an_array,
    };
    return suite_run("list", tests, sizeof tests / sizeof *tests);
}
