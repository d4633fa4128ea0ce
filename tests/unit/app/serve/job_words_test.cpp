#include "app/serve/jobs/job_spec.h"
#include "tests/unit/app/serve/program_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace heddle::app::serve
