// Computes an order's rows, its saga and its answer before anything is written; see placing.hpp.
#include "placing.hpp"

#include "audience.hpp"

namespace cloudretail::order {

void Service::Placing::prepare(const Caller& caller, std::vector<OrderLine> lines, const PlaceOrder& command,
                               std::int64_t number, const std::string& currency, Timestamp now) {
    order.id = OrderId::make();
    order.number = std::to_string(number);
    order.customer_id = caller.id;
    order.lines = std::move(lines);
    order.total = rules::total(order.lines);
    order.currency = currency;
    order.shipping_address = to_json(command.address);
    order.payment_id = PaymentId::make();
    order.payment_method = command.payment_method;
    order.payment_status = payment::to_text(payment::Status::pending);
    order.created_at = order.updated_at = now;

    Order confirmed = order;
    confirmed.status = Status::confirmed;
    confirmed.payment_status = payment::to_text(
        rules::paid_later(command.payment_method) ? payment::Status::authorized : payment::Status::captured);
    confirmed_body = to_json(confirmed);

    process->order_id = order.id;
    process->number = order.number;
    for (const auto& line : order.lines) process->lines.push_back({line.product_id, line.quantity});
    process->payment = {order.payment_id,      order.id,          caller.id,
                        order.total,           currency,          command.payment_method,
                        command.payment_token, caller.traceparent};
    process->audience = audience_of(order.customer_id, order.lines);
    process->from_cart = command.from_cart;
    instance.id = order.id.uuid;
    instance.type = checkout_type;
    instance.data = to_data(*process);
    instance.state = process;
}

}  // namespace cloudretail::order
