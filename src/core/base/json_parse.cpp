// Reading JSON: RapidJSON's iterative reader, whose events pass our guard before they build the DOM. The
// reader never computes a number (CVE-2024-38517): tokens come as text and are read here. One document, one
// thread.
#include <base/json.hpp>
#include <base/utf8.hpp>
#include <charconv>

#include "json_document.hpp"

namespace cloudretail::json {
namespace {

constexpr unsigned reader_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                                  rapidjson::kParseNumbersAsStringsFlag;

/// SAX handler: refuses what the house refuses, hands everything else to the DOM. `false` stops the reader.
class Guard {
  public:
    Guard(rapidjson::Document& dom, const Limits& limits, std::vector<std::string>& decimals)
        : dom_(dom), limits_(limits), decimals_(decimals) {}

    [[nodiscard]] const char* reason() const { return reason_; }

    bool Null() { return element() && dom_.Null(); }
    bool Bool(bool b) { return element() && dom_.Bool(b); }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) {
        return element() && number(std::string_view(text, length));
    }
    bool String(const char* text, rapidjson::SizeType length, bool copy) {
        return element() && clean(std::string_view(text, length)) && dom_.String(text, length, copy);
    }
    bool Key(const char* text, rapidjson::SizeType length, bool copy) {
        Level& level = levels_.back();
        if (++level.count > limits_.members) return refuse("an object has too many members");
        if (!clean(std::string_view(text, length))) return false;
        keys_.push_back({key_text_.size(), length});
        key_text_.append(text, length);
        return dom_.Key(text, length, copy);
    }
    bool StartObject() { return element() && enter(false) && dom_.StartObject(); }
    bool EndObject(rapidjson::SizeType count) {
        if (!unique_keys(levels_.back())) return refuse("an object has the same key twice");
        leave();
        return dom_.EndObject(count);
    }
    bool StartArray() { return element() && enter(true) && dom_.StartArray(); }
    bool EndArray(rapidjson::SizeType count) {
        leave();
        return dom_.EndArray(count);
    }
    // The reader makes none of these with numbers as strings; its interface wants them.
    bool Int(int) { return refuse("unexpected number"); }
    bool Uint(unsigned) { return refuse("unexpected number"); }
    bool Int64(std::int64_t) { return refuse("unexpected number"); }
    bool Uint64(std::uint64_t) { return refuse("unexpected number"); }
    bool Double(double) { return refuse("unexpected number"); }

  private:
    struct KeyRange {
        std::size_t begin, length;
    };
    struct Level {
        bool array = false;
        std::size_t count = 0;      // elements, or members
        std::size_t first_key = 0;  // where this object's keys begin in keys_ and key_text_
        std::size_t first_char = 0;
    };

    bool refuse(const char* reason) {
        reason_ = reason;
        return false;
    }
    /// Before each value: counts it where it is an array's element.
    bool element() {
        if (levels_.empty() || !levels_.back().array) return true;
        return ++levels_.back().count <= limits_.elements || refuse("an array has too many elements");
    }
    bool enter(bool array) {
        if (levels_.size() >= static_cast<std::size_t>(limits_.depth))
            return refuse("it is nested too deeply");
        levels_.push_back({array, 0, keys_.size(), key_text_.size()});
        return true;
    }
    void leave() {
        keys_.resize(levels_.back().first_key);
        key_text_.resize(levels_.back().first_char);
        levels_.pop_back();
    }
    /// The reader checks the encoding of what stands in the text, but lets escapes make NUL and lone
    /// surrogates.
    bool clean(std::string_view text) {
        if (text.find('\0') != std::string_view::npos) return refuse("a string contains NUL");
        return is_utf8(text) || refuse("a string is not valid Unicode");
    }
    bool unique_keys(const Level& level) {
        const auto text = [this](const KeyRange& k) {
            return std::string_view(key_text_).substr(k.begin, k.length);
        };
        const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(level.first_key);
        std::sort(begin, keys_.end(),
                  [&](const KeyRange& a, const KeyRange& b) { return text(a) < text(b); });
        const auto twin = std::adjacent_find(
            begin, keys_.end(), [&](const KeyRange& a, const KeyRange& b) { return text(a) == text(b); });
        return twin == keys_.end();
    }
    bool number(std::string_view token) {
        if (token.size() > limits_.number_chars) return refuse("a number is too long");
        if (token.find_first_of("eE") != std::string_view::npos) return refuse("a number has an exponent");
        const char* const end = token.data() + token.size();
        std::int64_t integer = 0;
        const auto as_integer = std::from_chars(token.data(), end, integer);
        if (as_integer.ec == std::errc{} && as_integer.ptr == end) return dom_.Int64(integer);
        double decimal = 0;
        const auto as_decimal = std::from_chars(token.data(), end, decimal);
        if (as_decimal.ec != std::errc{} || as_decimal.ptr != end) return refuse("a number is not readable");
        decimals_.emplace_back(token);
        return dom_.Double(decimal);
    }

    rapidjson::Document& dom_;
    const Limits& limits_;
    std::vector<std::string>& decimals_;
    const char* reason_ = nullptr;
    std::vector<Level> levels_;
    std::vector<KeyRange> keys_;
    std::string key_text_;
};

/// Visits the values in the order of the text. Recurses as deep as Limits::depth let the document be.
void pair_decimals(const rapidjson::Value& value, std::size_t& next, std::vector<std::string>& texts,
                   std::vector<std::pair<const void*, std::string>>& out) {
    if (value.IsDouble()) {
        out.emplace_back(&value, std::move(texts.at(next++)));
    } else if (value.IsArray()) {
        for (const auto& element : value.GetArray()) pair_decimals(element, next, texts, out);
    } else if (value.IsObject()) {
        for (const auto& member : value.GetObject()) pair_decimals(member.value, next, texts, out);
    }
}

Error malformed(std::string_view what, std::size_t offset) {
    return {errors::malformed_json,
            "The JSON is not acceptable at byte " + std::to_string(offset) + ": " + std::string(what) + "."};
}

/// RapidJSON ends its sentences with a full stop; ours goes on.
std::string reader_reason(rapidjson::ParseErrorCode code) {
    std::string text = rapidjson::GetParseError_En(code);
    if (!text.empty() && text.back() == '.') text.pop_back();
    return text;
}

}  // namespace

Result<Document> Document::parse(std::string_view text, const Limits& limits) {
    if (text.substr(0, 3) == "\xef\xbb\xbf") return malformed("it begins with a byte order mark", 0);
    // The reader takes NUL for the end and would not look at what follows.
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) return malformed("NUL", nul);

    Document document;
    document.impl_ = std::make_unique<Impl>(text.size());
    Impl& impl = *document.impl_;
    std::vector<std::string> decimals;
    Guard guard(impl.dom, limits, decimals);
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::Reader reader;
    rapidjson::ParseResult outcome;
    auto generate = [&](rapidjson::Document&) {
        outcome = reader.Parse<reader_flags>(stream, guard);
        return !outcome.IsError();
    };
    impl.dom.Populate(generate);
    if (outcome.IsError()) {
        const std::string what = guard.reason() ? guard.reason() : reader_reason(outcome.Code());
        return malformed(what, outcome.Offset());
    }
    if (!decimals.empty()) {
        std::size_t next = 0;
        impl.decimals.reserve(decimals.size());
        pair_decimals(impl.dom, next, decimals, impl.decimals);
        CR_ASSERT(next == decimals.size());
        std::sort(impl.decimals.begin(), impl.decimals.end(),
                  [](const auto& a, const auto& b) { return std::less<>{}(a.first, b.first); });
    }
    return document;
}

}  // namespace cloudretail::json
