#include "app/settings_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <type_traits>

namespace lockstep::app {

namespace {

constexpr auto unbounded = std::numeric_limits<std::int64_t>::max();

template <class Value>
std::string type_text(const value_rules& rules) {
  if (!rules.choices.empty()) {
    const auto words = std::is_same_v<Value, std::string> ? "one of" : "list of";
    return fmt::format("{} {}", words, fmt::join(rules.choices, ", "));
  }
  if constexpr (std::is_same_v<Value, std::int64_t>) {
    if (rules.most == unbounded) return "whole number";
    return fmt::format("{} to {}{}{}", rules.least, rules.most, rules.unit.empty() ? "" : " ", rules.unit);
  } else if constexpr (std::is_same_v<Value, milliseconds>) {
    return fmt::format("duration, {} to {}", format_duration(milliseconds{rules.least}),
                       format_duration(milliseconds{rules.most}));
  } else if constexpr (std::is_same_v<Value, secret_file>) {
    return "file with a secret";
  } else if constexpr (std::is_same_v<Value, std::vector<secret_file>>) {
    return fmt::format("list of {} to {} files with secrets", rules.least, rules.most);
  } else {
    return "text";
  }
}

template <class Value>
constexpr bool is_secret =
    std::is_same_v<Value, secret_file> || std::is_same_v<Value, std::vector<secret_file>>;

// Empty texts and lists are no default.
template <class Value>
std::string default_text(const Value& value) {
  auto text = to_text(value);
  return text == "\"\"" || text == "[]" ? "" : text;
}

template <class Section>
void describe(section_title title, bool list, std::vector<setting_description>& out) {
  const Section defaults;
  for (const auto& row : settings<Section>()) {
    std::visit(
        [&](auto member) {
          using value = std::remove_cvref_t<decltype(defaults.*member)>;
          out.push_back({list ? fmt::format("[{}]", title.name) : std::string{title.name},
                         std::string{title.sentence}, std::string{row.rules.key}, type_text<value>(row.rules),
                         default_text(defaults.*member), row.rules.required, row.rules.live, is_secret<value>,
                         std::string{row.rules.sentence}});
        },
        row.member);
  }
}

std::vector<const secret*> secrets_of(const secret_file& file) {
  return {&file.value};
}

std::vector<const secret*> secrets_of(const std::vector<secret_file>& files) {
  std::vector<const secret*> found;
  for (const auto& file : files)
    found.push_back(&file.value);
  return found;
}

template <class Value>
std::vector<const secret*> secrets_of(const Value&) {
  return {};
}

// `origin_prefix` is how the loader names the entry, `prefix` how people do.
template <class Section>
void collect(const configuration& whole, const Section& section, const std::string& prefix,
             const std::string& origin_prefix, std::vector<setting_value>& out) {
  for (const auto& row : settings<Section>()) {
    const auto origin = whole.origins.find(fmt::format("{}.{}", origin_prefix, row.rules.key));
    std::visit(
        [&](auto member) {
          out.push_back({fmt::format("{}.{}", prefix, row.rules.key), to_text(section.*member),
                         origin == whole.origins.end() ? "default" : origin->second, row.rules.live,
                         secrets_of(section.*member)});
        },
        row.member);
  }
}

bool same(const setting_value& a, const setting_value& b) {
  if (a.text != b.text || a.secrets.size() != b.secrets.size()) return false;
  for (std::size_t i = 0; i < a.secrets.size(); ++i)
    if (!a.secrets[i]->same_as(*b.secrets[i])) return false;
  return true;
}

std::map<std::string, setting_value> by_name(const configuration& whole) {
  std::map<std::string, setting_value> found;
  for (auto& value : setting_values(whole)) {
    auto name = value.name;
    found.emplace(std::move(name), std::move(value));
  }
  return found;
}

// A table cell of Markdown.
std::string cell(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '|') out += '\\';
    out += letter;
  }
  return out;
}

std::string page_row(const setting_description& row) {
  const auto given = row.required                ? "required"
                     : row.default_value.empty() ? ""
                                                 : fmt::format("`{}`", row.default_value);
  return fmt::format("| `{}` | {} | {} | {} | {} |\n", row.key, cell(row.type), cell(given),
                     row.live ? "yes" : "", cell(row.sentence));
}

constexpr std::string_view page_head = R"(# Configuration

This page is made by `lockstep check-config --keys --markdown`; a test compares them.

`lockstep run --config FILE` reads TOML. Beside FILE, `FILE.d/*.toml` is read in the order of names; `--config` may be
repeated; later files win. Without the flag it is `/etc/lockstep/lockstep.toml`.

* Strongest first: `--set section.key=value`, then the environment (`LOCKSTEP_HTTP_PORT=8080`), then files, then the
  defaults. Lists (`[[tokens]]`, `[[channels]]`) come from files only; those of several files add up.
* Durations are a whole number with a unit: `"500ms"`, `"20s"`, `"15m"`, `"6h"`, `"8d"`.
* A secret is never in this file: a `..._file` key names where it is, as an absolute path or as `credential:NAME`
  (systemd's `LoadCredential=NAME:...`). Files that every user may read are refused. One trailing newline is ignored.
* `lockstep check-config` tells everything that is wrong, each with file, line and column, and exits with 78;
  with `--print` it shows every value and where it came from.
* On SIGHUP the whole configuration is read again. When it has an error the old one stays. Keys marked *live* take
  effect at once; the log lists what waits for a restart.

A small one:

```toml
[store]
url = "sqlite:///var/lib/lockstep/lockstep.db"

[console]
token_file = "/etc/lockstep/credentials/console"

[[tokens]]
name = "warehouse"
scopes = ["read", "write"]
sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

[[channels]]
name = "eu"
base_url = "https://example.myshopify.com"
access_token_file = "/etc/lockstep/credentials/eu-token"
webhook_secret_files = ["/etc/lockstep/credentials/eu-webhook"]
location = "gid://shopify/Location/1"
```
)";

} // namespace

std::vector<setting_description> describe_settings() {
  std::vector<setting_description> rows;
  const configuration defaults;
  each_section(defaults, [&](section_title title, const auto& section) {
    describe<std::remove_cvref_t<decltype(section)>>(title, false, rows);
  });
  each_list(defaults, [&](section_title title, const auto& list) {
    describe<typename std::remove_cvref_t<decltype(list)>::value_type>(title, true, rows);
  });
  return rows;
}

std::string settings_page() {
  std::string page{page_head};
  std::string section;
  for (const auto& row : describe_settings()) {
    if (row.section != section) {
      section = row.section;
      page += fmt::format(
          "\n## [{}]\n\n{}\n\n| key | takes | default | live | meaning |\n|---|---|---|---|---|\n", section,
          row.section_sentence);
    }
    page += page_row(row);
  }
  return page;
}

std::vector<setting_value> setting_values(const configuration& whole) {
  std::vector<setting_value> values;
  each_section(whole, [&](section_title title, const auto& section) {
    collect(whole, section, std::string{title.name}, std::string{title.name}, values);
  });
  each_list(whole, [&](section_title title, const auto& list) {
    for (std::size_t i = 0; i < list.size(); ++i)
      collect(whole, list[i], fmt::format("{}.{}", title.name, list[i].name),
              fmt::format("{}[{}]", title.name, i), values);
  });
  return values;
}

setting_changes compare(const configuration& before, const configuration& after) {
  const auto old_values = by_name(before);
  const auto new_values = by_name(after);
  setting_changes changes;
  const auto note = [&](const setting_value& value) {
    (value.live ? changes.live : changes.need_restart).push_back(value.name);
  };
  for (const auto& [name, value] : new_values) {
    const auto old = old_values.find(name);
    if (old == old_values.end() || !same(old->second, value)) note(value);
  }
  for (const auto& [name, value] : old_values)
    if (!new_values.contains(name)) note(value);
  return changes;
}

} // namespace lockstep::app
