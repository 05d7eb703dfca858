#include "actors/console_command.hpp"

#include "actors/console_text.hpp"
#include "adapters/nearest.hpp"
#include "adapters/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace lockstep::actors {

namespace {

using engine::error_code;
using engine::make_error;
using engine::result;

struct form {
  std::string_view words;
  std::string_view name; // what the name argument is called; empty: takes none
  bool rows = false;     // takes a count of rows at the end
  console_verb verb;
  std::string_view meaning; // empty: another line of the help tells it
};

constexpr std::array forms{
    form{"status", "", false, console_verb::status, "whether all is well, and the counters"},
    form{"top", "", true, console_verb::top, "hottest SKUs by orders a day"},
    form{"sku show", "CODE", false, console_verb::sku_show, "stock, promises, what is on its way, incidents"},
    form{"sku history", "CODE", true, console_verb::sku_history, "what happened to a SKU, newest first"},
    form{"sku release", "CODE", false, console_verb::sku_release, "end a SKU's quarantine"},
    form{"explain", "CODE", false, console_verb::explain, "how channels come to their numbers of a SKU"},
    form{"lookup", "VALUE", false, console_verb::lookup, "which SKU a UPC, EAN, ASIN or channel's id means"},
    form{"channel list", "", false, console_verb::channel_list,
         "channel accounts and how far behind they are"},
    form{"channel rules", "NAME", false, console_verb::channel_rules, "rules of what it shows"},
    form{"channel diff", "NAME", true, console_verb::channel_diff, "what would be pushed"},
    form{"channel activate", "NAME", false, console_verb::channel_activate,
         "start writing to an observed channel"},
    form{"channel pause", "NAME", false, console_verb::channel_pause,
         "stop reads and writes; channel resume NAME goes on"},
    form{"channel resume", "NAME", false, console_verb::channel_resume, ""},
    form{"channel flush", "NAME", false, console_verb::channel_flush, "push all that waits, now"},
    form{"channel release-brake", "NAME", false, console_verb::channel_release_brake,
         "push although many listings go to zero"},
    form{"actors", "", false, console_verb::actors, "actors, queues and admission credits"},
    form{"journal", "", false, console_verb::journal, "commits: batches, sizes, times"},
    form{"tiers", "", false, console_verb::tiers, "listings by velocity tier"},
    form{"tail", "", false, console_verb::tail, "durable facts as they happen; Enter ends it"},
    form{"incidents", "", false, console_verb::incidents, "open incidents and what caused them"},
    form{"snapshot", "", false, console_verb::snapshot, "snapshot every SKU that changed"},
    form{"help", "", false, console_verb::help, ""},
    form{"quit", "", false, console_verb::quit, "close this connection"},
    form{"shutdown", "", false, console_verb::shutdown, "drain and stop the engine (asks first)"},
};

std::string usage_of(const form& of) {
  std::string usage{of.words};
  if (!of.name.empty()) usage += fmt::format(" {}", of.name);
  if (of.rows) usage += " [n]";
  return usage;
}

result<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = line.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const bool quoted = line[at] == '"';
    if (quoted) ++at;
    const auto end = line.find_first_of(quoted ? "\"" : " \t", at);
    if (quoted && end == std::string_view::npos) {
      return make_error(error_code::malformed, "a double quote is not closed");
    }
    words.emplace_back(line.substr(at, end == std::string_view::npos ? end : end - at));
    if (end == std::string_view::npos) break;
    at = end + 1;
  }
  return words;
}

std::size_t count_words(std::string_view text) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ' '));
}

std::string joined(std::span<const std::string> words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

// The command words that a form of this length would find at the front of the line.
std::string front_of(const std::vector<std::string>& words, const form& of) {
  return joined(std::span{words}.first(std::min(words.size(), count_words(of.words))));
}

const form* find_form(const std::vector<std::string>& words) {
  const auto found = std::find_if(forms.begin(), forms.end(),
                                  [&](const form& of) { return front_of(words, of) == of.words; });
  return found == forms.end() ? nullptr : &*found;
}

engine::error unknown_command(const std::vector<std::string>& words) {
  // Longer input than any command is cut: the distance costs its product.
  const auto distance_to = [&](const form& of) {
    return adapters::edit_distance(std::string_view{front_of(words, of)}.substr(0, 64), of.words);
  };
  const auto* nearest = &forms.front();
  for (const auto& of : forms) {
    if (distance_to(of) < distance_to(*nearest)) nearest = &of;
  }
  const auto given = adapters::printable(joined(words).substr(0, 64));
  if (distance_to(*nearest) > nearest->words.size() / 2) {
    return make_error(error_code::malformed, fmt::format("unknown command \"{}\"; help lists them", given));
  }
  return make_error(error_code::malformed,
                    fmt::format("unknown command \"{}\"; did you mean \"{}\"?", given, usage_of(*nearest)));
}

std::optional<std::size_t> rows_of(const std::string& word) {
  std::size_t rows = 0;
  const auto* end = word.data() + word.size();
  const auto [stop, failure] = std::from_chars(word.data(), end, rows);
  if (failure != std::errc{} || stop != end || rows == 0 || rows > limits::console_rows_max)
    return std::nullopt;
  return rows;
}

} // namespace

result<console_request> parse_console_line(std::string_view line) {
  auto words = words_of(line);
  if (!words) return words.error();
  if (words->empty()) return make_error(error_code::malformed, "type a command; help lists them");
  const auto* of = find_form(*words);
  if (of == nullptr) return unknown_command(*words);

  std::span<const std::string> arguments{*words};
  arguments = arguments.subspan(count_words(of->words));
  console_request request{of->verb, {}};
  if (!of->name.empty() && !arguments.empty()) {
    request.name = arguments.front();
    arguments = arguments.subspan(1);
  }
  if (of->rows && !arguments.empty()) {
    const auto rows = rows_of(arguments.front());
    if (!rows) {
      return make_error(error_code::malformed, fmt::format("n is a number from 1 to {}: {}",
                                                           limits::console_rows_max, usage_of(*of)));
    }
    request.rows = *rows;
    arguments = arguments.subspan(1);
  }
  if (!arguments.empty() || (request.name.empty() && !of->name.empty())) {
    return make_error(error_code::malformed, fmt::format("usage: {}", usage_of(*of)));
  }
  return request;
}

std::string console_help() {
  std::vector<std::string> usages;
  for (const auto& of : forms)
    usages.push_back(usage_of(of));
  std::vector<std::pair<std::string_view, std::string>> pairs;
  for (std::size_t i = 0; i < forms.size(); ++i)
    if (!forms[i].meaning.empty()) pairs.emplace_back(usages[i], forms[i].meaning);
  return text_pairs(pairs);
}

} // namespace lockstep::actors
