// POST /v1/catalogue: many products, listings, rules and compositions in one request, one JSON object a line,
// answered line by line in the same order. What stands between two compositions is recorded in chunks, each
// one transaction; the next ones follow before the first is durable, the answer waits for all. With
// `dry_run=true` the same is judged and nothing recorded.
#include "adapters/rest/strict_json.hpp"
#include "app/api/catalogue_draft.hpp"
#include "app/api/ndjson.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <span>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

// The catalogue is locked while a chunk is put into it: two milliseconds at most.
constexpr std::size_t lines_per_change = 512;
// Chunks that are in the catalogue and wait for their commit, which they share: a disk takes its time for
// each.
constexpr std::size_t runs_under_way_max = 4;

struct composition {
  std::string sku;
  std::vector<rest::component_request> components;
};

// Lets other requests of the thread go on.
io_task<void> give_way() {
  const auto here = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(here, boost::asio::use_awaitable_t<adapters::io_executor>{});
}

struct catalogue_line {
  std::variant<std::monostate, rest::product_request, rest::placed_listing, rest::placed_rule, composition,
               placed_count>
      wanted;
  std::optional<problem> wrong;
  bool created = false;

  [[nodiscard]] bool goes_alone() const { return std::holds_alternative<composition>(wanted); }
};

std::optional<std::string> take_member(boost::json::object& from, std::string_view name) {
  const auto found = from.find(name);
  if (found == from.end() || !found->value().is_string()) return std::nullopt;
  std::string text{found->value().as_string()};
  from.erase(found);
  return text;
}

template <class Wanted>
void keep(catalogue_line& line, rest::decoded<Wanted> decoded) {
  if (decoded) {
    line.wanted = *std::move(decoded);
  } else {
    line.wrong = decoded.error();
  }
}

rest::decoded<composition> decode_composition(boost::json::object& body) {
  auto sku = take_member(body, "sku");
  if (!sku) return problem{problem_code::invalid_body, {}, {{"/sku", "A text is expected."}}};
  auto components = rest::decode_components(body);
  if (!components) return components.error();
  return composition{*std::move(sku), *std::move(components)};
}

// What else a line of `/v1/batch` has is judged there.
placed_count read_count(boost::json::object& body) {
  return {take_member(body, "sku").value_or(""), take_member(body, "location").value_or("")};
}

catalogue_line read_catalogue_line(const call& c, std::string_view text, bool dry) {
  catalogue_line line;
  auto value = rest::parse_strict(text);
  if (!value) {
    line.wrong = value.error();
    return line;
  }
  auto* body = value->if_object();
  const auto op = body == nullptr ? std::nullopt : take_member(*body, "op");
  if (op == "product") {
    keep(line, rest::decode_product(*body));
  } else if (op == "listing") {
    keep(line, rest::decode_listing(*body));
  } else if (op == "rule" && !c.who->scopes.admin) {
    line.wrong = problem{problem_code::forbidden, "To rule what shops show takes the scope `admin`.", {}};
  } else if (op == "rule") {
    keep(line, rest::decode_rule(*body));
  } else if (op == "count" && dry) {
    line.wanted = read_count(*body);
  } else if (op == "components") {
    keep(line, decode_composition(*body));
  } else {
    line.wrong = problem{problem_code::invalid_body,
                         "A line is an object whose `op` is product, listing, rule or components.",
                         {{"/op", "One of these words is expected."}}};
  }
  return line;
}

struct drafting {
  catalogue_draft& draft;

  template <class Wanted>
  rest::decoded<bool> operator()(const Wanted& wanted) {
    return draft.add(wanted);
  }

  // Lines without content are passed over, and compositions go alone.
  rest::decoded<bool> operator()(const std::monostate&) { return false; }

  rest::decoded<bool> operator()(const composition&) { return false; }
};

void refuse_all(std::span<catalogue_line> lines, const problem& wrong) {
  for (auto& line : lines)
    if (!line.wrong) line.wrong = wrong;
}

// Lines that are made durable in one transaction.
struct run {
  run(call& c, std::span<catalogue_line> of)
      : lines(of), expected(c.box(), 1, c.api.options.answer_timeout) {}

  std::span<catalogue_line> lines;
  answer_box::expectation expected;
};

using runs = std::deque<std::unique_ptr<run>>;

// A dry one has ended at once.
void begin_run(call& c, std::span<catalogue_line> lines, runs& under_way, bool dry) {
  auto each = std::make_unique<run>(c, lines);
  const auto make = [&](const engine::catalogue& known) -> engine::result<std::vector<storage::record>> {
    catalogue_draft draft{known};
    for (auto& line : lines) {
      if (line.wrong) continue;
      const auto added = std::visit(drafting{draft}, line.wanted);
      if (added) {
        line.created = *added;
      } else {
        line.wrong = added.error();
      }
    }
    return draft.take();
  };
  if (dry) {
    (void)make(*c.api.node.catalogue());
    return;
  }
  const auto recorded = c.api.node.change(make, each->expected.ticket(0));
  if (recorded) {
    under_way.push_back(std::move(each));
  } else {
    refuse_all(lines, {rest::code_of(recorded.error().code), recorded.error().what, {}});
  }
}

// Waits until at most `left` of them are under way.
io_task<void> end_runs(runs& under_way, std::size_t left) {
  for (; under_way.size() > left; under_way.pop_front()) {
    auto& oldest = *under_way.front();
    if (!co_await oldest.expected.arrived()) {
      refuse_all(oldest.lines, {problem_code::outcome_unknown, {}, {}});
    } else if (oldest.expected.answers().front()->kind == actors::answer_kind::quarantined) {
      refuse_all(oldest.lines, {problem_code::not_stored, {}, {}});
    }
  }
}

io_task<void> record_composition(call& c, catalogue_line& line, composing how) {
  const auto& wanted = std::get<composition>(line.wanted);
  const auto sku = find_sku(c, wanted.sku);
  if (!sku) {
    line.wrong = problem{problem_code::unknown_sku, fmt::format("There is no SKU '{}'.", wanted.sku), {}};
    co_return;
  }
  line.created = c.api.node.catalogue()->bundles().find(*sku) == nullptr;
  line.wrong = co_await compose_bundle(c, *sku, wanted.components, how);
}

io_task<void> record_lines(call& c, std::span<catalogue_line> lines, runs& under_way, bool dry) {
  while (!lines.empty()) {
    const auto alone = std::ranges::find_if(lines, &catalogue_line::goes_alone);
    const auto plain = static_cast<std::size_t>(alone - lines.begin());
    if (plain > 0) {
      begin_run(c, lines.first(plain), under_way, dry);
      co_await end_runs(under_way, runs_under_way_max - 1);
    } else {
      co_await end_runs(under_way, 0);
      co_await record_composition(c, lines.front(), dry ? composing::judge : composing::record);
    }
    lines = lines.subspan(std::max<std::size_t>(plain, 1));
  }
}

void answer_catalogue_line(std::string& out, std::size_t number, const catalogue_line& line) {
  rest::json_text to{out};
  to.begin_object();
  to.member("line", number);
  if (line.wrong) {
    put_problem(to, *line.wrong);
  } else {
    to.member("status", line.created ? 201 : 200);
    to.member("outcome", line.created ? "created" : "changed");
  }
  to.end_object();
  out += '\n';
}

} // namespace

io_task<http_answer> serve_catalogue_batch(call& c) {
  const auto texts = split_lines(c.request.body);
  if (texts.size() > limits::http_batch_lines_max) {
    co_return problem_answer(
        c, problem_code::too_many_lines,
        fmt::format("{} lines; {} are taken.", texts.size(), limits::http_batch_lines_max));
  }
  const auto* dry_run = c.target.parameter("dry_run");
  const bool dry = dry_run != nullptr && *dry_run == "true";
  if (dry_run != nullptr && !dry && *dry_run != "false")
    co_return problem_answer(c, problem_code::invalid_parameter, "`dry_run` is true or false.");
  // What is judged is not recorded, so the draft goes on to the end; the catalogue is locked as for reading.
  const auto at_once = dry ? texts.size() : lines_per_change;
  std::vector<catalogue_line> lines(texts.size()); // they stay where they are
  runs under_way;
  for (std::size_t from = 0; from < texts.size(); from += at_once) {
    const auto chunk = std::span{lines}.subspan(from, std::min(at_once, texts.size() - from));
    for (std::size_t i = 0; i < chunk.size(); ++i)
      chunk[i] = read_catalogue_line(c, texts[from + i], dry);
    co_await record_lines(c, chunk, under_way, dry);
    co_await give_way();
  }
  co_await end_runs(under_way, 0);
  http_answer reply;
  reply.content_type = ndjson_content_type;
  for (std::size_t i = 0; i < lines.size(); ++i)
    answer_catalogue_line(reply.body, i + 1, lines[i]);
  co_return reply;
}

} // namespace lockstep::app
