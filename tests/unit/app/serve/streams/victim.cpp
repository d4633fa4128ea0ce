// A process with streams, to be killed or timed: stream_victim STATE_FOLDER SPEC(JSON)... Ends when
// they do; an empty folder keeps nothing.

#include "tests/unit/app/serve/streams/drawn_source.h"

#include <algorithm>
#include <csignal>
#include <span>

int main(int argc, char** argv) {
  using namespace heddle::app::serve;
  if (argc < 3) return 2;
  std::signal(SIGPIPE, SIG_IGN);
  StreamServices with = services();
  with.state_folder = argv[1];
  StreamSeams seams;
  seams.checkpoint_every = std::chrono::milliseconds(5);
  std::vector<std::unique_ptr<RunningStream>> streams;
  for (const char* spec : std::span(argv + 2, argv + argc)) {
    streams.push_back(std::make_unique<RunningStream>(
        StreamSpec::from_json(nlohmann::json::parse(spec)), with, seams));
  }
  for (const auto& stream : streams) {
    while (!stream->wait_ended(std::chrono::hours(1))) {
    }
  }
  return std::ranges::all_of(
             streams,
             [](const auto& stream) { return stream->status().state == StreamState::kDone; })
             ? 0
             : 1;
}
