// What single texts of the configuration must be. Each says what is wrong, or nothing.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::app {

// Lower-case letters, digits, '-' and '_', 1 to 40, a letter first: safe in URLs, file names and logs.
[[nodiscard]] std::string check_name(std::string_view text);
[[nodiscard]] std::string check_not_empty(std::string_view text);
// An IP address as digits; names are not resolved.
[[nodiscard]] std::string check_address(std::string_view text);
// sqlite:///absolute/path, postgresql://... or memory:
[[nodiscard]] std::string check_store_url(std::string_view text);
// https with a host, no user, query or fragment; http only to 127.0.0.0/8, [::1] or localhost.
[[nodiscard]] std::string check_base_url(std::string_view text);
// Two capital letters.
[[nodiscard]] std::string check_country(std::string_view text);
[[nodiscard]] std::string check_sha256(std::string_view text);

} // namespace lockstep::app
