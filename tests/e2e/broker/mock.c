/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of brokers that librdkafka keeps in memory, for what no real one can be made to do:
 *
 *     mock TOPIC PARTITIONS [ERROR...]
 *
 * Writes its address and serves until standard input ends. Each ERROR is the number that one request to
 * produce is answered with, in their order.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PRODUCE = 0, /* the key of the request */
};

int main(int count, char **words)
{
    char text[256];

    if (count < 3)
        return 2;
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
    rd_kafka_mock_cluster_t *cluster = client == NULL ? NULL : rd_kafka_mock_cluster_new(client, 1);
    if (cluster == NULL)
        return 1;
    (void)rd_kafka_mock_topic_create(cluster, words[1], (int)strtol(words[2], NULL, 10), 1);
    for (int i = 3; i < count; i++) {
        rd_kafka_resp_err_t error = (rd_kafka_resp_err_t)strtol(words[i], NULL, 10);

        rd_kafka_mock_push_request_errors_array(cluster, PRODUCE, 1, &error);
    }
    (void)printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    (void)fflush(stdout);
    while (getchar() != EOF)
        continue;
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return 0;
}
