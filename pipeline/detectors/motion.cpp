#include "pipeline/detectors/motion.h"

#include "pipeline/detectors/motion_blobs.h"
#include "pipeline/detectors/scene_motion.h"
#include "pipeline/elapsed.h"

#include <opencv2/imgproc.hpp>
#include <opencv2/video/background_segm.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace heddle::pipeline {
namespace {

constexpr double kFastestRate = 0.5;        // learning rate cap
constexpr int kFirstPictures = 12;          // that make the first background
constexpr double kUnsteady = 1.5;           // working pixels a frame: more is a moving camera
constexpr double kStill = 0.15;             // working pixels a frame: less is a still one
constexpr double kRestlessGain = 1.0 / 30;  // of restless, a frame
constexpr double kRestless = 0.5;           // share of recent frames: more is a travelling camera
constexpr double kTravelled = 0.01;         // of the width, from the anchor; less is a shake
constexpr double kAgreement = 0.5;       // share of points that must agree on the camera's motion
constexpr int kReferenceEvery = 10;      // frames between fresh background pictures
constexpr double kQuietPixel = 12;       // grey levels a pixel may change while nothing moves there
constexpr double kGhostActivity = 0.02;  // share of a blob's pixels that change: less is frozen
constexpr double kFewestChanged = 10;    // working pixels: fewer are noise
constexpr double kGhostEdges = 0.7;  // a ghost's outline is this much fainter than what was there
constexpr double kSameTexture =
    0.75;                         // correlation with the background that means: only light changed
constexpr double kRelight = 1.6;  // contrast that a change of light may add
constexpr double kFaint = 30;     // grey levels: a thing differs more from the background
constexpr double kStrongShare = 0.1;  // in this share of its pixels,
constexpr double kSoftRim = 16;       // or has an outline this sharp (Sobel, along x and y)
constexpr double kShadow = 0.55;      // a shadow keeps at least this share of the light
constexpr double kLeastVariance =
    12;  // grey levels squared: compression and exposure wobble so much

void check(const io::Frame& frame) {
  if (frame.width > 0 && frame.height > 0 &&
      frame.bgr.size() == static_cast<std::size_t>(frame.width) * frame.height * 3) {
    return;
  }
  throw std::invalid_argument("motion: frame " + std::to_string(frame.number) + " says " +
                              std::to_string(frame.width) + "x" + std::to_string(frame.height) +
                              " but holds " + std::to_string(frame.bgr.size()) +
                              " bytes; pass whole BGR rows");
}

cv::Mat shrunk(const io::Frame& frame, int factor) {
  const cv::Mat whole(frame.height,
                      frame.width,
                      CV_8UC3,
                      const_cast<std::uint8_t*>(frame.bgr.data()));  // only read
  const cv::Size size(std::max(1, frame.width / factor), std::max(1, frame.height / factor));
  cv::Mat small;
  cv::resize(whole(cv::Rect(0,
                            0,
                            std::min(frame.width, size.width * factor),
                            std::min(frame.height, size.height * factor))),
             small,
             size,
             0,
             0,
             cv::INTER_AREA);
  return small;
}

/// The median ratio of brightness, reference to picture, over a sparse grid of `part`: objects on
/// less than half of it have no say. 1 where all is dark.
double exposure_gain(const cv::Mat& reference, const cv::Mat& picture, const cv::Rect& part) {
  constexpr int kStep = 5;
  constexpr double kDark = 12;
  std::vector<double> ratios;
  for (int y = part.y + kStep / 2; y < part.br().y; y += kStep) {
    for (int x = part.x + kStep / 2; x < part.br().x; x += kStep) {
      const auto& a = reference.at<cv::Vec3b>(y, x);
      const auto& b = picture.at<cv::Vec3b>(y, x);
      const double wanted = a[0] + a[1] + a[2], seen = b[0] + b[1] + b[2];
      if (wanted > 3 * kDark && seen > 3 * kDark) ratios.push_back(wanted / seen);
    }
  }
  if (ratios.empty()) return 1;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::nth_element(ratios.begin(), middle, ratios.end());
  return *middle;
}

/// The picture at the reference's exposure. A camera that changes exposure also changes its tone
/// curve, so what one gain leaves is evened by a smooth field of local gains; a block that would
/// need a large one holds an object, and follows the rest of the picture.
cv::Mat exposed_like(const cv::Mat& reference, const cv::Mat& picture) {
  constexpr int kColumns = 8, kRows = 6;
  constexpr double kSmallestGain = 0.5, kLargestGain = 2;
  constexpr double kSteady = 0.02;    // a smaller change of gain leaves the picture as it is
  constexpr double kLocalGain = 1.3;  // at most, and at least its inverse
  const cv::Rect all(0, 0, picture.cols, picture.rows);
  const double gain =
      std::clamp(exposure_gain(reference, picture, all), kSmallestGain, kLargestGain);
  if (std::abs(gain - 1) < kSteady) return picture;
  cv::Mat field(kRows, kColumns, CV_32F);
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kColumns; ++j) {
      const cv::Rect block(
          cv::Point(j * picture.cols / kColumns, i * picture.rows / kRows),
          cv::Point((j + 1) * picture.cols / kColumns, (i + 1) * picture.rows / kRows));
      const double local = exposure_gain(reference, picture, block) / gain;
      const bool object = local > kLocalGain || local * kLocalGain < 1;
      field.at<float>(i, j) = static_cast<float>(object ? gain : gain * local);
    }
  }
  cv::Mat wide, gains, out;
  cv::resize(field, wide, picture.size(), 0, 0, cv::INTER_LINEAR);
  cv::merge(std::vector<cv::Mat>{wide, wide, wide}, gains);
  cv::multiply(picture, gains, out, 1, picture.type());
  return out;
}

cv::Mat grey_of(const cv::Mat& bgr) {
  cv::Mat grey;
  cv::cvtColor(bgr, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

cv::Mat edges_of(const cv::Mat& grey) {
  cv::Mat gx, gy;
  cv::Sobel(grey, gx, CV_32F, 1, 0);
  cv::Sobel(grey, gy, CV_32F, 0, 1);
  cv::Mat edges = cv::abs(gx) + cv::abs(gy);
  return edges;
}

cv::Mat outline_of(const cv::Mat& inside) {
  cv::Mat outline;
  cv::morphologyEx(inside, outline, cv::MORPH_GRADIENT, cv::Mat());
  return outline;
}

cv::Mat warped(const cv::Mat& picture, const Similarity& to_anchor, int border) {
  const Similarity& s = to_anchor;
  const cv::Mat map = (cv::Mat_<double>(2, 3) << s.a, -s.b, s.dx, s.b, s.a, s.dy);
  cv::Mat out;
  cv::warpAffine(picture, out, map, picture.size(), cv::INTER_LINEAR, border);
  return out;
}

/// An outline needs a border.
cv::Rect with_border(const cv::Rect& rect, const cv::Size& size) {
  return cv::Rect(rect.x - 2, rect.y - 2, rect.width + 4, rect.height + 4) &
         cv::Rect(cv::Point(), size);
}

double changed_share(const cv::Mat& inside, const cv::Mat& still) {
  cv::Mat moving;
  cv::bitwise_and(inside, still == 0, moving);
  return static_cast<double>(cv::countNonZero(moving)) / std::max(1, cv::countNonZero(inside));
}

}  // namespace

struct MotionDetector::State {
  MotionSettings settings;
  MotionStatistics statistics;
  cv::Ptr<cv::BackgroundSubtractorMOG2> background;
  cv::Size size;          // of the stream's frames
  int factor = 1;         // frame pixels a working pixel
  cv::Mat previous_grey;  // last frame, working size
  cv::Mat previous;       // last steadied, evened picture
  cv::Mat reference;      // the background as a picture, refreshed every few frames
  cv::Mat reference_edges;
  Similarity to_anchor;     // this frame -> anchor frame
  int learnt = 0;           // frames since the background was given up
  double restless = 0;      // share of the last second's frames in which the camera moved
  bool travelling = false;  // the camera moves on and on: what is near slides over what is far
  double learnt_since = 0;  // seconds
  double last_seconds = 0;

  void start(const io::Frame& frame);
  void relearn(const io::Frame& frame);
  bool follow_camera(const io::Frame& frame, const cv::Mat& grey);
  bool undrift(const cv::Mat& picture);
  cv::Mat foreground(const cv::Mat& picture, double elapsed);
  bool ghost(const cv::Mat& inside, const cv::Rect& room, const cv::Mat& edges) const;
  bool soft(const cv::Mat& inside, const cv::Rect& room, const cv::Mat& picture) const;
  bool relit(const Blob& blob, const cv::Mat& picture) const;
  std::vector<Detection> detections(const BlobMap& map, const cv::Mat& picture) const;
  Box to_frame(const cv::Rect& rect) const;
};

void MotionDetector::State::start(const io::Frame& frame) {
  size = cv::Size(frame.width, frame.height);
  const double pixels = static_cast<double>(frame.width) * frame.height;
  factor = std::max(1, static_cast<int>(std::lround(std::sqrt(pixels / settings.working_pixels))));
  previous_grey.release();
  restless = 0;
  travelling = false;
  relearn(frame);
}

void MotionDetector::State::relearn(const io::Frame& frame) {
  background = cv::createBackgroundSubtractorMOG2(500, settings.variance_threshold, true);
  background->setBackgroundRatio(settings.background_share);
  background->setShadowThreshold(kShadow);
  background->setVarMin(kLeastVariance);
  reference.release();
  previous.release();
  to_anchor = {};
  learnt = 0;
  learnt_since = frame.seconds;
}

/// Keeps to_anchor. False when the picture cannot be put on the anchor, which is given up when it
/// is too far away or a travelling camera has come to rest.
bool MotionDetector::State::follow_camera(const io::Frame& frame, const cv::Mat& grey) {
  if (previous_grey.empty()) return true;
  const SceneMotion motion = scene_motion(previous_grey, grey);
  const bool trusted = motion.known && motion.agreement >= kAgreement;
  const bool moved = trusted && motion.moved >= kStill;
  restless += kRestlessGain * ((moved ? 1 : 0) - restless);
  if (travelling && restless < kRestless) {
    travelling = false;
    relearn(frame);
    return true;
  }
  if (!moved) return !travelling;
  ++statistics.camera_moved;
  to_anchor = motion.camera.inverse().then(to_anchor);
  travelling = travelling ||
               (restless > kRestless && mean_move(to_anchor, grey.size()) > kTravelled * grey.cols);
  const double drift = std::hypot(to_anchor.dx, to_anchor.dy);
  const bool lost = drift > settings.drift_limit * grey.cols || std::abs(to_anchor.a - 1) > 0.1;
  if (lost) relearn(frame);
  return !lost && !travelling && motion.moved < kUnsteady;
}

/// Motion summed frame by frame drifts, and a large object near the camera can pull it: now and
/// then the steadied picture is laid on the background itself. True when to_anchor changed.
bool MotionDetector::State::undrift(const cv::Mat& picture) {
  const bool away = mean_move(to_anchor, picture.size()) > kStill;
  if (reference.empty() || !away || learnt % kReferenceEvery != 0) return false;
  cv::Mat before, now;
  cv::cvtColor(reference, before, cv::COLOR_BGR2GRAY);
  cv::cvtColor(picture, now, cv::COLOR_BGR2GRAY);
  const SceneMotion drift = scene_motion(before, now);
  if (!drift.known || drift.agreement < kAgreement || drift.moved < kStill) return false;
  to_anchor = to_anchor.then(drift.camera.inverse());
  return true;
}

cv::Mat MotionDetector::State::foreground(const cv::Mat& picture, double elapsed) {
  // The first pictures are averaged; after that an object must stay for seconds to be absorbed.
  const double first = learnt < kFirstPictures ? 1.0 / (learnt + 2) : 0;
  const double rate = std::max(elapsed / settings.memory_seconds, first);
  cv::Mat mask;
  background->apply(picture, mask, std::min(rate, kFastestRate));
  if (learnt % kReferenceEvery == 0) {
    background->getBackgroundImage(reference);
    reference_edges = edges_of(grey_of(reference));
  }
  ++learnt;
  cv::threshold(mask, mask, 200, 255, cv::THRESH_BINARY);  // MOG2 marks shadows with 127
  return mask;
}

/// Of a frozen blob: its outline is in the background picture but no longer in this one.
bool MotionDetector::State::ghost(const cv::Mat& inside,
                                  const cv::Rect& room,
                                  const cv::Mat& edges) const {
  const cv::Mat outline = outline_of(inside);
  const double now = cv::mean(edges(room), outline)[0];
  const double before = cv::mean(reference_edges(room), outline)[0];
  return now < kGhostEdges * before;
}

/// A faint difference without an outline: the edge of a shadow or of a reflection.
bool MotionDetector::State::soft(const cv::Mat& inside,
                                 const cv::Rect& room,
                                 const cv::Mat& picture) const {
  cv::Mat difference, strong;
  cv::absdiff(picture(room), reference(room), difference);
  difference = grey_of(difference);
  cv::bitwise_and(inside, difference > kFaint, strong);
  if (cv::countNonZero(strong) > kStrongShare * cv::countNonZero(inside)) return false;
  return cv::mean(edges_of(difference), outline_of(inside))[0] < kSoftRim;
}

/// The background itself under another light: the picture still correlates with it.
bool MotionDetector::State::relit(const Blob& blob, const cv::Mat& picture) const {
  cv::Mat now, before, correlation;
  cv::cvtColor(picture(blob.rect), now, cv::COLOR_BGR2GRAY);
  cv::cvtColor(reference(blob.rect), before, cv::COLOR_BGR2GRAY);
  cv::matchTemplate(now, before, correlation, cv::TM_CCOEFF_NORMED);
  cv::Scalar mean, spread_now, spread_before;
  cv::meanStdDev(now, mean, spread_now);
  cv::meanStdDev(before, mean, spread_before);
  // A slow object leaves a faint trace of itself in the background: the same shape, paler.
  return correlation.at<float>(0, 0) > kSameTexture && spread_now[0] < kRelight * spread_before[0];
}

Box MotionDetector::State::to_frame(const cv::Rect& rect) const {
  const Similarity back = to_anchor.inverse();
  const cv::Point2d centre = back.apply({rect.x + rect.width / 2.0, rect.y + rect.height / 2.0});
  const double scale = std::hypot(back.a, back.b);
  return centred_box(centre.x * factor,
                     centre.y * factor,
                     rect.width * scale * factor,
                     rect.height * scale * factor);
}

std::vector<Detection> MotionDetector::State::detections(const BlobMap& map,
                                                         const cv::Mat& picture) const {
  cv::Mat still(picture.size(), CV_8U, cv::Scalar(0));
  if (!previous.empty()) {
    cv::Mat change, grey;
    cv::absdiff(picture, previous, change);
    cv::cvtColor(change, grey, cv::COLOR_BGR2GRAY);
    still = grey < kQuietPixel;
  }
  const cv::Mat edges = edges_of(grey_of(picture));
  std::vector<Detection> found;
  for (const Blob& blob : map.blobs) {
    if (blob.rect.area() > settings.maximum_area * picture.size().area()) continue;
    const cv::Rect room = with_border(blob.rect, picture.size());
    const cv::Mat inside = map.labels(room) == blob.label;
    const double change = changed_share(inside, still(room));
    if (relit(blob, picture) || (change <= kGhostActivity && ghost(inside, room, edges))) continue;
    const bool noise = change * blob.pixels < kFewestChanged || soft(inside, room, picture);
    const double movement = noise ? 0 : change;
    const double fill = blob.pixels / blob.rect.area();
    found.push_back({to_frame(blob.rect), std::min(1.0, 0.4 + fill), movement});
    if (found.size() == settings.maximum_objects) break;
  }
  return found;
}

MotionDetector::MotionDetector(const MotionSettings& settings) : state_(std::make_unique<State>()) {
  state_->settings = settings;
}
MotionDetector::~MotionDetector() = default;
MotionDetector::MotionDetector(MotionDetector&&) noexcept = default;
MotionDetector& MotionDetector::operator=(MotionDetector&&) noexcept = default;

const MotionStatistics& MotionDetector::statistics() const { return state_->statistics; }

std::vector<Detection> MotionDetector::detect(const io::Frame& frame) {
  check(frame);
  State& s = *state_;
  ++s.statistics.frames;
  if (s.size != cv::Size(frame.width, frame.height) || frame.after_gap) s.start(frame);
  const double elapsed = steady_step(frame.seconds - s.last_seconds);
  s.last_seconds = frame.seconds;
  const cv::Mat small = shrunk(frame, s.factor);
  cv::Mat grey;
  cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
  bool valid = s.follow_camera(frame, grey);
  s.previous_grey = grey;
  cv::Mat picture = warped(small, s.to_anchor, cv::BORDER_REPLICATE);
  if (s.undrift(picture)) picture = warped(small, s.to_anchor, cv::BORDER_REPLICATE);
  if (!s.reference.empty()) picture = exposed_like(s.reference, picture);
  const cv::Mat mask = s.foreground(picture, elapsed);
  if (cv::countNonZero(mask) > s.settings.global_change * mask.size().area() && s.learnt > 1) {
    s.relearn(frame);
    ++s.statistics.relearned;
    valid = false;
  }
  valid = valid && has_passed(s.learnt_since, frame.seconds, s.settings.learning_seconds);
  std::vector<Detection> found;
  if (valid) {
    found = s.detections(find_blobs(mask, s.settings.minimum_area * mask.size().area()), picture);
  }
  s.statistics.quiet += valid ? 0 : 1;
  s.previous = picture;
  return found;
}

}  // namespace heddle::pipeline
