/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs librdkafka's mock cluster, for end-to-end tests: prints where it is, and ends when its standard
 * input does. It keeps the last 5 MB of each partition, in memory.
 *
 * usage: mock_log [TOPIC:PARTITIONS]...
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

static bool create_topic(rd_kafka_mock_cluster_t *cluster, char *argument)
{
    char *colon = strchr(argument, ':');

    if (colon == NULL)
        return false;
    *colon = '\0';
    int partitions = (int)strtol(colon + 1, NULL, 10);
    return rd_kafka_mock_topic_create(cluster, argument, partitions, 1) ==
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
        if (!create_topic(cluster, arguments[i])) {
            fprintf(stderr, "mock_log: cannot create '%s'\n", arguments[i]);
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
