#pragma once
// Boxes by a detector that the user brings as an ONNX file, run by OpenCV DNN on the CPU.
//
// Steps a frame: laid into the model's input as its layout wants it (onnx_layouts.h); forward;
// decoded, the best class of a place being its; wanted classes only, so that others hide nothing;
// suppressed (suppression.h); back to frame pixels, cut at the frame's edge. The result depends on
// the frame alone, bit for bit, whatever the threads. Threads: any. Every thread works on a net of
// its own with one thread in it, so that frames, not products, are what runs in parallel. Memory:
// the model's weights once a thread. Errors: the constructor throws io::InputError for a file that
// is missing, no ONNX or unreadable for the library, and for outputs whose layout is not known
// (naming their shapes and the layouts); std::invalid_argument for settings that cannot be. A frame
// that fails is a std::runtime_error. Where OpenCV DNN was absent at build time, no_onnx.cpp stands
// in and every detector is an error.

#include "io/sample.h"
#include "pipeline/detectors/detection.h"
#include "pipeline/detectors/onnx_layouts.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

struct OnnxSettings {
  std::string layout = "auto";           // or a name of onnx_layouts()
  std::string pixels = "auto";           // or bgr255 bgr1 rgb255 rgb1: else what the layout wants
  int width = 0, height = 0;             // of the input; 0: as the model says
  std::optional<double> least_score;     // of a box; nothing: what is usual for the layout
  double score_factor = 1;               // times what is usual
  double overlap = 0.45;                 // boxes that overlap more are one
  std::size_t most = 300;                // boxes a frame
  std::vector<std::string> class_names;  // empty: the model's own, or COCO's for 80 classes
  std::vector<std::string> wanted;       // classes by name or number; empty: all
};

/// "" where ONNX models can be run, else the sentence that says why not.
std::string onnx_absent();

class OnnxDetector {
 public:
  OnnxDetector(const std::string& path, const OnnxSettings& settings);
  ~OnnxDetector();
  OnnxDetector(OnnxDetector&&) noexcept;
  OnnxDetector& operator=(OnnxDetector&&) noexcept;

  /// The objects of one frame, best first.
  std::vector<Detection> detect(const io::Frame& frame) const;

  /// Of Detection::kind; "class 7" where a class has no name.
  std::string class_name(int kind) const;
  /// "yolox_nano.onnx: layout yolox (1x3549x85), input 416x416, 80 classes"
  std::string description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace heddle::pipeline
