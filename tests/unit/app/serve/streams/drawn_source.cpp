#include "tests/unit/app/serve/streams/drawn_source.h"

#include "attention/model/model.h"
#include "pipeline/threads.h"

#include <poll.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace heddle::app::serve {
namespace {

constexpr auto kPatience = std::chrono::seconds(240);
constexpr double kJump = 20;  // seconds
constexpr int kSide = 24;

void draw(io::Frame& frame, int left, int top, std::uint8_t blue, std::uint8_t red) {
  for (int y = std::max(top, 0); y < std::min(top + kSide, frame.height); ++y) {
    for (int x = std::max(left, 0); x < std::min(left + kSide, frame.width); ++x) {
      std::uint8_t* pixel = &frame.bgr[static_cast<std::size_t>(3 * (y * frame.width + x))];
      pixel[0] = blue;
      pixel[1] = static_cast<std::uint8_t>(8 * ((x - left) ^ (y - top)));
      pixel[2] = red;
    }
  }
}

const attention::Model& model(const char* name) {
  static const pipeline::ThreadBudget budget(2);
  static const attention::Model genes = attention::Model::load(
      HEDDLE_ROOT "/configs/models/genes-reference/weights.safetensors", attention::backend("cpu"));
  static const attention::Model tracking =
      attention::Model::load(HEDDLE_ROOT "/configs/models/tracking-reference/weights.safetensors",
                             attention::backend("cpu"));
  return name[0] == 'g' ? genes : tracking;
}

}  // namespace

DrawnSource::DrawnSource(const Drawing& drawing, int stop_descriptor)
    : drawing_(drawing), stop_(stop_descriptor) {
  info_.format = "drawn";
  info_.name = "a drawing";
  info_.video = true;
  info_.live = drawing.live;
  info_.width = drawing.width;
  info_.height = drawing.height;
  info_.frames_per_second = drawing.rate;
}

std::optional<io::Sample> DrawnSource::next() {
  if (at_ == drawing_.fails_before) throw io::InputError("the drawing tore");
  if (at_ == drawing_.silent_before) {
    pollfd stop{stop_, POLLIN, 0};
    ::poll(&stop, 1, -1);
    throw io::InputError("interrupted while waiting for a drawing");
  }
  if (at_ == drawing_.frames) return std::nullopt;
  io::Frame frame;
  frame.number = at_;
  frame.width = drawing_.width;
  frame.height = drawing_.height;
  const bool late = drawing_.jumps_before >= 0 && at_ >= drawing_.jumps_before;
  frame.seconds = at_ / drawing_.rate + (late ? kJump : 0);
  frame.after_gap = at_ == drawing_.jumps_before;
  frame.stream = info_.name;
  frame.bgr.assign(static_cast<std::size_t>(3 * frame.width * frame.height), 90);
  const int step = std::max(0, at_ - 12);  // the ground is learnt before anything moves
  draw(frame, 2 * step - kSide, 20, 220, 40);
  draw(frame, frame.width - 2 * step, 70, 30, 230);
  ++at_;
  return io::Sample(std::move(frame));
}

Clock::Time TestClock::now() const {
  const std::scoped_lock lock(mutex_);
  return now_;
}

bool TestClock::sleep(std::chrono::nanoseconds time, Halt& halt) {
  if (halt.raised()) return false;
  pass(time);
  const std::scoped_lock lock(mutex_);
  sleeps_.push_back(std::chrono::duration<double>(time).count());
  return true;
}

void TestClock::pass(std::chrono::nanoseconds time) {
  const std::scoped_lock lock(mutex_);
  now_ += time;
}

std::vector<double> TestClock::sleeps() const {
  const std::scoped_lock lock(mutex_);
  return sleeps_;
}

StreamSpec spec_of(const std::string& kind, const std::string& input, nlohmann::json more) {
  if (more.is_null()) more = nlohmann::json::object();
  more["kind"] = kind;
  more["input"] = input;
  if (!more.contains("id")) more["id"] = "s1";
  return StreamSpec::from_json(more);
}

StreamServices services() {
  StreamServices services;
  services.video_model = &model("tracking");
  services.genome_model = &model("genes");
  services.threads = 2;
  return services;
}

StreamSeams drawn(const Drawing& drawing) {
  StreamSeams seams;
  seams.parts = [drawing](const LiveParts::World& world) {
    return one_part([drawing](int stop) { return std::make_unique<DrawnSource>(drawing, stop); },
                    world.halt);
  };
  return seams;
}

StreamServices keeping(const std::string& state) {
  StreamServices with = services();
  with.state_folder = state;
  return with;
}

StreamSeams waiting() {
  StreamSeams seams;
  seams.parts = [](const LiveParts::World& world) {
    return one_part(
        [](int stop) -> std::unique_ptr<io::Source> {
          pollfd awaited{stop, POLLIN, 0};
          ::poll(&awaited, 1, -1);
          throw io::InputError("interrupted while waiting for it");
        },
        world.halt);
  };
  return seams;
}

std::vector<nlohmann::json> events_of(Stream& stream, const std::string& type, std::int64_t after) {
  std::vector<nlohmann::json> found;
  std::int64_t last = after;
  for (;;) {
    const EventLog::Read read = stream.events().after(last);
    for (const Event& event : read.events) {
      if (event.type == type) found.push_back(nlohmann::json::parse(event.data));
      last = event.id;
    }
    if (read.events.empty()) return found;
  }
}

void wait_for(Stream& stream, const std::string& type, std::size_t count) {
  std::mutex mutex;
  std::condition_variable woken;
  std::int64_t wakes = 0;
  const int listener = stream.events().add_listener([&] {
    const std::scoped_lock lock(mutex);
    ++wakes;
    woken.notify_all();
  });
  const auto until = std::chrono::steady_clock::now() + kPatience;
  bool enough = false;
  for (std::int64_t seen = 0; std::chrono::steady_clock::now() < until;) {
    enough = events_of(stream, type).size() >= count;
    if (enough) break;
    std::unique_lock lock(mutex);
    woken.wait_until(lock, until, [&] { return wakes != seen; });
    seen = wakes;
  }
  stream.events().remove_listener(listener);
  if (!enough) throw std::runtime_error("no " + std::to_string(count) + " events of " + type);
}

void finish(Stream& stream) {
  if (!stream.wait_ended(kPatience)) throw std::runtime_error("the stream does not end");
}

}  // namespace heddle::app::serve
