#pragma once
// The codes by which the daemon says what went wrong. A code that stands in neither table does not
// compile; a test holds the tables against openapi.yaml and the catalogue in configs/deploy.
// Threads: values.

#include <string_view>

namespace heddle::app::serve {

struct ErrorRow {
  std::string_view code;
  int status;  // of HTTP
};

/// Of answers: THE TABLE.
inline constexpr ErrorRow kErrors[] = {
    {"bad_coding", 400},      {"bad_header", 400},
    {"bad_job", 400},         {"bad_json", 400},
    {"bad_length", 400},      {"bad_option", 400},
    {"bad_path", 400},        {"bad_query", 400},
    {"bad_spec", 400},        {"bad_url", 400},
    {"unknown_field", 400},   {"no_token", 401},
    {"wrong_token", 401},     {"foreign_host", 403},
    {"foreign_origin", 403},  {"path_not_allowed", 403},
    {"url_not_allowed", 403}, {"no_such_file", 404},
    {"no_such_input", 404},   {"no_such_job", 404},
    {"no_such_path", 404},    {"no_such_sequence", 404},
    {"no_such_stream", 404},  {"wrong_method", 405},
    {"bad_output", 409},      {"no_checkpoints", 409},
    {"no_upload", 409},       {"upload_refused", 409},
    {"wrong_kind", 409},      {"stream_ended", 410},
    {"body_too_large", 413},  {"not_json", 415},
    {"unknown_type", 415},    {"too_many_event_streams", 429},
    {"too_many_jobs", 429},   {"too_many_streams", 429},
    {"internal", 500},        {"busy", 503},
    {"draining", 503},        {"no_memory", 503},
    {"stands_still", 503},    {"state_unwritable", 507},
};

/// Of streams and jobs, in their `error` events and statuses: THE TABLE.
inline constexpr std::string_view kTroubles[] = {
    // of streams
    "bad_input",
    "bad_options",
    "checkpoint_failed",
    "checkpoint_unusable",
    "connection_failed",
    "connection_lost",
    "connection_timeout",
    "failed",
    "file_broke",
    "file_changed",
    "memory_budget",
    "not_started",
    "out_of_memory",
    "sample_failed",
    "stalled",
    "upload_broke",
    "upload_cut",
    "upload_refused",
    // of jobs, beside bad_input and not_started
    "crashed",
    "model",
    "output",
    "resource",
    "run_time_error",
    "some_inputs_failed",
    "usage",
};

/// A code of an answer, made from a literal.
class ErrorCode {
 public:
  consteval ErrorCode(const char* code) : row_(row_of(code)) {}
  constexpr std::string_view text() const { return row_->code; }
  constexpr int status() const { return row_->status; }

 private:
  static consteval const ErrorRow* row_of(std::string_view code) {
    for (const ErrorRow& row : kErrors) {
      if (row.code == code) return &row;
    }
    throw "no code of the table";
  }
  const ErrorRow* row_;
};

/// A code of a stream's or job's trouble, made from a literal.
class TroubleCode {
 public:
  consteval TroubleCode(const char* code) : text_(row_of(code)) {}
  constexpr std::string_view text() const { return text_; }

 private:
  static consteval std::string_view row_of(std::string_view code) {
    for (const std::string_view known : kTroubles) {
      if (known == code) return known;
    }
    throw "no code of the table";
  }
  std::string_view text_;
};

}  // namespace heddle::app::serve
