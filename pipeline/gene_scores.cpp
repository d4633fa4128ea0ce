#include "pipeline/gene_scores.h"

#include "pipeline/encoders/bases.h"
#include "pipeline/rna_kinds.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

constexpr std::size_t kMaxIdle = 4;  // workspaces kept for windows to come, some 25 MB each at
                                     // most, or as many as were in use at once

/// log softmax of four logits, added to four sums with a weight.
void add_log_softmax(const float* logits, float weight, float* sums) {
  const float largest = std::max(std::max(logits[0], logits[1]), std::max(logits[2], logits[3]));
  float total = 0;
  for (int i = 0; i < 4; ++i) total += std::exp(logits[i] - largest);
  const float normalizer = largest + std::log(total);
  for (int i = 0; i < 4; ++i) sums[i] += weight * (logits[i] - normalizer);
}

/// The same of the RNA classes; said of the other strand where the pass went against this one.
void add_rna_log_softmax(const float* logits, bool against, float weight, float* sums) {
  const float largest = *std::max_element(logits, logits + kRnaClasses);
  float total = 0;
  for (int i = 0; i < kRnaClasses; ++i) total += std::exp(logits[i] - largest);
  const float normalizer = largest + std::log(total);
  for (int i = 0; i < kRnaClasses; ++i) {
    sums[against ? turned(i) : i] += weight * (logits[i] - normalizer);
  }
}

/// "(length, 19)"
std::string logits_of(int rna) {
  return "(length, " + std::to_string(rna < 0 ? kFrameChannels : rna + kRnaClasses) + ")";
}

}  // namespace

io::Coding coding_of(const attention::TensorView& scores) {
  if (scores.empty()) return {};
  if (scores.rank != 2 || scores.shape[0] < kFrameChannels) {
    throw std::invalid_argument("coding probabilities: " + attention::describe(scores) +
                                " are not scores (8, bases)");
  }
  const auto likely = [&](int strand) {
    std::vector<float> shares(static_cast<std::size_t>(scores.shape[1]));
    const float* none = scores.as<float>() + 4 * strand * scores.stride[0];
    for (std::size_t i = 0; i < shares.size(); ++i) {
      float in_phase = 0;
      for (int phase = 1; phase < 4; ++phase) {
        in_phase += std::exp(none[phase * scores.stride[0] + static_cast<std::int64_t>(i)]);
      }
      shares[i] = in_phase / (in_phase + std::exp(none[i]));
    }
    return shares;
  };
  return {likely(0), likely(1)};
}

int passes_asked_for(const std::map<std::string, std::string, std::less<>>& fields) {
  const auto found = fields.find("passes");
  if (found == fields.end()) return 2;
  if (found->second == "1" || found->second == "2") return found->second == "1" ? 1 : 2;
  throw std::invalid_argument("model field 'passes' is '" + found->second + "', not 1 or 2");
}

SegmentGrid segment_grid(const attention::Model& model) {
  SegmentGrid grid{model.field("segment"), model.field("halo")};
  if (model.info().fields.contains("window_step")) {
    grid.step = model.field("window_step");
    grid.margin = model.field("window_margin");
  }
  grid.scores = kFrameChannels + (rna_channel(model.info().fields) < 0 ? 0 : kRnaClasses);
  return grid;
}

/// A workspace out of the pool, back in it at the end of scope.
class GeneScores::Borrowed {
 public:
  Borrowed(GeneScores& owner, std::int64_t length)
      : owner_(owner), length_(length), work_(take(owner, length)) {
    const std::scoped_lock lock(owner_.mutex_);
    owner_.most_borrowed_ = std::max(owner_.most_borrowed_, ++owner_.borrowed_);
  }
  ~Borrowed() {
    const std::scoped_lock lock(owner_.mutex_);
    --owner_.borrowed_;
    owner_.idle_.push_back({length_, std::move(work_)});
    if (owner_.idle_.size() > std::max(kMaxIdle, owner_.most_borrowed_)) {
      owner_.idle_.erase(owner_.idle_.begin());
    }
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  attention::Workspace& operator*() { return work_; }

 private:
  static attention::Workspace take(GeneScores& owner, std::int64_t length) {
    {
      const std::scoped_lock lock(owner.mutex_);
      for (auto idle = owner.idle_.end(); idle != owner.idle_.begin();) {
        if ((--idle)->length != length) continue;
        attention::Workspace work = std::move(idle->work);
        owner.idle_.erase(idle);
        return work;
      }
    }
    return owner.model_.make_workspace("forward",
                                       {attention::shape_of(attention::DType::kU8, {length})});
  }

  GeneScores& owner_;
  const std::int64_t length_;
  attention::Workspace work_;
};

GeneScores::GeneScores(attention::Model model, const GeneScoresOptions& options)
    : model_(std::move(model)),
      options_(options),
      passes_(options.passes > 0 ? options.passes : passes_asked_for(model_.info().fields)),
      remembers_(model_.make_memory("forward").size() > 0),
      rna_(rna_channel(model_.info().fields)),
      channels_(kFrameChannels + (rna_ < 0 ? 0 : kRnaClasses)) {
  const SegmentGrid grid = segment_grid(model_);
  const std::int64_t segment = grid.length;
  attention::Workspace work =
      model_.make_workspace("forward", {attention::shape_of(attention::DType::kU8, {segment})});
  const attention::TensorView& in = work.input("bases");
  const attention::TensorView& out = work.output("logits");
  logits_ = out.rank == 2 ? out.shape[1] : 0;
  if (in.rank != 1 || out.rank != 2 || out.shape[0] != in.shape[0] ||
      logits_ != (rna_ < 0 ? kFrameChannels : rna_ + kRnaClasses)) {
    throw std::invalid_argument("gene model: forward must give " + logits_of(rna_) +
                                " logits for (length) bases, not " + attention::describe(out) +
                                " for " + attention::describe(in));
  }
  if (remembers_) {
    patch_ = model_.field("patch");
    const std::int64_t halo = grid.halo;
    if (grid.step > 0) {
      throw std::invalid_argument(
          "gene model: windows of several lengths ('window_step') do not go with rolling memory");
    }
    if (patch_ < 1 || segment % patch_ != 0 || halo % patch_ != 0) {
      throw std::invalid_argument("gene model: field 'patch' is " + std::to_string(patch_) +
                                  " and must divide the segment of " + std::to_string(segment) +
                                  " and the halo of " + std::to_string(halo));
    }
    halo_ = halo / patch_;
  }
  idle_.push_back({segment, std::move(work)});
}

Concurrency GeneScores::concurrency() const {
  return remembers_ ? Concurrency::kPerLane : Concurrency::kUnlimited;
}

GeneScores::Lane* GeneScores::lane_of(const Item& item) {
  if (!remembers_) return nullptr;
  return &lanes_.of(item.lane, [this] {
    return std::make_unique<Lane>(
        Lane{model_.make_memory("forward"), model_.make_memory("forward")});
  });
}

const float* GeneScores::pass(const Segment& segment,
                              attention::Workspace& work,
                              Lane* lane,
                              bool against) const {
  const attention::TensorView& in = work.input("bases");
  const auto length = static_cast<std::size_t>(in.shape[0]);
  const std::span<std::uint8_t> codes(in.as<std::uint8_t>(), length);
  if (against) {
    std::vector<std::uint8_t> along(length);
    encode_bases(segment.bases, along);
    reverse_complement(along, codes);
  } else {
    encode_bases(segment.bases, codes);
  }
  attention::SegmentPosition position;
  if (lane != nullptr) {
    position.first = (segment.core_begin - lane->origin) / patch_ - halo_;
    position.core_begin = halo_;
    position.core_end = static_cast<std::int64_t>(length) / patch_ - halo_;
    position.read_past = options_.read_memory;
  }
  attention::MemorySet* memory =
      lane == nullptr ? nullptr : (against ? &lane->against : &lane->along);
  model_.run(work, memory, position);
  return work.output("logits").as<float>();
}

void GeneScores::average(const Segment& segment,
                         attention::Workspace& work,
                         Lane* lane,
                         std::span<float> sums) const {
  const std::int64_t halo = segment.core_begin - segment.begin;
  const auto length = static_cast<std::int64_t>(segment.bases.size());
  const auto core = static_cast<std::int64_t>(sums.size()) / channels_;
  const float weight = 1.0f / static_cast<float>(passes_);
  for (int pass_number = 0; pass_number < passes_; ++pass_number) {
    const bool against = pass_number == 1;
    const float* logits = pass(segment, work, lane, against);  // (length, logits)
    for (std::int64_t i = 0; i < core; ++i) {
      const std::int64_t row = against ? length - 1 - (halo + i) : halo + i;
      const float* said = logits + row * logits_;
      float* here = &sums[static_cast<std::size_t>(i * channels_)];
      add_log_softmax(said + (against ? 4 : 0), weight, here);
      add_log_softmax(said + (against ? 0 : 4), weight, here + 4);
      if (rna_ >= 0) add_rna_log_softmax(said + rna_, against, weight, here + kFrameChannels);
    }
  }
}

void GeneScores::process(Item& item) {
  const Segment& segment = item.segment.value();
  const std::int64_t core = segment.core_end - segment.core_begin;
  Lane* lane = lane_of(item);
  if (lane != nullptr && segment.first) began_ = item.number;
  if (lane != nullptr && (segment.first || lane->broken)) {
    lane->along.reset();
    lane->against.reset();
    lane->origin = segment.core_begin;
  }
  if (lane != nullptr) lane->broken = true;  // until this segment is through
  Borrowed work(*this, static_cast<std::int64_t>(segment.bases.size()));
  std::vector<float> sums(static_cast<std::size_t>(core * channels_));
  if (core > 0) average(segment, *work, lane, sums);
  item.outputs = attention::Tensor(attention::DType::kF32, {channels_, core});
  auto* out = item.outputs.view().as<float>();
  for (std::int64_t i = 0; i < core; ++i) {
    for (std::int64_t c = 0; c < channels_; ++c)
      out[c * core + i] = sums[static_cast<std::size_t>(i * channels_ + c)];
  }
  if (lane != nullptr) lane->broken = false;
}

void GeneScores::skip(Item& item) {
  Lane* lane = lane_of(item);
  if (lane == nullptr) return;
  lane->broken = true;
  if (item.segment && item.segment->first) began_ = item.number;
}

}  // namespace heddle::pipeline
