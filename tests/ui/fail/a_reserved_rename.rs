use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(rename = "_created")]
    created: u64,
    #[session(rename = "_csrf")]
    token: String,
}

fn main() {}
