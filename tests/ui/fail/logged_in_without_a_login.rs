use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    name: String,
}

fn handler(_: session_actix::LoggedIn<Visitor>) {}

fn main() {}
