// One compiled schema of a JSON body: valijson decides, formats are checked beside it, and what valijson says
// becomes sentences for people. Thread rule: constant after construction; check() from any thread.
#pragma once

#include <base/error.hpp>
#include <base/json.hpp>
#include <gateway/openapi.hpp>
#include <memory>
#include <string>
#include <vector>

namespace cloudretail::gateway {

class BodySchema {
  public:
    /// `where` names the operation in errors. Throws ContractError.
    BodySchema(const OpenApi& contract, json::View schema, const std::string& where);
    ~BodySchema();
    /// Appends one entry per refused place, 100 at most.
    void check(json::View body, std::vector<FieldError>& errors) const;

    static constexpr std::size_t max_errors = 100;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cloudretail::gateway
