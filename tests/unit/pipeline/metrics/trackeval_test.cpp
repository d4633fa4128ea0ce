// Every number of the fixtures as TrackEval gives it; tests/data/metrics/README.md says how they
// were made.

#include "io/formats/mot_rows.h"
#include "pipeline/metrics/mot_rules.h"
#include "pipeline/metrics/tracking_score.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace heddle::pipeline {
namespace {

constexpr double kTolerance = 1e-6;
const std::string kFolder = std::string(HEDDLE_TEST_DATA) + "/metrics/";

using Numbers = std::map<std::string, double>;

/// 'NAME METRIC VALUE' lines.
Numbers expected(const std::string& name) {
  Numbers numbers;
  std::ifstream file(kFolder + "trackeval.txt");
  std::string sequence, metric;
  double value = 0;
  while (file >> sequence >> metric >> value) {
    if (sequence == name) numbers[metric] = value;
  }
  return numbers;
}

void add(Numbers& numbers, const HotaCounts::Scores& scores, const std::string& suffix) {
  numbers["HOTA" + suffix] = scores.hota;
  numbers["DetA" + suffix] = scores.deta;
  numbers["DetRe" + suffix] = scores.detre;
  numbers["DetPr" + suffix] = scores.detpr;
  numbers["AssA" + suffix] = scores.assa;
  numbers["AssRe" + suffix] = scores.assre;
  numbers["AssPr" + suffix] = scores.asspr;
  numbers["LocA" + suffix] = scores.loca;
}

Numbers numbers_of(const TrackingScore& score) {
  const ClearCounts& clear = score.clear;
  Numbers numbers{{"MOTA", clear.mota()},
                  {"MOTP", clear.motp()},
                  {"CLR_TP", clear.matches},
                  {"CLR_FN", clear.misses()},
                  {"CLR_FP", clear.false_positives()},
                  {"IDSW", clear.switches},
                  {"Frag", clear.fragments},
                  {"MT", clear.mostly_tracked},
                  {"PT", clear.partly_tracked},
                  {"ML", clear.mostly_lost},
                  {"IDF1", score.identity.f1()},
                  {"IDP", score.identity.precision()},
                  {"IDR", score.identity.recall()},
                  {"IDTP", score.identity.matches}};
  add(numbers, score.hota.mean(), "");
  add(numbers, score.hota.at(9), "@0.50");
  return numbers;
}

TrackingScore score(const std::string& sequence, MotRules rules = MotRules::kAuto) {
  const auto tracks = prepare_mot(io::read_mot(kFolder + sequence + ".truth.txt"),
                                  io::read_mot(kFolder + sequence + ".tracks.txt"),
                                  rules);
  return score_tracking(tracks.truth, tracks.said);
}

void expect_equal(const TrackingScore& score, const std::string& name) {
  const Numbers wanted = expected(name);
  const Numbers found = numbers_of(score);
  ASSERT_EQ(wanted.size(), found.size()) << name;
  for (const auto& [metric, value] : wanted) {
    EXPECT_NEAR(found.at(metric), value, kTolerance) << name << " " << metric;
  }
}

TEST(TrackEval, AgreesOnSequencesWithoutClasses) {
  for (const char* sequence : {"crossing", "gaps"}) expect_equal(score(sequence), sequence);
}

TEST(TrackEval, AgreesOnSequencesWithDistractorsAndMarks) {
  for (const char* sequence : {"classes", "static"}) expect_equal(score(sequence), sequence);
}

TEST(TrackEval, AgreesOnTheVehiclesOfMot20) {
  expect_equal(score("vehicles", MotRules::kMot20), "vehicles");
}

TEST(TrackEval, AgreesOnSequencesTakenTogether) {
  TrackingScore plain = score("crossing"), classed = score("classes");
  plain += score("gaps");
  classed += score("static");
  expect_equal(plain, "mot15");
  expect_equal(classed, "mot17");
}

TEST(TrackEval, AgreesWhereNothingIsSaidOrNothingIsTrue) {
  const std::vector<LabelledBox> some{{1, 1, {0, 0, 10, 10}}};
  const TrackingScore silent = score_tracking(some, {}), talking = score_tracking({}, some);
  for (const TrackingScore* one : {&silent, &talking}) {
    EXPECT_EQ(one->hota.mean().hota, 0);
    EXPECT_DOUBLE_EQ(one->hota.mean().loca, 1);  // its convention
    EXPECT_EQ(one->identity.f1(), 0);
  }
  EXPECT_EQ(silent.clear.misses(), 1);
  EXPECT_EQ(silent.clear.mostly_lost, 1);
  EXPECT_EQ(talking.clear.false_positives(), 1);
}

TEST(MotRules, RefuseClassesThatMotChallengeDoesNotHave) {
  const std::vector<io::MotRow> truth{{.frame = 1, .id = 1, .width = 5, .height = 5, .type = 20}};
  EXPECT_THROW(prepare_mot(truth, {}, MotRules::kAuto), std::invalid_argument);
  EXPECT_EQ(prepare_mot(truth, {}, MotRules::kMot15).truth.size(), 1u);
  EXPECT_THROW(mot_rules_named("mot99"), std::invalid_argument);
}

TEST(MotRules, RefuseAnIdentityTwiceInAFrame) {
  const std::vector<io::MotRow> twice{{.id = 3, .width = 5, .height = 5},
                                      {.id = 3, .width = 6, .height = 6}};
  EXPECT_THROW(prepare_mot(twice, {}, MotRules::kMot15), std::invalid_argument);
  EXPECT_THROW(prepare_mot({}, twice, MotRules::kMot15), std::invalid_argument);
}

TEST(MotRules, AMarkIsAWholeNumberButAScoreIsNot) {
  io::MotRow row;
  row.frame = row.id = 1;
  row.width = row.height = 5;
  std::vector<io::MotRow> marks(2, row);
  marks[1].id = 2;
  marks[0].confidence = 1;
  marks[1].confidence = 0;
  const PreparedTracks marked = prepare_mot(marks, {}, MotRules::kMot15);
  EXPECT_EQ(marked.truth.size(), 1u);
  EXPECT_EQ(marked.left_out.marked, 1);
  marks[0].confidence = 0.4;
  EXPECT_EQ(prepare_mot(marks, {}, MotRules::kMot15).truth.size(), 2u) << "0.4 is a score";
}

}  // namespace
}  // namespace heddle::pipeline
