#pragma once
// --detector onnx:FILE: from options to the detector.

#include "app/options.h"
#include "pipeline/detectors/onnx.h"

#include <memory>

namespace heddle::app {

/// --detector, as a check of its word: "motion", "none" or "onnx:FILE". Empty where it is well,
/// else what is wrong.
std::string detector_complaint(const std::string& word);

/// Null where --detector names no ONNX file. Throws InputError for a file that cannot be a
/// detector, CommandError: usage for options that mean nothing to it.
std::shared_ptr<const pipeline::OnnxDetector> open_detector(const VideoOptions& options);

}  // namespace heddle::app
