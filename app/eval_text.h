#pragma once
// What heddle eval genes and heddle eval rna print. Threads: plain functions.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::app {

/// The first cell of a row to the left, the others to the right, each column as wide as its widest
/// cell and two blanks from the one before.
std::string aligned(const std::vector<std::vector<std::string>>& rows);
/// "96.31"
std::string percent(double share);
/// The same, and a share of 1, where there is something to divide by; else "-" and null.
std::string percent_of(std::int64_t whole, double share);
nlohmann::ordered_json share_of(std::int64_t whole, double share);
/// With a newline behind it; bytes that are no UTF-8 are replaced.
std::string json_text(const nlohmann::ordered_json& value);

}  // namespace heddle::app
