use session_actix::SessionData;

#[derive(SessionData)]
enum Visitor {
    Guest,
}

fn main() {}
