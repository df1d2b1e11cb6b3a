use session_actix::SessionData;

#[derive(Default)]
struct Address;

#[derive(SessionData)]
struct Visitor {
    address: Address,
}

fn main() {}
