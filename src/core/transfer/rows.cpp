// See rows.hpp.
#include <algorithm>
#include <base/json.hpp>
#include <base/utf8.hpp>
#include <http/message.hpp>
#include <transfer/rows.hpp>

namespace cloudretail::transfer {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

std::string too_long(std::size_t bytes) { return "has more than " + std::to_string(bytes) + " bytes"; }

bool is_clean(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

/// The cell as JSON where it is of the column's kind, else as a text, which the schema then refuses.
void write_cell(json::Writer& w, const Column& column, const std::string& cell) {
    if (column.kind == Column::Kind::text) {
        w.member(column.name, unguard_formula(cell));
        return;
    }
    const auto parsed = json::Document::parse(cell);
    const bool fits =
        parsed && (column.kind == Column::Kind::number ? parsed->root().number_text().has_value()
                                                       : parsed->root().is_object());
    w.key(column.name);
    fits ? w.raw(cell) : w.value(cell);
}

}  // namespace

std::optional<Format> format_of(std::string_view content_type) {
    std::string_view type = content_type.substr(0, content_type.find(';'));
    while (type.ends_with(' ')) type.remove_suffix(1);
    for (const Format format : {Format::csv, Format::jsonl})
        if (http::same_name(type, media_type(format))) return format;
    return std::nullopt;
}

std::string_view media_type(Format format) {
    return format == Format::csv ? "text/csv" : "application/x-ndjson";
}

RowSource::RowSource(Format format, std::vector<Column> columns, std::size_t max_row_bytes)
    : format_(format), columns_(std::move(columns)), max_row_bytes_(max_row_bytes), csv_(max_row_bytes) {}

CsvReader::Take RowSource::taker(std::vector<RawRow>& rows) {
    return [this, &rows](CsvRow row) { take_cells(std::move(row), rows); };
}

Result<> RowSource::feed(std::string_view bytes, std::vector<RawRow>& rows) {
    std::string first;
    if (!begun_) {
        mark_.append(bytes);
        if (mark_.size() < byte_order_mark.size() && byte_order_mark.starts_with(mark_)) return {};
        begun_ = true;
        first = std::move(mark_);
        bytes = first;
        if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    }
    format_ == Format::csv ? csv_.feed(bytes, taker(rows)) : take_lines(bytes, rows);
    if (wrong_) return *wrong_;
    return {};
}

Result<> RowSource::end(std::vector<RawRow>& rows) {
    if (!begun_ && !mark_.empty() && mark_ != byte_order_mark) {
        begun_ = true;
        if (auto rest = feed(std::exchange(mark_, {}), rows); !rest) return rest;
    }
    if (format_ == Format::csv)
        csv_.end(taker(rows));
    else
        end_line(rows);
    if (wrong_) return *wrong_;
    if (format_ == Format::csv && header_.empty())
        return Error(errors::validation, "The file is empty: its first line must name the columns.");
    return {};
}

void RowSource::take_header(CsvRow row) {
    constexpr std::size_t most_faults = 20;
    Error error(errors::validation, "The first line must name the columns, each once.");
    const auto fault = [&](std::string where, std::string what) {
        if (error.fields.size() < most_faults) error.fields.push_back({std::move(where), std::move(what)});
    };
    std::string names;
    for (const Column& column : columns_) names.append(names.empty() ? "" : ", ").append(column.name);
    if (!row.fault.empty()) fault("/header", row.fault);
    for (const std::string& name : row.cells) {
        const auto known = std::ranges::find(columns_, std::string_view(name), &Column::name);
        const std::string where = "/header/" + std::to_string(header_.size());
        if (known == columns_.end()) {
            fault(where, "is no column; there are: " + names);
        } else if (std::ranges::find(header_, &*known) != header_.end()) {
            fault(where, "is named twice");
        }
        header_.push_back(known == columns_.end() ? nullptr : &*known);
    }
    for (const Column& column : columns_)
        if (column.required && std::ranges::find(header_, &column) == header_.end())
            fault("/header", "lacks the column " + std::string(column.name));
    if (!error.fields.empty()) wrong_ = std::move(error);
}

void RowSource::take_cells(CsvRow row, std::vector<RawRow>& rows) {
    if (wrong_) return;
    if (header_.empty()) return take_header(std::move(row));
    RawRow raw{++number_, {}, std::move(row.fault)};
    if (raw.fault.empty() && row.cells.size() != header_.size())
        raw.fault = "has " + std::to_string(row.cells.size()) + " cells, the header " +
                    std::to_string(header_.size());
    if (raw.fault.empty() && !std::ranges::all_of(row.cells, is_clean))
        raw.fault = "is not UTF-8, or holds a zero byte";
    if (raw.fault.empty()) raw.json = json_of(row.cells);
    rows.push_back(std::move(raw));
}

std::string RowSource::json_of(const std::vector<std::string>& cells) const {
    json::Writer w;
    w.begin_object();
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Column& column = *header_[i];
        const bool said = !cells[i].empty() || (column.required && column.kind == Column::Kind::text);
        if (said) write_cell(w, column, cells[i]);
    }
    w.end_object();
    return w.take();
}

void RowSource::take_lines(std::string_view bytes, std::vector<RawRow>& rows) {
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        const std::string_view part = bytes.substr(0, end);
        line_too_long_ = line_too_long_ || line_.size() + part.size() > max_row_bytes_;
        if (line_too_long_)
            std::string().swap(line_);
        else
            line_.append(part);
        if (end == std::string_view::npos) return;
        end_line(rows);
        bytes.remove_prefix(end + 1);
    }
}

void RowSource::end_line(std::vector<RawRow>& rows) {
    if (line_.ends_with('\r')) line_.pop_back();
    if (line_too_long_)
        rows.push_back({++number_, {}, too_long(max_row_bytes_)});
    else if (!line_.empty())
        rows.push_back({++number_, std::move(line_), {}});
    line_.clear();
    line_too_long_ = false;
}

}  // namespace cloudretail::transfer
