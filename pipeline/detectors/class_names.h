#pragma once
// What the classes of a detector are called, and which of them are wanted.

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::pipeline {

/// A file with one name a line; blank lines at the end do not count. Throws io::InputError.
std::vector<std::string> read_class_names(const std::string& path);

/// The metadata "names" of Ultralytics' exports: {0: 'person', 1: 'bicycle'}. Empty where it is
/// something else.
std::vector<std::string> parse_class_names(std::string_view text);

/// The 80 classes of COCO (Lin et al. 2014, arXiv:1405.0312), in the order that detectors have
/// them.
std::span<const std::string_view> coco_class_names();

/// Names or numbers ("person", "2") -> numbers. Throws std::invalid_argument naming the word and
/// the nearest choices. Names compare without case.
std::set<int> wanted_classes(const std::vector<std::string>& words,
                             const std::vector<std::string>& names);

}  // namespace heddle::pipeline
