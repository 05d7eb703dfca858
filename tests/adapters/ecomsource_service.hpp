// A local EcomSource for tests, as strict as is known of the real one: keys in headers, codes of the type that is
// stated, records that name the code asked for or do not, 429 with Retry-After, and errors as pages of HTML.
#pragma once

#include "tests/adapters/raw_server.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lockstep::tests {

class ecomsource_service {
 public:
  ecomsource_service() : server_([this](raw_server::socket& peer) { talk(peer); }) {}

  [[nodiscard]] std::string url() const {
    auto url = server_.url();
    url.pop_back();
    return url;
  }

  // What is said of a code from now on: a whole body with `data`.
  void know(const std::string& code, const std::string& body) {
    const std::scoped_lock lock{mutex_};
    known_[code] = body;
  }

  // The next requests get these answers, status line, headers and body, instead of their own.
  void fail_next(std::string answer) {
    const std::scoped_lock lock{mutex_};
    failures_.push_back(std::move(answer));
  }

  // Bodies of the requests so far.
  [[nodiscard]] std::vector<std::string> asked() const {
    const std::scoped_lock lock{mutex_};
    return asked_;
  }

  static std::string page(int status, const std::string& body, const std::string& headers = "") {
    return "HTTP/1.1 " + std::to_string(status) + " Said\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

 private:
  void talk(raw_server::socket& peer) {
    for (;;) {
      std::string text;
      boost::system::error_code failure;
      const auto head = boost::asio::read_until(peer, boost::asio::dynamic_buffer(text), "\r\n\r\n", failure);
      if (failure) return;
      const auto length = number_after(text, "Content-Length: ");
      if (text.size() < head + length)
        boost::asio::read(peer, boost::asio::dynamic_buffer(text),
                          boost::asio::transfer_exactly(head + length - text.size()), failure);
      if (failure) return;
      write_text(peer, answer(text.substr(0, head), text.substr(head, length)));
    }
  }

  static std::size_t number_after(const std::string& text, const std::string& name) {
    std::size_t number = 0;
    if (const auto at = text.find(name); at != std::string::npos)
      std::from_chars(text.data() + at + name.size(), text.data() + text.size(), number);
    return number;
  }

  std::string answer(const std::string& head, const std::string& body) {
    const std::scoped_lock lock{mutex_};
    asked_.push_back(body);
    if (!failures_.empty()) {
      auto next = std::move(failures_.front());
      failures_.pop_front();
      return next;
    }
    const auto has = [&](const char* line) { return head.find(line) != std::string::npos; };
    if (!head.starts_with("POST /api/v1/search/product HTTP/1.1\r\n"))
      return page(404, "<html>not here</html>");
    if (!has("X-Access-Key: access\r\n") || !has("X-Secret-Key: secret\r\n"))
      return page(401, "<html><h1>401 Authorization Required</h1></html>");
    if (!has("Content-Type: application/json\r\n")) return page(415, "<html>415</html>");
    const auto codes = codes_of(body);
    return codes.empty() ? page(400, R"({"success":false})") : page(200, told_of(codes));
  }

  // None: the request breaks its form.
  static std::vector<std::string> codes_of(const std::string& body) {
    boost::system::error_code wrong;
    const auto asked = boost::json::parse(body, wrong);
    if (wrong || !asked.is_object() || asked.as_object().size() != 4) return {};
    const auto& members = asked.as_object();
    for (const auto* name : {"identifier", "identifierType", "countryCode", "refresh"})
      if (!members.contains(name)) return {};
    std::vector<std::string> codes;
    const auto& named = members.at("identifier");
    if (named.is_string()) codes.emplace_back(named.as_string());
    if (named.is_array())
      for (const auto& each : named.as_array())
        codes.emplace_back(each.as_string());
    const std::string type{members.at("identifierType").as_string()};
    for (const auto& code : codes)
      if (type_of(code) != type) return {};
    return codes;
  }

  static std::string type_of(const std::string& code) {
    if (code.size() == 10) return "asin";
    if (code.size() == 12) return "upc";
    return code.size() == 13 ? "ean" : "gtin";
  }

  // Of one code as it is known; of many the records together, without those that are not known.
  std::string told_of(const std::vector<std::string>& codes) {
    if (codes.size() == 1 && known_.contains(codes.front())) return known_[codes.front()];
    boost::json::array records;
    for (const auto& code : codes) {
      const auto found = known_.find(code);
      if (found == known_.end()) continue;
      const auto known = boost::json::parse(found->second);
      for (const auto& each : known.at("data").as_array())
        records.push_back(each);
    }
    return boost::json::serialize(boost::json::object{{"success", true}, {"data", std::move(records)}});
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::string> known_;
  std::deque<std::string> failures_;
  std::vector<std::string> asked_;
  raw_server server_;
};

} // namespace lockstep::tests
