use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    name: &'static str,
}

fn main() {}
