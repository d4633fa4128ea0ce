#include "attention/backend/cuda/device_arena.h"

#include "attention/backend/cuda/operation_api.h"

namespace heddle::attention::cuda {
namespace {

thread_local QueuedArena* in_run = nullptr;

}  // namespace

Operand HalfRooms::room(std::size_t index, const Operand& like, Element element) {
  const auto bytes =
      static_cast<std::size_t>(like.heads * like.rows * like.dim) * sizeof(std::uint16_t);
  if (index == rooms_.size()) {
    rooms_.emplace_back(*api_, bytes);
    bytes_.push_back(bytes);
  }
  if (index > rooms_.size() || bytes_[index] != bytes) {
    throw std::logic_error("cuda: a planned attention is called with operands of another shape");
  }
  Operand room = like;
  room.data = rooms_[index].data();
  room.element = element;
  room.row_stride = like.dim;
  room.head_stride = like.rows * like.dim;
  return room;
}

PlannedGradient::PlannedGradient(const ModuleApi& api,
                                 const AttentionGradientArgs& args,
                                 int heads,
                                 int windows)
    : rows(api, make_tile_schedule(*args.plan, heads, windows)),
      keys(api,
           [&] {
             std::vector<std::int64_t> slots;
             for (const KeySegment& segment : args.segments) slots.push_back(segment.keys.shape[1]);
             return make_key_schedule(*args.plan,
                                      {.heads = heads,
                                       .kv_heads = static_cast<int>(args.segments[0].keys.shape[0]),
                                       .slots = slots,
                                       .strands = windows});
           }()),
      rooms(api) {}

/// The calling thread is in an arena's run: what it enqueues goes to the arena's queue.
class QueuedArena::Entered {
 public:
  explicit Entered(QueuedArena& arena) : api_(*arena.api_), before_(in_run) {
    require(api_.operations->enter(arena.queue_), api_);
    in_run = &arena;
  }
  ~Entered() {
    in_run = before_;
    api_.operations->enter(before_ ? before_->queue_ : nullptr);
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;

 private:
  const ModuleApi& api_;
  QueuedArena* before_;
};

QueuedArena::QueuedArena(const ModuleApi& api, std::size_t bytes, std::size_t mirrored)
    : api_(&api), memory_(api, bytes) {
  require(api.operations->allocate_host(mirrored, &host_), api);
  if (api.operations->make_queue(&queue_)) return;
  api.operations->release_host(host_);
  require(false, api);
}

QueuedArena::~QueuedArena() {
  api_->operations->free_queue(queue_);
  api_->operations->release_host(host_);
}

QueuedArena* QueuedArena::current() { return in_run; }

std::int64_t QueuedArena::current_windows() { return in_run ? in_run->windows_ : 1; }

PlannedAttention& QueuedArena::planned(const AttentionArgs& args, int heads) {
  const TensorView& keys = args.segments[0].keys;
  const Key key{args.plan, heads, keys.shape[0], keys.shape[1], keys.shape[2], args.out.shape[2]};
  return planned_
      .try_emplace(key, *api_, *args.plan, heads, keys.shape[1], static_cast<int>(windows_))
      .first->second;
}

PlannedGradient& QueuedArena::planned(const AttentionGradientArgs& args, int heads) {
  const TensorView& keys = args.segments[0].keys;
  const Key key{args.plan, heads, keys.shape[0], keys.shape[1], keys.shape[2], args.out.shape[2]};
  return planned_gradients_.try_emplace(key, *api_, args, heads, static_cast<int>(windows_))
      .first->second;
}

void* QueuedArena::scratch(std::size_t bytes, int which) {
  std::optional<DeviceMemory>& room = scratch_[which];
  if (bytes > scratch_bytes_[which] || !room) {
    if (warm_) throw std::logic_error("cuda: a run asks for more memory than the one before");
    room.reset();
    room.emplace(*api_, bytes);
    scratch_bytes_[which] = bytes;
  }
  return room->data();
}

void* QueuedArena::keep(const RowsKey& rows, std::size_t bytes) {
  if (!keeps_) return nullptr;
  return kept_.try_emplace(rows, *api_, bytes).first->second.data();
}

const void* QueuedArena::kept(const RowsKey& rows) const {
  const auto found = kept_.find(rows);
  return found == kept_.end() ? nullptr : found->second.data();
}

void QueuedArena::enqueue(std::span<const DeviceCopy> in,
                          const std::function<void()>& steps,
                          std::span<const DeviceCopy> out) const {
  for (const DeviceCopy& copy : in) {
    require(api_->operations->copy(copy.device, copy.host, copy.bytes), *api_);
  }
  steps();
  for (const DeviceCopy& copy : out) {
    require(api_->operations->copy(copy.host, copy.device, copy.bytes), *api_);
  }
}

void QueuedArena::record(std::span<const DeviceCopy> in,
                         const std::function<void()>& steps,
                         std::span<const DeviceCopy> out) {
  require(api_->operations->record(queue_), *api_);
  try {
    enqueue(in, steps, out);
  } catch (...) {
    api_->operations->finish(queue_);
    throw;
  }
  require(api_->operations->finish(queue_), *api_);
  recorded_ = true;
}

void QueuedArena::run(std::span<const DeviceCopy> in,
                      const std::function<void()>& steps,
                      std::span<const DeviceCopy> out) {
  const Entered entered(*this);
  if (warm_ && !recorded_) record(in, steps, out);
  if (recorded_) {
    require(api_->operations->replay(queue_), *api_);
  } else {
    enqueue(in, steps, out);
  }
  require(api_->operations->wait(queue_), *api_);
  warm_ = true;
}

}  // namespace heddle::attention::cuda
