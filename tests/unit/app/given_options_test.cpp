#include "app/given_options.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace heddle::app {
namespace {

TEST(GivenOptions, NameWhatMayChangeResultsAndNothingElse) {
  CLI::App app;
  std::vector<std::string> inputs;
  std::string output, task = "genes";
  int threads = 0, least = 100, other = 3;
  bool closed = false;
  app.add_option("input", inputs);
  app.add_option("--task", task);
  app.add_option("--min-repeat", least);
  app.add_option("--other", other);
  app.add_option("-t,--threads", threads);
  app.add_option("-o,--output", output);
  app.add_flag("--closed", closed);
  app.parse("x.fa --task repeats --closed -t 2 --min-repeat 200 -o out.html");
  EXPECT_EQ(given_options(app), "--min-repeat 200 --closed");
}

TEST(GivenOptions, OfARunThatGoesOnAreThoseOfAnUndisturbedOne) {
  CLI::App app;
  bool resume = false;
  double every = 10;
  int passes = 2;
  std::string log;
  app.add_flag("--resume", resume);
  app.add_option("--journal-every", every);
  app.add_option("--log", log);
  app.add_option("--passes", passes);
  app.parse("--resume --journal-every 1 --log run.log --passes 1");
  EXPECT_EQ(given_options(app), "--passes 1");
}

TEST(GivenOptions, OfDefaultsAreNone) {
  CLI::App app;
  int least = 100;
  app.add_option("--min-repeat", least);
  app.parse("");
  EXPECT_EQ(given_options(app), "");
}

}  // namespace
}  // namespace heddle::app
