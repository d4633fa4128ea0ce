#include "app/jobs.h"

#include "io/sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace heddle::app {
namespace {

TEST(Jobs, WriteOnlyFormatsThatAreThereAndOfTheirKind) {
  for (const Job& job : jobs()) {
    for (const std::string& name : job.formats) {
      const auto format = std::find_if(io::formats().begin(),
                                       io::formats().end(),
                                       [&](const auto& row) { return row.name == name; });
      ASSERT_NE(format, io::formats().end()) << name;
      EXPECT_TRUE(format->writes) << name;
      EXPECT_TRUE(job.command == "video" ? format->video : format->genome) << name;
    }
  }
}

TEST(Jobs, LeaveNoFormatWithoutAWriter) {
  for (const io::FormatInfo& format : io::formats()) {
    const bool written = std::any_of(
        jobs().begin(), jobs().end(), [&](const Job& job) { return job.writes(format.name); });
    EXPECT_EQ(written, format.writes) << format.name;
  }
}

TEST(Jobs, AreNamedAsAPersonTypesThem) {
  EXPECT_EQ(job_of("video").label(), "heddle video");
  EXPECT_EQ(job_of("genome", "repeats").label(), "--task repeats");
  EXPECT_EQ(tasks_of("genome"), (std::vector<std::string>{"genes", "motifs", "repeats"}));
  EXPECT_THROW(job_of("genome", "exons"), std::logic_error);
}

TEST(Jobs, HelpSaysWhatEachTaskWritesOnce) {
  EXPECT_EQ(formats_help("video"), "mot jsonl csv coco html mp4");
  EXPECT_EQ(formats_help("genome"),
            "gff3 bed tsv jsonl html; genes also faa ffn gbk bedgraph bw sam bam cram, motifs also "
            "ffn, repeats also bedpe paf bedgraph bw");
}

}  // namespace
}  // namespace heddle::app
