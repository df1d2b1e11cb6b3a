use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(encrypt)]
    name: String,
}

fn main() {}
