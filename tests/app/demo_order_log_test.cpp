// The order log's layout, quirk by quirk.
#include "app/demo/order_log.hpp"
#include "tests/app/temporary_folder.hpp"
#include "tests/catch.hpp"

#include <zlib.h>

#include <sstream>
#include <string>

using namespace lockstep::app::demo;
using lockstep::engine::error_code;
using lockstep::tests::temporary_folder;

namespace {

constexpr std::string_view header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\r\n";

order_log read(const std::string& rows) {
  std::istringstream text{std::string{header} + rows};
  auto log = read_order_log(text);
  REQUIRE(log.has_value());
  return *log;
}

// One row that is the same in every test but for what it is about.
struct row {
  std::string invoice = "579003";
  std::string code = "23313";
  std::string title = "VINTAGE CHRISTMAS BUNTING";
  std::string units = "15";
  std::string at = "2011-11-28 08:48:00";
  std::string price = "4.95";
  std::string customer = "14741.0";

  [[nodiscard]] std::string text() const {
    return invoice + ',' + code + ',' + title + ',' + units + ',' + at + ',' + price + ',' + customer +
           ",United Kingdom\r\n";
  }
};

void write_gzip(const std::string& path, const std::string& content) {
  auto* file = gzopen(path.c_str(), "wb");
  REQUIRE(file != nullptr);
  CHECK(gzwrite(file, content.data(), static_cast<unsigned>(content.size())) ==
        static_cast<int>(content.size()));
  gzclose(file);
}

std::string read_bytes(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

} // namespace

TEST_CASE("order log: rows of one invoice are one order, with their lines in the order they stand") {
  const auto log = read(row{}.text() + row{.code = "23298", .units = "6"}.text() +
                        row{.invoice = "579004", .units = "1"}.text());
  REQUIRE(log.events.size() == 2);
  const auto& order = log.events[0];
  CHECK(order.kind == event_kind::order);
  CHECK(order.invoice == "579003");
  CHECK(order.customer == "14741");
  REQUIRE(order.lines.size() == 2);
  CHECK(order.lines[0].units == 15);
  CHECK(log.skus[order.lines[0].sku].code == "23313");
  CHECK(log.skus[order.lines[0].sku].title == "VINTAGE CHRISTMAS BUNTING");
  CHECK(log.skus[order.lines[1].sku].code == "23298");
  CHECK(log.events[1].lines[0].sku == order.lines[0].sku);
  CHECK(log.rows == 3);
  CHECK(log.lines(event_kind::order) == 3);
}

TEST_CASE("order log: events are in the order of time, and of the file within a minute") {
  const auto log = read(row{.invoice = "2", .at = "2011-11-28 09:00:00"}.text() + row{.invoice = "1"}.text() +
                        row{.invoice = "3", .at = "2011-11-28 09:00:00"}.text());
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[0].invoice == "1");
  CHECK(log.events[1].invoice == "2");
  CHECK(log.events[2].invoice == "3");
  CHECK(log.events[1].at - log.events[0].at == std::chrono::minutes{12});
}

TEST_CASE("order log: a SKU repeated within an invoice stays a line of its own") {
  const auto log = read(row{}.text() + row{}.text());
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].lines.size() == 2);
  CHECK(log.skus.size() == 1);
}

TEST_CASE("order log: stock codes that differ in case only are one SKU") {
  const auto log = read(row{.code = "85123A"}.text() + row{.code = "85123a"}.text());
  REQUIRE(log.skus.size() == 1);
  CHECK(log.skus[0].code == "85123A");
}

TEST_CASE("order log: an invoice with C takes units back") {
  const auto log = read(row{.invoice = "C579090", .units = "-288"}.text());
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].kind == event_kind::cancellation);
  CHECK(log.events[0].lines[0].units == 288);
}

TEST_CASE("order log: a negative quantity at price 0 is a write-off with its reason") {
  const auto log = read(row{.title = "thrown away", .units = "-30", .price = "0.0", .customer = ""}.text());
  REQUIRE(log.events.size() == 1);
  CHECK(log.events[0].kind == event_kind::write_off);
  CHECK(log.events[0].reason == "thrown away");
  CHECK(log.events[0].lines[0].units == 30);
}

TEST_CASE("order log: a write-off without a description gets a reason all the same") {
  const auto log = read(row{.title = "", .units = "-1", .price = "0.0", .customer = ""}.text());
  CHECK_FALSE(log.events.at(0).reason.empty());
}

TEST_CASE("order log: units at price 0 are found stock without a customer, and a free sample with one") {
  const auto log = read(row{.invoice = "1", .title = "found", .price = "0.0", .customer = ""}.text() +
                        row{.invoice = "2", .price = "0.0"}.text());
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[0].kind == event_kind::found);
  CHECK(log.events[0].reason == "found");
  CHECK(log.events[1].kind == event_kind::order);
}

TEST_CASE("order log: each write-off is an event of its own, though they share an invoice") {
  const row gone{.title = "damaged", .units = "-1", .price = "0.0", .customer = ""};
  CHECK(read(gone.text() + gone.text()).events.size() == 2);
}

TEST_CASE("order log: codes that are no SKU are counted and nothing else") {
  for (const std::string code :
       {"POST", "DOT", "M", "m", "BANK CHARGES", "AMAZONFEE", "gift_0001_20", "C2", "1234", "12345-A"}) {
    INFO(code);
    const auto log = read(row{.code = code}.text());
    CHECK(log.events.empty());
    CHECK(log.skus.empty());
    CHECK(log.ignored_lines() == 1);
    CHECK(log.bad_rows == 0);
    CHECK(log.rows == 1);
  }
}

TEST_CASE("order log: dotcomgiftshop items are goods") {
  CHECK(read(row{.code = "DCGS0076"}.text()).events.size() == 1);
  CHECK(read(row{.code = "dcgssgirl"}.text()).skus.at(0).code == "DCGSSGIRL");
}

TEST_CASE("order log: postage by the web shop marks the whole invoice, wherever it stands") {
  const auto log = read(row{.invoice = "1"}.text() + row{.invoice = "1", .code = "DOT", .units = "1"}.text() +
                        row{.invoice = "2"}.text());
  REQUIRE(log.events.size() == 2);
  CHECK(log.events[0].web_shop);
  CHECK_FALSE(log.events[1].web_shop);
}

TEST_CASE("order log: a quoted description may hold commas and quotes") {
  const auto log = read(row{.title = R"("BAG, ""JUMBO""")"}.text());
  CHECK(log.skus.at(0).title == R"(BAG, "JUMBO")");
}

TEST_CASE("order log: a row that cannot be read is told with its line, and reading goes on") {
  const std::vector<row> broken{
      {.units = "many"},
      {.units = "0"},
      {.units = "9999999999999"},
      {.units = "-3"},        // at a price, and no cancellation
      {.invoice = "C579090"}, // takes back a positive quantity
      {.invoice = ""},
      {.at = "2011-11-31 08:48:00"},
      {.at = "28.11.2011 08:48"},
      {.at = "2011-11-28 24:00:00"},
      {.price = "free"},
      {.price = "-4.95"},
      {.customer = "14741.0,one,too,many"},
  };
  for (const auto& each : broken) {
    INFO(each.text());
    const auto log = read(row{}.text() + each.text() + row{.invoice = "579005"}.text());
    CHECK(log.bad_rows == 1);
    REQUIRE(log.bad.size() == 1);
    CHECK(log.bad[0].row == 3);
    CHECK_FALSE(log.bad[0].what.empty());
    CHECK(log.events.size() == 2);
    CHECK(log.rows == 3);
  }
}

TEST_CASE("order log: of many bad rows the first are kept with their words") {
  std::string rows;
  for (int i = 0; i < 100; ++i)
    rows += row{.units = "x"}.text();
  const auto log = read(rows);
  CHECK(log.bad_rows == 100);
  CHECK(log.bad.size() == bad_rows_told);
}

TEST_CASE("order log: another header is refused") {
  std::istringstream text{"Handle,Title,Variant SKU\r\nx,y,z\r\n"};
  const auto log = read_order_log(text);
  REQUIRE_FALSE(log.has_value());
  CHECK(log.error().code == error_code::malformed);
  std::istringstream empty;
  CHECK_FALSE(read_order_log(empty).has_value());
}

TEST_CASE("order log: a file is read whether compressed or not") {
  const temporary_folder folder;
  const auto text = std::string{header} + row{}.text();
  const auto plain = read_order_log_file(folder.write("log.csv", text));
  REQUIRE(plain.has_value());
  write_gzip(folder.path("log.csv.gz"), text);
  const auto compressed = read_order_log_file(folder.path("log.csv.gz"));
  REQUIRE(compressed.has_value());
  CHECK(plain->events.at(0).lines.at(0).units == compressed->events.at(0).lines.at(0).units);
}

TEST_CASE("order log: a compressed file that is cut short or damaged is refused, not half read") {
  const temporary_folder folder;
  std::string text{header};
  for (int i = 0; i < 2'000; ++i)
    text += row{.invoice = std::to_string(i), .code = std::to_string(10'000 + i * 7)}.text();
  write_gzip(folder.path("log.csv.gz"), text);
  auto bytes = read_bytes(folder.path("log.csv.gz"));
  const auto cut = read_order_log_file(folder.write("cut.csv.gz", bytes.substr(0, bytes.size() / 2)));
  REQUIRE_FALSE(cut.has_value());
  CHECK(cut.error().code == error_code::corrupt);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
  const auto damaged = read_order_log_file(folder.write("damaged.csv.gz", bytes));
  REQUIRE_FALSE(damaged.has_value());
}

TEST_CASE("order log: a file that is not there is said to be so") {
  const auto log = read_order_log_file("/nowhere/log.csv");
  REQUIRE_FALSE(log.has_value());
  CHECK(log.error().code == error_code::unavailable);
}

TEST_CASE("order log: the first orders keep what lies between them and drop the SKUs of the rest") {
  const auto log =
      read(row{.invoice = "1", .code = "10001"}.text() +
           row{.invoice = "C2", .code = "10001", .units = "-1", .at = "2011-11-28 08:49:00"}.text() +
           row{.invoice = "3", .code = "10002", .at = "2011-11-28 08:50:00"}.text() +
           row{.invoice = "4", .code = "10003", .at = "2011-11-28 08:51:00"}.text());
  const auto two = first_orders(log, 2);
  REQUIRE(two.events.size() == 3);
  REQUIRE(two.skus.size() == 2);
  CHECK(two.skus[two.events[2].lines[0].sku].code == "10002");
}
