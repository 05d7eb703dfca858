#include "tests/storage/postgres_server.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lockstep::storage::samples {
namespace {

constexpr const char* owner = "postgres";

// Debian keeps the server's programs out of the PATH; the newest counts.
std::string program(const std::string& name) {
  const std::filesystem::path versions{"/usr/lib/postgresql"};
  std::filesystem::path newest;
  if (is_directory(versions))
    for (const auto& version : std::filesystem::directory_iterator{versions})
      if (const auto found = version.path() / "bin" / name; exists(found) && found > newest) newest = found;
  INFO("PostgreSQL is not installed: run ./setup");
  REQUIRE(!newest.empty());
  return newest.string();
}

int status_of(pid_t child) {
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string content_of(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

int free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  REQUIRE(bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(listener);
  return ntohs(address.sin_port);
}

} // namespace

postgres_server::postgres_server(options chosen) : chosen_(std::move(chosen)), port_(free_port()) {
  if (geteuid() == 0) {
    const auto* account = getpwnam(owner);
    REQUIRE(account != nullptr);
    REQUIRE(chown(folder_.path().c_str(), account->pw_uid, account->pw_gid) == 0);
  }
  std::vector<std::string> words{program("initdb"), "--pgdata", data_folder(), "--username", owner,
                                 "--auth",          "trust",    "--no-sync",   "--encoding", "UTF8",
                                 "--locale",        "C"};
  if (chosen_.disk != nullptr) words.insert(words.end(), {"--wal-segsize", "1"});
  if (chosen_.only_log_on_disk) words.insert(words.end(), {"--waldir", chosen_.disk->path() + "/log"});
  const auto made = status_of(run(words, folder_.file("log")));
  INFO(log());
  REQUIRE(made == 0);
  start();
  ask("CREATE ROLE lockstep LOGIN PASSWORD 'canary-secret'", "postgres");
  make_database("lockstep");
}

postgres_server::~postgres_server() {
  if (process_ < 0) return;
  kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
}

// PostgreSQL refuses to run as root. It gets a signal when this process ends.
pid_t postgres_server::run(std::vector<std::string> words, const std::string& log) const {
  std::vector<std::string> all;
  if (chosen_.disk != nullptr) all = chosen_.disk->words();
  all.insert(all.end(), {"/usr/bin/setpriv", "--pdeathsig", "QUIT"});
  if (geteuid() == 0) all.insert(all.end(), {"--reuid", owner, "--regid", owner, "--clear-groups"});
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (auto& each : all)
    arguments.push_back(each.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child > 0) return child;
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (chdir("/") == 0) execv(arguments[0], arguments.data());
  _exit(127);
}

std::string postgres_server::data_folder() const {
  const bool on_disk = chosen_.disk != nullptr && !chosen_.only_log_on_disk;
  return on_disk ? chosen_.disk->path() + "/data" : folder_.file("data");
}

postgres_server& postgres_server::shared() {
  static postgres_server server;
  return server;
}

std::string postgres_server::url(const std::string& schema, int port, const std::string& user) const {
  return fmt::format("postgresql://{}@127.0.0.1:{}/lockstep?sslmode=disable&options=-csearch_path%3D{}", user,
                     port, schema);
}

std::string postgres_server::new_schema(const std::string& user) {
  auto name = fmt::format("store_{}", ++schemas_);
  ask(fmt::format("CREATE SCHEMA {} AUTHORIZATION {}", name, user));
  return name;
}

// The connection is kept: a new one costs more than most statements.
std::string postgres_server::ask(const std::string& sql, const std::string& database) {
  if (!admin_ || PQstatus(admin_.get()) != CONNECTION_OK || PQdb(admin_.get()) != database)
    admin_.reset(PQconnectdb((local_words(database) + " application_name=test").c_str()));
  INFO(sql << ": " << PQerrorMessage(admin_.get()));
  REQUIRE(PQstatus(admin_.get()) == CONNECTION_OK);
  const std::unique_ptr<PGresult, decltype(&PQclear)> told{PQexec(admin_.get(), sql.c_str()), PQclear};
  INFO(PQresultErrorMessage(told.get()));
  REQUIRE((PQresultStatus(told.get()) == PGRES_COMMAND_OK || PQresultStatus(told.get()) == PGRES_TUPLES_OK));
  return PQntuples(told.get()) > 0 ? PQgetvalue(told.get(), 0, 0) : "";
}

void postgres_server::make_database(const std::string& name) {
  ask(fmt::format("CREATE DATABASE {} OWNER lockstep", name), "postgres");
}

std::string postgres_server::url_in(const std::string& database, const std::string& schema) const {
  return fmt::format("postgresql://lockstep@127.0.0.1:{}/{}?sslmode=disable&options=-csearch_path%3D{}",
                     port_, database, schema);
}

std::string postgres_server::local_words(const std::string& database, const std::string& user) const {
  return fmt::format("host='{}' port={} user={} dbname={}", folder_.path().string(), port_, user, database);
}

postgres_server::connection postgres_server::connect(const std::string& user) const {
  return {PQconnectdb(fmt::format("host=127.0.0.1 port={} user={} dbname=lockstep", port_, user).c_str()),
          PQfinish};
}

void postgres_server::run_tool(const std::string& name, std::vector<std::string> words) const {
  const auto log = folder_.file(name + ".log");
  words.insert(words.begin(), program(name));
  const auto code = status_of(run(words, log));
  INFO(content_of(log));
  REQUIRE(code == 0);
}

void postgres_server::stop(stop_mode mode) {
  admin_.reset();
  kill(process_, mode == stop_mode::fast ? SIGINT : SIGQUIT);
  REQUIRE(status_of(process_) == 0);
  process_ = -1;
}

void postgres_server::crash() const {
  kill(process_, SIGQUIT);
}

void postgres_server::start() {
  std::vector<std::string> words{program("postgres"),          "-D", data_folder(),         "-k",
                                 folder_.path().string(),      "-p", std::to_string(port_), "-c",
                                 "listen_addresses=127.0.0.1", "-c", "shared_buffers=16MB", "-c",
                                 "max_connections=40"};
  for (const auto& each : chosen_.settings)
    words.insert(words.end(), {"-c", each});
  process_ = run(words, folder_.file("log"));
  wait_until_ready();
}

std::string postgres_server::log() const {
  return content_of(folder_.file("log"));
}

bool postgres_server::gave_up() {
  if (waitpid(process_, nullptr, WNOHANG) == 0) return false;
  admin_.reset();
  process_ = -1;
  return true;
}

bool postgres_server::responds() const {
  return PQping(local_words("postgres").c_str()) == PQPING_OK;
}

void postgres_server::wait_until_ready() const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!responds()) {
    INFO(log());
    REQUIRE(waitpid(process_, nullptr, WNOHANG) == 0);
    REQUIRE(std::chrono::steady_clock::now() < until);
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

} // namespace lockstep::storage::samples
