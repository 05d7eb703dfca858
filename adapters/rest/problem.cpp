#include "adapters/rest/problem.hpp"

#include "adapters/printable.hpp"
#include "adapters/rest/json_text.hpp"

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <stdexcept>

namespace lockstep::adapters::rest {

namespace {

using enum problem_code;

constexpr std::array table{
    problem_row{key_reused, 422, "key-reused", "The key stands for other content"},
    problem_row{in_progress, 409, "in-progress", "The first request with this key is still running"},
    problem_row{is_bundle, 409, "is-bundle", "The SKU is a bundle: ask this of its components"},
    problem_row{invalid_quantity, 422, "invalid-quantity", "The quantity is not acceptable"},
    problem_row{invalid_expiry, 422, "invalid-expiry", "The expiry is not acceptable"},
    problem_row{invalid_percent, 422, "invalid-percent", "A percentage is between 0 and 100"},
    problem_row{invalid_text, 422, "invalid-text", "A text is too long or not well-formed"},
    problem_row{invalid_location, 422, "invalid-location", "The location cannot be used for this"},
    problem_row{stale_observation, 409, "stale-observation", "A newer observation of the location is known"},
    problem_row{observation_too_old, 422, "observation-too-old", "Observed before what can be corrected: count again"},
    problem_row{insufficient_stock, 409, "insufficient-stock", "Fewer units are available than asked for"},
    problem_row{unknown_location, 422, "unknown-location", "The SKU has no such location"},
    problem_row{unknown_reservation, 404, "unknown-reservation", "Nothing was reserved under this id"},
    problem_row{unknown_transfer, 404, "unknown-transfer", "No such transfer is under way"},
    problem_row{unknown_return, 404, "unknown-return", "No such return is open"},
    problem_row{unknown_supply, 404, "unknown-supply", "No such supply is expected"},
    problem_row{reservation_closed, 409, "reservation-closed", "The reservation has ended"},
    problem_row{reservation_confirmed, 409, "reservation-confirmed", "The reservation is confirmed"},
    problem_row{not_confirmed, 409, "not-confirmed", "A hold must be confirmed before it ships"},
    problem_row{below_shipped, 409, "below-shipped", "Units that have left cannot be cancelled"},
    problem_row{below_zero, 409, "below-zero", "A request cannot take stock below zero"},
    problem_row{stock_limit, 422, "stock-limit", "The stock would leave its bounds"},
    problem_row{too_many_reservations, 409, "too-many-reservations", "The SKU keeps no more reservations"},
    problem_row{too_many_open, 409, "too-many-open", "The SKU keeps no more of these open"},
    problem_row{unknown_incident, 404, "unknown-incident", "No open incident has this number"},
    problem_row{older_than_window, 422, "older-than-window", "Too old to be told from a repeat"},
    problem_row{quarantined, 409, "quarantined", "The SKU is quarantined"},
    problem_row{malformed_request, 400, "malformed-request", "The request is not well-formed HTTP"},
    problem_row{malformed_json, 400, "malformed-json", "The body is not the JSON this service reads"},
    problem_row{invalid_body, 422, "invalid-body",
                "Members of the body are missing, unknown or out of range"},
    problem_row{invalid_parameter, 400, "invalid-parameter", "A path or query parameter is not acceptable"},
    problem_row{invalid_cursor, 400, "invalid-cursor", "The cursor was not given by this service"},
    problem_row{invalid_identifier, 422, "invalid-identifier", "An identifier breaks its scheme"},
    problem_row{duplicate_sku, 422, "duplicate-sku", "A SKU is named twice in one request"},
    problem_row{key_missing, 400, "key-missing", "An Idempotency-Key is needed"},
    problem_row{key_malformed, 400, "key-malformed", "The Idempotency-Key is not acceptable"},
    problem_row{too_many_lines, 413, "too-many-lines", "More lines than one request takes"},
    problem_row{unauthenticated, 401, "unauthenticated", "A valid bearer token is needed"},
    problem_row{forbidden, 403, "forbidden", "The token's scopes do not cover this"},
    problem_row{bad_signature, 401, "bad-signature", "The webhook is not signed by its account"},
    problem_row{no_such_route, 404, "no-such-route", "There is nothing at this path"},
    problem_row{method_not_allowed, 405, "method-not-allowed", "The path does not take this method"},
    problem_row{unknown_sku, 404, "unknown-sku", "No product has this SKU"},
    problem_row{unknown_account, 404, "unknown-account", "No account has this name"},
    problem_row{unknown_hold, 404, "unknown-hold", "No hold has this id"},
    problem_row{unknown_dead_letter, 404, "unknown-dead-letter", "No dead letter has this id"},
    problem_row{unknown_proposal, 404, "unknown-proposal", "No proposal has this id"},
    problem_row{no_code, 422, "no-code", "The SKU bears no UPC, EAN, GTIN or ASIN"},
    problem_row{conflict, 409, "conflict", "It contradicts how things stand"},
    problem_row{not_replayable, 422, "not-replayable", "The dead letter still cannot be recorded"},
    problem_row{request_timeout, 408, "request-timeout", "The request did not arrive in time"},
    problem_row{body_too_large, 413, "body-too-large", "The body is longer than the route takes"},
    problem_row{unsupported_media_type, 415, "unsupported-media-type", "The Content-Type is not the route's"},
    problem_row{expectation_failed, 417, "expectation-failed", "The expectation is unknown"},
    problem_row{header_too_large, 431, "header-too-large", "The headers are longer than the limit"},
    problem_row{internal_error, 500, "internal-error", "Something is wrong here"},
    problem_row{not_stored, 500, "not-stored", "The store refused it and nothing of it was kept"},
    problem_row{overloaded, 503, "overloaded", "Too much work is under way; nothing was done"},
    problem_row{draining, 503, "draining", "The service is shutting down; nothing was done"},
    problem_row{unavailable, 503, "unavailable", "A part of the service does not answer now"},
    problem_row{not_configured, 501, "not-configured", "The configuration does not set this up"},
    problem_row{outcome_unknown, 504, "outcome-unknown", "The outcome is unknown: repeat with the same key"},
};

// The row of a code is its number.
consteval bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  }
  return table.size() == static_cast<std::size_t>(outcome_unknown) + 1;
}

static_assert(in_order());

} // namespace

std::span<const problem_row> problem_table() {
  return table;
}

const problem_row& row_of(problem_code code) {
  return table[static_cast<std::size_t>(code)];
}

const problem_row* find_problem(std::string_view name) {
  const auto found = std::ranges::find(table, name, &problem_row::name);
  return found == table.end() ? nullptr : &*found;
}

problem_code code_of(engine::refusal reason) {
  assert(reason != engine::refusal::none);
  static_assert(static_cast<int>(key_reused) == static_cast<int>(engine::refusal::key_reused) - 1);
  static_assert(static_cast<int>(quarantined) == static_cast<int>(engine::refusal::quarantined) - 1);
  return static_cast<problem_code>(static_cast<int>(reason) - 1);
}

problem_code code_of(engine::error_code failure) {
  switch (failure) {
  case engine::error_code::malformed: return invalid_body;
  case engine::error_code::not_found: return no_such_route;
  case engine::error_code::conflict: return conflict;
  case engine::error_code::limit: return overloaded;
  case engine::error_code::refused: return conflict;
  case engine::error_code::unavailable:
  case engine::error_code::fenced: return unavailable;
  default: return internal_error;
  }
}

problem_code code_of_status(unsigned status) {
  switch (status) {
  case 400: return malformed_request;
  case 408: return request_timeout;
  case 413: return body_too_large;
  case 417: return expectation_failed;
  case 431: return header_too_large;
  default: return internal_error;
  }
}

std::string encode(const problem& what, std::string_view instance) {
  const auto& row = row_of(what.code);
  std::string out;
  json_text to{out};
  to.begin_object();
  to.member("type", std::string{"/problems/"}.append(row.name));
  to.member("title", row.title);
  to.member("status", static_cast<std::int64_t>(row.status));
  if (!what.detail.empty()) to.member("detail", valid_utf8(what.detail));
  if (!instance.empty()) to.member("instance", valid_utf8(instance));
  to.member("code", row.name);
  if (!what.errors.empty()) {
    to.begin_array("errors");
    for (const auto& error : what.errors) {
      to.begin_object();
      to.member("pointer", valid_utf8(error.pointer));
      to.member("detail", valid_utf8(error.detail));
      to.end_object();
    }
    to.end_array();
  }
  to.end_object();
  return out;
}

void throw_exception_from_error(const problem& failure, const boost::source_location& where) {
  boost::throw_exception(std::runtime_error{failure.detail}, where);
}

} // namespace lockstep::adapters::rest
