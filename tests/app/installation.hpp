// What an operator has: a folder with a configuration, a token of the API and one of the console, and a
// store.
#pragma once

#include "tests/app/program.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep::tests {

// A folder with a store, a token of the API and one of the console, and a configuration of free ports.
class installation {
 public:
  // `store`: a URL; empty: a file in the folder.
  explicit installation(std::string store = {}) : store_(std::move(store)) {
    if (store_.empty()) store_ = "sqlite://" + folder_.path("lockstep.db");
    const auto made = boost::json::parse(run_program({"token", "--json"}).out);
    token_ = folder_.write("token", std::string{made.at("token").as_string()} + "\n");
    console_token_ = folder_.write("console-token", "open sesame\n");
    hash_ = std::string{made.at("sha256").as_string()};
    configure("");
  }

  // The configuration, and `more` after it.
  void configure(std::string_view more) const {
    folder_.write("lockstep.toml",
                  fmt::format("[store]\nurl = \"{}\"\n[http]\nport = 0\n[monitor]\nport = 0\n"
                              "[console]\nport = 0\ntoken_file = \"{}\"\n"
                              "[[tokens]]\nname = \"test\"\nscopes = [\"read\", \"write\", \"admin\"]\n"
                              "sha256 = \"{}\"\n{}",
                              store_, console_token_, hash_, more));
  }

  [[nodiscard]] std::string file() const { return folder_.path("lockstep.toml"); }

  [[nodiscard]] const std::string& token() const { return token_; }

  [[nodiscard]] std::string token_text() const {
    std::string text;
    std::getline(std::ifstream{token_} >> std::ws, text);
    return text;
  }

  [[nodiscard]] const std::string& console_token() const { return console_token_; }

  [[nodiscard]] const temporary_folder& folder() const { return folder_; }

  [[nodiscard]] std::vector<std::string> run_words() const { return {"run", "--config", file()}; }

 private:
  temporary_folder folder_;
  std::string store_;
  std::string token_, console_token_, hash_;
};

struct ports {
  std::int64_t http = 0, monitor = 0, console = 0;
};

inline ports wait_until_ready(background_program& running) {
  const auto line = running.wait_for("ready");
  INFO(running.log());
  REQUIRE_FALSE(line.empty());
  const auto read = boost::json::parse(line);
  return {read.at("http_port").as_int64(), read.at("monitor_port").as_int64(),
          read.at("console_port").as_int64()};
}

inline std::vector<std::string> over_http(const installation& here, const ports& at) {
  return {"--url", fmt::format("http://127.0.0.1:{}", at.http), "--token-file", here.token()};
}

inline std::vector<std::string> words(std::vector<std::string> first, const std::vector<std::string>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

} // namespace lockstep::tests
