#include "io/formats/frame_labels.h"

#include "io/base64.h"
#include "io/formats/bases.h"

#include <bit>
#include <cstring>

namespace heddle::io {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers of genes are little-endian");

constexpr std::size_t kMostBases = 1 << 30;  // of one sequence
constexpr std::size_t kNumber = sizeof(std::int32_t);
constexpr const char* kWriter = "; heddle eval errors writes such files";

std::size_t base64_length(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

}  // namespace

std::string frame_labels_text(const FrameLabels& labels) {
  const std::string_view numbers(reinterpret_cast<const char*>(labels.genes.data()),
                                 labels.genes.size() * kNumber);
  return ">" + labels.name + "\n" + labels.frames + "\n>" + labels.name + " genes\n" +
         base64(numbers) + "\n";
}

FrameLabelsReader::FrameLabelsReader(const std::string& uri) : text_(PeekedInput::open(uri)) {}

std::optional<FrameLabels> FrameLabelsReader::next() {
  FrameLabels labels;
  std::string head;
  const std::int64_t first = text_.line();
  if (!text_.append_line(head)) return std::nullopt;
  if (head.starts_with('>')) labels.name = split_header(head.substr(1)).name;
  if (labels.name.empty()) {
    text_.fail(first, std::string("expected '>' and a sequence's name") + kWriter);
  }
  labels.frames = line(labels.name, kMostBases);
  const std::size_t other = labels.frames.find_first_not_of("0123456");
  if (other != std::string::npos) {
    text_.fail(first + 1,
               "column " + std::to_string(other + 1) + ": " +
                   quote_byte(static_cast<unsigned char>(labels.frames[other])) +
                   " is no label of a base, 0 to 6" + kWriter);
  }
  labels.genes = genes(labels.name, labels.frames.size());
  return labels;
}

std::string FrameLabelsReader::line(const std::string& name, std::size_t longest) {
  std::string made;
  const std::int64_t at = text_.line();
  if (!text_.append_line(made, longest)) {
    text_.fail(at, "the labels of '" + name + "' are cut short; its file is not whole");
  }
  return made;
}

std::vector<std::int32_t> FrameLabelsReader::genes(const std::string& name, std::size_t bases) {
  const std::int64_t head = text_.line();
  const HeaderWords words = split_header(line(name, TextInput::kLongestHeader));
  if (words.name != ">" + name || words.description != "genes") {
    text_.fail(head, "expected '>" + name + " genes'" + kWriter);
  }
  const std::size_t wanted = base64_length(bases * kNumber);
  const std::int64_t at = text_.line();
  const std::string letters = line(name, base64_length(kMostBases * kNumber));
  const std::optional<std::string> bytes = from_base64(letters);
  const bool cut = letters.size() < wanted && !bytes;
  if (!bytes && !cut) text_.fail(at, "the numbers of genes of '" + name + "' are no base64");
  if (cut || bytes->size() != bases * kNumber) {
    text_.fail(at,
               "the numbers of genes of '" + name + "' are " + std::to_string(letters.size()) +
                   " letters of base64, where its " + std::to_string(bases) + " labels have " +
                   std::to_string(wanted) + "; the file is not whole");
  }
  std::vector<std::int32_t> numbers(bases);
  if (bases > 0) std::memcpy(numbers.data(), bytes->data(), bytes->size());
  return numbers;
}

}  // namespace heddle::io
