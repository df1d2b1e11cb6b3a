use session_actix::SessionData;

#[derive(SessionData)]
#[session(login(user))]
struct Visitor {
    #[session(flash)]
    user: Option<String>,
}

fn main() {}
