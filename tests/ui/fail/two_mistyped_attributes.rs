use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(conter)]
    visits: u32,
    #[session(privilegd)]
    role: String,
}

fn main() {}
