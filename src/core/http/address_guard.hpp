// Where requests of ours may go: to addresses of the public internet, and to networks that the operator
// names. Asked with the address that is about to be connected to, so that no name, redirect, or answer of a
// name server that changes between two questions leads anywhere else. Constant after construction; any
// thread.
#pragma once

#include <http/networks.hpp>

namespace cloudretail::http {

/// Is it a unicast address of the public internet (IANA's special-purpose registries say which are not), also
/// where it carries an IPv4 address inside (mapped, NAT64, ISATAP)? 6to4 and Teredo are not.
bool is_public(const Address& address);

class AddressGuard {
  public:
    /// Nothing but the public internet.
    AddressGuard() = default;
    explicit AddressGuard(Networks also) : also_(std::move(also)) {}
    [[nodiscard]] bool allows(const Address& address) const {
        return is_public(address) || also_.hold(address);
    }
    /// Are there networks besides the public internet?
    [[nodiscard]] bool open_inside() const { return !also_.empty(); }

  private:
    Networks also_;
};

}  // namespace cloudretail::http
