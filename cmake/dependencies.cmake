# SPDX-License-Identifier: Apache-2.0
# Every library from outside is found here, once. Rooms link PkgConfig::<name>, or Library::<name>
# for those without a .pc file. All that is missing is said in one message, by the names of the
# Debian packages.

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

# For a library that tells nothing about itself: by the name of a header and of the file.
macro(gale_dependency_by_name name header library package)
    find_path(${name}_INCLUDE_DIR ${header})
    find_library(${name}_LIBRARY ${library})
    mark_as_advanced(${name}_INCLUDE_DIR ${name}_LIBRARY)
    if(${name}_INCLUDE_DIR AND ${name}_LIBRARY)
        add_library(Library::${name} UNKNOWN IMPORTED)
        set_target_properties(Library::${name} PROPERTIES
            IMPORTED_LOCATION ${${name}_LIBRARY}
            INTERFACE_INCLUDE_DIRECTORIES ${${name}_INCLUDE_DIR})
    else()
        list(APPEND gale_missing_packages ${package})
    endif()
endmacro()

gale_dependency(jansson jansson libjansson-dev)
gale_dependency(yaml yaml-0.1 libyaml-dev)
gale_dependency(xxhash libxxhash libxxhash-dev)
gale_dependency(dw libdw libdw-dev)
gale_dependency(sqlite3 sqlite3 libsqlite3-dev)
gale_dependency(event libevent_core libevent-dev)
gale_dependency(nettle nettle nettle-dev)
gale_dependency(microhttpd libmicrohttpd libmicrohttpd-dev)
gale_dependency(zmq libzmq libzmq3-dev)
gale_dependency(czmq libczmq libczmq-dev)
gale_dependency(uuid uuid uuid-dev)
gale_dependency(rdkafka rdkafka librdkafka-dev)
gale_dependency(zlib zlib zlib1g-dev)
gale_dependency(lz4 liblz4 liblz4-dev)
gale_dependency(zstd libzstd libzstd-dev)
gale_dependency_by_name(snappy snappy-c.h snappy libsnappy-dev)
gale_dependency_by_name(zookeeper_mt zookeeper/zookeeper.h zookeeper_mt libzookeeper-mt-dev)
if(BUILD_TESTING)
    gale_dependency(check check check)
endif()

if(gale_missing_packages)
    list(JOIN gale_missing_packages " " gale_missing_packages)
    message(FATAL_ERROR "Debian packages are missing: apt-get install ${gale_missing_packages}")
endif()
