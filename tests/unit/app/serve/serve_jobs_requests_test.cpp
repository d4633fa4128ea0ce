#include "tests/unit/app/serve/served_jobs.h"

namespace heddle::app::serve {
namespace {

using nlohmann::json;
using testing::Contains;

TEST_F(ServedJobs, BecomeACommandLineThatCannotBeMistaken) {
  const JobSpec spec = parsed(asked({{"task", "genes"}, {"closed", true}, {"min-length", 60}}));
  const std::vector<std::string> words = words_of(spec, *options_, false);
  EXPECT_THAT(words, Contains("--task=genes"));
  EXPECT_THAT(words, Contains("--closed"));
  EXPECT_THAT(words, Contains("--min-length=60"));
  EXPECT_EQ(words[words.size() - 2], "--");
  EXPECT_THAT(words, testing::Not(Contains("--resume")));
  EXPECT_THAT(words_of(spec, *options_, true), Contains("--resume"));
}

TEST_F(ServedJobs, MayNotSayHowTheirProcessBehaves) {
  for (const char* name : {"log",
                           "output",
                           "o",
                           "config",
                           "c",
                           "preset",
                           "help",
                           "resume",
                           "progress",
                           "dump-config",
                           "in=put",
                           "-T",
                           "--closed",
                           ""}) {
    EXPECT_EQ(code_of(asked({{name, "x"}})), "bad_option") << name;
  }
  EXPECT_EQ(code_of(asked({{"closed", "yes"}})), "bad_option");
  EXPECT_EQ(code_of(asked({{"task", "--help"}})), "bad_option");
  EXPECT_EQ(code_of(asked({{"region", json::array()}})), "bad_option");
  EXPECT_EQ(code_of(asked({{"region", "a\nb"}})), "bad_option");
  EXPECT_EQ(code_of(asked({{"reference", "/etc/passwd"}})), "path_not_allowed");
  EXPECT_EQ(code_of(asked({{"model", "/etc/passwd"}})), "path_not_allowed");
}

TEST_F(ServedJobs, AndStreamsHaveTheSameOptionsByTheirWholeNamesOnly) {
  const auto code = [this](const json& options) -> std::string {
    try {
      options_->confined("video", options);
      return "";
    } catch (const ApiError& error) {
      return error.code();
    }
  };
  EXPECT_EQ(code({{"realtime", true}, {"frames", 5}}), "");
  EXPECT_EQ(code({{"detections", "/etc/passwd"}}), "path_not_allowed");
  for (const char* name : {"detections=/etc/passwd", "frames --detections", "detect", "log"}) {
    EXPECT_EQ(code({{name, true}}), "bad_option") << name;
  }
  EXPECT_EQ(code({{"detections", true}}), "bad_option");
}

TEST_F(ServedJobs, AreAskedForWithKnownFieldsOnly) {
  json job = asked();
  job["command"] = "serve";
  EXPECT_EQ(code_of(job), "bad_job");
  job = asked();
  job["inputs"] = json::array();
  EXPECT_EQ(code_of(job), "bad_job");
  job["inputs"] = {"/etc/passwd"};
  EXPECT_EQ(code_of(job), "path_not_allowed");
  job["inputs"] = {"http://elsewhere/"};
  EXPECT_EQ(code_of(job), "url_not_allowed");
  job["inputs"] = {"concat:/etc/passwd|/etc/group"};
  EXPECT_EQ(code_of(job), "path_not_allowed");
  job = asked();
  job["output"] = "/etc/cron.d/x";
  EXPECT_EQ(code_of(job), "path_not_allowed");
  job = asked();
  job["formats"] = {"mp4"};
  EXPECT_EQ(code_of(job), "bad_job");
  job = asked();
  job["env"] = "LD_PRELOAD=x";
  EXPECT_EQ(code_of(job), "unknown_field");
}

TEST_F(ServedJobs, AreRefusedOfTheFieldThatIsWrong) {
  const auto field_of = [this](const char* field, const json& value) -> std::string {
    json job = asked();
    job[field] = value;
    try {
      check_start(parsed(job), *confinement_);
      return "none";
    } catch (const ApiError& error) {
      EXPECT_EQ(error.code(), "bad_job");
      return error.field();
    }
  };
  const std::string input = folder_ / "in.fa";
  EXPECT_EQ(field_of("output", folder_ / "z.xyz"), "output");
  EXPECT_EQ(field_of("output", folder_ / "z.fna.gz"), "output");
  EXPECT_EQ(field_of("output", folder_ / "z.mp4"), "output");
  EXPECT_EQ(field_of("formats", {"bed"}), "output") << "out.gff3 says another";
  EXPECT_EQ(field_of("formats", {"bedpe"}), "formats") << "of another task";
  EXPECT_EQ(field_of("inputs", {input, input}), "output") << "a folder is needed";
}

}  // namespace
}  // namespace heddle::app::serve
