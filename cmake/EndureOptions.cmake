# endure::options: warnings and sanitizers, for every target of ours.
add_library(endure_options INTERFACE)
add_library(endure::options ALIAS endure_options)
target_compile_options(endure_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlapping copies in std::string's own operator+ (GCC bug 105651).
  # Out of precompiled headers it says more of that kind, since it forgets there what is a system header.
  target_compile_options(endure_options INTERFACE
    -Wno-restrict "$<$<BOOL:${ENDURE_PCH}>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>")
endif()
target_include_directories(endure_options INTERFACE ${CMAKE_SOURCE_DIR})
if(ENDURE_SANITIZE)
  target_compile_options(endure_options INTERFACE
    -fsanitize=${ENDURE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(endure_options INTERFACE -fsanitize=${ENDURE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With sanitizers GCC takes its own std::regex for uninitialised (GCC bug 105562).
    target_compile_options(endure_options INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(ENDURE_PROFILE STREQUAL "generate")
  # Many threads count at once.
  target_compile_options(endure_options INTERFACE -fprofile-generate -fprofile-update=prefer-atomic)
  target_link_options(endure_options INTERFACE -fprofile-generate)
elseif(ENDURE_PROFILE STREQUAL "use")
  # What the training did not reach is compiled as it would be without a profile.
  target_compile_options(endure_options INTERFACE -fprofile-use -fprofile-partial-training
    -Wno-missing-profile -Wno-coverage-mismatch)
endif()
if(ENDURE_FUZZ)
  target_compile_options(endure_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ENDURE_FAULT_POINTS)
  target_compile_definitions(endure_options INTERFACE ENDURE_FAULT_POINTS)
endif()

# What a workflow is made of wanders from thread to thread; glibc's allocator spends a quarter of the time on
# that, jemalloc half of it. For programs alone, and not beside a sanitizer, which has its own.
option(ENDURE_JEMALLOC "Link jemalloc, where it is installed" ON)
find_library(JEMALLOC_LIBRARY jemalloc)
function(endure_fast_allocator target)
  if(ENDURE_JEMALLOC AND JEMALLOC_LIBRARY AND NOT ENDURE_SANITIZE AND NOT ENDURE_FUZZ)
    target_link_libraries(${target} PRIVATE ${JEMALLOC_LIBRARY})
  endif()
endfunction()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  if(ENDURE_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # ccache keeps such files where its `sloppiness` has pch_defines and time_macros.
    target_compile_options(endure_options INTERFACE -fpch-preprocess)
  endif()
endif()

# endure_precompile(target HEADER...): parses these foreign headers once for the target instead of once for
# each of its files, which is half of the time that a file takes. Sources include what they use all the same:
# the preset dev, which the linter reads, goes without.
function(endure_precompile target)
  if(ENDURE_PCH)
    target_precompile_headers(${target} PRIVATE ${ARGN})
  endif()
endfunction()
set(ENDURE_STANDARD_HEADERS <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <variant> <vector>
  <tl/expected.hpp>)
set(ENDURE_JSON_HEADERS ${ENDURE_STANDARD_HEADERS} <nlohmann/json.hpp>)

# endure_library(name [LINK ...] [PRIVATE ...] [PRECOMPILE ...] [EXCLUDE regex]): the folder's sources as the
# library endure::name. Every .cpp of the folder belongs to it, except main.cpp and what is excluded.
function(endure_library name)
  cmake_parse_arguments(ARG "" "EXCLUDE" "LINK;PRIVATE;PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(ARG_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${ARG_EXCLUDE}")
  endif()
  add_library(endure_${name} STATIC ${sources})
  add_library(endure::${name} ALIAS endure_${name})
  target_link_libraries(endure_${name} PUBLIC endure::options ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
  endure_precompile(endure_${name} ${ARG_PRECOMPILE})
endfunction()
