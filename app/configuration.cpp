#include "app/configuration.hpp"

#include "adapters/nearest.hpp"
#include "adapters/signature.hpp"
#include "app/settings_table.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

namespace lockstep::app {

namespace {

using engine::error_code;

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
  const auto meant = adapters::nearest(word, known);
  return meant.empty() ? "" : fmt::format("; nearest: {}", meant);
}

template <class Section>
const setting<Section>* find_setting(std::string_view key) {
  for (const auto& row : settings<Section>())
    if (row.rules.key == key) return &row;
  return nullptr;
}

template <class Section>
std::vector<std::string_view> known_keys() {
  std::vector<std::string_view> keys;
  for (const auto& row : settings<Section>())
    keys.push_back(row.rules.key);
  return keys;
}

std::vector<std::string_view> known_sections() {
  std::vector<std::string_view> names;
  configuration none;
  each_section(none, [&](section_title title, auto&) { names.push_back(title.name); });
  each_list(none, [&](section_title title, auto&) { names.push_back(title.name); });
  return names;
}

given_value from_toml(const toml::node& node) {
  if (const auto* text = node.as_string()) return {text->get()};
  if (const auto* number = node.as_integer()) return {number->get()};
  const auto* array = node.as_array();
  if (array == nullptr) return {};
  std::vector<std::string> items;
  for (const auto& item : *array) {
    if (!item.is_string()) return {};
    items.push_back(item.as_string()->get());
  }
  return {std::move(items)};
}

std::string upper(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

// Problems are told in the order of their lines; the library keeps keys in the order of their names.
std::vector<std::pair<const toml::key*, const toml::node*>> in_source_order(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (const auto& [key, value] : table)
    entries.emplace_back(&key, &value);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.first->source().begin < b.first->source().begin; });
  return entries;
}

// Lays one source over the other and keeps every problem it meets.
class loader {
 public:
  void lay_file(const std::string& path);
  void lay_environment(const std::string& name, const std::string& value);
  void lay_flag(const std::string& flag);
  void finish();

  loaded_configuration take() { return {std::move(content_), std::move(problems_)}; }

 private:
  void report(std::string where, std::string what, bool no_permission = false) {
    problems_.push_back({std::move(where), std::move(what), no_permission});
  }

  std::optional<std::string> read_file(const std::string& path);
  void lay_table(const toml::table& root, const std::string& path);
  void lay_section(const std::string& path, const toml::key& name, const toml::node& content);
  template <class Section>
  void lay_keys(const std::string& path, const std::string& prefix, const toml::table& table,
                Section& section);
  template <class Section>
  void lay_list(const std::string& path, std::string_view name, const toml::node& node,
                std::vector<Section>& list);
  template <class Section>
  void assign(Section& section, const setting<Section>& row, const given_value& given,
              const std::string& name, const std::string& where);
  template <class Section>
  void check_required(const Section& section, const std::string& prefix, const std::string& where);
  template <class Section>
  void read_secrets(Section& section, const std::string& prefix);
  void read_one_secret(secret_file& file, const std::string& name);
  template <class Section>
  void check_names(const std::vector<Section>& list, std::string_view kind, std::set<std::string>& seen);
  void check_combinations();

  configuration content_;
  std::vector<configuration_problem> problems_;
  std::map<std::string, std::string> places_; // where each entry of a list begins
};

std::string place(const std::string& path, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", path, region.begin.line, region.begin.column);
}

std::optional<std::string> loader::read_file(const std::string& path) {
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  if (!file) {
    report(path, fmt::format("cannot be read: {}", std::strerror(errno)), errno == EACCES);
    return std::nullopt;
  }
  std::string text(limits::configuration_bytes_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (text.empty() && !file.eof())) {
    report(path, "cannot be read");
    return std::nullopt;
  }
  if (text.size() > limits::configuration_bytes_max) {
    report(path, fmt::format("is longer than {} bytes", limits::configuration_bytes_max));
    return std::nullopt;
  }
  return text;
}

void loader::lay_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return;
  try {
    lay_table(toml::parse(*text, path), path);
  } catch (const toml::parse_error& wrong) {
    report(place(path, wrong.source()), std::string{wrong.description()});
  }
}

void loader::lay_table(const toml::table& root, const std::string& path) {
  for (const auto& [name, content] : root)
    lay_section(path, name, content);
}

void loader::lay_section(const std::string& path, const toml::key& name, const toml::node& content) {
  bool known = false;
  each_section(content_, [&](section_title title, auto& section) {
    if (title.name != name.str()) return;
    known = true;
    if (const auto* table = content.as_table())
      return lay_keys(path, std::string{title.name}, *table, section);
    report(place(path, name.source()), fmt::format("'{0}' is a section: write [{0}]", title.name));
  });
  each_list(content_, [&](section_title title, auto& list) {
    if (title.name != name.str()) return;
    known = true;
    lay_list(path, title.name, content, list);
  });
  if (!known)
    report(place(path, name.source()),
           fmt::format("unknown section '{}'{}", name.str(), suggestion(name.str(), known_sections())));
}

template <class Section>
void loader::lay_keys(const std::string& path, const std::string& prefix, const toml::table& table,
                      Section& section) {
  for (const auto& [key, value] : in_source_order(table)) {
    const auto name = fmt::format("{}.{}", prefix, key->str());
    if (const auto* row = find_setting<Section>(key->str())) {
      assign(section, *row, from_toml(*value), name, place(path, value->source()));
    } else {
      report(place(path, key->source()),
             fmt::format("unknown key '{}'{}", name, suggestion(key->str(), known_keys<Section>())));
    }
  }
}

template <class Section>
void loader::lay_list(const std::string& path, std::string_view name, const toml::node& node,
                      std::vector<Section>& list) {
  const auto* entries = node.as_array();
  if (entries == nullptr) {
    report(place(path, node.source()), fmt::format("'{0}' is a list: write [[{0}]]", name));
    return;
  }
  for (const auto& entry : *entries) {
    const auto* table = entry.as_table();
    if (table == nullptr) {
      report(place(path, entry.source()), fmt::format("'{0}' takes tables: write [[{0}]]", name));
      continue;
    }
    const auto prefix = fmt::format("{}[{}]", name, list.size());
    places_[prefix] = place(path, entry.source());
    lay_keys(path, prefix, *table, list.emplace_back());
  }
}

template <class Section>
void loader::assign(Section& section, const setting<Section>& row, const given_value& given,
                    const std::string& name, const std::string& where) {
  std::visit(
      [&](auto member) {
        using value = std::remove_cvref_t<decltype(section.*member)>;
        auto parsed = parse_value<value>(given, row.rules);
        content_.origins[name] = where; // a wrong value was given all the same: it is not missing
        if (parsed) {
          section.*member = std::move(*parsed);
        } else {
          report(where, fmt::format("{}: {}", name, parsed.error().what));
        }
      },
      row.member);
}

// NAME is LOCKSTEP_SECTION_KEY. A section that does not exist makes it somebody else's variable.
void loader::lay_environment(const std::string& name, const std::string& value) {
  const auto where = fmt::format("environment {}", name);
  each_section(content_, [&](section_title title, auto& section) {
    using type = std::remove_cvref_t<decltype(section)>;
    const auto prefix = fmt::format("LOCKSTEP_{}_", upper(title.name));
    if (!name.starts_with(prefix)) return;
    for (const auto& row : settings<type>())
      if (name == prefix + upper(row.rules.key))
        return assign(section, row, {value, false}, fmt::format("{}.{}", title.name, row.rules.key), where);
    std::vector<std::string> variables;
    for (const auto key : known_keys<type>())
      variables.push_back(prefix + upper(key));
    report(where, fmt::format("no such setting{}", suggestion(name, {variables.begin(), variables.end()})));
  });
  each_list(content_, [&](section_title title, auto&) {
    if (name.starts_with(fmt::format("LOCKSTEP_{}_", upper(title.name))))
      report(where, fmt::format("[[{}]] is a list: it is read from files only", title.name));
  });
}

void loader::lay_flag(const std::string& flag) {
  const auto equals = flag.find('=');
  const auto name = flag.substr(0, equals);
  const auto where = fmt::format("--set {}", name);
  if (equals == std::string::npos) return report(where, "takes section.key=value");
  const auto value = flag.substr(equals + 1);
  bool known = false;
  std::vector<std::string> names;
  each_section(content_, [&](section_title title, auto& section) {
    using type = std::remove_cvref_t<decltype(section)>;
    for (const auto& row : settings<type>()) {
      names.push_back(fmt::format("{}.{}", title.name, row.rules.key));
      if (names.back() != name) continue;
      known = true;
      assign(section, row, {value, false}, name, where);
    }
  });
  if (!known) report(where, fmt::format("no such setting{}", suggestion(name, {names.begin(), names.end()})));
}

template <class Section>
void loader::check_required(const Section&, const std::string& prefix, const std::string& where) {
  for (const auto& row : settings<Section>()) {
    const auto name = fmt::format("{}.{}", prefix, row.rules.key);
    if (row.rules.required && !content_.origins.contains(name))
      report(where, fmt::format("{} is missing", name));
  }
}

void loader::read_one_secret(secret_file& file, const std::string& name) {
  if (file.path.empty()) return;
  auto value = read_secret(file.path);
  if (value) {
    file.value = std::move(*value);
  } else {
    report(content_.origins[name], fmt::format("{}: {}", name, value.error().what),
           value.error().code == error_code::refused);
  }
}

template <class Section>
void loader::read_secrets(Section& section, const std::string& prefix) {
  for (const auto& row : settings<Section>()) {
    const auto name = fmt::format("{}.{}", prefix, row.rules.key);
    if (const auto* one = std::get_if<secret_file Section::*>(&row.member))
      read_one_secret(section.**one, name);
    if (const auto* many = std::get_if<std::vector<secret_file> Section::*>(&row.member))
      for (auto& file : section.**many)
        read_one_secret(file, name);
  }
}

// Names of channels and callers are accounts in one catalogue.
template <class Section>
void loader::check_names(const std::vector<Section>& list, std::string_view kind,
                         std::set<std::string>& seen) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto prefix = fmt::format("{}[{}]", kind, i);
    if (!list[i].name.empty() && !seen.insert(list[i].name).second)
      report(content_.origins[prefix + ".name"],
             fmt::format("{}.name: '{}' is taken by another entry", prefix, list[i].name));
  }
}

void loader::check_combinations() {
  std::set<std::string> names;
  check_names(content_.tokens, "tokens", names);
  check_names(content_.channels, "channels", names);
  if (content_.store.archive_after < content_.engine.key_retention)
    report(content_.origins.contains("store.archive_after") ? content_.origins["store.archive_after"]
                                                            : content_.origins["engine.key_retention"],
           fmt::format("store.archive_after {} is shorter than engine.key_retention {}",
                       format_duration(content_.store.archive_after),
                       format_duration(content_.engine.key_retention)));
  if (!content_.alerts.url.empty() && content_.alerts.key.path.empty())
    report(content_.origins["alerts.url"],
           "alerts.url needs alerts.key_file, which signs what is sent there");
  if (!content_.alerts.key.value.empty() && !adapters::webhook_key(content_.alerts.key.value.reveal()))
    report(content_.origins["alerts.key_file"],
           "alerts.key_file: takes a secret such as \"whsec_\" and 24 to 64 bytes in base64");
  const auto& keys = content_.ecomsource;
  if (const bool one = keys.secret_key.path.empty(); one != keys.access_key.path.empty())
    report(content_.origins[one ? "ecomsource.access_key_file" : "ecomsource.secret_key_file"],
           "ecomsource takes two keys or none");
  for (std::size_t i = 0; i < content_.channels.size(); ++i) {
    const auto& channel = content_.channels[i];
    if (!channel.location.empty() && !channel.location.starts_with("gid://shopify/Location/"))
      report(
          content_.origins[fmt::format("channels[{}].location", i)],
          fmt::format("channels[{}].location: takes Shopify's global id, gid://shopify/Location/NUMBER", i));
    if (channel.slow_interval < channel.moderate_interval)
      report(places_[fmt::format("channels[{}]", i)],
             fmt::format("channels[{}]: slow_interval {} is shorter than moderate_interval {}", i,
                         format_duration(channel.slow_interval), format_duration(channel.moderate_interval)));
  }
  const auto& http = content_.http;
  const auto& monitor = content_.monitor;
  if (http.port != 0 && http.port == monitor.port && http.address == monitor.address)
    report(content_.origins.contains("monitor.port") ? content_.origins["monitor.port"]
                                                     : content_.origins["http.port"],
           fmt::format("http and monitor both listen on {} port {}", http.address, http.port));
}

void loader::finish() {
  each_section(content_,
               [&](section_title title, auto& section) { read_secrets(section, std::string{title.name}); });
  each_list(content_, [&](section_title title, auto& list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto prefix = fmt::format("{}[{}]", title.name, i);
      check_required(list[i], prefix, places_[prefix]);
      read_secrets(list[i], prefix);
    }
  });
  check_combinations();
}

// FILE, then FILE.d/*.toml in the order of names.
std::vector<std::string> with_fragments(const std::string& file) {
  std::vector<std::string> fragments;
  std::error_code ignored; // no such folder: no fragments
  for (const auto& entry : std::filesystem::directory_iterator{file + ".d", ignored})
    if (entry.path().extension() == ".toml") fragments.push_back(entry.path().string());
  std::sort(fragments.begin(), fragments.end());
  fragments.insert(fragments.begin(), file);
  return fragments;
}

} // namespace

loaded_configuration load_configuration(const configuration_sources& sources) {
  loader all;
  for (const auto& file : sources.files)
    for (const auto& part : with_fragments(file))
      all.lay_file(part);
  for (const auto& [name, value] : sources.environment)
    all.lay_environment(name, value);
  for (const auto& flag : sources.flags)
    all.lay_flag(flag);
  all.finish();
  return all.take();
}

} // namespace lockstep::app
