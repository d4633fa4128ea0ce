#include "pipeline/pack/packer.h"

#include "io/error.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"

#include <gmock/gmock.h>

namespace heddle::pipeline {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Packer : public TemporaryFolder {
 protected:
  PackReport pack_these(const std::string& gff) const {
    const PackInput input{write("x.fa", ">chr1 first\nacgtacgt\nNNAC\n>chr2\nACGTAC\n"),
                          write("x.gff3", "##gff-version 3\n" + gff)};
    return pack(std::span(&input, 1), {.folder = path("set"), .overwrite = true, .stop = stop_});
  }
  std::function<bool()> stop_;
};

TEST_F(Packer, SequencesOfAFastaBecomeLabelledOnesOfAShard) {
  const PackReport report = pack_these(
      "chr1\tx\tgene\t1\t6\t.\t+\t.\tID=g\nchr1\tx\tCDS\t1\t6\t.\t+\t0\tID=c;transl_table=4\n"
      "chr2\tx\tCDS\t1\t4\t.\t-\t0\tID=d;pseudo=true\n");
  EXPECT_EQ(report.sequences, 2);
  EXPECT_EQ(report.bases, 18);
  EXPECT_EQ(report.genes.genes, 1);
  EXPECT_EQ(report.genes.unlabelled, 1);
  EXPECT_EQ(report.shards, 1);
  const Shard shard(shards_in(path("set"))[0]);
  const LabelledView& first = shard.sequences()[0];
  EXPECT_EQ(first.name, "chr1");
  EXPECT_EQ(first.genetic_code, 4);
  EXPECT_THAT(first.bases, ElementsAre(0, 1, 2, 3, 0, 1, 2, 3, 4, 4, 0, 1));
  EXPECT_THAT(first.plus, ElementsAre(1, 2, 3, 1, 2, 3, 0, 0, 0, 0, 0, 0));
  EXPECT_EQ(shard.sequences()[1].minus[0], kUnlabelled);
  EXPECT_EQ(shard.sequences()[1].genetic_code, 11);
}

TEST_F(Packer, NamesThatDoNotAgreeAreToldWithBoth) {
  EXPECT_THAT([&] { pack_these("1\tx\tCDS\t1\t6\t.\t+\t0\tID=c\n"); },
              ThrowsMessage<io::InputError>(AllOf(HasSubstr("'1'"), HasSubstr("'chr1'"))));
}

TEST_F(Packer, AnAnnotationWithoutGenesIsRefused) {
  EXPECT_THAT([&] { pack_these("chr1\tx\ttRNA\t1\t6\t.\t+\t.\tID=c\n"); },
              ThrowsMessage<io::InputError>(HasSubstr("no rows of type CDS")));
}

TEST_F(Packer, ASequenceOfAnUnknownGeneticCodeIsLeftOutAndNamed) {
  const PackReport report = pack_these(
      "chr1\tx\tCDS\t1\t6\t.\t+\t0\tID=c;transl_table=2\n"
      "chr2\tx\tCDS\t1\t3\t.\t+\t0\tID=d\n");
  EXPECT_THAT(report.left_out, ElementsAre("chr1 (genetic code 2)"));
  EXPECT_EQ(report.sequences, 1);
  EXPECT_EQ(report.genes.genes, 1);
  EXPECT_EQ(Shard(shards_in(path("set"))[0]).sequences()[0].name, "chr2");
}

TEST_F(Packer, NothingButUnknownGeneticCodesIsRefused) {
  EXPECT_THAT(
      [&] {
        pack_these(
            "chr1\tx\tCDS\t1\t6\t.\t+\t0\tID=c;transl_table=2\n"
            "chr2\tx\tCDS\t1\t3\t.\t+\t0\tID=d;transl_table=5\n");
      },
      ThrowsMessage<io::InputError>(HasSubstr("chr1 (genetic code 2)")));
}

TEST_F(Packer, StoppedMakesNothingAndLeavesWhatWasThere) {
  const std::string gff = "chr1\tx\tCDS\t1\t6\t.\t+\t0\tID=c\n";
  pack_these(gff);
  stop_ = [] { return true; };
  EXPECT_TRUE(pack_these(gff).stopped);
  EXPECT_FALSE(std::filesystem::exists(path("set.partial")));
  EXPECT_EQ(Shard(shards_in(path("set"))[0]).sequences().size(), 2u);
}

TEST_F(Packer, PackingTwiceGivesTheSameBytes) {
  const auto bytes = [this] {
    pack_these("chr1\tx\tCDS\t1\t6\t.\t+\t0\tID=c\n");
    std::ifstream file(shards_in(path("set"))[0], std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  };
  const std::string first = bytes();
  EXPECT_EQ(bytes(), first);
}

}  // namespace
}  // namespace heddle::pipeline
