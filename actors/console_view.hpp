// The console's answers as text: one function per screen. Pure.
#pragma once

#include "actors/answer.hpp"
#include "actors/console_cells.hpp"
#include "actors/node.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "engine/bundle.hpp"
#include "storage/store.hpp"

#include <span>
#include <string>
#include <string_view>

namespace lockstep::actors {

[[nodiscard]] std::string status_view(const node_statistics& now);
[[nodiscard]] std::string actors_view(const node_statistics& now, std::span<const channel_status> channels);
[[nodiscard]] std::string journal_view(const node_statistics& now);

// `given` is the answer to read_stock with detail.
[[nodiscard]] std::string stock_view(std::string_view code, const answer& given, const console_names& names);
// What one bundle takes.
[[nodiscard]] std::string bundle_view(const engine::bundle& of, const console_names& names);
[[nodiscard]] std::string rules_view(const engine::account_rules& rules);
[[nodiscard]] std::string_view cause_text(engine::incident::kind cause);
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
