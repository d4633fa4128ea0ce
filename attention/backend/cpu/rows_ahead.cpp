#include "attention/backend/cpu/rows_ahead.h"

namespace heddle::attention::cpu {

RowsAhead rows_ahead(const Matrix& from, std::int64_t first, int count) {
  return {.data = from.order ? from.data : from.row(first),
          .order = from.order ? from.order + first : nullptr,
          .stride = from.stride,
          .row_bytes = from.columns * static_cast<std::int64_t>(size_of(from.dtype)),
          .count = count};
}

RowsAhead bytes_ahead(const void* data, std::int64_t bytes) {
  constexpr std::int64_t kRow = 256;
  return {.data = static_cast<const char*>(data),
          .stride = kRow,
          .row_bytes = kRow,
          .count = static_cast<int>(bytes / kRow)};
}

RowsAhead share_of(const RowsAhead& rows, int part, int parts) {
  const int first = rows.count * part / parts;
  RowsAhead share = rows;
  share.count = rows.count * (part + 1) / parts - first;
  if (share.count == 0) return {};
  if (rows.order) {
    share.order += first;
  } else {
    share.data += first * rows.stride;
  }
  return share;
}

Ahead share_of(const Ahead& ahead, int part, int parts) {
  Ahead shares;
  for (std::size_t i = 0; i < ahead.size(); ++i) shares[i] = share_of(ahead[i], part, parts);
  return shares;
}

}  // namespace heddle::attention::cpu
