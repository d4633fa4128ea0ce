#pragma once
// Classes of tracks, behind any association: every detection that a track covers votes for its
// class with its score, and the track's records carry the class that leads so far. One frame's odd
// answer does not rename an object. The vote is the identity's own: an id keeps it while it is
// lost.
//
// Memory: identities that were not seen for kForgetFrames are forgotten. Concurrency: per lane.

#include "io/snapshot.h"
#include "pipeline/item.h"
#include "pipeline/per_lane.h"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace heddle::pipeline {

class ClassVotes {
 public:
  static constexpr std::int64_t kForgetFrames = 3000;

  /// Sets the label of each of a frame's tracks; `name` gives the text of a class.
  void label(std::vector<io::Record>& records,
             const std::vector<Detection>& detections,
             const std::function<std::string(int)>& name);
  void snapshot(io::Snapshot& s) { s(ballots_, next_forgetting_); }

 private:
  struct Ballot {
    std::map<int, double> votes;
    std::int64_t last_frame = 0;

    void snapshot(io::Snapshot& s) { s(votes, last_frame); }
  };
  void forget(std::int64_t frame);

  std::map<std::int64_t, Ballot> ballots_;  // by id
  std::int64_t next_forgetting_ = 0;        // the first frame that is its time
};

class ClassVotesStage : public Stage {
 public:
  explicit ClassVotesStage(std::function<std::string(int)> name) : name_of_(std::move(name)) {}
  std::string_view name() const override { return "classes"; }
  Concurrency concurrency() const override { return Concurrency::kPerLane; }
  void process(Item& item) override;
  StageState save() override { return {StageState::kNothing, lanes_.save()}; }
  void load(const std::string& bytes) override;

 private:
  std::function<std::string(int)> name_of_;
  PerLane<ClassVotes> lanes_;
};

}  // namespace heddle::pipeline
