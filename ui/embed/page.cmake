# SPDX-License-Identifier: Apache-2.0
# Builds the page if its sources have changed, and brings it to where it is embedded from. All build folders share what
# npm has built: whoever comes first builds it, and the others wait.
#
# cmake -DPAGE=<ui/page> -DSHARED=<folder> -DTO=<folder> -P page.cmake

file(MAKE_DIRECTORY ${SHARED})
file(LOCK ${SHARED}/lock GUARD PROCESS TIMEOUT 600)

file(GLOB_RECURSE sources RELATIVE ${PAGE}
    ${PAGE}/src/* ${PAGE}/scripts/* ${PAGE}/package.json ${PAGE}/package-lock.json
    ${PAGE}/tsconfig.json)
list(FILTER sources EXCLUDE REGEX "^(node_modules|dist)/")
list(SORT sources)
set(sums "")
foreach(name IN LISTS sources)
    file(SHA256 ${PAGE}/${name} sum)
    string(APPEND sums "${name} ${sum}\n")
endforeach()
string(SHA256 state "${sums}")
set(known "")
if(EXISTS ${SHARED}/state)
    file(READ ${SHARED}/state known)
endif()

if(NOT known STREQUAL state)
    # No other folder's build exchanges the packages meanwhile.
    include(${PAGE}/scripts/packages.cmake)
    file(REMOVE_RECURSE ${SHARED}/dist)
    execute_process(COMMAND node scripts/build.mjs --out ${SHARED}/dist WORKING_DIRECTORY ${PAGE}
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "the page cannot be built: ${output}\n"
            "-DGALE_UI=OFF builds gale-ui without it")
    endif()
    file(WRITE ${SHARED}/state "${state}")
endif()

file(REMOVE_RECURSE ${TO})
file(COPY ${SHARED}/dist/ DESTINATION ${TO})
