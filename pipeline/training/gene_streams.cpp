#include "pipeline/training/gene_streams.h"

#include "attention/train/seeds.h"
#include "pipeline/encoders/bases.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace heddle::pipeline {
namespace {

using attention::train::Batch;
using attention::train::SegmentKey;
using attention::train::StreamSegment;

constexpr std::int64_t kMostBases = std::int64_t{1} << 28;  // of a chapter

void require_sound(const StreamShape& shape, std::int64_t window) {
  const std::int64_t core = window - 2 * shape.halo;
  const bool whole = shape.patch > 0 && shape.halo >= 0 && window % shape.patch == 0 &&
                     shape.halo % shape.patch == 0;
  if (whole && core > 0 && shape.chapter > 0 && shape.chapter <= kMostBases / core) return;
  throw std::invalid_argument(
      "training streams: a window of " + std::to_string(window) + " bases, a halo of " +
      std::to_string(shape.halo) + ", tokens of " + std::to_string(shape.patch) + " and " +
      std::to_string(shape.chapter) +
      " segments a chapter; tokens divide window and halo, a core is left between the halos, and a "
      "chapter is 2^28 bases at most");
}

/// Without what is blank behind the end of its sequence.
std::int64_t written_bases(const LabelledBases& piece) {
  std::int64_t count = piece.size();
  const auto blank = [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    return piece.bases[at] == kUnknownBase && piece.plus[at] == kUnlabelled;
  };
  while (count > 1 && blank(count - 1)) --count;
  return count;
}

}  // namespace

GeneStreams::GeneStreams(std::vector<Shard> shards,
                         const WindowSettings& settings,
                         const StreamShape& shape)
    : bases_(std::move(shards), settings), shape_(shape) {
  require_sound(shape_, window());
  std::int64_t segments = 0;
  std::vector<TrainingBases::Place> places = bases_.held_back();
  for (TrainingBases::Place& place : places) {
    place.end = std::min(place.end, place.begin + shape_.chapter * core());
    segments += segments_of(place.size());
  }
  if (segments == 0) return;
  // As many as have about most_validation segments together.
  const double share =
      static_cast<double>(bases_.settings().most_validation) / static_cast<double>(segments);
  const auto count = static_cast<std::size_t>(share * static_cast<double>(places.size()));
  for (const TrainingBases::Place& place : evenly(places, std::max<std::size_t>(1, count))) {
    validation_.push_back(place.copy());
  }
}

GeneStreams::Chapter GeneStreams::draw(std::uint64_t seed) const {
  NoiseDraws draws(seed);
  Chapter chapter{.seed = seed, .pieces = {}, .reversed = false};
  for (std::int64_t left = shape_.chapter; left > 0;) {
    LabelledBases piece = bases_.draw(left * core(), draws);
    const std::int64_t segments = segments_of(written_bases(piece));
    fit(piece, segments * core());
    chapter.pieces.push_back(std::move(piece));
    left -= segments;
  }
  chapter.reversed = draws.chance(bases_.settings().augmentation.reverse);
  return chapter;
}

/// The segment's window; only its core is labelled.
LabelledBases GeneStreams::cut(const LabelledBases& piece, std::int64_t segment) const {
  const auto length = static_cast<std::size_t>(window());
  LabelledBases made;
  made.bases.assign(length, kUnknownBase);
  for (auto* track : made.labels()) track->assign(length, kUnlabelled);
  const std::int64_t first = segment * core() - shape_.halo;
  for (std::int64_t i = 0; i < window(); ++i) {
    const std::int64_t from = first + i;
    if (from < 0 || from >= piece.size()) continue;
    const auto at = static_cast<std::size_t>(from), to = static_cast<std::size_t>(i);
    made.bases[to] = piece.bases[at];
    if (i < shape_.halo || i >= window() - shape_.halo) continue;
    made.plus[to] = piece.plus[at];
    made.minus[to] = piece.minus[at];
    made.starts[to] = piece.starts[at];
    made.rna[to] = piece.rna[at];
  }
  return made;
}

StreamSegment GeneStreams::write(const LabelledBases& piece,
                                 std::int64_t segment,
                                 bool reversed,
                                 const Batch& batch) const {
  LabelledBases cut_out = cut(piece, segment);
  if (reversed) reverse_complement(cut_out);
  write_sample(cut_out, batch);
  return {.begins = segment == 0,
          .core_begin = shape_.halo / shape_.patch,
          .core_end = (window() - shape_.halo) / shape_.patch};
}

StreamSegment GeneStreams::fill(const SegmentKey& key, const Batch& batch) const {
  const std::uint64_t seed =
      attention::train::seed_of({key.seed,
                                 static_cast<std::uint64_t>(key.row),
                                 static_cast<std::uint64_t>(key.number / shape_.chapter)});
  const std::lock_guard lock(mutex_);
  Chapter& chapter = chapters_[key.row];
  if (chapter.pieces.empty() || chapter.seed != seed) chapter = draw(seed);
  std::int64_t segment = key.number % shape_.chapter;
  std::size_t i = 0;
  while (segment >= segments_of(chapter.pieces[i].size())) {
    segment -= segments_of(chapter.pieces[i++].size());
  }
  return write(chapter.pieces[i], segment, chapter.reversed, batch);
}

std::int64_t GeneStreams::validation_documents() const {
  return static_cast<std::int64_t>(validation_.size());
}

std::int64_t GeneStreams::validation_segments(std::int64_t document) const {
  return segments_of(validation_.at(static_cast<std::size_t>(document)).size());
}

StreamSegment GeneStreams::fill_validation(std::int64_t document,
                                           std::int64_t segment,
                                           const Batch& batch) const {
  return write(validation_.at(static_cast<std::size_t>(document)), segment, false, batch);
}

}  // namespace heddle::pipeline
