/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process and the machine are, for the four-letter words: names, folders, descriptors. Any
 * thread.
 */
#ifndef COORD_SERVER_IO_MACHINE_H
#define COORD_SERVER_IO_MACHINE_H

#include <stdint.h>

#include "coord/server/words.h"

/* What does not change while the process lives. */
struct machine {
    char host_name[256];
    char os_name[128];
    char os_architecture[128];
    char os_version[256];
    char user_name[64];
    char user_home[512];
    char working_folder[1024];
    int64_t files_max;
};

void machine_look(struct machine *machine);

/* Fills in the machine's part, with the descriptors that are open now and the size of the files in
 * the data folder, which *ret_facts names already. The texts are borrowed from the machine. */
void machine_gather(const struct machine *machine, struct words_facts *ret_facts);

#endif
