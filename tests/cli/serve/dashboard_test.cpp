// configs/deploy/grafana.json against the metrics that there are.

#include "tests/cli/serve/daemon.h"
#include "tests/shell.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <iterator>
#include <regex>
#include <set>

namespace heddle {
namespace {

using testing::IsSupersetOf;

std::set<std::string> found(const std::string& text, const char* pattern) {
  const std::regex word(pattern);
  std::set<std::string> names;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
    names.insert(at->str(1));
  }
  return names;
}

class Dashboard : public Serving {};

TEST_F(Dashboard, ShowsWhatThereIsAndWhatAnAlertAsksFor) {
  start();
  const std::string file = read_file(HEDDLE_ROOT "/configs/deploy/grafana.json");
  std::set<std::string> shown;
  for (std::string name : found(file, "((heddle|process)_[a-z_]+)\\{")) {
    if (name.ends_with("_bucket")) name.erase(name.rfind('_'));
    shown.insert(std::move(name));
  }
  EXPECT_THAT(found(ask("GET", "/metrics").body, "# TYPE ([a-z_]+) "), IsSupersetOf(shown));
  EXPECT_THAT(shown,
              IsSupersetOf({"heddle_draining",
                            "heddle_stream_behind_seconds",
                            "heddle_heap_bytes",
                            "heddle_events_total",
                            "process_cpu_seconds_total",
                            "process_open_fds",
                            "heddle_stream_unread_files_total"}));
}

}  // namespace
}  // namespace heddle
