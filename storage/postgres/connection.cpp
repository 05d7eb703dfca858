#include "storage/postgres/connection.hpp"

#include "storage/postgres/server_url.hpp"

#include "engine/limits.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <tuple>

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

namespace lockstep::storage::postgres {
namespace {

// pg_terminate_backend() takes a time to wait, and client_connection_check_interval is known, from 14 on.
constexpr int server_version_min = 140'000;

// libpq's messages end in a line break and may have several lines.
std::string one_line(std::string_view text) {
  while (!text.empty() && text.back() == '\n')
    text.remove_suffix(1);
  std::string line{text};
  for (auto& each : line)
    if (each == '\n') each = ' ';
  return line;
}

// By class of SQLSTATE: what passes, what is wrong for good, and what another writer did.
engine::error_code code_of(std::string_view sqlstate) {
  using engine::error_code;
  if (sqlstate == "LS001") return error_code::fenced;
  if (sqlstate == "23505") return error_code::conflict;
  if (sqlstate.starts_with("22") || sqlstate.starts_with("23") || sqlstate == "54000")
    return error_code::refused;
  if (sqlstate == "XX001" || sqlstate == "XX002") return error_code::corrupt;
  return error_code::unavailable;
}

int unacknowledged(int socket) {
  int bytes = 0;
  return ioctl(socket, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

std::int64_t big_endian(const char* bytes, int size) {
  std::uint64_t bits = static_cast<unsigned char>(bytes[0]) & 0x80 ? ~std::uint64_t{0} : 0;
  for (int i = 0; i < size; ++i)
    bits = bits << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(bits);
}

} // namespace

parameters& parameters::add(std::int64_t number) {
  values_.push_back({std::to_string(number), false});
  return *this;
}

parameters& parameters::add(std::string text) {
  values_.push_back({std::move(text), false});
  return *this;
}

parameters& parameters::add_bytes(std::string bytes) {
  values_.push_back({std::move(bytes), true});
  return *this;
}

parameters& parameters::add_null() {
  values_.push_back({std::nullopt, false});
  return *this;
}

std::int64_t rows::integer(int row, int column) const {
  const int size = PQgetlength(answered_.get(), row, column); // of NULL: 0
  if (size == 0) return 0;
  const auto* bytes = PQgetvalue(answered_.get(), row, column);
  return size == 1 ? *bytes : big_endian(bytes, size);
}

std::string_view rows::text(int row, int column) const {
  return {PQgetvalue(answered_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(answered_.get(), row, column))};
}

// The arrays libpq takes; they point into the parameters.
struct parameters::wire_form {
  explicit wire_form(const parameters& from) {
    for (const auto& [text, binary] : from.values_) {
      texts.push_back(text ? text->c_str() : nullptr);
      sizes.push_back(text ? static_cast<int>(text->size()) : 0);
      forms.push_back(binary ? 1 : 0);
    }
  }

  [[nodiscard]] int count() const { return static_cast<int>(texts.size()); }

  std::vector<const char*> texts;
  std::vector<int> sizes;
  std::vector<int> forms;
};

result<connection> connection::open(const std::string& url, purpose wanted,
                                    std::chrono::milliseconds answer_timeout) {
  if (auto sound = check_url(url); !sound) return sound.error();
  const connect_words words{url, wanted == purpose::write};
  connection made{PQconnectdbParams(words.names(), words.values(), 1), answer_timeout};
  auto* handle = made.handle_.get();
  if (handle == nullptr) throw std::bad_alloc{};
  if (PQstatus(handle) != CONNECTION_OK)
    return engine::make_error(engine::error_code::unavailable,
                              fmt::format("{}: {}", without_password(url), one_line(PQerrorMessage(handle))));
  // Notices would be printed to the standard error stream.
  PQsetNoticeReceiver(
      handle, [](void*, const PGresult*) {}, nullptr);
  if (PQserverVersion(handle) < server_version_min)
    return engine::make_error(
        engine::error_code::refused,
        fmt::format("{}: the server is older than PostgreSQL 14", without_password(url)));
  if (PQsetnonblocking(handle, 1) != 0) return made.lost().error().what;
  // Some systems cannot watch a socket while they work, and their servers refuse this; then a query of ours
  // goes on to its end though we hung up.
  std::ignore =
      made.execute(fmt::format("SET client_connection_check_interval = {}",
                               std::chrono::milliseconds{limits::store_client_check_interval}.count()));
  if (auto set = made.execute(session_settings(wanted == purpose::write, answer_timeout)); !set)
    return set.error().what;
  return made;
}

bool connection::usable() const {
  return !timed_out_ && PQstatus(handle_.get()) == CONNECTION_OK;
}

answer<void> connection::prepare(std::span<const statement> statements) {
  if (auto begun = begin_queue(); !begun) return begun;
  for (const auto& each : statements)
    if (PQsendPrepare(handle_.get(), each.name, each.sql, 0, nullptr) != 1) return lost();
  return finish_queue();
}

answer<rows> connection::run(const statement& prepared, const parameters& values) {
  if (auto sent = queue(prepared, values); !sent) return sent.error();
  return drain();
}

answer<rows> connection::ask(const char* sql, const parameters& values) {
  const parameters::wire_form wire{values};
  if (PQsendQueryParams(handle_.get(), sql, wire.count(), nullptr, wire.texts.data(), wire.sizes.data(),
                        wire.forms.data(), 1) != 1)
    return lost().error();
  return drain();
}

answer<void> connection::execute(const std::string& sql) {
  if (PQsendQuery(handle_.get(), sql.c_str()) != 1) return lost();
  if (auto done = drain(); !done) return done.error();
  return {};
}

answer<void> connection::begin_queue() {
  if (PQenterPipelineMode(handle_.get()) != 1) return lost();
  return {};
}

answer<void> connection::queue(const statement& prepared, const parameters& values) {
  const parameters::wire_form wire{values};
  if (PQsendQueryPrepared(handle_.get(), prepared.name, wire.count(), wire.texts.data(), wire.sizes.data(),
                          wire.forms.data(), 1) != 1)
    return lost();
  return {};
}

// Between the answers of a pipeline stands a null; the synchronisation point is the last.
answer<void> connection::finish_queue() {
  if (PQpipelineSync(handle_.get()) != 1) return lost();
  if (auto sent = flush(); !sent) return sent;
  std::optional<failure> first;
  for (;;) {
    auto answered = next();
    if (!answered) return answered.error();
    const auto* each = answered->handle();
    if (each == nullptr) continue;
    const auto status = PQresultStatus(each);
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && !first) first = judge(*answered);
  }
  if (PQexitPipelineMode(handle_.get()) != 1) return lost();
  if (first) return *first;
  return {};
}

answer<void> connection::begin_copy(const std::string& sql) {
  if (PQsendQuery(handle_.get(), sql.c_str()) != 1) return lost();
  if (auto sent = flush(); !sent) return sent;
  std::optional<failure> first;
  for (;;) {
    auto answered = next();
    if (!answered) return answered.error();
    if (answered->handle() == nullptr) break;
    const auto status = PQresultStatus(answered->handle());
    if (status == PGRES_COPY_IN) return {};
    if (status == PGRES_FATAL_ERROR && !first) first = judge(*answered);
  }
  if (first) return *first;
  return failure{engine::make_error(engine::error_code::corrupt, "the server began no COPY"), {}, false};
}

answer<void> connection::copy(std::string_view bytes) {
  for (;;) {
    const int taken = PQputCopyData(handle_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (taken == 1) return flush();
    if (taken < 0) return lost();
    if (auto waited = wait(true); !waited) return waited;
  }
}

answer<void> connection::end_copy() {
  for (;;) {
    const int taken = PQputCopyEnd(handle_.get(), nullptr);
    if (taken == 1) break;
    if (taken < 0) return lost();
    if (auto waited = wait(true); !waited) return waited;
  }
  if (auto done = drain(); !done) return done.error();
  return {};
}

// What the kernel has taken from us and the other end has not: while it falls, a slow network carries it.
answer<void> connection::wait(bool also_writable) {
  const auto timeout = static_cast<int>(answer_timeout_.count());
  for (int under_way = unacknowledged(socket());;) {
    pollfd watched{socket(), static_cast<short>(also_writable ? POLLIN | POLLOUT : POLLIN), 0};
    const int ready = poll(&watched, 1, timeout);
    if (ready > 0) return {};
    if (ready < 0 && errno == EINTR) continue;
    const int left = unacknowledged(socket());
    if (left >= under_way) break;
    under_way = left;
  }
  timed_out_ = true;
  return failure{
      engine::make_error(engine::error_code::unavailable,
                         fmt::format("PostgreSQL gave no answer within {} ms", answer_timeout_.count())),
      {},
      false};
}

answer<void> connection::flush() {
  for (;;) {
    const int left = PQflush(handle_.get());
    if (left == 0) return {};
    if (left < 0) return lost();
    if (auto waited = wait(true); !waited) return waited;
    // The server may be waiting for us to take an answer before it reads on.
    if (PQconsumeInput(handle_.get()) != 1) return lost();
  }
}

answer<rows> connection::next() {
  while (PQisBusy(handle_.get()) == 1) {
    if (auto waited = wait(false); !waited) return waited.error();
    if (PQconsumeInput(handle_.get()) != 1) return lost().error();
  }
  return rows{PQgetResult(handle_.get())};
}

answer<rows> connection::drain() {
  if (auto sent = flush(); !sent) return sent.error();
  rows last{nullptr};
  std::optional<failure> first;
  for (;;) {
    auto answered = next();
    if (!answered) return first ? *first : answered.error();
    if (answered->handle() == nullptr) break;
    if (PQresultStatus(answered->handle()) == PGRES_FATAL_ERROR) {
      if (!first) first = judge(*answered);
    } else {
      last = std::move(*answered);
    }
  }
  if (first) return *first;
  return last;
}

answer<void> connection::lost() {
  return failure{engine::make_error(engine::error_code::unavailable, one_line(PQerrorMessage(handle_.get()))),
                 {},
                 false};
}

// A connection that ends is reported as a result too; only an ERROR leaves the session, and thus a rolled
// back transaction, behind.
failure connection::judge(const rows& answered) {
  const auto field = [&](int which) {
    const auto* text = PQresultErrorField(answered.handle(), which);
    return std::string{text != nullptr ? text : ""};
  };
  const auto sqlstate = field(PG_DIAG_SQLSTATE);
  const bool told = field(PG_DIAG_SEVERITY_NONLOCALIZED) == "ERROR";
  auto message = field(PG_DIAG_MESSAGE_PRIMARY);
  if (message.empty()) message = one_line(PQresultErrorMessage(answered.handle()));
  const auto code = told ? code_of(sqlstate) : engine::error_code::unavailable;
  return {engine::make_error(code, sqlstate.empty() ? message : fmt::format("{} ({})", message, sqlstate)),
          sqlstate, told};
}

} // namespace lockstep::storage::postgres
