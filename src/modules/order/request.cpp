// Reading bodies; see request.hpp.
#include "request.hpp"

namespace cloudretail::order {

Error invalid_field(std::string pointer, std::string detail) {
    Error error(cloudretail::errors::validation, "The request is not valid.");
    error.fields.push_back({std::move(pointer), std::move(detail)});
    return error;
}

Result<std::vector<WantedLine>> read_lines(json::View items) {
    std::vector<WantedLine> lines;
    lines.reserve(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto item = items.at(i);
        auto at = "/items/" + std::to_string(i);
        auto id = ProductId::parse(item["productId"].text().value_or(""));
        if (!id) return invalid_field(at + "/productId", "is not a UUID");
        WantedLine line{*id, item["quantity"].integer().value_or(0), std::nullopt};
        if (item["price"].present()) {
            auto price = item["price"].money();
            if (!price) return invalid_field(at + "/price", price.error());
            line.price = *price;
        }
        lines.push_back(line);
    }
    return lines;
}

}  // namespace cloudretail::order
