use session_actix::SessionData;

#[derive(SessionData)]
#[session(rename_all = "CamelCase")]
struct Visitor {
    last_login: u64,
}

fn main() {}
