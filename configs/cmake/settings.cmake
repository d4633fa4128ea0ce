# How everything is compiled: language, warnings (errors for us, not for users), sanitizers, ccache.
option(HEDDLE_WERROR "Treat warnings as errors (on in our presets, off for users)" OFF)
option(HEDDLE_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
option(HEDDLE_COVERAGE "Instrument for coverage" OFF)
set(HEDDLE_SANITIZE "" CACHE STRING "Comma-separated sanitizers: address, undefined, thread")
set(HEDDLE_CUDA "auto" CACHE STRING "auto: build the CUDA module when nvcc is found; off: never")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
if(HEDDLE_SANITIZE)  # reports need line numbers, not speed
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1 -DNDEBUG")
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Precompiled headers and ccache agree only with these two relaxations.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

# The CUDA back end is a module of its own (attention/backend/cuda) that is opened at run time. Without nvcc
# attention/backend/no_cuda stands in, and `heddle info` says so. Sanitizers do not reach the module.
set(HEDDLE_NVCC "")
if(HEDDLE_CUDA STREQUAL "auto" AND NOT HEDDLE_SANITIZE)
  find_program(NVCC nvcc HINTS /usr/local/cuda/bin)
  if(NVCC)
    set(HEDDLE_NVCC ${NVCC})
    message(STATUS "CUDA: building the module with ${NVCC}")
  else()
    message(STATUS "CUDA: no nvcc, building with no_cuda")
  endif()
endif()

add_library(heddle_settings INTERFACE)
target_compile_options(heddle_settings INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor
                       -Woverloaded-virtual -Wno-missing-field-initializers)
if(HEDDLE_WERROR)
  target_compile_options(heddle_settings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(heddle_settings INTERFACE -Wno-psabi)
endif()
if(HEDDLE_SANITIZE)
  # vptr checks need the system's libraries built alike, which they are not.
  add_compile_options(-fsanitize=${HEDDLE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(HEDDLE_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
  if(HEDDLE_SANITIZE MATCHES "address")
    add_compile_definitions(_GLIBCXX_ASSERTIONS)  # an index inside the capacity but outside the size
  endif()
  add_link_options(-fsanitize=${HEDDLE_SANITIZE})
endif()
if(HEDDLE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # the libraries tell the fuzzer which way its bytes went
endif()
if(HEDDLE_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
