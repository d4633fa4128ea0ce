#include "attention/memory/memory_tape.h"

#include <stdexcept>

namespace heddle::attention {
namespace {

Tensor copied(const TensorView& from) {
  Tensor made(DType::kF32, std::span(from.shape.data(), static_cast<std::size_t>(from.rank)));
  copy(from, made.view());
  return made;
}

std::array<Tensor, 2> copied(const std::array<TensorView, 2>& from) {
  return {copied(from[0]), copied(from[1])};
}

class Recorder final : public RollingMemory::Witness {
 public:
  explicit Recorder(std::vector<AttendRecord>& to) : to_(to) {}
  void seen(const AttentionArgs& call) override { to_.emplace_back(call); }

 private:
  std::vector<AttendRecord>& to_;
};

}  // namespace

MemoryTape::State::State(RollingMemory& on, int segments_kept)
    : memory(&on), most_segments(segments_kept) {
  if (segments_kept < 1) {
    throw std::invalid_argument("memory tape: it must hold at least 1 segment, asked for " +
                                std::to_string(segments_kept));
  }
}

bool MemoryTape::State::keeps_rows() const {
  return memory->spec().compressed.blocks > 0 || memory->spec().associative;
}

PositionRange MemoryTape::State::positions() const {
  for (const taped::Call& call : calls) {
    if (const auto* append = std::get_if<taped::Append>(&call)) {
      return {append->positions.begin, memory->length()};
    }
  }
  return {memory->length(), memory->length()};
}

void MemoryTape::State::remember_lead(taped::Append& dropped) {
  const std::int64_t block = memory->spec().block;
  const std::int64_t wanted = dropped.positions.end / block * block;
  if (memory->spec().compressed.blocks > 0) lead.push_back(std::move(dropped.rows));
  while (!lead.empty() && lead.front().positions().end <= wanted) lead.pop_front();
}

void MemoryTape::State::forget_oldest() {
  bool appended = false;
  while (!calls.empty() && (!appended || std::holds_alternative<taped::Tokens>(calls.front()))) {
    if (auto* append = std::get_if<taped::Append>(&calls.front())) {
      appended = true;
      remember_lead(*append);
    }
    calls.pop_front();
  }
  --segments;
}

bool MemoryTape::State::gather(PositionRange positions, const PairRows& to) const {
  std::int64_t found = 0;
  const auto take = [&](const PairRows& rows) {
    const PositionRange shared = overlap(positions, rows.positions());
    if (shared.empty()) return;
    found += shared.size();
    const auto part = [&](const Tensor& of, std::int64_t first) {
      return of.view().slice(1, shared.begin - first, shared.size());
    };
    copy(part(rows.keys, rows.first), part(to.keys, positions.begin));
    copy(part(rows.values, rows.first), part(to.values, positions.begin));
  };
  for (const PairRows& rows : lead) take(rows);
  for (const taped::Call& call : calls) {
    const auto* append = std::get_if<taped::Append>(&call);
    if (append != nullptr && !append->rows.keys.empty()) take(append->rows);
  }
  return found == positions.size();
}

MemoryTape::MemoryTape(RollingMemory& memory, int segments)
    : state_(std::make_unique<State>(memory, segments)) {}
MemoryTape::~MemoryTape() = default;
MemoryTape::MemoryTape(MemoryTape&&) noexcept = default;
MemoryTape& MemoryTape::operator=(MemoryTape&&) noexcept = default;

const RollingMemory& MemoryTape::memory() const { return *state_->memory; }
int MemoryTape::segments() const { return state_->segments; }

void MemoryTape::attend(const Backend& backend, const RollingMemory::Attend& args) {
  taped::Attend call;
  Recorder recorder(call.parts);
  RollingMemory::Attend seen = args;
  if (args.log_sum_exp.empty() && args.queries.rank == 3) {
    call.log_sum_exp = Tensor(DType::kF32, {args.queries.shape[0], args.queries.shape[1]});
    seen.log_sum_exp = call.log_sum_exp.view();
  }
  state_->memory->attend(backend, seen, &recorder);
  if (!args.log_sum_exp.empty()) call.log_sum_exp = copied(args.log_sum_exp);
  call.out = copied(args.out);
  call.queries = {args.queries.shape[0], args.queries.shape[1], args.queries.shape[2]};
  call.first = args.first;
  const std::int64_t live = args.live_keys.empty() ? 0 : args.live_keys.shape[1];
  call.live = {args.live_first, args.live_first + live};
  call.appended = state_->memory->length();
  call.tokens = state_->tokens_written - 1;
  state_->calls.emplace_back(std::move(call));
}

void MemoryTape::read_associations(const TensorView& queries, const TensorView& out) {
  state_->memory->read_associations(queries, out);
  state_->calls.emplace_back(taped::Read{copied(state_->memory->associations()), copied(queries)});
}

void MemoryTape::append(const TensorView& keys, const TensorView& values) {
  taped::Append call;
  const bool associative = state_->memory->spec().associative;
  if (associative) call.state = copied(state_->memory->associations());
  const std::int64_t first = state_->memory->length();
  state_->memory->append(keys, values);
  call.positions = {first, state_->memory->length()};
  call.rows.first = first;
  if (state_->keeps_rows()) {
    call.rows.keys = copied(keys);
    call.rows.values = copied(values);
  }
  state_->calls.emplace_back(std::move(call));
  if (++state_->segments > state_->most_segments) state_->forget_oldest();
}

void MemoryTape::write_tokens(const TensorView& keys, const TensorView& values) {
  state_->memory->write_tokens(keys, values);
  state_->calls.emplace_back(taped::Tokens{state_->tokens_written++});
}

void MemoryTape::cut() {
  state_->calls.clear();
  state_->lead.clear();
  state_->segments = 0;
}

void MemoryTape::reset() {
  state_->memory->reset();
  cut();
  state_->tokens_written = 0;
}

}  // namespace heddle::attention
