#include "adapters/http_client.hpp"

#include "engine/limits.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <mutex>
#include <new>
#include <thread>

namespace lockstep::adapters {

namespace {

using steady = std::chrono::steady_clock;

// A transfer slower than this for this long is dead; the total timeout would end it later.
constexpr long slow_bytes_per_second = 1;
constexpr long slow_seconds_max = 20;
// How long the thread sleeps when nothing happens; send() wakes it.
constexpr int poll_ms = 1'000;

struct easy_closer {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

using easy_handle = std::unique_ptr<CURL, easy_closer>;

struct list_closer {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using header_list = std::unique_ptr<curl_slist, list_closer>;

void initialise_curl_once() {
  static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (done != CURLE_OK) throw std::bad_alloc{}; // start-up only: libcurl fails here for want of memory
}

// One exchange from send() to its callback. The easy handle points at it, so it never moves.
struct exchange {
  http_request request;
  std::function<void(http_response)> done;
  steady::time_point asked_at;
  easy_handle handle;
  header_list headers;
  http_response answer;
  std::size_t header_bytes = 0;
  bool too_big = false;
  char failure[CURL_ERROR_SIZE] = "";
};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// C callbacks: they return less than they were given to end the transfer, and let no exception out.
std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) noexcept try {
  auto& to = *static_cast<exchange*>(context);
  const std::string_view line{bytes, size * count};
  to.header_bytes += line.size();
  if (to.header_bytes > limits::channel_response_header_bytes_max) {
    to.too_big = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) to.answer.headers.clear(); // interim answers (100, 103) come first
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    std::string name{trimmed(line.substr(0, colon))};
    std::transform(name.begin(), name.end(), name.begin(), lower);
    to.answer.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  }
  return line.size();

} catch (...) {

  return 0;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) noexcept try {
  auto& to = *static_cast<exchange*>(context);
  const std::size_t more = size * count;
  if (to.answer.body.size() + more > limits::channel_response_bytes_max) {
    to.too_big = true;
    return 0;
  }
  to.answer.body.append(bytes, more);
  return more;

} catch (...) {

  return 0;
}

header_list make_headers(const std::vector<header>& headers) {
  header_list list;
  const auto add = [&list](const std::string& line) {
    if (auto* longer = curl_slist_append(list.get(), line.c_str())) {
      static_cast<void>(list.release()); // the old head is part of the longer list
      list.reset(longer);
    }
  };
  for (const auto& [name, value] : headers)
    add(name + ": " + value);
  add("Expect:"); // no round trip for "100 Continue" before a body
  return list;
}

long to_ms(std::chrono::milliseconds time) {
  return static_cast<long>(std::max<std::int64_t>(time.count(), 1));
}

// Every option that matters is stated, also where it repeats libcurl's default.
void set_options(exchange& to, bool insecure_http) {
  CURL* const easy = to.handle.get();
  curl_easy_reset(easy); // keeps connections and the DNS cache of the multi handle
  curl_easy_setopt(easy, CURLOPT_URL, to.request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, to.request.method.c_str());
  if (!to.request.body.empty() || to.request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(to.request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, to.request.body.data());
  }
  to.headers = make_headers(to.request.headers);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, to.headers.get());

  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, to_ms(to.request.connect_timeout));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_ms(to.request.total_timeout));
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, slow_bytes_per_second);
  curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, slow_seconds_max);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);

  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, insecure_http ? "http,https" : "https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_PROXY, ""); // whatever the environment says
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  // One request per connection at a time: a lost connection loses one answer.
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING,
                   static_cast<const char*>(nullptr)); // the cap counts what arrives
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);

  curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                   static_cast<curl_off_t>(limits::channel_response_bytes_max));
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &to);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &to);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, to.failure);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &to);
}

// Whether a byte of the request has left: before that the server cannot have acted.
bool was_sent(CURL* easy) {
  long request_bytes = 0;
  return curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_bytes) == CURLE_OK && request_bytes > 0;
}

transport how_it_ended(const exchange& of, CURLcode code) {
  if (code == CURLE_OK) return transport::answered;
  if (!was_sent(of.handle.get())) return transport::not_sent;
  if (of.too_big || code == CURLE_FILESIZE_EXCEEDED) return transport::answer_too_big;
  return transport::answer_lost;
}

} // namespace

struct http_client::state {
  explicit state(options what) : chosen(what), multi(curl_multi_init()) {
    if (!multi) throw std::bad_alloc{};
    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, chosen.connections_per_host);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, chosen.connections);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, chosen.connections);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread = std::thread{[this] { run(); }};
  }

  ~state() {
    stopping = true;
    curl_multi_wakeup(multi);
    thread.join();
    spare.clear();
    curl_multi_cleanup(multi);
  }

  void send(http_request request, std::function<void(http_response)> done) {
    exchange asked;
    asked.request = std::move(request);
    asked.done = std::move(done);
    asked.asked_at = steady::now();
    {
      const std::scoped_lock lock{mutex};
      inbox.push_back(std::move(asked));
    }
    curl_multi_wakeup(multi);
  }

  void run() {
    while (!stopping) {
      start_asked();
      int running = 0;
      curl_multi_perform(multi, &running);
      finish_done();
      curl_multi_poll(multi, nullptr, 0, poll_ms, nullptr);
    }
    abandon_all();
  }

  std::list<exchange> take_inbox() {
    const std::scoped_lock lock{mutex};
    return std::exchange(inbox, {});
  }

  void start_asked() {
    auto asked = take_inbox();
    while (!asked.empty()) {
      under_way.splice(under_way.end(), asked, asked.begin());
      start(std::prev(under_way.end()));
    }
  }

  void start(std::list<exchange>::iterator at) {
    at->handle = take_handle();
    if (!at->handle) return finish(at, CURLE_OUT_OF_MEMORY);
    set_options(*at, chosen.insecure_http);
    if (curl_multi_add_handle(multi, at->handle.get()) != CURLM_OK) finish(at, CURLE_OUT_OF_MEMORY);
  }

  void finish_done() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result; // the message dies with the handle's removal
      char* owner = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
      const auto at = std::find_if(under_way.begin(), under_way.end(),
                                   [owner](exchange& e) { return static_cast<void*>(&e) == owner; });
      finish(at, code);
    }
  }

  void finish(std::list<exchange>::iterator at, CURLcode code) {
    auto& answer = at->answer;
    if (at->handle) {
      answer.ended = how_it_ended(*at, code);
      curl_easy_getinfo(at->handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
      curl_multi_remove_handle(multi, at->handle.get());
      if (spare.size() < static_cast<std::size_t>(chosen.connections)) spare.push_back(std::move(at->handle));
    } else {
      answer.ended = transport::not_sent;
    }
    if (answer.ended != transport::answered)
      answer.what = at->failure[0] ? at->failure : curl_easy_strerror(code);
    answer.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - at->asked_at);
    const auto done = std::move(at->done);
    auto given = std::move(answer);
    under_way.erase(at);
    done(std::move(given));
  }

  // Requests that were sent may have been acted upon: answer_lost; the others were not sent.
  void abandon_all() {
    while (!under_way.empty())
      finish(under_way.begin(), CURLE_ABORTED_BY_CALLBACK);
    for (auto rest = take_inbox(); !rest.empty(); rest = take_inbox()) {
      under_way.splice(under_way.end(), rest);
      while (!under_way.empty())
        finish(under_way.begin(), CURLE_ABORTED_BY_CALLBACK);
    }
  }

  easy_handle take_handle() {
    if (spare.empty()) return easy_handle{curl_easy_init()};
    auto handle = std::move(spare.back());
    spare.pop_back();
    return handle;
  }

  options chosen;
  CURLM* multi;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::list<exchange> inbox;     // under mutex
  std::list<exchange> under_way; // the client's thread only
  std::vector<easy_handle> spare;
  std::thread thread;
};

std::string_view http_response::header_value(std::string_view name) const {
  const auto found =
      std::find_if(headers.begin(), headers.end(), [name](const header& h) { return h.first == name; });
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

http_client::http_client(options chosen) {
  initialise_curl_once();
  state_ = std::make_unique<state>(chosen);
}

http_client::~http_client() = default;

void http_client::send(http_request request, std::function<void(http_response)> done) {
  state_->send(std::move(request), std::move(done));
}

} // namespace lockstep::adapters
