use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: String,
}

fn main() {}
