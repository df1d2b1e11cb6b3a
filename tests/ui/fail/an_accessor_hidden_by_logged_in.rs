use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    user: Option<String>,
    login_id: u32,
}

fn main() {}
