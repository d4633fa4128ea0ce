#include "pipeline/motifs/motif_search.h"

#include "pipeline/encoders/bases.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace heddle::pipeline {
namespace {

static_assert(sizeof(MotifSite) == 4 * sizeof(std::int32_t));

constexpr double kSitesExpected = 4096;  // a segment
constexpr std::int64_t kShortestCore = 256;
constexpr std::int64_t kLongestCore = 1 << 16;

}  // namespace

void MotifSearch::process(Item& item) {
  const Segment& segment = item.segment.value();
  const auto begin = static_cast<std::size_t>(segment.core_begin - segment.begin);
  const std::string_view letters = std::string_view(segment.bases).substr(begin);
  std::vector<std::uint8_t> codes(letters.size());
  encode_bases(letters, codes);
  std::vector<MotifSite> sites = scan_.sites(codes, segment.core_end - segment.core_begin);
  std::erase_if(sites, [&](const MotifSite& site) {
    return segment.circular && segment.last && scan_.width(site.motif) > segment.length;
  });
  item.outputs = {};
  if (sites.empty()) return;
  item.outputs =
      attention::Tensor(attention::DType::kI32, {static_cast<std::int64_t>(sites.size()), 4});
  std::memcpy(item.outputs.view().data, sites.data(), sites.size() * sizeof(MotifSite));
}

std::span<const MotifSite> sites_of(const Item& item) {
  if (item.outputs.empty()) return {};
  const attention::TensorView& view = item.outputs.view();
  if (view.dtype != attention::DType::kI32 || view.rank != 2 || view.shape[1] != 4) {
    throw std::invalid_argument("motifs: expected i32 (sites, 4), got " + describe(view) +
                                "; a motif search stands before this stage");
  }
  return {static_cast<const MotifSite*>(view.data), static_cast<std::size_t>(view.shape[0])};
}

SegmentGrid motif_grid(std::span<const ScoredMotif> motifs) {
  double expected = 0;  // sites a base
  std::int64_t widest = 1;
  for (const ScoredMotif& motif : motifs) {
    expected += 2 * motif.tail.total();
    widest = std::max<std::int64_t>(widest, motif.width());
  }
  const double fitting = kSitesExpected / std::max(expected, 1e-9);
  // No motif is wider than a core: a circle smaller than a site is one segment, and knows.
  const auto core = static_cast<std::int64_t>(
      std::clamp<double>(fitting, std::max(kShortestCore, widest), kLongestCore));
  const std::int64_t halo = widest - 1;
  return {.length = core + 2 * halo, .halo = halo, .step = 1, .margin = 0};
}

}  // namespace heddle::pipeline
