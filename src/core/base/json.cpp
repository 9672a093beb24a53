// Checked reading of a parsed document. A View is two pointers; nothing here changes or owns a value. A
// Document may be read on several threads at once.
#include <base/json.hpp>

#include "json_document.hpp"

namespace cloudretail::json {
namespace {

const rapidjson::Value& as_value(const void* value) { return *static_cast<const rapidjson::Value*>(value); }

std::string_view string_of(const rapidjson::Value& value) {
    return {value.GetString(), value.GetStringLength()};
}

void dump_into(Writer& out, View view) {
    if (view.is_object()) {
        out.begin_object();
        view.each_member([&](std::string_view key, View member) {
            out.key(key);
            dump_into(out, member);
        });
        out.end_object();
    } else if (view.is_array()) {
        out.begin_array();
        for (std::size_t i = 0; i < view.size(); ++i) dump_into(out, view.at(i));
        out.end_array();
    } else if (const auto text = view.text()) {
        out.value(*text);
    } else if (const auto flag = view.boolean()) {
        out.value(*flag);
    } else if (const auto number = view.number_text()) {
        out.raw(*number);
    } else {
        out.null();
    }
}

}  // namespace

Document::Document() = default;
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

View Document::root() const { return impl_ ? View(impl_.get(), &impl_->dom) : View(); }

bool View::is_null() const { return value_ && as_value(value_).IsNull(); }
bool View::is_object() const { return value_ && as_value(value_).IsObject(); }
bool View::is_array() const { return value_ && as_value(value_).IsArray(); }
bool View::is_string() const { return value_ && as_value(value_).IsString(); }

View View::operator[](std::string_view key) const {
    if (!is_object()) return {};
    for (const auto& member : as_value(value_).GetObject()) {
        if (string_of(member.name) == key) return {document_, &member.value};
    }
    return {};
}

std::size_t View::size() const {
    if (is_array()) return as_value(value_).Size();
    if (is_object()) return as_value(value_).MemberCount();
    return 0;
}

View View::at(std::size_t index) const {
    if (!is_array() || index >= as_value(value_).Size()) return {};
    return {document_, &as_value(value_)[static_cast<rapidjson::SizeType>(index)]};
}

void View::each_member(const std::function<void(std::string_view, View)>& f) const {
    if (!is_object()) return;
    for (const auto& member : as_value(value_).GetObject())
        f(string_of(member.name), View(document_, &member.value));
}

std::optional<std::string_view> View::text() const {
    if (!is_string()) return std::nullopt;
    return string_of(as_value(value_));
}

std::optional<std::int64_t> View::integer() const {
    if (!value_ || !as_value(value_).IsInt64()) return std::nullopt;
    return as_value(value_).GetInt64();
}

std::optional<bool> View::boolean() const {
    if (!value_ || !as_value(value_).IsBool()) return std::nullopt;
    return as_value(value_).GetBool();
}

std::optional<std::string> View::number_text() const {
    if (const auto whole = integer()) return std::to_string(*whole);
    if (!value_) return std::nullopt;
    const std::string* const text = static_cast<const Document::Impl*>(document_)->decimal_text(value_);
    return text ? std::optional(*text) : std::nullopt;
}

boost::system::result<Money, std::string> View::money() const {
    const auto token = number_text();
    if (!token) return std::string("must be a number");
    return Money::parse(*token);
}

std::string View::dump() const {
    if (!value_) return {};
    Writer out;
    dump_into(out, *this);
    return out.take();
}

}  // namespace cloudretail::json
