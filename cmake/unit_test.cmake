# SPDX-License-Identifier: Apache-2.0
# Functions that declare tests, one line each. Test programs stay out of bin/.

option(GALE_FUZZ "Build the fuzz targets with libFuzzer (clang), and no other tests" OFF)

set(gale_tests_dir ${PROJECT_SOURCE_DIR}/tests)

# Builds every libFuzzer program and nothing else.
add_custom_target(fuzz)

function(gale_refuse_unknown_arguments function arguments)
    if(arguments)
        message(FATAL_ERROR "${function}: unknown arguments: ${arguments}")
    endif()
endfunction()

# gale_unit_test(<room> <name> [LINK <target>...] [LABELS <label>...])
#
# Builds tests/unit/<room>/<name>_test.c, linked to gale_<room>, and adds it to CTest as
# unit/<room>/<name> with the label `unit`. Tests that start threads add LABELS threads: these run
# under ThreadSanitizer too.
function(gale_unit_test room name)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "LINK;LABELS")
    gale_refuse_unknown_arguments(gale_unit_test "${arg_UNPARSED_ARGUMENTS}")
    if(NOT BUILD_TESTING OR GALE_FUZZ)
        return()
    endif()

    string(REPLACE "/" "_" target unit_${room}_${name})
    add_executable(${target} ${gale_tests_dir}/unit/${room}/${name}_test.c)
    target_link_libraries(${target} PRIVATE gale_${room} ${arg_LINK} gale_test_support)
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test-bin)

    # check must not fork: sanitizers see leaks only in the process that exits.
    add_test(NAME unit/${room}/${name} COMMAND ${target})
    set_tests_properties(unit/${room}/${name} PROPERTIES
        LABELS "unit;${arg_LABELS}"
        ENVIRONMENT CK_FORK=no
        TIMEOUT 60)
endfunction()

# gale_fuzz_target(<name> [SOURCES <file>...] [LINK <target>...])
#
# tests/fuzz/<name>_fuzz.c holds LLVMFuzzerTestOneInput(), tests/fuzz/corpus/<name>/ its seeds.
# With GALE_FUZZ, fuzz/<name> runs the seeds and a bounded number of new inputs. Without,
# fuzz-replay/<name> runs the seeds alone, so that they pass under every sanitizer.
function(gale_fuzz_target name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK")
    gale_refuse_unknown_arguments(gale_fuzz_target "${arg_UNPARSED_ARGUMENTS}")
    if(NOT BUILD_TESTING)
        return()
    endif()

    set(target fuzz_${name})
    set(corpus ${gale_tests_dir}/fuzz/corpus/${name})
    add_executable(${target} ${gale_tests_dir}/fuzz/${name}_fuzz.c ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE ${arg_LINK} gale_flags)
    set_target_properties(${target} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test-bin)

    if(GALE_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer)
        add_dependencies(fuzz ${target})
        # libFuzzer writes to the first folder: an empty one, so that each run is the same.
        set(script [[rm -rf "$2" && mkdir -p "$2/found" && exec "$1" -runs=20000 -max_len=4096 \
            -seed=1 -timeout=10 -artifact_prefix="$2/" "$2/found" "$3"]])
        add_test(NAME fuzz/${name} COMMAND
            sh -c "${script}" sh $<TARGET_FILE:${target}> ${CMAKE_BINARY_DIR}/fuzz/${name} ${corpus})
        set_tests_properties(fuzz/${name} PROPERTIES LABELS fuzz TIMEOUT 300)
    else()
        target_link_libraries(${target} PRIVATE gale_fuzz_replay)
        add_test(NAME fuzz-replay/${name} COMMAND ${target} ${corpus})
        set_tests_properties(fuzz-replay/${name} PROPERTIES LABELS unit TIMEOUT 60)
    endif()
endfunction()
