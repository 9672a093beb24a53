// How each operation is asked by the walks (stage.hpp): which thing it works on and how that is named.
#include <memory>

#include <support/authenticator.hpp>
#include <support/mailed.hpp>
#include <support/pictures.hpp>
#include <support/webhook_signer.hpp>

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

Asked new_picture(Stage& stage, const Cell& cell) {
    return {.values = {cell.thing == Thing::missing ? no_id : stage.product(cell.owner.world)},
            .body = png_of(20, 10),
            .headers = {{"Content-Type", "image/png"}}};
}

Asked a_picture(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {no_id, no_id}};
    const auto [product, picture] = stage.picture(cell.owner.world);
    return {.values = {product, at(picture, "id")}};
}

Asked a_picture_file(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {std::string(40, '0') + "-160.jpg"}};
    const auto [product, picture] = stage.picture(cell.owner.world);
    return {.values = {at(picture, "url").substr(std::string_view("/media/").size())}};
}

Asked new_stock(Stage& stage, const Cell& cell) {
    const std::string id = cell.thing == Thing::missing ? no_id : stage.product(cell.owner.world);
    return {.body = R"({"productId":")" + id + R"(","quantity":5,"warehouseLocation":"Warehouse A"})"};
}

Asked slug_of_product(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {"no-such-product"}};
    const auto product = stage.client().get("/api/products/" + stage.product(cell.owner.world));
    return {.values = {at(product, "slug")}};
}

Asked typed(Stage&, const Cell&) { return {.query = "?q=lamp"}; }

Asked new_category(Stage&, const Cell&) {
    static int number = 0;
    return {.body = R"({"name":"Category )" + std::to_string(++number) + R"("})"};
}

Asked a_category(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {"no-such-category"}};
    const auto made = stage.client().post("/api/categories", new_category(stage, cell).body,
                                          stage.person("admin", 'A').account.headers());
    return {.values = {at(made, "slug")}};
}

/// A file for an import; nobody's thing is named by the address.
Ask file(std::string text) {
    return {.asked = [text = std::move(text)](Stage&, const Cell&) -> Asked {
        return {.body = text, .headers = {{"Content-Type", "text/csv"}}};
    }};
}

Asked new_order(Stage& stage, const Cell& cell) {
    return {.body = order_body(stage.stocked_product(cell.owner.world), 1)};
}

Asked lines_of_cart(Stage& stage, const Cell& cell) {
    return {.body = R"({"items":[{"productId":")" + stage.stocked_product(cell.owner.world) +
                    R"(","quantity":1}]})"};
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

Asked delivery_of_webhook(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {no_id, no_id}};
    const std::string id = stage.webhook(cell.owner.world);
    const auto delivery = stage.client().post("/api/webhooks/" + id + "/test", "",
                                              stage.person("vendor", cell.owner.world).account.headers());
    return {.values = {id, at(delivery, "id")}};
}

Asked provider_event(Stage&, const Cell& cell) {
    static int number = 0;
    const auto event =
        sign_webhook(provider_key, "evt_" + std::to_string(++number), system_clock().now().ms / 1'000,
                     R"({"type":"charge.captured","data":{}})");
    return {.values = {cell.thing == Thing::missing ? "nobody" : "simulated"},
            .body = event.body,
            .headers = {{"webhook-id", event.id},
                        {"webhook-timestamp", event.timestamp},
                        {"webhook-signature", event.signature}}};
}

Asked a_problem(Stage&, const Cell& cell) {
    return {.values = {cell.thing == Thing::missing ? "no-such-problem" : "rate-limited"}};
}

Asked new_user(Stage&, const Cell& cell) {
    static int number = 0;
    return {.body =
                R"({"email":"walk)" + std::to_string(++number) + cell.owner.world +
                R"(@example.com","password":"Demo123!","firstName":"A","lastName":"B","gdprConsent":true})"};
}

Asked somebody_new(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {no_id}};
    return {.values = {stage.fresh(stage.person("customer", cell.owner.world)).account.id}};
}

Asked log_in(Stage& stage, const Cell&) {
    return {.body = R"({"email":")" + stage.person("customer", 'A').account.email + R"(","password":")" +
                    demo_password + R"("})"};
}

/// The person themselves, or somebody where nobody is signed in.
Account owner_of(Stage& stage, const Cell& cell) {
    return cell.owner.role == "anonymous" ? stage.person("customer", 'A').account : cell.owner.account;
}

Asked own_session(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {no_id}};
    const Account owner = owner_of(stage, cell);
    const auto signed_in = stage.client().post(
        "/api/users/login", R"({"email":")" + owner.email + R"(","password":")" + demo_password + R"("})");
    const auto sessions = stage.client().get("/api/users/me/sessions?limit=1",
                                             {{"Authorization", "Bearer " + at(signed_in, "token")}});
    return {.values = {at(sessions, "items/0/id")}};
}

Asked a_customer(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {no_id}};
    return {.values = {register_account(stage.client()).id}};
}

Asked own_api_key(Stage& stage, const Cell& cell) {
    if (cell.thing == Thing::missing) return {.values = {no_id}};
    const auto made = stage.client().post("/api/api-keys", R"({"name":"Walk","scopes":["products:read"]})",
                                          owner_of(stage, cell).headers());
    return {.values = {at(made, "id")}};
}

Asked mailed_reset(Stage& stage, const Cell&) {
    const Account account = register_account(stage.client());
    stage.client().post("/api/users/password/forgot", R"({"email":")" + account.email + R"("})");
    return {.body = R"({"token":")" + mailed_secret(stage.server(), account.email, "reset-password") +
                    R"(","newPassword":"Another-Good-1"})"};
}

Asked mailed_verification(Stage& stage, const Cell&) {
    const Account account = register_account(stage.client());
    return {.body = R"({"token":")" + mailed_secret(stage.server(), account.email, "verify-email") + R"("})"};
}

/// Sets a second factor up and takes its first `steps` operations, so that the next code is the caller's.
Ask with_second_factor(int steps) {
    auto asked = [steps](Stage& stage, const Cell& cell) -> Asked {
        if (cell.caller.role == "anonymous") return {};
        Authenticator app(stage.client(), cell.caller.account);
        if (steps > 0) app.enable();
        const std::string code = R"("code":")" + app.next_code() + "\"}";
        return {.body = cell.operation.id == "disableTwoFactor"
                            ? R"({"password":")" + std::string(demo_password) + "\"," + code
                            : "{" + code};
    };
    return {.asked = asked, .once = true};
}

Ask by(std::function<Asked(Stage&, const Cell&)> asked) { return {.asked = std::move(asked)}; }

const Ask nothing{};
const Ask once{.once = true};

std::map<std::string, Ask> asks_of_operation_and_people() {
    return {
        {"getHealth", nothing},
        {"getLiveness", nothing},
        {"getReadiness", nothing},
        {"getOpenApi", nothing},
        {"listProblems", nothing},
        {"getProblem", by(a_problem)},
        {"streamEvents", nothing},
        {"listEvents", nothing},
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
        {"logOutEverywhere", once},
        {"getMe", nothing},
        {"changeMe", nothing},
        {"exportMe", nothing},
        {"eraseMe", once},
        {"eraseUser", by(somebody_new)},
        {"changePassword", once},
        {"forgotPassword", nothing},
        {"resetPassword", by(mailed_reset)},
        {"verifyEmail", by(mailed_verification)},
        {"resendVerification", nothing},
        {"setUpTwoFactor", once},
        {"enableTwoFactor", with_second_factor(0)},
        {"renewRecoveryCodes", with_second_factor(1)},
        {"disableTwoFactor", with_second_factor(1)},
        {"listSessions", nothing},
        {"endSession", by(own_session)},
        {"createApiKey", once},
        {"listApiKeys", nothing},
        {"getApiKey", by(own_api_key)},
        {"deleteApiKey", by(own_api_key)},
        {"listUsers", nothing},
        {"getUser", by(a_customer)},
        {"changeUser", by(a_customer)},
    };
}

std::map<std::string, Ask> asks_of_trade() {
    return {
        {"createProduct", nothing},
        {"listProducts", nothing},
        {"listProductCategories", nothing},
        {"exportProducts", nothing},
        {"importProducts", file("sku,name,description,price,category\nW-1,Walk,,1.00,things\n")},
        {"getProduct", one(&Stage::product)},
        {"getProductBySlug", by(slug_of_product)},
        {"suggestProducts", by(typed)},
        {"listCategories", nothing},
        {"createCategory", by(new_category)},
        {"getCategory", by(a_category)},
        {"changeCategory", by(a_category)},
        {"deleteCategory", by(a_category)},
        {"replaceProduct", one(&Stage::product)},
        {"changeProduct", one(&Stage::product)},
        {"deleteProduct", one(&Stage::product)},

        {"addProductImage", by(new_picture)},
        {"changeProductImage", by(a_picture)},
        {"deleteProductImage", by(a_picture)},
        {"getMedia", by(a_picture_file)},

        {"addStock", by(new_stock)},
        {"listStock", nothing},
        {"exportStock", nothing},
        {"importStock", file("sku,warehouseLocation,quantity\nW-1,A,1\n")},
        {"getStock", one(&Stage::stocked_product)},
        {"adjustStock", one(&Stage::stocked_product)},
        {"transferStock", one(&Stage::stocked_product)},
        {"listMovements", one(&Stage::stocked_product)},

        {"getCart", nothing},
        {"replaceCart", by(lines_of_cart)},
        {"mergeCart", by(lines_of_cart)},
        {"clearCart", nothing},

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
        {"takePaymentWebhook", by(provider_event)},

        {"listWebhooks", nothing},
        {"createWebhook", nothing},
        {"getWebhook", one(&Stage::webhook)},
        {"changeWebhook", one(&Stage::webhook)},
        {"deleteWebhook", one(&Stage::webhook)},
        {"rotateWebhookSecret", one(&Stage::webhook)},
        {"testWebhook", one(&Stage::webhook)},
        {"listWebhookDeliveries", one(&Stage::webhook)},
        {"redeliverWebhook", by(delivery_of_webhook)},
        {"listWebhookDeadLetters", nothing},
    };
}

}  // namespace

const std::map<std::string, Ask>& asks() {
    static const std::map<std::string, Ask> all = [] {
        auto both = asks_of_operation_and_people();
        both.merge(asks_of_trade());
        return both;
    }();
    return all;
}

}  // namespace cloudretail::test
