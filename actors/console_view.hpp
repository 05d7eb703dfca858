// The console's answers as text: one function per screen. Pure.
#pragma once

#include "actors/answer.hpp"
#include "actors/node.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "storage/store.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace lockstep::actors {

// Names for the numbers that facts and answers carry; an unknown one gives an empty text.
struct console_names {
  std::function<std::string(engine::sku_id)> code_of;
  std::function<std::string(engine::account_id)> account_name;
};

[[nodiscard]] std::string status_view(const node_statistics& now);
[[nodiscard]] std::string actors_view(const node_statistics& now, std::span<const channel_status> channels);
[[nodiscard]] std::string journal_view(const node_statistics& now);

// `given` is the answer to read_stock with detail.
[[nodiscard]] std::string stock_view(std::string_view code, const answer& given, const console_names& names);
[[nodiscard]] std::string history_view(std::span<const storage::stored_fact> facts,
                                       const console_names& names);
// One line of `tail`, line feed included.
[[nodiscard]] std::string fact_line(const storage::sku_fact& happened, const console_names& names);

[[nodiscard]] std::string top_view(std::span<const hot_sku> hottest, const console_names& names);
[[nodiscard]] std::string incidents_view(std::span<const open_incident> open, const console_names& names);
[[nodiscard]] std::string channels_view(std::span<const channel_status> channels);
[[nodiscard]] std::string tiers_view(std::span<const channel_status> channels);
[[nodiscard]] std::string explain_view(std::span<const account_explanation> accounts, const console_names& names);
[[nodiscard]] std::string lookup_view(std::span<const adapters::rest::lookup_match> found, const console_names& names);
[[nodiscard]] std::string difference_view(std::span<const channel_difference> rows,
                                          const console_names& names);

} // namespace lockstep::actors
