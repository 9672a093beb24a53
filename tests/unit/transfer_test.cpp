// Files of rows as they are read and written, whatever they are cut into: CSV by RFC 4180, JSONL, headers,
// limits, and texts that a spreadsheet would run.
#include <catch2/catch.hpp>
#include <transfer/export.hpp>

using namespace cloudretail;
using namespace cloudretail::transfer;

namespace {

/// "a|b;c|d", a fault as "!why".
std::string read(std::string_view text, std::size_t piece = 1'000'000, std::size_t longest = 100) {
    CsvReader reader(longest);
    std::string out;
    const auto take = [&out](CsvRow row) {
        if (!out.empty()) out += ';';
        if (!row.fault.empty()) {
            out += "!" + row.fault;
            return;
        }
        for (std::size_t i = 0; i < row.cells.size(); ++i) out += (i > 0 ? "|" : "") + row.cells[i];
    };
    for (std::size_t at = 0; at < text.size(); at += piece) reader.feed(text.substr(at, piece), take);
    reader.end(take);
    return out;
}

const std::vector<Column> columns{{"sku", Column::Kind::text, true},
                                  {"name"},
                                  {"price", Column::Kind::number, true},
                                  {"attributes", Column::Kind::json}};

struct Taken {
    std::vector<RawRow> rows;
    std::string error{};  // pointers of a header that is refused
};

Taken take(std::string_view text, Format format = Format::csv, std::size_t piece = 1'000'000) {
    RowSource source(format, columns, 100);
    Taken taken;
    const auto note = [&taken](const Result<>& result) {
        if (result) return true;
        taken.error = result.error().detail;
        for (const auto& field : result.error().fields)
            taken.error += " " + field.pointer + " " + field.detail;
        return false;
    };
    for (std::size_t at = 0; at < text.size(); at += piece)
        if (!note(source.feed(text.substr(at, piece), taken.rows))) return taken;
    note(source.end(taken.rows));
    return taken;
}

std::string text_of(const Taken& taken) {
    std::string out = taken.error;
    for (const RawRow& row : taken.rows)
        out += (out.empty() ? "" : " ") + std::to_string(row.number) + ":" +
               (row.fault.empty() ? row.json : "!" + row.fault);
    return out;
}

}  // namespace

TEST_CASE("CSV is read as RFC 4180 says, wherever it is cut", "[transfer]") {
    const std::pair<std::string, std::string> cases[] = {
        {"", ""},
        {"a,b\r\nc,d\r\n", "a|b;c|d"},
        {"a,b\nc,d", "a|b;c|d"},
        {"a,,\n", "a||"},
        {",\n", "|"},
        {"\n\r\na\n\n", "a"},
        {"\"\"\n", ""},
        {"\"a,b\",\"c\r\nd\",\"e\"\"f\"\n", "a,b|c\r\nd|e\"f"},
        {"\"a\"", "a"},
        {"a\r", "a"},
        {"a\rb\nc\n", "!holds a carriage return outside quotes;c"},
        {"a\"b\nc\n", "!holds a quote in a cell that does not begin with one;c"},
        {"\"a\"b\nc\n", "!goes on behind a closing quote;c"},
        {"a\n\"b\nc\n", "a;!begins a quote that is never closed"},
        {"a\n" + std::string(101, 'x') + "\nc\n", "a;!has more than 100 bytes;c"},
        {std::string(60, 'x') + "," + std::string(60, ',') + "\nc\n", "!has more than 100 bytes;c"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        for (const std::size_t piece : {std::size_t{1'000'000}, std::size_t{1}, std::size_t{3}})
            CHECK(read(text, piece) == expected);
    }
    CHECK(read("a\n" + std::string(10'000'000, 'x') + "\nc\n") == "a;!has more than 100 bytes;c");
}

TEST_CASE("what is written as CSV is read as it was", "[transfer]") {
    for (const std::string text :
         {"", "plain", "a,b", "say \"x\"", "two\nlines", "a\r\nb", " spaces ", "é€😀"}) {
        std::string line = "first," + csv_cell(text) + "\r\n";
        CHECK(read(line) == "first|" + text);
    }
}

TEST_CASE("a text that a spreadsheet might run is guarded, and comes back as it was", "[transfer]") {
    for (const std::string text : {"=1+1", "+1", "-1", "@SUM", "\tx", "\rx", "'=1", "''", "'"}) {
        CHECK(guard_formula(text) == "'" + text);
        CHECK(unguard_formula(guard_formula(text)) == text);
    }
    for (const std::string text : {"", "a=b", "1-2", "x'y"}) CHECK(guard_formula(text) == text);
    CHECK(unguard_formula("'tis") == "'tis");  // written by hand
}

TEST_CASE("the header says which columns there are, in any order, and is refused with what is wrong",
          "[transfer]") {
    CHECK(text_of(take("price,sku\n1.50,A\n")) == R"(1:{"price":1.50,"sku":"A"})");
    CHECK(text_of(take("\xEF\xBB\xBFsku,price\nA,1\n", Format::csv, 1)) == R"(1:{"sku":"A","price":1})");
    CHECK(text_of(take("\xEF\xBB\xBF")).starts_with("The file is empty"));
    CHECK(text_of(take("")).starts_with("The file is empty"));
    const std::string wrong = take("sku,prise,sku\nA,1,B\n").error;
    CHECK(wrong.find(" /header/1 is no column; there are: sku, name, price, attributes") !=
          std::string::npos);
    CHECK(wrong.find(" /header/2 is named twice") != std::string::npos);
    CHECK(wrong.find(" /header lacks the column price") != std::string::npos);
    std::string long_one = "sku,price";
    for (int i = 0; i < 40; ++i) long_one += ",c";
    const std::string many = take(long_one + "\n").error;
    CHECK(many.find(" /header/21 is no column") != std::string::npos);
    CHECK(many.find(" /header/22 ") == std::string::npos);  // twenty faults are told
    CHECK(take("\"sku\nA,1\n").error.find("/header begins a quote that is never closed") !=
          std::string::npos);
}

TEST_CASE("a row is one JSON object: cells of the column's kind, else a text that the schema refuses",
          "[transfer]") {
    const std::pair<std::string, std::string> cases[] = {
        {"A,N,1.5,\"{\"\"a\"\":1}\"", R"(1:{"sku":"A","name":"N","price":1.5,"attributes":{"a":1}})"},
        {"A,,1,", R"(1:{"sku":"A","price":1})"},
        {",,,", R"(1:{"sku":""})"},
        {"A,'=1+1,cheap,[1]", R"(1:{"sku":"A","name":"=1+1","price":"cheap","attributes":"[1]"})"},
        {"A,N,{},x", R"(1:{"sku":"A","name":"N","price":"{}","attributes":"x"})"},
        {"A,N,1", "1:!has 3 cells, the header 4"},
        {"A,\xff,1,", "1:!is not UTF-8, or holds a zero byte"},
        {std::string("A,\0,1,", 6), "1:!is not UTF-8, or holds a zero byte"},
    };
    for (const auto& [line, expected] : cases) {
        INFO(line);
        for (const std::size_t piece : {std::size_t{1'000'000}, std::size_t{1}})
            CHECK(text_of(take("sku,name,price,attributes\n" + line + "\n", Format::csv, piece)) == expected);
    }
}

TEST_CASE("JSONL is a row a line", "[transfer]") {
    for (const std::size_t piece : {std::size_t{1'000'000}, std::size_t{1}}) {
        CHECK(text_of(take("{\"a\":1}\n\r\n{\"b\":2}\r\n[3]", Format::jsonl, piece)) ==
              R"(1:{"a":1} 2:{"b":2} 3:[3])");
        CHECK(text_of(take("\xEF\xBB\xBF{}\n" + std::string(101, ' ') + "\n{}\n", Format::jsonl, piece)) ==
              "1:{} 2:!has more than 100 bytes 3:{}");
    }
    CHECK(take("", Format::jsonl).rows.empty());
    CHECK(take("", Format::jsonl).error.empty());
}

TEST_CASE("what is written is read again, in both formats", "[transfer]") {
    const std::vector<std::optional<std::string>> values{"=A", "two\n\"lines\"", "1.50", R"({"a":"b,c"})"};
    for (const Format format : {Format::csv, Format::jsonl}) {
        const RowWriter writer(format, columns);
        std::string text = writer.header();
        writer.add(text, values);
        writer.add(text, {"B", std::nullopt, "2", std::nullopt});
        CHECK(text_of(take(text, format)) ==
              R"(1:{"sku":"=A","name":"two\n\"lines\"","price":1.50,"attributes":{"a":"b,c"}} )"
              R"(2:{"sku":"B","price":2})");
    }
    CHECK(RowWriter(Format::csv, columns).header() == "sku,name,price,attributes\r\n");
}

TEST_CASE("the format is told by the Content-Type", "[transfer]") {
    CHECK(format_of("text/csv") == Format::csv);
    CHECK(format_of("Text/CSV ; charset=utf-8; header=present") == Format::csv);
    CHECK(format_of("application/x-ndjson") == Format::jsonl);
    for (const char* other : {"", "text/plain", "application/json"})
        CHECK_FALSE(format_of(other).has_value());
}
