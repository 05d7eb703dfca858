#include "storage/postgres/archiver.hpp"

#include <algorithm>

namespace lockstep::storage::postgres {
namespace {

// About 1,200 facts: some milliseconds of the server.
constexpr std::int64_t pages_per_step = 32;
// An eighth of one core at most.
constexpr int rest_per_work = 7;
constexpr auto rest_min = std::chrono::milliseconds{5};
// Nobody waits for a move, but a stop waits for a step under way.
constexpr auto answer_timeout = std::chrono::seconds{5};

constexpr const char* pages_of_ledger =
    "SELECT pg_relation_size('ledger') / current_setting('block_size')::bigint";
constexpr statement move{"move", "SELECT archive_facts($1, $2, $3,"
                                 " (extract(epoch FROM now()) * 1000000)::bigint - $4::bigint)"};

result<void> outcome(const answer<rows>& done) {
  if (done) return {};
  return done.error().what;
}

} // namespace

archiver::archiver(std::string url, storage::epoch of, const archive_options& options,
                   std::shared_ptr<upkeep> told)
    : url_(std::move(url)), epoch_(of), options_(options), told_(std::move(told)),
      thread_([this] { run(); }) {}

archiver::~archiver() {
  {
    const std::lock_guard lock{guard_};
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void archiver::run() {
  for (;;) {
    const auto done = round();
    if (!done && done.error().code == engine::error_code::fenced) return;
    told_->archive.set(done ? std::string{} : "archive: " + done.error().what);
    if (db_ && !db_->usable()) db_.reset();
    const bool well = done && told_->summary.get().empty();
    if (pause(well ? options_.rest : options_.retry)) return;
  }
}

result<void> archiver::round() {
  if (auto ready = connect(); !ready) return ready;
  sum_up();
  const auto pages = db_->ask(pages_of_ledger);
  if (!pages) return pages.error().what;
  const auto end = pages->integer(0, 0);
  result<void> whole;
  for (std::int64_t first = 0; first < end; first += pages_per_step) {
    const auto begun = std::chrono::steady_clock::now();
    const auto done = step(first);
    if (!done && whole) whole = done;
    if (!done && ends_round(done.error())) break;
    const auto took = std::chrono::steady_clock::now() - begun;
    if (pause(std::max<std::chrono::steady_clock::duration>(rest_min, rest_per_work * took))) break;
  }
  return whole;
}

void archiver::sum_up() {
  if (told_->summary.get().empty()) return;
  if (db_->ask("SELECT summarize_ledger()")) told_->summary.set({});
}

// What is wrong with a month or a row is so for a few pages; without a connection or an epoch there are no
// more.
bool archiver::ends_round(const error& failed) const {
  return failed.code == engine::error_code::fenced || !db_->usable();
}

result<void> archiver::step(std::int64_t first_page) {
  return outcome(db_->run(move, parameters::of(epoch_, first_page, pages_per_step, options_.after.count())));
}

// A move that a crash undoes is made again: it need not wait for the disk.
result<void> archiver::connect() {
  if (db_ && db_->usable()) return {};
  auto opened = connection::open(url_, connection::purpose::write, answer_timeout);
  if (!opened) return opened.error();
  if (auto set = opened->execute("SET synchronous_commit = off"); !set) return set.error().what;
  if (auto prepared = opened->prepare({&move, 1}); !prepared) return prepared.error().what;
  db_ = std::move(*opened);
  return {};
}

bool archiver::pause(std::chrono::steady_clock::duration length) {
  std::unique_lock lock{guard_};
  return changed_.wait_for(lock, length, [this] { return stopping_; });
}

} // namespace lockstep::storage::postgres
