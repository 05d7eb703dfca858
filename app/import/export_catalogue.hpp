// What an engine knows as CSV in the layouts that `lockstep import` reads back, or as NDJSON. Page by page:
// memory does not grow with the catalogue.
#pragma once

#include "app/import/api_client.hpp"
#include "app/import/import_judge.hpp"
#include "engine/error.hpp"

#include <cstddef>
#include <functional>
#include <string_view>

namespace lockstep::app {

enum class export_format : unsigned char { csv, ndjson };

// False: it cannot be written, and the export ends.
using export_sink = std::function<bool(std::string_view text)>;

// Writes one of the layouts products, listings, stock, bundles and rules, in the order of the SKU codes (of
// the accounts), and returns how many there are. Stock is of the moment each page was read. Products as CSV
// have a column for every scheme of identifiers that any product has and for every location beside main;
// several identifiers of one scheme stand in one field with `;` between them. error_code::unavailable: the
// sink or the engine is gone.
[[nodiscard]] engine::result<std::size_t> export_catalogue(api_client& api, import_layout what,
                                                           export_format as, const export_sink& write);

} // namespace lockstep::app
