#include "tests/cli/serve/openapi.h"

#include "tests/cli/serve/yaml.h"
#include "tests/shell.h"

#include <cctype>
#include <filesystem>

namespace heddle {

using nlohmann::json;

const json& openapi() {
  static const json file =
      parse_yaml(read_file(std::filesystem::path(HEDDLE_ROOT) / "configs/deploy/openapi.yaml"));
  return file;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace heddle
