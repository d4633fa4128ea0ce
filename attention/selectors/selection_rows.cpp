#include "attention/selectors/selection_rows.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace heddle::attention {

void check_selection(std::string_view selector, const SelectionInput& input) {
  const auto refuse = [&](const char* what, const TensorView& view) {
    throw std::invalid_argument(
        std::string(selector) + ": " + what + " is " + describe(view) +
        "; expected f32 with a contiguous last axis, tokens and dims equal, "
        "and heads of queries a multiple of heads of keys");
  };
  const auto sound = [](const TensorView& view) {
    return view.rank == 3 && view.dtype == DType::kF32 &&
           (view.stride[2] == 1 || view.shape[2] <= 1);
  };
  if (!sound(input.queries)) refuse("queries", input.queries);
  const TensorView& keys = input.keys;
  if (!sound(keys) || keys.shape[0] < 1 || input.queries.shape[0] % keys.shape[0] != 0 ||
      keys.shape[1] != input.queries.shape[1] || keys.shape[2] != input.queries.shape[2]) {
    refuse("keys", keys);
  }
}

PositionRange heads_of(const SelectionInput& input, std::int64_t kv_head) {
  const std::int64_t group = input.queries.shape[0] / input.keys.shape[0];
  return {kv_head * group, (kv_head + 1) * group};
}

void find_rows(BlockLists& lists, const RowTasks& tasks, const FindRows& find) {
  const std::int64_t a_head = (tasks.count + tasks.task - 1) / tasks.task;
  std::vector<FoundRows> found(static_cast<std::size_t>(tasks.heads.size() * a_head));
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::size_t{0}, found.size(), [&](std::size_t i) {
      const auto number = static_cast<std::int64_t>(i);
      const std::int64_t first = number % a_head * tasks.task;
      find(tasks.heads.begin + number / a_head,
           {first, std::min(tasks.count, first + tasks.task)},
           found[i]);
    });
  });
  for (const FoundRows& part : found) {
    const auto before = static_cast<std::int64_t>(lists.blocks.size());
    lists.blocks.insert(lists.blocks.end(), part.blocks.begin(), part.blocks.end());
    for (const std::int64_t end : part.ends) lists.row_begin.push_back(before + end);
  }
}

void point_at(const SelectionInput& input,
              std::int64_t head,
              PositionRange queries,
              ScoreTable& table) {
  for (std::int64_t q = queries.begin; q < queries.end; ++q) {
    table.queries()[static_cast<std::size_t>(q - queries.begin)] = row_of(input.queries, head, q);
  }
}

std::string BlockChoice::text(std::string_view name) const {
  return std::string(name) + "(" + std::to_string(block) + "," + std::to_string(top) +
         (queries == 1 ? "" : ",queries=" + std::to_string(queries)) + ")";
}

void require_choice(const std::string& selector, const BlockChoice& choice) {
  require_range(selector + ": block", choice.block, 1, kMaxPosition);
  require_range(selector + ": top", choice.top, 1, kMaxPosition);
  require_range(selector + ": queries", choice.queries, 1, choice.block);
  require_range(selector + ": block modulo queries", choice.block % choice.queries, 0, 0);
}

QueryGroups::QueryGroups(const SelectionInput& input, std::int64_t size) : input_(input) {
  if (size == 1) return;
  const TensorView& queries = input.queries;
  const std::int64_t tokens = queries.shape[1];
  const std::int64_t groups = (tokens + size - 1) / size;
  means_ = Tensor(DType::kF32, {queries.shape[0], groups, queries.shape[2]});
  tbb::this_task_arena::isolate([&] {
    tbb::parallel_for(std::int64_t{0}, queries.shape[0] * groups, [&](std::int64_t i) {
      const std::int64_t first = i % groups * size;
      const std::int64_t end = std::min(tokens, first + size);
      float* mean = means_.view().as<float>() + i * queries.shape[2];
      for (std::int64_t q = first; q < end; ++q) {
        const float* query = row_of(queries, i / groups, q);
        for (std::int64_t c = 0; c < queries.shape[2]; ++c) mean[c] += query[c];
      }
      for (std::int64_t c = 0; c < queries.shape[2]; ++c)
        mean[c] /= static_cast<float>(end - first);
    });
  });
  input_.queries = means_.view();
}

LaneRows block_sums(const TensorView& keys, std::int64_t head, std::int64_t block, float divisor) {
  const std::int64_t tokens = keys.shape[1];
  const std::int64_t dim = keys.shape[2];
  const std::int64_t blocks = tokens / block + 1;
  LaneRows made(blocks, dim);
  for_lane_groups(blocks, [&](std::int64_t first, std::int64_t end) {
    std::vector<float> sum(static_cast<std::size_t>(dim));
    for (std::int64_t at = first; at < end; ++at) {
      std::ranges::fill(sum, 0.0f);
      for (std::int64_t k = at * block; k < std::min(tokens, (at + 1) * block); ++k) {
        const float* key = row_of(keys, head, k);
        for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += key[c] / divisor;
      }
      made.add(at, sum.data());
    }
  });
  return made;
}

Pattern choose_blocks(const SelectionInput& input,
                      const BlockChoice& choice,
                      const ScoreBlocks& score) {
  const std::int64_t groups = input.queries.shape[1];
  const std::int64_t most = input.keys.shape[1] / choice.block + 1;
  struct Scratch {
    explicit Scratch(std::int64_t blocks) : best(static_cast<std::size_t>(blocks)) {}
    ScoreTable table;
    TopK best;
  };
  tbb::enumerable_thread_specific<Scratch> scratches([&] { return Scratch(most); });
  BlockLists lists = {.heads = static_cast<int>(input.queries.shape[0]),
                      .query_block = choice.queries,
                      .key_block = choice.block};
  const auto find = [&](std::int64_t head, PositionRange queries, FoundRows& found) {
    Scratch& scratch = scratches.local();
    const std::int64_t blocks = choice.closed(queries.end - 1);
    scratch.table.size(queries.size(), blocks);
    if (blocks > 0) score(head, queries, blocks, scratch.table);
    for (std::int64_t q = queries.begin; q < queries.end; ++q) {
      const std::int64_t closed = choice.closed(q);
      const float* scores = scratch.table.row(q - queries.begin);
      found.add(scratch.best.select({scores, static_cast<std::size_t>(closed)},
                                    static_cast<std::size_t>(choice.top - 1)));
      found.blocks.push_back(closed);
      found.close_row();
    }
  };
  find_rows(lists, {{0, input.queries.shape[0]}, groups}, find);
  return listed(std::move(lists)) & dense(Direction::kCausal);
}

}  // namespace heddle::attention
