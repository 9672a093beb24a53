// A catalogue made of a map, and a clock that threads share, for the tests of this folder.
#pragma once

#include <atomic>
#include <base/clock.hpp>
#include <map>
#include <product/api.hpp>
#include <vector>

namespace cloudretail::order {

class AtomicClock final : public Clock {
  public:
    [[nodiscard]] Timestamp now() const override { return {ms.load()}; }
    std::atomic<std::int64_t> ms{1'800'000'000'000};
};

class FewProducts final : public product::Products {
  public:
    Task<std::vector<product::Snapshot>> find(std::vector<ProductId> ids) override {
        std::vector<product::Snapshot> found;
        for (const ProductId id : ids)
            if (auto it = known.find(id); it != known.end()) found.push_back(it->second);
        co_return found;
    }
    Task<std::vector<product::Snapshot>> find_by_sku(UserId, std::vector<std::string>) override {
        co_return std::vector<product::Snapshot>();
    }
    Task<std::vector<product::Snapshot>> walk(std::optional<UserId>, std::optional<product::Snapshot>,
                                              int) override {
        co_return std::vector<product::Snapshot>();
    }
    std::map<ProductId, product::Snapshot> known;
};

}  // namespace cloudretail::order
