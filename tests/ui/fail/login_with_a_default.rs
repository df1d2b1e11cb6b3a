use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    #[session(default = Some("guest".into()))]
    user: Option<String>,
}

fn main() {}
