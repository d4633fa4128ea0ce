# The house's one rule: data flows down the diamond. add_layer() knows the allowed edges; a forbidden
# include stops the configure step and, when it appears later, the build.
#
#   app -> {pipeline, io, attention}    pipeline -> {io, attention}    io -> nothing    attention -> nothing
#
# The same script runs as a test (tests/house), which also proves that it catches a planted violation.
set(HEDDLE_MAY_USE_attention attention)
set(HEDDLE_MAY_USE_io io)
set(HEDDLE_MAY_USE_pipeline pipeline io attention)
set(HEDDLE_MAY_USE_app app pipeline io attention)

function(add_layer name)
  add_library(heddle_${name} STATIC)
  add_library(heddle::${name} ALIAS heddle_${name})
  target_include_directories(heddle_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(heddle_${name} PRIVATE heddle_settings)
  foreach(used IN LISTS HEDDLE_MAY_USE_${name})
    if(NOT used STREQUAL name AND TARGET heddle_${used})
      target_link_libraries(heddle_${name} PUBLIC heddle::${used})
    endif()
  endforeach()
  list(JOIN HEDDLE_MAY_USE_${name} "," may_use)
  set(check ${CMAKE_COMMAND} -DLAYER=${name} -DMAY_USE=${may_use}
      -DROOT=${PROJECT_SOURCE_DIR} -P ${PROJECT_SOURCE_DIR}/configs/cmake/check_layer.cmake)
  execute_process(COMMAND ${check} COMMAND_ERROR_IS_FATAL ANY)
  add_custom_target(layering_${name} COMMAND ${check} VERBATIM)
  add_dependencies(heddle_${name} layering_${name})
endfunction()
