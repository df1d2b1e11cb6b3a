use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    age: Option<Option<u8>>,
}

fn main() {}
