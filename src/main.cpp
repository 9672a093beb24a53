// The composition root: which modules there are and what each is given. A sixth module is one more line here.
// Everything else, from the command line to the exit status, is app::run.
#include <app/command_line.hpp>
#include <demo/demo.hpp>
#include <inventory/module.hpp>
#include <order/module.hpp>
#include <payment/module.hpp>
#include <product/module.hpp>
#include <user/module.hpp>
#include <webhook/module.hpp>

namespace {

using namespace cloudretail;

app::Modules build(const app::Environment& environment) {
    auto product = std::make_unique<product::ProductModule>(environment);
    auto payment = std::make_unique<payment::PaymentModule>(environment);
    auto user = std::make_unique<user::UserModule>(environment);
    auto inventory = std::make_unique<inventory::InventoryModule>(environment, product->products());
    auto order = std::make_unique<order::OrderModule>(environment, product->products(), inventory->stock(),
                                                      payment->payments());
    app::Modules modules;
    modules.authenticator = &user->authenticator();
    modules.demo = demo::load;
    modules.list.push_back(std::move(product));
    modules.list.push_back(std::move(payment));
    modules.list.push_back(std::move(user));
    modules.list.push_back(std::move(inventory));
    modules.list.push_back(std::move(order));
    modules.list.push_back(std::make_unique<webhook::WebhookModule>(environment));
    return modules;
}

}  // namespace

int main(int argc, char** argv) { return app::run(argc, argv, build); }
