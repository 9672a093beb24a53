// One order on its way: everything that can be computed is computed here, before its first transaction.
#pragma once

#include "checkout_saga.hpp"
#include "render.hpp"
#include "rules.hpp"
#include "service.hpp"

namespace cloudretail::order {

struct Service::Placing {
    Order order;
    db::IdempotencyKey key;
    std::shared_ptr<Process> process = std::make_shared<Process>();
    saga::Instance instance;
    std::string confirmed_body;  // the order as it will stand when all goes well

    void prepare(const Caller& caller, std::vector<OrderLine> lines, const PlaceOrder& command,
                 std::int64_t number, const std::string& currency, Timestamp now);
};

}  // namespace cloudretail::order
