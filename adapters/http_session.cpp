#include "adapters/http_session.hpp"

#include "adapters/log.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <iterator>

namespace lockstep::adapters {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::beast::iequals;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// One read: a request of ours fits, a batch takes a few.
constexpr std::size_t read_bytes = 4 * 1024;
constexpr std::size_t body_read_bytes = 64 * 1024;
// What may wait unparsed: a header, or the head of one chunk, or one read of a body.
constexpr std::size_t buffer_bytes_max = 2 * body_read_bytes;
// Memory a connection keeps between requests.
constexpr std::size_t kept_bytes_max = 64 * 1024;
// A refused sender may still be writing: reading on for a moment lets it see the answer instead of a reset.
constexpr auto linger_max = 1s;
constexpr std::size_t linger_bytes_max = 1024 * 1024;

http_method method_of(http::verb verb) {
  switch (verb) {
  case http::verb::head:
  case http::verb::get: return http_method::get;
  case http::verb::post: return http_method::post;
  case http::verb::put: return http_method::put;
  case http::verb::delete_: return http_method::remove;
  default: return http_method::other;
  }
}

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

void trim(std::string& kept) {
  if (kept.capacity() > kept_bytes_max) std::string{}.swap(kept);
  kept.clear();
}

} // namespace

std::string_view received_request::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& h) { return iequals(h.first, name); });
  return found == headers.end() ? std::string_view{} : found->second;
}

std::size_t received_request::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [&](const auto& h) { return iequals(h.first, name); }));
}

http_session::http_session(socket connection, http_handler& handler, const http_server_options& options,
                           http_lane& lane)
    : socket_(std::move(connection)), handler_(handler), options_(options), lane_(lane),
      buffer_(buffer_bytes_max) {
  lane_.sessions.insert(this);
}

http_session::~http_session() {
  lane_.sessions.erase(this);
}

io_task<void> http_session::run() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  for (std::size_t served = 1; co_await serve_one(served >= options_.requests_per_connection_max); ++served) {
  }
  close();
}

// One request and its answer. True when the connection stays open.
io_task<bool> http_session::serve_one(bool last) {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(options_.header_bytes_max));
  parser_->body_limit(boost::none); // known after admit()
  parser_->get().body() = std::move(spare_body_);
  if (!co_await first_byte()) co_return false;

  begin_phase(options_.header_timeout);
  if (const auto read = co_await read_head(); read != reading::done)
    co_return co_await refuse(fault_of(read));
  if (const auto wrong = judge_head(); wrong.status != 0) co_return co_await refuse(wrong);
  describe_request();
  auto verdict = handler_.admit(request_);
  if (verdict.refusal) {
    const bool keep = !body_follows() && !last && parser_->keep_alive() && !lane_.draining;
    co_return co_await answer(*verdict.refusal, keep);
  }

  if (const auto length = parser_->content_length(); length && *length > verdict.body_bytes_max) {
    co_return co_await refuse(fault_of(reading::body_too_big));
  }
  parser_->body_limit(verdict.body_bytes_max);
  begin_phase(options_.body_timeout);
  if (const auto read = co_await read_body(); read != reading::done)
    co_return co_await refuse(fault_of(read));
  end_phase();

  const auto content = co_await handled();
  spare_body_ = std::move(parser_->get().body());
  trim(spare_body_);
  co_return co_await answer(content, !last && parser_->keep_alive() && parser_->get().version() == 11 &&
                                         !lane_.draining);
}

// The last-resort edge: whatever a handler throws becomes an answer, never the end of the process.
io_task<http_answer> http_session::handled() {
  request_.body = parser_->get().body();
  try {
    co_return co_await handler_.handle(request_);
  } catch (const std::exception& thrown) {
    log::write(log::level::error, "http-handler-failed", "A request handler threw",
               {{"what", thrown.what()}});
  }
  co_return handler_.refuse(500, "The request could not be handled.");
}

io_task<bool> http_session::first_byte() {
  if (buffer_.size() > 0) co_return true; // pipelined
  if (lane_.draining) co_return false;
  begin_phase(options_.idle_timeout);
  idle_ = true;
  const bool came = co_await read_more(read_bytes);
  idle_ = false;
  co_return came;
}

io_task<http_session::reading> http_session::read_head() {
  parser_->eager(false);
  for (;;) {
    error_code failure;
    if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), failure));
    if (parser_->is_header_done() && !failure) co_return reading::done;
    if (failure && failure != http::error::need_more) co_return outcome_of(failure);
    if (!co_await read_more(read_bytes)) co_return overdue_ ? reading::timed_out : reading::closed;
  }
}

io_task<http_session::reading> http_session::read_body() {
  parser_->eager(true);
  const auto fields = std::distance(parser_->get().begin(), parser_->get().end());
  if (body_follows() && buffer_.size() == 0 && iequals(request_.header("Expect"), "100-continue")) {
    if (!co_await write("HTTP/1.1 100 Continue\r\n\r\n")) co_return reading::closed;
  }
  while (!parser_->is_done()) {
    error_code failure;
    if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), failure));
    if (failure && failure != http::error::need_more) co_return outcome_of(failure);
    if (parser_->is_done()) break;
    if (buffer_.size() >= body_read_bytes && failure)
      co_return reading::malformed; // a chunk's head without end
    if (buffer_.size() > 0 && !failure) continue;
    if (!co_await read_more(body_read_bytes)) co_return overdue_ ? reading::timed_out : reading::closed;
  }
  // Trailers could add a header after the head was judged.
  if (std::distance(parser_->get().begin(), parser_->get().end()) != fields) co_return reading::malformed;
  co_return reading::done;
}

io_task<bool> http_session::read_more(std::size_t bytes) {
  const auto [failure, count] = co_await socket_.async_read_some(buffer_.prepare(bytes), as_result);
  buffer_.commit(count);
  co_return !failure && count > 0;
}

io_task<bool> http_session::write(std::string_view bytes) {
  const auto [failure, count] = co_await asio::async_write(socket_, asio::buffer(bytes), as_result);
  co_return !failure;
}

io_task<bool> http_session::answer(const http_answer& content, bool keep_open) {
  format_answer(content, keep_open);
  begin_phase(options_.body_timeout);
  const bool written = co_await write(out_);
  end_phase();
  trim(out_);
  if (written && !keep_open) co_await linger();
  co_return written&& keep_open;
}

io_task<bool> http_session::refuse(fault why) {
  if (why.status == 0) co_return false; // the sender is gone
  auto& counter = why.status == 408 ? lane_.timeouts : lane_.malformed;
  counter.fetch_add(1, std::memory_order_relaxed);
  co_return co_await answer(handler_.refuse(why.status, why.detail), false);
}

io_task<void> http_session::linger() {
  error_code failure;
  socket_.shutdown(socket::shutdown_send, failure);
  begin_phase(std::chrono::duration_cast<std::chrono::milliseconds>(linger_max));
  for (std::size_t seen = 0; seen < linger_bytes_max; seen += buffer_.size()) {
    buffer_.consume(buffer_.size());
    if (!co_await read_more(body_read_bytes)) break;
  }
  end_phase();
}

http_session::reading http_session::outcome_of(const error_code& failure) const {
  if (failure == http::error::header_limit) return reading::header_too_big;
  if (failure == http::error::body_limit) return reading::body_too_big;
  return reading::malformed;
}

http_session::fault http_session::fault_of(reading outcome) {
  switch (outcome) {
  case reading::timed_out: return {408, "The request did not arrive in time."};
  case reading::malformed: return {400, "This is not a well-formed HTTP/1.1 request."};
  case reading::header_too_big: return {431, "The request line and headers are longer than the limit."};
  case reading::body_too_big: return {413, "The body is longer than this route takes."};
  default: return {};
  }
}

// What the grammar allows and a careful server does not: every doubt about where a request ends.
http_session::fault http_session::judge_head() const {
  const auto& head = parser_->get();
  const auto version = head.version();
  if (version != 11 && version != 10) return {400, "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
  const auto count = [&](http::field name) { return head.count(name); };
  if (count(http::field::host) > 1 || (version == 11 && count(http::field::host) != 1)) {
    return {400, "Exactly one Host header is needed."};
  }
  const auto lengths = count(http::field::content_length);
  if (lengths > 1 || head[http::field::content_length].find(',') != boost::beast::string_view::npos) {
    return {400, "More than one Content-Length."};
  }
  if (const auto codings = count(http::field::transfer_encoding); codings > 0) {
    const bool plain =
        codings == 1 && version == 11 && iequals(head[http::field::transfer_encoding], "chunked");
    if (!plain) return {400, "The only Transfer-Encoding taken is one `chunked`."};
    if (lengths > 0) return {400, "Content-Length and Transfer-Encoding contradict each other."};
  }
  if (head.target().empty() || head.target().front() != '/')
    return {400, "The request target must be a path."};
  if (count(http::field::expect) > 0 && !iequals(head[http::field::expect], "100-continue")) {
    return {417, "The only expectation known is 100-continue."};
  }
  return {};
}

bool http_session::body_follows() const {
  return !parser_->is_done();
}

void http_session::describe_request() {
  const auto& head = parser_->get();
  headers_.clear();
  for (const auto& field : head)
    headers_.emplace_back(view(field.name_string()), view(field.value()));
  head_only_ = head.method() == http::verb::head;
  request_ = {};
  request_.method = method_of(head.method());
  request_.target = view(head.target());
  request_.headers = headers_;
  request_.io_thread = lane_.index;
}

void http_session::format_answer(const http_answer& content, bool keep_open) {
  const auto reason = view(http::obsolete_reason(static_cast<http::status>(content.status)));
  auto to = std::back_inserter(out_);
  fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Length: {}\r\n", content.status, reason,
                 lane_.date, content.body.size());
  if (!content.content_type.empty()) fmt::format_to(to, "Content-Type: {}\r\n", content.content_type);
  for (const auto& [name, value] : content.headers)
    fmt::format_to(to, "{}: {}\r\n", name, value);
  out_ += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  out_ += keep_open ? "\r\n" : "Connection: close\r\n\r\n";
  if (!std::exchange(head_only_, false)) out_ += content.body;
}

void http_session::begin_phase(std::chrono::milliseconds allowed) {
  overdue_ = false;
  deadline_ = clock::now() + allowed;
}

void http_session::tick(clock::time_point now) {
  if (now < deadline_) return;
  overdue_ = true;
  end_phase();
  error_code ignored;
  socket_.cancel(ignored);
}

void http_session::drain() {
  error_code ignored;
  if (idle_) socket_.cancel(ignored);
}

void http_session::close() {
  error_code ignored;
  socket_.close(ignored);
}

} // namespace lockstep::adapters
