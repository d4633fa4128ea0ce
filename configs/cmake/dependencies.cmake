# Every outside library, found once, as a target named heddle_dep_*. Versions are Debian 12's.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(TBB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET libavformat libavcodec libavdevice libavutil libswscale)
pkg_check_modules(HTSLIB REQUIRED IMPORTED_TARGET htslib)
pkg_check_modules(SECCOMP IMPORTED_TARGET libseccomp)
if(NOT SECCOMP_FOUND)
  message(STATUS "Decoders in processes of their own: no libseccomp-dev, building without them")
endif()
pkg_check_modules(HIGHWAY REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)

# find_package(dnnl) asks for OpenCL headers that the CPU library does not need.
find_library(DNNL_LIBRARY dnnl REQUIRED)
find_path(DNNL_INCLUDE oneapi/dnnl/dnnl.hpp REQUIRED)
add_library(heddle_dep_dnnl INTERFACE)
target_link_libraries(heddle_dep_dnnl INTERFACE ${DNNL_LIBRARY})
target_include_directories(heddle_dep_dnnl SYSTEM INTERFACE ${DNNL_INCLUDE})

# Debian's slim OpenCV modules ship no CMake config; videoio and highgui are left out (start-up time).
add_library(heddle_dep_opencv INTERFACE)
find_path(OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
target_include_directories(heddle_dep_opencv SYSTEM INTERFACE ${OPENCV_INCLUDE})
foreach(module IN ITEMS video imgproc core)
  find_library(OPENCV_${module} opencv_${module} REQUIRED)
  target_link_libraries(heddle_dep_opencv INTERFACE ${OPENCV_${module}})
endforeach()

# Its video module is linked with its DNN module already, so that this costs nothing at start-up.
find_library(OPENCV_dnn opencv_dnn)
find_path(OPENCV_DNN_INCLUDE opencv2/dnn.hpp PATH_SUFFIXES opencv4)
if(OPENCV_dnn AND OPENCV_DNN_INCLUDE)
  add_library(heddle_dep_opencv_dnn INTERFACE)
  target_link_libraries(heddle_dep_opencv_dnn INTERFACE heddle_dep_opencv ${OPENCV_dnn})
else()
  message(STATUS "ONNX detectors: no libopencv-dnn-dev, building without them")
endif()

# OpenMP's run time is reached through oneDNN; we only cap its teams (pipeline/threads).
find_package(OpenMP REQUIRED)
