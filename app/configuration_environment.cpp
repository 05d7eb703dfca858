#include "app/configuration.hpp"

#include <algorithm>
#include <string_view>

#include <unistd.h>

namespace lockstep::app {

std::vector<std::pair<std::string, std::string>> configuration_environment() {
  std::vector<std::pair<std::string, std::string>> ours;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const auto equals = text.find('=');
    if (text.starts_with("LOCKSTEP_") && equals != std::string_view::npos)
      ours.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  std::sort(ours.begin(), ours.end());
  return ours;
}

} // namespace lockstep::app
