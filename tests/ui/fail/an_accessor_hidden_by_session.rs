use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    permanent: bool,
}

fn main() {}
