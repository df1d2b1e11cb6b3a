use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(owner)]
    user: Option<u64>,
    #[session(owner)]
    team: Option<u64>,
}

fn main() {}
