// Writing compact JSON. open_ holds what is open: '[' and '{', and ':' while a key waits for its value. One
// thread.
#include <base/json.hpp>
#include <base/utf8.hpp>

namespace cloudretail::json {
namespace {

constexpr char hex[] = "0123456789abcdef";

bool plain(char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x20 && u < 0x80 && c != '"' && c != '\\';
}

void escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(c) >> 4];
            out += hex[c & 0x0f];
    }
}

void quote(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        std::size_t run = 0;
        while (run < text.size() && plain(text[run])) ++run;
        out.append(text.substr(0, run));
        text.remove_prefix(run);
        if (text.empty()) break;
        const std::size_t length = utf8_sequence(text);
        if (length > 1) {
            out.append(text.substr(0, length));
        } else if (length == 1) {
            escape(out, text.front());
        } else {
            out += "\xef\xbf\xbd";
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

}  // namespace

/// Before each value: closes a waiting key, or sets the comma between elements.
void Writer::separate() {
    CR_ASSERT(open_.empty() || open_.back() != '{');  // a member needs a key
    CR_ASSERT(!open_.empty() || out_.empty());        // one root only
    if (!open_.empty() && open_.back() == ':') {
        open_.pop_back();
    } else if (need_comma_) {
        out_ += ',';
    }
    need_comma_ = true;
}

Writer& Writer::begin_object() {
    separate();
    out_ += '{';
    open_.push_back('{');
    need_comma_ = false;
    return *this;
}

Writer& Writer::end_object() {
    CR_ASSERT(!open_.empty() && open_.back() == '{');
    open_.pop_back();
    out_ += '}';
    need_comma_ = true;
    return *this;
}

Writer& Writer::begin_array() {
    separate();
    out_ += '[';
    open_.push_back('[');
    need_comma_ = false;
    return *this;
}

Writer& Writer::end_array() {
    CR_ASSERT(!open_.empty() && open_.back() == '[');
    open_.pop_back();
    out_ += ']';
    need_comma_ = true;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    CR_ASSERT(!open_.empty() && open_.back() == '{');
    if (need_comma_) out_ += ',';
    quote(out_, name);
    out_ += ':';
    open_.push_back(':');
    return *this;
}

Writer& Writer::value(std::string_view text) {
    separate();
    quote(out_, text);
    return *this;
}

Writer& Writer::value(std::int64_t number) { return raw(std::to_string(number)); }
Writer& Writer::value(bool flag) { return raw(flag ? "true" : "false"); }
Writer& Writer::value(Money amount) { return raw(amount.to_string()); }
Writer& Writer::value(Timestamp at) { return value(std::string_view(at.to_string())); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
}

std::string Writer::take() {
    CR_ASSERT(open_.empty());
    need_comma_ = false;
    std::string text = std::move(out_);
    out_.clear();
    return text;
}

}  // namespace cloudretail::json
