use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(alias = "name")]
    name: String,
}

fn main() {}
