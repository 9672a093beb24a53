// See contract.hpp: the schemas of OpenAPI 3.0, as far as the document uses them. It knows no pattern and no
// not, and says so when it meets what it does not know.
#include <algorithm>
#include <gateway/formats.hpp>
#include <stdexcept>
#include <support/contract.hpp>

namespace cloudretail::test {

namespace {

using Faults = std::vector<std::string>;

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_number(json::View value) { return value.number_text().has_value(); }

class Checker {
  public:
    Checker(json::View document, Faults& faults) : document_(document), faults_(faults) {}

    void check(json::View schema, json::View value, const std::string& where) {
        const json::View place = resolved(document_, schema);
        if (!place.is_object()) throw std::runtime_error(where + ": its schema leads nowhere");
        if (value.is_null() && place["nullable"].boolean().value_or(false)) return;
        if (place["allOf"].present()) {
            check_all_of(place, value, where);
            return;
        }
        if (place["oneOf"].present() || place["anyOf"].present()) {
            check_branches(place, value, where);
            return;
        }
        if (!check_type(place, value, where)) return;
        check_enum(place, value, where);
        if (value.is_string()) check_text(place, value, where);
        if (is_number(value)) check_number(place, value, where);
        if (value.is_array()) check_array(place, value, where);
        if (value.is_object()) check_object({place}, value, where);
    }

  private:
    void fault(const std::string& where, const std::string& what) {
        faults_.push_back((where.empty() ? "/" : where) + ": " + what);
    }

    /// Of objects: the members of all together. Of anything else there is one, beside a word about it.
    void check_all_of(json::View place, json::View value, const std::string& where) {
        std::vector<json::View> parts;
        for (std::size_t i = 0; i < place["allOf"].size(); ++i)
            parts.push_back(resolved(document_, place["allOf"].at(i)));
        if (place["properties"].present()) parts.push_back(place);
        if (parts.size() == 1) {
            check(parts[0], value, where);
        } else if (!value.is_object()) {
            fault(where, "must be an object");
        } else {
            check_object(parts, value, where);
        }
    }

    void check_branches(json::View place, json::View value, const std::string& where) {
        const bool one = place["oneOf"].present();
        const json::View list = one ? place["oneOf"] : place["anyOf"];
        int fit = 0;
        for (std::size_t i = 0; i < list.size(); ++i) {
            Faults own;
            Checker(document_, own).check(list.at(i), value, where);
            fit += own.empty() ? 1 : 0;
        }
        if (fit == 0 || (one && fit > 1)) fault(where, "fits " + std::to_string(fit) + " of the forms");
    }

    bool check_type(json::View place, json::View value, const std::string& where) {
        const std::string_view type = place["type"].text().value_or("");
        const bool fits = type.empty() || (type == "object" && value.is_object()) ||
                          (type == "array" && value.is_array()) || (type == "string" && value.is_string()) ||
                          (type == "boolean" && value.boolean().has_value()) ||
                          (type == "integer" && value.integer().has_value()) ||
                          (type == "number" && is_number(value));
        if (!fits) fault(where, "must be " + std::string(type) + ", is " + value.dump().substr(0, 60));
        return fits;
    }

    void check_enum(json::View place, json::View value, const std::string& where) {
        const json::View choices = place["enum"];
        if (!choices.present()) return;
        for (std::size_t i = 0; i < choices.size(); ++i)
            if (choices.at(i).dump() == value.dump()) return;
        fault(where, "is none of the choices: " + value.dump().substr(0, 60));
    }

    void check_text(json::View place, json::View value, const std::string& where) {
        const std::string_view text = *value.text();
        check_count(place, "minLength", "maxLength", code_points(text), where);
        const std::string_view name = place["format"].text().value_or("");
        if (name.empty()) return;
        const auto format = gateway::format_from_text(name);
        if (!format) throw std::runtime_error(where + ": no such format");
        const std::string problem = gateway::format_problem(*format, text);
        if (!problem.empty()) fault(where, problem);
    }

    void check_number(json::View place, json::View value, const std::string& where) {
        const double number = std::stod(*value.number_text());
        if (const auto low = place["minimum"].number_text()) {
            const bool open = place["exclusiveMinimum"].boolean().value_or(false);
            if (number < std::stod(*low) || (open && number == std::stod(*low))) fault(where, "is too small");
        }
        if (const auto high = place["maximum"].number_text()) {
            const bool open = place["exclusiveMaximum"].boolean().value_or(false);
            if (number > std::stod(*high) || (open && number == std::stod(*high)))
                fault(where, "is too large");
        }
        if (place["format"].text() == "money" && !value.money()) fault(where, "is no amount of money");
    }

    void check_array(json::View place, json::View value, const std::string& where) {
        check_count(place, "minItems", "maxItems", value.size(), where);
        for (std::size_t i = 0; place["items"].present() && i < value.size(); ++i)
            check(place["items"], value.at(i), where + "/" + std::to_string(i));
    }

    void check_object(const std::vector<json::View>& parts, json::View value, const std::string& where) {
        bool closed = false;
        for (const json::View part : parts) {
            const json::View required = part["required"];
            for (std::size_t i = 0; i < required.size(); ++i)
                if (!value[required.at(i).text().value_or("")].present())
                    fault(where, "has no " + std::string(required.at(i).text().value_or("")));
            closed = closed || part["properties"].present();
        }
        for (const json::View part : parts) closed = closed && !part["additionalProperties"].present();
        std::size_t members = 0;
        value.each_member([&](std::string_view name, json::View member) {
            ++members;
            const std::string there = where + "/" + std::string(name);
            bool known = false;
            for (const json::View part : parts) {
                const json::View schema = part["properties"][name];
                const json::View additional = part["additionalProperties"];
                if (schema.present()) check(schema, member, there);
                if (!schema.present() && additional.is_object()) check(additional, member, there);
                if (!schema.present() && additional.boolean() == false) closed = true;
                known = known || schema.present();
            }
            if (!known && closed) fault(there, "is not documented");
        });
        check_count(parts.front(), "minProperties", "maxProperties", members, where);
    }

    void check_count(json::View place, const char* least, const char* most, std::size_t count,
                     const std::string& where) {
        const auto n = static_cast<std::int64_t>(count);
        if (n < place[least].integer().value_or(0)) fault(where, std::string("breaks ") + least);
        if (n > place[most].integer().value_or(n)) fault(where, std::string("breaks ") + most);
    }

    json::View document_;
    Faults& faults_;
};

}  // namespace

json::View resolved(json::View document, json::View place) {
    constexpr std::string_view prefix = "#/components/";
    for (int hops = 0; hops < 16; ++hops) {
        const auto reference = place["$ref"].text();
        if (!reference) return place;
        if (!reference->starts_with(prefix)) return {};
        const std::string_view rest = reference->substr(prefix.size());
        const auto slash = rest.find('/');
        place = document["components"][rest.substr(0, slash)][rest.substr(slash + 1)];
    }
    return {};
}

std::vector<std::string> schema_faults(json::View document, json::View schema, json::View value) {
    Faults faults;
    Checker(document, faults).check(schema, value, "");
    return faults;
}

}  // namespace cloudretail::test
