#pragma once
// What a daemon says of itself that does not change while it runs: GET /v1/info.

#include "app/serve/stream.h"

#include <nlohmann/json_fwd.hpp>

namespace heddle::app::serve {

/// {version, backend, models, kinds, formats}.
nlohmann::json about(const StreamServices& services);

}  // namespace heddle::app::serve
