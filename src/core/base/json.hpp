// JSON in and out. Reading is guarded once, here: an iterative SAX pass checks depth, member counts,
// duplicate keys, UTF-8, NUL and number tokens, and keeps the text of every non-integer number, so that money
// is read exactly. Writing never goes through a float. Sources: RFC 8259, RFC 6901; the guards answer
// CVE-2024-38517.
#pragma once

#include <base/clock.hpp>
#include <base/error.hpp>
#include <base/id.hpp>
#include <base/money.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudretail::json {

struct Limits {
    int depth = 32;
    std::size_t members = 256;      // of one object
    std::size_t elements = 10'000;  // of one array
    std::size_t number_chars = 32;
};

class Document;

/// A read-only place in a Document; cheap to copy; valid while the Document lives. Accessors are checked: a
/// wrong type is nullopt, never undefined behaviour.
class View {
  public:
    View() = default;  // absent
    [[nodiscard]] bool present() const { return value_ != nullptr; }
    [[nodiscard]] bool is_null() const;
    [[nodiscard]] bool is_object() const;
    [[nodiscard]] bool is_array() const;
    [[nodiscard]] bool is_string() const;
    /// The member, or an absent View.
    [[nodiscard]] View operator[](std::string_view key) const;
    [[nodiscard]] std::size_t size() const;          // of an array or object, else 0
    [[nodiscard]] View at(std::size_t index) const;  // of an array
    void each_member(const std::function<void(std::string_view, View)>& f) const;
    [[nodiscard]] std::optional<std::string_view> text() const;
    [[nodiscard]] std::optional<std::int64_t> integer() const;  // integer tokens inside int64 only
    [[nodiscard]] std::optional<bool> boolean() const;
    /// Reads a number token (integer or decimal) exactly.
    [[nodiscard]] boost::system::result<Money, std::string> money() const;
    /// The token's own text, of a number.
    [[nodiscard]] std::optional<std::string> number_text() const;
    /// Compact JSON text of this place (numbers as they were written).
    [[nodiscard]] std::string dump() const;
    /// For core/gateway/validate.cpp alone: the rapidjson::Value behind this place.
    [[nodiscard]] const void* raw() const { return value_; }

  private:
    friend class Document;
    View(const void* d, const void* v) : document_(d), value_(v) {}
    const void* document_ = nullptr;  // its Impl, which stays where it is when the Document is moved
    const void* value_ = nullptr;
};

class Document {
  public:
    Document();
    ~Document();
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    /// Parses the whole of `text`. Errors: errors::malformed_json with what and where (byte offset).
    static Result<Document> parse(std::string_view text, const Limits& limits = {});
    [[nodiscard]] View root() const;

  private:
    friend class View;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Writes compact JSON into a string. Invalid UTF-8 in a value is replaced by U+FFFD. Misnesting is
/// CR_ASSERT.
class Writer {
  public:
    Writer& begin_object();
    Writer& end_object();
    Writer& begin_array();
    Writer& end_array();
    Writer& key(std::string_view name);
    Writer& value(std::string_view text);
    Writer& value(const char* text) { return value(std::string_view(text)); }
    Writer& value(const std::string& text) { return value(std::string_view(text)); }
    Writer& value(std::int64_t number);
    Writer& value(int number) { return value(static_cast<std::int64_t>(number)); }
    Writer& value(bool flag);
    Writer& value(Money amount);
    Writer& value(Timestamp at);
    Writer& null();
    /// JSON text that is already valid.
    Writer& raw(std::string_view json);
    template <Tag T>
    Writer& value(const Id<T>& id) {
        return value(std::string_view(id.to_string()));
    }
    template <class T>
    Writer& value(const std::optional<T>& v) {
        return v ? value(*v) : null();
    }
    template <class T>
    Writer& member(std::string_view name, const T& v) {
        key(name);
        return value(v);
    }
    /// The text; the writer is empty afterwards.
    std::string take();
    void reserve(std::size_t bytes) { out_.reserve(bytes); }

  private:
    void separate();
    std::string out_;
    std::vector<char> open_;
    bool need_comma_ = false;
};

}  // namespace cloudretail::json
