#include "app/commands/commands.hpp"

#include "app/daemon.hpp"
#include "app/import/progress.hpp"
#include "storage/copy_store.hpp"
#include "storage/open_store.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

namespace lockstep::app {

namespace {

struct copy_flags {
  std::string from;
  std::string to;
  bool json = false;
};

struct opened_store {
  std::unique_ptr<storage::store> store;
  std::unique_ptr<storage::reader> reader;
};

// For writing, both: nobody else may change them meanwhile.
engine::result<opened_store> open(const std::string& url, const storage::store_options& options) {
  auto store = storage::open_store(url, options);
  if (!store) return store.error();
  auto reader = (*store)->open_reader();
  if (!reader) return reader.error();
  return opened_store{std::move(*store), std::move(*reader)};
}

void print_totals(const copy_flags& flags, const storage::copied& total) {
  if (flags.json)
    fmt::print("{}\n",
               boost::json::serialize(boost::json::object{
                   {"facts", total.facts}, {"snapshots", total.snapshots}, {"records", total.records}}));
  else
    fmt::print("{} facts, {} snapshots and {} records copied and compared\n", total.facts, total.snapshots,
               total.records);
}

exit_code run_copy(const copy_flags& flags) {
  if (flags.from == flags.to) return fail(exit_code::usage, "FROM and TO are the same store");
  auto from = open(flags.from, {.must_exist = true});
  if (!from) return fail(exit_code_of(from.error().code), from.error().what);
  auto to = open(flags.to, {});
  if (!to) return fail(exit_code_of(to.error().code), to.error().what);
  const auto found = from->reader->statistics();
  if (!found) return fail(exit_code_of(found.error().code), found.error().what);

  if (found->facts == 0) return fail(exit_code::failure, fmt::format("{} holds no facts", flags.from));

  const auto steps = static_cast<std::size_t>(found->facts);
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto now = std::chrono::time_point_cast<engine::duration>(std::chrono::system_clock::now());
  engine::result<storage::copied> total = storage::copied{};
  {
    progress bar{"copying", steps, stderr, terminal};
    total = storage::copy_store(*from->reader, *to->store, now, [&bar](std::size_t n) { bar.advance(n); });
  }
  if (!total) return fail(exit_code_of(total.error().code), total.error().what);
  engine::result<void> same;
  {
    progress bar{"comparing", steps, stderr, terminal};
    same = storage::check_copy(*from->reader, *to->reader, [&bar](std::size_t n) { bar.advance(n); });
  }
  if (same) same = storage::finish_copy(*to->store, *total);
  if (!same) return fail(exit_code_of(same.error().code), same.error().what);
  print_totals(flags, *total);
  return exit_code::ok;
}

} // namespace

void add_copy_command(CLI::App& program, exit_code& ended) {
  auto flags = std::make_shared<copy_flags>();
  auto& command =
      new_command(program, "copy", "Copy a store to an empty one, of whatever kinds, and compare the two.",
                  "  lockstep copy sqlite:///var/lib/lockstep/lockstep.db postgresql://localhost/lockstep\n");
  command.add_option("FROM", flags->from, "Store to read; no engine may be running on it")->required();
  command.add_option("TO", flags->to, "Empty store to write")->required();
  command.add_flag("--json", flags->json, "Print a JSON object");
  command.callback([flags, &ended] { ended = run_copy(*flags); });
}

} // namespace lockstep::app
