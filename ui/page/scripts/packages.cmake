# SPDX-License-Identifier: Apache-2.0
# Installs the packages of package-lock.json, unless they are there as it says now. The only place that does so: builds
# of all folders and tests come here, one after the other. Whoever includes it keeps the others waiting until it ends.
#
# cmake -DPAGE=<ui/page> -P packages.cmake

if(NOT DEFINED PAGE)
    message(FATAL_ERROR "usage: cmake -DPAGE=<ui/page> -P packages.cmake")
endif()

file(LOCK ${PAGE}/.packages.lock GUARD PROCESS TIMEOUT 900)

# npm empties the folder first, so that what was interrupted has no such file.
set(mark ${PAGE}/node_modules/.installed)
file(SHA256 ${PAGE}/package-lock.json wanted)
set(installed "")
if(EXISTS ${mark})
    file(READ ${mark} installed)
endif()

if(NOT installed STREQUAL wanted)
    execute_process(COMMAND npm ci --no-audit --no-fund WORKING_DIRECTORY ${PAGE}
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "the packages of the page cannot be installed: npm ci: ${output}\n"
            "-DGALE_UI=OFF goes without the page")
    endif()
    file(WRITE ${mark} ${wanted})
endif()
