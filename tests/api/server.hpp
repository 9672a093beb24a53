// What every test of the built server begins with. Every answer that a test gets through gateway() is held
// against the served document: what it does not promise is an exception, and so a failure.
#pragma once

#include <memory>
#include <stdexcept>
#include <support/contract.hpp>
#include <support/server_process.hpp>
#include <support/shop.hpp>

namespace cloudretail::test {

/// Flags for tests that are not about limits or the price of a password hash.
inline std::vector<std::string> quick_flags() {
    return {"--limits.enabled=false", "--auth.password_memory=8MiB", "--auth.password_passes=1",
            "--auth.password_queue=1000"};
}

/// A server that is ready.
class RunningServer : public ServerProcess {
  public:
    explicit RunningServer(db::Dialect dialect = db::Dialect::sqlite,
                           std::vector<std::string> more = quick_flags())
        : ServerProcess(CLOUDRETAIL_BINARY, dialect, std::move(more)) {
        start();
    }

    [[nodiscard]] HttpClient gateway() const {
        HttpClient client = ServerProcess::gateway();
        client.observe([contract = contract()](std::string_view method, std::string_view target,
                                               const HttpResponse& answer) {
            const ContractOperation* operation = contract->find(method, target);
            if (operation == nullptr) return;
            for (const std::string& fault : contract->faults(*operation, answer))
                throw std::runtime_error(operation->id + ", " + std::to_string(answer.status) + ": " + fault +
                                         ": " + answer.body.substr(0, 500));
        });
        return client;
    }

  private:
    /// One binary serves one document: it is read once.
    [[nodiscard]] std::shared_ptr<const Contract> contract() const {
        static const auto served =
            std::make_shared<const Contract>(ServerProcess::gateway().get("/openapi.json").body);
        return served;
    }
};

}  // namespace cloudretail::test
