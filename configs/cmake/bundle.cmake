# A relocatable copy of the program: `cmake --build build/cuda --target bundle` makes build/cuda/heddle-bundle.tar.xz. It runs
# the video and genome jobs on x86-64 Linux without Debian's packages: with its own C library, started through its own loader.
# CUDA needs the target's driver alone.
#
#   bundle/bin/heddle genome genome.fa -o out.gff3
#
# bin/heddle is a script: the kernel would start a file's own loader, which only an absolute path can name. lib/ has the program,
# its loader, its libraries and the CUDA module, share/ what an installation has there.
#
# Called with -DPROGRAM, -DMODULE (may be missing), -DCONFIGS, -DOUT (a folder).

cmake_minimum_required(VERSION 3.25)

# Linked by FFmpeg and OpenCV's libraries, never called by this program: encoders of formats that it does not write, and
# text as pictures, tracker music. Each is replaced by a library with the same names, whose functions give 0.
set(never_called libicudata.so.72 libcodec2.so.1.0 libx265.so.199 librsvg-2.so.2 libSvtAv1Enc.so.1 libaom.so.3 librav1e.so.0
    libvpx.so.7 libopenmpt.so.0)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result ERROR_VARIABLE error)
  if(result)
    message(FATAL_ERROR "bundle: ${ARGN}: ${error}")
  endif()
endfunction()

function(make_stand_in library to)
  get_filename_component(name ${to} NAME)
  execute_process(COMMAND nm -D --defined-only ${library} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
  if(result)
    message(FATAL_ERROR "bundle: nm cannot read ${library}")
  endif()
  string(REGEX MATCHALL "[TtDdRrBbWwVvi] [A-Za-z0-9_.]+" symbols "${symbols}")
  set(text ".text\n")
  foreach(symbol IN LISTS symbols)
    string(SUBSTRING "${symbol}" 2 -1 symbol)
    string(APPEND text ".globl ${symbol}\n.type ${symbol},@function\n${symbol}:\n")
  endforeach()
  file(WRITE ${OUT}/${name}.s "${text}xorl %eax,%eax\nret\n")
  run(cc -shared -nostdlib -Wl,-soname,${name} -o ${to} ${OUT}/${name}.s)
  file(REMOVE ${OUT}/${name}.s)
endfunction()

set(bundle ${OUT}/bundle)
file(REMOVE_RECURSE ${bundle})
file(MAKE_DIRECTORY ${bundle}/bin ${bundle}/lib ${bundle}/share/heddle)
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${PROGRAM} RESOLVED_DEPENDENCIES_VAR all UNRESOLVED_DEPENDENCIES_VAR missing)
if(missing)
  message(FATAL_ERROR "bundle: not found: ${missing}")
endif()
# Once more without what stand-ins replace, so that what only these need stays out.
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${PROGRAM} RESOLVED_DEPENDENCIES_VAR needed PRE_EXCLUDE_REGEXES ${never_called})
foreach(library IN LISTS all)
  get_filename_component(name ${library} NAME)
  file(REAL_PATH ${library} file)
  if(name IN_LIST never_called)
    make_stand_in(${file} ${bundle}/lib/${name})
  elseif(library IN_LIST needed)
    file(COPY_FILE ${file} ${bundle}/lib/${name})
    run(strip --strip-unneeded ${bundle}/lib/${name})
  endif()
endforeach()
if(NOT EXISTS ${bundle}/lib/ld-linux-x86-64.so.2)
  file(REAL_PATH /lib64/ld-linux-x86-64.so.2 loader)
  file(COPY_FILE ${loader} ${bundle}/lib/ld-linux-x86-64.so.2)
endif()
run(strip -o ${bundle}/lib/heddle ${PROGRAM})
if(MODULE AND EXISTS ${MODULE})
  run(strip --strip-unneeded -o ${bundle}/lib/libheddle_cuda.so ${MODULE})
endif()
# The larger gene models stay out: 60 MB is what a bundle may weigh (-m FILE takes them from the sources).
file(COPY ${CONFIGS}/models ${CONFIGS}/presets DESTINATION ${bundle}/share/heddle PATTERN genes-rna EXCLUDE PATTERN genes-reference EXCLUDE)
# The loader is the process's executable: what is looked for beside the program, and the program where it is to be started
# again, have to be named.
file(WRITE ${bundle}/bin/heddle [[#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
export HEDDLE_PROGRAM="$root/bin/heddle"
export HEDDLE_CUDA_MODULE="${HEDDLE_CUDA_MODULE:-$root/lib/libheddle_cuda.so}"
exec "$root/lib/ld-linux-x86-64.so.2" --library-path "$root/lib" "$root/lib/heddle" "$@"
]])
file(CHMOD ${bundle}/bin/heddle PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
run(${CMAKE_COMMAND} -E chdir ${OUT} ${CMAKE_COMMAND} -E env XZ_OPT=-9 tar cJf heddle-bundle.tar.xz bundle)
file(SIZE ${OUT}/heddle-bundle.tar.xz bytes)
math(EXPR megabytes "${bytes} / 1000000")
message(STATUS "${OUT}/heddle-bundle.tar.xz: ${megabytes} MB")
