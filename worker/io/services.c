/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/services.h"

#include <stddef.h>
#include <string.h>

#include "broker/client/io/module.h"

const void *services_find(const char *name, struct error *error)
{
    const struct log_module *module;

    if (strcmp(name, "log/1") == 0)
        return module_get(&module, error) == ERR_OK ? module->tasks : NULL;
    (void)error_set(error, ERR_NOT_FOUND,
                    "this version of Gale has no service '%s': it is not the one that the topology "
                    "was built for",
                    name);
    return NULL;
}
