#include "pipeline/detectors/scene_motion.h"

#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace heddle::pipeline {
namespace {

constexpr int kGrid = 12;            // cells a side: the strongest corner of each is followed
constexpr std::size_t kFewest = 36;  // points that can say something about the camera
constexpr int kFits = 6;
constexpr double kCloseFit = 0.6;  // pixels

struct Move {
  cv::Point2f from, to;
};

std::vector<cv::Point2f> textured_points(const cv::Mat& grey) {
  cv::Mat strength;
  cv::cornerMinEigenVal(grey, strength, 5);
  double strongest = 0;
  cv::minMaxLoc(strength, nullptr, &strongest);
  constexpr double kFaint = 0.002;
  std::vector<cv::Point2f> points;
  for (int i = 0; i < kGrid; ++i) {
    for (int j = 0; j < kGrid; ++j) {
      const cv::Rect cell(cv::Point(j * grey.cols / kGrid, i * grey.rows / kGrid),
                          cv::Point((j + 1) * grey.cols / kGrid, (i + 1) * grey.rows / kGrid));
      if (cell.empty()) continue;
      double value = 0;
      cv::Point place;
      cv::minMaxLoc(strength(cell), nullptr, &value, nullptr, &place);
      if (value > kFaint * strongest) points.emplace_back(place + cell.tl());
    }
  }
  return points;
}

std::vector<Move> follow(const cv::Mat& previous, const cv::Mat& current) {
  const std::vector<cv::Point2f> from = textured_points(previous);
  if (from.size() < kFewest) return {};
  std::vector<cv::Point2f> to;
  std::vector<std::uint8_t> found;
  std::vector<float> error;
  cv::calcOpticalFlowPyrLK(previous, current, from, to, found, error, cv::Size(15, 15), 3);
  std::vector<Move> moves;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (found[i] != 0) moves.push_back({from[i], to[i]});
  }
  return moves;
}

double miss(const Similarity& s, const Move& move) {
  const cv::Point2d at = s.apply(move.from);
  return std::hypot(at.x - move.to.x, at.y - move.to.y);
}

/// Least squares over the moves within `limit` pixels of `start`.
Similarity fit(const std::vector<Move>& moves, const Similarity& start, double limit) {
  cv::Point2d from_mean, to_mean;
  std::vector<const Move*> kept;
  for (const Move& move : moves) {
    if (miss(start, move) > limit) continue;
    kept.push_back(&move);
    from_mean += cv::Point2d(move.from);
    to_mean += cv::Point2d(move.to);
  }
  if (kept.size() < kFewest / 2) return start;
  const double share = 1.0 / static_cast<double>(kept.size());
  from_mean *= share;
  to_mean *= share;
  double dot = 0, cross = 0, square = 0;
  for (const Move* move : kept) {
    const cv::Point2d p = cv::Point2d(move->from) - from_mean, q = cv::Point2d(move->to) - to_mean;
    dot += p.dot(q);
    cross += p.cross(q);
    square += p.dot(p);
  }
  if (square <= 0) return start;
  Similarity s{dot / square, cross / square, 0, 0};
  const cv::Point2d turned = s.apply(from_mean);
  s.dx = to_mean.x - turned.x;
  s.dy = to_mean.y - turned.y;
  return s;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

Similarity median_shift(const std::vector<Move>& moves) {
  std::vector<double> xs, ys;
  for (const Move& move : moves) {
    xs.push_back(move.to.x - move.from.x);
    ys.push_back(move.to.y - move.from.y);
  }
  return {1, 0, median(xs), median(ys)};
}

Similarity common_motion(const std::vector<Move>& moves) {
  Similarity s = median_shift(moves);
  for (int i = 0; i < kFits; ++i) {
    std::vector<double> misses;
    misses.reserve(moves.size());
    for (const Move& move : moves) misses.push_back(miss(s, move));
    s = fit(moves, s, std::max(kCloseFit, 1.5 * median(misses)));
  }
  return s;
}

}  // namespace

Similarity Similarity::then(const Similarity& next) const {
  const cv::Point2d d = next.apply({dx, dy});
  return {next.a * a - next.b * b, next.b * a + next.a * b, d.x, d.y};
}

Similarity Similarity::inverse() const {
  const double square = a * a + b * b;
  Similarity s{a / square, -b / square, 0, 0};
  const cv::Point2d d = s.apply({dx, dy});
  s.dx = -d.x;
  s.dy = -d.y;
  return s;
}

double mean_move(const Similarity& similarity, const cv::Size& size) {
  const double w = size.width, h = size.height;
  double sum = 0;
  for (const cv::Point2d corner : {cv::Point2d(0, 0), {w, 0}, {0, h}, {w, h}}) {
    sum += cv::norm(similarity.apply(corner) - corner);
  }
  return sum / 4;
}

SceneMotion scene_motion(const cv::Mat& previous, const cv::Mat& current) {
  SceneMotion motion;
  const std::vector<Move> moves = follow(previous, current);
  if (moves.size() < kFewest) return motion;
  motion.known = true;
  motion.camera = common_motion(moves);
  std::size_t close = 0;
  for (const Move& move : moves) close += miss(motion.camera, move) < 1 ? 1 : 0;
  motion.agreement = static_cast<double>(close) / static_cast<double>(moves.size());
  motion.moved = mean_move(motion.camera, current.size());
  return motion;
}

}  // namespace heddle::pipeline
