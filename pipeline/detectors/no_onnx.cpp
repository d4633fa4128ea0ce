// Stands in for onnx.cpp where OpenCV's DNN module was not there at build time.

#include "io/error.h"
#include "pipeline/detectors/onnx.h"

#include <stdexcept>

namespace heddle::pipeline {

std::string onnx_absent() {
  return "this build cannot run ONNX models: OpenCV's DNN module was missing; install "
         "libopencv-dnn-dev and build again, or give the detector's boxes with --detections FILE";
}

struct OnnxDetector::State {};

OnnxDetector::OnnxDetector(const std::string& path, const OnnxSettings&) {
  throw io::InputError(path + ": " + onnx_absent());
}
OnnxDetector::~OnnxDetector() = default;
OnnxDetector::OnnxDetector(OnnxDetector&&) noexcept = default;
OnnxDetector& OnnxDetector::operator=(OnnxDetector&&) noexcept = default;

// Nobody has a detector to ask.
std::vector<Detection> OnnxDetector::detect(const io::Frame&) const {
  throw std::logic_error(onnx_absent());
}
std::string OnnxDetector::class_name(int) const { throw std::logic_error(onnx_absent()); }
std::string OnnxDetector::description() const { throw std::logic_error(onnx_absent()); }

}  // namespace heddle::pipeline
