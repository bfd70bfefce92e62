/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The modes of a create by the numbers of the protocol.
 */
#ifndef COORD_IO_MODES_H
#define COORD_IO_MODES_H

#include <stdbool.h>

#include "base/assert.h"
#include "coord/call.h"
#include "coord/protocol/message.h"

static inline bool modes_is_sequential(enum coord_create_mode mode)
{
    return mode == COORD_PERSISTENT_SEQUENTIAL || mode == COORD_EPHEMERAL_SEQUENTIAL;
}

static inline int modes_number(enum coord_create_mode mode)
{
    switch (mode) {
    case COORD_PERSISTENT:
        return MESSAGE_PERSISTENT;
    case COORD_EPHEMERAL:
        return MESSAGE_EPHEMERAL;
    case COORD_PERSISTENT_SEQUENTIAL:
        return MESSAGE_PERSISTENT_SEQUENTIAL;
    case COORD_EPHEMERAL_SEQUENTIAL:
        return MESSAGE_EPHEMERAL_SEQUENTIAL;
    case COORD_CONTAINER:
        return MESSAGE_CONTAINER;
    }
    UNREACHABLE();
}

#endif
