#include "tests/kill/stream.hpp"

#include "engine/key.hpp"

#include <fmt/format.h>

namespace lockstep::kill {

namespace {

// Later than any run ends. It is not part of the content: a repeat may state another.
engine::time_point late() {
  return std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now()) +
         std::chrono::days{30};
}

engine::uuid reservation_key(std::uint64_t sku, std::uint64_t hold) {
  return engine::request_key("kill", fmt::format("hold {} {}", sku, hold));
}

engine::command command_of(std::uint64_t index, engine::command_body body) {
  engine::command out;
  out.key = key_of(index);
  out.content = index + 1;
  out.account = engine::account_id{1};
  out.body = std::move(body);
  return out;
}

engine::command_body body_of(std::uint64_t sku, std::uint64_t turn) {
  const auto hold = turn / 3;
  const auto reservation = reservation_key(sku, hold);
  const bool released = hold % 5 == 4;
  switch (turn % 3) {
  case 0: return engine::hold{reservation, engine::main_location, 1, late()};
  case 1: return released ? engine::command_body{engine::release{reservation}} : engine::confirm{reservation};
  default: break;
  }
  if (released) return engine::receive{engine::main_location, 1, {}};
  return engine::ship{reservation, 1};
}

actors::submission group_member(std::uint64_t index, std::uint64_t sku, const char* part) {
  engine::command asked;
  asked.key = engine::request_key("kill", fmt::format("group {} {}", index, part));
  asked.content = index + 1;
  asked.account = engine::account_id{1};
  asked.reference = group_reference(index);
  asked.body = engine::hold{asked.key, engine::main_location, 1, late()};
  return {engine::sku_id{static_cast<std::int64_t>(sku % skus) + 1}, std::move(asked), {}};
}

} // namespace

engine::uuid key_of(std::uint64_t index) {
  return is_group(index) ? engine::request_key("kill", fmt::format("group {} first", index))
                         : engine::request_key("kill", fmt::format("movement {}", index));
}

std::string group_reference(std::uint64_t index) {
  return fmt::format("group {}", index);
}

std::vector<actors::submission> movement(std::uint64_t index, std::uint16_t sink) {
  const actors::ticket to{sink, 0, 0, 0, static_cast<std::uint32_t>(index)};
  std::vector<actors::submission> out;
  if (is_group(index)) {
    out.push_back(group_member(index, index, "first"));
    out.push_back(group_member(index, index + 7, "second"));
  } else {
    // Groups leave holes in the count of singles; a SKU's turns must have none.
    const auto single = index - index / group_every;
    const auto sku = single % skus;
    out.push_back({engine::sku_id{static_cast<std::int64_t>(sku) + 1},
                   command_of(index, body_of(sku, single / skus)),
                   {}});
  }
  out.front().to = to;
  return out;
}

} // namespace lockstep::kill
