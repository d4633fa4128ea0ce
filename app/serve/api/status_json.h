#pragma once
// A stream's Status, as openapi.yaml has it.

#include "app/serve/stream.h"

#include <nlohmann/json_fwd.hpp>

namespace heddle::app::serve {

nlohmann::json status_json(Stream& stream);

}  // namespace heddle::app::serve
