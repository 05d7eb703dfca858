#include "tests/kill/engine_process.hpp"

#include "storage/sqlite/sqlite_store.hpp"
#include "tests/kill/stream.hpp"

#include <unistd.h>

#include <condition_variable>
#include <iostream>
#include <limits>
#include <mutex>

namespace lockstep::kill {

namespace {

constexpr std::uint64_t window = 1'000;
// Units enough for every movement of a long run; the receipt is part of the stream's first lives, by its own
// key.
constexpr engine::quantity opening_stock = 1'000'000;

// Writes acknowledgements as the sink gets them: after COMMIT, on the persistence thread.
class acknowledging_sink final : public actors::answer_sink {
 public:
  explicit acknowledging_sink(int pipe) : pipe_(pipe) {}

  void deliver(std::vector<actors::answer> answers) noexcept override {
    for (const auto& one : answers) {
      if (one.to.part != 0) continue; // opening stock
      const acknowledgement told{one.to.request, static_cast<std::int64_t>(one.sku), one.version,
                                 static_cast<std::uint8_t>(one.reason)};
      if (::write(pipe_, &told, sizeof told) != static_cast<ssize_t>(sizeof told)) ::_exit(1);
    }
    const std::lock_guard guard{lock_};
    answered_ += answers.size();
    changed_.notify_all();
  }

  void wait_for(std::uint64_t answered) {
    std::unique_lock guard{lock_};
    changed_.wait(guard, [&] { return answered_ >= answered; });
  }

 private:
  int pipe_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::uint64_t answered_ = 0;
};

actors::submission opening(std::uint64_t sku, std::uint16_t sink) {
  engine::command asked;
  asked.key = key_of(std::numeric_limits<std::uint64_t>::max() / group_every * group_every - sku);
  asked.content = 1;
  asked.body = engine::receive{engine::main_location, opening_stock, {}};
  return {engine::sku_id{static_cast<std::int64_t>(sku) + 1}, std::move(asked), {sink, 1, 0, 0, 0}};
}

bool submit(actors::node& engine, std::vector<actors::submission> movement) {
  return (movement.size() == 1 ? engine.submit(std::move(movement.front()))
                               : engine.submit_group(std::move(movement))) == actors::admission::accepted;
}

} // namespace

int run_engine(const std::string& database, std::uint64_t first, std::uint64_t last, int acknowledgements) {
  acknowledging_sink sink{acknowledgements};
  auto store = storage::open_sqlite({.path = database});
  if (!store) {
    std::cerr << store.error().what << '\n';
    return 69;
  }
  actors::node_options options;
  options.fatal = [](int code, const std::string& why) {
    std::cerr << why << '\n';
    ::_exit(code);
  };
  auto started = actors::node::start(std::move(options), std::move(*store));
  if (!started) {
    std::cerr << started.error().what << '\n';
    return 70;
  }
  auto& engine = **started;
  const auto number = engine.add_sink(sink);
  std::uint64_t sent = 0;
  for (std::uint64_t sku = 0; sku < skus; ++sku, ++sent)
    if (!submit(engine, {opening(sku, number)})) return 70;
  for (auto index = first; index < last; ++index, ++sent) {
    if (sent >= window) sink.wait_for(sent - window + 1);
    if (!submit(engine, movement(index, number))) return 70;
  }
  sink.wait_for(sent);
  return engine.drain(std::chrono::seconds{60}) ? 0 : 70;
}

} // namespace lockstep::kill
