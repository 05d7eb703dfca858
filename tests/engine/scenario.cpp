#include "tests/engine/scenario.hpp"

#include "engine/codec.hpp"
#include "tests/engine/lone_sku.hpp"
#include "tests/engine/scenario_views.hpp"
#include "tests/engine/scenario_words.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

namespace lockstep::test {
namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string{text.substr(first, text.find_last_not_of(" \t\r") - first + 1)};
}

// "expired 3, refused unknown_reservation": facts in order, then what is not a fact.
std::string describe(const facts& expired, const decision& verdict) {
  std::string text;
  const auto add = [&](std::string_view word, std::string_view object) {
    text.append(text.empty() ? "" : ", ").append(word);
    if (!object.empty()) text.append(" ").append(object);
  };

  for (const auto& each : expired)
    add(to_string(each.kind), std::to_string(each.units));
  for (const auto& each : verdict.facts)
    add(to_string(each.kind), std::to_string(each.units));
  if (verdict.reason != refusal::none) add("refused", to_string(verdict.reason));
  if (verdict.repeated) add("repeated", {});
  return text.empty() ? "nothing" : text;
}

bool is_plain_grant(const decision& verdict) {
  return verdict.reason == refusal::none && !verdict.repeated;
}

class runner {
 public:
  explicit runner(std::string_view name) : name_(name) {}

  void run(std::string_view text) {
    std::istringstream in{std::string{text}};
    for (std::string line; std::getline(in, line);) {
      ++line_;
      run_line(line.substr(0, line.find('#')));
    }
    check_replay();
  }

  std::vector<std::string> failures;

 private:
  void fail(const std::string& what) {
    failures.push_back(name_ + ":" + std::to_string(line_) + ": " + what);
  }

  void run_line(std::string_view line) {
    const auto arrow = line.find("->");
    const auto told = trimmed(line.substr(0, arrow));
    if (told.empty()) return;
    const auto wanted = arrow == std::string_view::npos ? std::string{} : trimmed(line.substr(arrow + 2));
    try {
      scenario_words words{told};
      if (!run_setting(words) && !run_group(words, wanted) && !run_place(words) && !run_view(words, wanted) &&
          !run_figure(words))
        run_command(words, wanted);
    } catch (const scenario_error& error) {
      fail(error.what());
    }
  }

  // Lines that change what surrounds the SKU.
  bool run_setting(scenario_words& words) {
    if (words.take("wait")) {
      sku_.wait(words.time());
    } else if (words.take("restart")) {
      restart(words);
    } else if (words.take("quarantine")) {
      sku_.owner.set_quarantined(true);
    } else if (words.take("unquarantine")) {
      sku_.owner.set_quarantined(false);
    } else if (words.take("sourcing")) {
      source(words);
    } else if (words.take("lines")) {
      order_lines(words.number());
    } else if (words.take("supplies_expected")) {
      expect_supplies(words.number());
    } else if (words.take("receipts")) {
      const auto receipts = words.number();
      receive_often(receipts, words.take("of") ? words.number() : 1);
    } else {
      return false;
    }
    return true;
  }

  void restart(scenario_words& words) {
    if (words.take("from_snapshot")) {
      sku_.restart(encode_snapshot(sku_.state()));
    } else {
      sku_.restart();
    }
  }

  void source(scenario_words& words) {
    sku_.sourcing = {};
    while (!words.empty())
      if (words.take("most_stock"))
        sku_.sourcing.pick = sourcing_rule::choice::most_stock;
      else if (words.take("split"))
        sku_.sourcing.may_split = true;
      else
        sku_.sourcing.locations.push_back(static_cast<location_id>(words.number()));
  }

  // "at 2 on_hand 3 reserved 1"
  bool run_place(scenario_words& words) {
    if (!words.take("at")) return false;
    const auto number = words.number();
    stock_at place;
    for (const auto& each : sku_.state().stock)
      if (each.location == static_cast<location_id>(number)) place = each;
    compare(words, {{"on_hand", place.on_hand}, {"reserved", place.reserved}});
    return true;
  }

  void order_lines(quantity lines) {
    for (quantity i = 0; i < lines; ++i) {
      (void)sku_.apply(make_command(record_line{.line = named("bulk " + std::to_string(i)), .ordered = 1}));
    }
  }

  void expect_supplies(quantity supplies) {
    for (quantity i = 0; i < supplies; ++i)
      (void)sku_.apply(make_command(
          expect_supply{.supply = named("supply " + std::to_string(i)), .units = 1, .due = sku_.now + 24h}));
  }

  void receive_often(quantity receipts, quantity units) {
    for (quantity i = 0; i < receipts; ++i)
      (void)sku_.apply(make_command(receive{.units = units}));
  }

  bool run_group(scenario_words& words, const std::string& wanted) {
    if (words.take("prepare")) {
      const auto group = static_cast<int>(words.number());
      prepare(group, parse_command(words, sku_.now), wanted);
    } else if (words.take("commit")) {
      expect(sku_.commit(static_cast<int>(words.number())), wanted);
    } else if (words.take("abort")) {
      sku_.abort(static_cast<int>(words.number()));
    } else {
      return false;
    }
    return true;
  }

  void prepare(int group, const command& asked, const std::string& wanted) {
    const auto result = sku_.prepare(group, asked);
    auto got = std::string{result.verdict == prepared::granted ? "granted" : "waits"};
    if (result.verdict == prepared::refused) got = "refused " + std::string{to_string(result.reason)};
    if (got != (wanted.empty() ? "granted" : wanted)) fail("expected " + wanted + ", got " + got);
  }

  bool run_view(scenario_words& words, const std::string& wanted) {
    std::string got;
    if (words.take("shows")) {
      got = std::to_string(shown(words, sku_.state()));
    } else if (words.take("remedies")) {
      got = remedies(sku_.state());
    } else {
      return false;
    }
    if (got != wanted) fail("expected " + wanted + ", got " + got);
    return true;
  }

  using figures_by_name = std::map<std::string, quantity, std::less<>>;

  bool run_figure(scenario_words& words) {
    const auto stock = sku_.stock();
    const auto& state = sku_.state();
    const figures_by_name figures{
        {"on_hand", stock.on_hand},
        {"total", stock.total},
        {"reserved", stock.reserved},
        {"safety_units", stock.safety},
        {"available", stock.available},
        {"inspecting", stock.inspecting},
        {"in_transit", stock.in_transit},
        {"incoming", stock.incoming},
        {"transfers", static_cast<quantity>(state.transfers.size())},
        {"returns", static_cast<quantity>(state.returns.size())},
        {"supplies", static_cast<quantity>(state.supplies.size())},
        {"unserved", static_cast<quantity>(unserved_promises(state).size())},
        {"kept_from_others", fenced_from(state, account_id{1})},
        {"oversold", stock.oversold},
        {"has_number", stock.has_number ? 1 : 0},
        {"by_sale", state.moved_by_sale ? 1 : 0},
        {"version", stock.version},
        {"incidents", static_cast<quantity>(state.incidents.size())},
        {"remembered", static_cast<quantity>(state.reservations.size())},
        {"sold", sold_},
    };
    if (!figures.contains(words.peek())) return false;
    compare(words, figures);
    return true;
  }

  void compare(scenario_words& words, const figures_by_name& figures) {
    while (!words.empty()) {
      const auto figure = figures.find(words.text());
      if (figure == figures.end()) throw scenario_error("only figures may follow a figure");
      const auto wanted = words.number();
      if (figure->second == wanted) continue;
      fail("expected " + figure->first + " " + std::to_string(wanted) + ", got " +
           std::to_string(figure->second));
    }
  }

  void run_command(scenario_words& words, const std::string& wanted) {
    if (!words.take("again")) last_ = parse_command(words, sku_.now);
    const auto done = sku_.apply(last_);
    sold_ = done.sold;
    expect(done, wanted);
  }

  void expect(const applied& done, const std::string& wanted) {
    const auto got = describe(done.expired, done.decision);
    if (wanted.empty() ? !is_plain_grant(done.decision) : got != wanted) {
      fail("expected " + (wanted.empty() ? "a grant" : wanted) + ", got " + got);
    }
  }

  // Whatever a scenario tells, its facts lead to its state again, through the stored form as well.
  void check_replay() {
    const auto again = fold(blank_state(sku_.retention), sku_.stored);
    if (!same(again, sku_.state())) fail("the facts of this scenario do not lead to its state");
    const auto decoded = decode_snapshot(encode_snapshot(sku_.state()), sku_.retention);
    if (!decoded || !same(*decoded, sku_.state())) fail("the snapshot of this scenario is not its state");
  }

  std::string name_;
  int line_ = 0;
  lone_sku sku_;
  command last_;
  quantity sold_ = 0;
};

} // namespace

std::vector<std::string> run_scenario(std::string_view name, std::string_view text) {
  runner running{name};
  running.run(text);
  return running.failures;
}

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path folder{LOCKSTEP_SOURCE_DIR "/tests/scenarios"};
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() == ".scenario") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

} // namespace lockstep::test
