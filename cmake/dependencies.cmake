# SPDX-License-Identifier: Apache-2.0
# Every library from outside is found here, once. Rooms link PkgConfig::<name>. All that is missing
# is said in one message, by the names of the Debian packages.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

find_package(PkgConfig QUIET)
if(NOT PkgConfig_FOUND)
    message(FATAL_ERROR "pkg-config is missing: apt-get install pkg-config")
endif()

set(gale_missing_packages "")

macro(gale_dependency name module package)
    pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
    if(NOT ${name}_FOUND)
        list(APPEND gale_missing_packages ${package})
    endif()
endmacro()

gale_dependency(jansson jansson libjansson-dev)
gale_dependency(yaml yaml-0.1 libyaml-dev)
gale_dependency(xxhash libxxhash libxxhash-dev)
gale_dependency(dw libdw libdw-dev)
gale_dependency(event libevent_core libevent-dev)
if(BUILD_TESTING)
    gale_dependency(check check check)
endif()

if(gale_missing_packages)
    list(JOIN gale_missing_packages " " gale_missing_packages)
    message(FATAL_ERROR "Debian packages are missing: apt-get install ${gale_missing_packages}")
endif()
