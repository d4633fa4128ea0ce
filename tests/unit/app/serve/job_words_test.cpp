#include "app/serve/jobs/job_spec.h"
#include "tests/shell.h"
#include "tests/unit/app/serve/program_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace heddle::app::serve {
namespace {

using testing::Contains;
using testing::Not;
using testing::StartsWith;

TEST(JobWords, HaveTheDaemonsThreadsUnlessTheJobNamesItsOwn) {
  const Confinement confinement({"/"}, {});
  const CommandOptions options(program(), confinement);
  JobSpec spec{.command = "genome", .inputs = {"/in.fa"}, .output = "/out.gff3"};
  EXPECT_THAT(words_of(spec, options, false, 3), Contains("--threads=3"));
  EXPECT_THAT(words_of(spec, options, false), Not(Contains(StartsWith("--threads"))));
  spec.options["threads"] = 5;
  EXPECT_THAT(words_of(spec, options, false, 3), Contains("--threads=5"));
  EXPECT_THAT(words_of(spec, options, false, 3), Not(Contains("--threads=3")));
}

TEST(JobWords, ResumeWhatCanBeReadAgainAndNothingElse) {
  const auto folder = std::filesystem::canonical(fresh_folder("job_words"));
  std::filesystem::create_directory(folder / "pics");
  std::ofstream(folder / "in.mp4") << "bytes";
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const Confinement confinement({"/"}, {});
  const CommandOptions options(program(), confinement);
  const auto words = [&](const std::vector<std::string>& inputs) {
    JobSpec spec{.command = "video", .inputs = inputs, .output = "/out/"};
    return words_of(spec, options, true);
  };
  EXPECT_THAT(words({folder / "pics", folder / "in.mp4"}), Contains("--resume"));
  EXPECT_THAT(words({folder / "in.mp4", "http://host/live"}), Not(Contains("--resume")));
  EXPECT_THAT(words({folder / "pipe"}), Not(Contains("--resume")));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace heddle::app::serve
