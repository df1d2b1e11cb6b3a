use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    empty: bool,
}

fn main() {}
