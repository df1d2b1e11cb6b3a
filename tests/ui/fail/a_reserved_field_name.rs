use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    _permanent: bool,
}

fn main() {}
