use session_actix::SessionData;

#[derive(serde::Serialize, serde::Deserialize)]
struct Address;

#[derive(SessionData)]
struct Visitor {
    address: Address,
}

fn main() {}
