use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    name: String,
    #[session(rename = "name")]
    title: String,
}

fn main() {}
