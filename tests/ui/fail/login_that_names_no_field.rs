use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(usr))]
struct Visitor {
    user: Option<String>,
}

fn main() {}
