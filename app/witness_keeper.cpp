#include "app/witness_keeper.hpp"

#include "adapters/log.hpp"

#include <chrono>

namespace lockstep::app {

namespace log = adapters::log;
using engine::result;

namespace {

constexpr auto between_looks = std::chrono::seconds{1};

} // namespace

result<std::unique_ptr<witness_keeper>> witness_keeper::open(const std::string& file, storage::store& store) {
  auto reader = store.open_reader();
  if (!reader) return reader.error();
  const auto holds = (*reader)->statistics();
  if (!holds) return holds.error();
  witness kept{file};
  const auto last = kept.last();
  if (!last) return last.error();
  std::unique_ptr<witness_keeper> made{
      new witness_keeper{std::move(kept), store.current_epoch(), std::move(*reader)}};
  made->went_back_ = *last && went_back(**last, {store.current_epoch(), holds->facts});
  return made;
}

witness_keeper::witness_keeper(witness kept, storage::epoch epoch, std::unique_ptr<storage::reader> from)
    : kept_(std::move(kept)), epoch_(epoch), from_(std::move(from)) {}

witness_keeper::~witness_keeper() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard{lock_};
    stop_ = true;
  }
  stopped_.notify_one();
  thread_.join();
}

void witness_keeper::start() {
  thread_ = std::thread{[this] { run(); }};
}

void witness_keeper::run() {
  for (bool stop = false; !stop;) {
    look();
    std::unique_lock guard{lock_};
    stop = stopped_.wait_for(guard, between_looks, [this] { return stop_; });
  }
  look();
}

// A store that is away for a moment has come no further either.
void witness_keeper::look() {
  const auto holds = from_->statistics();
  if (!holds) return;
  const sighting seen{epoch_, holds->facts};
  if (seen.row <= written_.row && seen.epoch == written_.epoch)
    return; // a store that lost facts stays found out
  const auto done = kept_.write(seen);
  if (done)
    written_ = seen;
  else if (!failing_)
    log::write(log::level::error, "witness-failed", done.error().what);
  failing_ = !done;
}

} // namespace lockstep::app
