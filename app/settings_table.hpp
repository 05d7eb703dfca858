// The one table of all settings. A new key is a member of its section in configuration.hpp and a row here.
#pragma once

#include "app/configuration.hpp"
#include "app/setting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lockstep::app {

// Rows of a section, in the order of the documentation. Defined for every section of configuration.hpp.
template <class Section>
[[nodiscard]] const std::vector<setting<Section>>& settings();

template <>
const std::vector<setting<store_section>>& settings();
template <>
const std::vector<setting<http_section>>& settings();
template <>
const std::vector<setting<monitor_section>>& settings();
template <>
const std::vector<setting<console_section>>& settings();
template <>
const std::vector<setting<engine_section>>& settings();
template <>
const std::vector<setting<log_section>>& settings();
template <>
const std::vector<setting<alerts_section>>& settings();
template <>
const std::vector<setting<ecomsource_section>>& settings();
template <>
const std::vector<setting<token_section>>& settings();
template <>
const std::vector<setting<channel_section>>& settings();

struct section_title {
  std::string_view name;
  std::string_view sentence;
};

// Calls visit(section_title, section) for each section that exists once.
template <class Configuration, class Visit>
void each_section(Configuration& whole, Visit visit) {
  visit(section_title{"store", "Where facts are kept."}, whole.store);
  visit(section_title{"http", "Intake: REST and webhooks."}, whole.http);
  visit(section_title{"monitor", "Health and metrics, on a listener of their own."}, whole.monitor);
  visit(section_title{"console", "Admin console over TCP."}, whole.console);
  visit(section_title{"engine", "The engine's own size and times."}, whole.engine);
  visit(section_title{"log", "What is written to standard error."}, whole.log);
  visit(section_title{"alerts", "A webhook of your own that is told which incidents are open."}, whole.alerts);
  visit(section_title{"ecomsource", "EcomSource, which knows other codes of a product: `lockstep identify`."},
        whole.ecomsource);
}

// Calls visit(section_title, list of sections) for each section that may exist many times.
template <class Configuration, class Visit>
void each_list(Configuration& whole, Visit visit) {
  visit(section_title{"tokens", "Callers of the API. `lockstep token` makes a token and its hash."},
        whole.tokens);
  visit(section_title{"channels",
                      "Accounts on marketplaces. A new one starts in `observe`: nothing is written to it."},
        whole.channels);
}

// A row without its C++ type, for people and documentation.
struct setting_description {
  std::string section; // "http", "[channels]"
  std::string section_sentence;
  std::string key;
  std::string type;          // "text", "duration 1s to 1d", "one of ship, decrement"
  std::string default_value; // as in a file; empty: none
  bool required = false;
  bool live = false;
  bool secret = false;
  std::string sentence;
};

[[nodiscard]] std::vector<setting_description> describe_settings();

// docs/configuration.md, whole.
[[nodiscard]] std::string settings_page();

// A setting of a loaded configuration. List entries go by their own name: "channels.eu.base_url".
struct setting_value {
  std::string name;
  std::string text; // of a secret only where it is read from
  std::string origin;
  bool live = false;
  std::vector<const secret*> secrets; // valid as long as the configuration
};

[[nodiscard]] std::vector<setting_value> setting_values(const configuration& whole);

// Settings that differ, secrets by content, entries of lists that came or went by all their keys.
struct setting_changes {
  std::vector<std::string> live;
  std::vector<std::string> need_restart;
};

[[nodiscard]] setting_changes compare(const configuration& before, const configuration& after);

} // namespace lockstep::app
