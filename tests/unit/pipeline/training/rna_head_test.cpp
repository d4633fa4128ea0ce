#include "pipeline/training/rna_head.h"

#include "attention/backend/backend.h"
#include "attention/model/model.h"
#include "pipeline/rna_kinds.h"
#include "tests/unit/attention/train/tiny_gene_model.h"
#include "tests/unit/pipeline/pack/temporary_folder.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace heddle::pipeline {
namespace {

using attention::DType;
using attention::Model;
using testing::HasSubstr;
using testing::ThrowsMessage;

class RnaHead : public TemporaryFolder {
 protected:
  /// (192, channels) of the same bases.
  static std::vector<float> logits(const std::string& file, std::int64_t& channels) {
    const Model model = Model::load(file, attention::backend("cpu"));
    auto work = model.make_workspace("forward", {attention::shape_of(DType::kU8, {192})});
    auto* bases = work.input("bases").as<std::uint8_t>();
    for (int i = 0; i < 192; ++i) bases[i] = static_cast<std::uint8_t>((i * i + i / 5) % 4);
    model.run(work);
    const auto& out = work.output("logits");
    channels = out.shape[1];
    return {out.as<float>(), out.as<float>() + out.size()};
  }
};

TEST_F(RnaHead, LeavesTheFramesAsTheyWere) {
  const attention::Parameters before = attention::train::tiny_gene_model();
  before.save(path("before"));
  const attention::Parameters after = with_rna_head(before, 1, "tiny");
  after.save(path("after"));
  EXPECT_EQ(rna_channel(attention::model_spec(after, "after").fields), 8);
  std::int64_t eight = 0, all = 0;
  const std::vector<float> frames = logits(path("before"), eight);
  const std::vector<float> more = logits(path("after"), all);
  ASSERT_EQ(eight, 8);
  ASSERT_EQ(all, 8 + kRnaClasses);
  for (std::size_t row = 0; row < 192; ++row) {
    const auto* with = &more[row * static_cast<std::size_t>(all)];
    EXPECT_TRUE(std::equal(&frames[row * 8], &frames[row * 8] + 8, with)) << row;
    EXPECT_EQ(std::max_element(with + 8, with + all), with + 8) << "it begins with none";
  }
}

TEST_F(RnaHead, OfOneSeedIsOneAndOfAnotherAnother) {
  const attention::Parameters tiny = attention::train::tiny_gene_model();
  const auto first = [&](std::uint64_t seed) {
    return with_rna_head(tiny, seed, "tiny").at("rna.0.weight").as<float>()[0];
  };
  EXPECT_EQ(first(1), first(1));
  EXPECT_NE(first(1), first(2));
}

TEST_F(RnaHead, ASecondOneIsRefused) {
  const auto once = with_rna_head(attention::train::tiny_gene_model(), 1, "tiny");
  EXPECT_THAT([&] { with_rna_head(once, 1, "m"); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("already")));
}

TEST_F(RnaHead, FieldsThatContradictTheListAreRefused) {
  EXPECT_EQ(rna_channel({{"segment", "6144"}}), -1);
  EXPECT_THROW(rna_channel({{"rna", "8"}}), std::invalid_argument);
  EXPECT_THROW(rna_channel({{"rna", "3"}, {"rna_kinds", rna_kind_names()}}), std::invalid_argument);
  EXPECT_THROW(rna_channel({{"rna", "8"}, {"rna_kinds", "tRNA"}}), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::pipeline
