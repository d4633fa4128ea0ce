#pragma once
// How the outputs of detectors are laid out: THE LIST. A layout says what its models want as input
// and turns their one output into boxes. Shapes are (batch 1, ...); C is the number of classes,
// N the number of places that a box is predicted for.
//
// clang-format off
//   yolox          1xNx(5+C)    strides 8, 16, 32: offsets to cells, log sizes, objectness, classes
//   yolox-decoded  1xNx(5+C)    the same, exported with its decoding: pixels instead
//   yolov5         1xNx(5+C)    three anchors a cell, decoded: centre, size, objectness, classes
//   yolov8         1x(4+C)xN    decoded: centre, size, classes (also YOLO11 and its kin)
//   end-to-end     1xNx6        corners, score, class: whatever has suppression inside (YOLOv10)
//   ssd            1x1xNx7      picture, class, score, corners as shares of the input
//   fastestdet     1x(5+C)xHxW  stride 16: objectness, offsets by tanh, sizes by sigmoid, classes
// clang-format on
//
// Sources: YOLOX (Ge et al. 2021, arXiv:2107.08430), Ultralytics' exports, SSD (Liu et al. 2016,
// arXiv:1512.02325; the DetectionOutput layer), FastestDet (its reference decoder).
// Threads: any; all functions are pure.

#include "pipeline/box.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// How a frame is laid into the model's input.
enum class Fit : std::uint8_t { kCorner, kCentre, kStretch };

/// How the input's channels are ordered and scaled.
struct PixelForm {
  bool rgb = false;   // else BGR
  bool unit = false;  // 0..1, else 0..255
};

/// The one output of a model for one picture.
struct OnnxOutput {
  std::vector<std::int64_t> shape;
  std::span<const float> values;
  int input_width = 0, input_height = 0;
};

/// A box before suppression, in pixels of the model's input.
struct Candidate {
  Box box;
  float score = 0;
  int kind = 0;  // class, from 0
};

struct OnnxLayout {
  std::string_view name;
  std::string_view shape;
  PixelForm pixels;
  Fit fit;
  double usual_score;  // the least that its authors' programs take for a box
  /// The number of classes, 0 where an output cannot be of this layout; -1: it can, but does not
  /// tell the number.
  int (*classes)(const OnnxOutput& output);
  /// Whether an output of a possible shape is of this layout: by its sizes and, where these cannot
  /// tell, its values for an even picture.
  bool (*recognised)(const OnnxOutput& output);
  /// Appends every box whose score is at least `least`; none whose score or sides are not finite.
  void (*decode)(const OnnxOutput& output, float least, std::vector<Candidate>& found);
};

/// THE LIST, ordered as recognised.
std::span<const OnnxLayout> onnx_layouts();

/// Null where no layout is recognised.
const OnnxLayout* recognise_layout(const OnnxOutput& output);

}  // namespace heddle::pipeline
