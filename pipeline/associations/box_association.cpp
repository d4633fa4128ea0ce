#include "pipeline/associations/box_association.h"

#include "pipeline/associations/box_attention.h"
#include "pipeline/associations/byte.h"
#include "pipeline/associations/ocsort.h"
#include "pipeline/associations/sort.h"
#include "pipeline/track_record.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace heddle::pipeline {
namespace {

struct Row {
  std::string_view name;
  std::unique_ptr<BoxAssociation> (*make)();
};

template <class Association>
std::unique_ptr<BoxAssociation> make() {
  return std::make_unique<Association>();
}

// THE LIST.
constexpr Row kRows[] = {{"attention", make<BoxAttention>},
                         {"sort", make<SortAssociation>},
                         {"byte", make<ByteAssociation>},
                         {"ocsort", make<OcSortAssociation>}};

}  // namespace

io::Track track_of(
    const io::Frame& frame, std::int64_t id, const Box& box, double score, bool fresh) {
  using State = io::Track::State;
  return track_record(frame, id, box, score, fresh ? State::kNew : State::kTracked);
}

void BoxAssociation::end(std::int64_t id, const Box& box) {
  if (id > 0) ended_.push_back({id, box});
}

std::vector<io::Track> BoxAssociation::take_ended(const io::Frame& frame) {
  std::vector<io::Track> tracks;
  for (const Ended& one : std::exchange(ended_, {})) {
    tracks.push_back(track_record(frame, one.id, one.box, 0, io::Track::State::kEnded));
  }
  std::sort(tracks.begin(), tracks.end(), [](auto& a, auto& b) { return a.id < b.id; });
  return tracks;
}

std::vector<std::string_view> box_associations() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

std::unique_ptr<BoxAssociation> make_box_association(std::string_view name) {
  std::string known;
  for (const Row& row : kRows) {
    if (row.name == name) return row.make();
    known += " " + std::string(row.name);
  }
  throw std::invalid_argument("association '" + std::string(name) + "'; there are" + known);
}

std::unique_ptr<BoxAssociationStage::Lane> BoxAssociationStage::make_lane() const {
  auto lane = std::make_unique<Lane>();
  lane->association = make_box_association(association_);
  return lane;
}

void BoxAssociationStage::load(const std::string& bytes) {
  lanes_.load(bytes, [this] { return make_lane(); });
}

void BoxAssociationStage::process(Item& item) {
  if (!item.frame) return;
  Lane& lane = lanes_.of(item.lane, [this] { return make_lane(); });
  const double away = item.frame->seconds - std::exchange(lane.last_seconds, item.frame->seconds);
  const auto tell = [&](std::vector<io::Track> tracks) {
    for (io::Track& track : tracks) {
      track.id += lane.given;
      lane.highest = std::max(lane.highest, track.id);
      item.records.emplace_back(std::move(track));
    }
  };
  if (item.frame->after_gap && away > kLongGapSeconds) {
    lane.association->end_all();
    tell(lane.association->take_ended(*item.frame));
    lane.association = make_box_association(association_);
    lane.given = lane.highest;
  }
  tell(lane.association->update(*item.frame, item.detections));
  tell(lane.association->take_ended(*item.frame));
}

}  // namespace heddle::pipeline
