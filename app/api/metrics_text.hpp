// Everything countable in the Prometheus text format 0.0.4. Labels are bounded: routes, statuses, channels;
// never a SKU, an order or an id.
#pragma once

#include "actors/node.hpp"
#include "app/api/api_context.hpp"

#include <string>
#include <vector>

namespace lockstep::app {

[[nodiscard]] std::string metrics_text(const api_context& api, const adapters::http_server_statistics& intake,
                                       const std::vector<actors::channel_status>& channels);

// Escaped for a label's value: backslash, quote and line feed.
[[nodiscard]] std::string label_value(std::string_view text);

} // namespace lockstep::app
