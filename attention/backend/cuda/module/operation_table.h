#pragma once
// The module's table of queues and operations. Threads: immutable.

#include "attention/backend/cuda/module/guarded.h"
#include "attention/backend/cuda/operation_api.h"

namespace heddle::attention::cuda {

const OperationApi& operation_table();

}  // namespace heddle::attention::cuda
