// Preloaded into the daemon (ld.so(8), LD_PRELOAD): stands before the calls of libc that the path makes,
// knows from where a descriptor came what a call on it means, and kills the process at the one it was told.
// Nothing else is changed.
#include "tests/kill/step.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace {

using lockstep::kill::occasion;
using lockstep::kill::step;

// --- the plan ---

struct {
  step at = step::none;
  occasion when{};
  bool before = false;
  long count = 0;
  long stall_ms = 0;
  long stop_ms = 0;
} plan;

std::atomic<long> seen{0};
std::atomic<bool> connected{false}; // to this process: it is ready

void signal_after(long ms, int number) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = number;
  itimerspec once{};
  once.it_value = {ms / 1000, ms % 1000 * 1'000'000};
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &once, nullptr) != 0)
    std::abort();
}

// A plan that cannot be read ends the process with SIGABRT: the program asked for something else.
__attribute__((constructor)) void read_plan() {
  const char* text = std::getenv(lockstep::kill::plan_variable);
  if (text == nullptr) return;
  std::array<char, 32> name{};
  std::array<char, 8> place{};
  if (std::sscanf(text, "%31s %7s %ld %ld %ld", name.data(), place.data(), &plan.count, &plan.stall_ms,
                  &plan.stop_ms) != 5)
    std::abort();
  const auto* row = lockstep::kill::find_step(name.data());
  if (row == nullptr) std::abort();
  plan.before = std::strcmp(place.data(), "before") == 0;
  plan.at = row->id;
  plan.when = row->when;
  if (plan.at == step::recovery || plan.at == step::any_time) signal_after(plan.count, SIGKILL);
}

void count() {
  if (plan.when == occasion::stop && !connected) return;
  if (plan.when == occasion::start && connected) return;
  if (seen.fetch_add(1) + 1 != plan.count) return;
  if (plan.stall_ms > 0) usleep(static_cast<useconds_t>(plan.stall_ms) * 1'000);
  std::raise(SIGKILL);
}

// A call that failed (such as EAGAIN) did not happen: after it nobody is killed.
template <class Call>
auto at(step here, Call call) {
  const bool watched = here == plan.at;
  if (watched && plan.before) count();
  const auto result = call();
  if (watched && !plan.before && result >= 0) count();
  return result;
}

// --- what a descriptor is ---

enum class use : unsigned char { other, served, shop, postgres, log, database };

std::array<std::atomic<use>, 65'536> uses;

int remember(int descriptor, use what) {
  if (descriptor >= 0 && static_cast<std::size_t>(descriptor) < uses.size())
    uses[static_cast<std::size_t>(descriptor)] = what;
  return descriptor;
}

// The first connection tells that the daemon is ready; a signal before that would find no handler. What was
// to happen before will not come any more.
int accepted(int descriptor) {
  if (descriptor >= 0 && !connected.exchange(true)) {
    const bool too_late = plan.at != step::none && plan.when == occasion::start;
    if (const long ms = too_late ? 1 : plan.stop_ms; ms > 0) signal_after(ms, SIGTERM);
  }
  return remember(descriptor, use::served);
}

use use_of(int descriptor) {
  return static_cast<std::size_t>(descriptor) < uses.size()
             ? uses[static_cast<std::size_t>(descriptor)].load()
             : use::other;
}

use use_of_file(std::string_view path) {
  if (path.ends_with("-wal")) return use::log;
  return path.ends_with(".db") ? use::database : use::other;
}

step read_step(int descriptor) {
  switch (use_of(descriptor)) {
  case use::served: return step::request_read;
  case use::shop: return step::shop_receive;
  case use::postgres: return step::postgres_receive;
  case use::log:
  case use::database: return step::ledger_read;
  default: return step::none;
  }
}

step write_step(int descriptor) {
  switch (use_of(descriptor)) {
  case use::served: return step::answer_send;
  case use::shop: return step::shop_send;
  case use::postgres: return step::postgres_send;
  case use::log: return step::wal_write;
  case use::database: return step::checkpoint_write;
  default: return step::none;
  }
}

step sync_step(int descriptor) {
  switch (use_of(descriptor)) {
  case use::log: return step::wal_sync;
  case use::database: return step::checkpoint_sync;
  default: return step::none;
  }
}

// The function that this library stands before.
template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

} // namespace

extern "C" {

int accept(int listener, sockaddr* from, socklen_t* size) {
  static const auto real = next<decltype(accept)>("accept");
  return accepted(real(listener, from, size));
}

int accept4(int listener, sockaddr* from, socklen_t* size, int flags) {
  static const auto real = next<decltype(accept4)>("accept4");
  return accepted(real(listener, from, size, flags));
}

// Who connects tells where to: libpq to its server, everybody else to a marketplace.
int connect(int descriptor, const sockaddr* to, socklen_t size) {
  static const auto real = next<decltype(connect)>("connect");
  Dl_info caller{};
  const bool found = dladdr(__builtin_return_address(0), &caller) != 0 && caller.dli_fname != nullptr;
  const bool from_libpq = found && std::strstr(caller.dli_fname, "libpq") != nullptr;
  remember(descriptor, from_libpq ? use::postgres : use::shop);
  return real(descriptor, to, size);
}

int open64(const char* path, int flags, ...) {
  static const auto real = next<int(const char*, int, ...)>("open64");
  va_list more;
  va_start(more, flags);
  const auto mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return remember(real(path, flags, mode), use_of_file(path));
}

ssize_t recv(int descriptor, void* to, size_t size, int flags) {
  static const auto real = next<decltype(recv)>("recv");
  return at(read_step(descriptor), [&] { return real(descriptor, to, size, flags); });
}

ssize_t recvmsg(int descriptor, msghdr* to, int flags) {
  static const auto real = next<decltype(recvmsg)>("recvmsg");
  return at(read_step(descriptor), [&] { return real(descriptor, to, flags); });
}

ssize_t send(int descriptor, const void* from, size_t size, int flags) {
  static const auto real = next<decltype(send)>("send");
  return at(write_step(descriptor), [&] { return real(descriptor, from, size, flags); });
}

ssize_t sendmsg(int descriptor, const msghdr* from, int flags) {
  static const auto real = next<decltype(sendmsg)>("sendmsg");
  return at(write_step(descriptor), [&] { return real(descriptor, from, flags); });
}

ssize_t pread64(int descriptor, void* to, size_t size, off64_t offset) {
  static const auto real = next<decltype(pread64)>("pread64");
  return at(read_step(descriptor), [&] { return real(descriptor, to, size, offset); });
}

ssize_t pwrite64(int descriptor, const void* from, size_t size, off64_t offset) {
  static const auto real = next<decltype(pwrite64)>("pwrite64");
  return at(write_step(descriptor), [&] { return real(descriptor, from, size, offset); });
}

int fdatasync(int descriptor) {
  static const auto real = next<decltype(fdatasync)>("fdatasync");
  return at(sync_step(descriptor), [&] { return real(descriptor); });
}

} // extern "C"
