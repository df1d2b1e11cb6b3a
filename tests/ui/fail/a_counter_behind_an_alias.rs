use session_actix::SessionData;

type Visits = bool;

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: Visits,
}

fn main() {}
