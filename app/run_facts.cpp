#include "app/run_facts.h"

#include <CLI/CLI.hpp>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>

namespace heddle::app {
namespace {

/// They change how a run looks or how fast it is. THE LIST.
constexpr std::string_view kFree[] = {"output",
                                      "overwrite",
                                      "resume",
                                      "journal-every",
                                      "threads",
                                      "progress",
                                      "quiet",
                                      "verbose",
                                      "log",
                                      "dump-config",
                                      "dry-run",
                                      "io-chunk",
                                      "help"};

std::uint32_t sum_of_ends(const std::string& path, std::int64_t size) {
  constexpr std::int64_t kEnd = 1 << 16;
  std::ifstream file(path, std::ios::binary);
  std::string bytes(static_cast<std::size_t>(std::min(size, kEnd)), '\0');
  std::uint32_t sum = 0;
  for (const std::int64_t at : {std::int64_t{0}, std::max<std::int64_t>(0, size - kEnd)}) {
    file.seekg(at);
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    sum = static_cast<std::uint32_t>(::crc32(
        sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(file.gcount())));
  }
  return sum;
}

}  // namespace

RunFacts facts_of_options(const CLI::App& command) {
  RunFacts facts;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional() || option->get_single_name() == "help") continue;
    std::string value;
    for (const std::string& one : option->results()) value += (value.empty() ? "" : " ") + one;
    facts["--" + option->get_single_name()] =
        option->count() > 0 ? value : option->get_default_str();
  }
  return facts;
}

bool may_change_results(std::string_view option) {
  return std::ranges::find(kFree, option) == std::end(kFree);
}

RunFacts that_matter(RunFacts options) {
  std::erase_if(options, [](const auto& fact) {
    return !may_change_results(std::string_view(fact.first).substr(2));  // behind '--'
  });
  return options;
}

std::string fact_of_file(const std::string& path) {
  struct stat status {};
  if (path == "-" || ::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  std::tm when{};
  ::gmtime_r(&status.st_mtim.tv_sec, &when);
  std::array<char, 32> date{};
  std::strftime(date.data(), date.size(), "%Y-%m-%d %H:%M:%S", &when);
  std::array<char, 160> text{};
  std::snprintf(text.data(),
                text.size(),
                "%lld bytes, changed %s.%09ld, ends %08x",
                static_cast<long long>(status.st_size),
                date.data(),
                static_cast<long>(status.st_mtim.tv_nsec),
                sum_of_ends(path, status.st_size));
  return text.data();
}

std::string difference(const RunFacts& before, const RunFacts& now) {
  RunFacts all = before;
  all.insert(now.begin(), now.end());
  std::string text;
  for (const auto& [what, value] : all) {
    const auto then = before.find(what);
    const auto here = now.find(what);
    if (then != before.end() && here != now.end() && then->second == here->second) continue;
    const auto said = [](const RunFacts& facts, RunFacts::const_iterator at) {
      if (at == facts.end()) return std::string("not there");
      return at->second.empty() ? std::string("empty") : at->second;
    };
    text += (text.empty() ? "" : "; ") + what + " was " + said(before, then) + " and is " +
            said(now, here);
  }
  return text;
}

}  // namespace heddle::app
