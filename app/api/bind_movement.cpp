#include "app/api/movements.hpp"
#include "engine/key.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace lockstep::app {

namespace {

using rest::operation;
using rest::problem;
using rest::problem_code;

// SKU numbers of the lines; the lines that have none are told all at once.
std::optional<problem> bind_skus(rest::movement& asked, const engine::catalogue& known) {
  problem unknown{problem_code::unknown_sku, {}, {}};
  for (auto& line : asked.lines) {
    const auto* product = line.sku.empty() ? known.find(line.target) : known.find_code(line.sku);
    if (product == nullptr && line.sku.empty())
      return problem{problem_code::unknown_hold, "This is not the id of a hold.", {}};
    if (product == nullptr) {
      unknown.detail = fmt::format("There is no SKU '{}'.", line.sku);
      unknown.errors.push_back({line.pointer.empty() ? "/sku" : line.pointer, unknown.detail});
      continue;
    }
    line.target = product->id;
    line.sku = product->code;
  }
  if (unknown.errors.empty()) return std::nullopt;
  return unknown;
}

// The hold that a movement creates: its id needs all SKU numbers, and its reservations need the id.
rest::hold_id created_hold(rest::movement& asked, const engine::uuid& key) {
  rest::hold_id hold{key, {}};
  for (const auto& line : asked.lines)
    hold.skus.push_back(line.target);
  std::ranges::sort(hold.skus);
  for (auto& line : asked.lines)
    std::get<engine::hold>(line.body).reservation = hold.reservation(line.target);
  return hold;
}

// What a hold sets aside of every plain SKU; a bundle's are its leaves'. A problem: two lines want units of
// one SKU in different locations.
rest::decoded<std::map<engine::sku_id, engine::hold>> holds_of_leaves(const rest::movement& asked,
                                                                      const engine::catalogue& known) {
  std::map<engine::sku_id, engine::hold> holds;
  bool one_place = true;
  const auto add = [&](engine::sku_id sku, const engine::hold& like, engine::quantity units) {
    auto [at, fresh] = holds.try_emplace(sku, like);
    if (fresh) at->second.units = 0;
    one_place = one_place && at->second.location == like.location;
    at->second.units += units;
  };
  for (const auto& line : asked.lines) {
    const auto& wanted = std::get<engine::hold>(line.body);
    if (const auto* bundle = known.bundles().find(line.target))
      for (const auto& leaf : bundle->leaves)
        add(leaf.sku, wanted, wanted.units * leaf.per);
    else
      add(line.target, wanted, wanted.units);
  }
  if (!one_place)
    return problem{
        problem_code::invalid_body, "Bundles that share a component are held in one location.", {}};
  return holds;
}

constexpr std::uint64_t fnv_prime = 1'099'511'628'211; // of FNV-1a, 64 bits

// A hold with bundles in it: one command per plain SKU, whatever the lines are that it serves. What ends or
// ships it finds those SKUs in its id.
std::optional<problem> bind_bundle_hold(const rest::movement& asked, const engine::catalogue& known,
                                        const caller& who, const engine::uuid& key, bound_movement& bound) {
  auto holds = holds_of_leaves(asked, known);
  if (!holds) return holds.error();
  if (holds->size() > limits::lines_per_group_max)
    return problem{problem_code::too_many_lines, "The bundles take from too many SKUs.", {}};
  bound.hold = rest::hold_id{key, {}};
  // A repeat after a bundle was composed anew is another request: its hold would have another id.
  auto content = asked.content;
  for (const auto& [sku, wanted] : *holds) {
    bound.hold->skus.push_back(sku);
    for (const auto part : {static_cast<std::uint64_t>(sku), static_cast<std::uint64_t>(wanted.units)})
      content = (content ^ part) * fnv_prime;
  }
  for (auto& [sku, wanted] : *holds) {
    wanted.reservation = bound.hold->reservation(sku);
    actors::submission& one = bound.commands.emplace_back();
    one.sku = sku;
    if (bound.commands.size() == 1) one.asked.key = key;
    one.asked.content = content;
    one.asked.account = who.account;
    one.asked.occurred_at = asked.occurred_at;
    one.asked.reference = asked.lines.front().reference;
    one.asked.body = wanted;
  }
  return std::nullopt;
}

// Movements of lines of a hold that the body names.
std::optional<problem> bind_lines_of_hold(rest::movement& asked) {
  for (auto& line : asked.lines) {
    if (!std::ranges::binary_search(asked.hold->skus, line.target)) {
      return problem{
          problem_code::unknown_hold, fmt::format("The hold has no line of SKU '{}'.", line.sku), {}};
    }
    std::visit(
        [&](auto& body) {
          if constexpr (requires { body.reservation; })
            body.reservation = asked.hold->reservation(line.target);
        },
        line.body);
  }
  return std::nullopt;
}

// Of a movement that names no location: wherever the account's sourcing rule says, where that is its
// business.
template <class Body>
constexpr bool is_sourced = std::is_same_v<Body, engine::hold> || std::is_same_v<Body, engine::record_line>;

// A shipment or a cancellation: of units that are promised somewhere already.
bool tells_of_a_promise(const engine::hold&) {
  return false;
}

bool tells_of_a_promise(const engine::record_line& line) {
  return !line.ordered;
}

// Numbers of the locations that a line names; what it does not name stays as the engine has it.
struct location_binding {
  const engine::catalogue& known;
  bool has_rule; // the account's
  rest::movement_line& line;
  std::optional<problem> wrong{};

  template <class Body>
  void operator()(Body& body) {
    if constexpr (requires { body.from; }) {
      name(body.from, line.location);
      name(body.to, line.to);
    } else if constexpr (requires { body.location; }) {
      if constexpr (is_sourced<Body>) {
        if (line.location.empty() && (has_rule || tells_of_a_promise(body))) body.location = engine::anywhere;
      }
      if (!line.location.empty()) name(body.location, line.location);
    }
  }

  void name(engine::location_id& into, const std::string& code) {
    const auto* found = known.find_location(code);
    if (found != nullptr) {
      into = found->id;
      return;
    }
    wrong = problem{problem_code::unknown_location, fmt::format("There is no location '{}'.", code), {}};
    if (!line.pointer.empty()) wrong->errors.push_back({line.pointer, wrong->detail});
  }
};

std::optional<problem> bind_locations(rest::movement& asked, const engine::catalogue& known,
                                      engine::account_id account) {
  const bool has_rule = known.sourcing_of(account).has_value();
  for (auto& line : asked.lines) {
    location_binding bind{known, has_rule, line};
    std::visit(bind, line.body);
    if (bind.wrong) return bind.wrong;
  }
  return std::nullopt;
}

std::optional<problem> bind_account(rest::movement& asked, const engine::catalogue& known) {
  for (auto& line : asked.lines) {
    auto* fence = std::get_if<engine::fence>(&line.body);
    if (fence == nullptr && line.account.empty()) continue;
    const auto* account = known.find_account(line.account);
    if (account == nullptr)
      return problem{
          problem_code::unknown_account, fmt::format("There is no account '{}'.", line.account), {}};
    if (fence != nullptr) fence->account = account->id;
    if (auto* moved = std::get_if<engine::allocate>(&line.body))
      moved->reservation = engine::line_key(account->id, asked.order, line.line);
  }
  return std::nullopt;
}

// The id of a transfer, a supply or a return at one SKU: one id may go over several SKUs, each for itself.
engine::uuid id_of(const rest::matter& about, engine::sku_id sku) {
  const auto base = engine::movement_key({}, about.kind, about.id);
  return engine::movement_key(base, "sku", std::to_string(static_cast<std::int64_t>(sku)));
}

void bind_matter(rest::movement& asked) {
  for (auto& line : asked.lines) {
    const auto id = id_of(*asked.about, line.target);
    std::visit(
        [&](auto& body) {
          if constexpr (requires { body.transfer; }) body.transfer = id;
          if constexpr (requires { body.supply; }) body.supply = id;
          if constexpr (requires { body.announced; }) body.announced = id;
        },
        line.body);
  }
}

std::vector<taken_sku> leaves_of(const rest::movement& asked, const engine::catalogue& known) {
  std::vector<taken_sku> leaves;
  for (std::size_t i = 0; i < asked.lines.size(); ++i)
    if (const auto* bundle = known.bundles().find(asked.lines[i].target))
      for (const auto& leaf : bundle->leaves)
        leaves.push_back({i, leaf.sku, known.find(leaf.sku)->code, leaf.per});
  return leaves;
}

bool is_return_case(operation op) {
  return op == operation::announce_return || op == operation::return_arrival || op == operation::close_return;
}

// The return of a bundle is one of each leaf under the same id: nothing of it is kept at the bundle, and what came
// back is inspected leaf by leaf.
void bind_bundle_return(rest::movement& asked, const caller& who, const engine::uuid& base, bound_movement& bound) {
  const auto& line = asked.lines.front();
  for (const auto& leaf : bound.leaves) {
    actors::submission& one = bound.commands.emplace_back();
    one.sku = leaf.sku;
    const auto id = id_of(*asked.about, leaf.sku);
    if (asked.op == operation::announce_return) one.asked.key = id;
    else if (bound.commands.size() == 1) one.asked.key = base;
    one.asked.content = asked.content;
    one.asked.account = who.account;
    one.asked.occurred_at = asked.occurred_at;
    one.asked.reference = line.reference;
    one.asked.body = line.body;
    std::visit(
        [&](auto& body) {
          if constexpr (requires { body.units; }) body.units *= leaf.per;
          if constexpr (requires { body.announced; }) body.announced = id;
          if constexpr (requires { body.line; })
            if (!body.line.is_nil()) body.line = engine::component_line(body.line, leaf.sku);
        },
        one.asked.body);
  }
  asked.together = true;
  bound.asked = std::move(asked);
}

// Key of line `index`: a request that is decided as one has one key, else every line has its own.
engine::uuid key_of(const rest::movement& asked, const engine::uuid& base, std::size_t index) {
  if (index == 0) return base;
  return asked.together ? engine::uuid{} : engine::movement_key(base, "line", std::to_string(index));
}

} // namespace

rest::decoded<bound_movement> bind_movement(rest::movement asked, const engine::catalogue& known,
                                            const caller& who, std::string_view key) {
  if (auto wrong = bind_skus(asked, known)) return *std::move(wrong);
  const auto base = engine::request_key(who.name, key);
  bound_movement bound;
  bound.leaves = leaves_of(asked, known);
  bound.hold = asked.hold;
  const bool bundles_held = asked.op == operation::hold && !bound.leaves.empty();
  if (asked.op == operation::hold && !bundles_held) bound.hold = created_hold(asked, base);
  if (asked.hold) {
    if (auto wrong = bind_lines_of_hold(asked)) return *std::move(wrong);
  }
  if (auto wrong = bind_locations(asked, known, who.account)) return *std::move(wrong);
  if (bundles_held) {
    if (auto wrong = bind_bundle_hold(asked, known, who, base, bound)) return *std::move(wrong);
    bound.asked = std::move(asked);
    return bound;
  }
  if (auto wrong = bind_account(asked, known)) return *std::move(wrong);
  if (asked.about) bind_matter(asked);
  if (is_return_case(asked.op) && !bound.leaves.empty()) {
    bind_bundle_return(asked, who, base, bound);
    return bound;
  }
  for (std::size_t i = 0; i < asked.lines.size(); ++i) {
    auto& line = asked.lines[i];
    actors::submission& one = bound.commands.emplace_back();
    one.sku = line.target;
    one.asked.key = has_natural_key(asked.op) ? id_of(*asked.about, line.target) : key_of(asked, base, i);
    one.asked.content = asked.content;
    one.asked.account = who.account;
    one.asked.occurred_at = asked.occurred_at;
    one.asked.reference = std::move(line.reference);
    one.asked.body = std::move(line.body);
  }
  bound.asked = std::move(asked);
  return bound;
}

rest::decoded<std::string> read_key(std::string_view text) {
  if (text.empty())
    return problem{problem_code::key_missing, "Send an Idempotency-Key with every movement.", {}};
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  const bool printable =
      std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; });
  if (text.empty() || text.size() > limits::key_bytes_max || !printable) {
    return problem{problem_code::key_malformed,
                   fmt::format("A key is 1 to {} printable ASCII characters, without quotes and backslashes.",
                               limits::key_bytes_max),
                   {}};
  }
  return std::string{text};
}

} // namespace lockstep::app
