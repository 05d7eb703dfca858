// What is wrong with a configuration, as one text to look into.
#pragma once

#include "app/configuration.hpp"

#include <fmt/format.h>

#include <string>

namespace lockstep::tests {

[[nodiscard]] inline std::string all_problems(const app::loaded_configuration& loaded) {
  std::string text;
  for (const auto& problem : loaded.problems)
    text += fmt::format("{}: {}\n", problem.where, problem.what);
  return text;
}

} // namespace lockstep::tests
