#include "tests/app/program.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lockstep::tests {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto program_path = LOCKSTEP_BINARY_DIR "/lockstep";

struct pipe_ends {
  int read = -1;
  int write = -1;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
  return {ends[0], ends[1]};
}

std::vector<std::string> environment_of(const environment& extra) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    if (!text.starts_with("LOCKSTEP_") && !text.starts_with("NO_COLOR=") &&
        !text.starts_with("NOTIFY_SOCKET="))
      all.emplace_back(text);
  }
  for (const auto& [name, value] : extra)
    all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (auto& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

pid_t start(const std::vector<std::string>& arguments, const environment& extra, int in, int out, int err,
            const std::vector<std::string>& under = {}) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
  auto words = under;
  words.emplace_back(program_path);
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto variables = environment_of(extra);
  pid_t process = -1;
  const int failed = posix_spawn(&process, words.front().c_str(), &files, nullptr, pointers(words).data(),
                                 pointers(variables).data());
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw std::runtime_error{std::string{"cannot start "} + program_path};
  return process;
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

// One read of what is there; false at the end.
bool read_some(int from, std::string& into) {
  std::array<char, 16 * 1024> buffer{};
  const auto got = read(from, buffer.data(), buffer.size());
  if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && errno == EINTR);
}

int patience(clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

// Reads both until they end; false when the time is over first.
bool read_both(int out, int err, program_end& into, clock::time_point until) {
  std::array<pollfd, 2> both{pollfd{out, POLLIN, 0}, pollfd{err, POLLIN, 0}};
  while (both[0].fd >= 0 || both[1].fd >= 0) {
    if (poll(both.data(), both.size(), patience(until)) == 0) return false;
    if (both[0].revents != 0 && !read_some(out, into.out)) both[0].fd = -1;
    if (both[1].revents != 0 && !read_some(err, into.err)) both[1].fd = -1;
  }
  return true;
}

} // namespace

// Inputs are smaller than a pipe's buffer, so they are written whole before anything is read.
program_end run_program(const std::vector<std::string>& arguments, const std::string& input,
                        const environment& extra) {
  const auto in = make_pipe();
  const auto out = make_pipe();
  const auto err = make_pipe();
  const auto process = start(arguments, extra, in.read, out.write, err.write);
  for (const int end : {in.read, out.write, err.write})
    close(end);
  if (write(in.write, input.data(), input.size()) != static_cast<ssize_t>(input.size()) && !input.empty())
    throw std::runtime_error{"the program did not take its input"};
  close(in.write);
  program_end ended;
  if (!read_both(out.read, err.read, ended, clock::now() + 60s)) kill(process, SIGKILL);
  close(out.read);
  close(err.read);
  int status = 0;
  waitpid(process, &status, 0);
  ended.code = code_of(status);
  return ended;
}

background_program::background_program(const std::vector<std::string>& arguments, const environment& extra,
                                       const std::vector<std::string>& under) {
  const auto err = make_pipe();
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  process_ = start(arguments, extra, nothing, nothing, err.write, under);
  close(nothing);
  close(err.write);
  error_ = err.read;
}

background_program::~background_program() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  close(error_);
}

bool background_program::read_more(clock::time_point until) {
  pollfd waiting{error_, POLLIN, 0};
  if (poll(&waiting, 1, patience(until)) <= 0) return false;
  return read_some(error_, log_);
}

std::string background_program::wait_for(const std::string& id) {
  const auto mark = "\"id\":\"" + id + "\"";
  const auto until = clock::now() + 30s;
  for (;;) {
    for (auto end = log_.find('\n', searched_); end != std::string::npos; end = log_.find('\n', searched_)) {
      auto line = log_.substr(searched_, end - searched_);
      searched_ = end + 1;
      if (line.find(mark) != std::string::npos) return line;
    }
    if (!read_more(until)) return {};
  }
}

void background_program::signal(int number) const {
  if (process_ > 0) kill(process_, number); // not to -1, which is everybody, when it has ended
}

std::int64_t background_program::resident() const {
  std::ifstream figures{"/proc/" + std::to_string(process_) + "/statm"};
  std::int64_t all = 0;
  std::int64_t pages = 0;
  figures >> all >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

int background_program::wait() {
  const auto until = clock::now() + 30s;
  while (read_more(until)) {
  }
  if (clock::now() >= until) kill(process_, SIGKILL);
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = -1;
  return code_of(status);
}

} // namespace lockstep::tests
