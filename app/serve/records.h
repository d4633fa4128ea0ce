#pragma once
// What must outlive the daemon, even a kill -9: one JSON file a record in a folder, each replaced
// whole or not at all, and the number that the last one had, so that a name is never used twice.
// Without a folder nothing is kept. Threads: every call from any thread.

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace heddle::app::serve {

/// 7 of "s7"; 0: no name of that letter.
std::int64_t number_of(std::string_view name, std::string_view letter);

class Records {
 public:
  /// Makes the folder where it is missing (below an existing one), for this user alone. Empty:
  /// none. `letter`: of the names, "s" of s7. Throws io::OutputError.
  Records(std::string folder, std::string letter);

  /// A name that nothing had before: "s8". Throws std::runtime_error, as put(), where the disk
  /// takes it not.
  std::string next_name();
  void put(const std::string& name, const nlohmann::json& record);
  void remove(const std::string& name);
  /// By number. What cannot be read is left out and stays as it is; `damaged` is told of it, one
  /// sentence a file.
  std::vector<std::pair<std::string, nlohmann::json>> all(
      const std::function<void(const std::string&)>& damaged = [](const std::string&) {}) const;

 private:
  std::string path(const std::string& name) const;
  std::vector<std::string> names() const;  // of the files, by number

  const std::string folder_;
  const std::string letter_;
  mutable std::mutex mutex_;
  std::int64_t last_ = 0;
};

}  // namespace heddle::app::serve
