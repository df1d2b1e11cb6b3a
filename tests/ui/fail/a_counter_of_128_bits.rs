use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: u128,
}

fn main() {}
