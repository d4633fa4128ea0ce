// Every row of every list is exercised by a test: its name stands, quoted or as a call, in the code
// (not the comments) of its room's tests.

#include "app/jobs.h"
#include "app/models.h"
#include "attention/backend/backend.h"
#include "attention/model/layer.h"
#include "attention/patterns/pattern_list.h"
#include "io/sink.h"
#include "pipeline/associations/box_association.h"
#include "tests/house/source_tree.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace heddle::house {
namespace {

std::string tests_of(const std::vector<std::string>& folders) {
  std::string text;
  for (const SourceFile& file : sources(folders)) {
    for (const std::string& line : file.lines) text += line.substr(0, line.find("//")) + '\n';
  }
  return text;
}

/// "name" as a word of its own in a literal, or name( in one.
bool mentions(const std::string& tests, const std::string& name) {
  for (const char* start : {"\"", " ", "|", "&", "(", ","}) {
    for (const char* end : {"\"", "(", " ", ",", "|"}) {
      const std::string word = start + name + end;
      const bool quoted = word.find_first_of("\"(|&,") != word.npos;
      if (quoted && tests.find(word) != std::string::npos) return true;
    }
  }
  return false;
}

TEST(Lists, EveryAttentionPatternHasATest) {
  const std::string tests = tests_of({"tests/unit/attention/patterns"});
  for (const attention::PatternRow& row : attention::pattern_rows()) {
    EXPECT_TRUE(mentions(tests, std::string(row.name))) << row.name;
  }
}

TEST(Lists, EveryBackEndHasATest) {
  const std::string tests = tests_of({"tests/unit/attention", "tests/cli"});
  for (const attention::BackendStatus& status : attention::backend_statuses()) {
    EXPECT_TRUE(mentions(tests, status.name)) << status.name;
  }
}

TEST(Lists, EveryFormatHasATest) {
  const std::string tests = tests_of({"tests/unit/io", "tests/cli"});
  for (const io::FormatInfo& format : io::formats()) {
    EXPECT_TRUE(mentions(tests, format.name)) << format.name;
  }
}

TEST(Lists, EveryAssociationAndJobHasATest) {
  const std::string tests = tests_of({"tests/unit/pipeline", "tests/cli"});
  for (const std::string_view name : pipeline::box_associations()) {
    EXPECT_TRUE(mentions(tests, std::string(name))) << name;
  }
  for (const app::Job& job : app::jobs()) {
    if (job.task.empty()) continue;
    EXPECT_NE(tests.find("--task " + job.task), std::string::npos);
  }
}

TEST(Lists, EveryModelOperationHasATest) {
  std::string tests = tests_of({"tests/unit/attention", "tests/equivalence"});
  for (const app::InstalledModel& model : app::installed_models()) {
    tests += read_file(model.file.parent_path() / "model.json");
  }
  for (const std::string_view op : attention::layer_names()) {
    EXPECT_TRUE(mentions(tests, std::string(op))) << op;
  }
}

TEST(Lists, EveryShippedModelHasACard) {
  for (const app::InstalledModel& model : app::installed_models()) {
    const std::string card = read_file(model.file.parent_path() / "card.md");
    for (const char* word : {"ata", "rained", "imits"}) {
      EXPECT_NE(card.find(word), std::string::npos) << model.name << " card lacks '" << word << "'";
    }
  }
  EXPECT_GE(app::installed_models().size(), 2u);
}

}  // namespace
}  // namespace heddle::house
