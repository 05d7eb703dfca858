#include "engine/identifier.hpp"
#include "engine/limits.hpp"
#include "tests/catch.hpp"

#include <string>

using namespace lockstep::engine;

namespace {

struct gtin_row {
  const char* told;
  const char* gtin14; // empty: refused
};

} // namespace

TEST_CASE("product numbers of every kind become the same fourteen digits") {
  const gtin_row rows[] = {
      {"036000291452", "00036000291452"},    // UPC-A
      {"4006381333931", "04006381333931"},   // EAN-13
      {"73513537", "00000073513537"},        // EAN-8
      {"10614141000415", "10614141000415"},  // GTIN-14 of a case
      {"042100005264", "00042100005264"},    // UPC-A
      {"04252614", "00042100005264"},        // the same as UPC-E
      {"9780306406157", "09780306406157"},   // ISBN-13
      {"0306406152", "09780306406157"},      // the same as ISBN-10
      {"0-306-40615-2", "09780306406157"},   // with hyphens
      {"080442957X", "09780804429573"},      // ISBN-10 with check character X
      {"00614141000036", "00614141000036"},  // a padded GTIN-12
      {"614141000036", "00614141000036"},    // the same
      {"36000291452", "00036000291452"},     // a spreadsheet dropped the leading zero
      {" 4006381 333931", "04006381333931"}, // blanks
      {"036000291453", ""},                  // one digit wrong
      {"4006381333930", ""},
      {"10614141000414", ""},
      {"630509000000", ""},
      {"0306406153", ""},
      {"36000291453", ""},
      {"", ""},
      {"0", ""},
      {"123456789", ""},
      {"00036000291452 0", ""},
      {"03600029145A", ""},
      {"03064X6152", ""},
  };
  for (const auto& row : rows) {
    INFO(row.told);
    const auto normal = normalize_gtin(row.told);
    CHECK(normal.has_value() == !std::string{row.gtin14}.empty());
    if (normal) {
      CHECK(*normal == row.gtin14);
    } else {
      CHECK(normal.error().code == error_code::malformed);
    }
  }
}

TEST_CASE("eight digits that are a UPC-E and a GTIN-8 are what the caller says") {
  CHECK(*normalize_gtin("01234565") == "00000001234565");
  CHECK(*normalize_gtin("01234565", short_code::upc_e) == "00012345000065");
  CHECK(*normalize_gtin("73513537", short_code::upc_e) == "00000073513537"); // no UPC-E begins with 7
  CHECK(*normalize_gtin("036000291452", short_code::upc_e) == "00036000291452");
  CHECK(*normalize_gtin("04252614", short_code::gtin_8) == "00042100005264"); // no GTIN-8: its check digit is wrong
}

TEST_CASE("a case of an item is never the item") {
  CHECK(*normalize_gtin("10614141000415") != *normalize_gtin("0614141000418"));
}

TEST_CASE("a UPC-E expands by its sixth digit") {
  CHECK(expand_upc_e("04252614") == "042100005264");
  CHECK(expand_upc_e("01234505") == "012000003455");
  CHECK(expand_upc_e("01234506") == std::nullopt);
  CHECK(expand_upc_e("24252614") == std::nullopt); // number system 2 has no UPC-E
  CHECK(expand_upc_e("0425261") == std::nullopt);
  CHECK(expand_upc_e("0425261X") == std::nullopt);
  // Numbers made by the rule of each last digit: 0 and 2, 3, 4, 5 and 9.
  for (const char* body : {"123450", "123452", "123453", "123454", "123455", "123459"}) {
    int fitting = 0;
    for (char check = '0'; check <= '9'; ++check) {
      const auto upc = expand_upc_e(std::string{"0"}.append(body).append(1, check));
      if (!upc) continue;
      ++fitting;
      CHECK(upc->size() == 12);
      CHECK(has_check_digit(*upc));
    }
    CHECK(fitting == 1);
  }
  CHECK(expand_upc_e("01234531")->substr(0, 11) == "01230000045");
  CHECK(expand_upc_e("01234543")->substr(0, 11) == "01234000005");
  CHECK(expand_upc_e("01234558")->substr(0, 11) == "01234500005");
}

TEST_CASE("any one wrong digit of a product number is noticed") {
  const std::string right = "4006381333931";
  for (std::size_t place = 0; place < right.size(); ++place) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      auto told = right;
      told[place] = digit;
      CHECK(has_check_digit(told) == (digit == right[place]));
    }
  }
  CHECK_FALSE(has_check_digit(""));
  CHECK_FALSE(has_check_digit("0"));
  CHECK_FALSE(has_check_digit("00x0"));
}

TEST_CASE("an ASIN is ten capital letters and digits") {
  CHECK(is_asin("B000123456"));
  CHECK(is_asin("0306406152"));
  CHECK_FALSE(is_asin("b000123456"));
  CHECK_FALSE(is_asin("B00012345"));
  CHECK_FALSE(is_asin("B0001234567"));
  CHECK_FALSE(is_asin("B00012 456"));
}

TEST_CASE("a SKU code is a short printable text without blanks at its ends") {
  using lockstep::limits::sku_code_bytes_max;
  for (const std::string& code :
       {std::string{"A"}, std::string{"85123A"}, std::string{"red mug, large"}, std::string{"Größe-42"},
        std::string(sku_code_bytes_max, 'x'), std::string{"a\u00a0b"}}) {
    INFO(code);
    CHECK(check_sku_code(code).has_value());
  }
  for (const std::string& code :
       {std::string{}, std::string{" A"}, std::string{"A "}, std::string{"A\tB"}, std::string{"A\nB"},
        std::string(sku_code_bytes_max + 1, 'x'), std::string{"A\0B", 3}, std::string{"A\xff"},
        std::string{"A\x7f"}, std::string{"A\u0085B"}}) {
    INFO(code);
    REQUIRE(check_sku_code(code).has_error());
    CHECK(check_sku_code(code).error().code == error_code::malformed);
  }
}
