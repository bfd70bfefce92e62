/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/http/body.h"

#include "base/assert.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    json_t *json;

    if (size > 0 && body_read((const char *)data, size, &json, NULL) == ERR_OK) {
        ASSERT(json_is_object(json));
        json_decref(json);
    }
    return 0;
}
