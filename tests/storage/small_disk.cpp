#include "tests/storage/small_disk.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lockstep::storage::samples {
namespace {

bool write_file(const char* path, const std::string& text) {
  const int file = open(path, O_WRONLY | O_CLOEXEC);
  const bool done = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  return done;
}

// A user's own namespace, in which it is itself and may mount.
bool enter_namespaces() {
  if (geteuid() == 0) return unshare(CLONE_NEWNS) == 0;
  const auto own_user = fmt::format("{0} {0} 1", geteuid());
  const auto own_group = fmt::format("{0} {0} 1", getegid());
  return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_file("/proc/self/setgroups", "deny") &&
         write_file("/proc/self/uid_map", own_user) && write_file("/proc/self/gid_map", own_group);
}

// What is mounted here must not be seen outside.
bool mount_disk(const std::string& at, int megabytes) {
  const auto options = fmt::format("size={}m,mode=1777", megabytes);
  return mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("tmpfs", at.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

} // namespace

small_disk::small_disk(int megabytes) {
  std::array<int, 2> life{};
  std::array<int, 2> ready{};
  REQUIRE(pipe2(life.data(), O_CLOEXEC) == 0);
  REQUIRE(pipe2(ready.data(), O_CLOEXEC) == 0);
  const auto at = path();
  keeper_ = fork();
  REQUIRE(keeper_ >= 0);
  if (keeper_ == 0) {
    close(life[1]);
    const int failed = enter_namespaces() && mount_disk(at, megabytes) ? 0 : errno;
    char ended = 0;
    if (write(ready[1], &failed, sizeof failed) == sizeof failed && failed == 0)
      while (read(life[0], &ended, 1) > 0) {
      }
    _exit(0);
  }
  alive_ = life[1];
  close(life[0]);
  close(ready[1]);
  int failed = -1;
  const auto heard = read(ready[0], &failed, sizeof failed);
  close(ready[0]);
  INFO("this machine lets us mount no small disk, which takes a mount namespace, and one of users where we "
       "are not"
       " root: "
       << (heard == sizeof failed ? std::strerror(failed) : "its keeper has ended"));
  REQUIRE((heard == sizeof failed && failed == 0));
}

// Told by name: the keeper of a disk made after this one holds the pipe too.
small_disk::~small_disk() {
  kill(keeper_, SIGKILL);
  close(alive_);
  waitpid(keeper_, nullptr, 0);
}

std::vector<std::string> small_disk::words() const {
  std::vector<std::string> all{"/usr/bin/nsenter", "--target", std::to_string(keeper_), "--mount"};
  if (geteuid() != 0) all.insert(all.end(), {"--user", "--preserve-credentials"});
  return all;
}

std::string small_disk::seen_from_here() const {
  return fmt::format("/proc/{}/root{}", keeper_, path());
}

void small_disk::fill() const {
  const int file = open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  const std::string piece(4'096, 'b');
  while (write(file, piece.data(), piece.size()) > 0) {
  }
  const bool full = errno == ENOSPC;
  close(file);
  REQUIRE(full);
}

void small_disk::free() const {
  REQUIRE(unlink(ballast().c_str()) == 0);
}

} // namespace lockstep::storage::samples
