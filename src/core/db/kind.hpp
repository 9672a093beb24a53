// Jobs of one kind: those that wait for the writer at the same time are done by one call, as one job. On
// PostgreSQL each statement is a round trip, and such a call needs as few of them for many jobs as for one
// (rows.hpp). Source of the design: docs/decisions.
#pragma once

#include <db/database.hpp>
#include <mutex>

namespace cloudretail::db {

/// Calls a completion; what it throws is logged.
void complete_one(std::string_view module, const std::function<void()>& completion) noexcept;

/// Thread-safe. Work is what Database says of a job, for several: it is given their arguments, at least one,
/// in the order in which they came, and answers each its own Out. An Out that is a Result with an error has
/// had no effect: work sees to it. Where work throws, nothing it did counts, and each of its jobs is done
/// again alone: so one that cannot be done fails alone.
template <class In, class Out>
class Kind {
  public:
    using Work = std::function<std::vector<Out>(Tx&, std::span<In* const>)>;
    Kind(Database& database, Work work) : state_(std::make_shared<State>(database, std::move(work))) {}

    /// As Database::write_then.
    void write_then(In in, Then<Out> then) const {
        State& state = *state_;
        const Settings& settings = state.database.settings();
        std::shared_ptr<Group> fresh;
        {
            const std::lock_guard lock(state.mutex);
            if (state.waiting < static_cast<std::size_t>(settings.write_queue)) {
                const auto most = static_cast<std::size_t>(std::max(1, settings.batch));
                if (!state.open || state.open->members.size() >= most) {
                    fresh = std::make_shared<Group>();
                    state.open = fresh;
                }
                state.open->members.push_back({std::move(in), std::move(then)});
                ++state.waiting;
            }
        }
        if (fresh) return submit(state_, std::move(fresh));
        if (then) {
            then(std::make_exception_ptr(
                Unavailable("too many changes wait for the database of " + settings.module, 1)));
        }
    }

  private:
    struct Member {
        In in;
        Then<Out> then;
    };
    struct Group {
        std::vector<Member> members;
        bool closed = false;  // nobody joins any more
        bool threw = false;   // work did, when it ran last
    };
    struct State {
        State(Database& d, Work w) : database(d), work(std::move(w)) {}
        void close(const std::shared_ptr<Group>& group) {
            const std::lock_guard lock(mutex);
            if (std::exchange(group->closed, true)) return;
            waiting -= group->members.size();
            if (open == group) open.reset();
        }
        Database& database;
        const Work work;
        std::mutex mutex;
        std::shared_ptr<Group> open;  // whom others join, until it is its turn
        std::size_t waiting = 0;
    };
    using StatePtr = std::shared_ptr<State>;
    using Outs = std::vector<Out>;

    static void submit(const StatePtr& state, std::shared_ptr<Group> group) {
        auto job = [state, group](Tx& tx) {
            state->close(group);
            std::vector<In*> ins;
            for (Member& member : group->members) ins.push_back(&member.in);
            group->threw = true;
            Outs outs = state->work(tx, ins);
            CR_ASSERT(outs.size() == ins.size());
            group->threw = false;
            return outs;
        };
        Then<Outs> then([state, group](Outcome<Outs> outcome) {
            state->close(group);
            outcome.has_value() ? tell(*state, *group, outcome.get())
                                : fail(state, *group, outcome.exception());
        });
        state->database.write_then(std::move(job), std::move(then));
    }
    static void tell(const State& state, Group& group, Outs& outs) {
        for (std::size_t i = 0; i < outs.size(); ++i) {
            Then<Out>& then = group.members[i].then;
            complete_one(state.database.settings().module, [&] { then(Out(std::move(outs[i]))); });
        }
    }
    static void fail(const StatePtr& state, Group& group, const std::exception_ptr& why) {
        // What was done and may have been committed is not done again.
        const bool again = group.threw && group.members.size() > 1;
        for (Member& member : group.members) {
            if (again) {
                auto alone = std::make_shared<Group>();
                alone->closed = true;
                alone->members.push_back(std::move(member));
                submit(state, std::move(alone));
            } else {
                complete_one(state->database.settings().module, [&] { member.then(why); });
            }
        }
    }

    StatePtr state_;
};

}  // namespace cloudretail::db
