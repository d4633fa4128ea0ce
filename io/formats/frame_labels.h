#pragma once
// Where the genes of sequences with errors are, base by base: the truth that heddle eval errors
// keeps for heddle eval frames. Four lines a sequence:
//
//   >NAME
//   00123123         a digit a base: 0 does not code; 1, 2, 3 is the first, second, third base of
//                    its codon on the + strand, 4, 5, 6 on the - strand
//   >NAME genes
//   /////wAAAAA=     base64 of a little-endian int32 a base: the number of its gene, from 0 in each
//                    sequence; -1 is none
//
// Threads: one caller an object.

#include "io/formats/text_input.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heddle::io {

struct FrameLabels {
  std::string name;
  std::string frames;               // (bases) '0' to '6'
  std::vector<std::int32_t> genes;  // (bases)
};

/// The four lines.
std::string frame_labels_text(const FrameLabels& labels);

/// Memory: one sequence at a time.
class FrameLabelsReader {
 public:
  /// Plain, gzip or bgzf. Throws InputError where it cannot be opened.
  explicit FrameLabelsReader(const std::string& uri);

  /// Nothing at the end. Throws InputError naming the file and the line: not in four such lines,
  /// cut short, or not one number a label.
  std::optional<FrameLabels> next();

 private:
  std::string line(const std::string& name, std::size_t longest);
  std::vector<std::int32_t> genes(const std::string& name, std::size_t bases);

  TextInput text_;
};

}  // namespace heddle::io
