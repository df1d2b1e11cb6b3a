use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(rename = "_flashes")]
    messages: Vec<String>,
}

fn main() {}
