// Session: running statements, rows, IN lists, and the cache of held statements. Connecting and errors:
// connection.cpp.
#include <db/session.hpp>

#include "statement.hpp"

#include <algorithm>
#include <bit>

namespace cloudretail::db {
namespace {

/// Past this many binds a statement is not kept.
constexpr std::size_t kept_binds = 256;
constexpr std::size_t list_limit = 8192;

/// A statement in use; at rest again when it goes out of scope, whatever happened.
class Running {
  public:
    Running(Session::Impl& impl, std::string_view sql, Columns columns, std::span<const Bind> binds)
        : impl_(impl), statement_(impl.acquire(sql, columns, binds)) {}
    ~Running() { impl_.release(statement_); }
    Running(const Running&) = delete;
    Statement* operator->() { return &statement_; }
    Statement& operator*() { return statement_; }

  private:
    Session::Impl& impl_;
    Statement& statement_;
};

const Slot& slot_of(const void* statement, int column, char kind) {
    const Slot& slot = static_cast<const Statement*>(statement)->column(column);
    if (slot.kind != kind)
        throw std::logic_error("column " + std::to_string(column) + " is read as another type");
    if (slot.state != soci::i_ok) throw std::logic_error("column " + std::to_string(column) + " is NULL");
    return slot;
}

}  // namespace

std::int64_t Row::integer(int column) const { return slot_of(statement_, column, 'i').number; }
const std::string& Row::text(int column) const { return slot_of(statement_, column, 't').text; }
bool Row::is_null(int column) const {
    return static_cast<const Statement*>(statement_)->column(column).state != soci::i_ok;
}

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;

Dialect Session::dialect() const { return impl_->dialect; }

std::int64_t Session::run(std::string_view sql, std::span<const Bind> binds) {
    try {
        Running running(*impl_, sql, {}, binds);
        running->start(binds);
        return running->changed();
    } catch (const soci::soci_error& error) {
        impl_->rethrow(error);
    }
}

void Session::each_erased(Columns columns, std::string_view sql, std::span<const Bind> binds, void* f,
                          void (*call)(void*, const Row&)) {
    try {
        Running running(*impl_, sql, columns, binds);
        if (!running->start(binds)) return;
        const Row row(&*running);
        do {
            call(f, row);
        } while (running->next());
    } catch (const soci::soci_error& error) {
        impl_->rethrow(error);
    }
}

void Session::each_in_erased(Columns columns, std::string_view sql, std::span<const Bind> list,
                             std::span<const Bind> before, void* f, void (*call)(void*, const Row&)) {
    const std::size_t at = sql.find("{}");
    if (at == std::string_view::npos) throw std::logic_error("query_in: no {} in: " + std::string(sql));
    if (list.empty()) return;
    if (list.size() > list_limit)
        throw std::logic_error("query_in: a list of " + std::to_string(list.size()));
    const std::size_t padded = std::bit_ceil(list.size());
    std::string text(sql.substr(0, at));
    for (std::size_t i = 0; i < padded; ++i) text += (i == 0 ? ":in_" : ", :in_") + std::to_string(i);
    text += sql.substr(at + 2);
    std::vector<Bind> binds(before.begin(), before.end());
    binds.insert(binds.end(), list.begin(), list.end());
    binds.resize(before.size() + padded, list.back());
    each_erased(columns, text, binds, f, call);
}

void Session::script(std::string_view sql) {
    if (impl_->in_transaction && impl_->autocommit()) throw Fault("the transaction has ended", false);
    impl_->command(std::string(sql).c_str());
    impl_->forget_statements();  // their plans may rest on what the script changed
}

Statement& Session::Impl::acquire(std::string_view text, Columns columns, std::span<const Bind> binds) {
    if (in_transaction && autocommit()) throw Fault("the transaction has ended", false);
    if (role == Role::reader && statement_timeout_ms > 0) {
        deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(statement_timeout_ms);
    }
    const auto found = by_text_.find(text);
    Statement* const known = found == by_text_.end() ? nullptr : found->second->get();
    if (known != nullptr && !known->busy() && known->fits(columns, binds)) {
        recent_.splice(recent_.begin(), recent_, found->second);
        known->take();
        return *known;
    }
    auto fresh = std::make_unique<Statement>(*this, text, columns, Statement::kinds_of(binds, known));
    fresh->take();
    Statement& statement = *fresh;
    if ((known != nullptr && known->busy()) || binds.size() > kept_binds) {
        temporary_.push_front(std::move(fresh));
        return statement;
    }
    if (known != nullptr) drop(found->second);
    make_room();
    fresh->cached = true;
    recent_.push_front(std::move(fresh));
    by_text_.emplace(statement.text(), recent_.begin());
    return statement;
}

void Session::Impl::release(Statement& statement) noexcept {
    statement.finish();
    if (statement.cached) return;
    const auto is_it = [&](const auto& s) { return s.get() == &statement; };
    const auto at = std::find_if(temporary_.begin(), temporary_.end(), is_it);
    (*at)->deallocate();
    temporary_.erase(at);
}

void Session::Impl::drop(Statements::iterator at) {
    by_text_.erase((*at)->text());
    (*at)->deallocate();
    recent_.erase(at);
}

void Session::Impl::make_room() {
    for (auto at = recent_.end(); recent_.size() >= kept_statements && at != recent_.begin();) {
        --at;
        if (!(*at)->busy()) return drop(at);
    }
}

void Session::Impl::forget_statements() noexcept {
    for (auto at = recent_.begin(); at != recent_.end();) {
        const auto next = std::next(at);
        if (!(*at)->busy()) drop(at);
        at = next;
    }
}

}  // namespace cloudretail::db
