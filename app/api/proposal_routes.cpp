// Codes that somebody else says our products bear, and the word of a person that makes them theirs, or not.
#include "adapters/rest/base64url.hpp"
#include "adapters/rest/identifier_scheme.hpp"
#include "app/api/record_change.hpp"
#include "app/api/routes.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace lockstep::app {

namespace {

using engine::sku_id;
using rest::problem;
using rest::problem_code;
using storage::proposal;
using storage::proposal_state;

// A name as one text, for ids and cursors: a scheme has no blank.
std::string text_of_name(const proposal::name& of) {
  return fmt::format("{} {} {}", static_cast<std::int64_t>(of.sku), of.code.scheme, of.code.value);
}

std::optional<proposal::name> name_of_text(std::string_view text) {
  std::int64_t sku = 0;
  const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), sku);
  if (failure != std::errc{} || stop == text.data() + text.size() || *stop != ' ') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()) + 1);
  const auto blank = text.find(' ');
  if (blank == text.npos) return std::nullopt;
  return proposal::name{sku_id{sku}, {std::string{text.substr(0, blank)}, std::string{text.substr(blank + 1)}}};
}

std::string_view state_name(proposal_state state) {
  switch (state) {
  case proposal_state::open: return "open";
  case proposal_state::confirmed: return "confirmed";
  case proposal_state::rejected: return "rejected";
  }
  return "?";
}

void put_code(rest::json_text& to, const engine::identifier& code) {
  to.member("scheme", code.scheme);
  to.member("value", code.value);
}

// Who bears it already, in whatever form: it may be right all the same (packs, conditions), or a mistake of the
// service's.
void put_bearers(rest::json_text& to, const proposal& item, const engine::catalogue& known) {
  constexpr std::size_t bearers_max = 10;
  std::vector<sku_id> bearers;
  for (const auto& form : rest::equivalent_identifiers(item.of.code))
    for (const auto& [by, sku] : known.find_value(form.value, limits::page_size_max))
      if (by == form && sku != item.of.sku && bearers.size() < bearers_max) bearers.push_back(sku);
  to.begin_array("borne_by");
  for (const auto sku : bearers)
    to.element(known.find(sku)->code);
  to.end_array();
}

void put_proposal(rest::json_text& to, const proposal& item, const engine::catalogue& known) {
  const auto* product = known.find(item.of.sku);
  to.begin_object();
  to.member("id", rest::encode_base64url(text_of_name(item.of)));
  to.member("sku", product == nullptr ? std::string_view{} : std::string_view{product->code});
  put_code(to, item.of.code);
  to.member("title", item.title);
  to.member("source", item.source);
  to.begin_object("asked");
  put_code(to, item.asked);
  to.end_object();
  to.member("at", item.at);
  to.member("state", state_name(item.state));
  put_bearers(to, item, known);
  to.end_object();
}

http_answer proposal_answer(const call& c, const proposal& item) {
  std::string body;
  rest::json_text to{body};
  put_proposal(to, item, *c.api.node.catalogue());
  return json_answer(200, std::move(body));
}

// A proposal, or the answer that says why there is none.
struct found_proposal {
  std::optional<proposal> item;
  http_answer otherwise;
};

io_task<found_proposal> load_proposal(call& c) {
  using answer = engine::result<std::optional<proposal>>;
  const auto text = rest::decode_base64url(c.path("proposal"));
  const auto name = text ? name_of_text(*text) : std::nullopt;
  if (!name) co_return found_proposal{{}, problem_answer(c, problem_code::unknown_proposal)};
  auto found = co_await c.api.workers.run([&]() -> answer {
    return c.api.readers.ask([&](storage::reader& from) { return from.load_proposal(*name); });
  });
  if (!found) co_return found_proposal{{}, problem_answer(c, problem_code::overloaded)};
  if (!*found) co_return found_proposal{{}, error_answer(c, found->error())};
  if (!**found) co_return found_proposal{{}, problem_answer(c, problem_code::unknown_proposal)};
  co_return found_proposal{std::move(**found), {}};
}

// Confirmed, and not lost since: a product may be replaced by one without the code.
bool is_settled(const proposal& item, const engine::catalogue& known) {
  const auto* product = known.find(item.of.sku);
  return item.state == proposal_state::confirmed && product != nullptr &&
         rest::bears(product->identifiers, item.of.code);
}

// The product with the code, and the proposal as confirmed.
rest::decoded<std::vector<storage::record>> confirmation(const proposal& item, const engine::catalogue& known) {
  const auto* product = known.find(item.of.sku);
  if (product == nullptr) return problem{problem_code::unknown_sku, {}, {}};
  std::vector<storage::record> records{item};
  auto changed = *product;
  if (rest::bears(changed.identifiers, item.of.code)) return records;
  if (changed.identifiers.size() >= limits::lookup_identifiers_max)
    return problem{problem_code::conflict, "The product bears as many codes as it can.", {}};
  changed.identifiers.push_back(item.of.code);
  records.emplace_back(std::move(changed));
  return records;
}

} // namespace

io_task<http_answer> serve_proposals(call& c) {
  const auto wanted = page_of(c);
  if (!wanted) co_return problem_answer(wanted.error(), c.request.target);
  proposal::name after;
  const auto* code = c.target.parameter("sku");
  const auto only = code == nullptr ? std::nullopt : find_sku(c, *code);
  if (code != nullptr && !only) co_return unknown_sku(c, *code);
  if (only) after.sku = *only;
  if (!wanted->after.empty()) {
    const auto from = name_of_text(wanted->after);
    if (!from) co_return problem_answer(c, problem_code::invalid_cursor);
    after = *from;
  }
  using proposals = engine::result<std::vector<proposal>>;
  auto found = co_await c.api.workers.run([&]() -> proposals {
    return c.api.readers.ask([&](storage::reader& from) { return from.open_proposals(after, wanted->limit); });
  });
  if (!found) co_return problem_answer(c, problem_code::overloaded);
  if (!*found) co_return error_answer(c, found->error());
  auto& page = **found;
  const bool more = page.size() == wanted->limit && !(only && page.back().of.sku != *only);
  const auto next = more ? text_of_name(page.back().of) : std::string{};
  if (only) std::erase_if(page, [&](const proposal& item) { return item.of.sku != *only; });
  const auto known = c.api.node.catalogue();
  co_return list_answer(c, "proposals", next, [&](rest::json_text& to) {
    for (const auto& each : page)
      put_proposal(to, each, *known);
  });
}

io_task<http_answer> serve_proposal_confirm(call& c) {
  auto found = co_await load_proposal(c);
  if (!found.item) co_return std::move(found.otherwise);
  auto& item = *found.item;
  if (is_settled(item, *c.api.node.catalogue())) co_return proposal_answer(c, item);
  item.state = proposal_state::confirmed;
  auto failed = co_await record_changes(
      c, [&](const engine::catalogue& known) { return confirmation(item, known); });
  if (failed) co_return *std::move(failed);
  co_return proposal_answer(c, item);
}

io_task<http_answer> serve_proposal_reject(call& c) {
  auto found = co_await load_proposal(c);
  if (!found.item) co_return std::move(found.otherwise);
  auto& item = *found.item;
  if (is_settled(item, *c.api.node.catalogue()))
    co_return problem_answer(c, problem_code::conflict,
                             "It is confirmed: take the code from the product's identifiers instead.");
  item.state = proposal_state::rejected;
  auto failed = co_await record_change(
      c, [&](const engine::catalogue&) -> rest::decoded<storage::record> { return storage::record{item}; });
  if (failed) co_return *std::move(failed);
  co_return proposal_answer(c, item);
}

} // namespace lockstep::app
