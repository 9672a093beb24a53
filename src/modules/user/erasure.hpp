// A person's right to their data: exporting what all modules keep about somebody, and erasing it everywhere,
// as a saga over all registered holders (app::Persons). The account is gone at once; what must wait (a
// payment's outcome) is waited for, across restarts. Thread-safe.
#pragma once

#include <app/module.hpp>
#include <atomic>
#include "access_writer.hpp"
#include "erasure_store.hpp"
#include "guard.hpp"
#include "mail_pump.hpp"

namespace cloudretail::user {

inline constexpr const char* erasure_type = "erasure";

struct ExportSettings {
    int rows = 10'000;  // of one kind and module in an export
    int at_once = 4;    // exports that run; each holds all of one person's data in memory
};

class Erasure {
  public:
    /// What it is given must outlive it.
    Erasure(AccessWriter& access, Guard& guard, MailPump& pump, const app::Environment& environment,
            ExportSettings exports);

    /// Everything that is kept about the caller, a member per module. Errors: unauthenticated, overloaded
    /// (enough exports run).
    Task<Result<std::string>> show(Caller caller);
    /// Errors: wrong_password, too_many_failures, overloaded, unauthenticated, stale, last_admin.
    Task<Result<ErasureState>> erase_me(Caller caller, std::string password, std::string address,
                                        std::string if_match = {});
    /// Of somebody who is being erased already: how far it is. Errors: forbidden, not_found, stale,
    /// last_admin.
    Task<Result<ErasureState>> erase(Caller caller, UserId id, std::string if_match = {});

    /// The saga (its id is the person's): every holder erases its share → all databases are scrubbed.
    [[nodiscard]] saga::Definition saga();
    /// The user module's own share.
    [[nodiscard]] app::PersonHolder holder();

  private:
    struct Begun {
        ErasureState state;
        std::optional<saga::Instance> instance;  // none: it was begun before
    };
    using Step = Task<saga::StepResult> (Erasure::*)(UserId);

    Result<Cutting<Begun>> begin(db::Tx& tx, const Caller& caller, UserId id,
                                 std::string_view if_match) const;
    Task<Result<ErasureState>> carry_out(Caller caller, UserId id, std::string if_match);
    [[nodiscard]] saga::Step step(std::string name, Step run);
    static Task<void> run_step(Erasure& self, Step step, UserId id, saga::Done done);
    Task<saga::StepResult> erase_everywhere(UserId id);
    Task<saga::StepResult> scrub_everywhere(UserId id);
    Task<std::string> show_own(UserId id, int rows);
    Task<std::string> erase_own(UserId id);

    AccessWriter& access_;
    Guard& guard_;
    MailPump& pump_;
    runtime::Runtime& runtime_;
    saga::Engine& sagas_;
    const app::Persons& persons_;
    ExportSettings exports_;
    std::atomic<int> exporting_{0};
};

}  // namespace cloudretail::user
