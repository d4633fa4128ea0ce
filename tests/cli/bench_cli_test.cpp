#include "tests/cli/cli.h"

#include <nlohmann/json.hpp>

namespace heddle {
namespace {

TEST_F(Cli, BenchListsItsCases) {
  const Outcome outcome = heddle("bench --list");
  EXPECT_EQ(outcome.exit_code, 0);
  for (const char* word : {"attention dense",
                           "attention window",
                           "read-out",
                           "association attention",
                           "genes-reference"}) {
    EXPECT_NE(outcome.output.find(word), std::string::npos) << word << "\n" << outcome.output;
  }
}

TEST_F(Cli, BenchListsOnlyWhatIsAskedFor) {
  const Outcome outcome = heddle("bench --list --only 'dense 1k'");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output.find("window"), std::string::npos) << outcome.output;
  EXPECT_EQ(heddle("bench --list --json").exit_code, 2);
}

TEST_F(Cli, BenchChecksWhatItMeasuresAndSaysSo) {
  const Outcome outcome = heddle("bench --only 'dense 1k' -t 1 --json");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("\"right\": true"), std::string::npos) << outcome.output;
  for (const std::string name : {"\"share_of_peak\": ", "\"share_of_peak_by_processor_time\": "}) {
    const std::size_t at = outcome.output.find(name);
    ASSERT_NE(at, std::string::npos) << outcome.output;
    EXPECT_LE(std::stod(outcome.output.substr(at + name.size())), 1);
  }
}

TEST_F(Cli, BenchTellsBytesAndMemoryWhereTheyAreKnown) {
  const Outcome outcome = heddle("bench --only 'dense 1k' -t 1 --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto row = nlohmann::json::parse(outcome.output)["cases"][0];
  const double bytes = 4.0 * 8 * 1024 * 32 * sizeof(float);
  EXPECT_NEAR(row["gbytes_per_second"], bytes * 1e-9 / row["seconds"].get<double>(), 1e-9);
  EXPECT_GT(row["peak_memory_bytes"], bytes);
}

TEST_F(Cli, BenchFollowsDrawnTracksAndChecksWhoIsWho) {
  const Outcome outcome = heddle("bench --only 'association attention of 10' -t 1 --json");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.output;
  const auto row = nlohmann::json::parse(outcome.output)["cases"][0];
  EXPECT_EQ(row["unit"], "frames");
  EXPECT_GT(row["units_per_second"], 0);
  EXPECT_TRUE(row["right"]);
  EXPECT_GT(row["error"], 0) << "a simulated detector leaves something to get wrong";
  EXPECT_TRUE(row["gbytes_per_second"].is_null());
}

TEST_F(Cli, BenchSaysWhatCountsEnergyOrWhyNothingDoes) {
  const Outcome outcome = heddle("bench --only 'dense 1k' -t 1");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  EXPECT_NE(outcome.output.find("\nenergy: "), std::string::npos) << outcome.output;
}

TEST_F(Cli, BenchScalingFitsExponentsAndDrawsThem) {
  const Outcome outcome = heddle("bench scaling --most 4096 -t 1 --json --svg scaling.svg");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  for (const char* word : {"\"dense\"", "\"window 256\"", "\"exponent\"", "\"right\": true"}) {
    EXPECT_NE(outcome.output.find(word), std::string::npos) << word << "\n" << outcome.output;
  }
  EXPECT_EQ(outcome.output.find("\"right\": false"), std::string::npos) << outcome.output;
  EXPECT_NE(text("scaling.svg").find("dense (N^"), std::string::npos);
}

TEST_F(Cli, BenchLanguageTellsBitsByContextForEachMemoryAndDrawsThem) {
  std::string words;
  for (int i = 0; i < 40; ++i) words += text("genome.fa");
  write("text", words);
  const Outcome outcome =
      heddle("bench language --text text --steps 3 --channels 16 -t 1 --json --svg bits.svg");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  for (const char* word :
       {"\"off\"", "\"recent\"", "\"long-term\"", "\"order_0_bits\"", "\"by_context\""}) {
    EXPECT_NE(outcome.output.find(word), std::string::npos) << word << "\n" << outcome.output;
  }
  EXPECT_NE(text("bits.svg").find("long-term"), std::string::npos);
  const Outcome again =
      heddle("bench language --text text --steps 1 --channels 16 -t 1 --svg bits.svg");
  EXPECT_EQ(again.exit_code, 7) << "a picture is never replaced unasked";
}

TEST_F(Cli, BenchLanguageSaysWhatIsWrongWithItsText) {
  write("short", "too short");
  const Outcome brief = heddle("bench language --text short");
  EXPECT_EQ(brief.exit_code, 3);
  EXPECT_NE(brief.output.find("bytes to learn from"), std::string::npos) << brief.output;
  EXPECT_EQ(heddle("bench language --text short --channels 12").exit_code, 2);
  EXPECT_EQ(heddle("bench language --text short --segment 40").exit_code, 2);
  const Outcome none = heddle("bench language --text nothing");
  EXPECT_EQ(none.exit_code, 3);
  EXPECT_NE(none.output.find("nothing: cannot be read"), std::string::npos) << none.output;
}

TEST_F(Cli, BenchVisionComparesNeighbourhoodsWithDenseAttention) {
  const Outcome outcome = heddle("bench vision --side 16 --kernel 3 --steps 2 -t 1");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  for (const char* word : {"neighbourhood(8,8,3)", "dense()", "ms/image"}) {
    EXPECT_NE(outcome.output.find(word), std::string::npos) << word << "\n" << outcome.output;
  }
  EXPECT_EQ(heddle("bench vision --side 17").exit_code, 2);
  EXPECT_EQ(heddle("bench vision --side 16 --kernel 9").exit_code, 2);
}

TEST_F(Cli, BenchOfNothingIsAUsageErrorThatNamesTheList) {
  const Outcome outcome = heddle("bench --only nothing");
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.output.find("heddle bench --list"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace heddle
