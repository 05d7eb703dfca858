// The steps of the path at which the daemon is killed. The program draws one with a place and a count; the
// step library inside the daemon counts and kills. Both read this table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lockstep::kill {

enum class step : std::uint8_t {
  none,
  recovery,
  any_time,
  request_read,
  answer_send,
  shop_send,
  shop_receive,
  ledger_read,
  wal_write,
  wal_sync,
  checkpoint_write,
  checkpoint_sync,
  postgres_send,
  postgres_receive,
};

// When a life comes to a step.
enum class occasion : std::uint8_t {
  start, // before it is ready: recovery
  load,  // while requests are served
  stop,  // when it was asked to stop; not counted before it is ready
};

enum class where : std::uint8_t { everywhere, sqlite, postgres };

struct step_row {
  step id;
  std::string_view name;
  where store;
  occasion when;
  long count_max; // the n-th call is killed, n drawn from 1 to this; milliseconds for the two of time
  std::string_view sentence;
};

inline constexpr std::array<step_row, 17> steps{{
    {step::recovery, "recovery", where::everywhere, occasion::start, 100,
     "so many milliseconds after exec, before it is ready"},
    {step::any_time, "any-time", where::everywhere, occasion::load, 600,
     "so many milliseconds after exec, whatever it is doing"},
    {step::request_read, "request-read", where::everywhere, occasion::load, 200,
     "recv() on a connection that was accepted"},
    {step::answer_send, "answer-send", where::everywhere, occasion::load, 200,
     "send() of an answer on such a connection"},
    {step::shop_send, "shop-send", where::everywhere, occasion::load, 40,
     "send() of a request to a marketplace: order polls, reads, pushes"},
    {step::shop_receive, "shop-receive", where::everywhere, occasion::load, 40, "recv() of what it answers"},
    {step::ledger_read, "ledger-read", where::sqlite, occasion::start, 60,
     "pread() of database or write-ahead log, as recovery does first of all"},
    {step::wal_write, "recovery-write", where::sqlite, occasion::start, 6,
     "pwrite() to the write-ahead log before it is ready: its epoch, what it found"},
    {step::wal_sync, "recovery-sync", where::sqlite, occasion::start, 4, "fdatasync() of that"},
    {step::wal_write, "wal-write", where::sqlite, occasion::load, 300, "pwrite() to the write-ahead log"},
    {step::wal_sync, "wal-sync", where::sqlite, occasion::load, 100, "fdatasync() of the write-ahead log"},
    {step::checkpoint_write, "checkpoint-write", where::sqlite, occasion::stop, 12,
     "pwrite() of a page from the log to the database"},
    {step::checkpoint_sync, "checkpoint-sync", where::sqlite, occasion::stop, 1,
     "fdatasync() of the database"},
    {step::postgres_send, "recovery-send", where::postgres, occasion::start, 60,
     "send() of libpq before it is ready: connecting, its lock, epoch, reads"},
    {step::postgres_receive, "recovery-receive", where::postgres, occasion::start, 60,
     "recv() of the answers"},
    {step::postgres_send, "postgres-send", where::postgres, occasion::load, 600,
     "send() of libpq to the server"},
    {step::postgres_receive, "postgres-receive", where::postgres, occasion::load, 600,
     "recv() of libpq from the server"},
}};

// Null: there is no such step.
[[nodiscard]] constexpr const step_row* find_step(std::string_view name) {
  for (const auto& row : steps)
    if (row.name == name) return &row;
  return nullptr;
}

// The variable that tells the library what to do: "NAME before|after COUNT STALL STOP". STALL: milliseconds
// for which the call hangs before the kill, so that what should have waited for it and did not gets out.
// STOP: when the daemon is asked to stop, in milliseconds after its first connection. Not named LOCKSTEP_...:
// those are settings of the daemon.
inline constexpr const char* plan_variable = "KILL_AT_STEP";

} // namespace lockstep::kill
