#include "pipeline/detectors/motion_blobs.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>

namespace heddle::pipeline {
namespace {

constexpr int kSpeckle = 3;          // pixels a side of the opening
constexpr int kCrack = 5;            // pixels a side of the closing
constexpr double kPieceShare = 0.3;  // of minimum_pixels: smaller pieces join nothing
constexpr double kGap = 0.2;        // of the smaller piece's scale: pieces nearer than this are one
constexpr double kColumnGap = 0.5;  // the same along y, for pieces one above the other
constexpr double kEmptyUnion = 1.5;  // a union this much larger than its pieces is not one thing
constexpr double kThinUnion = 0.25;  // nor is one with less foreground than this share

cv::Mat cleaned(const cv::Mat& mask) {
  cv::Mat out;
  const auto square = [](int side) {
    return cv::getStructuringElement(cv::MORPH_RECT, cv::Size(side, side));
  };
  cv::morphologyEx(mask, out, cv::MORPH_OPEN, square(kSpeckle));
  cv::morphologyEx(out, out, cv::MORPH_CLOSE, square(kCrack));
  return out;
}

/// People fall apart into head, trunk and legs far more often than side by side.
bool one_thing(const Blob& a, const Blob& b) {
  const auto gap = [](int a0, int a1, int b0, int b1) { return std::max({b0 - a1, a0 - b1, 0}); };
  const int across = gap(a.rect.x, a.rect.br().x, b.rect.x, b.rect.br().x);
  const int along = gap(a.rect.y, a.rect.br().y, b.rect.y, b.rect.br().y);
  const double scale = std::sqrt(std::min(a.rect.area(), b.rect.area()));
  const double whole = (a.rect | b.rect).area();
  const bool solid = whole <= kEmptyUnion * (a.rect.area() + b.rect.area()) &&
                     a.pixels + b.pixels >= kThinUnion * whole;
  if (!solid) return false;
  if (across <= kGap * scale && along <= kGap * scale) return true;
  const int shared = std::min(a.rect.br().x, b.rect.br().x) - std::max(a.rect.x, b.rect.x);
  return along <= kColumnGap * scale && shared > 0.6 * std::min(a.rect.width, b.rect.width);
}

void join_pieces(std::vector<Blob>& blobs) {
  for (bool joined = true; joined;) {
    joined = false;
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      for (std::size_t j = blobs.size(); j-- > i + 1;) {
        if (!one_thing(blobs[i], blobs[j])) continue;
        if (blobs[j].pixels > blobs[i].pixels) blobs[i].label = blobs[j].label;
        blobs[i].rect |= blobs[j].rect;
        blobs[i].pixels += blobs[j].pixels;
        blobs.erase(blobs.begin() + static_cast<std::ptrdiff_t>(j));
        joined = true;
      }
    }
  }
}

}  // namespace

BlobMap find_blobs(const cv::Mat& mask, double minimum_pixels) {
  BlobMap map;
  cv::Mat stats, centroids;
  const int count = cv::connectedComponentsWithStats(cleaned(mask), map.labels, stats, centroids);
  for (int i = 1; i < count; ++i) {
    const double pixels = stats.at<int>(i, cv::CC_STAT_AREA);
    if (pixels < kPieceShare * minimum_pixels) continue;
    const cv::Rect rect(stats.at<int>(i, cv::CC_STAT_LEFT),
                        stats.at<int>(i, cv::CC_STAT_TOP),
                        stats.at<int>(i, cv::CC_STAT_WIDTH),
                        stats.at<int>(i, cv::CC_STAT_HEIGHT));
    map.blobs.push_back({rect, pixels, i});
  }
  const auto larger = [](const Blob& a, const Blob& b) {
    return a.pixels != b.pixels ? a.pixels > b.pixels : a.label < b.label;
  };
  constexpr std::size_t kMostPieces = 400;  // joining is quadratic; noise must not make it slow
  std::sort(map.blobs.begin(), map.blobs.end(), larger);
  if (map.blobs.size() > kMostPieces) map.blobs.resize(kMostPieces);
  join_pieces(map.blobs);
  std::erase_if(map.blobs, [&](const Blob& b) { return b.pixels < minimum_pixels; });
  std::sort(map.blobs.begin(), map.blobs.end(), larger);
  return map;
}

}  // namespace heddle::pipeline
