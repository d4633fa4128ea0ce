#include "app/serve/records.h"

#include "io/atomic_file.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace heddle::app::serve {
namespace fs = std::filesystem;

namespace {

constexpr const char* kLast = "last";  // beside the records

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_whole(const std::string& path, const std::string& text) {
  io::AtomicFile file(path);
  file.write(text);
  file.commit();
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);  // addresses: passwords
}

}  // namespace

std::int64_t number_of(std::string_view name, std::string_view letter) {
  if (!name.starts_with(letter)) return 0;
  name.remove_prefix(letter.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = error == std::errc{} && end == name.data() + name.size();
  return whole && number > 0 && name.front() != '0' ? number : 0;
}

Records::Records(std::string folder, std::string letter)
    : folder_(std::move(folder)), letter_(std::move(letter)) {
  if (folder_.empty()) return;
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::permissions(folder_, fs::perms::owner_all, error);
  if (error) throw io::OutputError(folder_ + ": cannot be made: " + error.message());
  last_ = number_of(letter_ + text_of(fs::path(folder_) / kLast), letter_);
  for (const std::string& name : names()) last_ = std::max(last_, number_of(name, letter_));
}

std::string Records::path(const std::string& name) const { return folder_ + "/" + name + ".json"; }

std::string Records::next_name() {
  const std::scoped_lock lock(mutex_);
  ++last_;
  if (!folder_.empty()) write_whole(folder_ + "/" + kLast, std::to_string(last_));
  return letter_ + std::to_string(last_);
}

void Records::put(const std::string& name, const nlohmann::json& record) {
  if (folder_.empty()) return;
  const std::scoped_lock lock(mutex_);
  write_whole(path(name), record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Records::remove(const std::string& name) {
  if (folder_.empty()) return;
  const std::scoped_lock lock(mutex_);
  std::error_code none;
  fs::remove(path(name), none);
}

std::vector<std::string> Records::names() const {
  std::vector<std::string> found;
  if (folder_.empty()) return found;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, none)) {
    const std::string name = entry.path().stem().string();
    if (entry.path().extension() == ".json" && number_of(name, letter_) != 0) found.push_back(name);
  }
  std::ranges::sort(found, {}, [this](const auto& name) { return number_of(name, letter_); });
  return found;
}

std::vector<std::pair<std::string, nlohmann::json>> Records::all(
    const std::function<void(const std::string&)>& damaged) const {
  std::vector<std::pair<std::string, nlohmann::json>> found;
  for (const std::string& name : names()) {
    auto record = nlohmann::json::parse(text_of(path(name)), nullptr, false);
    if (record.is_object()) {
      found.emplace_back(name, std::move(record));
    } else {
      damaged(path(name) + " is damaged: no record can be read from it; it is left as it is, and " +
              name + " is not there");
    }
  }
  return found;
}

}  // namespace heddle::app::serve
