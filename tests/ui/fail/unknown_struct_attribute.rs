use session_actix::SessionData;

#[derive(SessionData)]
#[session(encrypt)]
struct Visitor {
    name: String,
}

fn main() {}
