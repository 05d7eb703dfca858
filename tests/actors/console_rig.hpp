// The console over a real socket, with an engine of plain values behind it.
#pragma once

#include "actors/console.hpp"
#include "engine/limits.hpp"
#include "tests/actors/console_client.hpp"
#include "tests/actors/console_fake.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace lockstep::tests {

struct served {
  explicit served(std::chrono::milliseconds login = limits::console_login_timeout,
                  std::chrono::milliseconds answer = limits::console_answer_timeout,
                  std::chrono::milliseconds close = limits::console_close_timeout) {
    auto context = engine.context();
    context.login_timeout = login;
    context.answer_timeout = answer;
    context.close_timeout = close;
    open = *actors::console::open(actors.system, std::move(context));
  }

  console_client client() const { return console_client{open->port()}; }

  console_client logged_in() const {
    auto made = client();
    made.log_in("secret");
    return made;
  }

  fake_engine engine;
  console_system actors;
  std::unique_ptr<actors::console> open;
};

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// Control characters other than line feeds would steer the reader's terminal.
inline bool harmless(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\n' || (byte >= 0x20 && byte != 0x7F);
  });
}

} // namespace lockstep::tests
