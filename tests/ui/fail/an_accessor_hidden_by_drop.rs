use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    drop: bool,
}

fn main() {}
