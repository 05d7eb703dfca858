#include "actors/console_server.hpp"

#include "actors/console_query.hpp"
#include "actors/console_text.hpp"
#include "actors/console_view.hpp"
#include "adapters/log.hpp"
#include "adapters/printable.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

namespace lockstep::actors {

namespace log = adapters::log;

namespace {

// Connections that are told why they are refused; more than that are cut without a word.
constexpr std::size_t refused_politely_max = limits::console_connections_max;

bool changes_something(console_verb verb) {
  switch (verb) {
  case console_verb::sku_release:
  case console_verb::channel_activate:
  case console_verb::channel_pause:
  case console_verb::channel_resume:
  case console_verb::channel_flush:
  case console_verb::channel_release_brake:
  case console_verb::shutdown:
  case console_verb::snapshot: return true;
  default: return false;
  }
}

} // namespace

console_server::console_server(caf::io::broker* self, std::shared_ptr<const console_context> context,
                               std::shared_ptr<console_sink> sink, std::uint16_t sink_number,
                               console_worker& worker)
    : self_(self), context_(std::move(context)), sink_(std::move(sink)), sink_number_(sink_number),
      worker_(worker), names_{context_->names()} {}

// --- connections ---

void console_server::accept(caf::io::connection_handle connection) {
  if (sessions_.size() >= limits::console_connections_max) return refuse(connection);
  self_->configure_read(connection, caf::io::receive_policy::at_most(limits::console_line_bytes_max));
  auto& of = open_session(connection);
  say(of, "Lockstep " LOCKSTEP_VERSION " console. Token:\n");
  set_deadline(of, context_->login_timeout);
}

void console_server::refuse(caf::io::connection_handle connection) {
  if (sessions_.size() < limits::console_connections_max + refused_politely_max) {
    close(open_session(connection), "too many console connections\n");
  } else {
    self_->close(connection);
  }
}

console_server::session& console_server::open_session(caf::io::connection_handle connection) {
  self_->ack_writes(connection, true);
  auto& of = sessions_[++sessions_ever_];
  of.number = sessions_ever_;
  of.connection = connection;
  return of;
}

void console_server::receive(caf::io::connection_handle connection, const std::vector<char>& bytes) {
  auto* of = find(connection);
  if (of == nullptr || of->at == stage::closing) return;
  of->input.add({bytes.data(), bytes.size()});
  read_lines(*of);
}

void console_server::transferred(caf::io::connection_handle connection, std::size_t unread) {
  auto* of = find(connection);
  if (of == nullptr) return;
  of->unread = unread;
  if (of->at == stage::closing && unread == 0) {
    // CAF tells nobody when a connection that was closed from here is gone.
    self_->close(connection);
    return forget(of->number);
  }
  if (of->at == stage::tailing && unread == 0) say_dropped(*of);
  read_lines(*of);
}

void console_server::closed(caf::io::connection_handle connection) {
  if (const auto* of = find(connection)) forget(of->number);
}

void console_server::forget(std::uint32_t number) {
  sessions_.erase(number);
  listen_if_tailed();
}

void console_server::stop() {
  for (const auto& [number, of] : sessions_)
    cut(of);
  sessions_.clear();
  listen_if_tailed();
}

console_server::session* console_server::find(caf::io::connection_handle connection) {
  const auto found = std::find_if(sessions_.begin(), sessions_.end(),
                                  [&](const auto& each) { return each.second.connection == connection; });
  return found == sessions_.end() ? nullptr : &found->second;
}

console_server::session* console_server::find_waiting(std::uint32_t number, std::uint32_t request) {
  const auto found = sessions_.find(number);
  if (found == sessions_.end()) return nullptr;
  auto& of = found->second;
  return of.at == stage::waiting && of.request == request ? &of : nullptr;
}

// --- lines ---

// Takes lines while the last one is answered and the answers are read; the rest waits, within a bound.
void console_server::read_lines(session& of) {
  while (of.at != stage::waiting && of.at != stage::closing &&
         of.unread <= limits::console_buffer_bytes_max) {
    if (of.input.too_long()) return close(of, "line too long\n");
    const auto line = of.input.next();
    if (!line) return;
    take_line(of, *line);
  }
  if (of.input.size() > limits::console_ahead_bytes_max) close(of, "too much sent ahead of an answer\n");
}

void console_server::take_line(session& of, const std::string& line) {
  switch (of.at) {
  case stage::login: return take_token(of, line);
  case stage::ready: return take_command(of, line);
  case stage::confirm: return take_confirmation(of, line);
  case stage::tailing: return end_tail(of);
  case stage::waiting:
  case stage::closing: return;
  }
}

void console_server::take_token(session& of, const std::string& line) {
  if (same_secret(line, context_->token)) return finish(of, "Welcome; help lists the commands.\n");
  log::write(log::level::warning, "console-wrong-token", "a console connection sent a wrong token",
             {{"from", self_->remote_addr(of.connection)}});
  if (++of.wrong_tokens >= limits::console_attempts_max) return close(of, "wrong token\n");
  say(of, "wrong token; token:\n");
}

void console_server::take_command(session& of, const std::string& line) {
  if (line.find_first_not_of(" \t") == std::string::npos) return finish(of, "");
  const auto asked = parse_console_line(line);
  if (!asked) return finish(of, fmt::format("{}\n", asked.error().what));
  if (changes_something(asked->verb)) {
    log::write(log::level::info, "console-command", adapters::printable(line),
               {{"from", self_->remote_addr(of.connection)}});
  }
  run(of, *asked);
}

void console_server::take_confirmation(session& of, const std::string& line) {
  if (line != "shutdown") return finish(of, "not shut down\n");
  log::write(log::level::info, "console-shutdown", "shutdown was asked for at the console",
             {{"from", self_->remote_addr(of.connection)}});
  finish(of, "draining and stopping\n");
  context_->shutdown_asked();
}

void console_server::run(session& of, const console_request& asked) {
  if (may_block(asked.verb)) {
    wait_for_answer(of);
    worker_.ask(self_->address(), {of.number, of.request, asked});
    return;
  }
  switch (asked.verb) {
  case console_verb::help: return finish(of, console_help());
  case console_verb::status: return finish(of, status_view(context_->statistics()));
  case console_verb::journal: return finish(of, journal_view(context_->statistics()));
  case console_verb::sku_show: return ask_sku(of, asked.name);
  case console_verb::tail: return start_tail(of);
  case console_verb::quit: return close(of, "bye\n");
  default: break; // only shutdown is left
  }
  finish(of, "This drains and stops the engine. To go on, type the word shutdown.\n");
  of.at = stage::confirm;
}

// --- answers ---

void console_server::ask_sku(session& of, const std::string& code) {
  const auto sku = context_->find_sku(code);
  if (!sku) return finish(of, fmt::format("error: no SKU has the code \"{}\"\n", adapters::printable(code)));
  wait_for_answer(of);
  submission question;
  question.sku = *sku;
  question.asked.body = engine::read_stock{.detail = true};
  question.to = {
      .sink = sink_number_, .part = 0, .session = of.number, .generation = 0, .request = of.request};
  switch (context_->submit(std::move(question))) {
  case admission::accepted: return;
  case admission::overloaded: return finish(of, "error: overloaded; try again\n");
  case admission::draining: return finish(of, "error: the engine is shutting down\n");
  }
}

void console_server::wait_for_answer(session& of) {
  of.at = stage::waiting;
  ++of.request;
  set_deadline(of, context_->answer_timeout);
}

void console_server::answered(const std::vector<answer>& answers) {
  for (const auto& given : answers) {
    auto* of = find_waiting(given.to.session, given.to.request);
    if (of == nullptr) continue;
    if (given.kind == answer_kind::quarantined) {
      finish(*of, "error: this SKU is quarantined\n");
    } else {
      const auto parts = context_->bundle_of(given.sku);
      finish(*of, stock_view(context_->code_of(given.sku), given, names_) +
                      (parts ? bundle_view(*parts, names_) : std::string{}));
    }
    read_lines(*of);
  }
}

void console_server::replied(const console_reply& reply) {
  if (auto* of = find_waiting(reply.session, reply.request)) {
    finish(*of, reply.text);
    read_lines(*of);
  }
}

void console_server::expired(const console_deadline& deadline) {
  const auto found = sessions_.find(deadline.session);
  if (found == sessions_.end() || found->second.request != deadline.request) return;
  auto& of = found->second;
  switch (of.at) {
  case stage::login: return close(of, "no token in time\n");
  case stage::closing: return cut(of);
  case stage::waiting:
    finish(of, "error: no answer in time; the store may be away (see status)\n");
    return read_lines(of);
  default: return;
  }
}

// --- tail ---

void console_server::start_tail(session& of) {
  say(of, "durable facts from now on; Enter ends it\n");
  of.at = stage::tailing;
  of.shown = of.dropped = of.dropped_unsaid = 0;
  listen_if_tailed();
}

void console_server::end_tail(session& of) {
  finish(of, fmt::format("{} facts shown, {} dropped\n", with_commas(of.shown), with_commas(of.dropped)));
  listen_if_tailed();
}

void console_server::listen_if_tailed() {
  const auto tails = [](const auto& each) { return each.second.at == stage::tailing; };
  const bool wanted = std::any_of(sessions_.begin(), sessions_.end(), tails);
  if (wanted == listening_) return;
  listening_ = wanted;
  if (wanted) {
    context_->listen(sink_);
  } else {
    context_->stop_listening(sink_);
  }
}

void console_server::happened(const facts_committed& commit) {
  sink_->took(commit.facts->size());
  const auto lost = sink_->take_dropped();
  std::vector<session*> readers;
  for (auto& [number, of] : sessions_) {
    if (of.at != stage::tailing) continue;
    of.dropped += lost;
    of.dropped_unsaid += lost;
    readers.push_back(&of);
  }
  if (readers.empty()) return;
  for (const auto& each : *commit.facts) {
    const auto line = fact_line(each, names_);
    for (auto* reader : readers)
      show_fact(*reader, line);
  }
  for (auto* reader : readers)
    self_->flush(reader->connection);
}

void console_server::show_fact(session& of, std::string_view line) {
  if (of.unread + line.size() > limits::console_buffer_bytes_max) {
    ++of.dropped;
    ++of.dropped_unsaid;
    return;
  }
  say_dropped(of);
  ++of.shown;
  of.unread += line.size();
  self_->write(of.connection, line.size(), line.data());
}

void console_server::say_dropped(session& of) {
  if (of.dropped_unsaid == 0) return;
  const auto count = std::exchange(of.dropped_unsaid, 0);
  say(of, fmt::format("... {} facts dropped: this reader is slower than they come\n", with_commas(count)));
}

// --- writing ---

void console_server::say(session& of, std::string_view text) {
  of.unread += text.size();
  self_->write(of.connection, text.size(), text.data());
  self_->flush(of.connection);
}

void console_server::finish(session& of, std::string_view text) {
  of.at = stage::ready;
  say(of, fmt::format("{}{}", text, console_prompt));
}

// The connection itself is closed when the last words are with the kernel: CAF cannot cut a connection it was
// told to close, and would wait for its client for ever.
void console_server::close(session& of, std::string_view last_words) {
  say(of, last_words);
  of.at = stage::closing;
  of.input.clear();
  ++of.request;
  set_deadline(of, context_->close_timeout);
  listen_if_tailed();
}

// The handle's number is the socket. The broker still owns it, so it is no other's by now.
void console_server::cut(const session& of) {
  ::shutdown(static_cast<int>(of.connection.id()), SHUT_RDWR);
}

void console_server::set_deadline(const session& of, std::chrono::milliseconds after) {
  self_->delayed_send(self_, after, console_deadline{of.number, of.request});
}

} // namespace lockstep::actors
