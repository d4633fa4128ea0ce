#include "pipeline/pack/shard.h"

#include "attention/memory/crc32.h"
#include "attention/weights/safetensors_writer.h"
#include "attention/weights/weights_error.h"
#include "pipeline/heads/genes/genetic_code.h"
#include "pipeline/rna_kinds.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>

namespace heddle::pipeline {
namespace {

using attention::TensorView;
using attention::WeightsError;

constexpr char kVersionKey[] = "heddle.shard";
constexpr char kVersion[] = "2", kWithoutRna[] = "1";
constexpr std::array<const char*, 5> kTracks = {"bases", "plus", "minus", "starts", "rna"};
constexpr std::array<const char*, 8> kTensors = {
    "bases", "plus", "minus", "starts", "rna", "ends", "codes", "names"};

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw WeightsError(path + ": " + what + "; pack it again with heddle train --pack");
}

std::string sum_of(const std::map<std::string, TensorView>& tensors) {
  attention::Crc32 sum;
  for (const char* name : kTensors) {
    if (!tensors.contains(name)) continue;  // rna, of version 1
    const TensorView& view = tensors.at(name);
    sum.add(view.data, static_cast<std::size_t>(view.size()) * size_of(view.dtype));
  }
  char text[16];
  std::snprintf(text, sizeof text, "%08x", sum.value());
  return text;
}

/// All sequences of a shard as the tensors of its file.
struct Columns {
  std::array<std::vector<std::uint8_t>, kTracks.size()> tracks;
  std::vector<std::int64_t> ends;
  std::vector<std::int32_t> codes;
  std::vector<std::uint8_t> names;

  void add(const LabelledSequence& sequence) {
    const auto from = sequence.labels.tracks();
    for (std::size_t i = 0; i < from.size(); ++i) {
      tracks[i].insert(tracks[i].end(), from[i]->begin(), from[i]->end());
    }
    ends.push_back(static_cast<std::int64_t>(tracks[0].size()));
    codes.push_back(sequence.genetic_code);
    names.insert(names.end(), sequence.name.begin(), sequence.name.end());
    names.push_back(0);
  }

  std::map<std::string, TensorView> tensors() {
    std::map<std::string, TensorView> views;
    const auto row = [&views](const char* name, auto& values) {
      views[name] = attention::view_of(values.data(), {static_cast<std::int64_t>(values.size())});
    };
    for (std::size_t i = 0; i < tracks.size(); ++i) row(kTracks[i], tracks[i]);
    row("ends", ends);
    row("codes", codes);
    row("names", names);
    return views;
  }
};

template <class T>
std::span<const T> row_of(const attention::Weights& file, const char* name) {
  if (!file.contains(name)) fail(file.path(), std::string("has no '") + name + "'");
  const TensorView& view = file.tensor(name);
  if (view.rank != 1 || view.dtype != attention::dtype_of<T>()) {
    fail(file.path(), std::string("'") + name + "' is " + describe(view));
  }
  return {view.as<T>(), static_cast<std::size_t>(view.size())};
}

void check_values(const std::string& path,
                  const char* name,
                  std::span<const std::uint8_t> values,
                  std::uint8_t largest,
                  bool unlabelled) {
  for (const std::uint8_t value : values) {
    if (value <= largest || (unlabelled && value == kUnlabelled)) continue;
    fail(path, std::string("'") + name + "' holds " + std::to_string(value));
  }
}

std::vector<std::string_view> split_names(const std::string& path,
                                          std::span<const std::uint8_t> bytes) {
  std::vector<std::string_view> names;
  const auto* at = reinterpret_cast<const char*>(bytes.data());
  const char* end = at + bytes.size();
  while (at != end) {
    const char* stop = std::find(at, end, '\0');
    if (stop == end) fail(path, "its last name has no end");
    names.emplace_back(at, static_cast<std::size_t>(stop - at));
    at = stop + 1;
  }
  return names;
}

std::vector<LabelledView> sequences_of(const attention::Weights& file, bool has_rna) {
  const std::string& path = file.path();
  const auto bases = row_of<std::uint8_t>(file, "bases");
  const auto plus = row_of<std::uint8_t>(file, "plus");
  const auto minus = row_of<std::uint8_t>(file, "minus");
  const auto starts = row_of<std::uint8_t>(file, "starts");
  const auto rna = has_rna ? row_of<std::uint8_t>(file, "rna") : std::span<const std::uint8_t>{};
  const auto ends = row_of<std::int64_t>(file, "ends");
  const auto codes = row_of<std::int32_t>(file, "codes");
  const auto names = split_names(path, row_of<std::uint8_t>(file, "names"));
  if (plus.size() != bases.size() || minus.size() != bases.size() ||
      starts.size() != bases.size() || (has_rna && rna.size() != bases.size()) ||
      codes.size() != ends.size() || names.size() != ends.size()) {
    fail(path, "its columns have different lengths");
  }
  check_values(path, "bases", bases, 4, false);
  check_values(path, "plus", plus, 3, true);
  check_values(path, "minus", minus, 3, true);
  check_values(path, "starts", starts, 2, true);
  check_values(path, "rna", rna, kRnaClasses - 1, true);
  std::vector<LabelledView> sequences;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::int64_t end = ends[i];
    if (end < begin || end > static_cast<std::int64_t>(bases.size())) {
      fail(path, "sequence " + std::to_string(i) + " ends at " + std::to_string(end));
    }
    if (!GeneticCode::knows(codes[i])) {
      fail(path,
           "sequence '" + std::string(names[i]) + "' has genetic code " + std::to_string(codes[i]) +
               ", this program knows 4 and 11");
    }
    const auto from = static_cast<std::size_t>(begin);
    const auto count = static_cast<std::size_t>(end - begin);
    sequences.push_back({names[i],
                         codes[i],
                         bases.subspan(from, count),
                         plus.subspan(from, count),
                         minus.subspan(from, count),
                         starts.subspan(from, count),
                         has_rna ? rna.subspan(from, count) : rna});
    begin = end;
  }
  return sequences;
}

}  // namespace

void write_shard(const std::string& path, std::span<const LabelledSequence> sequences) {
  Columns columns;
  for (const LabelledSequence& sequence : sequences) columns.add(sequence);
  const auto tensors = columns.tensors();
  attention::write_weights(path, tensors, {{kVersionKey, kVersion}, {"crc", sum_of(tensors)}});
}

Shard::Shard(const std::string& path) : file_(path) {
  const auto version = file_.metadata().find(kVersionKey);
  if (version == file_.metadata().end()) fail(path, "is no shard of training data");
  if (version->second != kVersion && version->second != kWithoutRna) {
    fail(path, "is a shard of version " + version->second + ", this program reads " + kVersion);
  }
  sequences_ = sequences_of(file_, version->second == kVersion);
  std::map<std::string, TensorView> tensors(file_.tensors().begin(), file_.tensors().end());
  const auto sum = file_.metadata().find("crc");
  if (sum == file_.metadata().end() || sum->second != sum_of(tensors)) {
    fail(path, "is damaged (its check sum does not agree)");
  }
}

}  // namespace heddle::pipeline
