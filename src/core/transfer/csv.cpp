// See csv.hpp.
#include <transfer/csv.hpp>

namespace cloudretail::transfer {

namespace {
constexpr std::string_view dangerous = "=+-@\t\r'";
}

void CsvReader::feed(std::string_view bytes, const Take& take) {
    for (const char c : bytes) next(c, take);
}

void CsvReader::next(char c, const Take& take) {
    if (state_ == State::carriage_return) {
        if (c == '\n') return end_row(take);
        fault("holds a carriage return outside quotes");
        state_ = State::plain;
    }
    ++bytes_;
    switch (state_) {
        case State::quoted:
            if (c == '"')
                state_ = State::quote;
            else
                keep(c);
            return;
        case State::quote:
            if (c == '"') {
                keep(c);
                state_ = State::quoted;
                return;
            }
            break;
        case State::begin:
            if (c == '"') {
                state_ = State::quoted;
                was_quoted_ = true;
                return;
            }
            break;
        case State::plain:
        case State::carriage_return:
            break;
    }
    if (c == ',') return end_cell();
    if (c == '\n') return end_row(take);
    if (c == '\r') {
        state_ = State::carriage_return;
        return;
    }
    if (state_ == State::quote) fault("goes on behind a closing quote");
    if (c == '"') fault("holds a quote in a cell that does not begin with one");
    state_ = State::plain;
    keep(c);
}

void CsvReader::keep(char c) {
    if (bytes_ > max_row_bytes_) {
        std::string().swap(cell_);
        row_.cells.clear();
        return fault("has more than " + std::to_string(max_row_bytes_) + " bytes");
    }
    cell_.push_back(c);
}

void CsvReader::fault(std::string_view text) {
    if (row_.fault.empty()) row_.fault = text;
}

void CsvReader::end_cell() {
    state_ = State::begin;
    if (bytes_ > max_row_bytes_) return keep(',');
    row_.cells.push_back(std::move(cell_));
    cell_.clear();
}

void CsvReader::end_row(const Take& take) {
    end_cell();
    const bool empty = row_.cells.size() == 1 && row_.cells.front().empty() && !was_quoted_;
    if (!empty || !row_.fault.empty()) take(std::move(row_));
    row_ = {};
    bytes_ = 0;
    was_quoted_ = false;
}

void CsvReader::end(const Take& take) {
    if (state_ == State::quoted) fault("begins a quote that is never closed");
    if (state_ == State::carriage_return) return end_row(take);
    if (bytes_ > 0) end_row(take);
}

std::string csv_cell(std::string_view text) {
    if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted.push_back('"');
        quoted.push_back(c);
    }
    quoted.push_back('"');
    return quoted;
}

std::string guard_formula(std::string_view text) {
    const bool begins = !text.empty() && dangerous.find(text.front()) != std::string_view::npos;
    return (begins ? "'" : "") + std::string(text);
}

std::string_view unguard_formula(std::string_view text) {
    const bool guarded =
        text.size() > 1 && text[0] == '\'' && dangerous.find(text[1]) != std::string_view::npos;
    if (guarded) text.remove_prefix(1);
    return text;
}

}  // namespace cloudretail::transfer
