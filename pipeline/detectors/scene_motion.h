#pragma once
// How the camera moved between two pictures, from the flow of a grid of textured points (pyramidal
// Lucas-Kanade, Bouguet 2001) and the similarity that most of them share.

#include <opencv2/core.hpp>

namespace heddle::pipeline {

/// (x, y) -> (a x - b y + dx, b x + a y + dy)
struct Similarity {
  double a = 1, b = 0, dx = 0, dy = 0;

  cv::Point2d apply(cv::Point2d p) const {
    return {a * p.x - b * p.y + dx, b * p.x + a * p.y + dy};
  }
  /// First `*this`, then `next`.
  Similarity then(const Similarity& next) const;
  Similarity inverse() const;
};

/// Pixels: the mean shift of the corners of a picture of this size.
double mean_move(const Similarity& similarity, const cv::Size& size);

struct SceneMotion {
  Similarity camera;     // previous picture -> this one
  double moved = 0;      // mean_move of `camera`
  double agreement = 0;  // share of points that follow `camera`
  bool known = false;    // enough points were seen
};

/// Both grey, 8 bit, of one size.
SceneMotion scene_motion(const cv::Mat& previous, const cv::Mat& current);

}  // namespace heddle::pipeline
