/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's components under a probe, where there is no log; and all components around them.
 */
#include <gale/probe.h>
#include <gale/ready_log.h>

#include <string.h>

#include "tests/support/suite.h"

struct line {
    struct gale_str text;
};

GALE_STREAM(lines, struct line, GALE_FIELD(struct line, text));

static enum gale_verdict echo_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    const struct gale_task_service *host = gale_service(task, "task/1");

    (void)self;
    host->wake(task); /* nobody sleeps */
    if (host->stream(task, 0) != &lines.stream || host->stream(task, 1) != NULL ||
        strcmp(host->topology(task), "log") != 0 || host->run(task)[0] == '\0')
        return gale_fail_with(task, "the probe has another topology");
    gale_emit(task, lines, gale_read(tuple, lines));
    return GALE_ACK;
}

static const struct gale_component reader = {
    .name = "reader",
    .spout = GALE_LOG_SPOUT,
    .emits = {&lines.stream},
    .settings = {GALE_LOG_SETTINGS_FOR("lines")},
};

static const struct gale_component echo = {
    .name = "echo",
    .bolt = {.execute = echo_execute},
    .inputs = {{.from = &reader, .stream = &lines.stream, .by = GALE_SHUFFLE}},
    .emits = {&lines.stream},
};

static const struct gale_component writer = {
    .name = "writer",
    .bolt = GALE_LOG_SINK,
    .inputs = {{.from = &echo, .stream = &lines.stream, .by = GALE_SHUFFLE}},
    .settings = {GALE_LOG_SINK_SETTINGS_FOR("out", "", "text")},
};

static const struct gale_topology topology = {
    .abi = GALE_ABI, .name = "log", .components = {&reader, &echo, &writer}};

static void expect_refusal(const char *component)
{
    struct gale_probe *probe = gale_probe_new(&topology, component);

    ck_assert_int_eq(gale_probe_open(probe), GALE_ERROR);
    ck_assert_msg(strstr(gale_probe_error(probe), "no service 'log/1' under a probe") != NULL, "%s",
                  gale_probe_error(probe));
    gale_probe_destroy(&probe);
}

START_TEST(the_spout_says_that_there_is_no_log)
{
    expect_refusal("reader");
}
END_TEST

START_TEST(the_sink_says_that_there_is_no_log)
{
    expect_refusal("writer");
}
END_TEST

START_TEST(a_component_between_them_is_tested_as_any)
{
    struct gale_probe *probe = gale_probe_new(&topology, "echo");
    struct line line = {.text = gale_str("a line")};

    ck_assert_int_eq(gale_probe_give(probe, lines, &line), GALE_ACK);
    ck_assert_uint_eq(gale_probe_count(probe), 1);
    gale_probe_destroy(&probe);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_spout_says_that_there_is_no_log,
        the_sink_says_that_there_is_no_log,
        a_component_between_them_is_tested_as_any,
    };

    return suite_run("log_probe", tests, sizeof tests / sizeof *tests);
}
