// Everything that can be wrong with a request, as RFC 9457 problems: one table of code, status and title.
#pragma once

#include "engine/error.hpp"
#include "engine/refusal.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep::adapters::rest {

enum class problem_code : std::uint8_t {
  // What a SKU refuses: one for each engine::refusal but `none`, in their order.
  key_reused,
  in_progress,
  is_bundle,
  invalid_quantity,
  invalid_expiry,
  invalid_percent,
  invalid_text,
  invalid_location,
  stale_observation,
  observation_too_old,
  insufficient_stock,
  unknown_location,
  unknown_reservation,
  unknown_transfer,
  unknown_return,
  unknown_supply,
  reservation_closed,
  reservation_confirmed,
  not_confirmed,
  below_shipped,
  below_zero,
  stock_limit,
  too_many_reservations,
  too_many_open,
  unknown_incident,
  older_than_window,
  quarantined,
  // What is wrong with the request itself.
  malformed_request,
  malformed_json,
  invalid_body,
  invalid_parameter,
  invalid_cursor,
  invalid_identifier,
  duplicate_sku,
  key_missing,
  key_malformed,
  too_many_lines,
  unauthenticated,
  forbidden,
  bad_signature,
  no_such_route,
  method_not_allowed,
  unknown_sku,
  unknown_account,
  unknown_hold,
  unknown_dead_letter,
  unknown_proposal,
  no_code,
  conflict,
  not_replayable,
  request_timeout,
  body_too_large,
  unsupported_media_type,
  expectation_failed,
  header_too_large,
  // What is wrong here.
  internal_error,
  not_stored,
  overloaded,
  draining,
  unavailable,
  not_configured,
  outcome_unknown,
};

struct problem_row {
  problem_code code;
  unsigned status;
  std::string_view name;  // member `code`, and the end of `type`
  std::string_view title; // the same for every occurrence
};

[[nodiscard]] std::span<const problem_row> problem_table();
[[nodiscard]] const problem_row& row_of(problem_code code);
// Null when no problem has that name.
[[nodiscard]] const problem_row* find_problem(std::string_view name);

// `reason` must not be refusal::none.
[[nodiscard]] problem_code code_of(engine::refusal reason);
[[nodiscard]] problem_code code_of(engine::error_code failure);
// For answers the server itself gives: 400, 408, 413, 417, 431, else internal_error.
[[nodiscard]] problem_code code_of_status(unsigned status);

// A place in the body that is wrong. `pointer` is RFC 6901; empty: the whole document.
struct field_error {
  std::string pointer;
  std::string detail;
};

struct problem {
  problem_code code = problem_code::internal_error;
  std::string detail; // this occurrence, in a sentence; nothing internal, nothing secret
  std::vector<field_error> errors;
};

// A decoded request, or what is wrong with it.
template <class T>
using decoded = boost::system::result<T, problem>;

[[noreturn]] void throw_exception_from_error(const problem& failure, const boost::source_location& where);

inline constexpr std::string_view problem_content_type = "application/problem+json; charset=utf-8";

// application/problem+json. `instance` is the request's target; empty: left out.
[[nodiscard]] std::string encode(const problem& what, std::string_view instance);

} // namespace lockstep::adapters::rest
