use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(alias = "title")]
    name: String,
    title: String,
}

fn main() {}
