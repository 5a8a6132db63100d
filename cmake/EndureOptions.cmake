# endure::options: warnings and sanitizers, for every target of ours.
add_library(endure_options INTERFACE)
add_library(endure::options ALIAS endure_options)
target_compile_options(endure_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns of overlapping copies in std::string's own operator+ (GCC bug 105651).
  target_compile_options(endure_options INTERFACE -Wno-restrict)
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
if(ENDURE_FUZZ)
  target_compile_options(endure_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ENDURE_FAULT_POINTS)
  target_compile_definitions(endure_options INTERFACE ENDURE_FAULT_POINTS)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# endure_library(name [LINK ...]): the folder's sources as the library endure::name.
# Every .cpp of the folder belongs to it, except main.cpp.
function(endure_library name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(endure_${name} STATIC ${sources})
  add_library(endure::${name} ALIAS endure_${name})
  target_link_libraries(endure_${name} PUBLIC endure::options ${ARG_LINK} PRIVATE ${ARG_PRIVATE})
endfunction()
