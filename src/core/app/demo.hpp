// The verb `demo`: fills an empty store through the API, as its people would, without a socket. What is
// loaded is the composition root's business. Thread rule: load_demo on a thread that may block; the loader
// itself runs on the background loop.
#pragma once

#include <app/control.hpp>
#include <base/error.hpp>
#include <base/task.hpp>
#include <http/message.hpp>

namespace cloudretail::app {

struct Workplace;

/// What a loader may use: the gateway, with all its checks, and the modules' verbs ("admin create").
struct Inside {
    std::function<Task<http::Response>(http::Request)> ask;
    std::function<Task<Result<std::string>>(std::string verb, std::map<std::string, std::string> options)>
        command;
};

/// Options "products" (how many) and "if-empty" (a store that is not empty is no error). Answers what to
/// print; throws std::runtime_error where the store answers otherwise than it should.
using DemoLoader =
    std::function<Task<Result<std::string>>(Inside inside, std::map<std::string, std::string> options)>;

/// Runs the loader in a process whose modules, events and sagas are at work.
VerbReply load_demo(const Workplace& place, const VerbRequest& request);

}  // namespace cloudretail::app
