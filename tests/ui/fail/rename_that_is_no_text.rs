use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(rename = visits_total)]
    visits: u32,
}

fn main() {}
