#include "pipeline/associations/byte.h"

#include "pipeline/assignment.h"

#include <algorithm>

namespace heddle::pipeline {
namespace {

constexpr double kHighScore = 0.6, kLowScore = 0.1, kStartScore = 0.7;
constexpr double kFirstLimit = 0.9, kLowLimit = 0.5, kTentativeLimit = 0.7;  // costs, 0..1
constexpr double kLostSeconds = 1;
constexpr double kDouble = 0.85;  // IoU of a tracked and a lost object that are one

// Standard deviations, shares of the height.
constexpr double kPosition = 1.0 / 20, kVelocity = 1.0 / 160;
// Of the aspect ratio.
constexpr double kAspect = 1e-2, kAspectVelocity = 1e-5, kAspectNoise = 1e-1;

double square(double x) { return x * x; }

/// As the authors' program measures it: corners are the outermost pixels, both of which count.
double pixel_iou(Box a, Box b) {
  for (Box* box : {&a, &b}) {
    box->width += 1;
    box->height += 1;
  }
  return iou(a, b);
}

}  // namespace

ByteAssociation::Object::Object(const Detection& seen) : score(seen.score) {
  const Box& box = seen.box;
  const double position = square(2 * kPosition * box.height);
  const double velocity = square(10 * kVelocity * box.height);
  x = {box.centre_x(), 0, position, 0, velocity};
  y = {box.centre_y(), 0, position, 0, velocity};
  aspect = {box.width / box.height, 0, square(kAspect), 0, square(kAspectVelocity)};
  height = {box.height, 0, position, 0, velocity};
}

void ByteAssociation::Object::predict() {
  if (state == State::kLost) height.velocity = 0;
  const double position = square(kPosition * height.position);
  const double velocity = square(kVelocity * height.position);
  x.predict(position, velocity);
  y.predict(position, velocity);
  aspect.predict(square(kAspect), square(kAspectVelocity));
  height.predict(position, velocity);
}

void ByteAssociation::Object::correct(const Detection& seen, const io::Frame& frame) {
  const double noise = square(kPosition * height.position);
  x.correct(seen.box.centre_x(), noise);
  y.correct(seen.box.centre_y(), noise);
  aspect.correct(seen.box.width / seen.box.height, square(kAspectNoise));
  height.correct(seen.box.height, noise);
  state = State::kTracked;
  last_frame = frame.number;
  last_seen = frame.seconds;
  score = seen.score;
}

Box ByteAssociation::Object::box() const {
  return centred_box(x.position, y.position, aspect.position * height.position, height.position);
}

void ByteAssociation::match(std::vector<std::size_t>& objects,
                            std::vector<Detection>& boxes,
                            Price price,
                            double limit,
                            const io::Frame& frame) {
  std::vector<double> costs;  // minus what a pair saves against leaving both alone
  for (const std::size_t i : objects) {
    for (const Detection& seen : boxes) {
      const double worth = price == Price::kOverlap ? 1 : seen.score;
      costs.push_back(std::min(0.0, 1 - pixel_iou(objects_[i].box(), seen.box) * worth - limit));
    }
  }
  const std::vector<int> chosen =
      assign(costs, static_cast<int>(objects.size()), static_cast<int>(boxes.size()));
  std::vector<std::size_t> objects_left;
  std::vector<bool> taken(boxes.size(), false);
  for (std::size_t r = 0; r < objects.size(); ++r) {
    if (chosen[r] < 0 || costs[r * boxes.size() + chosen[r]] >= 0) {
      objects_left.push_back(objects[r]);
      continue;
    }
    objects_[objects[r]].correct(boxes[chosen[r]], frame);
    taken[chosen[r]] = true;
  }
  std::vector<Detection> boxes_left;
  for (std::size_t d = 0; d < boxes.size(); ++d) {
    if (!taken[d]) boxes_left.push_back(boxes[d]);
  }
  objects = std::move(objects_left);
  boxes = std::move(boxes_left);
}

std::vector<std::size_t> ByteAssociation::of_state(State state) const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].state == state) found.push_back(i);
  }
  return found;
}

void ByteAssociation::start(const std::vector<Detection>& boxes, const io::Frame& frame) {
  for (const Detection& seen : boxes) {
    if (seen.score < kStartScore) continue;
    Object& object = objects_.emplace_back(seen);
    object.state = frames_ == 1 ? State::kTracked : State::kTentative;
    object.first_frame = object.last_frame = frame.number;
    object.last_seen = frame.seconds;
  }
}

/// Of a tracked and a lost object in one place the one that was followed for longer stays.
void ByteAssociation::drop_old_and_double(const io::Frame& frame) {
  std::erase_if(objects_, [&](const Object& object) {
    if (object.state != State::kLost || frame.seconds - object.last_seen <= kLostSeconds) {
      return false;
    }
    end(object.id, object.box());
    return true;
  });
  std::vector<bool> dropped(objects_.size(), false);
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    if (objects_[i].state == State::kLost) continue;
    for (std::size_t j = 0; j < objects_.size(); ++j) {
      if (objects_[j].state != State::kLost) continue;
      if (pixel_iou(objects_[i].box(), objects_[j].box()) <= kDouble) continue;
      const auto age = [this](std::size_t k) {
        return objects_[k].last_frame - objects_[k].first_frame;
      };
      dropped[age(i) > age(j) ? j : i] = true;
    }
  }
  std::size_t index = 0;
  std::erase_if(objects_, [&](const Object& object) {
    if (!dropped[index++]) return false;
    end(object.id, object.box());
    return true;
  });
}

void ByteAssociation::end_all() {
  for (const Object& object : objects_) end(object.id, object.box());
  objects_.clear();
}

std::vector<io::Track> ByteAssociation::seen_tracks(const io::Frame& frame) {
  std::vector<io::Track> tracks;
  for (Object& object : objects_) {
    if (object.state != State::kTracked) continue;
    const bool fresh = object.id == 0;
    if (fresh) object.id = next_id_++;
    tracks.push_back(track_of(frame, object.id, object.box(), object.score, fresh));
  }
  std::sort(tracks.begin(), tracks.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return tracks;
}

std::vector<io::Track> ByteAssociation::update(const io::Frame& frame,
                                               std::span<const Detection> boxes) {
  ++frames_;
  std::vector<Detection> high, low;
  for (const Detection& seen : boxes) {
    if (seen.score > kHighScore) high.push_back(seen);
    if (seen.score > kLowScore && seen.score < kHighScore) low.push_back(seen);
  }
  std::vector<std::size_t> known = of_state(State::kTracked);
  for (const std::size_t i : of_state(State::kLost)) known.push_back(i);
  for (const std::size_t i : known) objects_[i].predict();
  std::vector<std::size_t> tentative = of_state(State::kTentative);

  match(known, high, Price::kOverlapTimesScore, kFirstLimit, frame);
  std::erase_if(known, [this](std::size_t i) { return objects_[i].state == State::kLost; });
  match(known, low, Price::kOverlap, kLowLimit, frame);
  for (const std::size_t i : known) objects_[i].state = State::kLost;
  match(tentative, high, Price::kOverlapTimesScore, kTentativeLimit, frame);
  std::erase_if(objects_, [](const Object& object) { return object.state == State::kTentative; });
  start(high, frame);
  drop_old_and_double(frame);
  return seen_tracks(frame);
}

}  // namespace heddle::pipeline
