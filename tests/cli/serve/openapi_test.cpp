// openapi.yaml and the README's table of errors name what there is, and nothing else.

#include "tests/cli/serve/openapi.h"

#include "app/serve/api/routes.h"
#include "app/serve/error_code.h"
#include "tests/cli/serve/schema.h"
#include "tests/shell.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace heddle {
namespace {

using nlohmann::json;

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  std::set<std::string> told;
  for (const auto& [path, item] : openapi()["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method != "parameters") told.insert(method + " " + path);
    }
  }
  std::set<std::string> there;
  for (const app::serve::Route& route : app::serve::routes()) {
    there.insert(lower(std::string(route.method)) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(told, there);
}

TEST(OpenApi, SaysWhichRoutesAreOpenAndWhichTakeWhat) {
  for (const app::serve::Route& route : app::serve::routes()) {
    const json& operation =
        openapi()["paths"][std::string(route.pattern)][lower(std::string(route.method))];
    EXPECT_EQ(operation.contains("security"), !route.needs_token) << route.pattern;
    EXPECT_EQ(operation["responses"].contains("401"), route.needs_token) << route.pattern;
    EXPECT_EQ(operation.contains("requestBody"), route.body != app::serve::BodyKind::kNone)
        << route.pattern;
  }
}

std::set<std::string> codes_of_answers() {
  std::set<std::string> codes;
  for (const app::serve::ErrorRow& row : app::serve::kErrors) codes.emplace(row.code);
  return codes;
}

std::set<std::string> codes_of_trouble() {
  return {std::begin(app::serve::kTroubles), std::end(app::serve::kTroubles)};
}

/// All that stands between backquotes, or as a word, in a text.
std::set<std::string> words_of(const std::string& text, const std::regex& word) {
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
    found.insert(at->str(1));
  }
  return found;
}

TEST(OpenApi, KnowsEveryCodeAndNoOther) {
  const json& schemas = openapi()["components"]["schemas"];
  EXPECT_EQ(schemas["ErrorCode"]["enum"].get<std::set<std::string>>(), codes_of_answers());
  EXPECT_EQ(schemas["TroubleCode"]["enum"].get<std::set<std::string>>(), codes_of_trouble());
}

TEST(OpenApi, TellsEachCodeUnderItsStatus) {
  std::map<std::string, std::set<std::string>> statuses;  // of components/responses
  for (const auto& [path, item] : openapi()["paths"].items()) {
    for (const auto& [method, operation] : item.items()) {
      if (method == "parameters") continue;
      EXPECT_TRUE(operation["responses"].contains("default")) << method << " " << path;
      for (const auto& [status, response] : operation["responses"].items()) {
        if (response.contains("$ref")) statuses[response["$ref"]].insert(status);
      }
    }
  }
  std::set<std::string> told;
  for (const auto& [name, where] : statuses) {
    const json& response = resolved(json{{"$ref", name}}, openapi());
    const auto words = words_of(response["description"], std::regex("([a-z_]+)"));
    for (const app::serve::ErrorRow& row : app::serve::kErrors) {
      const std::string code(row.code);
      if (!words.contains(code)) continue;
      const bool fits = where.contains(std::to_string(row.status)) || where.contains("default");
      EXPECT_TRUE(fits) << name << " tells " << code;
      told.insert(code);
    }
  }
  EXPECT_EQ(told, codes_of_answers());
}

TEST(Catalogue, ExplainsEveryCodeAndNoOther) {
  const std::string text =
      read_file(std::filesystem::path(HEDDLE_ROOT) / "configs/deploy/README.md");
  std::istringstream lines(text.substr(text.find("## What errors mean")));
  std::set<std::string> answers, troubles;
  const std::regex code("`([a-z_]+)`"), row(R"(\| (\d{3}) \| ([^|]*) \|.*)"),
      trouble(R"(\| (`[^|]*) \|.*)");
  for (std::string line; std::getline(lines, line) && !line.starts_with("## What it");) {
    std::smatch match;
    if (std::regex_match(line, match, row)) {
      for (const std::string& word : words_of(match[2], code)) {
        answers.insert(word + " " + match.str(1));
      }
    } else if (std::regex_match(line, match, trouble)) {
      troubles.merge(words_of(match[1], code));
    }
  }
  std::set<std::string> expected;
  for (const app::serve::ErrorRow& one : app::serve::kErrors) {
    expected.insert(std::string(one.code) + " " + std::to_string(one.status));
  }
  EXPECT_EQ(answers, expected);
  EXPECT_EQ(troubles, codes_of_trouble());
}

}  // namespace
}  // namespace heddle
