use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    #[session(skip)]
    user: Option<String>,
}

fn main() {}
