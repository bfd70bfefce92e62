/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster that librdkafka keeps in memory: says where it is, and stays until standard input ends.
 *
 *     mock_log TOPIC:PARTITIONS... [error=CODE...]
 *
 * The first requests to produce are answered with these errors, in their order.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

enum {
    PRODUCE = 0, /* the key of the request */
};

static bool obey(rd_kafka_mock_cluster_t *cluster, char *argument)
{
    static const char prefix[] = "error=";
    char *colon = strchr(argument, ':');

    if (strncmp(argument, prefix, sizeof prefix - 1) == 0) {
        rd_kafka_resp_err_t error =
            (rd_kafka_resp_err_t)strtol(argument + sizeof prefix - 1, NULL, 10);
        rd_kafka_mock_push_request_errors_array(cluster, PRODUCE, 1, &error);
        return true;
    }
    if (colon == NULL)
        return false;
    *colon = '\0';
    return rd_kafka_mock_topic_create(cluster, argument, (int)strtol(colon + 1, NULL, 10), 1) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

int main(int count, char **arguments)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    (void)rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    rd_kafka_mock_cluster_t *cluster = rk == NULL ? NULL : rd_kafka_mock_cluster_new(rk, 1);

    if (cluster == NULL) {
        fprintf(stderr, "mock_log: no cluster\n");
        return EXIT_FAILURE;
    }
    for (int i = 1; i < count; i++) {
        if (!obey(cluster, arguments[i])) {
            fprintf(stderr, "mock_log: cannot do '%s'\n", arguments[i]);
            return EXIT_FAILURE;
        }
    }
    puts(rd_kafka_mock_cluster_bootstraps(cluster));
    fflush(stdout);
    while (getchar() != EOF)
        continue;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(rk);
    return EXIT_SUCCESS;
}
