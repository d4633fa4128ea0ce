// The laws of attention over rolling memory, on every back end that runs here.
#include "attention/backend/attention_counts.h"
#include "tests/unit/attention/memory/memory_case.h"

#include <gtest/gtest.h>

#include <ostream>
#include <tuple>

namespace heddle::attention {

void PrintTo(const MemoryCase& memory_case, std::ostream* to) { *to << describe(memory_case); }

namespace {

MemorySpec spec_of(std::int64_t block,
                   std::int64_t sinks,
                   std::int64_t ring,
                   std::int64_t long_blocks,
                   int top_k) {
  return {.kv_heads = 1,
          .key_dim = 8,
          .value_dim = 6,
          .block = block,
          .sink_blocks = sinks,
          .ring_blocks = ring,
          .long_blocks = long_blocks,
          .top_k = top_k,
          .rotary_theta = 10000};
}

MemorySpec with(MemorySpec spec, int kv_heads, DType storage, double theta) {
  spec.kv_heads = kv_heads;
  spec.storage = storage;
  spec.rotary_theta = theta;
  return spec;
}

MemorySpec compressed(MemorySpec spec, std::int64_t blocks, int ratio) {
  spec.compressed = {.blocks = blocks, .ratio = ratio};
  return spec;
}

MemorySpec external(MemorySpec spec, std::int64_t blocks, ColdStorage storage, Eviction eviction) {
  spec.external = {.blocks = blocks, .storage = storage, .heap_blocks = 5, .eviction = eviction};
  return spec;
}

MemorySpec found_by(MemorySpec spec, SummaryKind summary) {
  spec.summary = summary;
  return spec;
}

std::vector<MemoryCase> cases() {
  const MemorySpec full = spec_of(16, 2, 6, 5, 2);
  return {
      {"ring_only", spec_of(16, 0, 7, 0, 0)},
      {"sinks", spec_of(16, 2, 7, 0, 0)},
      {"more_sinks_than_ring", spec_of(16, 9, 6, 3, 1)},
      {"retrieval", full},
      {"retrieval_of_all", spec_of(16, 1, 6, 4, 0)},
      {"one_long_block", spec_of(16, 0, 6, 1, 1)},
      {"grouped_heads", with(full, 2, DType::kF32, 10000), 4},
      {"no_rotary", with(full, 1, DType::kF32, 0), 2},
      {"bf16", with(full, 1, DType::kBF16, 500), 2},
      {"f16", with(full, 1, DType::kF16, 500), 2},
      {"odd_blocks", spec_of(24, 1, 5, 4, 2)},
      {"blocks_of_two_tiles", spec_of(128, 1, 2, 2, 1), 1, "window(90,causal)", 700},
      {"blocks_of_7", spec_of(7, 2, 12, 9, 3), 2},
      {"compressed", compressed(spec_of(16, 1, 6, 0, 0), 4, 4), 2},
      {"compressed_then_retrieval", compressed(full, 3, 2), 2},
      {"compressed_of_blocks_of_7", compressed(spec_of(7, 2, 12, 4, 1), 5, 7)},
      {"compressed_to_more_than_a_tile",
       compressed(spec_of(128, 1, 2, 0, 0), 2, 1),
       1,
       "window(90,causal)",
       700},
      {"boxes", found_by(full, SummaryKind::kBox), 2},
      {"external_bf16", external(full, 9, ColdStorage::kBF16, Eviction::kLru), 2},
      {"external_int8", external(full, 9, ColdStorage::kInt8, Eviction::kFifo), 2},
      {"external_grouped",
       external(with(spec_of(16, 1, 6, 9, 2), 2, DType::kF32, 0),
                8,
                ColdStorage::kInt8,
                Eviction::kMass),
       4},
      {"external_behind_compressed",
       found_by(compressed(external(full, 9, ColdStorage::kBF16, Eviction::kMass), 2, 4),
                SummaryKind::kBox),
       2},
      {"near_is_dense", full, 2, "dense(causal)"},
      {"near_is_nothing_much", full, 2, "window(0,causal)"},
      {"near_is_a_mixture",
       full,
       2,
       "per_head(strided(3,causal); window(9,causal) | random(2,seed=5,block=8) & dense(causal))"},
  };
}

std::vector<std::string> back_ends() {
  std::vector<std::string> names;
  for (const BackendStatus& status : backend_statuses()) {
    if (status.available) names.push_back(status.name);
  }
  return names;
}

std::string test_name(std::string name) {
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

using Parameters = std::tuple<MemoryCase, std::string>;

std::string name_of(const testing::TestParamInfo<Parameters>& tested) {
  return test_name(std::get<0>(tested.param).name + "_" + std::get<1>(tested.param));
}

class Attend : public testing::TestWithParam<Parameters> {
 protected:
  const MemoryCase& memory_case() const { return std::get<0>(GetParam()); }
  Feed how(bool read_past = true) const {
    return {&backend(std::get<1>(GetParam())), &near_, read_past};
  }
  Pattern near_ = parse_pattern(std::get<0>(GetParam()).near);
  Stream stream_{std::get<0>(GetParam()), 17};
};

TEST_P(Attend, IsWhatTheDefinitionSaysOfAllKeysEver) {
  const bool wide = memory_case().spec.storage == DType::kF32;
  // A turned key may round to the neighbour: bf16 keeps 8 bits of it, f16 11.
  const double tolerance = wide ? 1e-5 : memory_case().spec.storage == DType::kF16 ? 2e-3 : 2e-2;
  const Answer expected = run_by_definition(memory_case(), stream_);
  const Answer got = run_in_chunks(memory_case(), stream_, how(), 40);
  EXPECT_LT(largest_difference(got.out.view(), expected.out.view()), tolerance);
  EXPECT_LT(largest_difference(got.log_sum_exp.view(), expected.log_sum_exp.view()), tolerance);
}

TEST_P(Attend, GivesTheSameBitsForEveryChunkSize) {
  const Answer expected = run_in_chunks(memory_case(), stream_, how(), 1);
  for (const std::int64_t chunk : {7, 16, 33, 61}) {
    const Answer got = run_in_chunks(memory_case(), stream_, how(), chunk);
    EXPECT_TRUE(same_bits(got.out.view(), expected.out.view())) << "chunk " << chunk;
    EXPECT_TRUE(same_bits(got.log_sum_exp.view(), expected.log_sum_exp.view()));
  }
}

INSTANTIATE_TEST_SUITE_P(EveryBackEnd,
                         Attend,
                         testing::Combine(testing::ValuesIn(cases()),
                                          testing::ValuesIn(back_ends())),
                         name_of);

TEST(AttendBySketches, GivesTheSameBitsForEveryChunkSizeAndEvictionPolicy) {
  MemoryCase memory_case{"sketches", found_by(spec_of(16, 1, 6, 6, 2), SummaryKind::kSketch), 2};
  const Stream stream(memory_case, 18);
  const Pattern near = parse_pattern(memory_case.near);
  const Feed how{&backend(), &near};
  memory_case.spec.external = {.blocks = 10, .heap_blocks = 3};
  const Answer expected = run_in_chunks(memory_case, stream, how, 1);
  for (const Eviction eviction : {Eviction::kFifo, Eviction::kLru, Eviction::kMass}) {
    memory_case.spec.external.eviction = eviction;
    for (const std::int64_t chunk : {7, 33, 61}) {
      const Answer got = run_in_chunks(memory_case, stream, how, chunk);
      EXPECT_TRUE(same_bits(got.out.view(), expected.out.view())) << "chunk " << chunk;
    }
  }
}

class OnBackEnd : public testing::TestWithParam<std::string> {
 protected:
  const Backend& tested() const { return backend(GetParam()); }
};

TEST_P(OnBackEnd, ChunksOf1And7And64And1000GiveTheSameBits) {
  const MemoryCase memory_case{
      "long", spec_of(64, 1, 18, 9, 3), 2, "window(200,causal)", 64 * 40 + 17};
  const Stream stream(memory_case, 3);
  const Pattern near = parse_pattern(memory_case.near);
  const Feed how{&tested(), &near};
  const Answer expected = run_in_chunks(memory_case, stream, how, 1000);
  for (const std::int64_t chunk : {1, 7, 64}) {
    const Answer got = run_in_chunks(memory_case, stream, how, chunk);
    EXPECT_TRUE(same_bits(got.out.view(), expected.out.view())) << "chunk " << chunk;
    EXPECT_TRUE(same_bits(got.log_sum_exp.view(), expected.log_sum_exp.view()));
  }
}

TEST_P(OnBackEnd, WithMemoryOffAttendIsPlainPatternAttentionOnTheLiveKeys) {
  constexpr std::int64_t kChunk = 50;
  const MemoryCase memory_case{
      "off", with(spec_of(16, 2, 6, 5, 2), 1, DType::kF32, 0), 2, "window(20) | global(64:3)"};
  const Stream stream(memory_case, 4);
  const Pattern near = parse_pattern(memory_case.near);
  const Answer got = run_in_chunks(memory_case, stream, {&tested(), &near, false}, kChunk);
  for (std::int64_t first = 0; first < stream.length(); first += kChunk) {
    const Answer plain(memory_case, kChunk);
    const BlockPlan planned = plan(near, {2, first, kChunk, first, kChunk, 16, 16});
    const TensorView queries = stream.queries(first, kChunk);
    const KeySegment live{stream.keys(first, kChunk), stream.values(first, kChunk)};
    tested().attention({&planned, {&queries, 1}, {&live, 1}, 0.5f, plain.out.view(), {}});
    for (int head = 0; head < 2; ++head) {
      const TensorView part = got.out.view().at(0, head).slice(0, first, kChunk);
      EXPECT_TRUE(same_bits(part, plain.out.view().at(0, head))) << "from " << first;
    }
  }
}

TEST_P(OnBackEnd, AttentionIsCountedInBlocksBesideThoseOfAllPositions) {
  const MemoryCase memory_case{"", spec_of(64, 1, 3, 0, 0), 2, "window(64,causal)", 1024};
  const Stream stream(memory_case, 3);
  const Pattern near = parse_pattern(memory_case.near);
  const AttentionCounts before = attention_counts();
  run_in_chunks(memory_case, stream, {&tested(), &near}, 64);
  const AttentionCounts now = attention_counts();
  // A query block sees itself, the one before and, apart from that, the sink; full attention all
  // that came so far.
  constexpr std::int64_t kHeads = 2;
  EXPECT_EQ(now.kept - before.kept, kHeads * (1 + 15 * 3));
  EXPECT_EQ(now.all - before.all, kHeads * 16 * 17 / 2);
}

TEST_P(OnBackEnd, MemoryTokensAreReadByEveryQueryUntilTheyAreWrittenAgain) {
  MemoryCase memory_case{"tokens", spec_of(16, 1, 6, 5, 2), 2, "window(8,causal)", 150};
  memory_case.spec.memory_tokens = 3;
  const Stream stream(memory_case, 12);
  const Pattern near = parse_pattern(memory_case.near);
  const Feed how{&tested(), &near};
  const auto answer_of = [&](std::int64_t chunk, float value) {
    RollingMemory memory(memory_case.spec);
    Answer answer(memory_case, stream.length());
    const Tensor keys(DType::kF32, {1, 3, 8});  // zeros: every query likes them a little
    const Tensor values(DType::kF32, {1, 3, 6});
    for (std::int64_t i = 0; i < values.view().size(); ++i) values.view().as<float>()[i] = value;
    for (std::int64_t first = 0; first < stream.length(); first += 50) {
      for (std::int64_t at = first; at < first + 50; at += chunk) {
        feed(memory, stream, how, {at, std::min(first + 50, at + chunk)}, answer);
      }
      if (value != 0) memory.write_tokens(keys.view(), values.view());
    }
    return std::move(answer.out);
  };
  const Tensor without = answer_of(50, 0);
  const Tensor with = answer_of(50, 1000);
  EXPECT_TRUE(same_bits(with.view(), answer_of(7, 1000).view()));
  for (int head = 0; head < 2; ++head) {
    EXPECT_TRUE(same_bits(with.view().at(0, head).slice(0, 0, 50),
                          without.view().at(0, head).slice(0, 0, 50)))
        << "nothing was written before position 50";
    for (std::int64_t q = 50; q < 150; ++q) {
      EXPECT_GT(with.view().at(0, head).at(0, q).as<float>()[0],
                without.view().at(0, head).at(0, q).as<float>()[0] + 0.5f);
    }
  }
}

TEST_P(OnBackEnd, APlantedBlockIsFoundAmongManyByItsSummary) {
  const MemoryCase memory_case{
      "needle", spec_of(16, 0, 4, 200, 1), 1, "window(8,causal)", 16 * 150};
  const Stream stream(memory_case, 5);
  constexpr std::int64_t kNeedle = 16 * 37;
  for (std::int64_t k = kNeedle; k < kNeedle + 16; ++k) {  // keys point one way, values say 100
    for (int i = 0; i < 8; ++i) stream.keys(k, 1).as<float>()[i] = i == 2 ? 6 : 0;
    for (int i = 0; i < 6; ++i) stream.values(k, 1).as<float>()[i] = 100;
  }
  const std::int64_t last = stream.length() - 1;
  for (int i = 0; i < 8; ++i) stream.queries(last, 1).as<float>()[i] = i == 2 ? 6 : 0;
  const Pattern near = parse_pattern(memory_case.near);
  const Answer answer = run_in_chunks(memory_case, stream, {&tested(), &near}, 40);
  EXPECT_NEAR(answer.out.view().at(0, 0).at(0, last).as<float>()[0], 100, 0.1);
  const Answer off = run_in_chunks(memory_case, stream, {&tested(), &near, false}, 40);
  EXPECT_LT(off.out.view().at(0, 0).at(0, last).as<float>()[0], 10);
}

TEST_P(OnBackEnd, LiveKeysThatOverlapTheRingAreReadOnceAndInBothDirections) {
  const MemoryCase memory_case{"halo", spec_of(16, 0, 6, 0, 0), 1, "window(25)", 200};
  const Stream stream(memory_case, 6);
  const Pattern near = parse_pattern(memory_case.near);
  const Answer expected = run_by_definition(memory_case, stream);
  RollingMemory memory(memory_case.spec);
  memory.append(stream.keys(0, 120), stream.values(0, 120));
  const Answer got(memory_case, 80);  // queries and live keys from 90: 30 of them are in the ring
  memory.attend(tested(),
                {.queries = stream.queries(90, 80),
                 .first = 90,
                 .live_keys = stream.keys(90, 110),
                 .live_values = stream.values(90, 110),
                 .live_first = 90,
                 .near = &near,
                 .scale = 0.5f,
                 .out = got.out.view()});
  const TensorView part = expected.out.view().at(0, 0).slice(0, 90, 80);
  EXPECT_LT(largest_difference(got.out.view().at(0, 0), part), 1e-5);
}

TEST_P(OnBackEnd, AttendAfterAppendReadsTheRingAlone) {
  const MemoryCase memory_case{"after", spec_of(16, 1, 6, 0, 0), 2};
  const Stream stream(memory_case, 7);
  const Pattern near = parse_pattern(memory_case.near);
  const Answer expected = run_in_chunks(memory_case, stream, {&tested(), &near}, 20);
  RollingMemory memory(memory_case.spec);
  const Answer got(memory_case, stream.length());
  for (std::int64_t first = 0; first < stream.length(); first += 20) {
    memory.append(stream.keys(first, 20), stream.values(first, 20));
    memory.attend(tested(),
                  {.queries = stream.queries(first, 20),
                   .first = first,
                   .live_first = first + 20,
                   .near = &near,
                   .scale = 0.5f,
                   .out = got.out.view().slice(1, first, 20)});
  }
  EXPECT_TRUE(same_bits(got.out.view(), expected.out.view()));
}

TEST_P(OnBackEnd, AResetMemoryAnswersAsANewOne) {
  const MemoryCase memory_case{"reset", spec_of(16, 1, 6, 5, 2), 2};
  const Stream before(memory_case, 8);
  const Stream after(memory_case, 9);
  const Pattern near = parse_pattern(memory_case.near);
  const Feed how{&tested(), &near};
  RollingMemory memory(memory_case.spec);
  const Answer ignored(memory_case, before.length());
  feed(memory, before, how, {0, 50}, ignored);
  feed(memory, before, how, {50, 123}, ignored);
  memory.reset();
  EXPECT_EQ(memory.length(), 0);
  const Answer got(memory_case, after.length());
  for (std::int64_t first = 0; first < after.length(); first += 50) {
    feed(memory, after, how, {first, first + 50}, got);
  }
  const Answer expected = run_in_chunks(memory_case, after, how, 50);
  EXPECT_TRUE(same_bits(got.out.view(), expected.out.view()));
}

INSTANTIATE_TEST_SUITE_P(EveryBackEnd,
                         OnBackEnd,
                         testing::ValuesIn(back_ends()),
                         [](const auto& tested) { return test_name(tested.param); });

class Refusal : public testing::Test {
 protected:
  RollingMemory::Attend sound() const {
    return {.queries = stream_.queries(0, 20),
            .live_keys = stream_.keys(0, 20),
            .live_values = stream_.values(0, 20),
            .near = &near_,
            .out = answer_.out.view().slice(1, 0, 20)};
  }
  void expect_refused(const RollingMemory::Attend& args) {
    EXPECT_THROW(memory_.attend(backend("reference"), args), std::invalid_argument);
  }

  MemoryCase memory_case_{"refusal", spec_of(16, 1, 4, 5, 2), 2};
  Stream stream_{memory_case_, 10};
  Pattern near_ = window(10, Direction::kCausal);
  Answer answer_{memory_case_, 300};
  RollingMemory memory_{memory_case_.spec};
};

TEST_F(Refusal, OfShapesThatDoNotFit) {
  EXPECT_NO_THROW(memory_.attend(backend("reference"), sound()));
  RollingMemory::Attend args = sound();
  args.near = nullptr;
  expect_refused(args);
  args = sound();
  args.queries = args.queries.slice(2, 0, 7);
  expect_refused(args);
  args = sound();
  args.live_values = stream_.values(0, 19);
  expect_refused(args);
  args = sound();
  args.out = answer_.out.view().slice(1, 0, 21);
  expect_refused(args);
  args = sound();
  args.live_first = 1;  // nothing was appended before it
  expect_refused(args);
  EXPECT_THROW(memory_.append(stream_.keys(0, 3), stream_.values(0, 4)), std::invalid_argument);
}

TEST_F(Refusal, OfAChunkThatOutrunsTheRingWhenOldBlocksAreRetrieved) {
  RollingMemory::Attend args = sound();
  args.queries = stream_.queries(0, 65);
  args.live_keys = stream_.keys(0, 65);
  args.live_values = stream_.values(0, 65);
  args.out = answer_.out.view().slice(1, 0, 65);
  expect_refused(args);
}

TEST_F(Refusal, OfAMemoryThatHoldsPositionsTwice) {
  MemorySpec spec = memory_case_.spec;
  spec.admission = Admission::kEveryNth;
  spec.rotary_theta = 0;
  RollingMemory twice(spec);
  EXPECT_THROW(twice.attend(backend("reference"), sound()), std::invalid_argument);
}

}  // namespace
}  // namespace heddle::attention
