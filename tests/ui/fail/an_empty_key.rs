use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(rename = "")]
    name: String,
}

fn main() {}
