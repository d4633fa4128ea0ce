#include "app/serve/kept_events.h"

#include "app/serve/end_event.h"
#include "io/atomic_file.h"

#include <nlohmann/json.hpp>

#include <charconv>
#include <filesystem>
#include <fstream>

namespace heddle::app::serve {
namespace fs = std::filesystem;

namespace {

fs::path path_of(const std::string& folder, const std::string& id) {
  return fs::path(folder) / (id + ".events");
}

/// What stands behind `name` in the next line; false: another line, or none.
bool read_field(std::istream& in, std::string_view name, std::string& value) {
  std::string line;
  if (!std::getline(in, line) || !line.starts_with(name)) return false;
  value = line.substr(name.size());
  return true;
}

bool read_number(std::istream& in, std::string_view name, std::int64_t& value) {
  std::string text;
  if (!read_field(in, name, text)) return false;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc() && read.ptr == end;
}

/// As listeners get it, but for its time, which stands apart.
std::string text_of(const Event& event) {
  return "id: " + std::to_string(event.id) + "\nwall: " + std::to_string(event.wall) +
         "\nevent: " + event.type + "\ndata: " + event.data + "\n\n";
}

bool read_event(std::istream& in, Event& event) {
  std::string blank;
  return read_number(in, "id: ", event.id) && read_number(in, "wall: ", event.wall) &&
         read_field(in, "event: ", event.type) && read_field(in, "data: ", event.data) &&
         read_field(in, "", blank) && blank.empty();
}

/// For whoever listens to the daemon after it, the stream has not come to its end.
void go_on_behind(Event& event) {
  if (!is_drained_end(event)) return;
  event.data = nlohmann::json{{"samples", samples_of_end(event)}}.dump();
  event.type = "checkpoint";
}

}  // namespace

bool keep_events(const std::string& folder, const std::string& id, const EventLog& log) {
  const std::string path = path_of(folder, id);
  try {
    io::AtomicFile file(path);
    for (const Event& event : log.newest(kKeptEventBytes)) file.write(text_of(event));
    file.commit();
  } catch (const io::OutputError&) {
    return false;
  }
  std::error_code none;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, none);
  return true;
}

std::vector<Event> kept_events(const std::string& folder,
                               const std::string& id,
                               std::int64_t last) {
  std::vector<Event> found;
  std::ifstream in(path_of(folder, id), std::ios::binary);
  Event event;
  while (read_event(in, event)) {
    if (!found.empty() && event.id <= found.back().id) return {};
    go_on_behind(event);
    found.push_back(event);
  }
  if (found.empty() || found.back().id != last) return {};
  return found;
}

void forget_events(const std::string& folder, const std::string& id) {
  std::error_code none;
  fs::remove(path_of(folder, id), none);
}

}  // namespace heddle::app::serve
