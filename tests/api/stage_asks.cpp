// How each operation is asked by the walks (stage.hpp): which thing it works on and how that is named.
#include <memory>

#include "stage.hpp"

namespace cloudretail::test {

namespace {

using Make = std::string (Stage::*)(char world);

/// The path's only parameter names a thing that `make` makes, new for every request that may change it.
Ask one(Make make) {
    return {.asked = [make, shared = std::make_shared<std::map<std::string, std::string>>()](
                         Stage& stage, const Cell& cell) -> Asked {
        if (cell.thing == Thing::missing) return {.values = {no_id}};
        if (cell.operation.changes()) return {.values = {(stage.*make)(cell.owner.world)}};
        // Each stage has things of its own.
        std::string& kept = (*shared)[std::to_string(stage.server().pid()) + cell.owner.world];
        if (kept.empty()) kept = (stage.*make)(cell.owner.world);
        return {.values = {kept}};
    }};
}

Asked new_stock(Stage& stage, const Cell& cell) {
    const std::string id = cell.thing == Thing::missing ? no_id : stage.product(cell.owner.world);
    return {.body = R"({"productId":")" + id + R"(","quantity":5,"warehouseLocation":"Warehouse A"})"};
}

Asked new_order(Stage& stage, const Cell& cell) {
    return {.body = order_body(stage.stocked_product(cell.owner.world), 1)};
}

std::vector<std::string> new_order_of(Stage& stage, const Cell& cell) {
    return {cell.thing == Thing::missing ? no_id : stage.confirmed_order(cell.owner.world)};
}

Asked shipment(Stage& stage, const Cell& cell) {
    return {.values = new_order_of(stage, cell), .body = R"({"status":"shipped","trackingNumber":"1Z"})"};
}

Asked part_of_refund(Stage& stage, const Cell& cell) {
    return {.values = new_order_of(stage, cell), .body = R"({"amount":0.5,"reason":"A scratch"})"};
}

Asked payments_of_order(Stage& stage, const Cell& cell) {
    return {.query = "?orderId=" + stage.confirmed_order(cell.owner.world)};
}

Asked new_user(Stage&, const Cell& cell) {
    static int number = 0;
    return {.body =
                R"({"email":"walk)" + std::to_string(++number) + cell.owner.world +
                R"(@example.com","password":"Demo123!","firstName":"A","lastName":"B","gdprConsent":true})"};
}

Asked log_in(Stage& stage, const Cell&) {
    return {.body = R"({"email":")" + stage.person("customer", 'A').account.email + R"(","password":")" +
                    demo_password + R"("})"};
}

Ask by(std::function<Asked(Stage&, const Cell&)> asked) { return {.asked = std::move(asked)}; }

const Ask nothing{};
const Ask once{.once = true};

}  // namespace

const std::map<std::string, Ask>& asks() {
    static const std::map<std::string, Ask> all{
        {"getHealth", nothing},
        {"getLiveness", nothing},
        {"getReadiness", nothing},
        {"getOpenApi", nothing},

        {"getOverview", nothing},
        {"listSagas", nothing},
        {"getOutbox", nothing},
        {"listDeadLetters", nothing},
        {"retryDeadLetter", one(&Stage::dead_letter)},
        {"discardDeadLetter", one(&Stage::dead_letter)},
        {"listBreakers", nothing},
        {"listJobs", nothing},
        {"listAudit", nothing},

        {"registerUser", by(new_user)},
        {"logIn", by(log_in)},
        {"logOut", once},
        {"getMe", nothing},
        {"changeMe", nothing},

        {"createProduct", nothing},
        {"listProducts", nothing},
        {"listProductCategories", nothing},
        {"getProduct", one(&Stage::product)},
        {"replaceProduct", one(&Stage::product)},
        {"changeProduct", one(&Stage::product)},
        {"deleteProduct", one(&Stage::product)},

        {"addStock", by(new_stock)},
        {"listStock", nothing},
        {"getStock", one(&Stage::stocked_product)},
        {"adjustStock", one(&Stage::stocked_product)},
        {"transferStock", one(&Stage::stocked_product)},
        {"listMovements", one(&Stage::stocked_product)},

        {"placeOrder", by(new_order)},
        {"listOrders", nothing},
        {"getOrder", one(&Stage::confirmed_order)},
        {"getOrderTimeline", one(&Stage::confirmed_order)},
        {"changeOrderStatus", by(shipment)},
        {"cancelOrder", one(&Stage::confirmed_order)},
        {"refundOrder", by(part_of_refund)},

        {"listPaymentMethods", nothing},
        {"listPayments", by(payments_of_order)},
        {"getPayment", one(&Stage::payment)},
        {"capturePayment", one(&Stage::awaited_payment)},
    };
    return all;
}

}  // namespace cloudretail::test
