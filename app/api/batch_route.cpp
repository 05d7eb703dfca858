// POST /v1/batch: many movements in one request, one JSON object a line, answered line by line in the same
// order. Lines go to the engine in chunks: what fits in one commit is decided together, and a chunk that is
// not admitted ends the batch, so that no line overtakes an earlier one of its SKU.
#include "adapters/rest/strict_json.hpp"
#include "app/api/movements.hpp"
#include "app/api/ndjson.hpp"
#include "app/api/reply.hpp"
#include "app/api/routes.hpp"
#include "engine/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace lockstep::app {

namespace {

using rest::problem;
using rest::problem_code;

// Enough for a good commit, few enough that reading them holds up an I/O thread for two milliseconds at most.
constexpr std::size_t chunk_lines = 512;

struct batch_line {
  std::string key;
  std::string op;
  std::optional<bound_movement> movement; // none: `wrong` says why
  std::optional<problem> wrong;
  told what;
};

engine::time_point now() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
}

// Takes a text member out of the line's object.
rest::decoded<std::string> take_text(boost::json::object& line, std::string_view name) {
  const auto found = line.find(name);
  if (found == line.end() || !found->value().is_string()) {
    return problem{problem_code::invalid_body,
                   "A batch line has a `key` and an `op`.",
                   {{rest::pointer_step(name), "A text is expected."}}};
  }
  std::string text{found->value().as_string()};
  line.erase(found);
  return text;
}

rest::decoded<bound_movement> read_line(const call& c, std::string_view text, batch_line& line) {
  auto value = rest::parse_strict(text);
  if (!value) return value.error();
  if (!value->is_object()) return problem{problem_code::malformed_json, "A line is one JSON object.", {}};
  auto& object = value->as_object();
  const auto sent_key = take_text(object, "key");
  if (!sent_key) return sent_key.error();
  const auto key = read_key(*sent_key);
  if (!key) return key.error();
  line.key = *key;
  const auto op = take_text(object, "op");
  if (!op) return op.error();
  const auto operation = rest::find_operation(*op);
  if (!operation)
    return problem{problem_code::invalid_body, "The operation is unknown.", {{"/op", "Unknown operation."}}};
  line.op = *op;
  if (*operation == rest::operation::resolve && !c.who->scopes.admin)
    return problem{problem_code::forbidden, "To end an incident takes the scope `admin`.", {}};
  auto asked = rest::decode_movement(*operation, object, {c.who->name, c.who->account, now()});
  if (!asked) return asked.error();
  return bind_movement(*std::move(asked), *c.api.node.catalogue(), *c.who, *key);
}

std::vector<batch_line> read_lines(const call& c, std::span<const std::string_view> texts) {
  std::vector<batch_line> lines;
  for (const auto text : texts) {
    auto& line = lines.emplace_back();
    auto movement = read_line(c, text, line);
    if (movement) {
      line.movement = *std::move(movement);
    } else {
      line.wrong = movement.error();
    }
  }
  return lines;
}

// Appends the answer of one line.
void answer_line(std::string& out, std::size_t number, const batch_line& line) {
  rest::json_text to{out};
  to.begin_object();
  to.member("line", number);
  if (!line.key.empty()) to.member("key", line.key);
  if (line.wrong) {
    put_problem(to, *line.wrong);
  } else if (const auto outcome = outcome_of(*line.movement, line.what); outcome.problem) {
    put_problem(to, *outcome.problem);
  } else {
    to.member("status", outcome.status);
    to.member("outcome", outcome.repeated ? "repeated" : "done");
    to.raw_member("result", outcome.result);
  }
  to.end_object();
  out += '\n';
}

bool goes_alone(const batch_line& line) {
  return line.movement && line.movement->commands.size() > 1;
}

// Answers those lines, of one command each, that begin what began long ago. False: they cannot be told from the
// others now.
io_task<bool> answer_old_ones(const call& c, std::span<batch_line> lines) {
  std::vector<batch_line*> lines_that_begin;
  std::vector<const actors::submission*> begins;
  for (auto& line : lines) {
    if (!line.movement || !rest::has_natural_key(line.movement->asked.op)) continue;
    lines_that_begin.push_back(&line);
    begins.push_back(&line.movement->commands.front());
  }
  if (begins.empty()) co_return true;
  const auto old = co_await began_long_ago(c.api, begins);
  if (!old) co_return false;
  for (std::size_t i = 0; i < begins.size(); ++i)
    if ((*old)[i]) lines_that_begin[i]->what = {fate::answered, {too_old(*begins[i])}};
  co_return true;
}

// Submits lines of one command each at once and awaits them. Lines that could not be read are passed over.
io_task<fate> ask_run(const call& c, std::span<batch_line> lines) {
  if (!co_await answer_old_ones(c, lines)) co_return fate::overloaded;
  std::vector<batch_line*> asked;
  for (auto& line : lines) {
    if (line.movement && line.what.answers.empty()) asked.push_back(&line);
  }
  if (asked.empty()) co_return fate::answered;
  answer_box::expectation expected{c.box(), asked.size(), c.api.options.answer_timeout};
  std::vector<actors::submission> commands;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    commands.push_back(std::move(asked[i]->movement->commands.front()));
    commands.back().to = expected.ticket(i);
  }
  auto how = fate_of(c.api.node.submit(std::move(commands)));
  if (how == fate::answered && !co_await expected.arrived()) how = fate::unknown;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    asked[i]->what.how = how;
    asked[i]->what.answers.push_back(std::move(expected.answers()[i]));
  }
  co_return how;
}

// Lines of several commands go one by one, the others between them together.
io_task<fate> ask_chunk(const call& c, std::span<batch_line> lines) {
  auto how = fate::answered;
  while (!lines.empty() && how == fate::answered) {
    const auto run = static_cast<std::size_t>(std::ranges::find_if(lines, goes_alone) - lines.begin());
    if (run > 0) {
      how = co_await ask_run(c, lines.first(run));
      lines = lines.subspan(run);
    } else {
      lines.front().what = co_await perform(c.api, c.box(), *lines.front().movement);
      how = lines.front().what.how;
      lines = lines.subspan(1);
    }
  }
  co_return how;
}

// What lines are told that were not tried because an earlier one got no answer: nothing of them was done.
fate untried(fate how) {
  return how == fate::unknown ? fate::overloaded : how;
}

} // namespace

io_task<http_answer> serve_batch(call& c) {
  const auto texts = split_lines(c.request.body);
  if (texts.size() > limits::http_batch_lines_max) {
    co_return problem_answer(
        c, problem_code::too_many_lines,
        fmt::format("{} lines; {} are taken.", texts.size(), limits::http_batch_lines_max));
  }
  c.api.metrics.batch_lines.fetch_add(texts.size(), std::memory_order_relaxed);
  http_answer reply;
  reply.content_type = ndjson_content_type;
  auto how = fate::answered;
  for (std::size_t from = 0; from < texts.size(); from += chunk_lines) {
    const auto count = std::min(chunk_lines, texts.size() - from);
    auto lines = read_lines(c, std::span{texts}.subspan(from, count));
    for (auto& line : lines)
      line.what.how = untried(how);
    if (how == fate::answered) {
      const auto ended = co_await ask_chunk(c, lines);
      for (auto& line : lines) {
        if (line.what.answers.empty() && line.what.how == fate::answered) line.what.how = untried(ended);
      }
      how = ended;
    }
    for (std::size_t i = 0; i < count; ++i)
      answer_line(reply.body, from + i + 1, lines[i]);
  }
  co_return reply;
}

} // namespace lockstep::app
