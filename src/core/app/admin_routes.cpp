// See admin_routes.hpp.
#include <app/admin_routes.hpp>

#include <app/admin_feed.hpp>
#include <app/admin_render.hpp>

namespace cloudretail::app {

namespace {

using gateway::Access;
using gateway::Call;
using Answer = Task<Result<http::Response>>;
using Desk = const AdminDesk*;

Answer get_overview(Desk desk, Call&) { co_return http::json_response(200, overview_json(*desk)); }

Answer list_breakers(Desk desk, Call&) { co_return http::json_response(200, breakers_json(desk->parts)); }

Answer list_jobs(Desk desk, Call&) { co_return http::json_response(200, jobs_json(*desk)); }

Answer list_sagas(Desk desk, Call& call) {
    const saga::Filter filter{.type = std::string(call.query("type").value_or("")),
                              .state = std::string(call.query("state").value_or(""))};
    FeedReader read = [desk, filter](db::Session& session, const std::string& module,
                                     const std::string& before, int limit) {
        FeedPart part{.rows = {}, .total = saga::count(session, filter)};
        for (const saga::Listed& saga : saga::list(session, filter, before, limit)) {
            part.rows.push_back({saga.created_at, saga.id.to_string(),
                                 to_json(saga, module, desk->sagas.progress(saga.id), desk->clock.now())});
        }
        return part;
    };
    return answer_feed(&desk->parts, &call, std::move(read));
}

Answer get_outbox(Desk desk, Call& call) {
    FeedReader read = [](db::Session& session, const std::string& module, const std::string& before,
                         int limit) {
        FeedPart part{.rows = {}, .total = events::count_events(session)};
        for (const events::OutboxEntry& event : events::latest_events(session, limit, before_number(before)))
            part.rows.push_back({event.at, std::to_string(event.id), to_json(event, module)});
        return part;
    };
    return answer_feed(&desk->parts, &call, std::move(read), outbox_members(*desk));
}

Answer list_dead_letters(Desk desk, Call& call) {
    FeedReader read = [](db::Session& session, const std::string& module, const std::string& before,
                         int limit) {
        FeedPart part{.rows = {}, .total = events::outbox_state(session).dead_letters};
        for (const events::DeadLetter& letter : events::dead_letters(session, limit, before_number(before)))
            part.rows.push_back({letter.parked_at, std::to_string(letter.id), to_json(letter, module)});
        return part;
    };
    return answer_feed(&desk->parts, &call, std::move(read));
}

Answer list_audit(Desk desk, Call& call) {
    const std::string subject(call.query("subject").value_or(""));
    FeedReader read = [subject](db::Session& session, const std::string& module, const std::string& before,
                                int limit) {
        FeedPart part{.rows = {}, .total = audit::count(session, subject)};
        for (const audit::Entry& entry : audit::page(session, before_number(before), subject, limit))
            part.rows.push_back({entry.at, std::to_string(entry.seq), to_json(entry, module)});
        return part;
    };
    return answer_feed(&desk->parts, &call, std::move(read));
}

/// The database of a dead letter. Errors: not_found.
Result<db::Database*> database_of(Desk desk, const LetterId& id) {
    for (const auto& part : desk->parts)
        if (part->name == id.module) return &part->module->database();
    return Error(errors::not_found, "No such id.");
}

std::string audit_details(const events::DeadLetter& letter, std::string_view reason = {}) {
    json::Writer w;
    w.begin_object()
        .member("subscription", letter.subscription)
        .member("eventId", letter.event.id.to_string());
    if (!reason.empty()) w.member("reason", reason);
    w.end_object();
    return w.take();
}

http::Response no_content() {
    http::Response response;
    response.status = 204;
    return response;
}

Answer retry_dead_letter(Desk desk, Call& call) {
    const auto id = letter_id(call.path_values.at(0));
    if (!id) co_return id.error();
    const auto database = database_of(desk, *id);
    if (!database) co_return database.error();
    events::RetryNote note = [who = call.caller, name = call.path_values.at(0)](
                                 db::Tx& tx, const events::DeadLetter& letter, bool handled) {
        audit::record(tx, who, handled ? "dead_letter.retried" : "dead_letter.retry_failed", name,
                      audit_details(letter));
    };
    const Result<> done = co_await desk->bus.retry(**database, id->number, std::move(note));
    if (!done) co_return done.error();
    co_return no_content();
}

Answer discard_dead_letter(Desk desk, Call& call) {
    const auto id = letter_id(call.path_values.at(0));
    if (!id) co_return id.error();
    const auto database = database_of(desk, *id);
    if (!database) co_return database.error();
    auto discard = [who = call.caller, name = call.path_values.at(0), number = id->number,
                    reason = std::string(call.body()["reason"].text().value_or(""))](db::Tx& tx) -> Result<> {
        const auto letter = events::discard_dead_letter(tx, number);
        if (!letter) return Error(errors::not_found, "There is no such dead letter.");
        audit::record(tx, who, "dead_letter.discarded", name, audit_details(*letter, reason));
        return {};
    };
    const Result<> done = co_await (*database)->write(std::move(discard));
    if (!done) co_return done.error();
    co_return no_content();
}

}  // namespace

std::vector<gateway::Route> admin_routes(const AdminDesk& desk) {
    const auto route = [&desk](http::Method method, std::string path, std::string operation,
                               Answer (*handler)(Desk, Call&)) {
        return gateway::Route{method, "/api/admin/" + std::move(path), std::move(operation), Access::admin,
                              [desk = &desk, handler](Call& call) { return handler(desk, call); }};
    };
    using http::Method;
    return {
        route(Method::get, "overview", "getOverview", get_overview),
        route(Method::get, "sagas", "listSagas", list_sagas),
        route(Method::get, "outbox", "getOutbox", get_outbox),
        route(Method::get, "dead-letters", "listDeadLetters", list_dead_letters),
        route(Method::post, "dead-letters/{id}/retry", "retryDeadLetter", retry_dead_letter),
        route(Method::post, "dead-letters/{id}/discard", "discardDeadLetter", discard_dead_letter),
        route(Method::get, "breakers", "listBreakers", list_breakers),
        route(Method::get, "jobs", "listJobs", list_jobs),
        route(Method::get, "audit", "listAudit", list_audit),
    };
}

}  // namespace cloudretail::app
