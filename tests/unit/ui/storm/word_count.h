/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster that runs word count, as nimbus tells of it, for the tests of /api/v1: two supervisors on one host and one on
 * another; a spout and two bolts; an error; windows that differ from each other.
 */
#ifndef TESTS_UI_STORM_WORD_COUNT_H
#define TESTS_UI_STORM_WORD_COUNT_H

#include "tests/support/canned_backend.h"

#define WC_NOW_MS UINT64_C(1795000100000)
#define WC_ID     "wc-1-1795000000"

#define WC_LIST                                                                              \
    "{\"topologies\": ["                                                                     \
    "{\"id\": \"wc-1-1795000000\", \"name\": \"wc\", \"owner\": \"ann\", \"submitted_ms\": " \
    "1795000000000, \"status\": \"active\", \"workers\": 2, \"workers_wanted\": 2, "         \
    "\"executors\": 5, \"tasks\": 6, \"unplaced\": 0, \"why_not\": null}, "                  \
    "{\"id\": \"b-2-1795000050\", \"name\": \"b\", \"owner\": \"bob\", \"submitted_ms\": "   \
    "1795000050000, \"status\": \"inactive\", \"workers\": 1, \"workers_wanted\": 1, "       \
    "\"executors\": 3, \"tasks\": 4, \"unplaced\": 0, \"why_not\": \"no slot is free\"}]}"

#define WC_NODES                                                                                 \
    "{\"nimbuses\": [{\"id\": \"n1\", \"address\": \"tcp://alpha:6627\", \"version\": "          \
    "\"1.2.3\", \"since_ms\": 1795000010000, \"leader\": true}, "                                \
    "{\"id\": \"n2\", \"address\": \"tcp://[::1]:6628\", \"version\": \"1.2.3\", "               \
    "\"since_ms\": 1795000099000, \"leader\": false}], "                                         \
    "\"supervisors\": ["                                                                         \
    "{\"id\": \"s1\", \"host\": \"alpha\", \"address\": \"\", \"version\": \"1.2.3\", "          \
    "\"since_ms\": 1795000000000, \"cores\": 4, \"slots\": 4, \"used\": 1, \"healthy\": true, "  \
    "\"resources\": {\"cpu_percent\": 400, \"memory_mb\": 2048}, \"labels\": [], "               \
    "\"workers\": [{\"slot\": 0, \"topology\": \"wc-1-1795000000\", \"name\": \"wc\"}]}, "       \
    "{\"id\": \"s2\", \"host\": \"beta\", \"address\": \"\", \"version\": \"1.2.3\", "           \
    "\"since_ms\": 1795000090000, \"cores\": 2, \"slots\": 2, \"used\": 1, \"healthy\": false, " \
    "\"resources\": {\"cpu_percent\": 200}, \"labels\": [], "                                    \
    "\"workers\": [{\"slot\": 1, \"topology\": \"wc-1-1795000000\", \"name\": \"wc\"}]}, "       \
    "{\"id\": \"s3\", \"host\": \"alpha\", \"address\": \"\", \"version\": \"1.2.3\", "          \
    "\"since_ms\": 1795000090000, \"cores\": 2, \"slots\": 2, \"used\": 0, \"healthy\": true, "  \
    "\"resources\": {\"cpu_percent\": 200}, \"labels\": [], \"workers\": []}]}"

#define WC_STATUS                                                                                 \
    "{\"id\": \"wc-1-1795000000\", \"name\": \"wc\", \"owner\": \"ann\", \"submitted_ms\": "      \
    "1795000000000, \"status\": \"active\", \"workers_wanted\": 2, \"unplaced\": 0, "             \
    "\"why_not\": null, \"version\": 3, \"message_timeout_ms\": 30000, "                          \
    "\"log_level\": {\"level\": \"debug\", \"until_ms\": 1795000160000}, "                        \
    "\"debug\": [{\"component\": \"splitter\", \"percent\": 25}], "                               \
    "\"settings_effective\": ["                                                                   \
    "{\"key\": \"topology.workers\", \"value\": \"2\", \"origin\": \"submit\"}, "                 \
    "{\"key\": \"topology.stats\", \"value\": \"true\", \"origin\": \"default\"}, "               \
    "{\"key\": \"worker.log.level\", \"value\": \"warn\", \"origin\": \"default\"}, "             \
    "{\"key\": \"reader.topics\", \"value\": \"lines, more\", \"origin\": \"submit\"}, "          \
    "{\"key\": \"reader.group\", \"value\": \"\", \"origin\": \"default\"}], "                    \
    "\"workers\": ["                                                                              \
    "{\"supervisor\": \"s1\", \"slot\": 0, \"host\": \"alpha\", \"executors\": 3, \"tasks\": 4, " \
    "\"uptime_ms\": 90061000, \"incarnation\": 1}, "                                              \
    "{\"supervisor\": \"s2\", \"slot\": 1, \"host\": \"beta\", \"executors\": 2, \"tasks\": 2, "  \
    "\"uptime_ms\": null, \"incarnation\": 2}], "                                                 \
    "\"components\": ["                                                                           \
    "{\"name\": \"reader\", \"spout\": true, \"tasks\": 1, \"executors\": 1, "                    \
    "\"placement\": [{\"supervisor\": \"s1\", \"slot\": 0, \"tasks\": [[1, 1]]}]}, "              \
    "{\"name\": \"splitter\", \"spout\": false, \"tasks\": 3, \"executors\": 2, "                 \
    "\"placement\": [{\"supervisor\": \"s1\", \"slot\": 0, \"tasks\": [[2, 3]]}, "                \
    "{\"supervisor\": \"s2\", \"slot\": 1, \"tasks\": [[4, 4]]}]}, "                              \
    "{\"name\": \"counter\", \"spout\": false, \"tasks\": 2, \"executors\": 2, "                  \
    "\"placement\": [{\"supervisor\": \"s1\", \"slot\": 0, \"tasks\": [[5, 5]]}, "                \
    "{\"supervisor\": \"s2\", \"slot\": 1, \"tasks\": [[6, 6]]}]}], "                             \
    "\"graph\": {\"components\": ["                                                               \
    "{\"name\": \"reader\", \"role\": \"spout\", \"inputs\": []}, "                               \
    "{\"name\": \"splitter\", \"role\": \"bolt\", \"inputs\": [{\"component\": \"reader\", "      \
    "\"stream\": \"lines\", \"grouping\": \"shuffle\"}]}, "                                       \
    "{\"name\": \"counter\", \"role\": \"bolt\", \"inputs\": [{\"component\": \"splitter\", "     \
    "\"stream\": \"2words\", \"grouping\": \"fields\"}]}]}}"

/* `scale` multiplies the window's counts, so that windows can be told apart. */
#define WC_FIGURES(window, scale, capacity)                                                       \
    "{\"tick\": 7, \"id\": \"wc-1-1795000000\", \"name\": \"wc\", \"window_s\": " window ", "     \
    "\"components\": ["                                                                           \
    "{\"name\": \"reader\", \"role\": \"spout\", \"tasks\": 1, \"executors\": 1, "                \
    "\"window\": {\"emitted\": 1" scale ", \"sent\": 1" scale ", \"executed\": 0, \"acked\": 9"   \
    ", \"failed\": 2}, \"complete_ns\": {\"count\": 9, \"mean\": 1500000}, "                      \
    "\"execute_ns\": null, \"process_ns\": null, \"capacity\": 0.1, "                             \
    "\"outputs\": [{\"stream\": \"lines\", \"window\": {\"emitted\": 1" scale                     \
    ", \"sent\": 1" scale "}}], \"inputs\": [], \"last_error\": null}, "                          \
    "{\"name\": \"splitter\", \"role\": \"bolt\", \"tasks\": 3, \"executors\": 2, "               \
    "\"window\": {\"emitted\": 7" scale ", \"sent\": 7" scale ", \"executed\": 1" scale           \
    ", \"acked\": 8, \"failed\": 1}, \"complete_ns\": null, "                                     \
    "\"execute_ns\": {\"count\": 9, \"mean\": 48000}, \"process_ns\": {\"count\": 9, \"mean\": "  \
    "2112400}, \"capacity\": " capacity ", "                                                      \
    "\"outputs\": [{\"stream\": \"2words\", \"window\": {\"emitted\": 7" scale                    \
    ", \"sent\": 7" scale "}}], "                                                                 \
    "\"inputs\": [{\"component\": \"reader\", \"stream\": \"lines\", \"window\": {\"executed\": " \
    "1" scale ", \"acked\": 8, \"failed\": 1}, \"execute_ns\": {\"mean\": 48000}, "               \
    "\"process_ns\": {\"mean\": 2112400}}], "                                                     \
    "\"last_error\": {\"text\": \"a word is too long\", \"last_ms\": 1795000035000, "             \
    "\"supervisor\": \"s2\", \"slot\": 1, \"task\": 4, \"count\": 3}}, "                          \
    "{\"name\": \"counter\", \"role\": \"bolt\", \"tasks\": 2, \"executors\": 2, "                \
    "\"window\": {\"emitted\": 0, \"sent\": 0, \"executed\": 7" scale ", \"acked\": 70, "         \
    "\"failed\": 0}, \"complete_ns\": null, \"execute_ns\": null, \"process_ns\": null, "         \
    "\"capacity\": 0.0, \"outputs\": [], \"inputs\": [{\"component\": \"splitter\", "             \
    "\"stream\": \"2words\", \"window\": {\"executed\": 7" scale                                  \
    ", \"acked\": 70, \"failed\": 0}, \"execute_ns\": null, \"process_ns\": null}], "             \
    "\"last_error\": null}], \"edges\": [], "                                                     \
    "\"trees\": {\"completed\": 9, \"failed\": 2, \"latency\": {\"count\": 9, \"mean\": "         \
    "1500000}}}"

#define WC_TASK(component, id, first, last, place, executed, mean)                              \
    "{\"component\": \"" component "\", \"task\": 0, \"id\": " id ", " place                    \
    ", \"executor\": [" first ", " last "], \"uptime_ms\": 3723000, \"window\": {\"emitted\": " \
    "10, \"sent\": 20, \"executed\": " executed ", \"acked\": 4, \"failed\": 1}, "              \
    "\"capacity\": 0.25, \"latency\": {\"count\": " executed ", \"mean\": " mean                \
    "}, \"process_ns\": null, \"outputs\": [{\"stream\": \"2words\", \"emitted\": 10, "         \
    "\"sent\": 20}], \"inputs\": []}"

#define WC_AT_ALPHA "\"supervisor\": \"s1\", \"slot\": 0, \"host\": \"alpha\""
#define WC_AT_BETA  "\"supervisor\": \"s2\", \"slot\": 1, \"host\": \"beta\""

#define WC_TASKS                                                                                 \
    "{\"tasks_total\": 4, \"tasks\": [" WC_TASK(                                                 \
        "reader", "1", "1", "1", WC_AT_ALPHA, "0",                                               \
        "1000000") ", " WC_TASK("splitter", "2", "2", "3", WC_AT_ALPHA, "30",                    \
                                "1000000") ", " WC_TASK("splitter", "3", "2", "3", WC_AT_ALPHA,  \
                                                        "10",                                    \
                                                        "5000000") ", " WC_TASK("splitter", "4", \
                                                                                "4", "4",        \
                                                                                WC_AT_BETA, "1", \
                                                                                "3000000") "]}"

#define WC_ERRORS                                                                         \
    "{\"errors\": [{\"component\": \"splitter\", \"text\": \"a word is too long\", "      \
    "\"supervisor\": \"s2\", \"slot\": 1, \"task\": 4, \"count\": 3, \"first_ms\": "      \
    "1795000000000, \"last_ms\": 1795000035000}, {\"component\": \"counter\", \"text\": " \
    "\"other\", \"supervisor\": \"gone\", \"slot\": 0, \"last_ms\": 1795000000000}]}"

static inline struct canned_backend *word_count_new(void)
{
    struct canned_backend *canned = canned_backend_new();

    canned_backend_set_clocks(canned, WC_NOW_MS, 1000000000);
    canned_backend_put(canned, "topology.list", NULL, WC_LIST);
    canned_backend_put(canned, "topology.ended_list", NULL,
                       "{\"topologies\": [{\"id\": \"old-1-1794000000\", \"name\": \"old\"}]}");
    canned_backend_put(canned, "cluster.nodes", NULL, WC_NODES);
    canned_backend_put(canned, "topology.status", "{\"name\": \"wc\"}", WC_STATUS);
    canned_backend_put(canned, "topology.figures", "{\"name\": \"wc\", \"window_s\": 600}",
                       WC_FIGURES("600", "0", "0.125"));
    canned_backend_put(canned, "topology.figures", "{\"name\": \"wc\", \"window_s\": 10800}",
                       WC_FIGURES("10800", "00", "0.5"));
    canned_backend_put(canned, "topology.figures", "{\"name\": \"wc\", \"window_s\": 86400}",
                       WC_FIGURES("86400", "000", "0.5"));
    canned_backend_put(canned, "topology.figures", "{\"name\": \"wc\", \"window_s\": 0}",
                       WC_FIGURES("0", "0000", "0.5"));
    canned_backend_put(canned, "topology.tasks", "{\"name\": \"wc\"}", WC_TASKS);
    canned_backend_put(canned, "topology.errors", "{\"name\": \"wc\"}", WC_ERRORS);
    return canned;
}

#endif
