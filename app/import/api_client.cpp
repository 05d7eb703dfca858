#include "app/import/api_client.hpp"

#include "engine/limits.hpp"

#include <boost/json/parse.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace lockstep::app {

namespace json = boost::json;
using engine::error_code;
using engine::make_error;
using engine::result;

namespace {

constexpr std::size_t requests_at_once = 64; // they share a commit; more would only queue in the engine
constexpr int attempts_max = 6;              // of a request that meets a busy engine
constexpr std::chrono::seconds busy_wait_max{5};

// Answers from the client's thread to ours.
class mailbox {
 public:
  struct letter {
    std::size_t place = 0;
    adapters::http_response response;
  };

  void put(std::size_t place, adapters::http_response response) {
    const std::lock_guard lock{mutex_};
    letters_.push_back({place, std::move(response)});
    arrived_.notify_one();
  }

  letter take() {
    std::unique_lock lock{mutex_};
    arrived_.wait(lock, [this] { return !letters_.empty(); });
    auto first = std::move(letters_.front());
    letters_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<letter> letters_;
};

// Seconds the engine asks to wait; one when it does not say.
std::chrono::seconds wait_of(const adapters::http_response& busy) {
  const auto text = busy.header_value("retry-after");
  int seconds = 1;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::clamp(std::chrono::seconds{seconds}, std::chrono::seconds{1}, busy_wait_max);
}

engine::error no_answer(const std::string& base_url, const adapters::http_response& response) {
  return make_error(error_code::unavailable, fmt::format("no answer from {}: {}", base_url, response.what));
}

result<json::object> read_object(const api_answer& answer) {
  boost::system::error_code failed;
  auto value = json::parse(answer.body, failed);
  if (failed || !value.is_object())
    return make_error(error_code::refused, "the answer is not an object of JSON");
  return std::move(value.as_object());
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->as_string()} : std::string{};
}

} // namespace

std::string api_answer::reason() const {
  const auto problem = read_object(*this);
  if (!problem) return fmt::format("HTTP status {}", status);
  auto text = text_of(*problem, "detail");
  if (text.empty()) text = text_of(*problem, "title");
  if (text.empty()) text = fmt::format("HTTP status {}", status);
  if (const auto* errors = problem->if_contains("errors"); errors != nullptr && errors->is_array())
    for (const auto& each : errors->as_array())
      if (each.is_object())
        text +=
            fmt::format(" {}: {}", text_of(each.as_object(), "pointer"), text_of(each.as_object(), "detail"));
  return text;
}

api_client::api_client(std::string base_url, secret token)
    : base_url_(std::move(base_url)), token_(std::move(token)),
      client_({.insecure_http = base_url_.starts_with("http:"),
               .connections_per_host = limits::channel_connections_per_host_max,
               .connections = limits::channel_connections_per_host_max}) {}

adapters::http_request api_client::encode(const api_request& request) const {
  adapters::http_request encoded;
  encoded.method = request.method;
  encoded.url = base_url_ + request.target;
  encoded.headers.emplace_back("Authorization", fmt::format("Bearer {}", token_.reveal()));
  if (!request.content_type.empty()) encoded.headers.emplace_back("Content-Type", request.content_type);
  encoded.body = request.body;
  encoded.connect_timeout = limits::channel_connect_timeout;
  encoded.total_timeout = limits::channel_request_timeout;
  return encoded;
}

result<api_answer> api_client::ask(const api_request& request) {
  api_answer last;
  auto done = ask_all({request}, [&](std::size_t, const api_answer& answer) { last = answer; });
  if (!done) return done.error();
  return last;
}

result<void> api_client::ask_all(const std::vector<api_request>& requests,
                                 const std::function<void(std::size_t, const api_answer&)>& answered) {
  // Shared with the callbacks: those of requests still under way may come after we have given up.
  const auto box = std::make_shared<mailbox>();
  std::vector<int> attempts(requests.size(), 0);
  const auto send = [&](std::size_t place) {
    ++attempts[place];
    client_.send(encode(requests[place]),
                 [box, place](adapters::http_response response) { box->put(place, std::move(response)); });
  };
  std::size_t sent = 0;
  for (; sent < std::min(requests_at_once, requests.size()); ++sent)
    send(sent);
  for (std::size_t done = 0; done < requests.size();) {
    auto [place, response] = box->take();
    if (response.ended != adapters::transport::answered) return no_answer(base_url_, response);
    if (response.status == 503 && attempts[place] < attempts_max) {
      std::this_thread::sleep_for(wait_of(response));
      send(place);
      continue;
    }
    answered(place, {response.status, std::move(response.body)});
    ++done;
    if (sent < requests.size()) send(sent++);
  }
  return {};
}

result<const json::value*> api_list::next() {
  while (used_ == page_.size() && !target_.empty())
    if (auto read = read_page(); !read) return read.error();
  if (used_ == page_.size()) return static_cast<const json::value*>(nullptr);
  return &page_[used_++];
}

result<void> api_list::read_page() {
  const auto answer = api_.ask({"GET", target_, {}, {}});
  if (!answer) return answer.error();
  if (!answer->ok()) return make_error(error_code::refused, fmt::format("{}: {}", target_, answer->reason()));
  auto page = read_object(*answer);
  if (!page) return page.error();
  auto* list = page->if_contains(name_);
  if (list == nullptr || !list->is_array())
    return make_error(error_code::refused, fmt::format("{}: no list '{}' in the answer", target_, name_));
  page_ = std::move(list->as_array());
  used_ = 0;
  target_ = text_of(*page, "next");
  return {};
}

std::string path_segment(std::string_view text) {
  return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

} // namespace lockstep::app
