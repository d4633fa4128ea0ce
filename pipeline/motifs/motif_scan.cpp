#include "pipeline/motifs/motif_scan.h"

#include "pipeline/motifs/byte_losses.h"

#include <algorithm>
#include <tuple>

namespace heddle::pipeline {
namespace {

constexpr std::int32_t kNoSite = -1;
constexpr std::size_t kBlock = 8192;  // positions scanned for all motifs while their codes are near

/// The column and base that a site's base stands for: the - strand is read from its right end.
struct Cell {
  std::size_t column;
  std::size_t base;
};
Cell cell(std::size_t offset, std::uint8_t code, int strand, std::size_t width) {
  if (strand == 0) return {offset, code};
  return {width - 1 - offset, 3u - code};
}

// The loss of the site at codes[0], or kNoSite.
std::int32_t loss_at(const ScoredMotif& motif, const std::uint8_t* codes, int strand) {
  const std::size_t width = motif.losses.size();
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (codes[i] > 3) return kNoSite;
    const auto [column, base] = cell(i, codes[i], strand, width);
    sum += motif.losses[column][base];
    if (sum > motif.cutoff) return kNoSite;
  }
  return sum;
}

// Rounded down, and 255 for what alone is too much: a sum of bytes below 255 is necessary for a
// site, since 254 bytes stand for the cut-off.
std::uint8_t byte_of(std::int32_t loss, std::int32_t cutoff) {
  if (loss > cutoff) return 255;
  return static_cast<std::uint8_t>(cutoff == 0 ? 0 : std::int64_t{254} * loss / cutoff);
}

std::vector<std::uint8_t> table_rows(const ScoredMotif& motif) {
  const std::size_t width = motif.losses.size();
  std::vector<std::uint8_t> rows(width * 2 * kRowBytes, 255);
  for (std::size_t i = 0; i < width; ++i) {
    for (int strand = 0; strand < 2; ++strand) {
      for (std::uint8_t code = 0; code < 4; ++code) {
        const auto [column, base] = cell(i, code, strand, width);
        rows[(i * 2 + static_cast<std::size_t>(strand)) * kRowBytes + code] =
            byte_of(motif.losses[column][base], motif.cutoff);
      }
    }
  }
  return rows;
}

void sort_sites(std::vector<MotifSite>& sites) {
  std::sort(sites.begin(), sites.end(), [](const MotifSite& a, const MotifSite& b) {
    return std::tie(a.at, a.motif, a.strand) < std::tie(b.at, b.motif, b.strand);
  });
}

}  // namespace

MotifScan::MotifScan(std::span<const ScoredMotif> motifs) : motifs_(motifs) {
  for (const ScoredMotif& motif : motifs) {
    tables_.push_back({motif.cutoff < 0 ? std::vector<std::uint8_t>{} : table_rows(motif)});
    widest_ = std::max(widest_, motif.width());
  }
}

std::vector<MotifSite> MotifScan::sites(std::span<const std::uint8_t> codes,
                                        std::int64_t count) const {
  std::vector<std::uint8_t> padded(codes.begin(), codes.end());
  padded.resize(codes.size() + static_cast<std::size_t>(widest_) + kCodePadding, 4);
  std::array<std::vector<std::uint32_t>, 2> candidates;
  std::vector<MotifSite> found;
  const auto all = static_cast<std::size_t>(count);
  for (std::size_t begin = 0; begin < all; begin += kBlock) {
    for (std::size_t m = 0; m < motifs_.size(); ++m) {
      const ScoredMotif& motif = motifs_[m];
      if (motif.cutoff < 0) continue;
      for (auto& strand : candidates) strand.clear();
      sieve({.codes = padded.data(),
             .begin = begin,
             .end = std::min(begin + kBlock, all),
             .rows = tables_[m].rows.data(),
             .columns = motif.losses.size()},
            candidates[0],
            candidates[1]);
      for (int strand = 0; strand < 2; ++strand) {
        for (const std::uint32_t at : candidates[static_cast<std::size_t>(strand)]) {
          const std::int32_t loss = loss_at(motif, padded.data() + at, strand);
          if (loss == kNoSite) continue;
          found.push_back(
              {static_cast<std::int32_t>(at), static_cast<std::int32_t>(m), strand, loss});
        }
      }
    }
  }
  sort_sites(found);
  return found;
}

std::vector<MotifSite> MotifScan::sites_plainly(std::span<const std::uint8_t> codes,
                                                std::int64_t count) const {
  std::vector<MotifSite> found;
  for (std::int64_t at = 0; at < count; ++at) {
    for (std::size_t m = 0; m < motifs_.size(); ++m) {
      const ScoredMotif& motif = motifs_[m];
      const std::size_t width = motif.losses.size();
      if (static_cast<std::size_t>(at) + width > codes.size()) continue;
      const auto site = codes.subspan(static_cast<std::size_t>(at), width);
      if (std::any_of(site.begin(), site.end(), [](std::uint8_t code) { return code > 3; })) {
        continue;
      }
      for (int strand = 0; strand < 2; ++strand) {
        double loss = 0;
        for (std::size_t i = 0; i < width; ++i) {
          const auto [column, base] = cell(i, site[i], strand, width);
          loss += motif.losses[column][base];
        }
        if (loss > motif.cutoff) continue;
        found.push_back({static_cast<std::int32_t>(at),
                         static_cast<std::int32_t>(m),
                         strand,
                         static_cast<std::int32_t>(loss)});
      }
    }
  }
  return found;
}

}  // namespace heddle::pipeline
