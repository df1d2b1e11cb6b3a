use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(counter)]
    visits: f64,
}

fn main() {}
