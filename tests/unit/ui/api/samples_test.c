/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/ui/api/check.h"

#define PATH "GET /api/v2/topologies/wc/samples"

static struct canned_backend *make(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_put(
        canned, "topology.status", "{\"name\": \"wc\"}",
        "{\"id\": \"wc-1\", \"name\": \"wc\", \"components\": [{\"name\": \"a\", "
        "\"placement\": [{\"supervisor\": \"s\", \"slot\": 0, \"tasks\": [[0, 1]]},"
        "{\"supervisor\": \"t\", \"slot\": 3, \"tasks\": [[2, 2]]}]}, {\"name\": \"b\", "
        "\"placement\": [{\"supervisor\": \"t\", \"slot\": 3, \"tasks\": [[3, 3]]}]}], "
        "\"graph\": {\"components\": [{\"name\": \"a\", \"inputs\": []}, "
        "{\"name\": \"b\", \"inputs\": [{\"component\": \"a\"}]}]}}");
    canned_backend_put_supervisor(canned, "s", "worker.sample", "{\"slot\": 0}",
                                  "{\"tuples\": [{\"task\": 0}, {\"task\": 1}]}", NULL);
    return canned;
}

START_TEST(tuples_of_all_workers_come_in_turn)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    canned_backend_put_supervisor(canned, "t", "worker.sample", "{\"slot\": 3}",
                                  "{\"tuples\": [{\"task\": 2}]}", NULL);
    check_answer(canned, api_routes(), PATH "?component=a&received=1", NULL,
                 "{\"missing\":[],\"tuples\":[{\"slot\":0,\"supervisor\":\"s\",\"task\":0},"
                 "{\"slot\":3,\"supervisor\":\"t\",\"task\":2},"
                 "{\"slot\":0,\"supervisor\":\"s\",\"task\":1}],\"workers_asked\":2}");
}
END_TEST

START_TEST(no_more_come_than_are_wanted_and_of_the_worker_that_is_wanted)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, api_routes(), PATH "?component=a&count=1&slot=s:0&received=1", NULL,
                 "{\"missing\":[],\"tuples\":[{\"slot\":0,\"supervisor\":\"s\",\"task\":0}],"
                 "\"workers_asked\":1}");
    check_asked(canned, 1, "worker.sample",
                "{\"component\":\"a\",\"count\":1,\"received\":true,\"slot\":0,\"topology\":"
                "\"wc-1\"}");
}
END_TEST

START_TEST(what_a_component_emits_is_asked_of_the_workers_that_receive_it)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    canned_backend_put_supervisor(canned, "t", "worker.sample", "{\"slot\": 3}",
                                  "{\"tuples\": [{\"task\": 2}]}", NULL);
    check_answer(canned, api_routes(), PATH "?component=a", NULL,
                 "{\"missing\":[],\"tuples\":[{\"slot\":3,\"supervisor\":\"t\",\"task\":2}],"
                 "\"workers_asked\":1}");
    check_answer(canned, api_routes(), PATH "?component=b", NULL,
                 "{\"missing\":[],\"tuples\":[],\"workers_asked\":0}");
}
END_TEST

START_TEST(a_worker_that_does_not_answer_is_named)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_answer(canned, api_routes(), PATH "?component=a&slot=t:3", NULL,
                 "{\"missing\":[{\"slot\":3,\"supervisor\":\"t\",\"text\":\"nothing was canned for "
                 "'worker.sample'\"}],\"tuples\":[],\"workers_asked\":1}");
}
END_TEST

START_TEST(no_worker_is_waited_for_longer_than_the_answer_may_take)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    canned_backend_set_clocks(canned, 0, 5000000000);
    json_decref(check_ask(canned, api_routes(), PATH "?component=a&received=1", NULL, 200));
    for (size_t i = 1; i <= 2; i++) {
        const json_t *asked = canned_backend_asked(canned, i);

        ck_assert_str_eq(json_string_value(json_object_get(asked, "op")), "worker.sample");
        ck_assert_int_eq(json_integer_value(json_object_get(asked, "until_ns")), 7700000000);
    }
}
END_TEST

START_TEST(what_there_is_not_is_not_found)
{
    AUTO(canned_backend_destroy) struct canned_backend *canned = make();

    check_refused(canned, api_routes(), PATH, NULL, 400,
                  "'component' must say whose tuples are wanted");
    check_refused(canned, api_routes(), PATH "?component=c", NULL, 404,
                  "topology 'wc' has no component 'c'");
    check_refused(canned, api_routes(), PATH "?component=a&slot=s:1", NULL, 404,
                  "nothing that 'a' emits is seen on worker 's:1'");
    check_refused(canned, api_routes(), PATH "?component=a&count=101", NULL, 400,
                  "'count' must be a whole number from 1 to 100");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        tuples_of_all_workers_come_in_turn,
        no_more_come_than_are_wanted_and_of_the_worker_that_is_wanted,
        what_a_component_emits_is_asked_of_the_workers_that_receive_it,
        a_worker_that_does_not_answer_is_named,
        no_worker_is_waited_for_longer_than_the_answer_may_take,
        what_there_is_not_is_not_found,
    };

    return suite_run("samples", tests, COUNT_OF(tests));
}
